"""How fast an expression on R^d grows at most, or tends to infinity at least: powers of |x| by structural recursion."""

from __future__ import annotations

from fractions import Fraction

import sympy
from sympy import Expr, Rational, Symbol

from theorycheck.activation.functions import Phi, sigmoid, softplus
from theorycheck.properties.range_of_several import range_over_space

#: (p, l): at most C (1 + |x|)^p (log(2 + |x|))^l.
Degree = tuple[Fraction, int]
CONSTANT: Degree = (Fraction(0), 0)
_BOUNDED = (sympy.sin, sympy.cos, sympy.tanh, sympy.sech, sympy.atan, sympy.erf, sympy.erfc, Phi, sigmoid)


def growth(expr: Expr) -> Degree | None:
    """An upper bound on the growth of abs(expr) as |x| → ∞; None when it grows faster than every power or no bound is known.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> growth(x*sympy.log(1 + y**2) + sympy.sin(x*y)), growth(sympy.exp(-x**2)*y)
    ((Fraction(1, 1), 1), (Fraction(1, 1), 0))
    """
    if not expr.free_symbols:
        return CONSTANT
    if isinstance(expr, Symbol):
        return (Fraction(1), 0)
    if isinstance(expr, _BOUNDED):
        return CONSTANT
    low, high = range_over_space(expr)
    if low.is_finite() and high.is_finite():
        return CONSTANT
    if isinstance(expr, sympy.Add):
        parts = [growth(a) for a in expr.args]
        return max(p for p in parts if p) if all(p is not None for p in parts) else None
    if isinstance(expr, sympy.Mul):
        power, logs = CONSTANT
        for factor in expr.args:
            part = growth(factor)
            if part is None:
                return None
            power, logs = power + part[0], logs + part[1]
        return (power, logs)
    if isinstance(expr, sympy.Pow) and isinstance(expr.exp, Rational):
        base = growth(expr.base)
        if expr.exp > 0 and base is not None:
            return (base[0] * Fraction(int(expr.exp.p), int(expr.exp.q)), -(-base[1] * int(expr.exp.p) // int(expr.exp.q)))
        return None
    if isinstance(expr, softplus):
        return growth(expr.args[0])
    if isinstance(expr, (sympy.log, sympy.asinh)):
        inner = growth(expr.args[0])
        if isinstance(expr, sympy.log) and not bool(range_over_space(expr.args[0])[0] > 0):
            return None  # the logarithm of something that tends to 0 has no bound from above by size alone
        return None if inner is None else (Fraction(0), 1 if inner > CONSTANT else 0)
    return None


def summands(expr: Expr, symbols: tuple[Symbol, ...]) -> list[Expr]:
    """The terms of a sum, polynomial ones multiplied out; a square of something else stays a square, which shows its sign."""
    found: list[Expr] = []
    for term in sympy.Add.make_args(expr):
        found += sympy.Add.make_args(sympy.expand(term)) if term.is_polynomial(*symbols) else [term]
    return found


def polynomial_part(expr: Expr, symbols: tuple[Symbol, ...]) -> tuple[Expr, Expr]:
    """The terms that are polynomials, and the rest.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> polynomial_part((x + y)**2/2 + (1 - sympy.tanh(x))**2, (x, y))
    (x**2/2 + x*y + y**2/2, (1 - tanh(x))**2)
    """
    terms = summands(expr, symbols)
    polynomial = [t for t in terms if t.is_polynomial(*symbols)]
    return sympy.Add(*polynomial), sympy.Add(*[t for t in terms if not t.is_polynomial(*symbols)])
