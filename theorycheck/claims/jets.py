"""Derivatives of expressions in the values of unknown functions: what a proof for every activation differentiates.

An activation s that is known by name alone enters a derivation as the symbols s₀, s₁, s₂ for the values of s, s', s'' at x.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from theorycheck.errors import InputError

if TYPE_CHECKING:
    from sympy import Expr, Symbol


def total_derivative(expr: Expr, x: Symbol, *jets: Sequence[Expr]) -> Expr:
    """d/dx of an expression in x and in the values of functions of x.

    Args:
        expr: the expression.
        x: the variable.
        jets: for each function its value and its derivatives, symbols all but the last; the last of them may not occur in `expr`.

    Raises:
        InputError: the last entry of a jet occurs in `expr`: its derivative has no name.

    >>> import sympy
    >>> x, s, d = sympy.symbols("x s d")
    >>> total_derivative(x * s**2, x, (s, d))
    2*d*s*x + s**2
    """
    import sympy

    total = sympy.diff(expr, x)
    for jet in jets:
        if expr.has(jet[-1]):
            raise InputError(f"{jet[-1]} occurs in {expr}, and its derivative has no name: write a longer jet")
        total += sum((sympy.diff(expr, value) * slope for value, slope in pairwise(jet)), sympy.S.Zero)
    return total
