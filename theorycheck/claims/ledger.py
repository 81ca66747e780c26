"""The ledgers: every claim of every deck, also those that have no file yet."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theorycheck.errors import TheorycheckError
from theorycheck.places import proofs_folder

_FINDINGS = ("holds", "refuted", "open")
_RUNGS = {"D": "derive", "C": "certify", "S": "simulate"}


@dataclass(frozen=True)
class LedgerRow:
    """One row of a deck's ledger.

    Args:
        id: the deck, a slash, and a name of its own.
        title: one line that says what the claim is about.
        finding: "holds", "refuted" or "open"; a row without a file is open, and one with a file may be.
        rungs: the rungs that the claim climbs, or can climb: of "derive", "certify", "simulate".
        origin: "source", or "theorycheck" where we know a sharper result than the source.
        reason: why the claim is open, None for a claim that is decided.
        expected: for a row without a file, what the mathematics says we shall find, if it says anything.
    """

    id: str
    title: str
    finding: str
    rungs: tuple[str, ...] = ()
    origin: str = "source"
    reason: str | None = None
    expected: str | None = None

    def to_json(self) -> dict[str, str]:
        """The row as `theorycheck list claims` shows it."""
        return {"id": self.id, "title": self.title, "finding": self.finding, "origin": self.origin}


def ledger(folder: Path | None = None) -> tuple[LedgerRow, ...]:
    """Every row of every `<deck>/ledger.toml`, decks in alphabetical order.

    Args:
        folder: a folder of decks; by default the one that this installation carries.

    Raises:
        TheorycheckError: a ledger cannot be read, or a row is wrong; the message names the file and the row.

    >>> [row.finding for row in ledger() if row.id == "recovery/rho-table"]
    ['refuted']
    """
    rows: dict[str, LedgerRow] = {}
    for path in sorted((folder or proofs_folder()).glob("*/ledger.toml")):
        try:
            claims = tomllib.loads(path.read_text(encoding="utf-8")).get("claim", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise TheorycheckError(f"{path}: not a ledger ({error}); write [[claim]] tables with id, title and finding") from None
        for claim in claims:
            row = _row(path, claim)
            if row.id in rows:
                raise TheorycheckError(f"{path}: {row.id} is listed twice; give each claim one row")
            rows[row.id] = row
    return tuple(rows.values())


def not_recorded(folder: Path | None = None) -> dict[str, str]:
    """The decks whose ledger says that they were not run at full scale yet (`full_scale = "why"` above its rows), with the reason.

    Args:
        folder: a folder of decks; by default the one that this installation carries.

    Raises:
        TheorycheckError: a ledger cannot be read.

    >>> "landscape" in not_recorded()
    False
    """
    ledger(folder)  # names a ledger that cannot be read
    paths = sorted((folder or proofs_folder()).glob("*/ledger.toml"))
    said = {path.parent.name: tomllib.loads(path.read_text(encoding="utf-8")).get("full_scale") for path in paths}
    return {deck: str(why) for deck, why in said.items() if why is not None}


def _row(path: Path, claim: dict[str, Any]) -> LedgerRow:
    missing = {"id", "title", "finding"} - set(claim)
    unknown = set(claim) - {"id", "title", "finding", "rungs", "origin", "reason", "expected"}
    name = claim.get("id", "a row without id")
    if missing or unknown:
        wrong = f"lacks {', '.join(sorted(missing))}" if missing else f"has the unknown key {sorted(unknown)[0]!r}"
        raise TheorycheckError(f"{path}: {name} {wrong}; each [[claim]] needs id, title and finding")
    letters = claim.get("rungs", "").split()
    if claim["finding"] not in _FINDINGS or claim.get("expected", "holds") not in _FINDINGS:
        raise TheorycheckError(f"{path}: the finding of {name} is none of {', '.join(_FINDINGS)}")
    if not set(letters) <= set(_RUNGS):
        raise TheorycheckError(f"{path}: the rungs {claim['rungs']!r} of {name} are not letters of D, C, S")
    if not name.startswith(f"{path.parent.name}/"):
        raise TheorycheckError(f"{path}: the id {name} does not begin with {path.parent.name}/")
    if "reason" in claim and claim["finding"] != "open":
        raise TheorycheckError(f"{path}: {name} has a reason to be open, but its finding is {claim['finding']!r}; write open")
    if "reason" not in claim and claim["finding"] == "open":
        raise TheorycheckError(f"{path}: {name} is open without a reason; write reason = \"what would decide it\"")
    words = {key: value for key, value in claim.items() if key != "rungs"}
    return LedgerRow(**words, rungs=tuple(_RUNGS[letter] for letter in letters))
