"""Textbook facts that derivations take on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from math import comb, factorial
from typing import Any

from theorycheck.claims import Lemma
from theorycheck.claims.isserlis import gaussian_mean, gaussian_moment, hermite_row, joint_moments
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


def gaussian_coordinates(check: Any, k: Any, last: tuple[int, int, int] = (2, -2, 1)) -> None:
    """E over the coordinates along (1, 2, 2)/3, (2, 1, -2)/3 and a third vector, all powers up to 4: products of those of N(0, 1)."""
    import sympy

    x = sympy.symbols("x1:4")
    frame = [sum(c * s for c, s in zip(v, x, strict=True)) / sympy.Integer(3) for v in ((1, 2, 2), (2, 1, -2), last)]
    for powers in ((2, 0, 0), (1, 1, 0), (1, 0, 1), (2, 2, 0), (2, 0, 2), (1, 1, 2), (2, 2, 2), (4, 2, 0), (0, 1, 3), (0, 4, 4)):
        product = sympy.expand(sympy.prod(u**n for u, n in zip(frame, powers, strict=True)))
        alone = sympy.prod(sympy.Integer(gaussian_moment(n)) for n in powers)
        check.equal(alone, gaussian_mean(product, *x), f"powers {powers}")


def spectral_theorem(check: Any, k: Any, power: int = 2) -> None:
    """A = [[2, 1], [1, 3]] with eigenvalues (5 ± √5)/2: the extremes of x·Ax on the unit circle, and ‖(I − A/4)x‖² by eigenvectors."""
    import mpmath

    a = mpmath.matrix([[2, 1], [1, 3]])
    values, vectors = mpmath.eigsy(a)
    circle = [mpmath.matrix([mpmath.cospi(t), mpmath.sinpi(t)]) for t in mpmath.linspace(0, 1, 101)]
    quadratic = [(x.T * a * x)[0] for x in circle]
    for q in quadratic:
        check.less_equal(values[0] - mpmath.mpf("1e-6"), q, "λ_min at most x·Ax")
    check.equal(values[0], ((vectors[:, 0].T) * a * vectors[:, 0])[0], "attained at an eigenvector")
    for x in circle[::10]:
        moved = x - a * x / 4
        parts = [(vectors[:, i].T * x)[0] ** 2 * (1 - values[i] / 4) ** power for i in range(2)]
        check.equal((moved.T * moved)[0], mpmath.fsum(parts), "‖(I − A/4)x‖²")


def leaf_of_a_tree(check: Any, k: Any, cycles: bool = False) -> None:
    """All graphs on four vertices: each component that has an edge and no cycle has a vertex of degree 1."""
    from itertools import combinations

    edges = list(combinations(range(4), 2))
    for chosen in range(1, 2 ** len(edges)):
        graph = [edge for bit, edge in enumerate(edges) if chosen >> bit & 1]
        parts = [{v} for v in range(4)]
        for u, v in graph:
            joined = [part for part in parts if u in part or v in part]
            parts = [part for part in parts if part not in joined] + [set().union(*joined)]
        for part in parts:
            inside = [edge for edge in graph if edge[0] in part]
            if inside and (cycles or len(inside) == len(part) - 1):
                leaves = [v for v in part if sum(v in edge for edge in inside) == 1]
                check.less(0, len(leaves), f"the component {sorted(part)} of {graph}")


def polarisation(check: Any, k: Any, factor: int = 6) -> None:
    """6 T(a, b, c) = f(a+b+c) − f(a+b) − f(a+c) − f(b+c) + f(a) + f(b) + f(c) for f(t) = T(t, t, t), T symmetric on ℚ²."""
    for entries in ((1, 0, 0, 2), (3, -1, 5, -2), (0, 1, 1, 0)):  # T_111, T_112, T_122, T_222

        def value(a: Any, b: Any, c: Any, entries: Any = entries) -> Fraction:
            places = [(i, j, m) for i in range(2) for j in range(2) for m in range(2)]
            return sum((entries[i + j + m] * a[i] * b[j] * c[m] for i, j, m in places), Fraction(0))

        def cube(*vectors: Any, value: Any = value) -> Fraction:
            t = tuple(sum(parts) for parts in zip(*vectors, strict=True))
            return value(t, t, t)

        a, b, c = (Fraction(1), Fraction(2, 3)), (Fraction(-1, 2), Fraction(5)), (Fraction(0), Fraction(-7, 4))
        right = cube(a, b, c) - cube(a, b) - cube(a, c) - cube(b, c) + cube(a) + cube(b) + cube(c)
        check.equal(factor * value(a, b, c), right, f"T = {entries}")


def pigeonhole(check: Any, k: Any, surplus: int = 0) -> None:
    """All maps from n places into n + surplus ones, n <= 4: those that meet no place twice meet all of them."""
    from itertools import product

    for n in range(1, 5):
        for images in product(range(n + surplus), repeat=n):
            if len(set(images)) == n:
                check.equal(n + surplus, len(set(images)), f"n = {n}, {images}")


def harshman_uniqueness(check: Any, k: Any, order: int = 3) -> None:
    """The components of T are the eigenvectors of M_1 M_2⁻¹, M_i two of its slices; and turned components give another tensor.

    Two components a, b in ℚ². Of a matrix (order 2) the second part fails: a aᵀ + b bᵀ does not change when (a, b) are turned.
    """
    for a, b in (((1, 0), (1, 1)), ((2, 1), (-1, 3)), ((1, 2), (3, 1))):

        def tensor(*components: Any) -> list[Any]:
            places = [(i, j, m) for i in range(2) for j in range(2) for m in range(2 if order == 3 else 1)]
            return [sum((v[i] * v[j] * (v[m] if order == 3 else 1) for v in components), Fraction(0)) for i, j, m in places]

        cos, sin = Fraction(3, 5), Fraction(4, 5)
        turned = [tuple(cos * p + sin * q for p, q in zip(a, b, strict=True)), tuple(cos * q - sin * p for p, q in zip(a, b, strict=True))]
        gap = sum((abs(p - q) for p, q in zip(tensor(a, b), tensor(*turned), strict=True)), Fraction(0))
        check.less(0, gap, f"turned components of {a}, {b}")
        if order == 3:
            t = tensor(a, b)
            first, second = t[0::2], t[1::2]  # the slices T(·, ·, e_1) and T(·, ·, e_2), row by row
            for v in (a, b):  # (v₂ M_1 − v₁ M_2) annihilates what is orthogonal to the other component
                pencil = [v[1] * p - v[0] * q for p, q in zip(first, second, strict=True)]
                check.equal(0, pencil[0] * pencil[3] - pencil[1] * pencil[2], f"the pencil of {a}, {b} is singular at {v}")


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


def divergence_theorem(check: Any, k: Any, power: int = 2) -> None:
    """F = x^j (1 − x²)^power on [−1, 1]: the integral of F', term by term, with the powers below `power` at the boundary."""
    for j in range(5):
        terms = {j + 2 * i: Fraction((-1) ** i * comb(power, i)) for i in range(power + 1)}
        slope = {n - 1: n * c for n, c in terms.items() if n}
        check.equal(0, sum((c * Fraction(1 - (-1) ** (n + 1), n + 1) for n, c in slope.items()), Fraction(0)), f"j = {j}")


