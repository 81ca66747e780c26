"""How noisy the gradients of the objectives of this deck are, exactly, and how large a batch each one needs for it.

At B* the plain ReLU loss has no gradient noise at all; abs(z)/2 pays for the linear part of the labels; γ pays for everything that it
does not express, the degrees 6, 8, ... included, which no preprocessing of low degrees removes; G pays with a product of the whole
label and a polynomial of degree 4.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from gradient_noise import gradient
from training_runs import FOURTH, MEAN, SECOND, designed

from theorycheck.claims import Claim, Source

#: The objectives, noisiest first, and the labels: 0 as they are, 2 without their parts of degree 0 and 1.
OBJECTIVES = ("G", "gamma", "abs", "relu")
#: The weight of the tie-breaking term in G.
MU = 0.3
#: Central differences over ±1, ..., ±4 steps that are exact for polynomials of degree at most 8.
STENCIL = (4 / 5, -1 / 5, 4 / 105, -1 / 280)

claim = Claim(
    "landscape/batch-size",
    title="The batch size that the objectives need",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="“need huge batch size”; Conclusion"),
    kind="equality",
    statement=r"\mathbb{E}\,g^2 = \text{an explicit polynomial in } d,\quad n_\epsilon = \frac{\mathbb{E}\,g^2}{h^2\epsilon^2}:\quad "
    r"n_\epsilon(G) > n_\epsilon(f_\gamma) > n_\epsilon(|\cdot|/2) > n_\epsilon(\mathrm{ReLU}) = 0",
    reading="g is the gradient from one sample at B = B* = I, a = 1, along the turn of one row towards another, h the second derivative of "
    "the objective along it, and n_ε the batch with which a Newton step from B* errs by ε; ReLU labels as they are. Without their parts "
    "of degree 0 and 1 the order of G, γ and abs(z)/2 stays, and abs(z)/2 has no noise left",
    knobs={"scale": 1, "student": "gamma", "labels": 0},
)


def batch(objective: str, without: int, dimension: int) -> float:
    """n_ε for ε = 0.1."""
    found = gradient(objective, without, MU)
    return float(found.moment(2, dimension) / found.curvature**2 / 0.01)


def one_sample(objective: str, without: int, dimension: int) -> Any:
    """A sampler of g², with g from values of the objective alone: the difference quotient of one sample's loss in t, row 1 = e_1 + t e_2.

    For γ and G the loss is a polynomial in t of degree at most 8, so the quotient is the derivative; for abs it is up to kinks in between.
    """
    import numpy as np

    step = 1e-5 if objective == "abs" else 0.25

    def sampler(rng: Any, size: int) -> Any:
        x = rng.standard_normal((dimension, size))
        y = np.maximum(x, 0).sum(axis=0)
        if without:
            y -= dimension * MEAN + x.sum(axis=0) / 2
        if objective == "G":
            squares = (x[2:] ** 2 - 1).sum(axis=0)

            def loss(t: float) -> Any:
                u, v = x[0] + t * x[1], x[1]  # the pairs of row 1 with the others; unit rows, so lengths do not enter
                pairs = 2 * ((u * u - 1) * (squares + v * v - 1) - 4 * t * u * v + 2 * t * t)
                return y * (pairs - MU * (u**4 - 6 * u**2 + 3)) / (np.sqrt(24) * FOURTH)

        else:
            level = -MEAN if without and objective == "abs" else 0.0
            s = designed if objective == "gamma" else lambda z: np.abs(z) / 2 + level
            rest = s(x[1:]).sum(axis=0) - y

            def loss(t: float) -> Any:
                return (rest + s(x[0] + t * x[1])) ** 2

        quotient = sum(c * (loss(k * step) - loss(-k * step)) for k, c in enumerate(STENCIL, 1)) / step
        return quotient**2

    return sampler


def measured_curvature(objective: str, dimension: int) -> float:
    """The second derivative of the population objective along the turn, from its float engine."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective
    from theorycheck.network.population import HermitePopulation, HomogeneousPopulation

    identity, ones, angle = np.eye(dimension), np.ones(dimension), 1e-3
    if objective == "gamma":
        coefficients = [0, 0, SECOND, 0, FOURTH]
        loss: Any = HermitePopulation(coefficients, coefficients, identity, ones)
    elif objective != "G":
        loss = HomogeneousPopulation("abs(x)/2" if objective == "abs" else "relu", identity, ones)

    def value(turn: float) -> float:
        rows = identity.copy()
        rows[0, :2] = np.cos(turn), np.sin(turn)
        return landscape_objective(rows, identity, ones, MU)[0] if objective == "G" else loss(rows, ones).value

    return (value(angle) + value(-angle) - 2 * value(0.0)) / angle**2


@claim.simulate(
    quick={"samples": 2_000_000, "dimension": 10, "sampled": (("abs", 0), ("gamma", 0), ("G", 0))},
    full={"samples": 60_000_000, "dimension": 50, "sampled": (("abs", 0), ("gamma", 0), ("G", 0), ("gamma", 2), ("G", 2))},
)
def with_one_sample_gradients(trial: Any, knobs: Any) -> None:
    for objective in OBJECTIVES:
        stated, seen = gradient(objective, 0, MU).curvature, measured_curvature(objective, trial.dimension)
        what = f"{objective}: second derivative {stated:.6g}, by differences {seen:.6g}"
        trial.true(abs(stated - seen) < 0.01 * stated, what, "computed")

    for objective, without in trial.sampled:
        theory = gradient(knobs.student if objective == "gamma" else objective, without, MU)
        true = gradient(objective, without, MU)
        bound = true.moment(4, trial.dimension) * (2 if objective == "abs" else 1)  # kinks inside the stencil are rare
        trial.estimate(
            one_sample(objective, without, trial.dimension),
            theory=knobs.scale * theory.moment(2, trial.dimension),
            detect=0.3 * true.moment(2, trial.dimension),
            variance=bound,
            label=f"E g², {objective}, labels {'without degrees 0 and 1' if without else 'as they are'}, d = {trial.dimension}",
        )

    rows = []
    for dimension in (5, 10, 20, 50, 100):
        raw = {objective: batch(objective, 0, dimension) for objective in OBJECTIVES}
        rest = {f"{objective}, degrees 0 and 1 removed": batch(objective, 2, dimension) for objective in OBJECTIVES[:3]}
        for first, second in pairwise([*raw.values()]):
            trial.true(first > second, f"the order of the batch sizes, d = {dimension}", "computed")
        for first, second in pairwise([*rest.values()]):
            trial.true(first > second, f"the order of the batch sizes without degrees 0 and 1, d = {dimension}", "computed")
        noiseless = raw["relu"] == 0 == [*rest.values()][-1]
        trial.true(noiseless, "ReLU has no noise at B*, nor has abs(z)/2 without degrees 0 and 1", "computed")
        rows += [{"dimension": dimension, "batch": n, "objective": name} for name, n in {**raw, **rest}.items() if n > 0]
    title = "Batch size for an error of 0.1 at B*"
    trial.figure("batch-size", rows, x="dimension", y="batch", by="objective", log="xy", title=title)


claim.mutant("twice the variance", scale=2)
claim.mutant("a polynomial of degree 4 loses nothing", student="abs")
