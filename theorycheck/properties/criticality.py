"""Critical initialisation: variances K and C_W, C_b at which a wide layer keeps the signal and every small difference of signals.

At a critical point K = C_W g(K) + C_b, C_W E[s'(√K z)²] = 1 = C_W g'(K). By Stein's identity g'(K) − E[s'²] = E[s s''(√K z)], kinks
of s as atoms of s''. The even part of s s'' has finitely many sign changes on (0, ∞), and by Descartes' rule for the Laplace transform
(in 1/(2K)) the difference has at most as many zeros, with multiplicity: a bound for all of (0, ∞) at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Pieces, common_refinement
from theorycheck.activation.roots import split_by_sign
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.limits import Budget
from theorycheck.properties.shape import homogeneous
from theorycheck.verdict import Verdict, certified, proved, undecided

#: Standard deviations √K between which sign changes are looked for.
GRID = tuple(Rational(2) ** k for k in range(-4, 9))
DESCARTES = "descartes-laplace"


@dataclass(frozen=True)
class CriticalPoint:
    """A critical point.

    Args:
        K: the variance of the preactivations that is kept; None when every K > 0 is.
        C_W: n times the variance of a weight, n the fan-in.
        C_b: the variance of a bias.
        kind: "K > 0", "K = 0" (the limit K → 0) or "every K".
    """

    K: Enclosure | None
    C_W: Enclosure
    C_b: Enclosure
    kind: str

    def to_json(self) -> dict[str, Any]:
        """{"K", "C_W", "C_b", "kind"}, each number a value document."""
        K = None if self.K is None else self.K.to_json()
        return {"K": K, "C_W": self.C_W.to_json(), "C_b": self.C_b.to_json(), "kind": self.kind}


@dataclass(frozen=True)
class Criticality:
    """The critical points that were found, and whether there are no others with K > 0."""

    points: tuple[CriticalPoint, ...]
    complete: Verdict

    def to_json(self) -> dict[str, Any]:
        """{"critical", "critical_complete"}."""
        return {"critical": [p.to_json() for p in self.points], "critical_complete": self.complete.to_json()}


def critical_points(f: Activation | str, digits: int = 15, budget: Budget | None = None) -> Criticality:
    """All critical points of an activation, as far as they can be told.

    Args:
        f: a continuous activation or its text.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: s jumps.
        Undecided: the signs of s s'' could not be told.
    Source:
        Roberts, Yaida & Hanin, The Principles of Deep Learning Theory (2022), section 5.3; Descartes' rule: Pólya & Szegő, Problems and
        Theorems in Analysis II, part V, problem 80.

    >>> [(p.kind, p.C_W.value, p.C_b.value) for p in critical_points("tanh").points]
    [('K = 0', '1', '0')]
    >>> found = critical_points("x/(1+exp(-x))", 8)
    >>> found.points[1].K.value, found.complete.holds
    ('14.3201736', True)
    """
    s, allowed = as_activation(f), budget or Budget()
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; criticality asks for a continuous function")
    slope = s.derivative()
    degree = homogeneous(s)
    if degree.holds and degree.value == 1:
        C_W = _both_sides(slope.pieces[0].expr, slope.pieces[-1].expr, digits)
        points = [] if C_W is None else [CriticalPoint(None, C_W, _zero(digits), "every K")]
        return Criticality(tuple(points), proved("s(cx) = c s(x) for c > 0: g(K) = K g(1)"))
    points = _at_zero(s, digits)
    signs = list(_signs(s))
    changes = sum(a != b for a, b in pairwise(signs))
    if not signs:
        return Criticality(tuple(points), undecided("s s'' vanishes almost everywhere"))
    if changes == 0:
        word = "positive" if signs[0] > 0 else "negative"
        why = f"none with K > 0: the even part of s s'' is {word} on (0, ∞), so g'(K) ≠ E[s'(√K z)²]"
        return Criticality(tuple(points), certified(why))
    difference = _Difference(s, allowed)
    brackets = list(difference.brackets())
    for low, high in brackets:
        here = _at_root(s, difference.root(low, high, digits), digits, allowed)
        points += [] if here is None else [here]
    many = f"the even part of s s'' changes sign {'once' if changes == 1 else f'{changes} times'} on (0, ∞)"
    if len(brackets) == changes:
        return Criticality(tuple(points), certified(f"no others with K > 0: {many}", trusts=(DESCARTES,)))
    found = f"{len(brackets)} found for K in [{GRID[0] ** 2}, {GRID[-1] ** 2}]"
    return Criticality(tuple(points), undecided(f"{many}, so there are at most {changes} with K > 0; {found}"))


def _zero(digits: int) -> Enclosure:
    return Enclosure(arb(0), S.Zero, digits)


def _at_zero(s: Activation, digits: int) -> list[CriticalPoint]:
    """The limit K → 0, where s(0) = 0: g(K)/K and E[s'²] tend to the mean square of the two slopes at 0."""
    if not is_zero(_beside_zero(s.pieces)[0].subs(x, 0)):
        return []
    C_W = _both_sides(*_beside_zero(s.derivative().pieces), digits)
    return [] if C_W is None else [CriticalPoint(_zero(digits), C_W, _zero(digits), "K = 0")]


def _beside_zero(pieces: Pieces) -> tuple[Expr, Expr]:
    """The expressions just left and just right of 0."""
    left = next(p.expr for p in pieces if compare(p.end, S.Zero) >= 0)
    return left, next(p.expr for p in reversed(pieces) if compare(p.start, S.Zero) <= 0)


def _both_sides(left: Expr, right: Expr, digits: int) -> Enclosure | None:
    """2/(left² + right²) at x = 0; None where both vanish or one is infinite."""
    prec = bits_for(digits, 100)
    balls = [value_at(side, S.Zero, prec) for side in (left, right)]
    if not all(b.is_finite() for b in balls) or all(b.contains(0) for b in balls):
        return None
    exact = 2 / (left.subs(x, 0) ** 2 + right.subs(x, 0) ** 2)
    with ctx.workprec(prec):
        return Enclosure(2 / (balls[0] ** 2 + balls[1] ** 2), exact if len(str(exact)) < 60 else None, digits)


def _signs(s: Activation) -> Iterator[int]:
    """The signs, zeros left out, of the even part of s s'' on (0, ∞) from 0 outwards, a kink of s counted as an atom."""
    slope, bend = s.derivative(), s.derivative(2)
    product = tuple((a, b, p * q) for a, b, p, q in common_refinement(s.pieces, bend.pieces))
    kinds = type(s.pieces[0])
    whole = tuple(kinds(a, b, e) for a, b, e in product)
    mirrored = tuple(kinds(-p.end, -p.start, p.expr.subs(x, -x)) for p in reversed(whole))
    atoms = [(point, _value(s, point), size) for point, size in slope.jumps]
    for a, b, left, right in common_refinement(whole, mirrored):
        if compare(a, S.Zero) < 0:
            if compare(b, S.Zero) > 0:
                a = S.Zero
            else:
                continue
        mass = [value * size for point, value, size in atoms if compare(point, a) == 0 or compare(-point, a) == 0]
        total = sum(mass, S.Zero)
        if mass and not is_zero(total):
            ball = enclose(total, 200)
            if ball.contains(0) or not ball.is_finite():
                raise Undecided(f"the sign of s s'' at the kink x = {a}")
            yield 1 if ball > 0 else -1
        if is_zero(left + right):
            continue
        yield from (sign for _, _, sign in split_by_sign(left + right, a, b) if sign)


def _value(s: Activation, point: Expr) -> Expr:
    return next(p.expr for p in s.pieces if compare(p.end, point) >= 0).subs(x, point)


class _Difference:
    """g'(K) − E[s'(√K z)²] = E[s s''(√K z)] at exact √K."""

    def __init__(self, s: Activation, budget: Budget):
        kinds = type(s.pieces[0])
        self.pieces: Pieces = tuple(kinds(a, b, p * q) for a, b, p, q in common_refinement(s.pieces, s.derivative(2).pieces))
        self.atoms = [(point, _value(s, point) * size) for point, size in s.derivative().jumps]
        self.budget = budget

    def __call__(self, sigma: Rational, digits: int) -> arb:
        """The difference at K = sigma², to `digits` places."""
        self.budget.check("looking for critical points")
        total = moment_integrals(self.pieces, sigma, [(1, 0)], arb(10) ** -digits, self.budget)[0]
        with ctx.workprec(bits_for(digits, 60)):
            for point, mass in self.atoms:
                at = enclose(point / sigma, ctx.prec)
                total += enclose(mass / sigma, ctx.prec) * (-at * at / 2).exp() / (2 * arb.pi()).sqrt()
        return total

    def brackets(self) -> Iterator[tuple[Rational, Rational]]:
        """Neighbours on the grid between which the sign changes."""
        known = [(sigma, _sign(partial(self, sigma))) for sigma in GRID]
        told = [(sigma, sign) for sigma, sign in known if sign]
        yield from ((a, b) for (a, left), (b, right) in pairwise(told) if left != right)

    def root(self, low: Rational, high: Rational, digits: int) -> tuple[Rational, Rational]:
        """Ends, close enough for `digits`, of an interval of √K inside which the sign changes."""
        return close_bracket(self, low, high, digits)


def _sign(value: Callable[[int], arb]) -> int:
    for digits in (12, 30):
        ball = value(digits)
        if ball > 0:
            return 1
        if ball < 0:
            return -1
    return 0


def close_bracket(f: Callable[[Rational, int], arb], low: Rational, high: Rational, digits: int) -> tuple[Rational, Rational]:
    """A bracket of certified opposite signs, of relative width about 10^−(digits + 4), inside one.

    Args:
        f: f(point, d), a ball with d decimal places.
        low, high: rational points where f has opposite signs.
        digits: decimal digits.
    Raises:
        Undecided: the signs were not told apart at the precision.

    >>> root = close_bracket(lambda t, d: arb(fmpq(int(t.p), int(t.q))) ** 2 - 2, Rational(1), Rational(2), 10)
    >>> bool(root[0] ** 2 < 2 < root[1] ** 2), bool(root[1] - root[0] < Rational(10) ** -13)
    (True, True)
    """
    places = digits + 10
    left, right = f(low, places), f(high, places)
    wanted = (high + low) * Rational(1, 10 ** (digits + 5))
    step = 0
    while high - low > 2 * wanted:
        step += 1
        if step > 40 + 4 * digits:
            raise Undecided("a sign change could not be enclosed more closely")
        point = (low + high) / 2
        if step % 3 and not (left - right).contains(0):  # two steps by the secant, then one bisection, which bounds the work
            ratio = Rational(str((left / (left - right)).mid().str(places, radius=False)))
            point = low + (high - low) * min(max(ratio, Rational(0)), Rational(1))
            point += wanted / 2 if step % 2 else -wanted / 2
        point = min(max(_dyadic(point, places), low + wanted / 8), high - wanted / 8)
        value = f(point, places)
        if value.contains(0):
            places += 10
            if places > 3 * digits + 80:
                raise Undecided("the sign near a root could not be told")
            left, right = f(low, places), f(high, places)
        elif (value > 0) == (left > 0):
            low, left = point, value
        else:
            high, right = point, value
    return low, high


def _dyadic(point: Rational, places: int) -> Rational:
    scale = 1 << (4 * places)
    return Rational(int(point * scale), scale)


def variance_between(pieces: Pieces, low: Rational, high: Rational, digits: int, budget: Budget, degree: int = 0) -> arb:
    """E[f(√K z)² (√K z)^degree], degree even, for every K in [low², high²] at once.

    √K E[f(√K z)²] = ∫ f(x)² exp(−x²/2K) dx/√(2π) does not decrease with K, so values at the two ends bound all others.
    """
    ends = [moment_integrals(pieces, s, [(2, degree)], arb(10) ** -(digits + 6), budget)[0] for s in (low, high)]
    with ctx.workprec(bits_for(digits, 100)):
        a, b = _ball(low), _ball(high)
        return (ends[0] * a**degree * (a / b)).union(ends[1] * b**degree * (b / a))


def _ball(number: Rational) -> arb:
    return arb(fmpq(int(number.p), int(number.q)))


def _at_root(s: Activation, bracket: tuple[Rational, Rational], digits: int, budget: Budget) -> CriticalPoint | None:
    """The critical point whose √K lies in a bracket, or None where C_b would be negative."""
    low, high = bracket
    g = variance_between(s.pieces, low, high, digits, budget)
    h = variance_between(s.derivative().pieces, low, high, digits, budget)
    with ctx.workprec(bits_for(digits, 100)):
        K = _ball(low).union(_ball(high)) ** 2
        if not h > 0:
            raise DoesNotExist("E[s'(√K z)²] is zero or could not be told from it")
        C_b = K - g / h
        if C_b < 0:
            return None
        if not C_b >= 0:
            raise Undecided("whether C_b ≥ 0 at a critical point; more digits would decide it")
        return CriticalPoint(Enclosure(K, digits=digits), Enclosure(1 / h, digits=digits), Enclosure(C_b, digits=digits), "K > 0")