def schroedinger_spectrum(check: Any, k: Any, degrees: Any = range(7)) -> None:
    """The harmonic oscillator, seen from its ground state: E h'(z)² = Σ n c_n² and E h(z)² = Σ c_n², c_n the Hermite coefficients of h."""
    for h in ((1, -2, 0, 1), (0, 1, 3, -1, 0, 2), (5, 0, -1, 0, 1)):
        squares = [sum((a * b * gaussian_moment(p + q) for p, a in enumerate(h) for q, b in enumerate(hermite_row(n))), Fraction(0)) ** 2
                   / factorial(n) for n in degrees]  # fmt: skip
        slope = [p * a for p, a in enumerate(h)][1:]
        for row, weights, name in ((h, [1] * len(squares), "E h²"), (slope, list(degrees), "E h'²")):
            mean = sum((a * b * gaussian_moment(p + q) for p, a in enumerate(row) for q, b in enumerate(row)), Fraction(0))
            check.equal(mean, sum((w * c for w, c in zip(weights, squares, strict=True)), Fraction(0)), f"{name}, h = {h}")


def triangle_inequality(check: Any, k: Any, factor: Fraction = Fraction(1)) -> None:
    """A sum of vectors in the plane, and one of numbers with signs; the mutant halves the right side."""
    import mpmath

    for u, v in (((3, 4), (-1, 2)), ((1, 0), (2, 1)), ((5, -2), (-5, 1))):
        lengths = [mpmath.sqrt(a * a + b * b) for a, b in (u, v, (u[0] + v[0], u[1] + v[1]))]
        bound = (lengths[0] + lengths[1]) * factor.numerator / factor.denominator
        check.less_equal(lengths[2], bound, f"{u} + {v}")
    numbers = [Fraction(3), Fraction(1, 2), Fraction(7)]
    check.less_equal(abs(sum(numbers)), factor * sum(abs(n) for n in numbers), "numbers")


