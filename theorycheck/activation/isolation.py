"""The zeros of an analytic expression by a covering: balls show on each cell that there is none, or exactly one."""

from __future__ import annotations

from functools import lru_cache

import sympy
from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose, rational, real_arithmetic
from theorycheck.activation.functions import differentiate, x
from theorycheck.activation.isolated import IsolatedRoot
from theorycheck.activation.tails import GrowsTooFast, has_sign, settled_tail, starts_beyond
from theorycheck.activation.tape import tape_of
from theorycheck.activation.zero import is_zero, value_at
from theorycheck.errors import Undecided

MAX_CELLS = 3000
MAX_ROOTS = 64


class RootsUnknown(Undecided):
    """The zeros could not all be separated; the message says where."""


def rational_below(constant: Expr) -> Rational:
    """A dyadic rational just below a real constant (itself when it is rational)."""
    if isinstance(constant, Rational):
        return constant
    lower = (enclose(constant, 80) * 2**40).lower().floor().unique_fmpz()
    return Rational(int(lower), 2**40)


def isolate(expr: Expr, start: Expr, end: Expr) -> list[Expr]:
    """The zeros in an interval, in no order; a zero at a rational end may be among them.

    Raises:
        RootsUnknown: two zeros could not be separated, or a tail oscillates.
    """
    low = rational_below(start) if start is not S.NegativeInfinity else None
    high = -rational_below(-end) if end is not S.Infinity else None
    reach = []
    for side, edge in ((-1, low), (1, high)):
        if edge is not None:
            reach.append(edge)
            continue
        try:
            expansion = settled_tail(expr, side, starts_beyond(start if side > 0 else end, side), has_sign)
            sign = expansion.sign()
        except (Undecided, GrowsTooFast):
            sign = None
        if not sign:
            raise RootsUnknown(f"{expr} may change sign infinitely often as x goes to {'-' if side < 0 else ''}infinity")
        reach.append(Rational(side * int(expansion.start.p)))
    found: list[Expr] = []
    stack = [(reach[0], reach[1])] if reach[0] < reach[1] else []
    cells = 0
    f, slope = tape_of(expr), tape_of(differentiate(expr))
    with ctx.workprec(100):
        while stack:
            lo, hi = stack.pop()
            cells += 1
            box = arb(rational(lo)).union(arb(rational(hi)))
            value = f.run(real_arithmetic(), box)
            if value.is_finite() and not value.contains(0):
                continue
            gradient = slope.run(real_arithmetic(), box)
            if gradient.is_finite() and not gradient.contains(0):
                left, right = value_at(expr, lo, 200), value_at(expr, hi, 200)
                exact = next((p for p, v in ((lo, left), (hi, right)) if v.contains(0) and is_zero(expr.subs(x, p))), None)
                if exact is not None:
                    found.append(exact)
                    continue
                if (left > 0 and right > 0) or (left < 0 and right < 0):
                    continue
                if (left > 0 and right < 0) or (left < 0 and right > 0):
                    found.append(_named(expr, lo, hi))
                    continue
            else:
                ends = _only_zeros_at_ends(expr, lo, hi)
                if ends is not None:
                    found += ends
                    continue
            if cells > MAX_CELLS or len(found) > MAX_ROOTS or hi - lo < Rational(1, 2**60):
                raise RootsUnknown(f"the zeros of {expr} near x = {float(lo):.6g} could not be separated")
            middle = (lo + hi) / 2
            stack += [(middle, hi), (lo, middle)]
    return found


def _named(expr: Expr, lo: Rational, hi: Rational) -> Expr:
    """An isolated zero by a simple rational name if it has one."""
    root = IsolatedRoot(expr, lo, hi)
    guess = Rational(str(sympy.nsimplify(root.evalf(20), rational=True, tolerance=1e-12)))
    if guess.q <= 1000 and is_zero(expr.subs(x, guess)):
        return guess
    return root


@lru_cache(maxsize=4096)
def _end_value(expr: Expr, edge: Rational) -> arb:
    return value_at(expr, edge, 200)


def _only_zeros_at_ends(expr: Expr, lo: Rational, hi: Rational) -> list[Expr] | None:
    """The ends of a cell that are its only zeros, by the first derivative there that does not vanish; None when that is not shown."""
    for edge in (lo, hi):
        if not _end_value(expr, edge).contains(0):
            continue
        g = expr
        for _ in range(6):
            if not is_zero(g.subs(x, edge)):
                break
            g = differentiate(g)
            with ctx.workprec(100):
                value = tape_of(g).run(real_arithmetic(), arb(rational(lo)).union(arb(rational(hi))))
            if value.is_finite() and not value.contains(0):
                return [edge]
    return None
