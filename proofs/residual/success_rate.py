"""How often W* is recovered from n samples, by gradient descent and by alternating minimisation, from the starts of the deck.

The deck leaves the law of W*, v, the step, the budgets and “random” open; what is run here stands in the reading. Its curves need fixed
data. With a fresh batch of n samples at every step, as the theorem has it, gradient descent sees n·T samples and recovers W* with
n = d²/2 already, where alternating minimisation, with fewer equations than unknowns at each step, does not: the contrast is reversed.
"""

from __future__ import annotations

from typing import Any

from residual_runs import descend, minimise, starts, teacher

from theorycheck.claims import Claim, Source

claim = Claim(
    "residual/success-rate",
    title="Recovery against the number of samples",
    source=Source(deck="003", slide="Comparison", note="figure, left; ISIT 2019, Fig. 1(a)"),
    kind="observation",
    statement=r"p(n) = \Pr\bigl[\|W^T - W^\star\|_F < 0.01\,\|W^\star + I\|_F\bigr]:\quad p(d^2/2) = 0,\ p(3d^2) = 1,\ "
    r"p_{AM}(n) \ge p_{GD}(n)",
    reading="d = 20: n = 200 and n = 1200. The same data at every step, no noise, W* Gaussian scaled to ‖W*‖_F = 2 (2√(d/20) for other d), "
    "v = ±1 at random; GD takes 1000 steps of 3/(2σ²_max(B⁰/√n)), AM 20 steps; starts W⁰ = 0 (identity), W⁰ ~ N(0, 1/d²) (random), and "
    "W⁰ + I ~ N(0, 1/d²), which has lost the identity and never succeeds. At n = 700 the deck has 0.6 for AM from the identity, "
    "0 for the others; with these settings AM succeeds there from both starts. With fresh batches the order is reversed at n = 200",
    knobs={"first": "AM", "second": "GD", "enough": 3, "good": ("identity", "random"), "ordered": (0,)},
)

#: ‖W − W*‖ relative to ‖W* + I‖ from which on W* counts as recovered.
RECOVERED = 0.01


def one_teacher(rng: Any, dimension: int, samples: int, epochs: int, steps: int, fresh: int) -> dict[str, Any]:
    """One teacher and one sample: the relative errors of both algorithms from all starts."""
    from theorycheck.training.residual_data import fresh_batches

    truth, signs = teacher(rng, dimension)
    batches = fresh_batches(rng, truth, signs, samples)
    data = batches if fresh else batches()
    found = {}
    for name, start in starts(rng, dimension).items():
        found[f"AM {name}"] = minimise(data, signs, start, steps, truth, RECOVERED / 2)[-1]
        found[f"GD {name}"] = descend(data, signs, start, epochs, truth, RECOVERED / 2)[-1]
    return found


@claim.simulate(
    quick={"trials": 3, "dimension": 8, "grid": (0.5, 1.75, 3.5), "fresh": (0.5,), "epochs": 1000, "steps": 20},
    full={
        "trials": 10, "dimension": 20, "epochs": 1000, "steps": 20,
        "grid": (0.5, 0.75, 1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4.25),
        "fresh": (0.5, 1, 1.25, 1.75, 3, 4.25),
    },
)  # fmt: skip
def on_fixed_data(trial: Any, knobs: Any) -> None:
    sizes = {"dimension": trial.dimension, "epochs": trial.epochs, "steps": trial.steps}
    cells = [(n, 0) for n in trial.grid] + [(n, 1) for n in trial.fresh]
    settings = [
        {"samples": int(share * trial.dimension**2), "fresh": fresh, **sizes} for share, fresh in cells for _ in range(trial.trials)
    ]  # fmt: skip
    found = trial.sweep(one_teacher, settings)
    rates: dict[tuple[int, int], dict[str, float]] = {}
    for number, (share, fresh) in enumerate(cells):
        rows = found[number * trial.trials : (number + 1) * trial.trials]
        names = [name for name in rows[0] if name.startswith(("AM", "GD"))]
        rates[share, fresh] = {name: sum(row[name] < RECOVERED for row in rows) / len(rows) for name in names}

    for (share, fresh), rate in rates.items():
        n = f"n = {int(share * trial.dimension**2)}, {'fresh' if fresh else 'fixed'} data"
        for start in knobs.good:
            first, second = rate[f"{knobs.first} {start}"], rate[f"{knobs.second} {start}"]
            text = f"{n}, start {start}: {knobs.first} {first:g}, {knobs.second} {second:g}"
            if fresh in knobs.ordered:
                trial.true(first >= second, f"{text}: the former at least as often")
            if share <= 0.5 and not fresh:
                trial.true(max(first, second) == 0, f"{text}: neither recovers W* from d²/2 samples")
            if share <= 0.5 and fresh:
                trial.true(rate[f"AM {start}"] < rate[f"GD {start}"] == 1, f"{text}: GD always recovers W*, AM does not")
            if share >= knobs.enough:
                trial.true(min(first, second) == 1, f"{text}: both recover W* from {knobs.enough} d² samples on, every time")
        lost = max(rate["AM no identity"], rate["GD no identity"])
        trial.true(lost == 0, f"{n}: without the identity in the start {lost:g}")
    for fresh, kind in enumerate(("fixed", "fresh")):
        rows = [
            {"n": int(share * trial.dimension**2), "success": p, "algorithm": name}
            for (share, drawn), rate in rates.items() for name, p in rate.items() if drawn == fresh
        ]  # fmt: skip
        title = f"Recovery against samples{' in a batch' if fresh else ''}, d = {trial.dimension}, {trial.trials} trials, {kind} data"
        trial.figure(f"success-rate-{kind}-data", rows, x="n", y="success", by="algorithm", title=title)


claim.mutant("gradient descent recovers from fewer samples", first="GD", second="AM")
claim.mutant("1.75 d² samples are enough for both", enough=1.75)
claim.mutant("the same order with fresh batches", ordered=(0, 1))
claim.mutant("the identity in the start is not needed", good=("identity", "random", "no identity"))
