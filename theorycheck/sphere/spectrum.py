"""The spectrum of the kernel of ReLU's gradient, g(t) = t(1/2 − arccos(t)/2π), on S^(d−1): every eigenvalue, and the m-th largest.

Degree 1 has 1/(4d), odd degrees from 3 on have 0, and an even degree k has
    λ_k = (Γ(d/2) Γ((k−1)/2) / (4π Γ((k+d+1)/2)))² (k² + (d−2)k + 1).
λ_{k+2}/λ_k = ((k−1)/(k+d+1))² q(k+2)/q(k) < 1 with q(k) = k² + (d−2)k + 1, and λ_1 > λ_0: so the order is 1, 0, 2, 4, 6, ... for
every d, and as the harmonics of degrees 0, 2, ..., k are C(d+k−1, k) together, nothing has to be listed to find the m-th.
The claim diverse/spherical-harmonics derives the formula, diverse/spectrum-decay-sharp what follows from it.
"""

from __future__ import annotations

from math import log2
from typing import Any

from flint import arb, ctx

from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.sphere.harmonics import parity_multiplicity, require_integer

#: The kernel, as `funk_hecke` reads it.
GRADIENT_KERNEL = "t*(1/2 - acos(t)/(2*pi))"
#: Dimensions and indices that a closed form in Gamma functions still takes at once.
MAX_DIMENSION, MAX_INDEX = 10**9, 10**30


def gradient_eigenvalue(dim: int, degree: int, digits: int | None = None) -> Any:
    """The eigenvalue of one degree of the kernel t(1/2 − arccos(t)/2π).

    Args:
        dim: d >= 2.
        degree: k >= 0.
        digits: None for a float, N >= 1 for an Enclosure of relative radius 10^−N.

    >>> [gradient_eigenvalue(3, k) for k in range(5)]
    [0.0625, 0.08333333333333333, 0.02734375, 0.0, 0.0022786458333333335]
    """
    dim, degree = require_integer("dimension", dim, 2, MAX_DIMENSION), require_integer("degree", degree, 0, MAX_INDEX)
    wanted = 16 if digits is None else require_integer("digits =", digits, 1, 2000)
    with ctx.workprec(bits_for(wanted, 64) + 2 * int(log2(dim + degree))):
        ball = _ball(dim, degree)
    return float(ball) if digits is None else Enclosure(ball, None, wanted)


def largest_eigenvalue(m: int, dim: int, digits: int | None = None) -> Any:
    """γ_m, the m-th largest eigenvalue of the kernel t(1/2 − arccos(t)/2π), each counted as often as there are harmonics.

    Args:
        m: the index, from 1 to `MAX_INDEX`.
        dim: d >= 2.
        digits: None for a float, N >= 1 for an Enclosure of relative radius 10^−N.

    >>> [largest_eigenvalue(m, 3) for m in (1, 3, 4, 5, 9, 10)]
    [0.08333333333333333, 0.08333333333333333, 0.0625, 0.02734375, 0.02734375, 0.0022786458333333335]
    >>> round(1e7 * largest_eigenvalue(10**7, 1500), 9)
    1.253e-06
    """
    return gradient_eigenvalue(dim, degree_of_largest(m, dim), digits)


def degree_of_largest(m: int, dim: int) -> int:
    """The degree of the m-th largest eigenvalue: 1 for m <= d, then the least even k with d + C(d+k−1, k) >= m.

    >>> [degree_of_largest(m, 3) for m in (1, 3, 4, 5, 9, 10)]
    [1, 1, 0, 2, 2, 4]
    """
    m, dim = require_integer("m =", m, 1, MAX_INDEX), require_integer("dimension", dim, 2, MAX_DIMENSION)
    if m <= dim:
        return 1
    high = 1  # half of the degree
    while dim + parity_multiplicity(dim, 2 * high) < m:
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        if dim + parity_multiplicity(dim, 2 * middle) >= m:
            high = middle
        else:
            low = middle
    return 2 * high


def _ball(dim: int, degree: int) -> arb:
    if degree == 1:
        return arb(1) / (4 * dim)
    if degree % 2:
        return arb(0)
    d, k = arb(dim), arb(degree)
    above = (arb.pi().log() / 2 + arb(2).log()) if degree == 0 else ((k - 1) / 2).lgamma()  # abs Γ(−1/2) = 2√π
    root = ((d / 2).lgamma() + above - ((k + d + 1) / 2).lgamma()).exp() / (4 * arb.pi())
    return root * root * (k * k + (d - 2) * k + 1)
