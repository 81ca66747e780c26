"""The objective G(B) of landscape design, from the true network or from a tensor of fourth order that samples give.

G(B) = Σ_i a_i Σ_{j≠k} ⟨b_i*, b_j⟩² ⟨b_i*, b_k⟩² − μ Σ_{i,j} a_i ⟨b_i*, b_j⟩⁴. With P_ji = ⟨b_i*, b_j⟩² and S = Σ_j P_j this is
Σ_i a_i (S_i² − (1 + μ) Σ_j P_ji²), and for T = Σ_i a_i b_i*⊗b_i*⊗b_i*⊗b_i* it is
Σ_jk T[b_j, b_j, b_k, b_k] − (1 + μ) Σ_j T[b_j, b_j, b_j, b_j]: linear in T, so that an estimate of T, made once, estimates G and its
gradient everywhere.
"""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.rows import float_matrix, vector
from theorycheck.tensor.moments import numbers, require_finite_tensor

#: How far from symmetric a tensor may be, relative to its largest entry: what float32 leaves, with room to spare.
SYMMETRY_TOLERANCE = 1e-6


def landscape_objective(rows: Any, truth: Any, weights: Any, mu: float) -> tuple[float, np.ndarray]:
    """G and its gradient for a known network (Ge, Lee & Ma, arXiv 1711.00501, section 2.2, without their constants).

    Args:
        rows: B, shape (n, d), of any lengths.
        truth: B*, shape (m, d).
        weights: a*, shape (m,).
        mu: the weight of the term that breaks ties.

    Returns:
        G(B) and ∂G/∂B, shape (n, d).

    Raises:
        InputError: shapes that do not fit, numbers that are not finite, or a value that overflows.

    >>> value, gradient = landscape_objective(np.eye(3), np.eye(3), np.ones(3), 0.5)
    >>> value, gradient[0].tolist()
    (-1.5, [-2.0, 0.0, 0.0])
    """
    b, t = float_matrix("rows", rows), float_matrix("truth", truth)
    a = vector("weights", weights, max(1, np.size(weights))).astype(float, copy=False)
    if b.shape[1] != t.shape[1] or len(a) != len(t):
        raise InputError(
            f"rows have shape {b.shape}, truth {t.shape} and weights {a.shape}; write (n, d), (m, d) and (m,) with the same d and m"
        )
    mu = _weight(mu)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is seen at the end
        products = b @ t.T
        squares = products**2
        totals = squares.sum(axis=0)
        value = float(a @ (totals**2 - (1 + mu) * (squares**2).sum(axis=0)))
        return _within_range(value, 4 * (products * (a * (totals - (1 + mu) * squares))) @ t, b)


def landscape_objective_of_tensor(rows: Any, tensor: Any, mu: float) -> tuple[float, np.ndarray]:
    """G and its gradient when only the tensor T = Σ a_i b_i*⊗b_i*⊗b_i*⊗b_i*, or an estimate of it, is known.

    Args:
        rows: B, shape (n, d).
        tensor: T, symmetric, shape (d, d, d, d); see `theorycheck.network.network_tensor`.
        mu: the weight of the term that breaks ties.

    Returns:
        G(B) and ∂G/∂B, shape (n, d); two matrix products with T unfolded to d² × d².

    Raises:
        InputError: shapes that do not fit, numbers that are not finite, a tensor that is not symmetric (up to `SYMMETRY_TOLERANCE`: the
            gradient is that of a symmetric one), or a value that overflows.

    >>> truth, weights = np.array([[0.6, 0.8], [-0.8, 0.6]]), np.array([1.0, 2.0])
    >>> tensor = np.einsum("i,ia,ib,ic,id->abcd", weights, truth, truth, truth, truth)
    >>> rows = np.array([[1.0, 0.0], [0.8, 0.6]])
    >>> known, estimated = landscape_objective(rows, truth, weights, 0.3), landscape_objective_of_tensor(rows, tensor, 0.3)
    >>> bool(np.isclose(known[0], estimated[0])), bool(np.allclose(known[1], estimated[1]))
    (True, True)
    """
    b, fourth, mu = float_matrix("rows", rows), numbers("tensor", tensor), _weight(mu)
    n, d = b.shape
    if fourth.shape != (d, d, d, d):
        raise InputError(f"rows have shape {b.shape} and the tensor {fourth.shape}; write a tensor of shape {(d, d, d, d)}")
    require_finite_tensor(fourth)
    _require_symmetric(fourth)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is seen at the end
        pairs = np.einsum("ja,jb->jab", b, b).reshape(n, d * d)
        contracted = pairs @ fourth.reshape(d * d, d * d)
        weighted = contracted.sum(axis=0) - (1 + mu) * contracted  # of each row: Σ_k T[·, ·, b_k, b_k] − (1 + μ) T[·, ·, b_j, b_j]
        return _within_range(float((weighted * pairs).sum()), 4 * np.einsum("jab,jb->ja", weighted.reshape(n, d, d), b), b)


