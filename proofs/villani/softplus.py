"""SoftPlus: the gradient of the loss is not Lipschitz as soon as two outer weights are not 0; Villani for λ > λ_c.

With w_j = 0 and w_k = t·x the residual grows like t, and so does its product with σ''(0). With a single outer weight σσ'' stays bounded.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from network_losses import against_bounds, critical, instances, loss_of, norm_of, reach_of, steepest, suprema_cached

from theorycheck.claims import Claim, Instances, Source


def networks(rng: Any, count: int) -> Any:
    """Networks with SoftPlus, and data."""
    return instances(rng, count, ("softplus",))


claim = Claim(
    "villani/softplus",
    title="SoftPlus: the gradient is not Lipschitz, yet the loss is Villani for λ > λ_c",
    source=Source(deck="004", slide="Our Result in arXiv:2210.11452 About SoftPlus Nets", arxiv="2210.11452"),
    kind="implication",
    statement=r"\sigma = \frac{1}{\beta}\log(1+e^{\beta z}):\quad \nabla L \text{ is not Lipschitz} \iff \text{two } a_j \ne 0"
    r" \text{ (and some } x_i \ne 0);\quad \lambda > \lambda_c = 2 (B_x\|a\|)^2 \implies L \text{ is a Villani function}",
    reading="λ_c = 2 M_D L (B_x‖a‖)² with M_D = L = 1; the slide's “2⁻¹” is read as 2 with the mark of its footnote 1",
    assumes=[Instances("networks", networks)],
    knobs={"second": Fraction(1), "factor": 2, "regularised": 1},
)


@claim.derive
def by_second_derivatives(log: Any, knobs: Any) -> None:
    import sympy

    w, t, y, a, lam = sympy.symbols("w t y a lambda", real=True)
    excess, reach = sympy.symbols("delta B", positive=True)

    def sigma(z: Any) -> Any:
        return sympy.log(1 + sympy.exp(z))

    beta = sympy.Symbol("beta", positive=True)
    scaled = sigma(beta * w) / beta
    log.equal(sympy.diff(scaled, w), 1 - 1 / (1 + sympy.exp(beta * w)), "SoftPlus with β: that of β = 1 with W, a scaled; σ' < 1 as there")
    # a_j, a_k ≠ 0, w_j = 0, w_k = t x₁, the other units at 0: the second derivative in w_j along x₁ of one sample x with c = ⟨x₁, x⟩
    c, other = sympy.symbols("c F", real=True)  # F: the other units' value at x
    loss = (a * sigma(w * c) + other - y) ** 2 + lam * w**2 / 2
    curvature = a**2 * c**2 / 2 + (a * sympy.log(2) + other - y) * a * c**2 / 2 + lam
    log.equal(sympy.diff(loss, w, 2).subs(w, 0), curvature, "∂²L/∂w_j² along x₁ at w_j = 0, for one sample")
    p = sympy.Symbol("p", positive=True)
    steady = p + sympy.log(1 + sympy.exp(-t * p)) / t
    log.equal(sympy.log(1 + sympy.exp(t * p)), sympy.expand(t * steady), "σ(tp) = tp + log(1 + e^(−tp))")
    log.limit(sympy.log(1 + sympy.exp(-t * p)) / t, t, sympy.oo, 0, "so σ(tp)/t → p for p > 0, while σ(−tp)/t → 0")
    weight = knobs.second * p**2 * p / 2  # of a_j a_k t/n, from the sample x₁ itself; the other samples add terms of the same sign
    log.positive(weight, "two outer weights: the curvature is unbounded, its rate |a_j a_k| Σ c_i² max(c_i, 0)/(2n) with c₁ = ‖x₁‖² > 0")
    log.cite("lipschitz-gradient")  # so the gradient is not Lipschitz

    # With one a_j ≠ 0 the Hessian in w_j is (2/n) Σ (a²σ'² + (aσ − y) aσ'') x xᵀ + λ I
    bend = sympy.exp(-t) / (1 + sympy.exp(-t)) ** 2
    log.equal(sympy.diff(sigma(t), t, 2), bend, "σ'' = e^(−t)/(1 + e^(−t))²")
    log.limit((t + sympy.log(1 + sympy.exp(-t))) * bend, t, sympy.oo, 0, "one outer weight: σσ'' → 0 at ∞")
    log.limit(sigma(t) * sympy.exp(t) / (1 + sympy.exp(t)) ** 2, t, -sympy.oo, 0, "and at −∞")
    log.cite("bounded-by-limits")  # σσ'' is bounded, as are σ' and σ''; so is the Hessian, and the gradient is Lipschitz
    log.equal(sympy.diff(sigma(t), t), 1 - 1 / (1 + sympy.exp(t)), "σ' < 1, and → 1: M_D = L = 1")
    quarter = sympy.Rational(1, 4)
    log.equal(knobs.factor * quarter**2, sympy.Rational(1, 8), "λ_c = 2 M_D L is 1/8 for the sigmoid, M_D = L = 1/4; so it is 2 here")
    log.cite("villani/softplus-sharp")
    strength = knobs.regularised * (knobs.factor * reach**2 + excess)  # λ = λ_c + δ
    log.positive(strength, "λ > λ_c is positive, which is all that the sharp version asks for")


@claim.certify
def by_differences_and_balls(check: Any, knobs: Any) -> None:
    import mpmath
    from flint import arb

    with mpmath.workdps(40):

        def slope(w: Any, t: Any, b: Any) -> Any:
            """∂L/∂w_j for one input 1, label 0, λ = 0 and outer weights 1, b."""
            residual = mpmath.log1p(mpmath.exp(w)) + b * mpmath.log1p(mpmath.exp(t))
            return 2 * residual / (1 + mpmath.exp(-w))

        step = mpmath.mpf(10) ** -12
        ratios = [(slope(step, t, knobs.second) - slope(-step, t, knobs.second)) / (2 * step) for t in (10, 100, 1000)]
        check.less(5 * ratios[0], ratios[1], "the difference quotient of ∇L grows more than fivefold from t = 10 to t = 100")
        check.less(9 * ratios[1], ratios[2], "and ninefold to t = 1000")
        single = [abs(slope(w + step, 0, 0) - slope(w, 0, 0)) / step for w in range(-60, 61)]
        check.less(max(single), 3, "with one outer weight it stays below 3")
    stated = critical(suprema_cached("softplus")["slope"], knobs.factor)
    far = steepest("softplus", (20,))[0]
    check.less(far, stated, "λ_c is above 2‖∇f‖² far out")
    check.less(stated * (1 - arb(10) ** -8), far, "and no larger than it must be")
    for case in check.instances(8):
        reach = reach_of(case) * norm_of(case["outer"])
        strength = critical(suprema_cached(case["activation"])["slope"], knobs.factor, reach) * arb("1.05") + arb(2) ** -20
        if not against_bounds(check, case, strength, knobs.regularised, (1e2, 1e4, 1e6), bounded=False):
            return


#: How far the other unit's weights are.
DISTANCES = (10.0, 100.0, 1000.0, 10000.0)


def run(rng: Any, second: float) -> dict[str, Any]:
    """The largest curvature with w_j = 0 and the other unit's weights at each distance, on the same random data."""
    import numpy as np

    inputs = np.abs(rng.standard_normal((8, 3)))
    case = {"activation": "softplus", "outer": np.array([1.0, second]), "inputs": inputs, "labels": rng.standard_normal(8)}
    loss, along = loss_of(case, 2.1), inputs[0] / np.linalg.norm(inputs[0])
    hessians = [loss.hessian(np.stack([np.zeros(3), distance * along])) for distance in DISTANCES]
    return {"curvatures": [float(np.linalg.eigvalsh(hessian).max()) for hessian in hessians]}


