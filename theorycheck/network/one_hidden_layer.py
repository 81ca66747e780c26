"""Networks with one hidden layer, y = a·s(Wx): outputs, and the gradient of the empirical squared loss, a few matrix products each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation, as_activation
from theorycheck.errors import InputError
from theorycheck.network.rows import matrix, vector

Callables = tuple[Callable[[Any], Any], Callable[[Any], Any]]


@dataclass(frozen=True)
class Loss:
    """A loss and its gradient.

    Args:
        value: of the loss.
        rows: its gradient with respect to W, shape (m, d).
        weights: its gradient with respect to a, shape (m,).
    """

    value: float
    rows: np.ndarray
    weights: np.ndarray


def slopes_at_zero(activation: Activation) -> tuple[float, float] | None:
    """The slopes (left, right) of a function that is linear on each side of 0 and vanishes there, or None for any other.

    >>> slopes_at_zero(Activation("relu")), slopes_at_zero(Activation("abs")), slopes_at_zero(Activation("tanh"))
    ((0.0, 1.0), (-1.0, 1.0), None)
    """
    import sympy

    sides = [piece.expr for piece in activation.pieces]
    if len(sides) > 2 or any(b != 0 for b in activation.breakpoints) or activation.jumps:
        return None
    slopes = []
    for side in sides:
        symbols = sorted(side.free_symbols, key=str)
        slope = sympy.diff(side, symbols[0]) if symbols else sympy.S.Zero
        if slope.free_symbols or (side.subs(symbols[0], 0) if symbols else side) != 0:
            return None
        slopes.append(float(slope))
    return slopes[0], slopes[-1]


def as_callables(activation: Activation | str | Callables) -> Callables:
    """The function and its derivative as two functions of arrays.

    Args:
        activation: an activation, its text, or a pair (s, s') of functions of arrays, which is returned as it is.

    Returns:
        A pair. For ReLU, abs and leaky ReLU it keeps the type of its argument (float32 stays float32); else it computes in float64.

    >>> s, slope = as_callables("relu")
    >>> s(np.array([-2.0, 3.0])).tolist(), slope(np.array([-2.0, 3.0])).tolist()
    ([0.0, 3.0], [0.0, 1.0])
    """
    if isinstance(activation, tuple):
        if len(activation) != 2 or not all(map(callable, activation)):
            raise InputError(f"the activation is {activation!r}; write a pair (s, s') of functions of arrays, or a text")
        return activation
    function = as_activation(activation)
    sides = slopes_at_zero(function)
    if sides is None:
        return function, function.derivative()
    left, right = sides
    if left == 0 and right == 1:  # the commonest, in one pass
        return lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)
    linear, even = (right + left) / 2, (right - left) / 2
    return lambda z: linear * z + even * np.abs(z), lambda z: linear + even * np.sign(z)


def forward(activation: Activation | str | Callables, rows: np.ndarray, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The outputs a·s(Wx) of a network.

    Args:
        activation: s, or the pair (s, s').
        rows: W, one row for each unit, shape (m, d).
        weights: a, shape (m,).
        inputs: one row for each input, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        InputError: shapes that do not fit, or entries or outputs that are not finite.

    >>> forward("relu", np.eye(2), np.array([1.0, -1.0]), np.array([[2.0, 0.5], [-1.0, 1.0]])).tolist()
    [1.5, -1.0]
    """
    w, x = _checked(rows, inputs)
    s, _ = as_callables(activation)
    a = vector("weights", weights, len(w))
    with np.errstate(over="ignore", invalid="ignore"):
        units = np.asarray(s(x @ w.T))
        if units.shape != (len(x), len(w)) or units.dtype.kind not in "fiub":
            raise InputError(f"s gives {units.dtype} of shape {units.shape}; return real numbers of shape {(len(x), len(w))}")
        outputs = np.asarray(units @ a)
    if not np.isfinite(outputs).all():
        raise InputError(f"the output for input {int(np.argmin(np.isfinite(outputs)))} is not finite; divide the inputs or W by their size")
    return outputs


def squared_loss(
    activation: Activation | str | Callables, rows: np.ndarray, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> Loss:
    """The empirical loss (1/n) Σ (a·s(Wx) − y)² and its gradient.

    Args:
        activation: s, or the pair (s, s').
        rows: W, shape (m, d).
        weights: a, shape (m,).
        inputs: shape (n, d).
        labels: y, shape (n,).

    Returns:
        The loss with its gradients; where s has a kink, with the derivative that `activation` gives there.

    Raises:
        InputError: shapes that do not fit, or entries that are not finite.

    >>> loss = squared_loss("relu", np.eye(2), np.ones(2), np.array([[1.0, 2.0], [1.0, -1.0]]), np.array([1.0, 1.0]))
    >>> loss.value, loss.rows.tolist(), loss.weights.tolist()
    (2.0, [[2.0, 4.0], [2.0, 4.0]], [2.0, 4.0])
    """
    w, x = _checked(rows, inputs)
    a, y = vector("weights", weights, len(w)), vector("labels", labels, len(x))
    s, slope = as_callables(activation)
    before = x @ w.T
    after = s(before)
    residual = after @ a - y
    backward = slope(before) * residual[:, None]
    backward *= (2 / len(x)) * a
    return Loss(float(residual @ residual) / len(x), backward.T @ x, (2 / len(x)) * (residual @ after))


def _checked(rows: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    w = matrix("rows", rows)
    return w, matrix("inputs", inputs, w.shape[1])
