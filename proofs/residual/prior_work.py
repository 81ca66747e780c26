"""The table of algorithms: the rates that we measure for those rows that we run, all without noise.

Not run are the rows on SGD with the population loss and on GD from a tensor start for ReLU; sample complexities are not measured here.
"""

from __future__ import annotations

from math import log
from typing import Any

from residual_runs import descend, longest_step, minimise, teacher

from theorycheck.claims import Claim, Source

claim = Claim(
    "residual/prior-work",
    title="The table of algorithms and the rates that are measured",
    source=Source(deck="003", slide="Prior Work", note="rows [2], [3] and both of “this paper”"),
    kind="observation",
    statement=r"T(\epsilon) = O(\log(1/\epsilon)) \text{ for GD*, AM*, GD from the identity on linear networks, GD* from a tensor start}",
    reading="T(ε) is the number of steps to the relative error ε; it counts as O(log 1/ε) when going from 10⁻⁶ to 10⁻⁸ takes between half "
    "and twice as long as from 10⁻⁴ to 10⁻⁶, or less for AM, give or take a step. * is a fresh batch at every step, of 4.25 d² samples for "
    "the residual networks of d units; there GD has the step 3/(2σ²_max), and diverges with four times that, while AM has no step; the "
    "linear network is (I + A_5)…(I + A_1) from A = 0 towards a positive definite matrix, population loss; the tensor start is for three "
    "squared ReLUs",
    knobs={"law": "log", "fast": "AM", "slow": "GD", "least": 0.5, "stretch": 4},
)

#: Relative errors between which steps are counted.
LEVELS = (1e-4, 1e-6, 1e-8)


def one_run(rng: Any, algorithm: str, dimension: int, epochs: int, least: float, stretch: float) -> dict[str, Any]:
    """The errors along one run, and for GD whether `stretch` times the step diverges."""
    from theorycheck.training.residual_data import fresh_batches

    if algorithm == "linear":
        return {"errors": linear_errors(rng, dimension, epochs, least)}
    if algorithm == "tensor":
        return {"errors": tensor_errors(rng, epochs)}
    import numpy as np

    truth, signs = teacher(rng, dimension)
    start, batches = np.zeros_like(truth), fresh_batches(rng, truth, signs, int(4.25 * dimension**2))
    if algorithm == "AM":
        return {"errors": minimise(batches, signs, start, 20, truth, 1e-10)}
    long = descend(batches, signs, start, epochs, truth, 1e-10, stretch * 0.75 * longest_step(batches, signs, start))
    return {"errors": descend(batches, signs, start, epochs, truth, 1e-10), "diverges": int(not long[-1] < 1)}


def linear_errors(rng: Any, dimension: int, epochs: int, least: float) -> list[float]:
    """‖Φ − (I + A_5)…(I + A_1)‖/‖Φ‖ along gradient descent from A = 0; Φ has eigenvalues from `least` to 2."""
    import numpy as np

    from theorycheck.training.gradient_descent import gradient_descent

    depth, basis = 5, np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    target = (basis * np.linspace(least, 2, dimension)) @ basis.T
    identity = np.eye(dimension)

    def products(layers: Any) -> Any:
        """Θ_j…Θ_1 for j = 0, ..., 5, Θ = I + A."""
        found = [identity]
        for layer in layers:
            found.append((identity + layer) @ found[-1])
        return found

    def gradient(layers: Any) -> Any:
        before = products(layers)
        behind, found = before[-1] - target, np.empty_like(layers)
        for j in reversed(range(depth)):
            found[j] = behind @ before[j].T
            behind = (identity + layers[j]).T @ behind
        return found

    errors = []
    for layers in gradient_descent(gradient, np.zeros((depth, dimension, dimension)), 1 / (4 * depth), epochs):  # 4 = ‖Φ‖²
        errors.append(float(np.linalg.norm(products(layers)[-1] - target) / np.linalg.norm(target)))
        if errors[-1] < 1e-10:
            break
    return errors


