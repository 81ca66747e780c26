"""Whether recorded tables are still true: their form, the digests of code and figures, and a quick run of the cheapest claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from theorycheck.claims.results import EXPECTED
from theorycheck.errors import TheorycheckError
from theorycheck.report.decks import SUFFIX, Sampled, decks_asked_for, full_tables, sampled_claims
from theorycheck.report.figures import FigureFolder
from theorycheck.report.manifest import recorded_seconds
from theorycheck.report.recorded import Row, read_rows, table_of
from theorycheck.report.writers import WRITERS

#: How many claims of each deck are run again at quick scale: those that were the cheapest at full scale.
RERUN = 2
_SAID = {"holds": True, "fails": False, "undecided": None}


def faults(names: Sequence[str], folder: Path, proofs: Path | None = None) -> list[str]:
    """What is wrong with recorded tables, in words, each with the command that mends it. Nothing is written.

    Args:
        names: full-scale tables and claims; none means every full-scale table. A claim stands for the table of its deck.
        folder: the folder of the tables.
        proofs: a folder of decks; by default the one that this installation carries.

    Raises:
        InputError: an unknown name.
        TheorycheckError: a file of a deck cannot be run.
    """
    found: list[str] = []
    quick: dict[str, tuple[Sampled, Row]] = {}
    for deck in decks_asked_for(names or full_tables(proofs), proofs):
        claims = sampled_claims(deck, proofs)
        try:
            rows, figures = read_rows(deck, folder), FigureFolder(folder, deck)
        except TheorycheckError as error:
            found.append(str(error))
            continue
        wrong = [*_table_faults(deck, rows, claims, folder), *_figure_faults(rows, figures)]
        found += wrong
        if not wrong:
            cheapest = sorted(rows, key=lambda id: recorded_seconds(folder, id))[:RERUN]
            quick |= {id: (claims[id], rows[id]) for id in cheapest}
    return found + list(_rerun_faults(quick))


def _table_faults(deck: str, rows: Mapping[str, Row], claims: Mapping[str, Sampled], folder: Path) -> Iterator[str]:
    name = f"{deck}{SUFFIX}"
    path = folder / f"{name}.csv"
    if not claims and not rows:
        return
    if not path.is_file():
        yield f"{path} is missing; run: theorycheck tables {name}"
        return
    for id in rows:
        if id not in claims:
            yield f"{path}: {id} is no claim of the deck with a simulate rung any more; run: theorycheck tables {name}"
    if without := [id for id in claims if id not in rows]:
        yield f"{path}: no row for {', '.join(without)}; run: theorycheck tables {name}"
    for id, one in ((id, one) for id, one in claims.items() if id in rows):
        if rows[id]["code"] != one.digest:
            yield f"{path}: {id} was recorded with other code ({rows[id]['code']}, now {one.digest}); run: theorycheck tables {id}"
        elif _said(rows[id]) is not EXPECTED[one.claim.finding]:
            yield f"{path}: {id} was recorded as “{rows[id]['verdict']}”, against its finding “{one.claim.finding}”"
    table = table_of(deck, rows.values())
    for suffix, write in WRITERS.items():
        other = path.with_suffix(suffix)
        if not other.is_file() or other.read_bytes() != write(table).encode():
            yield f"{other} does not say what {path.name} says; run: theorycheck tables {name}"


def _figure_faults(rows: Mapping[str, Row], figures: FigureFolder) -> Iterator[str]:
    for id, row in rows.items():
        listed, drawn = row["figures"], ", ".join(figures.names(id))
        if sorted(listed.split(", ")) != sorted(drawn.split(", ")):  # the list is kept in alphabetical order
            which = f"with the figures {listed or 'none'}, but those of {drawn or 'none'} are listed"
            yield f"{figures.folder}: {id} was recorded {which}; run: theorycheck tables {id}"
        damaged = figures.damaged(id)
        for path in damaged:
            yield f"{path} is missing, or is not what was recorded; restore it, or run: theorycheck tables {id}"
        for path in figures.undrawn(id):
            if path.with_suffix(".csv") not in damaged:
                yield f"{path} is missing, or is not what was drawn; run: theorycheck tables {id.partition('/')[0]}{SUFFIX}"
    for path in figures.strangers():
        yield f"{path} belongs to no recorded figure; remove it"


def _rerun_faults(quick: Mapping[str, tuple[Sampled, Row]]) -> Iterator[str]:
    """Run some claims at quick scale, with the recorded seed, and compare what they say with what was recorded."""
    from theorycheck.claims.runner import check

    by_seed: dict[int, list[Path]] = {}
    for one, row in quick.values():
        by_seed.setdefault(int(row["seed"]), []).append(one.claim.file)
    for seed, files in by_seed.items():
        for report in check(*dict.fromkeys(files), rung="simulate", seed=seed).claims:
            recorded = quick.get(report.claim.id)
            if recorded is not None and report.verdict.holds is not _said(recorded[1]):
                was = recorded[1]["verdict"]
                yield f"{report.claim.id} was recorded as “{was}”, but a quick run says otherwise: {report.verdict.reason}"


def _said(row: Row) -> bool | None:
    return _SAID.get(row["verdict"].partition(",")[0])
