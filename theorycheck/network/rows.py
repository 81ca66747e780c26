"""Checks on the weight matrices of networks: shapes, numbers, rows of length one, independent rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.sampling import uniform_points

#: How far from 1 the length of a unit row may be: what float32 leaves after a normalisation, with room to spare.
UNIT_TOLERANCE = 1e-5


def matrix(name: str, value: Any, columns: int | None = None) -> np.ndarray:
    """A matrix of finite numbers with at least one row.

    Args:
        name: what to call it in messages.
        value: array-like, shape (m, d).
        columns: the d that it must have.

    Raises:
        InputError: another shape, complex entries, or an entry that is not finite (the message names the first).

    >>> matrix("rows", [[1, 0], [0, 2]]).shape
    (2, 2)
    """
    found = _numbers(name, value)
    if found.ndim != 2 or 0 in found.shape:
        raise InputError(f"{name} has shape {found.shape}; write a matrix with one row for each unit, shape (m, d)")
    if columns is not None and found.shape[1] != columns:
        raise InputError(f"{name} has {found.shape[1]} columns; write {columns}, the dimension of the inputs")
    return found


def float_matrix(name: str, value: Any, columns: int | None = None) -> np.ndarray:
    """As `matrix`, in double precision."""
    return matrix(name, value, columns).astype(float, copy=False)


def vector(name: str, value: Any, length: int) -> np.ndarray:
    """A vector of finite numbers.

    Args:
        name: what to call it in messages.
        value: array-like, shape (length,).
        length: the number of entries that it must have.

    Raises:
        InputError: another shape, complex entries, or an entry that is not finite.
    """
    found = _numbers(name, value)
    if found.shape != (length,):
        raise InputError(f"{name} has shape {found.shape}; write {length} numbers, shape ({length},)")
    return found


def require_unit(name: str, rows: np.ndarray) -> None:
    """Check that every row has length 1, up to `UNIT_TOLERANCE`.

    Args:
        name: what to call the matrix in messages.
        rows: shape (m, d).

    Raises:
        InputError: a row has another length; the message names the worst one and its length.

    >>> require_unit("rows", np.array([[0.6, 0.8], [0.0, 1.5]]))
    Traceback (most recent call last):
    theorycheck.errors.InputError: row 1 of rows has length 1.5, off by 0.5; divide each row by its length
    """
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(rows, axis=1)
    worst = int(np.argmax(np.abs(lengths - 1)))
    gap = abs(float(lengths[worst]) - 1)
    if gap > UNIT_TOLERANCE:
        raise InputError(f"row {worst} of {name} has length {lengths[worst]:.7g}, off by {gap:.3g}; divide each row by its length")


def require_independent(name: str, rows: np.ndarray) -> None:
    """Check that the rows are linearly independent, as statements about recovering them need.

    Args:
        name: what to call the matrix in messages.
        rows: shape (m, d).

    Raises:
        InputError: there are more rows than columns, or the smallest singular value is 0 up to rounding.

    >>> require_independent("rows", np.ones((3, 2)))
    Traceback (most recent call last):
    theorycheck.errors.InputError: rows has 3 rows in dimension 2, which cannot be independent; write at most 2
    """
    count, dimension = rows.shape
    if count > dimension:
        raise InputError(f"{name} has {count} rows in dimension {dimension}, which cannot be independent; write at most {dimension}")
    values = np.linalg.svd(rows, compute_uv=False)
    if values[-1] <= 1e-12 * values[0]:
        raise InputError(f"the rows of {name} are linearly dependent: singular values from {values[0]:.3g} to {values[-1]:.3g}")


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """The rows divided by their lengths: the projection of gradient descent on the product of spheres.

    Args:
        rows: shape (m, d); the type of the numbers is kept.

    Raises:
        InputError: a row is zero.

    >>> unit_rows(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    with np.errstate(over="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if not (lengths.all() and np.isfinite(lengths).all()):  # a row is zero, or its squares underflow or overflow
        largest = np.abs(rows).max(axis=1, initial=0)
        if not largest.all():
            raise InputError(f"row {int(np.argmin(largest))} is zero and has no direction; write a row that is not zero")
        rows = rows / largest[:, None]
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return rows / lengths[:, None]


def random_unit_rows(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    """Independent rows, uniform on the unit sphere.

    Args:
        rng: a NumPy generator.
        count: m.
        dimension: d.

    Returns:
        Shape (m, d).

    >>> np.linalg.norm(random_unit_rows(np.random.default_rng(0), 3, 5), axis=1).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    return uniform_points(rng, count, dimension)


def _numbers(name: str, value: Any) -> np.ndarray:
    try:
        if value is None:  # to NumPy a NaN
            raise TypeError
        found = np.asarray(value)
        if found.dtype.kind != "c":
            found = found if found.dtype in (np.float32, np.float64) else found.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} is not an array of numbers; write rows of equal length") from None
    if found.dtype.kind == "c":  # NumPy would drop the imaginary parts with a warning
        raise InputError(f"{name} has complex entries; write real numbers, for example the real part")
    if not np.isfinite(found).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise InputError(f"{name} has {found[place]} at {list(place)}; write finite numbers")
    return found
