"""Exact instances for claims about Gaussian inputs: unit vectors with rational coordinates, pairs of them, and networks made of them.

A rational point of the sphere is the stereographic image of a rational point of the plane, so lengths and inner products are exact
and a check on an instance never has to ask whether a row "is" of length one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Vector = tuple[Fraction, ...]


def dot(left: Vector, right: Vector) -> Fraction:
    """The inner product.

    >>> dot((Fraction(3, 5), Fraction(4, 5)), (Fraction(1), Fraction(0)))
    Fraction(3, 5)
    """
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def scaled(vector: Vector, factor: Fraction | int) -> Vector:
    """factor · vector."""
    return tuple(factor * c for c in vector)


def unit_vector(rng: Any, dimension: int) -> Vector:
    """A random point of the unit sphere with rational coordinates.

    Args:
        rng: a NumPy generator.
        dimension: at least 1.

    >>> import numpy as np
    >>> v = unit_vector(np.random.default_rng(0), 4)
    >>> dot(v, v), len(v)
    (Fraction(1, 1), 4)
    """
    if dimension == 1:
        return (Fraction(int(rng.choice([-1, 1]))),)
    plane = [Fraction(int(n), 4) for n in rng.integers(-8, 9, dimension - 1)]
    square = sum((c * c for c in plane), Fraction(0))
    point = [*(2 * c / (square + 1) for c in plane), (square - 1) / (square + 1)]
    return tuple(point[int(i)] for i in rng.permutation(dimension))


def axis(dimension: int, index: int = 0) -> Vector:
    """A coordinate vector."""
    return tuple(Fraction(int(i == index)) for i in range(dimension))


@dataclass(frozen=True)
class Pair:
    """Two vectors u and v."""

    u: Vector
    v: Vector

    @property
    def product(self) -> Fraction:
        """The inner product of u and v."""
        return dot(self.u, self.v)

    def __str__(self) -> str:
        return f"u = {_text(self.u)}, v = {_text(self.v)}"


def unit_pairs(rng: Any, count: int) -> Iterator[Pair]:
    """Pairs of unit vectors: equal, opposite, orthogonal and nearly parallel ones first, then random ones.

    >>> import numpy as np
    >>> [str(p.product) for p in unit_pairs(np.random.default_rng(0), 4)]
    ['1', '-1', '0', '999999/1000001']
    """
    slope = Fraction(1, 1000)
    near = ((1 - slope * slope) / (1 + slope * slope), 2 * slope / (1 + slope * slope), Fraction(0))
    e, f = axis(3), axis(3, 1)
    special = [Pair(e, e), Pair(e, scaled(e, -1)), Pair(e, f), Pair(e, near), Pair(near, f)]
    for number in range(count):
        if number < len(special):
            yield special[number]
        else:
            dimension = int(rng.integers(2, 6))
            yield Pair(unit_vector(rng, dimension), unit_vector(rng, dimension))


@dataclass(frozen=True)
class Teacher:
    """A network y = Σ a_j σ(⟨b_j, x⟩) and a direction b in which it is probed.

    Args:
        activation: the text of σ.
        weights: a_j.
        rows: b_j.
        probe: b.
    """

    activation: str
    weights: tuple[Fraction, ...]
    rows: tuple[Vector, ...]
    probe: Vector

    def __str__(self) -> str:
        units = " + ".join(f"{a}·s({_text(row)}·x)" for a, row in zip(self.weights, self.rows, strict=True))
        return f"y = {units}, s = {self.activation}, b = {_text(self.probe)}"


def teachers(rng: Any, count: int, activations: Sequence[str]) -> Iterator[Teacher]:
    """Networks with unit rows and a unit probe: probe on a row, opposite, orthogonal, two equal rows; then random ones.

    >>> import numpy as np
    >>> print(next(teachers(np.random.default_rng(0), 1, ["relu"])))
    y = 1·s((1, 0, 0)·x), s = relu, b = (1, 0, 0)
    """
    e, f = axis(3), axis(3, 1)
    one, third = Fraction(1), Fraction(1, 3)
    special = [((one,), (e,), e), ((one,), (scaled(e, -1),), e), ((one, third), (e, f), f), ((one, -one), (e, e), e)]
    for number in range(count):
        activation = activations[number % len(activations)]
        if number < len(special):
            yield Teacher(activation, *special[number])
            continue
        dimension, units = int(rng.integers(2, 6)), int(rng.integers(1, 4))
        weights = tuple(Fraction(int(n), 4) for n in rng.integers(1, 13, units))
        rows = tuple(unit_vector(rng, dimension) for _ in range(units))
        yield Teacher(activation, weights, rows, unit_vector(rng, dimension))


def _text(vector: Vector) -> str:
    return "(" + ", ".join(map(str, vector)) + ")"
