"""Activations near their tangents' lines: the regularised loss is a Villani function for every λ > 0.

With h = zσ' − σ, ⟨W, ∇L⟩ = λ‖W‖² + (2/n) Σ (f − y)(f + Σ a_k h(z_k)) and (f − y)(f + h) ≥ −(y + h)²/4, so ‖∇L‖ ≥ λ‖W‖ − G/‖W‖ with a
G that is bounded, or o(‖W‖²) with h = o(|z|), while ΔL ≤ D₀ + D₁‖W‖.
"""

from __future__ import annotations

from typing import Any

from far_out_runs import far_out
from loss_derivations import log_conditions, log_data_bounds, log_derivatives
from network_losses import STRENGTHS, for_every_regulariser, instances, loss_of, parts_by_balls

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("softplus", "sqrt(1 + x**2)", "gelu", "softplus(3*x)/3")
#: σ' is bounded, but zσ' − σ = 2z³cos(log(1 + z²))/(1 + z²) is of the order of z.
WINDING = "x*sin(log(1 + x**2))"


def networks(rng: Any, count: int) -> Any:
    """Networks with such activations, and data."""
    return instances(rng, count, ACTIVATIONS)


def winding_networks(rng: Any, count: int) -> Any:
    """One unit with the winding activation, one input."""
    import numpy as np

    one = np.array([1.0])
    for label in (0.0, 1.0):
        yield {"activation": WINDING, "outer": one, "inputs": one[:, None], "labels": np.array([label]), "direction": one[:, None]}


claim = Claim(
    "villani/softplus-sharp",
    title="Villani for every λ > 0 when zσ' − σ is bounded, or o(|z|)",
    source=Source(deck="004", slide="Our Result in arXiv:2210.11452 About SoftPlus Nets", arxiv="2210.11452"),
    kind="implication",
    statement=r"\sigma', \sigma'' \text{ bounded},\ z\sigma' - \sigma \text{ bounded or } o(|z|),\ \lambda > 0 \implies"
    r" \frac{1}{n}\sum_i (y_i - a^\top\sigma(Wx_i))^2 + \frac{\lambda}{2}\|W\|^2 \text{ is a Villani function}",
    reading="for fixed a, every data set and every width",
    assumes=[
        Holds("smooth"),
        Holds("lipschitz"),
        Holds("P3a"),
        Holds("z s' - s = o(z)"),
        Instances("networks", networks, drops={"zσ' − σ bounded": winding_networks}),
    ],
    origin="theorycheck",
    guarantees=True,
    knobs={"regularised": 1},
)


