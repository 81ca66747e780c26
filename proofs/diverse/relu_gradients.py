"""Networks f(x) = Σ v_k (w_k·x)₊ with rational weights on rational samples, and the gradient of their loss without calculus.

Between kinks the loss is a quadratic polynomial of each weight, so a central difference that crosses no kink is its derivative, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from theorycheck.claims.instances import Vector, axis, dot, scaled, unit_vector


@dataclass(frozen=True)
class Sample:
    """A network and the data it is trained on.

    Args:
        signs: v_k.
        weights: w_k, n rows.
        inputs: x_l, m rows.
        targets: y_l.
    """

    signs: tuple[int, ...]
    weights: tuple[Vector, ...]
    inputs: tuple[Vector, ...]
    targets: tuple[Any, ...]

    def __str__(self) -> str:
        def rows(vectors: Any) -> str:
            return "; ".join(" ".join(map(str, vector)) for vector in vectors)

        return f"v = {self.signs}, W = [{rows(self.weights)}], X = [{rows(self.inputs)}], y = ({', '.join(map(str, self.targets))})"


def outputs(net: Sample) -> list[Any]:
    """f(x_l)."""
    return [sum((v * max(dot(w, x), Fraction(0)) for v, w in zip(net.signs, net.weights, strict=True)), Fraction(0)) for x in net.inputs]


def errors(net: Sample) -> list[Any]:
    """f(x_l) − y_l."""
    return [f - y for f, y in zip(outputs(net), net.targets, strict=True)]


def loss(net: Sample) -> Any:
    """(1/2m) Σ (f(x_l) − y_l)²."""
    return sum(e * e for e in errors(net)) / (2 * len(net.inputs))


def differences(net: Sample) -> list[Any]:
    """∂L/∂w_kc by central differences, the entries of w_1 first; each step stays between the kinks."""
    found = []
    for k, w in enumerate(net.weights):
        for c in range(len(w)):
            reach = [abs(dot(w, x) / x[c]) for x in net.inputs if x[c] and dot(w, x)]
            step = min([*reach, Fraction(1)]) / 2
            moved = []
            for h in (step, -step):
                row = tuple(a + h * (i == c) for i, a in enumerate(w))
                moved.append(loss(replace(net, weights=(*net.weights[:k], row, *net.weights[k + 1 :]))))
            found.append((moved[0] - moved[1]) / (2 * step))
    return found


def features(net: Sample) -> list[list[Fraction]]:
    """D, of shape (nd, m): the block of unit k and sample l is v_k 1[w_k·x_l > 0] x_l."""
    return [[v * (dot(w, x) > 0) * x[c] for x in net.inputs] for v, w in zip(net.signs, net.weights, strict=True) for c in range(len(w))]


def gram(net: Sample) -> list[list[Fraction]]:
    """DᵀD."""
    columns = list(zip(*features(net), strict=True))
    return [[dot(p, q) for q in columns] for p in columns]


def networks(rng: Any, count: int) -> Iterator[Sample]:
    """Away from kinks: a dead unit, equal units, opposite units, repeated inputs, a long input; then random networks and unit inputs."""
    e, f = axis(2), axis(2, 1)
    p, q = (Fraction(3, 5), Fraction(4, 5)), (Fraction(4, 5), Fraction(-3, 5))
    half = Fraction(1, 2)
    special = [
        Sample((1, -1), ((Fraction(-1), Fraction(-1)), p), (e, f, p), (half, Fraction(0), Fraction(-2))),
        Sample((1, 1), (p, p), (e, f), (Fraction(1), Fraction(-1))),
        Sample((1, 1), (p, scaled(p, -1)), (e, p, scaled(p, -1)), (half, half, Fraction(1))),
        Sample((-1, 1), (p, q), (e, e, f), (half, Fraction(-1), Fraction(0))),
        Sample((1, 1), (p, q), (scaled(e, 100), f), (Fraction(1), Fraction(2))),
    ]
    yield from special[:count]
    yield from random_networks(rng, count - len(special))


def random_networks(rng: Any, count: int, room: int = 0) -> Iterator[Sample]:
    """Random networks away from kinks; with room, at least that many weights more than samples, and DᵀD of full rank."""
    made = 0
    while made < count:
        d, n, m = int(rng.integers(2, 5)), int(rng.integers(1, 5)), int(rng.integers(2, 6))
        signs = tuple(int(s) for s in rng.choice([-1, 1], n))
        weights = tuple(scaled(unit_vector(rng, d), Fraction(int(rng.integers(1, 9)), 4)) for _ in range(n))
        net = Sample(
            signs, weights, tuple(unit_vector(rng, d) for _ in range(m)), tuple(Fraction(int(y), 4) for y in rng.integers(-8, 9, m))
        )
        if any(dot(w, x) == 0 for w in weights for x in net.inputs) or (room and not (n * d >= m + room and determinant(gram(net)))):
            continue
        made += 1
        yield net


def determined_networks(rng: Any, count: int) -> Iterator[Sample]:
    """nd ≥ m and D of full rank: nearly dependent features, f = y, a dead unit; then random ones."""
    e = axis(2)
    near = (Fraction(9999, 10001), Fraction(200, 10001))
    p = (Fraction(3, 5), Fraction(4, 5))
    special = [
        Sample((1,), (p,), (e, near), (Fraction(1), Fraction(-1))),
        Sample((1, 1), (p, e), (e, p), (Fraction(8, 5), Fraction(8, 5))),
        Sample((1, -1), (p, scaled(p, -1)), (e, near), (Fraction(0), Fraction(3))),
    ]
    yield from special[:count]
    yield from random_networks(rng, count - len(special), room=1)


def determinant(matrix: list[list[Fraction]]) -> Fraction:
    """By elimination, exactly.

    >>> determinant([[Fraction(2), Fraction(1)], [Fraction(1), Fraction(2)]])
    Fraction(3, 1)
    """
    rows, product = [list(row) for row in matrix], Fraction(1)
    for j in range(len(rows)):
        pivot = next((i for i in range(j, len(rows)) if rows[i][j]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != j:
            rows[j], rows[pivot] = rows[pivot], rows[j]
            product = -product
        product *= rows[j][j]
        for i in range(j + 1, len(rows)):
            factor = rows[i][j] / rows[j][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[j], strict=True)]
    return product
