"""The conditions of Villani for a polynomial: by its leading form, by curves to infinity, and on planes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import sympy
from sympy import Expr, Rational, Symbol

from theorycheck.decimals import as_fraction
from theorycheck.errors import Undecided
from theorycheck.properties.definite_form import degree, leading_form, positive_away_from_zero, weights
from theorycheck.properties.newton_puiseux import Branch, Polynomial, escape
from theorycheck.verdict import Verdict, proved, refuted, undecided

#: What an undecided condition is missing.
MISSING = "a certified lower bound at infinity would decide it"
#: The most terms of a polynomial whose gradient is squared.
_LARGEST = 700
#: Verdicts on conditions 2, 3, 4.
Three = tuple[Verdict, Verdict, Verdict]


def rational_polynomial(expr: Expr, symbols: tuple[Symbol, ...]) -> Polynomial | None:
    """Coefficient by exponents of a polynomial with rational coefficients; None when it is none.

    >>> a, b = sympy.symbols("a b")
    >>> [(tuple(map(int, e)), str(c)) for e, c in rational_polynomial(a**2 - b / 2, (a, b)).items()]
    [((2, 0), '1'), ((0, 1), '-1/2')]
    """
    if not expr.is_polynomial(*symbols):
        return None
    terms = sympy.Poly(expr, *symbols).terms()
    if not all(isinstance(c, Rational) for _, c in terms):
        return None
    return {tuple(map(Fraction, e)): as_fraction(c) for e, c in terms if c}


def _derivative(p: Polynomial, i: int) -> dict[tuple[Fraction, ...], Fraction]:
    return {(*e[:i], e[i] - 1, *e[i + 1 :]): c * e[i] for e, c in p.items() if e[i]}


def gradient_square(p: Polynomial) -> dict[tuple[Fraction, ...], Fraction]:
    """‖∇p‖².

    >>> F = Fraction
    >>> gradient_square({(F(2), F(0)): F(1), (F(0), F(1)): F(3)}) == {(2, 0): 4, (0, 0): 9}
    True
    """
    total: dict[tuple[Fraction, ...], Fraction] = {}
    for i in range(len(next(iter(p)))):
        slope = list(_derivative(p, i).items())
        for e, c in slope:
            for g, d in slope:
                key = tuple(a + b for a, b in zip(e, g, strict=True))
                total[key] = total.get(key, Fraction(0)) + c * d
    return {e: c for e, c in total.items() if c}


def laplacian(p: Polynomial) -> dict[tuple[Fraction, ...], Fraction]:
    """Δp.

    >>> F = Fraction
    >>> laplacian({(F(2), F(1)): F(1), (F(0), F(1)): F(3)}) == {(0, 1): 2}
    True
    """
    total: dict[tuple[Fraction, ...], Fraction] = {}
    for i in range(len(next(iter(p)))):
        for e, c in _derivative(_derivative(p, i), i).items():
            total[e] = total.get(e, Fraction(0)) + c
    return {e: c for e, c in total.items() if c}


def polynomial_conditions(p: Polynomial, symbols: tuple[Symbol, ...]) -> Three:
    """Conditions 2, 3, 4 for a polynomial.

    Raises:
        Undecided: it has more terms than can be looked at.

    >>> a, b = sympy.symbols("a b")
    >>> [v.holds for v in polynomial_conditions(rational_polynomial(a**2 * b**2 + a**2 + b**2, (a, b)), (a, b))]
    [True, True, False]
    """
    d = len(symbols)
    w = weights(p, d)
    form = positive_away_from_zero(leading_form(p, w), d) if w is not None else undecided("no leading form has all pure powers")
    if form.holds and w is not None and len(set(w)) == 1:
        euler = f"{form.reason}, so ‖∇f‖ ≥ c|x|^{degree(p, w) / w[0] - 1} and Δf is of lower order"
        return form, replace(form, reason=f"{form.reason}, so f ≥ c|x|^{degree(p, w) / w[0]} − C"), replace(form, reason=euler)
    if len(p) > _LARGEST:
        raise Undecided(f"f has {len(p)} terms; {MISSING}")
    square, trace = gradient_square(p), laplacian(p)
    second = form if form.holds else _coercive(p, None, symbols, "f")
    return second, _integrable(p, second, symbols), _coercive(square, trace, symbols, "‖∇f‖²/s − Δf")


def _coercive(a: Polynomial, b: Polynomial | None, symbols: tuple[Symbol, ...], what: str) -> Verdict:
    """Whether a − s b → ∞ for every s > 0."""
    names = tuple(s.name for s in symbols)
    if len(symbols) == 2:
        try:
            branch = escape(a, b)
        except Undecided as error:
            return undecided(str(error))
        if branch is None:
            return proved(f"{what} → ∞ along every curve y = u t^ω to infinity (Newton polygon, curve selection)")
        return _along(branch, names[0], names[1], what, "")
    w = weights(a, len(symbols))
    if w is not None and degree(b or {}, w) < degree(a, w):
        form = positive_away_from_zero(leading_form(a, w), len(symbols))
        if form.holds:
            return replace(form, reason=f"{what}: {form.reason} (weights {', '.join(map(str, w))})")
    if len(symbols) > 2:
        if not b:
            core = _without_even_products(a)
            if core != a and (found := _coercive(core, None, symbols, what)).holds:
                return replace(found, reason=f"{found.reason}; the products of even powers beside it are not negative")
        for i, j, others in _planes(len(symbols)):
            restricted = [_restricted(p or {}, i, j, others) for p in (a, b)]
            try:
                branch = escape(restricted[0], restricted[1])
            except Undecided:
                continue
            if branch is not None:
                rest = "".join(f", {names[k]} = {'0' if not c else ('' if c > 0 else '-') + names[i]}" for k, c in others.items())
                return _along(branch, names[i], names[j], what, rest)
    return undecided(f"{what} as |x| → ∞; {MISSING}")


def _without_even_products(p: Polynomial) -> Polynomial:
    return {e: c for e, c in p.items() if not (c > 0 and all(k % 2 == 0 for k in e) and sum(k > 0 for k in e) > 1)}


def _along(branch: Branch, first: str, second: str, what: str, rest: str) -> Verdict:
    curve = branch.text((first, second)) + rest
    at = f" for s = {branch.s}" if branch.s is not None and "/s" in what else ""
    does = "→ −∞" if branch.downwards else "stays bounded"
    return refuted(f"{what} {does}{at} along {curve}, t → ∞", witness=f"s = {branch.s}; {curve}" if at else curve)


def _planes(d: int) -> list[tuple[int, int, dict[int, int]]]:
    """Planes through the origin: two coordinates are free, each other one is 0 or plus or minus the first of them."""
    found = []
    for i, j in combinations(range(d), 2):
        others = [k for k in range(d) if k not in (i, j)]
        choices = product((0, 1, -1), repeat=len(others)) if d <= 4 else [(sign,) * len(others) for sign in (0, 1, -1)]
        found += [(i, j, dict(zip(others, values, strict=True))) for values in choices]
    return found


def _restricted(p: Polynomial, i: int, j: int, others: dict[int, int]) -> dict[tuple[Fraction, ...], Fraction]:
    found: dict[tuple[Fraction, ...], Fraction] = {}
    for e, c in p.items():
        power = e[i]
        for k, sign in others.items():
            c = c * Fraction(sign) ** int(e[k])
            power += e[k]
        key = (power, e[j])
        found[key] = found.get(key, Fraction(0)) + c
    return {e: c for e, c in found.items() if c}


def _integrable(p: Polynomial, second: Verdict, symbols: tuple[Symbol, ...]) -> Verdict:
    """exp(−2f/s) for a polynomial: a polynomial that tends to ∞ does so at least like a power (Łojasiewicz)."""
    if second.holds:
        return replace(second, reason="a polynomial that tends to ∞ exceeds c|x|^α − C for some α > 0 (Łojasiewicz)")
    if len(symbols) == 2:
        try:
            branch = escape(p)
        except Undecided as error:
            return undecided(str(error))
        if branch is not None and (branch.downwards or branch.exponent >= -1):
            curve = branch.text((symbols[0].name, symbols[1].name))
            return refuted(f"f is bounded above on a set of infinite measure round {curve}, t → ∞", witness=curve)
    return undecided("the integral of exp(−2f/s) where f does not tend to ∞; a lower bound there would decide it")
