"""Exact normal forms in which zero is 0, never multiplying out what would grow too large."""

from __future__ import annotations

from math import comb
from typing import Any

import sympy
from flint import fmpq, fmpq_mpoly_ctx
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from theorycheck.zero.points import Unknown

#: The most terms that an expansion may be estimated to have, the highest multiple of an angle, the most operations.
LARGEST, _MULTIPLE, _OPERATIONS = 600, 40, 400


def polynomial_vanishes(expr: Expr) -> bool:
    """Whether the expression is a polynomial over the rationals that multiplies out to 0: by FLINT, since most steps are of this kind.

    >>> s, t = sympy.symbols("s t")
    >>> polynomial_vanishes((s + t)*(s - t) - s**2 + t**2), polynomial_vanishes(s + sympy.exp(t) - s - sympy.exp(t) + 1)
    (True, False)
    """
    symbols = sorted(expr.free_symbols, key=str)
    ring = fmpq_mpoly_ctx.get([f"v{i}" for i in range(max(1, len(symbols)))])
    known = {s: ring.gen(i) for i, s in enumerate(symbols)}
    weight = 0

    def polynomial(e: Expr) -> Any:
        nonlocal weight
        if e not in known:
            known[e] = combined(e)
            weight += len(known[e])
            if weight > 100 * LARGEST:
                raise Unknown(str(e))
        return known[e]

    def combined(e: Expr) -> Any:
        if isinstance(e, Rational):
            return ring.constant(fmpq(int(e.p), int(e.q)))
        if isinstance(e, Add):
            return sum((polynomial(a) for a in e.args[1:]), polynomial(e.args[0]))
        if isinstance(e, Mul):
            result = polynomial(e.args[0])
            for a in e.args[1:]:
                result = result * polynomial(a)
            return result
        if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
            base, n = polynomial(e.base), int(e.exp)
            if (len(base) > 1 and comb(len(base) + min(n, 10_000) - 1, len(base) - 1) > 100 * LARGEST) or n > 10_000:
                raise Unknown(str(e))
            return base**n
        raise Unknown(str(e))

    try:
        return bool(polynomial(expr) == 0)
    except Unknown:
        return False


def normal_form_vanishes(expr: Expr) -> bool:
    """Whether one of the exact normal forms of the expression is 0; never multiplies out what would grow too large."""
    plain = expr.replace(lambda e: hasattr(e, "in_sympy"), lambda e: e.in_sympy())
    if plain.has(sympy.Sum, sympy.Derivative):
        plain = plain.doit()
    if plain.has(sympy.Abs, sympy.sign, sympy.Max, sympy.Min):
        branches = _branches(plain)
        return branches is not None and all(normal_form_vanishes(branch) for branch in branches)
    if plain.has(sympy.acos):  # one of two functions whose sum is a constant
        plain = plain.rewrite(sympy.acos, sympy.asin)
    if plain.has(sympy.factorial2):
        plain = plain.replace(sympy.factorial2, _double_factorial)
    if sympy.count_ops(plain) > _OPERATIONS:
        return bool(estimated_terms(plain) <= LARGEST and sympy.expand(plain) == 0)
    if _expand(plain) == 0:
        return True
    if plain.has(sympy.gamma, sympy.factorial, sympy.binomial, sympy.factorial2, sympy.RisingFactorial, sympy.FallingFactorial):
        plain = sympy.expand_func(sympy.gammasimp(plain))  # the functional equation, which gammasimp misses at half-integers
    if plain.has(sympy.sin, sympy.cos, sympy.tan, sympy.cot):
        plain = plain.rewrite([sympy.tan, sympy.cot], sympy.cos)
        if all(abs(a.args[0].as_coeff_Mul()[0]) <= _MULTIPLE for a in plain.atoms(sympy.sin, sympy.cos)):
            plain = _expand(plain, trig=True).replace(_is_power_of_cosine, _no_square)
        expanded = _expand(plain)
    else:
        expanded = _expand(plain.rewrite(sympy.exp))
    if estimated_terms(expanded) > LARGEST:
        return False
    expanded = sympy.powsimp(expanded)
    return bool(expanded == 0 or sympy.cancel(sympy.together(expanded)) == 0)


def _branches(expr: Expr) -> list[Expr] | None:
    """The expression with one absolute value taken either way, or None when a part is not known to be real."""
    expr = expr.replace(sympy.Max, lambda *a: _extreme(a, 1)).replace(sympy.Min, lambda *a: _extreme(a, -1))
    inner = [e.args[0] for e in sympy.ordered(expr.atoms(sympy.Abs, sympy.sign)) if not e.args[0].has(sympy.Abs, sympy.sign)]
    if not inner:
        return [expr]
    u = inner[0]
    if not u.is_real or len(expr.atoms(sympy.Abs, sympy.sign)) > 6:
        return None
    branches = [expr.xreplace({sympy.Abs(u): way * u, sympy.sign(u): sympy.Integer(way)}) for way in (1, -1)]
    if not expr.has(sympy.sign(u)):
        return branches
    return [*branches, expr.subs(u, 0)] if u.is_Symbol else None  # sign(u) has a third value


def _extreme(parts: tuple[Expr, ...], way: int) -> Expr:
    result = parts[0]
    for part in parts[1:]:
        result = (result + part + way * sympy.Abs(result - part)) / 2
    return result


def _double_factorial(n: Expr) -> Expr:
    """n!! by the gamma function, where the parity of n is known."""
    if n.is_odd:
        return 2 ** ((n + 1) / 2) * sympy.gamma(n / 2 + 1) / sympy.sqrt(sympy.pi)
    return 2 ** (n / 2) * sympy.gamma(n / 2 + 1) if n.is_even else sympy.factorial2(n, evaluate=False)


def _is_power_of_cosine(e: Expr) -> bool:
    return bool(e.is_Pow and isinstance(e.base, sympy.cos) and e.exp.is_Integer and e.exp > 1)


def _no_square(power: Expr) -> Expr:
    """cos^n by cos² = 1 − sin²."""
    n = int(power.exp)
    return _expand((1 - sympy.sin(power.base.args[0]) ** 2) ** (n // 2) * power.base ** (n % 2))


def _expand(expr: Expr, **hints: bool) -> Expr:
    return expr if estimated_terms(expr) > LARGEST else sympy.expand(expr, **hints)


def estimated_terms(expr: Expr) -> int:
    """About how many terms the expanded numerator over a common denominator has, parts inside functions counted too.

    >>> s, t = sympy.symbols("s t")
    >>> estimated_terms((s + t)**3), estimated_terms((s + sympy.exp(t) + 1)**100) > 600
    (4, True)
    """
    if not expr.args or (not expr.free_symbols and not expr.has(Pow)):
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
        if t == 1:
            return 1
        if len(expr.base.free_symbols) == 1 and expr.base.is_polynomial():
            return min(degree_bound(expr.base) * n + 1, 10**9)
        return min(comb(t + n - 1, n), 10**9) if n < 10_000 else 10**9
    return max((estimated_terms(a) for a in expr.args), default=1)


def degree_bound(expr: Expr) -> int:
    """An upper bound on the degree of a polynomial, without multiplying it out."""
    if isinstance(expr, Add):
        return max(degree_bound(a) for a in expr.args)
    if isinstance(expr, Mul):
        return sum(degree_bound(a) for a in expr.args)
    if isinstance(expr, Pow) and expr.free_symbols:
        return degree_bound(expr.base) * int(expr.exp)
    return int(isinstance(expr, Symbol))
