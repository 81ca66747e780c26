"""The simple case μ = 0, a* = 1 of Ge, Huang, Jin & Yuan: all local minima of G are the signed permutations.

In squared overlaps G = Σ_i (S_i² − Σ_j P_ji²), S_i = Σ_j P_ji, is linear in each row. A cycle of rows and units that share mass gives a
direction of negative curvature, so at a local minimum who shares what is a forest; its leaves then force every row to stand alone.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def points(rng: Any, count: int) -> Any:
    """Rows of squared overlaps: each uniform on a set of units, in dimension 2 and 3 all of them; then random ones.

    With weights that are not 1 the first of dimension 3 may be a minimum: two rows at the last unit, one between the others.
    """
    half = Fraction(1, 2)
    yield ((Fraction(0), Fraction(0), Fraction(1)),) * 2 + ((half, half, Fraction(0)),)
    for d in (2, 3):
        sets = [s for size in range(1, d + 1) for s in combinations(range(d), size)]
        for chosen in product(sets, repeat=d):
            yield tuple(tuple(Fraction(int(i in s), len(s)) for i in range(d)) for s in chosen)
    for _ in range(count):
        d = int(rng.integers(2, 6))
        parts = rng.integers(0, 4, (d, d))
        parts[range(d), rng.integers(0, d, d)] += 1
        yield tuple(tuple(Fraction(int(n), int(row.sum())) for n in row) for row in parts)


claim = Claim(
    "landscape/simple-case",
    title="With μ = 0 and equal weights all local minima of G are global",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="Ge, Huang, Jin & Yuan, COLT 2015"),
    kind="implication",
    statement=r"\mu = 0,\ a^\star = 1 \implies \text{the local minima of } G \text{ over unit rows are } DP B^\star,\ D_{ii} = \pm1,"
    r"\text{ and there } G = 0",
    reading="B and B* have d ≥ 2 rows, B* orthonormal; G is a sum of squares, so these are its global minima",
    assumes=[Instances("squared overlaps", points)],
    knobs={"last": 1},
)


@claim.derive
def by_forests(log: Any, knobs: Any) -> None:
    """`last` is the weight of the last unit, the others weigh 1."""
    import sympy

    t = sympy.Symbol("t", positive=True)
    p, q, rest, total = sympy.symbols("p q R T", nonnegative=True)
    last = sympy.sympify(knobs.last)
    log.positive(last, "the weight of the last unit")

    # one column, two rows of it and the sum of the others; Q is the sum of their squares
    squares = sympy.Symbol("Q", nonnegative=True)
    column = (rest + p + q) ** 2 - squares - p**2 - q**2
    log.zero(sympy.diff(column, p, 2), "G is linear in each row")
    log.equal(sympy.diff(column, p), 2 * (rest + q), "with slope 2(S_i − P_ji): the mass of the other rows")
    swapped = column.subs({p: p + t, q: q - t}, simultaneous=True)
    log.equal(sympy.diff(swapped, t, 2), -4, "along a cycle every column gives t to one row and takes it from another: curvature −4")
    # first order vanishes there, for mass is held at both ends: at a local minimum the rows and units that share mass form a forest
    log.cite("leaf-of-a-tree")

    # row j holds mass only where a_i(S_i − P_ji) is least; call that m_j. A leaf is a unit or a row. If it is a unit, S_i = P_ji for its
    # row j, so m_j = 0 and j shares no unit. If it is a row j, P_ji = 1, and it shares its unit i with k, then m_k = a_i(S_i − P_ki) ≥ a_i;
    # but m_k/a_l ≤ S_l − P_kl for every unit l, and these sum to d − 1
    d = 2 + sympy.Symbol("s", nonnegative=True)
    inverses = d - 1 + 1 / last
    for weight, which in ((sympy.S.One, "of weight 1"), (last, "the last")):
        log.positive(sympy.simplify(weight * inverses - (d - 1)), f"unit {which}: a_i Σ 1/a_l > d − 1, so it is not shared with a leaf")
    # so every tree is one row with its units: d rows with disjoint units, one each
    log.nonnegative((rest + total) ** 2 - rest**2 - total**2, "G ≥ 0, with equality when rows share no unit")
    log.positive(2 * last, "at a permutation moving mass to a unit of weight a has slope 2a: a strict local minimum")


@claim.certify
def by_exact_conditions(check: Any, knobs: Any) -> None:
    from theorycheck.network.landscape_minima import is_local_minimum, overlap_objective
    from theorycheck.verdict import proved, refuted, undecided

    for overlaps in check.instances(500):
        d = len(overlaps)
        weights = (*[Fraction(1)] * (d - 1), Fraction(knobs.last))
        value = overlap_objective(overlaps, weights, 0)
        permutation = all(max(row) == 1 for row in overlaps) and all(sum(column) == 1 for column in zip(*overlaps, strict=True))
        found = is_local_minimum(overlaps, weights, 0)
        verdict = undecided("the conditions of first and second order leave it open")
        if found is not None:
            said = "a local minimum" if found else "no local minimum"
            good = found == permutation and (value == 0) == permutation
            told = f"{said} with G = {value}"
            verdict = proved(told) if good else refuted(told, witness=f"overlaps {'; '.join(' '.join(map(str, row)) for row in overlaps)}")
        if check.true(verdict, "a local minimum exactly at permutations, where G = 0") is False:
            return


@claim.simulate(quick={"starts": 20, "dimensions": (4, 10), "small": 150}, full={"starts": 100, "dimensions": (10, 20, 50), "small": 2000})
def by_descent(trial: Any, knobs: Any) -> None:
    """Random starts in several dimensions; many in dimension 3, where a light unit first makes trouble."""
    settings = [{"dimension": 3, "last": float(knobs.last), "start": i} for i in range(trial.small)]
    settings += [{"dimension": d, "last": float(knobs.last), "start": i} for d in trial.dimensions for i in range(trial.starts)]
    rows = trial.sweep(run, settings)
    stuck = [r for r in rows if r["value"] > 1e-6]
    trial.true(not stuck, f"{len(stuck)} of {len(rows)} descents end with G > 0")
    worst = max(r["distance"] for r in rows)
    trial.true(worst < 1e-3, f"all end at signed permutations of B*, at most {worst:.2g} away")
    curves = trial.sweep(course, [{"dimension": trial.dimensions[-1], "mu": mu} for mu in (0.0, 0.5)], label="courses")
    points = [
        {"step": step, "excess": max(value, 1e-16), "mu": f"{curve['mu']:g}"}
        for curve in curves
        for step, value in enumerate(curve["excess"])
    ]
    title = "G above its least value along a descent, by μ"
    trial.figure("simple-case-courses", points, x="step", y="excess", by="mu", log="y", title=title)


def run(rng: Any, dimension: int, last: float, start: int) -> dict[str, float]:
    """One descent from random unit rows."""
    found, truth = descended(rng, dimension, last, 0.0)

    from theorycheck.network.landscape_objective import match_rows

    return {"value": found.values[-1], "distance": match_rows(found.rows, truth)[0]}


def course(rng: Any, dimension: int, mu: float) -> dict[str, list[float]]:
    """The values of G along a descent, above the least value."""
    found, _ = descended(rng, dimension, 1.0, mu)
    return {"excess": [value + mu * dimension for value in found.values]}


def descended(rng: Any, dimension: int, last: float, mu: float) -> tuple[Any, Any]:
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective
    from theorycheck.training.sphere_descent import sphere_descent

    truth = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    weights = np.ones(dimension)
    weights[-1] = last
    return sphere_descent(lambda b: landscape_objective(b, truth, weights, mu), rng.standard_normal((dimension, dimension))), truth


claim.mutant("one unit of weight 2/5", by="derive", last=Fraction(2, 5))
claim.mutant("one unit of weight 2/5, certified", by="certify", last=Fraction(2, 5))
claim.mutant("one unit of weight 1/5, by descent", by="simulate", last=Fraction(1, 5))
