"""Kernel matrices of points of the sphere: three kernels at once, against one product of the same shape and against plain NumPy."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.sphere.kernels import kernel_matrices

#: Points and their dimension.
POINTS, DIMENSION = 4000, 50
#: Extra memory, as a share of the three results.
_SHARE = 0.05


def naive(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """κ_0, κ_1 and the tangent kernel as one writes them down."""
    angle = np.arccos(np.clip(x @ x.T, -1, 1))
    gate = (np.pi - angle) / (2 * np.pi)
    arch = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return gate, arch, np.cos(angle) * gate + arch


def extra_memory(x: np.ndarray, out: list[np.ndarray]) -> float:
    """Peak memory beside the results, as a share of them."""
    tracemalloc.start()
    try:
        kernel_matrices(x, out=out)
        return tracemalloc.get_traced_memory()[1] / sum(result.nbytes for result in out)
    finally:
        tracemalloc.stop()


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """kernels-3, kernels-3-vs-numpy."""
    if not (wanted("kernels-3") or wanted("kernels-3-vs-numpy")):
        return
    x = np.random.default_rng(0).standard_normal((POINTS, DIMENSION))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    out = [np.empty((POINTS, POINTS)) for _ in range(3)]
    share = extra_memory(x, out)
    if not share <= _SHARE:
        raise AssertionError(f"the extra memory is {share:.3g} of the results, more than {_SHARE}")
    sample = slice(0, POINTS, 20)
    worst = 0.0
    for result, plain, exact in zip(out, naive(x[sample]), (0.5, 0.5, 1.0), strict=True):
        if set(np.diag(result)) != {exact}:
            raise AssertionError(f"the diagonal is not {exact} exactly")
        np.fill_diagonal(plain, exact)  # arccos rounds the diagonal to 1e-8
        worst = max(worst, float(np.abs(result[sample, sample] - plain).max()))
    if not worst <= 1e-14:
        raise AssertionError(f"the kernels differ from plain NumPy by {worst:.3g}")
    ours = partial(kernel_matrices, x, out=out)
    accuracy = f"memory {share:.1%} of the results, diagonal exact"
    if wanted("kernels-3"):
        product = np.empty((POINTS, POINTS))
        yield compare("kernels-3", goals["kernels-3"], ours, partial(np.matmul, x, np.ascontiguousarray(x.T), out=product), accuracy)
    if wanted("kernels-3-vs-numpy"):
        yield compare("kernels-3-vs-numpy", goals["kernels-3-vs-numpy"], ours, partial(naive, x), accuracy, repetitions=5)
