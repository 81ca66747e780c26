"""Both algorithms for the ReLU gate under fourteen attacks, against drawing the data that they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import sqrt

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.training.gate_rates import critical_step, mean_square_rate
from theorycheck.training.relu_gate import Attack, relu_gate

DIMENSION, BATCH, STEPS = 500, 16, 6000
#: The settings of the deck's figures: five magnitudes at probability 1/2, nine probabilities at magnitude 2.
ATTACKS = [Attack(magnitude) for magnitude in (0, 0.5, 1, 2, 4)] + [Attack(2, tenths / 10) for tenths in range(1, 10)]
#: Half of the best step, and how far the slope of the logarithm may be from the mean-square rate.
STEP, TOLERANCE = critical_step(DIMENSION, BATCH) / 4, 0.03


def ours() -> np.ndarray:
    """All settings of both algorithms; the distances of modified SGD without attack at every tenth step."""
    rng = np.random.default_rng(0)
    truth, start = rng.standard_normal((2, DIMENSION))
    truth *= sqrt(DIMENSION) / np.linalg.norm(truth)
    path = relu_gate(rng, truth, ATTACKS, STEP, STEPS, BATCH, start)
    return np.array([np.linalg.norm(rows[0, 0] - truth) for number, rows in enumerate(path) if number % 10 == 0])


def drawing() -> None:
    """The same number of batches, drawn and dropped."""
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        rng.standard_normal((BATCH, DIMENSION))


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """gate-500."""
    if not wanted("gate-500"):
        return
    distances = ours()
    steps = 10 * int(np.argmax(distances < 1e-6 * distances[0]))
    slope, stated = 2 * np.log(distances[steps // 10] / distances[0]) / steps, np.log(mean_square_rate(STEP, DIMENSION, BATCH))
    apart = abs(slope / stated - 1) if steps else float("inf")
    if not apart <= TOLERANCE:
        raise AssertionError(f"gate-500: the rate without attack is off by {apart:.2g} relative, more than {TOLERANCE:g}")
    text = f"rate off by {apart:.1e} ≤ {TOLERANCE:g}, 14 settings of 2 algorithms"
    yield compare("gate-500", goals["gate-500"], ours, drawing, text, repetitions=3)
