"""Homogeneous activations: φ(z) = A z^q for z > 0 and B |z|^q for z < 0. There are no others, and all constants are closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gamma, isfinite, pi, sqrt

import numpy as np

from theorycheck.activation.function import Activation, as_activation
from theorycheck.errors import InputError


@dataclass(frozen=True)
class Homogeneous:
    """A homogeneous activation by its three numbers.

    Args:
        positive: A = φ(1).
        negative: B = φ(−1).
        degree: q ≥ 1.

    Raises:
        InputError: a number that is not finite, or q < 1.
    """

    positive: float
    negative: float
    degree: float

    def __post_init__(self) -> None:
        numbers = (self.positive, self.negative, self.degree)
        try:
            fine = all(isfinite(number) for number in numbers) and self.degree >= 1
        except TypeError:
            fine = False
        if not fine:
            raise InputError(f"A, B, q = {numbers!r}; write finite numbers with q at least 1, for example Homogeneous(1, 0, 2)")

    def value(self, z: np.ndarray) -> np.ndarray:
        """φ, for any shape."""
        return np.where(z > 0, self.positive, self.negative) * np.abs(z) ** self.degree

    def slope(self, z: np.ndarray) -> np.ndarray:
        """φ', with the slope of the left side at 0."""
        q = self.degree
        return np.where(z > 0, q * self.positive, -q * self.negative) * np.abs(z) ** (q - 1)

    def constants(self) -> np.ndarray:
        """m_p = E[φ(z) He_p(z)] for p = 0, …, 4, shape (5,); a unit of length s contributes s^q m_p to M_p. Zeros are exact.

        >>> Homogeneous(1, 0, 1).constants().round(6).tolist()
        [0.398942, 0.5, 0.398942, 0.0, -0.398942]
        """
        q = self.degree
        even, odd = (self.positive + self.negative) / 2 * _absolute_moment(q), (self.positive - self.negative) / 2 * _absolute_moment(q + 1)
        return np.array([even, odd, q * even, (q - 1) * odd, q * (q - 2) * even])


def _absolute_moment(q: float) -> float:
    """E |z|^q."""
    return 2 ** (q / 2) * gamma((q + 1) / 2) / sqrt(pi)


def homogeneous_activation(activation: Activation | str | Homogeneous) -> Homogeneous:
    """The three numbers of an activation.

    Args:
        activation: φ, or the result itself.

    Raises:
        InputError: φ is not homogeneous, or of a degree below 1.

    >>> homogeneous_activation("squared_relu")
    Homogeneous(positive=1.0, negative=0.0, degree=2.0)
    >>> homogeneous_activation("tanh")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    theorycheck.errors.InputError: tanh is not homogeneous (s(2)² ≠ s(1)·s(4)); write one like ...
    """
    if isinstance(activation, Homogeneous):
        return activation
    import sympy

    from theorycheck.activation.functions import to_sympy, x
    from theorycheck.properties.homogeneity import homogeneous

    function = as_activation(activation)
    found = homogeneous(function)
    name = function.name or function.text
    example = "write one like relu, squared_relu or where(x > 0, x**2, -x**2/2)"
    if not found.holds:
        raise InputError(f"{name} is not homogeneous ({found.reason}); {example}")
    degree = Fraction(str(found.value))
    if degree < 1:
        raise InputError(f"{name} is homogeneous of degree {degree}; {example}")
    ends = [to_sympy(function.pieces[i].expr).subs(x, point) for i, point in ((-1, 1), (0, -1))]
    right, left = (sympy.simplify(end) for end in ends)
    a = float(right)
    b = next((s * a for s in (1, -1) if sympy.simplify(left - s * right) == 0), float(left))  # so that A ∓ B = 0 is seen exactly
    return Homogeneous(a, b, float(degree))
