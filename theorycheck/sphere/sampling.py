"""Points on the unit sphere: uniform ones, and the check that given ones lie on it."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.harmonics import require_dimension

#: How far from 1 a length may be: what float32 leaves after a normalisation, with room to spare.
TOLERANCE = 1e-5


def require_generator(rng: Any) -> None:
    """Refuse what is no source of random numbers.

    Raises:
        InputError: saying what to write.
    """
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng={rng!r} is no generator; write numpy.random.default_rng(0)")


def uniform_points(rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
    """Independent uniform points of S^(d−1), as directions of Gaussian vectors.

    Args:
        rng: a generator.
        count: how many points, at least 1.
        dim: d >= 2.
    Returns:
        Shape (count, dim), rows of length 1 up to rounding.

    Raises:
        InputError: the number of points or the dimension is out of range.

    >>> points = uniform_points(np.random.default_rng(0), 4, 3)
    >>> points.shape, bool(np.allclose((points**2).sum(axis=1), 1))
    ((4, 3), True)
    """
    dim = require_dimension(dim)
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
        raise InputError(f"{count!r} points were asked for; write a positive number")
    require_generator(rng)
    try:
        points = rng.standard_normal((int(count), dim))
    except (MemoryError, ValueError):
        raise InputError(f"{count} points with {dim} coordinates do not fit into the memory; write fewer") from None
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def normalised(points: Any, name: str = "") -> np.ndarray:
    """The points divided by their lengths, which may overflow or underflow.

    Args:
        points: array-like, shape (n, d), d >= 1.
        name: of the argument, for messages.

    Raises:
        InputError: no matrix of finite numbers, or a row is zero.

    >>> normalised([[3.0, 4.0], [3e-200, 4e-200]]).tolist()
    [[0.6, 0.8], [0.6, 0.8]]
    """
    rows = read_points(points, name)
    largest = np.abs(rows).max(axis=1, keepdims=True)
    if not largest.all():
        raise InputError(f"{_point(name, int(np.argmin(largest)))} is the origin, which has no direction; leave it out")
    rows = rows / largest  # before squaring
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def require_on_sphere(points: Any, name: str = "") -> np.ndarray:
    """The points as an array of floats.

    Args:
        points: array-like, shape (n, d), d >= 2.
        name: of the argument, for messages.

    Raises:
        InputError: another shape, an entry that is not finite, or a length that is not 1 (by how much, and what to do).

    >>> require_on_sphere([[1, 0], [0, 2]])
    Traceback (most recent call last):
    theorycheck.errors.InputError: point 1 is off the unit sphere: its length is 2; divide each point by its length, as \
theorycheck.sphere.sampling.normalised does
    """
    rows = read_points(points, name)
    require_dimension(rows.shape[1])
    lengths = np.linalg.norm(rows, axis=1)
    worst = int(np.argmax(np.abs(lengths - 1)))
    if abs(lengths[worst] - 1) > TOLERANCE:
        raise InputError(
            f"{_point(name, worst)} is off the unit sphere: its length is {lengths[worst]:.7g}; divide each point by its length, "
            "as theorycheck.sphere.sampling.normalised does"
        )
    return rows


def read_points(points: Any, name: str = "") -> np.ndarray:
    """Points as a contiguous array of floats.

    Args:
        points: array-like, shape (n, d), d >= 1.
        name: of the argument, for messages.

    Raises:
        InputError: no array of real numbers, another shape, or a number that is not finite: in which point.

    >>> read_points([[1, 0], [0, 2]], "x").shape
    (2, 2)
    """
    what = f"{name} is" if name else "the points are"
    try:
        rows = np.asarray(points)
        if rows.dtype.kind == "c":  # NumPy would drop the imaginary parts
            raise InputError(f"{what} complex; write real coordinates, for example the real and imaginary parts side by side")
        rows = np.ascontiguousarray(rows, dtype=float) if rows.ndim else rows
    except InputError:
        raise
    except (TypeError, ValueError):
        raise InputError(f"{what} no array of numbers; write points as rows, shape (n, d)") from None
    if rows.ndim != 2 or 0 in rows.shape:
        raise InputError(f"{name + ' has' if name else 'the points have'} shape {rows.shape}; write points as rows, shape (n, d)")
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise InputError(f"{_point(name, int(np.argmin(finite)))} has an entry that is not finite; write finite coordinates")
    return rows


def _point(name: str, row: int) -> str:
    return f"{name}[{row}]" if name else f"point {row}"
