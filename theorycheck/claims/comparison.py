"""Comparing theory with evidence: exact numbers, balls, mpmath numbers, floats, and arrays of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isfinite, nextafter
from numbers import Rational as RationalNumber
from typing import Any

from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, conjunction, undecided

#: Digits that must agree unless told, by the weaker of the two kinds.
DIGITS = {"ball": 10, "mpmath": 12, "float": 9}
_PRECISION = 200


def _kind(number: Any) -> str:
    """ "exact", "ball", "mpmath", "float" or "array"."""
    module = type(number).__module__.partition(".")[0]
    if isinstance(number, (list, tuple)) or (module == "numpy" and getattr(number, "ndim", 0) > 0):
        return "array"
    if isinstance(number, (RationalNumber, Fraction)) or type(number).__name__ in ("fmpq", "fmpz"):
        return "exact"
    if module == "sympy":
        if not number.is_number or number.is_Float:
            raise InputError(f"{number} is not an exact number; write an exact SymPy number")
        return "exact" if number.is_Rational else "ball"
    if hasattr(number, "ball") or type(number).__name__ == "arb":
        return "ball"
    if module == "mpmath":
        return "mpmath"
    if isinstance(number, float) or module == "numpy":
        return "float"
    raise InputError(f"{number!r} is no number to compare; write an exact number, an Enclosure, an mpmath number or a float")


def as_ball(number: Any) -> Any:
    """The number as an arb; floats and mpmath numbers are taken as the exact numbers that they are."""
    from flint import arb, fmpq

    if type(number).__name__ == "arb":
        return number
    if type(number).__module__.partition(".")[0] == "sympy":
        from theorycheck.zero import ball_at

        return ball_at(number, None, _PRECISION)
    if hasattr(number, "ball"):
        return number.ball
    if type(number).__module__.partition(".")[0] == "mpmath":
        if not hasattr(number, "_mpf_"):
            raise InputError(f"{number} is not real; compare real and imaginary parts")
        sign, mantissa, exponent, _ = number._mpf_
        return arb(-int(mantissa) if sign else int(mantissa)) * arb(2) ** int(exponent) if mantissa or not exponent else arb(float(number))
    if type(number).__name__ in ("fmpq", "fmpz"):
        return arb(number)
    if isinstance(number, (RationalNumber, Fraction)):
        return arb(fmpq(int(number.numerator), int(number.denominator)))
    return arb(float(number))


def as_interval(number: Any) -> tuple[float, float]:
    """Two floats with the number between them.

    >>> as_interval(Fraction(1, 4))
    (0.25, 0.25)
    """
    _kind(number)
    ball = as_ball(number)
    if not ball.is_finite():
        raise InputError(f"{number} is not known; its ball is not finite")
    from flint import ctx

    with ctx.workprec(64):
        low, high = float(ball.lower()), float(ball.upper())
    middle = float(ball)
    if ball.is_exact() and ball == middle:
        return middle, middle
    return nextafter(low, -float("inf")), nextafter(high, float("inf"))


def compare_equal(theory: Any, evidence: Any, digits: int | None = None) -> Verdict:
    """Whether two numbers, or two arrays of numbers, agree; see `Check.equal`.

    >>> compare_equal(Fraction(1, 2), Fraction(2, 4)).grade, compare_equal(0.5, 0.6).holds
    ('proved', False)
    """
    kinds = {_kind(theory), _kind(evidence)}
    if "array" in kinds:
        return _elementwise(theory, evidence, lambda a, b: compare_equal(a, b, digits))
    if kinds == {"exact"}:
        same = _fraction(theory) == _fraction(evidence)
        return Verdict(same, "proved", f"{theory} {'=' if same else '≠'} {evidence}", None if same else f"{evidence} instead of {theory}")
    rigorous = kinds <= {"exact", "ball"}
    wanted = digits if digits is not None else min(DIGITS[k] for k in kinds if k in DIGITS)
    from flint import arb, ctx

    with ctx.workprec(max(ctx.prec, 4 * wanted + 64)):
        left, right = as_ball(theory), as_ball(evidence)
    text = f"theory {_decimal(left)}, evidence {_decimal(right)}"
    if not (left.is_finite() and right.is_finite()):
        return undecided(f"{text}: a number is not known")
    with ctx.workprec(max(ctx.prec, 4 * wanted + 64)):
        gap = abs(left - right)
        allowed = arb(10) ** (-wanted) * (arb(1).max(abs(left)))
        if rigorous and gap > 0:
            return Verdict(False, "certified", f"{text}: disjoint balls", f"{_decimal(right)} instead of {_decimal(left)}")
        if gap < allowed:
            return Verdict(True, "computed", f"{text}, equal to {wanted} digits")
        if gap > allowed and not rigorous:
            return Verdict(False, "computed", f"{text}, not equal to {wanted} digits", f"{_decimal(right)} instead of {_decimal(left)}")
    return undecided(f"{text}: the balls are too wide for {wanted} digits; ask for more")


def compare_less(left: Any, right: Any, strict: bool) -> Verdict:
    """Whether left < right (or ≤); certified for exact numbers and balls, computed with a margin for floats.

    >>> compare_less(1, Fraction(3, 2), strict=True).grade
    'proved'
    """
    kinds = {_kind(left), _kind(right)}
    if "array" in kinds:
        return _elementwise(left, right, lambda a, b: compare_less(a, b, strict))
    sign = "<" if strict else "≤"
    if kinds == {"exact"}:
        p, q = _fraction(left), _fraction(right)
        holds = p < q if strict else p <= q
        text = f"{left} {sign} {right}"
        return Verdict(True, "proved", text) if holds else Verdict(False, "proved", f"not {text}", f"{left} against {right}")
    a, b = as_ball(left), as_ball(right)
    text = f"{_decimal(a)} {sign} {_decimal(b)}"
    grade = "certified" if kinds <= {"exact", "ball"} else "computed"
    margin = as_ball(0) if grade == "certified" else as_ball(Fraction(1, 10**9)) * (1 + abs(a) + abs(b))
    if a + margin < b or (not strict and grade == "certified" and a <= b):
        return Verdict(True, grade, text)
    if a > b + margin or (strict and grade == "certified" and a >= b):
        return Verdict(False, grade, f"not {text}", f"{_decimal(a)} against {_decimal(b)}")
    return undecided(f"{text} is too close to tell; ask for more digits")


def _elementwise(left: Any, right: Any, compare: Callable[[Any, Any], Verdict]) -> Verdict:
    parts = [list(side) if _kind(side) == "array" else None for side in (left, right)]
    sizes = {len(p) for p in parts if p is not None}
    if len(sizes) != 1 or (sizes == {0}):
        raise InputError(f"arrays of {' and '.join(str(s) for s in sizes)} entries cannot be compared; give both the same shape")
    count = sizes.pop()
    first, second = (p if p is not None else [side] * count for p, side in zip(parts, (left, right), strict=True))
    found = [compare(a, b) for a, b in zip(first, second, strict=True)]
    for wanted in (False, None):
        for place, verdict in enumerate(found):
            if verdict.holds is wanted:
                return Verdict(verdict.holds, verdict.grade, f"entry {place}: {verdict.reason}", verdict.witness)
    return conjunction(found, f"{count} entries, the first: {found[0].reason}")


def _fraction(number: Any) -> Fraction:
    if hasattr(number, "p") and hasattr(number, "q"):
        return Fraction(int(number.p), int(number.q))
    return Fraction(int(number.numerator), int(number.denominator))


def _decimal(ball: Any) -> str:
    if not ball.is_finite() or not isfinite(float(ball)):
        return str(ball.str(6))
    return str(ball.str(15, radius=False)) if ball.rel_accuracy_bits() > 50 else str(ball.str(10))
