"""Bounds of an expression over all of R^d, by structure: squares are not negative, tanh stays within (−1, 1)."""

from __future__ import annotations

import sympy
from flint import arb
from sympy import Expr, Rational, Symbol

from theorycheck.activation.balls import enclose
from theorycheck.activation.functions import Phi, sigmoid, softplus
from theorycheck.properties.ranges import EVERYTHING, Range, range_arithmetic

_FUNCTIONS = {
    sympy.exp: "exp", sympy.log: "log", sympy.sin: "sin", sympy.cos: "cos", sympy.sinh: "sinh", sympy.cosh: "cosh", sympy.tanh: "tanh",
    sympy.sech: "sech", sympy.asinh: "asinh", sympy.atan: "atan", sympy.erf: "erf", Phi: "Phi", sigmoid: "sigmoid", softplus: "softplus",
}  # fmt: skip


def range_over_space(expr: Expr) -> Range:
    """(lower, upper) of an expression whose symbols range over all reals, possibly infinite.

    >>> x, y = sympy.symbols("x y", real=True)
    >>> [float(end) for end in range_over_space(1 + x**2*y**4)]
    [1.0, inf]
    """
    rules = range_arithmetic()
    if isinstance(expr, Symbol):
        return EVERYTHING
    if not expr.free_symbols:
        value = enclose(expr, 100)
        return value, value
    if isinstance(expr, sympy.Add):
        total: Range = (arb(0), arb(0))
        for term in expr.args:
            total = rules["add"](total, range_over_space(term))
        return total
    if isinstance(expr, sympy.Mul):
        found: Range = (arb(1), arb(1))
        for factor in expr.args:
            found = rules["mul"](found, range_over_space(factor))
        return found
    if isinstance(expr, sympy.Pow) and isinstance(expr.exp, Rational):
        inner = range_over_space(expr.base)
        if expr.exp >= 0:
            return rules["power"](inner, expr.exp)
        return rules["div"]((arb(1), arb(1)), rules["power"](inner, -expr.exp))
    name = _FUNCTIONS.get(type(expr))
    return rules[name](range_over_space(expr.args[0])) if name is not None else EVERYTHING
