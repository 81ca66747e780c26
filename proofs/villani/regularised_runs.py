"""The two tasks of the slides, and the networks of the ablation and the heatmaps: sigmoid units with fixed outer weights."""

from __future__ import annotations

from typing import Any

#: The dimension of the inputs, uniform on [0, 1)^d, and of the teacher of the realisable task.
DIMENSION, TEACHER = 20, 5
#: Samples in a batch.
BATCH = 32


def clean_labels(rng: Any, task: str) -> Any:
    """The noiseless labels of a task as a function of inputs; a teacher is drawn."""
    import numpy as np
    from scipy.special import expit

    if task == "sine":
        return lambda x: np.sin(np.pi * (x * x).sum(axis=1) / DIMENSION)
    rows, outer = rng.standard_normal((TEACHER, DIMENSION)), rng.standard_normal(TEACHER) / np.sqrt(TEACHER)
    return lambda x: expit(x @ rows.T) @ outer


def outer_weights(rng: Any, width: int, normalised: int) -> Any:
    """a_j ~ N(0, 1)/√p; normalised so that B_x‖a‖ = 1 with B_x = √d, the largest norm of an input."""
    import numpy as np

    outer = rng.standard_normal(width) / np.sqrt(width)
    return outer / (np.linalg.norm(outer) * np.sqrt(DIMENSION)) if normalised else outer
