"""Verdicts: holds, fails or undecided, with the grade of the evidence. Three-valued (Kleene) logic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

#: Grades of evidence, strongest first.
GRADES = ("proved", "certified", "computed", "sampled")


@dataclass(frozen=True)
class Verdict:
    """What was found about a statement, and how good the evidence is.

    Args:
        holds: True, False, or None for undecided.
        grade: one of `GRADES`, or None when undecided.
        reason: one line a person can check.
        witness: where the statement fails (a decimal or exact number as text).
        value: the number that goes with the property, if any.
        scope: "all", or "instances" when only finitely many were checked.
        instances: how many, when the scope is "instances".
        trusts: ids of the lemmas taken on trust.

    >>> (proved("a square") & certified("a ball")).grade
    'certified'
    >>> (undecided("hard") & refuted("witness", witness="2")).holds
    False
    >>> (undecided("hard") & proved("easy")).holds is None
    True
    """

    holds: bool | None
    grade: str | None
    reason: str
    witness: str | None = None
    value: Any = None
    scope: str = "all"
    instances: int | None = None
    trusts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.holds is None) != (self.grade is None):
            raise ValueError("a verdict has a grade exactly when it is decided")
        if self.grade is not None and self.grade not in GRADES:
            raise ValueError(f"unknown grade {self.grade!r}; write one of {', '.join(GRADES)}")

    def __bool__(self) -> bool:
        raise TypeError("a verdict has three values: ask .holds is True, .holds is False or .holds is None")

    def __and__(self, other: Verdict) -> Verdict:
        return conjunction([self, other])

    def __or__(self, other: Verdict) -> Verdict:
        return ~conjunction([~self, ~other])

    def __invert__(self) -> Verdict:
        return self if self.holds is None else replace(self, holds=not self.holds)

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON document."""
        return {
            "holds": self.holds,
            "grade": self.grade,
            "scope": self.scope,
            "instances": self.instances,
            "reason": self.reason,
            "trusts": list(self.trusts),
            "witness": self.witness,
            "value": self.value,
        }


def proved(reason: str, **more: Any) -> Verdict:
    """Holds, by an exact symbolic argument."""
    return Verdict(True, "proved", reason, **more)


def certified(reason: str, **more: Any) -> Verdict:
    """Holds, by a rigorous enclosure."""
    return Verdict(True, "certified", reason, **more)


def refuted(reason: str, *, witness: str | None, grade: str = "proved", **more: Any) -> Verdict:
    """Fails, with a witness."""
    return Verdict(False, grade, reason, witness=witness, **more)


def undecided(reason: str) -> Verdict:
    """Neither: the reason says what is missing and what would decide it."""
    return Verdict(None, None, reason)


def conjunction(members: Iterable[Verdict], reason: str | None = None) -> Verdict:
    """Kleene "and": one failure decides; otherwise the grade is that of the weakest member.

    Args:
        members: the verdicts to join, at least one.
        reason: a reason for the whole; by default those of the members that decide.
    """
    parts = list(members)
    failures = [p for p in parts if p.holds is False]
    if failures:
        best = min(failures, key=lambda p: GRADES.index(str(p.grade)))
        return replace(best, reason=reason or best.reason, value=None)
    open_parts = [p for p in parts if p.holds is None]
    if open_parts:
        return undecided(reason or "; ".join(p.reason for p in open_parts))
    grade = max((str(p.grade) for p in parts), key=GRADES.index)
    scope = "instances" if any(p.scope == "instances" for p in parts) else "all"
    counts = [p.instances for p in parts if p.instances is not None]
    trusts = tuple(dict.fromkeys(t for p in parts for t in p.trusts))
    text = reason or "; ".join(dict.fromkeys(p.reason for p in parts))
    return Verdict(True, grade, text, scope=scope, instances=min(counts) if counts else None, trusts=trusts)
