"""Bounded smooth activations: the regularised loss is a Villani function for λ > λ_c = 2 M_D L (B_x‖a‖)², which is 1/8 for the sigmoid.

The bound ‖∇L‖ ≥ λ‖W‖ − G behind it needs only λ > 0: see villani/bounded-activations-sharp.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from network_losses import critical, instances, loss_of, lower_bound, suprema_cached, trial_of

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("sigmoid", "tanh", "erf")
#: λ_c at B_x‖a‖ = 1.
THRESHOLDS = {"sigmoid": Fraction(1, 8), "tanh": Fraction(2)}


def networks(rng: Any, count: int) -> Any:
    """Networks with bounded activations, and data."""
    return instances(rng, count, ACTIVATIONS)


claim = Claim(
    "villani/bounded-activations",
    title="Bounded smooth activations: Villani for λ > λ_c = 2 M_D L (B_x‖a‖)²",
    source=Source(deck="004", slide="Our Primary Result in arXiv:2210.11452", arxiv="2210.11452"),
    kind="implication",
    statement=r"\sigma, \sigma', \sigma'' \text{ bounded},\ \lambda > 2 M_D L\,(B_x\|a\|)^2 \implies"
    r" \frac{1}{n}\sum_i (y_i - a^\top\sigma(Wx_i))^2 + \frac{\lambda}{2}\|W\|^2 \text{ is a Villani function};\quad"
    r" \lambda_c = \frac18 \text{ for the sigmoid, } B_x\|a\| = 1",
    reading="λ_c in the form that gives the 0.125 of the slide: M_D = sup |σ'| and L the Lipschitz constant of σ",
    assumes=[Holds("smooth"), Holds("bounded"), Holds("lipschitz"), Holds("P3a"), Instances("networks", networks)],
    guarantees=True,
    knobs={"factor": 2, "regularised": 1},
)


@claim.derive
def by_growth(log: Any, knobs: Any) -> None:
    import sympy

    radius, s, gap, ceiling, excess, reach = sympy.symbols("R s G D delta B", positive=True)
    u = sympy.Symbol("u", real=True)
    sigmoid = 1 / (1 + sympy.exp(-u))
    log.equal(sympy.diff(sigmoid, u), sympy.Rational(1, 4) - (sigmoid - sympy.Rational(1, 2)) ** 2, "sigmoid' ≤ 1/4, attained at 0")
    quarter = sympy.Rational(1, 4)
    log.equal(knobs.factor * quarter * quarter, sympy.Rational(1, 8), "λ_c of the sigmoid at B_x‖a‖ = 1")
    strength = knobs.regularised * (knobs.factor * reach + excess)  # λ = λ_c + δ
    cosine = sympy.Symbol("c", real=True)
    square = (strength * radius) ** 2 + 2 * strength * radius * gap * cosine + gap**2  # ‖λW + g‖² at the angle arccos c between W and g
    least = (strength * radius - gap) ** 2
    log.equal(square, least + 2 * strength * radius * gap * (1 + cosine), "‖∇L‖ ≥ λR − G, G a bound of the data's part")
    bound = (strength * radius - gap) ** 2 / s - ceiling
    log.limit(bound, radius, sympy.oo, sympy.oo, "condition 4: (λR − G)²/s − D → ∞ for every s, where ΔL ≤ D")
    value = strength * radius**2 / 2
    log.limit(value, radius, sympy.oo, sympy.oo, "condition 2: L ≥ λR²/2")
    log.positive(strength, "condition 3: exp(−2L/s) ≤ exp(−λ‖W‖²/s), and")
    m = sympy.Symbol("m", positive=True)
    bell = sympy.sqrt(sympy.pi / m) * sympy.erf(sympy.sqrt(m) * u) / 2
    log.integral(sympy.exp(-m * u**2), (u, -sympy.oo, sympy.oo), sympy.sqrt(sympy.pi / m), "that is integrable, m = λ/s", primitive=bell)


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    for name, value in THRESHOLDS.items():
        size = suprema_cached(name)
        check.equal(float(value), critical(size["slope"], knobs.factor), f"λ_c of {name}")
    for case in check.instances(12):
        size = suprema_cached(case["activation"])
        strength = 1.01 * critical(size["slope"], 2, reach_of(case)) * knobs.regularised
        loss = loss_of(case, strength)
        for radius in (10.0, 1e3, 1e5):
            for s in (0.1, 10.0):
                found = loss.villani(radius * case["direction"], s)
                stated = lower_bound(case, radius, s, strength or 1.0, True, size)
                if check.less_equal(stated - 1e-9 * (1 + abs(stated)), found, f"the bound at R = {radius:g}, s = {s:g}") is False:
                    return


def reach_of(case: Any) -> float:
    """B_x‖a‖ of an instance."""
    import numpy as np

    return float(np.linalg.norm(case["inputs"], axis=1).max() * np.linalg.norm(case["outer"]))


def run(rng: Any, **setting: Any) -> dict[str, float]:
    """One network at one radius."""
    return trial_of(rng, ACTIVATIONS, **setting)


@claim.simulate(quick={"networks": 12, "radius": 1e4}, full={"networks": 400, "radius": 1e4})
def far_out(trial: Any, knobs: Any) -> None:
    settings = [
        {"number": number, "relative": knobs.regularised * 1.01 * knobs.factor, "radius": trial.radius * scale, "s": s}
        for number in range(trial.networks)
        for scale in (1.0, 10.0)
        for s in (0.1, 10.0)
    ]
    rows = trial.sweep(run, settings)
    trial.true(all(r["least"] > 0 for r in rows), "the quantity is positive far out, along cancelling and random directions")
    trial.true(all(r["least"] >= 0.25 * r["strength"] ** 2 * r["radius"] ** 2 / r["s"] for r in rows), "at least a quarter of λ²R²/s")


claim.mutant("λ_c without the factor 2", by="derive", factor=1)
claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("λ_c without the factor 2, certified", by="certify", factor=1)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
