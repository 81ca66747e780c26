"""The command `theorycheck villani`: the four conditions for a function on R^d, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theorycheck.arguments import Command

if TYPE_CHECKING:
    from theorycheck.properties.villani import VillaniVerdict
    from theorycheck.verdict import Verdict

_SIGNS = {True: "✓ holds", False: "✗ fails", None: "? undecided"}


@click.command(cls=Command)
@click.argument("expression")
@click.option("--variables", required=True, metavar="NAMES", help="The variables, separated by commas: x,y.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def villani(expression: str, variables: str, as_json: bool) -> tuple[Any, int]:
    """Decide whether EXPRESSION is a Villani function, for every s > 0.

    The four conditions: smooth; tends to infinity; exp(-2f/s) is integrable; |grad f|^2/s - Laplacian f tends to infinity.
    """
    from theorycheck.properties.villani import villani_conditions

    found = villani_conditions(expression, variables)
    return found.to_json() if as_json else villani_text(found), 0


def villani_text(found: VillaniVerdict) -> str:
    """The conditions for a terminal: verdict, grade, reason.

    >>> from theorycheck.properties.villani import villani_conditions
    >>> print(villani_text(villani_conditions("x^2 + y^2", "x,y")).splitlines()[0])
    f(x, y) = x^2 + y^2
    """
    from theorycheck.properties.villani import CONDITIONS

    lines = [f"f({', '.join(found.function.names)}) = {found.function.text.strip()}", ""]
    for number, (name, v) in enumerate(zip(CONDITIONS, found.conditions, strict=True), 1):
        lines += _lines(f"{number}  {name}", v)
    return "\n".join([*lines, "", *_lines("a Villani function", found.verdict)])


def _lines(label: str, v: Verdict) -> list[str]:
    shown = [f"{label:<40} {_SIGNS[v.holds]:<12} {v.grade or '–':<10} {v.reason}"]
    return shown + ([f"{'':<40} witness: {v.witness}"] if v.holds is False and v.witness else [])
