"""All local minima of G are global exactly when μ ≤ 1, for any positive weights.

Local minima sit at vertices, n_i rows at ±b_i*, because G is strictly concave in each row. A row leaves a crowded unit for an empty one
with slope 2a_i(1 + μ − n_i): downhill for μ < 1, downhill at second order for μ = 1, and uphill for μ > 1 and n_i = 2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def problems(rng: Any, count: int) -> Any:
    """Positive weights, and how far below or above the threshold μ is; the threshold itself and close to it first."""
    special = [
        ((1, 1), Fraction(0)),
        ((1, 1), Fraction(1, 1000)),
        ((100, 1, 10), Fraction(0)),
        ((1, 1, 1), Fraction(-999, 1000)),
        ((1, 2, 3, 4), Fraction(2)),
    ]
    for number in range(count):
        if number < len(special):
            weights, offset = special[number]
            yield {"weights": tuple(map(Fraction, weights)), "offset": offset}
        else:
            weights = tuple(Fraction(int(n), 4) for n in rng.integers(1, 17, int(rng.integers(2, 6))))
            yield {"weights": weights, "offset": Fraction(int(rng.integers(-15, 16)), 16)}


claim = Claim(
    "landscape/objective-local-minima-sharp",
    title="All local minima of G are global exactly for μ ≤ 1",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="part 3, with the exact range"),
    kind="equality",
    statement=r"a^\star > 0,\ \mu > 0,\ d \ge 2:\quad \text{every local minimum of } G \text{ is global} \iff \mu \le 1",
    reading="over unit rows, B and B* of d rows, B* orthonormal; then the local minima are the signed permutations of B*",
    assumes=[Instances("weights and μ", problems)],
    origin="theorycheck",
    knobs={"threshold": 1},
)


@claim.derive
def by_concavity_and_slopes(log: Any, knobs: Any) -> None:
    import sympy

    a, b, mu, t = sympy.symbols("a b mu t", positive=True)
    p, q = sympy.symbols("p q", positive=True)
    total, other, squares = sympy.symbols("R S Q", real=True)
    gaining, losing = (r + x + sign * t for r, x, sign in ((total, p, 1), (other, q, -1)))
    moved = a * (gaining**2 - (1 + mu) * (squares + (p + t) ** 2)) + b * (losing**2 - (1 + mu) * (squares + (q - t) ** 2))
    log.equal(sympy.diff(moved, t, 2), -2 * mu * (a + b), "a row with mass at two units may move both ways, and G bends down")
    log.positive(2 * mu * (a + b), "so local minima have all rows at vertices")
    # a row of squared overlaps p lifts to b = Σ ±√p_i b_i*: paths in the simplex are paths on the sphere

    n, m = sympy.symbols("n m", nonnegative=True)
    start = a * (n**2 - (1 + mu) * n) + b * (m**2 - (1 + mu) * m)
    left = a * ((n - t) ** 2 - (1 + mu) * (n - 1 + (1 - t) ** 2)) + b * ((m + t) ** 2 - (1 + mu) * (m + t**2))
    slope = 2 * (b * m - a * (n - 1 - mu))
    log.equal(left - start, slope * t - mu * (a + b) * t**2, "moving t of a row from n rows to m rows: slope 2(bm − a(n − 1 − μ))")

    above, below = sympy.symbols("s nu", nonnegative=True)
    crowded = (n - 1 - (knobs.threshold - below)).subs(n, 2 + above)
    log.nonnegative(crowded, "μ = threshold − ν: from n = 2 + s rows to an empty unit the slope is −2a(n − 1 − μ) ≤ 0")
    log.positive(mu * (a + b) * t**2, "and the second order is negative: a vertex with an empty unit is no local minimum")
    log.positive(slope.subs({n: 1, m: 1}), "at a permutation every slope is positive, and all permutations have the value −μ Σ a")

    beyond = sympy.Symbol("omega", positive=True)
    past = {mu: knobs.threshold + beyond}
    for many, few, name in ((2, 0, "two rows to the empty unit"), (2, 1, "two rows to one"), (1, 0, "one row to the empty unit")):
        log.positive(sympy.expand(slope.subs({n: many, m: few}).subs(past)), f"μ = threshold + ω: the slope from {name}")
    for many, few, name in ((1, 2, "one row to two"), (1, 1, "one row to one")):
        log.positive(sympy.expand(slope.subs({n: many, m: few})), f"the slope from {name}")
    least, bound = sympy.symbols("l c", positive=True)
    log.positive(least * t - bound * t**2, "positive slopes outweigh the quadratic part near a vertex: strict", on=(t, 0, least / bound))
    more = sympy.Symbol("delta", nonnegative=True)
    excess = a * (2**2 - (1 + mu) * 2) - b * 0 - (-mu * a - mu * b)
    log.positive(sympy.expand(excess.subs(b, a + more)), "two rows on the lighter of two units: above the permutations, so spurious")


@claim.certify
def by_exact_conditions(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck.network.landscape_minima import (
        is_local_minimum,
        occupations,
        overlap_objective,
        vertex_is_local_minimum,
        vertex_overlaps,
    )

    for case in check.instances(14):
        weights, mu = case["weights"], knobs.threshold + case["offset"]
        if mu <= 0:
            continue
        d = len(weights)
        minima = [counts for counts in occupations(d, d) if vertex_is_local_minimum(counts, weights, mu)]
        values = {overlap_objective(vertex_overlaps(counts), weights, mu) for counts in minima}
        least = min(overlap_objective(vertex_overlaps(counts), weights, mu) for counts in occupations(d, d))
        spurious = sum(value > least for value in values)
        if case["offset"] <= 0:
            if check.equal(0, spurious, f"μ = {mu}: values of local minima above the least value") is False:
                return
            check.true((1,) * d in minima and len(minima) == 1, f"μ = {mu}: the permutations are the only local minima")
        elif check.less(0, spurious, f"μ = {mu}: there is a spurious local minimum") is False:
            return
        for _ in range(3):
            rows = [[Fraction(int(n), int(row.sum())) for n in row] for row in check.rng.integers(1, 4, (d, d))]
            check.equal(0, int(is_local_minimum(rows, weights, mu) is not False), "a point inside is no local minimum")
        # on the sphere: two rows at b_1*, none at b_2*, one row turning by an angle
        with mpmath.workdps(40):
            found = mpmath.diff(lambda angle, w=weights, m=mu: turned(w, m, angle), 0, 2)
            stated = mpmath.mpmathify(4 * weights[0] * (mu - 1))
        check.equal(stated, found, "the curvature of G where a row leaves a pair is 4a(μ − 1)", digits=12)


def turned(weights: tuple[Fraction, ...], mu: Fraction, angle: Any) -> Any:
    """G in the plane of b_1* and b_2*, from its definition, for the rows b_1* and cos(angle) b_1* + sin(angle) b_2*."""
    import mpmath

    rows = ((mpmath.mpf(1), mpmath.mpf(0)), (mpmath.cos(angle), mpmath.sin(angle)))
    total = mpmath.mpf(0)
    for i in range(2):
        pairs = 2 * rows[0][i] ** 2 * rows[1][i] ** 2
        total += mpmath.mpmathify(weights[i]) * (pairs - mpmath.mpmathify(mu) * (rows[0][i] ** 4 + rows[1][i] ** 4))
    return total


@claim.simulate(
    quick={"starts": 20, "dimension": 8, "grid": (0.01, 0.5, 0.9, 1.5)},
    full={"starts": 100, "dimension": 20, "grid": (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 3.0)},
)
def by_descent(trial: Any, knobs: Any) -> None:
    settings = [
        {"dimension": trial.dimension, "mu": float(knobs.threshold) * ratio, "ratio": ratio, "uneven": uneven, "start": i}
        for uneven in (0, 1)
        for ratio in trial.grid
        for i in range(trial.starts)
    ]
    rows = trial.sweep(run, settings)
    points = []
    for uneven in (0, 1):
        for ratio in trial.grid:
            mine = [r for r in rows if r["uneven"] == uneven and r["ratio"] == ratio]
            mu, name = mine[0]["mu"], ("all 1", "1/2 to 2")[uneven]
            points.append({"mu": mu, "recovered": sum(r["distance"] < 1e-5 for r in mine) / len(mine), "weights": name})
            stuck = sum(r["distance"] > 1e-3 for r in mine)
            text = f"μ = {mu:.3g}, weights {name}: {stuck} of {len(mine)} descents end elsewhere than at B*"
            trial.true(stuck == 0 if ratio < 1 else stuck > 0, text)
    trial.figure(
        "objective-local-minima-sharp-recovery",
        points,
        x="mu",
        y="recovered",
        by="weights",
        title="share of random starts from which descent on G finds B*",
    )


def run(rng: Any, dimension: int, mu: float, ratio: float, uneven: int, start: int) -> dict[str, float]:
    """A descent from random unit rows, and again from beside its end; the weights are 1, or uniform between 1/2 and 2."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective, match_rows
    from theorycheck.training.sphere_descent import sphere_descent

    truth = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    weights = rng.uniform(0.5, 2, dimension) if uneven else np.ones(dimension)
    start_rows = rng.standard_normal((dimension, dimension))
    for _ in range(2):  # a descent may come to rest at a saddle: a step aside leaves it, and returns to a minimum
        found = sphere_descent(lambda b: landscape_objective(b, truth, weights, mu), start_rows)
        start_rows = found.rows + 0.01 * rng.standard_normal((dimension, dimension))
    return {"distance": match_rows(found.rows, truth)[0]}


claim.mutant("exactly for μ ≤ 2", by="derive", threshold=2)
claim.mutant("exactly for μ ≤ 1/2", by="derive", threshold=Fraction(1, 2))
claim.mutant("exactly for μ ≤ 2, certified", by="certify", threshold=2)
claim.mutant("exactly for μ ≤ 1/2, certified", by="certify", threshold=Fraction(1, 2))
claim.mutant("exactly for μ ≤ 2, by descent", by="simulate", threshold=2)
claim.mutant("exactly for μ ≤ 1/2, by descent", by="simulate", threshold=Fraction(1, 2))
