"""The overall theorem of the slides, for every homogeneous activation with P1, P2 and P3a. It fails for φ(z) = z·|z|.

All homogeneous activations of degree 2 with P1 are φ = z₊² − c z₋² up to a factor, c ≥ 0: P1, P2 and P3a hold for each of them. With
c = 1 a unit (v, w) and the unit (−v, −w) are the same function, so nothing can tell v. For every other c the two differ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def inputs(rng: Any, count: int) -> Any:
    """Points of the line other than 0: 1, −2, then random ones."""
    return [Fraction(1), Fraction(-2), *(Fraction(int(n), 7) for n in rng.choice([-1, 1], count) * rng.integers(1, 31, count))][:count]


claim = Claim(
    "recovery/recovery-algorithm",
    title="Tensor method and gradient descent recover W* and v* for homogeneous activations",
    source=Source(deck="002", slide="Overall Theoretical Guarantees", arxiv="1706.03175"),
    kind="implication",
    statement=r"\phi\ \text{homogeneous with P1, P2, P3a} \Rightarrow \|\hat W - W^\star\|_F = O(\epsilon),\ \hat v_i = v_i^\star",
    reading="from the law of (x, y), up to the order of the units; tried on φ = z₊² − c z₋², which is homogeneous with P1, P2, P3a for "
    "every c ≥ 0. The witness is c = 1, φ = z·|z|; the signs are told by the moment of the given order",
    assumes=[Instances("points other than 0", inputs)],
    finding="refuted",
    knobs={"c": Fraction(1), "moment": 2},
)


def text(c: Fraction) -> str:
    """φ as theorycheck reads it."""
    return f"where(x > 0, x**2, -({c})*x**2)"


@claim.derive
def by_the_mirror_unit(log: Any, knobs: Any) -> None:
    import sympy

    z, factor = sympy.symbols("z lambda", positive=True)
    c = sympy.Rational(knobs.c.numerator, knobs.c.denominator)
    sides = {1: lambda t: t**2, -1: lambda t: -c * t**2}  # φ on t > 0 and on t < 0
    for sign, side in sides.items():
        log.equal(side(factor * sign * z), factor**2 * side(sign * z), f"φ is 2-homogeneous, side {sign:+d}")
    log.nonnegative(2 * c * z, "P1: φ'(z) = 2z for z > 0 and 2c|z| for z < 0 is not negative, and at most 2 max(1, c)|z|")
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    erf, root, half = sympy.erf(z / sympy.sqrt(2)) / 2, sympy.sqrt(2 / sympy.pi), sympy.S.Half
    table = {
        1: (root / 2, -gauss),
        2: (half, erf - z * gauss),
        3: (root, -(z**2 + 2) * gauss),
        4: (3 * half, 3 * erf - (z**3 + 3 * z) * gauss),
        5: (4 * root, -(z**4 + 4 * z**2 + 8) * gauss),
    }
    for n, (value, primitive) in table.items():
        log.integral(z**n * gauss, (z, 0, sympy.oo), value, f"E z^{n} over z > 0", primitive=primitive)
    h = {n: value for n, (value, _) in table.items()}
    single = [2 * h[j + 1] * (1 + (-1) ** j * c) for j in range(3)]
    double = [4 * h[j + 2] * (1 + c**2) for j in (0, 2)]
    log.positive(double[0] - single[0] ** 2 - single[1] ** 2, "P2: T1 > 0 at σ = 1, and T1(σ) = σ² T1(1)")
    log.positive(double[1] - single[1] ** 2 - single[2] ** 2, "P2: T2 > 0")
    log.positive(single[0] * single[2] - single[1] ** 2, "P2: T3 > 0")  # and P3a: φ'' is 2 or 2c
    log.equal(sides[1](z) + sides[-1](-z), (1 - c) * z**2, "φ(z) + φ(−z): what the unit (v, w) differs from (−v, −w) by")
    log.positive(2 * h[4] * (1 - c) ** 2, "so the two units differ in the mean square")
    log.positive(2 * h[4] * (1 + c) ** 2, "and (v, w) differs from (v, −w)")
    third, second = (1 + c) * (h[5] - 3 * h[3]), (1 - c) * (h[4] - h[2])
    log.positive(third, "m_3 > 0: M_3 = Σ v_i m_3 ‖w_i‖² w̄_i^⊗3 has one term for each unit")
    log.cite("harshman-uniqueness")  # it gives the terms, so each (v_i, w_i) up to a common sign
    told = {2: second, 3: third}[knobs.moment] * (1 + (-1) ** knobs.moment)
    log.positive(told**2, f"M_{knobs.moment} tells (v, w) from (−v, −w)")


@claim.certify
def by_the_law_of_the_labels(check: Any, knobs: Any) -> None:
    from theorycheck import expectation

    here, mirrored = text(knobs.c), f"where(x < 0, x**2, -({knobs.c})*x**2)"
    check.covers_all("the class z₊² − c z₋² at this c")
    distance = expectation(f"(({here}) + ({mirrored}))**2", digits=15)
    if check.less(0, distance, "the mean square of φ(z) + φ(−z)") is False:
        return

    def phi(z: Fraction) -> Fraction:
        return z * z if z > 0 else -knobs.c * z * z

    for z in check.instances(10):
        if check.less(0, abs(phi(z) + phi(-z)), "|φ(z) + φ(−z)|") is False:
            return
    import numpy as np

    from theorycheck.tensor.moment_constants import population_moment
    from theorycheck.training.homogeneous import homogeneous_activation
    from theorycheck.training.recovery import error_up_to_order, random_network
    from theorycheck.training.tensor_initialization import network_from_moments

    for _ in range(3):  # the parameters from the exact moments
        rows, signs = random_network(check.rng, 3, 3)
        signs[0] = -1
        moments = {p: population_moment(here, signs, rows, p) for p in (1, 2, 3)}
        found, guessed, *_ = network_from_moments(moments, homogeneous_activation(here), 3, check.rng)
        if knobs.moment == 3:  # M_3 is blind to the common sign: the estimate with v = +1 is as good
            found, guessed = found * guessed[:, None], np.ones(3)
        error, right = error_up_to_order(found, rows, guessed, signs)
        if check.true(right, "v from the exact moments") is False or check.less(error, 1e-8, "W from the exact moments") is False:
            return


@claim.simulate(quick={"trials": 2}, full={"trials": 50})
def from_samples(trial: Any, knobs: Any) -> None:
    settings = [{"c": str(knobs.c), "moment": knobs.moment}] * trial.trials
    runs = trial.sweep(run, settings)
    success = sum(r["error"] <= 1e-10 and r["right"] for r in runs)
    trial.true(success == len(runs), f"{success} of {len(runs)} runs recover W to 1e-10 and v exactly")


def run(rng: Any, c: str, moment: int) -> dict[str, Any]:
    """The algorithm on 20 000 samples of three units in dimension 10."""
    import numpy as np

    from theorycheck.errors import TheorycheckError
    from theorycheck.training.homogeneous import homogeneous_activation
    from theorycheck.training.recovery import error_up_to_order, random_network, recover

    phi = homogeneous_activation(text(Fraction(c)))
    rows, signs = random_network(rng, 3, 10)
    signs[0] = -1
    x = rng.standard_normal((20_000, 10))
    try:
        found = recover(x, phi.value(x @ rows.T) @ signs, phi, 3, rng, descent_samples=1000)
    except TheorycheckError as reason:
        return {"error": 1.0, "right": 0, "reason": str(reason)}
    estimate, guessed = found.rows, found.weights
    if moment == 3:
        estimate, guessed = estimate * guessed[:, None], np.ones(3)
    error, right = error_up_to_order(estimate, rows, guessed, signs)
    return {"error": error, "right": int(right), "reason": ""}


claim.control("squared ReLU, c = 0", c=Fraction(0))
claim.control("c = 1/2", c=Fraction(1, 2))
claim.mutant("squared ReLU, signs from M_3", by="derive", c=Fraction(0), moment=3)
claim.mutant("squared ReLU, signs from M_3, computed", by="certify", c=Fraction(0), moment=3)
claim.mutant("squared ReLU, signs from M_3, sampled", by="simulate", c=Fraction(0), moment=3)
