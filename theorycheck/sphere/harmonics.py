"""Spherical harmonics on S^(d−1): how many of each degree, and the zonal polynomials P_k with P_k(1) = 1.

P_k is the normalised Gegenbauer polynomial C_k^((d−2)/2)(t)/C_k^((d−2)/2)(1); for d = 2 it is Chebyshev's, for d = 3 Legendre's.
"""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np

from theorycheck.errors import InputError

#: Dimensions and degrees beyond these are refused: exact answers would have hundreds of thousands of digits.
MAX_DIMENSION = 10_000
MAX_DEGREE = 1000


def require_dimension(dim: Any) -> int:
    """The dimension d of the space around the sphere, as an integer.

    Raises:
        InputError: it is not an integer from 2 to `MAX_DIMENSION`.
    """
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or not 2 <= dim <= MAX_DIMENSION:
        reach = f"the sphere lies in d dimensions, d = 2, 3, ..., {MAX_DIMENSION}"
        raise InputError(f"dimension {dim!r}: {reach}; write for example 10")
    return int(dim)


def require_degree(degree: Any, what: str = "degree") -> int:
    """A degree, as an integer.

    Raises:
        InputError: it is not an integer from 0 to `MAX_DEGREE`.
    """
    if isinstance(degree, bool) or not isinstance(degree, (int, np.integer)) or not 0 <= degree <= MAX_DEGREE:
        raise InputError(f"{what} {degree!r}: write an integer from 0 to {MAX_DEGREE}, for example 12")
    return int(degree)


def multiplicity(dim: int, degree: int) -> int:
    """How many orthonormal spherical harmonics of one degree there are (exact).

    Args:
        dim: d >= 2.
        degree: k >= 0.
    Returns:
        C(d+k−1, k) − C(d+k−3, k−2) (Müller, Spherical Harmonics, section 1).

    >>> [multiplicity(15, k) for k in range(5)], [multiplicity(2, k) for k in range(4)]
    ([1, 15, 119, 665, 2940], [1, 2, 2, 2])
    """
    return comb(dim + degree - 1, degree) - (comb(dim + degree - 3, degree - 2) if degree >= 2 else 0)


def parity_multiplicity(dim: int, degree: int) -> int:
    """The harmonics of degrees k, k − 2, k − 4, ... together: the homogeneous polynomials of degree k, C(d+k−1, k).

    >>> parity_multiplicity(15, 4) == sum(multiplicity(15, k) for k in (0, 2, 4))
    True
    """
    return comb(dim + degree - 1, degree)


def zonal_polynomials(t: Any, dim: int, degrees: int) -> np.ndarray:
    """P_0, ..., P_U at points of [−1, 1] in float64, by the three-term recurrence.

    Args:
        t: numbers in [−1, 1], any shape.
        dim: d >= 2.
        degrees: U >= 0, the highest degree.
    Returns:
        Shape (U + 1, *shape of t); abs(P_k) <= 1.

    >>> zonal_polynomials(0.5, 3, 3).tolist()
    [1.0, 0.5, -0.125, -0.4375]
    """
    dim, degrees = require_dimension(dim), require_degree(degrees)
    points = np.asarray(t, dtype=np.float64)
    table = np.empty((degrees + 1, *points.shape))
    table[0] = 1.0
    if degrees:
        table[1] = points
    for k in range(1, degrees):
        table[k + 1] = ((2 * k + dim - 2) * points * table[k] - k * table[k - 1]) / (k + dim - 2)
    return table
