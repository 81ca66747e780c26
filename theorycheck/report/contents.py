"""What stands in the tables of the catalogue: properties, ρ, Hermite coefficients and dual activations."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.activation.catalog import ENTRIES
from theorycheck.activation.function import Activation
from theorycheck.decimals import correct_decimal
from theorycheck.errors import InputError
from theorycheck.limits import Budget
from theorycheck.report.writers import Cell, Formula, Number, Table, formula

if TYPE_CHECKING:
    from theorycheck.enclosure import Enclosure
    from theorycheck.verdict import Verdict

SIGMAS = ("0.01", "0.1", "0.5", "1", "2", "10")
HERMITE_TERMS = 9
#: Figures that a table prints, and the digits that it asks for so that rounding is never in doubt: a Hermite coefficient
#: can be as small as 10⁻³² (the constants of SELU make its mean vanish to that order), and digits of ρ are relative.
FIGURES, DIGITS, HERMITE_DIGITS = 6, 20, 45
#: A closed form longer than this stays out of a table.
_LONGEST_FORMULA = 160
#: A table is decided by work, not by the clock, or it would differ from machine to machine.
_SECONDS = 600.0


def properties_table() -> Table:
    """The properties of every activation of the catalogue, each with the grade of its evidence."""
    from theorycheck.properties.recovery import NAMES, properties

    columns = [name for name in NAMES if name != "villani"]  # Villani's conditions concern a loss, not an activation
    rows: list[tuple[Cell, ...]] = []
    for entry in ENTRIES:
        found = properties(Activation(entry.name), Budget(_SECONDS))
        rows.append((entry.name, *(_verdict(name, found[name]) for name in columns)))
    return Table(
        "properties",
        "Properties of activation functions",
        ("activation", *(name.replace("_", " ") for name in columns)),
        tuple(rows),
        "P1: 0 ≤ s' ≤ L|z|^p for one p ≥ 0. P2: ρ(σ) > 0 for every σ > 0. P3a: s' is Lipschitz. P3b: continuous and piecewise linear. "
        "Grades: proved (exact argument), certified (ball arithmetic). A number is the value that goes with the property.",
    )


def rho_table() -> Table:
    """ρ(σ) of every continuous activation of the catalogue at `SIGMAS`, with the closed form at σ = 1."""
    from theorycheck.gaussian.moments import rho_terms

    rows: list[tuple[Cell, ...]] = []
    for entry in ENTRIES:
        f = Activation(entry.name)
        if f.jumps:
            continue
        values = [rho_terms(f, Fraction(sigma), DIGITS, Budget(_SECONDS)) for sigma in SIGMAS]
        cells: list[Cell] = [_number(v.value) if v.decided else "undecided" for v in values]
        rows.append((entry.name, *cells, _closed(values[SIGMAS.index("1")].value)))
    heads = [Formula(f"ρ({sigma})", rf"\rho({sigma})") for sigma in SIGMAS]
    return Table(
        "rho",
        "The three-term minimum rho(sigma) of Zhong et al. (2017)",
        ("activation", *heads, Formula("ρ(1), exactly", r"\rho(1)\ \mathrm{exactly}")),
        tuple(rows),
        "ρ(σ) = min{E[g²] − a₀² − a₁², E[z²g²] − a₁² − a₂², a₀a₂ − a₁²} with g = s'(σz), aⱼ = E[g zʲ], z ~ N(0, 1). "
        "Functions with a jump are left out. Every printed digit is correct.",
    )


def hermite_table() -> Table:
    """The first Hermite coefficients of every activation of the catalogue."""
    from theorycheck.gaussian.hermite import hermite_coefficients

    rows: list[tuple[Cell, ...]] = []
    for entry in ENTRIES:
        coefficients = hermite_coefficients(Activation(entry.name), HERMITE_TERMS, digits=HERMITE_DIGITS)
        rows.append((entry.name, *(_number(c) for c in coefficients)))
    return Table(
        "hermite",
        "Hermite coefficients of activation functions",
        ("activation", *(Formula(f"c{k}", f"c_{{{k}}}") for k in range(HERMITE_TERMS))),
        tuple(rows),
        "c_k = E[s(z) He_k(z)]/√(k!), z ~ N(0, 1), He_k the probabilists' Hermite polynomials. A bare 0 is proved. "
        "Every printed digit is correct.",
    )


def duals_table() -> Table:
    """Closed forms of E[s(u)s(v)] and E[s'(u)s'(v)] in the correlation r, unit variances."""
    from theorycheck.gaussian.dual import dual_closed_form

    rows: list[tuple[Cell, ...]] = []
    for entry in ENTRIES:
        f = Activation(entry.name)
        closed: list[Cell] = []
        for derivative in (False, True):
            try:
                expr = dual_closed_form(f, (1, 1), derivative)
            except InputError:  # the derivative of a function with a jump is not a function
                expr = None
            closed.append("" if expr is None or len(str(expr)) > _LONGEST_FORMULA else formula(expr))
        if any(closed):
            rows.append((entry.name, *closed))
    return Table(
        "duals",
        "Dual activations in closed form",
        ("activation", Formula("E[s(u)s(v)]", r"\mathrm{E}[s(u)s(v)]"), Formula("E[s'(u)s'(v)]", r"\mathrm{E}[s'(u)s'(v)]")),
        tuple(rows),
        "u, v ~ N(0, 1) with correlation r. An empty cell: no closed form is known here, or it is too long for a table.",
    )


def _verdict(name: str, verdict: Verdict) -> Cell:
    if verdict.holds is None:
        return "undecided"
    word = "holds" if verdict.holds else "fails"
    shown = _value(verdict.value) if verdict.holds or name == "parity" else ""
    return f"{word}, {verdict.grade}" + (f": {shown}" if shown else "")


def _value(value: object) -> str:
    """A value that goes with a property: of P1 only the exponent, because its bound L₁ must not be rounded."""
    if isinstance(value, dict):
        return f"p = {value['p']}"
    if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d{11,}", value):
        return f"{Decimal(value).normalize(Context(prec=10))}"
    return "" if value is None else str(value)


def _number(number: Enclosure) -> Cell:
    text = correct_decimal(number, FIGURES)
    if "±" in text:
        bound = text.partition(" ± ")[2]
        return Formula(text, rf"0 \pm \num{{{bound}}}")
    return Number(text)


def _closed(number: Enclosure) -> Cell:
    exact = number.exact
    return "" if exact is None or len(str(exact)) > _LONGEST_FORMULA else formula(exact)
