"""Lemmas of calculus, taken on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial
from typing import Any

from theorycheck.claims import Lemma


def leibniz_rule(check: Any, k: Any, factor: int = 1) -> None:
    """(t f)⁽ᵐ⁾ = t f⁽ᵐ⁾ + m f⁽ᵐ⁻¹⁾ for f = tⁿ, n <= 8."""

    def derivative(n: int, m: int, t: Fraction) -> Fraction:
        return Fraction(factorial(n), factorial(n - m)) * t ** (n - m) if m <= n else Fraction(0)

    for n in range(9):
        for m in range(1, n + 2):
            t = Fraction(2, 3)
            right = t * derivative(n, m, t) + factor * m * derivative(n, m - 1, t)
            check.equal(derivative(n + 1, m, t), right, f"n = {n}, m = {m}")


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


def chain_rule_second_order(check: Any, k: Any, half: Fraction = Fraction(1, 2)) -> None:
    """(g∘f)'' at 0 for polynomials, from f's expansion to second order: f = 2 + 3u − u² + 5u³ and g = t³."""
    jet = (Fraction(2), Fraction(3), Fraction(-1))
    whole = 2 * (3 * jet[0] ** 2 * jet[2] + 3 * jet[0] * jet[1] ** 2)  # twice the coefficient of u² in f³
    first, second = jet[1], jet[2] / half
    check.equal(whole, 6 * jet[0] * first**2 + 3 * jet[0] ** 2 * second, "g = t³")


def smooth_compositions(check: Any, k: Any, inner: int = 3) -> None:
    """The n-th derivatives of exp(3u) + u exp(3u) at 0, by differences, are 3ⁿ + n 3ⁿ⁻¹: they exist for every n tried."""
    import mpmath

    for n in range(6):
        found = mpmath.diff(lambda u: mpmath.exp(3 * u) + u * mpmath.exp(3 * u), 0, n)
        check.equal(mpmath.mpf(inner) ** n + n * mpmath.mpf(inner) ** (n - 1), found, f"n = {n}", digits=6)


def mean_value_inequality(check: Any, k: Any, slope: float = 1.0) -> None:
    """|f(z)| ≤ |f(0)| + sup|f'| |z| for SoftPlus, sup f' = 1."""
    import mpmath

    for z in (-30, -1, 2, 40):
        check.less_equal(mpmath.log1p(mpmath.exp(z)), mpmath.log(2) + slope * abs(z), f"z = {z}")


def small_order_bound(check: Any, k: Any, order: float = 0.5) -> None:
    """h = |z|^order is below ε|z| + C with ε = 1/10 and C = 3, as √|z| − |z|/10 is at most 5/2; the mutant has order 1."""
    import mpmath

    for z in (0, 1, 25, 100, 10**6):
        check.less_equal(mpmath.mpf(z) ** order, mpmath.mpf(z) / 10 + 3, f"z = {z}")


def bounded_by_limits(check: Any, k: Any, function: str = "x*exp(-x^2)") -> None:
    """A function with limits at both ends stays below 1/2 on a grid; the mutant has none."""
    from theorycheck import Activation

    f = Activation(function)
    check.less_equal(max(abs(float(f(z / 8))) for z in range(-80, 81)), 0.5, function)


def lipschitz_gradient(check: Any, k: Any, factor: float = 1.0) -> None:
    """For cos(x + 2y) the Hessian is −cos(x + 2y) (1, 2)(1, 2)ᵀ, of norm at most 5: the gradient's difference quotients."""
    import mpmath

    for step in (mpmath.mpf(1) / 100, mpmath.mpf(1), mpmath.mpf(5)):  # from (0, 0) to step (1, 2): the steepest direction
        quotient = abs(mpmath.sin(5 * step)) * mpmath.sqrt(5) / (step * mpmath.sqrt(5))
        check.less_equal(quotient, 5 * factor, f"step {step}")


def weierstrass(check: Any, k: Any, degrees: tuple[int, ...] = (4, 16, 64, 256)) -> None:
    """Bernstein's polynomials of |x − 1/2| at x = 1/2, where they are furthest off: below 1/(2√n); the mutant keeps the degree."""
    for n, degree in zip((4, 16, 64, 256), degrees, strict=True):
        there = sum((Fraction(comb(degree, j) * abs(2 * j - degree), 2 * degree * 2**degree) for j in range(degree + 1)), Fraction(0))
        check.less_equal(4 * n * there**2, 1, f"degree {n}")


def banach_fixed_point(check: Any, k: Any, factor: Fraction = Fraction(4, 5)) -> None:
    """Turns of the plane by the angle of (3, 4)/5 about (1, 2), shortened by a factor: orbits approach (1, 2); the mutant keeps lengths."""
    for start in ((Fraction(0), Fraction(0)), (Fraction(-7), Fraction(50))):
        x, y = start
        for _ in range(60):
            x, y = factor * (3 * (x - 1) - 4 * (y - 2)) / 5 + 1, factor * (4 * (x - 1) + 3 * (y - 2)) / 5 + 2
        check.less_equal((x - 1) ** 2 + (y - 2) ** 2, Fraction(1, 100), f"from {start}")


