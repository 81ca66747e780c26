"""Adam with a cosine schedule and early stopping: networks as they are trained in practice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError, TheorycheckError
from theorycheck.network.arguments import real_array, require_positive, require_whole
from theorycheck.sphere.sampling import require_generator

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
        InputError: a number that is not positive or not whole, a start that is no list of arrays, a gradient that is no list of arrays of
            their shapes, a score that is no number.
        TheorycheckError: no score was finite.

    >>> ends = adam(lambda p, _: [2 * (p[0] - 3)], [np.zeros(1)], lambda p: float(abs(p[0][0] - 3)), np.random.default_rng(0), 8, steps=400,
    ...             rate=0.1)
    >>> bool(abs(ends.parameters[0][0] - 3) < 1e-2)
    True
    """
    samples, steps = require_whole("samples", samples, 1), require_whole("steps", steps, 1)
    batch, every = require_whole("batch", batch, 1), require_whole("every", every, 1)
    rate = require_positive("rate", rate)
    require_generator(rng)
    if not callable(gradient) or not callable(score):
        raise InputError(f"gradient={gradient!r}, score={score!r}; write functions, of parameters and numbers, and of parameters")
    if isinstance(enough, bool) or not isinstance(enough, (int, float, np.integer, np.floating)) or enough != enough:
        raise InputError(f"enough={enough!r}; write a number, or −inf to take all steps")
    if not isinstance(start, (list, tuple)) or not start:
        raise InputError("the start is no list of arrays; write [w], the parameters in a list")
    here = [real_array("the start", p).copy() for p in start]
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
            for p, g, m, v in zip(here, _slopes(gradient(here, chosen), here), first, second, strict=True):
                m += (1 - _FIRST) * (g - m)
                v += (1 - _SECOND) * (g * g - v)
                p -= length * m / (np.sqrt(v) + _TINY)
            taken = t
            if t % every == 0 or t == steps:
                found = _score(score(here))
                if found < best_score:
                    best, best_score, best_step = [p.copy() for p in here], found, t
                if best_score <= enough:
                    break
    if not np.isfinite(best_score):
        raise TheorycheckError(f"the training has diverged: no score was finite in {steps} steps; take a rate below {rate}")
    return Trained(best, float(best_score), best_step, taken)


def _slopes(found: Any, here: Arrays) -> Arrays:
    if not isinstance(found, (list, tuple)) or len(found) != len(here):
        raise InputError(f"the gradient is no list of {len(here)} arrays; return one array for each parameter")
    for number, (g, p) in enumerate(zip(found, here, strict=True)):
        if not isinstance(g, (np.ndarray, np.generic)) or g.dtype.kind not in "fiub" or g.shape != p.shape:
            shape = getattr(g, "shape", None)
            raise InputError(f"gradient {number} is {type(g).__name__} of shape {shape}; return real numbers of shape {p.shape}")
    return list(found)


def _score(found: Any) -> float:
    if isinstance(found, (bool, str)) or not isinstance(found, (int, float, np.integer, np.floating)):
        raise InputError(f"the score is {found!r}; return a number")
    return float(found)
