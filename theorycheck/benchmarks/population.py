"""One exact gradient step of the population loss of a ReLU network, against one matrix product of the same size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.network.population import HomogeneousPopulation
from theorycheck.network.rows import random_unit_rows

_SIZE = 50


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """population-step."""
    if not wanted("population-step"):
        return
    rng = np.random.default_rng(0)
    loss, weights = HomogeneousPopulation("relu", np.eye(_SIZE), np.ones(_SIZE)), np.ones(_SIZE)
    start, other = random_unit_rows(rng, _SIZE, _SIZE), rng.standard_normal((_SIZE, _SIZE))
    error = gradient_error(loss, start, weights, rng)
    if not error <= 1e-7:
        raise AssertionError(f"the gradient errs by {error:.3g} relative to differences of the loss, more than 1e-7")

    def step() -> np.ndarray:
        return start - 0.02 * loss(start, weights).rows

    yield compare("population-step", goals["population-step"], step, lambda: start @ other, f"error {error:.1e} ≤ 1e-7, free rows")


def gradient_error(loss: HomogeneousPopulation, rows: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> float:
    """The gradient along a random direction against a central difference, relative."""
    direction = rng.standard_normal(rows.shape)
    width = 1e-5
    difference = (loss(rows + width * direction, weights).value - loss(rows - width * direction, weights).value) / (2 * width)
    exact = float((loss(rows, weights).rows * direction).sum())
    return abs(exact - difference) / abs(exact)
