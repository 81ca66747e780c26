"""The runs behind the training claims of this deck: B* = I, a* = a = 1 known, ReLU teacher, no noise, start at random unit rows."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

#: σ̂_0 and σ̂_2, σ̂_4 of ReLU (claim landscape/relu-hermite).
MEAN, SECOND, FOURTH = 1 / sqrt(2 * pi), 1 / sqrt(4 * pi), -1 / sqrt(48 * pi)


def designed(z: Any) -> Any:
    """γ = σ̂_2 h_2 + σ̂_4 h_4 of ReLU, in the type of its argument."""
    square, kind = z * z, z.dtype.type
    return kind(MEAN) * (square * (kind(0.75) - square * kind(1 / 24)) - kind(0.625))


def designed_slope(z: Any) -> Any:
    """γ'."""
    kind = z.dtype.type
    return kind(MEAN) * z * (kind(1.5) - z * z * kind(1 / 6))


def half_absolute(z: Any) -> Any:
    """abs(z)/2, which has ReLU's even Hermite coefficients."""
    return abs(z) * z.dtype.type(0.5)


def centred_half_absolute(z: Any) -> Any:
    """abs(z)/2 without its mean, for labels without theirs."""
    return half_absolute(z) - z.dtype.type(MEAN)


def half_sign(z: Any) -> Any:
    """The derivative of abs(z)/2."""
    import numpy as np

    return np.sign(z) * z.dtype.type(0.5)


def student(name: str, without: int) -> Any:
    """The activation of a student: relu, gamma or abs, for labels without their first `without` degrees."""
    if name == "gamma":
        return designed, designed_slope
    if name == "abs":
        return (centred_half_absolute if without else half_absolute), half_sign
    return "relu"


def population_path(rng: Any, dimension: int, student: str, step: float, steps: int, fourth: float = FOURTH) -> Any:
    """E (y − ŷ)² as a function of rows, and gradient descent on it: ReLU with free rows, or σ̂_2 h_2 + fourth·h_4 on the unit sphere."""
    import numpy as np

    from theorycheck.network.population import HermitePopulation, HomogeneousPopulation
    from theorycheck.network.rows import random_unit_rows, unit_rows
    from theorycheck.training.gradient_descent import gradient_descent

    ones, identity = np.ones(dimension), np.eye(dimension)
    if student == "relu":
        population: Any = HomogeneousPopulation("relu", identity, ones)
    else:
        population = HermitePopulation([0, 0, SECOND, 0, fourth], [0, 0, SECOND, 0, FOURTH], identity, ones)
    start = random_unit_rows(rng, dimension, dimension)

    def loss(rows: Any) -> Any:
        return population(rows, ones)

    return loss, gradient_descent(lambda rows: loss(rows).rows, start, step, steps, None if student == "relu" else unit_rows)


def fresh_descent(rng: Any, dimension: int, student_name: str, without: int, step: float, batch: int, steps: int) -> Any:
    """SGD with a fresh batch at each step, in float32: free rows for ReLU, else unit rows and a fifth of the step in the last 30 %."""
    import numpy as np

    from theorycheck.network.rows import random_unit_rows, unit_rows
    from theorycheck.training.gradient_descent import gradient_descent
    from theorycheck.training.stochastic_gradient import fresh_gradient, teacher_labels

    labels = teacher_labels("relu", np.eye(dimension), np.ones(dimension), without)
    gradient = fresh_gradient(rng, labels, student(student_name, without), np.ones(dimension), batch)
    start = random_unit_rows(rng, dimension, dimension).astype(np.float32)
    project = None if student_name == "relu" else unit_rows
    return history(gradient_descent(gradient, start, lambda t: step if t < 0.7 * steps else step / 5, steps, project), steps)


def history(path: Any, steps: int, shown: int = 20, loss: Any = None) -> dict[str, Any]:
    """The surrogate errors along a path at about `shown` places, and at its end; with a loss, its value and gradient at the end."""
    from theorycheck.network.matching import surrogate_error
    from theorycheck.network.rows import unit_rows

    every = max(1, steps // shown)
    found: dict[str, Any] = {"iterations": [], "signed": [], "unsigned": []}
    for t, rows in enumerate(path):
        if t % every and t != steps:
            continue
        overlaps = unit_rows(rows.astype(float))  # B* = I
        found["iterations"].append(t)
        found["signed"].append(surrogate_error(overlaps, signed=True))
        found["unsigned"].append(surrogate_error(overlaps, signed=False))
    if loss is not None:
        end = loss(rows)
        found |= {"loss": end.value, "gradient": float(abs(end.rows).max())}
    return found


def curves(runs: Any, error: str, **columns: Any) -> list[dict[str, Any]]:
    """The rows of a figure: one for each place at which a run was looked at."""
    return [
        {**{name: str(value) for name, value in columns.items()}, "run": f"{label} {number}", "iteration": t, "error": e}
        for label, found in runs
        for number, run in enumerate(found)
        for t, e in zip(run["iterations"], run[error], strict=True)
    ]
