"""All local minima of G are global? Not as printed, with a* ≥ 0 and no range for μ.

For μ > 1 two rows on one unit, with one unit left out, are a strict local minimum. For μ = 0 and a* = (1, 1, 2/5) so are rows
b_3*, b_3* and (b_1* + b_2*)/√2, where G = 4/5 against 0.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import Any

from theorycheck.claims import Claim, Instances, Source

HALF = Fraction(1, 2)
#: Overlaps of the rows b_3*, b_3*, (b_1* + b_2*)/√2.
SPLIT = ((0, 0, 1), (0, 0, 1), (HALF, HALF, 0))


def problems(rng: Any, count: int) -> Any:
    """Weights a* ≥ 0, and μ as a part of the largest in question; the light third weight first."""
    special = [
        ((1, 1, Fraction(2, 5)), Fraction(0)),
        ((1, 1), Fraction(1)),
        ((1, 0), Fraction(1)),
        ((3, 2, 0, 0), Fraction(1, 2)),
        ((1, 1, 1, 1), Fraction(1)),
        ((1, 1, 1), Fraction(0)),
    ]
    for number in range(count):
        if number < len(special):
            weights, part = special[number]
            yield {"weights": tuple(map(Fraction, weights)), "part": part}
        else:
            weights = tuple(Fraction(int(n), 4) for n in rng.integers(0, 17, int(rng.integers(2, 5))))
            if any(weights):
                yield {"weights": weights, "part": Fraction(int(rng.integers(1, 17)), 16)}


claim = Claim(
    "landscape/objective-local-minima",
    title="All local minima of G are global minima",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="part 3"),
    kind="implication",
    statement=r"a^\star \ge 0,\ B^\star \text{ orthogonal} \implies"
    r" \text{every local minimum of } G \text{ over unit rows is a global minimum}",
    reading="for every μ ≥ 0, since the slide names no range; here μ up to 3. The paper asks for a* > 0 and a small μ > 0",
    assumes=[Instances("weights and μ", problems)],
    finding="refuted",
    knobs={"zero": True, "largest": 3},
)


@claim.certify
def by_exact_conditions(check: Any, knobs: Any) -> None:
    from theorycheck.network.landscape_minima import is_local_minimum, occupations, overlap_objective, vertex_overlaps
    from theorycheck.verdict import proved, refuted, undecided

    for case in check.instances(16):
        weights, mu = case["weights"], knobs.largest * case["part"]
        if mu == 0 and not knobs.zero:
            continue
        d = len(weights)
        vertices = [vertex_overlaps(counts) for counts in occupations(d, d)]
        least = min(overlap_objective(p, weights, mu) for p in vertices)  # G is concave in each row: the minimum is at a vertex
        inside = [[[Fraction(int(n), int(row.sum())) for n in row] for row in check.rng.integers(0, 3, (d, d)) + shift] for shift in (1, 2)]
        for point in chain(vertices, inside, [SPLIT] if d == 3 else []):
            value = overlap_objective(point, weights, mu)
            if value == least:
                continue
            found = is_local_minimum(point, weights, mu)
            text = "(" + "; ".join(" ".join(map(str, row)) for row in point) + ")"
            if found:
                told = f"squared overlaps {text}: a local minimum with G = {value}, the least value is {least}"
                witness = f"a = ({', '.join(map(str, weights))}), μ = {mu}, overlaps {text}"
                check.true(refuted(told, witness=witness), "local minima are global")
                return
            told = "no local minimum, by first- and second-order conditions"
            check.true(proved(told) if found is False else undecided(f"{text} is a degenerate point"), f"μ = {mu}, overlaps {text}")


@claim.simulate(quick={"starts": 20, "dimension": 6}, full={"starts": 300, "dimension": 20})
def by_descent(trial: Any, knobs: Any) -> None:
    settings = [
        {"dimension": trial.dimension, "mu": knobs.largest * part, "light": 0.5, "near": 0.0, "start": i}
        for part in (0.3, 0.9)
        for i in range(trial.starts)
    ]
    if knobs.zero:
        settings += [{"dimension": 3, "mu": 0.0, "light": 0.4, "near": 0.05, "start": i} for i in range(trial.starts)]
    rows = trial.sweep(run, settings)
    worst = max(rows, key=lambda r: r["excess"])
    stuck = sum(r["excess"] > 1e-3 for r in rows)
    label = f"{stuck} of {len(rows)} descents end above the least value of G, the worst by {worst['excess']:.3g} at μ = {worst['mu']:.2g}"
    trial.true(stuck == 0, label)
    trial.figure(
        "objective-local-minima-ends",
        [{"mu": f"{r['mu']:.2g}", "start": r["start"], "excess": max(r["excess"], 1e-16)} for r in rows],
        x="start",
        y="excess",
        by="mu",
        log="y",
        kind="points",
        title="where descents end: G above its least value, by μ",
    )


def run(rng: Any, dimension: int, mu: float, light: float, near: float, start: int) -> dict[str, float]:
    """One descent; `near` > 0 starts at that distance from the rows b_3*, b_3*, (b_1* + b_2*)/√2, otherwise at random."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective
    from theorycheck.training.sphere_descent import sphere_descent

    truth = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    weights = np.ones(dimension)
    weights[-1] = light
    begin = rng.standard_normal((dimension, dimension))
    if near:
        begin = np.sqrt(np.array(SPLIT, dtype=float)) @ truth + near * begin
    found = sphere_descent(lambda b: landscape_objective(b, truth, weights, mu), begin)
    return {"excess": found.values[-1] + mu * float(weights.sum())}  # the permutations are least as long as 1/light < μ/(μ − 2) or μ ≤ 2


claim.control("0 < μ ≤ 1", zero=False, largest=1)
claim.mutant("μ = 0 allowed, nothing above 1", by="certify", largest=1)
claim.mutant("0 < μ ≤ 3/2", by="certify", zero=False, largest=Fraction(3, 2))
claim.mutant("μ = 0 allowed, nothing above 1, by descent", by="simulate", largest=1)
claim.mutant("0 < μ ≤ 2, by descent", by="simulate", zero=False, largest=2)
