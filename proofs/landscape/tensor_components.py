"""The components f_k of the population loss, one tensor each: exactly, and as functions to be minimised.

f_k(a, B) = ‖Σ a*_i b*_i^⊗k − Σ a_i b_i^⊗k‖² needs inner products only: no tensor is ever formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def component(degree: int, target: tuple[Sequence[Any], Sequence[Any]], student: tuple[Sequence[Any], Sequence[Any]]) -> Any:
    """f_k from (weights, rows) of both, in exact numbers, balls, mpmath or SymPy."""
    stacked = [*zip(*target, strict=True), *((-a, b) for a, b in zip(*student, strict=True))]
    return sum(c * d * sum(p * q for p, q in zip(u, v, strict=True)) ** degree for c, u in stacked for d, v in stacked)


def value_and_gradient(degree: int, weights: Any, target: Any, student_weights: Any, rows: Any) -> tuple[float, Any]:
    """f_k in floats and its gradient in the rows of the student.

    Args:
        degree: k, at least 1.
        weights: a*, shape (n,).
        target: B*, shape (n, d).
        student_weights: a, shape (m,).
        rows: B, shape (m, d).
    """
    own, cross, known = rows @ rows.T, rows @ target.T, target @ target.T
    value = weights @ known**degree @ weights - 2 * student_weights @ cross**degree @ weights
    value += student_weights @ own**degree @ student_weights
    pull = (own ** (degree - 1) * student_weights) @ rows - (cross ** (degree - 1) * weights) @ target
    return float(value), 2 * degree * student_weights[:, None] * pull


def descend(
    degree: int, weights: Any, target: Any, student_weights: Any, start: Any, unit: bool, iterations: int
) -> tuple[float, float, Any]:
    """Minimise f_k over the rows by L-BFGS; unit rows are kept by dividing each by its length.

    Returns:
        The value reached, the length of the gradient there, and the rows.
    """
    import numpy as np
    from scipy.optimize import minimize

    def objective(flat: Any) -> tuple[float, Any]:
        free = flat.reshape(start.shape)
        lengths = np.linalg.norm(free, axis=1, keepdims=True) if unit else np.ones((len(free), 1))
        rows = free / lengths
        value, gradient = value_and_gradient(degree, weights, target, student_weights, rows)
        if unit:
            gradient = (gradient - (gradient * rows).sum(axis=1, keepdims=True) * rows) / lengths
        return value, gradient.ravel()

    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "ftol": 1e-14, "gtol": 1e-7})
    rows = found.x.reshape(start.shape)
    if unit:
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return float(found.fun), float(np.linalg.norm(found.jac)), rows
