"""The regenerated tables: made anew from the engine, and compared byte for byte with what is there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from theorycheck.errors import InputError
from theorycheck.report.decks import full_tables
from theorycheck.report.manifest import note_regenerated
from theorycheck.report.writers import WRITERS, Table, put

#: Every table, and the module of this room whose function `<name>_table` makes it: the engine is loaded when a table is made.
TABLES = {
    "properties": "contents",
    "rho": "contents",
    "hermite": "contents",
    "duals": "contents",
    "claims": "claims",
    "errata": "errata",
    "power": "power",
    "audit": "audit",
}


def regenerate(names: Sequence[str], folder: Path) -> list[Path]:
    """Write tables and the manifest.

    Args:
        names: names of `TABLES`; none means all.
        folder: where to write; made if it is not there.

    Returns:
        The files of the tables, in the order in which they were written.

    Raises:
        InputError: an unknown name.
    """
    wanted = _wanted(names)
    written: list[Path] = []
    seconds: dict[str, float] = {}
    for name in wanted:
        started = time.monotonic()
        for path, text in _files(name, folder).items():
            written.append(put(path, text))
        seconds[name] = round(time.monotonic() - started, 2)
    note_regenerated(folder, seconds)
    return written


def stale(names: Sequence[str], folder: Path) -> list[Path]:
    """The files that are missing or differ by a byte from what the engine says now. Writes nothing.

    Args:
        names: names of `TABLES`; none means all.
        folder: the folder of the tables.

    Raises:
        InputError: an unknown name.
    """
    return [
        path
        for name in _wanted(names)
        for path, text in _files(name, folder).items()
        if not path.is_file() or path.read_bytes() != text.encode("utf-8")
    ]


def _wanted(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in TABLES:
            known = [*TABLES, *full_tables()]
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"the tables are {', '.join(known)}"
            raise InputError(f"there is no table {name!r}; {hint}")
    return list(dict.fromkeys(names)) or list(TABLES)


def _files(name: str, folder: Path) -> dict[Path, str]:
    table: Table = getattr(import_module(f"theorycheck.report.{TABLES[name]}"), f"{name}_table")()
    return {folder / f"{name}{suffix}": write(table) for suffix, write in WRITERS.items()}
