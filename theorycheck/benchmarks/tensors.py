"""Moment tensors and their decomposition: against the floor of the machine, einsum, and TensorLy."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from theorycheck.benchmarks.timing import Row, cold_seconds, compare
from theorycheck.tensor.decomposition import SymmetricCP, symmetric_cp
from theorycheck.tensor.moments import hermite_moment, projected_moment

COUNT, DIMENSION, PROJECTED = 200_000, 50, 5
#: Samples that einsum gets: with all of them its intermediate would take 4 GB.
SUBSET = 5000
#: Megabytes beyond the samples that the streamed tensor may take.
MEMORY = 40
RANK, SEEDS, NOISES = 10, 20, (1e-3, 1e-2, 1e-1)


def gemm_seconds(flops: float) -> float:
    """CPU seconds for a number of operations at the rate of a 1000 × 1000 product, measured now."""
    a = np.random.default_rng(0).standard_normal((1000, 1000))
    start = time.process_time()
    a @ a
    return (time.process_time() - start) * flops / 2e9


def by_einsum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """M_3 as one writes it down."""
    n, eye = len(y), np.eye(x.shape[1])
    first = y @ x / n
    raw: np.ndarray = np.einsum("n,ni,nj,nk->ijk", y, x, x, x, optimize=True) / n
    for places in ("i,jk", "j,ik", "k,ij"):
        raw -= np.einsum(f"{places}->ijk", first, eye)
    return raw


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """moments-3, moments-3-vs-einsum, moments-3-projected, symmetric-cp, moment-tensor-4."""
    if any(wanted(name) for name in goals if name.startswith("moments-3")):
        yield from _third_moment(goals, wanted)
    if wanted("symmetric-cp"):
        yield _decomposition(goals["symmetric-cp"])
    if wanted("moment-tensor-4"):
        yield _fourth_moment(goals["moment-tensor-4"])


def _third_moment(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((COUNT, DIMENSION))
    y = np.maximum(x[:, :4], 0).sum(axis=1)
    ours = partial(hermite_moment, x, y, 3)
    if wanted("moments-3"):
        text = _assert_projection(ours(), x, y)
        flops = 2.0 * COUNT * DIMENSION * (DIMENSION + 1) * (DIMENSION + 2) / 6  # one product for each distinct entry
        yield compare("moments-3", goals["moments-3"], ours, partial(float, flops), text, peer_seconds=lambda work: gemm_seconds(work()))
    if wanted("moments-3-vs-einsum"):
        extra = _extra_megabytes(ours)
        if not extra <= MEMORY:
            raise AssertionError(f"the streamed tensor took {extra:.0f} MB beyond the samples, more than {MEMORY}")
        few = (x[:SUBSET], y[:SUBSET])
        apart = float(abs(hermite_moment(*few, 3) - by_einsum(*few)).max())
        if not apart <= 1e-12:
            raise AssertionError(f"the streamed tensor differs from einsum by {apart:.2g}, more than 1e-12")
        text = f"equal to {apart:.0e}, {extra:.0f} MB extra; einsum on {SUBSET} samples"
        name = "moments-3-vs-einsum"
        yield compare(name, goals[name], ours, partial(by_einsum, *few), text, peer_factor=COUNT / SUBSET, repetitions=5)
    if wanted("moments-3-projected"):
        basis = np.linalg.qr(rng.standard_normal((DIMENSION, PROJECTED)))[0]
        small = partial(projected_moment, x, y, basis, 3)
        text = _assert_projection(ours(), x, y, basis)
        yield compare("moments-3-projected", goals["moments-3-projected"], small, ours, text, repetitions=5)


def _assert_projection(tensor: np.ndarray, x: np.ndarray, y: np.ndarray, basis: np.ndarray | None = None) -> str:
    """The tensor along one direction against the polynomial He_3 of the projection."""
    u = np.full(DIMENSION, DIMENSION**-0.5) if basis is None else basis[:, 0]
    z = x @ u
    along = tensor @ u @ u @ u if basis is None else projected_moment(x, y, basis, 3)[0, 0, 0]
    apart = abs(float(along) - float(np.mean(y * (z**3 - 3 * z))))
    if not apart <= 1e-12:
        raise AssertionError(f"the moment along a direction is off by {apart:.2g}, more than 1e-12")
    return f"error {apart:.0e} ≤ 1e-12 along a direction"


def _extra_megabytes(call: Callable[[], Any]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def noisy_tensor(seed: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Rank 10 in dimension 50, unit factors, weights from 1 to 2, symmetric noise relative in norm; with the factors."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((DIMENSION, RANK))
    factors /= np.linalg.norm(factors, axis=0)
    tensor = np.einsum("r,ar,br,cr->abc", rng.uniform(1, 2, RANK), factors, factors, factors)
    raw = rng.standard_normal(tensor.shape)
    disturbance = sum(raw.transpose(axes) for axes in permutations(range(3)))
    return tensor + noise * np.linalg.norm(tensor) / np.linalg.norm(disturbance) * disturbance, factors


def factor_error(found: np.ndarray, truth: np.ndarray) -> float:
    """The largest distance of matched unit factors, up to their sign."""
    from scipy.optimize import linear_sum_assignment

    cosines = truth.T @ (found / np.linalg.norm(found, axis=0))
    here, there = linear_sum_assignment(-abs(cosines))
    signs = np.sign(cosines[here, there])
    return float(np.linalg.norm(truth[:, here] - found[:, there] / np.linalg.norm(found, axis=0)[there] * signs, axis=0).max())


def ours_on(tensor: np.ndarray) -> SymmetricCP:
    """Our decomposition."""
    return symmetric_cp(tensor, RANK, np.random.default_rng(0))


def parafac_on(tensor: np.ndarray) -> np.ndarray:
    """TensorLy's, with its own defaults."""
    from tensorly.decomposition import parafac

    factors: np.ndarray = parafac(tensor, RANK, init="svd").factors[0]
    return factors


