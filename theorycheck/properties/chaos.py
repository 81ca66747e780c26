"""The edge of chaos for a given bias variance, and the correlation map of a wide layer.

The map r ↦ C_W E[s(u)s(v)], Eu² = Ev² = 1, E uv = r, of unit-gain layers is a power series in r with coefficients ≥ 0 and sum 1: it is
convex on [0, 1], r = 1 is a fixed point with slope χ⊥, and there is exactly one more in [0, 1) when χ⊥ > 1, none otherwise unless s is
affine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Rational, S, sqrt

from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.dual import dual_activation
from theorycheck.limits import Budget
from theorycheck.properties.criticality import close_bracket, variance_between
from theorycheck.verdict import Verdict, certified, undecided

#: The values of √(K/σ_b²) on which a first sign change is looked for.
_RATIOS = tuple(Rational(9, 8) ** k for k in range(1, 100, 3))


@dataclass(frozen=True)
class Edge:
    """A point of the edge of chaos.

    Args:
        K: the variance of the preactivations that is kept.
        C_W: n times the variance of a weight there, so that χ⊥ = 1; σ_w is its root.
        unique: whether the point is the only one near it, with the range of K.
    """

    K: Enclosure
    C_W: Enclosure
    unique: Verdict


def edge_of_chaos(f: Activation | str, sigma_b: Fraction, digits: int = 15, budget: Budget | None = None) -> Edge | None:
    """The least K at which K = C_W g(K) + σ_b² and C_W E[s'(√K z)²] = 1, among those told by a sign change; None if none is found.

    Args:
        f: a continuous activation or its text.
        sigma_b: the standard deviation σ_b > 0 of the biases, exact.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: σ_b ≤ 0, or s jumps.
        Undecided: the work allowed was spent.
    Source:
        Schoenholz, Gilmer, Ganguli & Sohl-Dickstein (2017), section 3; Poole et al. (2016), section 2.2.

    >>> edge = edge_of_chaos("tanh", Fraction(1, 20), 8)
    >>> edge.C_W.value[:7], edge.unique.holds
    ('1.26009', True)
    """
    s, allowed = as_activation(f), budget or Budget()
    if not sigma_b > 0:
        raise InputError(f"sigma_b = {sigma_b}: write a positive standard deviation; at 0 the edge is the critical point K = 0")
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; the edge of chaos asks for a continuous function")
    slope, spread = s.derivative(), Rational(sigma_b.numerator, sigma_b.denominator)

    def excess(sigma: Rational, places: int) -> arb:
        """(K − σ_b²) E[s'²] − E[s²] at K = sigma²."""
        allowed.check("looking for the edge of chaos")
        (h,) = moment_integrals(slope.pieces, sigma, [(2, 0)], arb(10) ** -(places + 4), allowed)
        (g,) = moment_integrals(s.pieces, sigma, [(2, 0)], arb(10) ** -places, allowed)
        with ctx.workprec(bits_for(places, 60)):
            return _ball(sigma**2 - spread**2) * h - g

    grid = [spread * ratio for ratio in _RATIOS]
    for low, high in pairwise(grid):
        left, right = excess(low, 14), excess(high, 14)
        if not (left * right < 0):
            continue
        a, b = close_bracket(excess, low, high, digits)
        h = variance_between(slope.pieces, a, b, digits, allowed)
        with ctx.workprec(bits_for(digits, 100)):
            K = Enclosure(_ball(a).union(_ball(b)) ** 2, digits=digits)
            C_W = Enclosure(1 / h, digits=digits)
        return Edge(K, C_W, _alone(s, spread, a, b, allowed))
    return None


def _alone(s: Activation, spread: Rational, low: Rational, high: Rational, budget: Budget) -> Verdict:
    """Interval Newton: the derivative in K of the excess keeps away from 0 on a box round the root."""
    slope = s.derivative()
    for width in (Rational(1, 20), Rational(1, 100), Rational(1, 1000), Rational(1, 10**5)):
        a, b = low * (1 - width), high * (1 + width)
        g, gx = (variance_between(s.pieces, a, b, 12, budget, degree) for degree in (0, 2))
        h, hx = (variance_between(slope.pieces, a, b, 12, budget, degree) for degree in (0, 2))
        with ctx.workprec(100):
            K = _ball(a).union(_ball(b)) ** 2
            # d/dK E[f(√K z)] = E[f(√K z)(z² − 1)]/(2K)
            rate = h + (K - _ball(spread**2)) * (hx / K - h) / (2 * K) - (gx / K - g) / (2 * K)
        if not rate.contains(0):
            return certified(f"the only one with K in [{float(a) ** 2:.6g}, {float(b) ** 2:.6g}]")
    return undecided("whether it is the only one near it; a second derivative would decide it")


def _ball(number: Rational) -> arb:
    return arb(fmpq(int(number.p), int(number.q)))


@dataclass(frozen=True)
class FixedPoint:
    """A fixed point r of the correlation map, and the slope of the map there; it attracts where the slope is below 1."""

    r: Enclosure
    slope: Enclosure


def correlation_fixed_point(f: Activation | str, digits: int = 15, budget: Budget | None = None) -> FixedPoint:
    """The least fixed point in [0, 1] of r ↦ E[s(u)s(v)]/E[s²], unit variances, and the slope there.

    Args:
        f: a continuous activation or its text, not 0.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: s jumps.
        Undecided: whether χ⊥ exceeds 1 is open, or the work allowed was spent.
    Source:
        Poole et al. (2016), eq. (5) and (6); Daniely, Frostig & Singer (2016), section 3.

    >>> relu = correlation_fixed_point("max(x, 0)")
    >>> relu.r.value, relu.slope.value
    ('1', '1')
    >>> correlation_fixed_point("tanh", 10).slope.value
    '0.93046992362'
    """
    s, allowed = as_activation(f), budget or Budget()
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; the slope of its correlation map at 1 is infinite")
    fine = digits + 6

    def dual(r: Any, derivative: bool = False) -> arb:
        allowed.check("following the correlation map")
        number: Enclosure = dual_activation(s, r, digits=fine, derivative=derivative, budget=allowed)
        return number.ball

    whole, steepest = dual(1), dual(1, True)
    with ctx.workprec(bits_for(fine, 60)):
        chi = steepest / whole
        if chi <= 1 or _is_one(s):
            one = Enclosure(arb(1), S.One, digits)
            return FixedPoint(one, Enclosure(chi, S.One if _is_one(s) else None, digits))
        if not chi > 1:
            raise Undecided("whether χ⊥ exceeds 1; more digits may decide it")
        start = dual(0) / whole
        if start.is_zero():
            return FixedPoint(Enclosure(arb(0), S.Zero, digits), Enclosure(dual(0, True) / whole, digits=digits))
        tiny = Rational(1, 10 ** (digits + 4))
        if dual(tiny) / whole < _ball(tiny):
            low, high = Rational(0), tiny
        else:
            top = _below_one(dual, whole)
            low, high = close_bracket(lambda r, _: dual(r) / whole - _ball(r), tiny, top, digits)
        slope = (dual(low, True) / whole).union(dual(high, True) / whole)  # the map is convex: its slope increases
        return FixedPoint(Enclosure(_ball(low).union(_ball(high)), digits=digits), Enclosure(slope, digits=digits))


def _is_one(s: Activation) -> bool:
    """Whether χ⊥ = 1 exactly: a function homogeneous of degree 1 has E[s²] = E[s'²]."""
    from theorycheck.properties.shape import homogeneous

    found = homogeneous(s)
    return bool(found.holds) and found.value == 1


def _below_one(dual: Any, whole: arb) -> Rational:
    """A correlation close to 1 where the map lies below the diagonal; there is one when χ⊥ > 1."""
    for k in range(1, 60):
        r = 1 - Rational(1, 2**k)
        if dual(r) / whole < _ball(r):
            return r
    raise Undecided("χ⊥ is so close to 1 that the other fixed point could not be told from 1")


def sigma_w(C_W: Enclosure) -> Enclosure:
    """σ_w = √C_W.

    >>> sigma_w(Enclosure(arb(4), S(4))).exact
    2
    """
    with ctx.workprec(bits_for(C_W.digits, 60)):
        return Enclosure(C_W.ball.sqrt(), None if C_W.exact is None else sqrt(C_W.exact), C_W.digits)
