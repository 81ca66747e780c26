"""Exact networks of semi-random units, their losses and critical points: everything is a fraction.

Along a line the loss of one layer is a polynomial of degree 4, of two layers of degree 6, so differences give exact derivatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from theorycheck.claims.instances import Vector, dot

#: Weights of f(t), f(−t) for t = 1, 2, 3 in differences that are exact for polynomials of degree 6.
SLOPE = (Fraction(3, 4), Fraction(-3, 20), Fraction(1, 60))
BEND = (Fraction(3, 2), Fraction(-3, 20), Fraction(1, 90))


@dataclass(frozen=True)
class Problem:
    """Samples and the gates of a network, with a point in the space of its weights.

    Args:
        degree: s.
        directions: r_k.
        inputs: x_l.
        labels: y_l.
        point: the weights, flat: v_1, …, v_N, then w_1, …, w_N (of two layers: v, then the N² weights between, then w).
    """

    degree: int
    directions: tuple[Vector, ...]
    inputs: tuple[Vector, ...]
    labels: Vector
    point: Vector

    def __str__(self) -> str:
        names = (("r", self.directions), ("x", self.inputs), ("y", [self.labels]), ("(v, w)", [self.point]))
        told = ", ".join(f"{name} = " + " ".join("(" + ", ".join(map(str, v)) + ")" for v in values) for name, values in names)
        return f"s = {self.degree}, {told}"

    @property
    def units(self) -> int:
        """N."""
        return len(self.directions)


def gate(height: Fraction, degree: int) -> Fraction:
    """1{h > 0} h^s."""
    return height**degree if height > 0 else Fraction(0)


def gate_table(problem: Problem) -> list[list[Fraction]]:
    """For each sample the gates of the units."""
    return [[gate(dot(r, x), problem.degree) for r in problem.directions] for x in problem.inputs]


def outputs(problem: Problem, point: Any, layers: int = 1) -> list[Fraction]:
    """The outputs at a point of the space of weights."""
    n, found = problem.units, []
    v = point[:n]
    for x, opened in zip(problem.inputs, gate_table(problem), strict=True):
        rest = point[n + n * n :] if layers == 2 else point[n:]
        first = [g * dot(tuple(rest[k * len(x) : (k + 1) * len(x)]), x) for k, g in enumerate(opened)]
        if layers == 2:  # the gates of unit j of the second layer: those of the first, one place on
            between = point[n : n + n * n]
            first = [opened[j - 1] * sum(between[j * n + k] * first[k] for k in range(n)) for j in range(n)]
        found.append(sum((a * h for a, h in zip(v, first, strict=True)), Fraction(0)))
    return found


def residuals(problem: Problem, point: Any, layers: int = 1) -> list[Fraction]:
    """f_l − y_l."""
    return [f - y for f, y in zip(outputs(problem, point, layers), problem.labels, strict=True)]


def loss(problem: Problem, point: Any, layers: int = 1) -> Fraction:
    """(1/2m) Σ (f_l − y_l)²."""
    return sum(r * r for r in residuals(problem, point, layers)) / (2 * len(problem.labels))


def along(problem: Problem, direction: Any, t: int, layers: int) -> Fraction:
    """The loss at the point moved by t times a direction."""
    return loss(problem, [p + t * u for p, u in zip(problem.point, direction, strict=True)], layers)


def derivative(problem: Problem, direction: Any, layers: int = 1) -> Fraction:
    """The derivative of the loss at the point along a direction."""
    pairs = [(along(problem, direction, t, layers), along(problem, direction, -t, layers)) for t in (1, 2, 3)]
    return sum(c * (plus - minus) for c, (plus, minus) in zip(SLOPE, pairs, strict=True))


def second_derivative(problem: Problem, direction: Any, layers: int = 1) -> Fraction:
    """The second derivative along a direction."""
    here = 2 * along(problem, direction, 0, layers)
    pairs = [along(problem, direction, t, layers) + along(problem, direction, -t, layers) for t in (1, 2, 3)]
    return sum(c * (pair - here) for c, pair in zip(BEND, pairs, strict=True))


def axes(problem: Problem) -> list[list[Fraction]]:
    """The coordinate directions of the space of weights."""
    size = len(problem.point)
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def pulls(problem: Problem, layers: int = 1) -> list[Vector]:
    """q_k = Φ_kᵀρ for each unit."""
    rho, opened = residuals(problem, problem.point, layers), gate_table(problem)
    d = len(problem.inputs[0])
    return [
        tuple(sum(g[k] * x[i] * r for g, x, r in zip(opened, problem.inputs, rho, strict=True)) for i in range(d))
        for k in range(problem.units)
    ]


def null_vector(columns: list[Vector]) -> Vector | None:
    """A vector other than 0 that is orthogonal to all columns, by elimination; None if there is none."""
    rows, size = [list(c) for c in columns], len(columns[0])
    pivots: list[int] = []
    for j in range(size):
        here = next((r for r in range(len(pivots), len(rows)) if rows[r][j]), None)
        if here is None:
            continue
        place = len(pivots)
        rows[place], rows[here] = rows[here], rows[place]
        rows[place] = [c / rows[place][j] for c in rows[place]]
        for r, row in enumerate(rows):
            if r != place and row[j]:
                rows[r] = [a - row[j] * b for a, b in zip(row, rows[place], strict=True)]
        pivots.append(j)
    free = [j for j in range(size) if j not in pivots]
    if not free:
        return None
    found = [Fraction(0)] * size
    for j in free:
        found[j] = Fraction(1)
    for place, j in enumerate(pivots):
        found[j] = -sum((rows[place][f] for f in free), Fraction(0))
    return tuple(found)


def drawn_vector(rng: Any, size: int, zero: bool = True) -> Vector:
    """Quarters from −2 to 2; without zero if asked."""
    return tuple(Fraction(int(n or (0 if zero else 3)), 4) for n in rng.integers(-8, 9, size))


def critical_points(rng: Any, count: int, idle: bool = False) -> Iterator[Problem]:
    """Problems with a point where the gradient is 0: the residuals are orthogonal to the features of every unit with v_k ≠ 0.

    Args:
        rng: a NumPy generator.
        count: how many.
        idle: whether the first unit has v = 0, w orthogonal to its pull q ≠ 0: then the point is no minimum.

    The first has a unit whose gate never opens, the second repeated samples, the third an input 0 and one on the edge of a gate.
    """
    made = 0
    while made < count:
        d, n = int(rng.integers(1, 3)), int(rng.integers(1, 4))
        d = 2 if idle else d
        m = n * d + int(rng.integers(1, 3))
        problem = Problem(
            made % 3, tuple(drawn_vector(rng, d, False) for _ in range(n)), tuple(drawn_vector(rng, d) for _ in range(m)), (), ()
        )
        problem = special(problem, made) if not idle else problem
        opened = gate_table(problem)
        features = [tuple(g[k] * x[i] for g, x in zip(opened, problem.inputs, strict=True)) for k in range(int(idle), n) for i in range(d)]
        rho = null_vector(features) if features else tuple(drawn_vector(rng, m, False))
        v, w = list(drawn_vector(rng, n, False)), list(drawn_vector(rng, n * d))
        if rho is None:
            continue
        if idle:
            q = tuple(sum(g[0] * x[i] * r for g, x, r in zip(opened, problem.inputs, rho, strict=True)) for i in range(d))
            if not any(q):
                continue
            size = Fraction(int(rng.integers(-2, 3)), 2) if made else Fraction(0)
            v[0], w[:2] = Fraction(0), [-size * q[1], size * q[0]]
        problem = replace(problem, point=tuple(v + w), labels=(Fraction(0),) * m)
        labels = tuple(f - r for f, r in zip(outputs(problem, problem.point), rho, strict=True))
        made += 1
        yield replace(problem, labels=labels)


def special(problem: Problem, number: int) -> Problem:
    """A problem with a dead unit, repeated samples, or samples on the edge of a gate."""
    d, x = len(problem.inputs[0]), problem.inputs
    if number == 0:
        positive = tuple(tuple(abs(c) + 1 for c in row) for row in x)
        return replace(problem, inputs=positive, directions=((Fraction(-1),) * d, *problem.directions[1:]))
    if number == 1:
        return replace(problem, inputs=(x[0], *x[:-1]))
    if number == 2:
        r = problem.directions[0]
        edge = (r[1], -r[0]) if d == 2 else (Fraction(0),)
        return replace(problem, inputs=((Fraction(0),) * d, edge, *x[2:]))
    return problem


def two_layers(problem: Problem, outer: int) -> Problem:
    """The same gates in two layers, at weights 0 and output weights `outer`; the labels are what weights 1 give."""
    n, d = problem.units, len(problem.inputs[0])
    inner = n * n + n * d
    here = replace(problem, point=(Fraction(outer),) * n + (Fraction(0),) * inner)
    return replace(here, labels=tuple(outputs(here, (Fraction(1),) * (n + inner), 2)))


def least_loss(problem: Problem) -> float:
    """The least loss of a layer with these gates, whatever the weights, by LSQR in floats."""
    import numpy as np

    from theorycheck.network.semi_random import gate_values, semi_random_outputs
    from theorycheck.training.semi_random_fit import least_squares

    x, r = (np.array(rows, dtype=float) for rows in (problem.inputs, problem.directions))
    y, opened = np.array(problem.labels, dtype=float), gate_values(r, x, problem.degree)
    rest = semi_random_outputs(opened, x, least_squares(opened, x, y)) - y
    return float(rest @ rest) / (2 * len(y))
