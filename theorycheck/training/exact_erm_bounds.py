"""Exact lower bounds for the convex programs of empirical risk minimisation, each for a whole family of them.

A program is a choice of units, each an outer sign and a cell: the outputs are nonnegative combinations of the signed outputs a_j of the
rays of the cells (`cells`). Let r be any vector over the points and ⟨·,·⟩ the inner product weighted by the samples at each point. If
⟨a_j, r⟩ ≤ 0 for all columns of a program, then every f of it has ⟨y − f, r⟩ ≥ ⟨y, r⟩, so by Cauchy and Schwarz

    ‖y − f‖² ≥ max(0, ⟨y, r⟩)² / ‖r‖².

The condition is one on each unit: r bounds all programs whose units meet it, not only the program it came from. The residual of an optimal
f meets it for its own program, with equality in the bound. Here r is a vector of whole numbers and the signs of ⟨a_j, r⟩ are proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from theorycheck.training.cells import Cells
from theorycheck.training.exact_nnls import exact_nnls, fraction_of

Coefficients = dict[tuple[int, int], Fraction]  # of the pairs (outer sign, ray)


@dataclass(frozen=True)
class Bound:
    """A solved program and what its residual proves.

    Args:
        value: no network whose units are all in the family has a smaller Σ m (f − y)²; exact.
        family: for every unit whether ⟨a_j, r⟩ ≤ 0 for its columns; shape (units,).
        coefficients: the solution, positive and exact.
    """

    value: Fraction
    family: np.ndarray
    coefficients: Coefficients


class Programs:
    """The convex programs on one set of points.

    Args:
        cells: of all points.
        targets: y, one for each point.
        weights: m, the samples at each point, positive whole numbers.
        signs: the outer signs that are allowed.
    """

    def __init__(self, cells: Cells, targets: Sequence[Fraction], weights: Sequence[int], signs: Sequence[int]):
        self.cells, self.weights = cells, list(weights)
        self.denominator = lcm(*(t.denominator for t in targets))
        self.targets = [int(t * self.denominator) for t in targets]  # whole numbers, in units of 1/denominator
        self.columns: list[list[int]] = cells.outputs.T.tolist()
        self.weighted = cells.outputs * np.array(self.weights, dtype=object)[:, None]
        self.shrunk = _shrunk(self.weighted.T)
        roots = np.sqrt(np.array(self.weights, dtype=float))
        self.labels = _shrunk(np.array([self.targets], dtype=object))[0] * roots
        floats = self.shrunk.T / roots[:, None]
        self.floats = floats / np.maximum(np.linalg.norm(floats, axis=0), 1e-300)  # of length 1: least squares is then well scaled
        self.members = np.zeros((len(cells.members), len(self.columns)), dtype=np.float32)
        for cell, rays in enumerate(cells.members):
            self.members[cell, rays] = 1
        # The units that alone can follow the labels best come first: their residuals bound the largest families.
        slopes = self.labels @ self.floats
        gains = np.concatenate([np.where(self.members > 0, sign * slopes, -np.inf).max(axis=1, initial=-np.inf) for sign in signs])
        self.signs, self.order = tuple(signs), np.argsort(-gains, kind="stable")

    def __len__(self) -> int:
        """The number of units."""
        return len(self.order)

    def unit(self, number: int) -> tuple[int, int]:
        """The outer sign and the cell of a unit."""
        sign, cell = divmod(int(self.order[number]), len(self.members))
        return self.signs[sign], cell

    def solve(self, units: Sequence[int]) -> Bound:
        """The least loss of the program of these units, exact, and the family that it bounds."""
        pairs = list(dict.fromkeys((s, ray) for s, cell in map(self.unit, units) for ray in self.cells.members[cell].tolist()))
        guess = self._positive(pairs)
        chosen = [pairs[j] for j in guess]
        solution = self._least_squares(chosen)
        if solution is not None:
            bound = self._bound(dict(zip(chosen, solution, strict=True)))
            if bound.family[list(units)].all():  # with c > 0 these are the conditions of Karush, Kuhn and Tucker
                return bound
        signed = np.array([[s * c for c in self.columns[ray]] for s, ray in pairs], dtype=object).T
        _, exact = exact_nnls(signed, self.targets, self.weights, guess)
        bound = self._bound({pair: c for pair, c in zip(pairs, exact, strict=True) if c})
        assert bound.family[list(units)].all()  # the same conditions
        return bound

    def _positive(self, pairs: Sequence[tuple[int, int]]) -> list[int]:
        """The columns that a solution in floats uses: a guess."""
        from scipy.optimize import nnls

        if not pairs:
            return []
        matrix = self.floats[:, [ray for _, ray in pairs]] * np.array([float(s) for s, _ in pairs])
        try:
            found = nnls(matrix, self.labels, maxiter=50 * len(pairs))[0]
        except RuntimeError:  # too many steps
            return []
        positive: list[int] = np.flatnonzero(found > 1e-12 * found.max()).tolist()
        return positive

    def _least_squares(self, pairs: Sequence[tuple[int, int]]) -> list[Fraction] | None:
        """The coefficients of these columns when they are independent and all are positive."""
        from flint import fmpz_mat

        if not pairs:
            return []
        size, points = len(pairs), len(self.targets)
        columns = fmpz_mat(size, points, [s * c for s, ray in pairs for c in self.columns[ray]])
        weighted = fmpz_mat(size, points, [s * c * m for s, ray in pairs for c, m in zip(self.columns[ray], self.weights, strict=True)])
        try:
            found = (weighted * columns.transpose()).solve(weighted * fmpz_mat(points, 1, self.targets)).entries()
        except ZeroDivisionError:
            return None
        return [fraction_of(c) for c in found] if all(c > 0 for c in found) else None

    def _bound(self, coefficients: Coefficients) -> Bound:
        """The bound by the residual of these coefficients."""
        common = lcm(*(c.denominator for c in coefficients.values()))
        residual = [common * y for y in self.targets]
        for (sign, ray), c in coefficients.items():
            factor = sign * c.numerator * (common // c.denominator)
            residual = [r - factor * a for r, a in zip(residual, self.columns[ray], strict=True)]
        square = sum(m * r * r for m, r in zip(self.weights, residual, strict=True))
        along = sum(m * r * y for m, r, y in zip(self.weights, residual, self.targets, strict=True))
        value = Fraction(max(along, 0) ** 2, square * self.denominator**2) if square else Fraction(0)
        return Bound(value, self.family(residual), {pair: c / self.denominator for pair, c in coefficients.items()})

    def family(self, residual: Sequence[int]) -> np.ndarray:
        """For every unit whether ⟨a_j, r⟩ ≤ 0 for its columns.

        The signs are taken from floats where they are sure. Columns and r are divided by powers of 2, so that their S entries are at most
        1 and off by at most u = 2⁻⁵³; then a product is off by at most 3u + 2u², their sum by S (S − 1) u more to first order, and
        2 S (S + 3) u is above both. The other products are computed in whole numbers.
        """
        size, exact = len(residual), np.array(residual, dtype=object)
        slopes = self.shrunk @ _shrunk(exact[None])[0]
        signs = np.sign(slopes)
        unsure = np.flatnonzero(np.abs(slopes) <= 2 * size * (size + 3) * 2.0**-53)
        signs[unsure] = np.sign(exact @ self.weighted[:, unsure]).astype(float)
        wrong = np.stack([(s * signs > 0).astype(np.float32) for s in self.signs], axis=1)
        inside: np.ndarray = ((self.members @ wrong) == 0).T.ravel()[self.order]
        return inside


def _shrunk(rows: np.ndarray) -> np.ndarray:
    """Rows of whole numbers, each divided by the power of 2 that makes all its entries at most 1, correctly rounded."""
    scales = [1 << max((int(abs(c)).bit_length() for c in row), default=0) for row in rows.tolist()]
    return np.array([[c / scale for c in row] for row, scale in zip(rows.tolist(), scales, strict=True)], dtype=float).reshape(rows.shape)
