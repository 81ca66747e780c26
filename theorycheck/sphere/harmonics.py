"""Spherical harmonics on S^(d−1): how many of each degree, and the zonal polynomials P_k with P_k(1) = 1.

P_k is the normalised Gegenbauer polynomial C_k^((d−2)/2)(t)/C_k^((d−2)/2)(1); for d = 2 it is Chebyshev's, for d = 3 Legendre's.
"""

from __future__ import annotations

from math import comb
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError

#: Dimensions and degrees beyond these are refused: exact answers would have hundreds of thousands of digits.
MAX_DIMENSION = 10_000
MAX_DEGREE = 1000
#: The factors of a binomial coefficient that are still multiplied at once.
_MOST_FACTORS = 100_000


def require_dimension(dim: Any) -> int:
    """The dimension d of the space around the sphere, as an integer.

    Raises:
        InputError: it is not an integer from 2 to `MAX_DIMENSION`.
    """
    if isinstance(dim, bool) or not isinstance(dim, Integral) or not 2 <= int(dim) <= MAX_DIMENSION:
        reach = f"the sphere lies in d dimensions, d = 2, 3, ..., {MAX_DIMENSION}"
        raise InputError(f"dimension {dim!r}: {reach}; write for example 10")
    return int(dim)


def require_degree(degree: Any, what: str = "degree") -> int:
    """A degree, as an integer.

    Raises:
        InputError: it is not an integer from 0 to `MAX_DEGREE`.
    """
    return require_integer(what, degree, 0, MAX_DEGREE, ", for example 12")


def require_integer(what: str, value: Any, low: int, high: int, example: str = "") -> int:
    """A whole number, as an integer.

    Args:
        what: what to call it in messages.
        value: any kind of integer, NumPy's included.
        low, high: the range.
        example: what the message ends with.

    Raises:
        InputError: it is no integer, or outside the range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        raise InputError(f"{what} {value!r}: write an integer from {low} to {high if high < 10**6 else f'{high:.0e}'}{example}")
    return int(value)


def multiplicity(dim: int, degree: int) -> int:
    """How many orthonormal spherical harmonics of one degree there are (exact).

    Args:
        dim: d >= 2.
        degree: k >= 0.
    Returns:
        C(d+k−1, k) − C(d+k−3, k−2) (Müller, Spherical Harmonics, section 1).

    Raises:
        InputError: d or k is no integer, too small, or both are so large that the number has too many digits.

    >>> [multiplicity(15, k) for k in range(5)], [multiplicity(2, k) for k in range(4)]
    ([1, 15, 119, 665, 2940], [1, 2, 2, 2])
    """
    dim, degree = _countable(dim, degree)
    return comb(dim + degree - 1, degree) - (comb(dim + degree - 3, degree - 2) if degree >= 2 else 0)


def parity_multiplicity(dim: int, degree: int) -> int:
    """The harmonics of degrees k, k − 2, k − 4, ... together: the homogeneous polynomials of degree k, C(d+k−1, k).

    Raises:
        InputError: as for `multiplicity`.

    >>> parity_multiplicity(15, 4) == sum(multiplicity(15, k) for k in (0, 2, 4))
    True
    """
    dim, degree = _countable(dim, degree)
    return comb(dim + degree - 1, degree)


def _countable(dim: Any, degree: Any) -> tuple[int, int]:
    dim, degree = require_integer("dimension", dim, 2, 10**9), require_integer("degree", degree, 0, 10**31)
    if min(dim, degree) > _MOST_FACTORS:
        raise InputError(f"dimension {dim} and degree {degree}: the count has too many digits; write one of them up to {_MOST_FACTORS}")
    return dim, degree


def zonal_polynomials(t: Any, dim: int, degrees: int) -> np.ndarray:
    """P_0, ..., P_U at points of [−1, 1] in float64, by the three-term recurrence.

    Args:
        t: numbers in [−1, 1], any shape.
        dim: d >= 2.
        degrees: U >= 0, the highest degree.
    Returns:
        Shape (U + 1, *shape of t); abs(P_k) <= 1.

    Raises:
        InputError: a point outside [−1, 1] or not a number, or d or U out of range.

    >>> zonal_polynomials(0.5, 3, 3).tolist()
    [1.0, 0.5, -0.125, -0.4375]
    """
    dim, degrees = require_dimension(dim), require_degree(degrees)
    points = require_correlations(t, slack=1e-12)
    table = np.empty((degrees + 1, *points.shape))
    table[0] = 1.0
    if degrees:
        table[1] = points
    for k in range(1, degrees):
        table[k + 1] = ((2 * k + dim - 2) * points * table[k] - k * table[k - 1]) / (k + dim - 2)
    return table


def require_correlations(t: Any, slack: float = 0.0) -> np.ndarray:
    """Inner products of unit vectors, as an array of floats.

    Args:
        t: numbers in [−1, 1], any shape.
        slack: how far rounding may have pushed them beyond.

    Raises:
        InputError: no real numbers, or one outside [−1, 1]: which.

    >>> require_correlations([0, 2])
    Traceback (most recent call last):
    theorycheck.errors.InputError: the correlation 2 is outside [−1, 1]; write the inner products of unit vectors
    """
    try:
        values = np.asarray(t)
        real = values.dtype.kind != "c"  # NumPy would drop the imaginary parts
        values = values.astype(float, copy=False) if real else values
    except (TypeError, ValueError):
        raise InputError("the correlations are no array of numbers; write the inner products of unit vectors") from None
    if not real:
        raise InputError("the correlations are complex; write the inner products of unit vectors, which are real")
    wrong = ~(np.abs(values) <= 1 + slack)
    if wrong.any():
        raise InputError(f"the correlation {values[wrong].flat[0]:.17g} is outside [−1, 1]; write the inner products of unit vectors")
    return values
