"""What certify and simulate rungs record: comparisons of theory with evidence, over instances, with a witness where they fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from theorycheck.claims.claim import Claim, ClaimError, Instances
from theorycheck.claims.comparison import compare_equal, compare_less
from theorycheck.verdict import Verdict, conjunction, undecided

#: How many instances `check.instances()` asks for unless told.
INSTANCES = 20


def generator_for(claim: Claim, rung: str, seed: int) -> Any:
    """The NumPy generator of a rung: it depends on the seed, the claim's id and the rung, on nothing else."""
    import numpy as np

    return np.random.default_rng(seed_sequence(f"{claim.id} {rung}", seed))


def seed_sequence(purpose: str, seed: int) -> Any:
    """The NumPy seed sequence for a purpose in words: equal words and seeds give equal draws, others are independent."""
    import numpy as np

    words = hashlib.sha256(purpose.encode()).digest()
    return np.random.SeedSequence([seed, int.from_bytes(words[:8], "big")])


class Evidence:
    """What certify and simulate rungs share: findings, instances and their count.

    Args:
        claim: the claim.
        rung: the rung's name.
        drop: the part of an assumption that a mutant drops.
        seed: of the generator.
    """

    def __init__(self, claim: Claim, rung: str, drop: str | None, seed: int):
        self.claim, self.rung, self.dropped = claim, rung, drop
        self.rng = generator_for(claim, rung, seed)
        self.findings: list[Verdict] = []
        self._seen = 0
        self._instance: Any = None
        self._covers: str | None = None

    def instances(self, count: int = INSTANCES, name: str | None = None) -> Iterator[Any]:
        """The instances of an assumption, nasty ones first; of a mutant that drops part of it, instances that violate that part.

        Args:
            count: the most instances.
            name: which `Instances` assumption, if the claim has several.

        Raises:
            ClaimError: there is no such assumption, or it admits no instance: then nothing was checked.
        """
        known = [a for a in self.claim.assumes if isinstance(a, Instances) and name in (None, a.name)]
        if len(known) != 1:
            names = ", ".join(a.name for a in self.claim.assumes if isinstance(a, Instances)) or "none"
            raise ClaimError(f"{self.claim.id}: {len(known)} generators of instances answer to name={name!r}; it declares {names}")
        make = known[0].drops.get(self.dropped, known[0].make) if self.dropped else known[0].make
        yielded = 0
        for instance in islice(make(self.rng, count), count):
            yielded += 1
            self._seen += 1
            self._instance = instance
            yield instance
        self._instance = None
        if not yielded:
            raise ClaimError(f"{self.claim.id}: the assumption {known[0].name!r} admits no instance; correct its generator")

    def true(self, holds: Verdict | bool | None, label: str, grade: str = "computed") -> bool | None:
        """Record a fact that was decided elsewhere: a verdict, or a bare truth value, which is "computed" or "sampled" at most."""
        if isinstance(holds, Verdict):
            return self._record(holds, label)
        if grade not in ("computed", "sampled"):
            raise ClaimError(f"{self.claim.id}: a bare truth value cannot be graded {grade!r}; pass the Verdict that decided it")
        if holds is None:
            return self._record(undecided("not decided"), label)
        return self._record(Verdict(bool(holds), grade, "true" if holds else "false"), label)

    def covers_all(self, reason: str) -> None:
        """State that what was checked covers the whole claim, and why: the scope is then "all" instead of the instances."""
        self._covers = reason

    def _record(self, found: Verdict, label: str) -> bool | None:
        at = f" at {_shown(self._instance)}" if self._instance is not None else ""
        reason = f"{label}{at}: {found.reason}" if label else found.reason
        witness = found.witness
        if found.holds is False:
            witness = witness or (_shown(self._instance) if self._instance is not None else label or found.reason)
        self.findings.append(replace(found, reason=reason, witness=witness, value=None))
        return found.holds

    def verdict(self) -> Verdict:
        """What the findings add up to, with the scope."""
        if not self.findings:
            return undecided(f"the {self.rung} rung compared nothing")
        whole = conjunction(self.findings)
        if whole.holds is None:
            first = next(f for f in self.findings if f.holds is None)
            return undecided(first.reason)
        reason = whole.reason
        if whole.holds:
            last = self.findings[-1].reason
            last = f"{len(self.findings)} comparisons, the last: {last}" if len(self.findings) > 1 else last
            reason = f"{self._covers}; {last}" if self._covers else last
        if self._covers and whole.scope == "all":
            return replace(whole, reason=reason, instances=None)
        return replace(whole, reason=reason, scope="instances", instances=self._seen or len(self.findings))


class Check(Evidence):
    """The argument of a certify rung: theory against evidence, by balls or independent high precision."""

    def equal(self, theory: Any, evidence: Any, label: str, digits: int | None = None) -> bool | None:
        """Theory and evidence agree.

        Args:
            theory: an exact number, Enclosure, arb, SymPy number, mpmath number or float; or an array or list of them.
            evidence: the same, found by other means.
            label: what is compared, in words.
            digits: how many decimal digits must agree, relative to max(1, abs(theory)); by default 10 for balls, 12 for mpmath
                numbers, 9 for floats.

        Returns:
            True (graded "proved" for two exact rationals, else "computed": overlap proves no equality), False when they are
            apart ("certified" for balls), None when the balls are too wide to tell.
        """
        return self._record(compare_equal(theory, evidence, digits), label)

    def less(self, left: Any, right: Any, label: str) -> bool | None:
        """A strict inequality, certified for exact numbers and balls, computed for mpmath numbers and floats."""
        return self._record(compare_less(left, right, strict=True), label)

    def less_equal(self, left: Any, right: Any, label: str) -> bool | None:
        """As `less`, with equality allowed."""
        return self._record(compare_less(left, right, strict=False), label)


def _shown(instance: Any) -> str:
    import numpy as np

    if isinstance(instance, np.ndarray):
        text = np.array2string(instance, precision=6, threshold=20, separator=", ").replace("\n", "")
    elif isinstance(instance, Mapping):
        text = ", ".join(f"{key}={_shown(value)}" for key, value in instance.items())
    elif isinstance(instance, tuple):
        text = "(" + ", ".join(_shown(part) for part in instance) + ")"
    else:
        text = str(instance)
    return text if len(text) <= 200 else text[:197] + "…"
