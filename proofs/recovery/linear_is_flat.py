"""The first of two examples without local strong convexity: linear units. All directions that leave Σ w_j alone are flat."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean


def sizes(rng: Any, count: int) -> Iterator[tuple[int, int]]:
    """Pairs (k, d) with 2 <= k <= d."""
    yield from [(2, 2), (2, 5), (3, 3), (4, 4), (5, 5)][:count]


def single(rng: Any, count: int) -> Iterator[tuple[int, int]]:
    """One unit."""
    yield from [(1, 1), (1, 3)][:count]


claim = Claim(
    "recovery/linear-is-flat",
    title="Linear units: the Hessian at the truth is singular",
    source=Source(deck="002", slide="Two Examples when LSC doesn't Hold", arxiv="1706.03175", note="first example"),
    kind="equality",
    statement=r"\varphi(z) = z,\ k \ge 2:\quad \lambda_{\min}(\nabla^2 f_{\mathcal D}(W^\star)) = "
    r"\min_{\sum_j\|a_j\|^2=1}\mathbb{E}\Bigl[\Bigl(x^\top\sum_j a_j\Bigr)^2\Bigr] = 0,\ \text{attained exactly where}\ \sum_j a_j = 0",
    reading="v_j = 1; the slide takes W* = I, which plays no part because φ' = 1",
    assumes=[Instances("k units in d dimensions", sizes, drops={"two units": single})],
    knobs={"units": 2, "sign": -1},
)


@claim.derive
def by_the_sum_of_the_directions(log: Any, knobs: Any) -> None:
    import sympy

    x = sympy.symbols("x1:4")
    total = sympy.symbols("s1:4", real=True)  # s = Σ a_j, for any number of units; the coordinates beyond three are like these
    log.cite("recovery/population-hessian")
    form = gaussian_mean(sum(a * b for a, b in zip(total, x, strict=True)) ** 2, *x)
    log.equal(form, sum(s**2 for s in total), "E (x·s)² = ‖s‖²: the form is never negative and vanishes only where Σ a_j = 0")
    directions = [(1, 0, 0), (knobs.sign, 0, 0)][: knobs.units]
    at = {s: sum(row[i] for row in directions) for i, s in enumerate(total)}
    log.zero(form.subs(at), "the form vanishes at a_1 = e, a_2 = −e, and 0 for the other units")
    log.positive(sympy.Integer(sum(c**2 for row in directions for c in row)), "which is not the zero direction")


@claim.certify
def by_exact_matrices(check: Any, knobs: Any) -> None:
    """The null space counted on the exact matrix of Isserlis; our engine's Hessian and its smallest eigenvalue beside it."""
    import sympy

    from theorycheck.network.hessian import population_hessian
    from theorycheck.network.orthogonal_hessian import orthogonal_extremes

    for k, d in check.instances(4):
        exact = sympy.Matrix(k * d, k * d, lambda p, q, d=d: int(p % d == q % d))  # E φ'φ' x_p x_q with φ' = 1
        identity = [[int(i == j) for j in range(d)] for i in range(k)]
        found = population_hessian("x", identity, digits=15)
        size = range(k * d)
        check.equal([exact[p, q] for p in size for q in size], [found[p][q] for p in size for q in size], "the Hessian")
        check.equal(0, orthogonal_extremes("x", [1] * k, d)[0], "λ_min")
        check.equal(d * (k - 1), k * d - exact.rank(), "the null space has the dimension of {Σ a_j = 0}")
        null = [Fraction(0)] * (k * d)
        for row, value in ((0, 1), (k - 1, knobs.sign)):
            null[row * d] += value
        for p in size:
            check.equal(0, sum((found[p][q] * int(null[q]) for q in size), found[0][0] * 0), "H a for a_1 = e, a_k = −e")
        check.less(0, sum(c * c for c in null), "which is not the zero direction")


claim.mutant("one unit", by="derive", units=1)
claim.mutant("both directions the same", by="derive", sign=1)
claim.mutant("one unit, certified", by="certify", drop="two units")
claim.mutant("both directions the same, certified", by="certify", sign=1)
