"""What a printed number claims, and whether a certified number bears it out.

A decimal claims that the truth rounds to it: half a unit of its last digit to each side. A number without point and exponent,
or a formula such as 5/3 or sqrt(2), claims to be the truth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError

if TYPE_CHECKING:
    from flint import arb

    from theorycheck.enclosure import Enclosure

#: As many figures of an exact claim are compared where equality cannot be proved.
_EXACT_FIGURES = 30
_LONGEST = 400


@dataclass(frozen=True)
class Printed:
    """A printed number.

    Args:
        text: as printed.
        value: its value, a Fraction for a decimal and a SymPy constant for an exact claim.
        unit: one unit of the last digit; 0 for an exact claim.
        figures: the significant figures printed; 0 for an exact claim and for a zero.
    """

    text: str
    value: Any
    unit: Fraction
    figures: int


@dataclass(frozen=True)
class Comparison:
    """A print beside the truth.

    Args:
        right: whether the print is a correct rounding (or the truth, for an exact claim); None: undecided.
        relative_error: an upper bound on abs(print - truth)/abs(truth) to two figures; None where the truth may be 0.
        figures_right: how many leading figures are right, to half a unit.
        note: what else there is to say, for example that a number was cut off instead of rounded.
        may_be_equal: whether the print may be the truth itself, so that the error is known by its bound only.
    """

    right: bool | None
    relative_error: str | None
    figures_right: int
    note: str = ""
    may_be_equal: bool = False


def read_printed(text: str) -> Printed:
    """Read a print.

    Args:
        text: a decimal ("1.0507", "1.9E-4"), a whole number, or a constant expression ("5/3", "sqrt(2)").

    Raises:
        InputError: it is none of them.

    >>> read_printed("-0.170").unit, read_printed("-0.170").figures, str(read_printed("sqrt(2)").value)
    (Fraction(1, 1000), 3, 'sqrt(2)')
    """
    plain = text.strip().replace("−", "-")
    if len(plain) > _LONGEST:
        raise InputError(f"printed = {plain[:40]!r}… has more than {_LONGEST} characters; write the number alone")
    found = re.fullmatch(r"[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?", plain, re.ASCII)
    if found and (found[1] or found[2]) and ("." in plain or found[3]):
        unit = Fraction(10) ** (int(found[3] or 0) - len(found[2] or ""))
        return Printed(text, Fraction(plain), unit, len((found[1] + (found[2] or "")).lstrip("0")))
    return Printed(text, _constant(plain), Fraction(0), 0)


def _constant(text: str) -> Any:
    from theorycheck.activation.functions import x
    from theorycheck.activation.parsing import parse

    try:
        pieces = parse(text)
    except InputError as error:
        reason = re.sub(r"; the variable is x; .*", "; write a decimal or a constant, for example 1.0507 or 5/3", str(error))
        raise InputError(f"printed = {text!r} is no number: {reason}") from None
    if len(pieces) != 1 or pieces[0].expr.has(x):
        raise InputError(f"printed = {text!r} depends on x; write a decimal or a constant, for example 1.0507 or 5/3")
    return pieces[0].expr


def compare(printed: Printed, truth: Enclosure) -> Comparison:
    """A print beside the certified number; every statement holds for all points of the ball.

    >>> from flint import arb
    >>> from theorycheck.enclosure import Enclosure
    >>> two_thirds = Enclosure(arb(2)/3)
    >>> compare(read_printed("0.6667"), two_thirds).right, compare(read_printed("0.6666"), two_thirds).note
    (True, 'cut off, not rounded')
    """
    from flint import arb, ctx, fmpq

    from theorycheck.activation.balls import enclose

    with ctx.workprec(2000):
        exact_claim = printed.unit == 0
        value = enclose(printed.value, 2000) if exact_claim else arb(fmpq(printed.value.numerator, printed.value.denominator))
        gap = abs(value - truth.ball)
        right = _is_truth(printed, truth, gap) if exact_claim else _rounds(printed, truth, gap)
        relative = None if truth.ball.contains(0) else gap / abs(truth.ball)
        figures = _figures_right(truth.ball, gap, printed.figures if not exact_claim else _EXACT_FIGURES)
        equal = bool(gap.contains(0)) and ((right and exact_claim) or _is_truth(printed, truth, gap))
        shown = "0" if equal else None if relative is None else f"{float(relative.upper()):.2g}"
        note = ""
        if right is False and not exact_claim and _cut_off(value, truth.ball, printed.unit):
            note = "cut off, not rounded"
        elif right and not exact_claim and not gap < _half(printed):
            note = "a tie: the decimals on both sides are correct roundings"
        elif right is None:
            near = f"equal to {figures} figures" if figures else f"within {gap.abs_upper().str(2, radius=False)} of the truth"
            note = f"{near}; equality is not proved" if exact_claim else "too close to a tie"
        return Comparison(right, shown, figures, note, may_be_equal=not equal and bool(gap.contains(0)))


def _is_truth(printed: Printed, truth: Enclosure, gap: arb) -> bool | None:
    from sympy import Rational

    from theorycheck.activation.zero import is_zero

    if gap > 0:
        return False
    if gap.is_zero():
        return True
    exact = truth.exact
    claimed = printed.value if printed.unit == 0 else Rational(printed.value.numerator, printed.value.denominator)
    return True if exact is not None and is_zero(exact - claimed) else None


def _rounds(printed: Printed, truth: Enclosure, gap: arb) -> bool | None:
    bound = _half(printed)
    if gap < bound:
        return True
    if gap > bound:
        return False
    from theorycheck.decimals import as_fraction

    exact = truth.exact
    if exact is not None and exact.is_Rational:  # a tie: either neighbour is a correct rounding
        return abs(printed.value - as_fraction(exact)) <= printed.unit / 2
    return None


def _half(printed: Printed) -> arb:
    """Half a unit of the last digit."""
    from flint import arb, fmpq

    half = printed.unit / 2
    return arb(fmpq(half.numerator, half.denominator))


def _figures_right(truth: arb, gap: arb, most: int) -> int:
    """The largest count of leading figures, `most` at most, to which the print is within half a unit of the truth."""
    from flint import arb

    if truth.contains(0):
        return 0
    lead = abs(truth).log() / arb(10).log()
    exponent = int(lead.lower().floor().unique_fmpz())
    return next((count for count in range(most, 0, -1) if gap <= arb(10) ** (exponent - count + 1) / 2), 0)


def _cut_off(value: arb, truth: arb, unit: Fraction) -> bool:
    from flint import arb, fmpq

    rest = truth - value if truth > 0 else value - truth
    return bool(value * truth > 0 and rest >= 0 and rest < arb(fmpq(unit.numerator, unit.denominator)))