@claim.derive
def by_the_radial_slope(log: Any, knobs: Any) -> None:
    import sympy

    radius, s, first, second, mu, start, beta = sympy.symbols("R s D0 D1 mu C beta", positive=True)
    z, f, h, y, t = sympy.symbols("z f h y t", real=True)
    strength = knobs.regularised * mu**2  # λ = μ²
    softplus = sympy.log(1 + sympy.exp(beta * z)) / beta
    tangent = z * sympy.diff(softplus, z) - softplus
    log.equal(sympy.diff(tangent, z), z * sympy.diff(softplus, z, 2), "SoftPlus, h = zσ' − σ: h' = zσ''")
    log.equal(tangent.subs(z, 0), -sympy.log(2) / beta, "so h ≥ h(0) = −ln2/β")
    half = sympy.exp(-z)  # h in the form that does not grow at ∞; β = 1, to which z → z/β leads
    log.equal(tangent.subs(beta, 1), -z * half / (1 + half) - sympy.log(1 + half), "β = 1: h = −z e^(−z)/(1 + e^(−z)) − log(1 + e^(−z))")
    log.limit(-z * half / (1 + half) - sympy.log(1 + half), z, sympy.oo, 0, "h → 0 at ∞")
    log.limit((z * sympy.exp(z) / (1 + sympy.exp(z)) - sympy.log(1 + sympy.exp(z))), z, -sympy.oo, 0, "and at −∞: SoftPlus is an example")

    ray = (f + t * (f + h) - y) ** 2  # along tW: f moves by Σ a_k z_k σ'(z_k) = f + h, with h now short for Σ a_k h(z_k)
    log.equal(sympy.diff(ray, t).subs(t, 0), 2 * (f - y) * (f + h), "⟨W, ∇⟩ of one sample")
    log.nonnegative(sympy.expand((f - y) * (f + h) + (y + h) ** 2 / 4 - (f + (h - y) / 2) ** 2), "(f − y)(f + h) ≥ −(y + h)²/4")
    log.cite("small-order-bound")  # |h(z)| ≤ ε|z| + C_ε: for a bounded h as for one that is o(|z|)
    log.cite("triangle-inequality")
    log.cite("cauchy-schwarz")  # |z_k| ≤ B‖W‖, so |y + Σ a_k h(z_k)| ≤ C + μR once ε ≤ μ/(‖a‖₁B); and ‖∇L‖ R ≥ ⟨W, ∇L⟩
    slack = sympy.Symbol("slack", nonnegative=True)
    size = sympy.Symbol("size", nonnegative=True)  # |y + h|
    log.nonnegative(sympy.expand((size + slack) ** 2 - size**2), "so (y + h)² ≤ (C + μR)²")
    bound = strength * radius - (start + mu * radius) ** 2 / (2 * radius)
    log.limit(bound / radius, radius, sympy.oo, mu**2 / 2, "‖∇L‖ ≥ λR − (C + μR)²/(2R), which is about λR/2, as μ² = λ")
    log.limit(bound, radius, sympy.oo, sympy.oo, "it tends to ∞")
    log_derivatives(log)
    log_data_bounds(log)
    log.cite("mean-value-inequality")  # |f − y| ≤ ‖a‖₁(|σ(0)| + sup|σ'| B R) + B_y, so ΔL ≤ D₀ + D₁R
    log.limit(bound**2 / s - first - second * radius, radius, sympy.oo, sympy.oo, "condition 4: ‖∇L‖²/s − ΔL → ∞ for every s")
    log_conditions(log, strength)


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    from flint import arb

    for number, case in enumerate(check.instances(8)):
        strength = arb(STRENGTHS[number % len(STRENGTHS)])
        if case["activation"] == WINDING:  # a critical point far out: the condition asks for a positive quantity there
            far = least_far_out(loss_of(case, float(strength) * knobs.regularised))
            square, total = parts_by_balls(case, knobs.regularised * strength, far)
            check.less(0, square - total, "the quantity is positive at the worst point of a whole turn far out, s = 1")
            continue
        if not for_every_regulariser(check, case, strength, knobs.regularised, bounded=False):
            return


def least_far_out(loss: Any) -> Any:
    """The weight with the least ‖∇L‖² − ΔL over a turn of log(1 + z²), among the critical points on a fine grid."""
    import numpy as np
    from scipy.optimize import brentq

    def slope(u: float) -> float:
        return float(loss.gradient(np.array([[np.exp(u)]]))[0, 0])

    grid = np.linspace(np.log(1e6), np.log(1e6) + np.pi, 1500)
    values = np.array([slope(u) for u in grid])
    roots = [brentq(slope, grid[i], grid[i + 1]) for i in np.flatnonzero(values[:-1] * values[1:] < 0)]
    return min((np.array([[np.exp(u)]]) for u in (roots or grid)), key=lambda w: loss.villani(w, 1.0))


@claim.simulate(quick={"networks": 8, "strengths": (0.01, 0.1)}, full={"networks": 400, "strengths": (1e-3, 1e-2, 0.1, 1.0)})
def at_large_radii(trial: Any, knobs: Any) -> None:
    places = [{"strength": strength * knobs.regularised, "radius": 1e5 / strength**2} for strength in trial.strengths]
    far_out(trial, ACTIVATIONS, places)


claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("zσ' − σ of the order of z", by="certify", drop="zσ' − σ bounded")
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
