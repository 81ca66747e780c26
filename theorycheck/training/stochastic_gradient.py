"""Gradients of the squared loss from fresh Gaussian samples: what `gradient_descent` takes to become SGD."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.gaussian.hermite import hermite_coefficients
from theorycheck.network.one_hidden_layer import Callables, as_callables
from theorycheck.network.rows import matrix, require_unit, vector
from theorycheck.sphere.sampling import require_generator

Labels = Callable[[np.ndarray], np.ndarray]


def teacher_labels(activation: Activation | str, rows: np.ndarray, weights: np.ndarray, without: int = 0) -> Labels:
    """The labels y = a*·s(B*x) as a function of inputs, without their Hermite components of degree 0 or 1 if asked.

    An objective that is blind to low degrees pays for them with variance: with γ_0 = γ_1 = 0 they stay in the residual for ever.

    Args:
        activation: s, an activation or its text.
        rows: B*, unit rows if components are removed, shape (k, d).
        weights: a*, shape (k,).
        without: 0 for the labels as they are, 1 to remove their mean, 2 to remove mean and linear part.

    Returns:
        A function of inputs of shape (n, d), in their floating type (integers count as float64), with values of shape (n,).

    Raises:
        InputError: wrong shapes, entries that are not finite, rows that are not of length 1, another value of `without`.

    >>> labels = teacher_labels("relu", np.eye(2), np.ones(2), without=2)
    >>> labels(np.array([[1.0, -3.0]])).round(9).tolist()  # |1|/2 + |3|/2 − 2/√(2π)
    [1.202115439]
    """
    b = matrix("the teacher's rows", rows)
    a = vector("the teacher's weights", weights, len(b))
    if without not in (0, 1, 2):
        raise InputError(f"without={without!r}; write 0, 1 or 2, the number of degrees to remove")
    mean, direction = 0.0, np.zeros(b.shape[1])
    if without:
        require_unit("the teacher's rows", b)
        constant, linear = hermite_coefficients(activation, 2)
        mean = float(constant * a.sum())
        direction = linear * (a @ b) if without == 2 else direction
    s, _ = as_callables(activation)

    def labels(inputs: np.ndarray) -> np.ndarray:
        inputs = matrix("inputs", inputs, b.shape[1])
        kind = inputs.dtype
        y = s(inputs @ b.T.astype(kind)) @ a.astype(kind)
        return y - inputs @ direction.astype(kind) - kind.type(mean) if without else y

    return labels


def fresh_gradient(
    rng: np.random.Generator, labels: Labels, activation: Activation | str | Callables, weights: np.ndarray, batch: int
) -> Callable[[np.ndarray], np.ndarray]:
    """An unbiased gradient of E (a·s(Bx) − y)² in B, from a fresh batch at each call, x ~ N(0, I).

    Args:
        rng: a NumPy generator.
        labels: y as a function of inputs of shape (n, d).
        activation: s of the student, or the pair (s, s').
        weights: a, shape (m,).
        batch: samples in each gradient.

    Returns:
        A function of B, shape (m, d), in whose floating type it computes (float32 is twice as fast; integers count as float64). It raises
        InputError if B or the labels have another shape or entries that are not finite.

    Raises:
        InputError: the batch is not positive, or the weights are not finite numbers.

    >>> gradient = fresh_gradient(np.random.default_rng(0), teacher_labels("relu", np.eye(2), np.ones(2)), "relu", np.ones(2), 100)
    >>> gradient(np.eye(2)).tolist(), bool(gradient(-np.eye(2)).any())
    ([[0.0, 0.0], [0.0, 0.0]], True)
    """
    require_generator(rng)
    if isinstance(batch, bool) or not isinstance(batch, Integral) or batch < 1:
        raise InputError(f"batch={batch!r}; write a whole number of samples, 1 or more")
    if not callable(labels):
        raise InputError(f"the labels are {type(labels).__name__}; write a function of inputs of shape (n, d)")
    s, slope = as_callables(activation)
    a = vector("weights", weights, max(1, np.size(weights)))

    def gradient(rows: np.ndarray) -> np.ndarray:
        rows = matrix("rows", rows)
        if len(rows) != len(a):
            raise InputError(f"rows has {len(rows)} rows and there are {len(a)} weights; write one weight for each row")
        kind: Any = rows.dtype
        outer = a.astype(kind)
        inputs = rng.standard_normal((batch, rows.shape[1]), dtype=kind)
        before = inputs @ rows.T
        residual = s(before) @ outer - vector("labels", labels(inputs), batch)
        backward = slope(before) * residual[:, None]
        return (backward.T @ inputs) * (kind.type(2 / batch) * outer)[:, None]

    return gradient
