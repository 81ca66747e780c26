"""Closed forms of E[f(u)g(v)] for a centred Gaussian pair, by one bivariate Stein recursion.

For cov S: E[u F] = S₁₁ E[∂F/∂u] + S₁₂ E[∂F/∂v] brings polynomials down. The Gaussian that comes out of differentiating Φ(cu), like every
e^{q u²}, is absorbed in the covariance by a rank-one update that never divides by det S, so the formulas stay regular as abs(r) → 1; the
delta that comes out of differentiating a step conditions on u = 0. What remains are Sheppard's orthant formula and its relatives.

Arc-cosine kernels (Cho & Saul 2009), the erf kernel (Williams 1997), GELU, sines, exponentials and polynomials are all special cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Rational, S, Symbol, asin, binomial, exp, factorial2, gamma, pi, sqrt

from theorycheck.gaussian.gated import Gate, GatedTerm, gated_terms
from theorycheck.gaussian.tidy import Roots, tidy

#: The correlation, the one free symbol of every closed form.
r = Symbol("r", real=True)

Covariance = tuple[Expr, Expr, Expr]


@dataclass(frozen=True)
class BivariateForm:
    """A closed form in the correlation r.

    Args:
        expr: SymPy expression in `r`.
        conditions: expressions in `r` that must be positive for the expectation to exist.
    """

    expr: Expr
    conditions: tuple[Expr, ...]


@lru_cache(maxsize=256)
def bivariate_form(first: tuple[Any, ...], second: tuple[Any, ...], variances: tuple[Expr, Expr]) -> BivariateForm | None:
    """E[f(u)g(v)] in closed form; None when f or g is outside the class.

    Args:
        first, second: the pieces of f and of g.
        variances: exact positive SymPy numbers, of u and of v.

    >>> from types import SimpleNamespace
    >>> from theorycheck.activation.functions import x
    >>> class Piece(SimpleNamespace):
    ...     __hash__ = object.__hash__
    >>> relu = (Piece(start=-sympy.oo, end=S.Zero, expr=S.Zero), Piece(start=S.Zero, end=sympy.oo, expr=x))
    >>> bivariate_form(relu, relu, (S.One, S.One)).expr
    r*asin(r)/(2*pi) + r/4 + sqrt(1 - r**2)/(2*pi)
    """
    f = gated_terms(first)
    g = f if second == first else gated_terms(second)
    if f is None or g is None or (any(t.gate for t in f) and any(t.linear != 0 for t in g)):
        return None
    if any(t.gate for t in g) and any(t.linear != 0 for t in f):
        return None
    q1, q2 = variances
    covariance = (q1, sqrt(q1 * q2) * r, q2)
    recursion = _Stein()
    total: Expr = S.Zero
    for a in f:
        for b in g:
            total += a.coefficient * b.coefficient * recursion.term(a, b, covariance)
    return BivariateForm(tidy(total, r, recursion.roots), tuple(sorted(recursion.conditions, key=str)))


class _Stein:
    """The recursion, with its table of moments already known."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], Expr] = {}
        self.roots = Roots(r)
        self.conditions: set[Expr] = set()

    def term(self, a: GatedTerm, b: GatedTerm, cov: Covariance) -> Expr:
        factor = S.One
        if a.quadratic != 0:
            cov, scale = self.absorbed(-2 * a.quadratic, cov)
            factor *= scale
        if b.quadratic != 0:
            swapped, scale = self.absorbed(-2 * b.quadratic, cov[::-1])
            cov, factor = swapped[::-1], factor * scale
        if a.linear == 0 and b.linear == 0:
            return factor * self.moment(a.power, a.gate, b.power, b.gate, cov)
        # e^{t·u} shifts the mean by S t (Cameron–Martin)
        s, c, d = cov
        shift_u, shift_v = s * a.linear + c * b.linear, c * a.linear + d * b.linear
        exponent = sympy.cancel(sympy.expand((a.linear * shift_u + b.linear * shift_v) / 2))
        total = S.Zero
        for i in range(a.power + 1):
            for j in range(b.power + 1):
                shifts = binomial(a.power, i) * binomial(b.power, j) * shift_u ** (a.power - i) * shift_v ** (b.power - j)
                total += self.roots.hide(shifts) * self.moment(i, None, j, None, cov)
        return factor * exp(sympy.expand(exponent)) * sympy.expand(total)

    def absorbed(self, curvature: Expr, cov: Covariance) -> tuple[Covariance, Expr]:
        """exp(−curvature·u²/2) as a rank-one update of the covariance: S − k S e₁e₁ᵀS/(1 + k S₁₁), and its factor 1/√(1 + k S₁₁)."""
        s, c, d = cov
        norm = sympy.cancel(1 + curvature * s)
        if not norm.is_positive and not curvature.is_positive:
            self.conditions.add(norm)
        updated = (sympy.cancel(s / norm), sympy.cancel(c / norm), sympy.cancel(d - curvature * c * c / norm))
        return updated, 1 / sqrt(norm)

    def moment(self, n: int, g: Gate, m: int, h: Gate, cov: Covariance) -> Expr:
        """E[uⁿ g(u) vᵐ h(v)]."""
        if n == 0 and m == 0:
            return _orthant(g, h, cov)
        if n == 0:
            return self.moment(m, h, n, g, cov[::-1])
        key = (n, g, m, h, cov)
        if key not in self.known:
            self.known[key] = sympy.expand(self.roots.hide(self._by_parts(n, g, m, h, cov)))
        return self.known[key]

    def _by_parts(self, n: int, g: Gate, m: int, h: Gate, cov: Covariance) -> Expr:
        s, c, _ = cov
        total: Expr = S.Zero
        if n >= 2:
            total += s * (n - 1) * self.moment(n - 2, g, m, h, cov)
        if m >= 1:
            total += c * m * self.moment(n - 1, g, m - 1, h, cov)
        if g is not None:
            total += s * self._gate_differentiated(n - 1, g, m, h, cov)
        if h is not None:
            total += c * self._gate_differentiated(m, h, n - 1, g, cov[::-1])
        return total

    def _gate_differentiated(self, n: int, g: tuple[Any, ...], m: int, h: Gate, cov: Covariance) -> Expr:
        """E[uⁿ g'(u) vᵐ h(v)]."""
        if g[0] == "step":
            s, c, d = cov
            return S.Zero if n else _line(m, h, sympy.cancel(d - c * c / s)) / sqrt(2 * pi * s)
        updated, factor = self.absorbed(g[1] ** 2, cov)
        return g[1] / sqrt(2 * pi) * factor * self.moment(n, None, m, h, updated)


