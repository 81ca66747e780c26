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
    """y·h₂(⟨b, x⟩) for a network of two ReLU units in three dimensions, as the key lemma has it; the variance is less than 100.

    Bare draws with no integrand are the worst case: watching them costs about a third of drawing them.
    """
    x = rng.standard_normal((3, size))
    y = np.maximum(0.6 * x[0] + 0.8 * x[1], 0.0) + 0.5 * np.maximum(0.6 * x[1] + 0.8 * x[2], 0.0)
    return y * ((0.8 * x[0] + 0.6 * x[1]) ** 2 - 1) / 2**0.5


def estimated() -> int:
    """A million samples watched by Catoni's sequence; the number of samples, as the deviation to be noticed is out of reach."""
    theory = (0.96**2 + 0.5 * 0.36**2) / (2 * np.pi**0.5)  # σ̂₂ Σ a_j ⟨b_j, b⟩², σ̂₂ = 1/(2√π)
    found, _ = estimate(sampler, np.random.default_rng(0), theory, 1e-6, SAMPLES, 1e-9, variance=100.0)
    return found.samples


def drawn() -> None:
    """The same samples, in batches of the same size, looked at by nobody."""
    rng = np.random.default_rng(0)
    for start in range(0, SAMPLES, BLOCK):
        batch = sampler(rng, min(BLOCK, SAMPLES - start))  # held while the next is drawn, as in an estimate: allocation costs the same
    del batch


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """estimate-million."""
    if wanted("estimate-million"):
        if estimated() != SAMPLES:
            raise AssertionError("the estimate stopped before its million samples")
        text = "a million samples, theory not refuted"
        yield compare("estimate-million", goals["estimate-million"], estimated, drawn, text, repetitions=21)
