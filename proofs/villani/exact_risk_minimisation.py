"""Exact empirical risk minimisation of a one-hidden-layer ReLU network: how many convex programs, and that their best is the optimum."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def data(rng: Any, count: int) -> Any:
    """Samples in the plane or in space: on a line, with equal points, on a grid, two; then random ones in general position."""
    special = [
        ([[0, 0], [1, 1], [2, 2], [3, 3]], [0, 2, -1, 1]),
        ([[0, 0], [0, 0], [1, 0], [0, 1]], [1, -1, 2, 0]),
        ([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]], [1, -1, -1, 1, 2]),
        ([[0, 0], [1, 3]], [2, -5]),
    ]
    for number in range(count):
        if number < len(special):
            yield special[number]
        else:
            yield sampled(rng, 5, 3) if number % 2 else sampled(rng, 6, 2)


def samples_on_a_line(rng: Any, count: int) -> Any:
    """Samples in dimension 1."""
    return (sampled(rng, 4 + number, 1) for number in range(count))


def sampled(rng: Any, samples: int, dimension: int) -> Any:
    """Inputs and labels that are multiples of 1/16."""
    inputs = [[Fraction(int(c), 16) for c in row] for row in rng.integers(-40, 41, (samples, dimension))]
    return inputs, [Fraction(int(c), 16) for c in rng.integers(-40, 41, samples)]


claim = Claim(
    "villani/exact-risk-minimisation",
    title="Exact empirical risk minimisation of a one-hidden-layer ReLU network in 2^w S^(nw) poly(n, S, w)",
    source=Source(deck="004", slide="What Is Provably Known About Neural Net Training?", arxiv="1611.01491"),
    kind="upper bound",
    statement=r"\min_{a, W, b} \tfrac1S \sum_i \big(y_i - \sum_{p \le w} a_p \max(0, \langle w_p, x_i\rangle + b_p)\big)^2 "
    r"\text{ is the least of } 2^w N^w \text{ convex programs},\quad N \le S^n",
    reading="n ≥ 2 and S ≥ 2; scalar outputs, no bias of the output, squared loss; N is the number of activation patterns of one unit "
    "on the data, counted as cells of full dimension in the space of (w, b); each program is solved exactly",
    assumes=[Instances("samples in dimension 2 or 3", data, drops={"dimension at least 2": samples_on_a_line})],
    knobs={"exponent": 0, "signs": (1, -1)},
)


@claim.certify
def on_small_samples(check: Any, knobs: Any) -> None:
    from theorycheck.training.exact_erm import exact_erm

    for inputs, labels in check.instances(6):
        found = exact_erm(inputs, labels, 1, knobs.signs)
        if check.less_equal(found.cells, len(inputs) ** (len(inputs[0]) + knobs.exponent), "patterns of one unit, at most S^n") is False:
            return
        check.equal(found.cells, patterns(inputs), "patterns found by linear programming, one of the 2^S after the other", digits=12)
        check.equal(found.lower, found.loss, "the exact lower bound over all programs is the loss of the network")
        squares = [(f - y) ** 2 for f, y in zip(found.outputs(inputs), labels, strict=True)]
        check.equal(found.loss, sum(squares, Fraction(0)) / len(labels), "the loss of the network that is returned")
        check.equal(found.loss, by_quadratic_programs(inputs, labels), "one unit: all patterns, by a solver with constraints", digits=6)
        two = exact_erm(inputs, labels, 2, knobs.signs)
        check.equal(two.lower, two.loss, "two units: the exact lower bound is the loss")
        check.less_equal(two.loss, found.loss, "two units are at least as good as one")


def patterns(inputs: Any) -> int:
    """How many of the 2^S sign patterns some (w, b) attains strictly."""
    from itertools import product

    import numpy as np
    from scipy.optimize import linprog

    points = np.array(list({(*map(float, row), 1.0) for row in inputs}))
    count = 0
    for signs in product((1.0, -1.0), repeat=len(points)):
        ends = linprog(np.zeros(points.shape[1]), A_ub=-np.array(signs)[:, None] * points, b_ub=-np.ones(len(points)), bounds=(None, None))
        count += ends.status == 0
    return count


def by_quadratic_programs(inputs: Any, labels: Any) -> float:
    """The least loss of one unit: for each sign and pattern a least-squares problem with the pattern as constraints, by SLSQP."""
    from itertools import product

    import numpy as np
    from scipy.optimize import minimize

    points = np.array([[*map(float, row), 1.0] for row in inputs])
    y = np.array([float(c) for c in labels])
    least = float(np.mean(y**2))
    for active in product((0.0, 1.0), repeat=len(y)):
        on = np.array(active)
        for sign in (1.0, -1.0) if on.any() else ():
            walls = (2 * on - 1)[:, None] * points
            rows = sign * on[:, None] * points
            ends = minimize(
                lambda v, rows=rows: ((rows @ v - y) @ (rows @ v - y), 2 * rows.T @ (rows @ v - y)), np.zeros(points.shape[1]), jac=True,
                method="SLSQP", constraints={"type": "ineq", "fun": lambda v, walls=walls: walls @ v, "jac": lambda v, walls=walls: walls},
                options={"ftol": 1e-14, "maxiter": 300},
            )  # fmt: skip
            if (walls @ ends.x >= -1e-9).all():
                least = min(least, float(ends.fun) / len(y))
    return least


@claim.simulate(quick={"trials": 4, "samples": 6, "restarts": 30}, full={"trials": 12, "samples": 9, "restarts": 200})
def against_restarts(trial: Any, knobs: Any) -> None:
    settings = [
        {"dimension": 1 + number % 2, "samples": trial.samples, "restarts": trial.restarts, "realisable": int(number >= trial.trials - 2),
         "signs": len(knobs.signs)}
        for number in range(trial.trials)
    ]  # fmt: skip
    rows = trial.sweep(both_ways, settings)
    for row in rows:
        text = f"n = {row['dimension']}, w = 2, S = {row['samples']}: exact {row['exact']:.8g}, best of the restarts {row['best']:.8g}"
        trial.true(row["proved"] == 1 and row["exact"] <= row["best"] + 1e-9, text)
        if row["realisable"]:
            trial.true(row["exact"] == 0, f"labels of a network of width 2: the least loss is {row['exact']:.3g}")
    closest = min(row["best"] - row["exact"] for row in rows)
    trial.true(closest < 1e-4, f"at best the restarts come within {closest:.2g} of the optimum")
    methods = ("exact", "best", "median")
    points = [{"trial": i, "loss": max(row[name], 1e-16), "method": name} for i, row in enumerate(rows) for name in methods]
    title = "Least loss, exact and by restarts"
    trial.figure("beside-restarts", points, x="trial", y="loss", by="method", log="y", kind="points", title=title)


def both_ways(rng: Any, dimension: int, samples: int, restarts: int, realisable: int, signs: int) -> dict[str, Any]:
    """The exact optimum at width 2, and the losses that L-BFGS reaches from random starts."""
    import numpy as np
    from scipy.optimize import minimize

    from theorycheck.training.exact_erm import exact_erm

    x, y = rng.integers(-128, 129, (samples, dimension)) / 64, rng.integers(-128, 129, samples) / 64
    points = np.hstack([x, np.ones((samples, 1))])
    if realisable:
        y = np.maximum(points @ (rng.integers(-128, 129, (2, dimension + 1)) / 64).T, 0) @ np.array([1.0, -1.0])
    found = exact_erm(x, y, 2, (1, -1)[:signs])

    def loss(flat: Any) -> tuple[float, Any]:
        w, a = flat[:-2].reshape(2, -1), flat[-2:]
        before = points @ w.T
        units = np.maximum(before, 0)
        residual = units @ a - y
        slope = ((before > 0) * residual[:, None] * a).T @ points
        return float(residual @ residual / samples), 2 / samples * np.concatenate([slope.ravel(), units.T @ residual])

    ends = [float(minimize(loss, rng.standard_normal(2 * dimension + 4), jac=True, method="L-BFGS-B").fun) for _ in range(restarts)]
    return {"exact": float(found.loss), "proved": int(found.proved), "best": min(ends), "median": float(np.median(ends))}


claim.mutant("at most S^(n-1) patterns", by="certify", exponent=-1)
claim.mutant("in dimension 1, too", by="certify", drop="dimension at least 2")
claim.mutant("positive outer weights only", by="certify", signs=(1,))
claim.mutant("positive outer weights only, sampled", by="simulate", signs=(1,))
