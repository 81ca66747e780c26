"""The regularised squared loss of a one-hidden-layer network in its inner weights: value, gradient, Laplacian, Hessian, in floats.

L(W) = (c/n) Σ (y_i − a·σ(W x_i))² + (λ/2)‖W‖²_F with the outer weights a fixed; c is 1 or 1/2, as sources differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.network.arguments import finite_array, is_real, require_positive


@dataclass(frozen=True)
class RegularisedLoss:
    """L and its derivatives.

    Args:
        activation: σ.
        outer: a, shape (p,).
        inputs: the x_i as rows, shape (n, d).
        labels: the y_i, shape (n,).
        regulariser: λ ≥ 0.
        factor: c, 1 or 1/2.

    Raises:
        InputError: λ < 0, entries that are not finite, or shapes that do not fit; so do the methods for weights of another shape.

    >>> from theorycheck import Activation
    >>> loss = RegularisedLoss(Activation("tanh"), np.array([1.0]), np.array([[1.0]]), np.array([0.0]), 0.5)
    >>> float(loss.value(np.array([[0.0]]))), float(loss.laplacian(np.array([[0.0]])))
    (0.0, 2.5)
    """

    activation: Activation
    outer: np.ndarray
    inputs: np.ndarray
    labels: np.ndarray
    regulariser: float
    factor: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.activation, Activation):
            raise InputError(f"activation={self.activation!r}; write Activation(...)")
        if not is_real(self.regulariser) or self.regulariser < 0:
            raise InputError(f"regulariser={self.regulariser!r}; write a number λ ≥ 0")
        require_positive("factor", self.factor)
        for name in ("outer", "inputs", "labels"):
            object.__setattr__(self, name, finite_array(name, getattr(self, name)))
        if self.inputs.ndim != 2 or self.labels.shape != self.inputs.shape[:1] or self.outer.ndim != 1 or not self.inputs.size:
            shapes = f"{self.inputs.shape}, {self.labels.shape}, {self.outer.shape}"
            raise InputError(f"inputs, labels and outer have shapes {shapes}; write (n, d), (n,) and (p,)")

    def _checked(self, weights: np.ndarray) -> np.ndarray:
        found, shape = finite_array("the weights", weights), (len(self.outer), self.inputs.shape[1])
        if found.shape != shape:
            raise InputError(f"the weights have shape {found.shape}; write one row for each unit, shape {shape}")
        return found

    def _slopes(self, weights: np.ndarray) -> tuple[Any, Any, Any]:
        z = self.inputs @ weights.T
        residual = self.activation(z) @ self.outer - self.labels
        return residual, self.activation.derivative(1)(z), self.activation.derivative(2)(z)

    def value(self, weights: np.ndarray) -> float:
        """L(W); W has shape (p, d)."""
        weights = self._checked(weights)
        residual = self.activation(self.inputs @ weights.T) @ self.outer - self.labels
        return float(self.factor * np.mean(residual**2) + self.regulariser / 2 * np.sum(weights**2))

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """∇L(W), shape (p, d)."""
        weights = self._checked(weights)
        residual, slope, _ = self._slopes(weights)
        pull = (slope * self.outer).T * residual
        found: np.ndarray = 2 * self.factor / len(self.labels) * pull @ self.inputs + self.regulariser * weights
        return found

    def laplacian(self, weights: np.ndarray) -> float:
        """ΔL(W)."""
        weights = self._checked(weights)
        residual, slope, bend = self._slopes(weights)
        units = (self.outer * slope) ** 2 + residual[:, None] * self.outer * bend
        lengths = np.sum(self.inputs**2, axis=1)
        return float(2 * self.factor * np.mean(lengths * units.sum(axis=1)) + self.regulariser * weights.size)

    def hessian(self, weights: np.ndarray) -> np.ndarray:
        """∇²L(W), shape (p·d, p·d), the rows of W one after another."""
        weights = self._checked(weights)
        residual, slope, bend = self._slopes(weights)
        n, d = self.inputs.shape
        jacobian = ((slope * self.outer)[:, :, None] * self.inputs[:, None, :]).reshape(n, -1)
        whole: np.ndarray = jacobian.T @ jacobian
        for k in range(len(self.outer)):
            block = slice(k * d, (k + 1) * d)
            whole[block, block] += (self.inputs.T * (residual * self.outer[k] * bend[:, k])) @ self.inputs
        return 2 * self.factor / n * whole + self.regulariser * np.eye(weights.size)

    def villani(self, weights: np.ndarray, s: float) -> float:
        """‖∇L‖²/s − ΔL at W, the quantity of Villani's fourth condition; s > 0."""
        return float(np.sum(self.gradient(weights) ** 2) / require_positive("s", s) - self.laplacian(weights))
