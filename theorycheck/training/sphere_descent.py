"""Descent over matrices with unit rows: gradient projected to the spheres, Barzilai–Borwein steps, Armijo's rule.

Used to minimise G, whose minima are known, from random starts; see Absil, Mahony & Sepulchre, Optimization Algorithms on Matrix Manifolds,
chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.rows import float_matrix
from theorycheck.network.rows import unit_rows as directions

#: An objective: rows ↦ value and gradient.
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Descent:
    """Where a descent ended.

    Args:
        rows: the last iterate, unit rows.
        values: the objective at each iterate, falling.
        slope: the norm of the projected gradient at the end.
        converged: whether that is within the tolerance.
    """

    rows: np.ndarray
    values: tuple[float, ...]
    slope: float
    converged: bool


def unit_rows(rows: Any) -> np.ndarray:
    """Every row divided by its length.

    Args:
        rows: shape (n, d).

    Raises:
        InputError: a row is 0 or not finite.

    >>> unit_rows([[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    return directions(float_matrix("rows", rows))


def sphere_descent(objective: Objective, start: Any, steps: int = 2000, tolerance: float = 1e-9) -> Descent:
    """Minimise an objective over matrices with unit rows.

    Args:
        objective: takes rows of shape (n, d) to a value and a gradient of that shape.
        start: shape (n, d), normalised here.
        steps: the most steps.
        tolerance: the norm of the projected gradient at which to stop.

    Returns:
        The descent. It also ends, unconverged, when no step along the gradient lowers the value any more.

    Raises:
        InputError: a zero row, no steps, an objective that is not finite at the start, or a gradient of another shape.

    >>> found = sphere_descent(lambda b: (float(b[:, 0].sum()), np.array([[1.0, 0.0]])), [[0.6, 0.8]])
    >>> found.converged, found.rows.round(6).tolist()
    (True, [[-1.0, -0.0]])
    """
    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 1 or not isinstance(tolerance, Real) or not tolerance > 0:
        raise InputError(f"steps={steps!r}, tolerance={tolerance!r}; write at least one step and a positive tolerance")
    if not callable(objective):
        raise InputError(f"the objective is {objective!r}; write a function of the rows that returns its value and its gradient")
    rows = unit_rows(start)
    value, direction = _at(objective, rows)
    if not np.isfinite(value) or not np.isfinite(direction).all():
        raise InputError(f"the objective is {value} at the start; write a start where value and gradient are finite")
    values, length = [value], 1 / max(1.0, float(np.linalg.norm(direction)))
    for _ in range(steps):
        square = float((direction**2).sum())
        if square <= tolerance**2:
            break
        while True:
            candidate = unit_rows(rows - length * direction)
            found, next_direction = _at(objective, candidate)
            if found <= value - 1e-4 * length * square and np.isfinite(next_direction).all():
                break
            length /= 2
            if length * square < 1e-17 * (1 + abs(value)):  # the decrease asked for is below rounding
                return Descent(rows, tuple(values), square**0.5, False)
        moved, turned = candidate - rows, next_direction - direction
        curvature = float((moved * turned).sum())
        rows, value, direction = candidate, found, next_direction
        values.append(value)
        # Barzilai–Borwein where the curvature along the step is positive, a longer step where it is not
        length = min(max(float((moved**2).sum()) / curvature, length / 10), 10 * length) if curvature > 0 else 2 * length
    slope = float(np.linalg.norm(direction))
    return Descent(rows, tuple(values), slope, slope <= tolerance)


def _at(objective: Objective, rows: np.ndarray) -> tuple[float, np.ndarray]:
    """The value, and the gradient less its part along each row."""
    returned = objective(rows)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise InputError(f"the objective returned {type(returned).__name__}; return its value and its gradient, a pair")
    value, gradient = returned
    if isinstance(value, bool) or not isinstance(value, Real) or np.asarray(gradient).dtype.kind not in "fiu":
        raise InputError(f"the objective returned {type(value).__name__} and {np.asarray(gradient).dtype}; return real numbers")
    if np.shape(gradient) != rows.shape:
        raise InputError(f"the gradient has shape {np.shape(gradient)} and the rows {rows.shape}; return one of the same shape")
    return value, gradient - (gradient * rows).sum(axis=1, keepdims=True) * rows
