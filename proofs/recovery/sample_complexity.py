"""How many samples the recovery needs: in proportion to d for the start, and equally many for each further digit."""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

UNITS = 2
#: A run succeeds when W is within this relative error and v is exact.
CLOSE = 0.01
#: Samples are counted in multiples of the dimension.
FIRST, MULTIPLE = 5, 120

claim = Claim(
    "recovery/sample-complexity",
    title="Samples in proportion to d, up to a logarithm, and to log(1/ε)",
    source=Source(deck="002", slide="Recover A Neural Network", arxiv="1706.03175"),
    kind="upper bound",
    statement=r"|S| > d\,\log(1/\epsilon)\,\mathrm{poly}(k, \lambda)",
    reading="squared ReLU, singular values of W* from 1 to 2. In d: 120 d samples let tensor and gradient descent reach 1 % with v exact "
    "in at least half of the runs for every d, and (full scale) the number that half of the runs need grows like log d, which the "
    "deck's Õ hides, times a power of d whose 95 % interval begins below 1.15 and ends below 2; without log d the power is above 1. "
    "In ε: gradient descent with fresh samples at each step needs no more than 1.5 times as many for 1e-5 → 1e-8 as for 1e-2 → 1e-5",
    knobs={"power": 1.0, "growth": 1.0},
)


@claim.simulate(
    quick={"dimensions": (5, 30), "trials": 8, "multiples": (), "repeats": 0},
    full={"dimensions": (5, 10, 20, 40), "trials": 40, "multiples": (10, 20, 30, 40, 55, 75, 100, 150, 250), "repeats": 50},
)
def from_samples(trial: Any, knobs: Any) -> None:
    import numpy as np

    settings = [
        {"dimension": d, "samples": round(MULTIPLE * FIRST * (d / FIRST) ** knobs.power), "units": UNITS}
        for d in trial.dimensions
        for _ in range(trial.trials)
    ]
    runs = trial.sweep(recovered, settings, label="proportional")
    for d in trial.dimensions:
        good = [r["success"] for r in runs if r["dimension"] == d]
        text = f"d = {d}, {next(r['samples'] for r in runs if r['dimension'] == d)} samples: {sum(good)} of {len(good)} runs succeed"
        if trial.true(2 * sum(good) >= len(good), text) is False:
            return
    spent = trial.sweep(fresh_samples, [{"dimension": 10}], label="fresh samples")[0]
    first, second = spent["middle"] - spent["start"], spent["end"] - spent["middle"]
    bound = 1.5 * knobs.growth * first
    if trial.true(second <= bound, f"samples for 1e-2 → 1e-5: {first}, for 1e-5 → 1e-8: {second}, allowed {bound:.0f}") is False:
        return
    if not trial.multiples:
        return
    dimensions = (10, 20, 40)
    grid = [{"dimension": d, "samples": m * d, "units": 3} for d in dimensions for m in trial.multiples for _ in range(trial.repeats)]
    runs = trial.sweep(recovered, grid, label="curve")
    table = {
        d: np.array([[r["success"] for r in runs if (r["dimension"], r["samples"]) == (d, m * d)] for m in trial.multiples])
        for d in dimensions
    }
    rows = [
        {"samples": m * d, "success": float(table[d][i].mean()), "dimension": d} for d in dimensions for i, m in enumerate(trial.multiples)
    ]
    trial.figure("recovery-success", rows, x="samples", y="success", by="dimension", log="x", title="Recovery rate against samples, k = 3")
    slopes, halves = bootstrapped(table, trial.multiples, trial.rng)
    thresholds = [
        {"dimension": d, "samples": middle, "low": low, "high": high} for d, (low, middle, high) in zip(dimensions, halves, strict=True)
    ]
    how = {"x": "dimension", "y": "samples", "low": "low", "high": "high", "log": "xy"}
    exponent = f"{slopes[1]:.2f}, 95 % interval {slopes[0]:.2f} to {slopes[2]:.2f}"
    plain = np.polyfit(np.log(dimensions), np.log([middle for _, middle, _ in halves]), 1)[0]
    trial.figure("samples-for-half", thresholds, title=f"Samples for 50 % success: log d times a power of d, {exponent}", **how)
    trial.true(slopes[0] <= 1.15 * knobs.power and slopes[2] < 2 * knobs.power, f"power of d beside log d: {exponent}; alone: {plain:.2f}")


