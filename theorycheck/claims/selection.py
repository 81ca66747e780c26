"""Which files the arguments of `theorycheck check` mean: paths, decks and claim ids. Nothing is run to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from theorycheck.claims.ledger import LedgerRow, ledger
from theorycheck.claims.scan import Declared, claim_files, scan
from theorycheck.errors import InputError
from theorycheck.places import proofs_folder


@dataclass
class Selection:
    """What is to be checked.

    Args:
        files: for each file what it declares by its text, and the ids wanted from it (None: all).
        rows: rows of the ledgers that have no file.
    """

    files: dict[Path, tuple[Declared, frozenset[str] | None]]
    rows: list[LedgerRow]

    def add(self, declared: Declared, ids: frozenset[str] | None = None) -> None:
        """Want these claims of a file too; by default all of them."""
        before = self.files.get(declared.file, (declared, frozenset()))[1]
        self.files[declared.file] = (declared, None if ids is None or before is None else before | ids)

    def wants(self, file: Path, id: str) -> bool:
        """Whether a claim of a file is to be checked."""
        ids = self.files[file][1]
        return ids is None or id in ids


def select(what: Sequence[str]) -> Selection:
    """What the arguments of `check` mean.

    Args:
        what: paths, decks and claim ids; an existing path is a path. Nothing means every deck of this installation.

    Raises:
        InputError: nothing is called so; the nearest name is suggested.

    >>> [file.name for file in select(["recovery/rho-table"]).files]
    ['rho_table.py']
    """
    bundled = [scan(file) for file in claim_files(proofs_folder())]
    ids = {id: d for d in bundled for id in (*(claim for claim, _ in d.claims), *d.lemmas)}
    absent = {row.id: row for row in ledger() if row.id not in ids}
    decks = {id.partition("/")[0] for id in (*ids, *absent)}
    selection = Selection({}, [])
    if not what:
        return Selection({d.file: (d, None) for d in bundled}, list(absent.values()))
    for name in what:
        wanted = name.strip().strip("/")
        if not wanted:
            raise InputError(f"{name!r} names no claim; write a claim such as landscape/key-lemma, a deck or a path")
        if Path(name).exists():
            _add_path(selection, Path(name))
            continue
        beside = {id: d for d in _beside(name) for id, _ in d.claims}
        if wanted in decks:
            # by the folder as well as by the ids: a broken file belongs to the deck although its ids are unknown
            for declared in (d for d in bundled if d.deck == wanted or any(ids[id] is d for id in ids if id.startswith(f"{wanted}/"))):
                selection.add(declared)
            selection.rows += [row for id, row in absent.items() if id.startswith(f"{wanted}/")]
        elif wanted in ids or wanted in beside:
            selection.add(ids.get(wanted) or beside[wanted], frozenset({wanted}))
        elif wanted in absent:
            selection.rows.append(absent[wanted])
        else:
            raise InputError(_unknown(name, [*ids, *absent, *decks]))
    selection.rows = list(dict.fromkeys(selection.rows))
    return selection


def _add_path(selection: Selection, path: Path) -> None:
    files = list(claim_files(path))
    if not files:
        raise InputError(f"no file in {path} declares a claim; write one with claim = Claim(...), or give another path")
    for file in files:
        selection.add(scan(file))


def _beside(name: str) -> list[Declared]:
    """The user's files that an id such as mine/gadget may mean: those in the folder ./mine."""
    folder = Path(name).parent
    if "/" not in name or not folder.is_dir():
        return []
    return [scan(file.resolve()) for file in sorted(folder.glob("*.py"))]


def _unknown(name: str, known: Sequence[str]) -> str:
    if name.endswith(".py") or name.startswith((".", "/", "~")):
        return f"there is no file or folder {name}"
    bare = {id.partition("/")[2]: id for id in known if "/" in id}
    close = get_close_matches(name, known, 1) or [bare[n] for n in get_close_matches(name, bare, 1)]
    hint = f"did you mean {close[0]}?" if close else "theorycheck list claims shows them all"
    return f"there is no claim, deck or path {name!r}; {hint}"
