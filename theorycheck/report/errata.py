"""The errata: what sources print, beside what is right. Either a claim's rung refutes the print, or our engine computes the number."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.claims.bundled import bundled_claims
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
    """The errata as a table: the misprints of the claims of this installation, then the rows of `proofs/errata.toml`."""
    rows = misprints()
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
        "A row with the id of a claim is a misprint that `theorycheck check` refutes. The other rows are computed when the table is made; "
        "every printed digit of “we get” is correct.",
    )


def misprints() -> list[tuple[Cell, ...]]:
    """A row of the table for every misprint that a claim of this installation declares.

    >>> [row[6] for row in misprints() if row[0] == "recovery/rho-table" and row[3] == "quadratic"]
    ['-4 sigma^2']
    """
    rows: list[tuple[Cell, ...]] = []
    for claim in bundled_claims(".misprint("):
        for mutant in claim.mutants:
            if (said := mutant.misprint) is not None:
                source, remark = str(claim.source or ""), f"refuted by the {mutant.by} rung"
                rows.append((claim.id, source, said["where"], mutant.name, said["printed"], "", said["correct"], "", remark))
    return rows


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
