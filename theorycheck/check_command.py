"""The command `theorycheck check`. Light, as `cli` is: the engine is imported when the command runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from theorycheck.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


#: Where finished trials are kept, unless told; at quick scale, where all is done in seconds, nothing is kept unless asked for.
_STATE = ".theorycheck"


@click.command()
@click.argument("what", nargs=-1, metavar="[CLAIM|DECK|PATH ...]")
@click.option("--rung", metavar="R", help="Only this rung: derive, certify or simulate.")
@click.option("--scale", default="quick", show_default=True, metavar="quick|full", help="Sample sizes: quick, or those of the source.")
@click.option("--jobs", type=int, default=None, metavar="N", help="Processes at a time.  [default: one for each processor]")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed of the random generators.")
@click.option("--timeout", type=float, default=None, metavar="S", help="Seconds that one rung may take.  [default: 60; at full scale none]")
@click.option("--state", metavar="DIR", help="Keep finished trials of sweeps here.  [default: .theorycheck with --resume or at full scale]")
@click.option("--resume", is_flag=True, help="Go on with the trials that an interrupted run has kept.")
@click.option("--scheduler", metavar="ADDRESS", help="Do the trials of sweeps on the Dask cluster with this scheduler.")
@click.option("--certificates", metavar="DIR", help="Write a certificate of every derive rung into this folder.")
@click.option("--recheck", metavar="FILE", help="Redo the steps of one certificate, without the code of the claim that wrote it.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def check(
    what: tuple[str, ...],
    rung: str | None,
    scale: str,
    jobs: int | None,
    seed: int,
    timeout: float | None,
    state: str | None,
    resume: bool,
    scheduler: str | None,
    certificates: str | None,
    recheck: str | None,
    as_json: bool,
) -> tuple[Any, int]:
    """Check claims: what their rungs, mutants and controls say.

    An existing path is a path; anything else is a deck, such as landscape, or a claim, such as landscape/key-lemma.
    Without any, every claim is checked.
    """
    from theorycheck.claims import runner

    if recheck is not None:
        if what or certificates is not None:
            raise InputError("--recheck FILE stands alone: it reads everything from the certificate")
        return _rechecked(recheck, runner.QUICK_LIMIT if timeout is None else timeout, as_json)
    if state is None and (resume or scale == "full"):
        state = _STATE
    result = runner.check(
        *what,
        rung=rung,
        scale=scale,
        jobs=jobs,
        seed=seed,
        timeout=timeout,
        certificates=certificates,
        progress=_progress(),
        state=state,
        resume=resume,
        scheduler=scheduler,
    )
    if as_json:
        for problem in result.problems:
            sys.stderr.write(f"theorycheck: {problem}\n")
    return result.to_json() if as_json else result.text(), result.exit_code


def _rechecked(file: str, timeout: float, as_json: bool) -> tuple[Any, int]:
    from theorycheck.claims.checkpage import verdict_line
    from theorycheck.claims.results import DONE, FAILED, UNDECIDED
    from theorycheck.claims.runner import recheck_certificate

    verdict = recheck_certificate(file, timeout)
    code = {True: DONE, False: FAILED, None: UNDECIDED}[verdict.holds]
    return {"certificate": file, **verdict.to_json()} if as_json else f"{file}   {verdict_line(verdict)}", code


def _progress() -> Callable[[int, int, str], None] | None:
    """A line on the terminal that counts what has ended; nothing when standard error is a file or a pipe."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int, name: str) -> None:
        text = f"{done}/{total}  {name}"[:78] if done < total else ""
        sys.stderr.write(f"\r{text:<78}\r")
        sys.stderr.flush()

    return show
