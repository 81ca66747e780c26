"""Population losses E (a*·s*(B*x) − a·s(Bx))², x ~ N(0, I), with their exact gradients, through dual activations.

E s(u·x) s(v·x) is a function of the lengths of u and v and their inner product, so a loss is a quadratic form in Gram matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

import numpy as np

from theorycheck.activation.function import Activation, as_activation
from theorycheck.errors import InputError
from theorycheck.network.one_hidden_layer import Loss, slopes_at_zero
from theorycheck.network.rows import matrix, require_unit, vector

#: Correlations closer to ±1 than this are recomputed from the chord: 1 − ρ has lost half of its digits there.
_NEAR = 1e-5


class HomogeneousPopulation:
    """The population loss of a student with the teacher's activation, linear on each side of 0 (ReLU, abs, leaky ReLU); rows of any length.

    With s(z) = p z + q abs(z), E s(u·x) s(v·x) = p²⟨u,v⟩ + q²(2/π)(‖u‖‖v‖ sin φ + ⟨u,v⟩ φ), φ = arcsin of the correlation.

    Args:
        activation: s = s*.
        rows: B*, shape (k, d), no row zero.
        weights: a*, shape (k,).

    Raises:
        InputError: another kind of activation, wrong shapes, entries that are not finite, a row that is zero or whose length has a square
            beyond the range of floats.

    Source: Cho & Saul, Kernel methods for deep learning (2009), eq. (6), degree 1.

    >>> f = HomogeneousPopulation("relu", np.eye(2), np.ones(2))
    >>> f(np.eye(2)[::-1], np.ones(2)).value, round(f(-np.eye(2), np.ones(2)).value, 12)
    (0.0, 2.0)
    """

    def __init__(self, activation: Activation | str, rows: np.ndarray, weights: np.ndarray):
        function = as_activation(activation)
        slopes = slopes_at_zero(function)
        if slopes is None:
            raise InputError(f"{function.text} is not linear on each side of 0; write relu, abs or leaky_relu, or use HermitePopulation")
        self.linear, self.even = ((slopes[1] + slopes[0]) / 2) ** 2, ((slopes[1] - slopes[0]) / 2) ** 2
        self.rows = matrix("the teacher's rows", rows).astype(np.float64)
        _lengths("the teacher's rows", self.rows)
        self._lengths = np.linalg.norm(self.rows, axis=1)
        self.weights = vector("the teacher's weights", weights, len(self.rows))
        products = self.rows @ self.rows.T
        kernel, _, _ = self._kernel(products, self._lengths, self._lengths, self.rows, self.rows)
        self._energy = float(self.weights @ kernel @ self.weights)

    @np.errstate(over="ignore", invalid="ignore")  # what overflows is seen in the loss
    def __call__(self, rows: np.ndarray, weights: np.ndarray) -> Loss:
        """The loss and its gradient.

        Args:
            rows: B, shape (m, d), no row zero (there the loss is not differentiable).
            weights: a, shape (m,).

        Raises:
            InputError: wrong shapes, entries that are not finite, a row that is zero, far too short or far too long, or a loss that
                overflows.
        """
        b = matrix("rows", rows, self.rows.shape[1])
        lengths = _lengths("rows", b)
        a = vector("weights", weights, len(b))
        m = len(b)
        everything = np.concatenate([b, self.rows])
        signed = np.concatenate([a, -self.weights])
        all_lengths = np.concatenate([lengths, self._lengths])
        kernel, sine, arc = self._kernel(b @ everything.T, lengths, all_lengths, b, everything)
        response = kernel @ signed  # E s(b_i·x)(ŷ − y)
        value = float(a @ response) - float(self.weights @ (kernel[:, m:].T @ a)) + self._energy
        arc *= self.even * 2 / pi
        arc += self.linear
        arc *= signed
        gradient = arc @ everything
        gradient += (self.even * 2 / pi * (sine @ (signed * all_lengths)) / lengths)[:, None] * b
        gradient *= 2 * a[:, None]
        return _finite(Loss(max(value, 0.0), gradient, 2 * response), lengths, a)

    def _kernel(
        self, products: np.ndarray, left: np.ndarray, right: np.ndarray, u: np.ndarray, v: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The dual kernel, √(1 − ρ²) and arcsin ρ for all pairs; v begins with u. Accurate where vectors are nearly parallel."""
        scale = left[:, None] * right
        rho = products / scale
        np.clip(rho, -1, 1, out=rho)
        np.fill_diagonal(rho, 1)  # each vector with itself
        sine = np.sqrt((1 - rho) * (1 + rho))
        arc = np.arcsin(rho)
        near = np.abs(rho) > 1 - _NEAR
        np.fill_diagonal(near, False)
        if near.any():
            i, j = np.nonzero(near)
            sign = np.sign(rho[i, j])
            chord = np.linalg.norm(u[i] / left[i, None] - sign[:, None] * v[j] / right[j, None], axis=1)
            sine[i, j] = chord * np.sqrt(1 - chord * chord / 4)
            arc[i, j] = sign * (pi / 2 - 2 * np.arcsin(chord / 2))
        kernel = sine * scale
        kernel += products * arc
        kernel *= self.even * 2 / pi
        kernel += self.linear * products
        return kernel, sine, arc


