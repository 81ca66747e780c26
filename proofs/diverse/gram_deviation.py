"""How far the Gram matrix of given weights is from that of uniform weights, against the discrepancy of the weights."""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

FAMILIES = ("uniform", "antipodal", "hemisphere", "20 clusters", "5 clusters", "1 clusters")

claim = Claim(
    "diverse/gram-deviation",
    title="The discrepancy controls the distance to the Gram matrix of uniform weights",
    source=Source(deck="000", slide="Bounding the second term", arxiv="1611.03131", note="Lemma 7"),
    kind="upper bound",
    statement=r"\|G - G_n\| \le O(\rho(L_2(W))),\quad \rho = \frac{m\,L_2(W)}{\sqrt d}",
    reading="spectral norm, inputs uniform on the sphere, the O with constant 1; the paper's ρ(W) has this term times log d, and "
    "others with L_∞(W). Seeded trials over kinds of weights: uniform, antipodal pairs, a hemisphere, clusters",
    knobs={"constant": 1.0, "power": 0.5, "measure": "discrepancy"},
)


def deviation(rng: Any, family: str, dimension: int, units: int, samples: int) -> dict[str, float]:
    """‖G − G_n‖ and L_2(W) for random weights of a family and uniform inputs."""
    import numpy as np
    from sphere_gram import gram_pair, weights

    from theorycheck.sphere.discrepancy import square_discrepancy
    from theorycheck.sphere.sampling import uniform_points

    w = weights(rng, family, units, dimension)
    limit, found = gram_pair(w, uniform_points(rng, samples, dimension))
    return {"deviation": float(np.abs(np.linalg.eigvalsh(limit - found)).max()), "discrepancy": square_discrepancy(w) ** 0.5}


@claim.simulate(
    quick={"dimensions": (5, 20, 50), "widths": (100, 400), "samples": (100,), "runs": 1},
    full={"dimensions": (5, 10, 20, 50, 100), "widths": (50, 100, 200, 400, 800), "samples": (100, 300, 1000), "runs": 3},
)
def over_kinds_of_weights(trial: Any, knobs: Any) -> None:
    settings = [
        {"family": family, "dimension": d, "units": n, "samples": m}
        for d in trial.dimensions for n in trial.widths for m in trial.samples for family in FAMILIES for _ in range(trial.runs)
    ]  # fmt: skip
    rows = trial.sweep(deviation, settings)
    points = []
    for d in trial.dimensions:
        ratios = []
        for row in (r for r in rows if r["dimension"] == d):
            size = row["discrepancy"] if knobs.measure == "discrepancy" else (0.187 / row["units"]) ** 0.5  # the mean of uniform weights
            scale = row["samples"] * size / d**knobs.power
            ratios.append(row["deviation"] / scale)
            points.append(
                {"discrepancy": row["discrepancy"], "deviation over m": row["deviation"] / row["samples"], "weights": row["family"], "d": d}
            )
        text = f"d = {d}: ‖G − G_n‖ is {min(ratios):.3g} to {max(ratios):.3g} times m·{knobs.measure}/d^{knobs.power:g}"
        trial.true(max(ratios) <= knobs.constant, f"{text}, at most {knobs.constant:g}")
    title = "Distance of G_n from G over m, against the discrepancy"
    how = {"x": "discrepancy", "y": "deviation over m", "by": "weights", "log": "xy", "kind": "points"}
    trial.figure("gram-deviation", points, title=title, **how)


claim.mutant("a fifth of the bound", constant=0.2)
claim.mutant("one over d", power=1.0)
claim.mutant("whatever the weights are", measure="width")
