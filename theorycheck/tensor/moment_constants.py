"""What a unit contributes to the moment tensors: m_p(s) = E[φ(sz) He_p(z)], and the exact tensors of a network.

M_p = Σ_i v_i m_p(‖w_i‖) w̄_i^{⊗p} with w̄ = w/‖w‖, for any activation (Zhong et al., arXiv:1706.03175, for homogeneous ones).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import Any, overload

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.hermite import hermite_coefficients
from theorycheck.tensor.moments import numbers, require_order

#: The orders 0 to 4.
ORDERS = 5


@overload
def moment_constants(activation: Activation | str, scales: Sequence[Any] = ..., digits: None = None) -> np.ndarray: ...


@overload
def moment_constants(activation: Activation | str, scales: Sequence[Any], digits: int) -> list[list[Enclosure]]: ...


def moment_constants(
    activation: Activation | str, scales: Sequence[Any] = (1,), digits: int | None = None
) -> np.ndarray | list[list[Enclosure]]:
    """m_p(s) = E[φ(sz) He_p(z)] for p = 0, …, 4.

    Args:
        activation: φ.
        scales: the lengths s > 0, exact ones when digits are asked for.
        digits: None for float64, or decimal digits of enclosures.

    Returns:
        float64 of shape (len(scales), 5), or a list of lists of enclosures, with exact forms where φ is in the exact class.

    Raises:
        InputError: a scale or digits out of range.
        DoesNotExist: φ grows too fast.

    >>> moment_constants("squared_relu").round(6).tolist()
    [[0.5, 0.797885, 1.0, 0.797885, 0.0]]
    >>> [m.exact for m in moment_constants("relu", [1], digits=15)[0]]
    [sqrt(2)/(2*sqrt(pi)), 1/2, sqrt(2)/(2*sqrt(pi)), 0, -sqrt(2)/(2*sqrt(pi))]
    """
    if isinstance(scales, str) or not isinstance(scales, (Sequence, np.ndarray)) or np.ndim(scales) != 1:
        raise InputError(f"scales={scales!r}; write a list of positive numbers, for example [1]")
    if digits is None:
        roots = np.sqrt([factorial(p) for p in range(ORDERS)])
        return np.array([hermite_coefficients(activation, ORDERS, scale=s) * roots for s in scales])
    digits = require_digits(digits)
    exact = [hermite_coefficients(activation, ORDERS, digits + 1, scale=s) for s in scales]
    return [[_times_root(c, p, digits) for p, c in enumerate(row)] for row in exact]


def _times_root(coefficient: Enclosure, order: int, digits: int) -> Enclosure:
    """√(p!)·c."""
    from flint import arb, ctx

    def exact() -> Any:
        import sympy

        return None if coefficient.exact is None else sympy.simplify(coefficient.exact * sympy.sqrt(factorial(order)))

    with ctx.workprec(bits_for(digits, 60)):
        return Enclosure(coefficient.ball * arb(factorial(order)).sqrt(), exact, digits)


def population_moment(activation: Activation | str, weights: Any, rows: Any, order: int) -> np.ndarray:
    """M_p of the network Σ v_i φ(⟨w_i, x⟩), without sampling.

    Args:
        activation: φ.
        weights: v, shape (k,).
        rows: the w_i, none of them zero, shape (k, d).
        order: p from 1 to 4.

    Returns:
        Shape (d,)·p.

    Raises:
        InputError: wrong shapes or order, or a zero row.

    >>> population_moment("squared_relu", [1.0], [[2.0, 0.0]], 2).round(12).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    v, w = numbers("vector of weights", weights), numbers("matrix of rows", rows)
    if w.ndim != 2 or v.shape != w.shape[:1]:
        raise InputError(f"the weights have shape {v.shape} and the rows {w.shape}; write shapes (k,) and (k, d)")
    require_order(order)
    if not len(w):
        raise InputError("there are no rows; write at least one unit")
    powers = np.frexp(np.abs(w).max(axis=1, initial=0.0))[1]
    with np.errstate(over="ignore", invalid="ignore"):  # by powers of two, as squares may overflow
        lengths = np.ldexp(np.linalg.norm(np.ldexp(w, -powers[:, None]), axis=1), powers)
    if not (np.isfinite(w).all() and np.isfinite(v).all() and lengths.all()):
        raise InputError(f"rows of length {lengths.tolist()} with weights {v.tolist()}; write finite numbers and no zero row")
    with np.errstate(over="ignore"):
        power = v * moment_constants(activation, lengths.tolist())[:, order]
    if not np.isfinite(power).all():
        raise InputError(f"the moment of order {order} overflows for rows of length {lengths.tolist()}; write shorter rows")
    letters = "abcd"[:order]
    places = ",".join(f"i{letter}" for letter in letters)
    moment: np.ndarray = np.einsum(f"i,{places}->{letters}", power, *[w / lengths[:, None]] * order)
    return moment
