"""The sign of an expression: by SymPy's assumptions, by Sturm's theorem, by balls; three-valued, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from flint import arb
from sympy import Expr, Rational, Symbol, oo

from theorycheck.zero import ball_at, counterexample, is_zero, points

#: An open interval low < symbol < high.
Interval = tuple[Symbol, Expr, Expr]
_BOXES = 4000


@dataclass(frozen=True)
class Decision:
    """What was found about one step: `holds`, the grade ("proved", or "certified" when a ball decided), a reason and a witness."""

    holds: bool | None
    reason: str
    grade: str = "proved"
    witness: str | None = None


def decide_positive(expr: Expr, on: Interval | None = None, strict: bool = True) -> Decision:
    """Whether an expression is positive (or, not strict, nonnegative) where its symbols allow, or on an open interval.

    Args:
        expr: a real expression.
        on: (symbol, low, high), the open interval low < symbol < high; infinite ends allowed.
        strict: whether zero is excluded.

    >>> t = Symbol("t", real=True)
    >>> decide_positive(t**2 - t + 1).holds, decide_positive(t - t**2, (t, sympy.S(0), sympy.S(1))).holds
    (True, True)
    """
    word = "positive" if strict else "nonnegative"
    if not (expr.free_symbols or expr.is_Rational):
        return _sign_of_constant(expr, strict, word)
    if (expr.is_positive if strict else expr.is_nonnegative) is True:
        return Decision(True, f"manifestly {word}")
    wrong: Callable[[arb], bool] = (lambda v: bool(v <= 0)) if strict else (lambda v: bool(v < 0))
    point = _wrong_point(expr, on, wrong)
    if point is not None:
        where = where_of(point)
        return Decision(False, f"it is {ball_at(expr, point).str(8, radius=False)} at {where}", "certified", where)
    factored = sympy.factor(sympy.together(expr))
    if (factored.is_positive if strict else factored.is_nonnegative) is True:
        return Decision(True, f"manifestly {word} in factored form")
    if on and _manifest_after_substitution(expr, on, strict):
        return Decision(True, f"manifestly {word} with the interval mapped onto (0, ∞)")
    if on is None and _by_completing_squares(sympy.expand(expr), strict):
        return Decision(True, f"{word} by completing squares")
    interval, closed_at = (on, None) if on else _allowed_interval(expr)
    if interval is not None:
        above = _by_sturm(factored, interval, strict)
        if above and closed_at is not None:
            above = decide_positive(expr.subs(interval[0], closed_at), None, strict).holds is True
        if above:
            return Decision(True, f"{word} by counting roots (Sturm)")
        if interval[1].is_finite and interval[2].is_finite and _by_boxes(expr, interval):
            return Decision(True, "positive by balls on a covering", "certified")
    return Decision(None, f"the sign of {short(expr)} was not decided; give an interval on=(symbol, low, high) or factor it")


def _sign_of_constant(expr: Expr, strict: bool, word: str) -> Decision:
    for prec in (64, 256, 1024):
        value = ball_at(expr, None, prec)
        if value > 0:
            return Decision(True, f"{value.str(8, radius=False)} is {word}", "certified")
        if value < 0:
            return Decision(False, f"it is {value.str(8, radius=False)}", "certified", value.str(8, radius=False))
    if is_zero(expr) is True:
        return Decision(not strict, "it is exactly 0", witness="0" if strict else None)
    return Decision(None, f"the sign of {short(expr)} was not decided by 1024 bits")


def _wrong_point(expr: Expr, on: Interval | None, wrong: Callable[[arb], bool]) -> dict[Symbol, Any] | None:
    if on is None:
        return counterexample(expr, wrong)
    symbol, low, high = on
    for rest in points(expr.free_symbols - {symbol}, 4):
        for at in _inside(low, high):
            if wrong(ball_at(expr, {**rest, symbol: at}, 128)):
                return {**rest, symbol: at}
    return None


def _inside(low: Expr, high: Expr) -> list[Expr]:
    """Exact points of an open interval, none when an end is not a number."""
    if not (low.is_number and high.is_number):
        return []
    fractions = [Rational(p, 64) for p in (32, 1, 63, 16, 48, 5, 59, 24, 40)]
    if low == -oo and high == oo:
        return [(f - Rational(1, 2)) / (f * (1 - f)) for f in fractions]
    if high == oo:
        return [low + f / (1 - f) for f in fractions]
    if low == -oo:
        return [high - f / (1 - f) for f in fractions]
    return [low + f * (high - low) for f in fractions]


def _allowed_interval(expr: Expr) -> tuple[Interval | None, Expr | None]:
    """The interval that the assumptions of the only symbol leave, and an end that belongs to it."""
    if len(expr.free_symbols) != 1:
        return None, None
    (symbol,) = expr.free_symbols
    low = sympy.S.Zero if symbol.is_nonnegative else -oo
    high = sympy.S.Zero if symbol.is_nonpositive else oo
    if not symbol.is_real or low == high:
        return None, None
    return (symbol, low, high), None if symbol.is_nonzero or 0 not in (low, high) else sympy.S.Zero


def _by_completing_squares(expr: Expr, strict: bool) -> bool:
    """Whether a polynomial is manifestly one sign by 4a(ax² + bx + c) = (2ax + b)² + (4ac − b²), one real symbol after another."""
    if not expr.is_polynomial() or len(expr.args) > 60:
        return False
    for symbol in sorted(expr.free_symbols, key=str):
        poly = sympy.Poly(expr, symbol)
        if poly.degree() != 2 or not symbol.is_real or not poly.LC().is_positive:
            continue
        a, b, c = (poly.coeff_monomial(symbol**n) for n in (2, 1, 0))
        rest = sympy.expand(4 * a * c - b**2)
        return bool(rest.is_positive if strict else rest.is_nonnegative) or _by_completing_squares(rest, strict)
    return False


def _manifest_after_substitution(expr: Expr, on: Interval, strict: bool) -> bool:
    """Whether a Möbius map of (0, ∞) onto the interval makes the sign manifest; its ends may contain parameters."""
    symbol, low, high = on
    u = Symbol("_u", positive=True)
    if low == -oo and high == oo:
        return False
    inside = low + u if high == oo else high - u if low == -oo else (low + high * u) / (1 + u)
    mapped = sympy.factor(sympy.together(expr.subs(symbol, inside)))
    return bool((mapped.is_positive if strict else mapped.is_nonnegative) is True)


def _by_sturm(expr: Expr, interval: Interval, strict: bool) -> bool:
    """Sign of a rational function with rational coefficients on an open interval."""
    symbol, low, high = interval
    if expr.free_symbols != {symbol} or not all(end.is_Rational or end in (oo, -oo) for end in (low, high)):
        return False
    numerator, denominator = sympy.fraction(expr)
    if not (numerator.is_polynomial(symbol) and denominator.is_polynomial(symbol)):
        return False
    try:
        poly = sympy.Poly(numerator * denominator, symbol, domain="QQ")
    except sympy.CoercionFailed:
        return False
    if poly.degree() > 200:
        return False
    crossing = [f for f, multiplicity in poly.sqf_list()[1] if strict or multiplicity % 2]
    if denominator.has(symbol):
        crossing.append(sympy.Poly(denominator, symbol, domain="QQ"))
    return not any(_roots_inside(f, low, high) for f in crossing) and any(poly.eval(at) > 0 for at in _inside(low, high))


def _roots_inside(f: Any, low: Expr, high: Expr) -> int:
    ends = sum(1 for end in {low, high} if end.is_Rational and f.eval(end) == 0)  # Sturm counts the closed interval
    return int(f.count_roots(None if low == -oo else low, None if high == oo else high)) - ends


def _by_boxes(expr: Expr, interval: Interval) -> bool:
    """Whether balls show the expression positive on the closed interval."""
    symbol, low, high = interval
    if expr.free_symbols != {symbol}:
        return False
    boxes, count = [(ball_at(low), ball_at(high))], 0
    while boxes:
        count += 1
        a, b = boxes.pop()
        if ball_at(expr, {symbol: a.union(b)}, 64) > 0:
            continue
        if count + len(boxes) > _BOXES:
            return False
        middle = arb(((a + b) / 2).mid())
        boxes += [(a, middle), (middle, b)]
    return True


def where_of(point: dict[Symbol, Any]) -> str:
    return ", ".join(f"{s} = {v}" for s, v in point.items())


def short(expr: Any) -> str:
    try:
        text = str(expr)
    except ValueError:  # an integer of more than 4300 digits
        text = f"an expression of the kind {type(expr).__name__} with very long integers"
    return text if len(text) <= 80 else text[:77] + "…"
