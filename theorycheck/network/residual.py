"""Shallow residual networks f(X) = s(X(W + I))v, s = ReLU, W square, v = ±1: outputs, linearisation B(W), loss and gradient.

ReLU is linear between its kinks, so f(X) = B(W) vec(W + I) with B(W) = [v_1 P_1 X … v_d P_d X], P_q the gates of unit q. B is an
operator on d × d matrices here: one product with it costs one product with X.
Source: Jagatap & Hegde, Linearly convergent algorithms for learning shallow residual networks, ISIT 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.rows import matrix, vector

#: Rows that are worked on at a time: what fits into a cache with the products made of it, and how many numbers of B then.
_ROWS, _DENSE_NUMBERS = 256, 200_000
#: The largest d² for which the singular values of B are computed.
_LARGEST = 64**2


@dataclass(frozen=True)
class Linearisation:
    """B(W) as an operator from d × d matrices to outputs, without its n·d² numbers.

    Args:
        inputs: X, shape (n, d).
        gates: 1{X(W + I) > 0} times v, entries 0 and ±1, shape (n, d).
    """

    inputs: np.ndarray
    gates: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d²)."""
        return len(self.inputs), self.inputs.shape[1] ** 2

    def times(self, weights: np.ndarray) -> np.ndarray:
        """B vec(U).

        Args:
            weights: U, shape (d, d), column q for unit q.

        Returns:
            Shape (n,).
        """
        found = np.empty(len(self.inputs))
        for rows in self._chunks():
            found[rows] = np.einsum("ij,ij->i", self.inputs[rows] @ weights, self.gates[rows])
        return found

    def transposed(self, values: np.ndarray) -> np.ndarray:
        """The d × d matrix whose vec is Bᵀr.

        Args:
            values: r, shape (n,).

        Returns:
            Shape (d, d).
        """
        found = np.zeros((self.inputs.shape[1],) * 2)
        for rows in self._chunks():
            found += self.inputs[rows].T @ (self.gates[rows] * values[rows, None])
        return found

    def gram_times(self, weights: np.ndarray) -> np.ndarray:
        """The d × d matrix whose vec is BᵀB vec(U), in one pass over the inputs.

        Args:
            weights: U, shape (d, d).
        """
        found = np.zeros(weights.shape)
        space = np.empty((min(_ROWS, len(self.inputs)), weights.shape[1]))  # one for all blocks: it stays in the cache
        for rows in self._chunks():
            x, g = self.inputs[rows], self.gates[rows]
            products = np.matmul(x, weights, out=space[: len(x)])
            outputs = np.einsum("ij,ij->i", products, g)
            np.multiply(g, outputs[:, None], out=products)
            found += x.T @ products
        return found

    def gram(self) -> np.ndarray:
        """BᵀB, shape (d², d²), streamed over blocks of rows: symmetric rank-k updates, so half the operations of a product."""
        from scipy.linalg.blas import dsyrk

        size = self.shape[1]
        found = np.zeros((size, size), order="F")
        for block in self.blocks():
            found = dsyrk(1.0, block.T, beta=1.0, c=found, overwrite_c=1)
        np.copyto(found, found.T, where=np.tri(size, k=-1, dtype=bool))  # the update fills the upper half
        return found

    def outer_gram(self) -> np.ndarray:
        """BBᵀ, shape (n, n): the entrywise product of XXᵀ and the gates' Gram matrix."""
        return (self.inputs @ self.inputs.T) * (self.gates @ self.gates.T)

    def singular_values(self) -> tuple[float, float]:
        """The least and the largest singular value of B/√n, from the eigenvalues of its Gram matrix.

        A value below 1e-8 times the largest is rounding; with n < d² the least is 0.

        Raises:
            InputError: d is above 64: the Gram matrix would have more than 16 million numbers.

        >>> tall = linearisation(np.zeros((2, 2)), np.ones(2), np.array([[1.0, 0], [0, 1], [2, 2], [1, -3], [-1, 2], [3, 1]]))
        >>> low, high = tall.singular_values()
        >>> exact = np.linalg.svd(tall.dense() / 6**0.5, compute_uv=False)
        >>> bool(abs(low - exact[-1]) < 1e-12 and abs(high - exact[0]) < 1e-12)
        True
        """
        from scipy.linalg import eigh, eigvalsh

        n, size = self.shape
        if size > _LARGEST:
            raise InputError(f"d = {self.inputs.shape[1]}; the singular values of B are computed for d up to {round(_LARGEST**0.5)}")
        if n < size:
            matrix = self.outer_gram()
            return 0.0, float(np.sqrt(max(0.0, eigh(matrix, eigvals_only=True, subset_by_index=[n - 1, n - 1])[0]) / n))
        values = eigvalsh(self.gram(), overwrite_a=True, check_finite=False)
        return float(np.sqrt(max(0.0, values[0]) / n)), float(np.sqrt(max(0.0, values[-1]) / n))

    def dense(self) -> np.ndarray:
        """B itself, shape (n, d²); the columns stand in the order of vec, that is, those of unit 1 first."""
        return np.concatenate(list(self.blocks()))

    def blocks(self) -> Iterator[np.ndarray]:
        """B in blocks of rows, each of at most 200 000 numbers (but at least one row)."""
        size = self.shape[1]
        for rows in self._chunks(max(1, _DENSE_NUMBERS // size)):
            yield (self.gates[rows, :, None] * self.inputs[rows, None, :]).reshape(-1, size)

    def _chunks(self, length: int = _ROWS) -> Iterator[slice]:
        for start in range(0, len(self.inputs), length):
            yield slice(start, start + length)


def vec(weights: np.ndarray) -> np.ndarray:
    """The columns of a matrix one below the other, shape (d²,).

    >>> vec(np.array([[1, 3], [2, 4]])).tolist()
    [1, 2, 3, 4]
    """
    return weights.T.ravel()


def unvec(values: np.ndarray) -> np.ndarray:
    """The square matrix whose vec is given.

    Args:
        values: shape (d²,).

    >>> unvec(np.array([1, 2, 3, 4])).tolist()
    [[1, 3], [2, 4]]
    """
    d = round(len(values) ** 0.5)
    return values.reshape(d, d).T


def linearisation(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray) -> Linearisation:
    """B(W), the linearisation of the network at W; a gate at exactly 0 is closed.

    Args:
        weights: W, shape (d, d).
        signs: v, entries ±1, shape (d,).
        inputs: X, shape (n, d).

    Raises:
        InputError: W is not square, another v, shapes that do not fit, or entries that are not finite.

    >>> features = linearisation(np.zeros((2, 2)), np.array([1, -1]), np.array([[1.0, 2.0], [-3.0, 1.0]]))
    >>> features.times(np.eye(2)).tolist(), features.dense().tolist()
    ([-1.0, -1.0], [[1.0, 2.0, -1.0, -2.0], [-0.0, 0.0, 3.0, -1.0]])
    """
    w, v, x = _checked(weights, signs, inputs)
    return Linearisation(x, ((x @ w + x) > 0) * v)


def residual_outputs(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The outputs s(X(W + I))v.

    Args:
        weights: W, shape (d, d); for a network without the identity pass W − I.
        signs: v, entries ±1, shape (d,).
        inputs: X, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        InputError: as `linearisation`.

    >>> residual_outputs(np.zeros((2, 2)), np.array([1, -1]), np.array([[1.0, 2.0], [-3.0, 1.0]])).tolist()
    [-1.0, -1.0]
    """
    w, v, x = _checked(weights, signs, inputs)
    return np.maximum(x @ w + x, 0) @ v


def residual_loss(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss (1/2n) ‖f(X) − y‖² and its gradient −(1/n) Bᵀ(y − B vec(W + I)).

    Args:
        weights: W, shape (d, d).
        signs: v, entries ±1, shape (d,).
        inputs: X, shape (n, d).
        labels: y, shape (n,).

    Returns:
        The loss, and the gradient with respect to W, shape (d, d).

    Raises:
        InputError: as `linearisation`.

    >>> value, gradient = residual_loss(np.zeros((1, 1)), np.array([1]), np.array([[2.0], [-1.0]]), np.array([1.0, 0.0]))
    >>> value, gradient.tolist()
    (0.25, [[1.0]])
    """
    w, v, x = _checked(weights, signs, inputs)
    return value_and_gradient(w, v, x, vector("labels", labels, len(x)))


def value_and_gradient(w: np.ndarray, v: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """As `residual_loss`, for arguments that were checked before: what a loop over many steps calls."""
    before = x @ w
    before += x
    gates = before > 0
    before *= gates
    residual = before @ v
    residual -= y
    np.multiply(gates, v, out=before)
    before *= residual[:, None]
    return float(residual @ residual) / (2 * len(x)), x.T @ before / len(x)


def _checked(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    w = matrix("W", weights).astype(float, copy=False)
    d, k = w.shape
    if d != k:
        raise InputError(f"W has shape {w.shape}; the identity is added to it, so write as many units as inputs, k = d")
    v = vector("v", signs, d).astype(float, copy=False)
    if (abs(v) != 1).any():
        place = int(np.argmax(abs(v) != 1))
        raise InputError(f"v has {v[place]:g} at {place}; write 1 or −1, and put a length into the column of W + I")
    x = matrix("inputs", inputs, d).astype(float, copy=False)
    return w, v, x
