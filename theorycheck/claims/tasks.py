"""What is to be run for a claim, what a worker process is told, and what its reply says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from theorycheck.claims.discovery import ClaimFile, VariantFile
from theorycheck.claims.pool import Reply, Task
from theorycheck.claims.scan import Problem
from theorycheck.claims.sweeps import Sweeps, code_of_trials
from theorycheck.verdict import Verdict, undecided


@dataclass(frozen=True)
class Run:
    """One rung of one claim, as it stands or as one of its mutants and controls."""

    claim: ClaimFile
    rung: str
    variant: VariantFile | None = None


def runs_of(claim: ClaimFile, only: str | None = None) -> list[Run]:
    """Everything to be run for a claim: first its rungs, then its mutants and controls.

    Args:
        claim: the claim.
        only: this rung alone, and what it answers for.
    """
    rungs = [rung for rung in claim.rungs if only in (None, rung)]
    variants = [Run(claim, rung, v) for v in (*claim.mutants, *claim.controls) for rung in rungs if v.by in (None, rung)]
    return [*(Run(claim, rung) for rung in rungs), *variants]


def task_of(run: Run, scale: str = "quick", seed: int = 0, certificates: Path | str | None = None, sweeps: Sweeps | None = None) -> Task:
    """What a worker process is told, so that it does a run.

    Args:
        run: what to do.
        scale: "quick" or "full".
        seed: of the random generators.
        certificates: a folder; only the derive rung of the claim as it stands writes into it.
        sweeps: how the sweeps of a simulate rung are carried out; by default one trial after another, and nothing is kept.
    """
    if sweeps is not None:
        sweeps = replace(sweeps, code=code_of_trials(run.claim.file)) if run.rung == "simulate" else None
    certificate = None
    if certificates is not None and run.rung == "derive" and run.variant is None:
        path = Path(certificates).resolve() / f"{run.claim.id}.json"
        certificate = str(path)
    return {
        "do": "lemma" if run.claim.lemma else "rung",
        "file": str(run.claim.file),
        "claim": run.claim.id,
        "rung": run.rung,
        "variant": None if run.variant is None else run.variant.name,
        "scale": scale,
        "seed": seed,
        "certificate": certificate,
        "sweeps": None if sweeps is None else asdict(sweeps),
    }


def verdict_of(run: Run, reply: Reply) -> Verdict:
    """What a worker's reply says: an error and a time-out are undecided, with what went wrong as the reason."""
    if "verdict" in reply:
        return verdict_from(reply["verdict"])
    if "timed_out" in reply:
        where = f" in line {reply['line']}" if reply["line"] else ""
        return undecided(f"stopped by the clock after {reply['timed_out']:g} s{where}; a larger --timeout may decide it")
    return undecided(error_of(run, reply) or "no answer")


def verdict_from(document: dict[str, Any]) -> Verdict:
    """The verdict that a worker sent as a document."""
    return Verdict(**{**document, "trusts": tuple(document["trusts"])})


def error_of(run: Run, reply: Reply) -> str | None:
    """The error in a worker's reply with file and line; None when there is none."""
    return str(Problem(run.claim.file, reply.get("line") or run.claim.line, reply["error"])) if "error" in reply else None
