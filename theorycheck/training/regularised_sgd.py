"""Minibatch SGD on regularised one-hidden-layer networks, many settings at once on one stream of batches."""

from __future__ import annotations

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.network.arguments import finite_array, require_positive, require_whole
from theorycheck.network.one_hidden_layer import Callables, as_callables
from theorycheck.sphere.sampling import require_generator
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
        start: W at the start, shape (p, d), the same for all runs, or (r, p, d).

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
    given = {"inputs": inputs, "outer": outer, "strengths": strengths, "labels": labels, "start": start}
    x, a, lambdas, y, first = (finite_array(name, value) for name, value in given.items())
    runs = lambdas.size
    fits = x.ndim == 2 and y.shape in ((len(x),), (len(x), runs)) and lambdas.shape == (runs,)
    if not fits or first.shape not in ((*a.shape, x.shape[1]), (runs, *a.shape, x.shape[1])):
        shapes = f"{x.shape}, {y.shape}, {a.shape}, {lambdas.shape}, {first.shape}"
        wanted = "(n, d), (n,) or (n, r), (p,), (r,), (p, d) or (r, p, d)"
        raise InputError(f"inputs, labels, outer, strengths, start have shapes {shapes}; write {wanted}")
    if not x.size or not a.size or not runs:
        raise InputError(f"inputs, outer, strengths have shapes {x.shape}, {a.shape}, {lambdas.shape}; write at least one of each")
    if not (lambdas >= 0).all():
        raise InputError(f"strengths={lambdas.tolist()}; write numbers λ ≥ 0")
    step, steps, batch = require_positive("step", step), require_whole("steps", steps, 1), require_whole("batch", batch, 1)
    require_generator(rng)
    s, slope = as_callables(activation)
    p, d = first.shape[-2:]
    columns = y if y.ndim == 2 else np.repeat(y[:, None], runs, axis=1)
    here = np.broadcast_to(first, (runs, p, d)).reshape(-1, d).copy()  # (r·p, d): the units of all runs under one another
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
