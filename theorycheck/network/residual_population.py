"""Shallow residual networks on infinitely many inputs N(0, I): the Gram matrix of B(W), and alternating minimisation, exactly.

Two gates whose vectors make the angle θ have E[x xᵀ 1{u·x > 0} 1{v·x > 0}] = ((π − θ) I + sin θ (e eᵀ − f fᵀ)) / 2π, e and f the unit
vectors along û + v̂ and û − v̂ (the derivatives of the arc-cosine kernel of degree 1). This form loses no digits at any angle.

All functions work in floats or in balls: with an object array of `arb` the answer is an array of balls at the present precision.
Source: Cho & Saul, Kernel methods for deep learning, NIPS 2009 (arc-cosine kernels); Jagatap & Hegde, ISIT 2019 (the algorithm).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb, arb_mat

from theorycheck.errors import InputError, Undecided
from theorycheck.network.gate_angles import angle_between, direction, pi_like, segment, sine
from theorycheck.network.residual import require_signs, square
from theorycheck.network.rows import float_matrix

__all__ = ["gate_mismatch", "gated_second_moment", "population_gram", "population_response", "population_step"]


def gated_second_moment(u: Any, v: Any) -> np.ndarray:
    """E[x xᵀ 1{u·x > 0} 1{v·x > 0}] for x ~ N(0, I).

    Args:
        u, v: vectors of one length d, floats or balls, neither of them 0.

    Returns:
        Shape (d, d).

    Raises:
        InputError: a vector is 0, or the lengths differ.
        Undecided: a ball contains the vector 0.

    >>> gated_second_moment([1.0, 0.0], [0.0, 3.0]).round(6).tolist()
    [[0.25, 0.159155], [0.159155, 0.25]]
    """
    first, second = _vector("u", u), _vector("v", v)
    if len(first) != len(second):
        raise InputError(f"u has {len(first)} coordinates and v has {len(second)}; write two vectors of one length")
    return _block(direction(first, "u is"), direction(second, "v is"))


def gate_mismatch(weights: Any, truth: Any) -> np.ndarray:
    """E[(c*·x)² 1{c·x and c*·x have other signs}] for each unit, c and c* the columns of W + I and W* + I: the population's ‖E_q‖².

    It is ‖c*‖² (θ − sin θ cos θ)/π at the angle θ between c and c*.

    Args:
        weights: W, shape (d, d).
        truth: W*, shape (d, d).

    Returns:
        Shape (d,).

    Raises:
        InputError: a matrix is not square, the shapes differ, or a column of W + I or W* + I is 0.
        Undecided: a ball contains the column 0.

    >>> gate_mismatch([[-2.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]).round(12).tolist()  # opposite, and equal
    [4.0, 0.0]
    """
    columns, true_columns = _columns(weights, truth)
    found = []
    for q, (c, t) in enumerate(zip(columns, true_columns, strict=True)):
        angle = angle_between(direction(c, f"column {q} of W + I is"), direction(t, f"column {q} of W* + I is"))[0]
        with np.errstate(over="ignore"):
            found.append((t @ t) * segment(angle) / pi_like(angle))
    if columns.dtype != object and not np.isfinite(found).all():
        raise InputError(f"the mismatch of unit {int(np.argmin(np.isfinite(found)))} overflows; divide its column of W* + I by its size")
    return np.array(found)


def population_gram(weights: Any, signs: Any) -> np.ndarray:
    """H(W) = E[BᵀB]/n, whose block of units q and r is v_q v_r E[x xᵀ 1{c_q·x > 0} 1{c_r·x > 0}], c the columns of W + I.

    Args:
        weights: W, shape (d, d).
        signs: v, entries ±1, shape (d,).

    Returns:
        Shape (d², d²), in the order of vec: unit 1 first. Symmetric and positive semidefinite.

    Raises:
        InputError: W is not square, another v, or a column of W + I is 0.
        Undecided: a ball contains the column 0.

    >>> population_gram(np.zeros((2, 2)), [1, -1]).round(4).tolist()[0]
    [0.5, 0.0, -0.25, -0.1592]
    """
    (columns,) = _columns(weights)
    v, units = _signs(signs, len(columns)), _units(columns, "W + I")
    d = len(units)
    found = np.empty((d * d, d * d), dtype=columns.dtype)
    for q in range(d):
        for r in range(q, d):
            block = v[q] * v[r] * _block(units[q], units[r], same=q == r)
            found[q * d : (q + 1) * d, r * d : (r + 1) * d] = found[r * d : (r + 1) * d, q * d : (q + 1) * d] = block
    return found


def population_response(weights: Any, truth: Any, signs: Any) -> np.ndarray:
    """E[B(W)ᵀ y]/n for labels y = f(X) of the network W*: the right-hand side of the normal equations.

    Args:
        weights: W, shape (d, d).
        truth: W*, shape (d, d).
        signs: v, entries ±1, shape (d,).

    Returns:
        Shape (d, d), column q for unit q: v_q Σ_r v_r (‖c*_r‖ sin θ ĉ_q + (π − θ) c*_r)/2π, θ the angle of c_q and c*_r.

    Raises:
        InputError: a matrix is not square, the shapes differ, another v, or a column of W + I or W* + I is 0.
        Undecided: a ball contains the column 0.

    >>> population_response(np.zeros((2, 2)), np.zeros((2, 2)), [1, 1]).round(4).tolist()
    [[0.6592, 0.25], [0.25, 0.6592]]
    """
    columns, true_columns = _columns(weights, truth)
    v, units, true_units = _signs(signs, len(columns)), _units(columns, "W + I"), _units(true_columns, "W* + I")
    found = []
    for q, unit in enumerate(units):
        total = 0 * unit
        for r, target in enumerate(true_columns):
            angle = angle_between(unit, true_units[r])[0]
            length, pi = target @ true_units[r], pi_like(angle)
            total = total + v[q] * v[r] * (length * sine(angle) * unit + (pi - angle) * target) / (2 * pi)
        found.append(total)
    return np.array(found).T


def population_step(weights: Any, truth: Any, signs: Any) -> np.ndarray:
    """The step of alternating minimisation on infinitely many inputs: W⁺ with H(W) vec(W⁺ + I) = E[B(W)ᵀ y]/n.

    Args:
        weights: W, shape (d, d).
        truth: W*, shape (d, d).
        signs: v, entries ±1, shape (d,).

    Returns:
        W⁺, shape (d, d).

    Raises:
        InputError: a matrix is not square, the shapes differ, another v, a column of W + I or W* + I is 0, or H(W) is singular (two
            columns of W + I are parallel).
        Undecided: the balls are too wide to show that H(W) is not singular.

    >>> truth = np.array([[0.2, 0.1], [-0.1, 0.3]])
    >>> errors, w = [], np.zeros((2, 2))
    >>> for _ in range(4):
    ...     w = population_step(w, truth, [1, -1])
    ...     errors.append(float(np.linalg.norm(w - truth)))
    >>> [f"{e:.0e}" for e in errors[:3]], errors[3] < 1e-12
    (['1e-02', '9e-05', '6e-09'], True)
    """
    right = population_response(weights, truth, signs)
    gram, d = population_gram(weights, signs), len(right)
    flat = right.T.ravel()
    if gram.dtype == object:
        try:
            solved = arb_mat(gram.tolist()).solve(arb_mat(d * d, 1, flat.tolist()))
        except ZeroDivisionError:
            raise Undecided("the balls do not show that H(W) is not singular; raise the precision, or give W more exactly") from None
        return np.array(solved.entries(), dtype=object).reshape(d, d).T - np.eye(d, dtype=int)
    if np.linalg.cond(gram) > 1e14:
        raise InputError("H(W) is singular: two columns of W + I are parallel up to rounding; start from another W")
    return np.linalg.solve(gram, flat).reshape(d, d).T - np.eye(d)


def _block(first: np.ndarray, second: np.ndarray, same: bool = False) -> np.ndarray:
    """((π − θ) I + sin θ (e eᵀ − f fᵀ)) / 2π for two unit vectors."""
    identity = np.eye(len(first), dtype=int)
    if same:
        return identity * (first[0] * 0 + 1) / 2
    angle, plus, minus = angle_between(first, second)
    pi, sum_, difference = pi_like(angle), first + second, first - second
    # sin θ = |û + v̂| |û − v̂| / 2, so sin θ e eᵀ = (minus/2 plus) (û + v̂)(û + v̂)ᵀ
    towards = _outer(sum_, minus, plus) - _outer(difference, plus, minus)
    return ((pi - angle) * identity + towards) / (2 * pi)


def _outer(along: np.ndarray, factor: Any, length: Any) -> np.ndarray:
    """(factor / 2 length) · along alongᵀ, where ‖along‖ = length may be 0 or a ball round it: the entries are at most factor·length/2."""
    if isinstance(length, arb) and length.contains(0):
        reach = factor * length / 2
        return np.full((len(along), len(along)), arb(0, reach.abs_upper()), dtype=object)
    if length == 0:
        return 0 * np.outer(along, along)
    return np.outer(along, along) * (factor / (2 * length))


def _units(columns: np.ndarray, name: str) -> list[np.ndarray]:
    return [direction(c, f"column {q} of {name} is") for q, c in enumerate(columns)]


def _columns(*matrices: Any) -> list[np.ndarray]:
    """The columns of W + I, one a row, for each W; all in one arithmetic."""
    found = []
    for name, value in zip(("W", "W*"), matrices, strict=False):
        w = np.asarray(value)
        w = w if _of_balls(w) and w.ndim == 2 else square(name, value)
        if w.shape[0] != w.shape[1]:  # of balls
            raise InputError(f"{name} has shape {w.shape}; the identity is added to it, so write as many units as inputs, k = d")
        found.append(w.T + np.eye(len(w), dtype=int))
    if len({w.shape for w in found}) > 1:
        raise InputError(f"W has shape {found[0].shape} and W* has {found[1].shape}; write matrices of one shape")
    if any(w.dtype == object for w in found):
        found = [np.array([[arb(entry) for entry in row] for row in w.tolist()], dtype=object) for w in found]
    return found


def _of_balls(values: np.ndarray) -> bool:
    return values.dtype == object and values.size > 0 and all(isinstance(entry, arb) for entry in values.flat)


def _vector(name: str, value: Any) -> np.ndarray:
    values = np.asarray(value)
    return values if _of_balls(values) and values.ndim == 1 else float_matrix(name, [value])[0]


def _signs(signs: Any, length: int) -> list[int]:
    return [int(entry) for entry in require_signs(signs, length)]
