"""The linearisation B(W) of a shallow residual network as an operator: its products, Gram matrices and singular values.

B = [v_1 P_1 X … v_d P_d X] has n·d² numbers, P_q the gates of unit q; one product with it costs one product with X.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError

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

    Its methods raise InputError for an argument of another shape, which NumPy would stretch.
    """

    inputs: np.ndarray
    gates: np.ndarray

    def __post_init__(self) -> None:
        if np.ndim(self.inputs) != 2 or np.shape(self.inputs) != np.shape(self.gates):
            raise InputError(f"inputs have shape {np.shape(self.inputs)} and gates {np.shape(self.gates)}; write (n, d) twice")

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
        u = self._square(weights)
        found = np.empty(len(self.inputs))
        for rows in self._chunks():
            found[rows] = np.einsum("ij,ij->i", self.inputs[rows] @ u, self.gates[rows])
        return found

    def transposed(self, values: np.ndarray) -> np.ndarray:
        """The d × d matrix whose vec is Bᵀr.

        Args:
            values: r, shape (n,).

        Returns:
            Shape (d, d).
        """
        r = _of_shape("r", values, (len(self.inputs),))
        found = np.zeros((self.inputs.shape[1],) * 2)
        for rows in self._chunks():
            found += self.inputs[rows].T @ (self.gates[rows] * r[rows, None])
        return found

    def gram_times(self, weights: np.ndarray) -> np.ndarray:
        """The d × d matrix whose vec is BᵀB vec(U), in one pass over the inputs.

        Args:
            weights: U, shape (d, d).
        """
        u = self._square(weights)
        found = np.zeros(u.shape)
        space = np.empty((min(_ROWS, len(self.inputs)), len(u)))  # one for all blocks: it stays in the cache
        for rows in self._chunks():
            x, g = self.inputs[rows], self.gates[rows]
            products = np.matmul(x, u, out=space[: len(x)])
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

        >>> from theorycheck.network.residual import linearisation
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

    def _square(self, weights: np.ndarray) -> np.ndarray:
        return _of_shape("U", weights, (self.inputs.shape[1],) * 2)

    def _chunks(self, length: int = _ROWS) -> Iterator[slice]:
        for start in range(0, len(self.inputs), length):
            yield slice(start, start + length)


def require_linearisation(features: Any) -> None:
    """Refuse what is no linearisation.

    Raises:
        InputError: saying what to write.
    """
    if not isinstance(features, Linearisation):
        raise InputError(f"the features are {type(features).__name__}; write theorycheck.network.residual.linearisation(W, v, X)")


def vec(weights: np.ndarray) -> np.ndarray:
    """The columns of a matrix one below the other, shape (d²,).

    >>> vec(np.array([[1, 3], [2, 4]])).tolist()
    [1, 2, 3, 4]
    """
    return np.asarray(weights).T.ravel()


def unvec(values: np.ndarray) -> np.ndarray:
    """The square matrix whose vec is given.

    Args:
        values: shape (d²,).

    Raises:
        InputError: another shape.

    >>> unvec(np.array([1, 2, 3, 4])).tolist()
    [[1, 3], [2, 4]]
    """
    d = round(np.size(values) ** 0.5)
    return _of_shape("the vector", values, (d * d,)).reshape(d, d).T


def _of_shape(name: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    found = np.asarray(value)
    if found.shape != shape or found.dtype.kind not in "fiub":
        raise InputError(f"{name} is {found.dtype} of shape {found.shape}; write real numbers of shape {shape}")
    return found
