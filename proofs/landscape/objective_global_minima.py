"""The global minima of G are the signed permutations of B*, for 0 < μ ≤ 2 and a* > 0.

In P_ji = ⟨b_i*, b_j⟩² the objective is strictly concave in each row, so its minima are at vertices, n_i rows at ±b_i*; there
G + μ Σ a_i = Σ a_i (n_i − 1)(n_i − μ), and no term is negative.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import dot, unit_vector


def positive_weights(rng: Any, count: int) -> Any:
    """Weights, and μ as a part of the largest allowed: that one first, with a large ratio of weights."""
    special = [((10, 1), Fraction(1)), ((1, 1), Fraction(1)), ((100, 1, 7), Fraction(1, 100)), ((1, 1, 1, 1), Fraction(1))]
    for number in range(count):
        if number < len(special):
            weights, part = special[number]
            yield {"weights": tuple(map(Fraction, weights)), "part": part}
        else:
            weights = tuple(Fraction(int(n), 4) for n in rng.integers(1, 17, int(rng.integers(2, 5))))
            yield {"weights": weights, "part": Fraction(int(rng.integers(1, 17)), 16)}


def with_two_zeros(rng: Any, count: int) -> Any:
    """The same with two more units of weight 0."""
    return ({**case, "weights": (*case["weights"][:2], Fraction(0), Fraction(0))} for case in positive_weights(rng, count))


claim = Claim(
    "landscape/objective-global-minima",
    title="The global minima of G are the signed permutations of B*",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="part 2"),
    kind="equality",
    statement=r"\operatorname{argmin}_{\|b_j\|=1} G(B) = \{DP B^\star : P \text{ a permutation},\ D_{ii} = \pm1\}",
    reading="B and B* have d ≥ 2 rows, B* orthonormal, a* > 0 and 0 < μ ≤ 2; the slide says a* ≥ 0 and gives no μ",
    assumes=[Instances("weights", positive_weights, drops={"positive weights": with_two_zeros})],
    knobs={"largest": 2},
)


@claim.derive
def by_concavity(log: Any, knobs: Any) -> None:
    import sympy

    a = sympy.Symbol("a", nonnegative=True) if log.dropped else sympy.Symbol("a", positive=True)
    mu = sympy.Symbol("mu", positive=True)
    below = sympy.Symbol("nu", nonnegative=True)  # μ = largest − ν
    p, q, t = sympy.symbols("p q t", positive=True)
    total, squares, products = sympy.symbols("R Q E", real=True)  # of the other rows in one column: Σ P, Σ P², Σ over pairs

    before = products - mu * squares
    log.equal(before.subs(products, total**2 - squares), total**2 - (1 + mu) * squares, "a column of G is (Σ P)² − (1 + μ) Σ P²")
    after = products + 2 * p * total - mu * (squares + p**2)
    closed = (total + p) ** 2 - (1 + mu) * (squares + p**2)
    log.equal(after.subs(products, total**2 - squares), closed, "and one more row keeps this form")
    log.equal((sympy.Symbol("s", real=True) * sympy.sqrt(p)) ** 2, sympy.Symbol("s", real=True) ** 2 * p, "b = Σ ±√p_i b_i* has overlaps p")

    # a row with mass at i and at k can move either way: then G bends down, so it is no minimum
    other = sympy.Symbol("S", real=True)
    gaining = (total + p + t) ** 2 - (1 + mu) * (squares + (p + t) ** 2)
    losing = (other + q - t) ** 2 - (1 + mu) * (squares + (q - t) ** 2)
    for column in (gaining, losing):
        log.equal(sympy.diff(a * column, t, 2), -2 * mu * a, "moving mass into or out of a column of weight a: second derivative −2μa")
    log.positive(2 * mu * a, "so minima have every row at a vertex, n_i rows at ±b_i*")

    n = sympy.Symbol("n", nonnegative=True)
    value = n**2 - (1 + mu) * n
    log.equal(value + mu, (n - 1) * (n - mu), "a column with n rows exceeds a column with one row by a(n − 1)(n − μ)")
    log.positive(a * (value + mu).subs(n, 0), "an empty column costs aμ > 0")
    s = sympy.Symbol("s", nonnegative=True)
    crowded = (n - 1) * (n - (knobs.largest - below))
    log.nonnegative(sympy.expand(crowded.subs(n, 2 + s)), "a column with n = 2 + s rows costs nothing less than 0, for μ = largest − ν")
    # d rows in d columns that are not one each leave a column empty: every other vertex has a larger value


@claim.certify
def at_all_vertices(check: Any, knobs: Any) -> None:
    from theorycheck.network.landscape_minima import occupations, overlap_objective, vertex_overlaps

    for case in check.instances(16):
        weights, mu = case["weights"], knobs.largest * case["part"]
        d, least = len(weights), -mu * sum(weights)
        permutation = vertex_overlaps((1,) * d)
        if check.equal(least, overlap_objective(permutation, weights, mu), "G at a permutation is −μ Σ a") is False:
            return
        for counts in occupations(d, d):
            vertex = vertex_overlaps(counts)
            if max(counts) > 1 and check.less(least, overlap_objective(vertex, weights, mu), f"{counts} rows at the units") is False:
                return
        for _ in range(5):
            # G from its definition, at rational unit rows, for B* the reflection in a rational direction
            normal = unit_vector(check.rng, d)
            truth = [tuple(int(i == k) - 2 * normal[i] * normal[k] for k in range(d)) for i in range(d)]
            rows = [unit_vector(check.rng, d) for _ in range(d)]
            products = [[dot(star, row) for star in truth] for row in rows]
            direct = Fraction(0)
            for i, weight in enumerate(weights):
                pairs = sum(products[j][i] ** 2 * products[k][i] ** 2 for j in range(d) for k in range(d) if j != k)
                direct += weight * (pairs - mu * sum(products[j][i] ** 4 for j in range(d)))
            overlaps = [[x * x for x in line] for line in products]
            check.equal(overlap_objective(overlaps, weights, mu), direct, "G in overlaps and in rows")
            if any(max(line) < 1 for line in overlaps):
                check.less(least, direct, "G at rows that are no permutation")


@claim.simulate(quick={"starts": 12, "dimension": 6}, full={"starts": 50, "dimension": 20})
def by_descent(trial: Any, knobs: Any) -> None:
    """Runs that reach the least value are signed permutations, and no run goes below it."""
    settings = [
        {"dimension": trial.dimension, "mu": float(knobs.largest) * part, "ratio": ratio, "zeros": 2 if trial.dropped else 0, "start": i}
        for part in (0.2, 1.0)
        for ratio in (1.0, 10.0)
        for i in range(trial.starts)
    ]
    rows = trial.sweep(run, settings)
    lowest = min(r["excess"] for r in rows)
    trial.true(lowest > -1e-8, f"no run ends below −μ Σ a; the lowest is {lowest:.3g} above")
    reached = [r for r in rows if abs(r["excess"]) < 1e-12]
    apart = max((r["distance"] for r in reached), default=None)
    trial.true(apart is not None and apart < 1e-4, f"{len(reached)} of {len(rows)} runs reach that value, at most {apart} from B*")


def run(rng: Any, dimension: int, mu: float, ratio: float, zeros: int, start: int) -> dict[str, float]:
    """One descent from random unit rows: how far above −μ Σ a it ends, relative to the weights, and how far from B*."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective, match_rows
    from theorycheck.training.sphere_descent import sphere_descent

    truth = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    weights = np.where(np.arange(dimension) % 2, ratio, 1.0)
    weights[:zeros] = 0
    found = sphere_descent(lambda b: landscape_objective(b, truth, weights, mu), rng.standard_normal((dimension, dimension)), steps=1000)
    excess = (found.values[-1] + mu * weights.sum()) / weights.sum()
    return {"excess": float(excess), "distance": match_rows(found.rows, truth)[0]}


claim.mutant("two weights 0", by="derive", drop="positive weights")
claim.mutant("μ up to 3", by="derive", largest=3)
claim.mutant("two weights 0, at all vertices", by="certify", drop="positive weights")
claim.mutant("μ up to 3, at all vertices", by="certify", largest=3)
claim.mutant("two weights 0, by descent", by="simulate", drop="positive weights")
claim.mutant("μ up to 4, by descent", by="simulate", largest=4)
