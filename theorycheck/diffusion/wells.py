"""Polynomial potentials on the line, exactly: critical points, barriers, and the formula of Eyring and Kramers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, pi, sqrt
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import finite_array, require_positive, require_whole

Coefficients = Sequence[int | Fraction]
_PRECISION = 200
#: Coefficients up to here leave room for squares in floats.
_LARGEST = 10**100


def confining(coefficients: Coefficients) -> tuple[Fraction, ...]:
    """The coefficients of a polynomial that tends to +∞ at both ends, exactly, constant term first.

    Raises:
        InputError: a coefficient is not exact, the degree is odd or 0, or the leading coefficient is negative.

    >>> confining([0, 0, Fraction(1, 2)])[2]
    Fraction(1, 2)
    """
    if not isinstance(coefficients, (Sequence, np.ndarray)):
        raise InputError(f"the coefficients are {coefficients!r}; write a list of integers and Fractions, constant term first")
    listed: list[Any] = list(coefficients)
    for c in listed:
        if isinstance(c, bool) or not isinstance(c, (int, Fraction)):
            raise InputError(f"the coefficient {c!r} is not exact; write integers and Fractions, constant term first")
        if abs(Fraction(c)) > _LARGEST:
            raise InputError(f"a coefficient exceeds {_LARGEST:.0e}; multiply the potential and s by a small number: λ_s scales with them")
    exact = [Fraction(c) for c in listed]
    while exact and exact[-1] == 0:
        exact.pop()
    if len(exact) < 3 or len(exact) % 2 == 0 or exact[-1] < 0:
        raise InputError("the potential does not tend to +∞ at both ends; write one of even degree with a positive leading coefficient")
    return tuple(exact)


@dataclass(frozen=True)
class DoubleWell:
    """Two minima and the saddle between them.

    Args:
        shallow, saddle, deep: where they are; the deep minimum is the global one (of two equal ones, the right one).
        barrier: H, the height of the saddle above the shallow minimum.
        tilt: the height of the shallow minimum above the deep one.
        curvatures: f'' at shallow, saddle and deep.
    """

    shallow: float
    saddle: float
    deep: float
    barrier: float
    tilt: float
    curvatures: tuple[float, float, float]


def double_well(coefficients: Coefficients) -> DoubleWell:
    """The wells of a polynomial with exactly three real critical points.

    Args:
        coefficients: exact, constant term first.

    Raises:
        InputError: not confining, or another number of critical points.

    >>> well = double_well([Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)])
    >>> well.barrier, well.tilt, well.curvatures
    (0.25, 0.0, (2.0, -1.0, 2.0))
    """
    from flint import fmpq, fmpq_poly

    f = fmpq_poly([fmpq(c.numerator, c.denominator) for c in confining(coefficients)])
    slope = f.derivative()
    critical = _real_roots(slope)
    if len(critical) != 3:
        raise InputError(f"the potential has {len(critical)} critical points; write a double well, with 2 minima and 1 saddle")
    height = [_at(f, x) for x in critical]
    low, high = (0, 2) if height[0] >= height[2] else (2, 0)
    places = [float(critical[i]) for i in (low, 1, high)]
    bends = tuple(float(_at(slope.derivative(), critical[i])) for i in (low, 1, high))
    barrier, tilt = float(height[1] - height[low]), float(height[low] - height[high])
    return DoubleWell(places[0], places[1], places[2], barrier, max(tilt, 0.0), (bends[0], bends[1], bends[2]))


def eyring_kramers(coefficients: Coefficients, s: float) -> float:
    """The formula of Eyring and Kramers for the spectral gap of (s/2)Δ − f'·d/dx with a double well, as s → 0.

    λ_s ≈ (|f''(z)|/2π) √(f''(m)/|f''(z)|) exp(−2H/s), z the saddle, m the shallow minimum, H its barrier; two equal wells add their
    rates (Bovier, Gayrard & Klein, J. Eur. Math. Soc. 7, 2005).

    Args:
        coefficients: exact, constant term first.
        s: positive.

    Raises:
        InputError: not a double well, s is not positive.

    >>> round(eyring_kramers([Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)], 0.1), 8)  # (√2/π) exp(−1/(2s))
    0.00303314
    """
    well, s = double_well(coefficients), require_positive("s", s)
    shallow, saddle, deep = well.curvatures
    rate = sqrt(abs(saddle)) * sqrt(shallow)
    if well.tilt == 0:
        rate += sqrt(abs(saddle)) * sqrt(deep)
    return rate / (2 * pi) * exp(-2 * well.barrier / s)


def polynomial(coefficients: Coefficients, order: int = 0) -> np.polynomial.Polynomial:
    """A derivative of the polynomial, in floats.

    Raises:
        InputError: a coefficient that is no number, or an order that is no whole number.

    >>> float(polynomial([1, 0, 1], 1)(3.0))
    6.0
    """
    return np.polynomial.Polynomial(finite_array("the coefficients", coefficients)).deriv(require_whole("order", order, 0))


def _real_roots(polynomial: Any) -> list[Any]:
    """The real roots of a polynomial with rational coefficients and simple roots, increasing, as balls."""
    from flint import ctx

    with ctx.workprec(_PRECISION):
        roots = [root for root, _ in polynomial.numer().complex_roots()]
        return sorted((root.real for root in roots if root.imag.contains(0)), key=float)


def _at(polynomial: Any, point: Any) -> Any:
    from flint import arb_poly, ctx

    with ctx.workprec(_PRECISION):
        return arb_poly(polynomial)(point)
