"""The zero test of the whole project, and the order of real constants: three-valued, exact before numerical.

A ball that excludes zero refutes; no ball ever proves zero. Proof is by an exact normal form.
"""

from __future__ import annotations

import sympy
from flint import arb, ctx
from sympy import Expr

from theorycheck.activation.balls import enclose, real_arithmetic
from theorycheck.activation.expansion import LARGEST, cancelled, estimated_terms, expand
from theorycheck.activation.functions import differentiate, to_sympy, x
from theorycheck.activation.tape import tape_of
from theorycheck.errors import InputError, TheorycheckError

_PROBES = tuple(sympy.Rational(p, q) for p, q in ((7, 5), (-9, 7), (3, 11), (-1, 9), (37, 10), (-41, 10)))
_LARGEST = 400


def value_at(expr: Expr, point: Expr, prec: int = 128) -> arb:
    """The ball of f(point)."""
    with ctx.workprec(prec):
        return tape_of(expr).run(real_arithmetic(), enclose(point, prec))


def is_zero(expr: Expr) -> bool | None:
    """Whether an expression in `x` (or a constant) vanishes identically: True, False or None.

    >>> is_zero(sympy.sin(x)**2 + sympy.cos(x)**2 - 1), is_zero(sympy.sqrt(2) - sympy.Rational(7, 5))
    (True, False)
    """
    if expr == 0:
        return True
    if isinstance(expr, sympy.Rational):
        return False
    if not expr.has(x):
        return _constant_is_zero(expr)
    for probe in _PROBES:
        value = value_at(expr, probe)
        if value.is_finite() and not value.contains(0):
            return False
    if _normal_form_vanishes(expr):
        return True
    # a function whose derivative vanishes is the constant that it is at 0
    if _normal_form_vanishes(differentiate(expr)) and _constant_is_zero(expr.subs(x, 0)):
        return True
    return None


def _constant_is_zero(expr: Expr) -> bool | None:
    for prec in (64, 256, 1024):
        try:
            value = enclose(expr, prec)
        except (TypeError, TheorycheckError):
            break
        if value.is_finite() and not value.contains(0):
            return False
    if _normal_form_vanishes(expr):
        return True
    if expr.is_algebraic and sympy.count_ops(expr) <= 40:
        y = sympy.Symbol("y")
        return bool(sympy.minimal_polynomial(expr, y) == y)
    return None


def _normal_form_vanishes(expr: Expr) -> bool:
    plain = to_sympy(expr)
    if sympy.count_ops(plain) > _LARGEST:
        return False
    if expand(plain) == 0:
        return True
    if plain.has(sympy.sin, sympy.cos):
        plain = expand(plain, trig=True).replace(_is_power_of_cosine, _no_square)
    expanded = expand(plain.rewrite(sympy.exp) if not plain.has(sympy.sin, sympy.cos) else plain)
    if estimated_terms(expanded) > LARGEST:
        return False
    expanded = sympy.powsimp(expanded)
    return bool(expanded == 0 or cancelled(expanded) == 0)


def _is_power_of_cosine(e: Expr) -> bool:
    return bool(e.is_Pow and isinstance(e.base, sympy.cos) and e.exp.is_Integer and e.exp > 1)


def _no_square(power: Expr) -> Expr:
    """cos^n by cos² = 1 − sin²."""
    n = int(power.exp)
    return expand((1 - sympy.sin(power.base.args[0]) ** 2) ** (n // 2) * power.base ** (n % 2))


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
