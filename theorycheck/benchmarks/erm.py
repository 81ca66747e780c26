"""Exact empirical risk minimisation against gradient descent from 200 random starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.training.exact_erm import exact_erm

_SAMPLES, _WIDTH, _RESTARTS = 10, 2, 200


def samples() -> tuple[np.ndarray, np.ndarray]:
    """Ten points of the plane and labels, multiples of 1/64."""
    rng = np.random.default_rng(1)
    return rng.integers(-128, 129, (_SAMPLES, 2)) / 64, rng.integers(-128, 129, _SAMPLES) / 64


def restarts(inputs: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> float:
    """The least loss that SciPy's L-BFGS reaches from random weights, outer weights included.

    At SciPy's tolerances the runs have converged: on `samples` neither ftol = 1e-15, gtol = 1e-10 nor 4000 starts lead lower.
    """
    from scipy.optimize import minimize

    points = np.hstack([inputs, np.ones((len(inputs), 1))])

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, a = flat[:-_WIDTH].reshape(_WIDTH, -1), flat[-_WIDTH:]
        before = points @ w.T
        units = np.maximum(before, 0)
        residual = units @ a - labels
        slope = ((before > 0) * residual[:, None] * a).T @ points
        return float(residual @ residual / len(labels)), 2 / len(labels) * np.concatenate([slope.ravel(), units.T @ residual])

    starts = rng.standard_normal((_RESTARTS, _WIDTH * (points.shape[1] + 1)))
    return min(float(minimize(loss, start, jac=True, method="L-BFGS-B").fun) for start in starts)


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """exact-erm."""
    if not wanted("exact-erm"):
        return
    inputs, labels = samples()
    found, reached = exact_erm(inputs, labels, _WIDTH), restarts(inputs, labels, np.random.default_rng(0))
    if not (found.proved and float(found.loss) <= reached + 1e-9):
        raise AssertionError(f"the loss {float(found.loss)} is not proved least, or the restarts reach {reached}")
    accuracy = f"optimum {float(found.loss):.6g} proved; the restarts reach {reached:.6g}"

    def peer() -> float:
        return restarts(inputs, labels, np.random.default_rng(0))

    yield compare("exact-erm", goals["exact-erm"], lambda: exact_erm(inputs, labels, _WIDTH), peer, accuracy, repetitions=3)
