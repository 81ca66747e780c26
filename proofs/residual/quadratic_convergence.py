"""On infinitely many inputs alternating minimisation converges with order 2, with a constant; Lemma 2 by itself gives order 3/2.

The error after a step is H(W)⁻¹g: the gates that differ enter g through E[x 1{signs differ} (c*·x)], two wedges of width θ in which c*·x
itself is of order θ. Lemma 2 bounds the same by Cauchy–Schwarz through E[(c*·x)² 1{signs differ}] and loses half an order. With n inputs
the fluctuations are of order θ^{3/2}/√n, and measured orders lie in between; on fixed data the last step is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from planar_population import as_mpmath, ball, step

from theorycheck.claims import Claim, Instances, Source

Case = tuple[tuple[tuple[Fraction, ...], ...], tuple[int, ...]]
#: Digits of the exact iteration.
DIGITS = 60


def cases(rng: Any, count: int) -> Iterator[Case]:
    """(W*, v), W* + I well conditioned, in the plane and in space: W* symmetric, a rotation, a shear, unequal columns; then random ones."""
    tenth = Fraction(1, 10)
    special: list[list[list[Any]]] = [[[2, 1], [1, -1]], [[-1, -3], [3, -1]], [[0, 3], [0, 0]], [[9, 1], [-2, -4]]]
    special.append([[1, 1, 0], [-1, 2, 1], [0, 1, -2]])
    for number in range(count):
        rows = special[number] if number < len(special) else rng.integers(-3, 4, (2, 2)).tolist()
        signs = (1, -1, 1) if number % 2 else (1, 1, 1)
        yield tuple(tuple(tenth * c for c in row) for row in rows), signs[: len(rows)]


claim = Claim(
    "residual/quadratic-convergence",
    title="Alternating minimisation has order 2 on infinitely many inputs",
    source=Source(deck="003", slide="Guarantees: Alternating minimization", note="sharper than the linear rate of the slide"),
    kind="upper bound",
    statement=r"\|W^{t+1} - W^\star\|_F \le \frac{4\sqrt{d}\,(2 + \sqrt{\pi(d-2)/2})}{\pi\,\lambda^\star\mu}\,\|W^t - W^\star\|_F^2,\quad "
    r"\lambda^\star = \lambda_{\min}(H(W^\star)),\ \mu = \min_q\|w_q^\star + e_q\|",
    reading="W⁺ minimises E(y − B(W) vec(W⁺ + I))², x ~ N(0, I), d = k ≥ 2, λ* > 0, once d(θ + sin θ)/π ≤ λ*/4 for the largest angle θ "
    "between w_q + e_q and w_q* + e_q; the order 2 is attained, and Lemma 2 with Cauchy–Schwarz gives 3/2",
    assumes=[Instances("cases", cases)],
    knobs={"order": 2, "alone": Fraction(3, 2), "constant": 4},
    origin="theorycheck",
)


def stated_constant(d: Any, least: Any, shortest: Any, four: Any, library: Any) -> Any:
    """The factor of ‖W − W*‖², from d, λ*, μ and the knob, in SymPy or any library with sqrt and pi."""
    return four * library.sqrt(d) * size_constant(d, library) / (library.pi * least * shortest)


def size_constant(d: Any, library: Any) -> Any:
    """2 + √(π(d − 2)/2)."""
    return 2 + library.sqrt(library.pi * (d - 2) / 2)


def exact(number: Any) -> Any:
    """A knob as an exact SymPy number."""
    import sympy

    return sympy.Rational(Fraction(number).numerator, Fraction(number).denominator)


@claim.derive
def by_two_wedges(log: Any, knobs: Any) -> None:
    import sympy

    order, alone = exact(knobs.order), exact(knobs.alone)
    log.cite("residual/alternating-step")  # it is Gauss–Newton, and W⁺ − W* = H(W)⁻¹ E[Bᵀ(B* − B) vec(W* + I)]
    log.cite("gaussian-coordinates")  # x = r (cos φ, sin φ) in the plane of c and c*, and x⊥ at right angles to it
    r, theta = sympy.symbols("r theta", positive=True)
    phi, t = sympy.symbols("phi t", real=True)
    tail = sympy.exp(-(r**2) / 2)
    log.integral(r**3 * tail, (r, 0, sympy.oo), 2, "E r² = 2", primitive=-(r**2 + 2) * tail)
    mean = sympy.sqrt(sympy.pi / 2)
    log.integral(r**2 * tail, (r, 0, sympy.oo), mean, "E r = √(π/2)", primitive=mean * sympy.erf(r / sympy.sqrt(2)) - r * tail)
    m, z = sympy.symbols("m z", real=True)
    log.equal((z - m) ** 2, z**2 - 2 * m * z + m**2, "a variance is not negative: (E‖x⊥‖)² ≤ E‖x⊥‖² = d − 2")
    half = sympy.pi / 2
    log.antiderivative(sympy.sin(phi), sympy.cos(phi), phi, "the primitive of cos")
    wedge = 2 * (sympy.sin(half) - sympy.sin(half - theta)) / (2 * sympy.pi)
    log.equal(wedge, (1 - sympy.cos(theta)) / sympy.pi, "two wedges of width θ: E[|cos φ| 1{signs differ}] = (1 − cos θ)/π")
    beyond = sympy.Symbol("beyond", nonnegative=True)  # d − 2
    stated = size_constant(beyond + 2, sympy) * (1 - sympy.cos(theta)) / sympy.pi
    log.equal((2 + mean * sympy.sqrt(beyond)) * wedge, stated, "E[(r + ‖x⊥‖) r |cos φ| 1{signs differ}] is at most this")

    # 1 − cos θ against the distance: sin θ ≤ ‖c − c*‖/‖c*‖
    length, true_length = sympy.symbols("C T", positive=True)
    apart = length**2 + true_length**2 - 2 * length * true_length * sympy.cos(theta)
    square = (length - true_length * sympy.cos(theta)) ** 2
    log.equal(apart - true_length**2 * sympy.sin(theta) ** 2, square, "‖c − c*‖ is at least ‖c*‖ sin θ")
    log.limit((1 - sympy.cos(theta)) / sympy.sin(theta) ** order, theta, 0, sympy.Rational(1, 2), "1 − cos θ is of this order", side="+")
    cosine = sympy.Symbol("cosine", positive=True)
    gap = sympy.sin(theta) ** 2 - (1 - sympy.cos(theta))
    log.equal(gap, sympy.cos(theta) * (1 - sympy.cos(theta)), "sin²θ − (1 − cos θ)")
    log.positive(cosine * (1 - cosine), "is positive for 0 < cos θ < 1", on=(cosine, 0, 1))

    # H(W) near H(W*): ‖a‖ ≥ ‖b‖ − ‖a − b‖ in L², a − b with the gates that differ
    log.cite("spectral-theorem")
    middle = sympy.Symbol("middle", real=True)
    primitive = phi / 2 + sympy.sin(2 * phi) / 4
    log.antiderivative(primitive, sympy.cos(phi) ** 2, phi, "the primitive of cos², φ counted from the direction")
    ends = [sympy.expand(primitive.subs(phi, middle + side * theta / 2)) for side in (1, -1)]
    log.equal(ends[0] - ends[1], (theta + sympy.sin(theta) * sympy.cos(2 * middle)) / 2, "its integral over a wedge of width θ")
    both = 2 * 2 / (2 * sympy.pi) * (theta + sympy.sin(theta) * t) / 2
    log.equal((theta + sympy.sin(theta)) / sympy.pi - both, sympy.sin(theta) * (1 - t) / sympy.pi, "at most (θ + sin θ)/π, as cos ≤ 1")
    first, second = sympy.symbols("a b", real=True)
    log.nonnegative(2 * (first**2 + second**2) - (first + second) ** 2, "(Σ a_q)² ≤ k Σ a_q², k = 2 for every k")
    least, shortest = sympy.symbols("least shortest", positive=True)  # √λ* and μ
    inverse = 1 / (least - least / 2) ** 2
    log.equal(inverse, 4 / least**2, "with k(θ + sin θ)/π ≤ λ*/4 the norm of H(W)⁻¹ is at most 4/λ*")
    size = size_constant(beyond + 2, sympy)
    norm = sympy.sqrt(beyond + 2) * size / (sympy.pi * shortest)  # ‖g_q‖ ≤ size/π Σ ‖c_r − c_r*‖²/‖c_r*‖, for each of d units
    slack = stated_constant(beyond + 2, least**2, shortest, exact(knobs.constant), sympy) - inverse * norm
    log.nonnegative(sympy.factor(slack / norm), "‖H(W)⁻¹‖ ‖g‖ against the stated constant")

    segment = theta - sympy.sin(theta) * sympy.cos(theta)
    lemma = sympy.sqrt(segment / sympy.pi) / theta**alone
    limit = sympy.sqrt(2 / (3 * sympy.pi))
    log.limit(lemma**2, theta, 0, limit**2, "Lemma 2 alone: E[(c*·x)² 1{signs differ}] is of the order of the cube", side="+")


@claim.certify
def at_sixty_digits(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np
    from flint import arb, ctx

    from theorycheck.network.eigenvalues import smallest_eigenvalue
    from theorycheck.network.residual_population import population_gram, population_step

    class Balls:
        """What `stated_constant` needs of balls."""

        pi = arb.pi()
        sqrt = arb.sqrt

    for number, (rows, signs) in enumerate(check.instances(8)):
        d = len(rows)
        with ctx.workprec(10 * DIGITS), mpmath.workdps(DIGITS + 10):
            truth = np.array([[ball(c) for c in row] for row in rows], dtype=object)
            least = smallest_eigenvalue(population_gram(truth, signs).tolist(), 20)
            columns = truth.T + np.eye(d, dtype=int)
            shortest = min(((c @ c).sqrt() for c in columns), key=float)
            factor = stated_constant(arb(d), least, shortest, ball(knobs.constant), Balls)
            w = np.array([[arb(0)] * d] * d, dtype=object)
            errors = [length(w - truth)]
            while errors[-1] > arb(10) ** -DIGITS and len(errors) < 14:
                following = population_step(w, truth, signs)
                errors.append(length(following - truth))
                if number == 0:
                    here = tuple(tuple(mpmath.mpf(c.mid().str(DIGITS + 10, radius=False)) for c in row) for row in w.tolist())
                    again = step(here, as_mpmath(rows), signs)
                    check.equal(following.tolist(), [list(row) for row in again], "a step by arcs", digits=50)
                # the largest angle: its sine is at most the error over the shortest column
                sine = errors[-2] / shortest
                if sine < 1 and d * (sine.asin() + sine) / Balls.pi <= least / 4:
                    bound = factor * errors[-2] ** ball(knobs.order)
                    if check.less(errors[-1], bound, f"step {len(errors) - 1}: the error against the bound") is False:
                        return
                w = following
            logs = [e.log() for e in errors[-3:]]
            measured = (logs[2] - logs[1]) / (logs[1] - logs[0])
            away = abs(measured - ball(knobs.order))
            if check.less(away, arb(1) / 20, f"the measured order {measured.str(5, radius=False)} against {knobs.order}") is False:
                return


def length(matrix: Any) -> Any:
    """‖·‖_F of an array of balls."""
    flat = matrix.ravel()
    return (flat @ flat).sqrt()


@claim.simulate(
    quick={"dimension": 8, "inputs": (400, 10_000), "distances": (0.1, 0.01), "trials": 5},
    full={
        "dimension": 8,
        "inputs": (200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000),
        "distances": (0.1, 0.03, 0.01),
        "trials": 20,
    },
)
def with_finitely_many_inputs(trial: Any, knobs: Any) -> None:
    """One step from W at several distances of one W*, fresh inputs: the order is the slope of log error against log distance."""
    settings = [{"d": trial.dimension, "n": n, "distances": list(trial.distances)} for n in trial.inputs for _ in range(trial.trials)]
    rows = trial.sweep(steps_at_distances, settings, label="one-step")
    curves, orders = [], []
    for n in trial.inputs:
        here = [row for row in rows if row["n"] == n]
        for kind in ("measured", "population"):
            slopes = sorted(row[kind] for row in here)
            middle = sum(slopes) / len(slopes)
            inputs = "n" if kind == "measured" else "infinitely many"
            curves.append({"n": n, "order": middle, "low": slopes[0], "high": slopes[-1], "inputs": inputs})
            if kind == "measured":
                orders.append(middle)
    text = ", ".join(f"{order:.2f} at n = {n}" for n, order in zip(trial.inputs, orders, strict=True))
    trial.true(abs(orders[-1] - float(knobs.order)) < 0.2, f"measured orders {text}; the last against {knobs.order}")
    trial.true(min(orders) > float(knobs.alone) - 0.15, f"none is far below the {knobs.alone} of Lemma 2 alone")
    trial.true(min(orders) < orders[-1], "few inputs have a lower order")
    ends = trial.sweep(last_step, [{"d": trial.dimension, "n": n} for n in trial.inputs], label="fixed-data")
    for row in ends:
        trial.true(row["after"] < 1e-11, f"fixed data, n = {row['n']}: {row['steps']} steps to equal gates, then {row['after']:.0e}")
    trial.figure("order", curves, x="n", y="order", by="inputs", low="low", high="high", log="x", title="measured order of one step")


def near_network(rng: Any, d: int) -> Any:
    """W*, v and a direction of length ‖W* + I‖."""
    import numpy as np

    truth = 0.3 * rng.standard_normal((d, d)) / np.sqrt(d)
    move = rng.standard_normal((d, d))
    return truth, rng.choice([-1.0, 1.0], d), move * np.linalg.norm(truth + np.eye(d)) / np.linalg.norm(move)


def steps_at_distances(rng: Any, d: int, n: int, distances: list[float]) -> dict[str, float]:
    """The slope of log ‖W⁺ − W*‖ against log ‖W − W*‖, on n inputs and on infinitely many."""
    import numpy as np

    from theorycheck.network.residual_population import population_step
    from theorycheck.training.alternating_minimization import alternating_minimization
    from theorycheck.training.residual_data import fresh_batches

    truth, signs, move = near_network(rng, d)
    after: dict[str, list[float]] = {"measured": [], "population": []}
    for distance in distances:
        start = truth + distance * move
        *_, last = alternating_minimization(fresh_batches(rng, truth, signs, n), signs, start, 1)
        after["measured"].append(float(np.linalg.norm(last.weights - truth)))
        after["population"].append(float(np.linalg.norm(population_step(start, truth, signs) - truth)))
    return {name: float(np.polyfit(np.log(distances), np.log(values), 1)[0]) for name, values in after.items()}


def last_step(rng: Any, d: int, n: int) -> dict[str, float]:
    """Fixed data: how many steps until all gates agree, and the error one step later."""
    import numpy as np

    from theorycheck.network.residual import linearisation
    from theorycheck.training.alternating_minimization import alternating_minimization
    from theorycheck.training.residual_data import fresh_batches

    truth, signs, move = near_network(rng, d)
    data = fresh_batches(rng, truth, signs, n)()
    gates = linearisation(truth, signs, data[0]).gates
    agreed = -1
    for number, iterate in enumerate(alternating_minimization(data, signs, truth + 0.1 * move, 30)):
        if agreed >= 0:
            return {"steps": agreed, "after": float(np.linalg.norm(iterate.weights - truth))}
        if np.array_equal(linearisation(iterate.weights, signs, data[0]).gates, gates):
            agreed = number
    return {"steps": 30, "after": 1.0}


claim.mutant("order 3", by="derive", order=3)
claim.mutant("order 3/2, attained", by="derive", order=Fraction(3, 2))
claim.mutant("order 2 from Lemma 2 alone", by="derive", alone=2)
claim.mutant("half the bound on the inverse", by="derive", constant=2)
claim.mutant("order 3 at sixty digits", by="certify", order=3)
claim.mutant("order 3/2 at sixty digits", by="certify", order=Fraction(3, 2))
claim.mutant("a thousandth of the constant", by="certify", constant=Fraction(1, 250))
claim.mutant("order 3, measured", by="simulate", order=3)
claim.mutant("order 3/2, measured", by="simulate", order=Fraction(3, 2))
