"""The errata: what a source prints, beside the number that our engine computes. Nothing that we get is typed in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.decimals import correct_decimal
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError
from theorycheck.places import proofs_folder
from theorycheck.report.writers import Cell, Number, Table, formula

if TYPE_CHECKING:
    import sympy

FIGURES, DIGITS = 6, 20


@dataclass(frozen=True)
class Erratum:
    """One misprint or slip.

    Args:
        id: deck and a name of its own.
        source: the document, in words.
        where: the place in it.
        about: which number it is.
        shown: what the source writes.
        printed: the number that this stands for, exactly.
        found: the number that we get.
        remark: what went wrong, in a few words.
    """

    id: str
    source: str
    where: str
    about: str
    shown: str
    printed: sympy.Expr
    found: Enclosure
    remark: str


def errata() -> list[Erratum]:
    """Every erratum of `proofs/errata.toml`, with the number that we get computed now.

    Raises:
        InputError: a row asks for a quantity that is not known, or lacks a key.
    """
    document = tomllib.loads((proofs_folder() / "errata.toml").read_text(encoding="utf-8"))
    return [_erratum(row, document["sources"]) for row in document["erratum"]]


def errata_table() -> Table:
    """The errata as a table."""
    rows: list[tuple[Cell, ...]] = []
    for e in errata():
        printed = Enclosure(enclose(e.printed, bits_for(DIGITS)), exact=e.printed)
        exact = "" if e.found.exact is None else formula(e.found.exact)
        numbers = (Number(correct_decimal(printed, FIGURES)), Number(correct_decimal(e.found, FIGURES)))
        rows.append((e.id, e.source, e.where, e.about, e.shown, *numbers, exact, e.remark))
    return Table(
        "errata",
        "Numbers that sources print and that we get otherwise",
        ("id", "source", "where", "number", "printed", "its value", "we get", "exactly", "remark"),
        tuple(rows),
        "The column “we get” is computed when the table is made. Every printed digit of it is correct.",
    )


def _erratum(row: dict[str, Any], sources: dict[str, str]) -> Erratum:
    try:
        words = {key: row[key] for key in ("id", "where", "about", "shown", "remark")}
        printed = Activation(row["printed"]).pieces[0].expr
        return Erratum(source=sources[row["source"]], printed=printed, found=_computed(row), **words)
    except KeyError as error:
        raise InputError(f"errata.toml: the row {row.get('id', row)} lacks {error}") from None


def _computed(row: dict[str, Any]) -> Enclosure:
    f = Activation(row["activation"])
    if row["quantity"] == "rho":
        from theorycheck.gaussian.moments import rho_terms

        return rho_terms(f, Fraction(row["sigma"]), DIGITS).value
    if row["quantity"] == "hermite":
        from theorycheck.gaussian.hermite import hermite_coefficients

        return hermite_coefficients(f, row["degree"] + 1, digits=DIGITS)[-1]
    raise InputError(f"errata.toml: {row['id']} asks for {row['quantity']!r}; write rho or hermite")
