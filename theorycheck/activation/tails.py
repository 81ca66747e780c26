"""Expansions at infinity: what a function does on a whole half-line.

One device answers four questions: the growth that a Gaussian tail bound needs, limits at infinity, signs on a half-line, and
the large-scale end of a covering. Where an expansion is only an upper bound, `log_growth` asks for the logarithm instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import sympy
from flint import arb, ctx, fmpq
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from theorycheck.activation.balls import enclose, rational
from theorycheck.activation.functions import x
from theorycheck.activation.tail_algebra import LINE, LOG, ONE, SQUARE, Coefficient, GrowsTooFast, Key, Tail, TailUnknown
from theorycheck.activation.tail_functions import tail_arithmetic
from theorycheck.activation.tape import tape_of

__all__ = [
    "LINE",
    "LOG",
    "ONE",
    "SQUARE",
    "STARTS",
    "GrowsTooFast",
    "Growth",
    "Key",
    "Tail",
    "TailUnknown",
    "limit_at",
    "log_growth",
    "seen_from",
    "settled_tail",
    "starts_beyond",
    "tail",
    "tends_to_infinity",
]  # fmt: skip

#: Where expansions are tried to begin.
STARTS = (8, 16, 64, 512, 4096)

#: log abs(f) up to a bounded error: coefficients of terms that grow.
Growth = dict[Key, Coefficient]


@lru_cache(maxsize=2048)
def tail(expr: Expr, side: int, start: int) -> Tail:
    """The expansion of f(side·x) for x ≥ start.

    Args:
        expr: an analytic expression in `x`.
        side: +1 or −1.
        start: an integer ≥ 2.

    Raises:
        TailUnknown: no expansion from this start on.
        GrowsTooFast: f grows faster than every e^(b x²).

    >>> t = tail(sympy.sqrt(x**2 + 1) - x, +1, 8)
    >>> t.sign(), t.limit()
    (1, 0)
    """
    try:
        return _unchecked(expr, side, start)
    except GrowsTooFast:  # a part does; the whole need not, as in 1/(2 + exp(x³))
        rate = log_growth(expr, side)
        if rate and max(rate) > SQUARE and arb(rate[max(rate)]) > 0:
            raise
        raise TailUnknown(f"a part grows faster than every exp(b x²) as x goes to {'-' if side < 0 else ''}infinity") from None


def _unchecked(expr: Expr, side: int, start: int) -> Tail:
    with ctx.workprec(128):
        result = tape_of(expr).run(tail_arithmetic(start), Tail(fmpq(start), {LINE: fmpq(side)}))
    if any(not isinstance(c, fmpq) and not c.is_finite() for c in result.terms.values()):
        raise TailUnknown(f"the expansion from x = {start} on has an infinite coefficient")
    return result


def settled_tail(expr: Expr, side: int, starts: tuple[int, ...] = STARTS, accept: Callable[[Tail], bool] = lambda _: True) -> Tail:
    """The expansion from the first start that gives one to be accepted, else from the last start."""
    for start in starts[:-1]:
        try:
            found = tail(expr, side, start)
            if accept(found):
                return found
        except TailUnknown:
            continue
    return tail(expr, side, starts[-1])


def has_bounds(found: Tail) -> bool:
    """Whether bounds over the half-line are known; a bump far out hides the tail behind it."""
    found.bounds()
    return True


def has_sign(found: Tail) -> bool:
    """Whether the sign on the half-line is known."""
    return found.sign() is not None


def starts_beyond(edge: Expr, side: int) -> tuple[int, ...]:
    """The starts that lie inside a piece, given its finite other end (or an infinite one)."""
    if not edge.is_finite:
        return STARTS
    least = int((side * enclose(edge, 80)).upper().ceil().unique_fmpz())
    beyond = tuple(s for s in STARTS if s >= least)
    return beyond or (least, 8 * least)


def log_growth(expr: Expr, side: int) -> Growth | None:
    """log abs(f(side·x)) for x → ∞, up to a bounded error; None when it is not known.

    >>> log_growth(1/(2 + sympy.exp(x**3)), +1), list(log_growth(sympy.exp(sympy.sqrt(2)*x) - x, +1)) == [LINE]
    ({(0, 0, 3, 0): -1}, True)
    """
    with ctx.workprec(128):
        return _growth(expr, side)


def seen_from(expr: Expr, point: Expr, side: int) -> Expr:
    """f(point + side/x), whose behaviour for x → ∞ is that of f at a finite point."""
    positive = Symbol("p", positive=True)  # so that √(x²) is x, not abs(x)
    return expr.subs(x, point + side / positive).xreplace({positive: x})


def limit_at(expr: Expr, point: Expr, side: int) -> Coefficient | None:
    """The one-sided limit at a finite point, from the right for side = +1: an exact fmpq, a ball, ±infinity as a ball, or None.

    >>> limit_at((1 - sympy.cos(x))/x, sympy.S.Zero, +1), limit_at(sympy.sqrt(x)/x, sympy.S.Zero, +1) > 0
    (0, True)
    """
    try:
        return settled_tail(seen_from(expr, point, side), +1).limit()
    except (TailUnknown, GrowsTooFast):
        return None


def tends_to_infinity(expr: Expr, side: int) -> bool:
    """Whether abs(f(side·x)) is sure to tend to infinity."""
    rate = log_growth(expr, side)
    return bool(rate and arb(rate[max(rate)]) > 0)


def _growth(expr: Expr, side: int) -> Growth | None:
    if not expr.has(x):
        value = enclose(expr, 128)
        return {} if value.is_finite() and not value.contains(0) else None
    by_expansion = _leading_growth(expr, side)
    if by_expansion is not None:
        return by_expansion
    if isinstance(expr, sympy.exp):
        return _growing_part(expr.args[0], side)
    if isinstance(expr, (sympy.sinh, sympy.cosh)):
        exponent = _growing_part(expr.args[0], side)
        return _multiple(exponent, fmpq(1) if arb(exponent[max(exponent)]) > 0 else fmpq(-1)) if exponent else None
    if isinstance(expr, Pow) and not expr.exp.has(x):
        base = _growth(expr.base, side)
        return None if base is None else _multiple(base, rational(expr.exp) if isinstance(expr.exp, Rational) else enclose(expr.exp, 128))
    if isinstance(expr, Mul):
        total: Growth = {}
        for factor in expr.args:
            rate = _growth(factor, side)
            if rate is None:
                return None
            total = _sum(total, rate)
        return total
    return _dominant(expr, side) if isinstance(expr, Add) else None


def _dominant(expr: Add, side: int) -> Growth | None:
    """The growth of the one term that outgrows all others, each by a quotient that tends to 0."""
    rates = [_growth(term, side) for term in expr.args]
    for top in rates:
        if top is None:
            continue
        gaps = [_sum(top, _multiple(rate, fmpq(-1))) if rate is not None else {} for rate in rates if rate is not top]
        if all(gap and arb(gap[max(gap)]) > 0 for gap in gaps):
            return top
    return None


def _expansions(expr: Expr, side: int) -> Iterator[dict[Key, Coefficient]]:
    """The terms from every start that gives an expansion, until a part grows too fast."""
    for start in STARTS:
        try:
            yield _unchecked(expr, side, start).terms
        except TailUnknown:
            continue
        except GrowsTooFast:
            return


def _leading_growth(expr: Expr, side: int) -> Growth | None:
    for terms in _expansions(expr, side):
        if not terms:
            return None
        (b, a, m, logs), c = max(terms), terms[max(terms)]
        if not logs and not arb(c).contains(0):
            return {k: v for k, v in ((SQUARE, b), (LINE, a), (LOG, m)) if v}
    return None


def _growing_part(expr: Expr, side: int) -> Growth | None:
    """The terms of an exponent that are not bounded."""
    for terms in _expansions(expr, side):
        growing = {k: c for k, c in terms.items() if k > ONE}
        return growing if not growing or not arb(growing[max(growing)]).contains(0) else None
    return None


def _sum(s: Growth, t: Growth) -> Growth:
    total = {k: s.get(k, fmpq(0)) + t.get(k, fmpq(0)) for k in {*s, *t}}
    return {k: c for k, c in total.items() if not (isinstance(c, fmpq) and c == 0)}


def _multiple(t: Growth, c: Coefficient) -> Growth:
    return {k: v * c for k, v in t.items()}
