"""Certified extreme eigenvalues of a symmetric matrix of balls: a Rayleigh quotient from above, a Cholesky factorisation from below."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpz

from theorycheck.enclosure import bits_for
from theorycheck.errors import InputError, Undecided
from theorycheck.network.arguments import require_whole

Matrix = Sequence[Sequence[Any]]
#: How often the approximate eigenvector is improved before the matrix is called too vague.
_IMPROVEMENTS = 6
_MOST_DIGITS = 10_000


def positive_definite(matrix: Matrix) -> bool | None:
    """Whether a symmetric matrix of balls is positive definite, by Cholesky's pivots.

    Args:
        matrix: n × n balls, symmetric.
    Returns:
        True when every matrix in the ball is; False when none is; None when the balls are too wide.
    Raises:
        InputError: no square matrix of real numbers and balls, or one that is certainly not symmetric.

    >>> positive_definite([[arb(2), arb(1)], [arb(1), arb(2)]]), positive_definite([[arb(1), arb(2)], [arb(2), arb(1)]])
    (True, False)
    """
    rows = _balls(matrix)
    for j in range(len(rows)):
        pivot = rows[j][j]
        if not pivot > 0:
            return False if pivot <= 0 else None
        for i in range(j + 1, len(rows)):
            factor = rows[i][j] / pivot
            for m in range(j + 1, i + 1):
                rows[i][m] -= factor * rows[m][j]
    return True


def smallest_eigenvalue(matrix: Matrix, digits: int) -> arb:
    """The smallest eigenvalue of a symmetric matrix of balls, as a ball.

    No eigenvector has to be known exactly: any vector bounds the eigenvalue from above, and a shift that leaves the matrix positive
    definite bounds it from below (Sylvester's law of inertia), also when eigenvalues coincide.

    Args:
        matrix: n × n balls, symmetric, n >= 1.
        digits: the radius is at most 10^−digits · max(1, the largest entry); at most 10 000.
    Raises:
        InputError: no square matrix of real numbers and balls, one that is certainly not symmetric, digits that are no whole number.
        Undecided: the balls of the matrix are too wide.

    >>> two = [[arb(2), arb(1)], [arb(1), arb(2)]]
    >>> ball = smallest_eigenvalue(two, 20)
    >>> ball.contains(1), float(ball.rad()) < 1e-19
    (True, True)
    """
    if require_whole("digits", digits, 1) > _MOST_DIGITS:
        raise InputError(f"digits={digits}; write at most {_MOST_DIGITS}")
    with ctx.workprec(bits_for(2 * digits, 64)):
        rows = _balls(matrix)
        size, a = len(rows), arb_mat(rows)
        largest = max(float(abs(entry).upper()) for row in rows for entry in row)
        margin = arb(10) ** (-digits) * max(1.0, largest) / 4
        floats = np.array([[float(entry) for entry in row] for row in rows])
        if not np.isfinite(floats).all():
            raise Undecided("an entry of the matrix is not known; ask for fewer digits or give a larger budget")
        vector = arb_mat(size, 1, [arb(float(c)) for c in np.linalg.eigh((floats + floats.T) / 2)[1][:, 0]])
        for _ in range(_IMPROVEMENTS):
            above = (vector.transpose() * a * vector)[0, 0] / (vector.transpose() * vector)[0, 0]
            below = arb(above.lower()) - margin
            shifted = a - below * _identity(size)
            if above.rad() > margin:
                break
            if positive_definite(shifted.tolist()):
                return below.union(arb(above.upper()))
            try:  # inverse iteration
                vector = shifted.solve(vector)
            except ZeroDivisionError:
                break
            norm = max((abs(entry) for entry in vector.entries()), key=float)
            vector = arb_mat(size, 1, [arb(entry.mid()) / arb(norm.mid()) for entry in vector.entries()])
            vector = arb_mat(size, 1, [arb(entry.mid()) for entry in vector.entries()])
    raise Undecided(f"the entries of the matrix are too vague for {digits} digits of its smallest eigenvalue; ask for fewer digits")


def extreme_eigenvalues(matrix: Matrix, digits: int) -> tuple[arb, arb]:
    """The smallest and the largest eigenvalue of a symmetric matrix of balls.

    Args:
        matrix: n × n balls, symmetric, n >= 1.
        digits: as for `smallest_eigenvalue`.
    Raises:
        InputError: as for `smallest_eigenvalue`.
        Undecided: the balls of the matrix are too wide.

    >>> [round(float(e), 12) for e in extreme_eigenvalues([[arb(2), arb(1)], [arb(1), arb(2)]], 15)]
    [1.0, 3.0]
    """
    low = smallest_eigenvalue(matrix, digits)
    with ctx.workprec(bits_for(2 * digits, 64)):
        opposite = [[-entry for entry in row] for row in _balls(matrix)]
    return low, -smallest_eigenvalue(opposite, digits)


def _balls(matrix: Any) -> list[list[arb]]:
    """The rows of a symmetric matrix as balls."""
    try:
        rows = [[entry if isinstance(entry, arb) else _ball(entry) for entry in row] for row in matrix]
    except TypeError:
        raise InputError("the matrix is no list of rows; write rows of numbers or balls") from None
    size = len(rows)
    if not size or any(len(row) != size for row in rows):
        lengths = sorted({len(row) for row in rows})
        raise InputError(f"the matrix has {size} rows, of {lengths} entries; write a square one, n × n with n ≥ 1")
    for i in range(size):
        for j in range(i):
            if rows[i][j] != rows[j][i]:  # of balls: true only where they are disjoint
                raise InputError(f"the matrix is not symmetric at ({i}, {j}); write one that is")
    return rows


def _ball(entry: Any) -> arb:
    if isinstance(entry, Fraction):
        return arb(fmpq(entry.numerator, entry.denominator))
    if isinstance(entry, (bool, str)) or not isinstance(entry, (int, float, np.integer, np.floating, fmpz, fmpq)):
        raise InputError(f"the matrix has the entry {entry!r}; write real numbers or balls")
    return arb(int(entry) if isinstance(entry, np.integer) else float(entry) if isinstance(entry, np.floating) else entry)


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
