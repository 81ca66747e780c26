"""The shape of a function: smooth, monotone, affine, polynomial, even or odd. Exact, with a witness when it fails."""

from __future__ import annotations

import sympy
from flint import arb
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.growth import quick_growth
from theorycheck.activation.pieces import Pieces, common_refinement, map_pieces
from theorycheck.activation.roots import inner_point
from theorycheck.activation.tails import LOG, ONE, GrowsTooFast, log_growth, settled_tail
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.decimals import correct_decimal
from theorycheck.enclosure import Enclosure
from theorycheck.errors import Undecided
from theorycheck.properties.signs import nonnegative, short
from theorycheck.properties.suprema import supremum
from theorycheck.verdict import Verdict, certified, conjunction, proved, refuted, undecided

_POINTS = tuple(Rational(p, q) for p, q in ((1, 1), (2, 1), (1, 2), (-1, 1), (-2, 1), (3, 1), (-3, 1), (7, 3), (-7, 3), (5, 1), (-5, 1)))
_ORDERS = 8
#: Derivatives up to this order are tried for 0 before the growth is asked for.
_LEAST_ORDERS = 5


def smooth(f: Activation) -> Verdict:
    """Infinitely differentiable on the line."""
    if not f.breakpoints:
        return proved("one analytic piece")
    for order in range(_ORDERS):
        found = f.derivative(order).jumps
        if found:
            point, size = found[0]
            gap = value_at(size, S.Zero)
            if gap.contains(0):
                return undecided(f"whether derivative {order} jumps at x = {point}")
            text = "s" + "'" * order if order <= 3 else f"derivative {order}"
            amount = "is unbounded" if not gap.is_finite() else f"jumps by {size if len(str(size)) < 20 else short(gap)}"
            return refuted(f"{text} {amount} at x = {point}", witness=str(point))
    return undecided(f"the first {_ORDERS} derivatives agree at every breakpoint; an identity of the pieces would decide it")


def monotone(f: Activation) -> Verdict:
    """Non-decreasing or non-increasing."""
    slope = f.derivative().pieces
    sizes = [value_at(size, S.Zero) for _, size in f.jumps]
    rising = nonnegative(slope, "s'")
    if rising.holds and all(s > 0 for s in sizes):
        return proved("s' ≥ 0", value=None) if rising.grade == "proved" else certified(rising.reason)
    falling = nonnegative(map_pieces(slope, lambda e: -e), "-s'")
    if falling.holds and all(s < 0 for s in sizes):
        return proved("s' ≤ 0") if falling.grade == "proved" else certified(falling.reason)
    if rising.holds is False and falling.holds is False:
        grade = rising.grade if rising.grade == falling.grade else "certified"
        return refuted(
            f"{rising.reason}, but s' > 0 at x = {falling.witness}", witness=f"{rising.witness}, {falling.witness}", grade=str(grade)
        )
    drops = [point for (point, _), s in zip(f.jumps, sizes, strict=True) if s < 0]
    rises = [point for (point, _), s in zip(f.jumps, sizes, strict=True) if s > 0]
    not_rising, not_falling = rising.holds is False or bool(drops), falling.holds is False or bool(rises)
    if not_rising and not_falling:
        down, up = rising.witness if rising.holds is False else str(drops[0]), falling.witness if falling.holds is False else str(rises[0])
        return refuted(f"it falls at x = {down} and rises at x = {up}, a jump among them", witness=f"{down}, {up}", grade="certified")
    return undecided("; ".join(v.reason for v in (rising, falling) if v.holds is None) or "the sign of a jump is open")


def continuous(f: Activation) -> Verdict:
    """Continuous on the line."""
    if not f.jumps:
        return proved("continuous at every breakpoint" if f.breakpoints else "one analytic piece")
    sizes = [(point, size, value_at(size, S.Zero)) for point, size in f.jumps]
    point, size, gap = next((found for found in sizes if not found[2].contains(0)), sizes[0])
    if gap.contains(0):
        return undecided(f"whether s jumps at x = {point}")
    return refuted(f"not continuous: s jumps by {size if len(str(size)) < 20 else short(gap)} at x = {point}", witness=str(point))


