"""“Virtually indistinguishable”: modified and true SGD end at the same floor, after about as many steps, when θ* is small beside ‖w*‖."""

from __future__ import annotations

from typing import Any

from gate_runs import MAGNITUDES, PROBABILITIES, mean_of, poisoned_run

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/gate-indistinguishable",
    title="Modified and true SGD on a ReLU gate are virtually indistinguishable",
    source=Source(
        deck="004",
        slide="Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!",
        arxiv="2005.04211",
        note="both figures, left beside right",
    ),
    kind="observation",
    statement=r"|f_{true}/f_{modified} - 1| \le 0.05,\qquad 1/\tau \le T_{true}/T_{modified} \le \tau,\quad \tau = 1.6",
    reading="f the floor of ‖w_t − w*‖ (root mean square over the last half of the steps), T the first step with a fifth of the first "
    "distance; ‖w*‖ = √d, which gives curves like those of the slide, x ~ N(0, I), b = 16, η = 1/(4c), uniform attack; θ* = 1/2, 1, 2, 4 "
    "at β = 1/2, and β = 0.1, …, 0.9 at θ* = 2; a Gaussian start. (From w = 0 true SGD never moves.)",
    knobs={"length": "root", "agree": 0.05, "ratio": 1.6},
)


@claim.simulate(
    quick={"trials": 2, "dimension": 100, "steps": 2000},
    full={"trials": 4, "dimension": 500, "steps": 6000},
)
def side_by_side(trial: Any, knobs: Any) -> None:
    sizes = {"dimension": trial.dimension, "batch": 16, "steps": trial.steps, "length": knobs.length, "law": "uniform"}
    settings = [{"vary": vary, **sizes} for vary in ("magnitude", "probability") for _ in range(trial.trials)]
    found = trial.sweep(poisoned_run, settings)
    groups = (("θ*", MAGNITUDES[1:], found[: trial.trials]), ("β", PROBABILITIES, found[trial.trials :]))
    points = []
    for symbol, values, rows in groups:
        for value in values:
            floors = [mean_of(rows, f"floor {name} {value:g}") for name in ("modified", "true")]
            times = [mean_of(rows, f"time {name} {value:g}") for name in ("modified", "true")]
            text = f"{symbol} = {value:g}: floors {floors[0]:.4g} and {floors[1]:.4g}"
            trial.true(abs(floors[1] / floors[0] - 1) <= knobs.agree, f"{text}, within {knobs.agree:g}")
            quotient = times[1] / times[0]
            near = 1 / knobs.ratio <= quotient <= knobs.ratio
            trial.true(near, f"{symbol} = {value:g}: a fifth of the distance after {times[0]:.0f} and {times[1]:.0f} steps")
            points.append({"modified": floors[0], "true": floors[1], "setting": f"{symbol} = {value:g}", "varied": symbol})
    title = f"Floors of both algorithms in thirteen settings, d = {trial.dimension}"
    trial.figure("floors", points, x="modified", y="true", by="varied", log="xy", kind="points", title=title)


claim.mutant("also for ‖w*‖ = 1", length="one")
claim.mutant("to a part in ten thousand", agree=1e-4)
claim.mutant("in exactly as many steps", ratio=1.0)
