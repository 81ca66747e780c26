"""The tensor T = Σ a_j b_j⊗b_j⊗b_j⊗b_j of a network, estimated from samples of its output.

E[y He₄(x)] = √24 σ̂₄ T, where He₄(x) = x⊗x⊗x⊗x − 6 sym(x⊗x⊗I) + 3 sym(I⊗I). The leading part is one product of a matrix of
d(d + 1)/2 monomials with itself, weighted by y; the others need E[y x xᵀ] and E y only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.landscape_objective import matrix, vector

#: Rows that are multiplied at a time: two blocks of monomials stay in the cache.
_CHUNK = 4096


def fourth_moment_tensor(batches: Iterable[tuple[Any, Any]], coefficient: float) -> np.ndarray:
    """Estimate T = Σ a_j b_j^⊗4 by the mean of y He₄(x)/(√24 σ̂₄), streaming.

    Args:
        batches: pairs x, y of shapes (n, d) and (n,), x ~ N(0, I), y = Σ a_j σ(⟨b_j, x⟩) + noise with unit b_j.
        coefficient: σ̂₄ = E[σ(z) He₄(z)]/√24.

    Returns:
        A symmetric tensor of shape (d, d, d, d); unbiased.

    Raises:
        InputError: σ̂₄ is 0, no sample, shapes that do not fit, or numbers that are not finite.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((200_000, 2))
    >>> z = x[:, 0]
    >>> fourth = fourth_moment_tensor([(x, z**4 - 6 * z**2 + 3)], sqrt(24.0))  # σ = He₄, so T = e₁⊗e₁⊗e₁⊗e₁
    >>> bool(abs(fourth[0, 0, 0, 0] - 1) < 0.1), bool(abs(fourth[0, 0, 1, 1]) < 0.1)
    (True, True)
    """
    if not np.isfinite(coefficient) or coefficient == 0:
        raise InputError(f"the fourth Hermite coefficient is {coefficient}; T is seen only by activations with σ̂₄ ≠ 0")
    total, dimension = 0, 0
    zeroth, second, leading = 0.0, np.zeros(0), np.zeros(0)
    for x, y in _checked(batches):
        if not total:
            dimension = x.shape[1]
            left, right = np.triu_indices(dimension)
            second, leading = np.zeros((dimension, dimension)), np.zeros((len(left), len(left)))
        if x.shape[1] != dimension:
            raise InputError(f"a batch has dimension {x.shape[1]} after batches of dimension {dimension}; write one dimension")
        total += len(y)
        zeroth += float(y.sum())
        second += x.T @ (y[:, None] * x)
        for start in range(0, len(y), _CHUNK):
            part = x[start : start + _CHUNK]
            monomials = part[:, left] * part[:, right]
            leading += monomials.T @ (y[start : start + _CHUNK, None] * monomials)
    if not total:
        raise InputError("there are no samples; write at least one batch")
    unfolded = np.zeros((dimension, dimension), dtype=int)
    unfolded[left, right] = unfolded[right, left] = np.arange(len(left))
    lower = 6 * _symmetrised(second / total) - 3 * zeroth / total * _symmetrised(np.eye(dimension))
    fourth = (leading / total)[unfolded[:, :, None, None], unfolded[None, None]] - lower
    return np.asarray(fourth / (sqrt(24) * coefficient))


def second_moment_matrix(batches: Iterable[tuple[Any, Any]], coefficient: float) -> np.ndarray:
    """Estimate M = Σ a_j b_j b_jᵀ by the mean of y (x xᵀ − I)/(√2 σ̂₂), which whitening needs.

    Args:
        batches: as in `fourth_moment_tensor`.
        coefficient: σ̂₂ = E[σ(z) He₂(z)]/√2.

    Returns:
        A symmetric matrix of shape (d, d); unbiased.

    Raises:
        InputError: σ̂₂ is 0, no sample, shapes that do not fit, or numbers that are not finite.

    >>> x = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> second_moment_matrix([(x, [1.0, 3.0])], 1 / sqrt(2)).tolist()
    [[-1.5, 0.0], [0.0, 4.0]]
    """
    if not np.isfinite(coefficient) or coefficient == 0:
        raise InputError(f"the second Hermite coefficient is {coefficient}; M is seen only by activations with σ̂₂ ≠ 0")
    total, sums = 0, np.zeros(0)
    for x, y in _checked(batches):
        added = x.T @ (y[:, None] * x) - y.sum() * np.eye(x.shape[1])
        if total and added.shape != sums.shape:
            raise InputError(f"a batch has dimension {x.shape[1]} after batches of dimension {len(sums)}; write one dimension")
        sums = sums + added if total else added
        total += len(y)
    if not total:
        raise InputError("there are no samples; write at least one batch")
    return np.asarray(sums / (total * sqrt(2) * coefficient))


def without_low_degrees(x: Any, y: Any) -> np.ndarray:
    """The labels less their least-squares fit by polynomials of degree 2: E[y He₄(x)] stays, its variance falls.

    Args:
        x: shape (n, d).
        y: shape (n,).

    Returns:
        The residuals, shape (n,). The bias of the estimate of T is O(1/n), its standard error O(1/√n).

    Raises:
        InputError: shapes that do not fit, or fewer samples than (d + 1)(d + 2)/2 coefficients.

    >>> x = np.random.default_rng(0).standard_normal((50, 2))
    >>> bool(abs(without_low_degrees(x, 1 + x[:, 0] * x[:, 1])).max() < 1e-12)
    True
    """
    ((inputs, labels),) = _checked([(x, y)])
    left, right = np.triu_indices(inputs.shape[1])
    size = 1 + inputs.shape[1] + len(left)
    if len(labels) < size:
        raise InputError(f"{len(labels)} samples do not determine {size} coefficients; write at least {size}")
    features = np.column_stack([np.ones(len(labels)), inputs, inputs[:, left] * inputs[:, right]])
    return np.asarray(labels - features @ np.linalg.solve(features.T @ features, features.T @ labels))


def _checked(batches: Iterable[tuple[Any, Any]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for x, y in batches:
        inputs, labels = matrix(x, "x"), vector(y, "y")
        if len(inputs) != len(labels):
            raise InputError(f"x has {len(inputs)} rows and y {len(labels)} entries; write one label for each input")
        yield inputs, labels


def _symmetrised(second: np.ndarray) -> np.ndarray:
    """The symmetric part of second ⊗ I: the mean over the six ways to choose the two places of `second`."""
    eye = np.eye(len(second))
    places = ("ab,cd->abcd", "ac,bd->abcd", "ad,bc->abcd", "bc,ad->abcd", "bd,ac->abcd", "cd,ab->abcd")
    return np.asarray(sum(np.einsum(place, second, eye) for place in places) / 6)
