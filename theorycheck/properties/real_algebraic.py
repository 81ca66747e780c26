"""Numbers of a field Q(θ), θ a real algebraic number: exact arithmetic, exact signs, and real roots of polynomials over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from flint import arb, ctx, fmpq, fmpz_poly

from theorycheck.decimals import as_fraction
from theorycheck.errors import Undecided

_U = sympy.Symbol("u", real=True)
#: Intervals around roots are at most this wide, so that simple points are found between them.
_WIDTH = Fraction(1, 64)


@dataclass(frozen=True, eq=False)
class Field:
    """Q(θ) for one real root θ of an irreducible polynomial.

    Args:
        theta: θ, in radicals or as a CRootOf.
        domain: SymPy's domain.
        minimal: the polynomial, with integer coefficients.
        place: which of its real roots, from the left.
    """

    theta: Any
    domain: Any
    minimal: fmpz_poly
    place: int

    def ball(self, bits: int) -> arb:
        """θ, at least as exactly as asked for."""
        with ctx.workprec(bits):
            real = [root.real for root in (r for r, _ in self.minimal.complex_roots()) if root.imag == 0]
        return sorted(real, key=lambda root: root.mid())[self.place]


class Algebraic:
    """An element of a field, to be mixed with fractions of Python in sums, products, powers and comparisons with 0.

    >>> root = real_roots(polynomial({2: Fraction(1), 0: Fraction(-2)}))[0]
    >>> str(root), root < 0, bool(root * root - 2), str(3 * root**2 + root)
    ('-sqrt(2)', True, False, '6 - sqrt(2)')
    """

    __slots__ = ("element", "field")

    def __init__(self, field: Field, element: Any):
        self.field, self.element = field, element

    def _other(self, value: Algebraic | Fraction | int) -> Any:
        if isinstance(value, Algebraic):
            return value.element
        q = Fraction(value)
        return self.field.domain.from_sympy(sympy.Rational(q.numerator, q.denominator))

    def __add__(self, value: Algebraic | Fraction | int) -> Algebraic:
        return Algebraic(self.field, self.element + self._other(value))

    def __sub__(self, value: Algebraic | Fraction | int) -> Algebraic:
        return Algebraic(self.field, self.element - self._other(value))

    def __mul__(self, value: Algebraic | Fraction | int) -> Algebraic:
        return Algebraic(self.field, self.element * self._other(value))

    def __truediv__(self, value: Algebraic | Fraction | int) -> Algebraic:
        return Algebraic(self.field, self.element / self._other(value))

    def __pow__(self, power: int) -> Algebraic:
        return Algebraic(self.field, self.element**power)

    def __rtruediv__(self, value: Fraction | int) -> Algebraic:
        return Algebraic(self.field, self._other(value) / self.element)

    __radd__, __rmul__ = __add__, __mul__

    def __bool__(self) -> bool:
        return bool(self.element)

    def __eq__(self, value: object) -> bool:
        return isinstance(value, (Algebraic, Fraction, int)) and not self - value

    __hash__ = None  # type: ignore[assignment]  # equal to fractions, whose hash it does not have

    def __gt__(self, value: Algebraic | Fraction | int) -> bool:
        return (self - value).sign() > 0

    def __lt__(self, value: Algebraic | Fraction | int) -> bool:
        return (self - value).sign() < 0

    def __ge__(self, value: Algebraic | Fraction | int) -> bool:
        return (self - value).sign() >= 0

    def __str__(self) -> str:
        return str(self.field.domain.to_sympy(self.element))

    def ball(self, bits: int) -> arb:
        """The number, by balls of the precision asked for."""
        theta, value = self.field.ball(bits), arb(0)
        with ctx.workprec(bits):
            for c in self.element.to_list():
                value = value * theta + arb(fmpq(int(c.numerator), int(c.denominator)))
        return value

    def sign(self) -> int:
        """−1, 0 or 1, exactly: 0 is told by algebra, the others by balls that become smaller until they leave 0."""
        if not self:
            return 0
        bits = 64
        while True:
            value = self.ball(bits)
            if not value.contains(0):
                return 1 if value > 0 else -1
            bits *= 2


#: What coefficients of polynomials may be.
Number = Algebraic | Fraction


def below(value: Number) -> Fraction:
    """A positive fraction, not above a positive number and more than half of it; a whole number or one part of 1 for irrational ones.

    >>> [str(below(root)) for root in real_roots(polynomial({2: Fraction(1), 0: Fraction(-200)})) if root > 0]
    ['14']
    """
    if isinstance(value, Fraction):
        return value
    bits = 64
    while not (lower := value.ball(bits).lower()) > 0:
        bits *= 2
    if lower >= 1:
        return Fraction(int(arb(lower).floor().unique_fmpz()))
    return Fraction(1, int((1 / arb(lower)).upper().ceil().unique_fmpz()))


def polynomial(coefficients: Mapping[int, Number]) -> sympy.Poly:
    """A polynomial in u over Q, or over the field that its coefficients lie in."""
    field = next((c.field for c in coefficients.values() if isinstance(c, Algebraic)), None)
    if field is None:
        return sympy.Poly({(j,): sympy.Rational(c.numerator, c.denominator) for j, c in coefficients.items()} or 0, _U, domain="QQ")  # type: ignore[union-attr]
    one = Algebraic(field, field.domain.one)
    return sympy.Poly.from_dict({(j,): (one * c).element for j, c in coefficients.items()}, _U, domain=field.domain)


def real_roots(p: sympy.Poly) -> list[Number]:
    """The distinct real roots of a polynomial over Q, or over a field when they lie in it.

    Raises:
        Undecided: a root of a polynomial over a field does not lie in it.
    """
    found: list[Number] = []
    for factor, _ in p.factor_list()[1]:
        if factor.degree() == 1:
            lead, last = _coefficients(factor)
            found.append(last / lead * -1)
        elif p.domain.is_QQ:
            fields = [_field(theta) for theta in sympy.real_roots(factor)]
            found += [Algebraic(field, field.domain.unit) for field in fields]
        elif isolated(factor):
            where = f"a leading form vanishes where {factor.as_expr()} = 0, in no field that is at hand"
            raise Undecided(f"{where}; a change of variables would decide it")
    return found


def isolated(p: sympy.Poly) -> list[tuple[Fraction, Fraction]]:
    """Intervals around the distinct real roots of a polynomial, one each, from the left: over Q by SymPy, over a field by Sturm's theorem.

    >>> root = real_roots(polynomial({2: Fraction(1), 0: Fraction(-2)}))[1]
    >>> [low < Fraction(119, 100) < high for low, high in isolated(polynomial({2: Fraction(1), 0: -1 * root}))]  # the roots of √2
    [False, True]
    """
    if p.domain.is_QQ:
        intervals = [ends for ends, _ in p.sqf_part().intervals(eps=sympy.Rational(_WIDTH.numerator, _WIDTH.denominator))]
        return sorted((as_fraction(low), as_fraction(high)) for low, high in intervals)
    chain = [_coefficients(q) for q in p.sqf_part().sturm()]

    def changes(at: Fraction) -> int:
        signs = [sign for sign in (_sign(_value(q, at)) for q in chain) if sign]
        return sum(left != right for left, right in zip(signs, signs[1:], strict=False))

    bound = Fraction(1)
    while any(changes(sign * bound) != _changes_at_infinity(chain, sign) for sign in (1, -1)):
        bound *= 2
    found: list[tuple[Fraction, Fraction]] = []
    pending = [(-bound, bound, changes(-bound), changes(bound))]
    while pending:
        low, high, before, after = pending.pop()
        if before == after:
            continue
        if before - after == 1 and high - low <= _WIDTH and (not found or high < found[-1][0]):
            found.append((low, high))  # the root lies in (low, high]
            continue
        middle = (low + high) / 2
        between = changes(middle)
        pending += [(low, middle, before, between), (middle, high, between, after)]
    return found[::-1]


def _changes_at_infinity(chain: list[list[Number]], side: int) -> int:
    signs = [_sign(q[0]) * (side if len(q) % 2 == 0 else 1) for q in chain]
    return sum(left != right for left, right in zip(signs, signs[1:], strict=False))


@lru_cache(maxsize=64)
def _field(theta: Any) -> Field:
    domain = sympy.QQ.algebraic_field(theta)
    if domain.to_sympy(domain.unit) != theta:
        raise Undecided(f"arithmetic with {theta}; a change of variables would decide it")
    minimal = sympy.Poly([sympy.Rational(str(c)) for c in domain.mod.to_list()], _U)
    whole = minimal.clear_denoms(convert=True)[1]
    place = sympy.real_roots(minimal).index(theta)
    return Field(theta, domain, fmpz_poly([int(c) for c in reversed(whole.all_coeffs())]), place)


def _coefficients(p: sympy.Poly) -> list[Number]:
    """Highest degree first."""
    if p.domain.is_QQ or p.domain.is_ZZ:
        return [as_fraction(c) for c in p.all_coeffs()]
    field = _field(p.domain.to_sympy(p.domain.unit))
    return [Algebraic(field, c) for c in p.rep.to_list()]


def _value(coefficients: list[Number], at: Fraction) -> Number:
    total: Number = Fraction(0)
    for c in coefficients:
        total = c + total * at
    return total


def _sign(value: Number) -> int:
    return value.sign() if isinstance(value, Algebraic) else (value > 0) - (value < 0)