@claim.simulate(quick={"nets": 6}, full={"nets": 200})
def growing_curvature(trial: Any, knobs: Any) -> None:
    rows = trial.sweep(run, [{"second": b} for b in (float(knobs.second), 0.0) for _ in range(trial.nets)])
    mean = {}
    for b in (float(knobs.second), 0.0):
        for place, d in enumerate(DISTANCES):
            found = [row["curvatures"][place] for row in rows if row["second"] == b]
            mean[b, d] = sum(found) / len(found)
    b = float(knobs.second)
    trial.true(all(mean[b, d] > 5 * mean[b, d / 10] for d in DISTANCES[2:]), "the largest curvature grows in proportion to the distance")
    trial.true(mean[0.0, 10000.0] < 2 * mean[0.0, 10.0] + 1, "with one outer weight it does not grow")
    points = [{"distance": d, "curvature": mean[c, d], "outer weights": n} for c, n in ((b, "two"), (0.0, "one")) for d in DISTANCES]
    trial.figure("curvature", points, x="distance", y="curvature", by="outer weights", log="xy")


claim.mutant("one outer weight", by="derive", second=Fraction(0))
claim.mutant("λ_c = 1/2", by="derive", factor=Fraction(1, 2))
claim.mutant("λ_c = 1/2, certified", by="certify", factor=Fraction(1, 2))
claim.mutant("one outer weight, certified", by="certify", second=Fraction(0))
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("one outer weight, sampled", by="simulate", second=Fraction(0))
