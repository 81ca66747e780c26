"""Expressions at points: balls of them, rational points that respect the symbols' assumptions, and counterexamples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Any

import sympy
from flint import arb, ctx, fmpq
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

#: Where expressions are tried, simple numbers last.
CANDIDATES = tuple(Rational(q) for q in "7/5 -9/7 3/11 -1/9 37/10 -41/10 2 5 1 -3 4 11 0".split())


class Unknown(Exception):
    """An expression has a part that the balls do not know."""


@lru_cache(maxsize=1)
def _functions() -> dict[Any, Callable[..., arb]]:
    return {
        sympy.exp: arb.exp,
        sympy.log: arb.log,
        sympy.sin: arb.sin,
        sympy.cos: arb.cos,
        sympy.tan: arb.tan,
        sympy.cot: arb.cot,
        sympy.sinh: arb.sinh,
        sympy.cosh: arb.cosh,
        sympy.tanh: arb.tanh,
        sympy.sech: arb.sech,
        sympy.csch: arb.csch,
        sympy.coth: arb.coth,
        sympy.asin: arb.asin,
        sympy.acos: arb.acos,
        sympy.atan: arb.atan,
        sympy.asinh: arb.asinh,
        sympy.acosh: arb.acosh,
        sympy.atanh: arb.atanh,
        sympy.erf: arb.erf,
        sympy.erfc: arb.erfc,
        sympy.erfi: arb.erfi,
        sympy.gamma: arb.gamma,
        sympy.loggamma: arb.lgamma,
        sympy.digamma: arb.digamma,
        sympy.zeta: arb.zeta,
        sympy.Abs: abs,
        sympy.sign: _sign,
        sympy.factorial2: _double_factorial,
        sympy.factorial: lambda n: (n + 1).gamma(),
        sympy.binomial: lambda n, k: (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma(),
        sympy.Max: lambda *a: _fold(arb.max, a),
        sympy.Min: lambda *a: _fold(arb.min, a),
        sympy.re: lambda a: a,
    }


def _sign(a: arb) -> arb:
    return arb(1) if a > 0 else arb(-1) if a < 0 else arb(0) if a.is_zero() else arb(0, 1)


def _double_factorial(n: arb) -> arb:
    if not n.is_integer():
        return arb.nan()
    value = 2 ** (n / 2) * (n / 2 + 1).gamma()
    return value * (2 / arb.pi()).sqrt() if int(n.unique_fmpz()) % 2 else value


def _fold(pick: Callable[[arb, arb], arb], balls: tuple[arb, ...]) -> arb:
    result = balls[0]
    for b in balls[1:]:
        result = pick(result, b)
    return result


def ball_at(expr: Expr, point: Mapping[Symbol, Any] | None = None, prec: int = 128) -> arb:
    """The ball of a real expression at a point; infinite or nan where it is not defined over the reals or not known.

    Args:
        expr: a SymPy expression.
        point: a SymPy constant or an arb for each of its symbols.
        prec: working precision in bits.

    >>> t = Symbol("t", real=True)
    >>> ball_at(sympy.sqrt(t) + sympy.pi, {t: Rational(1, 4)}).str(8, radius=False)
    '3.6415927'
    """
    with ctx.workprec(prec):
        known = {s: v if isinstance(v, arb) else _ball(v, {}) for s, v in (point or {}).items()}
        try:
            return _ball(expr, known)
        except (Unknown, ValueError, OverflowError, TypeError):
            return arb.nan()


def _ball(e: Expr, known: dict[Expr, arb]) -> arb:
    if e not in known:
        known[e] = _fresh_ball(e, known)
    return known[e]


def _fresh_ball(e: Expr, known: dict[Expr, arb]) -> arb:
    if isinstance(e, Rational):
        return arb(fmpq(int(e.p), int(e.q)))
    if isinstance(e, Add):
        return sum((_ball(a, known) for a in e.args[1:]), _ball(e.args[0], known))
    if isinstance(e, Mul):
        result = _ball(e.args[0], known)
        for a in e.args[1:]:
            result = result * _ball(a, known)
        return result
    if isinstance(e, Pow):
        return _power(_ball(e.base, known), e.exp, known)
    if hasattr(e, "in_sympy"):  # a function of our own
        return _ball(e.in_sympy(), known)
    if hasattr(e, "ball"):  # an isolated root
        return e.ball(ctx.prec)
    if e in (sympy.pi, sympy.E):
        return arb.pi() if e is sympy.pi else arb.const_e()
    if e is sympy.EulerGamma:
        return arb.const_euler()
    if isinstance(e, sympy.CRootOf) and e.is_real:
        tiny = Rational(1, 2 ** (ctx.prec + 10))
        close = _ball(e.eval_rational(tiny, tiny), {})
        return arb(close.mid(), arb(2) ** (3 - ctx.prec) * (1 + abs(close)))
    if e is sympy.S.Infinity or e is sympy.S.NegativeInfinity:
        return arb.pos_inf() if e is sympy.S.Infinity else arb.neg_inf()
    if isinstance(e, sympy.Sum):
        return _sum(e, known)
    function = _functions().get(e.func)
    if function is None:
        raise Unknown(str(e))
    return function(*(_ball(a, known) for a in e.args))


def _power(base: arb, power: Expr, known: dict[Expr, arb]) -> arb:
    if power.is_Integer:
        n = int(power)
        if n == 2:
            return base * base
        return base**n if n >= 0 else 1 / base ** (-n)
    if power == sympy.S.Half:
        return base.sqrt()
    q = _ball(power, known)
    if base < 0 and q.is_integer():  # an integer exponent given by a symbol
        return base ** int(q.unique_fmpz())
    return base**q


def _sum(e: sympy.Sum, known: dict[Expr, arb]) -> arb:
    (symbol, low, high), *others = e.limits
    first, last = (_ball(end, known).unique_fmpz() for end in (low, high))
    if others or first is None or last is None or last - first > 2000:
        raise Unknown(str(e))
    symbols = {s: v for s, v in known.items() if isinstance(s, Symbol)}  # no other value survives a new index
    return sum((_ball(e.function, {**symbols, symbol: arb(n)}) for n in range(int(first), int(last) + 1)), arb(0))


def points(symbols: frozenset[Symbol] | set[Symbol], most: int = 13) -> Iterator[dict[Symbol, Rational]]:
    """Rational points that respect the assumptions of the symbols (positive, integer, …), none when there is no such point.

    >>> n = Symbol("n", integer=True, positive=True)
    >>> next(points({n}))
    {n: 2}
    """
    names = sorted(symbols, key=str)
    allowed = [[c for c in CANDIDATES if respects(c, s)] for s in names]
    if not all(allowed):
        return
    for shift in range(most):  # along a diagonal first, so that no two symbols take the same value
        yield {s: values[(shift * (i + 1) + i) % len(values)] for i, (s, values) in enumerate(zip(names, allowed, strict=True))}
    if len(names) > 1:  # whole numbers, exact in balls, equal ones among them
        for values in islice(product(*(a[-3:] for a in allowed)), most):
            yield dict(zip(names, values, strict=True))


def respects(value: Rational, symbol: Symbol) -> bool:
    return all(getattr(value, f"is_{name}", None) in (wanted, None) for name, wanted in symbol.assumptions0.items())


def counterexample(expr: Expr, wrong: Callable[[arb], bool]) -> dict[Symbol, Rational] | None:
    """A rational point where the ball of the expression is certainly wrong, or None when none is found."""
    symbols = expr.free_symbols
    for point in points(symbols) if symbols else [{}]:
        for prec in (64, 256, 1024):
            value = ball_at(expr, point, prec)
            if not value.is_finite():
                break
            if wrong(value):
                return point
            if symbols and prec == 64 and value.contains(0) and value.rad() < 1e-12:
                break  # most likely a true zero here: another point tells more than more bits
    return None
