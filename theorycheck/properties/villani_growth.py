"""The conditions of Villani for analytic functions of several variables that are no polynomials: by growth, and along curves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy
from sympy import Expr, Symbol

from theorycheck.properties.asymptotic_degree import growth, polynomial_part
from theorycheck.properties.definite_form import degree, leading_form, positive_away_from_zero, weights
from theorycheck.properties.range_of_several import range_over_space
from theorycheck.properties.villani_line import STEPS, escapes
from theorycheck.properties.villani_polynomial import MISSING, Three, polynomial_conditions, rational_polynomial
from theorycheck.verdict import Verdict, refuted, undecided


def conditions_by_growth(expr: Expr, symbols: tuple[Symbol, ...]) -> Three:
    """Conditions 2, 3, 4 for an analytic function of several variables that is no polynomial.

    It is a polynomial and a rest of lower order, or an increasing function of a polynomial; or it stays bounded along some curve.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> [v.holds for v in conditions_by_growth(a**2 + b**2 + sympy.sin(a * b), (a, b))]
    [True, True, False]
    """
    main, rest = polynomial_part(expr, symbols)
    p = rational_polynomial(main, symbols)
    w = weights(p, len(symbols)) if p else None
    second = third = fourth = undecided(MISSING)
    if p and w is not None:
        form = positive_away_from_zero(leading_form(p, w), len(symbols))
        if form.holds:
            least = degree(p, w) / max(w)
            second = _lower_order(form, rest, least)
            third = second
            if len(set(w)) == 1:
                fourth = _gradient_dominates(form, rest, symbols, degree(p, w) / w[0])
    if second.holds is None:
        second, third = _composed(expr, symbols)
    if second.holds is None:
        found = escapes(lambda curve: expr.subs(curve, simultaneous=True), symbols)
        if found is not None:
            second = refuted(f"f tends to {found[1]} along {found[0]}, t → ∞", witness=found[0], grade="certified")
    size = growth(expr)
    if third.holds is None and size is not None and size <= (Fraction(0), 1):
        third = refuted("f grows at most like log|x|: the integral diverges for large s", witness="s → ∞")
    if fourth.holds is None:
        square = sympy.Add(*[sympy.diff(expr, s) ** 2 for s in symbols])
        trace = sympy.Add(*[sympy.diff(expr, s, 2) for s in symbols])
        for step in STEPS:
            value = square / step - trace
            found = escapes(lambda curve, value=value: value.subs(curve, simultaneous=True), symbols)  # type: ignore[misc]  # called at once
            if found is not None:
                text = f"‖∇f‖²/s − Δf tends to {found[1]} for s = {step} along {found[0]}, t → ∞"
                fourth = refuted(text, witness=f"s = {step}; {found[0]}", grade="certified")
                break
    return _named(second, "f"), _named(third, "the integral of exp(−2f/s)"), _named(fourth, "‖∇f‖²/s − Δf")


def _named(v: Verdict, what: str) -> Verdict:
    return undecided(f"{what} as |x| → ∞; {MISSING}") if v.holds is None else v


def _lower_order(form: Verdict, rest: Expr, least: Fraction) -> Verdict:
    """f = p + h with p ≥ c|x|^least − C and h of lower order, or bounded below."""
    size = growth(rest)
    if size is not None and size < (least, 0):
        return replace(form, reason=f"{form.reason}; the rest is O(|x|^{size[0]}{' log' if size[1] else ''})")
    if range_over_space(rest)[0].is_finite():
        return replace(form, reason=f"{form.reason}; the rest is bounded below")
    return undecided(MISSING)


def _gradient_dominates(form: Verdict, rest: Expr, symbols: tuple[Symbol, ...], n: Fraction) -> Verdict:
    slopes = [growth(sympy.diff(rest, s)) for s in symbols]
    bends = [growth(sympy.diff(rest, s, 2)) for s in symbols]
    if all(g is not None and g < (n - 1, 0) for g in slopes) and all(g is not None and g < (2 * n - 2, 0) for g in bends):
        return replace(form, reason=f"{form.reason}; the rest has a gradient of lower order and a Laplacian below the order of ‖∇f‖²")
    return undecided(MISSING)


def _composed(expr: Expr, symbols: tuple[Symbol, ...]) -> tuple[Verdict, Verdict]:
    """An increasing function of a polynomial that tends to ∞."""
    open_ = undecided(MISSING)
    inner = expr.base if isinstance(expr, sympy.Pow) and expr.exp.is_positive else expr.args[0] if len(expr.args) == 1 else None
    if not isinstance(expr, (sympy.Pow, sympy.exp, sympy.log, sympy.asinh, sympy.cosh)) or inner is None:
        return open_, open_
    p = rational_polynomial(inner, symbols)
    if not p:
        return open_, open_
    found = polynomial_conditions(p, symbols)[0]
    if found.holds is not True:
        return open_, open_
    reason = f"the argument {inner} tends to ∞: {found.reason}"
    whole = replace(found, reason=reason)
    return whole, open_ if isinstance(expr, (sympy.log, sympy.asinh)) else whole
