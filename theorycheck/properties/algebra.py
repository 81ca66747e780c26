"""Expressions that are rational in one generator (x, e^(cx) or tan(x/2)): signs and zeros by exact algebra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr, Poly, Rational, S, cos, exp, sin

from theorycheck.activation.expansion import estimated_terms, expand
from theorycheck.activation.functions import to_sympy, x
from theorycheck.activation.roots import inner_point
from theorycheck.activation.zero import compare

_U = sympy.Symbol("u", real=True)
_LARGEST = 300
_MAX_DEGREE = 40


@dataclass(frozen=True)
class Rationalised:
    """expr = numerator/denominator in a generator u that increases with x.

    Args:
        numerator, denominator: polynomials over Q; the denominator has no zero on the range of u.
        low, high: the range of u.
        back: x as a function of u.
    """

    numerator: Poly
    denominator: Poly
    low: Expr
    high: Expr
    back: Callable[[Expr], Expr]

    def sign(self) -> tuple[int | None, Expr | None]:
        """(1, None) when expr ≥ 0 throughout, (−1, None) when ≤ 0, else (None, None); with a point x where expr < 0 if there is one."""
        cuts = [self.low, *self._odd_zeros(), self.high]
        signs = []
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            point = inner_point(a, b)
            value = self.numerator.eval(point) * self.denominator.eval(point)
            signs.append((int(sympy.sign(value)), point))
        if all(s >= 0 for s, _ in signs):
            return 1, None
        witness = next(p for s, p in signs if s < 0)
        return (-1 if all(s <= 0 for s, _ in signs) else None), self.back(witness)

    def zeros(self) -> list[Expr]:
        """All zeros in x, increasing."""
        return [self.back(u) for u in self._zeros(self.numerator)]

    def _zeros(self, poly: Poly) -> list[Expr]:
        if poly.degree() <= 0:
            return []
        return [u for u in dict.fromkeys(sympy.real_roots(poly)) if compare(self.low, u) < 0 and compare(u, self.high) < 0]

    def _odd_zeros(self) -> list[Expr]:
        if self.numerator.degree() <= 0:
            return []
        odd = sympy.prod([f.as_expr() for f, n in self.numerator.factor_list()[1] if n % 2])
        return self._zeros(Poly(odd, _U)) if odd != 1 else []


def rationalise(expr: Expr, start: Expr, end: Expr) -> Rationalised | None:
    """The rational form on an interval, or None when there is none (or it is too large).

    >>> from theorycheck.activation.functions import sigmoid
    >>> rationalise(sigmoid(x)*(1 - sigmoid(x)), -sympy.oo, sympy.oo).sign()
    (1, None)
    """
    if not expr.has(x) or sympy.count_ops(expr) > _LARGEST:
        return None
    plain = expand(to_sympy(expr)) if not expr.is_rational_function(x) else expr
    if estimated_terms(plain) > _LARGEST:
        return None
    if plain.is_rational_function(x):
        return _quotient(plain.subs(x, _U), start, end, lambda u: u)
    if plain.has(sin, cos):
        return _by_half_angle(plain) if start is S.NegativeInfinity and end is S.Infinity else None
    return _by_exponential(expand(plain.rewrite(exp)), start, end)


def _quotient(expr: Expr, low: Expr, high: Expr, back: Callable[[Expr], Expr]) -> Rationalised | None:
    if estimated_terms(expr.subs(_U, x)) > _LARGEST:
        return None
    numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(expr)))
    try:
        top, bottom = Poly(numerator, _U), Poly(denominator, _U)
    except sympy.PolynomialError:
        return None
    if not all(p.domain.is_ZZ or p.domain.is_QQ for p in (top, bottom)) or max(top.degree(), bottom.degree()) > _MAX_DEGREE:
        return None
    return Rationalised(top, bottom, low, high, back)


def _by_exponential(expr: Expr, start: Expr, end: Expr) -> Rationalised | None:
    rates = []
    for term in expr.atoms(exp):
        rate = term.args[0] / x
        if not isinstance(rate, Rational):
            return None
        rates.append(rate)
    if not rates:
        return None
    unit = Rational(
        sympy.igcd(*[r.p for r in rates]) if len(rates) > 1 else abs(rates[0].p),
        sympy.ilcm(*[r.q for r in rates]) if len(rates) > 1 else rates[0].q,
    )
    if max(abs(rate / unit) for rate in rates) > _MAX_DEGREE:
        return None
    changed = expr.replace(lambda e: isinstance(e, exp), lambda e: _U ** (e.args[0] / x / unit))
    if changed.has(x):
        return None
    low = S.Zero if start is S.NegativeInfinity else exp(unit * start)
    high = S.Infinity if end is S.Infinity else exp(unit * end)
    return _quotient(changed, low, high, lambda u: sympy.log(u) / unit)


def _by_half_angle(expr: Expr) -> Rationalised | None:
    rates = {term.args[0] / x for term in expr.atoms(sin, cos)}
    if not all(isinstance(r, Rational) for r in rates):
        return None
    unit = Rational(1, sympy.ilcm(1, *[r.q for r in rates]))
    if max(abs(r / unit) for r in rates) > 8:
        return None
    changed = sympy.expand_trig(expr.subs(x, x / unit))
    changed = changed.subs({sin(x): 2 * _U / (1 + _U**2), cos(x): (1 - _U**2) / (1 + _U**2)})
    if changed.has(x):
        return None
    return _quotient(changed, S.NegativeInfinity, S.Infinity, lambda u: 2 * sympy.atan(u) / unit)
