"""Upper bounds of abs(f) on the line by bisection of a compact range and expansions at both ends."""

from __future__ import annotations

import heapq

from flint import arb, ctx
from sympy import Expr, Rational

from theorycheck.activation.balls import rational, real_arithmetic
from theorycheck.activation.functions import differentiate
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.roots import rational_below
from theorycheck.activation.tails import STARTS, has_bounds, settled_tail, starts_beyond
from theorycheck.activation.tape import tape_of
from theorycheck.errors import TheorycheckError, Undecided

MAX_CELLS = 4000


def upper_bound(pieces: Pieces) -> arb:
    """A rigorous upper bound on sup abs(f), within a few per cent; infinite when none is found."""
    total = arb(0)
    with ctx.workprec(80):
        for p in pieces:
            try:
                bound, _, _ = covering_bounds(p.expr, p.start, p.end, 0.05)
            except TheorycheckError:
                return arb.pos_inf()
            total = bound if bound > total else total
    return total


def covering_bounds(expr: Expr, start: Expr, end: Expr, tolerance: float, least: int = STARTS[0]) -> tuple[arb, arb, str]:
    """(upper bound, a value that is reached, where) of abs(f) on an interval, by bisection of a compact range and both tails."""
    tape, slope = tape_of(expr), tape_of(differentiate(expr))
    edges, tails = [], arb(0)
    for edge, side in ((start, -1), (end, 1)):
        if edge.is_finite:
            edges.append(rational_below(edge) if side < 0 else -rational_below(-edge))
            continue
        beyond = tuple(s for s in starts_beyond(start if side > 0 else end, side) if s >= least) or (8 * least,)
        expansion = settled_tail(expr, side, beyond, has_bounds)
        size = max((abs(b) for b in expansion.bounds()), key=lambda b: float(b.abs_upper()))
        if not size.is_finite():
            raise Undecided(f"{expr} is not bounded as x → {'−' if side < 0 else ''}∞")
        tails = size if float(size.abs_upper()) > float(tails.abs_upper()) else tails
        edges.append(Rational(side * int(expansion.start.p)))
    best, where = arb(0), str(edges[0])
    heap: list[tuple[float, int, Rational, Rational, arb]] = []

    def push(lo: Rational, hi: Rational) -> None:
        nonlocal best, where
        box, centre = arb(rational(lo)).union(arb(rational(hi))), arb(rational((lo + hi) / 2))
        at_centre = tape.run(real_arithmetic(), centre)
        value = tape.run(real_arithmetic(), box)
        by_slope = at_centre + slope.run(real_arithmetic(), box) * (box - centre)  # second order near a maximum
        if by_slope.is_finite() and not (value.is_finite() and value.rad() <= by_slope.rad()):
            value = by_slope
        value = abs(value)
        top = float(value.abs_upper()) if value.is_finite() else float("inf")
        heapq.heappush(heap, (-top, len(heap) + len(str(lo)), lo, hi, value))
        if abs(at_centre) > best:
            best, where = abs(at_centre), f"{float((lo + hi) / 2):.6g}"

    push(edges[0], edges[1])
    for _ in range(MAX_CELLS):
        top, _, lo, hi, value = heap[0]
        if -top <= float(best.upper()) * (1 + tolerance) + 1e-300 or -top <= float(tails.abs_upper()):
            break
        heapq.heappop(heap)
        middle = (lo + hi) / 2
        push(lo, middle)
        push(middle, hi)
    value = heap[0][4]
    if not value.is_finite():
        raise Undecided(f"no finite bound for {expr} near x = {float(heap[0][2]):.6g}")
    bound = arb(value.abs_upper()) * (1 + arb(2) ** -40)  # the heap is ordered by floats
    return (bound if bound > tails else arb(tails.abs_upper())), best, where
