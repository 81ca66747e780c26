"""Lemma 2: what the gates that differ contribute to the outputs, against the distance of the weights.

The identity is exact on every sample without a tie. The inequality is shown on infinitely many inputs, unit by unit, with the paper's
ρ_2² = 0.14 at δ_0 = 1/10: there it is not tight (see gate-mismatch-sharp).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from typing import Any

from exact_networks import Network, Step, outputs, preactivations, random_steps
from planar_population import Pair, as_mpmath, ball, mismatch

from theorycheck.claims import Claim, Instances, Source

#: δ_0 and ρ_2² of the paper.
RADIUS, CONSTANT = Fraction(1, 10), Fraction(14, 100)


def close_pairs(rng: Any, count: int) -> Iterator[Pair]:
    """Every column of W − W* at most δ_0 times that of W* + I: at δ_0 across and along the column, tiny; then random directions."""
    for number in range(count):
        columns = rng.integers(-4, 5, (2, 2))
        columns[:, 0] += 9  # no column is 0
        turns = rng.integers(-8, 9, 2) if number > 3 else [(8, 0, -8, 1)[number]] * 2
        scale = Fraction(1, 1000) if number == 3 else Fraction(1)
        rows = []
        for column, turn in zip(columns, turns, strict=True):
            a, b = Fraction(int(column[0]), 4), Fraction(int(column[1]), 4)
            slope = Fraction(int(turn), 8)  # a rational point of the circle: the direction of the column of W − W*
            along, across = (1 - slope**2) / (1 + slope**2), 2 * slope / (1 + slope**2)
            factor = scale * RADIUS * (1 if number < 6 else Fraction(int(rng.integers(1, 100)), 100))
            rows.append(((a, b), (a + factor * (along * a - across * b), b + factor * (across * a + along * b))))
        yield _pair(rows, tuple(int(s) for s in rng.choice([-1, 1], 2)))


def unbalanced_pairs(rng: Any, count: int) -> Iterator[Pair]:
    """‖W − W*‖_F ≤ δ_0 ‖W* + I‖_F, but one column of W* + I is short and its unit is turned round."""
    one, short = Fraction(1), Fraction(1, 20)
    yield _pair([((one, Fraction(0)), (one, Fraction(0))), ((Fraction(0), short), (Fraction(0), -short / 4))], (1, 1))


def _pair(columns: Any, signs: tuple[int, int]) -> Pair:
    """From (column of W* + I, column of W + I) for each unit."""
    truth, weights = (tuple(tuple(columns[q][which][p] - (p == q) for q in range(2)) for p in range(2)) for which in (0, 1))
    return Pair(weights, truth, signs)


def samples(rng: Any, count: int) -> Iterator[Step]:
    """Networks W, W* on common inputs, no input on a kink."""
    yield from random_steps(rng, count)


def samples_with_ties(rng: Any, count: int) -> Iterator[Step]:
    """An input on the kink of a unit whose true gate is closed: both gates are closed, and the product is not positive."""
    one, zero = Fraction(1), Fraction(0)
    here, there = ((one, zero), (zero, one)), ((one, -one), (zero, one))
    x = ((zero, one),)
    yield Step(Network(x, here, (1, 1), outputs(x, there, (1, 1))), there)


claim = Claim(
    "residual/gate-mismatch",
    title="The error of the gates that differ",
    source=Source(deck="003", slide="Guarantees: Lemma 2 (this paper)", note="constants as in the paper's appendix (ISIT 2019)"),
    kind="upper bound",
    statement=r"\sum_q\|E_q\|^2 = \frac{1}{n}\sum_{i,q}(x_i^\top(w_q^\star+e_q))^2\,"
    r"1\{x_i^\top(w_q+e_q)\cdot x_i^\top(w_q^\star+e_q) \le 0\} \le \rho_3^2\,\|W - W^\star\|_F^2",
    reading="E_q the q-th block; inputs N(0, I) without a tie; every column of W − W* at most δ_0 = 1/10 times that of W* + I (so balanced "
    "columns, Assumption 3); ρ_3² = ρ_2² = 0.14 for Σ ‖E_q‖²: on infinitely many inputs, and on n = 50d²",
    assumes=[
        Instances("pairs", close_pairs, drops={"balanced columns": unbalanced_pairs}),
        Instances("samples", samples, drops={"no ties": samples_with_ties}),
    ],
    knobs={"constant": CONSTANT, "indicator": 1, "whole": False},
)


def differ(here: Any, there: Any, knobs: Any) -> Any:
    """1{product ≤ 0}; with the other knob 1{product > 0}."""
    return (here * there <= 0) if knobs.indicator else (here * there > 0)


@claim.derive
def by_polar_coordinates(log: Any, knobs: Any) -> None:
    import sympy

    s, t = sympy.symbols("s t", positive=True)
    for v in (1, -1):
        for a, b in ((s, t), (s, -t), (-s, t), (-s, -t)):  # x·c and x·c*, of all signs but 0
            block = v * (int(b.is_positive) - int(a.is_positive)) * b  # the entry of v_q (P_q* − P_q) X c*_q
            counted = int(bool((a * b).is_negative) == bool(knobs.indicator))
            log.equal(block**2, counted * b**2, f"v_q = {v}: an entry of E_q counts where the signs differ: {a}, {b}")

    log.cite("gaussian-coordinates")  # in the plane of c and c*: x = r (cos φ, sin φ), r² exponential with mean 2, φ uniform
    r, phi = sympy.Symbol("r", positive=True), sympy.Symbol("phi", real=True)
    theta = sympy.Symbol("theta", positive=True)
    radial = r**3 * sympy.exp(-(r**2) / 2)
    log.integral(radial, (r, 0, sympy.oo), 2, "E r² = 2", primitive=-(r**2 + 2) * sympy.exp(-(r**2) / 2))
    half = sympy.pi / 2
    wedge = (phi + sympy.sin(phi) * sympy.cos(phi)) / 2
    segment = theta - sympy.sin(theta) * sympy.cos(theta)
    area = sympy.simplify(wedge.subs(phi, half) - wedge.subs(phi, half - theta))
    log.antiderivative(wedge, sympy.cos(phi) ** 2, phi, "the primitive of cos²")
    words = "two wedges of width θ: E[(c*·x)²; signs differ] is ‖c*‖² (θ − sin θ cos θ)/π"
    log.equal(2 * 2 * area / (2 * sympy.pi), segment / sympy.pi, words)
    length, true_length = sympy.symbols("C T", positive=True)
    distance = length**2 + true_length**2 - 2 * length * true_length * sympy.cos(theta)
    across = true_length**2 * sympy.sin(theta) ** 2
    log.equal(distance - across, (length - true_length * sympy.cos(theta)) ** 2, "‖c − c*‖² is at least ‖c*‖² sin²θ: sin θ ≤ δ_0")
    gap = knobs.constant * sympy.pi * sympy.sin(theta) ** 2 - segment
    log.zero(gap.subs(theta, 0), "ρ_2² π sin²θ − (θ − sin θ cos θ) is 0 at 0")
    factor = knobs.constant * sympy.pi * sympy.cos(theta) - sympy.sin(theta)
    log.equal(sympy.diff(gap, theta), 2 * sympy.sin(theta) * factor, "its derivative is 2 sin θ times a factor")
    last = sympy.Rational(1, 8)
    log.positive(sympy.sin(last) - sympy.Rational(RADIUS.numerator, RADIUS.denominator), "sin(1/8) is above δ_0, so θ < 1/8")
    log.positive(factor, "the factor is positive", on=(theta, 0, last))
    log.equal(sympy.sin(2 * sympy.atan(t)), 2 * t / (1 + t**2), "and so is sin θ, θ = 2 arctan t: the gap grows from 0")


@claim.certify
def at_pairs_and_samples(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np
    from flint import ctx

    from theorycheck.network.residual import linearisation
    from theorycheck.network.residual_population import gate_mismatch

    if check.dropped != "balanced columns":
        for step in check.instances(10, name="samples"):
            x, n = step.network.inputs, len(step.network.inputs)
            here, there = step.network.before(), preactivations(x, step.truth)
            products = [(a, b) for p, q in zip(here, there, strict=True) for a, b in zip(p, q, strict=True)]
            counted = sum((b * b for a, b in products if differ(a, b, knobs)), Fraction(0))
            blocks = step.blocks()
            if knobs.whole:
                whole = [sum(parts, Fraction(0)) for parts in zip(*blocks, strict=True)]
                blocks = [tuple(whole)] * len(blocks)
            found = sum((e * e for block in blocks for e in block), Fraction(0))
            if check.equal(counted / n, found / n, "Σ ‖E_q‖² as a sum over inputs") is False:
                return
            if not knobs.whole and check.dropped is None:  # (B* − B) vec(W* + I) by our engine is the sum of the blocks
                d = len(step.truth)
                w, t = (np.array(columns, dtype=float).T - np.eye(d) for columns in (step.network.columns, step.truth))
                v, inputs = np.array(step.network.signs, dtype=float), np.array(x, dtype=float)
                moved = (linearisation(t, v, inputs).times(t + np.eye(d))) - linearisation(w, v, inputs).times(t + np.eye(d))
                check.equal([float(sum(parts)) for parts in zip(*blocks, strict=True)], moved, "the blocks add up")
    if check.dropped == "no ties":
        return
    for pair in check.instances(12, name="pairs"):
        with ctx.workprec(160), mpmath.workdps(20):
            sizes = gate_mismatch(*pair.balls())
            total = sum(sizes)
            if check.less_equal(total, ball(knobs.constant) * pair.distance() ** 2, "Σ E‖E_q‖² against ρ_3² ‖W − W*‖²") is False:
                return
            w, t = as_mpmath(pair.weights), as_mpmath(pair.truth)
            for q in range(2):
                check.equal(sizes[q], mismatch(w, t, q), f"E‖E_{q}‖² by arcs and mpmath", digits=15)


@claim.simulate(
    quick={"samples": 400_000, "dimensions": (4, 8), "trials": 8}, full={"samples": 40_000_000, "dimensions": (4, 8, 16, 32), "trials": 40}
)
def on_samples(trial: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    one, zero = Fraction(1), Fraction(0)
    pair = _pair([((one, zero), (Fraction(3, 5), Fraction(4, 5))), ((zero, one), (zero, one))], (1, 1))
    with mpmath.workdps(20):
        theory = float(mismatch(as_mpmath(pair.weights), as_mpmath(pair.truth), 0))

    def squares(rng: Any, size: int) -> Any:
        x = rng.standard_normal((2, size))
        here, there = 0.6 * x[0] + 0.8 * x[1], x[0]
        return np.where(differ(here, there, knobs), there**2, 0.0)

    trial.estimate(squares, theory, detect=0.02, variance=3, label="E‖E_q‖² at cos θ = 3/5")  # E (c*·x)⁴ = 3

    settings = [{"d": d, "n": 50 * d * d} for d in trial.dimensions for _ in range(trial.trials)]
    rows = trial.sweep(one_sample, settings)
    points = [{"d": row["d"], "ratio": row["ratio"], "bound": float(knobs.constant)} for row in rows]
    for d in trial.dimensions:
        worst = max(row["ratio"] for row in rows if row["d"] == d)
        text = f"d = {d}, n = {50 * d * d}: Σ ‖E_q‖²/‖W − W*‖² is at most {worst:.4f}, stated {float(knobs.constant):.3g}"
        trial.true(worst <= knobs.constant, text)
    trial.figure("mismatch", points, x="d", y="ratio", kind="points", title="Σ ‖E_q‖² / ‖W − W*‖_F² at δ_0 = 1/10, n = 50 d²")


def one_sample(rng: Any, d: int, n: int) -> dict[str, Any]:
    """The ratio of Lemma 2 on one sample, all columns of W − W* at δ_0 times those of W* + I, across them: the worst direction."""
    import numpy as np

    columns = np.eye(d) + 0.5 * rng.standard_normal((d, d)) / sqrt(d)
    lengths = np.linalg.norm(columns, axis=0)
    move = rng.standard_normal((d, d))
    move -= columns * (move * columns).sum(axis=0) / lengths**2
    move *= float(RADIUS) * lengths / np.linalg.norm(move, axis=0)
    x = rng.standard_normal((n, d))
    there, here = x @ columns, x @ (columns + move)
    return {"ratio": float((there**2 * (here * there <= 0)).sum() / n / (move**2).sum())}


claim.mutant("a seventh of the constant", by="derive", constant=Fraction(2, 100))
claim.mutant("where the signs agree", by="derive", indicator=0)
claim.mutant("a seventh of the constant, certified", by="certify", constant=Fraction(2, 100))
claim.mutant("E_q without its index", by="certify", whole=True)
claim.mutant("columns that are not balanced", by="certify", drop="balanced columns")
claim.mutant("inputs with ties", by="certify", drop="no ties")
claim.mutant("where the signs agree, sampled", by="simulate", indicator=0)
claim.mutant("a tenth of the constant, sampled", by="simulate", constant=Fraction(14, 1000))
