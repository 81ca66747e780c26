"""How far a matrix of rows is from a permutation matrix: recovery is up to the order of the units, and for some activations their signs."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from theorycheck.errors import InputError
from theorycheck.network.rows import matrix, require_unit


def surrogate_error(overlaps: np.ndarray, signed: bool) -> float:
    """The surrogate distance to a permutation: max{1 − min_i max_j Q_ij, 1 − min_j max_i Q_ij}.

    It is 0 exactly at permutations. The paper prints the minimum of the two parts, which is 0 when all rows are e_1.

    Args:
        overlaps: Q = B B*⁻¹ with unit rows, shape (m, m).
        signed: whether −1 counts as wrong: True for ReLU; False for even activations, which use abs(Q_ij).

    Returns:
        Between 0 and 2, at most 1 if unsigned.

    Raises:
        InputError: Q is not square, not finite, or has a row that is not of length 1.

    Source: Ge, Lee & Ma, arXiv 1711.00501, section 4.1.

    >>> surrogate_error(np.eye(3)[[2, 0, 1]], signed=True), surrogate_error(-np.eye(3), signed=False)
    (0.0, 0.0)
    >>> surrogate_error(np.array([[1.0, 0.0], [1.0, 0.0]]), signed=True)
    1.0
    """
    table = _overlaps(overlaps, signed)
    require_unit("Q", table)
    return float(max(1 - table.max(axis=1).min(), 1 - table.max(axis=0).min()))


def nearest_permutation(overlaps: np.ndarray, signed: bool) -> np.ndarray:
    """The permutation matrix with the largest inner product with Q; unsigned, with signs chosen freely.

    Args:
        overlaps: Q, shape (m, m).
        signed: whether only +1 may stand in it.

    Returns:
        Shape (m, m), one nonzero entry in each row and column.

    Raises:
        InputError: Q is not square or not finite.

    >>> nearest_permutation(np.array([[0.1, -0.9], [0.8, 0.2]]), signed=False).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    table = _overlaps(overlaps, signed)
    rows, columns = linear_sum_assignment(table, maximize=True)
    found = np.zeros(table.shape)
    found[rows, columns] = 1.0 if signed else np.where(np.asarray(overlaps)[rows, columns] < 0, -1.0, 1.0)
    return found


def permutation_distance(overlaps: np.ndarray, signed: bool, norm: str = "entrywise") -> float:
    """The distance from Q to `nearest_permutation(Q, signed)`.

    Args:
        overlaps: Q, shape (m, m).
        signed: as in `nearest_permutation`.
        norm: "entrywise" (the largest entry of the difference), "spectral" or "frobenius" (for which that permutation is the nearest).

    Raises:
        InputError: Q is not square or not finite, or the norm is not known.

    >>> permutation_distance(np.diag([1.0, -1.0]), signed=True), permutation_distance(np.diag([1.0, -1.0]), signed=False)
    (2.0, 0.0)
    """
    difference = matrix("Q", overlaps) - nearest_permutation(overlaps, signed)
    if norm == "entrywise":
        return float(np.abs(difference).max())
    if norm in ("spectral", "frobenius"):
        return float(np.linalg.norm(difference, 2 if norm == "spectral" else "fro"))
    raise InputError(f"norm={norm!r} is not known; write entrywise, spectral or frobenius")


def _overlaps(overlaps: np.ndarray, signed: bool) -> np.ndarray:
    table = matrix("Q", overlaps)
    if table.shape[0] != table.shape[1]:
        raise InputError(f"Q has shape {table.shape}; write a square matrix, the rows of B in the basis of the rows of B*")
    return table if signed else np.abs(table)
