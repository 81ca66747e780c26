"""What a check found: rungs, mutants and controls of each claim, how they combine, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from theorycheck.claims.discovery import ClaimFile
from theorycheck.claims.figure import Figure
from theorycheck.claims.scan import Problem
from theorycheck.verdict import GRADES, Verdict, undecided

DONE, FAILED, UNDECIDED = 0, 1, 3
#: What the rungs of a claim must say, by its finding.
EXPECTED = {"holds": True, "refuted": False, "open": None}


@dataclass(frozen=True)
class RungReport:
    """What one rung said about the statement as it stands.

    Args:
        rung: "derive", "certify" or "simulate".
        verdict: what it said.
        seconds: how long it took.
        steps: how many steps it logged.
        figures: what a simulation can draw; `theorycheck tables` writes them at full scale.
    """

    rung: str
    verdict: Verdict
    seconds: float
    steps: int = 0
    figures: tuple[Figure, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON document, without figures."""
        return {"rung": self.rung, "seconds": round(self.seconds, 3), **self.verdict.to_json()}


@dataclass(frozen=True)
class VariantReport:
    """What the rungs said about a mutant, a misprint or a control.

    Args:
        name: what was changed, in words.
        by: the rung that had to notice; None: every rung.
        verdict: what they said together.
        misprint: whether somebody printed it.
    """

    name: str
    by: str | None
    verdict: Verdict
    misprint: bool = False

    @property
    def killed(self) -> bool:
        """Whether a mutant was refuted; an error, a time-out or an undecided rung does not kill."""
        return self.verdict.holds is False


@dataclass(frozen=True)
class ClaimReport:
    """Everything that was found about one claim.

    Args:
        claim: the claim; for a row of the ledger without a file, what the row says.
        rungs: one report for each rung that was run.
        mutants: mutants and misprints.
        controls: corrected statements.
        error: "file:line: message" when the claim's file is broken, or a rung raised.
        reason: why the claim is open, for a row of the ledger without a file.
    """

    claim: ClaimFile
    rungs: tuple[RungReport, ...] = ()
    mutants: tuple[VariantReport, ...] = ()
    controls: tuple[VariantReport, ...] = ()
    error: str | None = None
    reason: str | None = None

    @property
    def contradiction(self) -> bool:
        """Whether one rung says that the claim holds and another that it fails."""
        return {True, False} <= {r.verdict.holds for r in self.rungs}

    @property
    def verdict(self) -> Verdict:
        """What the rungs say together."""
        if not self.rungs:
            open_because = f"open: {self.claim.why}" if self.claim.why else None
            return undecided(self.reason or self.error or open_because or "no rung was run")
        return corroborated(self.rungs)

    @property
    def agrees(self) -> bool:
        """Whether the verdict is what the claim's finding says, and no rung of a claim that is not open was left undecided."""
        if self.error is not None or self.contradiction or (self.undecided_rungs and self.claim.finding != "open"):
            return False
        return self.verdict.holds is EXPECTED[self.claim.finding]

    @property
    def undecided_rungs(self) -> tuple[RungReport, ...]:
        """The rungs that were run and decided nothing: a broken derivation must not hide behind a sampled success."""
        return tuple(r for r in self.rungs if r.verdict.holds is None)

    @property
    def defects(self) -> tuple[str, ...]:
        """What makes the command fail, in words."""
        found = [] if self.error is None else [self.error]
        if self.contradiction:
            found.append(self.verdict.reason)
        elif self.verdict.holds is not None and self.verdict.holds is not EXPECTED[self.claim.finding] and self.error is None:
            word = "holds" if self.verdict.holds else "fails"
            found.append(f"it {word}, against its finding “{self.claim.finding}”: {self.verdict.reason}")
        survivors: dict[tuple[str | None, str], list[str]] = {}  # one line for all that survive for the same reason
        for mutant in (m for m in self.mutants if not m.killed):
            survivors.setdefault((mutant.by, mutant.verdict.reason), []).append(f"“{mutant.name}”")
        for (by, reason), names in survivors.items():
            which = f"the mutant {names[0]}" if len(names) == 1 else f"the mutants {', '.join(names)}"
            found.append(f"{which} survived the {by} rung: {'see above' if reason == self.error else reason}")
        found += [f"the control “{c.name}” does not hold: {c.verdict.reason}" for c in self.controls if c.verdict.holds is not True]
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON document."""
        return {
            "id": self.claim.id,
            "finding": self.claim.finding,
            "agrees": self.agrees,
            **self.verdict.to_json(),
            "rungs": [rung.to_json() for rung in self.rungs],
            "mutants": [{"name": m.name, "misprint": m.misprint, "killed": m.killed, "by": m.by} for m in self.mutants],
            "controls": [{"name": c.name, "holds": c.verdict.holds} for c in self.controls],
            "error": self.error,
        }


@dataclass(frozen=True)
class CheckResult:
    """What `theorycheck.check` found.

    Args:
        claims: a report for each claim, lemma and row of the ledger, in the order in which they were asked for.
        problems: what is wrong with the files; the claims of a broken file stand among `claims`, too.
        seconds: how long the whole check took.
    """

    claims: tuple[ClaimReport, ...]
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def exit_code(self) -> int:
        """0: every verdict agrees with its finding. 1: something is wrong. 3: a claim that is not open is undecided."""
        if self.problems or any(report.defects for report in self.claims):
            return FAILED
        return UNDECIDED if any(not report.agrees for report in self.claims) else DONE

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON document."""
        return {"claims": [report.to_json() for report in self.claims]}

    def text(self, ascii: bool = False) -> str:
        """The result as a page for a terminal.

        Args:
            ascii: write without characters beyond ASCII.
        """
        from theorycheck.claims.checkpage import check_text

        return check_text(self, ascii)

    def __getitem__(self, id: str) -> ClaimReport:
        for report in self.claims:
            if report.claim.id == id:
                return report
        raise KeyError(id)


