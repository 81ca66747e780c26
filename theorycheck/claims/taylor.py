"""Taylor coefficients at 0 by arithmetic of truncated power series: exact, and without SymPy's general series machinery."""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Mul, Pow, S, Symbol

from theorycheck.zero import analytic_everywhere, estimated_terms, is_zero

#: More terms than this in one coefficient, and it is not multiplied out.
_LARGEST = 2000


def taylor_coefficients(expr: Expr, symbol: Symbol, count: int) -> list[Expr] | None:
    """The first Taylor coefficients at 0, or None where the expression has no Taylor expansion.

    Args:
        expr: an expression.
        symbol: the variable of expansion.
        count: how many coefficients.

    Returns:
        A list of `count` expressions free of the symbol.

    >>> s, t = sympy.symbols("s t", real=True)
    >>> taylor_coefficients(sympy.exp(s*t - t**2/2), t, 4)
    [1, s, s**2/2 - 1/2, s**3/6 - s/2]
    """
    if not expr.has(symbol):
        return [expr, *[S.Zero] * (count - 1)][:count]
    if expr == symbol:
        return [S.Zero, S.One, *[S.Zero] * count][:count]
    if isinstance(expr, Add):
        rows = [taylor_coefficients(a, symbol, count) for a in expr.args]
        return None if None in rows else [Add(*(r[n] for r in rows if r)) for n in range(count)]
    if isinstance(expr, Mul):
        above = [a for a in expr.args if not (isinstance(a, Pow) and a.has(symbol) and a.exp.is_negative)]
        below = Mul(*[1 / a for a in expr.args if a not in above])
        result: list[Expr] | None = [S.One, *[S.Zero] * (count - 1)]
        for a in above:
            result = _times(result, taylor_coefficients(a, symbol, count))
        return result if below == 1 else _divided(above, below, symbol, count)
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp > 0:
        base = taylor_coefficients(expr.base, symbol, count)
        result = [S.One, *[S.Zero] * (count - 1)]
        for _ in range(int(expr.exp)):
            result = _times(result, base)
            if int(expr.exp) > 100 or result is None:
                return None
        return result
    if isinstance(expr, Pow) and not expr.exp.has(symbol):
        outer = Symbol("_u", real=True)
        return _composed(Pow(outer, expr.exp), outer, taylor_coefficients(expr.base, symbol, count))
    if isinstance(expr, sympy.Function) and len(expr.args) == 1:
        outer = Symbol("_u", real=True)
        return _composed(expr.func(outer), outer, taylor_coefficients(expr.args[0], symbol, count))
    return None


def _tidy(expr: Expr) -> Expr:
    return sympy.expand(expr) if estimated_terms(expr) <= _LARGEST else expr


def _times(a: list[Expr] | None, b: list[Expr] | None) -> list[Expr] | None:
    if a is None or b is None:
        return None
    return [_tidy(Add(*(a[i] * b[n - i] for i in range(n + 1)))) for n in range(len(a))]


def _divided(above: list[Expr], below: Expr, symbol: Symbol, count: int) -> list[Expr] | None:
    """A quotient, where a zero of the denominator at 0 may cancel one of the numerator (t²/(1 − cos t))."""
    extra = count
    while extra <= count + 8:
        bottom = taylor_coefficients(below, symbol, extra)
        top: list[Expr] | None = [S.One, *[S.Zero] * (extra - 1)]
        for a in above:
            top = _times(top, taylor_coefficients(a, symbol, extra))
        if bottom is None or top is None:
            return None
        vanish = [is_zero(c) for c in bottom]
        order = next((n for n, gone in enumerate(vanish) if gone is not True), extra)
        if order < extra and vanish[order] is None:
            return None
        if order + count <= extra:
            break
        extra += 4
    else:
        return None
    if any(c != 0 for c in top[:order]):
        return None
    top, bottom = top[order:], bottom[order:]
    quotient: list[Expr] = []
    for n in range(count):
        quotient.append(_tidy((top[n] - Add(*(quotient[i] * bottom[n - i] for i in range(n)))) / bottom[0]))
    return quotient


def _composed(outer: Expr, variable: Symbol, inner: list[Expr] | None) -> list[Expr] | None:
    """Σ f⁽ᵏ⁾(u₀)/k! · δᵏ for the series u₀ + δ."""
    if inner is None:
        return None
    start, count = inner[0], len(inner)
    shift: list[Expr] | None = [S.Zero, *inner[1:]]
    power: list[Expr] | None = [S.One, *[S.Zero] * (count - 1)]
    total: list[Expr] = [S.Zero] * count
    for k in range(count):
        value = outer.subs(variable, start)
        if power is None or value.has(sympy.zoo, sympy.nan, sympy.oo) or not _smooth_at(outer, variable, start):
            return None
        total = [_tidy(t + value / sympy.factorial(k) * p) for t, p in zip(total, power, strict=True)]
        outer = sympy.diff(outer, variable)
        power = _times(power, shift)
    return total


def _smooth_at(outer: Expr, variable: Symbol, start: Expr) -> bool:
    """Whether the form of a function shows that it is analytic round the point it is expanded at."""
    return analytic_everywhere(outer, lambda e: e.subs(variable, start).is_positive, frozenset({variable}))
