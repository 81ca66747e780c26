"""Shallow residual networks f(X) = s(X(W + I))v, s = ReLU, W square, v = ±1: outputs, linearisation B(W), loss and gradient.

ReLU is linear between its kinks, so f(X) = B(W) vec(W + I) with B(W) = [v_1 P_1 X … v_d P_d X], P_q the gates of unit q. B is an
operator on d × d matrices here: one product with it costs one product with X.
Source: Jagatap & Hegde, Linearly convergent algorithms for learning shallow residual networks, ISIT 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.linearisation import Linearisation, unvec, vec
from theorycheck.network.rows import float_matrix, vector

__all__ = [
    "Linearisation",
    "linearisation",
    "require_signs",
    "residual_loss",
    "residual_outputs",
    "square",
    "unvec",
    "value_and_gradient",
    "vec",
]


def linearisation(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray) -> Linearisation:
    """B(W), the linearisation of the network at W; a gate at exactly 0 is closed.

    Args:
        weights: W, shape (d, d).
        signs: v, entries ±1, shape (d,).
        inputs: X, shape (n, d).

    Raises:
        InputError: W is not square, another v, shapes that do not fit, entries that are not finite, or X(W + I) that overflows.

    >>> features = linearisation(np.zeros((2, 2)), np.array([1, -1]), np.array([[1.0, 2.0], [-3.0, 1.0]]))
    >>> features.times(np.eye(2)).tolist(), features.dense().tolist()
    ([-1.0, -1.0], [[1.0, 2.0, -1.0, -2.0], [-0.0, 0.0, 3.0, -1.0]])
    """
    w, v, x = _checked(weights, signs, inputs)
    return Linearisation(x, (_heights(w, x) > 0) * v)


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
    return np.asarray(_finite(np.maximum(_heights(w, x), 0) @ v))


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
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
        value, gradient = value_and_gradient(w, v, x, vector("labels", labels, len(x)))
    return float(_finite(np.array(value))), _finite(gradient)


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


def square(name: str, weights: Any) -> np.ndarray:
    """The weights of a residual network in double precision.

    Raises:
        InputError: no square matrix of finite numbers.
    """
    w = float_matrix(name, weights)
    if w.shape[0] != w.shape[1]:
        raise InputError(f"{name} has shape {w.shape}; the identity is added to it, so write as many units as inputs, k = d")
    return w


def require_signs(signs: Any, length: int) -> np.ndarray:
    """v in double precision.

    Raises:
        InputError: another length, or an entry that is not ±1.
    """
    v = vector("v", signs, length).astype(float, copy=False)
    if (abs(v) != 1).any():
        place = int(np.argmax(abs(v) != 1))
        raise InputError(f"v has {v[place]:g} at {place}; write 1 or −1, and put a length into the column of W + I")
    return v


def _checked(weights: np.ndarray, signs: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    w = square("W", weights)
    return w, require_signs(signs, len(w)), float_matrix("inputs", inputs, len(w))


def _heights(w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """X(W + I)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _finite(x @ w + x)


def _finite(found: np.ndarray) -> np.ndarray:
    if not np.isfinite(found).all():
        raise InputError("the network overflows at these weights and inputs; divide the inputs and the labels by their size")
    return found
