"""The least-squares step of alternating minimisation by dense normal equations: Cholesky where it works, eigenvalues where it does not."""

from __future__ import annotations

import numpy as np

from theorycheck.network.linearisation import Linearisation, unvec, vec

#: Eigenvalues below this times the largest count as 0: a Gram matrix has lost half of the digits.
_CUT = 1e-12
#: Gram matrices whose reciprocal condition is below this are singular up to rounding.
_SINGULAR = 1e-15
#: Below this reciprocal condition a solution is refined by the residuals of B itself, which bring back the digits that BᵀB has lost.
_ACCURATE = 1e-8
#: Refinements at most, and how small the last one is, relative to the solution, when they have come to an end.
_REFINEMENTS, _SETTLED = 40, 1e-8


def normal_equations(features: Linearisation, values: np.ndarray) -> tuple[np.ndarray, str]:
    """The shortest U that minimises ‖B vec(U) − r‖, with the smaller of the two Gram matrices.

    Args:
        features: B, shape (n, d²), with entries of size about 1.
        values: r, shape (n,).

    Returns:
        U, shape (d, d), and how it was found: "cholesky" (BᵀB, the minimiser is unique), "minimum norm" (BBᵀ, as n < d²), or
        "minimum norm, singular" (n ≥ d², and yet BᵀB is singular up to rounding). Small eigenvalues of a singular matrix are left out.

    Source of the refinement: Björck, Numerical Methods for Least Squares Problems (1996), section 6.6 (corrected seminormal equations).

    >>> from theorycheck.network.residual import linearisation
    >>> tall = linearisation(np.zeros((1, 1)), np.ones(1), np.array([[1.0], [2.0], [-1.0]]))
    >>> solution, how = normal_equations(tall, np.array([1.0, 2.0, 5.0]))
    >>> solution.round(12).tolist(), how
    ([[1.0]], 'cholesky')
    """
    rows, columns = features.shape
    gram = features.outer_gram() if rows < columns else features.gram()
    found = _by_cholesky(features, gram, values)
    singular = found is None
    if found is None:
        right = values if rows < columns else vec(features.transposed(values))
        found = _back(features, _by_eigenvalues(gram, right))
    return found, "minimum norm" if rows < columns else "minimum norm, singular" if singular else "cholesky"


def _back(features: Linearisation, solution: np.ndarray) -> np.ndarray:
    """U from the solution of the Gram matrix that was used."""
    rows, columns = features.shape
    return features.transposed(solution) if rows < columns else unvec(solution)


def _by_cholesky(features: Linearisation, gram: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """U, or None where the Gram matrix is singular up to rounding."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve
    from scipy.linalg.lapack import dpocon

    try:
        factor = cho_factor(gram, check_finite=False)
    except LinAlgError:
        return None
    condition = float(dpocon(factor[0], np.linalg.norm(gram, 1))[0])
    if not condition > _SINGULAR:
        return None

    def solve(r: np.ndarray) -> np.ndarray:
        right = r if features.shape[0] < features.shape[1] else vec(features.transposed(r))
        return _back(features, cho_solve(factor, right, check_finite=False))

    found = solve(values)
    if condition < _ACCURATE:
        size = float("inf")
        for _ in range(_REFINEMENTS):
            change = solve(values - features.times(found))
            before, size = size, float(np.linalg.norm(change))
            if not size < before / 2:
                break
            found += change
        if not size <= _SETTLED * float(np.linalg.norm(found)):
            return None
    return found


def _by_eigenvalues(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.linalg import eigh

    values, vectors = eigh(gram, check_finite=False)
    kept = values > _CUT * values[-1]
    vectors = vectors[:, kept]
    return vectors @ ((vectors.T @ right) / values[kept])
