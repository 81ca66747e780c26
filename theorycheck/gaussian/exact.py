"""The exact Gaussian class: piecewise sums of P(x)·e^(q x² + t x)·{1, cos, sin}·{1, Φ, Φ·Φ}, whose expectations are constants.

It holds ReLU and its kin, ELU, SELU, GELU, erf, Gaussians, polynomials, exponentials and waves. It is closed under products and
scaling, and expectations of it cost microseconds, with decidable zeros, instead of symbolic integration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from flint import fmpq

from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact_moments import End, normalised, polynomial_projections, projections, times_polynomial
from theorycheck.gaussian.exact_terms import ONE, PLAIN, NotExactError, Polynomial, Terms, product, recognise, scale_terms, total


class ExactPiece(NamedTuple):
    """A sum of terms on start < x < end; None is an infinite end."""

    start: End
    end: End
    terms: Terms


class ExactFunction:
    """A function of the exact class, as sorted pieces that cover the line.

    Args:
        pieces: the pieces.

    >>> zero = Constant.of(0)
    >>> relu = ExactFunction([ExactPiece(None, zero, {}), ExactPiece(zero, None, {PLAIN: {1: ONE}})])
    >>> relu.expectation(), relu.moment(2, 0), relu.hermite(3)[2]
    (Constant(sqrt(2)/(2*sqrt(pi))), Constant(1/2), Constant(1/(2*sqrt(pi))))
    """

    def __init__(self, pieces: Iterable[ExactPiece]):
        self.pieces = tuple(pieces)
        self._powers: dict[int, ExactFunction] = {1: self}

    def __mul__(self, other: ExactFunction) -> ExactFunction:
        """The product, on the intersections of the pieces; NotExactError when it leaves the class."""
        return self._combine(other, product)

    def __add__(self, other: ExactFunction) -> ExactFunction:
        """The sum, on the intersections of the pieces."""
        return self._combine(other, lambda left, right: total([left, right]))

    def _combine(self, other: ExactFunction, operation: Callable[[Terms, Terms], Terms]) -> ExactFunction:
        pieces, i, j, start = [], 0, 0, None
        while i < len(self.pieces) and j < len(other.pieces):
            left, right = self.pieces[i], other.pieces[j]
            order = _order(left.end, right.end)
            end = left.end if order <= 0 else right.end
            pieces.append(ExactPiece(start, end, operation(left.terms, right.terms)))
            start, i, j = end, i + (order <= 0), j + (order >= 0)
        return ExactFunction(pieces)

    def times(self, polynomial: Polynomial) -> ExactFunction:
        """The product with a polynomial, a mapping from degree to Constant."""
        return ExactFunction(piece._replace(terms=product(piece.terms, {PLAIN: polynomial})) for piece in self.pieces)

    def power(self, exponent: int) -> ExactFunction:
        """f^exponent, for an integer exponent ≥ 0; NotExactError when it leaves the class."""
        if exponent == 0:
            return ExactFunction([ExactPiece(None, None, {PLAIN: {0: ONE}})])
        if exponent not in self._powers:
            self._powers[exponent] = self.power(exponent - 1) * self
        return self._powers[exponent]

    def scaled(self, scale: Any) -> ExactFunction:
        """x ↦ f(scale·x) for an exact positive scale: an int, Fraction, text, SymPy number or Constant.

        Raises:
            InputError: if the scale is not proved positive.
        """
        s = Constant.of(scale)
        if s == ONE:
            return self
        if s.sign() != 1:
            raise InputError(f"the scale {scale} is not a positive number; write for example 1/2")
        inverse = s.reciprocal()
        ends = [None if piece.end is None else piece.end * inverse for piece in self.pieces]
        starts = [None, *ends[:-1]]
        return ExactFunction(
            ExactPiece(a, b, scale_terms(piece.terms, s)) for a, b, piece in zip(starts, ends, self.pieces, strict=True)
        )

    def projections(self, count: int) -> list[Constant] | None:
        """E[f(z) He_k(z)] for k < count with the probabilists' He_k, z ~ N(0, 1); None when a term has no closed form.

        Raises:
            DoesNotExist: when f grows too fast for the expectation to exist.
        """
        integrable = [_exists(piece) for piece in self.pieces]  # every piece is asked: a later one may raise
        if not all(integrable):
            return None
        result = [Constant({})] * count
        for piece in self.pieces:
            for kernel, polynomial in piece.terms.items():
                column = _rational_column(piece, polynomial, count) if kernel == PLAIN else None
                if column is None:
                    table = projections(kernel, piece.start, piece.end, count + max(polynomial))
                    if table is None:
                        return None
                    column = times_polynomial(polynomial, table, count)
                result = [a + b for a, b in zip(result, column, strict=True)]
        return result

    def expectation(self) -> Constant | None:
        """E[f(z)], z ~ N(0, 1), or None when no closed form is known; DoesNotExist when it diverges."""
        values = self.projections(1)
        return None if values is None else values[0]

    def hermite(self, terms: int, scale: Any = 1) -> list[Constant] | None:
        """Coefficients E[f(scale·z) He_k(z)]/√(k!) for k < terms (orthonormal probabilists' Hermite), or None.

        Args:
            terms: how many, at least 1.
            scale: an exact positive number.
        """
        values = self.scaled(scale).projections(terms)
        return None if values is None else normalised(values)

    def moment(self, power: int, degree: int, scale: Any = 1) -> Constant | None:
        """E[f(scale·z)^power · z^degree], z ~ N(0, 1), or None when no closed form is known.

        Args:
            power: an integer ≥ 0.
            degree: an integer ≥ 0.
            scale: an exact positive number.

        Raises:
            DoesNotExist: when the expectation diverges.
        """
        try:
            function = self.power(power).scaled(scale)
            return (function.times({degree: ONE}) if degree else function).expectation()
        except NotExactError:
            return None


def exact_form(pieces: Iterable[Any]) -> ExactFunction | None:
    """The exact class's form of a piecewise expression, or None when it lies outside the class.

    Args:
        pieces: sorted pieces that cover the line, each with SymPy numbers `start`, `end` and an `expr` in `x`.

    >>> from theorycheck.activation.function import Activation
    >>> exact_form(Activation("x*Phi(x)").pieces).expectation()
    Constant(1/(2*sqrt(pi)))
    >>> exact_form(Activation("tanh(x)").pieces) is None
    True
    """
    return _exact_form(tuple((piece.start, piece.end, piece.expr) for piece in pieces))


@lru_cache(maxsize=256)
def _exact_form(pieces: tuple[tuple[Any, Any, Any], ...]) -> ExactFunction | None:
    try:
        result = [ExactPiece(_end(start), _end(end), recognise(expr)) for start, end, expr in pieces]
    except (NotExactError, InputError, ZeroDivisionError, RecursionError):
        return None
    waves = any(not kernel.frequency.is_zero for piece in result for kernel in piece.terms)
    return None if waves and len(result) > 1 else ExactFunction(result)


def _end(number: Any) -> End:
    if number.is_infinite:
        return None
    if any(hasattr(atom, "ball") for atom in number.atoms()):
        raise NotExactError(f"the end {number} is known by a ball only")
    return Constant.of(number)


def _order(left: End, right: End) -> int:
    if left == right:
        return 0
    if left is None or right is None:
        return 1 if left is None else -1
    sign = (left - right).sign()
    if sign is None:
        raise NotExactError(f"the order of {left!r} and {right!r} is undecided")
    return sign


def _rational_column(piece: ExactPiece, polynomial: Polynomial, count: int) -> list[Constant] | None:
    """The fast path of a polynomial piece over ℚ, or None."""
    ends = [None if end is None else end.rational for end in (piece.start, piece.end)]
    if any(end is not None and rational is None for end, rational in zip((piece.start, piece.end), ends, strict=True)):
        return None
    coefficients = [fmpq(0)] * (max(polynomial) + 1)
    for n, c in polynomial.items():
        rational = c.rational
        if rational is None:
            return None
        coefficients[n] = rational
    return polynomial_projections(coefficients, ends[0], ends[1], count)


def _exists(piece: ExactPiece) -> bool:
    """Whether every term is integrable on an unbounded piece; False when gates or undecided signs leave it open.

    Different kernels grow at different rates, so without gates no two terms can cancel each other's divergence.
    """
    if piece.start is not None and piece.end is not None:
        return True
    fast = [(kernel, kernel.quadratic) for kernel in piece.terms if (1 - 2 * kernel.quadratic).sign() != 1]
    for kernel, q in fast:
        excess, slope = (2 * q - 1).sign(), kernel.linear.sign()
        if excess is None or slope is None or any(other.gates for other, _ in fast):
            return False
        decays = excess == 0 and (piece.end is not None or slope < 0) and (piece.start is not None or slope > 0)
        if not decays:
            if all(c.sign() is None for c in piece.terms[kernel].values()):
                return False
            raise DoesNotExist(
                f"the expectation does not exist: on an unbounded piece the function grows like exp({q.sympy()}*z**2), "
                "and N(0, 1) allows less than exp(z**2/2)"
            )
    return True
