"""The runs behind the observations of this deck: teachers, starts, and the relative errors along the way."""

from __future__ import annotations

from math import sqrt
from typing import Any


def teacher(rng: Any, dimension: int, size: float = 2.0) -> Any:
    """W* Gaussian, scaled to the norm 2 at d = 20 and in proportion to √d, as ‖I‖ is; v = ±1 at random."""
    import numpy as np

    truth = rng.standard_normal((dimension, dimension))
    return truth * (size * sqrt(dimension / 20) / np.linalg.norm(truth)), rng.choice([-1.0, 1.0], dimension)


def starts(rng: Any, dimension: int) -> Any:
    """The starts by name: W⁰ = 0; W⁰ ~ N(0, 1/d²); and W⁰ + I ~ N(0, 1/d²), where the identity is lost."""
    import numpy as np

    noise = rng.standard_normal((dimension, dimension)) / dimension
    return {"identity": np.zeros_like(noise), "random": noise, "no identity": noise - np.eye(dimension)}


def minimise(data: Any, signs: Any, start: Any, steps: int, truth: Any, goal: float = 1e-13) -> list[float]:
    """The relative errors of alternating minimisation, until one is below the goal; infinite where it left for infinity."""
    from theorycheck.training.alternating_minimization import alternating_minimization

    return _errors((iterate.weights for iterate in alternating_minimization(data, signs, start, steps)), truth, goal)


def descend(data: Any, signs: Any, start: Any, epochs: int, truth: Any, goal: float = 1e-13, step: float | None = None) -> list[float]:
    """The same for gradient descent, unless told with the step 3/(2σ²_max) of B(W⁰)/√n, three quarters of the longest stable one."""
    from theorycheck.training.gradient_descent import gradient_descent
    from theorycheck.training.residual_data import residual_gradient

    step = 0.75 * longest_step(data, signs, start) if step is None else step
    return _errors(gradient_descent(residual_gradient(data, signs), start, step, epochs), truth, goal)


def longest_step(data: Any, signs: Any, start: Any) -> float:
    """2/σ²_max of B(W⁰)/√n: beyond it gradient descent on the linearised network diverges."""
    from theorycheck.network.residual import linearisation
    from theorycheck.training.residual_data import as_batches

    inputs, _ = as_batches(data)()
    return 2 / linearisation(start, signs, inputs).singular_values()[1] ** 2


def _errors(path: Any, truth: Any, goal: float) -> list[float]:
    import numpy as np

    from theorycheck.training.gradient_descent import Diverged

    size, found = float(np.linalg.norm(truth + np.eye(len(truth)))), []
    try:
        for weights in path:
            found.append(float(np.linalg.norm(weights - truth)) / size)
            if found[-1] < goal:
                break
    except Diverged:
        found.append(float("inf"))
    return found
