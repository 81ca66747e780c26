"""The command `theorycheck list`: what has a name. Light, as `cli` is."""

from __future__ import annotations

from typing import Any

import click

from theorycheck.arguments import DONE, Answer


@click.command("list")
@click.argument("what", type=click.Choice(["activations", "claims", "tables"]))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def list_(what: str, as_json: bool) -> Answer:
    """What theorycheck knows by name."""
    if what == "activations":
        return _activations_json() if as_json else _activations_text(), DONE
    if what == "claims":
        from theorycheck.claims.ledger import ledger

        rows = ledger()
        return {"claims": [r.to_json() for r in rows]} if as_json else "\n".join(f"{r.id:<42} {r.finding:<8} {r.title}" for r in rows), DONE
    from theorycheck.report.decks import full_tables
    from theorycheck.report.tables import TABLES

    names = [*TABLES, *full_tables()]
    return {"tables": names} if as_json else "\n".join(names), DONE


def _activations_json() -> dict[str, Any]:
    from theorycheck.activation.catalog import ENTRIES
    from theorycheck.activation.function import Activation

    return {"activations": [Activation(entry.name).to_json() for entry in ENTRIES]}


def _activations_text() -> str:
    from theorycheck.activation.catalog import ENTRIES

    rows = []
    for entry in ENTRIES:
        given = "".join(f", {name} = {value}" for name, value in entry.parameters.items())
        also = f"   also {', '.join(entry.aliases)}" if entry.aliases else ""
        rows.append(f"{entry.name:<16} {entry.text}{given}{also}   [{entry.source}]")
    return "\n".join(rows)
