"""Certified extreme eigenvalues of a symmetric matrix of balls: a Rayleigh quotient from above, a Cholesky factorisation from below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from theorycheck.enclosure import bits_for
from theorycheck.errors import Undecided

Matrix = Sequence[Sequence[Any]]
#: How often the approximate eigenvector is improved before the matrix is called too vague.
_IMPROVEMENTS = 6


def positive_definite(matrix: Matrix) -> bool | None:
    """Whether a symmetric matrix of balls is positive definite, by Cholesky's pivots.

    Args:
        matrix: n × n balls, symmetric.
    Returns:
        True when every matrix in the ball is; False when none is; None when the balls are too wide.

    >>> positive_definite([[arb(2), arb(1)], [arb(1), arb(2)]]), positive_definite([[arb(1), arb(2)], [arb(2), arb(1)]])
    (True, False)
    """
    rows = [list(row) for row in matrix]
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
        digits: the radius is at most 10^−digits · max(1, the largest entry).
    Raises:
        Undecided: the balls of the matrix are too wide.

    >>> two = [[arb(2), arb(1)], [arb(1), arb(2)]]
    >>> ball = smallest_eigenvalue(two, 20)
    >>> ball.contains(1), float(ball.rad()) < 1e-19
    (True, True)
    """
    size = len(matrix)
    with ctx.workprec(bits_for(2 * digits, 64)):
        a = arb_mat([[arb(entry) for entry in row] for row in matrix])
        largest = max(float(abs(entry).upper()) for row in matrix for entry in row)
        margin = arb(10) ** (-digits) * max(1.0, largest) / 4
        floats = np.array([[float(entry) for entry in row] for row in matrix])
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
        Undecided: the balls of the matrix are too wide.

    >>> [round(float(e), 12) for e in extreme_eigenvalues([[arb(2), arb(1)], [arb(1), arb(2)]], 15)]
    [1.0, 3.0]
    """
    return smallest_eigenvalue(matrix, digits), -smallest_eigenvalue([[-entry for entry in row] for row in matrix], digits)


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
