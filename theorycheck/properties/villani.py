"""The four conditions of Villani for a function on R^d, decided for every s > 0.

f is a Villani function when (1) f ∈ C^∞, (2) f → ∞, (3) exp(−2f/s) is integrable for every s > 0, and
(4) ‖∇f‖²/s − Δf → ∞ for every s > 0. Source: Villani, Hypocoercivity (2009); Shi, Su & Jordan, arXiv:2004.06977.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import sympy
from sympy import Expr, Rational, Symbol

from theorycheck.activation.function import Activation
from theorycheck.activation.functions import canonical, x
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.properties import shape
from theorycheck.properties.asymptotic_degree import growth, polynomial_part, summands
from theorycheck.properties.definite_form import degree, leading_form, positive_away_from_zero, weights
from theorycheck.properties.newton_puiseux import Branch, Polynomial, escape
from theorycheck.properties.range_of_several import range_over_space
from theorycheck.properties.several_variables import SeveralVariables, read_function
from theorycheck.properties.villani_line import STEPS, escapes, on_half_line
from theorycheck.verdict import Verdict, conjunction, proved, refuted, undecided

#: The conditions, as a page shows them.
CONDITIONS = ("f is infinitely differentiable", "f → ∞", "exp(−2f/s) is integrable, every s > 0", "‖∇f‖²/s − Δf → ∞, every s > 0")
_LARGEST = 700
_MISSING = "a certified lower bound at infinity would decide it"
Three = tuple[Verdict, Verdict, Verdict]


@dataclass(frozen=True)
class VillaniVerdict:
    """What was found about a function on R^d.

    Args:
        function: the function that was read.
        conditions: a verdict for each of `CONDITIONS`.
    """

    function: SeveralVariables
    conditions: tuple[Verdict, Verdict, Verdict, Verdict]

    @property
    def verdict(self) -> Verdict:
        """Whether f is a Villani function: the conjunction of the conditions, naming the one that fails or is open."""
        numbered = [replace(v, reason=f"condition {i}: {v.reason}") for i, v in enumerate(self.conditions, 1)]
        whole = conjunction(numbered)
        return whole if whole.holds is not True else replace(whole, reason="all four conditions hold for every s > 0")

    def to_json(self) -> dict[str, Any]:
        """The document of `theorycheck villani --json`."""
        return {"conditions": [v.to_json() for v in self.conditions], **self.verdict.to_json()}


def villani_conditions(text: str, variables: str | Sequence[str]) -> VillaniVerdict:
    """Decide the four conditions for every s > 0.

    Args:
        text: an expression in the variables, for example "x**2 + y**4 - x*y".
        variables: their names, as "x,y" or a list.

    Returns:
        A verdict for each condition. What is neither shown nor refuted is undecided and says what is missing.

    Raises:
        InputError: the text is no function on R^d in these variables.

    >>> [v.holds for v in villani_conditions("x**2*y**2", "x,y").conditions]
    [True, False, False, False]
    >>> villani_conditions("(x**2+y**2)**2 - 10*x**2", "x,y").verdict.holds
    True
    """
    f = read_function(text, variables)
    if f.expr is None:
        return VillaniVerdict(f, _with_kinks(f))
    first = proved("composed of analytic functions, with no denominator, root or logarithm that reaches 0")
    blocks = _blocks(f.expr, f.symbols)
    found = [_on_block(part, own, f.symbols) for part, own in blocks]
    joined = [conjunction(column) for column in zip(*found, strict=True)]
    if len(blocks) > 1:
        split = "f is a sum of functions of separate variables, and each part satisfies it: "
        joined = [replace(v, reason=split + v.reason) if v.holds else v for v in joined]
    return VillaniVerdict(f, (first, joined[0], joined[1], joined[2]))


def _blocks(expr: Expr, symbols: tuple[Symbol, ...]) -> list[tuple[Expr, tuple[Symbol, ...]]]:
    """The summands, grouped so that no two groups share a variable; a variable that does not occur is a group with the summand 0.

    A sum of such groups satisfies a condition exactly when every group does: each is continuous, and bounded below once it tends to ∞.
    """
    groups: list[tuple[list[Expr], set[Symbol]]] = [([], {s}) for s in symbols]
    constants = []
    for term in summands(expr, symbols):
        used = term.free_symbols
        if not used:
            constants.append(term)
            continue
        touching = [g for g in groups if g[1] & used]
        merged = ([t for g in touching for t in g[0]] + [term], set().union(*(g[1] for g in touching)))
        groups = [g for g in groups if g not in touching] + [merged]
    groups[0][0].extend(constants)
    return [(sympy.Add(*terms), tuple(s for s in symbols if s in own)) for terms, own in groups]


def _on_block(expr: Expr, own: tuple[Symbol, ...], everything: tuple[Symbol, ...]) -> Three:
    rest = [s for s in everything if s not in own]
    beside = "".join(f", {s} = 0" for s in rest)
    if not expr.has(*own):
        ray = f"{own[0]} = t{beside}"
        reason = f"f does not depend on {own[0]}"
        return refuted(reason, witness=ray), refuted(f"{reason}: the integral diverges", witness=ray), refuted(reason, witness=ray)
    terms = _rational_polynomial(expr, own)
    try:
        if terms is not None and (len(own) > 1 or positive_away_from_zero(leading_form(terms, (1,)), 1).holds):
            found = _polynomial(terms, own)
        elif len(own) == 1:
            found = _one_variable(expr, own[0])
        else:
            found = _several(expr, own)
    except Undecided as error:
        found = undecided(str(error)), undecided(str(error)), undecided(str(error))
    return _beside(found[0], beside), _beside(found[1], beside), _beside(found[2], beside)


def _beside(v: Verdict, beside: str) -> Verdict:
    return replace(v, witness=v.witness + beside) if v.holds is False and v.witness else v


def _rational_polynomial(expr: Expr, symbols: tuple[Symbol, ...]) -> Polynomial | None:
    if not expr.is_polynomial(*symbols):
        return None
    terms = sympy.Poly(expr, *symbols).terms()
    if not all(isinstance(c, Rational) for _, c in terms):
        return None
    return {tuple(map(Fraction, e)): Fraction(int(c.p), int(c.q)) for e, c in terms if c}


def _derivative(p: Polynomial, i: int) -> dict[tuple[Fraction, ...], Fraction]:
    return {(*e[:i], e[i] - 1, *e[i + 1 :]): c * e[i] for e, c in p.items() if e[i]}


def gradient_square(p: Polynomial) -> dict[tuple[Fraction, ...], Fraction]:
    """‖∇p‖²."""
    total: dict[tuple[Fraction, ...], Fraction] = {}
    for i in range(len(next(iter(p)))):
        slope = list(_derivative(p, i).items())
        for e, c in slope:
            for g, d in slope:
                key = tuple(a + b for a, b in zip(e, g, strict=True))
                total[key] = total.get(key, Fraction(0)) + c * d
    return {e: c for e, c in total.items() if c}


def laplacian(p: Polynomial) -> dict[tuple[Fraction, ...], Fraction]:
    """Δp."""
    total: dict[tuple[Fraction, ...], Fraction] = {}
    for i in range(len(next(iter(p)))):
        for e, c in _derivative(_derivative(p, i), i).items():
            total[e] = total.get(e, Fraction(0)) + c
    return {e: c for e, c in total.items() if c}


# --- polynomials ------------------------------------------------------------------------------------------------------


def _polynomial(p: Polynomial, symbols: tuple[Symbol, ...]) -> Three:
    d = len(symbols)
    w = weights(p, d)
    form = positive_away_from_zero(leading_form(p, w), d) if w is not None else undecided("no leading form has all pure powers")
    if form.holds and w is not None and len(set(w)) == 1:
        euler = f"{form.reason}, so ‖∇f‖ ≥ c|x|^{degree(p, w) / w[0] - 1} and Δf is of lower order"
        return form, replace(form, reason=f"{form.reason}, so f ≥ c|x|^{degree(p, w) / w[0]} − C"), replace(form, reason=euler)
    if len(p) > _LARGEST:
        raise Undecided(f"f has {len(p)} terms; {_MISSING}")
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
    return undecided(f"{what} as |x| → ∞; {_MISSING}")


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


# --- one variable, and functions that are no polynomials --------------------------------------------------------------


def _one_variable(expr: Expr, symbol: Symbol) -> Three:
    return _ends(canonical(expr.subs(symbol, x)), canonical(expr.subs(symbol, x)), symbol.name)


def _ends(left: Expr, right: Expr, name: str) -> Three:
    both = [on_half_line(right, 1, name), on_half_line(left, -1, name)]
    second, third, fourth = (conjunction(column) for column in zip(*both, strict=True))
    return second, third, fourth


def _several(expr: Expr, symbols: tuple[Symbol, ...]) -> Three:
    main, rest = polynomial_part(expr, symbols)
    p = _rational_polynomial(main, symbols)
    w = weights(p, len(symbols)) if p else None
    second = third = fourth = undecided(_MISSING)
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
    return undecided(f"{what} as |x| → ∞; {_MISSING}") if v.holds is None else v


def _lower_order(form: Verdict, rest: Expr, least: Fraction) -> Verdict:
    """f = p + h with p ≥ c|x|^least − C and h of lower order, or bounded below."""
    size = growth(rest)
    if size is not None and size < (least, 0):
        return replace(form, reason=f"{form.reason}; the rest is O(|x|^{size[0]}{' log' if size[1] else ''})")
    if range_over_space(rest)[0].is_finite():
        return replace(form, reason=f"{form.reason}; the rest is bounded below")
    return undecided(_MISSING)


def _gradient_dominates(form: Verdict, rest: Expr, symbols: tuple[Symbol, ...], n: Fraction) -> Verdict:
    slopes = [growth(sympy.diff(rest, s)) for s in symbols]
    bends = [growth(sympy.diff(rest, s, 2)) for s in symbols]
    if all(g is not None and g < (n - 1, 0) for g in slopes) and all(g is not None and g < (2 * n - 2, 0) for g in bends):
        return replace(form, reason=f"{form.reason}; the rest has a gradient of lower order and a Laplacian below the order of ‖∇f‖²")
    return undecided(_MISSING)


def _composed(expr: Expr, symbols: tuple[Symbol, ...]) -> tuple[Verdict, Verdict]:
    """An increasing function of a polynomial that tends to ∞."""
    open_ = undecided(_MISSING)
    inner = expr.base if isinstance(expr, sympy.Pow) and expr.exp.is_positive else expr.args[0] if len(expr.args) == 1 else None
    if not isinstance(expr, (sympy.Pow, sympy.exp, sympy.log, sympy.asinh, sympy.cosh)) or inner is None:
        return open_, open_
    p = _rational_polynomial(inner, symbols)
    if not p:
        return open_, open_
    found = _polynomial(p, symbols)[0]
    if found.holds is not True:
        return open_, open_
    reason = f"the argument {inner} tends to ∞: {found.reason}"
    whole = replace(found, reason=reason)
    return whole, open_ if isinstance(expr, (sympy.log, sympy.asinh)) else whole


# --- kinks ------------------------------------------------------------------------------------------------------------


def _with_kinks(f: SeveralVariables) -> tuple[Verdict, Verdict, Verdict, Verdict]:
    """Functions with abs, max, where, …: smoothness on lines, and the ends in one variable."""
    if len(f.names) == 1:
        whole = Activation.from_pieces(Activation(f.on_line((Rational(0),), (1,))).pieces)
        return (shape.smooth(whole), *_ends(whole.pieces[0].expr, whole.pieces[-1].expr, f.names[0]))
    open_ = undecided("f is not given by one analytic expression; write it without abs, max and where")
    return _smooth_on_lines(f), open_, open_, open_


def _line(p: Rational, k: int) -> str:
    return str(p) if not k else f"{p} + t" if p else "t"


def _smooth_on_lines(f: SeveralVariables) -> Verdict:
    d = len(f.names)
    for point in ((Rational(0),) * d, (Rational(1, 3),) * d, tuple(Rational(k + 1, 2) for k in range(d))):
        for direction in product((0, 1), repeat=d):
            if not any(direction):
                continue
            try:
                line = Activation(f.on_line(point, direction))
                found = shape.smooth(line)
            except TheorycheckError:
                continue
            if found.holds is False:
                path = ", ".join(f"{n} = {_line(p, k)}" for n, p, k in zip(f.names, point, direction, strict=True))
                at = found.reason.replace("s'", "f'").replace("x =", "t =")
                return refuted(f"on the line {path}: {at}", witness=f"{path}; t = {found.witness}")
    return undecided("f is not given by one analytic expression; write it without abs, max and where")


