"""A semi-random unit is linear in its weight, so with fixed output weights the squared loss is convex. A ReLU unit is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from semi_random_networks import Problem, critical_points, drawn_vector, gate_table, loss

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import dot


def segments(rng: Any, count: int) -> Iterator[tuple[Problem, Any]]:
    """Problems with a second point that has the same output weights."""
    for problem in critical_points(rng, count):
        size = len(problem.point) - problem.units
        yield problem, problem.point[: problem.units] + drawn_vector(rng, size, False)


def mirrored(rng: Any, count: int) -> Iterator[tuple[Problem, Any]]:
    """Problems solved by (v, w) and by (−v, −w): the output weights change."""
    for problem in critical_points(rng, count):
        zero = replace(problem, labels=(Fraction(0),) * len(problem.labels))
        far = replace(zero, labels=tuple(unit_sum(zero, zero.point, "random", 1)))
        yield far, tuple(-p for p in problem.point)


claim = Claim(
    "diverse/semi-random-linear",
    title="Semi-random units are linear in their weights, and the loss is convex",
    source=Source(deck="000", slide="Semi-random units", arxiv="1702.08882"),
    kind="implication",
    statement=r"\varphi_s(x; r, aw + bu) = a\,\varphi_s(x; r, w) + b\,\varphi_s(x; r, u),\quad "
    r"\varphi_s(x; r, w) = \mathbb{1}[r^\top x > 0]\,(r^\top x)^s\, w^\top x;\quad "
    r"L(W) = \frac{1}{2m} \sum_l (\sum_k v_k\varphi_s(x_l; r_k, w_k) - y_l)^2\ \text{is convex}",
    reading="for all r, x and s = 0, 1, 2, …; v fixed. Convex means: along every segment the loss bends by ‖Φ(u − w)‖²/m ≥ 0",
    assumes=[Instances("fixed output weights", segments, drops={"fixed output weights": mirrored})],
    knobs={"gate": "random", "power": 1, "bend": 1},
)


def unit_sum(problem: Problem, point: Any, gate: str, power: int) -> list[Any]:
    """The outputs of a network at a point, unit by unit, with random gates or those of ReLU, and a power of w·x."""
    n, found = problem.units, []
    for x, opened in zip(problem.inputs, gate_table(problem), strict=True):
        total = Fraction(0)
        for k in range(n):
            inner = dot(tuple(point[n + k * len(x) : n + (k + 1) * len(x)]), x)
            total += point[k] * (opened[k] if gate == "random" else int(inner > 0)) * inner**power
        found.append(total)
    return found


@claim.derive
def by_linearity(log: Any, knobs: Any) -> None:
    """p = ⟨w, x⟩ and q = ⟨u, x⟩ are any numbers, and g is the value of the gate, 0 or (r·x)^s: it does not see w."""
    import sympy

    a, b, g, p, q, f, y, v = sympy.symbols("a b g p q f y v", real=True)

    def unit(product: Any) -> Any:
        opened = g if knobs.gate == "random" else (1 + sympy.sign(product)) / 2
        return opened * product**knobs.power

    if knobs.gate == "random":
        log.equal(unit(a * p + b * q), a * unit(p) + b * unit(q), "one unit at aw + bu")
    else:  # both signs, so that every gate is told
        t = sympy.Symbol("t", positive=True)
        log.equal(unit(t - 2 * t), unit(t) + unit(-2 * t), "one unit at w + u, ⟨w, x⟩ = t, ⟨u, x⟩ = −2t")
    share = sympy.Symbol("theta", positive=True)
    other = sympy.Symbol("h", real=True)
    between = share * f + (1 - share) * other  # the output of the network between, as a sum of linear units times fixed v
    log.equal(v * (a * g * p + b * g * q), a * (v * g * p) + b * (v * g * q), "an output weight that is fixed keeps this")
    gap = share * (f - y) ** 2 / 2 + (1 - share) * (other - y) ** 2 / 2 - (between - y) ** 2 / 2
    log.equal(gap, knobs.bend * share * (1 - share) * (f - other) ** 2 / 2, "how far the chord lies above the loss of one sample")
    log.nonnegative(share * (1 - share) * (f - other) ** 2, "it lies above, and so does the mean over the samples", on=(share, 0, 1))


@claim.certify
def along_segments(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.network.semi_random import gate_values, semi_random_features

    for problem, far in check.instances(15):
        here, n, m = problem.point, problem.units, len(problem.labels)
        middle = [(p + q) / 2 for p, q in zip(here, far, strict=True)]
        ends = [unit_sum(problem, point, knobs.gate, knobs.power) for point in (here, middle, far)]
        losses = [sum((f - y) ** 2 for f, y in zip(end, problem.labels, strict=True)) / (2 * m) for end in ends]
        if check.less_equal(losses[1], (losses[0] + losses[2]) / 2, "the loss in the middle of a segment") is False:
            return
        # Φ of our engine in floats, which are exact on these fractions of 4
        x, r = (np.array(rows, dtype=float) for rows in (problem.inputs, problem.directions))
        features = semi_random_features(gate_values(r, x, problem.degree), x)
        weights = [np.repeat(np.array(point[:n], dtype=float), len(x[0])) * np.array(point[n:], dtype=float) for point in (here, far)]
        theory = knobs.bend * float(np.sum((features @ (weights[1] - weights[0])) ** 2)) / m
        if check.equal(theory, float(4 * (losses[0] + losses[2] - 2 * losses[1])), "the second difference", digits=12) is False:
            return
        if knobs.gate == "random" and knobs.power == 1:
            check.equal(loss(problem, here), losses[0], "the loss, unit by unit")


claim.mutant("the gate of ReLU", by="derive", gate="own")
claim.mutant("a square of w·x", by="derive", power=2)
claim.mutant("half the bend", by="derive", bend=Fraction(1, 2))
claim.mutant("the gate of ReLU, in fractions", by="certify", gate="own")
claim.mutant("a square of w·x, in fractions", by="certify", power=2)
claim.mutant("trained output weights", by="certify", drop="fixed output weights")
