"""The least value of a function over the line, and where it is taken."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from theorycheck.errors import DoesNotExist, Undecided

if TYPE_CHECKING:
    from flint import arb

    from theorycheck.activation.function import Activation


def least_value(f: Activation, prec: int) -> tuple[arb, Any]:
    """The greatest lower bound of f over the line, one-sided values at breakpoints included.

    Args:
        f: the function.
        prec: working precision in bits.

    Returns:
        A ball that contains it, and the point where it is taken; None for the point where f only tends to it, or where more
        than one candidate may be the least.

    Raises:
        DoesNotExist: f is unbounded below.
        Undecided: critical points or a tail could not be settled.

    >>> from theorycheck.activation.function import as_activation
    >>> value, point = least_value(as_activation("x^2 - 2*x"), 100)
    >>> float(value), str(point)
    (-1.0, '1')
    """
    from flint import arb, ctx

    with ctx.workprec(prec):
        candidates = [c for p in f.pieces for c in _on_piece(p.expr, p.start, p.end, prec)]
        least = reduce(arb.min, (value for value, _ in candidates))
        near = [(value, point) for value, point in candidates if not value > least]
        points = {point for _, point in near}
        return least, points.pop() if len(points) == 1 else None


def least_point(f: Activation, prec: int) -> arb:
    """The point where the least value of f is taken.

    Raises:
        DoesNotExist: f is unbounded below, or only tends to its lower bound, or takes it at several points.

    >>> from theorycheck.activation.function import as_activation
    >>> round(float(least_point(as_activation("silu"), 100)), 6)
    -1.278465
    """
    from theorycheck.activation.balls import enclose

    _, point = least_value(f, prec)
    if point is None:
        raise DoesNotExist(f"{f!r} takes its least value at no point, or at more than one")
    return enclose(point, prec)


def _on_piece(expr: Any, start: Any, end: Any, prec: int) -> list[tuple[arb, Any]]:
    from theorycheck.activation.functions import differentiate, x
    from theorycheck.activation.roots import RootsUnknown, roots
    from theorycheck.activation.zero import is_zero

    if not expr.has(x):
        from theorycheck.activation.balls import enclose

        return [(enclose(expr, prec), None)]
    found = _at(expr, [edge for edge in (start, end) if edge.is_finite], prec)
    found += [(_limit(expr, start, end, side), None) for side, edge in ((-1, start), (1, end)) if not edge.is_finite]
    slope = differentiate(expr)
    if is_zero(slope):
        return found
    try:
        points = roots(slope, start, end)
    except RootsUnknown:
        return _on_compact_range(expr, slope, start, end, prec)
    return found + _at(expr, points, prec)


def _on_compact_range(expr: Any, slope: Any, start: Any, end: Any, prec: int) -> list[tuple[arb, Any]]:
    """The candidates of a range beyond which f is proved to stay above the least of them."""
    from flint import arb
    from sympy import Rational

    from theorycheck.activation.roots import roots
    from theorycheck.activation.tails import GrowsTooFast, has_bounds, has_sign, settled_tail, starts_beyond

    ends, floors = [], []
    for edge, side in ((start, -1), (end, 1)):
        if edge.is_finite:
            ends.append(edge)
            continue
        starts = starts_beyond(start if side > 0 else end, side)
        try:
            expansion = settled_tail(expr, side, starts, has_bounds)
            floor = min((-bound.abs_upper() for bound in expansion.bounds()), key=float)
        except (GrowsTooFast, Undecided):
            floor = arb.neg_inf()
        if not floor.is_finite():
            expansion = settled_tail(expr, side, starts, has_sign)
            floor = arb(0) if (expansion.sign() or -1) > 0 else floor
        floors.append(floor)
        ends.append(Rational(side * int(expansion.start.p)))
    found = _at(expr, [*ends, *roots(slope, *ends)], prec)
    if not any(all(value < floor for floor in floors) for value, _ in found):
        raise Undecided(f"the least value of {expr}: its tails are not separated from it")
    return found


def _at(expr: Any, points: list[Any], prec: int) -> list[tuple[arb, Any]]:
    from theorycheck.activation.zero import value_at

    found = [(value_at(expr, point, prec), point) for point in points]
    if any(not value.is_finite() for value, _ in found):
        raise Undecided(f"a value of {expr} could not be enclosed")
    return found


def _limit(expr: Any, start: Any, end: Any, side: int) -> arb:
    """The limit in a tail, plus infinity where f grows."""
    from flint import arb

    from theorycheck.activation.tails import GrowsTooFast, has_sign, settled_tail, starts_beyond, tends_to_infinity

    edge = start if side > 0 else end
    try:
        expansion = settled_tail(expr, side, starts_beyond(edge, side), has_sign)
        limit, sign = expansion.limit(), expansion.sign()
    except (GrowsTooFast, Undecided):
        limit, sign = None, None
    if limit is not None and arb(limit).is_finite():
        return arb(limit)
    if not (limit is not None or tends_to_infinity(expr, side)) or not sign:
        raise Undecided(f"the limit of {expr} as x goes to {'−' if side < 0 else ''}∞ is not settled")
    if sign < 0:
        raise DoesNotExist("it is unbounded below: it has no least value")
    return arb.pos_inf()
