"""Expanding and cancelling only what stays small: nothing that a user types may hang an exact normal form.

SymPy multiplies out whatever it is given; ((x + 1)^50 + 1)^50 or a hundredth power of a sum of five functions never ends.
The number of terms is estimated first, from the shape of the expression alone.
"""

from __future__ import annotations

import sympy
from sympy import Expr, cos, sin

from theorycheck.activation.functions import x
from theorycheck.zero import degree_bound, estimated_terms

__all__ = ["LARGEST", "cancelled", "degree_bound", "estimated_terms", "expand", "generators"]

#: The most terms that an expansion may be estimated to have, and the highest multiple of an angle.
LARGEST = 600
MOST_GENERATORS = 7
_MULTIPLE = 40


def _turns_slowly(expr: Expr) -> bool:
    return all(abs(t.args[0].as_coeff_Mul()[0]) <= _MULTIPLE for t in expr.atoms(sin, cos) if t.has(x))


def generators(expr: Expr) -> int:
    """How many variables polynomial arithmetic would see: x, functions, roots, π.

    >>> generators(x * sympy.exp(x) + sympy.sqrt(2))
    3
    """
    seen = {
        e
        for e in sympy.preorder_traversal(expr)
        if e == x or e.is_Function or isinstance(e, sympy.NumberSymbol) or (e.is_Pow and not e.exp.is_Integer)
    }
    return len(seen)


def expand(expr: Expr, **hints: bool) -> Expr:
    """SymPy's `expand`, or the expression as it is when it would grow too large.

    >>> expand((x + 1)**2), expand((x + sympy.sin(x) + sympy.exp(x))**90).func
    (x**2 + 2*x + 1, <class 'sympy.core.power.Pow'>)
    """
    if estimated_terms(expr) > LARGEST or (hints.get("trig") and not _turns_slowly(expr)):
        return expr
    return sympy.expand(expr, **hints)


def cancelled(expr: Expr) -> Expr:
    """One fraction in lowest terms, or the expression as it is when it is too large.

    >>> cancelled((x**2 - 1)/(x - 1))
    x + 1
    """
    return expr if estimated_terms(expr) > LARGEST or generators(expr) > MOST_GENERATORS else sympy.cancel(sympy.together(expr))
