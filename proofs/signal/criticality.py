"""Criticality: both factors are 1 where E[s s''(√K z)] = 0. SiLU and GELU have one such K > 0, tanh has none.

g'(K) − E[s'(√K z)²] = E[s s''(√K z)] by the heat equation and by parts, so χ∥ = χ⊥ exactly at the zeros; then C_W and C_b follow.
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
    reading="g(K) = E[s(√K z)²], χ∥ = C_W g'(K), χ⊥ = C_W E[s'(√K z)²], K > 0; any s with s' locally absolutely continuous and s², s'², "
    "s s'' integrable under N(0, V) for a V > K",
    assumes=[Instances("activations", activations)],
    knobs={"bend": 2, "slope": 1, "factor": Fraction(1)},
)


def rational(number: Any) -> Any:
    """A knob as a SymPy number."""
    import sympy

    return sympy.Rational(number.numerator, number.denominator)


@claim.derive
def by_the_heat_equation(log: Any, knobs: Any) -> None:
    """s enters by the symbols s0, s1, s2 for the values of s, s', s'' at x, and by the means of their products."""
    import sympy

    from theorycheck.claims.jets import total_derivative

    if not for_cubics(log, knobs):
        return
    x = sympy.Symbol("x", real=True)
    K, wider, e = sympy.symbols("K V e", positive=True)
    jet = s0, s1, s2 = sympy.symbols("s0 s1 s2", real=True)

    density = sympy.exp(-(x**2) / (2 * K)) / sympy.sqrt(2 * sympy.pi * K)
    log.equal(sympy.diff(density, K), sympy.diff(density, x, 2) / 2, "the density of N(0, K) solves the heat equation in K")
    # K = V/(1 + 2eV) is below V. For K in [L, M], M < V, |∂p/∂K| is at most √(M/L) (x²/L² + 1/L)/2 times the density of N(0, M), and so
    # at most a multiple of the density of N(0, V), under which s² is integrable
    ratio = sympy.powsimp((sympy.diff(density, K) / density.subs(K, wider)).subs(K, wider / (1 + 2 * e * wider)).expand())
    for end in (sympy.oo, -sympy.oo):
        log.limit(ratio, x, end, 0, f"for every K < V it is dominated as x → {end}")
    log.cite("differentiation-under-the-integral")  # so g'(K) is the integral of s² times it
    boundary = s0**2 * sympy.diff(density, x) / 2 - s0 * s1 * density
    excess = s0**2 * sympy.diff(density, x, 2) / 2 - (s1**2 + s0 * s2) * density
    log.equal(excess, total_derivative(boundary, x, jet), "s² ∂p/∂K − (s'² + s s'') p is a derivative in x")
    log.cite("integral-of-a-derivative")  # of integrable terms, s s' by Cauchy and Schwarz: so g'(K) = E[s'² + s s'']

    def mean(order: int, other: int) -> Any:
        """E of the product of two derivatives of s at √K z."""
        return sympy.Symbol(f"E s{order} s{other}", positive=True if order == other else None, real=True)

    weight, g = sympy.Symbol("C_W", positive=True), mean(0, 0)
    across, along = weight * mean(1, 1), weight * (mean(1, 1) + mean(0, 2))
    condition, stated = mean(0, knobs.bend), rational(knobs.factor) / mean(knobs.slope, knobs.slope)
    log.equal((along - across) / across * mean(1, 1), condition, "necessary: the mean is 0 where χ∥ = χ⊥ = 1")
    log.equal(weight / across, stated, "necessary: C_W where χ⊥ = 1")
    log.equal(across.subs(weight, stated), 1, "sufficient: χ⊥ = 1")
    log.equal(along.subs(weight, stated) - 1, stated * condition, "sufficient: χ∥ = 1 where the mean is 0")
    log.equal(stated * g + (K - stated * g), K, "the variance is kept with this C_b, and with no other")


def for_cubics(log: Any, knobs: Any) -> bool:
    """The same for s of degree at most 3, by Isserlis' moments: a wrong statement fails here, at an activation that can be named."""
    import sympy

    z, t = sympy.symbols("z t", real=True)
    K = sympy.Symbol("K", positive=True)
    s = sum(c * t**n for n, c in enumerate(sympy.symbols("c0:4", real=True)))

    def mean(expr: Any) -> Any:
        return gaussian_mean(sympy.expand(sympy.expand(expr).subs(t, sympy.sqrt(K) * z)), z)

    slope = sympy.diff(s, t)
    across, condition = mean(slope**2), mean(s * sympy.diff(s, t, knobs.bend))
    along = log.equal(sympy.diff(mean(s**2), K) - across, condition, "cubic s: g'(K) − E s'² is the mean that must vanish")
    unit = log.equal(rational(knobs.factor) * across, mean(sympy.diff(s, t, knobs.slope) ** 2), "cubic s: χ⊥ = 1")
    return bool(along and unit)


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    """Our certified critical points: the means by mpmath, put into the statement, into the two factors and into the map."""
    import mpmath

    from theorycheck import Activation
    from theorycheck.claims.reference import reference_moments
    from theorycheck.properties.criticality import critical_points

    for name in check.instances(2):
        jet = [Activation(name)]
        for _ in range(2):
            jet.append(jet[-1].derivative())
        found = critical_points(jet[0], 15)
        check.true(found.complete, "there is no other K > 0")
        point = next(p for p in found.points if p.kind == "K > 0")
        with mpmath.workdps(20):
            K = mpmath.mpf(point.K.value)
            root = mpmath.sqrt(K)

            def means(i: int, j: int, powers: Any, jet: Any = jet, root: Any = root) -> list[Any]:
                return reference_moments(lambda z: jet[i].mpmath(root * z) * jet[j].mpmath(root * z), powers)

            square, slope = means(0, 0, [0, 2]), means(1, 1, [0])[0]
            C_W = knobs.factor.numerator / (knobs.factor.denominator * {0: square[0], 1: slope}[knobs.slope])
            check.equal(mpmath.mpf(0), means(0, knobs.bend, [0])[0], "the mean that must vanish", digits=11)
            check.equal(C_W, mpmath.mpf(point.C_W.value), "C_W", digits=11)
            check.equal(K - C_W * square[0], mpmath.mpf(point.C_b.value), "C_b", digits=11)
            check.equal(mpmath.mpf(1), C_W * slope, "χ⊥", digits=11)
            check.equal(mpmath.mpf(1), C_W * (square[1] - square[0]) / (2 * K), "χ∥", digits=11)
    tanh = critical_points("tanh")
    check.true(tanh.complete, "tanh: none with K > 0")
    check.equal(0, sum(p.kind == "K > 0" for p in tanh.points), "tanh has none")


claim.mutant("half the weight variance", by="derive", factor=Fraction(1, 2))
claim.mutant("E[s s'] for E[s s'']", by="derive", bend=1)
claim.mutant("He's weight variance, 1/E[s²]", by="derive", slope=0)
claim.mutant("E[s s'] for E[s s''], in numbers", by="certify", bend=1)
claim.mutant("He's weight variance, in numbers", by="certify", slope=0)
