"""Rigorous Gaussian integrals of any piecewise analytic function, many weights from shared evaluations.

E[f(s z)^i w(z)] over z ~ N(0, 1) is cut into panels that start at the breakpoints; each panel carries a Gauss–Legendre rule with
a proved error, what lies beyond the cut-off is bounded from the expansion of f at infinity, and ball arithmetic adds the rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, inf, log, log2, sqrt
from typing import Any

import sympy
from flint import arb, ctx

from theorycheck.activation.balls import enclose
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.ball_lists import evaluate
from theorycheck.gaussian.cutoff import cut_line, growth, require_integrable, scale_of
from theorycheck.gaussian.edges import require_integrable_poles
from theorycheck.gaussian.legendre import legendre_balls
from theorycheck.gaussian.panels import End, Panel, PanelMaker, Weights, place
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights, log_sum
from theorycheck.gaussian.whole_line import symmetry_factors, trapezoid_integrals
from theorycheck.limits import Budget

#: Width in z of the intervals that subdivision starts from.
STRIDE = 4


def moment_integrals(
    pieces: Sequence[Any], scale: Any, wanted: Sequence[tuple[int, int]], tolerance: arb | float | str, budget: Budget | None = None
) -> list[arb]:
    """E[f(s z)^i z^j] for pairs (i, j), as balls.

    Args:
        pieces: sorted pieces (start, end, expr) of f that cover the line.
        scale: s > 0, exact: int, Fraction or SymPy number.
        wanted: pairs (i, j) with i >= 1, j >= 0.
        tolerance: the absolute radius wanted, for example 1e-15, or "1e-2200" beyond floats.
        budget: work limits.
    Returns:
        One ball a pair. A radius above the tolerance is possible, and honest, where the budget caps the precision.
    Raises:
        DoesNotExist: an integral diverges.
        Undecided: the work allowed was spent.

    >>> from theorycheck.activation.function import Activation
    >>> square, = moment_integrals(Activation("x**2").pieces, 1, [(1, 2)], 1e-20)
    >>> square.contains(3), bool(square.rad() < 1e-20)
    (True, True)
    """
    if any(i < 1 or j < 0 for i, j in wanted):
        raise InputError(f"moments {list(wanted)} were asked for; write pairs (i, j) with i >= 1 and j >= 0")
    return _integrals(pieces, scale, MonomialWeights(tuple(wanted)), arb(tolerance), budget or Budget())


def trapezoid_moments(pieces: Sequence[Any], scale: Any, wanted: Sequence[tuple[int, int]], tolerance: arb) -> list[arb] | None:
    """`moment_integrals` where one trapezoidal rule serves the whole line, else None; DoesNotExist where an integral diverges."""
    try:
        return trapezoid_integrals(pieces, exact_scale(scale), MonomialWeights(tuple(wanted)), tolerance)
    except Undecided:
        return None


def hermite_integrals(
    pieces: Sequence[Any], scale: Any, terms: int, tolerance: arb | float | str, budget: Budget | None = None
) -> list[arb]:
    """E[f(s z) h_k(z)] for k < terms, h_k = He_k/sqrt(k!), as balls. Arguments and errors as for `moment_integrals`."""
    return _integrals(pieces, scale, HermiteWeights(terms), arb(tolerance), budget or Budget())


def require_moments(pieces: Sequence[Any], scale: Any, power: int = 1) -> None:
    """Raise DoesNotExist when E[f(s z)^power] is known to diverge; symmetric cancellation does not make it exist."""
    s = exact_scale(scale)
    for side, piece in ((-1, pieces[0]), (1, pieces[-1])):
        try:
            require_integrable(growth(piece.expr, side, 2), scale_of(s, 64), power, 0, piece.expr)
        except Undecided:
            continue
    require_integrable_poles(pieces, power)


def exact_scale(scale: Any) -> sympy.Expr:
    """A positive exact number as a SymPy number.

    >>> exact_scale("0.1"), exact_scale(Fraction(3, 2))
    (1/10, 3/2)
    """
    if isinstance(scale, Fraction):
        number = sympy.Rational(scale.numerator, scale.denominator)
    elif isinstance(scale, sympy.Expr):
        number = scale
    else:
        try:
            value = Fraction(repr(scale) if isinstance(scale, float) else str(scale))
        except (ValueError, ZeroDivisionError):
            raise InputError(f"the scale {scale!r} is not a number; write for example 0.1 or 1/10") from None
        number = sympy.Rational(value.numerator, value.denominator)
    if not number.is_positive:
        raise InputError(f"the scale {scale} is not positive; write a number above 0, for example 0.1")
    if not 1e-100 < float(number) < 1e100:
        raise InputError(f"the scale {str(scale)[:40]} is out of range; write a number between 1e-100 and 1e100")
    return number


@dataclass
class _Plan:
    panels: list[Panel]
    log_left_out: float

    def log_error(self) -> float:
        return log_sum([p.log_error for p in self.panels] + [self.log_left_out])

    def log_mass(self) -> float:
        return max((p.log_mass for p in self.panels), default=-inf)


def _integrals(pieces: Sequence[Any], scale: Any, weights: Weights, tolerance: arb, budget: Budget) -> list[arb]:
    exact = exact_scale(scale)
    found = trapezoid_integrals(pieces, exact, weights, tolerance)
    if found is not None:
        return found
    require_integrable_poles(pieces, max(i for i, _ in weights.majorants()))
    sign, factors = symmetry_factors(pieces, weights)
    if not any(factors):
        require_moments(pieces, exact, max(i for i, _ in weights.majorants()))
        return [arb(0)] * weights.count
    log_tolerance = float(tolerance.log())
    share = log(64)
    plan = _plan(pieces, exact, weights, log_tolerance - share, bool(sign), budget)
    while plan.log_error() > log_tolerance - log(2 if sign else 1) - 0.7:
        share += 3
        plan = _plan(pieces, exact, weights, log_tolerance - share, bool(sign), budget)
    bits = max(0.0, (plan.log_mass() - log_tolerance) / log(2)) + log2(len(plan.panels) + 1) + 12 + weights.extra_bits(bool(sign))
    while True:
        prec = min(32 * ceil(max(bits, 53) / 32), budget.max_bits)
        with ctx.workprec(prec):
            sums = _evaluate(plan, exact, weights, [f != 0 for f in factors])
            error = arb(0, arb(plan.log_error()).exp().abs_upper()) if plan.log_error() > -inf else arb(0)
            results = [(s + error) * factor if factor else arb(0) for s, factor in zip(sums, factors, strict=True)]
        if all(r.rad() <= tolerance for r in results) or prec >= budget.max_bits:
            return results
        budget.check("raising the precision of a Gaussian integral")
        bits = prec * 1.4 + 32


def _plan(pieces: Sequence[Any], scale: sympy.Expr, weights: Weights, log_tolerance: float, half_line: bool, budget: Budget) -> _Plan:
    """Panels for the whole line, or for z >= 0 when the other half mirrors it."""
    with ctx.workprec(64 + int(max(0.0, -log_tolerance))):
        width = scale_of(scale, ctx.prec)
        s = width.ball
        inner = [enclose(p.end) / s for p in pieces[:-1]]
    cuts, left_out = [], []
    for side, piece, edge in ((-1, pieces[0], inner[0] if inner else arb(0)), (1, pieces[-1], inner[-1] if inner else arb(0))):
        if side < 0 and half_line:
            cuts.append(arb(0))
            continue
        last = max(0.0, float((side * edge * s).upper()))
        cut, missing = cut_line(piece.expr, side, last, width, weights.majorants(), log_tolerance)
        cuts.append(arb(side * cut))
        left_out.append(missing)
    maker = PanelMaker(s, weights, log_tolerance, _largest_rule(log_tolerance), budget)
    reach = STRIDE * ceil(sqrt(max(2.0, -2 * log_tolerance)) / STRIDE)
    panels: list[Panel] = []
    edges: list[End] = [cuts[0], *(p.end for p in pieces[:-1]), cuts[1]]
    places = [cuts[0], *inner, cuts[1]]
    for i, piece in enumerate(pieces):
        low, high, start = places[i], places[i + 1], edges[i]
        if piece.expr == 0 or (half_line and high <= 0):
            continue
        if half_line and low < 0:
            low = start = arb(0)
        stops = [start, *_stops(low, high, reach), edges[i + 1]]
        for a, b in pairwise(stops):
            panels += maker.panels(piece.expr, a, b)
    return _Plan(panels, log_sum(left_out))


def _largest_rule(log_tolerance: float) -> int:
    """More digits pay for larger rules: about 1.3 nodes a digit when the panel is as wide as the strip of analyticity."""
    return max(24, min(512, int(-log_tolerance / log(10) * 1.2) + 8))


def _stops(low: arb, high: arb, reach: int) -> list[arb]:
    """Points strictly inside (low, high) to start from: evenly where the density is felt, then doubling."""
    marks = [float(k) for k in range(0, reach + 1, STRIDE)]
    limit = max(float(abs(low).upper()), float(abs(high).upper()))
    while marks[-1] < limit:
        marks.append(marks[-1] * 2)
    both = [arb(m) for m in sorted({-m for m in marks} | set(marks))]
    return [m for m in both if low < m and m < high]


def _evaluate(plan: _Plan, scale: sympy.Expr, weights: Weights, needed: list[bool]) -> list[arb]:
    """The sums of all rules at the working precision."""
    nodes: list[arb] = []
    masses: list[arb] = []
    values: list[arb] = []
    s = enclose(scale)
    root = (2 * arb.pi()).rsqrt()
    prec = ctx.prec
    for expr in dict.fromkeys(p.expr for p in plan.panels if p.size):
        mine: list[arb] = []
        for p in plan.panels:
            if p.expr == expr and p.size:
                points, shares = legendre_balls(p.size, prec)
                low, high = place(p.low, s), place(p.high, s)
                centre, half = (low + high) / 2, (high - low) / 2
                mine += [centre + half * t for t in points]
                width = half * root
                masses += [width * w for w in shares]
        values += evaluate(expr, mine if scale == 1 else [s * z for z in mine])
        nodes += mine
    masses = [m * (z * z / -2).exp() for m, z in zip(masses, nodes, strict=True)]
    return weights.sums(nodes, values, masses, needed)
