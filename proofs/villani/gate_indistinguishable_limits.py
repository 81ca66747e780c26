"""Where “virtually indistinguishable” ends: at θ* of the order of ‖w*‖, and at the start w = 0.

Which of the two is nearer then depends on the law of the attack. Where labels are pushed upwards (ξ = θ*, or ξ of both signs) the filter
y > θ* passes little but poisoned ones, and modified SGD ends farther away. Where they are pushed downwards (ξ = −θ*) it keeps poisoned
labels out, and modified SGD ends nearer, until at θ* = 4‖w*‖ next to nothing passes. It looks at the label, true SGD at the input.
"""

from __future__ import annotations

from typing import Any

from gate_runs import MAGNITUDES, curves, mean_of, poisoned_run

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/gate-indistinguishable-limits",
    title="Modified and true SGD on a ReLU gate differ once the attack is as large as the weights",
    source=Source(
        deck="004",
        slide="Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!",
        arxiv="2005.04211",
        note="the condition that the title leaves out",
    ),
    kind="observation",
    statement=r"\|w_*\| = 1:\quad f_{modified}/f_{true} \ge 1.3\ \text{at}\ \theta_* = 2,\quad \ge 1.8\ \text{at}\ \theta_* = 4,\quad "
    r"\text{and then } f_{modified} > 2\|w_*\|;\qquad \xi = -\theta_*:\ f_{modified}/f_{true} \le 0.7\ \text{at}\ \theta_* = 1, 2;\qquad "
    r"w_1 = 0:\ \text{true SGD stays at } 0",
    reading="f the floor of ‖w_t − w*‖/‖w*‖ (root mean square over the last half of the steps) under a uniform attack with β = 1/2, "
    "x ~ N(0, I), b = 16, η = 1/(4c), a Gaussian start of length about 1; without attack, from w_1 = 0, modified SGD finds w*. It is not "
    "always the filter that is worse: ξ = −θ* seldom passes it, and modified SGD is nearer to w* there",
    knobs={"length": "one", "start": 0.0, "helps": True},
    origin="theorycheck",
)

#: θ* and the least ratio of the floors.
APART = {2.0: 1.3, 4.0: 1.8}
#: θ* at which the filter helps against ξ = −θ*, and the largest ratio of the floors there.
HELPED, NEARER = (1.0, 2.0), 0.7


def from_the_start(rng: Any, dimension: int, batch: int, steps: int, start: float) -> dict[str, Any]:
    """The relative distances of both algorithms without attack, from w_1 = start·(Gaussian vector), and whether w moved."""
    import numpy as np

    from theorycheck.training.gate_rates import critical_step
    from theorycheck.training.relu_gate import Attack, relu_gate

    truth, first = rng.standard_normal((2, dimension))
    for rows in relu_gate(rng, truth, [Attack(0)], critical_step(dimension, batch) / 2, steps, batch, start * first):
        modified, true = rows[:, 0]
    size = np.linalg.norm(truth)
    far = {name: float(np.linalg.norm(w - truth) / size) for name, w in (("modified", modified), ("true", true))}
    return {**far, "moved": float(np.linalg.norm(true - start * first))}


@claim.simulate(
    quick={"trials": 1, "dimension": 60, "steps": 2500, "laws": ("uniform", "minus")},
    full={"trials": 2, "dimension": 500, "steps": 12_000, "laws": ("uniform", "plus", "minus", "opposing")},
)
def beyond_the_condition(trial: Any, knobs: Any) -> None:
    sizes = {"dimension": trial.dimension, "batch": 16, "steps": trial.steps, "vary": "magnitude"}
    settings = [{"law": law, "length": knobs.length, **sizes} for law in trial.laws for _ in range(trial.trials)]
    found = trial.sweep(poisoned_run, settings, label="attacks")
    ratios = []
    for place, law in enumerate(trial.laws):
        rows = found[place * trial.trials : (place + 1) * trial.trials]
        for size in MAGNITUDES[1:]:
            floors = [mean_of(rows, f"floor {name} {size:g}") for name in ("modified", "true")]
            ratios.append({"magnitude": size, "ratio": floors[0] / floors[1], "law": law})
            if law == "uniform" and size in APART:
                text = f"θ* = {size:g}: floors {floors[0]:.3g} (modified) and {floors[1]:.3g} (true)"
                trial.true(floors[0] >= APART[size] * floors[1], f"{text}: apart by a factor of {APART[size]:g} at least")
                trial.true(size < 4 or floors[0] > 2, f"{text}: modified SGD, at θ* = 4, is more than twice as far from w* as 0 is")
            if law == "minus" and size in HELPED:
                text = f"ξ = −θ*, θ* = {size:g}: floors {floors[0]:.3g} (modified) and {floors[1]:.3g} (true)"
                trial.true((floors[0] <= NEARER * floors[1]) == knobs.helps, f"{text}: the filter helps")
        lines = curves(rows[0], [f"{size:g}" for size in MAGNITUDES], trial.steps)
        title = f"Relative distance for ‖w*‖ = 1, {law} attack, β = 1/2, d = {trial.dimension}"
        trial.figure(f"distance-{law}", lines, x="step", y="distance", by="curve", log="y", title=title)
    title = f"Floor of modified over floor of true SGD, ‖w*‖ = 1, d = {trial.dimension}"
    trial.figure("floor-ratio", ratios, x="magnitude", y="ratio", by="law", log="y", title=title)

    plain = {"dimension": trial.dimension, "batch": 16, "steps": trial.steps, "start": knobs.start}
    for row in trial.sweep(from_the_start, [plain] * trial.trials, label="start"):
        text = f"w_1 = {knobs.start:g}·N(0, I), no attack: distances {row['modified']:.2g} (modified) and {row['true']:.2g} (true)"
        trial.true(row["modified"] < 1e-8, f"{text}: modified SGD finds w*")
        trial.true(row["moved"] == 0, f"{text}: true SGD does not move")


claim.mutant("also for ‖w*‖ = √d", length="root")
claim.mutant("modified SGD is farther away under every law", helps=False)
claim.mutant("true SGD moves from no start", start=1.0)
