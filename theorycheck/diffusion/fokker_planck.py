"""The Fokker-Planck equation ∂ρ/∂t = div(ρ∇f) + (s/2)Δρ by finite volumes, in a box in one or two dimensions, without flux outward.

Between neighbouring cells the flux is the exact one for a potential that is linear between their centres (Scharfetter & Gummel 1969).
So the scheme is a Markov jump process: what it does to masses keeps them nonnegative and keeps their sum, and in detailed balance
with exp(−2f/s), whatever the size of the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from theorycheck.diffusion.arguments import jump_scale, potential_on_grid
from theorycheck.errors import InputError
from theorycheck.network.arguments import is_real, real_array, require_positive
from theorycheck.training.gradient_descent import unwritable

#: Products with the matrix that one evolution may cost.
MOST_PRODUCTS = 20_000_000
#: Mean number of jumps in one stretch of time: exp(−500) is still a normal float.
_STRETCH = 500.0


def gibbs_masses(values: np.ndarray, s: float) -> np.ndarray:
    """The masses of the cells under the Gibbs measure exp(−2f/s)/Z, by the values of f at their centres.

    Args:
        values: f at the cells, shape (n,) or (n, m).
        s: the step of the SGD that the diffusion stands for, positive.

    Returns:
        Masses with sum 1, in the shape of `values`; cells of mass below 1e-308 have mass 0.

    Raises:
        InputError: s is not positive, f is not finite.

    >>> gibbs_masses(np.array([0.0, 0.0, 1.0]), 2.0).round(4).tolist()
    [0.4223, 0.4223, 0.1554]
    """
    f, s = potential_on_grid(values), require_positive("s", s)
    with np.errstate(over="ignore"):  # exp(−∞) is 0
        weights = np.exp(-2 * (f - f.min()) / s)
    return weights / weights.sum()


def bernoulli(z: np.ndarray) -> np.ndarray:
    """z/(exp(z) − 1), with value 1 at 0.

    >>> bernoulli(np.array([0.0, 1.0, -1.0])).round(6).tolist()
    [1.0, 0.581977, 1.581977]
    """
    z = np.minimum(z, 700)  # beyond, the rate is 0 to all digits
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(z == 0, 1.0, np.where(z > 0, z * np.exp(-np.abs(z)) / -np.expm1(-np.abs(z)), z / np.expm1(z)))


def edges(shape: tuple[int, ...]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each direction, the numbers of the cells on the two sides of every inner edge."""
    number = np.arange(int(np.prod(shape))).reshape(shape)
    for axis in range(len(shape)):
        low, high = np.moveaxis(number, axis, 0)[:-1], np.moveaxis(number, axis, 0)[1:]
        yield low.ravel(), high.ravel()


def generator(values: np.ndarray, spacing: float, s: float) -> Any:
    """The matrix Q of the scheme: the masses of the cells solve dm/dt = Qm.

    Args:
        values: f at the centres of the cells, shape (n,) or (n, m).
        spacing: distance of neighbouring centres.
        s: positive; the diffusion coefficient is s/2.

    Returns:
        A sparse matrix (CSR) with nonnegative entries off the diagonal and columns of sum 0, cells in C order.

    Raises:
        InputError: s or the spacing is not positive, f is not finite.

    >>> generator(np.array([0.0, 0.0]), 1.0, 2.0).toarray().tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    from scipy import sparse

    f, s, scale = potential_on_grid(values), require_positive("s", s), jump_scale(s, spacing)
    flat = f.ravel()
    to, origin, rate = [], [], []
    for low, high in edges(f.shape):
        with np.errstate(over="ignore"):
            climb = 2 * (flat[high] - flat[low]) / s
        if not np.isfinite(climb * scale).all():
            raise InputError("the potential climbs beyond floats from a cell to the next; take smaller cells, a smaller box or larger s")
        to += [high, low]
        origin += [low, high]
        rate += [scale * bernoulli(climb), scale * bernoulli(-climb)]
    rates, targets, sources = np.concatenate(rate), np.concatenate(to), np.concatenate(origin)
    off = sparse.coo_matrix((rates, (targets, sources)), shape=(f.size, f.size)).tocsr()
    return (off - sparse.diags(np.asarray(off.sum(axis=0)).ravel())).tocsr()


def evolve(values: np.ndarray, spacing: float, s: float, masses: np.ndarray, times: Sequence[float]) -> Iterator[np.ndarray]:
    """The masses of the cells at given times, by uniformisation: sums of nonnegative terms only, so no mass is ever negative.

    Args:
        values: f at the centres of the cells, shape (n,) or (n, m).
        spacing: distance of neighbouring centres.
        s: positive.
        masses: at time 0, nonnegative, in the shape of `values`.
        times: increasing, nonnegative.

    Returns:
        An iterator over the masses, one array of the shape of `values` for each time, not writeable: the next one is
            computed from it. The sum is kept up to rounding.

    Raises:
        InputError: s <= 0, negative masses, times that do not increase, or more than `MOST_PRODUCTS` products with the matrix.

    >>> x = (np.arange(200) + 0.5) * 0.05 - 5
    >>> late, = evolve(x**2 / 2, 0.05, 1.0, np.eye(1, 200, 130).ravel(), [8.0])
    >>> bool((late >= 0).all()), round(float(late.sum()), 12), bool(abs(late - gibbs_masses(x**2 / 2, 1.0)).max() < 1e-4)
    (True, 1.0, True)
    """
    f, q = potential_on_grid(values), generator(values, spacing, s)
    given = real_array("the masses", masses)
    here = given.ravel()
    if given.shape != f.shape or not np.isfinite(here).all() or (here < 0).any():
        raise InputError(f"the masses have shape {given.shape} for cells {f.shape}, or are negative; give a nonnegative mass a cell")
    moments = _moments(times)
    fastest = float(-q.diagonal().min())
    if fastest * moments[-1] > MOST_PRODUCTS:
        steps = f"{fastest * moments[-1]:.2g} steps on this grid"
        raise InputError(f"the time {moments[-1]:g} takes {steps}; take larger cells or a shorter time")
    jump = q / fastest
    jump.setdiag(np.maximum(1 + q.diagonal() / fastest, 0))
    return _states(jump, fastest, here, moments, f.shape)


def _moments(times: Any) -> list[float]:
    """0 and the times, once they are a list of increasing numbers."""
    listed: list[Any] = list(times) if isinstance(times, (list, tuple, np.ndarray)) and np.ndim(times) == 1 else ["no list"]
    if not all(map(is_real, listed)) or any(not a <= b for a, b in pairwise([0, *listed])):
        raise InputError(f"the times are {times!r}; write a list of increasing numbers from 0 on")
    return [0.0, *map(float, listed)]


def _states(jump: Any, rate: float, here: np.ndarray, moments: list[float], shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    for earlier, later in zip(moments, moments[1:], strict=False):
        jumps = rate * (later - earlier)
        stretches = max(1, int(np.ceil(jumps / _STRETCH)))
        for _ in range(stretches):
            here = _poisson_average(jump, here, jumps / stretches)
        yield unwritable(here.reshape(shape))


def _poisson_average(jump: Any, start: np.ndarray, mean: float) -> np.ndarray:
    """E jump^K start for a Poisson number K of jumps; the terms left out carry less than 1e-16 of the mass."""
    weight, state = np.exp(-mean), start
    total, k = weight * start, 0
    while k < mean or weight > 1e-18:
        k += 1
        state = jump @ state
        weight *= mean / k
        total += weight * state
    return total
