"""Work limits: cells, bits and, as a safety net only, the clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from theorycheck.errors import InputError, Undecided


@dataclass
class Budget:
    """The work that one question may cost.

    Args:
        seconds: wall-clock safety net in seconds; a reason says so when it was the clock that stopped the work.
        cells: boxes that one covering may look at.
        max_bits: the highest working precision in bits.

    >>> Budget(seconds=5).remaining() <= 5
    True
    """

    seconds: float = 60.0
    cells: int = 40_000
    max_bits: int = 60_000
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise InputError(f"a budget of {self.seconds} seconds leaves no time; write a positive number, for example 60")

    def remaining(self) -> float:
        """Seconds left on the safety net."""
        return self.seconds - (time.monotonic() - self.started)

    def check(self, doing: str) -> None:
        """Raise Undecided once the clock has run out, naming what was being done."""
        if self.remaining() <= 0:
            raise Undecided(f"stopped by the clock after {self.seconds:g} s while {doing}; a larger --budget may decide it")

    def share(self, fraction: float) -> Budget:
        """A budget over a fraction of the time that is left, with the same work limits."""
        return Budget(max(0.05, fraction * self.remaining()), self.cells, self.max_bits)
