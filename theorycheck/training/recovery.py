"""The recovery algorithm: tensor initialisation, then gradient descent on the squared loss. Source: arXiv:1706.03175, Algorithm 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.network.arguments import is_real, require_whole
from theorycheck.network.rows import float_matrix, vector
from theorycheck.sphere.sampling import require_generator
from theorycheck.tensor.moments import samples
from theorycheck.tensor.subspace import require_rank
from theorycheck.training.gradient_descent import gradient_descent
from theorycheck.training.homogeneous import Homogeneous, homogeneous_activation
from theorycheck.training.tensor_initialization import Initialization, tensor_initialization

#: Products with the Hessian for its largest eigenvalue, which sets the step.
POWER_STEPS = 15
#: How often the loss is looked at: every so many steps.
LOOK = 10


@dataclass(frozen=True)
class Recovery:
    """What the algorithm returns.

    Args:
        rows: W, shape (k, d).
        weights: v, entries ±1, shape (k,).
        initialization: where gradient descent started.
        steps: of gradient descent.
        residual: root mean square of the last residual over that of the labels.
        converged: whether it fell to the tolerance.
    """

    rows: np.ndarray
    weights: np.ndarray
    initialization: Initialization
    steps: int
    residual: float
    converged: bool


def recover(
    inputs: Any,
    labels: Any,
    activation: Activation | str | Homogeneous,
    units: int,
    rng: np.random.Generator,
    *,
    tolerance: float = 1e-12,
    steps: int = 20_000,
    descent_samples: int | None = None,
) -> Recovery:
    """Recover a homogeneous one-hidden-layer network with weights ±1 from noiseless samples.

    Args:
        inputs: x ~ N(0, I), shape (n, d).
        labels: y, shape (n,).
        activation: φ, homogeneous.
        units: k.
        rng: draws the starts of the initialisation.
        tolerance: the relative residual at which gradient descent stops.
        steps: the most steps.
        descent_samples: how many of the samples gradient descent uses (all by default); the initialisation uses all.

    Raises:
        InputError: as `tensor_initialization`, or numbers out of range.
        Diverged: the start is so bad that gradient descent leaves for infinity.

    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.standard_normal((20000, 4)), np.array([[1.0, 1.0, 0, 0], [0, 0, 1.5, 0]])
    >>> found = recover(x, np.maximum(x @ w.T, 0)**2 @ [1, -1], "squared_relu", 2, rng, descent_samples=1000)
    >>> bool(abs(found.rows[np.argsort(-found.weights)] - w).max() < 1e-10), found.converged
    (True, True)
    """
    x, y = samples(inputs, labels)
    require_rank(units, x.shape[1])
    steps = require_whole("steps", steps, 0)
    if not is_real(tolerance) or not tolerance > 0:
        raise InputError(f"tolerance={tolerance!r}; write a positive number, for example 1e-12")
    if descent_samples is not None and (isinstance(descent_samples, bool) or not isinstance(descent_samples, Integral)):
        raise InputError(f"descent_samples={descent_samples!r}; write a whole number, at most {len(y)}")
    count = len(y) if descent_samples is None else descent_samples
    if not x.shape[1] * units < count <= len(y):
        raise InputError(f"descent_samples={count} for {x.shape[1] * units} parameters; write more than that, at most {len(y)}")
    phi = homogeneous_activation(activation)
    start = tensor_initialization(x, y, phi, units, rng)
    x, y = x[:count], y[:count]
    size = float(np.sqrt(np.mean(y**2)))
    rows, taken, residual = start.rows, 0, float("inf")
    for taken, rows in enumerate(descend(x, y, phi, start.rows, start.weights, steps)):
        if taken % LOOK == 0 or taken == steps:
            residual = float(np.sqrt(np.mean((phi.value(x @ rows.T) @ start.weights - y) ** 2))) / size
            if residual <= tolerance:
                break
    return Recovery(np.array(rows), start.weights, start, taken, residual, residual <= tolerance)


def descend(
    inputs: np.ndarray, labels: np.ndarray, activation: Homogeneous, rows: np.ndarray, weights: np.ndarray, steps: int
) -> Iterator[np.ndarray]:
    """Gradient descent on (1/2n) Σ (Σ_i v_i φ(⟨w_i, x⟩) − y)² with the step 1/M_0, M_0 the top of the Gauss–Newton Hessian at the start.

    Args:
        inputs: shape (n, d).
        labels: shape (n,).
        activation: φ.
        rows: the start, shape (k, d).
        weights: v, kept fixed, shape (k,).
        steps: the most steps.

    Returns:
        The iterates, from the start on.

    Raises:
        Diverged: an iterate leaves for infinity.

    >>> x = np.random.default_rng(0).standard_normal((500, 3))
    >>> target, start = np.array([[1.0, 0, 0]]), np.array([[1.1, 0.1, 0]])
    >>> square = Homogeneous(1, 0, 2)
    >>> *_, last = descend(x, square.value(x @ target.T)[:, 0], square, start, np.ones(1), 300)
    >>> bool(abs(last - target).max() < 1e-6)
    True
    """

    def gradient(w: np.ndarray) -> np.ndarray:
        z = inputs @ w.T
        residual = activation.value(z) @ weights - labels
        return (activation.slope(z) * weights * residual[:, None]).T @ inputs / len(labels)

    yield from gradient_descent(gradient, rows, 1 / top_curvature(inputs, activation, rows, weights), steps)


def top_curvature(inputs: np.ndarray, activation: Homogeneous, rows: np.ndarray, weights: np.ndarray) -> float:
    """The largest eigenvalue of (1/n) Σ g gᵀ, g = (v_i φ'(⟨w_i, x⟩) x)_i: the Hessian where the residual is 0, by the power method.

    Args:
        inputs, activation, rows, weights: as in `descend`.

    Raises:
        InputError: no unit is active on any sample.

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> top_curvature(x, Homogeneous(1, 1, 2), np.array([[1.0, 0.0]]), np.ones(1))
    2.0
    """
    slopes = activation.slope(inputs @ rows.T) * weights
    direction, size = rows / (np.linalg.norm(rows) or 1.0), 0.0
    for _ in range(POWER_STEPS):
        along = (slopes * (inputs @ direction.T)).sum(axis=1)
        image = np.asarray((slopes * along[:, None]).T @ inputs / len(inputs))
        size = float(np.linalg.norm(image))
        if not size > 0:
            raise InputError("the gradient of every output is 0 at these rows, so descent would not move; write another start")
        direction = image / size
    return size


def random_network(rng: np.random.Generator, units: int, dimension: int, condition: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows with singular values from 1 to `condition`, evenly spaced, and random signs: the networks of the authors' experiments.

    Args:
        rng: draws the singular vectors and the signs.
        units: k.
        dimension: d ≥ k.
        condition: κ ≥ 1.

    Returns:
        Rows (k, d) and signs (k,).

    Raises:
        InputError: k > d, or a number out of range.

    >>> rows, signs = random_network(np.random.default_rng(0), 3, 5)
    >>> np.linalg.svd(rows, compute_uv=False).round(9).tolist()
    [2.0, 1.5, 1.0]
    """
    require_generator(rng)
    require_rank(units, require_whole("dimension", dimension, 1))
    if not is_real(condition) or condition < 1:
        raise InputError(f"condition={condition!r}; write a number, 1 or more")
    left = np.linalg.qr(rng.standard_normal((units, units)))[0]
    right = np.linalg.qr(rng.standard_normal((dimension, units)))[0]
    return left * np.linspace(1, condition, units) @ right.T, rng.choice([-1.0, 1.0], units)


def error_up_to_order(rows: np.ndarray, truth: np.ndarray, weights: np.ndarray, signs: np.ndarray) -> tuple[float, bool]:
    """The distance of two networks up to the order of their units.

    Args:
        rows, truth: shape (k, d).
        weights, signs: of the estimate and of the truth, shape (k,).

    Returns:
        The largest ‖w_i − w_i*‖/‖w_i*‖ under the matching of least total squared distance, and whether all signs agree under it.

    Raises:
        InputError: shapes that do not fit, numbers that are not finite, or a row of the truth that is zero.

    >>> error_up_to_order(np.eye(2)[::-1], np.eye(2), np.array([1.0, -1.0]), np.array([-1.0, 1.0]))
    (0.0, True)
    """
    from scipy.optimize import linear_sum_assignment

    b, t = float_matrix("rows", rows), float_matrix("truth", truth)
    if b.shape != t.shape:
        raise InputError(f"rows have shape {b.shape} and truth {t.shape}; write two matrices of one shape")
    a, s, lengths = vector("weights", weights, len(b)), vector("signs", signs, len(b)), np.linalg.norm(t, axis=1)
    if not lengths.all():
        raise InputError(f"row {int(np.argmin(lengths))} of truth is zero, so no error is relative to it; write a row that is not zero")
    apart = np.linalg.norm(b[:, None] - t, axis=2)
    here, there = linear_sum_assignment(apart**2)
    return float((apart[here, there] / lengths[there]).max()), bool((a[here] == s[there]).all())
