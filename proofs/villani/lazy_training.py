"""Lazy training: at large width a network and its linearisation at the start give the same predictions along gradient descent."""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

#: Inputs on the unit sphere, training and test samples, and the step of gradient descent on half the summed squares.
DIMENSION, SAMPLES, TESTS, STEP = 5, 16, 200, 0.3

claim = Claim(
    "villani/lazy-training",
    title="At large width training is effectively linear in the weights",
    source=Source(
        deck="004", slide="Approaches To Gradient-Based Provable Neural Training", note="neural tangent kernel, at a fixed depth"
    ),
    kind="observation",
    statement=r"\|f_t - g_t\| = O(m^{-1/2}),\quad \|W_t - W_0\|/\|W_0\| = O(m^{-1/2}) \text{ for the linearisation } g",
    reading="f(x) = m^{-1/2} Σ a_j σ(⟨w_j, x⟩) − f_0(x), σ = SoftPlus, a_j = ±1, w_j ~ N(0, I), x on the unit sphere of R^5, "
    "y = sin(2x₁); full-batch gradient descent for a fixed number of steps on f and on its linearisation at W_0; the differences are "
    "root mean squares on test inputs. With a_j all equal the order −1/2 of both is reached; with random signs the second-order terms "
    "cancel and f − g has order −1",
    knobs={"equal": -0.5, "random": -1.0, "moved": -0.5},
)


@claim.simulate(
    quick={"widths": (32, 256, 2048), "repeats": 6, "steps": 60},
    full={"widths": (32, 64, 128, 256, 512, 1024, 2048, 4096), "repeats": 10, "steps": 200},
)
def beside_the_linearisation(trial: Any, knobs: Any) -> None:
    import numpy as np

    points = []
    for signs, stated in (("equal", knobs.equal), ("random", knobs.random)):
        settings = [{"width": width, "signs": signs, "steps": trial.steps} for width in trial.widths for _ in range(trial.repeats)]
        rows = trial.sweep(both_trainings, settings, label=signs)
        for name, expected in (("gap", stated), ("moved", knobs.moved)):
            mean = [float(np.exp(np.mean([np.log(row[name]) for row in rows if row["width"] == width]))) for width in trial.widths]
            points += [
                {"width": width, "value": value, "curve": f"{name}, {signs}"} for width, value in zip(trial.widths, mean, strict=True)
            ]
            order = float(np.polyfit(np.log(trial.widths), np.log(mean), 1)[0])
            trial.true(abs(order - expected) < 0.22, f"{name}, {signs} signs: like the width to the power {order:.3f}, stated {expected}")
        reached = max(row["loss"] for row in rows if row["width"] == trial.widths[-1])
        trial.true(
            reached < 0.5, f"{signs} signs: the networks are trained, at the largest width the loss falls to {reached:.2g} of its start"
        )
    trial.figure("gap-by-width", points, x="width", y="value", by="curve", log="xy", title="Distance of predictions and weights")


def both_trainings(rng: Any, width: int, signs: str, steps: int) -> dict[str, float]:
    """One network and its linearisation: the distance on test inputs, the relative move of the weights, the loss over its start."""
    import numpy as np
    from scipy.special import expit

    x, test = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (rng.standard_normal((n, DIMENSION)) for n in (SAMPLES, TESTS)))
    y = np.sin(2 * x[:, 0])
    start, outer = rng.standard_normal((width, DIMENSION)), rng.choice([-1.0, 1.0], width) / np.sqrt(width)
    if signs == "equal":
        outer = np.abs(outer)

    def softplus(z: Any) -> Any:
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    w, linear = start.copy(), np.zeros_like(start)
    slopes, first = expit(x @ start.T), softplus(x @ start.T) @ outer
    for _ in range(steps):
        before = x @ w.T
        w -= STEP * ((softplus(before) @ outer - first - y)[:, None] * outer * expit(before)).T @ x
        linear -= STEP * (((slopes * (x @ linear.T)) @ outer - y)[:, None] * outer * slopes).T @ x
    before = test @ start.T
    network = (softplus(test @ w.T) - softplus(before)) @ outer
    linearised = (expit(before) * (test @ linear.T)) @ outer
    end = softplus(x @ w.T) @ outer - first - y
    return {
        "gap": float(np.sqrt(np.mean((network - linearised) ** 2))),
        "moved": float(np.linalg.norm(w - start) / np.linalg.norm(start)),
        "loss": float(end @ end / (y @ y)),
    }


claim.mutant("no effect of the width", by="simulate", equal=0.0)
claim.mutant("a gap of the same order whatever the signs", by="simulate", random=-0.5)
claim.mutant("weights that move by a fixed part of their length", by="simulate", moved=0.0)
