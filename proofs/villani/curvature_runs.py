"""Was it convex anyway? The least eigenvalue of the Hessian where SGD goes, at random weights, and at weights chosen against it.

∇²L = ∇²(data part) + λI, so all numbers here are those of the data part: at any W the loss is convex once λ exceeds the one that is given.
"""

from __future__ import annotations

from typing import Any

from regularised_runs import BATCH, DIMENSION, clean_labels, outer_weights

#: The λ of the runs, the labels' noise (on the sine target), and at how many times a run is looked at.
STRENGTHS = (0.0, 0.01, 0.05, 0.13, 0.5)
NOISES = (0.5, 4.0)
LOOKS = 2
#: |σ''| of the sigmoid is at most 1/(6√3), and reaches it at ±log(2 + √3).
BEND, STEEPEST = 1 / 6 / 3**0.5, 1.3169578969248166


def curvature_run(rng: Any, draw: int, noise: float, width: int, samples: int, steps: int) -> dict[str, Any]:
    """The least eigenvalue of the Hessian of the data part, normalised so that B_x‖a‖ = 1.

    Returns:
        "start", "random" (the least of Gaussian weights of five scales), "chosen" (see `chosen_weights`), "guaranteed" (a proved
            lower bound over all weights), and by λ the least one along the run of SGD ("visited") and the one at its "end".
    """
    import numpy as np

    from theorycheck import Activation
    from theorycheck.network.regularised_loss import RegularisedLoss
    from theorycheck.training.regularised_sgd import regularised_sgd, sigmoid

    x = rng.random((samples, DIMENSION))
    y = clean_labels(rng, "sine")(x) + noise * rng.standard_normal(samples)
    outer = outer_weights(rng, width, 1)
    data_part = RegularisedLoss(Activation("sigmoid"), outer, x, y, 0.0)

    def least(weights: Any) -> float:
        return float(np.linalg.eigvalsh(data_part.hessian(weights))[0])

    here = rng.standard_normal((width, DIMENSION)) / np.sqrt(DIMENSION)
    found = {"start": least(here), "chosen": min(least(w) for w in chosen_weights(outer))}
    found["random"] = min(least(scale * rng.standard_normal(here.shape)) for scale in (0.1, 0.3, 1, 3, 10))
    path = []
    for _ in range(LOOKS):
        here = regularised_sgd(rng, sigmoid(), outer, x, y, np.array(STRENGTHS), 0.25, steps // LOOKS, BATCH, here)
        path.append([least(w) for w in here])
    # ∇² ≥ (2/n) Σ (f − y_i) a_k σ'' x_i x_iᵀ in each block k, as the first part of the Hessian is a sum of squares; f lies in [down, up]
    up, down = outer[outer > 0].sum(), outer[outer < 0].sum()
    residual = np.maximum(np.abs(up - y), np.abs(down - y))
    guaranteed = -2 * BEND * float(np.abs(outer).max() * np.linalg.eigvalsh((x.T * residual) @ x / samples)[-1])
    return {**found, "guaranteed": guaranteed, "visited": np.min(path, axis=0).tolist(), "end": path[-1]}


def chosen_weights(outer: Any) -> Any:
    """Weights against which convexity has the hardest time: the unit with the largest |a_k| where |σ''| is largest at a mean input, the
    others saturated, so that the residual is as large as they can make it."""
    import numpy as np

    mean = DIMENSION / 2  # of the sum of the coordinates of an input
    for place in (STEEPEST / mean, -STEEPEST / mean):
        for sign in (1, -1):
            weights = np.outer(np.where(outer > 0, sign, -sign) * 50.0, np.ones(DIMENSION))
            weights[np.argmax(np.abs(outer))] = place
            yield weights
