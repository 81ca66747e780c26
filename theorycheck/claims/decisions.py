"""How one exact step is decided: zero, sign, limit, primitive, integral, series. Each answer is three-valued, with a reason.

A derivation and the recheck of its certificate decide by the same functions.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Rational, Symbol, oo

from theorycheck.claims.signs import Decision, Interval, decide_positive, short, where_of
from theorycheck.zero import analytic_everywhere, ball_at, counterexample, is_zero, points


def decide_zero(expr: Expr) -> Decision:
    """Whether an expression vanishes identically.

    >>> t = Symbol("t", real=True)
    >>> decide_zero(t**2 - t).witness
    't = 7/5'
    """
    found = is_zero(expr)
    if found is True:
        return Decision(True, "the exact normal form is 0")
    if found is None:
        return Decision(None, f"neither 0 nor different from 0 was shown for {short(expr)}; split the step or rewrite one side")
    point = counterexample(expr, lambda value: not value.contains(0))
    if point is None:
        return Decision(False, f"{short(expr)} is not 0")
    where, exact = where_of(point), expr.subs(point)
    brief = exact.is_Rational and max(abs(exact.p), exact.q) < 10**15
    value = exact if brief else ball_at(expr, point, 1100).str(8, radius=False)
    grade = "proved" if exact.is_Rational else "certified"
    return Decision(False, f"it is {value}{' at ' + where if where else ''}, not 0", grade, where or short(expr))


def decide_equal(left: Expr, right: Expr) -> Decision:
    """Whether two expressions are equal wherever both are defined."""
    if left == right and left not in (sympy.nan, sympy.zoo):
        return Decision(True, "the two sides are the same expression")
    if {left, right} & {oo, -oo}:
        other = right if left in (oo, -oo) else left
        return Decision(False if other.is_finite or other in (oo, -oo) else None, f"{short(left)} against {short(right)}")
    return decide_zero(left - right)


def decide_limit(expr: Expr, symbol: Symbol, point: Expr, value: Expr, side: str = "+-") -> Decision:
    """Whether an expression tends to a value.

    Args:
        expr: the expression.
        symbol: the variable that moves.
        point: where it moves to; oo and -oo are allowed.
        value: the limit; oo and -oo are allowed.
        side: "+" from above, "-" from below, "+-" both; without meaning at an infinite point.

    >>> t = Symbol("t", real=True)
    >>> decide_limit(sympy.sin(t)/t, t, sympy.S(0), sympy.S(1)).holds, decide_limit(1/t, t, sympy.S(0), oo).holds
    (True, False)
    """
    sides = ("-",) if point == oo else ("+",) if point == -oo else tuple(side)
    answers = [_limit_from(expr, symbol, point, value, s) for s in sides]
    for holds in (False, None):
        for answer in answers:
            if answer.holds is holds:
                return answer
    return answers[0]


def _limit_from(expr: Expr, symbol: Symbol, point: Expr, value: Expr, side: str) -> Decision:
    try:
        found = sympy.limit(expr, symbol, point, side)
    except (NotImplementedError, ValueError, TypeError, AttributeError) as error:
        return Decision(None, f"SymPy finds no limit of {short(expr)}: {str(error)[:80]}")
    if found.has(sympy.Limit, sympy.AccumBounds, sympy.nan, sympy.zoo):
        return Decision(None, f"SymPy finds no limit of {short(expr)} as {symbol} → {point}")
    answer = decide_equal(found, value)
    if answer.holds is False:
        return Decision(False, f"the limit is {short(found)}, not {short(value)}", answer.grade, answer.witness or short(found))
    if answer.holds is None:
        return answer
    if _moves_away(expr, symbol, point, value, side):
        return Decision(None, f"SymPy's limit {short(found)} disagrees with values near {symbol} = {point}")
    return Decision(True, f"the limit is {short(value)}")


def _moves_away(expr: Expr, symbol: Symbol, point: Expr, value: Expr, side: str) -> bool:
    """Whether values closer and closer to the point contradict the limit: a guard against slips of SymPy's algorithm."""
    rest = next(points((expr.free_symbols | value.free_symbols | point.free_symbols) - {symbol}, 1), None)
    if rest is None:
        return False
    gaps = []
    for k in (1, 2, 4, 8):
        step = Rational(1, 10**k)
        near = point.subs(rest) + (step if side == "+" else -step) if point not in (oo, -oo) else (1 / step if point == oo else -1 / step)
        ball = ball_at(expr, {**rest, symbol: near}, 512)
        gap = 1 / abs(ball) if value in (oo, -oo) else abs(ball - ball_at(value, rest, 512))
        if gap.is_finite():
            gaps.append(gap)
    # SymPy 1.14 takes (1 + erf((z − 1)/√2))/2 to 1 as z → −∞: there the gap stays, it does not grow
    return len(gaps) >= 2 and not bool(2 * gaps[-1] < gaps[0]) and bool(gaps[-1] > 1e-30)


