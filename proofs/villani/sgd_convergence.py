"""SGD on a regularised network: the mean excess loss in the long run is proportional to the step."""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

#: λ of the slide's theorem for sigmoid, a little above the critical value 0.125 at B_x‖a‖ = 1.
REGULARISER = 0.13
#: Inputs, units, samples, and samples in a batch.
DIMENSION, WIDTH, SAMPLES, BATCH = 5, 4, 64, 8
#: The scale of the weights at the start, where the regulariser alone is thousands of times the excess in the long run.
START = 10.0
#: The steps of the runs: from 1/8 to 1.
STEPS = (1.0, 0.5, 0.25, 0.125)

claim = Claim(
    "villani/sgd-convergence",
    title="SGD on a regularised sigmoid network comes within ε of the infimum at a step of the order of ε",
    source=Source(deck="004", slide="Our Result in arXiv:2210.11452", arxiv="2210.11452"),
    kind="observation",
    statement=r"\mathbb{E}\tilde L(W_k) - \inf_W \tilde L(W) \le \epsilon \quad\text{at step } s^*(\epsilon)",
    reading="at λ = 0.13 and B_x‖a‖ = 1, minibatch SGD from weights 10·N(0, I): the mean excess in the long run is linear in the step, so "
    "that s* = ε/c with c the excess over the step at the largest step; the infimum is taken as the least of several runs of L-BFGS",
    knobs={"order": 1},
)


@claim.simulate(quick={"iterations": 1200, "repeats": 2}, full={"iterations": 10_000, "repeats": 6})
def with_minibatches(trial: Any, knobs: Any) -> None:
    import numpy as np

    settings = [
        {"step": step, "data": data, "iterations": int(trial.iterations * max(1.0, 0.25 / step))}
        for data in range(trial.repeats)
        for step in STEPS
    ]
    rows = trial.sweep(excess_in_the_long_run, settings)
    trial.figure("excess-by-step", rows, x="step", y="excess", by="data", log="xy", kind="points", title="E L − inf L against the step")
    mean = {step: float(np.mean([row["excess"] for row in rows if row["step"] == step])) for step in STEPS}
    spread = max(row["spread"] for row in rows)
    trial.true(spread < 1e-8, f"L-BFGS ends at one value, up to {spread:.1g}")
    order = float(np.polyfit(np.log(list(mean)), np.log(list(mean.values())), 1)[0])
    trial.true(abs(order - knobs.order) < 0.3, f"the excess is like the step to the power {order:.2f}, stated {knobs.order}")
    constant = mean[STEPS[0]] / STEPS[0] ** knobs.order
    for step in STEPS[1:]:
        epsilon = constant * step**knobs.order
        trial.true(mean[step] <= 1.5 * epsilon, f"ε = {epsilon:.3g}: at the step {step} the excess is {mean[step]:.3g}, up to the noise")


def excess_in_the_long_run(rng: Any, step: float, data: int, iterations: int) -> dict[str, Any]:
    """The mean of L(W_k) − inf L over the last three quarters of the iterations, from a random start."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    fixed = np.random.default_rng(1000 + data)  # the data of a set are the same at every step
    x = fixed.standard_normal((SAMPLES, DIMENSION))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    outer = fixed.standard_normal(WIDTH)
    outer /= np.linalg.norm(outer)
    y = np.sin(2 * x[:, 0]) + 0.25 * fixed.standard_normal(SAMPLES)

    def loss(w: Any, inputs: Any, labels: Any) -> tuple[float, Any]:
        units = expit(inputs @ w.T)
        residual = units @ outer - labels
        backward = (2 / len(labels)) * residual[:, None] * outer * units * (1 - units)
        return float(residual @ residual / len(labels) + REGULARISER / 2 * (w * w).sum()), backward.T @ inputs + REGULARISER * w

    def whole(flat: Any) -> tuple[float, Any]:
        value, slope = loss(flat.reshape(WIDTH, DIMENSION), x, y)
        return value, slope.ravel()

    ends = [
        minimize(whole, scale * fixed.standard_normal(WIDTH * DIMENSION), jac=True, method="L-BFGS-B", tol=1e-14, options={"gtol": 1e-9})
        for scale in (0.1, 1.0, 4.0)
    ]
    infimum = min(end.fun for end in ends)
    w = START * rng.standard_normal((WIDTH, DIMENSION))
    seen = []
    for k in range(iterations):
        batch = rng.integers(SAMPLES, size=BATCH)
        w = w - step * loss(w, x[batch], y[batch])[1]
        if k >= iterations // 4 and k % 5 == 0:
            seen.append(loss(w, x, y)[0] - infimum)
    return {"excess": float(np.mean(seen)), "spread": float(max(end.fun for end in ends) - infimum)}


claim.mutant("an excess like the square of the step", by="simulate", order=2)
claim.mutant("an excess that does not depend on the step", by="simulate", order=0)
