"""Training a ReLU network with the plain squared loss stops at points that are not B*, as the slide's curve shows."""

from __future__ import annotations

from typing import Any

from training_runs import curves, fresh_descent, history, population_path

from theorycheck.claims import Claim, Source

claim = Claim(
    "landscape/straightforward-objective-fails",
    title="Gradient descent on the plain loss does not recover B*",
    source=Source(deck="001", slide="The Straightforward Objective Fails", arxiv="1711.00501", note="Figure 1"),
    kind="observation",
    statement=r"\text{on } f(B) = \mathbb{E}[(1^\top\sigma(x) - 1^\top\sigma(Bx))^2],\ B^\star = I_d,\ \sigma = \mathrm{ReLU}:\ "
    r"e(B_t) \not\to 0",
    reading="from random unit rows, in at least 3 runs of 5, gradient descent with the exact gradient comes to rest (entries of the "
    "gradient below 1e-3) with surrogate error at least 1/2, and so does fresh-sample SGD stay; the error is sensitive to signs, as "
    "ReLU is. "
    "At d = 4 the same descent recovers B*: the failure is not the optimiser's",
    knobs={"failing": (0.6, 1.0), "error": "signed"},
)


def exact_gradients(rng: Any, dimension: int, steps: int) -> Any:
    """Gradient descent on the population loss; the largest eigenvalue of its Hessian at B* is about 0.3 d."""
    loss, path = population_path(rng, dimension, "relu", 3 / dimension if dimension > 5 else 1 / dimension, steps)
    return history(path, steps, loss=loss)


def fresh_samples(rng: Any, dimension: int, step: float, batch: int, steps: int) -> Any:
    """SGD as on the slide."""
    return fresh_descent(rng, dimension, "relu", 0, step, batch, steps)


@claim.simulate(
    quick={
        "dimension": 20,
        "runs": 5,
        "steps": 2000,
        "sgd": {"dimension": 30, "step": 0.02, "batch": 200, "steps": 3000},
        "sgd_runs": 1,
    },
    full={
        "dimension": 50,
        "runs": 10,
        "steps": 20_000,
        "sgd": {"dimension": 50, "step": 0.01, "batch": 256, "steps": 25_000},
        "sgd_runs": 10,
    },
)
def from_random_starts(trial: Any, knobs: Any) -> None:
    low, high = knobs.failing
    small = trial.sweep(exact_gradients, [{"dimension": 4, "steps": 600}] * 5, "d = 4")
    trial.true(all(run["signed"][-1] < 1e-3 for run in small), "at d = 4 every run recovers B*")

    exact = trial.sweep(exact_gradients, [{"dimension": trial.dimension, "steps": trial.steps}] * trial.runs, "exact")
    stuck = sum(run[knobs.error][-1] >= 0.5 and run["gradient"] < 1e-3 for run in exact)
    share = f"{stuck} of {len(exact)} runs with exact gradients rest away from B*, d = {trial.dimension}"
    if not trial.true(low <= stuck / len(exact) <= high, share):
        return

    fresh = trial.sweep(fresh_samples, [trial.sgd] * trial.sgd_runs, "fresh")
    away = sum(run[knobs.error][-1] >= 0.5 for run in fresh)
    share = f"{away} of {len(fresh)} runs with fresh samples stay away from B*, d = {trial.sgd['dimension']}"
    trial.true(low <= away / len(fresh) <= high, share)

    trial.figure(
        "plain-loss-exact",
        curves([("exact", exact)], knobs.error, d=trial.dimension),
        x="iteration",
        y="error",
        by="run",
        title="Surrogate error along gradient descent on the plain loss, exact gradients",
    )
    trial.figure(
        "plain-loss-fresh",
        curves([("fresh", fresh)], knobs.error, d=trial.sgd["dimension"]),
        x="iteration",
        y="error",
        by="run",
        title="Surrogate error along SGD on the plain loss, fresh samples",
    )


claim.mutant("it recovers B*", failing=(0.0, 0.4))
claim.mutant("an error that is blind to signs hides the failure", error="unsigned")
