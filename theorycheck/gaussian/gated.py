"""Functions with one gate at the origin: c·xⁿ·exp(q x² + t x), alone or times Φ(c x) or the unit step.

The class on which bivariate Gaussian expectations have closed forms; `bivariate` does the expectations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Pow, S, cos, cosh, erf, exp, sin, sinh, sqrt

from theorycheck.activation.functions import Phi, x

#: Beyond these sizes the closed form would cost more than the certified numbers.
MAX_DEGREE, MAX_TERMS = 40, 60
#: The same for powers of x that stand beside a step and beside Φ.
MAX_GATED = {"step": 20, "Phi": 8}

#: A gate: None, ("step",) for 1[x > 0], or ("Phi", c) with c > 0.
Gate = tuple[Any, ...] | None


@dataclass(frozen=True)
class GatedTerm:
    """coefficient · x^power · exp(quadratic x² + linear x) · gate(x).

    Args:
        coefficient: an exact number (complex when `linear` is).
        power: n >= 0.
        quadratic: real exact number.
        linear: exact number, imaginary for sines and cosines; 0 wherever there is a gate.
        gate: None, ("step",) or ("Phi", c) with c > 0.
    """

    coefficient: Expr
    power: int
    quadratic: Expr
    linear: Expr
    gate: Gate


def gated_terms(pieces: Iterable[Any]) -> tuple[GatedTerm, ...] | None:
    """Recognise a piecewise function as a sum of gated terms; None when it is not one.

    Args:
        pieces: pieces with `start`, `end`, `expr`, covering the line.

    >>> from types import SimpleNamespace as Piece
    >>> relu = [Piece(start=-sympy.oo, end=S.Zero, expr=S.Zero), Piece(start=S.Zero, end=sympy.oo, expr=x)]
    >>> [(t.coefficient, t.power, t.gate) for t in gated_terms(relu)]
    [(1, 1, ('step',))]
    """
    pieces = list(pieces)
    if len(pieces) > 2 or (len(pieces) == 2 and pieces[0].end != 0):
        return None
    left = _whole_line(pieces[0].expr)
    if left is None:
        return None
    if len(pieces) == 1:
        return tuple(left)
    right = _whole_line(pieces[1].expr)
    if right is None:
        return None
    both = _collected(left + right)
    if any(t.linear != 0 for t in both) and any(t.gate for t in both):
        return None
    jump = _collected([*right, *(GatedTerm(-t.coefficient, t.power, t.quadratic, t.linear, t.gate) for t in left)])
    # with growth on one side only, existence depends on the signs of the quadrant and not on the covariance alone
    if any(t.gate or t.linear != 0 or t.quadratic.is_positive for t in jump):
        return None
    if any(t.power > MAX_GATED["step"] for t in jump):
        return None
    return tuple(left + [GatedTerm(t.coefficient, t.power, t.quadratic, t.linear, ("step",)) for t in jump])


def _whole_line(expr: Expr) -> list[GatedTerm] | None:
    """The terms of one analytic expression, or None."""
    if any(isinstance(e, Pow) and e.base.has(x) and not _small_power(e.exp) for e in sympy.preorder_traversal(expr)):
        return None
    known = (sin, cos, sinh, cosh, erf, Phi, exp)
    if any(isinstance(e, sympy.Function) and e.has(x) and not isinstance(e, known) for e in sympy.preorder_traversal(expr)):
        return None
    expr = expr.replace(erf, lambda u: 2 * Phi(sympy.expand_mul(sqrt(2) * u)) - 1)
    for circular in (sin, cos):
        expr = expr.replace(circular, lambda u, f=circular: f(u).rewrite(exp) if u.has(x) else f(u))
    for hyperbolic in (sinh, cosh):
        expr = expr.replace(hyperbolic, lambda u, f=hyperbolic: f(u).rewrite(exp) if u.has(x) else f(u))
    expr = expr.replace(exp, lambda u: exp(sympy.expand(u)) if u.has(x) else exp(u))
    if _expanded_size(expr) > 20 * MAX_TERMS:
        return None
    expanded = sympy.expand(expr, power_base=False, log=False)
    terms: list[GatedTerm] = []
    for summand in Add.make_args(expanded):
        found = _product(summand)
        if found is None:
            return None
        terms += found
    terms = _collected(terms)
    small = len(terms) <= MAX_TERMS and all(t.power <= (MAX_GATED["Phi"] if t.gate else MAX_DEGREE) for t in terms)
    mixed = any(t.linear != 0 for t in terms) and any(t.gate for t in terms)
    return terms if small and not mixed else None


def _small_power(power: Expr) -> bool:
    return bool(power.is_Integer) and 0 < power <= MAX_DEGREE


def _expanded_size(expr: Expr) -> int:
    """An upper bound on the number of summands after expansion, so that nothing explodes."""
    if isinstance(expr, Add):
        return sum(_expanded_size(a) for a in expr.args)
    if isinstance(expr, Mul):
        size = 1
        for a in expr.args:
            size = min(10**6, size * _expanded_size(a))
        return size
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp > 0:
        summands = _expanded_size(expr.base)
        return min(10**6, int(sympy.binomial(summands + int(expr.exp) - 1, int(expr.exp))))
    return 1


def _product(summand: Expr) -> list[GatedTerm] | None:
    coefficient, power, quadratic, linear = S.One, 0, S.Zero, S.Zero
    gate: Gate = None
    flipped = False
    for factor in Mul.make_args(summand):
        if not factor.has(x):
            coefficient *= factor
        elif factor == x:
            power += 1
        elif isinstance(factor, Pow) and factor.base == x and _small_power(factor.exp):
            power += int(factor.exp)
        elif isinstance(factor, exp):
            polynomial = factor.args[0].as_poly(x)
            if polynomial is None or polynomial.degree() > 2:
                return None
            a, b, c = (polynomial.coeff_monomial(x**k) for k in (2, 1, 0))
            if not a.is_real or any(e.free_symbols for e in (a, b, c)):
                return None
            quadratic, linear, coefficient = quadratic + a, linear + b, coefficient * exp(c)
        elif isinstance(factor, Phi) and gate is None:
            slope = factor.args[0].coeff(x)
            if slope == 0 or sympy.expand(factor.args[0] - slope * x) != 0 or not slope.is_nonzero or slope.free_symbols:
                return None
            flipped, gate = bool(slope.is_negative), ("Phi", abs(slope))
        else:
            return None
    if coefficient.free_symbols or (gate and linear != 0):
        return None
    if flipped:  # Φ(−cx) = 1 − Φ(cx)
        return [GatedTerm(coefficient, power, quadratic, linear, None), GatedTerm(-coefficient, power, quadratic, linear, gate)]
    return [GatedTerm(coefficient, power, quadratic, linear, gate)]


def _collected(terms: Iterable[GatedTerm]) -> list[GatedTerm]:
    sums: dict[tuple[Any, ...], Expr] = {}
    for t in terms:
        key = (t.power, t.quadratic, t.linear, t.gate)
        sums[key] = sums.get(key, S.Zero) + t.coefficient
    kept = ((key, sympy.expand(c)) for key, c in sums.items())
    return [GatedTerm(c, *key) for key, c in kept if c != 0]
