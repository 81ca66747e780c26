"""Points on the unit sphere: uniform ones, and the check that given ones lie on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.harmonics import require_dimension

#: How far from 1 a length may be: what float32 leaves after a normalisation, with room to spare.
TOLERANCE = 1e-5


def uniform_points(rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
    """Independent uniform points of S^(d−1), as directions of Gaussian vectors.

    Args:
        rng: a generator.
        count: how many points, at least 1.
        dim: d >= 2.
    Returns:
        Shape (count, dim), rows of length 1 up to rounding.

    >>> points = uniform_points(np.random.default_rng(0), 4, 3)
    >>> points.shape, bool(np.allclose((points**2).sum(axis=1), 1))
    ((4, 3), True)
    """
    dim = require_dimension(dim)
    if count < 1:
        raise InputError(f"{count} points were asked for; write a positive number")
    points = rng.standard_normal((count, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def normalised(points: Any) -> np.ndarray:
    """The points divided by their lengths.

    Raises:
        InputError: no matrix of finite numbers, or a row is zero.

    >>> normalised([[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    rows = _matrix(points)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise InputError(f"point {int(np.argmin(lengths))} is zero and has no direction; leave it out")
    return rows / lengths


def require_on_sphere(points: Any) -> np.ndarray:
    """The points as an array of floats.

    Args:
        points: array-like, shape (n, d), d >= 2.

    Raises:
        InputError: another shape, an entry that is not finite, or a length that is not 1 (by how much, and what to do).

    >>> require_on_sphere([[1, 0], [0, 2]])
    Traceback (most recent call last):
    theorycheck.errors.InputError: point 1 is off the unit sphere: its length is 2; divide each point by its length, as \
theorycheck.sphere.sampling.normalised does
    """
    rows = _matrix(points)
    lengths = np.linalg.norm(rows, axis=1)
    worst = int(np.argmax(np.abs(lengths - 1)))
    if abs(lengths[worst] - 1) > TOLERANCE:
        raise InputError(
            f"point {worst} is off the unit sphere: its length is {lengths[worst]:.7g}; divide each point by its length, "
            "as theorycheck.sphere.sampling.normalised does"
        )
    return rows


def _matrix(points: Any) -> np.ndarray:
    try:
        rows = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("the points are no array of numbers; write one row for each point, shape (n, d)") from None
    if rows.ndim != 2 or rows.shape[0] == 0:
        raise InputError(f"the points have shape {rows.shape}; write one row for each point, shape (n, d)")
    require_dimension(rows.shape[1])
    if not np.isfinite(rows).all():
        raise InputError(f"point {int(np.argmin(np.isfinite(rows).all(axis=1)))} has an entry that is not finite; leave it out")
    return rows
