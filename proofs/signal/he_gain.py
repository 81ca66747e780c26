"""He initialisation: with weights N(0, 2/n) a ReLU layer keeps the second moment, and leaky ReLU needs 2/(1 + a²).

A preactivation is symmetric, so its positive and negative halves carry half the second moment each.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: Slopes of leaky ReLU on the negative side: ReLU, the catalogue's, PReLU's start, the absolute value, the line.
SLOPES = (Fraction(0), Fraction(1, 100), Fraction(1, 4), Fraction(-1), Fraction(1))


def slopes(rng: Any, count: int) -> Any:
    """Slopes on the negative side, the special ones first."""
    yield from SLOPES[:count]
    for numerator in rng.integers(-300, 300, size=max(0, count - len(SLOPES))):
        yield Fraction(int(numerator), 100)


claim = Claim(
    "signal/he-gain",
    title="He initialisation keeps the second moment",
    source=Source(deck="signal", arxiv="1502.01852", note="He, Zhang, Ren & Sun (2015)"),
    kind="equality",
    statement=r"\tfrac{1}{2}(1 + a^2)\,n\,\mathrm{Var}(w) = 1 \iff C_W\,\mathbb{E}[s(\sqrt{K} z)^2] = K,\quad "
    r"s(x) = \max(x, 0) + a\min(x, 0),\ C_W = n\,\mathrm{Var}(w)",
    reading="zero biases, weights independent and symmetric, K > 0; a is any real number",
    assumes=[Instances("slopes", slopes)],
    knobs={"half": Fraction(1, 2), "power": 2},
)


def weight_variance(a: Any, knobs: Any) -> Any:
    """C_W = n Var(w) as claimed."""
    return 1 / (knobs.half * (1 + a**knobs.power))


@claim.derive
def by_the_two_halves(log: Any, knobs: Any) -> None:
    import sympy

    z, a = sympy.symbols("z a", real=True)
    K = sympy.Symbol("K", positive=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    primitive = K * (sympy.erf(z / sympy.sqrt(2)) / 2 - z * gauss)
    log.integral(K * z**2 * gauss, (z, 0, sympy.oo), K / 2, "the positive half", primitive=primitive)
    log.integral(a**2 * K * z**2 * gauss, (z, -sympy.oo, 0), a**2 * K / 2, "the negative half", primitive=a**2 * primitive)
    half = sympy.Rational(knobs.half.numerator, knobs.half.denominator)
    stated = 1 / (half * (1 + a**knobs.power))
    log.positive(K / 2 + a**2 * K / 2, "E[s(√K z)²] > 0, so that at most one C_W keeps K")
    log.equal(stated * (K / 2 + a**2 * K / 2), K, "C_W E[s(√K z)²] = K")


@claim.certify
def by_the_engine(check: Any, knobs: Any) -> None:
    from theorycheck import Activation, expectation

    for a in check.instances(9):
        for root in (Fraction(1), Fraction(3, 2)):
            square = expectation(Activation("where(x > 0, x**2, a**2*x**2)", a=a), digits=20, scale=root)
            check.equal(root**2 / weight_variance(a, knobs), square, f"√K = {root}: K/C_W is E[s²]", digits=18)


@claim.simulate(quick={"samples": 100_000, "detect": 0.1}, full={"samples": 1_000_000, "detect": 0.04})
def with_real_layers(trial: Any, knobs: Any) -> None:
    """One preactivation behind a layer of 64 units: its second moment is that of the layer before, given He weights."""
    width = 64
    for a in (0.0, 0.25):
        C_W = float(weight_variance(Fraction(a), knobs))
        fourth = 9 * C_W**2 * (1 + a**4) / 2  # Var h² ≤ E h⁴ = 3 C_W² E(Σ s²/n)² ≤ 3 C_W² E s⁴, and E s⁴ = 3(1 + a⁴)/2
        trial.estimate(squared_preactivation(a, C_W, width), 1.0, trial.detect, variance=fourth, label=f"E h², a = {a}")


def squared_preactivation(a: float, C_W: float, width: int) -> Any:
    """A sampler of h² = (Σ w_i s(z_i))², z_i ~ N(0, 1) and w_i ~ N(0, C_W/width)."""
    import numpy as np

    def sampler(rng: Any, size: int) -> Any:
        z = rng.standard_normal((size, width))
        # given z, the sum is Gaussian with variance C_W Σ s(z_i)²/width: one draw stands for all the weights
        spread = C_W * (np.where(z > 0, z, a * z) ** 2).mean(axis=1)
        return spread * rng.standard_normal(size) ** 2

    return sampler


claim.mutant("Xavier's variance", by="derive", half=Fraction(1))
claim.mutant("the slope without its square", by="derive", power=1)
claim.mutant("Xavier's variance, in numbers", by="certify", half=Fraction(1))
claim.mutant("the slope to the fourth, in numbers", by="certify", power=4)
claim.mutant("Xavier's variance, sampled", by="simulate", half=Fraction(1))
