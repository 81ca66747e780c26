"""The command `theorycheck audit`: the prints of a file, each judged on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theorycheck.arguments import DONE, FAILED, UNDECIDED, Command

if TYPE_CHECKING:
    from theorycheck.audit.rows import Audited

_SIGNS = {True: "✓", False: "✗", None: "?"}


@click.command(cls=Command)
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def audit(file: str, as_json: bool) -> tuple[Any, int]:
    """Judge the printed constants of FILE, a TOML file of tables [[row]].

    A row has name, activation, functional, printed and source. The functionals are mean, second moment, variance, gain, centred gain,
    backward gain, hermite (k), dual (at), rho (sigma), lipschitz, minimum, minimiser, critical K, critical C_W,
    critical C_b, and expectation (of = "E[...]", no activation).
    A decimal is right when the truth rounds to it; the print of a number that does not exist is wrong. The critical point is that with
    K > 0 where there is one, else K = 0. Exit codes: 1 a row is wrong, 3 none is wrong, but one is undecided.
    """
    from pathlib import Path

    from theorycheck.audit.rows import audit as audited

    rows = audited(Path(file))
    verdicts = [row.comparison.right for row in rows]
    code = FAILED if False in verdicts else UNDECIDED if None in verdicts else DONE
    return {"rows": [row.to_json() for row in rows]} if as_json else audit_text(rows), code


def audit_text(rows: list[Audited]) -> str:
    """The judged rows for a terminal, and the count of each verdict."""
    cells = [_cells(row) for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    counts = {sign: sum(row.comparison.right is verdict for row in rows) for verdict, sign in _SIGNS.items()}
    summary = f"{counts['✓']} right, {counts['✗']} wrong" + (f", {counts['?']} undecided" if counts["?"] else "")
    return "\n".join([*lines, "", summary])


def _cells(audited: Audited) -> tuple[str, ...]:
    from theorycheck.audit.rows import certified_text

    found = audited.comparison
    figures = audited.row.printed.figures
    share = f"{found.figures_right} of {figures} figures" if figures and audited.certified is not None else ""
    error = f"error {'below ' if found.may_be_equal else ''}{found.relative_error}" if found.relative_error not in (None, "0") else ""
    return (_SIGNS[found.right], audited.row.name, audited.row.printed.text, certified_text(audited), error, share, found.note)
