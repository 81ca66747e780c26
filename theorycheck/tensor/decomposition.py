"""Symmetric CP decomposition T = Σ_i λ_i u_i^{⊗p} with linearly independent u_i, p ≥ 3.

Compress T to its rank (HOSVD), diagonalise two random slices of the core together (Jennrich's algorithm; Harshman 1970, Leurgans, Ross
& Abel 1993), then least squares on the core by Levenberg–Marquardt, whose normal equations have a closed form in the cosines of the
components. A start is good when it leaves no more than the noise, whose size is seen outside the compressed tensor; otherwise a second one
must agree with it, and TensorLy's `parafac` joins in when it does not. What remains doubtful is said in `doubts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.sampling import require_generator
from theorycheck.tensor.moments import numbers, require_finite_tensor
from theorycheck.tensor.subspace import in_range, require_rank, subspace_of_tensor

#: A misfit of at most this many times the noise is nothing but noise.
NOISE_FACTOR = 1.25
#: The most steps of least squares.
STEPS = 60
#: Above these the result is reported as doubtful.
LARGE_RESIDUAL, LARGE_COSINE, LARGE_CONDITION, SMALL_GAP = 0.5, 0.99, 1e3, 1.5


@dataclass(frozen=True)
class SymmetricCP:
    """A symmetric CP decomposition.

    Args:
        weights: λ, shape (r,), the largest first; positive for odd order.
        factors: unit columns u_i, shape (d, r).
        residual: ‖T − Σ λ_i u_i^{⊗p}‖ / ‖T‖.
        condition: condition number of the factor matrix.
        gap: the r-th over the (r + 1)-st singular value of the unfolding.
        doubts: what speaks against the result; empty when nothing does.
    """

    weights: np.ndarray
    factors: np.ndarray
    residual: float
    condition: float
    gap: float
    doubts: tuple[str, ...]


def symmetric_cp(tensor: Any, rank: int, rng: np.random.Generator) -> SymmetricCP:
    """The best symmetric CP decomposition found, with what speaks against it.

    Args:
        tensor: symmetric, shape (d,)·p with p ≥ 3.
        rank: r, at most d.
        rng: draws the slices of Jennrich's algorithm.

    Raises:
        InputError: not symmetric, not finite, zero, of order below 3, r > d, or fewer independent components than r.

    >>> u = np.array([[0.6, 1.0], [0.8, 0.0]])
    >>> found = symmetric_cp(np.einsum("r,ar,br,cr->abc", [2.0, 1.0], u, u, u), 2, np.random.default_rng(0))
    >>> found.weights.round(12).tolist(), (found.factors.round(12) + 0).tolist(), found.doubts
    ([2.0, 1.0], [[0.6, 1.0], [0.8, 0.0]], ())
    """
    t, power = in_range(_symmetric(tensor))
    require_rank(rank, len(t))
    require_generator(rng)
    space = subspace_of_tensor(t, rank)
    core = _compressed(t, space.basis)
    present = int(np.linalg.matrix_rank(core.reshape(rank, -1), rtol=1e-10))
    if present < rank:
        raise InputError(f"the tensor has {present} independent components, fewer than {rank}; ask for at most {present}")
    size = float(np.linalg.norm(t))
    outside = max(size**2 - float(np.linalg.norm(core)) ** 2, 0.0) ** 0.5
    if outside < 1e-6 * size:  # the difference of squares has lost its digits
        outside = float(np.linalg.norm(t - _compressed(core, space.basis.T)))
    noise = outside * (core.size / max(1, int(t.size - core.size))) ** 0.5  # what noise of that size leaves inside the core
    enough = max(NOISE_FACTOR * noise, 1e-12 * size)
    fits: list[tuple[np.ndarray, np.ndarray, float]] = []
    settled = False
    for start in (_by_jennrich, _by_jennrich, _by_tensorly):
        fits = sorted([*fits, *(_fit(core, columns) for columns in start(core, rng))], key=lambda fit: fit[2])
        settled = bool(fits) and (fits[0][2] <= enough or (len(fits) > 1 and fits[1][2] <= fits[0][2] * (1 + 1e-5)))
        if settled:
            break
    components, signs, misfit = fits[0]
    lengths = np.linalg.norm(components, axis=0)
    order = np.argsort(-lengths, kind="stable")
    weights = (signs * lengths**t.ndim)[order]  # of the tensor over 2^power
    factors = space.basis @ (components / np.where(lengths > 0, lengths, 1))[:, order]
    residual = float(np.hypot(outside, misfit)) / size
    condition = float(np.linalg.cond(factors)) if lengths.all() else float("inf")
    doubts = _doubts(weights, factors, residual, condition, space.gap, settled)
    with np.errstate(over="ignore"):
        weights = np.ldexp(weights, power)
    if not np.isfinite(weights).all():
        raise InputError("the weights of the components overflow; divide the tensor by its size")
    return SymmetricCP(weights, factors, residual, condition, space.gap, doubts)


def _symmetric(tensor: Any) -> np.ndarray:
    t = numbers("tensor", tensor)
    if t.ndim < 3 or len(set(t.shape)) != 1 or t.size == 0:
        raise InputError(f"the tensor has shape {t.shape}; write a cube of order at least 3, for example (d, d, d)")
    require_finite_tensor(t)
    largest = abs(t).max()
    if largest == 0:
        raise InputError("the tensor is zero: there is nothing to decompose; use a moment that does not vanish")
    with np.errstate(over="ignore"):
        apart = max(abs(t - np.swapaxes(t, 0, axis)).max() for axis in range(1, t.ndim))
    if apart > 1e-8 * largest:
        raise InputError(f"the tensor is not symmetric: entries that should be equal differ by {apart:.3g}; symmetrise it")
    return t


def _compressed(t: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """T(V, …, V)."""
    for _ in range(t.ndim):  # each contraction moves its axis to the end
        t = np.tensordot(t, basis, axes=(0, 0))
    return t


def _powers(a: np.ndarray, order: int) -> np.ndarray:
    """The columns a_i^{⊗order}, flattened, shape (k^order, r)."""
    return reduce(lambda left, right: (left[:, None, :] * right).reshape(-1, a.shape[1]), [a] * order)


def _by_jennrich(core: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Unit columns by simultaneous diagonalisation of two random slices; singular slices give none."""
    slices = [core, core]
    for which in range(2):
        while slices[which].ndim > 2:
            slices[which] = slices[which] @ rng.standard_normal(len(core))
    try:
        columns = np.linalg.eig(np.linalg.solve(slices[1], slices[0]).T)[1].real  # M_1 M_2⁻¹ = U D U⁻¹, both symmetric
    except np.linalg.LinAlgError:
        return []
    lengths = np.linalg.norm(columns, axis=0)
    return [columns / lengths] if np.isfinite(columns).all() and lengths.all() else []


