"""The errata: what sources print and is not so, each with the rung that refutes it."""

from __future__ import annotations

from theorycheck.claims.bundled import bundled_claims
from theorycheck.claims.claim import Claim
from theorycheck.report.writers import Cell, Table

Row = tuple[Cell, ...]


def errata_table() -> Table:
    """The misprints that the claims of this installation declare, then the statements that are false as they stand."""
    return Table(
        "errata",
        "What sources print and we find otherwise",
        ("claim", "source", "where", "what", "printed", "we find", "evidence"),
        (*misprints(), *refuted()),
        "Misprints first, then statements that are false as they stand, each with what the same rungs accept instead. `theorycheck check` "
        "with the id of a claim runs the evidence again.",
    )


def misprints() -> list[Row]:
    """A row for every misprint that a claim of this installation declares.

    >>> [row[5] for row in misprints() if row[0] == "recovery/rho-table" and row[3] == "quadratic"]
    ['-4 sigma^2']
    """
    rows: list[Row] = []
    for claim in bundled_claims(".misprint("):
        for mutant in claim.mutants:
            if (said := mutant.misprint) is not None:
                evidence = f"refuted by the {mutant.by} rung"
                rows.append((claim.id, _source(claim), said["where"], mutant.name, said["printed"], said["correct"], evidence))
    return rows


def refuted() -> list[Row]:
    """A row for every claim of this installation that is refuted as the source states it, unless its misprints say what is wrong.

    >>> [row[5] for row in refuted() if row[0] == "landscape/one-variable-gadget"]
    ['true for p = t²; p = t⁴; p = t']
    """
    rows: list[Row] = []
    for claim in bundled_claims('finding="refuted"'):
        if not any(m.misprint for m in claim.mutants):
            where = claim.source.slide if claim.source is not None and claim.source.slide else ""
            stated = claim.reading or claim.statement
            found = "true for " + "; ".join(control.name for control in claim.controls)
            evidence = f"refuted by its rungs: {', '.join(claim.rungs)}"
            rows.append((claim.id, _source(claim), where, claim.title, stated, found, evidence))
    return rows


def _source(claim: Claim) -> str:
    if claim.source is None:
        return ""
    return f"deck {claim.source.deck}" + (f", arXiv:{claim.source.arxiv}" if claim.source.arxiv else "")
