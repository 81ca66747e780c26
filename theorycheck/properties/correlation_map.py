"""The correlation map of a wide layer and its fixed points.

The map r ↦ E[s(u)s(v)]/E[s²], Eu² = Ev² = 1, E uv = r, is a power series in r with coefficients ≥ 0 and sum 1: it is convex on [0, 1],
r = 1 is a fixed point with slope χ⊥, and there is exactly one more in [0, 1) when χ⊥ > 1, none otherwise, unless s is linear, when the
map is r itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.balls import rational
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.zero import is_zero
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.dual import dual_activation
from theorycheck.gaussian.slope_moments import exact_moments
from theorycheck.limits import Budget
from theorycheck.properties.bracketing import between, close_bracket
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.shape import affine


@dataclass(frozen=True)
class FixedPoint:
    """A fixed point of the correlation map; it attracts where the slope is below 1.

    Args:
        r: the correlation; None when every correlation is kept.
        slope: of the map there.
    """

    r: Enclosure | None
    slope: Enclosure

    def to_json(self) -> dict[str, Any]:
        """{"fixed_point", "slope"}; the point is null when every correlation is kept."""
        return {"fixed_point": None if self.r is None else self.r.to_json(), "slope": self.slope.to_json()}


def correlation_fixed_point(f: Activation | str, digits: int = 15, budget: Budget | None = None) -> FixedPoint:
    """The least fixed point in [0, 1] of r ↦ E[s(u)s(v)]/E[s²], unit variances, and the slope there.

    Args:
        f: a continuous activation or its text, not 0.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: s jumps.
        DoesNotExist: s is 0, or a moment diverges.
        Undecided: whether χ⊥ exceeds 1 is open, or the work allowed was spent.
    Source:
        Poole et al. (2016), eq. (5) and (6); Daniely, Frostig & Singer (2016), section 3.

    >>> relu = correlation_fixed_point("max(x, 0)")
    >>> relu.r.value, relu.slope.value
    ('1', '1')
    >>> correlation_fixed_point("tanh", 10).slope.value
    '0.93046992362'
    """
    s, allowed, digits = as_activation(f), budget or Budget(), require_digits(digits)
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; the slope of its correlation map at 1 is infinite")
    fine = digits + 6

    def dual(r: Any, derivative: bool = False, places: int = fine) -> arb:
        allowed.check("following the correlation map")
        number: Enclosure = dual_activation(s, r, digits=places, derivative=derivative, budget=allowed)
        return number.ball

    def rise(r: Rational, places: int) -> arb:
        """The map at r minus r, times E[s²]."""
        at, whole = dual(r, places=places), dual(1, places=places)
        with ctx.workprec(bits_for(places, 60)):
            return at - arb(rational(r)) * whole

    one = Enclosure(arb(1), S.One, digits)
    if _slope_is_one(s):
        return FixedPoint(None if affine(s).holds else one, one)
    whole, steepest = dual(1), dual(1, True)
    if not whole > 0:
        raise DoesNotExist("E[s²] is 0 or could not be told from it: there are no correlations")
    with ctx.workprec(bits_for(fine, 60)):
        chi = steepest / whole
        if chi <= 1:
            return FixedPoint(one, Enclosure(chi, S.Zero if chi.is_zero() else None, digits))
        if not chi > 1:
            raise Undecided("whether χ⊥ exceeds 1; more digits may decide it")
        start = dual(0) / whole
        if start.is_zero():
            return FixedPoint(Enclosure(arb(0), S.Zero, digits), Enclosure(dual(0, True) / whole, digits=digits))
        tiny = Rational(1, 10 ** (digits + 4))
        if rise(tiny, fine) < 0:
            low, high = Rational(0), tiny
        else:
            low, high = close_bracket(rise, *_crossing(rise, tiny, digits), digits)
        slope = (dual(low, True) / whole).union(dual(high, True) / whole)  # the map is convex: its slope increases
        return FixedPoint(Enclosure(between(low, high), digits=digits), Enclosure(slope, digits=digits))


def _slope_is_one(s: Activation) -> bool:
    """Whether χ⊥ = 1 is known to be exact: a function homogeneous of degree 1 has E[s²] = E[s'²], others by their closed forms."""
    found = homogeneous(s)
    if found.holds and found.value == 1:
        return True
    square, slope = _square(s), _square(s.derivative())
    return square is not None and slope is not None and square != 0 and is_zero(square - slope) is True


def _square(f: Activation) -> Expr | None:
    """E[f²] in closed form, where there is one."""
    try:
        found = exact_moments(f.pieces, S.One, [(2, 0)])
    except DoesNotExist:
        return None
    return None if found is None else found[0].sympy()


def _crossing(rise: Callable[[Rational, int], arb], low: Rational, digits: int) -> tuple[Rational, Rational]:
    """Correlations between which the map falls below the diagonal, found on the way to 1; it does when χ⊥ > 1."""
    for k in range(1, 60):
        r = 1 - Rational(1, 2**k)
        value = rise(r, digits + 6 + k // 2)
        if value < 0:
            return low, r
        low = r if value > 0 else low
    raise Undecided("χ⊥ is so close to 1 that the other fixed point could not be told from 1")
