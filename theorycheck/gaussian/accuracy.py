"""When a ball is small enough to be printed to N digits, and exact constants evaluated until it is."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from flint import arb

from theorycheck.enclosure import bits_for
from theorycheck.errors import InputError
from theorycheck.gaussian.constants import Constant

MAX_BITS = 400_000


def require_digits(digits: Any) -> int:
    """A number of decimal digits, as an integer.

    Raises:
        InputError: it is no whole number from 1 on.
    """
    if isinstance(digits, bool) or not isinstance(digits, Integral) or digits < 1:
        raise InputError(f"digits={digits!r}; write a whole number of decimal digits, for example 15")
    return int(digits)


def absolute_tolerance(digits: int) -> arb:
    """The radius that a ball may have beside the rounding of its decimals, for 10^-digits in all.

    >>> bool(absolute_tolerance(15) < 1e-16)
    True
    """
    return arb(10) ** -(digits + 1) / 2


def settled(ball: arb, digits: int) -> bool:
    """Whether the radius is below a quarter of 10^-digits of the value itself; a true zero is.

    >>> settled(arb("1e-2000 +/- 1e-2020"), 15), settled(arb("1 +/- 1e-15"), 15), settled(arb(0), 15)
    (True, False, True)
    """
    return bool(ball.is_zero() or ball.rad() * 4 * arb(10) ** digits < abs(ball).lower())


def absolute_ball(constant: Constant, digits: int) -> arb:
    """A ball of radius about 10^-digits max(1, abs(value)) round an exact constant."""
    bits = bits_for(digits, 40)
    ball = constant.ball(bits)
    while ball.rad() > absolute_tolerance(digits) * (1 + abs(ball.mid())) and bits < MAX_BITS:
        bits *= 2
        ball = constant.ball(bits)
    return ball


def relative_ball(constant: Constant, digits: int) -> arb:
    """A ball of radius about 10^-digits abs(value) round an exact constant, at whatever precision that takes."""
    if constant.is_zero:
        return arb(0)
    bits = bits_for(digits, 40)
    ball = constant.ball(bits)
    while not settled(ball, digits) and bits < MAX_BITS:
        bits *= 2
        ball = constant.ball(bits)
    return ball
