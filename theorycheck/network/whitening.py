"""Networks whose rows are not orthogonal: coordinates in which they are, and the way back.

For linearly independent b_i* and a_i > 0, M = Σ a_i b_i* b_i*ᵀ and WWᵀ = M⁻¹, the vectors o_i = √a_i Wᵀ b_i* are orthonormal, and the
objective at rows b_j = W c_j is G for the network with rows o_i and weights 1/a_i (Ge, Lee & Ma, arXiv 1711.00501, the section on
matrices that are not orthogonal).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.rows import float_matrix


def whitening(second: Any) -> np.ndarray:
    """A matrix W with Wᵀ M W = I.

    Args:
        second: M, symmetric and positive definite, shape (d, d).

    Returns:
        W = U D^(-1/2) for M = U D Uᵀ, shape (d, d).

    Raises:
        InputError: M is not square, or not positive definite: then rows of the network are linearly dependent, or too few samples.

    >>> second = np.array([[4.0, 1.0], [1.0, 2.0]])
    >>> w = whitening(second)
    >>> bool(np.allclose(w.T @ second @ w, np.eye(2)))
    True
    """
    m = float_matrix("the second moment", second)
    if m.shape[0] != m.shape[1]:
        raise InputError(f"the second moment has shape {m.shape}; write a square matrix")
    values, vectors = np.linalg.eigh((m + m.T) / 2)
    if values[0] <= len(m) * np.finfo(float).eps * abs(values[-1]):
        raise InputError(
            f"the second moment has the eigenvalue {values[0]:.3g}; it is positive definite only if the d rows of the network are "
            "linearly independent with positive weights: write such a network, or use more samples"
        )
    return np.asarray(vectors / np.sqrt(values))


def rows_from_whitened(rows: Any, transform: Any) -> tuple[np.ndarray, np.ndarray]:
    """The network behind a minimum in whitened coordinates.

    Args:
        rows: c_j, up to order and sign the o_i, shape (d, d).
        transform: W, shape (d, d).

    Returns:
        Unit rows b_i* up to order and sign, and their weights a_i: the rows of the inverse transpose of B = (c_jᵀ Wᵀ)_j are ±√a_i b_i*.

    Raises:
        InputError: shapes that do not fit, or rows that are linearly dependent.

    >>> truth, weights = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([4.0, 1.0])
    >>> w = whitening(truth.T @ np.diag(weights) @ truth)
    >>> found = rows_from_whitened(np.sqrt(weights)[:, None] * truth @ w, w)
    >>> bool(np.allclose(found[0], truth)), found[1].round(12).tolist()
    (True, [4.0, 1.0])
    """
    c, w = float_matrix("rows", rows), float_matrix("the transform", transform)
    if c.shape != w.shape or c.shape[0] != c.shape[1]:
        raise InputError(f"rows have shape {c.shape} and the transform {w.shape}; write two square matrices of one size")
    with np.errstate(over="ignore", invalid="ignore"):
        product = c @ w.T
    if not np.isfinite(product).all():
        raise InputError("the rows times the transform overflow; divide both by their size")
    if np.linalg.cond(product) > 1 / np.finfo(float).eps:
        raise InputError("the rows are linearly dependent, so this is no minimum; start the descent elsewhere")
    scaled = np.linalg.inv(product).T
    lengths = np.linalg.norm(scaled, axis=1)
    return scaled / lengths[:, None], lengths**2
