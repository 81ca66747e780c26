"""What the spectrum of the ReLU kernel does obey: γ_m ≤ 1/(2m) for every m and d, and at fixed d γ_m decays like m^(−d/(d−1)).

The first is the trace: the m largest of nonnegative numbers that add up to 1/2 are at most 1/2 together. The second is the closed form
of the eigenvalues with the count of harmonics.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def dimensions(rng: Any, count: int) -> Any:
    """The dimensions d of the space, the circle first."""
    special = (2, 3, 4, 10)
    return (special[i] if i < len(special) else int(rng.integers(5, 40)) for i in range(count))


claim = Claim(
    "diverse/spectrum-decay-sharp",
    title="The decay of the ReLU kernel's spectrum: below 1/(2m), and m to the power −d/(d−1)",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="figure 1"),
    kind="upper bound",
    statement=r"\gamma_m \le \frac{1}{2m}\ \forall m, d;\qquad "
    r"\lim_{m\to\infty} \gamma_m\,m^{d/(d-1)} = \Bigl(\tfrac{\Gamma(d/2)}{4\pi}\Bigr)^2 2^{d+2}\,((d-1)!)^{-d/(d-1)}",
    reading="γ_m the m-th largest eigenvalue, with multiplicity, of t(1/2 − arccos(t)/2π) on the sphere in d dimensions; "
    "d is fixed in the limit",
    assumes=[Instances("dimensions", dimensions)],
    origin="theorycheck",
    knobs={"trace": "1/2", "doubling": 2},
)


def limit_constant(d: Any, knobs: Any, library: Any) -> Any:
    """The limit of γ_m m^(d/(d−1)) as claimed, by any library with gamma and pi."""
    return (library.gamma(d / 2) / (4 * library.pi)) ** 2 * 2 ** (d + knobs.doubling) * library.gamma(d) ** (-d / (d - 1))


@claim.derive
def by_trace_and_stirling(log: Any, knobs: Any) -> None:
    import sympy
    from sympy import Rational, gamma, pi

    t = sympy.Symbol("t", real=True)
    i, e = sympy.symbols("i e", nonnegative=True)  # k = 2 + i, d = 2 + e
    k, d = 2 + i, 2 + e

    def q(degree: Any) -> Any:
        return degree**2 + (d - 2) * degree + 1

    log.cite("diverse/spherical-harmonics")  # λ_1 = 1/(4d), λ_k = (…)² q(k) for even k, 0 for odd k >= 3
    log.cite("mercer-trace")  # Σ γ_u = g(1); the eigenvalues are nonnegative, so m γ_m <= γ_1 + … + γ_m <= g(1)
    log.positive(q(k), "eigenvalues of even degree are positive")
    g = t * (Rational(1, 2) - sympy.acos(t) / (2 * pi))
    log.equal(g.subs(t, 1), sympy.Rational(knobs.trace), "the trace is g(1) = 1/2")

    # the order of the eigenvalues: 1, 0, 2, 4, 6, ...
    fall = sympy.expand((k + d + 1) ** 2 * q(k) - (k - 1) ** 2 * q(k + 2))
    log.positive(fall, "λ_{k+2} < λ_k for even k ≥ 2: ((k−1)/(k+d+1))² q(k+2) < q(k)")
    log.equal((d + 1) ** 2 * q(0) - q(2), d**2, "λ_2 < λ_0: (d+1)² q(0) − q(2) is positive")
    log.cite("gamma-log-convex")  # with x = d/2: x² Γ(x)² <= Γ(x + 1/2)² (x + 1/2), as Γ(x + 1) = x Γ(x)
    x = d / 2
    log.positive(pi * x - 2 * x - 1, "λ_0 < λ_1: λ_0 ≤ (x + 1/2)/(4π x²), less than 1/(8x) as (π − 2)x > 1")

    # an index m with d + C(d+k−3, k−2) < m <= d + C(d+k−1, k) has γ_m = λ_k
    n, z = sympy.symbols("n z", positive=True)  # n is the dimension, z = k/2
    log.cite("gamma-ratio")  # z^((n+2)/2) Γ(z − 1/2)/Γ(z + (n+1)/2) → 1 and Γ(2z + n)/Γ(2z + 1) (2z)^(1−n) → 1
    log.limit((4 * z**2 + (n - 2) * 2 * z + 1) / (4 * z**2), z, sympy.oo, 1, "q(k) ~ k²")
    log.limit((z - 1) / z, z, sympy.oo, 1, "the first and the last index of a plateau agree to first order")
    power = n / (n - 1)
    value = (gamma(n / 2) / (4 * pi)) ** 2 * 4  # λ_k z^n → this: z^(−n−2)·4z²
    count = 2 ** (n - 1) / gamma(n)  # m z^(1−n) → this
    log.equal((n - 1) * power, n, "the powers of z cancel in γ_m m^(d/(d−1))")
    stated = limit_constant(n, knobs, sympy)
    ratio = sympy.simplify(sympy.powsimp(sympy.expand_power_base(stated / (value * count**power), force=True), force=True))
    log.equal(ratio, 1, "the constant: 4 (Γ(d/2)/4π)² (2^(d−1)/(d−1)!)^(d/(d−1))")


@claim.certify
def against_a_list(check: Any, knobs: Any) -> None:
    import mpmath
    from flint import arb, fmpq

    from theorycheck import funk_hecke
    from theorycheck.sphere.harmonics import multiplicity, parity_multiplicity
    from theorycheck.sphere.spectrum import GRADIENT_KERNEL, degree_of_largest, largest_eigenvalue

    trace = Fraction(knobs.trace)
    for d in check.instances(5):
        listed = [(float(v), multiplicity(d, k)) for k, v in enumerate(funk_hecke(GRADIENT_KERNEL, d, 24, digits=20))]
        counted = 0
        for value, count in sorted(listed, reverse=True)[:8]:
            for m in sorted({counted + 1, counted + count}):
                found = largest_eigenvalue(m, d, digits=20)
                check.equal(value, found, f"γ_{m}", digits=12)
                if check.less_equal(found.ball * m, arb(fmpq(trace.numerator, trace.denominator)), f"m·γ_m at m = {m}") is False:
                    return
            counted += count
        if d <= 4:  # in high dimensions the first plateaus alone have more harmonics than an index that can be written down
            with mpmath.workdps(30):
                m = d + parity_multiplicity(d, degree_of_largest(10**24, d))
                scaled = mpmath.mpf(largest_eigenvalue(m, d, digits=25).value) * mpmath.mpf(m) ** (mpmath.mpf(d) / (d - 1))
                check.equal(limit_constant(mpmath.mpf(d), knobs, mpmath), scaled, "γ_m·m^(d/(d−1)) at the end of a plateau", digits=6)


claim.mutant("γ_m ≤ 1/(4m): the trace is 1/4", by="derive", trace="1/4")
claim.mutant("half the constant", by="derive", doubling=1)
claim.mutant("γ_m ≤ 1/(5m)", by="certify", trace="1/5")
claim.mutant("half the constant, far out", by="certify", doubling=1)
