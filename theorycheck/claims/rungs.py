"""Running one rung of a claim, as it stands or as a mutant or control, in this process and without a time limit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import SimpleNamespace
from typing import Any

from theorycheck.claims.claim import Claim, ClaimError, Instances, RungOf
from theorycheck.claims.evidence import Check, Evidence, generator_for
from theorycheck.claims.figure import Figure
from theorycheck.claims.sweeps import Sweeps
from theorycheck.claims.trial import Trial
from theorycheck.errors import Undecided
from theorycheck.verdict import Verdict, conjunction, undecided


@dataclass(frozen=True)
class RungResult:
    """What one rung found.

    Args:
        rung: "derive", "certify" or "simulate".
        verdict: the verdict, with the reason.
        seconds: wall-clock time.
        steps: the steps of a derivation, else nothing.
        figures: what a simulation can draw.
        findings: the verdict of each single check or estimate, with theory and evidence side by side in its reason; of a derivation,
            what it returned beside its steps.
    """

    rung: str
    verdict: Verdict
    seconds: float
    steps: tuple[Any, ...] = ()
    figures: tuple[Figure, ...] = ()
    findings: tuple[Verdict, ...] = ()


def run_rung(
    claim: Claim,
    rung: str,
    knobs_override: Mapping[str, Any] | None = None,
    drop: str | None = None,
    scale: str = "quick",
    seed: int = 0,
    sweeps: Sweeps | None = None,
) -> RungResult:
    """Run one rung of a claim.

    Args:
        claim: the claim.
        rung: "derive", "certify" or "simulate".
        knobs_override: the knobs of a mutant or control.
        drop: the part of an assumption that is dropped.
        scale: "quick" or "full", for a simulation.
        seed: of the random generator, together with the claim's id.
        sweeps: how the sweeps of a simulation are carried out; by default one trial after another, and nothing is kept.

    Raises:
        ClaimError: the claim lacks the rung, knob or scale, or its assumptions admit no instance. Whatever the rung itself raises.
    """
    if rung not in claim.rungs:
        raise ClaimError(f"{claim.id}: it has no {rung} rung; it has {', '.join(claim.rungs) or 'none'}")
    _require_instances(claim, seed)
    knobs = SimpleNamespace(**claim.with_knobs(knobs_override or {}))
    declared = claim.rungs[rung]
    started = time.perf_counter()
    try:
        if rung == "derive":
            result = _derive(claim, declared, knobs, drop)
        elif rung == "certify":
            result = _certify(claim, declared, knobs, drop, seed)
        else:
            result = _simulate(claim, declared, knobs, drop, seed, scale, sweeps)
    except Undecided as stopped:
        result = RungResult(rung, undecided(str(stopped)), 0.0)
    return RungResult(rung, result.verdict, time.perf_counter() - started, result.steps, result.figures, result.findings)


def _require_instances(claim: Claim, seed: int) -> None:
    """Raise ClaimError when an assumption admits no instance: a statement about nothing is no evidence, on any rung."""
    for assumption in (a for a in claim.assumes if isinstance(a, Instances)):
        if not any(True for _ in islice(assumption.make(generator_for(claim, "instances", seed), 1), 1)):
            raise ClaimError(f"{claim.id}: the assumption {assumption.name!r} admits no instance; correct its generator")


def _returned(value: Any, claim: Claim, rung: str) -> list[Verdict]:
    if value is None:
        return []
    if isinstance(value, Verdict):
        return [value]
    raise ClaimError(f"{claim.id}: the {rung} rung returned {value!r}; return nothing or a Verdict")


def _derive(claim: Claim, rung: RungOf, knobs: SimpleNamespace, drop: str | None) -> RungResult:
    from theorycheck.claims.derivation import Derivation
    from theorycheck.claims.lemma import resolve

    log = Derivation(lambda id: resolve(id, claim.id, claim.file), drop)
    more = _returned(rung.function(log, knobs), claim, "derive")
    verdict = conjunction([log.verdict(), *more]) if more else log.verdict()
    return RungResult("derive", verdict, 0.0, tuple(log.steps), findings=tuple(more))


def _certify(claim: Claim, rung: RungOf, knobs: SimpleNamespace, drop: str | None, seed: int) -> RungResult:
    check = Check(claim, "certify", drop, seed)
    return _gathered(check, rung.function(check, knobs))


def _simulate(
    claim: Claim, rung: RungOf, knobs: SimpleNamespace, drop: str | None, seed: int, scale: str, sweeps: Sweeps | None
) -> RungResult:
    if scale not in rung.scales:
        raise ClaimError(f"{claim.id}: there is no scale {scale!r}; write {' or '.join(rung.scales)}")
    trial = Trial(claim, drop, seed, scale, rung.scales[scale], sweeps or Sweeps())
    return _gathered(trial, rung.function(trial, knobs), tuple(trial.figures))


def _gathered(evidence: Evidence, value: Any, figures: tuple[Figure, ...] = ()) -> RungResult:
    more = _returned(value, evidence.claim, evidence.rung)
    parts = [evidence.verdict(), *more] if evidence.findings or not more else more
    verdict = conjunction(parts) if len(parts) > 1 else parts[0]
    return RungResult(evidence.rung, verdict, 0.0, (), figures, tuple(evidence.findings))
