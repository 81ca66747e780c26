"""Decimal figures of which every one is correct."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.enclosure import Enclosure

if TYPE_CHECKING:
    from flint import arb
    from sympy import Rational

#: Beyond this power of two a ball is written by Arb itself, with its radius: an exact fraction would be needlessly long.
_LARGEST_EXPONENT = 200_000


def as_fraction(number: Rational) -> Fraction:
    """A SymPy rational as a Fraction."""
    return Fraction(int(number.p), int(number.q))


def correct_decimal(number: Enclosure, figures: int = 15) -> str:
    """The number rounded to as many significant figures as its ball determines, `figures` at most.

    All points of the ball round to the same text, so every figure is correct. Trailing zeros are kept unless the number is
    known exactly and terminates. A ball round zero is shown as 0 with the next power of ten that bounds it.

    >>> from flint import arb
    >>> correct_decimal(Enclosure(arb(2).sqrt()), 6), correct_decimal(Enclosure(arb(1) / 4), 6)
    ('1.41421', '0.25')
    >>> correct_decimal(Enclosure(arb("1.23456 +/- 0.0001")), 6), correct_decimal(Enclosure(arb("-1.2300 +/- 0.00001")), 6)
    ('1.23', '-1.2300')
    >>> correct_decimal(Enclosure(arb("0 +/- 3e-23")))
    '0 ± 1e-22'
    """
    ball = number.ball
    if not ball.is_finite():
        return "unknown"
    if ball.is_zero():
        return "0"
    ends = _ends(ball)
    if ends is None:
        return str(ball.str(figures))
    low, high = ends
    if low <= 0 <= high:
        return f"0 ± 1e{_floor_log10(max(-low, high)) + 1}"
    for count in range(figures, 0, -1):
        first, second = rounded(low, count), rounded(high, count)
        if first == second:
            if _terminates(number, low, high, first):
                return _text(*_trimmed(*first))
            return _text(*first, scientific=first[1] > 0)  # zeros that fill up to the point would pass for figures
    return f"{number.value} ± {number.radius}"


def rounded(number: Fraction, figures: int) -> tuple[int, int]:
    """Round to significant figures, ties to even: mantissa and power of ten.

    >>> rounded(Fraction(2, 3), 4), rounded(Fraction(-99996, 10), 4)
    ((6667, -4), (-1000, 1))
    """
    if number == 0:
        return 0, 0
    size = abs(number)
    exponent = _floor_log10(size) - figures + 1
    scaled = size / Fraction(10) ** exponent
    mantissa = round(scaled)
    if mantissa == 10**figures:
        mantissa, exponent = mantissa // 10, exponent + 1
    return (mantissa if number > 0 else -mantissa), exponent


def _text(mantissa: int, exponent: int, scientific: bool = False) -> str:
    """mantissa·10^exponent with every figure of the mantissa; plain from 10⁻⁴ to 10¹⁵ unless asked otherwise."""
    sign, figures = ("-" if mantissa < 0 else ""), str(abs(mantissa))
    leading = exponent + len(figures) - 1
    if scientific or not -4 <= leading < 15:
        return f"{sign}{figures[0]}{'.' * (len(figures) > 1)}{figures[1:]}e{leading}"
    if exponent >= 0:
        return sign + figures + "0" * exponent
    if leading >= 0:
        return f"{sign}{figures[: leading + 1]}.{figures[leading + 1 :]}"
    return f"{sign}0.{'0' * (-leading - 1)}{figures}"


def _floor_log10(size: Fraction) -> int:
    guess = int((size.numerator.bit_length() - size.denominator.bit_length()) * 0.30102999566398)
    while Fraction(10) ** guess > size:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= size:
        guess += 1
    return guess


def _ends(ball: arb) -> tuple[Fraction, Fraction] | None:
    ends = []
    for part in (ball.mid(), ball.rad()):
        mantissa, exponent = part.man_exp()
        if abs(int(exponent)) > _LARGEST_EXPONENT:
            return None
        ends.append(Fraction(int(mantissa)) * Fraction(2) ** int(exponent))
    return ends[0] - ends[1], ends[0] + ends[1]


def _terminates(number: Enclosure, low: Fraction, high: Fraction, decimal: tuple[int, int]) -> bool:
    """Whether the number is known to be exactly this decimal, so that its trailing zeros say nothing."""
    exact = number.exact
    if low == high:
        value = low
    elif exact is not None and exact.is_Rational:
        value = as_fraction(exact)
    else:
        return False
    return decimal[0] * Fraction(10) ** decimal[1] == value


def _trimmed(mantissa: int, exponent: int) -> tuple[int, int]:
    while mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    return mantissa, exponent
