"""Functions of exact constants: √, exp, Φ, asin and their kin, and the way from and to SymPy."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flint import fmpq

from theorycheck.errors import InputError
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.monomials import NOUGHT, UNIT, ratio, square_split

#: Largest integer power that is multiplied out when a SymPy constant is read.
_MAX_POWER = 64

#: A product of sums that would have more monomials stays one opaque atom.
_MAX_TERMS = 64


def square_root(c: Constant) -> Constant:
    """√c for a c that is positive or 0.

    Raises:
        InputError: if c is negative, or cannot be told from 0.

    >>> square_root(Constant.of("1/2")), square_root(Constant.of(9))
    (Constant(sqrt(2)/2), Constant(3))
    """
    if c.is_zero:
        return c
    if c.sign() != 1:
        raise InputError(f"the square root of {c!r} is not a real number that can be told from 0")
    if len(c.terms) == 1:
        ((n, k, r, atoms), q), = c.terms.items()
        if n == 1 and k % 2 == 0 and all(power % 2 == 0 for _, power in atoms):
            s, m = square_split(int(q.p) * int(q.q))
            halves = tuple((atom, power // 2) for atom, power in atoms)
            root = Constant({(m, k // 2, ratio(fmpq(*r) / 2), halves): fmpq(s, int(q.q))})
            return root if root.sign() == 1 else -root
    import sympy

    return _opaque(sympy.sqrt(c.sympy()))


def exponential(c: Constant) -> Constant:
    """e^c; the rational part of c is split off, and e^(q·log n) becomes n^q.

    >>> exponential(Constant.of("1/2")), exponential(Constant.of(0))
    (Constant(exp(1/2)), Constant(1))
    """
    result = Constant({(1, 0, ratio(c.terms.get(UNIT, fmpq(0))), ()): fmpq(1)})
    for monomial, q in c.terms.items():
        if monomial != UNIT:
            result = result * _exponential_of_monomial(Constant({monomial: fmpq(1)}), q)
    return result


@lru_cache(maxsize=1024)
def _exponential_of_monomial(monomial: Constant, q: fmpq) -> Constant:
    import sympy

    value = sympy.exp(monomial.sympy() * sympy.Rational(int(q.p), int(q.q)))
    if not isinstance(value, sympy.exp):
        return from_sympy(value)
    # one atom exp(M/denominator) serves every integer multiple of it, so that e^u · e^(−u) cancels
    root = sympy.exp(monomial.sympy() / int(q.q))
    return Constant({(1, 0, NOUGHT, ((root, int(q.p)),)): fmpq(1)})


@lru_cache(maxsize=1024)
def normal_cdf(c: Constant) -> Constant:
    """Φ(c), reduced to Φ(−abs(c)): tails then keep their relative accuracy, and Φ(c) + Φ(−c) = 1 is exact.

    >>> normal_cdf(Constant.of(0)), normal_cdf(Constant.of(1)) + normal_cdf(Constant.of(-1))
    (Constant(1/2), Constant(1))
    """
    if c.is_zero:
        return Constant.of(fmpq(1, 2))
    if c.sign() == 1:
        return 1 - normal_cdf(-c)
    from theorycheck.activation.functions import Phi

    return Constant({(1, 0, NOUGHT, ((Phi(c.sympy()), 1),)): fmpq(1)})


@lru_cache(maxsize=1024)
def elementary(name: str, c: Constant) -> Constant:
    """sin, cos, asin, atan and others by their SymPy name; special values and parity are SymPy's, the rest is an atom.

    >>> elementary("asin", Constant.of("1/2")), elementary("cos", Constant.of(-1))
    (Constant(pi/6), Constant(cos(1)))
    """
    import sympy

    value = getattr(sympy, name)(c.sympy())
    if type(value).__name__ == name:
        return _opaque(value)
    return from_sympy(value)


def _opaque(value: Any) -> Constant:
    from theorycheck.activation.balls import enclose

    try:
        finite = value.is_real is not False and enclose(value, 64).is_finite()
    except (TypeError, ValueError, InputError):
        finite = False
    if not finite:
        raise InputError(f"{value} is not a finite real constant that balls can enclose")
    return Constant({(1, 0, NOUGHT, ((value, 1),)): fmpq(1)})


@lru_cache(maxsize=4096)
def from_sympy(expr: Any) -> Constant:
    """The normal form of an exact real SymPy constant.

    Raises:
        InputError: if the expression is not a finite real constant that balls can enclose.

    >>> from sympy import Rational, exp, log, pi, sqrt
    >>> from_sympy(sqrt(8)*exp(Rational(1, 2))/pi), from_sympy(log(2) - log(2)/2)
    (Constant(2*sqrt(2)*exp(1/2)/pi), Constant(log(2)/2))
    """
    import sympy

    from theorycheck.activation.functions import Phi

    expr = sympy.sympify(expr, strict=True) if not isinstance(expr, sympy.Basic) else expr
    if not isinstance(expr, sympy.Expr) or expr.free_symbols or expr.has(sympy.Float):
        raise InputError(f"{expr} is not an exact constant; write it by integers, fractions and functions of them")
    if expr.is_Rational:
        return Constant({UNIT: fmpq(int(expr.p), int(expr.q))})
    if expr is sympy.pi:
        return Constant({(1, 2, NOUGHT, ()): fmpq(1)})
    if expr is sympy.E:
        return exponential(Constant.of(1))
    if isinstance(expr, sympy.Add):
        return sum((from_sympy(a) for a in expr.args), Constant({}))
    if isinstance(expr, sympy.Mul):
        product = Constant.of(1)
        for a in expr.args:
            product = product * from_sympy(a)
            if len(product.terms) > _MAX_TERMS:
                return _opaque(expr)
        return product
    if isinstance(expr, sympy.Pow) and expr.exp.is_Integer and abs(int(expr.exp)) <= _MAX_POWER:
        return _power(from_sympy(expr.base), int(expr.exp), expr)
    if isinstance(expr, sympy.Pow) and (2 * expr.exp).is_Integer and abs(int(2 * expr.exp)) <= _MAX_POWER:
        return _power(square_root(from_sympy(expr.base)), int(2 * expr.exp), expr)
    if isinstance(expr, sympy.exp):
        return exponential(from_sympy(expr.args[0]))
    if isinstance(expr, Phi):
        return normal_cdf(from_sympy(expr.args[0]))
    if isinstance(expr, sympy.erf):
        return 2 * normal_cdf(square_root(Constant.of(2)) * from_sympy(expr.args[0])) - 1
    if isinstance(expr, sympy.erfc):
        return 2 * normal_cdf(-square_root(Constant.of(2)) * from_sympy(expr.args[0]))
    return _opaque(expr)


def _power(base: Constant, power: int, expr: Any) -> Constant:
    if power < 0 and base.sign() in (0, None):
        raise InputError(f"{expr} divides by {base!r}, which is zero or cannot be told from zero")
    if len(base.terms) > 1 and len(base.terms) ** min(abs(power), 16) > _MAX_TERMS**3:
        return _opaque(expr)
    return base**power


def in_sympy(c: Constant) -> Any:
    """A constant as a SymPy expression by functions that SymPy knows.

    >>> in_sympy(2*normal_cdf(Constant.of(1)) - 1), in_sympy(exponential(Constant.of("1/2"))*normal_cdf(Constant.of(-1)))
    (erf(sqrt(2)/2), exp(1/2)*erfc(sqrt(2)/2)/2)
    """
    import sympy

    return sympy.Add(*[_monomial_in_sympy(monomial, q) for monomial, q in c.terms.items()])


def _monomial_in_sympy(monomial: Any, q: fmpq) -> Any:
    import sympy

    from theorycheck.activation.functions import Phi, to_sympy

    n, k, r, atoms = monomial
    factors = [sympy.Rational(int(q.p), int(q.q)), sympy.sqrt(n), sympy.pi ** sympy.Rational(k, 2)]
    factors.append(sympy.exp(sympy.Rational(*r)))
    for atom, power in atoms:
        if not isinstance(atom, Phi):
            factors.append(to_sympy(atom) ** power)
            continue
        z = -atom.args[0] / sympy.sqrt(2)
        # beside rational numbers 1 − 2Φ(−c) reads best as an erf, but far out only the erfc keeps its digits
        plain = n == 1 and k == 0 and r == NOUGHT and len(atoms) == 1 and power == 1 and float(z) < 4
        factors.append((1 - sympy.erf(z)) / 2 if plain else (sympy.erfc(z) / 2) ** power)
    return sympy.expand_mul(sympy.Mul(*factors))