def match_rows(rows: Any, truth: Any) -> tuple[float, np.ndarray]:
    """The distance of B to B* when rows may be permuted and change sign.

    Args:
        rows: B, shape (n, d).
        truth: B*, of the same shape.

    Returns:
        The least Frobenius distance to signed permutations of B*, and for each row of B* the row of B that was matched with it.

    Raises:
        InputError: the shapes differ, or numbers are not finite.

    >>> distance, order = match_rows([[0.0, -1.0], [1.0, 0.0]], np.eye(2))
    >>> distance, order.tolist()
    (0.0, [1, 0])
    """
    from scipy.optimize import linear_sum_assignment

    b, t = float_matrix("rows", rows), float_matrix("truth", truth)
    if b.shape != t.shape:
        raise InputError(f"rows have shape {b.shape} and truth {t.shape}; write two matrices of one shape")
    with np.errstate(over="ignore", invalid="ignore"):
        cosines = t @ b.T
    if not np.isfinite(cosines).all():
        raise InputError("the products of rows and truth overflow; divide both by their size")
    truth_order, order = linear_sum_assignment(-abs(cosines))
    signs = np.where(cosines[truth_order, order] < 0, -1.0, 1.0)
    return float(np.linalg.norm(signs[:, None] * b[order] - t)), order


def _weight(mu: Any) -> float:
    try:
        if not isinstance(mu, bool) and isinstance(mu, Real) and isfinite(value := float(mu)):
            return value
    except OverflowError:  # an integer beyond floats
        pass
    raise InputError(f"mu={str(mu)[:40] if isinstance(mu, int) else repr(mu)}; write a finite number, for example 0.5")


def _require_symmetric(tensor: np.ndarray) -> None:
    """The exchanges of neighbouring places generate every permutation; each runs along the memory as far as it can."""
    allowed = SYMMETRY_TOLERANCE * max(float(tensor.max()), -float(tensor.min()))
    gaps = np.empty(tensor.shape)
    for order in ((1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2)):
        with np.errstate(over="ignore"):
            np.subtract(tensor, tensor.transpose(order), out=gaps)
        if not -float(gaps.min()) <= allowed:  # every gap stands there with both signs
            place = tuple(int(i) for i in np.unravel_index(int(gaps.argmin()), gaps.shape))
            other = tuple(place[order.index(i)] for i in range(4))
            raise InputError(
                f"the tensor is not symmetric: its entries {tensor[place]:.6g} at {place} and {tensor[other]:.6g} at {other} differ by "
                f"{-float(gaps.min()):.3g}; write the mean over the orders of its four places"
            )


def _within_range(value: float, gradient: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
    if not (isfinite(value) and np.isfinite(gradient).all()):
        place = int(np.argmax(np.abs(rows).max(axis=1)))
        raise InputError(
            f"the objective overflows: row {place} of rows has entries up to {np.abs(rows[place]).max():.3g} (or the network is as large); "
            "divide by their size"
        )
    return value, gradient
