"""Suprema of abs(f) over the line: critical points isolated by algebra or balls, limits in the tails, or a covering."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy
from flint import arb, ctx, fmpq
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.functions import differentiate, x
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.roots import has_exact_roots, inner_point, roots
from theorycheck.activation.tails import STARTS, GrowsTooFast, has_bounds, limit_at, settled_tail, starts_beyond, tends_to_infinity
from theorycheck.activation.tape import tape_of
from theorycheck.activation.zero import is_zero, value_at
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.properties.algebra import rationalise
from theorycheck.properties.covering import covering_bounds
from theorycheck.properties.ranges import range_of
from theorycheck.properties.signs import float_grid, short

PREC = 200


@dataclass(frozen=True)
class Supremum:
    """sup abs(f).

    Args:
        value: a ball that contains it, or infinity.
        where: the point where it is attained, or the end where it is approached, as text.
        attained: whether some argument attains it; None when only a bound is known.
        exact: the rational value, when every candidate was rational, so that their comparison is exact.
    """

    value: arb
    where: str
    attained: bool | None
    exact: Rational | None = None

    def __str__(self) -> str:
        if not self.value.is_finite():
            return f"unbounded as x → {self.where}"
        if self.attained is None:
            return f"at most {short(arb(self.value.upper()))}"
        return f"attained at {self.where}" if self.attained else f"approached as x → {self.where}"


def supremum(pieces: Pieces) -> Supremum:
    """sup of abs(f) over all pieces, one-sided values at breakpoints included.

    Raises:
        Undecided: neither critical points nor a covering gave a bound.

    >>> from theorycheck.activation.parsing import parse
    >>> top = supremum(parse("x*exp(-x^2/2)"))
    >>> top.value.overlaps((arb(-1)/2).exp()), top.where
    (True, '-1')
    """
    with ctx.workprec(PREC):
        candidates = [c for p in pieces for c in _on_piece(p.expr, p.start, p.end)]
        best = _largest(candidates)
        if all(c.exact is not None for c in candidates):
            return replace(best, exact=max(c.exact for c in candidates if c.exact is not None))
        return replace(best, exact=None)


def _largest(candidates: list[Supremum]) -> Supremum:
    best = candidates[0]
    for other in candidates[1:]:
        if other.value > best.value or (not other.value.is_finite() and best.value.is_finite()):
            best = other
        elif not (other.value <= best.value) and best.value.is_finite():
            keep = best if best.attained else other
            attained = best.attained if best.attained == other.attained or (best.exact is not None and best.exact == other.exact) else None
            best = Supremum(best.value.max(other.value), keep.where, keep.attained if attained is not None else None, best.exact)
    return best


def _infinite(where: str) -> list[Supremum]:
    return [Supremum(arb.pos_inf(), where, False)]


def _on_piece(expr: Expr, start: Expr, end: Expr) -> list[Supremum]:
    if not expr.has(x):
        where = _name(start if start.is_finite else end if end.is_finite else S.Zero)
        return [Supremum(abs(enclose(expr, PREC)), where, True, abs(expr) if isinstance(expr, Rational) else None)]
    found: list[Supremum] = []
    for edge, side in ((start, -1), (end, 1)):
        if edge.is_finite:
            value = value_at(expr, edge, PREC)
            found.append(
                Supremum(abs(value), _name(edge), True, _rational_value(expr, edge))
                if value.is_finite()
                else _limit_at_edge(expr, edge, -side)
            )
            continue
        where = "−∞" if side < 0 else "∞"
        try:
            limit = settled_tail(expr, side, starts_beyond(start if side > 0 else end, side)).limit()
        except GrowsTooFast:
            return _infinite(where)
        except Undecided:
            limit = None
        if limit is None and tends_to_infinity(expr, side):
            return _infinite(where)
        if limit is None and is_zero(differentiate(expr)):
            return _at(expr, [inner_point(start, end)])
        if limit is None:
            return _oscillating(expr, start, end)
        size = abs(arb(limit))
        if not size.is_finite():
            return _infinite(where)
        found.append(Supremum(size, where, False, Rational(int(abs(limit).p), int(limit.q)) if isinstance(limit, fmpq) else None))
    if any(not c.value.is_finite() for c in found):
        return [c for c in found if not c.value.is_finite()][:1]
    slope = differentiate(expr)
    try:
        points = _zeros(slope, start, end)
    except TheorycheckError:
        return [*found, *_compact_and_tails(expr, start, end)]
    found += _at(expr, points)
    by_algebra = slope == 0 or has_exact_roots(slope) or rationalise(slope, start, end) is not None
    return found if by_algebra else [replace(c, exact=None) for c in found]


def _limit_at_edge(expr: Expr, edge: Expr, side: int) -> Supremum:
    """The one-sided limit at an end where the expression itself has no value."""
    limit = limit_at(expr, edge, side)
    if limit is None:
        raise Undecided(f"the limit of {expr} at x = {edge}; an expansion there would decide it")
    return Supremum(abs(arb(limit)), _name(edge), False if arb(limit).is_finite() else None)


def _at(expr: Expr, points: list[Expr]) -> list[Supremum]:
    found = [Supremum(abs(value_at(expr, p, PREC)), _name(p), True, _rational_value(expr, p)) for p in points]
    for c in found:
        if not c.value.is_finite():  # a ball that is not finite shows nothing, least of all that f is unbounded
            raise Undecided(f"the value of {expr} at x = {c.where} could not be enclosed")
    return found


def _rational_value(expr: Expr, point: Expr) -> Rational | None:
    value = expr.subs(x, point)
    return abs(value) if isinstance(value, Rational) else None


def _compact_and_tails(expr: Expr, start: Expr, end: Expr) -> list[Supremum]:
    """Critical points of a compact range only, when bounds on the tails stay below what is found there; else a covering."""
    tails, reach = arb(0), []
    for edge, side in ((start, -1), (end, 1)):
        if edge.is_finite:
            reach.append(edge)
            continue
        expansion = settled_tail(expr, side, starts_beyond(start if side > 0 else end, side), has_bounds)
        for bound in expansion.bounds():
            tails = arb(max(float(tails.abs_upper()), float(bound.abs_upper())) * (1 + 1e-12))
        reach.append(Rational(side * int(expansion.start.p)))
    try:
        candidates = _at(expr, [*_zeros(differentiate(expr), reach[0], reach[1]), *[r for r in reach if isinstance(r, Rational)]])
    except TheorycheckError:
        return [_by_covering(expr, start, end)]
    best = _largest(candidates) if candidates else None
    return candidates if best is not None and best.value > tails else [_by_covering(expr, start, end)]


def _zeros(expr: Expr, start: Expr, end: Expr) -> list[Expr]:
    if is_zero(expr):
        return []
    form = rationalise(expr, start, end)
    return form.zeros() if form is not None else roots(expr, start, end)


def _name(point: Expr) -> str:
    text = str(point)
    return text if len(text) <= 24 else short(enclose(point, PREC), 6) + "…"


def _oscillating(expr: Expr, start: Expr, end: Expr) -> list[Supremum]:
    """A function without limits: by algebra, by its structure where that bound is attained, over one period, or by structure alone."""
    found = _over_a_period(expr)
    if found is not None:
        return found
    half = _half_period(expr)
    try:
        bound = _bounded_by_structure(expr, start, end)
    except Undecided:
        if half is None:
            raise
        return _on_piece(expr, -half, half)
    return [bound] if half is None or bound.attained or bound.value.rel_accuracy_bits() > 60 else _on_piece(expr, -half, half)


def _over_a_period(expr: Expr) -> list[Supremum] | None:
    """A trigonometric polynomial: its critical points in one period, and the end of the period."""
    form = rationalise(differentiate(expr), S.NegativeInfinity, S.Infinity) if expr.has(sympy.sin, sympy.cos) else None
    if form is None or rationalise(expr, S.NegativeInfinity, S.Infinity) is None:
        return None
    return _at(expr, [*form.zeros(), form.back(S.Infinity)])


def _half_period(expr: Expr) -> Expr | None:
    """Half a period of a function in which x stands only inside sin(r x + c) and cos(r x + c), r rational."""
    waves = expr.atoms(sympy.sin, sympy.cos)
    rates = [sympy.diff(wave.args[0], x) for wave in waves]
    if not waves or not all(isinstance(r, Rational) and r != 0 for r in rates) or expr.subs({w: sympy.Dummy() for w in waves}).has(x):
        return None
    return sympy.pi * sympy.ilcm(1, *[r.q for r in rates]) / sympy.igcd(*[r.p for r in rates], 0)


def _bounded_by_structure(expr: Expr, start: Expr, end: Expr) -> Supremum:
    """An oscillating function: the bound that its structure gives, attained if a point is found where it is taken exactly."""
    lower, upper = range_of(expr, start, end, PREC)
    size = abs(lower) if abs(lower) > abs(upper) else abs(upper)
    if not size.is_finite():
        raise Undecided(f"no bound for {expr} on ({start}, {end}); a bound on its tails would decide it")
    points = float_grid(start, end)
    with np.errstate(all="ignore"):
        values = np.abs(np.broadcast_to(tape_of(expr).run(numpy_arithmetic(), points), points.shape))
    ranked = np.argsort(-np.nan_to_num(values))[:40]
    for i in ranked[np.argsort(np.abs(points[ranked]))]:
        turn = Rational(round(float(points[i]) / np.pi * 24), 24) * sympy.pi
        for candidate in (turn, Rational(round(float(points[i])))):
            value = value_at(expr, candidate, PREC)
            if (
                size.is_exact()
                and abs(value).overlaps(size)
                and is_zero(sympy.expand_trig(expr.subs(x, candidate)) - _dyadic(size) * (1 if value > 0 else -1))
            ):
                return Supremum(size, _name(candidate), True, _dyadic(size))
    top = float(points[int(np.nanargmax(values))])
    near = [Rational(repr(top)), Rational(round(top / np.pi * 24), 24) * sympy.pi]
    best, where = max(((abs(value_at(expr, p, PREC)), p) for p in near), key=lambda pair: float(pair[0].lower()))
    return Supremum(best.union(size), _name(where), None)


def _dyadic(ball: arb) -> Rational:
    man, exponent = ball.man_exp()
    return Rational(int(man)) * Rational(2) ** int(exponent)


def _by_covering(expr: Expr, start: Expr, end: Expr) -> Supremum:
    for least in STARTS:  # until the tails stay below what the compact range reaches
        bound, best, where = covering_bounds(expr, start, end, 1e-13, least)
        if best.union(bound).rel_accuracy_bits() > 20:
            break
    return Supremum(best.union(bound), where, None)
