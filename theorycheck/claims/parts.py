"""The parts of a claim: its source, its assumptions (data, not prose), its rungs and its variants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from theorycheck.errors import InputError
from theorycheck.verdict import Verdict


@dataclass(frozen=True)
class Source:
    """Where a statement comes from.

    Args:
        deck: the deck of slides, for example "001".
        slide: the title of the slide.
        arxiv: the paper's number.
        note: anything else that helps to find the place.
    """

    deck: str
    slide: str | None = None
    arxiv: str | None = None
    note: str | None = None

    def __str__(self) -> str:
        parts = [f"deck {self.deck}", self.slide and f"“{self.slide}”", self.arxiv and f"arXiv:{self.arxiv}", self.note]
        return ", ".join(p for p in parts if p)


@dataclass(frozen=True)
class Holds:
    """An assumption on an activation: the property of that name holds (or, with `value=False`, fails).

    Args:
        name: the name of a property, as `theorycheck verify` prints it.
        value: what the property must be.
    """

    name: str
    value: bool = True

    def __str__(self) -> str:
        return self.name if self.value else f"not {self.name}"

    def verdict(self, properties: Mapping[str, Verdict]) -> Verdict:
        """Whether the assumption is met, given the verdicts on one activation's properties.

        Raises:
            InputError: the property is not among those given.
        """
        if self.name not in properties:
            raise InputError(f"there is no property {self.name!r}; write one of {', '.join(properties)}")
        found = properties[self.name] if self.value else ~properties[self.name]
        word = {True: "holds", False: "fails", None: "is undecided"}[properties[self.name].holds]
        return replace(found, reason=f"{self.name} {word}: {found.reason}", value=None)


@dataclass(frozen=True)
class Instances:
    """An assumption that is a generator of valid instances, nasty ones first.

    Args:
        name: what the instances are, for example "teachers".
        make: `make(rng, count)` yields instances; `rng` is a NumPy generator.
        drops: for each part of the assumption that a mutant may drop, a generator of instances that violate it.

    >>> Instances("signs", lambda rng, count: [1, -1][:count]).name
    'signs'
    """

    name: str
    make: Callable[[Any, int], Iterable[Any]]
    drops: Mapping[str, Callable[[Any, int], Iterable[Any]]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RungOf:
    """One rung of a claim: the function that gathers the evidence, and the sizes of a simulation by scale."""

    name: str
    function: Callable[..., Any]
    scales: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return self.function.__code__.co_firstlineno


@dataclass(frozen=True)
class Variant:
    """A mutant, a misprint or a control: the claim with other knobs, or with part of an assumption dropped.

    Args:
        name: what was changed, in words.
        by: the rung that must notice, or None for all of a control.
        knobs: the knobs that differ from the claim's.
        drop: the part of an assumption that is dropped.
        line: the line of the declaration.
        misprint: for a misprint `{"where", "printed", "correct"}`, else None.
    """

    name: str
    by: str | None
    knobs: Mapping[str, Any]
    drop: str | None
    line: int
    misprint: Mapping[str, str] | None = None
