"""Does f_2 have spurious local minima for unit rows and general weights? None was found; no proof is known to us.

The search minimises f_2 from random starts for random unit targets, and judges every end by its value, gradient and Hessian.
"""

from __future__ import annotations

from typing import Any

from tensor_components import descend, value_and_gradient

from theorycheck.claims import Claim, Source

claim = Claim(
    "landscape/component-two-general",
    title="No spurious local minimum of f_2 for unit rows and general weights",
    source=Source(deck="001", slide="An Analytic Formula", arxiv="1711.00501", note="the slide puts a question mark"),
    kind="implication",
    statement=r"\|b_i\| = \|b_i^\star\| = 1,\ a = a^\star > 0:\quad \text{every local minimum } B \text{ of } f_2 \text{ has } f_2 = 0",
    finding="open",
    why="computed searches only: no spurious minimum was found, and the proofs known to us need free rows, or B* = I with equal weights",
    knobs={"degree": 2},
)

#: An end with a value above this is not global; with a gradient below it, critical.
SMALL = 1e-6


def search(rng: Any, degree: int, units: int, dimension: int, spread: float) -> dict[str, float]:
    """One random problem and one random start: where descent ends."""
    import numpy as np

    weights = np.exp(spread * rng.uniform(-1, 1, units))
    target = rng.standard_normal((units, dimension))
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    value, slope, rows = descend(degree, weights, target, weights, rng.standard_normal((units, dimension)), True, 2000)
    curvature = least_curvature(degree, weights, target, rows) if value > SMALL else 0.0
    return {"value": value, "gradient": slope, "curvature": curvature}


def least_curvature(degree: int, weights: Any, target: Any, rows: Any) -> float:
    """The least eigenvalue of the Hessian of f_k on the product of spheres, by central differences of the gradient along great circles."""
    import numpy as np

    units, dimension = rows.shape
    frames = [np.linalg.svd(row[None, :])[2][1:] for row in rows]
    tangents = [(i, v) for i in range(units) for v in frames[i]]

    def projected(moved: Any) -> Any:
        gradient = value_and_gradient(degree, weights, target, weights, moved)[1]
        return gradient - (gradient * moved).sum(axis=1, keepdims=True) * moved

    step = 1e-5
    hessian = np.empty((len(tangents), len(tangents)))
    for column, (i, v) in enumerate(tangents):
        ends = []
        for sign in (1, -1):
            moved = rows.copy()
            moved[i] = np.cos(step) * rows[i] + sign * np.sin(step) * v
            ends.append(projected(moved))
        change = (ends[0] - ends[1]) / (2 * step)
        hessian[:, column] = [change[j] @ w for j, w in tangents]
    return float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[0]) if dimension > 1 else 0.0


@claim.simulate(
    quick={"starts": 4, "shapes": ((2, 2), (3, 3), (4, 3), (3, 4))},
    full={"starts": 40, "shapes": ((2, 2), (3, 3), (4, 3), (3, 4), (6, 4), (5, 5), (8, 8), (12, 6))},
)
def searches(trial: Any, knobs: Any) -> None:
    settings = [
        {"degree": knobs.degree, "units": units, "dimension": dimension, "spread": spread}
        for units, dimension in trial.shapes
        for spread in (0.2, 1.5)
        for _ in range(trial.starts)
    ]
    rows = trial.sweep(search, settings)
    spurious = [row for row in rows if row["value"] > SMALL and row["gradient"] < SMALL and row["curvature"] > SMALL]
    worst = max(row["value"] for row in rows)
    found = f"{len(spurious)} of {len(rows)} searches ended in a strict local minimum that is not global; the largest value is {worst:.2g}"
    trial.true(False if spurious else None, found)
    trial.figure(
        "component-two-ends",
        [{"search": number, "value": max(row["value"], 1e-16)} for number, row in enumerate(sorted(rows, key=lambda r: r["value"]))],
        x="search", y="value", log="y", kind="points", title="values at which the searches end, sorted",
    )  # fmt: skip


claim.mutant("f_3 instead of f_2", by="simulate", degree=3)