def vanishes(f: Activation, what: str) -> Verdict:
    """Whether a function is zero almost everywhere."""
    for piece in f.pieces:
        if is_zero(piece.expr):
            continue
        for point in (*_POINTS, inner_point(piece.start, piece.end)):
            if not _in(point, piece.start, piece.end):
                continue
            value = value_at(piece.expr, point)
            if value.is_finite() and not value.contains(0):
                return refuted(f"{what} = {short(value)} at x = {point}", witness=str(point))
        return undecided(f"whether {piece.expr} vanishes identically")
    return proved(f"{what} = 0 on every piece")


def _in(point: Rational, start: Expr, end: Expr) -> bool:
    return compare(start, point) < 0 and compare(point, end) < 0


def piecewise_linear(f: Activation) -> Verdict:
    """P3(b): continuous, affine on each of finitely many pieces."""
    return conjunction([continuous(f), vanishes(f.derivative(2), "s''")], None) if f.jumps else vanishes(f.derivative(2), "s''")


def affine(f: Activation) -> Verdict:
    """a + b x on the whole line."""
    curved = vanishes(f.derivative(2), "s''")
    if curved.holds is not True:
        return curved
    if len(f.pieces) == 1:
        return proved(f"s(x) = {f.pieces[0].expr}")
    for point, left, right in zip(f.breakpoints, f.pieces[:-1], f.pieces[1:], strict=True):
        if is_zero(left.expr - right.expr) is False:
            return refuted(f"the slope or the value changes at x = {point}", witness=str(point))
    return undecided("whether all pieces are the same line")


def polynomial(f: Activation) -> Verdict:
    """A polynomial: one piece of which a derivative vanishes; refuted by a kink, by growth, or by a derivative beyond the growth."""
    if f.breakpoints:
        verdict = smooth(f)
        if verdict.holds is False:
            return refuted(f"{verdict.reason}; a polynomial is smooth", witness=verdict.witness)
        return _outgrows(f, "whether the pieces are one polynomial")
    expr = f.pieces[0].expr
    if expr.is_polynomial(x):
        return proved(f"degree {sympy.Poly(expr, x).degree() if expr.has(x) else 0}")
    for order in range(1, _LEAST_ORDERS):
        if is_zero(f.derivative(order).pieces[0].expr) is True:
            return proved(f"degree {max(as_poly(f).degree(), 0)}: derivative {order} is 0")
    degree = _degree_at_most(f)
    if degree is None:
        return _outgrows(f, "its growth; a bound on the tails would decide it")
    if degree > 30:
        return undecided(f"it grows like x^{degree}")
    verdict = vanishes(Activation.from_pieces(f.derivative(degree + 1).pieces), f"derivative {degree + 1}")
    if verdict.holds is False:
        return refuted(f"grows at most like x^{degree}, but {verdict.reason}", witness=verdict.witness)
    return undecided("whether a high derivative vanishes")


def as_poly(f: Activation) -> sympy.Poly:
    """The polynomial in x that f is, given that `polynomial` holds; where f is written otherwise, by its derivatives at 0.

    >>> as_poly(Activation("3*x**2*(sin(x)**2 + cos(x)**2)")).as_expr()
    3*x**2
    """
    expr = f.pieces[0].expr
    if expr.is_polynomial(x):
        return sympy.Poly(expr, x)
    at_zero = [f.derivative(k).pieces[0].expr.subs(x, 0) / sympy.factorial(k) for k in range(_LEAST_ORDERS)]
    return sympy.Poly(list(reversed([S.Zero if is_zero(c) else c for c in at_zero])), x)


