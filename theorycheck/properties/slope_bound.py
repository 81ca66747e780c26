"""P1 of Zhong et al. (2017): 0 ≤ φ'(z) ≤ L₁ abs(z)^p. Sign, growth at both ends, order at 0, and the constant."""

from __future__ import annotations

import sympy
from flint import arb
from sympy import Expr, Integer, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.expansion import cancelled
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import differentiate, to_sympy, x
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.tails import LOG, ONE, GrowsTooFast, log_growth, seen_from, settled_tail, starts_beyond
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.enclosure import Enclosure
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.properties import shape
from theorycheck.properties.covering import upper_bound
from theorycheck.properties.signs import nonnegative
from theorycheck.properties.suprema import supremum
from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

_NEAR = Rational(1, 4)
_MOST_DERIVATIVES = 16


def bounded_nonnegative_derivative(f: Activation) -> Verdict:
    """P1: 0 ≤ φ'(z) ≤ L₁ abs(z)^p for all z, with one p ≥ 0. The value is {"L1", "p"}.

    Source: Zhong et al. (2017), Property 3.1, read literally: φ'(0) ≠ 0 forces p = 0.
    """
    whole = shape.continuous(f)
    if whole.holds is not True:
        return whole
    slope = f.derivative()
    sign = nonnegative(slope.pieces, "s'")
    if sign.holds is not True:
        return sign
    growth = _growth(slope)
    if isinstance(growth, Verdict):
        return growth
    growth, attained = growth
    if growth == 0:
        top = supremum(slope.pieces)
        return _holds(sign, top.value, top.exact is not None, 0)
    flat = _order_at_zero(slope)
    if flat is not None and growth > flat and not attained:
        return undecided(f"whether s' grows as fast as x^{growth}; a lower bound on its tails would decide it")
    if flat == 0:
        return refuted(f"s' is not 0 at 0, which forces p = 0, but s' grows like x^{growth}", witness="0", grade=str(sign.grade))
    if flat is None:
        return undecided("the order of s' at 0; an expansion there would decide it")
    if growth > flat:
        return refuted(f"s' vanishes at 0 only to order {flat} but grows like x^{growth}", witness="0", grade=str(sign.grade))
    return _with_power(f, sign, growth)


def _holds(sign: Verdict, constant: object, exact: bool, p: object) -> Verdict:
    ball = arb(constant)
    text = Enclosure(ball, digits=15).value if exact or ball.rel_accuracy_bits() > 60 else Enclosure(arb(ball.upper()), digits=4).value
    reason = f"0 ≤ s' ≤ {text if len(text) < 12 else text[:8] + '…'}" + (f"·abs(z)^{p}" if p else "")
    value = {"L1": text, "p": int(p) if isinstance(p, int) or getattr(p, "is_Integer", False) else str(p)}  # type: ignore[call-overload]  # an int or a SymPy rational
    return proved(reason, value=value) if exact and sign.grade == "proved" else certified(reason, value=value)


def _growth(slope: Activation) -> tuple[Rational, bool] | Verdict:
    """The least q with φ' = O(abs(x)^q) at both ends and whether φ' is sure to grow like that, or the refutation."""
    most, attained = S.Zero, True
    for piece, side in ((slope.pieces[0], -1), (slope.pieces[-1], 1)):
        end = "x → ∞" if side > 0 else "x → −∞"
        try:
            expansion = settled_tail(piece.expr, side, starts_beyond(piece.start if side > 0 else piece.end, side))
        except GrowsTooFast:
            return refuted(f"s' grows faster than every power as {end}", witness=end)
        if not expansion.terms:
            continue
        b, a, m, power = lead = expansion.ordered()[0]
        if (b, a) > (0, 0):
            rate = log_growth(piece.expr, side)
            if rate and max(rate) > LOG and arb(rate[max(rate)]) > 0:
                return refuted(f"s' grows faster than every power as {end}", witness=end)
            return undecided(f"the growth of s' as {end}; a lower bound would decide it")
        if lead > ONE:
            if power > 0:
                return undecided(f"s' grows like a logarithm times a power as {end}")
            here = Rational(int(m.p), int(m.q))
            sure = not arb(expansion.terms[lead]).contains(0)
            attained = (attained and sure) if here == most and here > 0 else sure if here > most else attained
            most = max(most, here)
    return most, attained


