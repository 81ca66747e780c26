"""Lemmas on special functions and spectra, taken on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from theorycheck.claims import Lemma
from theorycheck.claims.isserlis import gaussian_moment, hermite_row


def hermite_completeness(check: Any, k: Any, degrees: range = range(60)) -> None:
    """Parseval for f = e^z: the coefficients are √(e/k!), and E f² = e²."""
    import mpmath

    check.equal(mpmath.exp(2), mpmath.fsum(mpmath.e / mpmath.factorial(n) for n in degrees), "E e^{2z}", digits=12)


def zonal_polynomials(d: int, last: int) -> list[list[Fraction]]:
    """The coefficients of P_0, ..., P_last, Gegenbauer's polynomials with P_k(1) = 1 in d dimensions, made orthogonal one by one."""

    def moment(n: int) -> Fraction:
        """E tⁿ under the density proportional to (1 − t²)^((d−3)/2)."""
        value = Fraction(1)
        for j in range(0, n, 2):
            value *= Fraction(j + 1, j + d)
        return value if n % 2 == 0 else Fraction(0)

    def mean(p: list[Fraction], q: list[Fraction]) -> Fraction:
        return sum((a * b * moment(i + j) for i, a in enumerate(p) for j, b in enumerate(q)), Fraction(0))

    found: list[list[Fraction]] = []
    for n in range(last + 1):
        p = [Fraction(0)] * n + [Fraction(1)]
        for q in found:
            factor = mean(p, q) / mean(q, q)
            p = [a - factor * (q[i] if i < len(q) else 0) for i, a in enumerate(p)]
        found.append([a / sum(p) for a in p])
    return found


def funk_hecke(check: Any, k: Any, shift: int = 0) -> None:
    """On S² by mpmath: the mean over y of e^(x·y) H(y) against λ_k H(x), for the harmonics z, xy and xyz at x = (1, 2, 2)/3."""
    import mpmath

    point = [mpmath.mpf(v) / 3 for v in (1, 2, 2)]
    steps = 16  # of the rule on circles, where the integrand is a trigonometric polynomial up to far below the precision asked for
    harmonics = ((1, lambda y: y[2]), (2, lambda y: y[0] * y[1]), (3, lambda y: y[0] * y[1] * y[2]))
    with mpmath.workdps(12):
        for degree, h in harmonics:

            def integrand(z: Any, angle: Any, h: Any = h) -> Any:
                y = [mpmath.sqrt(1 - z * z) * mpmath.cos(angle), mpmath.sqrt(1 - z * z) * mpmath.sin(angle), z]
                return mpmath.exp(mpmath.fdot(point, y)) * h(y) / (4 * mpmath.pi)

            mean = mpmath.quad(lambda z, f=integrand: mpmath.fsum(f(z, 2 * mpmath.pi * j / steps) for j in range(steps)), [-1, 1])
            eigenvalue = mpmath.quad(lambda t, n=degree: mpmath.exp(t) * mpmath.legendre(n + shift, t) / 2, [-1, 1])
            check.equal(eigenvalue * h(point), mean * 2 * mpmath.pi / steps, f"degree {degree}", digits=8)


def gegenbauer_relations(check: Any, k: Any, shift: int = 0) -> None:
    """The three relations on coefficients, for d = 2, 3, 5 and degrees 1, ..., 5."""
    for d in (2, 3, 5):
        table = zonal_polynomials(d, 6)

        def at(p: list[Fraction], t: Fraction) -> Fraction:
            return sum((a * t**i for i, a in enumerate(p)), Fraction(0))

        for n in range(1, 6):
            slope = [i * a for i, a in enumerate(table[n])][1:]
            bend = [i * a for i, a in enumerate(slope)][1:]
            for t in (Fraction(1, 3), Fraction(-4, 5)):
                here, below, above = (at(table[j], t) for j in (n, n - 1, n + 1))
                check.equal((2 * n + d - 2 + shift) * t * here, (n + d - 2) * above + n * below, f"three terms, d = {d}, k = {n}")
                check.equal((1 - t * t) * at(slope, t), n * (below - t * here), f"derivative, d = {d}, k = {n}")
                equation = (1 - t * t) * at(bend, t) - (d - 1) * t * at(slope, t) + n * (n + d - 2) * here
                check.equal(0, equation, f"differential equation, d = {d}, k = {n}")


