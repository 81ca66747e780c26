"""Running claims: every rung, mutant and control in a process that can be killed, several at a time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from math import inf
from pathlib import Path

from theorycheck.claims.claim import RUNGS
from theorycheck.claims.discovery import ClaimFile, VariantFile, discover_files
from theorycheck.claims.figure import Figure
from theorycheck.claims.ledger import LedgerRow
from theorycheck.claims.pool import Pool, Reply, Task
from theorycheck.claims.results import CheckResult, ClaimReport, RungReport, VariantReport
from theorycheck.claims.scan import Problem
from theorycheck.claims.selection import select
from theorycheck.claims.sweeps import Sweeps
from theorycheck.claims.tasks import Run, error_of, runs_of, task_of, verdict_from, verdict_of
from theorycheck.errors import InputError
from theorycheck.montecarlo.cluster import require_scheduler
from theorycheck.montecarlo.lock import exclusive
from theorycheck.places import proofs_folder
from theorycheck.verdict import Verdict, conjunction, undecided

SCALES = ("quick", "full")
#: Seconds that one rung may take at quick scale, unless told.
QUICK_LIMIT = 60.0

_Answer = tuple[Run, Reply, Verdict]


def check(
    *what: str | Path,
    rung: str | None = None,
    scale: str = "quick",
    jobs: int | None = None,
    seed: int = 0,
    timeout: float | None = None,
    certificates: Path | str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    state: Path | str | None = None,
    resume: bool = False,
    scheduler: str | None = None,
    variants: bool = True,
) -> CheckResult:
    """Check claims: their rungs must say what their findings say, their mutants must be refuted, their controls must hold.

    Args:
        what: paths, decks and claim ids; an existing path is a path. Nothing means every deck of this installation.
        rung: only this rung, and the mutants and controls that it answers for.
        scale: "quick", or "full" for the sample sizes of the source.
        jobs: processes at a time; by default as many as there are processors. At full scale, and with a `state` or a `scheduler`, one
            simulate rung runs after another, and each of its sweeps has all of them.
        seed: of the random generators, at least 0.
        timeout: seconds that one rung may take; a rung that takes longer is undecided. By default 60 at quick scale, no limit at full.
        certificates: a folder for the certificates of the derive rungs; by default none are written.
        progress: called with (done, in all, what ended).
        state: a folder in which the finished trials of sweeps are kept as they end; by default they are not kept.
        resume: whether to go on with the trials that an earlier run kept there, instead of starting afresh.
        scheduler: the address of a Dask scheduler, whose workers then do the trials of sweeps.
        variants: whether mutants and controls are run, too.

    Raises:
        InputError: an unknown claim (the nearest is suggested), an argument out of range, a folder that another run uses.

    >>> result = check("recovery/nonlinearity-is-automatic", rung="derive")
    >>> result["recovery/nonlinearity-is-automatic"].verdict.grade, result.exit_code
    ('proved', 0)
    """
    _require(rung is None or rung in RUNGS, f"rung {rung!r} is not known; write one of {', '.join(RUNGS)}")
    _require(scale in SCALES, f"scale {scale!r} is not known; write one of {', '.join(SCALES)}")
    _require(jobs is None or jobs >= 1, f"{jobs} jobs can do nothing; write a whole number from 1")
    _require(seed >= 0, f"the seed {seed} is negative; write a whole number from 0")
    _require(timeout is None or 0 < timeout < inf, f"a time limit of {timeout} seconds; write a positive number, for example 60")
    _require(state is not None or not resume, "there is nothing to resume without a folder of finished trials; write state=DIR")
    _require(state is None or str(state) != "", "the folder of finished trials has no name; write --state DIR")
    started = time.monotonic()
    selection = select([str(name) for name in what])
    jobs, limit = jobs or _processors(), timeout or (inf if scale == "full" else QUICK_LIMIT)
    sweeps = _sweeps(state, resume, jobs, scheduler, progress) if state is not None or scheduler is not None or scale == "full" else None
    with ExitStack() as stack:
        held = [stack.enter_context(exclusive(Path(state)))] if state is not None and rung in (None, "simulate") else []
        pool = stack.enter_context(Pool(jobs, held))
        found = discover_files([declared for declared, _ in selection.files.values()], pool, limit)
        claims = sorted((c for c in found.claims.values() if selection.wants(c.file, c.id)), key=lambda c: c.lemma)
        something = bool(claims or found.problems or selection.rows)
        _require(something, f"there is no claim in {', '.join(map(str, what))}; write claim = Claim(...) at the top level of a file")
        claims = claims if rung is None else _with_rung(rung, claims, what)
        runs = [run for claim in claims for run in runs_of(claim, rung) if variants or run.variant is None]
        ended = _counter(runs, progress)
        replies = _replies(pool, runs, [(task_of(run, scale, seed, certificates, sweeps), limit) for run in runs], ended)
    answered: dict[str, list[_Answer]] = {}
    for run, reply in zip(runs, replies, strict=True):
        answered.setdefault(run.claim.id, []).append((run, reply, verdict_of(run, reply)))
    reports = [_report(claim, answered.get(claim.id, [])) for claim in claims]
    for problem, ids in found.broken.items():
        reports += [_broken(problem, id, finding) for id, finding in ids if selection.wants(problem.file, id)]
    reports += [_unbuilt(row) for row in selection.rows]
    return CheckResult(tuple(reports), tuple(found.problems), time.monotonic() - started)


def recheck_certificate(file: Path | str, timeout: float = QUICK_LIMIT) -> Verdict:
    """Redo every step of a certificate, without the code of the claim that wrote it.

    Args:
        file: a certificate that `check(..., certificates=folder)` wrote.
        timeout: seconds that it may take.

    Raises:
        InputError: there is no such file.
    """
    path = Path(file).resolve()
    _require(path.is_file(), f"there is no certificate {file}; theorycheck check --certificates DIR writes them")
    with Pool(1) as pool:
        [reply] = pool.ask_all([({"do": "recheck", "file": str(path)}, timeout)])
    if "verdict" in reply:
        return verdict_from(reply["verdict"])
    if "timed_out" in reply:
        return undecided(f"stopped by the clock after {timeout:g} s; a larger --timeout may decide it")
    raise InputError(reply["error"])


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InputError(message)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _sweeps(
    state: Path | str | None, resume: bool, jobs: int, scheduler: str | None, progress: Callable[[int, int, str], None] | None
) -> Sweeps:
    if scheduler is not None:
        require_scheduler(scheduler)  # an address that does not answer is bad input, and nothing is to be computed before that is said
    name = f"{os.getpid()} {time.time_ns()}"
    return Sweeps(None if state is None else str(state), resume, name, jobs, scheduler, progress is not None and sys.stderr.isatty())


def _replies(pool: Pool, runs: list[Run], tasks: list[tuple[Task, float]], ended: Callable[[int], None] | None) -> list[Reply]:
    """The reply to each task. Those whose sweeps have all processes for themselves come last, one after another."""
    alone = [i for i, (task, _) in enumerate(tasks) if task["rung"] == "simulate" and task["sweeps"] is not None]
    together = sorted(set(range(len(tasks))) - set(alone))
    replies: dict[int, Reply] = {}
    for group, workers in ((together, None), (alone, 1)):
        asked = pool.ask_all([tasks[i] for i in group], ended and partial(_ended, ended, group), workers)
        replies |= zip(group, asked, strict=True)
    return [replies[i] for i in range(len(tasks))]


def _ended(ended: Callable[[int], None], group: list[int], index: int) -> None:
    ended(group[index])


def _with_rung(rung: str, claims: list[ClaimFile], what: Sequence[str | Path]) -> list[ClaimFile]:
    having = [c for c in claims if rung in c.rungs]
    if claims and not having:
        rungs = sorted({r for c in claims for r in c.rungs}, key=RUNGS.index)
        asked = ", ".join(map(str, what)) or "this installation"
        raise InputError(f"no claim of {asked} has the rung {rung!r}; write one of {', '.join(rungs)}")
    return having


def _counter(runs: list[Run], progress: Callable[[int, int, str], None] | None) -> Callable[[int], None] | None:
    if progress is None:
        return None
    counts = iter(range(1, len(runs) + 1))
    return lambda index: progress(next(counts), len(runs), f"{runs[index].claim.id} {runs[index].rung}")


def _report(claim: ClaimFile, answers: list[_Answer]) -> ClaimReport:
    own = [(run, reply, verdict) for run, reply, verdict in answers if run.variant is None]
    errors = [error for run, reply, _ in own if (error := error_of(run, reply)) is not None]

    def variant(v: VariantFile) -> VariantReport | None:
        verdicts = [verdict for run, _, verdict in answers if run.variant is v]
        return VariantReport(v.name, v.by, conjunction(verdicts), v.misprint is not None) if verdicts else None

    return ClaimReport(
        claim,
        tuple(RungReport(run.rung, verdict, _seconds(reply), reply.get("steps", 0), _figures(reply)) for run, reply, verdict in own),
        tuple(report for v in claim.mutants if (report := variant(v)) is not None),
        tuple(report for v in claim.controls if (report := variant(v)) is not None),
        error=errors[0] if errors else None,
    )


def _figures(reply: Reply) -> tuple[Figure, ...]:
    return tuple(Figure.from_json(document) for document in reply.get("figures", ()))


def _seconds(reply: Reply) -> float:
    return float(reply.get("seconds") or reply.get("timed_out") or 0.0)


def _broken(problem: Problem, id: str, finding: str) -> ClaimReport:
    claim = ClaimFile(id, problem.file, problem.line, title="its file cannot be run", finding=finding)
    return ClaimReport(claim, error=str(problem))


def _unbuilt(row: LedgerRow) -> ClaimReport:
    claim = ClaimFile(row.id, proofs_folder() / row.id.partition("/")[0], None, title=row.title, finding="open", origin=row.origin)
    return ClaimReport(claim, reason=f"open: {row.reason or 'its file is missing'}")
