"""How many epochs the two bounds need for the same accuracy. It compares bounds: what the algorithms need is another ratio.

Gradient descent follows its linear bound more or less closely; alternating minimisation is superlinear, and on fixed data it ends after a
few steps. So the printed ratio underrates it; it has a meaning only where both rates are below 1.
"""

from __future__ import annotations

import math
from typing import Any

from theorycheck.claims import Claim, Source

claim = Claim(
    "residual/epoch-ratio",
    title="The ratio of the epochs that the two bounds need",
    source=Source(deck="003", slide="Comparison"),
    kind="equality",
    statement=r"\frac{T_{GD}}{T_{AM}} = \frac{\log(1/\rho_{AM})}{\log(1/\rho_{GD})}",
    reading="T the real number for which the bound ρ^T ‖W⁰ − W*‖_F is ε; 0 < ρ_AM, ρ_GD < 1; whole epochs are the next whole number. The "
    "measured epochs are at most those of the bounds; their ratio is shown beside the printed one and is no part of the claim",
    knobs={"inverted": False, "power": 1},
)


def stated_ratio(descent: Any, alternating: Any, library: Any, knobs: Any) -> Any:
    """T_GD/T_AM from the two rates."""
    slow, fast = library.log(1 / descent), library.log(1 / alternating)
    return (slow / fast if knobs.inverted else fast / slow) ** knobs.power


@claim.derive
def by_logarithms(log: Any, knobs: Any) -> None:
    import sympy

    start, part, slow, more = sympy.symbols("start part slow more", positive=True)
    target = start * sympy.exp(-part)  # ε
    epochs = []
    for name, decay in (("gradient descent", slow), ("alternating minimisation", slow + more)):  # every 0 < ρ_AM < ρ_GD < 1 is exp(−decay)
        epochs.append(sympy.log(sympy.exp(part)) / decay)
        log.equal(start * sympy.exp(-decay) ** epochs[-1], target, f"{name}: ρ^T ‖W⁰ − W*‖ is ε for T = log(‖W⁰ − W*‖/ε)/log(1/ρ)")
    rates = sympy.exp(-slow), sympy.exp(-slow - more)
    log.equal(epochs[0] / epochs[1], stated_ratio(*rates, sympy, knobs), "the ratio of epochs")
    log.positive(sympy.factor(epochs[0] / epochs[1] - 1), "above 1: alternating minimisation needs fewer, as far as the bounds go")


@claim.simulate(
    quick={"dimensions": (2, 3), "inputs": 4000, "trials": 3, "accuracy": 1e-6},
    full={"dimensions": (2, 3, 5), "inputs": 50_000, "trials": 10, "accuracy": 1e-8},
)
def with_both_algorithms(trial: Any, knobs: Any) -> None:
    """Both algorithms on one sample, from a start so near that both bounds contract."""
    from types import SimpleNamespace

    library = SimpleNamespace(log=math.log)
    sizes = {"n": trial.inputs, "accuracy": trial.accuracy}
    settings = [{"d": d, "distance": 0.02 / d**2, **sizes} for d in trial.dimensions for _ in range(trial.trials)]
    points: list[dict[str, Any]] = []
    for row in trial.sweep(both_runs, settings):
        descent, alternating = row["descent"], row["alternating"]
        if not 0 < alternating < 1 or descent >= 1:
            continue  # a bound that does not contract needs no number of epochs
        stated = stated_ratio(descent, alternating, library, knobs)
        counted = [count(rate, trial.accuracy) for rate in (descent, alternating)]
        low, high = (counted[0] - 1) / counted[1], counted[0] / max(1, counted[1] - 1)
        text = f"epochs of the bounds {counted[0]} and {counted[1]}: a ratio between {low:.2f} and {high:.2f}, stated {stated:.2f}"
        trial.true(low <= stated <= high, text)
        for name, steps, bound in zip(("gradient descent", "alternating minimisation"), row["epochs"], counted, strict=True):
            trial.true(steps <= bound, f"{name}: {steps} epochs, its bound {bound}")
        points.append({"printed": stated, "measured": row["epochs"][0] / row["epochs"][1], "d": f"d = {row['d']}"})
    trial.true(2 * len(points) > len(settings), f"both bounds contract in {len(points)} of {len(settings)} runs")
    title = "T_GD/T_AM: measured against the ratio of the bounds"
    if points:
        trial.figure("epochs", points, x="printed", y="measured", by="d", log="xy", kind="points", title=title)


def count(rate: float, accuracy: float) -> int:
    """How often the rate has to be applied until what is left is at most the accuracy."""
    left, steps = 1.0, 0
    while left > accuracy:
        left *= rate
        steps += 1
    return steps


def both_runs(rng: Any, d: int, n: int, distance: float, accuracy: float) -> dict[str, Any]:
    """Epochs of both algorithms on one sample, and the printed rates, the largest over the steps of the runs."""
    import numpy as np

    from theorycheck.network.residual import linearisation, residual_outputs
    from theorycheck.training.alternating_minimization import solve_step
    from theorycheck.training.residual_data import stated_step

    truth = 0.1 * rng.standard_normal((d, d)) / np.sqrt(d)
    signs, inputs = rng.choice([-1.0, 1.0], d), rng.standard_normal((n, d))
    labels, target = residual_outputs(truth, signs, inputs), truth + np.eye(d)
    move = rng.standard_normal((d, d))
    move -= target * (move * target).sum(axis=0) / (target**2).sum(axis=0)  # across the columns, so that gates turn
    start = truth + distance * move / np.linalg.norm(move)
    before = inputs @ target
    rates, epochs = [0.0, 0.0], []
    for which in range(2):
        w, steps, fixed = start, 0, None
        while np.linalg.norm(w - truth) > accuracy * distance and steps < 5000:
            features = linearisation(w, signs, inputs)
            if fixed is None or not np.array_equal(fixed.gates, features.gates):
                fixed, sigma, eta = features, features.singular_values(), stated_step(features)
            blocks = before * ((before > 0) * signs - features.gates)
            size = np.sqrt(d * (blocks**2).sum() / n)  # √k (Σ ‖E_q‖²)^½, which bounds Σ ‖E_q‖
            kappa, rho = (sigma[1] / sigma[0]) ** 2, size / np.linalg.norm(w - truth)
            alternating = kappa * rho / sigma[1]
            rates = [max(rates[0], (kappa - 1 + 2 * alternating) / (kappa + 1)), max(rates[1], alternating)]
            rest = labels - features.times(w + np.eye(d))
            w = w + (eta / n * features.transposed(rest) if which == 0 else solve_step(features, w, labels).weights)
            steps += 1
        epochs.append(steps)
    return {"descent": float(rates[0]), "alternating": float(rates[1]), "epochs": epochs}


claim.mutant("the ratio upside down", by="derive", inverted=True)
claim.mutant("the square of the ratio", by="derive", power=2)
claim.mutant("the ratio upside down, measured", by="simulate", inverted=True)
claim.mutant("the square of the ratio, measured", by="simulate", power=2)
