"""The distance to w* for nine probabilities of the attack, at the magnitude 2, and for a probability that depends on the input."""

from __future__ import annotations

from typing import Any

from gate_runs import PROBABILITIES, curves, mean_of, poisoned_run, stated_floor

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/gate-attack-probability",
    title="Modified and true SGD on a ReLU gate against the probability of the attack",
    source=Source(
        deck="004",
        slide="Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!",
        arxiv="2005.04211",
        note="second figure",
    ),
    kind="observation",
    statement=r"\|w_t - w_*\|/\|w_*\| \text{ falls to a floor } f(\beta):\quad f \text{ increases},\quad "
    r"f(\beta)^2 \approx \frac{\eta\bar\beta\theta_*^2 v}{2b(1 - c\eta)},\quad \bar\beta = \mathbb{E}[\beta(x)\|x\|^2]/d",
    reading="x ~ N(0, I), ‖w*‖ = √d, θ* = 2, ξ uniform on [−θ*, θ*] (v = 1/3), b = 16, η = 1/(4c), β = 0.1, 0.2, …, 0.9; and β(x) = 1 "
    "where ‖x‖² > d, else 0. “Floor”: the root mean square over the last half of the steps, within a tenth of the formula for d ≥ 100",
    knobs={"order": 1, "power": 1},
)


def weighted(dimension: int) -> float:
    """E[1{‖x‖² > d}‖x‖²]/d: the density of ‖x‖² times its argument is d times the density of χ² with d + 2 degrees of freedom."""
    from scipy.special import gammaincc

    return float(gammaincc(dimension / 2 + 1, dimension / 2))


@claim.simulate(
    quick={"trials": 2, "dimension": 100, "steps": 2000},
    full={"trials": 4, "dimension": 500, "steps": 6000},
)
def against_the_probability(trial: Any, knobs: Any) -> None:
    sizes = {"dimension": trial.dimension, "batch": 16, "steps": trial.steps, "length": "root", "law": "uniform"}
    settings = [{"vary": vary, **sizes} for vary in ("probability", "position") for _ in range(trial.trials)]
    found = trial.sweep(poisoned_run, settings)
    constant, placed = found[: trial.trials], found[trial.trials :]
    floors = []
    for algorithm in ("modified", "true"):
        reached = [mean_of(constant, f"floor {algorithm} {beta:g}") for beta in PROBABILITIES]
        text = f"{algorithm} SGD: floors {', '.join(f'{floor:.3g}' for floor in reached)}"
        ordered = sorted(reached, reverse=knobs.order < 0)
        trial.true(reached == ordered, f"{text}: they {'in' if knobs.order > 0 else 'de'}crease with β")
        cells = [*zip(PROBABILITIES, reached, strict=True), (weighted(trial.dimension), mean_of(placed, f"floor {algorithm} by length"))]
        for place, (beta, floor) in enumerate(cells):
            stated = stated_floor(trial.dimension, 16, 2.0, beta**knobs.power)
            name = f"β = {beta:g}" if place < len(PROBABILITIES) else f"β(x) = 1{{‖x‖² > d}}, weighted mean {beta:.4f}"
            trial.true(abs(floor / stated - 1) < 0.1, f"{algorithm} SGD, {name}: floor {floor:.4g}, stated {stated:.4g}")
            floors.append({"probability": beta, "floor": floor, "stated": stated, "curve": algorithm})
    lines = curves(constant[0], [f"{beta:g}" for beta in PROBABILITIES], trial.steps)
    title = f"Relative distance for β = 0.1, …, 0.9, uniform attack up to 2, d = {trial.dimension}"
    trial.figure("distance", lines, x="step", y="distance", by="curve", log="y", title=title)
    title = f"Relative floor against β (of β(x): its weighted mean), θ* = 2, d = {trial.dimension}, ‖w*‖ = √d"
    trial.figure("floors", floors, x="probability", y="floor", by="curve", kind="points", title=title)


claim.mutant("more frequent attacks do less harm", order=-1)
claim.mutant("the floor grows like β", power=2)
claim.mutant("the floor does not depend on β", power=0)
