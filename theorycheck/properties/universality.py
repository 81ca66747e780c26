"""What approximation theorems and tangent kernels ask of an activation, beside not being a polynomial: mild bounds, decided exactly.

Between its breakpoints an activation is analytic, so all depends on the limits there and on the growth at infinity.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb
from sympy import Expr

from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.growth import quick_growth
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.tails import LOG, SQUARE, limit_at, log_growth, seen_from
from theorycheck.activation.zero import value_at
from theorycheck.errors import TheorycheckError
from theorycheck.gaussian.edges import distance_from, order_of_pole
from theorycheck.properties import shape
from theorycheck.properties.signs import short
from theorycheck.verdict import Verdict, conjunction, proved, refuted, undecided

#: What claims on approximation and on tangent kernels may assume, as names beside the properties of an activation.
NAMES = ("continuous", "locally bounded", "E s(cz)^2, E s'(cz)^2 finite")


def universality(f: Activation | str) -> dict[str, Verdict]:
    """Whether an activation is continuous, locally bounded, and has a tangent kernel whatever the variances.

    Args:
        f: an activation or its text.

    Returns:
        "continuous": on the line. "locally bounded": bounded on every bounded interval. "E s(cz)^2, E s'(cz)^2 finite": for z ~ N(0, 1)
        and every c > 0, s locally absolutely continuous.

    >>> [v.holds for v in universality("relu").values()], [v.holds for v in universality("step").values()]
    ([True, True, True], [False, True, False])
    >>> universality("sqrt(abs(x))")["E s(cz)^2, E s'(cz)^2 finite"].reason
    "s' grows like abs(x)^(-1/2) at x = 0: s'² is not integrable"
    """
    f = as_activation(f)
    deciders: dict[str, Callable[[], Verdict]] = dict(
        zip(NAMES, (lambda: shape.continuous(f), lambda: _locally_bounded(f), lambda: _square_integrable(f)), strict=True)
    )
    found = {}
    for name, decide in deciders.items():
        try:
            found[name] = decide()
        except TheorycheckError as error:
            found[name] = undecided(str(error))
    return found


def _ends(pieces: Pieces) -> list[tuple[Expr, Expr, int]]:
    """(expression, point, side) at every finite end of a piece; side +1 means that the piece lies to the right of the point."""
    return [(p.expr, point, side) for p in pieces for point, side in ((p.start, 1), (p.end, -1)) if point.is_finite]


def _limit_is_finite(expr: Expr, point: Expr, side: int) -> bool | None:
    """Whether the one-sided limit is finite. A ball that is finite is enough: every operation of the language is continuous there."""
    if value_at(expr, point).is_finite():
        return True
    limit = limit_at(expr, point, side)
    return None if limit is None else bool(arb(limit).is_finite())


def _locally_bounded(f: Activation) -> Verdict:
    for expr, point, side in _ends(f.pieces):
        finite = _limit_is_finite(expr, point, side)
        if finite is None:
            return undecided(f"whether s is bounded near x = {point}")
        if not finite:
            return refuted(f"s is unbounded near x = {point}", witness=str(point))
    return proved("finite limits at every breakpoint" if f.breakpoints else "one analytic piece")


def _square_integrable(f: Activation) -> Verdict:
    """E s(cz)² and E s'(cz)² for every c: no growth like exp(b x²), and poles of s' of order below 1/2."""
    whole = shape.continuous(f)
    if whole.holds is not True:
        return whole
    slope = f.derivative().pieces
    parts = [_poles(slope)]
    for name, pieces in (("s", f.pieces), ("s'", slope)):
        parts += [_moderate_growth(pieces[0].expr, -1, name), _moderate_growth(pieces[-1].expr, 1, name)]
    together = conjunction(parts)
    return proved("s and s' grow more slowly than every exp(b x²)") if together.holds else together


def _poles(slope: Pieces) -> Verdict:
    for expr, point, side in _ends(slope):
        if _limit_is_finite(expr, point, side):
            continue
        rate = log_growth(seen_from(expr, point, side), 1)  # log abs(s') as the multiple of log 1/abs(x − point), or something larger
        if rate is None:
            return undecided(f"how s' grows near x = {point}")
        leading = max(rate, default=LOG)
        order = arb(rate.get(leading, 0))
        if order < 0 or (leading == LOG and 2 * order < 1):
            continue
        if leading == LOG and 2 * order >= 1:
            power = order_of_pole(expr, point, side) or (rate[leading] if order.is_exact() else short(order))
            return refuted(f"s' grows like {distance_from(point)}^(-{power}) at x = {point}: s'² is not integrable", witness=str(point))
        if leading > LOG and order > 0:
            return refuted(f"s' grows faster than every power at x = {point}", witness=str(point))
        return undecided(f"whether s'² is integrable near x = {point}")
    return proved("s' is square integrable at every breakpoint")


def _moderate_growth(expr: Expr, side: int, name: str) -> Verdict:
    """Whether abs(expr) is below every exp(b x²), b > 0, far out."""
    end = "x → ∞" if side > 0 else "x → −∞"
    slow = proved(f"{name} grows more slowly than every exp(b x²)")
    bound = quick_growth(expr, side)
    if bound is not None and bound.b == 0:
        return slow
    rate = log_growth(expr, side)
    if rate is None:
        return undecided(f"the growth of {name} as {end}")
    leading = max(rate, default=LOG)
    if leading < SQUARE or arb(rate[leading]) < 0:
        return slow
    if arb(rate[leading]) > 0:
        return refuted(f"{name} grows at least like some exp(b x²), b > 0, as {end}: E {name}(cz)² is infinite for large c", witness=end)
    return undecided(f"whether {name} grows like exp(b x²) as {end}")
