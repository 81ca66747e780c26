"""Whether the k directions that a moment shows are more than the noise of its samples, and whether they are all that it shows.

With alternating signs ±1 on the labels the signal of a moment cancels and its noise stays: D = (1/n) Σ ± y He_p(x) is half the difference
of the moments of the even and the odd samples. By Weyl's inequality noise of norm ε makes no singular value above ε where there was none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.tensor.moments import hermite_moment, require_finite, samples
from theorycheck.tensor.subspace import Subspace

#: A singular value is taken for signal above this many times the norm of the noise.
CLEAR = 2.0
#: Products with D for its norm, and the vectors that are carried along.
STEPS, WIDTH = 12, 5


@dataclass(frozen=True)
class Significance:
    """Singular values of a moment in units of what is clear of its noise.

    Args:
        kept: the k-th singular value; below 1 the last direction may be noise.
        next: the (k + 1)-st, 0 for k = d, against the noise outside the subspace, which is less; above 1 there are more directions than k.
    """

    kept: float
    next: float


def significance(inputs: Any, labels: Any, space: Subspace) -> Significance:
    """The k-th and (k + 1)-st singular values of the moment behind a subspace over `CLEAR` times the norm of the noise.

    In few dimensions the norm of one D is a matter of chance, so for M_2 it is at least 2/√d times the Frobenius norm that the noise has
    in the mean, which is the norm of a Wigner matrix.

    Args:
        inputs: shape (n, d).
        labels: shape (n,), those that the subspace was found from.
        space: the subspace, of M_2 or M_3.

    Raises:
        InputError: wrong shapes, numbers that are not finite, or no such subspace.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((4000, 6))
    >>> found = significance(x, x[:, 0]**2 - 1, Subspace(np.eye(6)[:, :1], 20.0, "M_2"))
    >>> found.kept > 3, found.next < 1
    (True, True)
    """
    x, y = samples(inputs, labels)
    require_finite(x, y)
    if not isinstance(space, Subspace) or space.source not in ("M_2", "M_3"):
        raise InputError(f"the subspace is {space!r}; write what theorycheck.tensor.subspace finds from M_2 or M_3")
    if space.basis.ndim != 2 or len(space.basis) != x.shape[1]:
        raise InputError(f"the subspace has a basis of shape {space.basis.shape}; write one in dimension {x.shape[1]}, as the inputs are")
    alternating, v, whole = np.where(np.arange(len(y)) % 2, -y, y), space.basis, space.basis.shape[0] == space.basis.shape[1]
    if space.source == "M_2":
        size = float(abs(np.linalg.eigvalsh(v.T @ _times_second_moment(x, y, v))).min())
        noise = _noise(x, y, alternating, v[:, :0])
        beyond = 0.0 if whole else _noise(x - (x @ v) @ v.T, y, alternating, v)
    else:
        unfolded, rest = (hermite_moment(x, labels, 3).reshape(x.shape[1], -1) for labels in (y, alternating))
        size = float(np.linalg.svd(v.T @ unfolded, compute_uv=False)[-1])
        gram = rest @ rest.T
        noise, across = float(np.sqrt(np.linalg.eigvalsh(gram)[-1])), gram - v @ (v.T @ gram)
        beyond = float(np.sqrt(max(np.linalg.eigvalsh(across - (across @ v) @ v.T)[-1], 0.0)))
    kept = size / (CLEAR * noise) if noise > 0 else float("inf")
    following = 0.0 if whole or np.isinf(space.gap) else size / space.gap
    return Significance(kept, following / (CLEAR * beyond) if beyond > 0 else 0.0)


def _times_second_moment(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> np.ndarray:
    product: np.ndarray = x.T @ ((x @ v) * y[:, None]) / len(y) - y.mean() * v
    return product


def _noise(x: np.ndarray, y: np.ndarray, alternating: np.ndarray, removed: np.ndarray) -> float:
    """The norm of D for M_2 on the complement of the removed directions, which x no longer contains.

    The iteration starts from samples: they are Gaussian vectors, and no draw is spent.
    """

    def product(v: np.ndarray) -> np.ndarray:
        image = _times_second_moment(x, alternating, v)
        return np.asarray(image - removed @ (removed.T @ image))

    basis = np.linalg.qr(x[:WIDTH].T)[0]
    for _ in range(STEPS):
        basis = np.linalg.qr(product(basis))[0]
    d = x.shape[1] - removed.shape[1]
    squares = np.einsum("nd,nd->n", x, x)  # ‖xxᵀ − I‖² = ‖x‖⁴ − 2‖x‖² + d in the Frobenius norm
    frobenius = float(np.sqrt(np.mean(y**2 * (squares**2 - 2 * squares + d)) / len(y)))
    return max(float(np.linalg.norm(product(basis), 2)), 2 * frobenius / d**0.5)
