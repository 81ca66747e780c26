"""The decks as far as full-scale tables are concerned: which claims have a simulate rung, and the digests of their code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from theorycheck.claims.digest import code_digest
from theorycheck.claims.discovery import ClaimFile, discover
from theorycheck.claims.ledger import ledger, not_recorded
from theorycheck.errors import InputError, TheorycheckError
from theorycheck.places import proofs_folder

SUFFIX = "-full"
#: The most characters of one size in a table.
_ROOM = 60


@dataclass(frozen=True)
class Sampled:
    """A claim with a simulate rung.

    Args:
        claim: the claim.
        digest: of the code of its file.
    """

    claim: ClaimFile
    digest: str

    @property
    def sizes(self) -> str:
        """The sizes of the full scale, as name=value; of a long value only how it begins."""
        return ", ".join(f"{name}={value}" if len(value) <= _ROOM else f"{name}={value[:_ROOM]}…" for name, value in self.claim.sizes)


def full_tables(proofs: Path | None = None) -> list[str]:
    """The names of the full-scale tables, one for each deck of which every claim has its file, unless its ledger says why there is none.

    Args:
        proofs: a folder of decks; by default the one that this installation carries.

    >>> {'landscape-full', 'recovery-full'} <= set(full_tables())
    True
    """
    rows, folder = ledger(proofs), proofs or proofs_folder()
    unbuilt = [row.id for row in rows if row.finding == "open" and not (folder / f"{row.id.replace('-', '_')}.py").exists()]
    unfinished = {id.partition("/")[0] for id in unbuilt} | set(not_recorded(proofs))
    decks = dict.fromkeys(row.id.partition("/")[0] for row in rows)
    return [f"{deck}{SUFFIX}" for deck in decks if deck not in unfinished]


def sampled_claims(deck: str, proofs: Path | None = None) -> dict[str, Sampled]:
    """The claims of a deck that have a simulate rung, by id, in the order of their files.

    Raises:
        TheorycheckError: a file of the deck cannot be run.
    """
    folder = (proofs or proofs_folder()) / deck
    sampling = [file for file in sorted(folder.rglob("*.py")) if b"simulate" in file.read_bytes() and b"Claim(" in file.read_bytes()]
    found = discover(sampling, jobs=2)
    if found.problems:
        raise TheorycheckError(str(found.problems[0]))
    claims = [claim for claim in found.claims.values() if "simulate" in claim.rungs]
    return {claim.id: Sampled(claim, code_digest(claim.file)) for claim in claims}


def decks_asked_for(names: Sequence[str], proofs: Path | None = None) -> dict[str, set[str]]:
    """The decks that some names mean, and for each the claims that are asked for by their id.

    Args:
        names: full-scale tables, such as landscape-full, and claims, such as landscape/key-lemma.
        proofs: a folder of decks; by default the one that this installation carries.

    Raises:
        InputError: there is no such table, or no such claim with a simulate rung; the nearest name is suggested.

    >>> decks_asked_for(["landscape-full", "recovery-full"])
    {'landscape': set(), 'recovery': set()}
    """
    tables = full_tables(proofs)
    asked: dict[str, set[str]] = {}
    for name in names:
        deck, slash, _ = name.partition("/")
        table = f"{deck}{SUFFIX}" if slash else name
        if table not in tables:
            raise InputError(f"there is no full-scale table {table!r}; {_hint(table, tables)}")
        wanted = asked.setdefault(table.removesuffix(SUFFIX), set())
        if slash:
            known = sampled_claims(deck, proofs)
            if name not in known:
                raise InputError(f"there is no claim {name!r} with a simulate rung; {_hint(name, list(known))}")
            wanted.add(name)
    return asked


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"write one of {', '.join(known) or 'none: there is none yet'}"
