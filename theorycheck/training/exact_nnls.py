"""Nonnegative least squares in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError


def exact_nnls(columns: Any, targets: Any, weights: Sequence[int], start: Sequence[int] = ()) -> tuple[Fraction, list[Fraction]]:
    """min Σ_i m_i (Σ_j c_j A_ij − y_i)² over c ≥ 0 in rational arithmetic, by the active-set method of Lawson and Hanson.

    Args:
        columns: A, whole numbers, shape (S, r).
        targets: y, whole numbers, shape (S,).
        weights: m, positive whole numbers, length S.
        start: columns that are probably positive; a good guess saves the search, a bad one costs nothing else.

    Returns:
        The minimum, and c, which satisfies the conditions of Karush, Kuhn and Tucker exactly.

    Raises:
        InputError: shapes that do not fit, numbers that are not whole, weights that are not positive.

    >>> exact_nnls([[1, 1], [0, 1]], [1, -1], [1, 1])
    (Fraction(1, 1), [Fraction(1, 1), Fraction(0, 1)])
    """
    from flint import fmpq, fmpq_mat, fmpz_mat

    rows, ys, weights = _whole(columns, targets, weights)
    size = rows.shape[1]
    if not isinstance(start, Sequence) or any(not isinstance(j, Integral) or not 0 <= j < size for j in start):
        raise InputError(f"start={start!r}; write a list of numbers of columns, from 0 to {size - 1}")
    a = fmpz_mat(len(rows), size, rows.ravel().tolist())
    scaled = fmpz_mat(size, len(rows), (rows.T * np.array(weights, dtype=object)).ravel().tolist())
    gram, right = scaled * a, scaled * fmpz_mat(len(ys), 1, ys)
    square = sum(m * y * y for m, y in zip(weights, ys, strict=True))

    def normal_equations(chosen: Sequence[int]) -> list[Any] | None:
        """The solution on the chosen columns, or None when they are dependent."""
        matrix = fmpq_mat(len(chosen), len(chosen), [gram[i, j] for i in chosen for j in chosen])
        try:
            found: list[Any] = matrix.solve(fmpq_mat(len(chosen), 1, [right[j, 0] for j in chosen])).entries()
        except ZeroDivisionError:
            return None
        return found

    passive, here = list(dict.fromkeys(start)), [fmpq(0)] * size
    guess = normal_equations(passive) if passive else []
    if guess is None or any(c <= 0 for c in guess):
        passive = []
    else:
        for j, c in zip(passive, guess, strict=True):
            here[j] = c
    while True:
        rest = [j for j in range(size) if j not in passive]
        slopes = {j: right[j, 0] - sum([gram[j, i] * here[i] for i in passive], fmpq(0)) for j in rest}
        entering = max(rest, key=slopes.__getitem__, default=None)
        if entering is None or slopes[entering] <= 0:
            # at the optimum c is orthogonal to the slopes, so the loss is Σ m y² − Σ c_j (Aᵀ m y)_j
            least = fmpq(square) - sum([here[j] * right[j, 0] for j in passive], fmpq(0))
            return fraction_of(least), [fraction_of(c) for c in here]
        passive.append(entering)
        while True:
            wanted = normal_equations(passive)
            assert wanted is not None  # a column that enters is independent of the others: the residual is not orthogonal to it
            if all(c > 0 for c in wanted):
                break
            way = min(here[j] / (here[j] - c) for j, c in zip(passive, wanted, strict=True) if c <= 0)
            for j, c in zip(passive, wanted, strict=True):
                here[j] += way * (c - here[j])
            for j in [j for j in passive if here[j] <= 0]:
                here[j] = fmpq(0)
                passive.remove(j)
        for j, c in zip(passive, wanted, strict=True):
            here[j] = c


def _whole(columns: Any, targets: Any, weights: Any) -> tuple[np.ndarray, list[int], list[int]]:
    """A, y and m, once they are whole numbers of shapes that fit."""
    try:
        rows, ys, ms = (np.asarray(part, dtype=object) for part in (columns, targets, weights))
    except ValueError:  # rows of unequal length
        raise InputError("the columns are no matrix; write rows of equal length") from None
    if rows.ndim != 2 or len(rows) == 0 or ys.shape != rows.shape[:1] or ms.shape != rows.shape[:1]:
        raise InputError(f"columns, targets and weights have shapes {rows.shape}, {ys.shape} and {ms.shape}; write (S, r), (S,) and (S,)")
    for name, part in (("columns", rows), ("targets", ys), ("weights", ms)):
        odd = next((c for c in part.ravel().tolist() if isinstance(c, bool) or not isinstance(c, Integral)), None)
        if odd is not None:
            raise InputError(f"{name} contain {odd!r}; write whole numbers, multiplied by a common denominator")
    if (ms <= 0).any():
        raise InputError(f"weights={ms.tolist()}; write positive whole numbers")
    return rows, [int(y) for y in ys], [int(m) for m in ms]


def fraction_of(number: Any) -> Fraction:
    """The rational number of FLINT as a Fraction."""
    return Fraction(int(number.p), int(number.q)) if number else Fraction(0)
