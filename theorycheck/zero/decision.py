"""The zero test of the whole project: three-valued, exact before numerical.

A ball that excludes zero refutes; no ball ever proves zero. Proof is by an exact normal form, by a minimal polynomial, or by
a derivative that vanishes on a connected domain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Pow, Symbol

from theorycheck.zero.normal_form import normal_form_vanishes, polynomial_vanishes
from theorycheck.zero.points import CANDIDATES, counterexample, respects

_NOT_NUMBERS = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)
#: Functions that are analytic on the whole line.
_ENTIRE = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.erf, sympy.erfc, sympy.atan, sympy.asinh)


def is_zero(expr: Any) -> bool | None:
    """Whether an expression in real symbols vanishes identically, wherever it is defined: True, False or None.

    >>> t, n = Symbol("t", real=True), Symbol("n", integer=True, positive=True)
    >>> is_zero(sympy.sin(t)**2 + sympy.cos(t)**2 - 1), is_zero(sympy.sqrt(2) - sympy.Rational(7, 5))
    (True, False)
    >>> is_zero(sympy.factorial(n) - n*sympy.factorial(n - 1)), is_zero(abs(t) - t)
    (True, False)
    """
    expr = sympy.sympify(expr, strict=True)
    if expr.is_Rational:
        return bool(expr == 0)
    if expr in _NOT_NUMBERS:
        return None
    if polynomial_vanishes(expr):
        return True
    if counterexample(expr, lambda value: not value.contains(0)) is not None:
        return False
    if normal_form_vanishes(expr):
        return True
    if expr.free_symbols:
        return True if _is_constant_zero(expr) else None
    if expr.is_algebraic and sympy.count_ops(expr) <= 40:
        y = sympy.Dummy("y")
        return bool(sympy.minimal_polynomial(expr, y) == y)
    return None


def _is_constant_zero(expr: Expr) -> bool:
    """Whether all derivatives vanish on a connected domain and the value at one point does."""
    if not analytic_everywhere(expr) or any(s.is_integer or not s.is_real for s in expr.free_symbols):
        return False
    if any(s.is_nonzero and s.is_positive is None and s.is_negative is None for s in expr.free_symbols):
        return False
    if not all(normal_form_vanishes(sympy.diff(expr, s)) for s in expr.free_symbols):
        return False
    simple = {s: [c for c in reversed(CANDIDATES) if respects(c, s)] for s in expr.free_symbols}
    return all(simple.values()) and is_zero(expr.subs({s: values[0] for s, values in simple.items()})) is True


def analytic_everywhere(expr: Expr, positive: Callable[[Expr], bool | None] | None = None, among: frozenset[Symbol] | None = None) -> bool:
    """Whether an expression is analytic for all values of its symbols that their assumptions allow, as far as its form shows.

    Args:
        expr: a SymPy expression.
        positive: tells whether a part is positive; by default SymPy's assumptions.
        among: the symbols that vary; all by default.

    >>> t = Symbol("t", real=True)
    >>> analytic_everywhere(sympy.log(1 + sympy.exp(t))), analytic_everywhere(1/t)
    (True, False)
    """
    is_positive = positive or (lambda e: e.is_positive)
    varying = expr.free_symbols if among is None else among

    def analytic(e: Expr) -> bool:
        if not e.free_symbols & varying or isinstance(e, Symbol):
            return bool(e is not sympy.zoo and e is not sympy.nan)
        if isinstance(e, Pow) and not (e.exp.is_Integer and e.exp >= 0):
            above = is_positive(e.base) is True or (e.exp.is_Integer and is_positive(-e.base) is True)
            return bool(above and analytic(e.base) and analytic(e.exp))
        if isinstance(e, sympy.log):
            return is_positive(e.args[0]) is True and analytic(e.args[0])
        if isinstance(e, (sympy.asin, sympy.acos, sympy.atanh)):
            return is_positive(1 - e.args[0] ** 2) is True and analytic(e.args[0])
        known = isinstance(e, (Add, Mul, Pow, *_ENTIRE)) or hasattr(e, "in_sympy")
        return known and all(analytic(a) for a in e.args)

    return analytic(expr)
