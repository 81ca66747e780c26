"""Lemma 1: the singular values of B, with constants, first on infinitely many inputs and then on n ≥ 10·d·k² of them.

At W = W* the least eigenvalue is at least (1/4 − 1/2π)/(κ_w²λ), attained where W + I is orthogonal, and the largest at most k/2, approached
where all columns point the same way. The inputs must be N(0, 1): with N(0, 1/n), as the formulation has it, all is 1/n of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import pi, prod
from typing import Any

from planar_population import ball

from theorycheck.claims import Claim, Instances, Source

Matrix = tuple[tuple[Fraction, ...], ...]
#: What is asked of the number of inputs: n ≥ SAMPLES · d · k².
SAMPLES = 10


@dataclass(frozen=True)
class Case:
    """W* + I by columns, a direction of W − W*, v.

    Args:
        columns: of W* + I.
        direction: of W − W*, of any length.
        signs: v.
    """

    columns: Matrix
    direction: Matrix
    signs: tuple[int, ...]

    def __str__(self) -> str:
        return f"columns of W* + I = ({' | '.join(' '.join(map(str, c)) for c in self.columns)}), v = {self.signs}"


def cases(rng: Any, count: int) -> Iterator[Case]:
    """W* = 0, where the lower constant is attained; nearly parallel and nearly equal columns; unequal lengths; random ones, d = 2, 3."""

    import numpy as np

    def case(*columns: tuple[Any, ...], signs: Any = None) -> Case:
        d = len(columns)
        direction = tuple(tuple(Fraction(1 + (i + j) % 2) for j in range(d)) for i in range(d))
        return Case(tuple(tuple(map(Fraction, c)) for c in columns), direction, signs or (1,) * d)

    near = Fraction(1, 10)
    special = [case((1, 0), (0, 1)), case((1, 0), (1, near)), case((1, 0), (-1, near), signs=(1, -1)), case((1, 0), (0, 9))]
    yield from [*special, case((1, 0, 0), (0, 1, 0), (0, 0, 1)), case((1, 0, 0), (1, near, 0), (1, 0, near))][:count]
    yielded = 6
    while yielded < count:
        d = 2 + yielded % 2
        columns, direction = rng.integers(-6, 7, (2, d, d))
        if round(float(np.linalg.det(columns))) == 0 or not direction.any():
            continue
        exact = (tuple(tuple(Fraction(int(c), 4) for c in row) for row in m) for m in (columns, direction))
        yielded += 1
        yield Case(*exact, tuple(int(s) for s in rng.choice([-1, 1], d)))


claim = Claim(
    "residual/feature-conditioning",
    title="The singular values of B",
    source=Source(deck="003", slide="Guarantees: Lemma 1 (borrowed from [4])"),
    kind="lower bound",
    statement=r"\Omega\left(\frac{1}{\kappa_w^2\lambda}\right) \le \frac{1}{n}\sigma_{\min}^2(B) "
    r"\le \frac{1}{n}\sigma_{\max}^2(B) \le O(k),\quad \kappa_w = \frac{\sigma_1}{\sigma_k},\ \lambda = \frac{\prod_q\sigma_q}{\sigma_k^k}",
    reading="inputs N(0, I), ‖W − W*‖_F ≤ ‖W* + I‖/(10k²κ_w⁵λ²), σ_q the singular values of W* + I. On infinitely many inputs the "
    "constants are 1/4 − 1/(2π) and 1/2 at W = W*, half the former beside it; half and twice that for n ≥ 10dk²",
    assumes=[Instances("cases", cases)],
    knobs={"variance": "1", "lower": 1, "condition": 1, "growth": 1, "samples": 1},
)


def lower(kappa: Any, volume: Any, scale: Any, knobs: Any) -> Any:
    """The lower bound, `scale` times the constant 1/4 − 1/(2π), which the caller has put into it."""
    return knobs.lower * scale / (kappa**2 * volume) ** knobs.condition


def upper(units: int, knobs: Any) -> Any:
    """The upper bound."""
    return Fraction(units**knobs.growth, 2)


def input_variance(n: int, knobs: Any) -> Fraction:
    """The variance of an input."""
    return Fraction(1) if knobs.variance == "1" else Fraction(1, n)


@claim.certify
def on_infinitely_many_inputs(check: Any, knobs: Any) -> None:
    import numpy as np
    from flint import arb, ctx

    from theorycheck.network.eigenvalues import extreme_eigenvalues
    from theorycheck.network.hessian import population_hessian
    from theorycheck.network.residual_population import population_gram

    with ctx.workprec(128):
        constant = ball(Fraction(1, 4)) - 1 / (2 * arb.pi())
        for number, case in enumerate(check.instances(14)):
            d = len(case.columns)
            kappa, volume, norm = shape(case.columns)
            size = sum(c * c for row in case.direction for c in row)
            reach = norm / (10 * d**2 * kappa**5 * volume**2) / ball(size).sqrt()
            scale = ball(input_variance(SAMPLES * d**3, knobs))
            for beside in (0, 1):
                columns, moves = (np.array([[ball(c) for c in row] for row in m], dtype=object) for m in (case.columns, case.direction))
                weights = (columns + beside * reach * moves).T - np.eye(d, dtype=int)
                least, largest = (scale * end for end in extreme_eigenvalues(population_gram(weights, case.signs).tolist(), 20))
                bound = lower(kappa, volume, constant / (1 + beside), knobs)
                place = "beside W*" if beside else "at W*"
                orthogonal = not beside and volume == 1
                if orthogonal:  # the constant is attained there, and overlapping balls would show no inequality
                    found = check.equal(bound, least, f"the lower bound, attained {place}", digits=12)
                else:
                    found = check.less_equal(bound, least, f"the lower bound {place}")
                if found is False or check.less_equal(largest, upper(d, knobs), f"the upper bound {place}") is False:
                    return
            if number in (1, 4):  # the Gram matrix at W* again, from dual activations of the step function by another engine
                again = population_hessian("max(x, 0)", case.columns, case.signs, digits=15)
                ours = population_gram(columns.T - np.eye(d, dtype=int), case.signs).tolist()
                check.equal(ours, again, "the Gram matrix by dual activations", digits=12)


def shape(columns: Matrix) -> tuple[Any, Any, Any]:
    """κ_w, λ and ‖W* + I‖ as balls."""
    from flint import fmpq, fmpq_mat

    from theorycheck.network.eigenvalues import extreme_eigenvalues

    d = len(columns)
    products = [[sum((a * b for a, b in zip(p, q, strict=True)), Fraction(0)) for q in columns] for p in columns]
    determinant = fmpq_mat([[fmpq(c.numerator, c.denominator) for c in p] for p in columns]).det()
    if all(products[i][j] == (products[0][0] if i == j else 0) for i in range(d) for j in range(d)):
        return ball(1), ball(1), ball(products[0][0]).sqrt()  # a multiple of an orthogonal matrix
    low, high = (end.sqrt() for end in extreme_eigenvalues([[ball(c) for c in row] for row in products], 25))
    return high / low, abs(ball(Fraction(int(determinant.p), int(determinant.q)))) / low**d, high


@claim.simulate(
    quick={"dimensions": (3, 5), "multiples": (1, 3, 10, 30), "trials": 6},
    full={"dimensions": (5, 10), "multiples": (1, 2, 5, 10, 20, 50), "trials": 20},
)
def at_finitely_many_inputs(trial: Any, knobs: Any) -> None:
    """Fresh W*, W and inputs in each trial; n a multiple of dk²."""
    least_multiple = SAMPLES * knobs.samples
    multiples = sorted({*trial.multiples, least_multiple})
    settings = [{"d": d, "multiple": float(m)} for d in trial.dimensions for m in multiples for _ in range(trial.trials)]
    rows = trial.sweep(one_batch, settings)
    curves = []
    for d in trial.dimensions:
        for m in multiples:
            here = [row for row in rows if (row["d"], row["multiple"]) == (d, float(m))]
            n = here[0]["n"]
            scale = float(input_variance(n, knobs))
            for name in ("least", "largest"):
                values = sorted(scale * row[name] for row in here)
                middle = values[len(values) // 2]
                curve = {"n over d k²": float(m), "σ²/n": middle, "low": values[0], "high": values[-1], "value": f"{name}, d = {d}"}
                curves.append(curve)
            if m < least_multiple:
                continue
            floor = (1 / 4 - 1 / (2 * pi)) / 4
            over = [scale * row["least"] / lower(row["kappa"], row["volume"], floor, knobs) for row in here]
            above = [scale * row["largest"] for row in here]
            trial.true(min(over) >= 1, f"d = {d}, n = {n}: σ²_min/n is at least {min(over):.3f} times the lower bound")
            top = 2 * float(upper(d, knobs))
            trial.true(max(above) <= top, f"d = {d}, n = {n}: σ²_max/n is at most {max(above):.3f}, k = {d}")
    trial.figure(
        "singular-values", curves, x="n over d k²", y="σ²/n", by="value", low="low", high="high", log="xy", title="σ²(B)/n against n/(dk²)"
    )


def one_batch(rng: Any, d: int, multiple: float) -> dict[str, Any]:
    """The extreme σ² of B/√n for one batch of inputs N(0, 1), and κ_w, λ."""
    import numpy as np

    from theorycheck.network.residual import linearisation

    truth = 0.3 * rng.standard_normal((d, d)) / np.sqrt(d)
    values = np.linalg.svd(truth + np.eye(d), compute_uv=False)
    kappa, volume = float(values[0] / values[-1]), float(prod(values / values[-1]))
    move = rng.standard_normal((d, d))
    weights = truth + values[0] / (10 * d**2 * kappa**5 * volume**2) * move / np.linalg.norm(move)
    n = max(1, round(multiple * d**3))
    inputs = rng.standard_normal((n, d))
    low, high = linearisation(weights, rng.choice([-1.0, 1.0], d), inputs).singular_values()
    return {"n": n, "least": low**2, "largest": high**2, "kappa": kappa, "volume": volume}


claim.misprint(
    "the scale of the inputs",
    where="deck 003, slides “Our Formulation” and “Guarantees: Lemma 1”",
    printed="X ~ N(0, 1/n) and Ω(1/(κ_w² λ)) ≤ (1/n) σ²_min(B)",
    correct="X ~ N(0, 1); with N(0, 1/n) it is σ²(B) that has these bounds",
    by="certify",
    variance="1/n",
)
claim.mutant("twice the lower constant", by="certify", lower=2)
claim.mutant("a lower bound without κ_w and λ", by="certify", condition=0)
claim.mutant("an upper bound that does not grow with k", by="certify", growth=0)
claim.mutant("inputs N(0, 1/n), sampled", by="simulate", variance="1/n")
claim.mutant("a tenth of d² inputs", by="simulate", samples=Fraction(1, 500))
