"""Weighted leading forms: positive away from 0 or not, by exact minors for quadratic forms and by a covering with balls for the others."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import sympy
from flint import arb, fmpq

from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

#: Coefficient by exponents.
Polynomial = Mapping[tuple[Fraction, ...], Fraction]
#: How many boxes a covering may take; in two variables the Newton polygon decides what is left.
_MOST_BOXES = {1: 10, 2: 200}
_MANY_BOXES = 3000


def weights(p: Polynomial, variables: int) -> tuple[int, ...] | None:
    """Positive weights for which all highest pure powers have the same, largest degree; None when there are none.

    >>> weights({(2, 0): 1, (0, 4): 1, (1, 1): -1}, 2)
    (2, 1)
    """
    powers = [max((e[i] for e in p if e[i] and not any(e[:i]) and not any(e[i + 1 :])), default=0) for i in range(variables)]
    if not all(powers):
        return None
    common = lcm(*map(int, powers))
    found = tuple(common // int(power) for power in powers)
    return found if degree(p, found) <= common else None


def degree(p: Polynomial, w: tuple[int, ...]) -> Fraction:
    """The weighted degree; −1 for the zero polynomial."""
    return max((sum((e * k for e, k in zip(exponents, w, strict=True)), Fraction(0)) for exponents in p), default=Fraction(-1))


def leading_form(p: Polynomial, w: tuple[int, ...]) -> dict[tuple[Fraction, ...], Fraction]:
    """The terms of the largest weighted degree."""
    top = degree(p, w)
    return {e: c for e, c in p.items() if sum(a * k for a, k in zip(e, w, strict=True)) == top}


def positive_away_from_zero(form: Polynomial, variables: int) -> Verdict:
    """Whether a weighted homogeneous form is positive for every x ≠ 0.

    Args:
        form: coefficient by exponents.
        variables: their number.

    Returns:
        A verdict: proved for sums of even powers and quadratic forms, certified by a covering of the cube's surface otherwise; when it
        fails, the witness is a point where it is ≤ 0, exactly.

    >>> F = Fraction
    >>> positive_away_from_zero({(F(4), F(0)): F(1), (F(2), F(2)): F(-1), (F(0), F(4)): F(1)}, 2).grade
    'certified'
    """
    if all(c > 0 and all(k % 2 == 0 for k in e) for e, c in form.items()) and weights(form, variables) is not None:
        return proved("the leading form is a sum of even powers with positive coefficients, all pure powers among them")
    if all(sum(e) == 2 for e in form):
        return _quadratic(form, variables)
    return _covering(form, variables)


def _quadratic(form: Polynomial, variables: int) -> Verdict:
    matrix = sympy.zeros(variables)
    for exponents, c in form.items():
        places = [i for i, e in enumerate(exponents) for _ in range(int(e))]
        for i, j in (places, places[::-1]):
            matrix[i, j] += sympy.Rational(c.numerator, c.denominator) / 2
    minors = [matrix[:k, :k].det() for k in range(1, variables + 1)]
    if all(m > 0 for m in minors):
        return proved(f"the leading form is quadratic with principal minors {', '.join(map(str, minors))} > 0")
    return refuted(f"the leading form is quadratic with principal minors {', '.join(map(str, minors))}", witness="a minor")


def _covering(form: Polynomial, variables: int) -> Verdict:
    """Boxes on the surface of the cube max |x_i| = 1, halved until the form is positive on each."""
    half = (Fraction(-1), Fraction(1))
    ends = [(Fraction(s), Fraction(s)) for s in (1, -1)]
    boxes = [tuple(end if i == face else half for i in range(variables)) for face in range(variables) for end in ends]
    seen, most = 0, _MOST_BOXES.get(variables, _MANY_BOXES)
    while boxes:
        box = boxes.pop()
        seen += 1
        if seen > most:
            return undecided(f"whether the leading form is positive on the sphere; {most} boxes do not decide it")
        middle = tuple((a + b) / 2 for a, b in box)
        value = sum((c * _monomial(middle, e) for e, c in form.items()), Fraction(0))
        if value <= 0:
            point = ", ".join(map(str, middle))
            return refuted(f"the leading form is {value} at ({point})", witness=f"({point})")
        if _lower(form, box) > 0:
            continue
        side = max(range(variables), key=lambda i: box[i][1] - box[i][0])
        halves = (box[side][0], middle[side]), (middle[side], box[side][1])
        boxes += [(*box[:side], part, *box[side + 1 :]) for part in halves]
    return certified(f"the leading form is positive on the sphere, by {seen} boxes")


def _monomial(point: tuple[Fraction, ...], exponents: tuple[Fraction, ...]) -> Fraction:
    value = Fraction(1)
    for x, e in zip(point, exponents, strict=True):
        value *= x ** int(e)
    return value


def _lower(form: Polynomial, box: tuple[tuple[Fraction, Fraction], ...]) -> arb:
    """A lower bound, by the form of mean values: the value in the middle less the largest slopes times the half-widths."""
    balls = [_ball((a + b) / 2, (b - a) / 2) for a, b in box]
    value = arb(0)
    for exponents, c in form.items():
        value += _number(c) * _product([_ball((a + b) / 2, Fraction(0)) for a, b in box], exponents)
    for i, (a, b) in enumerate(box):
        slope = arb(0)
        for exponents, c in form.items():
            if exponents[i]:
                lowered = (*exponents[:i], exponents[i] - 1, *exponents[i + 1 :])
                slope += _number(c * exponents[i]) * _product(balls, lowered)
        value -= abs(slope) * _number((b - a) / 2)
    return arb(value.lower())


def _product(balls: list[arb], exponents: tuple[Fraction, ...]) -> arb:
    value = arb(1)
    for ball, e in zip(balls, exponents, strict=True):
        for _ in range(int(e)):  # arb(0, 1)**2 is nan
            value *= ball
    return value


def _number(q: Fraction) -> arb:
    return arb(fmpq(q.numerator, q.denominator))


def _ball(middle: Fraction, radius: Fraction) -> arb:
    return arb(_number(middle), _number(radius).upper()) if radius else _number(middle)