def finite_differences(check: Any, k: Any, order: int = 1) -> None:
    """Difference m + 1 of tᵏ, k <= m + 1, for rational starts and steps; the mutant takes difference m."""
    for m in range(6):
        count = m + order
        weights = [(-1) ** (count - j) * comb(count, j) for j in range(count + 1)]
        for start, h in ((Fraction(2, 3), Fraction(1)), (Fraction(-5), Fraction(1, 7))):
            for power in range(m + 2):
                found = sum((w * (start + j * h) ** power for j, w in enumerate(weights)), Fraction(0))
                check.equal(factorial(m + 1) * h ** (m + 1) if power > m else 0, found, f"m = {m}, power {power}")


lemmas = [
    Lemma(
        "leibniz-rule",
        "The m-th derivative of t·f(t) is t·f⁽ᵐ⁾ + m·f⁽ᵐ⁻¹⁾.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 5.3, by induction",
        check=leibniz_rule,
        mutant=lambda check, k: leibniz_rule(check, k, factor=2),
    ),
    Lemma(
        "fundamental-theorem-of-calculus",
        "A locally absolutely continuous function is differentiable almost everywhere and is the integral of its derivative.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 7.20",
        check=fundamental_theorem_of_calculus,
        mutant=lambda check, k: fundamental_theorem_of_calculus(check, k, texts=("x + step(x - 1/2)",)),
    ),
    Lemma(
        "chain-rule-second-order",
        "The derivatives of g∘f up to order two at a point depend on f only through its Taylor polynomial of order two there.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorems 5.5 and 9.15",
        check=chain_rule_second_order,
        mutant=lambda check, k: chain_rule_second_order(check, k, half=Fraction(1)),
    ),
    Lemma(
        "smooth-compositions",
        "Sums, products and compositions of infinitely differentiable functions are infinitely differentiable.",
        "Dieudonné, Foundations of Modern Analysis, section 8.12",
        check=smooth_compositions,
        mutant=lambda check, k: smooth_compositions(check, k, inner=2),
    ),
    Lemma(
        "mean-value-inequality",
        "|f(z) − f(0)| ≤ sup|f'| |z|.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 5.10",
        check=mean_value_inequality,
        mutant=lambda check, k: mean_value_inequality(check, k, slope=0.5),
    ),
    Lemma(
        "small-order-bound",
        "A continuous h on the line that is bounded or o(|z|) satisfies |h(z)| ≤ ε|z| + C_ε for every ε > 0, with some constant C_ε.",
        "the definition of o, and Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 4.15",
        check=small_order_bound,
        mutant=lambda check, k: small_order_bound(check, k, order=1.0),
    ),
    Lemma(
        "bounded-by-limits",
        "A continuous function on the line with finite limits at ∞ and −∞ is bounded.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 4.15",
        check=bounded_by_limits,
        mutant=lambda check, k: bounded_by_limits(check, k, function="x"),
    ),
    Lemma(
        "lipschitz-gradient",
        "The gradient of a C² function on R^n is K-Lipschitz exactly when the spectral norm of its Hessian is at most K everywhere.",
        "Nesterov, Lectures on Convex Optimization, 2nd ed., Lemma 1.2.2",
        check=lipschitz_gradient,
        mutant=lambda check, k: lipschitz_gradient(check, k, factor=0.5),
    ),
    Lemma(
        "weierstrass",
        "Polynomials are dense in the continuous functions on a compact set of R^n, uniformly.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorems 7.26 and 7.32 (Stone and Weierstrass)",
        check=weierstrass,
        mutant=lambda check, k: weierstrass(check, k, degrees=(4, 4, 4, 4)),
    ),
    Lemma(
        "banach-fixed-point",
        "A C¹ map of a compact convex set of R^n into itself whose Jacobian has spectral norm below 1 everywhere has exactly one fixed "
        "point, and every orbit tends to it.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorems 9.19 and 9.23",
        check=banach_fixed_point,
        mutant=lambda check, k: banach_fixed_point(check, k, factor=Fraction(1)),
    ),
    Lemma(
        "finite-differences",
        "Σ (−1)ʲ C(m + 1, j) p(t + (m + 1 − j)h) over 0 <= j <= m + 1 is 0 for polynomials p of degree at most m, and (m + 1)! h^(m+1) for "
        "p = t^(m+1).",
        "Graham, Knuth & Patashnik, Concrete Mathematics, 2nd ed., section 5.3 (5.42)",
        check=finite_differences,
        mutant=lambda check, k: finite_differences(check, k, order=0),
    ),
]