def _outgrows(f: Activation, otherwise: str) -> Verdict:
    """The refutation of an f that is seen to grow faster than every polynomial on one side; undecided otherwise."""
    for expr, side, end in ((f.pieces[-1].expr, 1, "x → ∞"), (f.pieces[0].expr, -1, "x → −∞")):
        try:
            b, a, *_ = settled_tail(expr, side).ordered()[0]
        except GrowsTooFast:
            return refuted(f"grows faster than every polynomial as {end}", witness=end)
        except (Undecided, IndexError):
            continue
        rate = log_growth(expr, side) if (b, a) > (0, 0) else None
        if rate and max(rate) > LOG and arb(rate[max(rate)]) > 0:
            return refuted(f"grows faster than every polynomial as {end}", witness=end)
    return undecided(otherwise)


def _degree_at_most(f: Activation) -> int | None:
    """A bound on the degree of f on one analytic piece if it is a polynomial, from its expansions, else from its structure."""
    expr, degrees = f.pieces[0].expr, []
    for side in (1, -1):
        try:
            b, a, m, _ = lead = settled_tail(expr, side).ordered()[0]
        except (Undecided, GrowsTooFast, IndexError):
            bound = quick_growth(expr, side)
            if bound is None or bound.a or bound.b:
                return None
            degrees.append(int(bound.m))
            continue
        if (b, a) > (0, 0):
            return None
        degrees.append(-int((-m.p) // m.q) if lead > ONE else 0)
    return max(degrees)


def parity(f: Activation) -> Verdict:
    """Even or odd; the value says which."""
    mirrored = tuple(type(p)(-p.end, -p.start, p.expr.subs(x, -x)) for p in reversed(f.pieces))
    reasons = []
    for sign, name in ((1, "even"), (-1, "odd")):
        answer = _same(f, mirrored, sign)
        if answer is True:
            return proved(f"s(−x) = {'−' if sign < 0 else ''}s(x)", value=name)
        reasons.append(answer)
    if all(isinstance(r, str) for r in reasons):
        return refuted(f"s(−x) ≠ s(x) at x = {reasons[0]} and s(−x) ≠ −s(x) at x = {reasons[1]}", witness=str(reasons[0]), value="none")
    return undecided("whether s(−x) = ±s(x)")


def _same(f: Activation, mirrored: Pieces, sign: int) -> bool | str | None:
    """True, a point where the two differ, or None."""
    sure = True
    for a, b, left, right in common_refinement(f.pieces, mirrored):
        gap = left - sign * right
        for point in (*_POINTS, inner_point(a, b)):
            if _in(point, a, b):
                value = value_at(gap, point)
                if value.is_finite() and not value.contains(0):
                    return str(point)
        sure = sure and is_zero(gap) is True
    return True if sure else None


def bounded(f: Activation) -> Verdict:
    """sup abs(s) < ∞; the value is the supremum."""
    return finite_supremum(f, "abs(s)")


def finite_supremum(f: Activation, what: str) -> Verdict:
    """Whether sup abs(f) is finite, with the supremum as the value (a decimal string, every digit correct)."""
    try:
        top = supremum(f.pieces)
    except Undecided as error:
        return undecided(str(error))
    if not top.value.is_finite():
        return refuted(f"{what} is unbounded as x → {top.where}", witness=f"x → {top.where}")
    if top.attained is None and top.value.rel_accuracy_bits() < 12:
        return certified(f"{what} is {top}")
    ball = top.value if top.exact is None else enclose(top.exact, 200)
    text = correct_decimal(Enclosure(ball, exact=top.exact), 16)
    shown = top.exact if top.exact is not None and len(str(top.exact)) < 24 else f"{text[:10]}{'…' if len(text) > 10 else ''}"
    reason = f"sup {what} = {shown}" + (f", {top}" if top.attained is not None else f", reached near {top.where}")
    return proved(reason, value=text) if top.exact is not None else certified(reason, value=text)
