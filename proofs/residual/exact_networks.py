"""Residual networks with rational inputs and weights: outputs, B, and the gradient of the loss, without any rounding.

The claims about B use them as evidence: outputs by max, and derivatives by central differences, never through B itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Row = tuple[Fraction, ...]
Columns = tuple[Row, ...]


@dataclass(frozen=True)
class Network:
    """A residual network with data.

    Args:
        inputs: the rows of X.
        columns: the columns of W + I.
        signs: v.
        labels: y.
    """

    inputs: tuple[Row, ...]
    columns: Columns
    signs: tuple[int, ...]
    labels: Row

    def before(self) -> list[Row]:
        """X(W + I)."""
        return preactivations(self.inputs, self.columns)

    def gates(self) -> list[list[int]]:
        """1{X(W + I) > 0}."""
        return [[int(b > 0) for b in row] for row in self.before()]

    def outputs(self) -> Row:
        """σ(X(W + I))v."""
        return outputs(self.inputs, self.columns, self.signs)

    def gradient(self) -> list[Fraction]:
        """The gradient of (1/2n) Σ (f − y)² in vec(W), by central differences.

        The loss is quadratic until a gate turns, and the step is too short for that: the differences are exact off the kinks.
        """
        return [self._difference(q, p) for q in range(len(self.columns)) for p in range(len(self.columns))]

    def _difference(self, unit: int, entry: int, step: Fraction = Fraction(1, 10**40)) -> Fraction:
        losses = []
        for h in (step, -step):
            moved = tuple(tuple(c + h * ((q, p) == (unit, entry)) for p, c in enumerate(column)) for q, column in enumerate(self.columns))
            rest = [f - y for f, y in zip(outputs(self.inputs, moved, self.signs), self.labels, strict=True)]
            losses.append(sum((r * r for r in rest), Fraction(0)) / (2 * len(rest)))
        return (losses[0] - losses[1]) / (2 * step)

    def __str__(self) -> str:
        rows, columns = (" | ".join(" ".join(map(str, row)) for row in part) for part in (self.inputs, self.columns))
        return f"X = ({rows}), columns of W + I = ({columns}), v = {self.signs}"


@dataclass(frozen=True)
class Step:
    """Where an algorithm stands and where it should go: a network W and, on the same inputs, the network W* that gave the labels.

    Args:
        network: X, W, v and y.
        truth: the columns of W* + I.
    """

    network: Network
    truth: Columns

    def blocks(self) -> list[Row]:
        """The columns v_q (P_q* − P_q) X (w_q* + e_q): √n E_q."""
        here, there = self.network.before(), preactivations(self.network.inputs, self.truth)
        return [
            tuple(v * ((b[q] > 0) - (a[q] > 0)) * b[q] for a, b in zip(here, there, strict=True)) for q, v in enumerate(self.network.signs)
        ]

    def __str__(self) -> str:
        return f"{self.network}, columns of W* + I = ({' | '.join(' '.join(map(str, row)) for row in self.truth)})"


def preactivations(inputs: Sequence[Row], columns: Columns) -> list[Row]:
    """X(W + I)."""
    return [tuple(sum((a * b for a, b in zip(x, c, strict=True)), Fraction(0)) for c in columns) for x in inputs]


def outputs(inputs: Sequence[Row], columns: Columns, signs: Sequence[int]) -> Row:
    """σ(X(W + I))v, by max."""
    return tuple(
        sum((v * max(b, Fraction(0)) for v, b in zip(signs, row, strict=True)), Fraction(0)) for row in preactivations(inputs, columns)
    )


def flat(columns: Columns) -> list[Fraction]:
    """The vec of the matrix with these columns."""
    return [c for column in columns for c in column]


def random_steps(rng: Any, count: int, tall: int = 10) -> Iterator[Step]:
    """Steps in two dimensions without an input on a kink: small inputs and most gates turned, W = W*, all turned, W = 0; then random ones.

    Args:
        rng: a NumPy generator.
        count: how many.
        tall: inputs a step; 4 unknowns need at least 4, and more so that B has full rank.
    """
    one, zero = Fraction(1), Fraction(0)
    identity = ((one, zero), (zero, one))
    yielded = 0
    while yielded < count:
        x = tuple(tuple(Fraction(int(c), 8) for c in row) for row in rng.integers(-24, 25, (tall, 2)))
        here, there = (tuple(tuple(Fraction(int(c), 8) for c in row) for row in rng.integers(-12, 13, (2, 2))) for _ in range(2))
        if yielded == 0:
            x, here = tuple(tuple(c / 1000 for c in row) for row in x), identity
            there = ((-one, one / 2), (one / 2, -one))
        elif yielded == 1:
            there = here
        elif yielded == 2:
            there = tuple(tuple(-c for c in row) for row in here)
        elif yielded == 3:
            here = identity
        signs = tuple(int(s) for s in rng.choice([-1, 1], 2))
        step = Step(Network(x, here, signs, outputs(x, there, signs)), there)
        kinks = any(b == 0 for columns in (here, there) for row in preactivations(x, columns) for b in row)
        if not kinks and _independent(step.network):
            yielded += 1
            yield step


def _independent(network: Network) -> bool:
    """Whether the columns of B are linearly independent."""
    from flint import fmpq, fmpq_mat

    rows = features(network.inputs, network.gates(), network.signs)
    return fmpq_mat([[fmpq(c.numerator, c.denominator) for c in row] for row in rows]).rank() == len(rows[0])


def features(inputs: Any, gates: Any, signs: Any) -> list[list[Any]]:
    """The rows of B, unit 1 first, from the gates."""
    return [[v * g * c for v, g in zip(signs, open_, strict=True) for c in x] for open_, x in zip(gates, inputs, strict=True)]
