"""Recorded tables: what the simulate rungs of a deck found at full scale, too dear to be found again at each check.

A table is brought up to date as `make` does it: a claim is run when it has no row, when the digest of its code is another one now, when
one of its figures is damaged, or when it is asked for by its id. The table is written after each claim, and the finished trials of the
claim that is running are kept: after an interruption the same command goes on from there.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from theorycheck.claims.digest import short_digest
from theorycheck.claims.results import DONE, FAILED, UNDECIDED
from theorycheck.errors import TheorycheckError
from theorycheck.report.decks import SUFFIX, Sampled, decks_asked_for, sampled_claims
from theorycheck.report.figures import FigureFolder
from theorycheck.report.findings import what_was_found, words_of
from theorycheck.report.latex_text import writable
from theorycheck.report.manifest import note_recorded
from theorycheck.report.writers import WRITERS, Table, put

if TYPE_CHECKING:
    from theorycheck.claims.results import CheckResult, ClaimReport

COLUMNS = ("claim", "verdict", "what was found", "seed", "sizes", "figures", "code")
_NOTE = (
    "What the simulate rungs found with the sample sizes of the source. Verdict: of the statement as the source has it, with the grade of "
    "the evidence; “fails” agrees with the finding “refuted”. A ± B: the mean lies in this interval, except with the probability of a "
    "false alarm, at most 1e-9 for the whole rung. Figures: figures/{deck}/<claim>-<figure>.csv and .svg. Code: a digest of the claim's "
    "file without comments; `theorycheck tables --check` finds a row stale when it is another one now."
)
_LATEX_COLUMNS = r"llp{7cm}rp{3cm}p{2cm}l"

Row = dict[str, str]


@dataclass
class Recorded:
    """What `record` did.

    Args:
        written: the files that were written.
        complaints: what went wrong, in words: claims that could not be recorded, or whose verdict is not what is known of them.
        code: the exit code of the command: 0 done, 1 something is wrong, 3 a claim is undecided.
    """

    written: list[Path] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    code: int = DONE


def record(
    names: Sequence[str],
    folder: Path,
    proofs: Path | None = None,
    seed: int = 0,
    state: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Recorded:
    """Bring full-scale tables up to date. This takes as long as the source's experiments do.

    Args:
        names: full-scale tables, such as landscape-full: their missing and stale rows are run; and claims, such as
            landscape/key-lemma: they are run whatever the table says.
        folder: the folder of the tables; made if it is not there.
        proofs: a folder of decks; by default the one that this installation carries.
        seed: of the random generators.
        state: a folder for the finished trials of the claim that is running; by default they are not kept. What an interrupted run
            has left there is used, unless the claim or the package has changed since.
        progress: called with a line of text before and after each claim.

    Raises:
        InputError: an unknown name.
        TheorycheckError: a file of the deck cannot be run.
    """
    done = Recorded()
    tell = progress or (lambda line: None)
    for deck, asked in decks_asked_for(names, proofs).items():
        claims = sampled_claims(deck, proofs)
        rows, figures = read_rows(deck, folder, repair=True), FigureFolder(folder, deck)
        for id in [id for id in rows if id not in claims]:
            del rows[id]
            figures.remove(id)
        whole = f"{deck}{SUFFIX}" in names
        wanted = [c for id, c in claims.items() if id in asked or (whole and not _current(rows.get(id), c, figures))]
        for number, (file, group) in enumerate(_by_file(wanted).items(), 1):
            tell(f"{number}/{len(wanted)}  {', '.join(c.claim.id for c in group)}: running at full scale")
            kept = None if state is None else state / _package_digest() / deck / file.stem
            result = _run(file, seed, kept, tell)
            reports = {report.claim.id: report for report in result.claims}
            for one in group:
                if one.claim.id in reports:
                    _enter(done, reports[one.claim.id], one, seed, rows, figures, folder)
                else:
                    done.complaints += [str(problem) for problem in result.problems]
            done.written += _write(deck, _in_order(rows, claims), folder)
            done.code = _worse(done.code, result.exit_code)
            if kept is not None and all(_current(rows.get(one.claim.id), one, figures) for one in group):
                _forget(kept)
        done.written += _write(deck, _in_order(rows, claims), folder)
        try:
            done.written += figures.draw()
        except ImportError:
            advice = "pip install theorycheck[plot] and run this again to draw them"
            done.complaints.append(f"matplotlib is not installed, so the figures of {deck} are there as CSV only; {advice}")
    done.written = list(dict.fromkeys(done.written))
    return done


def read_rows(deck: str, folder: Path, repair: bool = False) -> dict[str, Row]:
    """The rows of a recorded table by claim; none when there is no table.

    Args:
        deck: the name of the deck.
        folder: the folder of the tables.
        repair: leave out rows that cannot be read, instead of raising an error.

    Raises:
        TheorycheckError: it is not a table with these columns.
    """
    path = folder / f"{deck}{SUFFIX}.csv"
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    header, *lines = [tuple(row) for row in csv.reader(io.StringIO(text))] or [()]
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines if len(line) == len(header) == len(COLUMNS)]
    sound = [row for row in rows if row["claim"].startswith(f"{deck}/") and row["seed"].isdigit()]
    if (header != COLUMNS or len(sound) < len(lines)) and not repair:
        columns = ", ".join(COLUMNS)
        raise TheorycheckError(f"{path}: not a table with the columns {columns}; restore it, or run: theorycheck tables {deck}{SUFFIX}")
    return {row["claim"]: row for row in sound} if header == COLUMNS else {}


def table_of(deck: str, rows: Iterable[Row]) -> Table:
    """A recorded table, ready to be written."""
    cells = tuple(tuple(row[column] for column in COLUMNS) for row in rows)
    note = _NOTE.format(deck=deck)
    return Table(f"{deck}{SUFFIX}", f"Claims of the deck {deck} at full scale", COLUMNS, cells, note, columns=_LATEX_COLUMNS)


def _write(deck: str, rows: Iterable[Row], folder: Path) -> list[Path]:
    table = table_of(deck, rows)
    return [put(folder / f"{table.name}{suffix}", write(table)) for suffix, write in WRITERS.items()]


def _current(row: Row | None, one: Sampled, figures: FigureFolder) -> bool:
    return row is not None and row["code"] == one.digest and not figures.damaged(one.claim.id)


def _by_file(claims: Sequence[Sampled]) -> dict[Path, list[Sampled]]:
    grouped: dict[Path, list[Sampled]] = {}
    for one in claims:
        grouped.setdefault(one.claim.file, []).append(one)
    return grouped


def _in_order(rows: Mapping[str, Row], claims: Mapping[str, Sampled]) -> list[Row]:
    return [rows[id] for id in claims if id in rows]


def _run(file: Path, seed: int, state: Path | None, tell: Callable[[str], None]) -> CheckResult:
    from theorycheck.claims.runner import check

    def ended(done: int, total: int, name: str) -> None:
        tell(f"    {done}/{total}  {name}")

    # mutants need the quick scale only, where every check of the deck refutes them
    return check(file, rung="simulate", scale="full", seed=seed, progress=ended, state=state, resume=state is not None, variants=False)


def _forget(kept: Path) -> None:
    """Remove finished trials that a row has made needless, and the folders that are empty without them."""
    shutil.rmtree(kept, ignore_errors=True)
    for folder in kept.parents[:2]:
        with suppress(OSError):  # another claim's trials lie in it
            folder.rmdir()


def _package_digest() -> str:
    """Of everything that a claim may call: trials of different code must not stand in one row."""
    package = Path(__file__).resolve().parent.parent
    return short_digest(b"".join(path.read_bytes() for path in sorted(package.rglob("*.py"))))


def _enter(
    done: Recorded, report: ClaimReport, one: Sampled, seed: int, rows: dict[str, Row], figures: FigureFolder, folder: Path
) -> None:
    """Put a claim's row into the table, unless nothing was found; what was found against expectation is recorded, and complained of."""
    id = report.claim.id
    done.complaints += [f"{id}: {defect}" for defect in report.defects]
    verdict = report.verdict
    if report.error is not None or (verdict.holds is None and report.claim.finding != "open"):
        if report.error is None:
            done.complaints.append(f"{id}: undecided at full scale, and not recorded: {verdict.reason}")
        return
    [rung] = report.rungs
    done.written += figures.write(id, rung.figures)
    cells = (
        id,
        words_of(verdict),
        writable(what_was_found(verdict)),
        str(seed),
        writable(one.sizes),
        ", ".join(figures.names(id)),
        one.digest,
    )
    rows[id] = dict(zip(COLUMNS, cells, strict=True))
    note_recorded(folder, id, rung.seconds)


def _worse(first: int, second: int) -> int:
    return next((code for code in (FAILED, UNDECIDED) if code in (first, second)), DONE)