def beta_integral(check: Any, k: Any, shift: Fraction = Fraction(1, 2)) -> None:
    """∫ (1 − t²)^(s−1) over [−1, 1] by mpmath."""
    import mpmath

    for s in (mpmath.mpf(1), mpmath.mpf("1.5"), mpmath.mpf("3.7")):
        value = mpmath.sqrt(mpmath.pi) * mpmath.gamma(s) / mpmath.gamma(s + mpmath.mpmathify(shift))
        check.equal(value, mpmath.quad(lambda t, s=s: (1 - t * t) ** (s - 1), [-1, 0, 1]), f"s = {s}", digits=10)


def mercer_trace(check: Any, k: Any, diagonal: float = 1.0) -> None:
    """K(s, t) = min(s, t) on [0, 1] has the eigenvalues 1/(π(j − 1/2))²; their sum is ∫ K(t, t) dt = 1/2."""
    import mpmath

    total = mpmath.nsum(lambda j: 1 / (mpmath.pi * (j - mpmath.mpf(1) / 2)) ** 2, [1, mpmath.inf])
    check.equal(mpmath.mpf(diagonal) / 2, total, "the trace of min(s, t)", digits=10)


def gamma_log_convex(check: Any, k: Any, sign: int = 1) -> None:
    """Γ(x + 1)² <= Γ(x + 1/2) Γ(x + 3/2)."""
    import mpmath

    for x in (mpmath.mpf("0.1"), mpmath.mpf(1), mpmath.mpf(20)):
        middle, ends = mpmath.gamma(x + 1) ** 2, mpmath.gamma(x + 0.5) * mpmath.gamma(x + 1.5)
        check.less_equal(sign * middle, sign * ends, f"x = {x}")


def gamma_ratio(check: Any, k: Any, power: int = 1) -> None:
    """Γ(z + a)/Γ(z + b)·z^(b−a) at z = 10⁸, for three pairs (a, b)."""
    import mpmath

    z = mpmath.mpf(10) ** 8
    with mpmath.workdps(30):
        for a, b in ((0.5, 3), (-0.5, 1), (2, 0)):
            ratio = mpmath.exp(mpmath.loggamma(z + a) - mpmath.loggamma(z + b)) * z ** (power * (b - a))
            check.equal(mpmath.mpf(1), ratio, f"a = {a}, b = {b}", digits=6)


def trigamma(check: Any, k: Any, step: int = 1) -> None:
    """ψ₁ against the sum Σ 1/(x + j)² by mpmath, and the values and the step that are used."""
    import mpmath

    def series(x: Any) -> Any:
        return mpmath.nsum(lambda j: 1 / (x + j) ** 2, [0, mpmath.inf])

    check.equal(mpmath.pi**2 / 6, series(mpmath.mpf(1)), "ψ₁(1)", digits=10)
    check.equal(mpmath.pi**2 / 2 - 4, series(mpmath.mpf(3) / 2), "ψ₁(3/2)", digits=10)
    for x in (mpmath.mpf(2), mpmath.mpf(7) / 2):
        check.equal(series(x) - step / x**2, series(x + 1), f"from x = {x} to x + 1", digits=10)


def schroedinger_spectrum(check: Any, k: Any, degrees: Any = range(7)) -> None:
    """The harmonic oscillator, seen from its ground state: E h'(z)² = Σ n c_n² and E h(z)² = Σ c_n², c_n the Hermite coefficients of h."""
    for h in ((1, -2, 0, 1), (0, 1, 3, -1, 0, 2), (5, 0, -1, 0, 1)):
        squares = [sum((a * b * gaussian_moment(p + q) for p, a in enumerate(h) for q, b in enumerate(hermite_row(n))), Fraction(0)) ** 2
                   / factorial(n) for n in degrees]  # fmt: skip
        slope = [p * a for p, a in enumerate(h)][1:]
        for row, weights, name in ((h, [1] * len(squares), "E h²"), (slope, list(degrees), "E h'²")):
            mean = sum((a * b * gaussian_moment(p + q) for p, a in enumerate(row) for q, b in enumerate(row)), Fraction(0))
            check.equal(mean, sum((w * c for w, c in zip(weights, squares, strict=True)), Fraction(0)), f"{name}, h = {h}")


