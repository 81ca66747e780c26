"""Criticality: both factors are 1 where E[s s''(√K z)] = 0. SiLU and GELU have one such K > 0, tanh has none.

g'(K) − E[s'(√K z)²] = E[s s''(√K z)] by Stein's identity, so χ∥ = χ⊥ exactly at the zeros; then C_W and C_b follow.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean


def activations(rng: Any, count: int) -> Any:
    """Activations with a critical point at positive variance."""
    yield from ("silu", "gelu")[:count]


claim = Claim(
    "signal/criticality",
    title="Criticality at positive variance",
    source=Source(deck="signal", arxiv="2106.10165", note="Roberts, Yaida & Hanin (2022); Schoenholz et al. (2017)"),
    kind="equality",
    statement=r"\chi_\parallel = \chi_\perp = 1,\ K = C_W g(K) + C_b \iff "
    r"\mathbb{E}[s\,s''(\sqrt{K} z)] = 0,\ C_W = 1/\mathbb{E}[s'(\sqrt{K} z)^2],\ C_b = K - C_W\,g(K)",
    reading="g(K) = E[s(√K z)²], χ∥ = C_W g'(K), χ⊥ = C_W E[s'(√K z)²], s twice differentiable, K > 0",
    assumes=[Instances("activations", activations)],
    knobs={"sign": 1, "factor": 1},
)


@claim.derive
def by_stein(log: Any, knobs: Any) -> Any:
    """For every activation of degree at most 4, and for the shape e^{at} by itself."""
    import sympy

    from theorycheck.verdict import Verdict

    z, t = sympy.symbols("z t", real=True)
    K = sympy.Symbol("K", positive=True)
    coefficients = sympy.symbols("c0:5", real=True)
    s = sum(c * t**n for n, c in enumerate(coefficients))

    def mean(expr: Any) -> Any:
        return gaussian_mean(sympy.expand(sympy.expand(expr).subs(t, sympy.sqrt(K) * z)), z)

    slope, bend = sympy.diff(s, t), sympy.diff(s, t, 2)
    along = sympy.diff(mean(s**2), K)
    log.equal(along - mean(slope**2), knobs.sign * mean(s * bend), "g'(K) − E s'² = E s s''")
    C_W = knobs.factor / mean(slope**2)
    log.equal(C_W * mean(slope**2), 1, "χ⊥ = 1")
    C_b = K - C_W * mean(s**2)
    log.equal(C_W * mean(s**2) + C_b, K, "the variance is kept")
    return Verdict(True, "proved", "for polynomial s of degree at most 4", scope="instances", instances=1)


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    """Our certified critical points, put into the two factors and the map by mpmath."""
    import mpmath

    from theorycheck import Activation
    from theorycheck.claims.reference import reference_moments
    from theorycheck.properties.criticality import critical_points

    for name in check.instances(2):
        s = Activation(name)
        d = s.derivative()
        found = critical_points(s, 15)
        check.true(found.complete, "there is no other K > 0")
        point = next(p for p in found.points if p.kind == "K > 0")
        with mpmath.workdps(20):
            K, C_W, C_b = (mpmath.mpf(number.value) for number in (point.K, point.C_W, point.C_b))
            C_W, root = C_W * knobs.factor, mpmath.sqrt(K)
            square = reference_moments(lambda z, s=s, root=root: s.mpmath(root * z) ** 2, [0, 2])
            slope = reference_moments(lambda z, d=d, root=root: d.mpmath(root * z) ** 2, [0])[0]
            check.equal(mpmath.mpf(1), C_W * slope, "χ⊥", digits=11)
            check.equal(mpmath.mpf(knobs.sign), C_W * (square[1] - square[0]) / (2 * K), "χ∥", digits=11)
            check.equal(K, C_W * square[0] + C_b, "the variance", digits=11)
    tanh = critical_points("tanh")
    check.true(tanh.complete, "tanh: none with K > 0")
    check.equal(0, sum(p.kind == "K > 0" for p in tanh.points), "tanh has none")


claim.mutant("the sign of Stein's identity", by="derive", sign=-1)
claim.mutant("half the weight variance", by="derive", factor=Fraction(1, 2))
claim.mutant("half the weight variance, in numbers", by="certify", factor=Fraction(1, 2))
