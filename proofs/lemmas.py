"""Textbook facts that derivations take on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial
from typing import Any

from theorycheck.claims import Lemma
from theorycheck.claims.isserlis import gaussian_moment, hermite_row, joint_moments
from theorycheck.claims.reference import reference_moments


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


def leibniz_rule(check: Any, k: Any, factor: int = 1) -> None:
    """(t f)⁽ᵐ⁾ = t f⁽ᵐ⁾ + m f⁽ᵐ⁻¹⁾ for f = tⁿ, n <= 8."""

    def derivative(n: int, m: int, t: Fraction) -> Fraction:
        return Fraction(factorial(n), factorial(n - m)) * t ** (n - m) if m <= n else Fraction(0)

    for n in range(9):
        for m in range(1, n + 2):
            t = Fraction(2, 3)
            right = t * derivative(n, m, t) + factor * m * derivative(n, m - 1, t)
            check.equal(derivative(n + 1, m, t), right, f"n = {n}, m = {m}")


def polar_decomposition(check: Any, k: Any, shift: int = 2) -> None:
    """E x₁⁴ = E ‖x‖⁴ E θ₁⁴ with θ uniform on the sphere, whose moment is an integral over one angle."""
    import mpmath

    for d in range(2, 8):
        weights = [mpmath.quad(lambda t, p=p, d=d: mpmath.cos(t) ** p * mpmath.sin(t) ** (d - 2), [0, mpmath.pi / 2]) for p in (4, 0)]
        check.equal(mpmath.mpf(gaussian_moment(4)), weights[0] / weights[1] * d * (d + shift), f"d = {d}")


def differentiation_under_the_integral(check: Any, k: Any, sign: int = 1) -> None:
    """d/da ∫ exp(−az²) dz over z > 0 against ∫ −z² exp(−az²) dz."""
    import mpmath

    for a in (mpmath.mpf("0.5"), mpmath.mpf(1), mpmath.mpf(3)):
        left = mpmath.diff(lambda s: mpmath.quad(lambda z: mpmath.exp(-s * z * z), [0, 3, 20]), a)
        right = mpmath.quad(lambda z, a=a: -sign * z * z * mpmath.exp(-a * z * z), [0, 3, 20])
        check.equal(left, right, f"a = {a}", digits=8)


def vanishing_integral(check: Any, k: Any, factor: int = 1) -> None:
    """The inequality behind it: P(f ≥ ε) ≤ E f/ε, here for f = z². With E f = 0 every set {f ≥ ε} is null."""
    import mpmath

    for epsilon in (mpmath.mpf("0.01"), mpmath.mpf(1), mpmath.mpf(4)):
        check.less_equal(mpmath.erfc(mpmath.sqrt(epsilon / 2)), 1 / (factor * epsilon), f"ε = {epsilon}")


def fundamental_theorem_of_calculus(check: Any, k: Any, texts: tuple[str, ...] = ("relu", "softplus", "hard_tanh")) -> None:
    """φ(x) − φ(0) = ∫ φ' over [0, x]."""
    import mpmath

    from theorycheck import Activation

    for text in texts:
        f = Activation(text)
        slope = f.derivative()
        for end in (-2, 3):
            rise = f.mpmath(mpmath.mpf(end)) - f.mpmath(mpmath.mpf(0))
            area = mpmath.quad(slope.mpmath, [0, 1 if end > 0 else -1, end])  # the kinks of these activations are at 0 and ±1
            check.equal(rise, area, f"{text} at {end}", digits=10)


def cauchy_schwarz_equality(check: Any, k: Any, texts: tuple[str, ...] = ("step(x)", "sigmoid(x)", "exp(x)")) -> None:
    """(E gz)² < E g · E gz² for g ≥ 0 that is not zero."""

    from theorycheck import Activation

    for text in texts:
        g = Activation(text)
        moments = reference_moments(g.mpmath, range(3))
        check.less(moments[1] ** 2, moments[0] * moments[2], text)


def hermite_completeness(check: Any, k: Any, degrees: range = range(60)) -> None:
    """Parseval for f = e^z: the coefficients are √(e/k!), and E f² = e²."""
    import mpmath

    check.equal(mpmath.exp(2), mpmath.fsum(mpmath.e / mpmath.factorial(n) for n in degrees), "E e^{2z}", digits=12)


