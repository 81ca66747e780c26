"""The least-squares problem of a layer of semi-random units (or of any features) solved exactly.

It is convex, so nothing is trained: one eigendecomposition gives the ridge estimates of all strengths, and LSQR does without a Gram
matrix where there are too many samples for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError, Undecided
from theorycheck.network.rows import matrix
from theorycheck.network.semi_random import semi_random_features

#: Strengths of ridge regression, as multiples of the mean eigenvalue.
STRENGTHS = tuple(10.0**e for e in range(-8, 0))


@dataclass(frozen=True)
class RidgePath:
    """The solutions θ of (G + λI)θ = b for every λ.

    Args:
        values: the eigenvalues of G, shape (p,).
        vectors: its eigenvectors, shape (p, p).
        projected: b in their basis, shape (p, c).
    """

    values: np.ndarray
    vectors: np.ndarray
    projected: np.ndarray

    def at(self, strength: float) -> np.ndarray:
        """θ for λ = strength times the mean eigenvalue, shape (p, c).

        Args:
            strength: positive.
        """
        if not 0 < strength < float("inf"):
            raise InputError(f"the strength is {strength}; write a positive number")
        return self.vectors @ (self.projected / (self.values + strength * self.values.mean())[:, None])


def ridge_path(gram: np.ndarray, right: np.ndarray) -> RidgePath:
    """Ridge regression for all strengths at once.

    Args:
        gram: G, symmetric and positive semidefinite, shape (p, p): ΦΦᵀ (then b = y, and predictions are Φ'Φᵀθ), or ΦᵀΦ (then
            b = Φᵀy, and predictions are Φ'θ), whichever is smaller.
        right: b, shape (p,) or (p, c).

    Raises:
        InputError: shapes that do not fit, a zero matrix, or one with a negative eigenvalue.

    >>> path = ridge_path(np.diag([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> path.at(0.5).ravel().tolist()
    [0.5, 0.25]
    """
    g = matrix("the Gram matrix", gram)
    b = matrix("the right-hand side", np.asarray(right).reshape(len(right), -1))
    if g.shape[0] != g.shape[1] or len(b) != len(g):
        raise InputError(f"the Gram matrix has shape {g.shape} and the right-hand side {len(b)} rows; write p × p and p")
    values, vectors = np.linalg.eigh(g)
    if values[-1] <= 0 or values[0] < -1e-8 * values[-1]:
        raise InputError(f"the Gram matrix has eigenvalues from {values[0]:.3g} to {values[-1]:.3g}; write a positive semidefinite one")
    return RidgePath(np.maximum(values, 0), vectors, vectors.T @ b)


def validated(
    path: RidgePath, valid: np.ndarray, score: Callable[[np.ndarray], float], strengths: Sequence[float] = STRENGTHS
) -> tuple[float, np.ndarray]:
    """The strength whose predictions on validation samples score best, and its θ.

    Args:
        path: the ridge path.
        valid: what θ is multiplied with to predict, shape (n', p).
        score: of predictions of shape (n', c); less is better.
        strengths: those that are tried; of equals the strongest wins.

    >>> path = ridge_path(np.eye(1), np.ones(1))
    >>> validated(path, np.ones((1, 1)), lambda f: float(abs(f - 0.9).sum()), [0.01, 0.1, 1.0])[0]
    0.1
    """
    best: tuple[float, float, np.ndarray] | None = None
    for strength in sorted(strengths, reverse=True):
        theta = path.at(strength)
        found = score(valid @ theta)
        if best is None or found < best[0]:
            best = found, strength, theta
    if best is None:
        raise InputError("there are no strengths; write at least one")
    return best[1], best[2]


def least_squares(gates: np.ndarray, inputs: np.ndarray, labels: np.ndarray, damp: float = 0.0, steps: int | None = None) -> np.ndarray:
    """The least-norm minimiser of ‖Φ vec(W) − y‖² + damp²‖W‖² by LSQR, which needs products with Φ only.

    Args:
        gates: A, shape (n, m).
        inputs: X, shape (n, d).
        labels: y, shape (n,).
        damp: 0 or more.
        steps: the most steps of LSQR; by default ten times the smaller side of Φ.

    Returns:
        W, shape (m, d).

    Raises:
        InputError: shapes that do not fit.
        Undecided: the steps did not suffice; the message tells what is left.

    >>> x = np.array([[1.0, 2.0], [3.0, 1.0]])
    >>> least_squares(np.ones((2, 1)), x, x @ [2.0, -1.0]).round(12).tolist()
    [[2.0, -1.0]]
    """
    from scipy.sparse.linalg import LinearOperator, lsqr

    semi_random_features(np.asarray(gates)[:1], np.asarray(inputs)[:1])  # refuses what is no pair of gates and inputs
    a, x, y = matrix("gates", gates), matrix("inputs", inputs), np.asarray(labels, dtype=float)
    if not len(a) == len(x) == len(y):
        raise InputError(f"there are {len(a)} rows of gates, {len(x)} inputs and {len(y)} labels; write as many of each")
    n, m, d = len(x), a.shape[1], x.shape[1]

    def times(flat: Any) -> np.ndarray:
        return np.einsum("nk,nk->n", a, x @ flat.reshape(m, d).T)

    def transposed(values: Any) -> np.ndarray:
        return ((a * values.reshape(-1, 1)).T @ x).ravel()

    operator = LinearOperator((n, m * d), matvec=times, rmatvec=transposed, dtype=float)
    most = 10 * min(n, m * d) if steps is None else steps
    found = lsqr(operator, y, damp=damp, atol=1e-12, btol=1e-12, conlim=0, iter_lim=most)
    if found[1] == 7:
        raise Undecided(f"LSQR has taken {most} steps and the gradient is still {found[7]:.3g}; allow more steps, or damp > 0")
    return found[0].reshape(m, d)
