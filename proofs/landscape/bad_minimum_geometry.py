"""The bad minimum of the plain loss: one row is turned over, every entry is close to a signed permutation, and no permutation is near.

The point is sought among the matrices that are fixed when the coordinates 2, ..., d are permuted along with the rows 2, ..., d. The
loss is invariant under these isometries, so a zero of the gradient along the five-dimensional space of such matrices is a zero of the
whole gradient.
"""

from __future__ import annotations

from typing import Any

from training_runs import population_path

from theorycheck.claims import Claim, Instances, Source

#: Within this over d of a signed permutation, entry by entry.
CLOSE = 5
#: At least this far from every permutation in spectral norm.
FAR = 1


def dimensions(rng: Any, count: int) -> Any:
    """The least dimension with such a minimum first."""
    return (6, 8, 10)[:count]


def lower_dimensions(rng: Any, count: int) -> Any:
    """Where the point is a saddle, and gradient descent recovers B*."""
    return (5, 4)[:count]


claim = Claim(
    "landscape/bad-minimum-geometry",
    title="The bad minimum is close to B* in infinity norm and far in spectral norm",
    source=Source(deck="001", slide="Related Work", arxiv="1711.00501"),
    kind="existence",
    statement=r"\exists B:\ \nabla f(B) = 0,\ \lambda_{\min}(\nabla^2 f(B)) > 0,\ f(B) > 0,\ \min_{D}\|B - D\|_{\infty} \le 5/d,\ "
    r"\min_{P}\|B - P\|_2 \ge 1",
    reading="f is the population loss of ReLU networks with B* = I, a* = a = 1 and free rows; the infinity norm is the largest entry, and "
    "D ranges over the permutations with signs: one row is turned over. P ranges over the permutations, the global minima. Certified "
    "for d = 6, 8, 10; at d = 5 and 4 the point is a saddle; in larger dimensions most runs of descent rest at points of this kind",
    assumes=[Instances("d at least 6", dimensions, drops={"d at least 6": lower_dimensions})],
    knobs={"signed": False, "close": "entrywise"},
)


def symmetric_basis(dimension: int) -> Any:
    """Indicator matrices of the five orbits of entries: (1,1), (1,j), (j,1), (j,j), (j,k)."""
    import numpy as np

    found = np.zeros((5, dimension, dimension))
    found[0, 0, 0] = 1
    found[1, 0, 1:] = 1
    found[2, 1:, 0] = 1
    found[4, 1:, 1:] = 1
    found[3] = np.diag([0.0] + [1.0] * (dimension - 1))
    found[4] -= found[3]
    return found


def approximate(dimension: int) -> Any:
    """Its five entries in floats: descent in the space of symmetric matrices from one row turned over, then a root search."""
    import numpy as np
    from scipy.optimize import root

    from theorycheck.network.population import HomogeneousPopulation

    basis, ones = symmetric_basis(dimension), np.ones(dimension)
    sizes = (basis**2).sum(axis=(1, 2))
    loss = HomogeneousPopulation("relu", np.eye(dimension), ones)

    def slope(entries: Any) -> Any:
        rows = np.tensordot(entries, basis, 1)
        return np.tensordot(basis, loss(rows, ones).rows, 2) / sizes

    entries = np.array([-1 + 2 / dimension, 1.3 / dimension, 2 / dimension, 1.0, 0.0])
    for _ in range(400):
        entries = entries - slope(entries) / dimension
    return root(slope, entries, tol=1e-13).x


@claim.certify
def by_interval_newton(check: Any, knobs: Any) -> None:
    from flint import arb, arb_mat, ctx

    from theorycheck.network.eigenvalues import smallest_eigenvalue
    from theorycheck.network.population_balls import homogeneous_balls, isolated_zero

    check.covers_all("the three dimensions of the statement")
    for d in check.instances(3):
        basis = symmetric_basis(d)
        with ctx.workprec(256):
            flat = arb_mat(5, d * d, [arb(float(e)) for e in basis.ravel()])
            teacher = arb_mat(d, d, [arb(i == j) for i in range(d) for j in range(d)])

            def at(entries: Any, flat: Any = flat, teacher: Any = teacher, d: int = d) -> Any:
                rows = arb_mat(d, d, (flat.transpose() * entries).entries())
                return homogeneous_balls((0, 1), rows, [1] * d, teacher)

            def restricted(entries: Any, flat: Any = flat, at: Any = at, d: int = d) -> Any:
                _, gradient, hessian = at(entries)
                return flat * arb_mat(d * d, 1, gradient.entries()), flat * hessian * flat.transpose()

            box = isolated_zero(restricted, approximate(d), radius=1e-40)  # narrow: eliminating 100 unknowns widens balls
            value, _, hessian = at(box)
            lowest = smallest_eigenvalue(hessian.tolist(), 10)
            distance, floor = distances(box, d, knobs)
        if check.less(0, lowest, "the smallest eigenvalue of the Hessian at the zero of the gradient is positive") is not True:
            return
        check.less(0, value, "the loss there is positive")
        what = f"{knobs.close} distance to the nearest {'' if knobs.signed else 'signed '}permutation"
        check.less_equal(distance, arb(CLOSE) / d, what)
        check.less_equal(FAR, floor, "spectral distance to every permutation")