def _by_tensorly(core: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Unit columns of TensorLy's alternating least squares, which starts from the singular vectors."""
    from tensorly.decomposition import parafac

    return [parafac(core, len(core), init="svd", n_iter_max=500, tol=1e-12, normalize_factors=True).factors[0]]


def _fit(core: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Least squares for Σ s_i a_i^{⊗p} from given directions: the a_i, their signs s_i, and the misfit."""
    order, (size, rank) = core.ndim, columns.shape
    scales = np.linalg.lstsq(_powers(columns, order), core.ravel(), rcond=None)[0]
    signs = np.ones(rank) if order % 2 else np.where(scales < 0, -1.0, 1.0)
    a = columns * (np.cbrt(scales) if order == 3 else np.sign(scales) ** (order % 2) * abs(scales) ** (1 / order))
    unfolded = core.reshape(size, -1)

    def misfit(b: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        high = _powers(b, order - 1)
        rest = unfolded - (b * signs) @ high.T
        return rest, high, float(np.linalg.norm(rest))

    rest, high, error = misfit(a)
    damping, identity, small = 1e-9, np.eye(size), 1e-15 * float(np.linalg.norm(core))
    for _ in range(STEPS):
        if error <= small:
            break
        cosines = a.T @ a
        outer = (order - 1) * cosines ** (order - 2) * np.outer(signs, signs)
        plain = cosines ** (order - 1) * np.outer(signs, signs)
        normal = np.einsum("ij,de->idje", plain, identity) + np.einsum("ij,dj,ei->idje", outer, a, a)
        matrix = normal.reshape(rank * size, -1)
        diagonal = matrix.diagonal().copy()
        gradient = ((rest @ high) * signs).T.ravel()
        while damping < 1e9:
            matrix.flat[:: rank * size + 1] = diagonal + damping * diagonal.mean()
            try:
                step = np.linalg.solve(matrix, gradient).reshape(rank, size).T
                trial = misfit(a + step)
                if trial[2] < error:
                    break
            except np.linalg.LinAlgError:  # exactly singular: more damping
                pass
            damping = max(damping, 1e-6) * 10
        else:
            break
        progress = error - trial[2]
        a, (rest, high, error) = a + step, trial
        damping = max(damping / 10, 1e-12)
        if progress <= 1e-6 * error:
            break
    return a, signs, error


def _doubts(weights: np.ndarray, factors: np.ndarray, residual: float, condition: float, gap: float, settled: bool) -> tuple[str, ...]:
    found = []
    cosines = abs(factors.T @ factors) - np.eye(len(weights))
    if residual > LARGE_RESIDUAL:
        found.append(f"the residual is {residual:.2g} of the tensor: {len(weights)} components do not explain it, or the noise is large")
    if cosines.max(initial=0.0) > LARGE_COSINE:
        i, j = np.unravel_index(int(cosines.argmax()), cosines.shape)
        found.append(f"components {int(i)} and {int(j)} are nearly parallel, cosine {cosines[i, j]:.6f}: the rank may be smaller")
    elif condition > LARGE_CONDITION:
        found.append(f"the components are nearly dependent, condition number {condition:.3g}")
    if gap < SMALL_GAP:
        found.append(f"singular values {len(weights)} and {len(weights) + 1} differ by a factor {gap:.3g} only: the rank may be another")
    if not settled:
        found.append("two starts ended in different places: the least residual found need not be the least there is")
    return tuple(found)