def corroborated(rungs: Sequence[RungReport]) -> Verdict:
    """What several rungs say together: the strongest conclusive one counts, and a contradiction is a defect.

    A rung that looked at instances can refute, but establishes nothing for all; when only such rungs hold, the scope says so.

    >>> from theorycheck.verdict import certified, proved
    >>> checked = certified("balls", scope="instances", instances=9)
    >>> both = [RungReport("derive", proved("by algebra"), 0.1), RungReport("certify", checked, 0.2)]
    >>> corroborated(both).grade, corroborated(both).scope
    ('proved', 'all')
    >>> corroborated([both[1]]).reason
    'holds on 9 instances: balls'
    >>> corroborated([both[0], RungReport("certify", Verdict(False, "certified", "balls", witness="2"), 0.1)]).holds is None
    True
    """
    said = {holds: [r for r in rungs if r.verdict.holds is holds] for holds in (True, False, None)}
    if said[True] and said[False]:
        holding, failing = (", ".join(r.rung for r in said[h]) for h in (True, False))
        why = said[False][0].verdict.reason
        return undecided(f"the rungs contradict each other: {holding} says that it holds, {failing} that it fails ({why})")
    if said[False]:
        return _strongest(said[False])
    everywhere = [r for r in said[True] if r.verdict.scope == "all"]
    if everywhere:
        return _strongest(everywhere)
    if said[True]:
        best = _strongest(said[True])
        return replace(best, reason=f"holds on {best.instances or 'some'} instances: {best.reason}")
    return undecided("; ".join(f"{r.rung}: {r.verdict.reason}" for r in said[None]))


def _strongest(rungs: Sequence[RungReport]) -> Verdict:
    return min((r.verdict for r in rungs), key=lambda v: GRADES.index(str(v.grade)))
