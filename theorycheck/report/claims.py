"""The table of claims: every row of the ledgers, with what was found and what is still open."""

from __future__ import annotations

from theorycheck.claims.ledger import LedgerRow, ledger
from theorycheck.report.writers import Cell, Table


def claims_table() -> Table:
    """Every claim of every deck."""
    rows: list[tuple[Cell, ...]] = [(row.id, row.title, row.finding, ", ".join(row.rungs), row.origin, _state(row)) for row in ledger()]
    return Table(
        "claims",
        "The claims of the decks",
        ("id", "claim", "finding", "rungs", "origin", "state"),
        tuple(rows),
        "Finding: what we found, not what the source says; a refuted claim is false as it is printed. Rungs: derive (symbolic), certify "
        "(ball arithmetic, high precision), simulate (sampling). Origin theorycheck: sharper than the source, or new. "
        "`theorycheck check` runs every claim that is built.",
    )


def _state(row: LedgerRow) -> str:
    if row.reason is None:
        return "built"
    return f"open: {row.reason}" + (f"; expected: {row.expected}" if row.expected else "")
