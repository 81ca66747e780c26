"""Bounded smooth activations: the regularised loss is a Villani function for every λ > 0, with no threshold.

The data's part of the gradient and of the Laplacian is bounded, so ‖∇L‖²/s − ΔL ≥ (λ‖W‖ − G)²/s − D.
"""

from __future__ import annotations

from typing import Any

from network_losses import (
    against_bounds,
    instances,
    log_conditions,
    log_data_bounds,
    log_derivatives,
    log_reverse_triangle,
    parts_by_balls,
    trial_of,
)

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
    strength = knobs.regularised * lam
    log_derivatives(log)
    log_data_bounds(log)  # |f − y| ≤ E = ‖a‖₁ sup|σ| + B_y, so G = 2EM‖a‖B and D do not depend on W
    log_reverse_triangle(log)
    log_conditions(log, strength)
    bound = strength * radius**knobs.exponent - gap
    log.limit(bound, radius, sympy.oo, sympy.oo, "‖∇L‖ ≥ λR − G → ∞")
    log.limit(bound**2 / s - ceiling, radius, sympy.oo, sympy.oo, "condition 4: (λR − G)²/s − D → ∞ for every s, where ΔL ≤ D")


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    from flint import arb

    for number, case in enumerate(check.instances(8)):
        strength = arb(STRENGTHS[number % len(STRENGTHS)])
        if not against_bounds(check, case, strength, knobs.regularised, (10.0, 1e4, 1e8), bounded=True):
            return
        square, total = parts_by_balls(case, knobs.regularised * strength, 1e8 * case["direction"])
        check.less(0, square - total, f"positive far out, λ = {float(strength):g}, s = 1")


def run(rng: Any, **setting: Any) -> dict[str, float]:
    """One network at one radius."""
    return trial_of(rng, ACTIVATIONS, **setting)


@claim.simulate(quick={"networks": 8, "strengths": (1e-3, 0.1)}, full={"networks": 400, "strengths": (1e-4, 1e-3, 1e-2, 0.1, 1.0)})
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