class HermitePopulation:
    """The population loss by Hermite coefficients, for unit rows: Σ_k ‖σ̂_k Σ a*_j b*_j^⊗k − γ̂_k Σ a_i b_i^⊗k‖².

    For γ = σ̂_2 h_2 + σ̂_4 h_4 it is f_γ without its constant. It is a polynomial in the rows, and its gradient is that of the polynomial.

    Args:
        student: γ̂_0, γ̂_1, ... in the orthonormal basis.
        teacher: σ̂_0, σ̂_1, ...; a shorter list is filled with zeros.
        rows: B*, unit rows, shape (k, d).
        weights: a*, shape (k,).

    Raises:
        InputError: no coefficients, wrong shapes, entries that are not finite, a row that is not of length 1.

    Source: Ge, Lee & Ma, arXiv 1711.00501, Theorem 2.1 and section 2.2.

    >>> f = HermitePopulation([0, 0, 1, 0, 1], [0, 0, 1, 0, 1], np.eye(2), np.ones(2))
    >>> f(np.eye(2), np.ones(2)).value, f(-np.eye(2), np.ones(2)).value, f(np.eye(2)[[0, 0]], np.ones(2)).value
    (0.0, 0.0, 4.0)
    """

    def __init__(self, student: Sequence[float] | np.ndarray, teacher: Sequence[float] | np.ndarray, rows: np.ndarray, weights: np.ndarray):
        gamma, sigma = (_coefficients(f"the {who}'s coefficients", c) for who, c in (("student", student), ("teacher", teacher)))
        terms = max(len(gamma), len(sigma))
        gamma, sigma = (np.concatenate([c, np.zeros(terms - len(c))]) for c in (gamma, sigma))
        self.rows = matrix("the teacher's rows", rows).astype(np.float64)
        require_unit("the teacher's rows", self.rows)
        self.weights = vector("the teacher's weights", weights, len(self.rows))
        self._student, self._mixed = gamma * gamma, gamma * sigma
        self._energy = float(self.weights @ _series(sigma * sigma, self.rows @ self.rows.T)[0] @ self.weights)

    @np.errstate(over="ignore", invalid="ignore")  # what overflows is seen in the loss
    def __call__(self, rows: np.ndarray, weights: np.ndarray) -> Loss:
        """The loss and its gradient.

        Args:
            rows: B, unit rows, shape (m, d).
            weights: a, shape (m,).

        Raises:
            InputError: wrong shapes, entries that are not finite, a row that is not of length 1, or a loss that overflows.
        """
        b = matrix("rows", rows, self.rows.shape[1])
        require_unit("rows", b)
        a = vector("weights", weights, len(b))
        own, own_slope = _series(self._student, b @ b.T)
        mixed, mixed_slope = _series(self._mixed, b @ self.rows.T)
        response, target = own @ a, mixed @ self.weights
        value = float(a @ response) - 2 * float(a @ target) + self._energy
        gradient = (own_slope * a) @ b - (mixed_slope * self.weights) @ self.rows
        return _finite(Loss(max(value, 0.0), 2 * a[:, None] * gradient, 2 * (response - target)), np.ones(len(b)), a)


def _series(coefficients: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ c_k t^k and its derivative in t, by Horner's rule."""
    value, slope = np.full(t.shape, coefficients[-1]), np.zeros(t.shape)
    for c in coefficients[-2::-1]:
        slope *= t
        slope += value
        value *= t
        value += c
    return value, slope


def _coefficients(name: str, values: Sequence[float] | np.ndarray) -> np.ndarray:
    if not np.shape(values) or not len(values):
        raise InputError(f"{name} are {values!r}; write at least one number, for example [0, 0, 1]")
    return vector(name, values, len(values))


def _lengths(name: str, rows: np.ndarray) -> np.ndarray:
    """The lengths of the rows, if their squares are within the range of their floats: else correlations would be 0/0 or ∞/∞."""
    if not rows.any(axis=1).all():
        place = int(np.argmin(rows.any(axis=1)))
        raise InputError(f"row {place} of {name} is zero, where the loss has no gradient; write a row that is not zero")
    with np.errstate(over="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    least, most = np.sqrt(np.finfo(rows.dtype).tiny), np.sqrt(np.finfo(rows.dtype).max)
    if not (lengths.min() >= least and lengths.max() <= most):
        place = int(np.flatnonzero((lengths < least) | (lengths > most))[0])
        raise InputError(
            f"row {place} of {name} has entries up to {np.abs(rows[place]).max():.3g}, and the square of its length is out of range; "
            f"write rows with lengths from {least:.0e} to {most:.0e}: the network is homogeneous, so let its weight carry the scale"
        )
    return np.asarray(lengths)


def _finite(loss: Loss, lengths: np.ndarray, weights: np.ndarray) -> Loss:
    """The loss, or an error where it or its gradient has overflowed."""
    if not (np.isfinite(loss.value) and np.isfinite(loss.rows).all() and np.isfinite(loss.weights).all()):
        place = int(np.argmax(np.abs(weights) * lengths))
        raise InputError(
            f"the loss overflows: row {place} has length {lengths[place]:.3g} and weight {weights[place]:.3g} "
            "(or the teacher's are as large); divide rows or weights by their size"
        )
    return loss
