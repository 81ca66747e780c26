"""Experiment: ReLU networks against semi-random units and random features at 1×, 2×, 4× and 16× as many units.

The comparison is per unit, as on the slide. A semi-random unit trains d numbers for each output, a random feature one: per trainable
parameter random features are the better ones on the sine, which is a mutant here, and at 16× even per unit. ReLU networks are trained
until they have converged: with too few steps they lose, which is another. On a teacher of five ReLU units even 16× as many semi-random
units do not suffice.

At full scale MNIST and CIFAR-10 are tried, too, where the environment names the folders with their files: THEORYCHECK_MNIST and
THEORYCHECK_CIFAR.
"""

from __future__ import annotations

from typing import Any

from semi_random_runs import image_tasks, one_fit, require_data, summary

from theorycheck.claims import Claim, Source

#: The multiple of units with which semi-random units match ReLU, by task; None where no multiple up to 16 does.
ENOUGH = {"sine": 16, "teacher-5": None, "digits": 4, "teacher-20": None}
#: An error matches another when it is at most this many times as large.
MATCH = 1.1
#: Where semi-random units need more units than ReLU.
HARDER = ("sine", "teacher-5")

claim = Claim(
    "diverse/semi-random-matches-relu",
    title="Semi-random units match ReLU with slightly more units and beat random features",
    source=Source(deck="000", slide="Matching the performance of ReLU", arxiv="1702.08882"),
    kind="observation",
    statement=r"\mathrm{err}_{\text{semi-random}}(cn) \le 1.1\,\mathrm{err}_{\mathrm{ReLU}}(n),\quad "
    r"\mathrm{err}_{\text{semi-random}}(n) < \mathrm{err}_{\text{random features}}(n)",
    reading="one hidden layer, and an error matches another when it is at most a tenth larger; on handwritten digits with c = 4, n = 20, "
    "on a sine in four dimensions with c = 16; against random features at equal numbers of units, n and 2n. Semi-random units and random "
    "features are fitted by ridge regression, ReLU networks by Adam with early stopping; the data of the slide are not given",
    knobs={"student": "semi-random", "count": "units", "training": 1.0},
)


@claim.simulate(
    quick={
        "tasks": ("sine", "digits"), "draws": (3, 2), "samples": (800, 700),
        "steps": (2500, 1200), "times": (1, 2, 4, 16), "relu": (1,),
    },
    full={
        "tasks": ("sine", "teacher-5", "teacher-20", "digits"), "draws": (8, 8, 8, 8), "samples": (2500, 2500, 2500, 1797),
        "steps": (12_000, 12_000, 12_000, 6000), "times": (1, 2, 4, 16), "relu": (1, 2, 4, 16),
    },
)  # fmt: skip
def on_real_and_made_up_data(trial: Any, knobs: Any) -> None:
    extra = image_tasks() if trial.scale == "full" else ()
    sizes = [*zip(trial.tasks, trial.draws, trial.samples, trial.steps, strict=True), *((task, 3, 5000, 12_000) for task in extra)]
    for task, draws, samples, steps in sizes:
        if not one_task(trial, knobs, task, draws, samples, max(1, int(knobs.training * steps))):
            return


def one_task(trial: Any, knobs: Any, task: str, draws: int, samples: int, steps: int) -> bool:
    """The sweep of one task, its figures, and whether what is stated is seen."""
    require_data(task)
    kinds = {"ReLU": ("relu", trial.relu), "semi-random": ("semi-random", trial.times), "random features": ("random features", trial.times)}
    settings = [
        {"task": task, "kind": kind, "times": times, "layers": 1, "samples": samples, "steps": steps, "draw": 1000 * trial.seed + draw}
        for kind, multiples in kinds.values() for times in multiples for draw in range(draws)
    ]  # fmt: skip
    rows = summary(trial.sweep(one_fit, settings, label=task), "kind", "times")
    errors = {(row["kind"], row["times"]): row["error"] for row in rows}
    relu = errors["relu", 1]
    for axis, name in (("times", "units"), ("parameters", "parameters")):
        title = f"Test error on {task} by {'multiple of units' if axis == 'times' else 'trainable parameters'}"
        trial.figure(f"{task}-by-{name}", rows, x=axis, y="error", by="kind", low="low", high="high", log="xy", title=title)

    seen = []
    enough = ENOUGH.get(task)
    if task in ENOUGH:  # of a user's own images it is shown only
        at = errors[knobs.student, enough or 16]
        told = f"{task}: {knobs.student} at {enough or 16}× {at:.4f}, ReLU {relu:.4f}"
        close = at <= MATCH * relu
        seen.append(trial.true(close, told) if enough else trial.true(not close, f"{told}: not even 16× is enough"))
    if task in HARDER:
        one = errors["semi-random", 1]
        seen.append(trial.true(relu < one, f"{task}: ReLU {relu:.4f} is better than as many semi-random units, {one:.4f}"))
    for times in (1, 2):
        other = times if knobs.count == "units" else 4 * times  # a random feature has at most a quarter of the parameters
        if other in trial.times and (enough or knobs.count == "units"):
            mine, theirs = errors["semi-random", times], errors["random features", other]
            seen.append(trial.true(mine < theirs, f"{task}: semi-random at {times}× {mine:.4f}, random features at {other}× {theirs:.4f}"))
    return all(seen)


claim.mutant("random features match ReLU as well", student="random features")
claim.mutant("per trainable parameter, too", count="parameters")
claim.mutant("ReLU is trained for a twentieth of the steps", training=0.05)
