"""How slowly the spectrum of the ReLU kernel decays, taken at its word: γ_m ≥ c/m for all m, at a fixed dimension.

It cannot be: the eigenvalues are summable and 1/m is not. At fixed d they decay like m^(−d/(d−1)); only while d grows with m does the
decay look like 1/m.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def dimensions(rng: Any, count: int) -> Any:
    """The dimensions d of the space: small ones, where the decay shows at moderate m."""
    return range(2, 2 + min(count, 4))


claim = Claim(
    "diverse/spectrum-decay",
    title="The ReLU kernel's spectrum decays no faster than 1/m",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="figure 1"),
    kind="lower bound",
    statement=r"\exists c > 0\ \forall m:\quad \gamma_m \ge \frac{c}{m}",
    reading="“in between O(1/m) and O(1/√m)”: γ_m is the m-th largest eigenvalue, with multiplicity, of t(1/2 − arccos(t)/2π) on the "
    "sphere in d dimensions; d fixed, the constant c may depend on d, the bound is for all m (its witnesses: c = 1/1000)",
    assumes=[Instances("dimensions", dimensions)],
    finding="refuted",
    knobs={"power": "slow", "constant": "1/1000"},
)


def exponent(d: Any, knobs: Any) -> Any:
    """p in the bound c·m^(−p): 1, 1/2, or d/(d − 1)."""
    return {"slow": Fraction(1), "slower": Fraction(1, 2), "sharp": Fraction(d, d - 1)}[knobs.power]


@claim.derive
def at_the_ends_of_plateaus(log: Any, knobs: Any) -> None:
    import sympy
    from sympy import Rational, expand_func, factor, gamma, pi

    k = sympy.Symbol("k", positive=True)
    log.cite("diverse/spherical-harmonics")
    for d in (2, 4):
        root = factor(expand_func(gamma((k - 1) / 2) / gamma((k + d + 1) / 2))) * gamma(Rational(d, 2)) / (4 * pi)
        value = factor(root**2 * (k**2 + (d - 2) * k + 1))
        # the degrees 1, 0, 2, 4, ..., k have d + C(d+k−1, k) harmonics in all, and γ decreases along them: this m has γ_m = λ_k
        last = d + sympy.Mul(*[k + i for i in range(1, d)]) / sympy.factorial(d - 1)
        p = Rational(exponent(d, knobs).numerator, exponent(d, knobs).denominator)
        scale = (Rational(1) / sympy.factorial(d - 1)) ** p
        level = sympy.LC(sympy.numer(value), k) / sympy.LC(sympy.denom(value), k)
        excess = p * (d - 1) - d
        left_over = sympy.S.One if excess == 0 else sympy.S.Zero
        log.limit(value * k**d, k, sympy.oo, level, f"d = {d}: λ_k ~ {level}·k^(−{d})")
        log.limit(last / k ** (d - 1), k, sympy.oo, 1 / sympy.factorial(d - 1), f"d = {d}: the last m of a plateau")
        log.limit(k**excess, k, sympy.oo, left_over, f"d = {d}: what is left of the powers of k")
        log.positive(level * left_over * scale, f"d = {d}: the limit of γ_m·m^({p}) along the ends of plateaus is a positive c")


@claim.certify
def far_out(check: Any, knobs: Any) -> None:
    from flint import arb, fmpq

    from theorycheck.sphere.harmonics import parity_multiplicity
    from theorycheck.sphere.spectrum import degree_of_largest, largest_eigenvalue

    constant = Fraction(knobs.constant)
    for d in check.instances(4):
        p = exponent(d, knobs)
        for power in (1, 4, 16):
            m = d + parity_multiplicity(d, degree_of_largest(10**power, d))  # the last m of its plateau
            value = largest_eigenvalue(m, d, digits=25).ball
            scaled = value * arb(m) ** (arb(p.numerator) / p.denominator)
            bound = arb(fmpq(constant.numerator, constant.denominator))
            if check.less_equal(bound, scaled, f"γ_m·m^{p} at m = {m}") is False:
                return


claim.control("γ_m ≥ c·m^(−d/(d−1))", power="sharp")
claim.mutant("γ_m ≥ c/√m", by="derive", power="slower")
claim.mutant("γ_m ≥ c/√m, far out", by="certify", power="slower")
