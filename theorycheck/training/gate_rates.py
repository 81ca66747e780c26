"""Mean-square rates of modified SGD on a ReLU gate without attack, and the steps below which it converges.

The error e = w − w* obeys E‖e′‖² = e·(I − 2ηM + η²S)e. Source: Karmakar & Mukherjee, Neural Networks 151 (2022), for the algorithm; the
rates are our own, see the claims villani/gate-recursion and villani/gate-recursion-sharp.
"""

from __future__ import annotations

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_positive, require_whole
from theorycheck.network.rows import matrix, vector


def mean_square_rate(step: float, dimension: int, batch: int) -> float:
    """E‖w_{t+1} − w*‖²/E‖w_t − w*‖² of modified SGD without attack for x ~ N(0, I): 1 − η + cη², c = (2d + b + 3)/(4b).

    Args:
        step: η.
        dimension: d.
        batch: b.

    >>> round(mean_square_rate(0.0314, 500, 16), 6)
    0.984298
    """
    step = require_positive("step", step)
    return 1 - step + step / critical_step(dimension, batch) * step


def critical_step(dimension: int, batch: int) -> float:
    """1/c = 4b/(2d + b + 3): from this step on modified SGD does not converge in mean square, x ~ N(0, I). Half of it is the best step.

    >>> round(critical_step(500, 16), 5)
    0.06281
    """
    dimension, batch = require_whole("dimension", dimension, 1), require_whole("batch", batch, 1)
    return 4 * batch / (2 * dimension + batch + 3)


def step_moments(inputs: np.ndarray, truth: np.ndarray, batch: int, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """M and S of the law that sits on given points: E‖w_{t+1} − w*‖² = e·(I − 2ηM + η²S)e without attack, e = w_t − w*.

    Args:
        inputs: the points, or a sample of the law, shape (n, d).
        truth: w*, shape (d,).
        batch: b.
        weights: the probabilities of the points, 1/n by default.

    Returns:
        M = E[1{w*·x > 0} x xᵀ] and S = (1 − 1/b)M² + E[1{w*·x > 0}‖x‖² x xᵀ]/b, shapes (d, d).

    >>> [part.tolist() for part in step_moments(np.array([[2.0], [-1.0]]), np.array([1.0]), 2)]  # M² = 4, and 16/2
    [[[2.0]], [[6.0]]]
    """
    target = vector("w*", truth, max(1, np.size(truth)))
    points, batch = matrix("the inputs", inputs, len(target)), require_whole("batch", batch, 1)
    shares = np.full(len(points), 1 / len(points)) if weights is None else vector("the weights", weights, len(points))
    if shares.min() < 0 or abs(shares.sum() - 1) > 1e-6:
        raise InputError(f"the weights have sum {shares.sum():.6g} and least {shares.min():.6g}; write probabilities")
    open_ = shares * (points @ target > 0)
    squares = np.einsum("ij,ij->i", points, points)
    first = (points.T * open_) @ points
    return first, (1 - 1 / batch) * first @ first + (points.T * (open_ * squares)) @ points / batch


def safe_step(first: np.ndarray, second: np.ndarray) -> float:
    """The step below which every step of modified SGD without attack contracts in mean square: the largest η with ηS ≤ 2M.

    Args:
        first: M, as `step_moments` returns it.
        second: S.

    Returns:
        2/λ_max(M^(−1/2) S M^(−1/2)); 0 if M is singular.

    >>> round(safe_step(np.eye(2) / 2, 3 * np.eye(2)), 12)
    0.333333333333
    """
    first, second = matrix("M", first), matrix("S", second, len(first))
    if first.shape != second.shape or len(first) != len(second):
        raise InputError(f"M and S have shapes {first.shape} and {second.shape}; write (d, d), as step_moments returns them")
    values, vectors = np.linalg.eigh(first)
    if values[0] <= 1e-12 * values[-1]:
        return 0.0
    root = vectors / np.sqrt(values)
    return float(2 / np.linalg.eigvalsh(root.T @ second @ root)[-1])
