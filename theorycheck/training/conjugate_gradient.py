"""Conjugate gradients for A u = b with A symmetric and nonnegative, known only through its products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theorycheck.errors import InputError


@dataclass(frozen=True)
class Solution:
    """What conjugate gradients found.

    Args:
        value: u, in the shape of b.
        iterations: products with A that it took.
        residual: ‖b − A u‖ as the recurrence has it.
        converged: whether the residual is within the tolerance.
        steps: the length of each step, and the ratio of each squared residual to the one before.
    """

    value: np.ndarray
    iterations: int
    residual: float
    converged: bool
    steps: tuple[tuple[float, float], ...] = ()

    def condition(self) -> float:
        """A lower bound of the condition number of A where b has parts: the ratio of the extreme Ritz values (Lanczos).

        >>> round(conjugate_gradient(lambda u: np.array([2.0, 5.0]) * u, np.array([2.0, 10.0]), 1e-12, 10).condition(), 9)
        2.5
        """
        from scipy.linalg import eigvalsh_tridiagonal

        if len(self.steps) < 2:
            return 1.0
        lengths, ratios = np.array(self.steps).T
        diagonal = 1 / lengths
        diagonal[1:] += ratios[:-1] / lengths[:-1]
        beside = np.sqrt(ratios[:-1]) / lengths[:-1]
        ends = [eigvalsh_tridiagonal(diagonal, beside, select="i", select_range=(k, k))[0] for k in (0, len(diagonal) - 1)]
        return float(ends[1] / ends[0]) if ends[0] > 0 else float("inf")


def conjugate_gradient(product: Callable[[np.ndarray], np.ndarray], right: np.ndarray, tolerance: float, most: int) -> Solution:
    """Solve A u = b from u = 0: for a singular A and b in its range this is the shortest solution, as all steps lie in the range.

    A warm start from u' is the same thing for b − A u'.

    Args:
        product: u ↦ A u, in the shape of b.
        right: b.
        tolerance: the residual to reach, an absolute number; below the rounding of b nothing more is gained.
        most: iterations at most.

    Returns:
        The solution, or the last iterate when `most` iterations or the precision did not suffice.

    Source: Hestenes & Stiefel, J. Res. Nat. Bur. Standards 49 (1952).

    >>> found = conjugate_gradient(lambda u: np.array([2.0, 5.0]) * u, np.array([2.0, 10.0]), 1e-12, 10)
    >>> found.value.round(12).tolist(), found.iterations, found.converged
    ([1.0, 2.0], 2, True)
    """
    if not callable(product):
        raise InputError(f"the product is {product!r}; write a function of u")
    found = np.zeros(right.shape)
    residual = right.astype(float)
    direction = residual.copy()
    square = float(np.vdot(residual, residual))
    steps: list[tuple[float, float]] = []
    for iteration in range(most):
        if square <= tolerance**2:
            return Solution(found, iteration, square**0.5, True, tuple(steps))
        image = product(direction)
        curvature = float(np.vdot(direction, image))
        if not 0 < curvature < float("inf"):  # the rest of b is outside the range of A, up to rounding
            return Solution(found, iteration, square**0.5, False, tuple(steps))
        length = square / curvature
        found += length * direction
        residual -= length * image
        before, square = square, float(np.vdot(residual, residual))
        steps.append((length, square / before))
        direction *= square / before
        direction += residual
    return Solution(found, most, square**0.5, square <= tolerance**2, tuple(steps))