lemmas = [
    Lemma(
        "hermite-completeness",
        "The polynomials He_k/√(k!) are an orthonormal basis of L²(N(0, 1)); in particular a function whose coefficients all vanish is 0.",
        "Szegő, Orthogonal Polynomials, Theorem 5.7.1",
        check=hermite_completeness,
        mutant=lambda check, k: hermite_completeness(check, k, degrees=range(0, 60, 2)),
    ),
    Lemma(
        "funk-hecke",
        "For f with f² integrable against (1 − t²)^((d−3)/2): the mean of f(x·y) H(y) over uniform y on S^(d−1) is λ_k H(x) for every "
        "spherical harmonic H of degree k, λ_k = c_d ∫ f(t) P_k(t) (1 − t²)^((d−3)/2) dt, with c_d = Γ(d/2)/(√π Γ((d−1)/2)) and P_k "
        "Gegenbauer's polynomial with P_k(1) = 1 (d = 2: Chebyshev's); the harmonics of all degrees are complete, those of degree k have "
        "dimension C(d+k−1, k) − C(d+k−3, k−2), and their squares in an orthonormal basis add up to that dimension at every point.",
        "Müller, Spherical Harmonics: the addition theorem, the Funk–Hecke formula, completeness",
        check=funk_hecke,
        mutant=lambda check, k: funk_hecke(check, k, shift=1),
    ),
    Lemma(
        "gegenbauer-relations",
        "For P_k as in funk-hecke and k >= 1: (2k+d−2) t P_k = (k+d−2) P_{k+1} + k P_{k−1}; (1−t²) P_k' = k (P_{k−1} − t P_k); "
        "((1−t²)^((d−1)/2) P_k')' = −k(k+d−2) (1−t²)^((d−3)/2) P_k.",
        "Szegő, Orthogonal Polynomials, section 4.7",
        check=gegenbauer_relations,
        mutant=lambda check, k: gegenbauer_relations(check, k, shift=1),
    ),
    Lemma(
        "beta-integral",
        "The integral of (1 − t²)^(s−1) over [−1, 1] is √π Γ(s)/Γ(s + 1/2) for s > 0.",
        "Andrews, Askey & Roy, Special Functions, section 1.1",
        check=beta_integral,
        mutant=lambda check, k: beta_integral(check, k, shift=Fraction(1)),
    ),
    Lemma(
        "mercer-trace",
        "A continuous positive semidefinite kernel on a compact space with a probability measure has nonnegative eigenvalues whose sum, "
        "with multiplicity, is the mean of K(x, x), and K(x, y) = Σ γ_u φ_u(x) φ_u(y) converges uniformly.",
        "Riesz & Sz.-Nagy, Functional Analysis, chapter VI (Mercer's theorem)",
        check=mercer_trace,
        mutant=lambda check, k: mercer_trace(check, k, diagonal=2.0),
    ),
    Lemma(
        "gamma-log-convex",
        "log Γ is convex on (0, ∞); so Γ(x + 1)² <= Γ(x + 1/2) Γ(x + 3/2).",
        "Artin, The Gamma Function, chapter 2",
        check=gamma_log_convex,
        mutant=lambda check, k: gamma_log_convex(check, k, sign=-1),
    ),
    Lemma(
        "gamma-ratio",
        "Γ(z + a)/Γ(z + b) · z^(b−a) tends to 1 as z → ∞.",
        "Andrews, Askey & Roy, Special Functions, section 1.4 (Stirling's formula)",
        check=gamma_ratio,
        mutant=lambda check, k: gamma_ratio(check, k, power=-1),
    ),
    Lemma(
        "trigamma",
        "ψ₁(x) = Σ 1/(x + j)² over j >= 0: ψ₁(x + 1) = ψ₁(x) − 1/x², ψ₁(1) = π²/6, ψ₁(3/2) = π²/2 − 4.",
        "Andrews, Askey & Roy, Special Functions, section 1.2",
        check=trigamma,
        mutant=lambda check, k: trigamma(check, k, step=2),
    ),
    Lemma(
        "schroedinger-spectrum",
        "−Δ + V with V continuous and V → ∞ is self-adjoint with compact resolvent: it has an orthonormal basis of eigenfunctions, with "
        "eigenvalues of finite multiplicity that tend to ∞, and its form is the sum of the eigenvalues times the squared coefficients.",
        "Reed & Simon, Methods of Modern Mathematical Physics IV, Theorems XIII.64 and XIII.67",
        check=schroedinger_spectrum,
        mutant=lambda check, k: schroedinger_spectrum(check, k, degrees=range(0, 8, 2)),
    ),
]
