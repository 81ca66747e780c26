"""A claim: a statement with its assumptions and source, its rungs of evidence, and mutants that must be refuted."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from theorycheck.claims.parts import Holds, Instances, RungOf, Source, Variant
from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, conjunction

__all__ = ["FINDINGS", "KINDS", "ORIGINS", "RUNGS", "Claim", "ClaimError", "Holds", "Instances", "RungOf", "Source", "Variant"]

#: The rungs, in the order in which they are climbed.
RUNGS = ("derive", "certify", "simulate")
KINDS = ("equality", "upper bound", "lower bound", "implication", "existence", "observation")
FINDINGS = ("holds", "refuted", "open")
ORIGINS = ("source", "theorycheck")
#: Names that `mutant`, `misprint` and `control` take for themselves.
RESERVED = ("by", "drop", "name", "where", "printed", "correct", "dropped")

Rung = TypeVar("Rung", bound=Callable[..., Any])
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?")


class ClaimError(InputError):
    """A claim is declared wrongly, or cannot be run as it is declared; the message names it and says what to write."""


class Claim:
    """A statement, executable once: every rung reads it through the same knobs.

    Args:
        id: "deck/name" in lower case with dashes, or a bare name, to which discovery adds the folder.
        title: one line in words.
        source: where the statement comes from, if it was taken from somewhere.
        kind: one of `KINDS`.
        statement: the statement in LaTeX.
        reading: our precise reading, where the source is vague.
        assumes: `Holds` and `Instances`, nothing in prose.
        finding: "holds" (the rungs must say so), "refuted" (they must say that it fails, and the controls must hold) or "open".
        knobs: what mutants may change, with the values of the statement as it stands.
        origin: "source", or "theorycheck" for results of our own.
        guarantees: whether the claim appears on the page of an activation that satisfies its assumptions.
        why: the reason why an open claim is open.

    Raises:
        ClaimError: an argument is wrong; the message says what to write.

    >>> claim = Claim("demo/square", title="a square", kind="equality", statement="(x+1)^2 = x^2+2x+1", knobs={"middle": 2})
    >>> @claim.derive
    ... def by_expansion(log, k):
    ...     from sympy import symbols
    ...     x = symbols("x", real=True)
    ...     log.equal((x + 1)**2, x**2 + k.middle*x + 1, "the square of a sum")
    >>> claim.mutant("no factor two", by="derive", middle=1)
    >>> from theorycheck.claims.rungs import run_rung
    >>> run_rung(claim, "derive").verdict.holds, run_rung(claim, "derive", {"middle": 1}).verdict.holds
    (True, False)
    """

    def __init__(
        self,
        id: str,
        *,
        title: str,
        kind: str,
        statement: str,
        source: Source | None = None,
        reading: str | None = None,
        assumes: Iterable[Holds | Instances] = (),
        finding: str = "holds",
        knobs: Mapping[str, Any] | None = None,
        origin: str = "source",
        guarantees: bool = False,
        why: str | None = None,
    ):
        self.id, self.title, self.source, self.kind = id, title, source, kind
        self.statement, self.reading, self.finding, self.why = statement, reading, finding, why
        self.assumes = tuple(assumes)
        self.knobs = dict(knobs or {})
        self.origin, self.guarantees = origin, guarantees
        frame = sys._getframe(1)
        self.file, self.line = frame.f_code.co_filename, frame.f_lineno
        self.rungs: dict[str, RungOf] = {}
        self.mutants: list[Variant] = []
        self.controls: list[Variant] = []
        if not isinstance(id, str) or not _ID.fullmatch(id):
            raise ClaimError(f"{id!r} is not a claim id; write deck/name in lower case with dashes, for example landscape/key-lemma")
        self._one_of("kind", kind, KINDS)
        self._one_of("finding", finding, FINDINGS)
        self._one_of("origin", origin, ORIGINS)
        for assumption in self.assumes:
            if not isinstance(assumption, (Holds, Instances)):
                raise self._error(f"the assumption {assumption!r} is prose; write Holds(property) or Instances(name, make)")
        for knob in self.knobs:
            if knob in RESERVED or not knob.isidentifier():
                raise self._error(f"a knob cannot be called {knob!r}; write another name")
        if finding == "open" and not why:
            raise self._error("it is open without a reason; write why=...")

    def __repr__(self) -> str:
        return f"Claim({self.id!r}, finding={self.finding!r}, rungs={list(self.rungs)})"

    def derive(self, function: Rung) -> Rung:
        """Declare the symbolic rung, `rung(log, k)`."""
        return self._declare("derive", function)

    def certify(self, function: Rung) -> Rung:
        """Declare the rung of balls and independent high precision, `rung(check, k)`."""
        return self._declare("certify", function)

    def simulate(self, *, quick: Mapping[str, Any], full: Mapping[str, Any]) -> Callable[[Rung], Rung]:
        """Declare the sampling rung, `rung(trial, k)`; the keys of `quick` or `full` are attributes of `trial`."""
        return lambda function: self._declare("simulate", function, {"quick": dict(quick), "full": dict(full)})

    def mutant(self, name: str, by: str | None = None, drop: str | None = None, **knobs: Any) -> None:
        """Declare a wrong version of the statement, which the rung `by` must refute.

        Args:
            name: what is wrong with it.
            by: the rung that must say "fails".
            drop: the part of an `Instances` assumption to drop.
            **knobs: the knobs to change.
        """
        self.mutants.append(self._variant(name, by, drop, knobs))

    def misprint(self, name: str, *, where: str, printed: str, correct: str, by: str | None = None, **knobs: Any) -> None:
        """Declare a mutant that somebody printed.

        Args:
            name: what is misprinted.
            where: the place in the source, for example "paper, eq. (2.9)".
            printed: what it prints, as text.
            correct: what is right, as text.
            by: the rung that must say "fails".
            **knobs: the knobs that turn the statement into the misprint.
        """
        self.mutants.append(self._variant(name, by, None, knobs, {"where": where, "printed": printed, "correct": correct}))

    def control(self, name: str, by: str | None = None, drop: str | None = None, **knobs: Any) -> None:
        """Declare a corrected statement, which the rung `by` (or every rung) must accept."""
        self.controls.append(self._variant(name, by, drop, knobs, every_rung=True))

    def applies(self, properties: Mapping[str, Verdict]) -> Verdict:
        """Whether an activation with these properties satisfies the assumptions: their Kleene conjunction.

        Args:
            properties: a verdict for each property by name.

        Raises:
            ClaimError: the claim has no assumption on an activation.
        """
        conditions = [a for a in self.assumes if isinstance(a, Holds)]
        if not conditions:
            raise self._error("it assumes nothing about an activation; write assumes=[Holds(...)] or guarantees=False")
        return conjunction(c.verdict(properties) for c in conditions)

    def require_complete(self) -> None:
        """Check what can only be seen once the whole file was read.

        Raises:
            ClaimError: no rung, no mutant, a refuted claim without a control, or a variant for a rung that is not there.
        """
        if not self.rungs and self.finding != "open":
            raise self._error("it has no rung; write @claim.derive, @claim.certify or @claim.simulate(...)")
        if not self.mutants and self.finding != "open":
            raise self._error("it has no mutant; write claim.mutant(name, by=rung, ...) with a wrong version of the statement")
        if self.finding == "refuted" and not self.controls:
            raise self._error("it is refuted and has no control; write claim.control(name, ...) with the corrected statement")
        if self.kind == "observation" and set(self.rungs) - {"simulate"}:
            raise self._error("it is an observation and has more than the simulate rung; choose another kind")
        if self.guarantees and not any(isinstance(a, Holds) for a in self.assumes):
            raise self._error("it guarantees something and assumes nothing about the activation; write assumes=[Holds(...)]")
        for variant in (*self.mutants, *self.controls):
            if variant.by is not None and variant.by not in self.rungs:
                raise self._error(f"{variant.name!r} is for the rung {variant.by!r}, which it lacks; write by={' or by='.join(self.rungs)}")

    def with_knobs(self, override: Mapping[str, Any]) -> dict[str, Any]:
        """The knobs with some replaced.

        Raises:
            ClaimError: there is no such knob.
        """
        for knob in override:
            if knob not in self.knobs:
                raise self._error(f"there is no knob {knob!r}; {self._nearest(knob, self.knobs)}")
        return {**self.knobs, **override}

    def _declare(self, name: str, function: Rung, scales: Mapping[str, Mapping[str, Any]] | None = None) -> Rung:
        if name in self.rungs:
            raise self._error(f"it has two {name} rungs; join them in one function")
        self.rungs[name] = RungOf(name, function, scales or {})
        return function

    def _variant(
        self,
        name: str,
        by: str | None,
        drop: str | None,
        knobs: Mapping[str, Any],
        misprint: Mapping[str, str] | None = None,
        every_rung: bool = False,
    ) -> Variant:
        if any(v.name == name for v in (*self.mutants, *self.controls)):
            raise self._error(f"there are two variants called {name!r}; write another name")
        if by is None and not every_rung:
            if len(self.rungs) != 1:
                raise self._error(f"the mutant {name!r} names no rung; write by=derive, certify or simulate in quotes")
            by = next(iter(self.rungs))
        if by is not None:
            self._one_of("by", by, RUNGS)
        if all(value == self.knobs[knob] for knob, value in self.with_knobs(knobs).items()) and drop is None:
            raise self._error(f"{name!r} changes nothing; give a knob another value or write drop=...")
        drops = [d for a in self.assumes if isinstance(a, Instances) for d in a.drops]
        if drop is not None and drop not in drops:
            raise self._error(f"{name!r} drops {drop!r}; {self._nearest(drop, drops)}")
        return Variant(name, by, dict(knobs), drop, sys._getframe(2).f_lineno, misprint)

    def _one_of(self, what: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            raise self._error(f"{what}={value!r} is not known; write one of {', '.join(allowed)}")

    @staticmethod
    def _nearest(word: str, known: Iterable[str]) -> str:
        import difflib  # only wrong declarations pay for it

        names = list(known)
        close = difflib.get_close_matches(word, names, 1)
        if close:
            return f"did you mean {close[0]!r}?"
        return f"write one of {', '.join(names)}" if names else "the claim declares none"

    def _error(self, message: str) -> ClaimError:
        return ClaimError(f"{self.id}: {message}")
