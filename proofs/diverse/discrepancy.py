"""The L₂ discrepancy of weights over slices of the sphere, in closed form (a principle of Stolarsky's type).

Squaring out, the mixed term is E_u k(w, u)², which by rotation invariance does not depend on w: it cancels all but one E k².
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: Cells of the circle; the weights of an instance point to their ends.
CELLS = 12


def circles(rng: Any, count: int) -> Any:
    """Weights on the circle, as multiples of 2π/12: one, a pair of opposites, equal ones, a regular triangle; then random ones."""
    special = ((0,), (0, 6), (3, 3), (0, 4, 8), (0, 1, 2, 3))
    for number in range(count):
        yield special[number] if number < len(special) else tuple(int(a) for a in rng.integers(0, CELLS, int(rng.integers(1, 6))))


claim = Claim(
    "diverse/discrepancy",
    title="The L₂ discrepancy of weights is a double sum over the kernel",
    source=Source(deck="000", slide="Bounding the second term", arxiv="1611.03131", note="theorem 8"),
    kind="equality",
    statement=r"L_2(W)^2 = \frac{1}{n^2}\sum_{i,j=1}^n k(w_i,w_j)^2 - \mathbb{E}_{u,v}[k(u,v)^2],\quad "
    r"k(x,y) = \tfrac{1}{2} - \tfrac{\arccos\langle x,y\rangle}{2\pi}",
    reading="L_2(W)² is the mean over uniform x, y of ((1/n)·#{i : w_i·x ≥ 0, w_i·y ≥ 0} − k(x, y))²; w_i on the unit sphere; "
    "the terms i = j, k = 1/2, are in the sum",
    assumes=[Instances("weights on the circle", circles)],
    knobs={"diagonal": 1, "mean": 1},
)


def closed_form(count: Any, pairs: Any, diagonal: Any, mean: Any, knobs: Any) -> Any:
    """L_2² as claimed, from n, the sum of k² over i ≠ j, that over i = j, and E k²."""
    return (pairs + knobs.diagonal * diagonal) / count**2 - knobs.mean * mean


@claim.derive
def by_squaring_out(log: Any, knobs: Any) -> None:
    import sympy

    n = sympy.Symbol("n", positive=True, integer=True)
    mean = sympy.Symbol("E", positive=True)  # E k(u, v)²
    log.cite("diverse/arc-cosine-kernel")  # P(w·x >= 0 and w'·x >= 0) = k(w, w') for uniform x; so a slice has the share k(x, y)
    log.equal(sympy.Rational(1, 2) - sympy.acos(1) / (2 * sympy.pi), sympy.Rational(1, 2), "k(w, w) = 1/2")
    log.cite("tower-and-linearity")  # x and y are independent: E 1_i 1_j = k(w_i, w_j)², where 1_i says that w_i is in the slice of x, y
    log.cite("rotation-invariance")  # E 1_i k(x, y) = E_u k(w_i, u)², the same for every w_i, so E k²; likewise E k(x, y)² = E k²

    # the square for four weights, monomial by monomial
    marks = sympy.symbols("I1:5")
    share = sympy.Symbol("A")
    shares = {(i, j): sympy.Symbol(f"q{i}{j}", positive=True) for i, j in combinations(range(4), 2)}
    square = sympy.Poly(sympy.expand((sum(marks) / 4 - share) ** 2), *marks, share)
    total = sympy.S.Zero
    for powers, coefficient in square.terms():
        members = [i for i, p in enumerate(powers[:4]) for _ in range(p)]
        if powers[4] > 0:
            value = mean  # E 1_i A and E A²
        else:
            i, j = members
            value = sympy.Rational(1, 4) if i == j else shares[i, j]
        total += coefficient * value
    pairs = 2 * sum(shares.values())
    log.equal(total, closed_form(4, pairs, sympy.S.One, mean, knobs), "four weights")

    # any number: n diagonal terms 1/4, the other pairs, and −2 E k² + E k²
    others = sympy.Symbol("S", nonnegative=True)
    log.equal((others + n / 4) / n**2 - 2 * mean + mean, closed_form(n, others, n / 4, mean, knobs), "n weights")


@claim.certify
def cell_by_cell(check: Any, knobs: Any) -> None:
    """On the circle both sides are rational: in a cell of (x, y) the weights inside do not change, and k is linear in the angle."""
    for angles in check.instances(8):
        n = len(angles)
        pairs = sum((kernel(apart(*pair)) ** 2 for pair in permutations(angles, 2)), Fraction(0))
        stated = closed_form(n, pairs, Fraction(n, 4), Fraction(1, 12), knobs)
        found = Fraction(0)
        for x, y in product(range(CELLS), repeat=2):
            share = Fraction(sum(inside(a, x) and inside(a, y) for a in angles), n)
            first, second = cell_means(apart(x, y))
            found += share**2 - 2 * share * first + second
        check.equal(stated, found / CELLS**2, f"{n} weights on the circle")


def apart(a: int, b: int) -> int:
    """How many cells lie between two, the shorter way round."""
    return min((a - b) % CELLS, (b - a) % CELLS)


def kernel(gap: int) -> Fraction:
    """k at an angle of `gap` cells, at most half a turn."""
    return Fraction(1, 2) - Fraction(gap, CELLS)


def inside(weight: int, cell: int) -> bool:
    """Whether a weight, at the start of a cell, is within a right angle of every direction in the cell."""
    middle = Fraction(2 * cell + 1, 2)
    away = (middle - weight) % CELLS
    return min(away, CELLS - away) < Fraction(CELLS, 4)


def cell_means(gap: int) -> tuple[Fraction, Fraction]:
    """The means of k and k² over x, y in two cells that are `gap` apart: the angle is (gap + τ) cells, τ triangular on [−1, 1]."""
    one = Fraction(1, CELLS)
    if 0 < gap < CELLS // 2:
        return kernel(gap), kernel(gap) ** 2 + one**2 / 6
    if gap == 0:  # the angle is abs(τ), of mean 1/3 and mean square 1/6
        return Fraction(1, 2) - one / 3, Fraction(1, 4) - one / 3 + one**2 / 6
    return one / 3, one**2 / 6


@claim.simulate(quick={"samples": 100_000, "units": 7}, full={"samples": 4_000_000, "units": 50})
def over_random_slices(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.sphere.discrepancy import deviation, mean_square_share, slice_share
    from theorycheck.sphere.sampling import uniform_points

    for dim in (3, 5):
        weights = uniform_points(trial.rng, trial.units, dim)
        squares = slice_share(weights @ weights.T) ** 2
        np.fill_diagonal(squares, 0.0)
        theory = closed_form(trial.units, float(squares.sum()), trial.units / 4, mean_square_share(dim), knobs)

        def squared(rng: Any, size: int, weights: Any = weights, dim: int = dim) -> Any:
            return deviation(weights, uniform_points(rng, size, dim), uniform_points(rng, size, dim)) ** 2

        trial.estimate(squared, theory=theory, detect=0.1 / trial.units, bounds=(0, 1), label=f"{trial.units} weights, d = {dim}")


claim.mutant("without the diagonal", by="derive", diagonal=0)
claim.mutant("minus twice the mean", by="derive", mean=2)
claim.mutant("without the diagonal, on the circle", by="certify", diagonal=0)
claim.mutant("without the diagonal, sampled", by="simulate", diagonal=0)
