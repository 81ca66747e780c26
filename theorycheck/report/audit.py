"""The table of printed constants: what code and papers print, and what is certified."""

from __future__ import annotations

from theorycheck.audit.rows import Audited, audit, certified_text
from theorycheck.places import audit_file
from theorycheck.report.writers import Cell, Number, Table


def audit_table() -> Table:
    """Every print of `tables/audit.toml`, judged."""
    return Table(
        "audit",
        "Printed constants, audited",
        ("print", "functional", "printed", "certified", "relative error", "figures right", "verdict", "source"),
        tuple(_cells(row) for row in audit(audit_file())),
        "A decimal is right when the truth rounds to it; a formula, or a number without a point, when it is the truth. "
        "gain: 1/√E[s(z)²]; centred gain: 1/√Var s(z); z ~ N(0, 1). "
        "PyTorch recommends its gains without a definition; they are compared with 1/√E[s(z)²], which they are for ReLU. "
        "Those of NFNets are not exact: celu and elu are one function here, and two numbers are printed for it. "
        "Every certified figure is correct.",
    )


def _cells(row: Audited) -> tuple[Cell, ...]:
    found, printed = row.comparison, row.row.printed
    verdict = {True: "right", False: "wrong", None: "undecided"}[found.right]
    decimal = printed.unit > 0
    return (
        row.row.name,
        row.row.label,
        Number(printed.text) if decimal else printed.text,
        certified_text(row),
        found.relative_error or "",
        f"{found.figures_right} of {printed.figures}" if printed.figures else "",
        f"{verdict}: {found.note}" if found.note else verdict,
        row.row.source,
    )
