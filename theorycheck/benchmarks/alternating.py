"""One step of alternating minimisation against the dense least squares that it stands for, and the Gram matrix against its operations."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from theorycheck.benchmarks.tensors import gemm_seconds
from theorycheck.benchmarks.timing import Row, compare
from theorycheck.network.residual import linearisation, unvec, vec
from theorycheck.training.alternating_minimization import Iterate, solve_step
from theorycheck.training.residual_data import fresh_batches

#: (name, d, n, the relative error that is asserted, interleaved pairs).
STEPS = (("alternating-step-50", 50, 12_500, 1e-10, 3), ("alternating-step-20", 20, 1700, 1e-12, 9))
#: What the step at d = 50 may take of the peer's memory.
MEMORY = 1 / 6


def problem(dimension: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """W = 0, v, inputs, and the labels of a teacher with ‖W*‖_F = 2."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((dimension, dimension))
    truth *= 2 / np.linalg.norm(truth)
    signs, start = rng.choice([-1.0, 1.0], dimension), np.zeros((dimension, dimension))
    inputs, labels = fresh_batches(rng, truth, signs, count)()
    return start, signs, inputs, labels


def by_us(start: np.ndarray, signs: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> Iterate:
    """The change of W in one step."""
    return solve_step(linearisation(start, signs, inputs), start, labels)


def by_lstsq(start: np.ndarray, signs: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The same as one writes it down: the dense design, `numpy.linalg.lstsq`."""
    identity = np.eye(len(start))
    gates = (inputs @ (start + identity) > 0) * signs
    design = (gates[:, :, None] * inputs[:, None, :]).reshape(len(inputs), -1)
    return unvec(np.linalg.lstsq(design, labels, rcond=None)[0]) - identity - start


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """alternating-step-50, alternating-step-20, syrk-path."""
    for name, dimension, count, tolerance, repetitions in STEPS:
        if wanted(name):
            yield _step(name, goals[name], problem(dimension, count), tolerance, repetitions)
    if wanted("syrk-path"):
        yield _gram(goals["syrk-path"])


def _step(name: str, goal: float, task: tuple[np.ndarray, ...], tolerance: float, repetitions: int) -> Row:
    ours, peer = partial(by_us, *task), partial(by_lstsq, *task)
    by_us(*problem(2, 50))  # SciPy is loaded outside the measurement
    (found, small), (truth, large) = _with_peak(ours), _with_peak(peer)
    apart = float(np.linalg.norm(found.weights - truth) / np.linalg.norm(truth))
    if not apart <= tolerance:
        raise AssertionError(f"{name}: the step differs from that of lstsq by {apart:.2g} relative, more than {tolerance:g}")
    if name == STEPS[0][0] and not small <= MEMORY * large:
        raise AssertionError(f"{name}: the step took {small:.0f} MB and lstsq {large:.0f} MB, more than a sixth")
    text = f"error {apart:.0e} ≤ {tolerance:.0e}, {small:.1f} MB against {large:.0f} MB, {found.solver}"
    return compare(name, goal, ours, peer, text, repetitions=repetitions)


def _with_peak(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and the megabytes that it took at its peak; LAPACK's own work space is not seen."""
    tracemalloc.start()
    found = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak / 1e6


def _gram(goal: float) -> Row:
    """Streamed rank-k updates for d = 28, d² = 784, about the largest that takes this path, beside n·d⁴ operations of a product."""
    start, signs, inputs, _ = problem(28, 12_500)
    features = linearisation(start, signs, inputs)
    n, size = features.shape
    gram, direction = features.gram(), np.random.default_rng(1).standard_normal((28, 28))
    image = features.gram_times(direction)
    apart = float(np.linalg.norm(unvec(gram @ vec(direction)) - image) / np.linalg.norm(image))
    if not apart <= 1e-13:
        raise AssertionError(f"syrk-path: the Gram matrix differs from the operator by {apart:.2g}, more than 1e-13")
    flops = float(n * size * (size + 1))
    text = f"error {apart:.0e} ≤ 1e-13 against the operator, d² = {size}"
    return compare("syrk-path", goal, features.gram, partial(float, flops), text, peer_seconds=lambda work: gemm_seconds(work()))
