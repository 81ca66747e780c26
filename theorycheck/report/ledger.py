"""The claims of the decks, as their ledgers list them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from theorycheck.errors import TheorycheckError
from theorycheck.places import proofs_folder

_KEYS = ("id", "title", "finding", "origin")


def ledger_rows(folder: Path | None = None) -> list[dict[str, str]]:
    """Every row of every `<deck>/ledger.toml`, decks in alphabetical order.

    Args:
        folder: a folder of decks; by default the one that this installation carries.

    Returns:
        Documents {"id", "title", "finding", "origin"}; origin is the deck unless the ledger says otherwise.

    Raises:
        TheorycheckError: a ledger cannot be read; the message names the file.
    """
    rows = []
    for path in sorted((folder or proofs_folder()).glob("*/ledger.toml")):
        try:
            claims = tomllib.loads(path.read_text(encoding="utf-8")).get("claim", [])
            rows += [{key: str({"origin": path.parent.name, **claim}[key]) for key in _KEYS} for claim in claims]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise TheorycheckError(f"{path}: not a ledger ({error}); each [[claim]] needs id, title and finding") from None
    return rows
