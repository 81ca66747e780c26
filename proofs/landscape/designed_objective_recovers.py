"""Training with γ = σ̂_2 h_2 + σ̂_4 h_4 in place of ReLU recovers B* in the setting where the plain loss fails."""

from __future__ import annotations

from typing import Any

from training_runs import FOURTH, curves, fresh_descent, history, population_path

from theorycheck.claims import Claim, Source

claim = Claim(
    "landscape/designed-objective-recovers",
    title="Gradient descent on the designed loss recovers B*",
    source=Source(deck="001", slide="New Loss Function", arxiv="1711.00501", note="Figure 2"),
    kind="observation",
    statement=r"\text{on } f_\gamma(B) = \mathbb{E}[(1^\top\sigma(x) - 1^\top\gamma(Bx))^2],\ \|b_i\| = 1,\ B^\star = I_d,\ "
    r"\gamma = \hat\sigma_2 h_2 + \hat\sigma_4 h_4:\ e(B_t) \to 0",
    reading="from random unit rows every run of projected gradient descent ends with surrogate error below 0.1, with the exact gradient "
    "below 1e-3; γ is even, so rows are recovered up to sign. SGD is given the labels without their parts of degree 0 and 1: "
    "f_γ changes by a constant, and its gradients lose the variance of these parts",
    knobs={"fourth": FOURTH, "error": "unsigned", "without": 2},
)


def exact_gradients(rng: Any, dimension: int, step: float, steps: int, fourth: float) -> Any:
    """Projected gradient descent on f_γ."""
    _, path = population_path(rng, dimension, "gamma", step, steps, fourth)
    return history(path, steps)


def fresh_samples(rng: Any, dimension: int, step: float, batch: int, steps: int, without: int) -> Any:
    """Projected SGD on f_γ, as on the slide."""
    return fresh_descent(rng, dimension, "gamma", without, step, batch, steps)


@claim.simulate(
    quick={
        "dimension": 20,
        "runs": 10,
        "step": 1.0,
        "steps": 600,
        "sgd": {"dimension": 20, "step": 0.3, "batch": 1000, "steps": 1500},
        "sgd_runs": 1,
    },
    full={
        "dimension": 50,
        "runs": 10,
        "step": 0.5,
        "steps": 3000,
        "sgd": {"dimension": 50, "step": 0.2, "batch": 4000, "steps": 4000},
        "sgd_runs": 10,
    },
)
def from_random_starts(trial: Any, knobs: Any) -> None:
    setting = {"dimension": trial.dimension, "step": trial.step, "steps": trial.steps, "fourth": knobs.fourth}
    exact = trial.sweep(exact_gradients, [setting] * trial.runs, "exact")
    found = sum(run[knobs.error][-1] < 1e-3 for run in exact)
    if not trial.true(found == len(exact), f"{found} of {len(exact)} runs with exact gradients reach B*, d = {trial.dimension}"):
        return
    fresh = trial.sweep(fresh_samples, [{**trial.sgd, "without": knobs.without}] * trial.sgd_runs, "fresh")
    near = sum(run[knobs.error][-1] < 0.1 for run in fresh)
    trial.true(near == len(fresh), f"{near} of {len(fresh)} runs with fresh samples reach B*, d = {trial.sgd['dimension']}")
    for name, runs, size in (("exact", exact, trial.dimension), ("fresh", fresh, trial.sgd["dimension"])):
        trial.figure(
            f"designed-loss-{name}",
            curves([(name, runs)], knobs.error, d=size),
            x="iteration",
            y="error",
            by="run",
            title=f"Surrogate error along projected gradient descent on the designed loss, {name} gradients",
        )


claim.mutant("the sign of the fourth coefficient", fourth=-FOURTH)
claim.mutant("with the signs of the rows", error="signed")
claim.mutant("with the labels as they are, at this batch size", without=0)
