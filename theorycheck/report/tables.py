"""The tables: regenerated from the engine, and compared byte for byte with what is there."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from theorycheck.errors import InputError
from theorycheck.report.writers import WRITERS, Table

_PACKAGES = ("theorycheck", "sympy", "mpmath", "numpy", "scipy", "python-flint")


def _properties() -> Table:
    from theorycheck.report.contents import properties_table

    return properties_table()


def _rho() -> Table:
    from theorycheck.report.contents import rho_table

    return rho_table()


def _hermite() -> Table:
    from theorycheck.report.contents import hermite_table

    return hermite_table()


def _duals() -> Table:
    from theorycheck.report.contents import duals_table

    return duals_table()


def _claims() -> Table:
    from theorycheck.report.claims import claims_table

    return claims_table()


def _errata() -> Table:
    from theorycheck.report.errata import errata_table

    return errata_table()


#: Every table by name; a maker loads the engine only when it is called.
TABLES: dict[str, Callable[[], Table]] = {
    "properties": _properties,
    "rho": _rho,
    "hermite": _hermite,
    "duals": _duals,
    "claims": _claims,
    "errata": _errata,
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
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    seconds: dict[str, float] = {}
    for name in wanted:
        started = time.monotonic()
        for path, text in _files(name, folder).items():
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
        seconds[name] = round(time.monotonic() - started, 2)
    _write_manifest(folder / "manifest.json", seconds)
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
            close = get_close_matches(name, TABLES, n=1)
            hint = f"did you mean {close[0]}?" if close else f"the tables are {', '.join(TABLES)}"
            raise InputError(f"there is no table {name!r}; {hint}")
    return list(dict.fromkeys(names)) or list(TABLES)


def _files(name: str, folder: Path) -> dict[Path, str]:
    table = TABLES[name]()
    return {folder / f"{name}{suffix}": write(table) for suffix, write in WRITERS.items()}


def _write_manifest(path: Path, seconds: dict[str, float]) -> None:
    """Versions and times, kept apart from the tables because they differ between machines; they are not compared."""
    old: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    manifest = {
        "python": platform.python_version(),
        "versions": {package: _version(package) for package in _PACKAGES},
        "seconds": {**old.get("seconds", {}), **seconds},
    }
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return None
