"""Closed forms in one variable, put in readable order without `simplify`, which may hang.

A sum of products of rational functions, square roots, arc sines and exponentials is grouped by its transcendental factors; in each group
the powers of the polynomials that stand in roots and denominators are taken out, and what remains is one factored polynomial.
"""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Mul, Pow, S, Symbol, cosh, exp, sinh

Powers = dict[Expr, Expr]


class Roots:
    """Symbols for the polynomials that stand in roots and denominators, so that `expand` leaves these alone.

    Args:
        variable: the one free symbol of the expressions.
    """

    def __init__(self, variable: Symbol) -> None:
        self.variable = variable
        self.polynomial: dict[Symbol, Expr] = {}
        self._symbol: dict[Expr, Symbol] = {}
        self._known: dict[Expr, Expr] = {}

    def hide(self, expr: Expr) -> Expr:
        """The expression with every root and denominator written by symbols."""
        return expr.replace(self._is_root, self._hidden)

    def _is_root(self, e: Expr) -> bool:
        whole = bool(isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0)
        return isinstance(e, Pow) and not whole and bool(e.exp.is_Rational) and bool(e.base.free_symbols)

    def _hidden(self, e: Expr) -> Expr:
        if e not in self._known:
            self._known[e] = self._by_symbols(e)
        return self._known[e]

    def _by_symbols(self, e: Expr) -> Expr:
        constant, primes = _primes(self.show(e.base), self.variable, bool(e.exp.is_Integer))
        product = constant**e.exp
        for p, multiplicity in primes.items():
            if p not in self._symbol:
                self._symbol[p] = sympy.Dummy(positive=True)
                self.polynomial[self._symbol[p]] = p
            product *= self._symbol[p] ** (e.exp * multiplicity)
        return product

    def show(self, expr: Expr) -> Expr:
        """The expression with the polynomials back in their places."""
        return expr.xreplace(self.polynomial)


def tidy(expr: Expr, variable: Symbol, roots: Roots | None = None) -> Expr:
    """The same function, collected and factored.

    Args:
        expr: an expression in `variable`, real where the variable is real and abs(variable) < 1; its roots are of functions positive there.
        variable: the one free symbol.
        roots: the symbols that `expr` already uses.

    >>> r = Symbol("r", real=True)
    >>> tidy(sympy.exp(r)/2 + sympy.exp(-r)/2 + r*sympy.sqrt(1 - r**2) - r**3*sympy.sqrt(1 - r**2), r)
    r*(1 - r**2)**(3/2) + cosh(r)
    """
    roots = roots or Roots(variable)
    expr = _hyperbolic(sympy.expand(roots.hide(expr)), roots)
    if expr.has(sympy.I):
        expr = sympy.expand_complex(expr).as_real_imag()[0]
    groups: dict[tuple[Expr, frozenset[tuple[Expr, Expr]]], list[tuple[Expr, Powers]]] = {}
    for summand in Add.make_args(sympy.expand(expr)):
        number, waves, powers = _split(summand, roots)
        fractional = frozenset((p, e % 1) for p, e in powers.items() if e % 1 != 0)
        groups.setdefault((waves, fractional), []).append((number, powers))
    return Add(*[roots.show(waves) * _collected(summands, variable) for (waves, _), summands in groups.items()])


def _split(summand: Expr, roots: Roots) -> tuple[Expr, Expr, Powers]:
    """A product as (polynomial, transcendental factors, powers of polynomials in roots and denominators)."""
    number, waves = S.One, S.One
    powers: Powers = {}
    for factor in Mul.make_args(summand):
        base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, S.One)
        if base in roots.polynomial:
            p = roots.polynomial[base]
            powers[p] = powers.get(p, S.Zero) + power
        elif factor.free_symbols <= {roots.variable} and factor.is_polynomial(roots.variable):
            number *= factor
        else:
            waves *= factor
    return number, waves, powers


