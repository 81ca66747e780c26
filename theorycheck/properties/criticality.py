"""Critical initialisation: variances K and C_W, C_b at which a wide layer keeps the signal and every small difference of signals.

At a critical point K = C_W g(K) + C_b, C_W E[s'(√K z)²] = 1 = C_W g'(K). By Stein's identity g'(K) − E[s'²] = E[s s''(√K z)], kinks
of s as atoms of s''. The even part of s s'' has finitely many sign changes on (0, ∞), so Descartes' rule (`sign_changes`) bounds the
zeros of the difference on all of (0, ∞) at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces, common_refinement
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.limits import Budget
from theorycheck.properties.bracketing import between, close_bracket, moment_at, variance_between
from theorycheck.properties.shape import affine, homogeneous
from theorycheck.properties.sign_changes import DESCARTES, even_signs
from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

#: Standard deviations √K between which sign changes are looked for.
GRID = tuple(Rational(2) ** k for k in range(-4, 9))


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
    s, allowed, digits = as_activation(f), budget or Budget(), require_digits(digits)
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; criticality asks for a continuous function")
    slope = s.derivative()
    degree = homogeneous(s)
    if degree.holds and degree.value == 1:
        C_W = _both_sides(slope.pieces[0].expr, slope.pieces[-1].expr, digits)
        points = [] if C_W is None else [CriticalPoint(None, C_W, _zero(digits), "every K")]
        return Criticality(tuple(points), proved("s(cx) = c s(x) for c > 0: g(K) = K g(1)"))
    points = _at_zero(s, digits)
    signs = even_signs(*_product(s))
    changes = len(signs) - 1
    if not signs:
        return Criticality(tuple(points), _whole_curve(s, digits, allowed))
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


def _whole_curve(s: Activation, digits: int, budget: Budget) -> Verdict:
    """What follows when the even part of s s'' is 0: g'(K) = E[s'(√K z)²] for every K, and C_b = K − g/g' alone has to be ≥ 0.

    For s = a + b x it is −(a/b)².
    """
    if affine(s).holds:
        constant = s.derivative().pieces[0].expr == 0
        return proved("none: s is constant, so χ⊥ = 0" if constant else "none: s is affine, and C_b = −(s(0)/s')² < 0 where χ⊥ = 1")
    here = Rational(1)
    if _at_root(s, (here, here), digits, budget) is None:
        return undecided("s s'' = 0, so each K with C_b = K − g(K)/g'(K) ≥ 0 is critical; there is none at K = 1")
    return refuted("a curve: s s'' = 0, so each K with C_b = K − g(K)/g'(K) ≥ 0 is critical, at C_W = 1/g'(K)", witness="1")


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


def _product(s: Activation) -> tuple[Pieces, list[tuple[Expr, Expr]]]:
    """s s'' as a measure: a function and its atoms, one at each kink of s."""
    bend = s.derivative(2)
    pieces = tuple(Piece(a, b, p * q) for a, b, p, q in common_refinement(s.pieces, bend.pieces))
    return pieces, [(point, _value(s, point) * size) for point, size in s.derivative().jumps]


def _value(s: Activation, point: Expr) -> Expr:
    return next(p.expr for p in s.pieces if compare(p.end, point) >= 0).subs(x, point)


class _Difference:
    """g'(K) − E[s'(√K z)²] = E[s s''(√K z)] at exact √K."""

    def __init__(self, s: Activation, budget: Budget):
        self.pieces, self.atoms = _product(s)
        self.budget = budget

    def __call__(self, sigma: Rational, digits: int) -> arb:
        """The difference at K = sigma², to `digits` places."""
        self.budget.check("looking for critical points")
        total = moment_at(self.pieces, sigma, 1, 0, digits, self.budget)
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


def _at_root(s: Activation, bracket: tuple[Rational, Rational], digits: int, budget: Budget) -> CriticalPoint | None:
    """The critical point whose √K lies in a bracket, or None where C_b would be negative."""
    low, high = bracket
    g = variance_between(s.pieces, low, high, digits, budget)
    h = variance_between(s.derivative().pieces, low, high, digits, budget)
    with ctx.workprec(bits_for(digits, 100)):
        K = between(low, high) ** 2
        if not h > 0:
            raise DoesNotExist("E[s'(√K z)²] is zero or could not be told from it")
        C_b = K - g / h
        if C_b < 0:
            return None
        if not C_b >= 0:
            raise Undecided("whether C_b ≥ 0 at a critical point; more digits would decide it")
        return CriticalPoint(Enclosure(K, digits=digits), Enclosure(1 / h, digits=digits), Enclosure(C_b, digits=digits), "K > 0")
