"""The runs of the ablation: one network a noise level, all on the same inputs, batches and noise directions."""

from __future__ import annotations

from typing import Any

from regularised_runs import BATCH, DIMENSION, clean_labels, outer_weights

#: The slide's λ and width, and our noise levels.
REGULARISER, WIDTH = 0.13, 10
NOISES = (0.0, 0.5, 1.0, 2.0, 4.0)
#: Test samples: the loss on noisy labels is known to a few per cent of σ².
TESTS = 20_000


def ablation_run(rng: Any, draw: int, samples: int, steps: int) -> dict[str, Any]:
    """Test losses by noise level, on labels with as much noise and on clean ones, of the network, the constant that is the mean training
    label, and W = 0 (for a sigmoid another constant, Σ a_j/2); on clean labels also "bare", the loss of the network at λ = 0, and "reach",
    a lower bound for all W: outputs lie between the sums of the negative and the positive a_j. The data depend on `draw` and the seed."""
    import numpy as np
    from scipy.special import expit

    from theorycheck.training.regularised_sgd import regularised_sgd, sigmoid

    clean = clean_labels(rng, "sine")
    x, test = rng.random((samples, DIMENSION)), rng.random((TESTS, DIMENSION))
    noises = np.array(NOISES)
    y = clean(x)[:, None] + noises * rng.standard_normal(samples)[:, None]
    target = clean(test)
    wanted = target[:, None] + noises * rng.standard_normal(TESTS)[:, None]
    outer = outer_weights(rng, WIDTH, 1)
    start = rng.standard_normal((WIDTH, DIMENSION)) / np.sqrt(DIMENSION)
    strengths = np.append(np.full(len(noises), REGULARISER), 0.0)
    *ends, bare = regularised_sgd(rng, sigmoid(), outer, x, np.column_stack([y, y[:, 0]]), strengths, 0.25, steps, BATCH, start)
    predictions = {
        "network": np.stack([expit(test @ w.T) @ outer for w in ends], axis=1),
        "constant": np.tile(y.mean(axis=0), (TESTS, 1)),
        "zero": np.full((TESTS, len(noises)), outer.sum() / 2),
    }
    nearest = np.clip(target, outer[outer < 0].sum(), outer[outer > 0].sum())
    found: dict[str, Any] = {
        "bare": float(np.mean((expit(test @ bare.T) @ outer - target) ** 2)), "reach": float(np.mean((nearest - target) ** 2))
    }  # fmt: skip
    for name, values in predictions.items():
        found[name] = np.mean((values - wanted) ** 2, axis=0).tolist()
        found[f"{name} clean"] = np.mean((values - target[:, None]) ** 2, axis=0).tolist()
    return found


def averages(rows: Any, name: str) -> list[float]:
    """A list of results averaged over trials, place by place."""
    return [sum(values) / len(rows) for values in zip(*(row[name] for row in rows), strict=True)]
