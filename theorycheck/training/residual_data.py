"""Data for shallow residual networks, fixed or fresh at every step; gradients and step lengths for gradient descent on them.

With inputs N(0, 1/n) and the loss ½‖f(X) − y‖² everything is as here with inputs N(0, 1) and the loss (1/2n)‖f(X) − y‖²: the network is
homogeneous in its inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.linearisation import Linearisation, require_linearisation
from theorycheck.network.residual import require_signs, residual_outputs, square, value_and_gradient
from theorycheck.network.rows import float_matrix, matrix, vector
from theorycheck.sphere.sampling import require_generator

Batch = tuple[np.ndarray, np.ndarray]
Data = Batch | Callable[[], Batch]


def as_batches(data: Data) -> Callable[[], Batch]:
    """A function that gives the pair (X, y) of each step.

    Args:
        data: such a function, or one pair (X, y) for all steps, which is checked here; what a function draws, when it is drawn.

    Raises:
        InputError: X is no matrix of finite numbers, or y is not of its length.
    """
    if callable(data):
        return lambda: _pair(data())
    pair = _pair(data)
    return lambda: pair


def _pair(data: Any) -> Batch:
    if not isinstance(data, tuple) or len(data) != 2:
        raise InputError("the data are no pair; write (X, y), or a function without arguments that draws such a pair")
    inputs = float_matrix("inputs", data[0])
    return inputs, vector("labels", data[1], len(inputs)).astype(float, copy=False)


def fresh_batches(rng: np.random.Generator, truth: np.ndarray, signs: np.ndarray, count: int) -> Callable[[], Batch]:
    """A function that draws X with entries N(0, 1) and labels y = f(X) without noise; call it once for fixed data.

    Args:
        rng: a NumPy generator.
        truth: W*, shape (d, d).
        signs: v, entries ±1, shape (d,).
        count: n, samples in a batch.

    Raises:
        InputError: n is not positive, W* is not square, v is not ±1.

    >>> inputs, labels = fresh_batches(np.random.default_rng(0), np.zeros((2, 2)), np.ones(2), 5)()
    >>> bool(np.allclose(labels, np.maximum(inputs, 0).sum(axis=1)))
    True
    """
    require_generator(rng)
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
        raise InputError(f"n={count!r}; write a whole number of samples, 1 or more")
    weights = square("W", truth)
    v = require_signs(signs, len(weights))

    def batch() -> Batch:
        inputs = rng.standard_normal((int(count), len(weights)))
        return inputs, residual_outputs(weights, v, inputs)

    return batch


def residual_gradient(data: Data, signs: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The gradient of (1/2n) ‖f(X) − y‖² in W, on fixed data or on a fresh batch at each call: what `gradient_descent` takes.

    Args:
        data: a pair (X, y), or a function without arguments that draws one.
        signs: v, entries ±1, shape (d,).

    Raises:
        InputError: what `residual_loss` refuses; for weights and fresh batches, when the gradient is called.

    >>> data = fresh_batches(np.random.default_rng(0), np.zeros((2, 2)), np.ones(2), 5)()
    >>> residual_gradient(data, np.ones(2))(np.zeros((2, 2))).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    batches = as_batches(data)
    v = require_signs(signs, max(1, np.size(signs)) if callable(data) else batches()[0].shape[1])

    def gradient(weights: np.ndarray) -> np.ndarray:
        w = matrix("W", weights, len(v))
        if len(w) != len(v):
            raise InputError(f"W has shape {w.shape} and v {len(v)} entries; write W of shape {(len(v), len(v))}")
        inputs, labels = batches()
        if inputs.shape[1] != len(v):
            raise InputError(f"inputs has {inputs.shape[1]} columns; write {len(v)}, as many as v has entries")
        return value_and_gradient(w, v, inputs, labels)[1]

    return gradient


def stated_step(features: Linearisation) -> float:
    """η = 2/(σ²_min + σ²_max), σ the singular values of B/√n: the only step for which the deck's ρ_GD is what it prints.

    For an ill-conditioned B it is hardly below 2/σ²_max, the end of stability.

    Raises:
        InputError: B = 0, as all gates are closed; or d is too large for singular values.
    """
    require_linearisation(features)
    low, high = features.singular_values()
    if high == 0:
        raise InputError("all gates are closed, so B = 0 and nothing can be learned from here; start at another W, for example W = 0")
    return 2 / (low**2 + high**2)


def safe_step(inputs: np.ndarray) -> float:
    """1/(d λ_max(XᵀX/n)), which is at most 1/σ²_max(B(W)/√n) whatever W is.

    For BBᵀ = XXᵀ ∘ GGᵀ is bounded by the largest diagonal entry of GGᵀ, at most d, times the norm of XXᵀ (Schur).

    Args:
        inputs: X, shape (n, d).

    Raises:
        InputError: X is no matrix of finite numbers, or zero.

    >>> safe_step(np.eye(2))
    1.0
    """
    x = matrix("inputs", inputs)
    size = float(np.abs(x).max())
    if size == 0:
        raise InputError("the inputs are all zero, so every step is safe and none does anything; write other inputs")
    if not 1e-150 < size < 1e150:
        raise InputError(f"the inputs have entries up to {size:.3g}, whose squares are no floats; divide the inputs by their size")
    return len(x) / (x.shape[1] * float(np.linalg.norm(x, 2)) ** 2)
