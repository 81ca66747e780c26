"""Gradient descent as a generator of iterates: population gradients, fresh-sample gradients, with or without a projection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from theorycheck.errors import InputError, TheorycheckError
from theorycheck.network.arguments import require_whole

#: An iterate this many times longer than the start (or than 1) has left for infinity.
_AWAY = 1e8


class Diverged(TheorycheckError):
    """Gradient descent left for infinity; the iterates that were yielded before stand.

    Args:
        number: the number of the iterate that is not usable; the iterates 0, ..., number − 1 were yielded.
        last: the last usable iterate.
        reason: what happened, and which step is safe.
    """

    def __init__(self, number: int, last: np.ndarray, reason: str):
        super().__init__(reason)
        self.number, self.last = number, last


def gradient_descent(
    gradient: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    step: float | Callable[[int], float],
    steps: int,
    project: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Iterator[np.ndarray]:
    """The iterates x_0 = start, x_{t+1} = project(x_t − step·gradient(x_t)), each with numbers of its own and not writeable: the next
    step needs them.

    Args:
        gradient: of the loss, exact or from fresh samples; same shape as its argument.
        start: x_0; floats of any shape, whose type is kept.
        step: a positive number, or a function of t = 0, 1, ...
        steps: how many steps; steps + 1 iterates are yielded, unless the caller stops earlier.
        project: for example `theorycheck.network.rows.unit_rows`; None for none.

    Raises:
        InputError: a start that is not finite, a step that is not a positive number, a gradient or a projection that is no array of the
            shape of the iterates.
        Diverged: an iterate, before or after the projection, or a gradient is not finite, or an iterate is 1e8 times longer than the
            start; the message names the step and one that is safe by the Lipschitz constant seen on the way.

    >>> [round(float(x[0]), 3) for x in gradient_descent(lambda x: 2 * x, np.array([1.0]), 0.25, 3)]
    [1.0, 0.5, 0.25, 0.125]
    >>> list(gradient_descent(lambda x: 2 * x, np.array([1.0]), 3, 40))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    theorycheck.training.gradient_descent.Diverged: gradient descent diverges with the step 3: ... so take a step below 1
    """
    here = _start(start)
    for name, function in (("gradient", gradient), ("projection", project)):
        if not callable(function) and (function is not None or name == "gradient"):
            raise InputError(f"the {name} is {_shown(function)}; write a function of the iterate")
    steps = require_whole("steps", steps, 0)
    far = _AWAY * max(1.0, float(np.linalg.norm(here)))
    seen: list[tuple[np.ndarray, np.ndarray]] = []  # the first two pairs (x, gradient), for the message of a failure
    yield (shown := unwritable(here))
    for t in range(steps):
        eta = _positive(step(t) if callable(step) else step, t)
        with np.errstate(all="ignore"):  # what overflows is seen below
            slope = _of_shape("gradient", gradient(here), here)
            if len(seen) < 2:
                seen.append((here, slope))
            following = here - here.dtype.type(eta) * slope
            length = float(np.sqrt(np.vdot(following, following)))
        if not length < far:
            raise Diverged(t + 1, shown, _divergence(t + 1, eta, length, seen))
        if project is not None:
            with np.errstate(all="ignore"):
                following = _of_shape("projection", project(following), here)
            if not np.isfinite(following).all():
                text = f"the projection of iterate {t + 1} is not finite; {t + 1} iterates stand"
                raise Diverged(t + 1, shown, f"{text}; mend the projection, or start elsewhere")
        here = following
        yield (shown := unwritable(here))


def unwritable(iterate: np.ndarray) -> np.ndarray:
    """A view of an iterate that refuses to be written to; it costs no copy.

    >>> unwritable(np.zeros(2))[0] = 1
    Traceback (most recent call last):
    ValueError: assignment destination is read-only
    """
    view = iterate.view()
    view.flags.writeable = False
    return view


def what_left(length: float) -> str:
    """What is wrong with an iterate of that length.

    >>> what_left(3e9), what_left(float("nan"))
    ('has length 3e+09', 'is not finite')
    """
    return f"has length {length:.3g}" if np.isfinite(length) else "is not finite"


def _start(start: Any) -> np.ndarray:
    try:
        here = np.array(start)
        real = here.dtype.kind != "c"
        here = here if here.dtype in (np.float32, np.float64) or not real else here.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"the start is {_shown(start)}; write an array of numbers") from None
    if not real:
        raise InputError("the start has complex entries; write real numbers, the real and imaginary parts side by side")
    if not np.isfinite(here).all():
        raise InputError("the start is not finite; write finite numbers")
    return here


def _positive(step: Any, t: int) -> float:
    try:
        eta = float("nan") if isinstance(step, str) else float(step)
    except (TypeError, ValueError, OverflowError):
        eta = float("nan")
    if not 0 < eta < float("inf"):
        raise InputError(f"the step is {_shown(step)} at t = {t}; write a positive number")
    return eta


def _of_shape(name: str, found: Any, here: np.ndarray) -> np.ndarray:
    if not isinstance(found, (np.ndarray, np.generic)) or found.dtype.kind not in "fiub":
        raise InputError(f"the {name} returned {_shown(found)}; return an array of real numbers of shape {here.shape}")
    if found.shape != here.shape:
        raise InputError(f"the {name} has shape {found.shape} and the iterates {here.shape}; return one of the same shape")
    return np.asarray(found)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _divergence(number: int, eta: float, length: float, seen: list[tuple[np.ndarray, np.ndarray]]) -> str:
    text = f"gradient descent diverges with the step {eta:.6g}: iterate {number} {what_left(length)}; {number} iterates stand"
    if len(seen) == 2:
        (x, g), (y, h) = seen
        moved = float(np.linalg.norm(y - x))
        ratio = float(np.linalg.norm(h - g)) / moved if moved else 0.0
        if 0 < ratio < float("inf"):
            return f"{text}; the gradient has changed by {ratio:.3g} times the distance moved, so take a step below {2 / ratio:.3g}"
    return f"{text}; take a smaller step, for example {eta / 10:.3g}"