def decide_antiderivative(primitive: Expr, integrand: Expr, symbol: Symbol) -> Decision:
    """Whether the derivative of the primitive is the integrand."""
    return decide_equal(sympy.diff(primitive, symbol), integrand)


def decide_integral(integrand: Expr, interval: Interval, value: Expr, primitive: Expr) -> Decision:
    """Whether an integral has a value, by a primitive: derivative exact, no jump inside, ends by limits.

    >>> t = Symbol("t", real=True)
    >>> decide_integral(sympy.exp(-t), (t, sympy.S(0), oo), sympy.S(1), -sympy.exp(-t)).holds
    True
    """
    symbol, low, high = interval
    step = decide_antiderivative(primitive, integrand, symbol)
    if step.holds is not True:
        return Decision(None, f"{short(primitive)} is not shown to be a primitive: {step.reason}")
    if not analytic_everywhere(primitive, lambda e: _positive_inside(e, interval), frozenset({symbol})):
        return Decision(None, f"the primitive {short(primitive)} may jump between {low} and {high}; split the interval")
    ends = []
    for end, side in ((high, "-"), (low, "+")):
        try:
            limit = sympy.limit(primitive, symbol, end, side)
        except (NotImplementedError, ValueError, TypeError, AttributeError):
            limit = sympy.nan
        if limit.has(sympy.Limit, sympy.AccumBounds, sympy.nan, sympy.zoo, oo) or _moves_away(primitive, symbol, end, limit, side):
            return Decision(None, f"SymPy finds no finite limit of {short(primitive)} as {symbol} → {end}")
        ends.append(limit)
    answer = decide_equal(ends[0] - ends[1], value)
    if answer.holds is False:
        return Decision(False, f"the integral is {short(sympy.expand(ends[0] - ends[1]))}: {answer.reason}", answer.grade, answer.witness)
    return Decision(answer.holds, f"by the primitive {short(primitive)}" if answer.holds else answer.reason)


def _positive_inside(expr: Expr, interval: Interval) -> bool | None:
    if expr.is_positive:
        return True
    return decide_positive(expr, interval).holds if interval[0] in expr.free_symbols else decide_positive(expr).holds


def decide_series(expr: Expr, symbol: Symbol, coefficients: list[Expr]) -> Decision:
    """Whether the Taylor coefficients at 0 are those listed.

    >>> t = Symbol("t", real=True)
    >>> decide_series(sympy.exp(2*t), t, [sympy.S(c) for c in (1, 2, 2)]).holds
    True
    """
    from theorycheck.claims.taylor import taylor_coefficients

    found = taylor_coefficients(expr, symbol, len(coefficients))
    if found is None:
        return Decision(None, f"no Taylor expansion of {short(expr)} at {symbol} = 0 was found")
    open_reason = None
    for n, (have, want) in enumerate(zip(found, coefficients, strict=True)):
        answer = decide_equal(have, want)
        if answer.holds is False:
            reason = f"the coefficient of {symbol}^{n} is {short(have)}, not {short(want)}"
            return Decision(False, reason, answer.grade, answer.witness or f"degree {n}")
        if answer.holds is None:
            open_reason = open_reason or f"coefficient of {symbol}^{n}: {answer.reason}"
    return Decision(None, open_reason) if open_reason else Decision(True, f"{len(coefficients)} coefficients agree exactly")
