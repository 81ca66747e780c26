"""Activations near their tangents' lines: the regularised loss is a Villani function for every λ > 0.

With h = zσ' − σ and |h| ≤ H, ⟨W, ∇L⟩ = λ‖W‖² + (2/n) Σ (f − y)(f + h_i) and (f − y)(f + h) ≥ −(y + h)²/4, so ‖∇L‖ ≥ λ‖W‖ − G/‖W‖,
while ΔL ≤ D₀ + D₁‖W‖. If h is only o(|z|), G is o(‖W‖²) and the same follows.
"""

from __future__ import annotations

from typing import Any

from network_losses import instances, loss_of, lower_bound, suprema_cached, trial_of

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("softplus", "sqrt(1 + x**2)", "gelu", "softplus(3*x)/3")
#: σ' is bounded, but zσ' − σ = 2z³cos(log(1 + z²))/(1 + z²) is of the order of z.
WINDING = "x*sin(log(1 + x**2))"
#: Regularisers, down to far below the λ_c of the source.
STRENGTHS = (1e-3, 0.05, 1.0)


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

    radius, s, gap, first, second, lam, beta = sympy.symbols("R s G D0 D1 lambda beta", positive=True)
    z, f, h, y, t = sympy.symbols("z f h y t", real=True)
    strength = knobs.regularised * lam
    softplus = sympy.log(1 + sympy.exp(beta * z)) / beta
    tangent = z * sympy.diff(softplus, z) - softplus
    log.equal(sympy.diff(tangent, z), z * sympy.diff(softplus, z, 2), "h' = zσ'': h falls up to 0 and rises from there")
    log.equal(tangent.subs(z, 0), -sympy.log(2) / beta, "SoftPlus: h ≥ h(0) = −ln2/β")
    log.limit((z * sympy.exp(z) / (1 + sympy.exp(z)) - sympy.log(1 + sympy.exp(z))), z, -sympy.oo, 0, "h → 0 at −∞, β = 1")
    half = sympy.exp(-z)  # at +∞, in the form that does not grow: zσ' − σ = −z e^(−z)/(1 + e^(−z)) − log(1 + e^(−z))
    log.limit(-z * half / (1 + half) - sympy.log(1 + half), z, sympy.oo, 0, "h → 0 at ∞, so −ln2/β ≤ h < 0")

    ray = (f + t * (f + h) - y) ** 2  # along tW: f moves by Σ a_j z_j σ'(z_j) = f + Σ a_j h(z_j)
    log.equal(sympy.diff(ray, t).subs(t, 0), 2 * (f - y) * (f + h), "⟨W, ∇⟩ of one sample")
    log.equal((f - y) * (f + h) + (y + h) ** 2 / 4, (f + (h - y) / 2) ** 2, "it is at least −(y + h)²/4, a square added")
    bound = (strength * radius - gap / radius) ** 2 / s - first - second * radius
    log.limit(bound, radius, sympy.oo, sympy.oo, "condition 4: (λR − G/R)²/s − D₀ − D₁R → ∞ for every s")
    small = (strength * radius - gap * radius ** sympy.Rational(1, 2)) ** 2 / s - first - second * radius
    log.limit(small, radius, sympy.oo, sympy.oo, "also when h = O(√|z|), as an o(|z|)")
    log.limit(strength * radius**2 / 2, radius, sympy.oo, sympy.oo, "condition 2: L ≥ λR²/2, and condition 3 by a Gaussian bound")


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    for number, case in enumerate(check.instances(10)):
        strength = STRENGTHS[number % len(STRENGTHS)]
        loss = loss_of(case, strength * knobs.regularised)
        if case["activation"] == WINDING:  # a critical point far out: the condition asks for a positive quantity there
            check.less(0, least_far_out(loss), "the quantity stays positive on a whole turn far out, s = 1")
            continue
        size = suprema_cached(case["activation"])
        for radius in (10.0, 1e3, 1e6, 1e8):
            for s in (0.1, 100.0):
                found = loss.villani(radius * case["direction"], s)
                stated = lower_bound(case, radius, s, strength, False, size)
                if check.less_equal(stated - 1e-9 * (1 + abs(stated)), found, f"the bound at R = {radius:g}, s = {s:g}") is False:
                    return
        check.less(0, loss.villani(1e8 * case["direction"], 1.0), f"positive far out, λ = {strength}")


def least_far_out(loss: Any) -> float:
    """The least of ‖∇L‖²/s − ΔL over a turn of log(1 + z²), on a fine grid with its sharp minima refined."""
    import numpy as np
    from scipy.optimize import brentq

    def slope(u: float) -> float:
        return float(loss.gradient(np.array([[np.exp(u)]]))[0, 0])

    grid = np.linspace(np.log(1e6), np.log(1e6) + np.pi, 4000)
    values = np.array([slope(u) for u in grid])
    roots = [brentq(slope, grid[i], grid[i + 1]) for i in np.flatnonzero(values[:-1] * values[1:] < 0)]
    return float(min(loss.villani(np.array([[np.exp(u)]]), 1.0) for u in (roots or grid)))


def run(rng: Any, **setting: Any) -> dict[str, float]:
    """One network at one radius."""
    return trial_of(rng, ACTIVATIONS, **setting)


@claim.simulate(quick={"networks": 12, "strengths": (0.01, 0.1)}, full={"networks": 400, "strengths": (1e-3, 1e-2, 0.1, 1.0)})
def far_out(trial: Any, knobs: Any) -> None:
    settings = [
        {"number": number, "strength": strength * knobs.regularised, "radius": 1e5 / strength**2, "s": s}
        for number in range(trial.networks)
        for strength in trial.strengths
        for s in (0.1, 10.0)
    ]
    rows = trial.sweep(run, settings)
    trial.true(all(r["least"] > 0 for r in rows), "the quantity is positive far out, along cancelling and random directions")
    trial.true(all(r["least"] >= 0.25 * r["strength"] ** 2 * r["radius"] ** 2 / r["s"] for r in rows), "at least a quarter of λ²R²/s")


claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("zσ' − σ of the order of z", by="certify", drop="zσ' − σ bounded")
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
