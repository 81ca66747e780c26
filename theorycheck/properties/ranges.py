"""The arithmetic of ranges: what structure alone says about the values of an expression, on finite or infinite intervals.

A range is a pair (lower, upper) of balls, possibly infinite. It is how 1 + sin(2x) ≥ 0 is known without a sample, and why
the verdict is a proof when the ends are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flint import arb, ctx
from sympy import Expr

from theorycheck.activation.balls import atom_ball, enclose, rational, whole_power
from theorycheck.activation.tape import Arithmetic, tape_of

Range = tuple[arb, arb]
INFINITY = arb.pos_inf()
EVERYTHING: Range = (-INFINITY, INFINITY)


def _least(values: list[arb]) -> arb:
    result = values[0]
    for value in values[1:]:
        result = value if value < result else result if result <= value else arb(result.union(value).lower())
    return result


def _greatest(values: list[arb]) -> arb:
    return -_least([-v for v in values])


def _product(a: arb, b: arb) -> arb:
    return arb(0) if a.is_zero() or b.is_zero() else a * b


def _mul(s: Range, t: Range) -> Range:
    corners = [_product(a, b) for a in s for b in t]
    if any(c.is_nan() for c in corners):
        return EVERYTHING
    return _least(corners), _greatest(corners)


def _inverse(t: Range) -> Range:
    lower, upper = t
    if lower > 0 or upper < 0:
        return (_reciprocal(upper), _reciprocal(lower))
    return EVERYTHING


def _reciprocal(a: arb) -> arb:
    return arb(0) if not a.is_finite() else 1 / a


def _power(t: Range, q: Any) -> Range:
    lower, upper = t
    if not q.is_integer:
        if not lower >= 0:
            return EVERYTHING
        return lower ** rational(q), (upper ** rational(q) if upper.is_finite() else INFINITY)
    n = int(q)
    ends = [_integer_power(lower, n), _integer_power(upper, n)]
    if n % 2:
        return ends[0], ends[1]
    if lower >= 0:
        return ends[0], ends[1]
    if upper <= 0:
        return ends[1], ends[0]
    return arb(0), _greatest(ends)


def _integer_power(a: arb, n: int) -> arb:
    if a.is_finite():
        return whole_power(a, n)
    return INFINITY if n % 2 == 0 or a > 0 else -INFINITY


def _increasing(f: Callable[[arb], arb], low: arb | None, high: arb | None) -> Callable[[Range], Range]:
    """An increasing function with its limits at −∞ and ∞ (None: itself infinite)."""

    def image(t: Range) -> Range:
        lower, upper = t
        start = f(lower) if lower.is_finite() else (low if low is not None else -INFINITY)
        end = f(upper) if upper.is_finite() else (high if high is not None else INFINITY)
        return (start, end) if not (start.is_nan() or end.is_nan()) else EVERYTHING

    return image


def _even(f: Callable[[arb], arb], at_zero: arb, at_infinity: arb) -> Callable[[Range], Range]:
    """An even function, monotone in abs(u)."""

    def image(t: Range) -> Range:
        lower, upper = t
        if lower > 0 or upper < 0:
            near, far = (lower, upper) if lower > 0 else (-upper, -lower)
            values = [f(near), f(far) if far.is_finite() else at_infinity]
        else:
            far = _greatest([-lower, upper])
            values = [at_zero, f(far) if far.is_finite() else at_infinity]
        return _least(values), _greatest(values)

    return image


def _wave(f: Callable[[arb], arb]) -> Callable[[Range], Range]:
    def image(t: Range) -> Range:
        lower, upper = t
        if lower.is_finite() and upper.is_finite() and upper - lower < 3:
            ball = f(lower.union(upper))
            return _greatest([arb(ball.lower()), arb(-1)]), _least([arb(ball.upper()), arb(1)])
        return arb(-1), arb(1)

    return image


@lru_cache(maxsize=1)
def range_arithmetic() -> Arithmetic:
    """Pairs (lower, upper) at FLINT's working precision."""
    half_pi = arb.pi() / 2

    def constant(ball: arb) -> Range:
        return ball, ball

    def add(s: Range, t: Range) -> Range:
        ends = s[0] + t[0], s[1] + t[1]
        return ends if not (ends[0].is_nan() or ends[1].is_nan()) else EVERYTHING

    def neg(t: Range) -> Range:
        return -t[1], -t[0]

    positive = _increasing(arb.sqrt, None, None)
    return {
        "number": lambda q: constant(arb(rational(q))),
        "atom": lambda c: constant(atom_ball(c)),
        "add": add,
        "sub": lambda s, t: add(s, neg(t)),
        "mul": _mul,
        "div": lambda s, t: _mul(s, _inverse(t)),
        "neg": neg,
        "power": _power,
        "sqrt": lambda t: positive((_greatest([t[0], arb(0)]), t[1])),
        "exp": _increasing(arb.exp, arb(0), None),
        "expm1": _increasing(arb.expm1, arb(-1), None),
        "log": lambda t: _increasing(arb.log, None, None)(t) if t[0] > 0 else EVERYTHING,
        "sin": _wave(arb.sin),
        "cos": _wave(arb.cos),
        "sinh": _increasing(arb.sinh, None, None),
        "cosh": _even(arb.cosh, arb(1), INFINITY),
        "tanh": _increasing(arb.tanh, arb(-1), arb(1)),
        "sech": _even(arb.sech, arb(1), arb(0)),
        "asinh": _increasing(arb.asinh, None, None),
        "asin": _increasing(arb.asin, None, None),
        "acos": lambda t: add((half_pi, half_pi), neg(_increasing(arb.asin, None, None)(t))),
        "atan": _increasing(arb.atan, -half_pi, half_pi),
        "erf": _increasing(arb.erf, arb(-1), arb(1)),
        "Phi": _increasing(lambda a: (-a / arb(2).sqrt()).erfc() / 2, arb(0), arb(1)),
        "sigmoid": _increasing(lambda a: 1 / (1 + (-a).exp()), arb(0), arb(1)),
        "softplus": _increasing(lambda a: a + (-a).exp().log1p() if a > 0 else a.exp().log1p(), arb(0), None),
    }


def range_of(expr: Expr, start: Expr, end: Expr, prec: int = 100) -> Range:
    """Bounds of an expression over the closure of an interval, by structure alone.

    >>> from sympy import oo, sin
    >>> from theorycheck.activation.functions import x
    >>> lower, upper = range_of(1 + sin(2*x), -oo, oo)
    >>> float(lower), float(upper)
    (0.0, 2.0)
    """
    with ctx.workprec(prec):
        ends = (enclose(start, prec) if start.is_finite else -INFINITY, enclose(end, prec) if end.is_finite else INFINITY)
        lower, upper = tape_of(expr).run(
            range_arithmetic(), (arb(ends[0].lower()) if start.is_finite else ends[0], arb(ends[1].upper()) if end.is_finite else ends[1])
        )
        return lower, upper
