"""A quick bound of a function on a half-line by structure alone: abs(f(side·x)) ≤ C x^m e^(a x + b x²) for every x ≥ 2.

It knows nothing of cancellation and decay (for that there are the expansions of `tails`), but costs microseconds: enough to
say where a Gaussian integral may be cut. One-sided bounds are kept apart, so that e^(−x²) is bounded although x² is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, log, nextafter, pi
from typing import Any

from flint import arb
from sympy import Expr

from theorycheck.activation.balls import atom_ball, rational
from theorycheck.activation.tape import Arithmetic, tape_of

_UP = 1 + 1e-12
#: What is not zero does not underflow to it.
_TINY = 1e-290


def _up(value: float) -> float:
    """A float rounded up by more than the error of the operation behind it; whole numbers are exact."""
    return value if value.is_integer() else value * _UP


def _size(value: float) -> float:
    return max(value * _UP, _TINY)


@dataclass(frozen=True)
class Bound:
    """C x^m e^(a x + b x²) for x ≥ 2, with C, m, a, b ≥ 0."""

    c: float
    m: float = 0.0
    a: float = 0.0
    b: float = 0.0

    def __add__(self, other: Bound) -> Bound:
        if not self.c or not other.c:
            return self if self.c else other
        return Bound((self.c + other.c) * _UP, max(self.m, other.m), max(self.a, other.a), max(self.b, other.b))

    def __mul__(self, other: Bound) -> Bound:
        if not self.c or not other.c:
            return ZERO
        return Bound(_size(self.c * other.c), _up(self.m + other.m), _up(self.a + other.a), _up(self.b + other.b))

    def __pow__(self, q: float) -> Bound:
        return Bound(_size(self.c**q), _up(self.m * q), _up(self.a * q), _up(self.b * q)) if self.c else ZERO

    def is_constant(self) -> bool:
        return not (self.m or self.a or self.b)


ZERO = Bound(0.0)
ONE = Bound(1.0)
UNKNOWN = Bound(inf)


@dataclass(frozen=True)
class Growth:
    """f ≤ up, −f ≤ down, f ≥ least, on the whole half-line."""

    up: Bound
    down: Bound
    least: float = -inf

    def size(self) -> Bound:
        """A bound of abs(f)."""
        return self.up + self.down


def _exp(u: Bound) -> Bound:
    if u.a or u.b or u.m > 2 or u.c > 600:
        return UNKNOWN
    if u.is_constant():
        return Bound(exp(u.c) * _UP)
    return Bound(1.0, 0.0, u.c) if u.m <= 1 else Bound(1.0, 0.0, 0.0, u.c)


def _within(low: float, high: float) -> Callable[[Growth], Growth]:
    """A function with values in [low, high]."""
    return lambda u: Growth(Bound(max(high, 0.0)), Bound(max(-low, 0.0)), low)


def _power(u: Growth, q: Any) -> Growth:
    if not q.is_integer:
        return Growth(u.up ** float(q), ZERO, 0.0)
    n = int(q)
    if n % 2 == 0:
        return Growth(u.size() ** n, ZERO, max(u.least, 0.0) ** n / _UP)
    return Growth(u.up**n, u.down**n, max(u.least, 0.0) ** n / _UP if u.least > 0 else -inf)


def _product(u: Growth, v: Growth) -> Growth:
    least = u.least * v.least / _UP if u.least >= 0 and v.least >= 0 else -inf
    return Growth(u.up * v.up + u.down * v.down, u.up * v.down + u.down * v.up, least)


def _quotient(u: Growth, v: Growth) -> Growth:
    if not v.least > 0:
        return Growth(UNKNOWN, UNKNOWN)
    largest = v.up.c if v.up.is_constant() and v.up.c else inf
    return _product(u, Growth(Bound(_UP / v.least), ZERO, 1 / largest / _UP))


def _sum(u: Growth, v: Growth) -> Growth:
    least = u.least + v.least
    return Growth(u.up + v.up, u.down + v.down, least - 1e-12 * abs(least) if least > -inf else least)


def _negative(u: Growth) -> Growth:
    return Growth(u.down, u.up, nextafter(-u.up.c, -inf) if u.up.is_constant() else -inf)


def _constant(ball: arb) -> Growth:
    low, high = float(ball.lower()), float(ball.upper())
    low, high = (0.0, 0.0) if low == high == 0 == ball else (low - _size(abs(low) * 1e-12), high + _size(abs(high) * 1e-12))
    return Growth(Bound(max(high, 0.0)), Bound(max(-low, 0.0)), low)


def _logarithm(u: Growth) -> Growth:
    # log u ≤ u, and log u ≥ log of the least value
    if not u.least > 0:
        return Growth(UNKNOWN, UNKNOWN)
    least = log(u.least) - 1e-12
    return Growth(u.up, Bound(max(-least, 0.0)), least)


def _arithmetic() -> Arithmetic:
    return {
        "number": lambda q: _constant(arb(rational(q))),
        "atom": lambda c: _constant(atom_ball(c)),
        "add": _sum,
        "sub": lambda u, v: _sum(u, _negative(v)),
        "mul": _product,
        "div": _quotient,
        "neg": _negative,
        "power": _power,
        "sqrt": lambda u: Growth(u.up**0.5, ZERO, max(u.least, 0.0) ** 0.5 / _UP),
        "exp": lambda u: Growth(_exp(u.up), ZERO, 0.0),
        "expm1": lambda u: Growth(_exp(u.up), ONE, -1.0),
        "log": _logarithm,
        "sin": _within(-1, 1),
        "cos": _within(-1, 1),
        "sinh": lambda u: Growth(_exp(u.up), _exp(u.down)),
        "cosh": lambda u: Growth(_exp(u.up) + _exp(u.down), ZERO, 1.0),
        "tanh": _within(-1, 1),
        "sech": _within(0, 1),
        "asinh": lambda u: Growth(u.up, u.down),
        "asin": _within(-pi, pi),
        "acos": _within(0, pi * _UP),
        "atan": _within(-pi, pi),
        "erf": _within(-1, 1),
        "Phi": _within(0, 1),
        "sigmoid": _within(0, 1),
        "softplus": lambda u: Growth(u.up + ONE, ZERO, 0.0),
    }


@lru_cache(maxsize=2048)
def quick_growth(expr: Expr, side: int) -> Bound | None:
    """C, m, a, b with abs(f(side·x)) ≤ C x^m e^(a x + b x²) for x ≥ 2, or None when structure alone gives none.

    >>> from theorycheck.activation.functions import x, sigmoid
    >>> quick_growth(x**2 * sigmoid(x), 1).m
    2.0
    """
    argument = Growth(Bound(1.0, 1.0), ZERO, 2.0) if side > 0 else Growth(ZERO, Bound(1.0, 1.0))
    try:
        size = tape_of(expr).run(_arithmetic(), argument).size()
    except OverflowError:
        return None
    return size if max(size.c, size.m, size.a, size.b) < 1e6 else None