def _decomposition(goal: float) -> Row:
    exact = max(factor_error(ours_on(tensor).factors, truth) for tensor, truth in (noisy_tensor(s, 0.0) for s in range(SEEDS)))
    if not exact <= 1e-13:
        raise AssertionError(f"without noise a factor is off by {exact:.2g} in one of {SEEDS} seeds, more than 1e-13")
    worst = 0.0
    for noise in NOISES:
        errors = []
        for seed in range(SEEDS):
            tensor, truth = noisy_tensor(seed, noise)
            errors.append((factor_error(ours_on(tensor).factors, truth), factor_error(parafac_on(tensor), truth)))
        if not max(mine for mine, _ in errors) <= 1.0 * noise:
            raise AssertionError(f"at noise {noise} one of {SEEDS} seeds is off by {max(m for m, _ in errors):.2g}")
        worst = max(worst, float(np.median([mine / theirs for mine, theirs in errors])))
    if not worst <= 1.05:
        raise AssertionError(f"the error is {worst:.3f} times that of parafac, more than 1.05")
    tensors = [noisy_tensor(s, noise)[0] for s, noise in enumerate(NOISES)]
    text = f"{SEEDS}/{SEEDS} seeds, {exact:.0e} exact, {worst:.2f}x the error of parafac under noise"
    return compare("symmetric-cp", goal, lambda: [ours_on(t) for t in tensors], lambda: [parafac_on(t) for t in tensors], text)


def _fourth_moment(goal: float) -> Row:
    count, d = 1_000_000, 10
    x = np.random.default_rng(0).standard_normal((count, d))
    y = np.maximum(x[:, 0], 0)
    z = x[:, 1]
    apart = abs(float(hermite_moment(x, y, 4)[1, 1, 1, 1]) - float(np.mean(y * (z**4 - 6 * z**2 + 3))))
    if not apart <= 1e-12:
        raise AssertionError(f"an entry of M_4 is off by {apart:.2g}, more than 1e-12")

    def draw() -> np.ndarray:
        return np.random.default_rng(1).standard_normal((count, d))

    ours = partial(hermite_moment, x, y, 4)
    return compare("moment-tensor-4", goal, ours, draw, f"error {apart:.0e} ≤ 1e-12", ours_seconds=cold_seconds, repetitions=5)
