"""Critical initialisation: variances K and C_W, C_b at which a wide layer keeps the signal and every small difference of signals.

At a critical point K = C_W g(K) + C_b, C_W E[s'(√K z)²] = 1 = C_W g'(K). By Stein's identity g'(K) − E[s'²] = E[s s''(√K z)], kinks
of s as atoms of s''. The even part of s s'' has finitely many sign changes on (0, ∞), so Descartes' rule (`sign_changes`) bounds the
zeros of the difference on all of (0, ∞) at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, TheorycheckError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.edges import require_integrable_poles
from theorycheck.limits import Budget
from theorycheck.properties.bracketing import between, close_bracket, variance_between
from theorycheck.properties.critical_point import CriticalPoint, Rejected, judged
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.laplace_zeros import zeros
from theorycheck.properties.polynomial_criticality import over_the_rationals, polynomial_solutions
from theorycheck.properties.shape import affine
from theorycheck.properties.sign_changes import DESCARTES, even_signs
from theorycheck.properties.stein_difference import SteinDifference
from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

#: Standard deviations √K between which sign changes are looked for, first on a grid, then everywhere.
GRID = tuple(Rational(2) ** k for k in range(-4, 9))
#: How much of the time the search may take; waves without a closed form are slow where K is large.
_SHARE = 0.2


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
    if is_infinite(slope):
        return Criticality((), certified("none: E[s'(√K z)²] is infinite, so no χ exists"))
    points = _at_zero(s, digits)
    exact = over_the_rationals(s.pieces[0].expr) if len(s.pieces) == 1 else None
    if exact is not None and exact.degree() > 1:
        return _of(points, polynomial_solutions(exact, digits), proved("E[s s''] is a polynomial in K, and all its roots were isolated"))
    difference = SteinDifference(s, allowed)
    try:
        signs = even_signs(difference.pieces, difference.atoms)
    except TheorycheckError:  # it oscillates, or a sign is open: the search sees what there is in a range of K
        return _of(points, *_searched(s, difference, None, digits))
    if not signs:
        return Criticality(tuple(points), _whole_curve(s, digits, allowed))
    if len(signs) == 1:
        word = "positive" if signs[0] > 0 else "negative"
        why = f"none with K > 0: the even part of s s'' is {word} on (0, ∞), so g'(K) ≠ E[s'(√K z)²]"
        return Criticality(tuple(points), certified(why))
    return _of(points, *_searched(s, difference, signs, digits))


def _of(points: list[CriticalPoint], solutions: Sequence[CriticalPoint | Rejected], complete: Verdict) -> Criticality:
    """The points among the solutions; the others are named in the verdict, and one that is open leaves it open."""
    kept = [found for found in solutions if isinstance(found, CriticalPoint)]
    others = [found for found in solutions if isinstance(found, Rejected)]
    text = "; ".join([complete.reason, *(found.text for found in others)])
    if complete.holds:
        text = f"{'no others' if kept else 'none'} with K > 0: {text}"
    verdict = undecided(text) if any(found.open for found in others) else replace(complete, reason=text)
    return Criticality((*points, *kept), verdict)


def _searched(
    s: Activation, difference: SteinDifference, signs: list[int] | None, digits: int
) -> tuple[list[CriticalPoint | Rejected], Verdict]:
    """The solutions with K > 0 that were found, and whether there are others."""
    if signs is not None:  # few points tell, where Descartes' bound is reached
        brackets, why = _on_grid(difference), _all_of_them(difference, signs)
        many = why(brackets)
        if many:
            return _solutions(s, difference, brackets, digits), certified(many, trusts=(DESCARTES,))
    found = zeros(SteinDifference(s, difference.budget.share(_SHARE)).local, GRID[0], GRID[-1], Rational(1))
    solutions = _solutions(s, difference, found.brackets, digits)
    if signs is not None and not found.blurred and (many := why(found.brackets)):
        return solutions, certified(many, trusts=(DESCARTES,))
    if not found.blurred and difference.clear_below(found.low) and difference.clear_above(found.high):
        return solutions, certified(f"a covering of K in {found.range()} and bounds on both sides of it")
    if found.blurred:
        near = ", ".join(f"{float(a) ** 2:.6g}" for a, _ in found.blurred[:3])
        told = f"none other was found for K in {found.range()}, but near K = {near} zeros of E[s s''] could not be told apart"
    else:
        many = "no others" if found.brackets else "none"
        told = f"{many} for K in {found.range()} by a covering; whether there are any beyond it is open"
    return solutions, undecided(told + (f" ({found.why})" if found.why else ""))


def _on_grid(difference: SteinDifference) -> list[tuple[Rational, Rational]]:
    """Neighbours on the grid between which the sign changes."""
    known = [(sigma, _sign(partial(difference, sigma))) for sigma in GRID]
    told = [(sigma, sign) for sigma, sign in known if sign]
    return [(a, b) for (a, left), (b, right) in pairwise(told) if left != right]


def _all_of_them(difference: SteinDifference, signs: list[int]) -> Callable[[list[tuple[Rational, Rational]]], str]:
    """Why so many zeros are all, or nothing: as many as Descartes' rule allows, or one fewer where their number has the right parity.

    The number with multiplicity is even or odd as the signs for small K, that of s s'' near 0, and for large K, −1 for bounded s, demand.
    """
    changes = len(signs) - 1
    many = f"the even part of s s'' changes sign {'once' if changes == 1 else f'{changes} times'} on (0, ∞)"

    def why(brackets: list[tuple[Rational, Rational]]) -> str:
        if len(brackets) == changes:
            return many
        if len(brackets) == changes - 1 and len(brackets) % 2 == (signs[0] > 0) and difference.bounded():
            return f"{many}, and for bounded s E[s s''] < 0 for all large K"
        return ""

    return why


def _solutions(
    s: Activation, difference: SteinDifference, brackets: list[tuple[Rational, Rational]], digits: int
) -> list[CriticalPoint | Rejected]:
    found: list[CriticalPoint | Rejected] = []
    for a, b in brackets:
        try:
            found.append(_at_root(s, close_bracket(difference, a, b, digits), digits, difference.budget))
        except Undecided as error:  # the others stay
            found.append(Rejected(f"a solution with K in [{float(a) ** 2:.6g}, {float(b) ** 2:.6g}] is open: {error}", True))
    return found


def is_infinite(slope: Activation) -> bool:
    """Whether E[s'(√K z)²] is infinite for every K, by a pole of s'.

    >>> is_infinite(Activation("sqrt(abs(x))").derivative())
    True
    """
    try:
        require_integrable_poles(slope.pieces, 2)
    except DoesNotExist:
        return True
    return False


def _whole_curve(s: Activation, digits: int, budget: Budget) -> Verdict:
    """What follows when the even part of s s'' is 0: g'(K) = E[s'(√K z)²] for every K, and C_b = K − g/g' alone has to be ≥ 0.

    For s = a + b x it is −(a/b)².
    """
    if affine(s).holds:
        constant = s.derivative().pieces[0].expr == 0
        return proved("none: s is constant, so χ⊥ = 0" if constant else "none: s is affine, and C_b = −(s(0)/s')² < 0 where χ⊥ = 1")
    here = Rational(1)
    if isinstance(_at_root(s, (here, here), digits, budget), Rejected):
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


def _sign(value: Callable[[int], arb]) -> int:
    for digits in (12, 30):
        ball = value(digits)
        if ball > 0:
            return 1
        if ball < 0:
            return -1
    return 0


def _at_root(s: Activation, bracket: tuple[Rational, Rational], digits: int, budget: Budget) -> CriticalPoint | Rejected:
    """The solution whose √K lies in a bracket, judged."""
    low, high = bracket
    g = variance_between(s.pieces, low, high, digits, budget)
    slope = variance_between(s.derivative().pieces, low, high, digits, budget)
    with ctx.workprec(bits_for(digits, 100)):
        K = between(low, high) ** 2
    return judged(K, g, slope, digits)
