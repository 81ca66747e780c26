"""Exact real constants: finite rational combinations of named monomials, such as 1/4 − 1/(2π).

A Gaussian expectation of the exact class is a combination over ℚ of a few constants: √n, π^(k/2), e^r and atoms such as Φ(c)
or asin(c). Kept in this normal form, equal numbers cancel by exact arithmetic, and nothing is ever approximated.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb, ctx, fmpq, fmpz

from theorycheck.errors import InputError
from theorycheck.gaussian.monomials import NOUGHT, UNIT, Monomial, ratio, times

if TYPE_CHECKING:
    import sympy

class Constant:
    """An exact real number, as a rational combination of monomials √n · π^(k/2) · e^r · atoms; immutable.

    Args:
        terms: the rational coefficient (fmpq) of each monomial; zeros are left out.

    `==` compares normal forms: equal forms are equal numbers, and different forms may still be equal (`sign` of the
    difference decides, where it can).

    >>> half = Constant.of(1) / 2
    >>> root = Constant({(2, -1, NOUGHT, ()): fmpq(1, 2)})
    >>> root, root * root, (half - half).is_zero
    (Constant(sqrt(2)/(2*sqrt(pi))), Constant(1/(2*pi)), True)
    """

    __slots__ = ("_hash", "terms")

    terms: dict[Monomial, fmpq]

    def __init__(self, terms: dict[Monomial, fmpq]):
        self.terms = {monomial: q for monomial, q in terms.items() if q}
        self._hash: int | None = None

    @classmethod
    def of(cls, value: Any) -> Constant:
        """A constant from a Constant, int, Fraction, fmpq, decimal or rational text, or an exact SymPy number.

        Raises:
            InputError: for a float, and for anything that is not a finite real number.

        >>> Constant.of("0.3"), Constant.of(Fraction(1, 3))
        (Constant(3/10), Constant(1/3))
        """
        if isinstance(value, Constant):
            return value
        if isinstance(value, float):
            raise InputError(f"{value!r} is a float, so it is not exact; write a fraction or a text such as '{value!r}'")
        if isinstance(value, str):
            try:
                value = Fraction(value)
            except (ValueError, ZeroDivisionError):
                raise InputError(f"{value!r} is not a rational number; write for example '0.3' or '3/10'") from None
        if isinstance(value, Fraction):
            value = fmpq(value.numerator, value.denominator)
        if isinstance(value, (int, fmpz, fmpq)):
            return cls({UNIT: fmpq(value)})
        return cls.from_sympy(value)

    @classmethod
    def from_sympy(cls, expr: Any) -> Constant:
        """The normal form of an exact real SymPy constant; what it does not know becomes an opaque atom.

        Raises:
            InputError: if the expression is not a finite real constant that balls can enclose.

        >>> from sympy import pi, sqrt
        >>> Constant.from_sympy(1/(2*sqrt(2*pi)))
        Constant(sqrt(2)/(4*sqrt(pi)))
        """
        from theorycheck.gaussian.constant_functions import from_sympy

        return from_sympy(expr)

    @property
    def is_zero(self) -> bool:
        """Whether the combination is empty, which proves that the number is 0."""
        return not self.terms

    @property
    def rational(self) -> fmpq | None:
        """The number as an fmpq when its normal form is rational, else None."""
        if not self.terms:
            return fmpq(0)
        return self.terms.get(UNIT) if len(self.terms) == 1 else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset((monomial, ratio(q)) for monomial, q in self.terms.items()))
        return self._hash

    def __add__(self, other: Any) -> Constant:
        terms = dict(self.terms)
        for monomial, q in Constant.of(other).terms.items():
            terms[monomial] = terms[monomial] + q if monomial in terms else q
        return Constant(terms)

    __radd__ = __add__

    def __neg__(self) -> Constant:
        return Constant({monomial: -q for monomial, q in self.terms.items()})

    def __sub__(self, other: Any) -> Constant:
        return self + -Constant.of(other)

    def __rsub__(self, other: Any) -> Constant:
        return Constant.of(other) + -self

    def __mul__(self, other: Any) -> Constant:
        other = Constant.of(other)
        for left, right in ((self, other), (other, self)):
            factor = right.rational
            if factor is not None:
                return left if factor == 1 else Constant({monomial: q * factor for monomial, q in left.terms.items()})
        terms: dict[Monomial, fmpq] = {}
        for a, p in self.terms.items():
            for b, q in other.terms.items():
                integer, monomial = times(a, b)
                value = p * q * integer
                terms[monomial] = terms[monomial] + value if monomial in terms else value
        return Constant(terms)

    __rmul__ = __mul__

    def __pow__(self, power: int) -> Constant:
        result, base = Constant.of(1), self if power >= 0 else self.reciprocal()
        for bit in bin(abs(power))[2:]:
            result = result * result * base if bit == "1" else result * result
        return result

    def reciprocal(self) -> Constant:
        """1/self: in normal form for a single monomial; otherwise the denominator becomes one opaque atom.

        Raises:
            ZeroDivisionError: if the number is 0, or cannot be told from 0.
        """
        if self.sign() in (0, None):
            raise ZeroDivisionError(f"division by {self!r}, which is zero or cannot be told from zero")
        if len(self.terms) > 1:
            return Constant({(1, 0, NOUGHT, ((self.sympy(), -1),)): fmpq(1)})
        ((n, k, r, atoms), q), = self.terms.items()
        return Constant({(n, -k, (-r[0], r[1]), tuple((atom, -power) for atom, power in atoms)): 1 / (q * n)})

    def __truediv__(self, other: Any) -> Constant:
        return self * Constant.of(other).reciprocal()

    def __rtruediv__(self, other: Any) -> Constant:
        return Constant.of(other) * self.reciprocal()

    def ball(self, prec: int | None = None) -> arb:
        """A ball that contains the number, computed at a precision in bits (default: FLINT's working precision).

        >>> (Constant.of(1) / 3).ball(60).overlaps(arb(1) / 3)
        True
        """
        from theorycheck.activation.balls import enclose

        prec = prec or ctx.prec
        with ctx.workprec(prec + 10):
            total = arb(0)
            for (n, k, r, atoms), q in self.terms.items():
                value = arb(q)
                if n != 1:
                    value *= arb(n).sqrt()
                if k:
                    value *= (arb.pi() if k % 2 == 0 else arb.pi().sqrt()) ** (k // 2 if k % 2 == 0 else k)
                if r != NOUGHT:
                    value *= arb(fmpq(*r)).exp()
                for atom, power in atoms:
                    value *= enclose(atom, prec + 10) ** power
                total += value
            return total

    def __float__(self) -> float:
        return float(self.ball(80))

    def sign(self, max_bits: int = 4096) -> int | None:
        """1, −1 or 0: 0 when the normal form is empty, ±1 by a ball at rising precision, None when max_bits do not decide.

        >>> (Constant.of(2) - 3).sign(), (Constant.of(1) - 1).sign()
        (-1, 0)
        """
        rational = self.rational
        if rational is not None:
            return (rational > 0) - (rational < 0)
        bits = 64
        while bits <= max(64, max_bits):
            ball = self.ball(bits)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
            bits *= 2
        return None

    def sympy(self) -> sympy.Expr:
        """The number as a SymPy expression that uses only functions that SymPy knows.

        >>> (Constant.of(1) / 4).sympy()
        1/4
        """
        from theorycheck.gaussian.constant_functions import in_sympy

        return in_sympy(self)

    def __repr__(self) -> str:
        return f"Constant({self.sympy()})"
