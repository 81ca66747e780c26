"""The angle between the gate vectors of two units, in floats or in balls: without cancellation at any angle."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb

from theorycheck.errors import InputError, Undecided


def angle_between(first: np.ndarray, second: np.ndarray) -> tuple[Any, Any, Any]:
    """The angle of two unit vectors, ‖û + v̂‖ and ‖û − v̂‖.

    Args:
        first, second: û and v̂, floats or balls, shape (d,).

    >>> angle_between(np.array([1.0, 0.0]), np.array([1.0, 1e-12]))[0]
    np.float64(1e-12)
    """
    plus, minus = _length(first + second), _length(first - second)
    return (2 * arb.atan2(minus, plus) if isinstance(plus, arb) else 2 * np.arctan2(minus, plus)), plus, minus


def direction(values: np.ndarray, what: str) -> np.ndarray:
    """A vector divided by its length, which may overflow or underflow.

    Args:
        values: floats or balls, shape (d,).
        what: for messages: what is not to be 0, with its verb.

    Raises:
        InputError: it is 0.
        Undecided: a ball contains 0.

    >>> direction(np.array([3e200, 4e200]), "u is").round(12).tolist()
    [0.6, 0.8]
    """
    if values.dtype != object:
        values = np.ldexp(values.astype(float, copy=False), -np.frexp(abs(values).max())[1])  # exact
    length = _length(values)
    if isinstance(length, arb) and length.contains(0) and not length == 0:
        raise Undecided(f"{what} not known to differ from 0; give it more exactly")
    if length == 0:
        raise InputError(f"{what} 0, so its gate has no direction; write another vector")
    return np.asarray(values / length)


def segment(angle: Any) -> Any:
    """θ − sin θ cos θ = (t − sin t)/2 for t = 2θ, without the cancellation at small angles.

    >>> f"{segment(1e-6):.12e}"
    '6.666666666665e-19'
    """
    twice = 2 * angle
    if isinstance(angle, arb):
        return ((twice - twice.sin()) / 2).nonnegative_part()
    if angle > 0.25:
        return (twice - np.sin(twice)) / 2
    series = 1.0
    for n in (156, 110, 72, 42, 20):  # t³/12 (1 − t²/(4·5) (1 − t²/(6·7) (1 − …)))
        series = 1 - twice**2 / n * series
    return twice**3 / 12 * series


def sine(angle: Any) -> Any:
    """sin θ in the arithmetic of θ."""
    return angle.sin() if isinstance(angle, arb) else np.sin(angle)


def pi_like(angle: Any) -> Any:
    """π in the arithmetic of θ."""
    return arb.pi() if isinstance(angle, arb) else np.pi


def _length(values: np.ndarray) -> Any:
    square = values @ values
    # a square is not negative, whatever its ball says
    return square.nonnegative_part().sqrt() if isinstance(square, arb) else np.sqrt(square)
