"""A layer of semi-random units fitted to the digits, against a ReLU network of the same width trained to the same error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.network.gated import gated_gradient, gated_outputs, starting_weights
from theorycheck.network.images import digits
from theorycheck.network.semi_random import dual_gram, gate_values, with_constant
from theorycheck.training.early_stopping import Trained, adam
from theorycheck.training.semi_random_fit import ridge_path, validated

#: 16 times 20 units; the steps after which the training is given up; and the error that a fit must reach.
UNITS, STEPS, WORST = 320, 12_000, 0.025

Parts = list[tuple[np.ndarray, np.ndarray]]


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """semi-random-fit."""
    if not wanted("semi-random-fit"):
        return
    parts = split_digits()
    error = semi_random_error(parts)
    if not error <= WORST:
        raise AssertionError(f"the error of the semi-random units is {error:.4f}, more than {WORST}")
    there = train_relu(parts, error)
    reached = "reaches it" if there.score <= error else f"reaches {there.score:.4f}"
    text = f"test error {error:.4f}; ReLU with {UNITS} units {reached} in {there.steps} steps"
    ours, peer = (lambda: semi_random_error(parts)), (lambda: train_relu(parts, error))
    yield compare("semi-random-fit", goals["semi-random-fit"], ours, peer, text, repetitions=3)


def split_digits() -> Parts:
    """Standardised inputs and indicators of the classes: three fifths to train, one to validate, one to test."""
    pictures, labels = digits()
    order = np.random.default_rng(0).permutation(len(labels))
    x = pictures.reshape(len(labels), -1)[order]
    x = (x - x.mean()) / x.std()
    ends = [3 * len(x) // 5, 4 * len(x) // 5]
    return list(zip(np.split(x, ends), np.split(np.eye(10)[labels[order]], ends), strict=True))


def wrong(outputs: np.ndarray, labels: np.ndarray) -> float:
    """The rate of wrong classes."""
    return float(np.mean(outputs.argmax(axis=1) != labels.argmax(axis=1)))


def semi_random_error(parts: Parts) -> float:
    """Gates, Gram matrices, the ridge path, the strength by validation: the test error."""
    inputs = [with_constant(x) for x, _ in parts]
    directions = np.random.default_rng(1).standard_normal((UNITS, inputs[0].shape[1]))
    gates = [gate_values(directions, x) for x in inputs]
    gram, valid, test = (dual_gram(a, x, gates[0], inputs[0]) for a, x in zip(gates, inputs, strict=True))
    target = parts[1][1]
    _, theta = validated(ridge_path(gram, parts[0][1]), valid, lambda f: float(np.mean((f - target) ** 2)))
    return wrong(test @ theta, parts[2][1])


def train_relu(parts: Parts, enough: float) -> Trained:
    """Adam on the cross-entropy until the test error is at most `enough`."""
    (x, y), _, (test, labels) = parts
    rng = np.random.default_rng(2)

    def gradient(weights: list[np.ndarray], chosen: np.ndarray) -> list[np.ndarray]:
        def slope(outputs: np.ndarray) -> np.ndarray:
            chances = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
            return np.asarray((chances - y[chosen]) / len(chosen))

        return gated_gradient(weights, x[chosen], slope)

    start = starting_weights(rng, [x.shape[1], UNITS, y.shape[1]])
    return adam(gradient, start, lambda w: wrong(gated_outputs(w, test), labels), rng, len(x), steps=STEPS, enough=enough)
