"""The edge of chaos of a wide layer for a given variance of the biases.

A point of the edge is a K > 0 with K = C_W g(K) + σ_b² and C_W E[s'(√K z)²] = 1: a zero of F(K) = (K − σ_b²) E[s'²] − g(K).
With T(x) = ∫₀ˣ s'², K E[s'²] = E[x T(x)] at x = √K z, so F is the mean of q = x T − s² − σ_b² s'². Let W(x) = (q(x) + q(−x))/x, x > 0:
T drops out of its slope, and x² W' is the even part, taken twice, of (x s' − s)² + σ_b² s' (s' − 2x s''). W begins at a limit ≤ 0, so
where it only rises, or falls and then rises, the even part of q changes sign once at most, and F has one zero at most in all of (0, ∞)
by Descartes' rule; where W only falls F has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import log10
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational, sqrt

from theorycheck.activation.balls import rational
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, common_refinement
from theorycheck.activation.zero import compare
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, TheorycheckError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.limits import Budget
from theorycheck.properties.bracketing import between, close_bracket, moment_at, moments_at, variance_between
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.laplace_zeros import TERMS, Local, taylor, zeros
from theorycheck.properties.shape import affine
from theorycheck.properties.sign_changes import DESCARTES, even_signs
from theorycheck.verdict import Verdict, certified, proved, undecided

#: Between these a standard deviation of the biases is taken.
_LEAST, _MOST = Fraction(1, 10**30), Fraction(10**30)
#: The ratio of neighbouring √K between which sign changes are looked for, and how far beyond the larger of 1 and σ_b.
_STRIDE, _REACH = Rational(9, 8) ** 3, 10**5
#: How much of the time the search may take.
_SHARE = 0.1


@dataclass(frozen=True)
class EdgePoint:
    """A point of the edge of chaos.

    Args:
        K: the variance of the preactivations that is kept.
        C_W: n times the variance of a weight there, so that χ⊥ = 1; σ_w is its root.
        isolated: whether it is the only one near it; the reason gives the range of K.
    """

    K: Enclosure
    C_W: Enclosure
    isolated: Verdict

    def to_json(self) -> dict[str, Any]:
        """{"K", "C_W", "isolated"}."""
        return {"K": self.K.to_json(), "C_W": self.C_W.to_json(), "isolated": self.isolated.to_json()}


@dataclass(frozen=True)
class Edge:
    """The points of the edge of chaos that were found, K increasing, and whether there are no others with K > 0."""

    points: tuple[EdgePoint, ...]
    complete: Verdict

    def to_json(self) -> dict[str, Any]:
        """{"points", "complete"}."""
        return {"points": [point.to_json() for point in self.points], "complete": self.complete.to_json()}


def edge_of_chaos(f: Activation | str, sigma_b: Fraction, digits: int = 15, budget: Budget | None = None) -> Edge:
    """The points with K = C_W g(K) + σ_b² and C_W E[s'(√K z)²] = 1 that a sign change tells.

    Args:
        f: a continuous activation or its text.
        sigma_b: the standard deviation σ_b > 0 of the biases, exact.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: σ_b ≤ 0, or far too small or large, or s jumps.
        DoesNotExist: a moment diverges.
        Undecided: the work allowed was spent.
    Source:
        Schoenholz, Gilmer, Ganguli & Sohl-Dickstein (2017), section 3; Poole et al. (2016), section 2.2.

    >>> edge = edge_of_chaos("tanh", Fraction(1, 20), 8)
    >>> edge.points[0].C_W.value[:7], edge.complete.holds
    ('1.26009', True)
    >>> edge_of_chaos("relu", Fraction(1, 20)).complete.grade
    'proved'
    """
    s, allowed, digits = as_activation(f), budget or Budget(), require_digits(digits)
    require_spread(sigma_b, "sigma_b =")
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; the edge of chaos asks for a continuous function")
    slope, spread = s.derivative(), Rational(sigma_b.numerator, sigma_b.denominator)
    signs = _ways(s, spread)
    none = _none(s, signs)
    if none is not None:
        return Edge((), none)

    scale = 3 * abs(round(log10(sigma_b)))  # F may be of the order σ_b² where σ_b is small, E[s'²] of 1/σ_b where it is large

    def excess(sigma: Rational, places: int) -> arb:
        """F(K) at K = sigma²."""
        allowed.check("looking for the edge of chaos")
        places += scale
        h, g = moment_at(slope.pieces, sigma, 2, 0, places + 4, allowed), moment_at(s.pieces, sigma, 2, 0, places, allowed)
        with ctx.workprec(bits_for(places, 60)):
            return arb(rational(sigma**2 - spread**2)) * h - g

    def point(low: Rational, high: Rational, isolated: Verdict) -> EdgePoint:
        a, b = close_bracket(excess, low, high, digits)
        h = variance_between(slope.pieces, a, b, digits + scale, allowed)
        if not h > 0:
            raise Undecided("E[s'(√K z)²] could not be told from 0 on the edge; more digits may decide it")
        with ctx.workprec(bits_for(digits, 100)):
            return EdgePoint(Enclosure(between(a, b) ** 2, digits=digits), Enclosure(1 / h, digits=digits), isolated)

    told, why = _first_change(excess, _grid(spread))
    if signs in ([1], [-1, 1]):
        only = certified("no other with K > 0: the even part of x·∫₀ˣ s'² − s² − σ_b² s'² changes sign once", trusts=(DESCARTES,))
        if told is not None:
            return Edge((point(*told, only),), only)
        return Edge((), undecided(f"whether there are any with K > 0; there is at most one; searched {why}"))
    local = partial(_local, s, slope, spread, scale, allowed.share(_SHARE))
    found = zeros(local, spread, _REACH * max(spread, Rational(1)), told[0] if told else spread)  # the work is spent around a solution
    points = [point(*bracket, found.alone(*bracket)) for bracket in found.brackets]
    near = "".join(f"; solutions near K = {float(a) ** 2:.6g} could not be told apart" for a, _ in found.blurred[:3])
    where = f"searched by a covering of K in {found.range()}{near}{f' ({found.why})' if found.why else ''}"
    return Edge(tuple(points), undecided(f"whether there are {'others' if points else 'any'} with K > 0; {where}"))


def require_spread(sigma_b: Fraction, what: str) -> None:
    """Refuse a standard deviation of the biases that is not positive, or out of range.

    >>> require_spread(Fraction(1, 2), "sigma_b =")
    """
    if not sigma_b > 0:
        raise InputError(f"{what} {sigma_b}: write a positive standard deviation; biases of 0 belong to the critical point K = 0")
    if not _LEAST <= sigma_b <= _MOST:
        raise InputError(f"{what} {float(sigma_b):.3g} is out of range; write a number from {float(_LEAST):g} to {float(_MOST):g}")


def _grid(spread: Rational) -> list[Rational]:
    """Values of √K from σ_b on; at σ_b and below F = (K − σ_b²) E[s'²] − g(K) is negative."""
    grid = [spread]
    while grid[-1] < _REACH * max(spread, Rational(1)):
        grid.append(grid[-1] * _STRIDE)
    return grid


def _first_change(
    excess: Callable[[Rational, int], arb], grid: list[Rational]
) -> tuple[tuple[Rational, Rational] | None, str]:
    """Neighbours on the grid between which the sign changes, and how far the grid could be followed."""
    known: list[tuple[Rational, arb]] = []
    why = ""
    for sigma in grid:
        try:
            known.append((sigma, excess(sigma, 14)))
        except (DoesNotExist, Undecided) as error:  # moments may end, and the clock may stop
            if not known:
                raise
            why = f" ({error})"
            break
        if known[-1][1] > 0:
            below = [a for a, value in known if value < 0]
            if below:
                return (below[-1], sigma), ""
            break
    return None, f"for changes of sign over K in [{float(grid[0]) ** 2:.4g}, {float(known[-1][0]) ** 2:.4g}]{why}"


def _local(s: Activation, slope: Activation, spread: Rational, scale: int, budget: Budget, sigma: Rational, end: Rational) -> Local:
    """(1 + h) F, h = K₀/K − 1, in the cell with this centre √K₀ and end: K₀ E[s'²] − (1 + h) E[s² + σ_b² s'²], a series in h."""
    budget.check("looking for the edge of chaos")
    wanted = [(2, 2 * k) for k in range(TERMS)]
    square, across = (
        taylor(
            moments_at(f.pieces, sigma, wanted, 14 + scale, budget),
            abs(moment_at(f.pieces, end, 2, 2 * TERMS, 5 + scale, budget)),
            end / sigma,
        )
        for f in (s, slope)
    )
    with ctx.workprec(bits_for(14 + scale, 60)):
        K, C_b = arb(rational(sigma)) ** 2, arb(rational(spread)) ** 2
        return across.times(K) + (square + across.times(C_b)).shifted().times(arb(-1))


def _none(s: Activation, signs: list[int] | None) -> Verdict | None:
    """A proof that there is no edge with σ_b > 0, for the functions where there is one."""
    degree = homogeneous(s)
    if degree.holds and degree.value == 1:
        return proved("none: s(cx) = c s(x) for c > 0, so χ⊥ = 1 makes C_W g(K) = K, and K = K + σ_b² has no solution")
    if affine(s).holds:
        return proved("none: s is affine, and C_b = −(s(0)/s')² ≤ 0 where χ⊥ = 1, or s' = 0")
    if signs == [-1]:
        return certified("none: the even part of x·∫₀ˣ s'² − s² − σ_b² s'² is negative, so C_W g(K) + σ_b² > K where χ⊥ = 1")
    return None


def _ways(s: Activation, spread: Rational) -> list[int] | None:
    """Where W rises (1) and falls (−1), from 0 outwards, kinks of s included, where it jumps by −σ_b² Δ(s'²)/x; None where undecided."""
    slope, bend, C_b = s.derivative(), s.derivative(2), spread**2
    plain = [Piece(a, b, (x * d - v) ** 2 + C_b * d * d) for a, b, v, d in common_refinement(s.pieces, slope.pieces)]
    bent = [Piece(a, b, -2 * C_b * x * d * e) for a, b, d, e in common_refinement(slope.pieces, bend.pieces)]
    pieces = tuple(Piece(a, b, p + q) for a, b, p, q in common_refinement(tuple(plain), tuple(bent)))
    try:
        return even_signs(pieces, [(point, -C_b * jump) for point, jump in _square_jumps(slope) if compare(point, Rational(0))])
    except TheorycheckError:  # a sign that cannot be told leaves the number of points open, and they are found all the same
        return None


def _square_jumps(slope: Activation) -> list[tuple[Expr, Expr]]:
    """(kink, by how much s'² rises there on the way away from 0)."""
    found = []
    for point, _ in slope.jumps:
        left = next(p.expr for p in slope.pieces if compare(p.end, point) == 0).subs(x, point)
        right = next(p.expr for p in slope.pieces if compare(p.start, point) == 0).subs(x, point)
        outward = 1 if compare(point, Rational(0)) > 0 else -1
        found.append((point, outward * (right**2 - left**2)))
    return found


def sigma_w(C_W: Enclosure) -> Enclosure:
    """σ_w = √C_W.

    >>> from sympy import S
    >>> sigma_w(Enclosure(arb(4), S(4))).exact
    2
    """
    with ctx.workprec(bits_for(C_W.digits, 60)):
        return Enclosure(C_W.ball.sqrt(), None if C_W.exact is None else sqrt(C_W.exact), C_W.digits)
