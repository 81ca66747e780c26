"""Students with abs(z)/2 learn a ReLU teacher from fewer samples than students with the designed polynomial γ.

abs(z)/2 has all even Hermite coefficients of ReLU, so nothing but the linear part of the labels is left over at B*: once that is
removed, the gradients at B* have no variance at all, while those of f_γ keep the degrees 6, 8, ... that γ has lost.
"""

from __future__ import annotations

from typing import Any

from training_runs import curves, fresh_descent

from theorycheck.claims import Claim, Source

claim = Claim(
    "landscape/absolute-value-trains-relu",
    title="Training a ReLU teacher with the absolute value",
    source=Source(deck="001", slide="Conclusion", note="“Best empirical result: using |·| for training ReLU”"),
    kind="observation",
    statement=r"e_{|\cdot|/2}(B_T) < e_{\gamma}(B_T) \text{ for the same samples, steps and preprocessing of the labels}",
    reading="SGD with fresh samples on the unit sphere from the same number of samples, B* = I, a = 1 known; errors up to sign, the median "
    "over runs; with the labels as they are (there abs(z)/2 recovers B*, error below 0.1, and γ does not) "
    "and with their parts of degree 0 and 1 removed",
    knobs={"best": "abs", "other": "gamma"},
)


def fresh_samples(rng: Any, student: str, without: int, dimension: int, step: float, batch: int, steps: int) -> Any:
    """One run of SGD."""
    return fresh_descent(rng, dimension, student, without, step, batch, steps)


@claim.simulate(
    quick={"runs": 3, "sgd": {"dimension": 10, "step": 0.15, "batch": 200, "steps": 1500}},
    full={"runs": 10, "sgd": {"dimension": 50, "step": 0.1, "batch": 2000, "steps": 6000}},
)
def from_random_starts(trial: Any, knobs: Any) -> None:
    import numpy as np

    settings = [
        {"student": student, "without": without, **trial.sgd}
        for without in (0, 2)
        for student in ("abs", "gamma")
        for _ in range(trial.runs)
    ]
    found = trial.sweep(fresh_samples, settings)

    def runs(student: str, without: int) -> Any:
        return [run for run in found if (run["student"], run["without"]) == (student, without)]

    def median(student: str, without: int) -> float:
        return float(np.median([run["unsigned"][-1] for run in runs(student, without)]))

    for without, labels in ((0, "labels as they are"), (2, "labels without degrees 0 and 1")):
        best, other = median(knobs.best, without), median(knobs.other, without)
        trial.true(best < other, f"{labels}: median error {best:.2g} with {knobs.best}, {other:.2g} with {knobs.other}")
    trial.true(median(knobs.best, 0) < 0.1, f"{knobs.best} recovers B* from the labels as they are")
    for without, name in ((0, "raw"), (2, "residual")):
        trial.figure(
            f"absolute-value-{name}-labels",
            curves([(student, runs(student, without)) for student in ("abs", "gamma")], "unsigned", d=trial.sgd["dimension"]),
            x="iteration",
            y="error",
            by="run",
            log="y",
            title=f"Surrogate error of SGD on a ReLU teacher with abs(z)/2 and with γ, {name} labels",
        )


claim.mutant("the polynomial is the better one", best="gamma", other="abs")
