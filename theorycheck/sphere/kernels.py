"""Matrices of the arc-cosine kernels and of the two-layer tangent kernel at points of the unit sphere.

A matrix is written tile by tile, its symmetric half once, so that nothing but the result is large. arccos loses the angles near 0 and π:
a true angle of 1e-9 comes out 0. There the angle is found from x ∓ y, and equal or opposite points have the exact value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.arc_cosine import arc_cosine_kernel
from theorycheck.sphere.sampling import normalised, read_points

__all__ = ["KERNELS", "Kernel", "angle_matrix", "arc_cosine_kernel", "gradient_gram", "kernel_matrices", "sphere_points"]

Kernel = Literal["degree 0", "degree 1", "gradient", "tangent"]
KERNELS: tuple[Kernel, ...] = ("degree 0", "degree 1", "gradient", "tangent")

#: How far a length may be from 1, by rounding.
_UNIT = 1e-12
#: Rows and columns of a tile: all that belongs to one stays in the second-level cache.
_TILE = 192
#: Where 1 − abs(t) is less, arccos loses more than six digits.
_NEAR = 1e-6
#: Entries of G this close to 1/2 belong to points whose coordinates differ by rounding.
_SAME = 3e-16


def kernel_matrices(
    x: Any,
    y: Any = None,
    *,
    kernels: Sequence[Kernel] = ("degree 0", "degree 1", "tangent"),
    out: Sequence[np.ndarray] | None = None,
    normalize: bool = False,
) -> tuple[np.ndarray, ...]:
    """Kernel matrices of points of the unit sphere, computed together.

    "degree 0" and "degree 1" are κ_0(t) and κ_1(t) of `arc_cosine_kernel` at t = ⟨x_i, y_j⟩. With w ~ N(0, I) and v = ±1 the gradient
    of a ReLU unit v(w·x)₊ by w has the kernel tκ_0(t), called "gradient"; the gradient by both w and v has tκ_0(t) + κ_1(t),
    called "tangent".

    Args:
        x: points, shape (n, d), d >= 1.
        y: other points, shape (m, d); by default x, and the matrices are exactly symmetric.
        kernels: which of the four, each once.
        out: float64 arrays of shape (n, m) to write to, one for each kernel, for callers who reuse memory; they share none with each
            other or with the points.
        normalize: whether to divide each point by its length first, instead of asking for points of length 1 within 1e-12.

    Returns:
        One array of shape (n, m) for each kernel (those of `out`, if given). Equal points have the exact values 1/2, 1/2, 1/2 and 1,
        opposite ones 0.

    Raises:
        InputError: points off the sphere, not finite, or of another dimension; an unknown kernel; `out` that does not fit.

    Source: Xie, Liang & Song (2017), eq. (8)–(9), for "gradient"; Jacot, Gabriel & Hongler (2018), section 4, for "tangent".

    >>> import numpy as np
    >>> gate, tangent = kernel_matrices(np.eye(2), kernels=("degree 0", "tangent"))
    >>> gate.tolist(), tangent.round(6).tolist()
    ([[0.5, 0.25], [0.25, 0.5]], [[1.0, 0.159155], [0.159155, 1.0]])
    """
    if not isinstance(kernels, (tuple, list)):
        raise InputError(f"kernels={kernels!r}; write a tuple of some of {', '.join(map(repr, KERNELS))}")
    for position, name in enumerate(kernels):
        if name not in KERNELS or name in kernels[:position]:
            raise InputError(f"kernels={tuple(kernels)!r}; write some of {', '.join(map(repr, KERNELS))}, each once")
    left = sphere_points(x, normalize=normalize, name="x")
    right = left if y is None else sphere_points(y, normalize=normalize, name="y")
    _require_one_dimension(left, right)
    shape = (len(left), len(right))
    results = tuple(np.empty(shape) for _ in kernels) if out is None else _fitting(out, shape, len(kernels), (left, right))
    scratch = np.empty((3, _TILE * _TILE))  # allocated once: fresh pages for each tile would cost more than the arithmetic
    for rows, columns in _tiles(shape, symmetric=y is None):
        tiles = {name: result[rows, columns] for name, result in zip(kernels, results, strict=True)}
        _fill(tiles, left[rows], right[columns], scratch)
        if y is None:
            for name, result in zip(kernels, results, strict=True):
                result[columns, rows] = tiles[name].T
    return results


def angle_matrix(x: Any, y: Any = None, *, normalize: bool = False) -> np.ndarray:
    """The angles between points of the unit sphere.

    Args:
        x: points, shape (n, d).
        y: other points, shape (m, d); by default x.
        normalize: as for `kernel_matrices`.

    Returns:
        Angles in [0, π], shape (n, m); exactly 0 for equal points. An angle of 1e-12 or more is right to seven digits at least.

    Raises:
        InputError: as for `kernel_matrices`.

    >>> angle_matrix([[1.0, 0.0], [1.0, 1e-12]])[0].tolist()
    [0.0, 1e-12]
    """
    left = sphere_points(x, normalize=normalize, name="x")
    right = left if y is None else sphere_points(y, normalize=normalize, name="y")
    _require_one_dimension(left, right)
    result = np.empty((len(left), len(right)))
    for rows, columns in _tiles(result.shape, symmetric=y is None):
        t = left[rows] @ right[columns].T
        places, sign, small = _near_poles(left[rows], right[columns], t)
        angles = np.arccos(np.clip(t, -1, 1))
        angles[places] = np.where(sign > 0, small, np.pi - small)
        result[rows, columns] = angles
        if y is None:
            result[columns, rows] = angles.T
    return result


def gradient_gram(x: Any, normalize: bool = False) -> np.ndarray:
    """G = (tκ_0(t)) at t = ⟨x_i, x_j⟩, the expectation of DᵀD/n over uniform weights.

    Args:
        x: distinct points of the unit sphere, shape (m, d): angles of 1e-15 or less are taken for rounding.
        normalize: as for `kernel_matrices`.

    Returns:
        The symmetric matrix, shape (m, m). It is positive definite when the points whose opposites are given too are linearly
        independent up to sign: of odd functions the kernel sees the linear ones only.

    Raises:
        InputError: as for `kernel_matrices`; or two points are equal up to rounding, which are named.

    >>> import numpy as np
    >>> gradient_gram(np.eye(3)).tolist()[0]
    [0.5, 0.0, 0.0]
    """
    points = sphere_points(x, normalize=normalize, name="x")
    (gram,) = kernel_matrices(points, kernels=("gradient",))
    for start in range(0, len(gram), _TILE):
        near = gram[start : start + _TILE] >= 0.5 - _SAME  # (1 − θ/π)/2 at the small angle θ
        if np.count_nonzero(near) > len(near):  # more than the diagonal
            rows, columns = np.nonzero(near)
            apart = rows + start != columns
            i, j = sorted((int(rows[apart][0]) + start, int(columns[apart][0])))
            what = "are the same point" if (points[i] == points[j]).all() else "are the same point up to rounding"
            raise InputError(f"x[{j}] and x[{i}] {what}, so G is singular; leave one of them out")
    return gram


def sphere_points(x: Any, *, normalize: bool, name: str) -> np.ndarray:
    """Points of the unit sphere as a float64 array.

    Args:
        x: points, shape (n, d).
        normalize: divide each by its length.
        name: of the argument, for messages.

    Raises:
        InputError: the shape is another, a number is not finite, or a point is off the sphere: which, and by how much.

    >>> sphere_points([[3, 4]], normalize=True, name="x").tolist()
    [[0.6, 0.8]]
    """
    if normalize:
        return normalised(x, name)
    points = read_points(x, name)
    excess = np.linalg.norm(points, axis=1) - 1
    worst = int(np.argmax(np.abs(excess)))
    if not abs(excess[worst]) <= _UNIT:
        off = f"{name}[{worst}] has length {1 + excess[worst]:.12g}, off the unit sphere by {abs(excess[worst]):.3g}"
        raise InputError(f"{off}; divide each point by its length, or write normalize=True")
    return points


def _require_one_dimension(x: np.ndarray, y: np.ndarray) -> None:
    if x.shape[1] != y.shape[1]:
        raise InputError(f"x has points of dimension {x.shape[1]} and y of dimension {y.shape[1]}; write one dimension")


def _fitting(out: Sequence[np.ndarray], shape: tuple[int, int], count: int, points: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    if not isinstance(out, (tuple, list, np.ndarray)):
        raise InputError(f"out is {type(out).__name__}; write a tuple of {count} arrays, one for each kernel")
    if len(out) != count:
        raise InputError(f"out has {len(out)} arrays for {count} kernels; give one for each")
    own = f"write an array of its own, for example np.empty({shape})"
    for position, array in enumerate(out):
        if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.float64 or not array.flags.writeable:
            what = f"shape {array.shape}, {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            raise InputError(f"out holds {what}; write writeable float64 arrays of shape {shape}")
        if any(stride == 0 < size - 1 for stride, size in zip(array.strides, array.shape, strict=True)):
            raise InputError(f"out[{position}] has entries that share their memory; {own}")
        for name, other in [*((f"out[{i}]", out[i]) for i in range(position)), *(("the points", x) for x in points)]:
            if np.shares_memory(array, other):
                raise InputError(f"out[{position}] shares memory with {name}; {own}")
    return tuple(out)


def _tiles(shape: tuple[int, int], symmetric: bool) -> Iterator[tuple[slice, slice]]:
    for i in range(0, shape[0], _TILE):
        for j in range(i if symmetric else 0, shape[1], _TILE):
            yield slice(i, i + _TILE), slice(j, j + _TILE)


def _fill(tiles: dict[Kernel, np.ndarray], x: np.ndarray, y: np.ndarray, scratch: np.ndarray) -> None:
    """Write the kernels at all pairs of two short lists of points. Few passes over few arrays: that is what the time goes into."""
    t, arch, gate = scratch[:, : len(x) * len(y)].reshape(3, len(x), len(y))
    np.matmul(-x, y.T, out=t)  # −cos θ = cos(π − θ)
    np.multiply(t, t, out=arch)
    near = arch.max() > (1 - _NEAR) ** 2
    if near:
        places, sign, small = _near_poles(x, y, -t)
    gate = tiles.get("degree 0", gate)
    with np.errstate(invalid="ignore"):  # rounding may leave [−1, 1]; those entries are replaced
        np.arccos(t, out=gate)
        if near:
            gate[places] = np.where(sign > 0, np.pi - small, small)
            t[places] = -sign * np.cos(small)
        gate *= 1 / (2 * np.pi)
        t *= gate  # −tκ_0
        if "gradient" in tiles:
            np.subtract(0, t, out=tiles["gradient"])  # 0 rather than −0 at right angles
        if "degree 1" in tiles or "tangent" in tiles:
            np.subtract(1, arch, out=arch)
            np.sqrt(arch, out=arch)
            if near:
                arch[places] = np.sin(small)
            arch *= 1 / (2 * np.pi)
            arch = np.subtract(arch, t, out=tiles.get("degree 1", arch))
            if "tangent" in tiles:
                np.subtract(arch, t, out=tiles["tangent"])


def _near_poles(x: np.ndarray, y: np.ndarray, t: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """Where abs(t) is near 1: the places, the sign of t there, and the angle between x and sign·y.

    With e = x − sign·y and m = (x + sign·y)/2 the part of e along m is rounding of the lengths; what is left is the chord 2 sin(θ/2).
    """
    places = np.nonzero(np.abs(t) > 1 - _NEAR)
    sign, small = np.sign(t[places]), np.empty(len(places[0]))
    for start in range(0, len(small), _TILE):  # all pairs may be near: the memory stays small
        part = slice(start, start + _TILE)
        left, right = x[places[0][part]], sign[part, None] * y[places[1][part]]
        apart, middle = left - right, (left + right) / 2
        chord = np.sqrt(np.maximum((apart**2).sum(axis=1) - (apart * middle).sum(axis=1) ** 2, 0))
        small[part] = 2 * np.arcsin(chord / 2)
    return places, sign, small
