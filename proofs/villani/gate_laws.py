"""Data laws for the ReLU gate: finite ones with rational points, where an expected step is a finite sum, and skewed ones to draw from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

Vector = tuple[Fraction, ...]
Matrix = list[list[Fraction]]


@dataclass(frozen=True)
class FiniteLaw:
    """Points x with probabilities, the gate's weights w*, the learner's error e = w − w*, and the batch."""

    points: tuple[Vector, ...]
    shares: Vector
    truth: Vector
    error: Vector
    batch: int

    def __str__(self) -> str:
        return f"{len(self.points)} points, w* = {_text(self.truth)}, e = {_text(self.error)}, b = {self.batch}"

    def moments(self) -> tuple[Matrix, Matrix]:
        """M = E[1{w*·x > 0} x xᵀ] and K = E[1{w*·x > 0}‖x‖² x xᵀ]."""
        axes = range(len(self.truth))
        first, fourth = ([[Fraction(0) for _ in axes] for _ in axes] for _ in range(2))
        for x, share in zip(self.points, self.shares, strict=True):
            if dot(self.truth, x) > 0:
                for i, j in product(axes, axes):
                    first[i][j] += share * x[i] * x[j]
                    fourth[i][j] += share * dot(x, x) * x[i] * x[j]
        return first, fourth

    def expected_square(self, step: Fraction) -> Fraction:
        """E‖w⁺ − w*‖² after one step of the algorithm on clean labels, batch by batch."""
        total = Fraction(0)
        for places in product(range(len(self.points)), repeat=self.batch):
            x = [self.points[i] for i in places]
            after = after_step(self, x, [Fraction(0)] * self.batch, Fraction(0), Fraction(0), step)
            total += prod((self.shares[i] for i in places), start=Fraction(1)) * dot(after, after)
        return total


def dot(left: Any, right: Any) -> Fraction:
    """The inner product."""
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def times(matrix: Any, vector: Any) -> Vector:
    """Matrix times vector."""
    return tuple(dot(row, vector) for row in matrix)


def after_step(law: FiniteLaw, x: Any, noise: Any, magnitude: Fraction, threshold: Fraction, step: Fraction) -> Vector:
    """w⁺ − w* as the algorithm makes it, from the labels y = noise + ReLU(w*·x) and the gate 1{y > threshold·θ*}."""
    weights = [w + e for w, e in zip(law.truth, law.error, strict=True)]
    labels = [a + max(dot(law.truth, point), Fraction(0)) for a, point in zip(noise, x, strict=True)]
    push = [y - dot(weights, point) if y > threshold * magnitude else Fraction(0) for y, point in zip(labels, x, strict=True)]
    return tuple(e + step / law.batch * sum(r * point[i] for r, point in zip(push, x, strict=True)) for i, e in enumerate(law.error))


def finite_laws(rng: Any, count: int) -> Iterator[FiniteLaw]:
    """A point on the hyperplane w*·x = 0; one far point; all mass where the gate is open; nearly collinear points; then random ones."""
    plane = (_vector(1, 0), _vector(0, 1), _vector(-1, 2), _vector(2, -1))
    even, e = (Fraction(1, 4),) * 4, _vector(1, -1)
    yield FiniteLaw(plane, even, _vector(2, 1), e, 2)  # (−1, 2) lies on the hyperplane
    yield FiniteLaw((*plane[:3], _vector(100, 7)), even, _vector(1, 1), e, 3)
    yield FiniteLaw(plane[:2], (Fraction(1, 9), Fraction(8, 9)), _vector(1, 1), e, 4)
    yield FiniteLaw((_vector(1, 0), (Fraction(1), Fraction(1, 50)), _vector(-3, 1)), (Fraction(1, 3),) * 3, _vector(1, 0), e, 1)
    for _ in range(count - 4):
        yield _random(rng, closed=False)


def closed_laws(rng: Any, count: int) -> Iterator[FiniteLaw]:
    """Laws with a direction that no open gate sees: e = w − w* points there."""
    even = (Fraction(1, 2),) * 2
    yield FiniteLaw((_vector(1, 0), _vector(-1, 3)), even, _vector(1, 0), _vector(0, 1), 2)
    yield FiniteLaw((_vector(-1, 0), _vector(-1, 3)), even, _vector(1, 0), _vector(1, 1), 2)
    for _ in range(count - 2):
        yield _random(rng, closed=True)


def draw(name: str, rng: Any, count: int, dimension: int) -> Any:
    """A sample of a law that is neither symmetric nor Gaussian, shape (count, dimension).

    "exponential": Exp(1) − 1/2; "sparse": Exp(1) − 1/2 with four fifths of the coordinates 0; "clusters": 3/2 on a random half of the
    coordinates, plus uniform noise on [−1, 1/2]; "negative": −Exp(1), for which a gate with w* > 0 never opens.
    """
    if name == "clusters":
        return 1.5 * (rng.random((count, dimension)) < 0.5) + rng.uniform(-1, 0.5, (count, dimension))
    x = rng.exponential(size=(count, dimension))
    if name == "negative":
        return -x
    return (x - 0.5) * (1.0 if name == "exponential" else rng.random((count, dimension)) < 0.2)


def _random(rng: Any, closed: bool) -> FiniteLaw:
    d, batch = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    points = [tuple(Fraction(int(n), 3) for n in rng.integers(-2, 6, d)) for _ in range(d + 2)]
    truth = tuple(Fraction(int(n)) for n in rng.integers(1, 4, d))
    if closed:  # the last coordinate is 0 wherever the gate opens
        points = [(*x[:-1], Fraction(0)) if dot(truth[:-1], x[:-1]) > 0 else tuple(-abs(c) for c in x) for x in points]
        error = (*(Fraction(0) for _ in range(d - 1)), Fraction(1))
    else:  # the axes are seen
        points[:d] = [tuple(Fraction(int(i == j) * int(rng.integers(1, 4))) for j in range(d)) for i in range(d)]
        error = tuple(Fraction(int(n), 2) for n in rng.integers(-4, 5, d))
        error = error if any(error) else (Fraction(1),) * d
    weights = [int(n) for n in rng.integers(1, 6, d + 2)]
    return FiniteLaw(tuple(points), tuple(Fraction(n, sum(weights)) for n in weights), truth, error, batch)


def _vector(*entries: int) -> Vector:
    return tuple(Fraction(n) for n in entries)


def _text(vector: Vector) -> str:
    return "(" + ", ".join(map(str, vector)) + ")"