def roots_of_unity(check: Any, k: Any, alternating: bool = True) -> None:
    """Σ (−1)ʲ exp(iπmj/D) over j < 2D, for D <= 6 and m <= 3D."""
    import mpmath

    for size in range(1, 7):
        for m in range(3 * size + 1):
            total = mpmath.fsum((-1) ** (j if alternating else 0) * mpmath.cospi(mpmath.mpf(m * j) / size) for j in range(2 * size))
            check.equal(mpmath.mpf(2 * size if m % (2 * size) == size else 0), total, f"D = {size}, m = {m}")


def heat_semigroup(check: Any, k: Any, time: Fraction = Fraction(1, 2)) -> None:
    """E (m + z)ⁿ = (exp(Δ/2) xⁿ)(m), term by term: the Laplacian takes xⁿ to n(n − 1) xⁿ⁻²."""
    for n in range(9):
        for m in (Fraction(0), Fraction(2, 3), Fraction(-5)):
            mean = sum((comb(n, j) * gaussian_moment(j) * m ** (n - j) for j in range(n + 1)), Fraction(0))
            falling = [Fraction(factorial(n), factorial(n - 2 * i)) for i in range(n // 2 + 1)]  # the i-th Laplacian of xⁿ
            heat = sum((time**i / factorial(i) * f * m ** (n - 2 * i) for i, f in enumerate(falling)), Fraction(0))
            check.equal(mean, heat, f"n = {n}, m = {m}")


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
        "leibniz-rule",
        "The m-th derivative of t·f(t) is t·f⁽ᵐ⁾ + m·f⁽ᵐ⁻¹⁾.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 5.3, by induction",
        check=leibniz_rule,
        mutant=lambda check, k: leibniz_rule(check, k, factor=2),
    ),
    Lemma(
        "polar-decomposition",
        "For x ~ N(0, I), x/‖x‖ is uniform on the sphere and independent of ‖x‖.",
        "Muirhead, Aspects of Multivariate Statistical Theory, Theorem 1.5.6",
        check=polar_decomposition,
        mutant=lambda check, k: polar_decomposition(check, k, shift=0),
    ),
    Lemma(
        "differentiation-under-the-integral",
        "If ∂f/∂a exists and is dominated by an integrable function, locally uniformly in a, then d/da ∫ f = ∫ ∂f/∂a.",
        "Folland, Real Analysis, 2nd ed., Theorem 2.27",
        check=differentiation_under_the_integral,
        mutant=lambda check, k: differentiation_under_the_integral(check, k, sign=-1),
    ),
    Lemma(
        "vanishing-integral",
        "A measurable function that is nonnegative and has integral 0 is 0 almost everywhere.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 1.39",
        check=vanishing_integral,
        mutant=lambda check, k: vanishing_integral(check, k, factor=4),
    ),
    Lemma(
        "fundamental-theorem-of-calculus",
        "A locally absolutely continuous function is differentiable almost everywhere and is the integral of its derivative.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 7.20",
        check=fundamental_theorem_of_calculus,
        mutant=lambda check, k: fundamental_theorem_of_calculus(check, k, texts=("x + step(x - 1/2)",)),
    ),
    Lemma(
        "cauchy-schwarz-equality",
        "For g ≥ 0 with finite moments, (E gz)² ≤ E g · E gz², with equality only if g = 0 almost everywhere.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 3.5 (Hölder, with the case of equality)",
        check=cauchy_schwarz_equality,
        mutant=lambda check, k: cauchy_schwarz_equality(check, k, texts=("x**2 - 2",)),
    ),
    Lemma(
        "hermite-completeness",
        "The polynomials He_k/√(k!) are an orthonormal basis of L²(N(0, 1)); in particular a function whose coefficients all vanish is 0.",
        "Szegő, Orthogonal Polynomials, Theorem 5.7.1",
        check=hermite_completeness,
        mutant=lambda check, k: hermite_completeness(check, k, degrees=range(0, 60, 2)),
    ),
    Lemma(
        "roots-of-unity",
        "Σ (−1)ʲ exp(iπmj/D) over 0 <= j < 2D is 2D when m is an odd multiple of D, and 0 for every other integer m.",
        "Lang, Algebra, 3rd ed., VI §3 (a geometric sum)",
        check=roots_of_unity,
        mutant=lambda check, k: roots_of_unity(check, k, alternating=False),
    ),
    Lemma(
        "heat-semigroup",
        "For a polynomial Q and z ~ N(0, I): E Q(m + z) = (exp(Δ/2) Q)(m), a finite sum.",
        "Janson, Gaussian Hilbert Spaces, section III.1",
        check=heat_semigroup,
        mutant=lambda check, k: heat_semigroup(check, k, time=Fraction(1)),
    ),
]
