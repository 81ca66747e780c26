"""Enclosures: real numbers known to lie in a ball, with an exact form when there is one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.verdict import Verdict, certified, refuted, undecided

if TYPE_CHECKING:
    import sympy
    from flint import arb


def bits_for(digits: int, guard: int = 30) -> int:
    """Working precision in bits for a number of decimal digits.

    >>> bits_for(15)
    80
    """
    return int(digits * 3.3219280948873626) + 1 + guard


class Enclosure:
    """A real number known to lie in a ball.

    Args:
        ball: a python-flint `arb` that contains the number.
        exact: a SymPy number equal to it, a function that makes one when asked, or None.
        digits: how many decimal digits `value` prints.

    >>> from flint import arb
    >>> third = Enclosure(arb(1) / 3, digits=10)
    >>> third.value, float(third)
    ('0.33333333333', 0.3333333333333333)
    >>> third.contains(Fraction(1, 3)), (third < 1).holds, (third == third).holds
    (True, True, None)
    """

    def __init__(self, ball: arb, exact: sympy.Expr | Callable[[], sympy.Expr | None] | None = None, digits: int = 15):
        self.ball = ball
        self.digits = digits
        self._exact = exact

    @property
    def exact(self) -> sympy.Expr | None:
        """The exact value as a SymPy number, or None when no closed form is known."""
        if callable(self._exact):
            self._exact = self._exact()
        return self._exact

    @property
    def value(self) -> str:
        """The midpoint as a decimal string, one digit beyond `digits`."""
        return self._decimal()[0]

    @property
    def radius(self) -> str:
        """A rigorous bound on abs(truth − value), as a decimal string."""
        return self._decimal()[1]

    def _decimal(self) -> tuple[str, str]:
        return decimal_ball(self.ball, self.digits + 1)

    def __float__(self) -> float:
        return float(self.ball)

    def contains(self, number: Any) -> bool:
        """Whether a number (int, Fraction, decimal string, float, arb or Enclosure) may be this one."""
        return bool(self.ball.overlaps(_to_ball(number)))

    def __repr__(self) -> str:
        return f"Enclosure({self.value} ± {self.radius})"

    def __lt__(self, other: Any) -> Verdict:
        return _compare(self.ball, _to_ball(other), "<")

    def __gt__(self, other: Any) -> Verdict:
        return _compare(_to_ball(other), self.ball, "<")

    def __le__(self, other: Any) -> Verdict:
        return _compare(self.ball, _to_ball(other), "<=")

    def __ge__(self, other: Any) -> Verdict:
        return _compare(_to_ball(other), self.ball, "<=")

    def __eq__(self, other: object) -> Verdict:  # type: ignore[override]  # three-valued by design: a ball cannot certify equality
        mine, theirs = self.ball, _to_ball(other)
        if not mine.overlaps(theirs):
            return refuted(f"{mine.str(8)} and {theirs.str(8)} are disjoint", witness=None, grade="certified")
        if mine.is_exact() and theirs.is_exact():
            return certified("two equal exact numbers")
        return undecided("the balls overlap, which proves no equality; compare the exact forms")

    __hash__ = object.__hash__

    def to_json(self) -> dict[str, str | None]:
        """The value document {"value", "radius", "exact"}."""
        value, radius = self._decimal()
        exact = self.exact
        return {"value": value, "radius": radius, "exact": None if exact is None else str(exact)}


def decimal_ball(ball: arb, digits: int) -> tuple[str, str]:
    """A ball as decimal midpoint and rigorous decimal radius, the rounding of the midpoint included.

    >>> from flint import arb
    >>> decimal_ball(arb(1) / 4, 5), decimal_ball(arb(0), 5)
    (('0.25', '0'), ('0', '0'))
    """
    from flint import arb, ctx

    if not ball.is_finite():
        return "nan", "inf"
    with ctx.workprec(max(ctx.prec, int(digits * 3.33) + 64)):
        if ball.is_zero():
            return "0", "0"
        mantissa, _, exponent = arb(ball.mid()).mid_rad_10exp(digits)
        mantissa, exponent = int(mantissa), int(exponent)
        surplus = max(0, len(str(abs(mantissa))) - digits)
        mantissa, exponent = (mantissa + 10**surplus // 2) // 10**surplus, exponent + surplus
        while mantissa and mantissa % 10 == 0:
            mantissa, exponent = mantissa // 10, exponent + 1
        text = decimal_text(mantissa, exponent)
        gap = abs(ball - arb(text)) if mantissa else abs(ball)
        if gap.is_zero():
            return text, "0"
        bound, _, power = arb(gap.abs_upper()).mid_rad_10exp(3)
        return text, decimal_text(int(bound) + 2, int(power), scientific=True)


def decimal_text(mantissa: int, exponent: int, scientific: bool = False) -> str:
    """mantissa·10^exponent as text: plain where short, scientific otherwise.

    >>> decimal_text(-25, -2), decimal_text(123, -2176), decimal_text(5, 3)
    ('-0.25', '1.23e-2174', '5000')
    """
    if mantissa == 0:
        return "0"
    sign, figures = ("-" if mantissa < 0 else ""), str(abs(mantissa))
    leading = exponent + len(figures) - 1
    if not scientific and -6 <= leading < 21:
        if exponent >= 0:
            return sign + figures + "0" * exponent
        if leading >= 0:
            return sign + figures[: leading + 1] + "." + figures[leading + 1 :]
        return sign + "0." + "0" * (-leading - 1) + figures
    tail = figures[1:].rstrip("0")
    return f"{sign}{figures[0]}{'.' + tail if tail else ''}e{leading}"


def _to_ball(number: Any) -> arb:
    from flint import arb, fmpq

    if isinstance(number, Enclosure):
        return number.ball
    if isinstance(number, Fraction):
        return arb(fmpq(number.numerator, number.denominator))
    return arb(number)


def _compare(left: arb, right: arb, relation: str) -> Verdict:
    holds, fails = (left < right, left >= right) if relation == "<" else (left <= right, left > right)
    if holds:
        return certified(f"{left.str(8)} {relation} {right.str(8)}")
    if fails:
        return refuted(f"not {left.str(8)} {relation} {right.str(8)}", witness=None, grade="certified")
    return undecided("the balls overlap; ask for more digits")
