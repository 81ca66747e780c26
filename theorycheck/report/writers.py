"""One table, three formats: Markdown, CSV, and a LaTeX fragment that needs only booktabs and siunitx."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from theorycheck.report.latex_text import latex_text

if TYPE_CHECKING:
    from sympy import Expr


@dataclass(frozen=True)
class Number:
    """A decimal number; every figure of the text is correct."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula, as plain text and as LaTeX without dollar signs."""

    plain: str
    latex: str


Cell = str | Number | Formula


@dataclass(frozen=True)
class Table:
    """A table ready to be written.

    Args:
        name: the stem of its files.
        title: one line above it.
        header: the heads of the columns.
        rows: cells, as many in a row as there are heads.
        note: what a reader must know: conventions, units.
        columns: how LaTeX sets the columns; by default each is as wide as its cells.
    """

    name: str
    title: str
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    columns: str = ""


def formula(expr: Expr) -> Formula:
    """A SymPy expression as a cell.

    >>> import sympy
    >>> formula(sympy.sqrt(2) / 2)
    Formula(plain='sqrt(2)/2', latex='\\\\frac{\\\\sqrt{2}}{2}')
    """
    import sympy

    # \operatorname comes from amsmath; \mathrm asks for no package
    return Formula(str(expr), sympy.latex(expr, inv_trig_style="full").replace(r"\operatorname{", r"\mathrm{"))


def markdown(table: Table) -> str:
    """The table in Markdown.

    >>> print(markdown(Table("t", "A table", ("name", "value"), (("pi", Number("3.14")),))))
    # A table
    <BLANKLINE>
    | name | value |
    | --- | --- |
    | pi | 3.14 |
    <BLANKLINE>
    """

    def line(cells: tuple[Cell, ...]) -> str:
        return "| " + " | ".join(_markdown_cell(c) for c in cells) + " |"

    parts = [f"# {table.title}", ""]
    if table.note:
        parts += [table.note, ""]
    parts += [line(table.header), "|" + " --- |" * len(table.header), *(line(row) for row in table.rows), ""]
    return "\n".join(parts)


def comma_separated(table: Table) -> str:
    """The table as CSV (RFC 4180 quoting, lines ended by a line feed), header first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (table.header, *table.rows):
        writer.writerow([_plain(c) for c in row])
    return out.getvalue()


def latex(table: Table) -> str:
    """A tabular for a document that loads booktabs and siunitx.

    >>> print(latex(Table("t", "A table", ("name", "value"), (("a_1", Number("1e-3")),))))
    % A table
    \\begin{tabular}{ll}
    \\toprule
    name & value \\\\
    \\midrule
    a\\_1 & \\num{1e-3} \\\\
    \\bottomrule
    \\end{tabular}
    <BLANKLINE>
    """

    def line(cells: tuple[Cell, ...]) -> str:
        return " & ".join(_latex_cell(c) for c in cells) + r" \\"

    return "\n".join(
        [
            f"% {table.title}",
            rf"\begin{{tabular}}{{{table.columns or 'l' * len(table.header)}}}",
            r"\toprule",
            line(table.header),
            r"\midrule",
            *(line(row) for row in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


#: The files of a table, by suffix.
WRITERS: dict[str, Callable[[Table], str]] = {".md": markdown, ".csv": comma_separated, ".tex": latex}


def put(path: Path, text: str) -> Path:
    """Write a file whole or not at all, in UTF-8, lines ended by a line feed; its folder is made.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)
    return path


def _plain(cell: Cell) -> str:
    if isinstance(cell, Number):
        return cell.text
    return cell.plain if isinstance(cell, Formula) else cell


def _markdown_cell(cell: Cell) -> str:
    text = _plain(cell).replace("|", "\\|")
    return f"`{text}`" if isinstance(cell, Formula) and text.isascii() else text


def _latex_cell(cell: Cell) -> str:
    if isinstance(cell, Number):
        return rf"\num{{{cell.text}}}"
    if isinstance(cell, Formula):
        return f"${cell.latex}$"
    return latex_text(cell)