def tensor_errors(rng: Any, epochs: int) -> list[float]:
    """‖W − W*‖/‖W*‖ for three squared ReLUs on six inputs: the tensor start from 30 000 samples, then GD with fresh batches of 1000."""
    import numpy as np

    from theorycheck.network.hessian import empirical_hessian
    from theorycheck.network.one_hidden_layer import squared_loss
    from theorycheck.training.tensor_initialization import tensor_initialization

    phi = (lambda z: np.maximum(z, 0) ** 2, lambda z: 2 * np.maximum(z, 0))
    truth, signs = np.linalg.qr(rng.standard_normal((6, 3)))[0].T, np.array([1.0, -1.0, 1.0])

    def draw(count: int) -> Any:
        x = rng.standard_normal((count, 6))
        return x, phi[0](x @ truth.T) @ signs

    x, y = draw(30_000)
    start = tensor_initialization(x, y, "squared_relu", 3, rng)
    nearest = np.argmin(np.linalg.norm(start.rows[:, None] - truth, axis=2), axis=1)
    step = 0.5 / np.linalg.eigvalsh(empirical_hessian("squared_relu", x[:5000], start.rows, start.weights, y[:5000]))[-1]
    rows, errors = start.rows, []
    for _ in range(epochs):
        errors.append(float(np.linalg.norm(rows - truth[nearest]) / np.linalg.norm(truth)))
        if not 1e-10 < errors[-1] < 1e3:
            break
        rows = rows - step * squared_loss(phi, rows, start.weights, *draw(1000)).rows / 2
    return errors


def steps_to(errors: list[float], level: float) -> float:
    """The first step whose error is at most the level; infinite if there is none."""
    return next((float(t) for t, error in enumerate(errors) if error <= level), float("inf"))


@claim.simulate(
    quick={"runs": 1, "dimension": 8, "epochs": 8000},
    full={"runs": 5, "dimension": 20, "epochs": 20_000},
)
def steps_to_accuracy(trial: Any, knobs: Any) -> None:
    how = {"dimension": trial.dimension, "epochs": trial.epochs, "least": knobs.least, "stretch": knobs.stretch}
    names = {"AM": "AM*, identity start", "GD": "GD*, identity start", "linear": "GD, linear network", "tensor": "GD*, tensor start"}
    found = trial.sweep(one_run, [{"algorithm": name, **how} for name in names for _ in range(trial.runs)])
    cost = {"log": lambda level: log(1 / level), "inverse": lambda level: 1 / level}[knobs.law]
    first, second, third = (cost(level) for level in LEVELS)
    stated = (third - second) / (second - first)
    curves, totals = [], {}
    for number, row in enumerate(found):
        name, counts = row["algorithm"], [steps_to(row["errors"], level) for level in LEVELS]
        totals.setdefault(name, []).append(counts[-1])
        early, late = counts[1] - counts[0], counts[2] - counts[1]
        rate = (row["errors"][-1] / row["errors"][0]) ** (1 / max(1, len(row["errors"]) - 1))
        text = f"{names[name]}: {counts[0]:g}, {counts[1]:g}, {counts[2]:g} steps to 1e-4, 1e-6, 1e-8; {rate:.3g} a step on average"
        trial.true(late <= 2 * stated * early + 1, f"{text}: not slower than stated")  # False also for a level that is never reached
        if name != "AM":
            trial.true(late >= stated * early / 2 - 1, f"{text}: not faster than stated")
        if "diverges" in row:
            trial.true(row["diverges"] == 1, f"{names[name]}: it diverges with {knobs.stretch} times the step, so the step is a parameter")
        if number % trial.runs == 0:
            every = max(1, len(row["errors"]) // 200)
            shown = [(t, error) for t, error in enumerate(row["errors"]) if 0 < t < 20 or t % every == 0]
            curves += [{"step": t, "error": error, "algorithm": names[name]} for t, error in shown if t]  # a logarithmic axis
    fast, slow = max(totals[knobs.fast]), min(totals[knobs.slow])
    trial.true(fast < slow, f"{fast:g} steps of {knobs.fast} at most, {slow:g} of {knobs.slow} at least, to 1e-8")
    title = "Relative error against the number of steps"
    trial.figure("rates-by-algorithm", curves, x="step", y="error", by="algorithm", log="xy", title=title)


claim.mutant("steps grow like 1/ε", law="inverse")
claim.mutant("gradient descent needs the fewest steps", fast="GD", slow="AM")
claim.mutant("a linear target with a negative eigenvalue", least=-0.5)
claim.mutant("any step will do", stretch=0.5)
