"""Values at points and the order of real constants, by the zero test of the whole project."""

from __future__ import annotations

import sympy
from flint import arb, ctx
from sympy import Expr

from theorycheck.activation.balls import enclose, real_arithmetic
from theorycheck.activation.functions import x
from theorycheck.activation.tape import tape_of
from theorycheck.errors import InputError
from theorycheck.zero import is_zero

__all__ = ["compare", "is_zero", "value_at"]


def value_at(expr: Expr, point: Expr, prec: int = 128) -> arb:
    """The ball of f(point)."""
    with ctx.workprec(prec):
        return tape_of(expr).run(real_arithmetic(), enclose(point, prec))


def _same_root(a: Expr, b: Expr) -> bool:
    """Whether ±(one isolated root) and ±(another) are equal because the two functions are the same up to a factor."""
    (s, r), (t, q) = ((c, f) for c, f in (a.as_coeff_Mul(), b.as_coeff_Mul()))
    if not (hasattr(r, "function") and hasattr(q, "function") and abs(s) == abs(t) == 1):
        return False
    where = q.ball(80) * int(s * t)  # r = s t q?
    if not (where > enclose(r.lo, 80) and where < enclose(r.hi, 80)):
        return False
    mirrored = r.function.subs(x, s * t * x)
    return any(is_zero(mirrored - sign * q.function) is True for sign in (1, -1))


def compare(a: Expr, b: Expr) -> int:
    """The order of two real constants: −1, 0 or 1.

    Raises:
        InputError: 2000 bits do not tell them apart and no identity is found.
    """
    if a == b:
        return 0
    if a is sympy.S.NegativeInfinity or b is sympy.S.Infinity:
        return -1
    if b is sympy.S.NegativeInfinity or a is sympy.S.Infinity:
        return 1
    if _same_root(a, b):
        return 0
    for prec in (64, 200, 2000):
        gap = enclose(a, prec) - enclose(b, prec)
        if gap > 0:
            return 1
        if gap < 0:
            return -1
        if prec == 64 and is_zero(a - b):
            return 0
    raise InputError(f"the breakpoints {a} and {b} agree to 600 digits and no identity is known; write them the same way")