def _order_at_zero(slope: Activation) -> Rational | None:
    """The order of vanishing of φ' at 0 at its less flat side; a side that is zero does not count."""
    orders = []
    for piece in slope.pieces:
        for edge, side in ((piece.end, -1), (piece.start, 1)):
            here = edge.is_zero or (compare(piece.start, S.Zero) < 0 < compare(piece.end, S.Zero))
            if not here or piece.expr == 0:
                continue
            order = _taylor_order(piece.expr)
            if order is None:
                order = _expansion_order(piece.expr, side)
            if order is None:
                return None
            orders.append(order)
    return min(orders) if orders else None


def _taylor_order(expr: Expr) -> Integer | None:
    """The first derivative that is not 0 at 0, each of the earlier ones shown to be exactly 0."""
    for n in range(_MOST_DERIVATIVES):
        value = expr.subs(x, 0)
        ball = value_at(expr, S.Zero)
        if not ball.is_finite():
            return None
        if not ball.contains(0):
            return Integer(n)
        if is_zero(value) is not True:
            return None
        expr = differentiate(expr)
    return None


def _expansion_order(expr: Expr, side: int) -> Rational | None:
    """A fractional order, from the expansion of φ'(1/x) at infinity."""
    try:
        terms = settled_tail(seen_from(expr, S.Zero, side), 1).terms
    except (Undecided, GrowsTooFast):
        return None
    b, a, m, power = lead = max(terms, default=LOG)
    return None if b or a or power or m > 0 or arb(terms[lead]).contains(0) else Rational(-int(m.p), int(m.q))


def _with_power(f: Activation, sign: Verdict, p: Rational) -> Verdict:
    """L₁ = sup φ'/abs(x)^p, exactly where the quotient simplifies, else an upper bound."""
    slope = f.derivative()

    def quotient(piece_expr: Expr, side: int) -> Expr:
        return cancelled(to_sympy(piece_expr) / (side * x) ** p)

    halves = [
        Piece(part.start, part.end, quotient(part.expr, side))
        for side, ends in ((-1, (S.NegativeInfinity, S.Zero)), (1, (S.Zero, S.Infinity)))
        for part in _between(slope.pieces, *ends)
    ]
    try:
        top = supremum(tuple(halves))
        if top.value.is_finite():
            return _holds(sign, top.value, top.exact is not None, p)
    except TheorycheckError:
        pass
    # near 0 Taylor's theorem: abs(φ') ≤ sup abs(φ^(n+1))·abs(x)^n/n!, n the order of vanishing
    order = int(sympy.ceiling(p))
    if any(b != 0 and abs(float(enclose(b, 80))) <= float(_NEAR) for b in slope.breakpoints):
        return undecided(f"a bound on s'/abs(x)^{p} near 0, where there are breakpoints")
    near = upper_bound(_between(f.derivative(order + 1).pieces, -_NEAR, _NEAR)) / sympy.factorial(order).p
    far = [upper_bound(_between(tuple(halves), *ends)) for ends in ((S.NegativeInfinity, -_NEAR), (_NEAR, S.Infinity))]
    bound = max([near, *far], key=lambda b: float(b.abs_upper()))
    if bound.is_finite():
        return _holds(sign, bound, False, p)
    return undecided(f"a bound on s'/abs(x)^{p} near 0; an expansion there would decide it")


def _between(pieces: Pieces, low: Expr, high: Expr) -> Pieces:
    """The pieces inside (low, high)."""
    clipped = []
    for piece in pieces:
        start = piece.start if compare(piece.start, low) > 0 else low
        end = piece.end if compare(piece.end, high) < 0 else high
        if compare(start, end) < 0:
            clipped.append(Piece(start, end, piece.expr))
    return tuple(clipped)
