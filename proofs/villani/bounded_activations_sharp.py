"""Bounded smooth activations: the regularised loss is a Villani function for every λ > 0, with no threshold.

The data's part of the gradient and of the Laplacian is bounded, so ‖∇L‖²/s − ΔL ≥ (λ‖W‖ − G)²/s − D.
"""

from __future__ import annotations

from typing import Any

from far_out_runs import far_out
from loss_derivations import log_conditions, log_data_bounds, log_derivatives, log_reverse_triangle
from network_losses import STRENGTHS, for_every_regulariser, instances

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("sigmoid", "tanh", "erf", "exp(-x**2)")


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
        if not for_every_regulariser(check, case, strength, knobs.regularised, bounded=True):
            return


@claim.simulate(quick={"networks": 8, "strengths": (1e-3, 0.1)}, full={"networks": 400, "strengths": (1e-4, 1e-3, 1e-2, 0.1, 1.0)})
def at_large_radii(trial: Any, knobs: Any) -> None:
    places = [{"strength": strength * knobs.regularised, "radius": 1e4 / strength} for strength in trial.strengths]
    far_out(trial, ACTIVATIONS, places)


claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("a regulariser that stays bounded", by="derive", exponent=0)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
