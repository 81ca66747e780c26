"""The Hermite coefficients of ReLU in closed form; the paper's footnote squares a double factorial and loses a sign.

Derived from the generating function φ(t) + tΦ(t) of E[z₊ He_n(z)], for every n.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import hermite_row
from theorycheck.claims.reference import reference_moments

#: Coefficients certified: every degree below this.
TERMS = 20


def degrees(rng: Any, count: int) -> list[int]:
    """Degrees: all from 0, then nothing random is left to ask."""
    return list(range(count))


claim = Claim(
    "landscape/relu-hermite",
    title="Hermite coefficients of ReLU",
    source=Source(deck="001", slide="One-hidden-layer Neural Networks", arxiv="1711.00501", note="footnote 4"),
    kind="equality",
    statement=r"\hat\sigma_0 = \tfrac{1}{\sqrt{2\pi}},\ \hat\sigma_1 = \tfrac12,\ "
    r"\hat\sigma_n = (-1)^{n/2-1}\frac{(n-3)!!}{\sqrt{2\pi\,n!}}\ (n \ge 2\text{ even}),\ \hat\sigma_n = 0\ (n\ge 3\text{ odd})",
    assumes=[Instances("degrees", degrees)],
    knobs={"power": 1, "alternating": True, "odd": 0, "linear": "1/2"},
)


def unnormalised(half: Any, knobs: Any) -> Any:
    """√(2π) E[z₊ He_n(z)] for n = 2·half ≥ 2, as claimed: the knobs are the power of (n − 3)!! and the alternating sign."""
    import sympy

    m = half - 1
    double_factorial = sympy.factorial(2 * m) / (2**m * sympy.factorial(m))  # (2m − 1)!!
    sign = (-1) ** m if knobs.alternating else 1
    return sign * double_factorial**knobs.power


def coefficient(n: int, knobs: Any) -> Any:
    """σ̂_n as claimed, a SymPy number."""
    import sympy

    if n < 2:
        return (1 / sympy.sqrt(2 * sympy.pi), sympy.Rational(knobs.linear))[n]
    if n % 2:
        return sympy.Integer(knobs.odd)
    return unnormalised(sympy.Integer(n // 2), knobs) / sympy.sqrt(2 * sympy.pi * sympy.factorial(n))


@claim.derive
def by_generating_function(log: Any, knobs: Any) -> None:
    import sympy

    z, t = sympy.symbols("z t", real=True)
    half = sympy.Symbol("l", integer=True, positive=True)
    density = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    below = (1 + sympy.erf(t / sympy.sqrt(2))) / 2
    generating = density + t * below

    integrand = z * sympy.exp(-((z - t) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)  # z₊ exp(tz − t²/2) under N(0, 1)
    primitive = t * sympy.erf((z - t) / sympy.sqrt(2)) / 2 - sympy.exp(-((z - t) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)
    log.integral(integrand, (z, 0, sympy.oo), generating, "Σ tⁿ E[z₊ He_n]/n! = φ(t) + tΦ(t)", primitive=primitive)
    log.cite("power-series-under-expectation")

    log.equal(generating.subs(t, 0), coefficient(0, knobs), "degree 0")
    log.equal(sympy.diff(generating, t).subs(t, 0), coefficient(1, knobs), "degree 1")
    log.equal(sympy.diff(generating, t, 2), density, "the second derivative is φ: degree n ≥ 2 is the (n − 2)nd derivative of φ at 0")
    log.zero(sympy.diff(density, t) + t * density, "φ' = −tφ")
    log.cite("leibniz-rule")  # so φ⁽ᵐ⁺¹⁾(0) = −m φ⁽ᵐ⁻¹⁾(0): s(n + 2) = −(n − 1) s(n) for s(n) = E[z₊ He_n], n ≥ 2
    log.equal(density.subs(t, 0), unnormalised(sympy.Integer(1), knobs) / sympy.sqrt(2 * sympy.pi), "degree 2")
    log.equal(sympy.diff(density, t).subs(t, 0), coefficient(3, knobs), "degree 3, and with it every odd degree above")
    ratio = sympy.powsimp(sympy.combsimp(unnormalised(half + 1, knobs) / unnormalised(half, knobs)))
    log.equal(ratio, -(2 * half - 1), "every even degree n = 2l: the stated values satisfy s(n + 2) = −(n − 1) s(n)")
    listed = [coefficient(n, knobs) / sympy.sqrt(sympy.factorial(n)) for n in range(11)]
    log.series(generating, t, listed, "the first eleven coefficients, by Taylor expansion")


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck import hermite_coefficients

    engine = hermite_coefficients("relu", TERMS, digits=30)
    with mpmath.workdps(30):
        # E z₊ᵖ⁺¹; from these the coefficients by the rows of He_n. Beyond 16 the weight is below 1e-55
        moments = reference_moments(lambda z: z, range(TERMS), (0, 4, 16))
        for n in check.instances(TERMS):
            stated = coefficient(n, knobs)
            found = mpmath.fsum(a * moments[p] for p, a in enumerate(hermite_row(n))) / mpmath.sqrt(mpmath.factorial(n))
            answers = (
                check.equal(stated, engine[n], "our coefficient", digits=25),
                check.equal(stated, found, "quadrature by mpmath", digits=20),
            )
            if False in answers:
                return


claim.misprint(
    "squared double factorial",
    where="arXiv:1711.00501, footnote 4",
    printed="((n-3)!!)^2/sqrt(2 pi n!)",
    correct="(-1)^(n/2-1) (n-3)!!/sqrt(2 pi n!)",
    by="derive",
    power=2,
)
claim.misprint(
    "no alternating sign",
    where="arXiv:1711.00501, footnote 4",
    printed="+((n-3)!!)^2/sqrt(2 pi n!) at n = 4",
    correct="-1/sqrt(48 pi) at n = 4",
    by="derive",
    alternating=False,
)
claim.mutant("the footnote as printed, by quadrature", by="certify", power=2, alternating=False)
claim.mutant("odd degrees do not vanish", by="derive", odd=1)
claim.mutant("degree one", by="certify", linear="1/3")
