"""The least-squares step of alternating minimisation by dense normal equations: Cholesky where it works, eigenvalues where it does not."""

from __future__ import annotations

import numpy as np

from theorycheck.network.residual import Linearisation, unvec, vec

#: Eigenvalues below this times the largest count as 0: a Gram matrix has lost half of the digits.
_CUT = 1e-12


def normal_equations(features: Linearisation, values: np.ndarray) -> tuple[np.ndarray, str]:
    """The shortest U that minimises ‖B vec(U) − r‖, with the smaller of the two Gram matrices.

    Args:
        features: B, shape (n, d²).
        values: r, shape (n,).

    Returns:
        U, shape (d, d), and how it was found: "cholesky" (BᵀB, the minimiser is unique), "minimum norm" (BBᵀ, as n < d²), or
        "minimum norm, singular" (n ≥ d², and yet BᵀB is singular up to rounding). Small eigenvalues of a singular matrix are left out.

    >>> from theorycheck.network.residual import linearisation
    >>> tall = linearisation(np.zeros((1, 1)), np.ones(1), np.array([[1.0], [2.0], [-1.0]]))
    >>> solution, how = normal_equations(tall, np.array([1.0, 2.0, 5.0]))
    >>> solution.round(12).tolist(), how
    ([[1.0]], 'cholesky')
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    rows, columns = features.shape
    if rows < columns:
        gram, right = features.outer_gram(), values
    else:
        gram, right = features.gram(), vec(features.transposed(values))
    try:
        factor = cho_factor(gram, check_finite=False)
        diagonal = np.diag(factor[0])
        if diagonal.min() ** 2 <= _CUT * diagonal.max() ** 2:
            raise LinAlgError
        found, how = cho_solve(factor, right, check_finite=False), "cholesky"
    except LinAlgError:
        found, how = _by_eigenvalues(gram, right), "minimum norm, singular"
    return (features.transposed(found), "minimum norm") if rows < columns else (unvec(found), how)


def _by_eigenvalues(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.linalg import eigh

    values, vectors = eigh(gram, check_finite=False)
    kept = values > _CUT * values[-1]
    vectors = vectors[:, kept]
    return vectors @ ((vectors.T @ right) / values[kept])
