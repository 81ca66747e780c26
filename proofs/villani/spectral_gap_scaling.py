"""How the spectral gap of a double well depends on the step s: the formula of Eyring and Kramers, and the decay of the mean loss."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from theorycheck.claims import Claim, Instances, Source

SYMMETRIC = (Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4))
TILTED = (0, Fraction(1, 10), Fraction(-1, 2), 0, Fraction(1, 4))
NEARLY_EQUAL = (0, Fraction(1, 100), Fraction(-1, 2), 0, Fraction(1, 4))
#: Steps at which the gap is compared with the formula; the error of the formula is of their order.
STEPS = (Fraction(1, 10), Fraction(1, 20))
#: The step at which the decay is watched: the gap there is neither tiny nor hidden by the other modes.
WATCHED = Fraction(1, 4)


def wells(rng: Any, count: int) -> Any:
    """Double wells: two equal ones, two that are nearly equal, then random tilts; coefficients from the constant term on."""
    yield from (SYMMETRIC, NEARLY_EQUAL)[:count]
    for _ in range(count - 2):
        yield (0, Fraction(int(rng.integers(1, 9)), 40), Fraction(-1, 2), 0, Fraction(1, 4))


claim = Claim(
    "villani/spectral-gap-scaling",
    title="The spectral gap of a double well, and the decay of E L at its rate",
    source=Source(deck="004", slide="Summary of arXiv: 2004.06977", arxiv="2004.06977"),
    kind="equality",
    statement=r"\lambda_s = (1+O(s))\,\frac{\sqrt{L''(m)\,|L''(z)|}}{2\pi}\,e^{-2H/s},\qquad "
    r"\mathbb{E}L(W(t)) - \mathbb{E}_{\mu_s}L \sim C e^{-\lambda_s t}",
    reading="on the line, with m the minimum that is not global, z the saddle and H the barrier from m to z; two equal wells add their "
    "rates. O(s) is for a fixed L and not uniform in the tilt Δ, the height of m above the other minimum M: with r = √(L''(M)/L''(m)) "
    "exp(−2Δ/s), the rate back over the rate out, the certified λ_s over 1 + r times the formula is within 2s of 1 at s = 1/10 and 1/20 "
    "for the wells that are run; r → 0 as s → 0, but at the tilt x/100 it is still 0.67 and 0.45. The certificate is of the first formula "
    "alone: the decay of E L, by the density and by particles at s = 1/4, has the rate λ_s in a tilted well, and that of the next even "
    "mode in a symmetric one, where L does not see the slowest",
    assumes=[Instances("double wells", wells)],
    knobs={"height": 1, "prefactor": 1, "back": 1, "rate": 1},
)


@lru_cache(maxsize=32)
def certified_gap(coefficients: Any, s: Fraction) -> Any:
    """λ_s between proved bounds."""
    from theorycheck.diffusion.gap_bounds import gap_bounds

    return gap_bounds(coefficients, s)


@claim.certify
def against_certified_gaps(check: Any, knobs: Any) -> None:
    from math import exp, sqrt

    from theorycheck.diffusion.wells import double_well, eyring_kramers

    for coefficients in check.instances(3):
        well = double_well(coefficients)
        bent, _, deep = well.curvatures
        for s in STEPS:
            h = float(s)
            stated = knobs.prefactor * eyring_kramers(coefficients, h) * exp(2 * well.barrier / h * (1 - knobs.height))
            back = knobs.back * sqrt(deep / bent) * exp(-2 * well.tilt / h) if well.tilt else 0.0  # of equal wells the formula has both
            ratio = certified_gap(coefficients, s).ball / (stated * (1 + back))
            label = f"λ_s over {1 + back:.3g} times the formula at s = {s}"
            if False in (check.less(ratio, 1 + 2 * s, label), check.less(1 - 2 * s, ratio, f"{label}, from below")):
                return


@claim.simulate(
    quick={"particles": 10_000, "step": 0.03, "time": 16.0, "repeats": 1},
    full={"particles": 100_000, "step": 0.01, "time": 24.0, "repeats": 4},
)
def with_particles(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.fokker_planck import evolve
    from theorycheck.diffusion.spectral_gap import slow_modes, spectral_gap
    from theorycheck.diffusion.wells import eyring_kramers, polynomial

    cells, s = 300, float(WATCHED)
    width = 5.0 / cells
    x = (np.arange(cells) + 0.5) * width - 2.5
    rows = []
    for h in np.geomspace(0.04, 1, 15 if trial.scale == "quick" else 40):
        for name, well in (("symmetric", SYMMETRIC), ("tilted", TILTED)):
            gap = spectral_gap(polynomial(well)(x * (1.4 if h > 0.4 else 1)), width * (1.4 if h > 0.4 else 1), float(h))
            rows.append({"inverse_step": 1 / float(h), "rate": gap, "curve": f"{name}, gap"})
            rows.append({"inverse_step": 1 / float(h), "rate": eyring_kramers(well, float(h)), "curve": f"{name}, formula"})
    trial.figure("gap-by-step", rows, x="inverse_step", y="rate", by="curve", log="y", title="Spectral gap against 1/s")

    curves = []
    for name, well, start in (("tilted", TILTED, 0.93), ("symmetric", SYMMETRIC, 1.0)):
        f = polynomial(well)
        times = [trial.time * k / 8 for k in range(1, 9)]
        law = np.zeros(cells)
        law[int(np.argmin(abs(x - start)))] = 1.0
        means = [float(f(x) @ masses) for masses in evolve(f(x), width, s, law, times)]
        modes = slow_modes(f(x), width, s, 3)[0]
        if name == "tilted":
            stated = knobs.rate * modes[0]
            long = [float(f(x) @ masses) for masses in evolve(f(x), width, s, law, [10.0, 18.0, 26.0])]
            measured = float(np.log((long[0] - long[1]) / (long[1] - long[2])) / 8)
            label = f"tilted: E L decays at the rate {measured:.5f}, stated {stated:.5f}"
            if trial.true(abs(measured / stated - 1) < 0.02, label, "computed") is False:
                return
        else:
            dense = [float(f(x) @ masses) for masses in evolve(f(x), width, s, law, [3.0, 4.0, 5.0])]
            measured = float(np.log((dense[0] - dense[1]) / (dense[1] - dense[2])))
            stated = knobs.rate * modes[1]
            label = f"symmetric: E L decays at the rate {measured:.4f}, the second rate is {stated:.4f}"
            trial.true(abs(measured / stated - 1) < 0.1, label, "computed")
        settings = [{"well": name, "start": start, "particles": trial.particles, "step": trial.step, "time": trial.time}] * trial.repeats
        runs = trial.sweep(loss_by_time, settings, label=name)
        sampled = np.mean([run["losses"] for run in runs], axis=0)
        allowed = 3 / np.sqrt(trial.particles * trial.repeats) + trial.step  # L deviates by less than 1/2; Euler's bias is of its step
        trial.true(bool(np.abs(sampled - means).max() < allowed), f"{name}: the particles' E L follows the Fokker-Planck equation")
        curves += [{"time": t, "mean_loss": m, "curve": f"{name}, density"} for t, m in zip(times, means, strict=True)]
        curves += [{"time": t, "mean_loss": float(m), "curve": f"{name}, particles"} for t, m in zip(times, sampled, strict=True)]
    trial.figure("mean-loss-by-time", curves, x="time", y="mean_loss", by="curve", title="E L(W(t)) from the shallow well")


def loss_by_time(rng: Any, well: str, start: float, particles: int, step: float, time: float) -> dict[str, Any]:
    """The mean loss of the particles at eight times."""
    import numpy as np

    from theorycheck.diffusion.langevin import langevin
    from theorycheck.diffusion.wells import polynomial

    tilt = 0.1 if well == "tilted" else 0.0
    f = polynomial(TILTED if well == "tilted" else SYMMETRIC)
    steps = round(time / step)
    found = [
        float(f(here).mean())
        for k, here in enumerate(langevin(lambda w: w * (w * w - 1) + tilt, np.full(particles, start), float(WATCHED), step, steps, rng))
        if k and k % (steps // 8) == 0
    ]
    return {"losses": found}


claim.mutant("the barrier once instead of twice", by="certify", height=Fraction(1, 2))
claim.mutant("the prefactor of a rate without the half", by="certify", prefactor=2)
claim.mutant("no rate back: uniform in the tilt", by="certify", back=0)
claim.mutant("decay at twice the rate", by="simulate", rate=2)
claim.mutant("decay at half the rate", by="simulate", rate=0.5)
