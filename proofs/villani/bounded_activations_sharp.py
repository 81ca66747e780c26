"""Bounded smooth activations: the regularised loss is a Villani function for every λ > 0, with no threshold.

The data's part of the gradient and of the Laplacian is bounded, so ‖∇L‖²/s − ΔL ≥ (λ‖W‖ − G)²/s − D.
"""

from __future__ import annotations

from typing import Any

from network_losses import instances, loss_of, lower_bound, suprema_cached, trial_of

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("sigmoid", "tanh", "erf", "exp(-x**2)")
#: Regularisers, down to far below the λ_c of the source.
STRENGTHS = (1e-3, 0.05, 1.0)


def networks(rng: Any, count: int) -> Any:
    """Networks with bounded activations, and data."""
    return instances(rng, count, ACTIVATIONS)


claim = Claim(
    "villani/bounded-activations-sharp",
    title="Bounded smooth activations: Villani for every λ > 0",
    source=Source(deck="004", slide="Our Primary Result in arXiv:2210.11452", arxiv="2210.11452", note="without the threshold λ_c"),
    kind="implication",
    statement=r"\sigma, \sigma', \sigma'' \text{ bounded},\ \lambda > 0 \implies"
    r" \frac{1}{n}\sum_i (y_i - a^\top\sigma(Wx_i))^2 + \frac{\lambda}{2}\|W\|^2 \text{ is a Villani function}",
    reading="for fixed a, every data set and every width",
    assumes=[Holds("smooth"), Holds("bounded"), Holds("lipschitz"), Holds("P3a"), Instances("networks", networks)],
    origin="theorycheck",
    guarantees=True,
    knobs={"regularised": 1, "exponent": 1},
)


@claim.derive
def by_growth(log: Any, knobs: Any) -> None:
    import sympy

    radius, s, gap, ceiling, lam = sympy.symbols("R s G D lambda", positive=True)
    u = sympy.Symbol("u", real=True)
    strength = knobs.regularised * lam
    f, y, a, slope, bend, w = sympy.symbols("f y a p q w", real=True)
    sigma = f + a * (slope * u + bend * u**2 / 2)  # f to second order in one weight, a unit input
    loss = (sigma - y) ** 2 + strength * (w + u) ** 2 / 2
    log.equal(sympy.diff(loss, u).subs(u, 0), 2 * (f - y) * a * slope + lam * knobs.regularised * w, "the gradient: λw and a bounded part")
    log.equal(sympy.diff(loss, u, 2).subs(u, 0), 2 * a**2 * slope**2 + 2 * (f - y) * a * bend + strength, "ΔL: all terms bounded")
    cosine = sympy.Symbol("c", real=True)
    square = (strength * radius) ** 2 + 2 * strength * radius * gap * cosine + gap**2  # ‖λW + g‖² at the angle arccos c between W and g
    least = (strength * radius - gap) ** 2
    log.equal(square, least + 2 * strength * radius * gap * (1 + cosine), "‖∇L‖ ≥ λR − G, G a bound of the data's part")
    bound = (strength * radius**knobs.exponent - gap) ** 2 / s - ceiling
    log.limit(bound, radius, sympy.oo, sympy.oo, "condition 4: (λR − G)²/s − D → ∞ for every s, where ΔL ≤ D")
    value = strength * radius**2 / 2
    log.limit(value, radius, sympy.oo, sympy.oo, "condition 2: L ≥ λR²/2")
    log.positive(strength, "condition 3: exp(−2L/s) ≤ exp(−λ‖W‖²/s), and")
    m = sympy.Symbol("m", positive=True)
    bell = sympy.sqrt(sympy.pi / m) * sympy.erf(sympy.sqrt(m) * u) / 2
    log.integral(sympy.exp(-m * u**2), (u, -sympy.oo, sympy.oo), sympy.sqrt(sympy.pi / m), "that is integrable, m = λ/s", primitive=bell)


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    for number, case in enumerate(check.instances(12)):
        size = suprema_cached(case["activation"])
        strength = STRENGTHS[number % len(STRENGTHS)]
        loss = loss_of(case, strength * knobs.regularised)
        for radius in (10.0, 1e3, 1e6, 1e8):
            for s in (0.1, 100.0):
                found = loss.villani(radius * case["direction"], s)
                stated = lower_bound(case, radius, s, strength, True, size)
                if check.less_equal(stated - 1e-9 * (1 + abs(stated)), found, f"the bound at R = {radius:g}, s = {s:g}") is False:
                    return
        check.less(0, loss.villani(1e8 * case["direction"], 1.0), f"positive far out, λ = {strength}")


def run(rng: Any, **setting: Any) -> dict[str, float]:
    """One network at one radius."""
    return trial_of(rng, ACTIVATIONS, **setting)


@claim.simulate(quick={"networks": 12, "strengths": (1e-3, 0.1)}, full={"networks": 400, "strengths": (1e-4, 1e-3, 1e-2, 0.1, 1.0)})
def far_out(trial: Any, knobs: Any) -> None:
    settings = [
        {"number": number, "strength": strength * knobs.regularised, "radius": 1e4 / strength, "s": s}
        for number in range(trial.networks)
        for strength in trial.strengths
        for s in (0.1, 10.0)
    ]
    rows = trial.sweep(run, settings)
    trial.true(all(r["least"] > 0 for r in rows), "the quantity is positive far out, along cancelling and random directions")
    trial.true(all(r["least"] >= 0.25 * r["strength"] ** 2 * r["radius"] ** 2 / r["s"] for r in rows), "at least a quarter of λ²R²/s")


claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("a regulariser that stays bounded", by="derive", exponent=0)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
