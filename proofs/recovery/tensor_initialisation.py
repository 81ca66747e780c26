"""From the moments to the parameters: the signs v exactly, the rows w approximately.

M_3 alone cannot do it: (v, w) and (−v, −w) have the same M_3. The signs come from an even moment.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source

SQUARED = "squared_relu"
LOPSIDED = "where(x > 0, x**2, -x**2/2)"


def nasty_networks(rng: Any, count: int) -> Any:
    """(activation, signs, rows): all signs negative, rows nearly parallel, k = d, lengths 1 and 8; then random ones, ReLU among them."""
    import numpy as np

    from theorycheck.training.recovery import random_network

    eye = np.eye(3)
    yield SQUARED, -np.ones(2), eye[:2]
    yield SQUARED, np.array([1.0, -1.0]), np.array([[1.0, 0.0, 0.0], [1.0, 0.1, 0.0]])
    yield "relu", np.array([1.0, -1.0, -1.0]), eye + 0.3
    yield LOPSIDED, np.array([-1.0, 1.0]), np.array([[8.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    for number in range(count - 4):
        units = int(rng.integers(2, 6))
        rows, signs = random_network(rng, units, units + int(rng.integers(0, 4)), condition=4.0)
        yield (SQUARED, "relu", LOPSIDED)[number % 3], signs, rows


def dependent_networks(rng: Any, count: int) -> Any:
    """Three rows in a plane."""
    import numpy as np

    rows = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]])
    return [(SQUARED, np.array([1.0, -1.0, 1.0]), rows)][:count]


claim = Claim(
    "recovery/tensor-initialisation",
    title="Tensor decomposition gives v exactly and W approximately",
    source=Source(deck="002", slide="Estimate Parameters Using Tensor Decomposition", arxiv="1706.03175"),
    kind="existence",
    statement=r"\hat v_i = v_i^\star,\quad \|\hat w_i - w_i^\star\| \le \epsilon\,\|w_i^\star\|\ \text{up to the order of the units}",
    reading="independent rows, v_i = ±1, φ homogeneous with m_2 ≠ 0 and m_3 ≠ 0 (or m_4 ≠ 0 and m_1 ≠ 0: ReLU, through M_4); the signs "
    "from M_2. Exact moments: ε = 1e-6. From samples (d = 10, k = 3, κ = 2): ε = 0.15 at n = 30 000 for degree 2, at 100 000 for ReLU",
    assumes=[Instances("networks with independent rows", nasty_networks, drops={"independent rows": dependent_networks})],
    knobs={"signs": "M_2", "scale": 1.0},
)


def estimated(rows: Any, signs: Any, knobs: Any) -> tuple[Any, Any]:
    """What is stated: the estimate, with the signs of M_2, or those that a reader of M_3 alone would choose, all +1."""
    if knobs.signs == "M_2":
        return rows * knobs.scale, signs
    return rows * signs[:, None] * knobs.scale, signs**2


@claim.certify
def from_exact_moments(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.errors import InputError
    from theorycheck.tensor.moment_constants import population_moment
    from theorycheck.training.homogeneous import homogeneous_activation
    from theorycheck.training.recovery import error_up_to_order
    from theorycheck.training.tensor_initialization import network_from_moments, tensor_order

    for name, signs, rows in check.instances(16):
        phi = homogeneous_activation(name)
        span = np.linalg.qr(rows.T)[0]
        inside = rows @ span  # coordinates in the span of the rows, as the algorithm finds them
        moments = {p: population_moment(name, signs, inside, p) for p in (1, 2, tensor_order(phi))}
        try:
            found, guessed, *_ = network_from_moments(moments, phi, len(rows), check.rng)
        except InputError as reason:
            check.true(False, f"no estimate: {reason}")
            return
        found, guessed = estimated(found, guessed, knobs)
        error, right = error_up_to_order(found, inside, guessed, signs)
        if check.true(right, "v is recovered exactly") is False or check.less(error, 1e-6, "the error of W") is False:
            return


@claim.simulate(
    quick={"trials": 4, "samples": 30_000, "curve": (), "repeats": 0},
    full={"trials": 100, "samples": 120_000, "curve": (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000), "repeats": 20},
)
def from_samples(trial: Any, knobs: Any) -> None:
    import numpy as np

    n = trial.samples  # the estimate of ReLU comes from M_4, which needs more
    cases = ((SQUARED, n, trial.trials), (LOPSIDED, n, trial.trials), ("relu", 4 * n, trial.trials // 2))
    settings = [{"activation": name, "samples": n, "units": 3} for name, n, times in cases for _ in range(times)]
    runs = trial.sweep(initialise, settings, label="initialisation")
    for name, n, times in cases:
        errors, rights = zip(*[judged(run, knobs) for run in runs if run["activation"] == name], strict=True)
        if trial.true(all(rights), f"{name}, n = {n}: v exact in {sum(rights)} of {times} runs") is False:
            return
        if trial.true(max(errors) <= 0.15, f"{name}, n = {n}: the largest error of W is {max(errors):.3f}") is False:
            return
    if trial.curve:
        grid = [{"activation": SQUARED, "samples": n, "units": k} for k in (3, 4, 5) for n in trial.curve for _ in range(trial.repeats)]
        rows = []
        results = trial.sweep(initialise, grid, label="curve")
        for k in (3, 4, 5):
            for n in trial.curve:
                errors = [judged(run, knobs)[0] for run in results if (run["units"], run["samples"]) == (k, n)]
                low, middle, high = (float(q) for q in np.quantile(errors, (0.1, 0.5, 0.9)))
                rows.append({"samples": n, "error": middle, "low": low, "high": high, "units": k})
        how = {"x": "samples", "y": "error", "by": "units", "low": "low", "high": "high", "log": "xy"}
        trial.figure("initialisation-error", rows, title="Error of the tensor initialisation, d = 10, squared ReLU", **how)


def initialise(rng: Any, activation: str, samples: int, units: int) -> dict[str, Any]:
    """One network, its samples, its estimate; flat lists, so that a sweep can store them."""
    from theorycheck.errors import InputError
    from theorycheck.training.homogeneous import homogeneous_activation
    from theorycheck.training.recovery import random_network
    from theorycheck.training.tensor_initialization import tensor_initialization

    phi = homogeneous_activation(activation)
    rows, signs = random_network(rng, units, 10)
    x = rng.standard_normal((samples, 10))
    try:
        found = tensor_initialization(x, phi.value(x @ rows.T) @ signs, phi, units, rng)
        estimate, guessed = found.rows, found.weights
    except InputError:  # too few samples: nothing is claimed, which counts as an error of 1
        estimate, guessed = 0 * rows, 0 * signs
    return {"rows": rows.ravel().tolist(), "signs": signs.tolist(), "found": estimate.ravel().tolist(), "guessed": guessed.tolist()}


def judged(run: Any, knobs: Any) -> tuple[float, bool]:
    """The error of W and whether v is right."""
    import numpy as np

    from theorycheck.training.recovery import error_up_to_order

    shape = (run["units"], 10)
    rows, signs = estimated(np.array(run["found"]).reshape(shape), np.array(run["guessed"]), knobs)
    return error_up_to_order(rows, np.array(run["rows"]).reshape(shape), signs, np.array(run["signs"]))


claim.mutant("signs from M_3 alone", by="certify", signs="M_3")
claim.mutant("dependent rows", by="certify", drop="independent rows")
claim.mutant("lengths divided by c instead of its root", by="certify", scale=1.1195)
claim.mutant("signs from M_3 alone, sampled", by="simulate", signs="M_3")
claim.mutant("lengths a fifth too long, sampled", by="simulate", scale=1.2)
