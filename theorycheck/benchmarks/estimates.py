"""The row that measures what a confidence sequence adds to the samples that it watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.montecarlo.decision import estimate
from theorycheck.montecarlo.estimates import BLOCK

SAMPLES = 10**6


def sampler(rng: np.random.Generator, size: int) -> Any:
    """The cheapest integrand worth an estimate: the positive part of a Gaussian, of variance less than 1/2."""
    return np.maximum(rng.standard_normal(size), 0.0)


def estimated() -> int:
    """A million samples watched by Catoni's sequence; the number of samples, as the deviation to be noticed is out of reach."""
    found, _ = estimate(sampler, np.random.default_rng(0), (2 * np.pi) ** -0.5, 1e-6, SAMPLES, 1e-9, variance=0.5)
    return found.samples


def drawn() -> None:
    """The same samples, in batches of the same size, looked at by nobody."""
    rng = np.random.default_rng(0)
    for start in range(0, SAMPLES, BLOCK):
        sampler(rng, min(BLOCK, SAMPLES - start))


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """estimate-million."""
    if wanted("estimate-million"):
        if estimated() != SAMPLES:
            raise AssertionError("the estimate stopped before its million samples")
        text = "a million samples, theory not refuted"
        yield compare("estimate-million", goals["estimate-million"], estimated, drawn, text, repetitions=21)
