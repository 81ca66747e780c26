"""Lemmas of integration, taken on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb, factorial
from typing import Any

from theorycheck.claims import Lemma
from theorycheck.claims.reference import reference_moments


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


def cauchy_schwarz_equality(check: Any, k: Any, texts: tuple[str, ...] = ("step(x)", "sigmoid(x)", "exp(x)")) -> None:
    """(E gz)² < E g · E gz² for g ≥ 0 that is not zero."""

    from theorycheck import Activation

    for text in texts:
        g = Activation(text)
        moments = reference_moments(g.mpmath, range(3))
        check.less(moments[1] ** 2, moments[0] * moments[2], text)


def divergence_theorem(check: Any, k: Any, power: int = 2) -> None:
    """F = x^j (1 − x²)^power on [−1, 1]: the integral of F', term by term, with the powers below `power` at the boundary."""
    for j in range(5):
        terms = {j + 2 * i: Fraction((-1) ** i * comb(power, i)) for i in range(power + 1)}
        slope = {n - 1: n * c for n, c in terms.items() if n}
        check.equal(0, sum((c * Fraction(1 - (-1) ** (n + 1), n + 1) for n, c in slope.items()), Fraction(0)), f"j = {j}")


def comparison(check: Any, k: Any, power: int = 2) -> None:
    """∫ exp(−u² − u⁴) ≤ ∫ exp(−u²): the larger function's integral is finite, and so is the other's."""
    import mpmath

    smaller, larger = (mpmath.quad(lambda u, p=p: mpmath.exp(-(u**p) - (u**4 if p == 2 else 0)), [-9, 0, 9]) for p in (power, 4))
    check.less_equal(smaller, mpmath.sqrt(mpmath.pi) if power == 2 else larger / 2, "the integrals")


def tonelli(check: Any, k: Any, turn: int = 2) -> None:
    """∫ exp(−x² − y²) over the plane, in polar coordinates, against the square of the integral over the line."""
    import mpmath

    plane = mpmath.quad(lambda r: turn * mpmath.pi * r * mpmath.exp(-r * r), [0, 3, 12])
    check.equal(mpmath.quad(lambda u: mpmath.exp(-u * u), [-12, 0, 12]) ** 2, plane, "a Gaussian function", digits=10)


def descartes_laplace(check: Any, k: Any, fewer: int = 0) -> None:
    """Atoms at 0, 1, 2, …: with y = exp(−b) a polynomial in y, here with known positive roots, against the signs of its coefficients."""
    for roots in ((Fraction(1, 2),), (Fraction(1, 2), Fraction(1, 3)), (Fraction(3), Fraction(1, 5), Fraction(7, 2))):
        row = [Fraction(1)]
        for root in roots:
            row = [a - root * b for a, b in zip([Fraction(0), *row], [*row, Fraction(0)], strict=True)]
        signs = [c > 0 for c in row if c]
        check.less_equal(len(roots), sum(a != b for a, b in pairwise(signs)) - fewer, f"zeros at {', '.join(map(str, roots))}")