def _orthant(g: Gate, h: Gate, cov: Covariance) -> Expr:
    """E[g(u)h(v)]: Sheppard's formula for steps, its smoothed form for Φ."""
    if g is None or h is None:
        return S.One if g is None and h is None else S.Half
    s, c, d = cov
    if c == 0:
        return Rational(1, 4)
    # c is r times something positive, and the root of the rest is often rational
    sine = r * sqrt(sympy.cancel(c * c / (r * r * _spread(g, s) * _spread(h, d))))
    return Rational(1, 4) + asin(sine) / (2 * pi)


def _spread(gate: tuple[Any, ...], variance: Expr) -> Expr:
    return variance if gate[0] == "step" else variance + 1 / gate[1] ** 2


def _line(n: int, gate: Gate, variance: Expr) -> Expr:
    """E[vⁿ gate(v)] for v ~ N(0, variance)."""
    if gate is None or (n % 2 == 0 and n >= 0):
        if n % 2:
            return S.Zero
        full = factorial2(n - 1) * variance ** Rational(n, 2) if n else S.One
        return full if gate is None else full / 2
    if gate[0] == "step":
        return variance ** Rational(n, 2) * 2 ** Rational(n, 2) * gamma(Rational(n + 1, 2)) / (2 * sqrt(pi))
    narrow = variance / (1 + gate[1] ** 2 * variance)
    boundary = gate[1] * variance / sqrt(2 * pi * (1 + gate[1] ** 2 * variance)) * factorial2(n - 2) * narrow ** Rational(n - 1, 2)
    return boundary + (variance * (n - 1) * _line(n - 2, gate, variance) if n >= 3 else S.Zero)
