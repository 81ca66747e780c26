"""How evenly directions are spread: the discrepancy over the slices {w : w·x >= 0, w·y >= 0} (Xie, Liang & Song, arXiv 1611.03131).

A slice has the share k(x·y) = 1/2 − arccos(x·y)/2π of the sphere. The mean square of the deviation over uniform x, y is, exactly,
L_2(W)² = (1/n²) Σ_ij k(w_i·w_j)² − E k(u·v)², the terms i = j included (theorem 8, of Stolarsky's type), with
E k² = 1/16 + ψ₁(d/2)/(8π²) (the claim diverse/discrepancy-sharp).
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError
from theorycheck.sphere.harmonics import require_correlations, require_dimension, require_integer
from theorycheck.sphere.sampling import TOLERANCE, require_generator, require_on_sphere, uniform_points

#: Decimal digits that may be asked for.
MAX_DIGITS = 2000
#: Rows of the Gram matrix that are held at once.
_TILE = 1024


def slice_share(t: Any) -> Any:
    """k(t) = 1/2 − arccos(t)/2π for t in [−1, 1], elementwise; a product that rounding pushed beyond ±1 counts as ±1.

    Raises:
        InputError: no real numbers, or one farther outside [−1, 1] than unit vectors of single precision can be.

    >>> slice_share(np.array([1.0, 0.0, -1.0])).tolist()
    [0.5, 0.25, 0.0]
    """
    return _share(require_correlations(t, slack=3 * TOLERANCE))


def mean_square_share(dim: int, digits: int | None = None) -> Any:
    """E k(u·v)² over uniform u, v: 1/16 + ψ₁(d/2)/(8π²).

    Args:
        dim: d >= 2.
        digits: None for a float, N >= 1 for an Enclosure with its closed form.

    Raises:
        InputError: d or the digits are out of range.

    >>> mean_square_share(3), mean_square_share(3, 15).exact
    (0.07433940817883111, 1/8 - 1/(2*pi**2))
    """
    from flint import acb, arb, ctx

    dim = require_dimension(dim)
    wanted = 16 if digits is None else require_integer("digits =", digits, 1, MAX_DIGITS)
    with ctx.workprec(bits_for(wanted, 40)):
        trigamma = acb(2).zeta(acb(arb(dim) / 2)).real  # ψ₁(z) is Hurwitz's ζ(2, z)
        ball = arb(1) / 16 + trigamma / (8 * arb.pi() ** 2)

    def closed() -> Any:
        from sympy import Rational, pi

        if dim % 2:  # ψ₁(n + 1/2) = π²/2 − 4 Σ 1/(2j−1)², j <= n
            return Rational(1, 8) - sum(Rational(1, j * j) for j in range(1, dim - 1, 2)) / (2 * pi**2)
        return Rational(1, 12) - sum(Rational(1, j * j) for j in range(1, dim // 2)) / (8 * pi**2)  # ψ₁(n) = π²/6 − Σ 1/j², j < n

    return float(ball) if digits is None else Enclosure(ball, closed, wanted)


def square_discrepancy(weights: Any) -> float:
    """L_2(W)², the mean over uniform x, y of the squared deviation between the share of the weights and of the sphere in a slice.

    Args:
        weights: unit vectors, shape (n, d), d >= 2. (Divide by the lengths first: only directions count.)

    Raises:
        InputError: another shape, or a vector that is not of length 1.

    >>> square_discrepancy([[1.0, 0.0], [-1.0, 0.0]]) == (0.25 + 0.0) / 2 - mean_square_share(2)
    True
    """
    rows = require_on_sphere(weights)
    count, total = len(rows), 0.0
    for start in range(0, count, _TILE):
        tile = _share(rows[start : start + _TILE] @ rows.T)
        tile[np.arange(len(tile)), np.arange(start, start + len(tile))] = 0.5  # an angle of zero, which rounding would spoil
        total += float((tile * tile).sum())
    return total / count**2 - float(mean_square_share(rows.shape[1]))


def deviation(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of the weights in slices minus that of the sphere.

    Args:
        weights: unit vectors, shape (n, d).
        x, y: the normals of s slices, unit vectors, shape (s, d) each.
    Returns:
        Shape (s,).

    Raises:
        InputError: vectors that are not of length 1, or shapes that do not fit.

    >>> deviation(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])).tolist()
    [0.75]
    """
    rows, left, right = (require_on_sphere(points, name) for points, name in ((weights, "weights"), (x, "x"), (y, "y")))
    if left.shape != right.shape or left.shape[1] != rows.shape[1]:
        raise InputError(f"weights have shape {rows.shape}, x {left.shape} and y {right.shape}; write (n, d), (s, d) and (s, d)")
    return _deviation(rows, left, right)


def largest_deviation(weights: Any, rng: np.random.Generator, slices: int = 2000, rounds: int = 20) -> float:
    """A lower bound of L_inf(W), the largest deviation over all slices: the best of random slices, climbed from by small turns.

    Args:
        weights: unit vectors, shape (n, d).
        rng: a generator.
        slices: how many random slices, at least 10; as many again are tried in each round.
        rounds: how often the best tenth is turned a little, by less each time.

    Raises:
        InputError: the weights are no unit vectors, or there are too few slices.

    >>> 0.85 < largest_deviation([[1.0, 0.0], [0.8, 0.6]], np.random.default_rng(0)) <= 0.8976
    True
    """
    rows = require_on_sphere(weights)
    for value, least in ((slices, 10), (rounds, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise InputError(f"slices = {slices!r}, rounds = {rounds!r}: write at least 10 slices and 0 rounds, whole numbers")
    require_generator(rng)
    dim = rows.shape[1]
    pairs = np.stack([uniform_points(rng, slices, dim) for _ in range(2)])
    for turn in 0.5 ** np.arange(rounds + 1):
        sizes = np.abs(_deviation(rows, *pairs))
        best = pairs[:, np.argsort(sizes)[-(slices // 10) :]]
        largest = float(sizes.max())
        moved = np.repeat(best, 10, axis=1) + turn * rng.standard_normal((2, 10 * best.shape[1], dim)) / np.sqrt(dim)
        pairs = np.concatenate([best, moved / np.linalg.norm(moved, axis=2, keepdims=True)], axis=1)
    return largest


def _share(t: np.ndarray) -> Any:
    return 0.25 + np.arcsin(np.clip(t, -1.0, 1.0)) / (2 * np.pi)


def _deviation(rows: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`deviation` of points that were checked before."""
    inside = (rows @ x.T >= 0) & (rows @ y.T >= 0)
    return np.asarray(inside.mean(axis=0) - _share((x * y).sum(axis=1)))
