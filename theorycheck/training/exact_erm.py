"""Exact empirical risk minimisation of a one-hidden-layer ReLU network with the squared loss, by enumeration of activation patterns.

On a choice of an outer sign and a cell for every unit the outputs are a nonnegative combination of known columns (`cells`): one
nonnegative least-squares problem. The loss on some of the points is a lower bound of the loss on all, so cells are refined point by
point and a branch ends when its bound exceeds the loss of a network in hand. In the end every branch is bounded in exact arithmetic.
Arora, Basu, Mianjy and Mukherjee (arXiv 1611.01491), Algorithm 1, with this pruning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb, inf, lcm
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.training.cells import Cells, Point, cell_bound, cells_of, spanning_order

#: Seconds for one problem, and the most problems that are attempted unless told.
_SECONDS, _MOST = 6e-5, 1_000_000
#: Networks kept at each point while a first good network is sought.
_BEAM = 40
#: A branch ends when its bound in floats exceeds the loss in hand by this factor.
_MARGIN = 1 + 1e-7

Node = tuple[tuple[int, int], ...]  # for each unit its outer sign and its cell


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
        solved: convex programs that were solved in floats.
        branches: ends of branches, each bounded in exact arithmetic.
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
        """f(x) of each input, exact."""
        units = list(zip(self.outer, self.weights, self.biases, strict=True))
        rows = [[Fraction(c) for c in row] for row in np.atleast_2d(np.asarray(inputs, dtype=object)).tolist()]
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
    allowed = tuple(dict.fromkeys(int(s) for s in signs))
    if not allowed or any(s not in (1, -1) for s in allowed):
        raise InputError(f"signs={allowed}; write 1, −1 or both")
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise InputError(f"width={width!r}; write a whole number of units, 1 or more")
    samples, dimension = len(points), len(points[0])
    expected = comb(len(allowed) * cell_bound(samples, dimension) + width - 1, width)
    if expected > most:
        raise InputError(
            f"{samples} different points in dimension {dimension} have up to {cell_bound(samples, dimension)} cells for one unit, "
            f"so width {width} means up to {expected:.3g} convex programs, about {expected * _SECONDS:.2g} s without pruning; "
            f"take fewer points or units, or write most={expected}"
        )
    hard = _hardest_first(points, targets)
    order = [hard[i] for i in spanning_order([points[i] for i in hard])[0]]
    levels = cells_of([points[i] for i in order])
    search = _Search(levels, [targets[i] for i in order], [weights[i] for i in order], width, allowed)
    total = sum(weights)
    best, node, coefficients, lower = search.run()
    units = search.units(node, coefficients)
    cells = len(search.levels[-1].members)
    count = (len(allowed) * cells) ** width
    return ExactERM((best + constant) / total, (lower + constant) / total, *units, cells, count, search.solved, search.branches)


class _Search:
    """The tree of nodes: at depth k a cell of the first k points for every unit."""

    def __init__(self, levels: list[Cells], targets: list[Fraction], weights: list[int], width: int, signs: tuple[int, ...]):
        self.levels, self.weights, self.width, self.signs = levels, weights, width, signs
        self.unit = lcm(*(t.denominator for t in targets))
        self.targets = [int(t * self.unit) for t in targets]  # whole numbers, in units of 1/unit
        self.solved = self.branches = 0
        self.known: dict[tuple[int, Node], tuple[float, list[int]]] = {}
        roots = np.sqrt(np.array(weights, dtype=float))
        self.labels = np.array([float(t) for t in targets]) * roots
        self.columns = []  # in floats, of length 1: least squares is then well scaled
        for level in levels:
            columns = level.outputs.astype(float) * roots[: len(level.outputs), None]
            self.columns.append(columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300))
        self.children: list[list[list[int]]] = []
        for before, after in zip(levels, levels[1:], strict=False):
            rows: list[list[int]] = [[] for _ in before.members]
            for cell, parent in enumerate(after.parents):
                rows[parent].append(cell)
            self.children.append(rows)

    def run(self) -> tuple[Fraction, Node, dict[tuple[int, int], Fraction], Fraction]:
        """The least Σ m (f − y)², its node, the coefficients there, and a lower bound over all nodes."""
        last = len(self.levels) - 1
        nodes = self._roots()
        for depth in range(1, last + 1):
            ranked = sorted((self.bound(depth - 1, node), node) for node in nodes)
            nodes = self._next(depth, [node for _, node in ranked[:_BEAM]])
        node = min(nodes, key=lambda node: self.bound(last, node))
        best, coefficients = self.exact(last, node)
        ends: list[tuple[int, Node]] = []
        nodes = self._roots() if best else []
        for depth in range(last + 1):
            kept = []
            for candidate in nodes:
                bound = self.bound(depth, candidate)
                if depth == last or bound > float(best) * _MARGIN:
                    ends.append((depth, candidate))
                else:
                    kept.append(candidate)
            if depth < last:
                nodes = self._next(depth + 1, kept)
        self.branches = len(ends)
        lower = inf if best else Fraction(0)
        for depth, candidate in ends:
            value, found = self.exact(depth, candidate)
            lower = min(lower, value)
            if depth == last and value < best:
                best, node, coefficients = value, candidate, found
        return best, node, coefficients, Fraction(min(lower, best))

    def _roots(self) -> list[Node]:
        units = list(product(self.signs, range(len(self.levels[0].members))))
        return sorted({tuple(sorted(node)) for node in product(units, repeat=self.width)})

    def _next(self, depth: int, nodes: Iterable[Node]) -> list[Node]:
        refine = self.children[depth - 1]
        return sorted({
            tuple(sorted(node))
            for parent in nodes
            for node in product(*([(sign, cell) for cell in refine[old]] for sign, old in parent))
        })  # fmt: skip

    def _rays(self, depth: int, node: Node) -> list[tuple[int, int]]:
        """The columns of a node: pairs (unit, ray); the same ray of two units of one sign counts once."""
        seen: dict[tuple[int, int], int] = {}
        for unit, (sign, cell) in enumerate(node):
            for ray in self.levels[depth].members[cell].tolist():
                seen.setdefault((sign, ray), unit)
        return [(unit, ray) for (_, ray), unit in seen.items()]

    def bound(self, depth: int, node: Node) -> float:
        """The least loss on the points so far, in floats."""
        return self._solution(depth, node, self._rays(depth, node))[0]

    def _solution(self, depth: int, node: Node, columns: list[tuple[int, int]]) -> tuple[float, list[int]]:
        """The least loss on the points so far and which columns are positive, in floats."""
        if (depth, node) not in self.known:
            self.known[depth, node] = self._solve(depth, node, columns)
        return self.known[depth, node]

    def _solve(self, depth: int, node: Node, columns: list[tuple[int, int]]) -> tuple[float, list[int]]:
        from scipy.optimize import nnls

        labels = self.labels[: self.columns[depth].shape[0]]
        if not columns:
            return float(labels @ labels), []
        self.solved += 1
        matrix = self.columns[depth][:, [ray for _, ray in columns]] * np.array([node[unit][0] for unit, _ in columns], dtype=float)
        found, residual = nnls(matrix, labels, maxiter=50 * len(columns))
        return residual**2, np.flatnonzero(found > 1e-12 * found.max(initial=0)).tolist()

    def exact(self, depth: int, node: Node) -> tuple[Fraction, dict[tuple[int, int], Fraction]]:
        """The least loss on the points so far, and the coefficients of the pairs (unit, ray)."""
        columns = self._rays(depth, node)
        _, start = self._solution(depth, node, columns)
        outputs = self.levels[depth].outputs
        if not columns:
            return Fraction(sum(m * y * y for m, y in zip(self.weights, self.targets[: len(outputs)], strict=False)), self.unit**2), {}
        matrix = outputs[:, [ray for _, ray in columns]] * np.array([node[unit][0] for unit, _ in columns], dtype=object)
        value, found = exact_nnls(matrix, self.targets[: len(outputs)], self.weights[: len(outputs)], start)
        return value / self.unit**2, {pair: c / self.unit for pair, c in zip(columns, found, strict=True) if c}

    def units(self, node: Node, coefficients: dict[tuple[int, int], Fraction]) -> tuple[Any, Any, Any]:
        """Outer signs, weights and biases of the network with these coefficients."""
        rays = self.levels[-1].rays
        rows = [[Fraction(0)] * len(rays) for _ in node]
        for (unit, ray), c in coefficients.items():
            rows[unit] = [a + c * int(b) for a, b in zip(rows[unit], rays[:, ray], strict=True)]
        return tuple(sign for sign, _ in node), tuple(tuple(row[:-1]) for row in rows), tuple(row[-1] for row in rows)


def exact_nnls(columns: Any, targets: Any, weights: Sequence[int], start: Sequence[int] = ()) -> tuple[Fraction, list[Fraction]]:
    """min Σ_i m_i (Σ_j c_j A_ij − y_i)² over c ≥ 0 in rational arithmetic, by the active-set method of Lawson and Hanson.

    Args:
        columns: A, whole numbers, shape (S, r).
        targets: y, whole numbers, shape (S,).
        weights: m, positive whole numbers, length S.
        start: columns that are probably positive; a good guess saves the search, a bad one costs nothing else.

    Returns:
        The minimum, and c, which satisfies the conditions of Karush, Kuhn and Tucker exactly.

    >>> exact_nnls([[1, 1], [0, 1]], [1, -1], [1, 1])
    (Fraction(1, 1), [Fraction(1, 1), Fraction(0, 1)])
    """
    from flint import fmpq, fmpq_mat, fmpz_mat

    rows, ys, size = np.asarray(columns, dtype=object), [int(y) for y in targets], len(columns[0])
    a = fmpz_mat(len(rows), size, rows.ravel().tolist())
    scaled = fmpz_mat(size, len(rows), (rows.T * np.array(weights, dtype=object)).ravel().tolist())
    gram, right = scaled * a, scaled * fmpz_mat(len(ys), 1, ys)
    square = sum(m * y * y for m, y in zip(weights, ys, strict=True))

    def normal_equations(chosen: Sequence[int]) -> list[Any] | None:
        """The solution on the chosen columns, or None when they are dependent."""
        matrix = fmpq_mat(len(chosen), len(chosen), [gram[i, j] for i in chosen for j in chosen])
        try:
            found: list[Any] = matrix.solve(fmpq_mat(len(chosen), 1, [right[j, 0] for j in chosen])).entries()
        except ZeroDivisionError:
            return None
        return found

    passive, here = list(start), [fmpq(0)] * size
    guess = normal_equations(passive) if passive else []
    if guess is None or any(c <= 0 for c in guess):
        passive = []
    else:
        for j, c in zip(passive, guess, strict=True):
            here[j] = c
    while True:
        rest = [j for j in range(size) if j not in passive]
        slopes = {j: right[j, 0] - sum([gram[j, i] * here[i] for i in passive], fmpq(0)) for j in rest}
        entering = max(rest, key=slopes.__getitem__, default=None)
        if entering is None or slopes[entering] <= 0:
            # at the optimum c is orthogonal to the slopes, so the loss is Σ m y² − Σ c_j (Aᵀ m y)_j
            least = fmpq(square) - sum([here[j] * right[j, 0] for j in passive], fmpq(0))
            return _fraction(least), [_fraction(c) for c in here]
        passive.append(entering)
        while True:
            wanted = normal_equations(passive)
            assert wanted is not None  # a column that enters is independent of the others: the residual is not orthogonal to it
            if all(c > 0 for c in wanted):
                break
            way = min(here[j] / (here[j] - c) for j, c in zip(passive, wanted, strict=True) if c <= 0)
            for j, c in zip(passive, wanted, strict=True):
                here[j] += way * (c - here[j])
            for j in [j for j in passive if here[j] <= 0]:
                here[j] = fmpq(0)
                passive.remove(j)
        for j, c in zip(passive, wanted, strict=True):
            here[j] = c


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q)) if number else Fraction(0)


def _hardest_first(points: list[Point], targets: list[Fraction]) -> list[int]:
    """The points by their distance from the best affine function, largest first: the loss on the first few is then large, and branches
    end early. In floats, since every order is right."""
    rows, y = np.array([[*map(float, point), 1.0] for point in points]), np.array([float(t) for t in targets])
    distances = np.abs(y - rows @ np.linalg.lstsq(rows, y, rcond=None)[0])
    order: list[int] = np.argsort(-distances, kind="stable").tolist()
    return order


def _times(a: Fraction, b: Fraction) -> Fraction:
    return a * b


def _merged(inputs: Any, labels: Any) -> tuple[list[Point], list[Fraction], list[int], Fraction]:
    """Different points, the mean label and the number of samples at each, and what the merging leaves of the loss."""
    rows, values = np.asarray(inputs, dtype=object), np.asarray(labels, dtype=object)
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
