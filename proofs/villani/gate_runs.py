"""The runs behind the two figures of the ReLU gate: distances to w* under attack, for modified and true SGD on the same batches."""

from __future__ import annotations

from math import sqrt
from typing import Any

#: The magnitudes of the first figure, at probability 1/2, and the probabilities of the second, at magnitude 2.
MAGNITUDES = (0.0, 0.5, 1.0, 2.0, 4.0)
PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Times at which a curve is kept.
KEPT = 200


def poisoned_run(rng: Any, dimension: int, batch: int, steps: int, length: str, vary: str, law: str) -> dict[str, Any]:
    """One stream of batches, all settings of one figure, both algorithms, half of the best step, a Gaussian start of the length of w*.

    Args:
        rng: a NumPy generator.
        dimension, batch, steps: d, b and how many steps.
        length: ‖w*‖, "root" for √d or "one" for 1.
        vary: "magnitude" (of `MAGNITUDES`), "probability" (of `PROBABILITIES`) or "position": β(x) = 1 where ‖x‖² exceeds its mean, else 0.
        law: of the attack.

    Returns:
        For each algorithm and setting, as "modified 0.5": the relative distances at evenly spaced times; under "floor modified 0.5" the
        root mean square over the last half, under "time modified 0.5" the first step with less than a fifth of the first distance,
        or the number of steps if there is none.
    """
    import numpy as np

    from theorycheck.training.gate_rates import critical_step
    from theorycheck.training.relu_gate import ALGORITHMS, Attack, relu_gate

    truth, start = rng.standard_normal((2, dimension))
    size = sqrt(dimension) if length == "root" else 1.0
    truth, start = truth * (size / np.linalg.norm(truth)), start * (size / sqrt(dimension))
    if vary == "magnitude":
        attacks = {f"{size:g}": Attack(size, 0.5, law) for size in MAGNITUDES}
    elif vary == "probability":
        attacks = {f"{beta:g}": Attack(2.0, beta, law) for beta in PROBABILITIES}
    else:
        attacks = {"by length": Attack(2.0, lambda x: (np.einsum("ij,ij->i", x, x) > dimension) * 1.0, law)}
    path = relu_gate(rng, truth, list(attacks.values()), critical_step(dimension, batch) / 4, steps, batch, start)
    far = np.array([np.linalg.norm(rows - truth, axis=2) for rows in path]) / np.linalg.norm(truth)
    found: dict[str, Any] = {}
    for i, algorithm in enumerate(ALGORITHMS):
        for j, setting in enumerate(attacks):
            curve = far[:, i, j]
            near = np.flatnonzero(curve < 0.2 * curve[0])
            found[f"{algorithm} {setting}"] = [float(value) for value in curve[:: max(1, steps // KEPT)]]
            found[f"floor {algorithm} {setting}"] = float(np.sqrt(np.mean(curve[-(steps // 2) :] ** 2)))
            found[f"time {algorithm} {setting}"] = int(near[0]) if near.size else steps
    return found


def stated_floor(dimension: int, batch: int, magnitude: float, probability: float, variance: float = 1 / 3) -> float:
    """The relative floor of modified SGD for ‖w*‖ = √d ≫ θ* and E ξ = 0, when the filter does not see the attack: its square is
    ηβθ*²v/(2b(1 − cη)), v the mean of (ξ/θ*)², with the step of `poisoned_run`."""
    from theorycheck.training.gate_rates import critical_step

    step = critical_step(dimension, batch) / 4  # cη = 1/4
    return magnitude * sqrt(step * probability * variance / (2 * batch * 0.75))


def mean_of(rows: Any, key: str) -> float:
    """A result averaged over trials."""
    return float(sum(row[key] for row in rows) / len(rows))


def curves(row: Any, settings: Any, steps: int) -> list[dict[str, Any]]:
    """The kept distances of one trial, for a figure; what is below 1e-16 has no place on a logarithmic axis."""
    return [
        {"step": t * max(1, steps // KEPT), "distance": max(value, 1e-16), "curve": f"{algorithm}, {setting}"}
        for algorithm in ("modified", "true") for setting in settings for t, value in enumerate(row[f"{algorithm} {setting}"])
    ]  # fmt: skip
