"""The class for which the overall theorem is right: φ = c₊ z₊² − c₋ z₋² with c₊ ≠ c₋. The algorithm itself, from samples to 1e-10."""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim

#: Pairs (c₊, c₋): squared ReLU, one that is nearly odd, and one that is decreasing on the right.
PAIRS = ((1.0, 0.0), (1.0, 0.75), (-2.0, 1.0))
UNITS, DIMENSION = 3, 10
#: Errors are kept every so many iterations; the starts are compared after so many.
LOOK, ITERATIONS = 50, 3000
STARTS = ("tensor", "random W, true v", "random W and v")

claim = Claim(
    "recovery/recovery-algorithm-sharp",
    title="c₊ z₊² − c₋ z₋² with c₊ ≠ c₋: W* and v* are recovered",
    origin="theorycheck",
    kind="existence",
    statement=r"\phi = c_+ z_+^2 - c_- z_-^2,\ c_+ \ne c_- \Rightarrow \|\hat w_i - w_i^\star\| \le 10^{-10}\,\|w_i^\star\|,\ "
    r"\hat v_i = v_i^\star",
    reading="tensor initialisation from 20 000 samples, then gradient descent on 1000 of them; d = 10, k = 3, singular values of W* from 1 "
    "to 2, noiseless labels, up to the order of the units; in every trial",
    knobs={"mirror": 0.0, "descent": 20_000},
)


@claim.simulate(quick={"trials": 1, "compare": 1}, full={"trials": 50, "compare": 100})
def from_samples(trial: Any, knobs: Any) -> None:
    settings = [
        {"plus": plus, "minus": minus if knobs.mirror == 0 else knobs.mirror * plus, "steps": knobs.descent}
        for plus, minus in PAIRS
        for _ in range(trial.trials)
    ]
    runs = trial.sweep(run, settings, label="recovery")
    for plus, _ in dict.fromkeys((r["plus"], r["minus"]) for r in runs):
        done = [r for r in runs if r["plus"] == plus]
        success = sum(r["errors"][-1] <= 1e-10 and r["right"] for r in done)
        if trial.true(success == len(done), f"c₊ = {plus:g}: {success} of {len(done)} recover W to 1e-10 and v exactly") is False:
            return
    decay = [
        {"iteration": LOOK * t, "error": error, "activation": f"{r['plus']:g}, {r['minus']:g}"}
        for r in runs[:: trial.trials]
        for t, error in enumerate(r["errors"])
    ]
    title = "Error against iterations, by (c+, c-)"
    trial.figure("error-against-iterations", decay, x="iteration", y="error", by="activation", log="y", title=title)
    starts = trial.sweep(compared, [{"start": start} for start in STARTS for _ in range(trial.compare)], label="starts")
    rows = [{"run": i % trial.compare, "error": max(r["error"], 1e-16), "start": r["start"]} for i, r in enumerate(starts)]
    title = f"Error after {ITERATIONS} iterations, by start: squared ReLU"
    trial.figure("tensor-against-random-start", rows, x="run", y="error", by="start", log="y", kind="points", title=title)


def run(rng: Any, plus: float, minus: float, steps: int) -> dict[str, Any]:
    """The algorithm once, with the error on the way."""
    from theorycheck.errors import TheorycheckError
    from theorycheck.training.homogeneous import Homogeneous
    from theorycheck.training.recovery import descend, error_up_to_order, random_network
    from theorycheck.training.tensor_initialization import tensor_initialization

    phi = Homogeneous(plus, -minus, 2)
    rows, signs = random_network(rng, UNITS, DIMENSION)
    x = rng.standard_normal((20_000, DIMENSION))
    y = phi.value(x @ rows.T) @ signs
    try:
        start = tensor_initialization(x, y, phi, UNITS, rng)
    except TheorycheckError:
        return {"errors": [1.0], "right": 0}
    errors, right = [], False
    for t, w in enumerate(descend(x[:1000], y[:1000], phi, start.rows, start.weights, steps)):
        if t % LOOK == 0:
            error, right = error_up_to_order(w, rows, start.weights, signs)
            errors.append(error)
            if error <= 1e-11:
                break
    return {"errors": errors, "right": int(right)}


def compared(rng: Any, start: str) -> dict[str, Any]:
    """Squared ReLU from one of the three starts; random rows have the mean square length of the true ones."""
    import numpy as np

    from theorycheck.training.gradient_descent import Diverged
    from theorycheck.training.homogeneous import Homogeneous
    from theorycheck.training.recovery import descend, error_up_to_order, random_network
    from theorycheck.training.tensor_initialization import tensor_initialization

    phi = Homogeneous(1, 0, 2)
    rows, signs = random_network(rng, UNITS, DIMENSION)
    x = rng.standard_normal((20_000, DIMENSION))
    y = phi.value(x @ rows.T) @ signs
    if start == "tensor":
        found = tensor_initialization(x, y, phi, UNITS, rng)
        begin, v = found.rows, found.weights
    else:
        begin = np.linalg.norm(rows) / np.sqrt(rows.size) * rng.standard_normal(rows.shape)
        v = signs if start == "random W, true v" else rng.choice([-1.0, 1.0], UNITS)
    try:
        *_, w = descend(x[:1000], y[:1000], phi, begin, v, ITERATIONS)
    except Diverged as end:
        w = end.last
    error, right = error_up_to_order(w, rows, v, signs)
    return {"error": error if right else max(error, 1.0), "right": int(right)}


claim.mutant("c₊ = c₋", mirror=1.0)
claim.mutant("without gradient descent", descent=0)
