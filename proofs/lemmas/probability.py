"""Lemmas of probability, taken on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from math import comb, factorial
from typing import Any

from theorycheck.claims import Lemma
from theorycheck.claims.isserlis import gaussian_mean, gaussian_moment, hermite_row, joint_moments


def gaussian_pairs(check: Any, k: Any, rest: Fraction = Fraction(4, 5)) -> None:
    """All joint moments up to degree 4 + 4, for r = 3/5; `rest` stands for √(1 − r²)."""
    r = Fraction(3, 5)
    plane = joint_moments((Fraction(1), Fraction(0)), (r, rest), 5)
    u, v = (Fraction(2, 3), Fraction(2, 3), Fraction(1, 3)), (Fraction(2, 3), Fraction(-1, 3), Fraction(-2, 3))
    turned = tuple(r * a + Fraction(4, 5) * b for a, b in zip(u, v, strict=True))  # a unit vector at correlation r with u
    space = joint_moments(u, turned, 5)
    for p in range(5):
        for q in range(5):
            check.equal(plane[p][q], space[p][q], f"E u^{p} v^{q}")


def power_series_under_expectation(check: Any, k: Any, weight: Callable[[int], int] = factorial) -> None:
    """For f = z⁴ both sides are polynomials in t: E[z⁴ exp(tz − t²/2)] = E (z + t)⁴."""
    for t in (Fraction(1, 2), Fraction(-3), Fraction(7, 3)):
        shifted = sum((comb(4, n) * gaussian_moment(4 - n) * t**n for n in range(5)), Fraction(0))
        projections = [sum(a * gaussian_moment(p + 4) for p, a in enumerate(hermite_row(n))) for n in range(6)]
        check.equal(shifted, sum((Fraction(c, weight(n)) * t**n for n, c in enumerate(projections)), Fraction(0)), f"t = {t}")


def tower_and_linearity(check: Any, k: Any, conditional_variance: bool = True) -> None:
    """E[u³ v³] = E[u³ E[v³ | u]] with E[v³ | u] = (ru)³ + 3 ru (1 − r²)."""
    for r, c in ((Fraction(3, 5), Fraction(4, 5)), (Fraction(-5, 13), Fraction(12, 13))):
        joint = joint_moments((Fraction(1), Fraction(0)), (r, c), 4)[3][3]
        spread = 1 - r**2 if conditional_variance else 0
        check.equal(joint, r**3 * gaussian_moment(6) + 3 * r * spread * gaussian_moment(4), f"r = {r}")


def polar_decomposition(check: Any, k: Any, shift: int = 2) -> None:
    """E x₁⁴ = E ‖x‖⁴ E θ₁⁴ with θ uniform on the sphere, whose moment is an integral over one angle."""
    import mpmath

    for d in range(2, 8):
        weights = [mpmath.quad(lambda t, p=p, d=d: mpmath.cos(t) ** p * mpmath.sin(t) ** (d - 2), [0, mpmath.pi / 2]) for p in (4, 0)]
        check.equal(mpmath.mpf(gaussian_moment(4)), weights[0] / weights[1] * d * (d + shift), f"d = {d}")


def heat_semigroup(check: Any, k: Any, time: Fraction = Fraction(1, 2)) -> None:
    """E (m + z)ⁿ = (exp(Δ/2) xⁿ)(m), term by term: the Laplacian takes xⁿ to n(n − 1) xⁿ⁻²."""
    for n in range(9):
        for m in (Fraction(0), Fraction(2, 3), Fraction(-5)):
            mean = sum((comb(n, j) * gaussian_moment(j) * m ** (n - j) for j in range(n + 1)), Fraction(0))
            falling = [Fraction(factorial(n), factorial(n - 2 * i)) for i in range(n // 2 + 1)]  # the i-th Laplacian of xⁿ
            heat = sum((time**i / factorial(i) * f * m ** (n - 2 * i) for i, f in enumerate(falling)), Fraction(0))
            check.equal(mean, heat, f"n = {n}, m = {m}")


def gaussian_coordinates(check: Any, k: Any, last: tuple[int, int, int] = (2, -2, 1)) -> None:
    """E over the coordinates along (1, 2, 2)/3, (2, 1, -2)/3 and a third vector, all powers up to 4: products of those of N(0, 1)."""
    import sympy

    x = sympy.symbols("x1:4")
    frame = [sum(c * s for c, s in zip(v, x, strict=True)) / sympy.Integer(3) for v in ((1, 2, 2), (2, 1, -2), last)]
    for powers in ((2, 0, 0), (1, 1, 0), (1, 0, 1), (2, 2, 0), (2, 0, 2), (1, 1, 2), (2, 2, 2), (4, 2, 0), (0, 1, 3), (0, 4, 4)):
        product = sympy.expand(sympy.prod(u**n for u, n in zip(frame, powers, strict=True)))
        alone = sympy.prod(sympy.Integer(gaussian_moment(n)) for n in powers)
        check.equal(alone, gaussian_mean(product, *x), f"powers {powers}")


def rotation_invariance(check: Any, k: Any, angle: str = "3/5") -> None:
    """The mean of f(w·u) over the circle, for two unit vectors w; the mutant takes a w that is not of length one."""
    import mpmath

    cos = mpmath.mpf(3) / 5
    sin = mpmath.sqrt(1 - cos * cos) if angle == "3/5" else mpmath.mpf(0)
    for f in (mpmath.exp, mpmath.atan, lambda t: t * t):
        means = [
            mpmath.quad(lambda a, f=f, w=w: f(w[0] * mpmath.cos(a) + w[1] * mpmath.sin(a)), mpmath.linspace(0, 2 * mpmath.pi, 5))
            for w in ((1, 0), (cos, sin))
        ]
        check.equal(means[0], means[1], "the same mean", digits=10)


def circle_spacings(check: Any, k: Any, power: int = 1) -> None:
    """n points on a circle of N places, one of them at place 0: how many have all gaps above g places, counted; and as N → ∞.

    With gaps of at least g + 1 places the count is C(N − ng − 1, n − 1); over N^(n−1)/(n − 1)! it tends to the lemma's power.
    """
    for n, places, gap in ((2, 9, 2), (3, 13, 2), (3, 14, 3), (4, 17, 2)):
        rest = combinations(range(1, places), n - 1)
        wide = sum(all(b - a > gap for a, b in pairwise((0, *c, places))) for c in rest)
        check.equal(comb(places - n * gap - 1, n - 1), wide, f"{n} of {places} places, gaps above {gap}")
        large = 10**12  # places, the gap being the same share of them
        share = Fraction(comb(large - n * (gap * large // places) - 1, n - 1) * factorial(n - 1), large ** (n - 1))
        check.equal(float((1 - Fraction(n * gap, places)) ** (n - power)), float(share), f"n = {n}, x = {gap}/{places}")


def ito_formula(check: Any, k: Any, half: Fraction = Fraction(1, 2)) -> None:
    """Moments of dX = −θX dt + √s dB: the mean is a·q and the variance s(1 − q²)/(2θ) at q = exp(−θt)."""
    for row in ((1, 2, 3, Fraction(1, 2)), (Fraction(2, 5), Fraction(1, 3), -1, Fraction(3, 4))):
        theta, s, a, q = map(Fraction, row)
        m, v = a * q, s * (1 - q**2) / (2 * theta)
        m_dot, v_dot = -theta * a * q, s * q**2
        check.equal(2 * m * m_dot + v_dot, half * s * 2 - 2 * theta * (m**2 + v), f"E X², θ = {theta}")
        moved = 4 * m**3 * m_dot + 12 * m * m_dot * v + 6 * m**2 * v_dot + 6 * v * v_dot
        check.equal(moved, half * s * 12 * (m**2 + v) - 4 * theta * (m**4 + 6 * m**2 * v + 3 * v**2), f"E X⁴, θ = {theta}")


lemmas = [
    Lemma(
        "gaussian-pairs",
        "For unit u, v with inner product r and x ~ N(0, I), the pair (⟨u,x⟩, ⟨v,x⟩) has the law of (z, r z + √(1 − r²) w) "
        "with z and w independent N(0, 1).",
        "Anderson, An Introduction to Multivariate Statistical Analysis, 3rd ed., Theorem 2.4.1",
        check=gaussian_pairs,
        mutant=lambda check, k: gaussian_pairs(check, k, rest=Fraction(2, 5)),
    ),
    Lemma(
        "power-series-under-expectation",
        "If E f(z)² < ∞, then t ↦ E[f(z) exp(tz − t²/2)] is entire with Taylor coefficients E[f(z) He_n(z)]/n!, likewise for two "
        "jointly Gaussian variables and two parameters; the coefficients of a power series are unique.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 1.34 (dominated convergence) and Corollary 10.7",
        check=power_series_under_expectation,
        mutant=lambda check, k: power_series_under_expectation(check, k, weight=lambda n: 1),
    ),
    Lemma(
        "tower-and-linearity",
        "For square integrable f(u), g(v): E[f(u) g(v)] = E[f(u) E[g(v) | u]]; expectations are linear; independent factors of mean "
        "zero drop out.",
        "Williams, Probability with Martingales, section 9.7",
        check=tower_and_linearity,
        mutant=lambda check, k: tower_and_linearity(check, k, conditional_variance=False),
    ),
    Lemma(
        "polar-decomposition",
        "For x ~ N(0, I), x/‖x‖ is uniform on the sphere and independent of ‖x‖.",
        "Muirhead, Aspects of Multivariate Statistical Theory, Theorem 1.5.6",
        check=polar_decomposition,
        mutant=lambda check, k: polar_decomposition(check, k, shift=0),
    ),
    Lemma(
        "heat-semigroup",
        "For a polynomial Q and z ~ N(0, I): E Q(m + z) = (exp(Δ/2) Q)(m), a finite sum.",
        "Janson, Gaussian Hilbert Spaces, section III.1",
        check=heat_semigroup,
        mutant=lambda check, k: heat_semigroup(check, k, time=Fraction(1)),
    ),
    Lemma(
        "gaussian-coordinates",
        "For x ~ N(0, I) and orthonormal e₁, …, e_r the coordinates ⟨e_i, x⟩ are independent N(0, 1).",
        "Anderson, An Introduction to Multivariate Statistical Analysis, 3rd ed., Theorem 2.4.1",
        check=gaussian_coordinates,
        mutant=lambda check, k: gaussian_coordinates(check, k, last=(1, -2, 2)),
    ),
    Lemma(
        "rotation-invariance",
        "For u uniform on the sphere the law of w·u is the same for every unit vector w.",
        "Mattila, Geometry of Sets and Measures in Euclidean Spaces, chapter 3",
        check=rotation_invariance,
        mutant=lambda check, k: rotation_invariance(check, k, angle="0"),
    ),
    Lemma(
        "circle-spacings",
        "All gaps between neighbours of n independent uniform points on a circle of length 1 exceed x with probability (1 − nx)^(n−1), "
        "0 <= x <= 1/n.",
        "Feller, An Introduction to Probability Theory and Its Applications II, section I.7",
        check=circle_spacings,
        mutant=lambda check, k: circle_spacings(check, k, power=0),
    ),
    Lemma(
        "ito-formula",
        "For dX = b(X) dt + √s dB and a smooth φ of compact support: d/dt E φ(X_t) = E[(s/2)Δφ(X_t) + b(X_t)·∇φ(X_t)].",
        "Øksendal, Stochastic Differential Equations, 6th ed., Theorem 7.3.3 and Lemma 7.3.2",
        check=ito_formula,
        mutant=lambda check, k: ito_formula(check, k, half=Fraction(1)),
    ),
]