def _primes(base: Expr, variable: Symbol, any_sign: bool) -> tuple[Expr, Powers]:
    """constant · Π p^m with p even or irreducible and p(0) > 0; a base that does not factor so stands for itself."""
    above, below = sympy.fraction(sympy.together(base))
    try:
        numerator, denominator = sympy.Poly(above, variable, domain="QQ"), sympy.Poly(below, variable, domain="QQ")
    except sympy.CoercionFailed:
        return S.One, {base: S.One}
    constant: Expr = S.One
    primes: Powers = {}
    for polynomial, sign in ((numerator, 1), (denominator, -1)):
        leading, factors = polynomial.factor_list()
        constant *= sympy.sympify(leading) ** sign
        for p, multiplicity in factors:
            at_zero = p.eval(0)
            if at_zero == 0:
                return S.One, {base: S.One}
            if at_zero < 0:
                p, constant = -p, constant * (-1) ** multiplicity
            primes[p.as_expr()] = primes.get(p.as_expr(), S.Zero) + sign * multiplicity
    for p in list(primes):  # (2 − r)(2 + r) is 4 − r²
        mirror = sympy.expand(p.subs(variable, -variable))
        if mirror != p and mirror in primes and p in primes and primes[p] == primes[mirror]:
            primes[sympy.expand(p * mirror)] = primes.pop(p)
            del primes[mirror]
    return (constant, primes) if constant.is_positive or any_sign else (S.One, {base: S.One})


def _collected(summands: list[tuple[Expr, Powers]], variable: Symbol) -> Expr:
    """Σ number·Π pᵉ with the lowest powers taken out, and every p that still divides the sum too."""
    primes = sorted({p for _, powers in summands for p in powers}, key=sympy.default_sort_key)
    lowest = {p: min(powers.get(p, S.Zero) for _, powers in summands) for p in primes}
    total = Add(*[number * Mul(*[p ** (powers.get(p, S.Zero) - lowest[p]) for p in primes]) for number, powers in summands])
    total = sympy.expand(total)
    for p in primes:
        while total != 0 and p.is_polynomial(variable):
            quotient, remainder = sympy.div(total, p, variable)
            if sympy.expand(remainder) != 0:
                break
            total, lowest[p] = sympy.expand(quotient), lowest[p] + 1
    return _factored(total, variable) * Mul(*[p**e for p, e in lowest.items()])


def _factored(total: Expr, variable: Symbol) -> Expr:
    content, inner = sympy.factor_terms(total).as_independent(variable, as_Add=False)
    if isinstance(inner, Add) and inner.is_polynomial(variable) and len(inner.args) < 12:
        inner = sympy.factor(inner) if all(c.is_Rational for c in sympy.Poly(inner, variable).coeffs()) else inner
    return content * inner


def _hyperbolic(expr: Expr, roots: Roots) -> Expr:
    """Pairs c·e^u ± c·e^(−u) as cosh and sinh."""
    exponents: dict[Expr, dict[int, Expr]] = {}
    rest: Expr = S.Zero
    for summand in Add.make_args(expr):
        waves = [f for f in Mul.make_args(summand) if isinstance(f, exp) and f.free_symbols]
        if len(waves) != 1:
            rest += summand
            continue
        constant, moving = sympy.expand(waves[0].args[0]).as_independent(roots.variable, *roots.polynomial, as_Add=True)
        sign = -1 if moving.could_extract_minus_sign() else 1
        pair = exponents.setdefault(sign * moving, {1: S.Zero, -1: S.Zero})
        pair[sign] += summand / waves[0] * exp(constant)
    for moving, pair in exponents.items():
        even, odd = (sympy.expand(pair[1] + sign * pair[-1]) for sign in (1, -1))
        if pair[1] != 0 and pair[-1] != 0 and len(Add.make_args(even)) + len(Add.make_args(odd)) <= len(Add.make_args(pair[1])) * 2:
            rest += even * cosh(moving) + odd * sinh(moving)
        else:
            rest += pair[1] * exp(moving) + pair[-1] * exp(-moving)
    return rest
