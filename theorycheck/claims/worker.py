"""The inside of a worker process: reads tasks line by line, runs claims, and writes one line of JSON for each.

`theorycheck.claims.pool` starts it as `python -m theorycheck.claims.worker`. The file of a task is run once a process.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from theorycheck.claims.loading import Loaded, describe, line_in, load_claims


class Desk:
    """What one worker process knows: the files that it has run, and the file that it is busy with."""

    def __init__(self) -> None:
        self.loaded: dict[str, Loaded] = {}
        self.file: str | None = None

    def answer(self, task: dict[str, Any]) -> dict[str, Any]:
        """Do one task; an error of any kind becomes part of the answer."""
        if task["do"] == "ping":
            return {"pong": True}
        self.file = task["file"]
        try:
            if task["do"] == "recheck":
                from theorycheck.claims.certificates import recheck

                return {"verdict": recheck(Path(task["file"])).to_json()}
            loaded = self._load(task["file"])
            return {"load": self._summary, "rung": self._rung, "lemma": self._lemma}[task["do"]](loaded, task)
        except BaseException as error:  # SystemExit, too: a claim must not end the worker
            return describe(error, task["file"])
        finally:
            _reset_precision()

    def _load(self, file: str) -> Loaded:
        if file not in self.loaded:
            folder = str(Path(file).parent)
            if folder not in sys.path:
                sys.path.append(folder)  # a claim may import a module beside it; at the end, so that it shadows nothing
            self.loaded[file] = load_claims(file)
        return self.loaded[file]

    def _summary(self, loaded: Loaded, task: dict[str, Any]) -> dict[str, Any]:
        return {
            "claims": [_summary_of(claim) for claim in loaded.claims],
            "lemmas": [
                {"id": f"lemmas/{lemma.id}", "line": None, "statement": lemma.statement, "reference": lemma.reference}
                for lemma in loaded.lemmas
            ],
        }

    def _rung(self, loaded: Loaded, task: dict[str, Any]) -> dict[str, Any]:
        from theorycheck.claims.rungs import run_rung

        claim = next(c for c in loaded.claims if c.id == task["claim"])
        variants = {v.name: v for v in (*claim.mutants, *claim.controls)}
        variant = variants.get(task["variant"])
        knobs, drop = (None, None) if variant is None else (dict(variant.knobs), variant.drop)
        sweeps = _sweeps_of(task)
        result = run_rung(claim, task["rung"], knobs, drop=drop, scale=task["scale"], seed=task["seed"], sweeps=sweeps)
        if task["certificate"] is not None:
            from theorycheck.claims.certificates import write_certificate

            computed = [found.reason for found in result.findings]
            write_certificate(task["certificate"], claim.id, result.steps, claim.statement, computed)
        figures = [figure.to_json() for figure in result.figures]
        return {"verdict": result.verdict.to_json(), "seconds": result.seconds, "steps": len(result.steps), "figures": figures}

    def _lemma(self, loaded: Loaded, task: dict[str, Any]) -> dict[str, Any]:
        from theorycheck.claims.claim import Claim
        from theorycheck.claims.rungs import run_rung

        lemma = next(m for m in loaded.lemmas if f"lemmas/{m.id}" == task["claim"])
        claim = Claim(task["claim"], title=lemma.statement, kind="implication", statement=lemma.statement)
        claim.certify(lemma.check if task["variant"] is None else lemma.mutant)
        result = run_rung(claim, "certify", seed=task["seed"])
        return {"verdict": result.verdict.to_json(), "seconds": result.seconds, "steps": 0}


def _sweeps_of(task: dict[str, Any]) -> Any:
    """How the sweeps of a task are carried out; what is kept of them must come from the code that it says it comes from."""
    if task["sweeps"] is None:
        return None
    from theorycheck.claims.claim import ClaimError
    from theorycheck.claims.sweeps import Sweeps, code_of_trials

    sweeps = Sweeps(**task["sweeps"])
    if sweeps.state is not None and code_of_trials(Path(task["file"])) != sweeps.code:
        raise ClaimError(f"{task['claim']}: its code was changed while it was being checked; run the command again")
    return sweeps


def _summary_of(claim: Any) -> dict[str, Any]:
    """What the runner and the page need to know about a claim, as a document."""

    def variant(v: Any) -> dict[str, Any]:
        return {"name": v.name, "by": v.by, "misprint": None if v.misprint is None else dict(v.misprint)}

    return {
        "id": claim.id,
        "line": claim.line,
        "title": claim.title,
        "kind": claim.kind,
        "statement": claim.statement,
        "reading": claim.reading,
        "source": None if claim.source is None else str(claim.source),
        "assumes": [str(a) for a in claim.assumes],
        "finding": claim.finding,
        "origin": claim.origin,
        "why": claim.why,
        "guarantees": claim.guarantees,
        "rungs": list(claim.rungs),
        "sizes": [(name, str(size)) for rung in claim.rungs.values() for name, size in rung.scales.get("full", {}).items()],
        "mutants": [variant(v) for v in claim.mutants],
        "controls": [variant(v) for v in claim.controls],
    }


def _reset_precision() -> None:
    """Undo what a rung may have left behind: the working precision of mpmath and FLINT is global."""
    if "mpmath" in sys.modules:
        sys.modules["mpmath"].mp.prec = 53
    if "flint" in sys.modules:
        sys.modules["flint"].ctx.prec = 53


def _end() -> None:
    """End this process and those that it started for a sweep."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGTERM)
    os._exit(0)


def main() -> None:
    """Answer tasks until standard input ends."""
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    tasks = os.fdopen(os.dup(0), "rb")
    # what a claim prints must not mix with the replies, and what it reads must not be the tasks
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.dont_write_bytecode = True  # a check writes nothing beside the files of a user
    desk = Desk()
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    main_thread = threading.get_ident()

    def reply(document: dict[str, Any]) -> None:
        replies.write(json.dumps(document, default=str).encode() + b"\n")

    def listen() -> None:
        for line in tasks:
            task = json.loads(line)
            if task["do"] == "where":
                reply({"line": line_in(sys._current_frames().get(main_thread), desk.file or "")})
            else:
                inbox.put(task)
        _end()  # the caller has gone, whatever the main thread is doing

    threading.Thread(target=listen, daemon=True).start()
    while True:
        reply(desk.answer(inbox.get()))


if __name__ == "__main__":
    main()
