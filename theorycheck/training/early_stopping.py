"""Adam with a cosine schedule and early stopping: networks as they are trained in practice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theorycheck.errors import InputError, TheorycheckError

Arrays = list[np.ndarray]
#: Adam's constants, as its authors recommend them.
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Trained:
    """What a training ends with.

    Args:
        parameters: those with the best validation score.
        score: that score.
        step: when it was reached.
        steps: how many steps were taken in all.
    """

    parameters: Arrays
    score: float
    step: int
    steps: int


def adam(
    gradient: Callable[[Arrays, np.ndarray], Arrays],
    start: Arrays,
    score: Callable[[Arrays], float],
    rng: np.random.Generator,
    samples: int,
    *,
    steps: int,
    rate: float = 5e-3,
    batch: int = 32,
    every: int = 50,
    enough: float = -np.inf,
) -> Trained:
    """Adam on batches without replacement, its rate falling to 0 as a half cosine; the parameters that score best are kept.

    Args:
        gradient: of the loss over the samples with the given numbers, a function of parameters and numbers.
        start: the parameters at the start.
        score: on validation samples; less is better, not a number counts as infinitely bad.
        rng: a NumPy generator.
        samples: how many training samples there are.
        steps: how many steps; with too few a network is not trained, and loses any comparison.
        rate: the rate at the start.
        batch: samples in a step.
        every: steps between two looks at the score.
        enough: stop as soon as the score is at most this.

    Raises:
        InputError: a number that is not positive.
        TheorycheckError: no score was finite.

    >>> ends = adam(lambda p, _: [2 * (p[0] - 3)], [np.zeros(1)], lambda p: float(abs(p[0][0] - 3)), np.random.default_rng(0), 8, steps=400,
    ...             rate=0.1)
    >>> bool(abs(ends.parameters[0][0] - 3) < 1e-2)
    True
    """
    for name, number in (("samples", samples), ("steps", steps), ("rate", rate), ("batch", batch), ("every", every)):
        if not number > 0:
            raise InputError(f"{name}={number}; write a positive number")
    here = [np.array(p, dtype=float) for p in start]
    first, second = [np.zeros_like(p) for p in here], [np.zeros_like(p) for p in here]
    best, best_score, best_step = [p.copy() for p in here], np.inf, 0
    order, place, taken = rng.permutation(samples), 0, 0
    for t in range(1, steps + 1):
        if place + batch > samples:
            order, place = rng.permutation(samples), 0
        chosen, place = order[place : place + batch], place + batch
        length = rate * (1 + np.cos(np.pi * (t - 1) / steps)) / 2
        length *= np.sqrt(1 - _SECOND**t) / (1 - _FIRST**t)
        with np.errstate(all="ignore"):  # what overflows is seen in the score
            for p, g, m, v in zip(here, gradient(here, chosen), first, second, strict=True):
                m += (1 - _FIRST) * (g - m)
                v += (1 - _SECOND) * (g * g - v)
                p -= length * m / (np.sqrt(v) + _TINY)
            taken = t
            if t % every == 0 or t == steps:
                found = score(here)
                if found < best_score:
                    best, best_score, best_step = [p.copy() for p in here], found, t
                if best_score <= enough:
                    break
    if not np.isfinite(best_score):
        raise TheorycheckError(f"the training has diverged: no score was finite in {steps} steps; take a rate below {rate}")
    return Trained(best, float(best_score), best_step, taken)
