"""The manifest: versions and times, kept apart from the tables because they differ between machines. It is never compared."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from theorycheck.report.writers import put

_PACKAGES = ("theorycheck", "sympy", "mpmath", "numpy", "scipy", "python-flint")


def versions() -> dict[str, str | None]:
    """The versions of the packages that numbers depend on; None for one that is not installed."""
    return {package: _version(package) for package in _PACKAGES}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a folder of tables; empty when there is none, or when it cannot be read: nothing depends on it."""
    try:
        document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def note_regenerated(folder: Path, seconds: Mapping[str, float]) -> None:
    """Note which versions made the regenerated tables, and how long each took.

    Args:
        folder: the folder of the tables.
        seconds: by name.
    """
    old = read_manifest(folder)
    now = {"python": platform.python_version(), "versions": versions(), "seconds": {**old.get("seconds", {}), **seconds}}
    _write(folder, {**old, **now})


def note_recorded(folder: Path, claim: str, seconds: float) -> None:
    """Note which versions recorded a claim at full scale, and how long it took.

    Args:
        folder: the folder of the tables.
        claim: its id.
        seconds: of the simulate rung.
    """
    old = read_manifest(folder)
    row = {"seconds": round(seconds, 1), "python": platform.python_version(), "numpy": _version("numpy")}
    recorded = {**old.get("recorded", {}), claim: row}
    _write(folder, {**old, "recorded": dict(sorted(recorded.items()))})


def recorded_seconds(folder: Path, claim: str) -> float:
    """How long a claim took when it was recorded; infinity when that is not known."""
    return float(read_manifest(folder).get("recorded", {}).get(claim, {}).get("seconds", "inf"))


def _write(folder: Path, manifest: Mapping[str, Any]) -> None:
    put(folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return None
