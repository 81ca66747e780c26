"""Data for shallow residual networks, fixed or fresh at every step; gradients and step lengths for gradient descent on them.

With inputs N(0, 1/n) and the loss ½‖f(X) − y‖² everything is as here with inputs N(0, 1) and the loss (1/2n)‖f(X) − y‖²: the network is
homogeneous in its inputs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.residual import Linearisation, linearisation, residual_outputs, value_and_gradient
from theorycheck.network.rows import matrix, vector

Batch = tuple[np.ndarray, np.ndarray]
Data = Batch | Callable[[], Batch]


def as_batches(data: Data) -> Callable[[], Batch]:
    """A function that gives the pair (X, y) of each step.

    Args:
        data: such a function, or one pair (X, y) for all steps, which is checked here.

    Raises:
        InputError: X is no matrix of finite numbers, or y is not of its length.
    """
    if callable(data):
        return data
    if not isinstance(data, tuple) or len(data) != 2:
        raise InputError("the data are no pair; write (X, y), or a function without arguments that draws such a pair")
    inputs = matrix("inputs", data[0]).astype(float, copy=False)
    pair = inputs, vector("labels", data[1], len(inputs)).astype(float, copy=False)
    return lambda: pair


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
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InputError(f"n={count!r}; write a whole number of samples, 1 or more")
    linearisation(truth, signs, np.zeros((1, len(truth))))  # refuses what the first batch would refuse

    def batch() -> Batch:
        inputs = rng.standard_normal((count, len(truth)))
        return inputs, residual_outputs(truth, signs, inputs)

    return batch


def residual_gradient(data: Data, signs: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The gradient of (1/2n) ‖f(X) − y‖² in W, on fixed data or on a fresh batch at each call: what `gradient_descent` takes.

    Args:
        data: a pair (X, y), or a function without arguments that draws one.
        signs: v, entries ±1, shape (d,).

    Raises:
        InputError: on fixed data what `residual_loss` refuses.

    >>> data = fresh_batches(np.random.default_rng(0), np.zeros((2, 2)), np.ones(2), 5)()
    >>> residual_gradient(data, np.ones(2))(np.zeros((2, 2))).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    batches = as_batches(data)
    v = np.asarray(signs, dtype=float)
    if not callable(data):
        d = np.asarray(data[0]).shape[1]
        linearisation(np.zeros((d, d)), v, np.zeros((1, d)))  # refuses another v
    return lambda weights: value_and_gradient(weights, v, *batches())[1]


def stated_step(features: Linearisation) -> float:
    """η = 2/(σ²_min + σ²_max), σ the singular values of B/√n: the only step for which the deck's ρ_GD is what it prints.

    For an ill-conditioned B it is hardly below 2/σ²_max, the end of stability.

    Raises:
        InputError: B = 0, as all gates are closed; or d is too large for singular values.
    """
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
    largest = float(np.linalg.norm(x, 2)) ** 2
    if largest == 0:
        raise InputError("the inputs are all zero, so every step is safe and none does anything; write other inputs")
    return len(x) / (x.shape[1] * largest)