def cauchy_schwarz(check: Any, k: Any, factor: Fraction = Fraction(1)) -> None:
    """⟨u, v⟩² against ‖u‖²‖v‖², with equality for parallel vectors."""
    for u, v in (((1, 2, 3), (2, 4, 6)), ((1, -1, 0), (5, 2, 1)), ((0, 3, 4), (0, -3, -4))):
        inner = sum(a * b for a, b in zip(u, v, strict=True))
        check.less_equal(Fraction(inner**2), factor * sum(a * a for a in u) * sum(b * b for b in v), f"{u}, {v}")


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


def spectral_norm(check: Any, k: Any, entry: float = 0.0) -> None:
    """A rank-one matrix, two diagonal blocks, and a sum, by eigenvalues; the mutant has an entry beside the blocks."""
    import numpy as np

    u = np.array([1.0, 2.0, -2.0])
    rank_one, blocks = np.outer(u, u), np.array([[2.0, 1.0, entry], [1.0, 2.0, 0.0], [entry, 0.0, -5.0]])
    norms = [float(abs(np.linalg.eigvalsh(m)).max()) for m in (rank_one, blocks, rank_one + blocks)]
    check.equal(9.0, norms[0], "‖uuᵀ‖ = ‖u‖²")
    check.equal(5.0, norms[1], "the larger of the blocks")
    check.less_equal(norms[2], norms[0] + norms[1], "the sum")


