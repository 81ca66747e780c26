"""The start of the recovery algorithm: rows and signs of a homogeneous network from the Hermite moments of its labels.

y = Σ v_i φ(⟨w_i, x⟩) with v_i = ±1 and independent w_i. The span of the rows comes from M_2; in it the directions from a decomposition
of M_3 (of M_4 when m_3 = 0, as for ReLU); the signs v and the lengths from M_2, since M_3 does not tell (v, w) from (−v, −w).
Source: Zhong, Song, Jain, Bartlett & Dhillon, arXiv:1706.03175, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.tensor.decomposition import SymmetricCP, symmetric_cp
from theorycheck.tensor.moments import LARGEST, hermite_moment, require_finite, samples
from theorycheck.tensor.polynomial_residual import polynomial_residual
from theorycheck.tensor.significance import CLEAR, significance
from theorycheck.tensor.subspace import Subspace, require_rank, subspace_of_second_moment, subspace_of_tensor
from theorycheck.training.homogeneous import Homogeneous, homogeneous_activation

#: The k-th eigenvalue must exceed the next one, which is noise, by this factor.
LEAST_GAP = 1.5
#: A sign that is fewer standard errors from 0 is reported as doubtful.
SURE = 4.0
#: The share of the variance of the labels that the estimate must explain.
LEAST_SHARE = 0.9


@dataclass(frozen=True)
class Initialization:
    """Estimated parameters, and what they rest on.

    Args:
        rows: W, shape (k, d).
        weights: v, entries ±1, shape (k,).
        subspace: the span of the rows.
        decomposition: of the projected moment.
        margin: the least distance of a fitted sign from 0, in standard errors.
        explained: 1 − E(y − ŷ)²/Var y on the samples, ŷ the estimate; 1 for the network itself.
        doubts: what speaks against the result; empty when nothing does.
    """

    rows: np.ndarray
    weights: np.ndarray
    subspace: Subspace
    decomposition: SymmetricCP
    margin: float
    explained: float
    doubts: tuple[str, ...]


def tensor_initialization(
    inputs: Any, labels: Any, activation: Activation | str | Homogeneous, units: int, rng: np.random.Generator
) -> Initialization:
    """Estimate the rows and signs of a network from samples.

    Args:
        inputs: x ~ N(0, I), shape (n, d).
        labels: y, shape (n,).
        activation: φ, homogeneous of degree at least 1.
        units: k, at most d.
        rng: draws the starts of the subspace and the decomposition.

    Returns:
        The estimate; its error falls like √(d/n) times a power of the condition of W. Its doubts are empty only when the k-th singular
        value of the moment is clear of the noise and the next is not, every unit is `SURE` standard errors from 0, and the estimate
        explains the share `LEAST_SHARE` of the variance of the labels.

    Raises:
        InputError: wrong shapes, numbers that are not finite, equal labels, k > d, an activation whose moments cannot tell the
            parameters, or too few samples for the subspace to stand out; the message says how many would be enough.

    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.standard_normal((20000, 6)), np.array([[1.0, 0, 0, 0, 0, 0], [0, 0, 1.5, 0, 0, 0]])
    >>> y = np.maximum(x @ w.T, 0)**2 @ [1, -1]
    >>> found = tensor_initialization(x, y, "squared_relu", 2, rng)
    >>> sorted(found.weights.tolist()), bool(abs(np.linalg.norm(found.rows) - np.linalg.norm(w)) < 0.1), found.doubts
    ([-1.0, 1.0], True, ())
    """
    x, y = samples(inputs, labels)
    require_finite(x, y)
    require_rank(units, x.shape[1])
    phi = homogeneous_activation(activation)
    order = tensor_order(phi)
    if np.ptp(y) == 0:
        raise InputError(f"all {len(y)} labels are {y[0]:g}: they tell nothing of the units; write labels that depend on the inputs")
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.var(y))
    if not 0 < spread < float("inf"):
        raise InputError(f"the variance of the labels is no float: they reach {abs(y).max():.3g}; divide the labels by their size")
    straight = polynomial_residual(x, y, 1)
    space = _subspace(x, straight, phi, units, rng)
    z = x @ space.basis
    without_linear = polynomial_residual(z, y, 1)
    rest = polynomial_residual(z, y, 2)
    moments = {1: hermite_moment(z, y, 1), 2: hermite_moment(z, without_linear, 2), order: hermite_moment(z, rest, order)}
    rows, weights, found, strengths = network_from_moments(moments, phi, units, rng)
    errors = _standard_errors(found, without_linear, 2)
    margin = float(np.min(abs(strengths) / errors)) if errors.all() else float("inf")
    rows = rows @ space.basis.T
    explained = 1 - float(np.mean((y - phi.value(x @ rows.T) @ weights) ** 2) / spread)
    doubts = found.doubts + _doubts_of_size(x, straight, space)
    if margin < SURE:
        doubts += (f"a sign of v is only {margin:.2g} standard errors from 0; {_enough(len(y), margin / SURE)} would settle it",)
    errors = _standard_errors(found, rest, order)
    least = float(np.min(abs(found.weights) / errors)) if errors.all() else float("inf")
    if least < SURE:
        doubts += (
            f"a component of M_{order} is only {least:.2g} standard errors from 0; {_enough(len(y), least / SURE)} would settle it, "
            "or there are fewer units",
        )
    if not explained >= LEAST_SHARE:
        doubts += (
            f"the estimate explains the share {explained:.2g} of the variance of the labels, less than {LEAST_SHARE:g}: more samples or "
            "more units may be needed, or the labels are not those of such a network",
        )
    return Initialization(rows, weights, space, found, margin, explained, doubts)


def tensor_order(phi: Homogeneous) -> int:
    """The order of the moment that is decomposed: 3, or 4 when m_3 = 0.

    Args:
        phi: a homogeneous activation.

    Raises:
        InputError: the moments cannot tell the parameters: both m_3 and m_4 vanish, or φ is odd or even.

    >>> tensor_order(Homogeneous(1, 0, 2)), tensor_order(Homogeneous(1, 0, 1))
    (3, 4)
    """
    _, first, second, third, fourth = phi.constants().tolist()
    if third == 0 and fourth == 0:
        raise InputError(
            f"the moments m_3 = m_4 = 0 vanish for A = {phi.positive:g}, B = {phi.negative:g}, degree {phi.degree:g}: nothing is left to "
            "decompose; take A ≠ B and degree 2, or A ≠ −B and another degree"
        )
    if second == 0:
        raise InputError(
            f"the even moments vanish for φ(−z) = −φ(z), A = {phi.positive:g}, B = {phi.negative:g}: (v, w) and (−v, −w) are the same "
            "network, so no number of samples gives the signs; take A ≠ −B"
        )
    if first == 0:
        raise InputError(
            f"the odd moments vanish for φ(−z) = φ(z), A = B = {phi.positive:g}: w and −w are the same unit, so no number of samples gives "
            "its sign; take A ≠ B"
        )
    return 3 if third != 0 else 4


def network_from_moments(
    moments: Mapping[int, np.ndarray], phi: Homogeneous, units: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, SymmetricCP, np.ndarray]:
    """Rows and signs from M_1, M_2 and M_3 (or M_4), exact or estimated.

    Args:
        moments: the tensors by order, in dimension d.
        phi: the activation.
        units: k.
        rng: draws the starts of the decomposition.

    Returns:
        Rows (k, d), signs (k,), the decomposition, and the fitted v_i m_2 ‖w_i‖^q of each component, shape (k,).

    Raises:
        InputError: as `tensor_order` and `symmetric_cp`, or a moment is missing.

    >>> from theorycheck.tensor.moment_constants import population_moment
    >>> w = np.array([[1.0, 2.0], [0.0, -1.0]])
    >>> exact = {p: population_moment("squared_relu", [-1, 1], w, p) for p in (1, 2, 3)}
    >>> rows, signs, *_ = network_from_moments(exact, Homogeneous(1, 0, 2), 2, np.random.default_rng(0))
    >>> (rows.round(9) + 0).tolist(), signs.tolist()
    ([[1.0, 2.0], [0.0, -1.0]], [-1.0, 1.0])
    """
    order, constants = tensor_order(phi), phi.constants()
    if not isinstance(moments, Mapping) or not {1, 2, order} <= set(moments):
        raise InputError(f"the moments are not all given; write a mapping with the orders 1, 2 and {order}")
    found = symmetric_cp(moments[order], units, rng)
    u = found.factors
    squares = (u[:, None, :] * u).reshape(-1, units)
    strengths = np.linalg.lstsq(squares, moments[2].ravel(), rcond=None)[0]
    signs = np.where(strengths * constants[2] < 0, -1.0, 1.0)
    lengths = abs(strengths / constants[2]) ** (1 / phi.degree)
    odd = found.weights * constants[3] if order == 3 else np.linalg.lstsq(u, moments[1], rcond=None)[0] * constants[1]
    directions = np.where(odd * signs < 0, -1.0, 1.0)
    return (u * directions * lengths).T, signs, found, strengths


def _subspace(x: np.ndarray, y: np.ndarray, phi: Homogeneous, units: int, rng: np.random.Generator) -> Subspace:
    """The span of the rows, from labels without their linear part.

    From M_2; where that does not stand out and M_3 exists and is affordable, from M_3 unfolded.

    Raises:
        InputError: neither stands out.
    """
    count, d = x.shape
    space = subspace_of_second_moment(x, y, units, rng)
    if space.gap < LEAST_GAP and phi.constants()[3] != 0 and d**3 <= LARGEST:
        other = subspace_of_tensor(hermite_moment(x, y, 3), units)
        space = other if other.gap > space.gap else space
    if space.gap < LEAST_GAP:
        enough = int(np.ceil(4 * count * LEAST_GAP**2))
        raise InputError(
            f"{count} samples are too few for {units} units in dimension {d}: eigenvalue {units} of {space.source} exceeds the next by the "
            f"factor {space.gap:.3g} only, and {LEAST_GAP:g} is needed; take at least {enough}, or another number of "
            "units: fewer if there are fewer, more if there are more"
        )
    return space


def _doubts_of_size(x: np.ndarray, y: np.ndarray, space: Subspace) -> tuple[str, ...]:
    """Fewer directions than asked for, as far as the samples show, or more."""
    units, found = space.basis.shape[1], significance(x, y, space)
    if found.kept < 1:
        return (
            f"singular value {units} of {space.source} is only {CLEAR * found.kept:.2g} times the noise, and {CLEAR:g} is needed: "
            f"{_enough(len(y), found.kept)} would show it, or there are fewer units than {units}",
        )
    if found.next > 1:
        return (
            f"singular value {units + 1} of {space.source} is {CLEAR * found.next:.2g} times the noise outside the first {units}: "
            f"there are more units; ask for at least {units + 1}",
        )
    return ()


def _enough(count: int, share: float) -> str:
    """How many samples bring what is this share of the threshold up to it: noise falls like 1/√n."""
    return f"about {int(np.ceil(count / share**2))} samples" if share > 1e-3 else "no number of samples in reach"


def _standard_errors(found: SymmetricCP, labels: np.ndarray, order: int) -> np.ndarray:
    """Of the fitted coefficients of M_p on the u_i^{⊗p}: noise contracted with a unit vector p times has variance p! E y²/n."""
    gram = (found.factors.T @ found.factors) ** order
    return np.sqrt(np.diag(np.linalg.pinv(gram)) * factorial(order) * float(np.mean(labels**2)) / len(labels))
