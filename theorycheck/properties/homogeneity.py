"""Positive homogeneity, exact: on each side of 0 the function is a power, of one degree."""

from __future__ import annotations

from sympy import Expr, Integer, S

from theorycheck.activation.expansion import cancelled
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import differentiate, to_sympy, x
from theorycheck.activation.zero import is_zero, value_at
from theorycheck.properties.signs import short
from theorycheck.verdict import Verdict, proved, refuted, undecided


def homogeneous(f: Activation) -> Verdict:
    """s(c x) = c^q s(x) for every c > 0; the value is the degree q."""
    degrees: set[Expr] = set()
    for b in f.breakpoints:
        if b != 0:
            here = next(i for i, p in enumerate(f.pieces) if p.start == b)
            if is_zero(f.pieces[here - 1].expr - f.pieces[here].expr) is False:
                return refuted(f"a breakpoint at x = {b}", witness=str(b))
            return undecided(f"whether the pieces on both sides of x = {b} are the same")
    for piece in f.pieces:
        if piece.expr == 0:
            continue
        degree = cancelled(to_sympy(x * differentiate(piece.expr) / piece.expr))
        if degree.has(x):
            return _not_homogeneous(f)
        degrees.add(degree)
    if len(degrees) > 1:
        low, high = sorted(degrees)[:2]
        return refuted(f"degree {low} on one side of 0 and {high} on the other", witness="0")
    if not degrees:
        return proved("s = 0, homogeneous of every degree", value=0)
    degree = degrees.pop()
    return proved(f"s(c x) = c^{degree} s(x)", value=int(degree) if isinstance(degree, Integer) else str(degree))


def _not_homogeneous(f: Activation) -> Verdict:
    for piece in f.pieces:
        side = -1 if piece.start is S.NegativeInfinity and piece.end is not S.Infinity else 1
        at = [value_at(piece.expr, Integer(side * n), 300) for n in (1, 2, 4)]
        gap = at[1] * at[1] - at[0] * at[2]
        if gap.is_finite() and not gap.contains(0):
            return refuted(f"s({2 * side})² ≠ s({side})·s({4 * side})", witness=str(2 * side), grade="certified")
        shift = value_at(piece.expr, S.Zero, 300)
        scale = at[0] - at[1]
        if len(f.pieces) == 1 and not shift.contains(0) and not scale.contains(0):
            return refuted(f"s(0) = {short(shift)} ≠ 0 and s is not constant", witness="0", grade="certified")
    return undecided("whether s(2x)/s(x) is constant")
