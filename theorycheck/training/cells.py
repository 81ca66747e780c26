"""Activation patterns of a ReLU unit on a set of points: every cell of (w, b), with the rays that generate it, in exact arithmetic.

On the cell of a sign pattern the outputs max(0, ⟨w, x_i⟩ + b) are linear in (w, b), and the cell is a pointed cone once (w, b) is
restricted to coordinates that the points can tell apart. So the outputs of a unit on a cell are the nonnegative combinations of the
outputs of its rays: no inequality is left, whatever the position of the points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb, gcd, lcm
from numbers import Rational
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_whole

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Cells:
    """The cells of S points.

    Args:
        rays: the generators as columns (w, b) of whole numbers, zero in coordinates that are not needed; shape (n + 1, rays).
        outputs: max(0, ⟨w, x_i⟩ + b) of each ray, whole numbers, shape (S, rays).
        members: for each cell the numbers of its rays, without those that give 0 at all points.
        signs: for each cell +1 where the unit may be active and −1 where it is off, shape (cells, S).
    """

    rays: np.ndarray
    outputs: np.ndarray
    members: tuple[np.ndarray, ...]
    signs: np.ndarray


def cell_bound(points: int, dimension: int) -> int:
    """The number of cells for points in general position (Cover), an upper bound for all: 2 Σ_{i ≤ n} C(S − 1, i).

    Raises:
        InputError: a number of points that is not 1 or more, a dimension that is not 0 or more.

    >>> [cell_bound(s, 2) for s in (3, 4, 5)], cell_bound(10, 1)
    ([8, 14, 22], 20)
    """
    points, dimension = require_whole("points", points, 1), require_whole("dimension", dimension, 0)
    return 2 * sum(comb(points - 1, i) for i in range(min(dimension, points - 1) + 1))


def spanning_order(points: Sequence[Point]) -> tuple[list[int], list[int]]:
    """Which points to take first so that they span all, and the coordinates of (w, b) that tell the points apart.

    Returns:
        A permutation of the points whose first r are affinely independent, r − 1 the dimension of their hull; and r of the n + 1
        coordinates.

    Raises:
        InputError: no points, or what are no exact points of one dimension.

    >>> order, kept = spanning_order([(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)), (Fraction(2), Fraction(2))])
    >>> order, len(kept)
    ([0, 1, 2], 2)
    """
    rows = [[*point, Fraction(1)] for point in _exact(points)]
    first = _pivots([list(column) for column in zip(*rows, strict=True)])
    return [*first, *(i for i in range(len(rows)) if i not in first)], _pivots(rows)


def cells_of(points: Sequence[Point]) -> Cells:
    """The cells of points, cut one point after another.

    Args:
        points: different points in the order of `spanning_order`, exact coordinates.

    Raises:
        InputError: no points, two equal ones, coordinates that are not exact, or points in another order.

    >>> line = [(Fraction(0),), (Fraction(1),), (Fraction(3),)]
    >>> cells_of(line).signs.tolist()
    [[1, 1, 1], [-1, 1, 1], [-1, -1, 1], [1, 1, -1], [1, -1, -1], [-1, -1, -1]]
    """
    points = _exact(points)
    if len(set(points)) < len(points):
        raise InputError(f"{len(points)} points, {len(set(points))} different ones; write one point or more, each once")
    order, kept = spanning_order(points)
    if order != list(range(len(points))):
        raise InputError(f"the first points do not span the others; write them in the order {order}")
    scale = lcm(*(c.denominator for point in points for c in point))
    whole = [[*(int(c * scale) for c in point), scale] for point in points]  # ⟨w, x⟩ + b times the common denominator
    rows = np.array(whole, dtype=object)[:, kept]
    rays, needed = _rays(rows)
    products = rows @ rays
    pattern = np.sign(products).astype(np.float32)
    signs, inside = np.zeros((1, 0), dtype=np.float32), np.zeros((1, 0), dtype=bool)
    for k in range(1, len(points) + 1):
        signs = np.vstack([np.hstack([signs, np.full((len(signs), 1), s, dtype=np.float32)]) for s in (1, -1)])
        if k < len(kept):  # independent points: every pattern occurs
            continue
        known = pattern[:k, needed <= k]
        inside = signs @ known == np.abs(known).sum(axis=0)  # a ray is in a cell unless a sign differs
        full = ((inside.astype(np.float32) @ np.abs(known).T) > 0).all(axis=1)  # the sum of its rays lies inside, off every wall
        signs, inside = signs[full], inside[full]
    useful = (pattern > 0).any(axis=0)
    all_rays = np.zeros((len(whole[0]), rays.shape[1]), dtype=object)
    all_rays[kept] = scale * rays
    members = tuple(np.flatnonzero(row & useful) for row in inside)
    return Cells(all_rays, np.maximum(products, 0), members, signs.astype(np.int8))


def _exact(points: Any) -> list[Point]:
    """Points as tuples of Fractions."""
    try:
        rows = [tuple(point) for point in points]
    except TypeError:
        raise InputError(f"the points are {points!r}; write a list of points, each a tuple of Fractions") from None
    dimensions = sorted({len(row) for row in rows})
    if len(dimensions) != 1:
        raise InputError(f"there are {len(rows)} points, of dimensions {dimensions}; write one or more, of one dimension")
    for number, row in enumerate(rows):
        for c in row:
            if isinstance(c, bool) or not isinstance(c, Rational):
                raise InputError(f"point {number} has the coordinate {c!r}, which is not exact; write integers and Fractions")
    return [tuple(Fraction(c) for c in row) for row in rows]


def _rays(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All ± kernel vectors of r − 1 independent rows among rows of length r, as primitive columns of whole numbers.

    Returns:
        The columns, and for each how many of the first rows it needs.
    """
    size = rows.shape[1]
    needed: dict[tuple[int, ...], int] = {}
    for chosen in sorted(combinations(range(len(rows)), size - 1), key=lambda chosen: chosen[-1:]):
        block = rows[list(chosen)]
        vector = [(-1) ** j * _determinant(np.delete(block, j, axis=1).tolist()) for j in range(size)]
        divisor = gcd(*vector)
        if divisor:
            primitive = tuple(c // divisor for c in vector)
            for ray in (primitive, tuple(-c for c in primitive)):
                needed.setdefault(ray, chosen[-1] + 1 if chosen else 0)
    return np.array(list(needed), dtype=object).T, np.array(list(needed.values()))


def _determinant(matrix: list[list[int]]) -> int:
    if not matrix:
        return 1
    return sum((-1) ** j * a * _determinant([[*row[:j], *row[j + 1 :]] for row in matrix[1:]]) for j, a in enumerate(matrix[0]) if a)


def _pivots(matrix: Sequence[Sequence[Fraction]]) -> list[int]:
    """The first columns that are independent of those before them."""
    rows = [list(row) for row in matrix]
    found: list[int] = []
    for column in range(len(rows[0])):
        top = len(found)
        chosen = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if chosen is None:
            continue
        rows[top], rows[chosen] = rows[chosen], rows[top]
        for i in range(top + 1, len(rows)):
            factor = rows[i][column] / rows[top][column]
            if factor:
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[top], strict=True)]
        found.append(column)
    return found
