"""The four conditions of Villani for a function on R^d, decided for every s > 0.

f is a Villani function when (1) f ∈ C^∞, (2) f → ∞, (3) exp(−2f/s) is integrable for every s > 0, and
(4) ‖∇f‖²/s − Δf → ∞ for every s > 0. Source: Villani, Hypocoercivity (2009); Shi, Su & Jordan, arXiv:2004.06977.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Rational, Symbol

from theorycheck.activation.function import Activation
from theorycheck.activation.functions import canonical, x
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.properties import shape
from theorycheck.properties.asymptotic_degree import summands
from theorycheck.properties.definite_form import leading_form, positive_away_from_zero
from theorycheck.properties.several_variables import SeveralVariables, read_function
from theorycheck.properties.villani_growth import conditions_by_growth
from theorycheck.properties.villani_line import on_half_line
from theorycheck.properties.villani_polynomial import Three, polynomial_conditions, rational_polynomial
from theorycheck.verdict import Verdict, conjunction, proved, refuted, undecided

#: The conditions, as a page shows them.
CONDITIONS = ("f is infinitely differentiable", "f → ∞", "exp(−2f/s) is integrable, every s > 0", "‖∇f‖²/s − Δf → ∞, every s > 0")


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
    terms = rational_polynomial(expr, own)
    try:
        if terms is not None and (len(own) > 1 or positive_away_from_zero(leading_form(terms, (1,)), 1).holds):
            found = polynomial_conditions(terms, own)
        elif len(own) == 1:
            found = _one_variable(expr, own[0])
        else:
            found = conditions_by_growth(expr, own)
    except Undecided as error:
        found = undecided(str(error)), undecided(str(error)), undecided(str(error))
    return _beside(found[0], beside), _beside(found[1], beside), _beside(found[2], beside)


def _beside(v: Verdict, beside: str) -> Verdict:
    return replace(v, witness=v.witness + beside) if v.holds is False and v.witness else v


def _one_variable(expr: Expr, symbol: Symbol) -> Three:
    return _ends(canonical(expr.subs(symbol, x)), canonical(expr.subs(symbol, x)), symbol.name)


def _ends(left: Expr, right: Expr, name: str) -> Three:
    both = [on_half_line(right, 1, name), on_half_line(left, -1, name)]
    second, third, fourth = (conjunction(column) for column in zip(*both, strict=True))
    return second, third, fourth


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
