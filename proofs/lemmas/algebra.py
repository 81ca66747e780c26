"""Lemmas of algebra, taken on trust. Each is confronted with numbers, and so is a wrong version of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

from theorycheck.claims import Lemma


def roots_of_unity(check: Any, k: Any, alternating: bool = True) -> None:
    """Σ (−1)ʲ exp(iπmj/D) over j < 2D, for D <= 6 and m <= 3D."""
    import mpmath

    for size in range(1, 7):
        for m in range(3 * size + 1):
            total = mpmath.fsum((-1) ** (j if alternating else 0) * mpmath.cospi(mpmath.mpf(m * j) / size) for j in range(2 * size))
            check.equal(mpmath.mpf(2 * size if m % (2 * size) == size else 0), total, f"D = {size}, m = {m}")


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


def spectral_norm(check: Any, k: Any, entry: float = 0.0) -> None:
    """A rank-one matrix, two diagonal blocks, and a sum, by eigenvalues; the mutant has an entry beside the blocks."""
    import numpy as np

    u = np.array([1.0, 2.0, -2.0])
    rank_one, blocks = np.outer(u, u), np.array([[2.0, 1.0, entry], [1.0, 2.0, 0.0], [entry, 0.0, -5.0]])
    norms = [float(abs(np.linalg.eigvalsh(m)).max()) for m in (rank_one, blocks, rank_one + blocks)]
    check.equal(9.0, norms[0], "‖uuᵀ‖ = ‖u‖²")
    check.equal(5.0, norms[1], "the larger of the blocks")
    check.less_equal(norms[2], norms[0] + norms[1], "the sum")


def vandermonde(check: Any, k: Any, shift: int = 0) -> None:
    """The determinant of (y_iᵏ) for rational points, two of them close, against the product of their differences."""
    from flint import fmpq, fmpq_mat

    for points in ((1, 2), (0, -3, 5), (2, 7, Fraction(701, 100), -1), (-2, -1, 0, 1, 2)):
        rows = [[fmpq(Fraction(y).numerator, Fraction(y).denominator) ** (j + shift) for j in range(len(points))] for y in points]
        product = Fraction(1)
        for left, right in combinations(points, 2):
            product *= Fraction(right) - Fraction(left)
        check.equal(product, fmpq_mat(rows).det(), f"points {', '.join(map(str, points))}")


lemmas = [
    Lemma(
        "roots-of-unity",
        "Σ (−1)ʲ exp(iπmj/D) over 0 <= j < 2D is 2D when m is an odd multiple of D, and 0 for every other integer m.",
        "Lang, Algebra, 3rd ed., VI §3 (a geometric sum)",
        check=roots_of_unity,
        mutant=lambda check, k: roots_of_unity(check, k, alternating=False),
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
        "spectral-norm",
        "‖A + B‖ ≤ ‖A‖ + ‖B‖; ‖uuᵀ‖ = ‖u‖²; the norm of a block diagonal matrix is the largest norm of a block.",
        "Horn & Johnson, Matrix Analysis, 2nd ed., section 5.6",
        check=spectral_norm,
        mutant=lambda check, k: spectral_norm(check, k, entry=2.0),
    ),
    Lemma(
        "vandermonde",
        "The determinant of (y_iᵏ), 1 ≤ i ≤ N, 0 ≤ k < N, is the product of y_j − y_i over i < j; so a polynomial of degree below N that "
        "vanishes at N points is 0.",
        "Horn & Johnson, Matrix Analysis, 2nd ed., section 0.9.11",
        check=vandermonde,
        mutant=lambda check, k: vandermonde(check, k, shift=1),
    ),
]
