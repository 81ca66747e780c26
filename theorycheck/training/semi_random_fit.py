"""The least-squares problem of a layer of semi-random units (or of any features) solved exactly.

It is convex, so nothing is trained: one tridiagonalisation gives the ridge estimates of all strengths, and LSQR does without a Gram
matrix where there are too many samples for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError, Undecided
from theorycheck.network.arguments import finite_array, is_real, require_whole
from theorycheck.network.rows import matrix

#: Strengths of ridge regression, as multiples of the mean eigenvalue.
STRENGTHS = tuple(10.0**e for e in range(-8, 0))
#: The size of the blocks that LAPACK is given room for.
_BLOCK = 64


@dataclass(frozen=True)
class RidgePath:
    """The solutions θ of (G + λI)θ = b for every λ, by G = QTQᵀ with a tridiagonal T: a third of the work of an eigendecomposition.

    Args:
        diagonal, beside: T, shapes (p,) and (p − 1,).
        reflectors, factors: Q as LAPACK's dsytrd leaves it, shapes (p, p) and (p − 1,).
        turned: Qᵀb, shape (p, c).
    """

    diagonal: np.ndarray
    beside: np.ndarray
    reflectors: np.ndarray
    factors: np.ndarray
    turned: np.ndarray

    @property
    def mean(self) -> float:
        """The mean eigenvalue of G."""
        return float(self.diagonal.mean())

    def at(self, strength: float) -> np.ndarray:
        """θ for λ = strength times the mean eigenvalue, shape (p, c).

        Args:
            strength: positive.
        """
        from scipy.linalg import solve_banded

        if not is_real(strength) or not strength > 0:
            raise InputError(f"the strength is {strength}; write a positive number")
        bands = np.zeros((3, len(self.diagonal)))
        bands[0, 1:], bands[1], bands[2, :-1] = self.beside, self.diagonal + strength * self.mean, self.beside
        return _turned(self.reflectors, self.factors, solve_banded((1, 1), bands, self.turned), "N")


def ridge_path(gram: np.ndarray, right: np.ndarray) -> RidgePath:
    """Ridge regression for all strengths at once.

    Args:
        gram: G, symmetric and positive semidefinite, shape (p, p): ΦΦᵀ (then b = y, and predictions are Φ'Φᵀθ), or ΦᵀΦ (then
            b = Φᵀy, and predictions are Φ'θ), whichever is smaller.
        right: b, shape (p,) or (p, c).

    Raises:
        InputError: shapes that do not fit, a zero matrix, one that is not symmetric, or one with a negative eigenvalue.

    >>> path = ridge_path(np.diag([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> path.at(0.5).ravel().tolist()
    [0.5, 0.25]
    """
    from scipy.linalg import eigvalsh_tridiagonal, lapack

    g = matrix("the Gram matrix", gram)
    b = finite_array("the right-hand side", right)
    b = b.reshape(len(b), -1) if b.ndim in (1, 2) and b.size else b[None, None]
    if g.shape[0] != g.shape[1] or len(b) != len(g):
        raise InputError(f"the Gram matrix has shape {g.shape} and the right-hand side {len(b)} rows; write p × p and p")
    if not float(np.abs(g - g.T).max()) <= 1e-5 * float(np.abs(g).max()):  # single precision leaves that much
        raise InputError("the Gram matrix is not symmetric; write ΦΦᵀ or ΦᵀΦ")
    size = len(g)
    reflectors, diagonal, beside, factors, _ = lapack.dsytrd(np.asarray(g, dtype=float), lower=1, lwork=_BLOCK * size)
    low, high = (float(eigvalsh_tridiagonal(diagonal, beside, select="i", select_range=(i, i))[0]) for i in (0, size - 1))
    if high <= 0 or low < -1e-8 * high:
        raise InputError(f"the Gram matrix has eigenvalues from {low:.3g} to {high:.3g}; write a positive semidefinite one")
    return RidgePath(diagonal, beside, reflectors, factors, _turned(reflectors, factors, b, "T"))


def _turned(reflectors: np.ndarray, factors: np.ndarray, columns: np.ndarray, how: str) -> np.ndarray:
    """Q ("N") or Qᵀ ("T") times columns; Q leaves the first row alone."""
    from scipy.linalg import lapack

    found = np.array(columns)
    if len(found) > 1:
        found[1:], _, _ = lapack.dormqr("L", how, reflectors[1:, :-1], factors, columns[1:], _BLOCK * columns.shape[1])
    return found


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
        InputError: shapes that do not fit, numbers that are not finite, or out of range.
        Undecided: the steps did not suffice; the message tells what is left.

    >>> x = np.array([[1.0, 2.0], [3.0, 1.0]])
    >>> least_squares(np.ones((2, 1)), x, x @ [2.0, -1.0]).round(12).tolist()
    [[2.0, -1.0]]
    """
    from scipy.sparse.linalg import LinearOperator, lsqr

    a, x, y = matrix("gates", gates), matrix("inputs", inputs), finite_array("labels", labels)
    if y.ndim != 1:
        raise InputError(f"labels has shape {y.shape}; write one number for each input, shape ({len(x)},)")
    if not len(a) == len(x) == len(y):
        raise InputError(f"there are {len(a)} rows of gates, {len(x)} inputs and {len(y)} labels; write as many of each")
    if not is_real(damp) or damp < 0:
        raise InputError(f"damp={damp}; write a number, 0 or more")
    n, m, d = len(x), a.shape[1], x.shape[1]

    def times(flat: Any) -> np.ndarray:
        return np.einsum("nk,nk->n", a, x @ flat.reshape(m, d).T)

    def transposed(values: Any) -> np.ndarray:
        return ((a * values.reshape(-1, 1)).T @ x).ravel()

    operator = LinearOperator((n, m * d), matvec=times, rmatvec=transposed, dtype=float)
    most = 10 * min(n, m * d) if steps is None else require_whole("steps", steps, 1)
    found = lsqr(operator, y, damp=damp, atol=1e-12, btol=1e-12, conlim=0, iter_lim=most)
    if found[1] == 7:
        raise Undecided(f"LSQR has taken {most} steps and the gradient is still {found[7]:.3g}; allow more steps, or damp > 0")
    return found[0].reshape(m, d)
