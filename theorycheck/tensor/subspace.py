"""The span of a network's rows from its moments: the k eigenvectors of M_2 of largest absolute eigenvalue, or M_3 unfolded.

M_2 enters only through products M_2 V, each two passes over the samples, so d × d matrices are never formed and the work is linear in
d. With weights of both signs M_2 is indefinite: the iteration is that of M_2², by absolute value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.sampling import require_generator
from theorycheck.tensor.moments import numbers, require_finite, require_finite_tensor, samples

#: Extra directions that are carried along: they show where the noise begins and speed up the iteration.
EXTRA = 4
#: Products with the matrix. The directions wanted converge like gap^(−2·STEPS) and need no more accuracy than the samples have.
STEPS = 12


@dataclass(frozen=True)
class Subspace:
    """A subspace and how clearly it stands out.

    Args:
        basis: orthonormal columns, shape (d, k).
        gap: the k-th over the (k + 1)-st absolute eigenvalue (infinite for k = d).
        source: the moment it comes from, "M_2" or "M_3".
    """

    basis: np.ndarray
    gap: float
    source: str


def leading_subspace(product: Callable[[np.ndarray], np.ndarray], dimension: int, rank: int, rng: np.random.Generator) -> Subspace:
    """The `rank` eigenvectors of largest absolute eigenvalue of a symmetric matrix, by orthogonal iteration.

    Args:
        product: V ↦ M V.
        dimension: d.
        rank: k, at most d.
        rng: draws the start.

    Raises:
        InputError: k > d, or k < 1; a product of another shape, or that is not finite; no generator.

    >>> found = leading_subspace(lambda v: np.diag([1.0, -3.0, 2.0]) @ v, 3, 2, np.random.default_rng(0))
    >>> bool(abs(found.basis[0]).max() < 1e-3), round(found.gap, 6)
    (True, 2.0)
    """
    if isinstance(dimension, bool) or not isinstance(dimension, Integral) or dimension < 1:
        raise InputError(f"dimension={dimension!r}; write a whole number, at least 1")
    require_rank(rank, dimension)
    if not callable(product):
        raise InputError(f"the product is {product!r}; write a function of V, for example lambda v: m @ v")
    require_generator(rng)
    if rank == dimension:
        return Subspace(np.eye(dimension), float("inf"), "M_2")
    basis = np.linalg.qr(rng.standard_normal((dimension, min(dimension, rank + EXTRA))))[0]
    for _ in range(STEPS):
        basis = np.linalg.qr(_image(product, basis))[0]
    image = _image(product, basis)
    values, vectors = np.linalg.eigh((basis.T @ image + image.T @ basis) / 2)
    order = np.argsort(-abs(values))
    sizes = abs(values)[order]
    gap = sizes[rank - 1] / sizes[rank] if sizes[rank] > 0 else float("inf")
    return Subspace(basis @ vectors[:, order[:rank]], float(gap), "M_2")


def _image(product: Callable[[np.ndarray], np.ndarray], basis: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        found = numbers("product with V", product(basis))
    if found.shape != basis.shape:
        raise InputError(f"the product has shape {found.shape} for V of shape {basis.shape}; return one of the same shape")
    if not np.isfinite(found).all():
        raise InputError("the product with the matrix is not finite; divide the matrix, or the samples behind it, by their size")
    return found


def subspace_of_second_moment(inputs: Any, labels: Any, rank: int, rng: np.random.Generator) -> Subspace:
    """The span from M_2 = E[y (xxᵀ − I)], which is never formed.

    Args:
        inputs: shape (n, d).
        labels: shape (n,); without their mean and linear part the noise is least.
        rank: k.
        rng: draws the start.

    Raises:
        InputError: wrong shapes, or k > d; numbers that are not finite, or whose moments overflow.

    >>> x = np.random.default_rng(1).standard_normal((4000, 6))
    >>> found = subspace_of_second_moment(x, x[:, 0]**2 - 1, 1, np.random.default_rng(0))
    >>> bool(abs(found.basis[0, 0]) > 0.99), found.gap > 3
    (True, True)
    """
    x, y = samples(inputs, labels)
    require_finite(x, y)
    mean = y.mean()

    def product(v: np.ndarray) -> np.ndarray:
        return x.T @ ((x @ v) * y[:, None]) / len(y) - mean * v

    return leading_subspace(product, x.shape[1], rank, rng)


def subspace_of_tensor(tensor: Any, rank: int) -> Subspace:
    """The span of a symmetric tensor: left singular vectors of its unfolding, by its d × d Gram matrix.

    Args:
        tensor: shape (d,)·p.
        rank: k.

    Raises:
        InputError: k > d.

    >>> subspace_of_tensor(np.eye(2)[:1, :, None] * np.eye(2)[0], 1).basis.shape
    (1, 1)
    """
    t = numbers("tensor", tensor)
    if t.ndim < 2 or t.size == 0:
        raise InputError(f"the tensor has shape {t.shape}; write shape (d, …, d) with d at least 1")
    require_finite_tensor(t)
    require_rank(rank, len(t))
    unfolded = in_range(t)[0].reshape(len(t), -1)
    values, vectors = np.linalg.eigh(unfolded @ unfolded.T)
    sizes = np.sqrt(np.maximum(values[::-1], 0))
    gap = float("inf")
    if rank < len(t):
        gap = float(sizes[rank - 1] / sizes[rank]) if sizes[rank] > 0 else float("inf")
    return Subspace(vectors[:, ::-1][:, :rank], gap, f"M_{t.ndim}")


def in_range(tensor: np.ndarray) -> tuple[np.ndarray, int]:
    """A finite tensor divided by the power of two 2^e that brings its largest entry to about 1, so that its squares are floats; and e.

    >>> in_range(np.array([3.0, 0.0]))
    (array([0.75, 0.  ]), 2)
    """
    power = int(np.frexp(np.abs(tensor).max())[1])
    return np.ldexp(tensor, -power), power


def require_rank(rank: int, dimension: int) -> None:
    """Refuse a number of components that is no whole number from 1 to the dimension.

    Raises:
        InputError: saying which numbers are possible.
    """
    if isinstance(rank, bool) or not isinstance(rank, Integral) or rank < 1:
        raise InputError(f"{rank!r} components; write a whole number, at least 1")
    if rank > dimension:
        raise InputError(
            f"{rank} components in dimension {dimension}: the method needs linearly independent ones, so at most {dimension}; "
            "give fewer components or more coordinates"
        )
