"""The landmarks of a graph: least and greatest value, inflection points, intervals of convexity, and what is even or odd beside a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flint import arb
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import differentiate, to_sympy, x
from theorycheck.activation.roots import split_by_sign, sympy_order
from theorycheck.activation.tails import GrowsTooFast, settled_tail, starts_beyond
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.properties.shape import parity
from theorycheck.verdict import Verdict, proved, undecided

_WORDS = {1: "convex", -1: "concave", 0: "affine"}


@dataclass(frozen=True)
class Extreme:
    """The greatest lower or least upper bound of a function.

    Args:
        value: the bound; None when infinite.
        at: where it is attained; None when it is only approached.
        towards: the end where it is approached or infinite: "-oo" or "oo", or "" when attained.
    """

    value: Enclosure | None
    at: Enclosure | None
    towards: str

    def to_json(self) -> dict[str, Any]:
        """{"value", "at", "towards"}."""
        return {
            "value": None if self.value is None else self.value.to_json(),
            "at": None if self.at is None else self.at.to_json(),
            "towards": self.towards or None,
        }


@dataclass(frozen=True)
class Landmarks:
    """What can be read off a graph.

    Args:
        lower, upper: the ends of the range.
        convexity: (from, to, "convex" | "concave" | "affine"), the largest intervals of each kind, which overlap where s is affine;
            an affine one stands alone only where no larger one holds it. An end is None where it is infinite.
        inflections: the points where the curvature changes its sign; both ends of an affine stretch between the two signs.
    """

    lower: Extreme
    upper: Extreme
    convexity: tuple[tuple[Enclosure | None, Enclosure | None, str], ...]
    inflections: tuple[Enclosure, ...]

    def to_json(self) -> dict[str, Any]:
        """{"lower", "upper", "inflections", "convexity"}."""
        ends = [(a and a.to_json(), b and b.to_json(), word) for a, b, word in self.convexity]
        return {
            "lower": self.lower.to_json(),
            "upper": self.upper.to_json(),
            "inflections": [p.to_json() for p in self.inflections],
            "convexity": [{"from": a, "to": b, "shape": word} for a, b, word in ends],
        }


def landmarks(f: Activation | str, digits: int = 15) -> Landmarks:
    """Range, minimiser, inflection points and intervals of convexity, certified.

    Args:
        f: a continuous activation or its text.
        digits: decimal digits.
    Raises:
        InputError: s jumps.
        Undecided: the zeros of s' or s'' could not all be isolated.

    >>> silu = landmarks("x/(1+exp(-x))", 10)
    >>> silu.lower.value.value, silu.lower.at.value, [p.value for p in silu.inflections]
    ('-0.27846454276', '-1.2784645428', ['-2.3993572805', '2.3993572805'])
    """
    s, digits = as_activation(f), require_digits(digits)
    if s.jumps:
        raise InputError(f"s jumps at x = {s.jumps[0][0]}; its landmarks are told for continuous functions only")
    found = [extreme for piece in s.pieces for extreme in _candidates(piece, digits)]
    intervals = _convexity(s)
    ends = [(_place(a, digits), _place(b, digits), _WORDS[sign]) for a, b, sign in intervals]
    turns = [e for point in _inflections(intervals) if (e := _place(point, digits)) is not None]
    return Landmarks(_best(found, -1), _best(found, 1), tuple(ends), tuple(turns))


def _place(point: Expr, digits: int) -> Enclosure | None:
    if not point.is_finite:
        return None
    return Enclosure(enclose(point, bits_for(digits, 60)), _closed(point), digits)


def _closed(expr: Expr) -> Expr | None:
    """The expression itself, where it is short and names no number that is known by a ball only."""
    return None if any(hasattr(atom, "ball") for atom in expr.atoms()) or len(str(expr)) > 60 else expr


def _dyadic(ball: arb) -> Expr | None:
    """The number itself, where the ball is a point."""
    if not ball.is_exact():
        return None
    mantissa, exponent = ball.mid().man_exp()
    return Rational(int(mantissa)) * Rational(2) ** int(exponent)


def _candidates(piece: Any, digits: int) -> list[tuple[arb, Extreme]]:
    """The values at the ends of each interval on which the piece is monotone."""
    slope = differentiate(piece.expr)
    if is_zero(slope) and not (piece.start.is_finite or piece.end.is_finite):  # a constant is attained, at 0 as anywhere
        parts = [(S.NegativeInfinity, S.Zero, 0), (S.Zero, S.Infinity, 0)]
    else:
        parts = [(piece.start, piece.end, 0)] if is_zero(slope) else split_by_sign(slope, piece.start, piece.end)
    found = []
    for a, b, sign in parts:
        for point, side in ((a, -1), (b, 1)):
            if point.is_finite:
                ball = value_at(piece.expr, point, bits_for(digits, 100))
                if not ball.is_finite():
                    raise Undecided(f"the value of s at x = {point} could not be enclosed")
                value = Enclosure(ball, _closed(piece.expr.subs(x, point)), digits)
                found.append((ball, Extreme(value, _place(point, digits), "")))
                continue
            ball = _limit(piece.expr, point, side, sign)
            where = "oo" if side > 0 else "-oo"
            bound = Enclosure(ball, _dyadic(ball), digits) if ball.is_finite() else None
            found.append((ball, Extreme(bound, None, where)))
    return found


def _limit(expr: Expr, edge: Expr, side: int, sign: int) -> arb:
    """The limit of a function at an infinite end towards which it is monotone."""
    if sign == 0:
        return enclose(expr, 128)
    outward = sign * side
    try:
        limit = settled_tail(expr, side, starts_beyond(edge, side)).limit()
    except GrowsTooFast:
        return arb.pos_inf() if outward > 0 else arb.neg_inf()
    if limit is None:
        raise Undecided(f"the limit of {expr} as x → {'' if side > 0 else '−'}∞")
    ball = arb(limit)
    return ball if ball.is_finite() else arb.pos_inf() if outward > 0 else arb.neg_inf()


def _best(found: list[tuple[arb, Extreme]], direction: int) -> Extreme:
    """The extreme candidate; among equal ones an attained one."""
    best = found[0]
    for ball, extreme in found[1:]:
        mine, theirs = direction * ball, direction * best[0]
        level = ball.is_finite() and best[0].is_finite() and not mine > theirs and not mine < theirs
        if mine > theirs or (level and best[1].at is None and extreme.at is not None):
            best = (ball, extreme)
    return best[1]


def _convexity(s: Activation) -> list[tuple[Expr, Expr, int]]:
    """The largest intervals on which s is convex (1), concave (−1) or affine (0), in the order of their ends."""
    parts, bends = _curvature(s)
    runs = {kind: _runs([sign for *_, sign in parts], bends, kind) for kind in (1, -1)}
    found = []
    for kind, mine in runs.items():
        for first, last in mine:
            straight = not any(sign for *_, sign in parts[first : last + 1]) and not any(bends[first:last])
            if not straight:
                found.append((parts[first][0], parts[last][1], kind))
            elif kind == 1 and (first, last) in runs[-1]:
                found.append((parts[first][0], parts[last][1], 0))
    order = {start: at for at, (start, *_) in enumerate(parts)}
    return sorted(found, key=lambda interval: order[interval[0]])


def _curvature(s: Activation) -> tuple[list[tuple[Expr, Expr, int]], list[int]]:
    """The line cut at kinks and zeros of s'': the sign of s'' on every part, and that of the jump of s' after each but the last.

    Raises:
        Undecided: a jump of s' that matters has no known sign.
    """
    slope = s.derivative()
    parts: list[tuple[Expr, Expr, int]] = []
    for piece in slope.pieces:
        bend_of = differentiate(piece.expr)
        parts += [(piece.start, piece.end, 0)] if is_zero(bend_of) else split_by_sign(bend_of, piece.start, piece.end)
    bends = []
    for (_, point, left), (_, _, right) in pairwise(parts):
        size = next((size for place, size in slope.jumps if compare(place, point) == 0), S.Zero)
        ball = value_at(size, S.Zero) if size.is_finite else arb(0) if size is S.NaN else arb.pos_inf() * (1 if size > 0 else -1)
        bend = 0 if size == 0 or size is S.NaN else 1 if ball > 0 else -1 if ball < 0 else None
        if bend is None or (size is S.NaN and left * right >= 0):
            raise Undecided(f"the sign of the jump of s' at x = {point}")
        bends.append(bend)
    return parts, bends


def _runs(signs: list[int], bends: list[int], kind: int) -> list[tuple[int, int]]:
    """(first, last) of the longest runs of parts that together are convex (kind 1) or concave (−1)."""
    found: list[tuple[int, int]] = []
    for at, sign in enumerate(signs):
        if sign * kind < 0:
            continue
        if found and found[-1][1] == at - 1 and bends[at - 1] * kind >= 0:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def _inflections(intervals: list[tuple[Expr, Expr, int]]) -> list[Expr]:
    """Where an interval of convexity or of concavity begins or ends with none of its kind on the other side."""
    found: dict[Expr, None] = {}
    for start, end, kind in intervals:
        for point, other in ((start, 1), (end, 0)):
            beyond = any(kind * third >= 0 and point == (first, last)[other] for first, last, third in intervals)
            if kind and point.is_finite and not beyond:
                found[point] = None
    return sorted(found, key=sympy_order)


def symmetry(f: Activation | str) -> Verdict:
    """Whether s is even or odd once a line is taken off; the value is "even" | "odd" | "affine", and the reason says what follows.

    An even remainder makes the odd Hermite coefficients of degree 3 and more vanish, an odd one the even ones of degree 2 and more.

    >>> symmetry("x*Phi(x)").reason
    's − x/2 is even, so c₃ = c₅ = … = 0'
    >>> symmetry("1/(1+exp(-x))").reason
    's − 1/2 is odd, so c₂ = c₄ = … = 0'
    """
    s = as_activation(f)
    right, left = (next(p.expr for p in s.pieces if compare(p.end, point) >= 0).subs(x, point) for point in (S.One, S.NegativeOne))
    for wanted, line, rest in (("even", (right - left) / 2 * x, "c₃ = c₅ = … = 0"), ("odd", (right + left) / 2, "c₂ = c₄ = … = 0")):
        line = to_sympy(line).simplify() if len(str(line)) < 200 else line
        remainder = Activation.from_pieces(tuple(type(p)(p.start, p.end, p.expr - line) for p in s.pieces))
        found = parity(remainder)
        if found.holds and found.value == wanted:
            named = "s" if is_zero(line) else f"s − {line}"
            return proved(f"{named} is {wanted}, so {rest}", value=wanted)
        if found.holds is None:
            return undecided("whether s is even or odd beside a line")
    return Verdict(False, "proved", "neither even nor odd beside a line", witness="1", value="none")
