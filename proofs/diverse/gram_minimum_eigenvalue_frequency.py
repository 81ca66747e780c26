"""How often the least eigenvalue of the Gram matrix is at least half of mγ_m, over dimensions and numbers of points."""

from __future__ import annotations

from typing import Any

from gram_minimum_eigenvalue import event

from theorycheck.claims import Claim, Source

claim = Claim(
    "diverse/gram-minimum-eigenvalue-frequency",
    title="How often λ_m(G) ≥ m γ_m/2 over dimensions and numbers of points",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="Lemma 6"),
    kind="observation",
    statement=r"\lambda_m(G) \ge m\,\gamma_m/2\ \text{nearly always for } d \ge 10;\ \text{never for } d = 2,\ m \ge 100",
    reading="uniform points; nearly always: in at least nine of ten runs for every m that was tried from 30 on; at d = 3 it happens less "
    "often at the largest m than at the smallest",
    origin="theorycheck",
    knobs={"least": 10, "share": 1.0, "circle": 0.0},
)


@claim.simulate(
    quick={"dimensions": (2, 3, 10, 20), "points": (10, 100, 300), "runs": 12},
    full={"dimensions": (2, 3, 4, 5, 6, 10, 20, 50, 100), "points": (10, 30, 100, 300, 1000), "runs": 50},
)
def over_dimensions(trial: Any, knobs: Any) -> None:
    """share scales the bound: 1 for mγ_m/2."""
    settings = [{"dimension": d, "points": m} for d in trial.dimensions for m in trial.points for _ in range(trial.runs)]
    rows = trial.sweep(event, settings)
    cells, shares = [], {}
    for d in trial.dimensions:
        for m in trial.points:
            found = sorted(row["quotient"] for row in rows if (row["dimension"], row["points"]) == (d, m))
            shares[d, m] = sum(quotient >= knobs.share for quotient in found) / len(found)
            cells.append({"d": d, "m": m, "frequency": shares[d, m], "median of λ_m over mγ_m/2": found[len(found) // 2]})
    for d in trial.dimensions:
        listed = ", ".join(f"{shares[d, m]:.2g} at m = {m}" for m in trial.points)
        if d >= knobs.least:
            trial.true(min(shares[d, m] for m in trial.points if m >= 30) >= 0.9, f"d = {d}: {listed}")
        elif d == 2:
            trial.true(max(shares[d, m] for m in trial.points if m >= 100) <= knobs.circle, f"d = 2: {listed}")
        elif d == 3:
            trial.true(shares[d, trial.points[-1]] < shares[d, trial.points[0]], f"d = 3: {listed}")
    title = "How often λ_m(G) ≥ m γ_m/2 for m uniform points of S^(d−1)"
    trial.figure("gram-frequency", cells, x="m", y="d", by="frequency", kind="heatmap", title=title)


claim.mutant("nearly always in every dimension", least=2)
claim.mutant("thirty times the bound", share=30.0)
claim.mutant("any positive eigenvalue counts", share=0.0)