def distances(box: Any, d: int, knobs: Any) -> tuple[Any, Any]:
    """The distance to diag(−1, 1, ..., 1), or to I with signs as they are; and a bound below the spectral distance to permutations.

    The spectral norm of B − P is at least the length of its first row, b_1 − e_k for some k.
    """
    from flint import arb, arb_mat

    from theorycheck.network.eigenvalues import smallest_eigenvalue

    p, q, r, s, t = box.entries()
    first = p - 1 if knobs.signed else p + 1
    if knobs.close == "entrywise":
        distance = abs(first)
        for entry in (q, r, s - 1, t):
            distance = distance.max(abs(entry))
    else:
        entry = {(True, True): first, (True, False): q, (False, True): r}
        gap = arb_mat(d, d, [entry.get((i == 0, j == 0), s - 1 if i == j else t) for i in range(d) for j in range(d)])
        distance = (-smallest_eigenvalue((-(gap.transpose() * gap)).tolist(), 12)).sqrt()
    square = p * p + (d - 1) * q * q
    return distance, (square + 1 - 2 * arb(p).max(q)).sqrt()


def resting_point(rng: Any, dimension: int, steps: int) -> Any:
    """Where gradient descent from random unit rows comes to rest, and its distances."""
    import numpy as np

    from theorycheck.network.matching import nearest_permutation, permutation_distance

    loss, path = population_path(rng, dimension, "relu", 3 / dimension, steps)
    for rows in path:
        end = rows
    squares = (end**2).sum(axis=1) + 1
    return {
        "loss": loss(end).value,
        "gradient": float(np.abs(loss(end).rows).max()),
        "turned": int((nearest_permutation(end, signed=False) < 0).sum()),
        "entrywise": permutation_distance(end, signed=False),
        "entrywise, signed": permutation_distance(end, signed=True),
        "spectral": permutation_distance(end, signed=False, norm="spectral"),
        "spectral, signed": permutation_distance(end, signed=True, norm="spectral"),
        "floor": float(np.sqrt(squares - 2 * end.max(axis=1)).max()),
    }


@claim.simulate(quick={"dimension": 20, "steps": 2200, "runs": 2}, full={"dimension": 50, "steps": 20_000, "runs": 10})
def where_descent_rests(trial: Any, knobs: Any) -> None:
    found = trial.sweep(resting_point, [{"dimension": trial.dimension, "steps": trial.steps}] * trial.runs)
    resting = [run for run in found if run["gradient"] < 1e-3 and run["loss"] > 1e-3]
    if not trial.true(bool(resting), f"{len(resting)} of {len(found)} runs rest at a bad point"):
        return
    column = f"{knobs.close}{', signed' if knobs.signed else ''}"
    near = [run for run in resting if run[column] <= CLOSE / trial.dimension]
    widest = max(run[column] for run in resting)
    said = f"{column} distance to the nearest permutation: at most {CLOSE}/d in {len(near)} of {len(resting)} runs, largest {widest:.3g}"
    trial.true(len(near) >= 3 * len(resting) / 4, said)  # some runs rest, or linger, at points of another kind
    nearest = min(run["floor"] for run in resting)
    trial.true(nearest >= FAR, f"the spectral distance to every permutation is at least {nearest:.3g}")
    rows = [
        {"rows turned over": run["turned"], "distance": run[key], "to": name}
        for run in resting
        for key, name in (
            ("entrywise", "signed permutation, largest entry"),
            ("spectral", "signed permutation, spectral"),
            ("spectral, signed", "permutation, spectral"),
        )
    ]
    title = f"Where gradient descent on the plain loss rests, d = {trial.dimension}"
    trial.figure("bad-minimum-distances", rows, x="rows turned over", y="distance", by="to", kind="points", title=title)


claim.mutant("close with the signs as they are", by="certify", signed=True)
claim.mutant("close in spectral norm", by="certify", close="spectral")
claim.mutant("in every dimension", by="certify", drop="d at least 6")
claim.mutant("close with the signs as they are, where descent rests", by="simulate", signed=True)
claim.mutant("close in spectral norm, where descent rests", by="simulate", close="spectral")