def descartes_laplace(check: Any, k: Any, fewer: int = 0) -> None:
    """Atoms at 0, 1, 2, …: with y = exp(−b) a polynomial in y, here with known positive roots, against the signs of its coefficients."""
    for roots in ((Fraction(1, 2),), (Fraction(1, 2), Fraction(1, 3)), (Fraction(3), Fraction(1, 5), Fraction(7, 2))):
        row = [Fraction(1)]
        for root in roots:
            row = [a - root * b for a, b in zip([Fraction(0), *row], [*row, Fraction(0)], strict=True)]
        signs = [c > 0 for c in row if c]
        check.less_equal(len(roots), sum(a != b for a, b in pairwise(signs)) - fewer, f"zeros at {', '.join(map(str, roots))}")


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
    Lemma(
        "gaussian-coordinates",
        "For x ~ N(0, I) and orthonormal e₁, …, e_r the coordinates ⟨e_i, x⟩ are independent N(0, 1).",
        "Anderson, An Introduction to Multivariate Statistical Analysis, 3rd ed., Theorem 2.4.1",
        check=gaussian_coordinates,
        mutant=lambda check, k: gaussian_coordinates(check, k, last=(1, -2, 2)),
    ),
    Lemma(
        "spectral-theorem",
        "A symmetric matrix A has an orthonormal basis of eigenvectors u_i; so min x·Ax over unit x is λ_min, attained, likewise λ_max, "
        "and ‖p(A)x‖² = Σ p(λ_i)² ⟨u_i, x⟩² for every polynomial p.",
        "Horn & Johnson, Matrix Analysis, 2nd ed., Theorems 2.5.6 and 4.2.2",
        check=spectral_theorem,
        mutant=lambda check, k: spectral_theorem(check, k, power=1),
    ),
    Lemma(
        "leaf-of-a-tree",
        "A finite graph without cycles has, in each component with an edge, a vertex that lies on one edge only.",
        "Diestel, Graph Theory, 5th ed., section 1.5",
        check=leaf_of_a_tree,
        mutant=lambda check, k: leaf_of_a_tree(check, k, cycles=True),
    ),
    Lemma(
        "polarisation",
        "A symmetric tensor T of order p is determined by the polynomial t ↦ ⟨T, t^⊗p⟩.",
        "Greub, Multilinear Algebra, 2nd ed., section 9.1 (polarisation)",
        check=polarisation,
        mutant=lambda check, k: polarisation(check, k, factor=3),
    ),
    Lemma(
        "pigeonhole",
        "An injective map of a finite set into a set with as many elements is a bijection.",
        "Halmos, Naive Set Theory, section 13",
        check=pigeonhole,
        mutant=lambda check, k: pigeonhole(check, k, surplus=1),
    ),
    Lemma(
        "harshman-uniqueness",
        "If a_1, …, a_k are linearly independent and no λ_i is 0, then Σ λ_i a_i^⊗3 determines its terms λ_i a_i^⊗3 up to their order.",
        "Moitra, Algorithmic Aspects of Machine Learning, Theorem 3.3.2 (Jennrich; Harshman 1970)",
        check=harshman_uniqueness,
        mutant=lambda check, k: harshman_uniqueness(check, k, order=2),
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
    Lemma(
        "divergence-theorem",
        "The integral of div F over R^d is 0 for a C¹ field F of compact support.",
        "Evans, Partial Differential Equations, 2nd ed., Appendix C.2, Theorem 1",
        check=divergence_theorem,
        mutant=lambda check, k: divergence_theorem(check, k, power=0),
    ),
    Lemma(
        "schroedinger-spectrum",
        "−Δ + V with V continuous and V → ∞ is self-adjoint with compact resolvent: it has an orthonormal basis of eigenfunctions, with "
        "eigenvalues of finite multiplicity that tend to ∞, and its form is the sum of the eigenvalues times the squared coefficients.",
        "Reed & Simon, Methods of Modern Mathematical Physics IV, Theorems XIII.64 and XIII.67",
        check=schroedinger_spectrum,
        mutant=lambda check, k: schroedinger_spectrum(check, k, degrees=range(0, 8, 2)),
    ),
    Lemma(
        "triangle-inequality",
        "‖u + v‖ ≤ ‖u‖ + ‖v‖, so a mean of vectors of norm at most G has norm at most G; likewise |Σ a_k s_k| ≤ ‖a‖₁ max |s_k|.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 1.37",
        check=triangle_inequality,
        mutant=lambda check, k: triangle_inequality(check, k, factor=Fraction(1, 2)),
    ),
    Lemma(
        "cauchy-schwarz",
        "|⟨u, v⟩| ≤ ‖u‖ ‖v‖ in R^n.",
        "Rudin, Principles of Mathematical Analysis, 3rd ed., Theorem 1.35",
        check=cauchy_schwarz,
        mutant=lambda check, k: cauchy_schwarz(check, k, factor=Fraction(1, 2)),
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
        "spectral-norm",
        "‖A + B‖ ≤ ‖A‖ + ‖B‖; ‖uuᵀ‖ = ‖u‖²; the norm of a block diagonal matrix is the largest norm of a block.",
        "Horn & Johnson, Matrix Analysis, 2nd ed., section 5.6",
        check=spectral_norm,
        mutant=lambda check, k: spectral_norm(check, k, entry=2.0),
    ),
    Lemma(
        "descartes-laplace",
        "For a signed measure μ on [0, ∞) with finitely many sign changes, the function ∫ exp(−bt) dμ(t) has at most as many zeros b, "
        "counted with multiplicity, where it converges.",
        "Pólya & Szegő, Problems and Theorems in Analysis II, part V, problem 80",
        check=descartes_laplace,
        mutant=lambda check, k: descartes_laplace(check, k, fewer=1),
    ),
]