def bootstrapped(table: Any, multiples: Any, rng: Any, draws: int = 1000) -> tuple[Any, Any]:
    """Quantiles (2.5, 50, 97.5 %) of the power p in n₅₀ ∝ d^p log d and of n₅₀ for each d, over resampled runs."""
    import numpy as np

    dimensions = list(table)
    found = []
    for _ in range(draws):
        rates = [np.array([rng.choice(cell, len(cell)).mean() for cell in table[d]]) for d in dimensions]
        found.append([d * half(np.array(multiples, dtype=float), rate) for d, rate in zip(dimensions, rates, strict=True)])
    halves = np.array(found)
    slopes = np.polyfit(np.log(dimensions), np.log(halves / np.log(dimensions)).T, 1)[0]
    levels = (0.025, 0.5, 0.975)
    return [float(q) for q in np.quantile(slopes, levels)], [[float(q) for q in np.quantile(column, levels)] for column in halves.T]


def half(sizes: Any, rates: Any) -> float:
    """Where a monotone version of the rates crosses one half, on the logarithmic scale."""
    import numpy as np

    rising = np.maximum.accumulate(rates) + 1e-9 * np.arange(len(rates))
    return float(np.exp(np.interp(0.5, rising, np.log(sizes))))


def recovered(rng: Any, dimension: int, samples: int, units: int) -> dict[str, Any]:
    """Whether one run succeeds; too few samples for the start count as failure."""
    from theorycheck.errors import TheorycheckError
    from theorycheck.training.homogeneous import Homogeneous
    from theorycheck.training.recovery import error_up_to_order, random_network, recover

    phi = Homogeneous(1, 0, 2)
    rows, signs = random_network(rng, units, dimension)
    x = rng.standard_normal((samples, dimension))
    try:
        found = recover(x, phi.value(x @ rows.T) @ signs, phi, units, rng, tolerance=CLOSE / 100, steps=2000)
    except TheorycheckError:
        return {"success": 0}
    error, right = error_up_to_order(found.rows, rows, found.weights, signs)
    return {"success": int(right and error <= CLOSE)}


def fresh_samples(rng: Any, dimension: int) -> dict[str, Any]:
    """Gradient descent with 50 d new samples at each step: how many had been drawn when the error first was 1e-2, 1e-5, 1e-8."""
    import numpy as np

    from theorycheck.training.gradient_descent import gradient_descent
    from theorycheck.training.homogeneous import Homogeneous
    from theorycheck.training.recovery import error_up_to_order, random_network, top_curvature

    phi = Homogeneous(1, 0, 2)
    rows, signs = random_network(rng, UNITS, dimension)
    batch = 50 * dimension

    def gradient(w: Any) -> Any:
        x = rng.standard_normal((batch, dimension))
        residual = (phi.value(x @ w.T) - phi.value(x @ rows.T)) @ signs
        return (phi.slope(x @ w.T) * signs * residual[:, None]).T @ x / batch

    noise = rng.standard_normal(rows.shape)
    start = rows + 0.15 * noise / np.linalg.norm(noise) * np.linalg.norm(rows)
    step = 0.5 / top_curvature(rng.standard_normal((20 * batch, dimension)), phi, rows, signs)
    marks, found = iter((1e-2, 1e-5, 1e-8)), []
    mark = next(marks)
    for t, w in enumerate(gradient_descent(gradient, start, step, 5000)):
        if error_up_to_order(w, rows, signs, signs)[0] <= mark:
            found.append(t * batch)
            mark = next(marks, 0.0)
            if not mark:
                break
    found += [10**12] * (3 - len(found))  # not reached: more than any number
    return {"start": found[0], "middle": found[1], "end": found[2]}


claim.mutant("as many samples in every dimension", power=0.0)
claim.mutant("further digits at half the price", growth=0.5)
