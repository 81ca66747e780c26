"""The population loss of one-hidden-layer networks as a sum over Hermite degrees, cut off with a bound on both sides.

For unit rows E[σ(⟨u, x⟩) γ(⟨v, x⟩)] = Σ_k σ̂_k γ̂_k ⟨u, v⟩^k, so the loss is a quadratic form in the weights for each degree k. Beyond the
last degree abs(r)^k is at most abs(r)^(K + 1), and Σ σ̂_k² is known from E σ²: the rest lies in a ball, on the diagonal in a single point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any

from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError

if TYPE_CHECKING:
    from flint import arb

    from theorycheck.activation.function import Activation

#: Decimal digits of the coefficients beyond those of the answer.
_GUARD = 10


@dataclass(frozen=True)
class Spectrum:
    """The first Hermite coefficients of an activation, and what is left of E σ² behind them.

    Args:
        coefficients: balls around σ̂_0, …, σ̂_K.
        tail: a ball around Σ σ̂_k² over k > K, at least 0.
    """

    coefficients: tuple[arb, ...]
    tail: arb


def spectrum(activation: Activation | str, terms: int, digits: int = 15) -> Spectrum:
    """Certified Hermite coefficients with their tail.

    Args:
        activation: an activation or its text, square integrable under N(0, 1).
        terms: how many coefficients, at least 1.
        digits: decimal digits of each.

    Raises:
        InputError: terms is not a count.
        DoesNotExist: E σ² diverges.

    >>> relu = spectrum("relu", 11)
    >>> relu.tail.str(3, radius=False), [str(c.unique_fmpz()) for c in relu.coefficients[3:10:2]]
    ('0.00128', ['0', '0', '0', '0'])
    """
    from flint import arb, ctx

    from theorycheck import dual_activation, hermite_coefficients
    from theorycheck.gaussian.accuracy import require_digits

    digits = require_digits(digits)
    coefficients = hermite_coefficients(activation, terms, digits=digits + _GUARD)
    square = dual_activation(activation, 1, digits=digits + _GUARD)  # at correlation 1 this is E σ²
    with ctx.workprec(bits_for(digits + 2 * _GUARD)):
        rest = square.ball - sum((c.ball * c.ball for c in coefficients), arb(0))
        return Spectrum(tuple(c.ball for c in coefficients), _not_negative(rest))


def hermite_form(
    teacher: Spectrum, student: Spectrum, weights: tuple[Sequence[Fraction], Sequence[Fraction]], gram: Sequence[Sequence[Fraction]]
) -> arb:
    """Σ_k ‖σ̂_k Σ a*_i b*_i^⊗k − γ̂_k Σ a_i b_i^⊗k‖² as a ball, from the inner products of all rows.

    Args:
        teacher: of σ, K + 1 coefficients.
        student: of γ, as many; the same object when γ = σ.
        weights: a* and a.
        gram: inner products of the stacked rows (b*, b), exact, at most 1 in absolute value.

    Returns:
        A ball that contains the sum over all degrees, clipped below at 0.
    """
    from flint import arb

    sides = [(teacher, c) for c in weights[0]] + [(student, -c) for c in weights[1]]
    merged: dict[int, Fraction] = {}  # equal units count as one, with the sum of their weights: what cancels, cancels exactly
    for i, (side, weight) in enumerate(sides):
        equal = (j for j in merged if sides[j][0] is side and gram[i][j] == gram[i][i] == gram[j][j] == 1)
        place = next(equal, i)
        merged[place] = merged.get(place, Fraction(0)) + weight
    total = arb(0)
    for i, first in merged.items():
        for j, second in merged.items():
            if j <= i and first * second:
                total += _ball(first * second * (2 if j < i else 1)) * _pair(sides[i][0], sides[j][0], gram[i][j])
    return _not_negative(total)


def _pair(left: Spectrum, right: Spectrum, product: Fraction) -> arb:
    """Σ_k σ̂_k γ̂_k r^k as a ball."""
    from flint import arb

    r, total = _ball(product), arb(0)
    for first, second in zip(reversed(left.coefficients), reversed(right.coefficients), strict=True):
        total = total * r + first * second
    if product == 1 and left is right:
        return total + left.tail
    reach = (left.tail.abs_upper() * right.tail.abs_upper()).sqrt() * abs(r) ** len(left.coefficients)
    return total + arb(0, reach.abs_upper())


def population_loss(
    activation: Activation | str,
    teacher: tuple[Sequence[Any], Sequence[Sequence[Any]]],
    student: tuple[Sequence[Any], Sequence[Sequence[Any]]],
    terms: int = 32,
    student_activation: Activation | str | None = None,
    digits: int = 15,
) -> Enclosure:
    """E(Σ a*_i σ(⟨b*_i, x⟩) − Σ a_i γ(⟨b_i, x⟩))² for x ~ N(0, I) and unit rows, with a rigorous bound on what is cut off.

    Args:
        activation: σ, or its text.
        teacher: (a*, B*): m weights and m rows of equal length, exact numbers.
        student: (a, B), likewise; its width may be another.
        terms: how many degrees are summed; the radius shrinks as they grow, unless rows are equal or opposite.
        student_activation: γ; by default σ.
        digits: of the coefficients.

    Returns:
        An enclosure. Equal rows cost nothing: the loss at (a*, B*) is 0 exactly.

    Raises:
        InputError: a row is not of length one, shapes do not fit, or a number is not exact.

    Source: Ge, Lee & Ma, arXiv:1711.00501, Theorem 2.1 and its proof; the two-sided bound is ours.

    >>> e, f = (1, 0), (Fraction(3, 5), Fraction(4, 5))
    >>> loss = population_loss("relu", ([1], [e]), ([1], [f]), terms=64)
    >>> loss.value[:8], float(loss.radius) < 1e-15  # 1 − 2 E[relu relu] by the arc-cosine kernel: 0.322452…
    ('0.322452', True)
    >>> population_loss("relu", ([1, 2], [e, f]), ([2, 1], [f, e])).value
    '0'
    """
    from flint import ctx

    from theorycheck.gaussian.accuracy import require_digits

    weights, rows = zip(*(_network(name, network) for name, network in (("teacher", teacher), ("student", student))), strict=True)
    stacked = [*rows[0], *rows[1]]
    if len({len(row) for row in stacked}) > 1:
        raise InputError(f"the rows have {' and '.join(str(len(r[0])) for r in rows)} coordinates; give both networks the same inputs")
    gram = [[sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0)) for v in stacked] for u in stacked]
    digits = require_digits(digits)
    first = spectrum(activation, terms, digits)
    second = first if student_activation is None else spectrum(student_activation, terms, digits)
    with ctx.workprec(bits_for(digits + 2 * _GUARD)):
        return Enclosure(hermite_form(first, second, weights, gram), digits=digits)


def _network(name: str, network: tuple[Sequence[Any], Sequence[Sequence[Any]]]) -> tuple[tuple[Fraction, ...], list[tuple[Fraction, ...]]]:
    """Weights and rows as fractions, with the lengths checked."""
    try:
        first, second = (list(part) for part in network)
        nested = [list(row) for row in second]
    except (TypeError, ValueError):
        first, nested = [], []
    if not first or len(first) != len(nested):
        raise InputError(f"the {name} is not (weights, rows) with a weight for each row; write ([1, 2], [(1, 0), (0, 1)])")
    weights = tuple(_exact(name, a) for a in first)
    rows = [tuple(_exact(name, c) for c in row) for row in nested]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(f"row {number} of the {name} has {len(row)} coordinates, row 0 has {len(rows[0])}; write rows of equal length")
        square = sum(c * c for c in row)
        if square != 1:
            raise InputError(
                f"row {number} of the {name} has squared length {square} (too {'long' if square > 1 else 'short'} by a factor of "
                f"about {float(square) ** 0.5:.6g}); divide it by its length: the formula holds for unit rows only"
            )
    return weights, rows


def _exact(name: str, number: Any) -> Fraction:
    if isinstance(number, (Rational, str)) and not isinstance(number, bool):
        try:
            return Fraction(number)
        except (ValueError, ZeroDivisionError):
            pass
    raise InputError(f"the {name} contains {number!r}; write exact numbers, for example Fraction(3, 5)")


def _ball(number: Fraction) -> arb:
    from flint import arb, fmpq

    return arb(fmpq(number.numerator, number.denominator))


def _not_negative(ball: arb) -> arb:
    """The part of a ball that is not negative: what it encloses is known to be at least 0."""
    from flint import arb

    if ball.lower() >= 0 or ball.is_zero():
        return ball
    upper = ball.upper()
    return ball if not upper > 0 else arb(upper / 2, (upper / 2).abs_upper())
