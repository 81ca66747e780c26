"""The distance to w* for five magnitudes of the attack, at attack probability 1/2.

The slide gives d = 500 and b = 16 only. Step, law of the attack and ‖w*‖ are open; what is run stands in the reading.
"""

from __future__ import annotations

from typing import Any

from gate_runs import MAGNITUDES, curves, mean_of, poisoned_run, stated_floor

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/gate-attack-magnitude",
    title="Modified and true SGD on a ReLU gate against the magnitude of the attack",
    source=Source(
        deck="004",
        slide="Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!",
        arxiv="2005.04211",
        note="first figure",
    ),
    kind="observation",
    statement=r"\|w_t - w_*\|/\|w_*\| \text{ falls to a floor } f(\theta_*):\quad f(0) = 0,\quad f \text{ increases},\quad "
    r"f(\theta_*)^2 \approx \frac{\eta\beta\theta_*^2 v}{2b(1 - c\eta)}\ \text{if}\ \mathbb{E}\,\xi = 0,\ v = \mathbb{E}\,\xi^2/\theta_*^2",
    reading="x ~ N(0, I), ‖w*‖ = √d, η = 1/(4c) (half of the best step), β = 1/2, θ* = 0, 1/2, 1, 2, 4, a Gaussian start; ξ uniform on "
    "[−θ*, θ*]; at full scale also ξ = θ*, ξ = −θ* and the sign that drives an open gate away from w*. “Floor”: the root mean square "
    "over the last half of the steps, within a tenth of the formula for d ≥ 100",
    knobs={"order": 1, "variance": 1 / 3, "clean": 0.0},
)


@claim.simulate(
    quick={"trials": 2, "dimension": 100, "steps": 2000, "laws": ("uniform", "opposing")},
    full={"trials": 3, "dimension": 500, "steps": 6000, "laws": ("uniform", "plus", "minus", "opposing")},
)
def against_the_magnitude(trial: Any, knobs: Any) -> None:
    sizes = {"dimension": trial.dimension, "batch": 16, "steps": trial.steps, "length": "root", "vary": "magnitude"}
    settings = [{"law": law, **sizes} for law in trial.laws for _ in range(trial.trials)]
    found = trial.sweep(poisoned_run, settings)
    floors = []
    for place, law in enumerate(trial.laws):
        rows = found[place * trial.trials : (place + 1) * trial.trials]
        for algorithm in ("modified", "true"):
            reached = [mean_of(rows, f"floor {algorithm} {size:g}") for size in MAGNITUDES]
            text = f"{algorithm} SGD, {law} attack: floors {', '.join(f'{floor:.3g}' for floor in reached)}"
            ordered = sorted(reached, reverse=knobs.order < 0)
            trial.true(reached == ordered, f"{text}: they {'in' if knobs.order > 0 else 'de'}crease with θ*")
            last = max(row[f"{algorithm} {knobs.clean:g}"][-1] for row in rows)
            trial.true(last < 1e-8, f"{algorithm} SGD, θ* = {knobs.clean:g}, {law}: at the end the distance is {last:.2g}")
            for size, floor in zip(MAGNITUDES, reached, strict=True):
                stated = stated_floor(trial.dimension, 16, size, 0.5, knobs.variance)
                floors.append({"magnitude": size, "floor": floor, "curve": f"{algorithm}, {law}"})
                if law == "uniform" and size:
                    near = abs(floor / stated - 1) < 0.1
                    trial.true(near, f"{algorithm} SGD, uniform attack up to {size:g}: floor {floor:.4g}, stated {stated:.4g}")
        lines = curves(rows[0], [f"{size:g}" for size in MAGNITUDES], trial.steps)
        title = f"Relative distance for θ* = 0, 1/2, 1, 2, 4, {law} attack, β = 1/2, d = {trial.dimension}"
        trial.figure(f"distance-{law}", lines, x="step", y="distance", by="curve", log="y", title=title)
    title = f"Relative floor against θ*, β = 1/2, d = {trial.dimension}, ‖w*‖ = √d"
    trial.figure("floors", floors, x="magnitude", y="floor", by="curve", title=title)


claim.mutant("a larger attack does less harm", order=-1)
claim.mutant("the floor of ξ = ±θ*", variance=1.0)
claim.mutant("an attack of magnitude 1 does no harm", clean=1.0)
