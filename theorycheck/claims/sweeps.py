"""How the sweeps of a simulate rung are carried out: on how many processes or which cluster, and where finished trials are kept."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theorycheck.claims.claim import Claim, ClaimError
from theorycheck.errors import InputError

#: Rooms whose code a trial does not run.
_NOT_RUN = ("benchmarks", "claims", "montecarlo", "proofs_data", "report", "testing")


def code_of_trials(file: Path) -> str:
    """A digest of the code that the trials of a claim run: that of its file, of modules beside it, and of the rooms of mathematics.

    Args:
        file: the file of the claim.

    >>> from theorycheck.places import proofs_folder
    >>> len(code_of_trials(proofs_folder() / "recovery" / "rho_table.py"))
    64
    """
    from theorycheck.claims.digest import code_digest

    package = Path(__file__).parent.parent
    rooms = (path for path in sorted(package.glob("*/*.py")) if path.parent.name not in _NOT_RUN)
    whole = hashlib.sha256(code_digest(file).encode())
    for path in rooms:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def listed_settings(claim: Claim, settings: Iterable[Mapping[str, Any]], label: str) -> tuple[list[Mapping[str, Any]], str]:
    """The settings of a sweep as a list, and as a text by which two sweeps are told apart.

    Args:
        claim, label: whose sweep it is, for the message.
        settings: what the rung gave.

    Raises:
        ClaimError: they are no list of dictionaries of plain data, or the label is no text.
    """
    from theorycheck.montecarlo.plain import list_of, plain_settings

    if not isinstance(label, str):
        raise ClaimError(f"{claim.id}: label={label!r} is no name of a sweep; write a text")
    try:
        listed = list_of(settings)
        return listed, json.dumps(plain_settings(listed), sort_keys=True)
    except InputError as error:
        raise ClaimError(f"{_name(claim, label)}: {error}") from error


@dataclass(frozen=True)
class Sweeps:
    """By default one trial after another in this process, and nothing is kept.

    Args:
        state: the folder in which finished trials are kept, `state/<claim id>/`; None for no folder.
        resume: whether to go on with what an earlier run has kept.
        run: a name for this run: what it has kept itself it always goes on with, so that a mutant with the same sweep redoes nothing.
        jobs: processes at a time.
        scheduler: the address of a Dask scheduler.
        show: whether to write progress on standard error.
        code: a digest of the code of the trials (`code_of_trials`).
    """

    state: str | None = None
    resume: bool = False
    run: str = ""
    jobs: int = 1
    scheduler: str | None = None
    show: bool = False
    code: str = ""

    def carry_out(
        self, claim: Claim, run: Callable[..., Mapping[str, Any]], settings: Sequence[Mapping[str, Any]], label: str, seed: int, scale: str
    ) -> list[dict[str, Any]]:
        """The rows of `trial.sweep`.

        Raises:
            ClaimError: the function, or a setting, cannot be sent to another process; a trial raised.
        """
        from theorycheck.claims.evidence import seed_sequence
        from theorycheck.montecarlo.sweep import TrialError, sweep

        seeds = seed_sequence(f"{claim.id} sweep {label}", seed).spawn(len(settings))
        name = _name(claim, label)
        progress = None
        if self.show:
            from theorycheck.montecarlo.progress import Progress

            progress = Progress(name)
        try:
            if self.state is None:
                return sweep(run, settings, seeds, None, self.jobs, self.scheduler, progress)
            with self._journal(claim, run, settings, seeds, label, seed, scale) as journal:
                return sweep(run, settings, seeds, journal, self.jobs, self.scheduler, progress)
        except (InputError, TrialError) as error:
            raise ClaimError(f"{name}: {error}") from error

    def _journal(self, claim: Claim, run: Any, settings: Any, seeds: Any, label: str, seed: int, scale: str) -> Any:
        from theorycheck.montecarlo.journal import Journal, digest_of
        from theorycheck.montecarlo.sweep import identity_of

        about = {"claim": claim.id, "label": label, "seed": seed, "scale": scale, "trials": len(settings)}
        identity = {**about, "code": self.code, **identity_of(run, settings, seeds)}
        name = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "sweep"
        path = Path(str(self.state)) / claim.id / f"{name}-{digest_of(identity)[:12]}.journal"
        return Journal(path, identity, self.run, self.resume, about, _warn)


def _name(claim: Claim, label: str) -> str:
    return f"{claim.id} {label}".strip()


def _warn(message: str) -> None:
    sys.stderr.write(f"theorycheck: {message}\n")
