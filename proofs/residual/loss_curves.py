"""Training and test loss of gradient descent and alternating minimisation for one trial with n = 1700, d = 20.

With the deck's inputs N(0, 1/n) for training and N(0, 1/m) for testing all losses are divided by n and by m, so its test curve lies
above its training curve by the factor n/m = 3.4 at least; with N(0, 1) for both, as here, the gap that is left is the one of the fit.
"""

from __future__ import annotations

from typing import Any

from residual_runs import longest_step, starts, teacher

from theorycheck.claims import Claim, Source

claim = Claim(
    "residual/loss-curves",
    title="Training and test loss along the two algorithms",
    source=Source(deck="003", slide="Comparison", note="figure, right; ISIT 2019, Fig. 1(b)"),
    kind="observation",
    statement=r"L_{AM}(W^{10}) < L_{GD}(W^{1000}),\qquad L_{\mathrm{test}} \to 0 \text{ with } L_{\mathrm{train}}",
    reading="n = 1700 samples, the same at every step, 500 for testing, inputs N(0, 1), L = (1/2n)‖f(X) − y‖²; W*, v, step and starts as "
    "in residual/success-rate. GD lowers the training loss at every step, AM ends at rounding within 10 steps from both starts, and every "
    "time the test loss has fallen with the training loss",
    knobs={"fast": "AM", "slow": "GD", "starts": ("identity", "random")},
)


def one_trial(rng: Any, dimension: int, samples: int, tests: int, epochs: int, steps: int) -> dict[str, Any]:
    """The losses of both algorithms from the three starts."""
    import numpy as np

    from theorycheck.network.residual import residual_outputs
    from theorycheck.training.alternating_minimization import alternating_minimization
    from theorycheck.training.gradient_descent import gradient_descent
    from theorycheck.training.residual_data import fresh_batches, residual_gradient

    truth, signs = teacher(rng, dimension)
    data, held_out = fresh_batches(rng, truth, signs, samples)(), fresh_batches(rng, truth, signs, tests)()

    def losses(path: Any) -> Any:
        """Training losses, test losses, of W⁰, W¹, ..."""
        pairs = [[float(np.mean((residual_outputs(w, signs, x) - y) ** 2)) / 2 for x, y in (data, held_out)] for w in path]
        return [list(column) for column in zip(*pairs, strict=True)]

    found = {}
    for name, start in starts(rng, dimension).items():
        step = 0.75 * longest_step(data, signs, start)
        paths = {
            "AM": (iterate.weights for iterate in alternating_minimization(data, signs, start, steps)),
            "GD": gradient_descent(residual_gradient(data, signs), start, step, epochs),
        }
        for algorithm, path in paths.items():
            found[f"{algorithm} {name} train"], found[f"{algorithm} {name} test"] = losses(path)
    return found


@claim.simulate(
    quick={"trials": 1, "dimension": 20, "samples": 1700, "tests": 500, "epochs": 150, "steps": 10},
    full={"trials": 5, "dimension": 20, "samples": 1700, "tests": 500, "epochs": 1000, "steps": 10},
)
def one_sample_each(trial: Any, knobs: Any) -> None:
    sizes = {name: getattr(trial, name) for name in ("dimension", "samples", "tests", "epochs", "steps")}
    rows = trial.sweep(one_trial, [sizes] * trial.trials)
    for row in rows:
        for start in knobs.starts:
            ends = {name: row[f"{name} {start} train"][-1] for name in ("AM", "GD")}
            after = f"{ends['AM']:.2g} after {trial.steps} steps of AM, {ends['GD']:.2g} after {trial.epochs} of GD"
            text = f"start {start}: training loss {after}"
            trial.true(ends[knobs.fast] < ends[knobs.slow], f"{text}: {knobs.fast} is ahead")
            trial.true(ends["AM"] < 1e-20 * row[f"AM {start} train"][0], f"{text}: AM has solved the problem")
            descent = row[f"GD {start} train"]
            falls = all(after < before for before, after in zip(descent, descent[1:], strict=False))
            trial.true(falls, f"start {start}: GD lowers the training loss at every step, from {descent[0]:.3g} to {descent[-1]:.3g}")
            for name in ("AM", "GD"):
                train, test = row[f"{name} {start} train"], row[f"{name} {start} test"]
                gains = test[-1] / test[0] < 10 * train[-1] / train[0] + 1e-25
                trial.true(gains, f"start {start}, {name}: test loss from {test[0]:.3g} to {test[-1]:.3g}, with the training loss")
    every = max(1, trial.epochs // 100)
    curves = [
        {"epoch": t, "loss": max(loss, 1e-33), "run": name.replace("train", "training")}  # what is exactly 0 has no logarithm
        for name, losses in rows[0].items() if isinstance(losses, list) and "no identity" not in name
        for t, loss in enumerate(losses) if t <= trial.steps or t % every == 0
    ]  # fmt: skip
    figure = f"Losses, d = {trial.dimension}, n = {trial.samples}, inputs N(0, 1)"
    trial.figure("loss-curves", curves, x="epoch", y="loss", by="run", log="y", title=figure)


claim.mutant("gradient descent is ahead", fast="GD", slow="AM")
claim.mutant("the start may lose the identity", starts=("no identity",))
