"""Semi-random units 1{r·x > 0} (r·x)^s (w·x): the gate is drawn once, the weight is trained; outputs, features and their Gram matrix.

A network of one layer is linear in its weights: f = Σ_k A_k ∘ (X w_k) = Φ vec(W), A the values of the gates.
Source: Kawaguchi, Xie, Verma, Song, Deep semi-random features for nonlinear function approximation, arXiv 1702.08882.
"""

from __future__ import annotations

from numbers import Integral

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.rows import matrix

#: Numbers in the largest matrix Φ that is written out.
_LARGEST = 50_000_000


def with_constant(inputs: np.ndarray) -> np.ndarray:
    """The inputs with a last coordinate 1, which units need to approximate every function.

    Args:
        inputs: shape (n, d).

    Returns:
        Shape (n, d + 1).

    Raises:
        InputError: no matrix of finite numbers.

    >>> with_constant(np.array([[2.0, 3.0]])).tolist()
    [[2.0, 3.0, 1.0]]
    """
    x = matrix("inputs", inputs)
    return np.column_stack([x, np.ones(len(x), x.dtype)])


def gate_values(directions: np.ndarray, inputs: np.ndarray, degree: int = 0) -> np.ndarray:
    """The values 1{r_k·x > 0} (r_k·x)^s of the gates; on the boundary r·x = 0 a gate is closed.

    Args:
        directions: r_k, one row for each unit, shape (m, d).
        inputs: shape (n, d).
        degree: s = 0, 1, 2, ...

    Returns:
        A, shape (n, m).

    Raises:
        InputError: shapes that do not fit, entries or gates that are not finite, or a degree that is no whole number.

    >>> gate_values(np.eye(2), np.array([[2.0, -1.0], [0.0, 3.0]]), 1).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    if isinstance(degree, bool) or not isinstance(degree, Integral) or degree < 0:
        raise InputError(f"degree={degree!r}; write a whole number s, 0 or more")
    r = matrix("directions", directions)
    with np.errstate(over="ignore", invalid="ignore"):
        heights = matrix("inputs", inputs, r.shape[1]) @ r.T
    if degree == 0:
        return (heights > 0).astype(heights.dtype)
    found = np.maximum(heights, 0)
    with np.errstate(over="ignore"):
        found = found if degree == 1 else found**degree
    if not np.isfinite(found).all():
        raise InputError(f"the gates of degree {degree} overflow; divide the inputs by their size, or write a lower degree")
    return found


def semi_random_outputs(gates: np.ndarray, inputs: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The outputs Σ_k A_k ∘ (X w_k); output weights v_k are absorbed by the rows v_k w_k.

    Args:
        gates: A, shape (n, m).
        inputs: X, shape (n, d).
        rows: W, shape (m, d).

    Returns:
        Shape (n,).

    Raises:
        InputError: shapes that do not fit.

    >>> x = np.array([[2.0, -1.0], [0.0, 3.0]])
    >>> semi_random_outputs(gate_values(np.eye(2), x), x, np.array([[1.0, 1.0], [0.0, 5.0]])).tolist()
    [1.0, 15.0]
    """
    a, x = _fitting(gates, inputs)
    w = matrix("rows", rows, x.shape[1])
    if len(w) != a.shape[1]:
        raise InputError(f"rows has {len(w)} rows; write {a.shape[1]}, one for each unit")
    return np.einsum("nk,nk->n", a, x @ w.T)


def semi_random_features(gates: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The matrix Φ with f = Φ vec(W), written out.

    Args:
        gates: A, shape (n, m).
        inputs: X, shape (n, d).

    Returns:
        Shape (n, m·d), unit after unit.

    Raises:
        InputError: shapes that do not fit, or more than 5e7 numbers: `dual_gram` and `least_squares` need no Φ.

    >>> semi_random_features(np.array([[1.0, 0.0]]), np.array([[2.0, 3.0]])).tolist()
    [[2.0, 3.0, 0.0, 0.0]]
    """
    a, x = _fitting(gates, inputs)
    size = a.size * x.shape[1]
    if size > _LARGEST:
        raise InputError(f"Φ has {size} numbers, more than {_LARGEST}; use dual_gram or least_squares, which do not write it out")
    return (a[:, :, None] * x[:, None, :]).reshape(len(x), -1)


def dual_gram(
    gates: np.ndarray, inputs: np.ndarray, other_gates: np.ndarray | None = None, other_inputs: np.ndarray | None = None
) -> np.ndarray:
    """The Gram matrix ΦΦ'ᵀ/m = (AA'ᵀ/m) ∘ (XX'ᵀ), without Φ: its size does not depend on the number of units.

    Args:
        gates: A, shape (n, m).
        inputs: X, shape (n, d).
        other_gates, other_inputs: A' and X' with n' rows; by default the same.

    Returns:
        Shape (n, n').

    Raises:
        InputError: shapes that do not fit.

    >>> x = np.array([[2.0, -1.0], [1.0, 3.0]])
    >>> dual_gram(gate_values(np.eye(2), x), x).tolist()
    [[2.5, -0.5], [-0.5, 10.0]]
    """
    a, x = _fitting(gates, inputs)
    if (other_gates is None) != (other_inputs is None):
        raise InputError("one of other_gates and other_inputs is missing; write both or none")
    b, z = (a, x) if other_gates is None else _fitting(other_gates, other_inputs, x.shape[1])
    if b.shape[1] != a.shape[1]:
        raise InputError(f"the gates are of {a.shape[1]} and {b.shape[1]} units; write those of the same units")
    gram = a @ b.T
    gram *= x @ z.T
    gram /= a.shape[1]
    return gram


def _fitting(gates: np.ndarray, inputs: np.ndarray | None, columns: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    a, x = matrix("gates", gates), matrix("inputs", inputs, columns)
    if len(a) != len(x):
        raise InputError(f"gates has {len(a)} rows and inputs {len(x)}; write one row of gates for each input")
    return a, x
