"""Exact moments of one-sample gradients at B = B* = I, a = 1, ReLU labels, along the turn of row 1 towards e_2.

There every objective of this deck has a gradient of the form  scale · x_2 · w(x_1) · Σ_j r(x_j) · (u(x_1) + v(x_2) + Σ_{j>2} s(x_j))  with
functions that are polynomials on each side of 0, so its moments are finite sums of half-line Gaussian moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb, gamma, pi, sqrt
from typing import Any

from training_runs import FOURTH, MEAN, SECOND

#: How high the moments go: the fourth bounds the variance of the square.
ORDER = 4


@dataclass(frozen=True)
class Sided:
    """A function that is a polynomial on each side of 0, by coefficients from degree 0 on."""

    left: tuple[float, ...]
    right: tuple[float, ...]

    def times(self, other: Sided) -> Sided:
        """The product."""
        return Sided(_product(self.left, other.left), _product(self.right, other.right))

    def power(self, n: int) -> Sided:
        """The n-th power."""
        return Sided((1.0,), (1.0,)) if n == 0 else self.times(self.power(n - 1))

    def mean(self) -> float:
        """The expectation at a standard Gaussian."""
        return sum(c * half_moment(p) for p, c in enumerate(self.right)) + sum(
            (-1) ** p * c * half_moment(p) for p, c in enumerate(self.left)
        )


def polynomial(*coefficients: float) -> Sided:
    """The same polynomial on both sides."""
    return Sided(coefficients, coefficients)


def half_moment(p: int) -> float:
    """E zᵖ over z > 0."""
    return 2 ** (p / 2) * gamma((p + 1) / 2) / (2 * sqrt(pi))


def labels(without: int) -> Sided:
    """What one unit adds to the labels: ReLU, less its parts of degree 0 and 1 if `without` is 2."""
    return Sided((-MEAN, -0.5), (-MEAN, 0.5)) if without else Sided((0.0,), (0.0, 1.0))


@dataclass(frozen=True)
class Gradient:
    """The functions and the scale of the form above, and the second derivative of the objective along the same turn."""

    scale: float
    w: Sided
    r: Sided
    u: Sided
    v: Sided
    s: Sided
    curvature: float

    def moment(self, order: int, dimension: int) -> float:
        """The expectation of a power of the gradient, order at most 4, dimension at least 2."""
        sums = _moments_of_sums(self.r, self.s, dimension - 2)
        x = polynomial(0.0, 1.0)
        first, second = self.w.power(order), x.power(order)
        total = 0.0
        for a, b, c in _compositions(order):
            for d, e, f in _compositions(order):
                if not sums[c][f]:
                    continue
                one = first.times(self.r.power(a)).times(self.u.power(d)).mean()
                two = second.times(self.r.power(b)).times(self.v.power(e)).mean()
                total += _multinomial(a, b, c) * _multinomial(d, e, f) * one * two * sums[c][f]
        return self.scale**order * total


@lru_cache(maxsize=16)
def gradient(objective: str, without: int, mu: float = 0.3) -> Gradient:
    """The gradient of an objective: relu, gamma, abs (squared losses) or G; `without` as in `labels`.

    The curvatures: E (a·s − y)² grows by Σ k ŝ_k² θ² (2 − 2cosᵏθ for each degree), G by 2(1 + μ) θ².
    """
    zero, one, y = polynomial(0.0), polynomial(1.0), labels(without)
    if objective == "G":
        normal = 1 / (sqrt(24) * FOURTH)
        bracket = (polynomial(-2 + 3 * mu, 0.0, -mu), polynomial(-1.0, 0.0, 1.0), polynomial(-1.0, 0.0, 1.0))
        return Gradient(4 * normal, polynomial(0.0, 1.0), y, *bracket, curvature=4 * (1 + mu))
    if objective == "gamma":
        student = polynomial(-0.625 * MEAN, 0.0, 0.75 * MEAN, 0.0, -MEAN / 24)
        slope, curvature = polynomial(0.0, 1.5 * MEAN, 0.0, -MEAN / 6), 2 * (2 * SECOND**2 + 4 * FOURTH**2)
    elif objective == "abs":
        level = -MEAN if without else 0.0
        student, slope, curvature = Sided((level, -0.5), (level, 0.5)), Sided((-0.5,), (0.5,)), 0.5
    else:
        student, slope, curvature = Sided((0.0,), (0.0, 1.0)), Sided((0.0,), (1.0,)), 1.0
    residual = Sided(_difference(student.left, y.left), _difference(student.right, y.right))
    return Gradient(2.0, slope, residual, one, zero, zero, curvature)


def _product(p: tuple[float, ...], q: tuple[float, ...]) -> tuple[float, ...]:
    found = [0.0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return tuple(found)


def _difference(p: tuple[float, ...], q: tuple[float, ...]) -> tuple[float, ...]:
    size = max(len(p), len(q))
    return tuple(a - b for a, b in zip((*p, *[0.0] * (size - len(p))), (*q, *[0.0] * (size - len(q))), strict=True))


def _compositions(n: int) -> list[tuple[int, int, int]]:
    return [(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)]


def _multinomial(a: int, b: int, c: int) -> int:
    return comb(a + b + c, a) * comb(b + c, b)


@lru_cache(maxsize=64)
def _moments_of_sums(r: Sided, s: Sided, n: int) -> Any:
    """E (Σ r(x_j))ᵖ (Σ s(x_j))^q over n independent Gaussians, for p, q up to 4: the n-th power of a truncated generating function."""
    size = range(ORDER + 1)
    single = [[r.power(p).times(s.power(q)).mean() for q in size] for p in size]

    def joined(left: Any, right: Any) -> Any:
        """Moments of a sum of two independent pairs."""
        return [
            [sum(comb(p, i) * comb(q, j) * left[i][j] * right[p - i][q - j] for i in range(p + 1) for j in range(q + 1)) for q in size]
            for p in size
        ]

    total: Any = [[float(p == q == 0) for q in size] for p in size]
    for _ in range(n):
        total = joined(total, single)
    return total
