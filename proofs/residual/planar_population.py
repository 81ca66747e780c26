"""Residual networks of two units in the plane on infinitely many inputs, by mpmath: arcs of the circle instead of arc-cosine formulas.

For x ~ N(0, I) in the plane, x = r (cos φ, sin φ) with E r² = 2 and φ uniform, and {c·x > 0} is a half circle of φ: every population
quantity is a sum of integrals of cos², cos sin and sin² over arcs, cut at the edges of the half circles. No angle between vectors enters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

Matrix = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Pair:
    """A network and the network that it should become.

    Args:
        weights: W, by rows.
        truth: W*, by rows.
        signs: v.
    """

    weights: Matrix
    truth: Matrix
    signs: tuple[int, int]

    def distance(self) -> Any:
        """‖W − W*‖_F, a ball."""
        return root(sum((a - b) ** 2 for p, q in zip(self.weights, self.truth, strict=True) for a, b in zip(p, q, strict=True)))

    def balls(self) -> tuple[Any, Any]:
        """W and W* as arrays of balls."""
        import numpy as np

        return tuple(np.array([[ball(c) for c in row] for row in m], dtype=object) for m in (self.weights, self.truth))

    def __str__(self) -> str:
        w, t = (" | ".join(" ".join(map(str, row)) for row in m) for m in (self.weights, self.truth))
        return f"W = ({w}), W* = ({t}), v = {self.signs}"


def ball(number: Any) -> Any:
    """A rational as a ball."""
    from flint import arb, fmpq

    exact = Fraction(number)
    return arb(fmpq(exact.numerator, exact.denominator))


def root(number: Any) -> Any:
    """The square root of a rational, a ball."""
    return ball(number).sqrt()


def column(matrix: Any, q: int) -> tuple[Any, Any]:
    """Column q of W + I."""
    return matrix[0][q] + (q == 0), matrix[1][q] + (q == 1)


def second_moment(half_planes: Any) -> Any:
    """E[x xᵀ Π 1{±c·x > 0}], 2 × 2.

    Args:
        half_planes: pairs (c, sign): where c·x has that sign, c of two mpmath numbers.
    """
    import mpmath

    edges = sorted({(mpmath.atan2(c[1], c[0]) + side * mpmath.pi / 2) % (2 * mpmath.pi) for c, _ in half_planes for side in (-1, 1)})
    total = mpmath.zeros(2)
    for low, high in pairwise([*edges, edges[0] + 2 * mpmath.pi]):
        middle = (low + high) / 2
        if all(sign * (c[0] * mpmath.cos(middle) + c[1] * mpmath.sin(middle)) > 0 for c, sign in half_planes):
            one = (high - low) / 2 + (mpmath.sin(2 * high) - mpmath.sin(2 * low)) / 4  # ∫ cos²
            mixed = (mpmath.sin(high) ** 2 - mpmath.sin(low) ** 2) / 2  # ∫ cos sin
            total += mpmath.matrix([[one, mixed], [mixed, high - low - one]]) / mpmath.pi
    return total


def gram(weights: Any, signs: Any) -> Any:
    """H(W), 4 × 4, from mpmath numbers."""
    import mpmath

    found = mpmath.zeros(4)
    for q in range(2):
        for r in range(2):
            block = signs[q] * signs[r] * second_moment([(column(weights, q), 1), (column(weights, r), 1)])
            for i in range(2):
                for j in range(2):
                    found[2 * q + i, 2 * r + j] = block[i, j]
    return found


def step(weights: Any, truth: Any, signs: Any) -> Any:
    """The step of alternating minimisation: W⁺ by rows, from mpmath numbers."""
    import mpmath

    right = mpmath.zeros(4, 1)
    for q in range(2):
        for r in range(2):
            target = column(truth, r)
            moved = signs[q] * signs[r] * second_moment([(column(weights, q), 1), (target, 1)]) * mpmath.matrix(target)
            right[2 * q] += moved[0]
            right[2 * q + 1] += moved[1]
    u = mpmath.lu_solve(gram(weights, signs), right)
    return (u[0] - 1, u[2]), (u[1], u[3] - 1)


def mismatch(weights: Any, truth: Any, q: int) -> Any:
    """E[(c*·x)² 1{c·x and c*·x have other signs}] for unit q, from mpmath numbers."""
    import mpmath

    here, there = column(weights, q), column(truth, q)
    vector = mpmath.matrix(there)
    apart = second_moment([(here, 1), (there, -1)]) + second_moment([(here, -1), (there, 1)])
    return (vector.T * apart * vector)[0]


def as_mpmath(matrix: Any) -> Any:
    """A matrix of rationals by rows as mpmath numbers."""
    import mpmath

    return tuple(tuple(mpmath.mpmathify(c) for c in row) for row in matrix)


def near_and_far(rng: Any, count: int) -> Iterator[Pair]:
    """Pairs with ‖W − W*‖_F ≤ δ‖W* + I‖_F, δ < 1: W = 0 far and near, a turned unit, W and W* close together; then random ones."""
    zero, one = Fraction(0), Fraction(1)
    null = ((zero, zero), (zero, zero))
    third, small = Fraction(1, 3), Fraction(1, 500)
    special = (
        Pair(null, ((third, -third), (third, third)), (1, 1)),
        Pair(null, ((small, -small), (small, small)), (1, -1)),
        Pair(((-1 - third, zero), (third, zero)), ((-one + third, zero), (third, one)), (1, 1)),
        Pair(((small, zero), (zero, zero)), null, (1, 1)),
    )
    yield from special[:count]
    for number in range(count - len(special)):
        scale = 4 * 25 ** (number % 3)
        here = rng.integers(-3, 4, (2, 2)) * Fraction(1, 8)
        there = here + rng.integers(-3, 4, (2, 2)) * Fraction(1, scale) + Fraction(1, 7 * scale)
        weights, truth = (tuple(tuple(Fraction(c) for c in row) for row in m.tolist()) for m in (here, there))
        yield Pair(weights, truth, tuple(int(s) for s in rng.choice([-1, 1], 2)))


def extremes(pair: Pair, digits: int = 15) -> tuple[Any, Any]:
    """σ²_min and σ²_max of B(W)/√n for infinitely many inputs, as balls."""
    from theorycheck.network.eigenvalues import extreme_eigenvalues
    from theorycheck.network.residual_population import population_gram

    return extreme_eigenvalues(population_gram(pair.balls()[0], pair.signs).tolist(), digits)


def least_rho(pair: Pair) -> Any:
    """The least ρ_3 that Lemma 2 admits at this pair: (Σ E‖E_q‖²)^½/‖W − W*‖_F, a ball."""
    from theorycheck.network.residual_population import gate_mismatch

    return sum(gate_mismatch(*pair.balls())).sqrt() / pair.distance()
