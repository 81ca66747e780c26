"""The second example without local strong convexity: quadratic units.

Antisymmetric directions turn W*, and Σ (w_j·x)² = ‖x‖² does not notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean


def dimensions(rng: Any, count: int) -> Iterator[int]:
    """d = k from 2 on."""
    yield from (2, 3, 4, 5)[:count]


def line(rng: Any, count: int) -> Iterator[int]:
    """One dimension."""
    yield 1


claim = Claim(
    "recovery/quadratic-is-flat",
    title="Quadratic units: the Hessian at the truth is singular",
    source=Source(deck="002", slide="Two Examples when LSC doesn't Hold", arxiv="1706.03175", note="second example"),
    kind="equality",
    statement=r"\varphi(z) = z^2,\ W^\star = I_d,\ d \ge 2:\quad "
    r"\lambda_{\min} = 4\min_{\|A\|_F = 1}\mathbb{E}\,\langle xx^\top, A\rangle^2 "
    r"= 0,\ \text{attained exactly where}\ A = -A^\top",
    reading="v_j = 1, k = d",
    assumes=[Instances("dimensions", dimensions, drops={"two dimensions": line})],
    knobs={"dimension": 4, "sign": -1, "factor": 4},
)


def rotation(dimension: int, sign: int) -> list[list[int]]:
    """A with A_12 = 1, A_21 = sign and zeros elsewhere, cut to the dimension."""
    return [[int((i, j) == (0, 1)) + sign * int((i, j) == (1, 0)) for j in range(dimension)] for i in range(dimension)]


@claim.derive
def by_isserlis(log: Any, knobs: Any) -> None:
    import sympy

    d = knobs.dimension  # the coefficient of a_ij a_kl is a moment of at most four coordinates: d = 4 shows every d
    x = sympy.symbols(f"x1:{d + 1}")
    a = sympy.Matrix(d, d, lambda i, j: sympy.Symbol(f"a{i + 1}{j + 1}", real=True))
    log.cite("recovery/population-hessian")
    inner = sum(2 * x[i] * x[j] * a[i, j] for i in range(d) for j in range(d))  # Σ φ'(x_j) x·a_j
    bilinear = sum(x[i] * x[j] * a[i, j] for i in range(d) for j in range(d))
    form = gaussian_mean(inner**2, *x)
    log.equal(form, knobs.factor * gaussian_mean(bilinear**2, *x), "the form is 4 E⟨xxᵀ, A⟩²")
    symmetric = sum((a[i, j] + a[j, i]) ** 2 for i in range(d) for j in range(d))
    trace = sum(a[i, i] for i in range(d))
    log.equal(form, 4 * trace**2 + 2 * symmetric, "= 4 (tr A)² + 2 ‖A + Aᵀ‖²: never negative, and 0 only where A = −Aᵀ")
    null = rotation(d, knobs.sign)
    log.zero(form.subs({a[i, j]: null[i][j] for i in range(d) for j in range(d)}), "the form vanishes at A = e1 e2ᵀ − e2 e1ᵀ")
    log.positive(sympy.Integer(sum(c * c for row in null for c in row)), "which is not the zero direction")


@claim.certify
def by_exact_matrices(check: Any, knobs: Any) -> None:
    """The null space counted on the exact matrix of Isserlis; our engine's Hessian and its smallest eigenvalue beside it."""
    import sympy

    from theorycheck.network.hessian import population_hessian
    from theorycheck.network.orthogonal_hessian import orthogonal_extremes

    for d in check.instances(4):
        size = range(d * d)
        exact = sympy.Matrix(d * d, d * d, lambda p, q, d=d: knobs.factor * fourth_moment(p // d, p % d, q // d, q % d))
        found = population_hessian("x**2", [[int(i == j) for j in range(d)] for i in range(d)], digits=15)
        check.equal([exact[p, q] for p in size for q in size], [found[p][q] for p in size for q in size], "the Hessian")
        check.equal(0, orthogonal_extremes("x**2", [1] * d)[0], "λ_min")
        check.equal(d * (d - 1) // 2, d * d - exact.rank(), "the null space has the dimension of {A = −Aᵀ}")
        null = sympy.Matrix([c for row in rotation(d, knobs.sign) for c in row])
        check.equal([0] * (d * d), list(exact * null), "H A for A = e1 e2ᵀ − e2 e1ᵀ")
        check.less(0, (null.T * null)[0], "which is not the zero direction")


def fourth_moment(i: int, j: int, k: int, m: int) -> int:
    """E x_i x_j x_k x_m for independent N(0, 1): the sum over the three pairings."""
    return int(i == j and k == m) + int(i == k and j == m) + int(i == m and j == k)


claim.mutant("one dimension", by="derive", dimension=1)
claim.mutant("symmetric directions", by="derive", sign=1)
claim.mutant("without the factor 4", by="derive", factor=1)
claim.mutant("one dimension, certified", by="certify", drop="two dimensions")
claim.mutant("symmetric directions, certified", by="certify", sign=1)
