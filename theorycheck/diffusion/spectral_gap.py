"""The spectral gap λ_s of the generator (s/2)Δ − ∇f·∇ by finite volumes: the rate at which every law tends to the Gibbs measure."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.diffusion.arguments import jump_scale, potential_on_grid
from theorycheck.diffusion.fokker_planck import bernoulli, edges, gibbs_masses
from theorycheck.errors import InputError, Undecided
from theorycheck.network.arguments import require_positive

#: The most that the log of the Gibbs density may change from a cell to the next, in the mean square: 0.6². Then the gap is off by about 5 %
#: at most for f = x²/2, and four times less with half the spacing.
_STEEPEST = 0.36


def symmetric_generator(values: np.ndarray, spacing: float, s: float) -> Any:
    """−π^{−1/2} Q π^{1/2} for the generator Q of the finite volumes and π = exp(−2f/s): symmetric, with the null vector exp(−f/s).

    Args:
        values: f at the centres of the cells, shape (n,) or (n, m).
        spacing: distance of neighbouring centres.
        s: positive.

    Returns:
        A sparse matrix (CSC) whose eigenvalues are those of −Q.

    Raises:
        InputError: s or the spacing is not positive, f is not finite.

    >>> symmetric_generator(np.array([0.0, 0.0]), 1.0, 2.0).toarray().tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    from scipy import sparse

    f, s, scale = potential_on_grid(values), require_positive("s", s), jump_scale(s, spacing)
    flat = f.ravel()
    diagonal = np.zeros(f.size)
    row, column, entry = [], [], []
    for low, high in edges(f.shape):
        with np.errstate(over="ignore"):  # a cell that lies e^700 times thinner has no mass: how steep the edge is does not matter
            climb = np.clip(2 * (flat[high] - flat[low]) / s, -700, 700)
        up, down = bernoulli(climb), bernoulli(-climb)
        np.add.at(diagonal, low, scale * up)
        np.add.at(diagonal, high, scale * down)
        both = -scale * np.sqrt(up * down)
        row += [low, high]
        column += [high, low]
        entry += [both, both]
    off = sparse.coo_matrix((np.concatenate(entry), (np.concatenate(row), np.concatenate(column))), shape=(f.size, f.size))
    return (off + sparse.diags(diagonal)).tocsc()


def slow_modes(values: np.ndarray, spacing: float, s: float, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The least positive eigenvalues of −((s/2)Δ − ∇f·∇) in a box, with eigenfunctions of norm 1 under the Gibbs measure.

    Args:
        values: f at the centres of the cells, shape (n,) or (n, m).
        spacing: distance of neighbouring centres; the error of the eigenvalues is of its square.
        s: positive.
        count: how many.

    Returns:
        Eigenvalues, increasing, shape (count,), and eigenfunctions, shape (count, *values.shape), 0 where the
            Gibbs measure has no mass.

    Raises:
        InputError: s or the spacing is not positive, f is not finite, the count is not between 1 and the number of cells less 2, or the
            cells are too coarse for the Gibbs measure; the message names a spacing.
        Undecided: the gap is below what floats can tell.

    >>> x = (np.arange(400) + 0.5) * 0.03 - 6
    >>> rates, modes = slow_modes(0.7 * x**2 / 2, 0.03, 1.0, 2)
    >>> rates.round(3).tolist()  # θ and 2θ for f = θx²/2
    [0.7, 1.4]
    """
    from scipy import sparse
    from scipy.sparse.linalg import LinearOperator, eigsh, splu

    f = potential_on_grid(values)
    if isinstance(count, bool) or not isinstance(count, Integral) or not 1 <= count <= f.size - 2:
        raise InputError(f"count={count!r}; write a whole number between 1 and the number of cells less 2, {f.size - 2}")
    a = symmetric_generator(f, spacing, s)
    _require_fine(f, float(spacing), float(s))
    ground = np.exp(-(f.ravel() - f.min()) / s)
    ground /= np.linalg.norm(ground)
    # a shift below the spectrum keeps the matrix definite; the ground state is projected out, so it cannot hide a tiny gap
    largest = float(a.diagonal().max())
    shift = 1e-10 * largest
    above = (a + shift * sparse.identity(f.size, format="csc")).tocsc()
    solve = splu(above, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve

    def inverse(v: np.ndarray) -> np.ndarray:
        w = solve(v - ground * (ground @ v))
        return np.asarray(w - ground * (ground @ w))

    start = np.random.default_rng(0).standard_normal(f.size)  # the start of Lanczos: any vector; a fixed one makes results repeatable
    found, vectors = eigsh(LinearOperator(a.shape, matvec=inverse, dtype=float), k=count, which="LA", v0=start)
    order = np.argsort(-found)
    rates = 1 / found[order] - shift
    if not rates[0] > 1e-13 * largest:
        raise Undecided(f"the spectral gap is below {1e-13 * largest:.1g}, less than floats can tell; take larger s")
    seen = ground > 1e-150  # elsewhere the Gibbs measure has no mass, and the quotient would overflow
    modes = np.where(seen, vectors[:, order].T / np.where(seen, ground, 1.0), 0.0)
    return rates, modes.reshape(count, *f.shape)


def _require_fine(f: np.ndarray, spacing: float, s: float) -> None:
    """Refuse cells between which the Gibbs density changes so much that the eigenvalues are those of the grid."""
    masses, flat = gibbs_masses(f, s).ravel(), f.ravel()
    for low, high in edges(f.shape):
        with np.errstate(over="ignore"):
            climb = np.clip(2 * (flat[high] - flat[low]) / s, -700, 700)
        square = float(((masses[low] + masses[high]) / 2) @ climb**2)
        if square > _STEEPEST:
            raise InputError(
                f"spacing={spacing:g} is too coarse for s={s:g}, spacing²/s = {spacing**2 / s:.3g}: the log of the Gibbs density changes "
                f"by {square**0.5:.2g} from a cell to the next, in the mean square; write values at a spacing of "
                f"{0.9 * spacing * (_STEEPEST / square) ** 0.5:.2g} or below, or a larger s"
            )


def spectral_gap(values: np.ndarray, spacing: float, s: float) -> float:
    """The spectral gap λ_s of the generator (s/2)Δ − ∇f·∇ in a box, by finite volumes.

    It is the largest number with Var(h) ≤ s/(2λ_s) E‖∇h‖² under exp(−2f/s)/Z for every h (Shi, Su & Jordan, arXiv 2004.06977), and
    2s·λ_s is the first positive eigenvalue of the Witten Laplacian −s²Δ + ‖∇f‖² − sΔf.

    Args:
        values: f at the centres of the cells, shape (n,) or (n, m); a box outside of which the Gibbs measure has no mass to speak of.
        spacing: distance of neighbouring centres.
        s: positive.

    Returns:
        λ_s, with an error of the order of the square of the spacing.

    Raises:
        InputError: s or the spacing is not positive, f is not finite, or the cells are too coarse for the Gibbs measure.
        Undecided: the gap is below what floats can tell.

    >>> x = (np.arange(100) + 0.5) * 0.1 - 5
    >>> round(spectral_gap(0.3 * x[:, None]**2 + 0.5 * x[None, :]**2, 0.1, 1.0), 2)  # the least of 0.6 and 1
    0.6
    """
    return float(slow_modes(values, spacing, s)[0][0])
