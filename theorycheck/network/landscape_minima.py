"""Whether a point is a local minimum of G, decided in exact rational arithmetic.

With B* orthonormal and unit rows, P_ji = ⟨b_i*, b_j⟩² maps each row onto the simplex, continuously, and paths in the simplex lift to the
sphere: local minima of G in B and in P correspond. In P, G = Σ_i a_i ((Σ_j P_ji)² − (1 + μ) Σ_j P_ji²) is quadratic on a polytope, so P is
a local minimum exactly when no feasible direction D has a negative slope and none of slope 0 has a negative quadratic part q(D).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_whole

#: A direction: how much of row j moves from column i to column k.
Move = tuple[int, int, int]


def overlap_objective(overlaps: Sequence[Sequence[Any]], weights: Sequence[Any], mu: Any) -> Fraction:
    """G in terms of the squared overlaps, exactly.

    Args:
        overlaps: P, n rows that each sum to 1 over d columns; rational and not negative.
        weights: a*, d rational numbers, not negative.
        mu: rational.

    Raises:
        InputError: a row is no point of the simplex, or the numbers of columns and weights differ.

    >>> overlap_objective([[1, 0], [1, 0]], [1, 2], Fraction(1, 2))
    Fraction(1, 1)
    """
    p, a, m = _exact(overlaps, weights, mu)
    return sum((a[i] * (sum(row[i] for row in p) ** 2 - (1 + m) * sum(row[i] ** 2 for row in p)) for i in range(len(a))), Fraction(0))


def is_local_minimum(overlaps: Sequence[Sequence[Any]], weights: Sequence[Any], mu: Any) -> bool | None:
    """Whether G has a local minimum there.

    Args:
        overlaps: as in `overlap_objective`.
        weights: as in `overlap_objective`.
        mu: rational.

    Returns:
        True or False, exactly; None where directions of slope 0 lead into the polytope and two at a time do not decide.
        With positive weights and μ > 0 every point is decided.

    Raises:
        InputError: as in `overlap_objective`.

    >>> is_local_minimum([[1, 0], [0, 1]], [1, 2], Fraction(1, 2)), is_local_minimum([[1, 0], [1, 0]], [1, 2], Fraction(1, 2))
    (True, False)
    >>> half = Fraction(1, 2)
    >>> is_local_minimum([[0, 0, 1], [0, 0, 1], [half, half, 0]], [1, 1, Fraction(2, 5)], 0)
    True
    """
    p, a, m = _exact(overlaps, weights, mu)
    columns = range(len(a))
    totals = [sum(row[i] for row in p) for i in columns]
    inner: list[Move] = []  # both ends carry mass: the direction may be reversed
    entering: list[Move] = []  # slope 0, towards an empty place
    for j, row in enumerate(p):
        slopes = [a[i] * (totals[i] - (1 + m) * row[i]) for i in columns]
        held = [i for i in columns if row[i]]
        for k in columns:
            slope = slopes[k] - slopes[held[0]]
            if slope < 0 or (row[k] and slope):
                return False
            if k != held[0] and not slope:
                (inner if row[k] else entering).append((j, held[0], k))
    form = [[_product(left, right, a, m) for right in inner + entering] for left in inner + entering]
    size = len(inner)
    if not _is_positive_semidefinite([line[:size] for line in form[:size]]):
        return False
    if not entering:
        return True
    indices = range(len(form))
    for r in indices:
        if form[r][r] < 0:
            return False
        for s in indices:
            reversible = r < size or s < size  # an inner direction may change its sign
            if (form[r][s] < 0 or reversible) and form[r][s] ** 2 > form[r][r] * form[s][s]:
                return False
    # q splits into a form on the inner directions, which is nonnegative, and one with nonnegative coefficients
    if all(form[r][s] == 0 if r < size else form[r][s] >= 0 for r in indices for s in range(size, len(form)) if r != s):
        return True
    return None


def occupations(rows: int, units: int) -> Iterator[tuple[int, ...]]:
    """All ways to put that many rows at that many units, as counts: the vertices up to the order of rows.

    Args:
        rows: n >= 0.
        units: m >= 1.

    Raises:
        InputError: another number of rows or units.

    >>> list(occupations(2, 2))
    [(0, 2), (1, 1), (2, 0)]
    """
    rows, units = require_whole("rows", rows, 0), require_whole("units", units, 1)
    if units == 1:
        yield (rows,)
        return
    for first in range(rows + 1):
        for rest in occupations(rows - first, units - 1):
            yield (first, *rest)


def vertex_overlaps(counts: Sequence[int]) -> list[list[Fraction]]:
    """The overlaps when counts[i] rows are ±b_i*.

    Args:
        counts: how many rows lie at each unit of B*; up to the order of rows this names every vertex.

    Raises:
        InputError: a count is negative or no whole number, or all are 0.

    >>> [[int(p) for p in row] for row in vertex_overlaps([0, 2])]
    [[0, 1], [0, 1]]
    """
    listed = tuple(counts) if isinstance(counts, (Sequence, np.ndarray)) else ()
    if any(isinstance(c, bool) or not isinstance(c, Integral) or c < 0 for c in listed) or not any(listed):
        raise InputError(f"counts are {listed or counts}; write how many rows lie at each unit, not negative and not all 0")
    return [[Fraction(int(i == k)) for i in range(len(counts))] for k, count in enumerate(counts) for _ in range(count)]


def vertex_is_local_minimum(counts: Sequence[int], weights: Sequence[Any], mu: Any) -> bool | None:
    """Whether G has a local minimum where counts[i] rows are ±b_i*; see `is_local_minimum`.

    >>> [vertex_is_local_minimum((2, 0, 1), (1, 1, 1), Fraction(mu, 2)) for mu in (1, 2, 3)]
    [False, False, True]
    """
    return is_local_minimum(vertex_overlaps(counts), weights, mu)


def _exact(overlaps: Sequence[Sequence[Any]], weights: Sequence[Any], mu: Any) -> tuple[list[list[Fraction]], list[Fraction], Fraction]:
    try:
        p, a, m = [[Fraction(x) for x in row] for row in overlaps], [Fraction(x) for x in weights], Fraction(mu)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InputError("the overlaps, the weights and mu are not all rational numbers; write rows of integers or Fractions") from None
    if not a or any(x < 0 for x in a):
        raise InputError(f"weights are {tuple(map(str, a))}; write one or more that are not negative")
    for number, row in enumerate(p):
        if len(row) != len(a):
            raise InputError(f"row {number} has {len(row)} overlaps for {len(a)} weights; write as many")
        if sum(row) != 1 or min(row) < 0:
            raise InputError(f"row {number} is {tuple(map(str, row))}, no point of the simplex; write numbers ≥ 0 that sum to 1")
    return p, a, m


def _product(left: Move, right: Move, weights: list[Fraction], mu: Fraction) -> Fraction:
    """The bilinear form of the quadratic part of G between two moves."""
    (j, i, k), (other, u, v) = left, right
    common = sum((weights[c] * ((c == k) - (c == i)) * ((c == v) - (c == u)) for c in {i, k, u, v}), Fraction(0))
    return -mu * common if j == other else common


def _is_positive_semidefinite(form: list[list[Fraction]]) -> bool:
    """By elimination: a pivot 0 needs its whole line to be 0."""
    rest = [line[:] for line in form]
    while rest:
        pivot = rest[0][0]
        if pivot < 0 or (pivot == 0 and any(rest[0])):
            return False
        rest = [[x - (line[0] * y / pivot if pivot else 0) for x, y in zip(line[1:], rest[0][1:], strict=True)] for line in rest[1:]]
    return True
