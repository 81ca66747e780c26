"""Expanding and cancelling only what stays small: nothing that a user types may hang an exact normal form.

SymPy multiplies out whatever it is given; ((x + 1)^50 + 1)^50 or a hundredth power of a sum of five functions never ends.
The number of terms is estimated first, from the shape of the expression alone.
"""

from __future__ import annotations

from math import comb

import sympy
from sympy import Add, Expr, Mul, Pow, cos, sin

from theorycheck.activation.functions import x

#: The most terms that an expansion may be estimated to have, and the highest multiple of an angle.
LARGEST = 600
MOST_GENERATORS = 7
_MULTIPLE = 40


def degree_bound(expr: Expr) -> int:
    """An upper bound on the degree of a polynomial, without multiplying it out.

    >>> degree_bound(((x + 1)**50 + 1)**50)
    2500
    """
    if isinstance(expr, Add):
        return max(degree_bound(a) for a in expr.args)
    if isinstance(expr, Mul):
        return sum(degree_bound(a) for a in expr.args)
    if isinstance(expr, Pow) and expr.has(x):
        return degree_bound(expr.base) * int(expr.exp)
    return int(expr == x)


def estimated_terms(expr: Expr) -> int:
    """About how many terms the expanded numerator over a common denominator has, parts inside functions counted too.

    >>> estimated_terms((x + 1)**3), estimated_terms((x + sympy.exp(x))**100) > 100
    (4, True)
    """
    if not expr.args:
        return 1
    if isinstance(expr, Add):
        below = 1
        for part in expr.args:
            for factor in Mul.make_args(part):
                if isinstance(factor, Pow) and factor.exp.is_negative:
                    below = min(below * estimated_terms(1 / factor), 10**9)
        return min(sum(estimated_terms(a) for a in expr.args) * below, 10**9)
    if isinstance(expr, Mul):
        result = 1
        for a in expr.args:
            result = min(result * estimated_terms(a), 10**9)
        return result
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        t, n = estimated_terms(expr.base), abs(int(expr.exp))
        if t > 1 and expr.has(x) and expr.base.is_polynomial(x):
            return min(degree_bound(expr.base) * n + 1, 10**9)
        return min(comb(t + n - 1, n), 10**9) if t > 1 and n < 10_000 else t
    return max(estimated_terms(a) for a in expr.args)


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
