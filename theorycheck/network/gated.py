"""Networks of gated layers h_l = g_l ∘ (h_{l−1} W_l): ReLU with its own gates, or semi-random units with gates drawn once.

A ReLU unit is its gate times a linear function, and the gate is locally constant: so one backward pass serves both kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_whole
from theorycheck.sphere.sampling import require_generator

Weights = list[np.ndarray]
Gates = Sequence[np.ndarray] | None


def starting_weights(rng: np.random.Generator, widths: Sequence[int]) -> Weights:
    """Gaussian weights of variance 2/fan-in (1/fan-in for the last layer, which has no gates), zero biases.

    Args:
        rng: a NumPy generator.
        widths: the dimension of the inputs, of each hidden layer, and of the outputs.

    Returns:
        For each layer a matrix of shape (fan-in + 1, width); its last row holds the biases.

    Raises:
        InputError: fewer than two widths, or one that is not positive.

    >>> [w.shape for w in starting_weights(np.random.default_rng(0), [4, 20, 1])]
    [(5, 20), (21, 1)]
    """
    require_generator(rng)
    widths, found = _whole(widths), []
    for number, (fan, width) in enumerate(zip(widths, widths[1:], strict=False), 1):
        layer = rng.standard_normal((fan + 1, width)) * np.sqrt((1 if number == len(widths) - 1 else 2) / fan)
        layer[-1] = 0
        found.append(layer)
    return found


def random_gates(rng: np.random.Generator, widths: Sequence[int], degree: int = 0) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Gates of the hidden layers: layer l sees the random ReLU features of layer l − 1 through directions of its own.

    Args:
        rng: a NumPy generator.
        widths: the dimension of the inputs and of each hidden layer.
        degree: s, in 1{r·z > 0} (r·z)^s.

    Returns:
        A function of inputs of shape (n, d) with a list of matrices, shape (n, width) each.

    Raises:
        InputError: fewer than two widths, one that is not positive, or a degree that is no whole number.

    >>> draw = random_gates(np.random.default_rng(0), [3, 5, 4])
    >>> [g.shape for g in draw(np.ones((2, 3)))]
    [(2, 5), (2, 4)]
    """
    from theorycheck.network.semi_random import gate_values, with_constant

    require_generator(rng)
    widths, degree = _whole(widths), require_whole("degree", degree, 0)
    directions = [rng.standard_normal((m, d + 1)) / np.sqrt(d + 1) for d, m in zip(widths, widths[1:], strict=False)]

    def gates(inputs: np.ndarray) -> list[np.ndarray]:
        found, stream = [], inputs
        for r in directions:
            before = with_constant(stream)
            found.append(gate_values(r, before, degree))
            stream = np.maximum(before @ r.T, 0)
        return found

    return gates


def _whole(widths: Any) -> list[int]:
    listed = list(widths) if isinstance(widths, (Sequence, np.ndarray)) and not isinstance(widths, str) else []
    if len(listed) < 2 or any(isinstance(w, bool) or not isinstance(w, Integral) or w < 1 for w in listed):
        raise InputError(f"widths={listed or widths}; write the dimensions of inputs, hidden layers and outputs, 1 or more each")
    return [int(w) for w in listed]


def gated_outputs(weights: Weights, inputs: np.ndarray, gates: Gates = None) -> np.ndarray:
    """The outputs of a network.

    Args:
        weights: as from `starting_weights`.
        inputs: shape (n, d).
        gates: for each hidden layer the values of its gates, shape (n, width); None for ReLU.

    Returns:
        Shape (n, outputs).

    Raises:
        InputError: shapes that do not fit.

    >>> w = [np.array([[1.0, -1.0], [0.0, 0.5]]), np.array([[1.0], [1.0], [2.0]])]
    >>> gated_outputs(w, np.array([[3.0], [-1.0]])).tolist()
    [[5.0], [3.5]]
    """
    _require_fitting(weights, inputs, gates)
    return _forward(weights, inputs, gates)[0]


def gated_gradient(
    weights: Weights, inputs: np.ndarray, slope: Callable[[np.ndarray], np.ndarray], gates: Gates = None
) -> list[np.ndarray]:
    """The gradient of a loss of the outputs with respect to each matrix of weights. It runs at every step and checks no shapes.

    Args:
        weights, inputs, gates: as for `gated_outputs`.
        slope: the derivative of the loss by the outputs, a function of the outputs; same shape.

    Returns:
        Matrices of the shapes of the weights.

    >>> w = [np.array([[1.0], [0.0]]), np.array([[2.0], [0.0]])]
    >>> [g.ravel().tolist() for g in gated_gradient(w, np.array([[3.0]]), lambda f: f - 5)]
    [[6.0, 2.0], [3.0, 1.0]]
    """
    outputs, layers, opened = _forward(weights, inputs, gates)
    backward = slope(outputs)
    found = [np.zeros(0)] * len(weights)
    for number in reversed(range(len(weights))):
        layer = np.empty_like(weights[number])
        layer[:-1] = layers[number].T @ backward
        layer[-1] = backward.sum(axis=0)
        found[number] = layer
        if number:
            backward = backward @ weights[number][:-1].T
            backward *= opened[number - 1]
    return found


def _forward(weights: Weights, inputs: np.ndarray, gates: Gates) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """The outputs; what each layer was given; the gates."""
    here, layers, opened = inputs, [inputs], []
    for number, w in enumerate(weights, 1):
        here = here @ w[:-1]
        here += w[-1]
        if number < len(weights):
            gate = here > 0 if gates is None else gates[number - 1]
            here = here * gate
            layers.append(here)
            opened.append(gate)
    return here, layers, opened


def _require_fitting(weights: Weights, inputs: np.ndarray, gates: Gates) -> None:
    if not isinstance(weights, (list, tuple)) or not weights or any(np.ndim(w) != 2 for w in weights):
        raise InputError("the weights are no list of matrices; write those of starting_weights")
    if np.ndim(inputs) != 2:
        raise InputError(f"inputs has shape {np.shape(inputs)}; write one row for each input, shape (n, d)")
    shape = inputs.shape
    for number, w in enumerate(weights, 1):
        if len(w) != shape[1] + 1:
            raise InputError(f"layer {number} has {len(w)} rows; write {shape[1] + 1}, one for each of its inputs and one for the biases")
        shape = (shape[0], w.shape[1])
        if gates is not None and number < len(weights) and (len(gates) < number or gates[number - 1].shape != shape):
            found = gates[number - 1].shape if len(gates) >= number else None
            raise InputError(f"the gates of layer {number} have shape {found}; write {shape}, one for each input and unit")
