"""The command `theorycheck tables`: write the tables, or check those that are there. Light, as `cli` is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from theorycheck.arguments import DONE, FAILED, Answer

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME ...]")
@click.option("--check", is_flag=True, help="Compare with the files that are there; write nothing.")
@click.option("--out", default="tables", show_default=True, metavar="DIR", help="The folder of the tables.")
def tables(names: tuple[str, ...], check: bool, out: str) -> Answer:
    """Regenerate the tables, or check that they are still true.

    Without NAME this is every table but those at full scale. A table such as landscape-full is recorded: naming it runs the simulate
    rungs of the deck at full scale, as far as its rows are missing or stale, which can take hours; naming a claim, such as
    landscape/key-lemma, runs that one anew. With --check nothing is run at full scale.
    """
    from pathlib import Path

    from theorycheck.report.decks import full_tables

    folder = Path(out)
    recorded = [name for name in names if name in full_tables() or "/" in name]
    others = [name for name in names if name not in recorded]
    if check:
        wrong = _stale(others, folder) if others or not names else []
        wrong += _faults(recorded, folder) if recorded or not names else []
        for line in wrong:
            _tell(f"theorycheck: stale: {line}")
        return "", FAILED if wrong else DONE
    from theorycheck.report.recorded import record
    from theorycheck.report.tables import regenerate

    written = regenerate(others, folder) if others or not names else []
    done = record(recorded, folder, state=Path(".theorycheck", "tables"), progress=_tell if sys.stderr.isatty() else None)
    for complaint in done.complaints:
        _tell(f"theorycheck: {complaint}")
    return "\n".join(str(path) for path in [*written, *done.written]), done.code


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _stale(names: list[str], folder: Path) -> list[str]:
    from theorycheck.report.tables import stale

    return [f"{path}; run: theorycheck tables" for path in stale(names, folder)]


def _faults(names: list[str], folder: Path) -> list[str]:
    from theorycheck.report.recorded_check import faults

    return faults(names, folder)