def vanishing_derivative(check: Any, k: Any, extra: int = 0) -> None:
    """Polynomials of degree at most 6 with ∫ s φ⁽ᵏ⁾ = 0 over [−1, 1] for φ = (1 − x²)ᵏ⁺¹ xʲ: a space of dimension k, those below k.

    By parts ∫ xⁱ φ⁽ᵏ⁾ is ± i!/(i − k)! ∫ xⁱ⁻ᵏ φ, and 0 for i < k; the boundary terms vanish.
    """
    from flint import fmpq, fmpq_mat

    for order in range(1, 5):

        def mean(i: int, j: int, order: int = order) -> Any:
            row = {j + 2 * p: (-1) ** p * comb(order + 1, p) for p in range(order + 2)}  # φ, by powers
            slope = {q - order: c * factorial(q) // factorial(q - order) for q, c in row.items() if q >= order}
            return sum((fmpq(c * (1 - (-1) ** (q + i + 1)), q + i + 1) for q, c in slope.items()), fmpq(0))

        rank = fmpq_mat([[mean(i, j) for i in range(7)] for j in range(9)]).rank()
        check.equal(order + extra, 7 - rank, f"k = {order}")


def compact_null_sets(check: Any, k: Any, kept: Fraction = Fraction(2, 3)) -> None:
    """Cantor's set: after n steps 2ⁿ intervals of length 3⁻ⁿ cover it, and their total length passes below any δ; the mutant keeps all."""
    for exponent in (1, 2, 3):
        steps = next((n for n in range(60) if kept**n < Fraction(1, 10**exponent)), 60)
        check.less(kept**steps, Fraction(1, 10**exponent), f"δ = 10^−{exponent}")


def integral_of_a_derivative(check: Any, k: Any, level: int = 0) -> None:
    """∫ F' for integrable F with and without kinks, from their derivatives; the mutant adds tanh, which is not integrable."""
    import mpmath

    slopes = (
        lambda x: (2 * x - x * x * mpmath.sign(x)) * mpmath.exp(-abs(x)),  # of x² exp(−|x|)
        lambda x: (mpmath.sech(x) ** 2 - x * mpmath.tanh(x)) * mpmath.exp(-x * x / 2),  # of tanh(x) exp(−x²/2)
        lambda x: mpmath.sign(x) * (1 - 2 * x * x) * mpmath.exp(-x * x),  # of |x| exp(−x²)
    )
    for slope in slopes:
        whole = mpmath.quad(lambda x, f=slope: f(x) + level * mpmath.sech(x) ** 2, [-60, -8, 0, 8, 60])
        check.equal(mpmath.mpf(0), whole, "∫ F'", digits=8)


def monotone_convergence(check: Any, k: Any, escaping: int = 0) -> None:
    """Σ 2⁻ᵏ (1 − cᵏ)/(1 − c) → Σ k 2⁻ᵏ = 2 as c ↑ 1; the mutant adds Σ (1 − c) cᵏ = 1, whose terms tend to 0 without increasing."""
    import mpmath

    with mpmath.workdps(30):
        c = 1 - mpmath.mpf(10) ** -12
        total = escaping + mpmath.fsum((1 - c**n) / (1 - c) / 2**n for n in range(120))
        check.equal(mpmath.mpf(2), total, "c = 1 − 10⁻¹²", digits=8)


lemmas = [
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
        "cauchy-schwarz-equality",
        "For g ≥ 0 with finite moments, (E gz)² ≤ E g · E gz², with equality only if g = 0 almost everywhere.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 3.5 (Hölder, with the case of equality)",
        check=cauchy_schwarz_equality,
        mutant=lambda check, k: cauchy_schwarz_equality(check, k, texts=("x**2 - 2",)),
    ),
    Lemma(
        "divergence-theorem",
        "The integral of div F over R^d is 0 for a C¹ field F of compact support.",
        "Evans, Partial Differential Equations, 2nd ed., Appendix C.2, Theorem 1",
        check=divergence_theorem,
        mutant=lambda check, k: divergence_theorem(check, k, power=0),
    ),
    Lemma(
        "comparison",
        "If F ≥ G outside a ball and G → ∞, then F → ∞; if 0 ≤ F ≤ G with F measurable and G integrable, then F is integrable.",
        "Rudin, Real and Complex Analysis, 3rd ed., Proposition 1.24",
        check=comparison,
        mutant=lambda check, k: comparison(check, k, power=4),
    ),
    Lemma(
        "tonelli",
        "The integral over R^d of a product of nonnegative functions of the single coordinates is the product of their integrals.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 8.8",
        check=tonelli,
        mutant=lambda check, k: tonelli(check, k, turn=1),
    ),
    Lemma(
        "descartes-laplace",
        "For a signed measure μ on [0, ∞) with finitely many sign changes, the function ∫ exp(−bt) dμ(t) has at most as many zeros b, "
        "counted with multiplicity, where it converges.",
        "Pólya & Szegő, Problems and Theorems in Analysis II, part V, problem 80",
        check=descartes_laplace,
        mutant=lambda check, k: descartes_laplace(check, k, fewer=1),
    ),
    Lemma(
        "vanishing-derivative",
        "A locally integrable s on the line with ∫ s φ⁽ᵏ⁾ = 0 for every infinitely differentiable φ of compact support is, almost "
        "everywhere, a polynomial of degree below k.",
        "Schwartz, Théorie des distributions, chapter II, § 4 (a distribution whose k-th derivative is 0; du Bois-Reymond's lemma)",
        check=vanishing_derivative,
        mutant=lambda check, k: vanishing_derivative(check, k, extra=-1),
    ),
    Lemma(
        "compact-null-sets",
        "A compact set of measure 0 is covered by finitely many open intervals of total length below any δ > 0; a continuous function on "
        "a compact set is uniformly continuous there.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Definition 2.32 and Theorem 4.19",
        check=compact_null_sets,
        mutant=lambda check, k: compact_null_sets(check, k, kept=Fraction(1)),
    ),
    Lemma(
        "integral-of-a-derivative",
        "If F is locally absolutely continuous and F, F' are integrable over the line, then ∫ F' = 0: F tends to its limits at both ends, "
        "and they are 0.",
        "Brezis, Functional Analysis, Sobolev Spaces and Partial Differential Equations, Theorem 8.2 and Corollary 8.9",
        check=integral_of_a_derivative,
        mutant=lambda check, k: integral_of_a_derivative(check, k, level=1),
    ),
    Lemma(
        "monotone-convergence",
        "If f_t ≥ 0 increases with t, then the limit of its integrals, or sums, is the integral, or sum, of its limit, finite or not.",
        "Rudin, Real and Complex Analysis, 3rd ed., Theorem 1.26",
        check=monotone_convergence,
        mutant=lambda check, k: monotone_convergence(check, k, escaping=1),
    ),
]
