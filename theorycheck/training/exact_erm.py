"""Exact empirical risk minimisation of a one-hidden-layer ReLU network with the squared loss, by enumeration of activation patterns.

On a choice of an outer sign and a cell for every unit the outputs are a nonnegative combination of known columns (`cells`): one
nonnegative least-squares problem. Its residual is a lower bound of the loss for a whole family of choices (`exact_erm_bounds`), so few
problems are solved before every choice is in a family (`exact_erm_search`); all bounds are exact.
Arora, Basu, Mianjy and Mukherjee (arXiv 1611.01491), Algorithm 1, with this pruning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import comb
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_whole
from theorycheck.training.cells import Cells, Point, cell_bound, cells_of, spanning_order
from theorycheck.training.exact_erm_bounds import Coefficients, Programs
from theorycheck.training.exact_erm_search import least_program
from theorycheck.training.exact_nnls import exact_nnls

__all__ = ["ExactERM", "exact_erm", "exact_nnls"]

#: Seconds for one problem, and the most problems that are attempted unless told.
_SECONDS, _MOST = 6e-5, 1_000_000


@dataclass(frozen=True)
class ExactERM:
    """A network of least loss and the proof that it is.

    Args:
        loss: (1/S) Σ (f(x_i) − y_i)² of the network, exact.
        lower: a lower bound of the loss of every network, exact; equal to `loss` when the network is proved optimal.
        outer: the signs a_j.
        weights: the w_j as rows; with the biases exact.
        biases: the b_j.
        cells: activation patterns of one unit on the points.
        programs: convex programs without symmetry and pruning, 2^w · cells^w for both signs.
        solved: convex programs that were solved.
        branches: families of convex programs that together are all, each with one bound in exact arithmetic.
    """

    loss: Fraction
    lower: Fraction
    outer: tuple[int, ...]
    weights: tuple[tuple[Fraction, ...], ...]
    biases: tuple[Fraction, ...]
    cells: int
    programs: int
    solved: int
    branches: int

    @property
    def proved(self) -> bool:
        """Whether the network is proved optimal."""
        return self.lower == self.loss

    def outputs(self, inputs: Any) -> list[Fraction]:
        """f(x) of each input, exact.

        Args:
            inputs: x_i as rows, shape (S, n), or one point, shape (n,).

        Raises:
            InputError: another shape, or numbers that are not finite.
        """
        units = list(zip(self.outer, self.weights, self.biases, strict=True))
        array = np.atleast_2d(_objects("inputs", inputs))
        if array.ndim != 2 or array.shape[1] != len(self.weights[0]):
            raise InputError(f"inputs has shape {array.shape}; write rows of {len(self.weights[0])} numbers")
        try:
            rows = [[Fraction(c) for c in row] for row in array.tolist()]
        except (ValueError, OverflowError, TypeError) as error:
            raise InputError(f"an input is no tuple of finite numbers ({error}); write finite numbers") from error
        return [sum((a * max(sum(map(_times, w, x)) + b, Fraction(0)) for a, w, b in units), Fraction(0)) for x in rows]


def exact_erm(inputs: Any, labels: Any, width: int, signs: Iterable[int] = (1, -1), most: int = _MOST) -> ExactERM:
    """The least (1/S) Σ (Σ_j a_j max(0, ⟨w_j, x_i⟩ + b_j) − y_i)² over all w_j, b_j and a_j = ±1 (the size of a_j goes into w_j, b_j).

    Args:
        inputs: x_i as rows, shape (S, n), in any position, with n ≤ 3 in practice; floats are taken as the exact numbers they are.
        labels: y_i, shape (S,).
        width: units, 1 or more.
        signs: the outer signs that are allowed, from 1 and −1.
        most: refuse to start on more convex programs than this (before pruning, counted up to the order of the units).

    Raises:
        InputError: shapes that do not fit, numbers that are not finite, or too much data; the message has the number of cells and an
            estimate of the time.

    >>> found = exact_erm([[0], [1], [2]], [0, 1, 0], width=2)  # two units make a tent
    >>> found.loss, found.proved
    (Fraction(0, 1), True)
    >>> exact_erm([[0], [1], [2]], [0, 1, 0], width=1).loss
    Fraction(2, 9)
    """
    points, targets, weights, constant = _merged(inputs, labels)
    allowed = _signs(signs)
    if isinstance(width, bool) or not isinstance(width, Integral) or width < 1:
        raise InputError(f"width={width!r}; write a whole number of units, 1 or more")
    _require_few(len(points), len(points[0]), len(allowed), int(width), require_whole("most", most, 1))
    order, _ = spanning_order(points)
    points, targets, weights = [points[i] for i in order], [targets[i] for i in order], [weights[i] for i in order]
    cells = cells_of(points)
    programs = Programs(cells, targets, weights, allowed)
    best, bounds = least_program(programs, width)
    network = _network(cells, [programs.unit(u) for u in best], bounds[-1].coefficients)
    lower = (bounds[-1].value + constant) / sum(weights)
    count = (len(allowed) * len(cells.members)) ** width
    found = ExactERM(lower, lower, *network, len(cells.members), count, len(bounds), len(bounds))
    squares = [m * (f - y) ** 2 for m, f, y in zip(weights, found.outputs(points), targets, strict=True)]
    return replace(found, loss=(sum(squares, Fraction(0)) + constant) / sum(weights))


def _signs(signs: Any) -> tuple[int, ...]:
    listed = list(signs) if isinstance(signs, Iterable) and not isinstance(signs, str) else [signs, "no list"]
    if not listed or any(isinstance(s, bool) or not isinstance(s, Integral) or s not in (1, -1) for s in listed):
        raise InputError(f"signs={signs!r}; write a list of 1, −1 or both")
    return tuple(dict.fromkeys(int(s) for s in listed))


def _require_few(samples: int, dimension: int, signs: int, width: int, most: int) -> None:
    """Refuse a problem with more convex programs than `most`."""
    cells = cell_bound(samples, dimension)
    units = signs * cells
    chosen = min(width, units - 1)
    # C(n, k) ≥ 2^k for k ≤ n/2: a number too long to be worked out is too large as well
    expected = comb(units + width - 1, chosen) if chosen <= max(1000, 2 * most.bit_length()) else None
    if expected is not None and expected <= most:
        return
    count = f"more than 2^{Decimal(chosen):.6g}" if expected is None else f"up to {Decimal(expected):.3g}"
    time = "" if expected is None else f", about {Decimal(expected) * Decimal(_SECONDS):.2g} s without pruning"
    advice = f", or write most={expected}" if expected is not None and expected < 10**12 else ""
    raise InputError(
        f"{samples} different points in dimension {dimension} have up to {Decimal(cells):.6g} cells for one unit, "
        f"so width {Decimal(width):.6g} means {count} convex programs{time}; take fewer points or units{advice}"
    )


def _network(cells: Cells, units: Sequence[tuple[int, int]], coefficients: Coefficients) -> tuple[Any, Any, Any]:
    """Outer signs, weights and biases of the network of these units; a ray that two of them have goes to the first."""
    rows = [[Fraction(0)] * len(cells.rays) for _ in units]
    for (sign, ray), c in coefficients.items():
        row = rows[next(j for j, (s, cell) in enumerate(units) if s == sign and ray in cells.members[cell])]
        row[:] = [a + c * int(b) for a, b in zip(row, cells.rays[:, ray], strict=True)]
    return tuple(sign for sign, _ in units), tuple(tuple(row[:-1]) for row in rows), tuple(row[-1] for row in rows)


def _times(a: Fraction, b: Fraction) -> Fraction:
    return a * b


def _objects(name: str, value: Any) -> np.ndarray:
    try:
        return np.asarray(value, dtype=object)
    except ValueError:
        raise InputError(f"{name} is no array of numbers; write rows of equal length") from None


def _merged(inputs: Any, labels: Any) -> tuple[list[Point], list[Fraction], list[int], Fraction]:
    """Different points, the mean label and the number of samples at each, and what the merging leaves of the loss."""
    rows, values = _objects("inputs", inputs), _objects("labels", labels)
    if rows.ndim != 2 or 0 in rows.shape or values.shape != rows.shape[:1]:
        raise InputError(f"inputs and labels have shapes {rows.shape} and {values.shape}; write (S, n) and (S,)")
    groups: dict[Point, list[Fraction]] = {}
    for row, value in zip(rows.tolist(), values.tolist(), strict=True):
        try:
            groups.setdefault(tuple(Fraction(c) for c in row), []).append(Fraction(value))
        except (ValueError, OverflowError, TypeError) as error:
            raise InputError(f"the sample {row}, {value} is no tuple of finite numbers; write finite numbers") from error
    means = [sum(ys, Fraction(0)) / len(ys) for ys in groups.values()]
    rest = sum(((y - mean) ** 2 for ys, mean in zip(groups.values(), means, strict=True) for y in ys), Fraction(0))
    return list(groups), means, [len(ys) for ys in groups.values()], rest
