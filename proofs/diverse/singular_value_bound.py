"""A lower bound of the least singular value of D by the spectrum of the kernel and the discrepancy of the weights.

It goes one way only: antipodal weights have a smaller discrepancy than uniform ones, and a smaller s_m.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Source

FAMILIES = ("uniform", "antipodal", "hemisphere", "20 clusters", "5 clusters", "1 clusters")

claim = Claim(
    "diverse/singular-value-bound",
    title="Small discrepancy keeps the least singular value away from zero",
    source=Source(deck="000", slide="A bound on the minimum singular value", arxiv="1611.03131", note="Lemma 5"),
    kind="lower bound",
    statement=r"s_m(D)^2 \ge \frac{n\,m\,\gamma_m}{2} - c\,n\,\rho(L_2(W))",
    reading="inputs uniform on the sphere of dimension d ≥ 5; ρ(L_2) = L_2 and c = 2: more than the paper says, whose ρ(W) has the term "
    "m L_2 log d/√d and others. Seeded trials over kinds of weights. No converse: a smaller discrepancy need not mean a larger s_m",
    knobs={"cost": 2.0, "share": Fraction(1, 2), "ordered": False},
)


def least_singular_value(rng: Any, family: str, dimension: int, units: int, samples: int) -> dict[str, float]:
    """s_m(D)², L_2(W) and γ_m for random weights of a family and uniform inputs."""
    import numpy as np
    from sphere_gram import gram_pair, weights

    from theorycheck.sphere.discrepancy import square_discrepancy
    from theorycheck.sphere.sampling import uniform_points
    from theorycheck.sphere.spectrum import largest_eigenvalue

    w = weights(rng, family, units, dimension)
    gram = gram_pair(w, uniform_points(rng, samples, dimension))[1]
    square = units * float(np.linalg.eigvalsh(gram)[0])
    return {"square": max(square, 0.0), "discrepancy": square_discrepancy(w) ** 0.5, "gamma": largest_eigenvalue(samples, dimension)}


@claim.simulate(
    quick={"shapes": ((20, 200, 100), (50, 200, 100), (10, 100, 100)), "runs": 2},
    full={"shapes": ((5, 100, 300), (10, 100, 100), (20, 200, 100), (50, 400, 300), (100, 400, 300), (100, 100, 3000)), "runs": 5},
)
def over_kinds_of_weights(trial: Any, knobs: Any) -> None:
    """The last shape of the full scale is that of Figure 4 of the paper."""
    settings = [
        {"family": family, "dimension": d, "units": n, "samples": m}
        for d, n, m in trial.shapes for family in FAMILIES for _ in range(trial.runs)
    ]  # fmt: skip
    rows = trial.sweep(least_singular_value, settings)
    points, antipodal = [], []
    for d, n, m in trial.shapes:
        here = [row for row in rows if (row["dimension"], row["units"], row["samples"]) == (d, n, m)]
        gains = [row["square"] - n * (float(knobs.share) * m * row["gamma"] - knobs.cost * row["discrepancy"]) for row in here]
        needed = max((n * m * row["gamma"] / 2 - row["square"]) / (n * row["discrepancy"]) for row in here)
        text = f"d = {d}, n = {n}, m = {m}: s_m² exceeds the bound by {min(gains):.3g} at least; c = {max(needed, 0):.2g} would do"
        trial.true(min(gains) >= 0, text)
        mean = {
            family: [sum(row[key] for row in here if row["family"] == family) / trial.runs for key in ("discrepancy", "square")]
            for family in ("uniform", "antipodal")
        }
        smaller = mean["antipodal"][0] < mean["uniform"][0]
        antipodal.append(smaller and mean["antipodal"][1] < mean["uniform"][1])
        if knobs.ordered:
            text = (
                f"d = {d}, n = {n}, m = {m}: mean L_2 and s_m² are {mean['uniform']} for uniform, {mean['antipodal']} for antipodal weights"
            )
            trial.true(smaller == (mean["antipodal"][1] > mean["uniform"][1]), text)
        for row in here:
            point = {"discrepancy": row["discrepancy"], "square over nm": row["square"] / (n * m), "weights": row["family"]}
            points.append({**point, "d": d, "n": n, "m": m})
    if not knobs.ordered:
        text = f"in {sum(antipodal)} of {len(antipodal)} shapes antipodal weights have a smaller L_2 than uniform ones and a smaller s_m"
        trial.true(any(antipodal), text)
    title = "Least singular value against the discrepancy of the weights"
    how = {"x": "discrepancy", "y": "square over nm", "by": "weights", "log": "x", "kind": "points"}
    trial.figure("least-singular-value", points, title=title, **how)


claim.mutant("no price for discrepancy", cost=0.0)
claim.mutant("four times the spectrum's share", share=2)
claim.mutant("smaller discrepancy means larger s_m", ordered=True)
