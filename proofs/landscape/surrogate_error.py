"""The surrogate distance to a permutation: what it says about the true distance, and up to where.

The larger of its two parts is never above the true distance; below 1 − 1/√2 the true distance is at most √(2e).
The paper prints the smaller part, which is 0 when all rows are equal, and the bound 1/3, which is too large.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import unit_vector

Rows = tuple[tuple[Any, ...], ...]

PLACE = "arXiv:1711.00501, section on simulations, eq. (4.1)"


def matrices(rng: Any, count: int) -> Any:
    """Square matrices with unit rows: permutations, flipped signs, repeated rows, a row between two axes; then near and far ones."""
    one, zero, big, small = Fraction(1), Fraction(0), Fraction(21, 29), Fraction(20, 29)
    special: list[Rows] = [
        ((one, zero), (zero, one)),
        ((zero, one, zero), (zero, zero, one), (one, zero, zero)),
        ((-one, zero), (zero, one)),
        ((one, zero), (one, zero)),
        ((one, zero, zero), (one, zero, zero), (zero, small, big)),  # rows are fine, columns are fine, and no permutation is near
        ((small, big), (big, -small)),
        ((one,),),
    ]
    for number in range(count):
        if number < len(special):
            yield special[number]
        elif number % 2:
            yield tuple(unit_vector(rng, size) for size in [int(rng.integers(2, 5))] for _ in range(size))
        else:
            size = int(rng.integers(2, 5))
            yield tuple(near_axis(rng, size, int(axis)) for axis in rng.permutation(size))


def near_axis(rng: Any, size: int, axis: int) -> tuple[Fraction, ...]:
    """A rational unit vector close to a coordinate vector, or to its negative."""
    plane = [Fraction(int(n), 16) for n in rng.integers(-4, 5, size - 1)]
    square = sum((c * c for c in plane), Fraction(0))
    others = [2 * c / (1 + square) for c in plane]
    sign = int(rng.choice([-1, 1]))
    return (*others[:axis], sign * (1 - square) / (1 + square), *others[axis:])


def longer_matrices(rng: Any, count: int) -> Any:
    """Rows of length √2: large entries say nothing about the others."""
    one = Fraction(1)
    return (((one, one), (one, one)),) * count


claim = Claim(
    "landscape/surrogate-error",
    title="The surrogate distance to a permutation",
    source=Source(deck="001", slide="The Straightforward Objective Fails", arxiv="1711.00501", note="section on simulations, eq. (4.1)"),
    kind="upper bound",
    statement=r"e(Q) = \max\bigl\{1 - \min_i\max_j |Q_{ij}|,\ 1 - \min_j\max_i |Q_{ij}|\bigr\}:\quad e(Q) \le \mathrm{dist}(Q);\qquad "
    r"e(Q) \le \epsilon < 1 - \tfrac{1}{\sqrt2} \implies \mathrm{dist}(Q) \le \sqrt{2\epsilon}",
    reading="Q square with unit rows; dist is the largest entry of abs(Q − P) for the nearest permutation matrix with signs; for ReLU, "
    "where a flipped row is another function, Q_ij stands without its absolute value in e and P has no signs",
    assumes=[Instances("matrices with unit rows", matrices, drops={"unit rows": longer_matrices})],
    knobs={"combine": "max", "threshold": "1 - sqrt(2)/2", "factor": 2, "relu": "signed"},
)


def parts(rows: Rows, signed: bool) -> tuple[Any, Any]:
    """What is missing from 1 in the worst row and in the worst column."""
    entries = rows if signed else tuple(tuple(abs(q) for q in row) for row in rows)
    return 1 - min(max(row) for row in entries), 1 - min(max(column) for column in zip(*entries, strict=True))


def surrogate(rows: Rows, signed: bool, knobs: Any) -> Any:
    """e(Q)."""
    return {"max": max, "min": min}[knobs.combine](parts(rows, signed))


def distance(rows: Rows, signed: bool) -> Any:
    """The true distance, by trying all permutations."""

    def off(permutation: tuple[int, ...]) -> Any:
        return max(
            abs(1 - (q if signed else abs(q))) if j == permutation[i] else abs(q) for i, row in enumerate(rows) for j, q in enumerate(row)
        )

    return min(off(permutation) for permutation in permutations(range(len(rows))))


@claim.derive
def by_counting_large_entries(log: Any, knobs: Any) -> None:
    import sympy

    e, q = sympy.symbols("e q", real=True)
    threshold = sympy.sympify(knobs.threshold)
    c = sympy.sqrt(2) / 2

    # two entries of a unit row cannot both be 1 − e or more
    log.positive(2 * (1 - e) ** 2 - 1, "below the threshold 2(1 − e)² > 1: a unit row has at most one entry ≥ 1 − e", on=(e, 0, threshold))
    log.cite("pigeonhole")  # each column has such an entry and each row at most one: the map from columns to rows is a bijection
    # the rest of a row, and what is missing on the permutation itself
    log.equal(1 - (1 - e) ** 2, 2 * e - e**2, "the squares of all other entries of a row sum to at most 2e − e²")
    log.nonnegative(knobs.factor * e - (2 * e - e**2), "so every other entry is at most √(2e)", on=(e, 0, threshold))
    log.nonnegative(knobs.factor * e - e**2, "and so is what is missing from 1", on=(e, 0, threshold))
    # dist(Q) ≤ δ puts an entry ≥ 1 − δ in every row and every column, whatever the length of the rows
    log.equal(1 - (1 - q), q, "an entry within q of 1 leaves a part of at most q in its row and its column: e(Q) ≤ dist(Q)")

    # the border cases: e(Q) and the distance exactly
    corner = ((c, c), (c, -c))
    repeated = ((sympy.S.One, sympy.S.Zero), (sympy.S.One, sympy.S.Zero))
    between = ((1, 0, 0), (1, 0, 0), (0, c, c))
    for name, rows, away in (("the Hadamard matrix", corner, c), ("equal rows", repeated, 1), ("a row between two axes", between, 1)):
        log.equal(distance(rows, False), away, f"{name}: the distance")
        value = surrogate(rows, False, knobs)
        kept = bool(value >= threshold) or bool(away**2 <= knobs.factor * value)
        log.equal(int(kept), 1, f"{name}: e(Q) is not below the threshold, or the distance is at most √({knobs.factor} e)")
    # beyond the threshold, a last row (0, 1 − e, √(2e − e²)) after two rows e_1 has distance 1: the threshold is sharp
    beyond = sympy.Rational(3, 10)
    log.nonnegative(2 * beyond - beyond**2 - (1 - beyond) ** 2, "at e = 3/10 the other entry √(2e − e²) is at least 1 − e")
    log.positive(1 - 2 * beyond, "and √(2e) is below 1, the distance")

    # signs: ReLU tells b from −b, an even activation does not
    u = sympy.Symbol("u", positive=True)
    relu, mirrored = u, sympy.S.Zero  # ReLU(u) and ReLU(−u)
    flipped = ((sympy.S.NegativeOne, sympy.S.Zero), (sympy.S.Zero, sympy.S.One))
    log.positive((relu - mirrored) ** 2, "ReLU(u) ≠ ReLU(−u): a flipped row is not recovered")
    log.positive(surrogate(flipped, knobs.relu == "signed", knobs), "and e(Q) for ReLU is positive at a flipped row")
    log.zero(sympy.Abs(u) - sympy.Abs(-u), "abs(u) = abs(−u): a flipped row is as good")
    log.zero(surrogate(flipped, False, knobs), "and e(Q) without signs is 0 there")


@claim.certify
def at_matrices(check: Any, knobs: Any) -> None:
    import numpy as np
    import sympy

    from theorycheck.network.matching import surrogate_error

    threshold = sympy.sympify(knobs.threshold)
    for rows in check.instances(30):
        for signed in (False, True):
            value, away = surrogate(rows, signed, knobs), distance(rows, signed)
            name = "signs count" if signed else "signs do not count"
            if check.less_equal(value, away, f"e ≤ dist, {name}") is False:
                return
            below = sympy.Rational(value.numerator, value.denominator) < threshold
            if below and check.less_equal(away**2, knobs.factor * value, f"dist² ≤ {knobs.factor} e, {name}") is False:
                return
            if check.dropped is None:
                found = surrogate_error(np.array([[float(q) for q in row] for row in rows]), signed=signed)
                if check.equal(value, found, f"our e(Q), {name}", digits=9) is False:
                    return


claim.misprint("min for max", where=PLACE, printed="e(Q) = min{...}", correct="e(Q) = max{...}", by="certify", combine="min")
claim.misprint(
    "the range of epsilon",
    where=PLACE,
    printed="eps < 1/3",
    correct="eps < 1 - 1/sqrt(2) = 0.2929",
    by="certify",
    threshold="1/3",
)
claim.mutant("min for max, derived", by="derive", combine="min")
claim.mutant("ε < 1/3, derived", by="derive", threshold="1/3")
claim.mutant("√ε instead of √(2ε)", by="derive", factor=1)
claim.mutant("signs do not count for ReLU", by="derive", relu="unsigned")
claim.mutant("rows not unit", by="certify", drop="unit rows")
claim.mutant("√ε instead of √(2ε), at matrices", by="certify", factor=1)
