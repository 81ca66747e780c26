"""Minibatch SGD on regularised one-hidden-layer networks, many settings at once on one stream of batches."""

from __future__ import annotations

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.network.one_hidden_layer import Callables, as_callables
from theorycheck.training.gradient_descent import Diverged


def regularised_sgd(
    rng: np.random.Generator,
    activation: Activation | str | Callables,
    outer: np.ndarray,
    inputs: np.ndarray,
    labels: np.ndarray,
    strengths: np.ndarray,
    step: float,
    steps: int,
    batch: int,
    start: np.ndarray,
) -> np.ndarray:
    """The last iterates of W ← W − step·∇[(1/b) Σ_batch (y − a·σ(Wx))² + (λ/2)‖W‖²], one for each λ and each column of labels.

    All runs see the same batches, drawn with replacement, so differences between them are due to λ and the labels alone.

    Args:
        rng: a NumPy generator.
        activation: σ, or the pair (σ, σ') of functions of arrays.
        outer: a, shape (p,).
        inputs: shape (n, d).
        labels: shape (n,), or (n, r) for one column a run.
        strengths: the λ ≥ 0 of the runs, shape (r,).
        step: positive.
        steps: how many steps.
        batch: samples in a step.
        start: W at the start, shape (p, d), the same for all runs.

    Returns:
        Shape (r, p, d).

    Raises:
        InputError: shapes that do not fit, λ < 0, or a number that is not positive.
        Diverged: a run has left for infinity; the message names a step that is safe by the data, and `last` has the last iterates.

    >>> rng, x = np.random.default_rng(0), np.eye(2)
    >>> ends = regularised_sgd(rng, "tanh", np.ones(1), x, np.zeros(2), np.array([0.1, 1.0]), 0.5, 100, 2, np.ones((1, 2)))
    >>> ends.shape, bool(abs(ends).max() < 1e-3)
    ((2, 1, 2), True)
    """
    x, a, lambdas = np.asarray(inputs, dtype=float), np.asarray(outer, dtype=float), np.asarray(strengths, dtype=float)
    y, first = np.asarray(labels, dtype=float), np.asarray(start, dtype=float)
    runs = lambdas.size
    if x.ndim != 2 or first.shape != (*a.shape, x.shape[1]) or y.shape not in ((len(x),), (len(x), runs)) or lambdas.shape != (runs,):
        shapes = f"{x.shape}, {y.shape}, {a.shape}, {lambdas.shape}, {first.shape}"
        raise InputError(f"inputs, labels, outer, strengths, start have shapes {shapes}; write (n, d), (n,) or (n, r), (p,), (r,), (p, d)")
    if not (lambdas >= 0).all():
        raise InputError(f"strengths={lambdas.tolist()}; write numbers λ ≥ 0")
    for name, number in (("step", step), ("steps", steps), ("batch", batch)):
        if not number > 0:
            raise InputError(f"{name}={number!r}; write a positive number")
    s, slope = as_callables(activation)
    p, d = first.shape
    columns = y if y.ndim == 2 else np.repeat(y[:, None], runs, axis=1)
    here = np.tile(first, (runs, 1))  # (r·p, d): the units of all runs under one another
    shrink = np.repeat(1 - step * lambdas, p)[:, None]
    far = 1e8 * max(1.0, float(np.abs(first).max()))
    for number in range(1, steps + 1):
        chosen = rng.integers(len(x), size=batch)
        seen = x[chosen]
        with np.errstate(all="ignore"):  # what overflows is seen below
            before = seen @ here.T
            residual = (s(before).reshape(batch, runs, p) * a).sum(axis=2) - columns[chosen]
            backward = slope(before).reshape(batch, runs, p) * (a * residual[:, :, None])
            following = shrink * here - (2 * step / batch) * (backward.reshape(batch, -1).T @ seen)
            size = float(np.abs(following).max())
        if not size < far:
            curvature = 2 * float(a @ a) * float((x * x).sum(axis=1).max()) + float(lambdas.max())
            raise Diverged(
                number, here.reshape(runs, p, d), f"SGD diverges with the step {step:.6g}: iterate {number} has left for infinity; with "
                f"|σ'| ≤ 1 and small residuals the curvature is at most {curvature:.3g}, so take a step below {2 / curvature:.3g}",
            )  # fmt: skip
        here = following
    return here.reshape(runs, p, d)


def sigmoid() -> Callables:
    """The sigmoid and its derivative as functions of arrays, for long runs: SciPy's sigmoid, evaluated once a call.

    >>> s, slope = sigmoid()
    >>> float(s(np.zeros(1))[0]), float(slope(np.zeros(1))[0])
    (0.5, 0.25)
    """
    from scipy.special import expit

    def slope(z: np.ndarray) -> np.ndarray:
        units = expit(z)
        found: np.ndarray = units * (1 - units)
        return found

    return expit, slope
