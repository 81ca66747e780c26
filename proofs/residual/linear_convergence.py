"""Linear convergence of gradient descent and alternating minimisation near W*, a fresh batch at every step.

Every step is measured beside the bound that the proof gives it, with the singular values and the gate mismatch of that very batch: the
bound holds at each step, but far from W* it exceeds 1 and then says nothing.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

#: ‖W − W*‖ from here on is rounding: with all gates right AM solves for W* in one step.
ROUNDING = 1e-12

claim = Claim(
    "residual/linear-convergence",
    title="Linear convergence of gradient descent and alternating minimisation",
    source=Source(deck="003", slide="Guarantees: Theorem 1", note="ISIT 2019"),
    kind="upper bound",
    statement=r"\|W^{t+1} - W^\star\|_F \le \rho\,\|W^t - W^\star\|_F,\quad "
    r"\rho_{GD} = \frac{\kappa-1}{\kappa+1} + \frac{2\kappa\rho_3}{\sigma_{\max}(\kappa+1)},\ "
    r"\rho_{AM} = \frac{\kappa\rho_3}{\sigma_{\max}};\quad 0 < \rho_{AM} < \rho_{GD} < 1",
    reading="inputs N(0, 1); σ are the singular values of B/√n and ρ_3 = Σ‖E_q‖/‖W − W*‖ of the batch at hand, η = 2/(σ²_max + σ²_min); "
    "“ρ < 1” is read of the measured ratios for n ≫ d² and the start W⁰ = 0: the bounds themselves are below 1 only very near W*",
    knobs={"step": 1, "mismatch": 1, "share": 1, "first": "am", "second": "gd"},
)


def bounds(low: float, high: float, rho3: float) -> tuple[float, float]:
    """ρ_AM and ρ_GD from σ_min, σ_max and ρ_3."""
    kappa = high**2 / low**2
    alternating = kappa * rho3 / high
    return alternating, (kappa - 1) / (kappa + 1) + 2 * kappa * rho3 / (high * (kappa + 1))


def one_run(
    rng: Any, algorithm: str, dimension: int, samples: int, distance: float, steps: int, step: float, mismatch: float
) -> dict[str, Any]:
    """One run from W⁰ = 0 with ‖W*‖_F = distance: at every step the ratio of the errors, and the bound for it."""
    import numpy as np

    from theorycheck.network.residual import linearisation, residual_outputs
    from theorycheck.training.alternating_minimization import solve_step

    d = dimension
    truth, signs = rng.standard_normal((d, d)), rng.choice([-1.0, 1.0], d)
    truth *= distance / np.linalg.norm(truth)
    total, here = truth + np.eye(d), np.zeros((d, d))
    errors, stated = [distance], []
    for _ in range(steps):
        x = rng.standard_normal((samples, d))
        y = residual_outputs(truth, signs, x)
        features, right = linearisation(here, signs, x), linearisation(truth, signs, x)
        low, high = features.singular_values()
        wrong = np.linalg.norm((features.gates - right.gates) * (x @ total), axis=0) / np.sqrt(samples)  # ‖E_q‖ for each unit
        pair = bounds(low, high, mismatch * float(wrong.sum()) / errors[-1]) if low > 0 else (np.inf, np.inf)
        if algorithm == "am":
            here = here + solve_step(features, here, y).weights
        else:
            eta = 2 * step / (low**2 + high**2)
            here = here + eta / samples * features.transposed(y - features.times(here + np.eye(d)))
        errors.append(float(np.linalg.norm(here - truth)))
        stated.append(pair[0 if algorithm == "am" else 1])
        if not ROUNDING < errors[-1] < 1e6:  # solved up to rounding, or gone
            break
    ratios = [after / before for before, after in zip(errors, errors[1:], strict=False)]
    return {"errors": errors, "ratios": ratios, "stated": stated}


@claim.simulate(
    quick={"runs": 2, "dimension": 6, "samples": (2000,), "distances": (1.0, 1e-3), "steps": 20},
    full={"runs": 2, "dimension": 20, "samples": (3000, 30_000), "distances": (2.0, 1.0, 1e-2, 1e-3), "steps": 12},
)
def with_fresh_batches(trial: Any, knobs: Any) -> None:
    """GD takes more steps than AM in the same run, as its steps gain less."""
    settings = [
        {"algorithm": algorithm, "dimension": trial.dimension, "samples": int(n * knobs.share), "distance": distance,
         "steps": trial.steps, "step": knobs.step, "mismatch": knobs.mismatch}
        for distance in trial.distances for n in trial.samples for algorithm in ("am", "gd") for _ in range(trial.runs)
    ]  # fmt: skip
    curves, worst = {"am": [], "gd": []}, {}
    for number, row in enumerate(trial.sweep(one_run, settings)):
        what = f"{row['algorithm'].upper()}, n = {row['samples']}, ‖W*‖ = {row['distance']:g}"
        steps = zip(row["errors"], row["errors"][1:], row["stated"], strict=False)
        within = all(after <= bound * before + ROUNDING for before, after, bound in steps)
        vacuous = sum(bound >= 1 for bound in row["stated"])
        ends = f"bounds {max(row['stated']):.3g} to {min(row['stated']):.3g}, vacuous at {vacuous} of {len(row['stated'])} steps"
        trial.true(within, f"{what}: every ratio is at most its bound; ratios {max(row['ratios']):.3g} to {min(row['ratios']):.3g}, {ends}")
        trial.true(max(row["ratios"]) < 1, f"{what}: every step gains, at worst by the factor {max(row['ratios']):.3g}")
        worst.setdefault((row["samples"], row["distance"]), {}).setdefault(row["algorithm"], []).extend(row["ratios"][:3])
        if number % trial.runs == 0 and row["samples"] == settings[-1]["samples"]:
            for t, pair in enumerate(zip(row["ratios"], row["stated"], strict=True)):
                for name, factor in zip(("ratio", "bound"), pair, strict=True):
                    if factor > 0:  # 0 when no gate is wrong: it has no logarithm
                        label = f"{name}, distance {row['distance']:g}"
                        curves[row["algorithm"]].append({"step": t + 1, "factor": factor, "curve": label})
    for (n, distance), by in worst.items():
        mean = {name: sum(ratios) / len(ratios) for name, ratios in by.items()}
        ordered = mean[knobs.first] < mean[knobs.second]
        text = f"n = {n}, ‖W*‖ = {distance:g}: the first ratios average {mean['am']:.3g} for AM, {mean['gd']:.3g} for GD"
        trial.true(ordered, f"{text}: {knobs.first.upper()} is the faster one")
    for algorithm, rows in curves.items():
        title = f"{algorithm.upper()}, d = {trial.dimension}, n = {trial.samples[-1]}: ratio of each step and its bound"
        trial.figure(f"ratios-and-bounds-{algorithm}", rows, x="step", y="factor", by="curve", log="y", title=title)


claim.mutant("gates are never wrong", mismatch=0)
claim.mutant("three times the step", step=3)
claim.mutant("hardly more samples than unknowns", share=0.02)
claim.mutant("gradient descent is the faster one", first="gd", second="am")
