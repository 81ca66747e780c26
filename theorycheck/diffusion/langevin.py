"""Paths of dX = −∇f dt + √s dB by Euler's method, many particles at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import real_array, require_positive, require_whole
from theorycheck.sphere.sampling import require_generator
from theorycheck.training.gradient_descent import Diverged, unwritable

#: A particle this many times farther out than the start (or than 1) has left for infinity.
_AWAY = 1e8


def langevin(
    gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, s: float, step: float, steps: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """The iterates X_{k+1} = X_k − h∇f(X_k) + √(sh) N(0, I) from X_0 = start; with h = s this is gradient descent with noise s·N(0, I).

    Args:
        gradient: ∇f of an array of particles, same shape as its argument.
        start: X_0, of any shape; each entry is driven by noise of its own.
        s: positive; the diffusion coefficient is s/2.
        step: h, positive.
        steps: how many; steps + 1 arrays are yielded.
        rng: a NumPy generator.

    Returns:
        An iterator over arrays of the shape of the start, not writeable: the next step needs them.

    Raises:
        InputError: s or h is not positive, a start that is not finite, a gradient of another shape.
        Diverged: a particle has left for infinity; the iterates that were yielded before stand.

    >>> *_, last = langevin(lambda x: x, np.zeros(100_000), 0.5, 0.1, 100, np.random.default_rng(0))
    >>> bool(abs(last.var() - 0.5 / (2 - 0.1)) < 0.005)  # the stationary variance is s/(2 − h)
    True
    >>> list(langevin(lambda x: x**3, np.full(3, 9.0), 0.5, 0.1, 100, np.random.default_rng(0)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    theorycheck.training.gradient_descent.Diverged: the path diverges with the step 0.1: ... take a smaller step, for example 0.01
    """
    s, step = require_positive("s", s), require_positive("step", step)
    here = real_array("the start", start).copy()
    if not np.isfinite(here).all():
        raise InputError("the start is not finite; write finite numbers")
    steps = require_whole("steps", steps, 0)
    require_generator(rng)
    if not callable(gradient):
        raise InputError(f"the gradient is {gradient!r}; write a function of an array of particles")
    far, kick = _AWAY * max(1.0, float(np.abs(here).max(initial=0))), np.sqrt(s * step)
    yield (shown := unwritable(here))
    for k in range(steps):
        with np.errstate(all="ignore"):  # what overflows is seen below
            slope = real_array("the gradient", gradient(here))
            if np.shape(slope) != here.shape:
                raise InputError(f"the gradient has shape {np.shape(slope)} and the particles {here.shape}; return one of the same shape")
            following = here - step * slope + kick * rng.standard_normal(here.shape)
        if not float(np.abs(following).max(initial=0)) < far:
            raise Diverged(
                k + 1,
                shown,
                f"the path diverges with the step {step:.6g}: iterate {k + 1} is beyond {far:.1g}; {k + 1} iterates stand; "
                f"take a smaller step, for example {step / 10:.3g}",
            )
        here = following
        yield (shown := unwritable(here))
