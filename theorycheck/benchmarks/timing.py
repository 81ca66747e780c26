"""Interleaved, cold measurements of CPU time, and the row that reports them."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Pairs of measurements; the median of their ratios is reported.
REPETITIONS = 9
#: A measurement repeats its call until this many seconds of CPU time have passed.
SHORTEST = 0.01


@dataclass(frozen=True)
class Row:
    """One line of the benchmark.

    Args:
        name: of the row.
        ours_seconds, peer_seconds: medians of CPU seconds.
        ratio: median of the ratios of interleaved pairs.
        goal: what the ratio should not exceed.
        accuracy: what was asserted in the same run.
    """

    name: str
    ours_seconds: float
    peer_seconds: float
    ratio: float
    goal: float
    accuracy: str

    def to_json(self) -> dict[str, Any]:
        """The document {"name", "ours_seconds", "peer_seconds", "ratio", "goal"}."""
        return {
            "name": self.name,
            "ours_seconds": self.ours_seconds,
            "peer_seconds": self.peer_seconds,
            "ratio": self.ratio,
            "goal": self.goal,
        }


def forget() -> None:
    """Empty every cache of theorycheck that holds numbers: nodes, rules, balls, expansions.

    Parsed functions and their compiled tapes stay, as the peers' ready-made Python functions do.
    """
    kept = ("theorycheck.activation.tape", "theorycheck.activation.floats", "theorycheck.activation.balls")
    for name, module in list(sys.modules.items()):
        if name.startswith("theorycheck.") and name not in kept and module is not None:
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)) and getattr(value, "__module__", "") not in kept:
                    value.cache_clear()


def cold_seconds(call: Callable[[], Any]) -> float:
    """CPU seconds of one call with nothing cached, averaged over enough calls to be measurable."""
    spent, calls = 0.0, 0
    while spent < SHORTEST:
        forget()
        start = time.process_time()
        call()
        spent += time.process_time() - start
        calls += 1
    return spent / calls


def compare(
    name: str,
    goal: float,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    accuracy: str,
    *,
    peer_factor: float = 1.0,
    ours_seconds: Callable[[Callable[[], Any]], float] = cold_seconds,
    peer_seconds: Callable[[Callable[[], Any]], float] = cold_seconds,
    repetitions: int = REPETITIONS,
) -> Row:
    """Measure ours and the peer in turn.

    Args:
        name, goal, accuracy: as in `Row`.
        ours, peer: the work, without arguments.
        peer_factor: how many times the work the peer's measured subset stands for.
        ours_seconds, peer_seconds: how to measure one call.
        repetitions: interleaved pairs.
    """
    pairs = []
    for _ in range(repetitions):
        mine = ours_seconds(ours)
        pairs.append((mine, peer_seconds(peer) * peer_factor))
    return Row(
        name,
        statistics.median(mine for mine, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(mine / theirs for mine, theirs in pairs),
        goal,
        accuracy,
    )


def process_seconds(arguments: list[str]) -> float:
    """CPU seconds of a whole Python process."""
    child = os.spawnve(os.P_NOWAIT, sys.executable, [sys.executable, *arguments], _quiet_environment())
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"python {' '.join(arguments)} failed with status {status}")
    return usage.ru_utime + usage.ru_stime


def _quiet_environment() -> dict[str, str]:
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
