"""Every critical point of a layer of semi-random units with output weights other than 0 is a global minimum.

With v_k ≠ 0 the gradient by w_k says Φ_kᵀρ = 0, and then the residual is orthogonal to everything that the network can add. Two layers
have no such property: all inner weights 0 is a critical point whatever the output weights.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from semi_random_networks import axes, critical_points, derivative, least_loss, loss, two_layers

from theorycheck.claims import Claim, Instances, Source

#: The step of gradient descent, times s²_max(Φ)/m: a tenth of what would do if v were ±1 and fixed.
STEP = 0.1

claim = Claim(
    "diverse/semi-random-global",
    title="Critical points with non-zero output weights are global minima",
    source=Source(deck="000", slide="Semi-random units", arxiv="1702.08882", note="“guaranteed to converge to global optimum”"),
    kind="implication",
    statement=r"\nabla_{v,W} L = 0,\ v_k \ne 0\ \forall k \;\Rightarrow\; L(v, W) = \min L,\quad "
    r"L = \frac{1}{2m} \sum_l (\sum_k v_k\,\varphi_s(x_l; r_k, w_k) - y_l)^2",
    reading="one hidden layer, any samples, any directions r_k, any s; v and W both trained. Along gradient descent it is read as "
    "L − min L ≤ (m/2s²) Σ ‖∂L/∂w_k‖²/v_k², s the least singular value of Φ other than 0, which holds by the same argument",
    assumes=[
        Instances(
            "critical points with non-zero output weights",
            critical_points,
            drops={"non-zero output weights": partial(critical_points, idle=True)},
        )
    ],
    knobs={"nonzero": True, "gate": "random", "layers": 1},
)


@claim.derive
def by_orthogonality(log: Any, knobs: Any) -> None:
    """The sums over samples, units and coordinates are linear: each step is shown for one term."""
    import sympy

    g, x, w, y, rest, others, q = sympy.symbols("g x w y rest others q", real=True)
    v = sympy.Symbol("v", real=True, nonzero=True) if knobs.nonzero else sympy.Symbol("v", real=True)
    output = v * g * (w * x + rest) + others  # coordinate w of w_k, the other coordinates, the other units
    log.equal(sympy.diff((output - y) ** 2 / 2, w), v * (g * x * (output - y)), "∂L/∂w_k = v_k Φ_kᵀρ/m")
    log.positive(v**2, "v_k ≠ 0")
    log.equal(sympy.simplify(v * q / v), q, "so the gradient is 0 only where Φ_kᵀρ = 0")

    w_there, v_there = sympy.symbols("w_there v_there", real=True)  # another network
    g_there = g if knobs.gate == "random" else sympy.Symbol("g_there", real=True)
    change = v_there * g_there * w_there * x - v * g * w * x
    log.equal(change, g * x * (v_there * w_there - v * w), "every other network differs by an element of the span of the features")
    rho, turn, delta = sympy.symbols("rho turn delta", real=True)
    log.equal(rho * (g * x * turn), turn * (g * x * rho), "⟨ρ, Φu⟩ = ⟨u, Φᵀρ⟩ = 0")
    excess = (rho + delta) ** 2 / 2 - rho**2 / 2
    log.equal(excess - rho * delta, delta**2 / 2, "so its loss is larger by ‖Φu‖²/2m")
    log.nonnegative(delta**2 / 2, "which is not negative")


@claim.certify
def at_exact_critical_points(check: Any, knobs: Any) -> None:
    for problem in check.instances(15):
        here = two_layers(problem, 1) if knobs.layers == 2 else problem
        slopes = [derivative(here, axis, knobs.layers) for axis in axes(here)]
        if check.true(not any(slopes), "the gradient by exact differences is 0") is False:
            return
        least = 0.0 if knobs.layers == 2 else least_loss(here)  # two layers: the labels are those of a network
        if check.equal(loss(here, here.point, knobs.layers), least, "the loss, against the least by LSQR", digits=9) is False:
            return


def one_descent(rng: Any, samples: int, dimension: int, units: int, degree: int, gate: str, steps: int) -> dict[str, Any]:
    """Gradient descent on v and W from random weights, labels from a network of the same kind with noise.

    Returned at about 40 places: the loss above that of a network of the same kind (the best one, where gates are fixed), and the bound
    (m/2s²) Σ ‖∂L/∂w_k‖²/v_k², s the least singular value of Φ that is not 0.
    """
    import numpy as np

    from theorycheck.network.rows import random_unit_rows
    from theorycheck.network.semi_random import gate_values, semi_random_features, semi_random_outputs
    from theorycheck.training.gradient_descent import gradient_descent
    from theorycheck.training.semi_random_fit import least_squares

    x, r = rng.standard_normal((samples, dimension)), random_unit_rows(rng, units, dimension)

    def opened(w: Any) -> Any:
        return gate_values(r if gate == "random" else w, x, degree if gate == "random" else 0)

    teacher = rng.standard_normal((units, dimension))
    noise = 0.5 * rng.standard_normal(samples)
    y = semi_random_outputs(opened(teacher), x, teacher) + noise
    rest = noise
    if gate == "random":
        rest = semi_random_outputs(opened(teacher), x, least_squares(opened(teacher), x, y)) - y
    least = float(rest @ rest) / (2 * samples)

    def parts(flat: Any) -> Any:
        v, w = flat[:units], flat[units:].reshape(units, dimension)
        gates = opened(w)
        inner = gates * (x @ w.T)
        rho = inner @ v - y
        return gates, rho, inner.T @ rho / samples, ((gates * (rho[:, None] * v)).T @ x) / samples

    def gradient(flat: Any) -> Any:
        _, _, by_outer, by_rows = parts(flat)
        return np.concatenate([by_outer, by_rows.ravel()])

    start = rng.standard_normal(units * (1 + dimension)) / 2
    step = STEP * samples / np.linalg.norm(semi_random_features(opened(teacher), x), 2) ** 2
    excesses, bounds = [], []
    for t, flat in enumerate(gradient_descent(gradient, start, step, steps)):
        if t % max(1, steps // 40) == 0:
            gates, rho, _, by_rows = parts(flat)
            values = np.linalg.svd(semi_random_features(gates, x), compute_uv=False)
            smallest = values[values > 1e-9 * values[0]][-1]
            excesses.append(float(rho @ rho) / (2 * samples) - least)
            bounds.append(float(np.sum((by_rows / flat[:units, None]) ** 2)) * samples / (2 * smallest**2))
    return {"excess": excesses, "bound": bounds, "least": least}


@claim.simulate(
    quick={"starts": 6, "samples": 60, "dimension": 3, "units": 5, "degrees": (0, 1), "steps": 2000},
    full={"starts": 20, "samples": 200, "dimension": 5, "units": 10, "degrees": (0, 1, 2), "steps": 20_000},
)
def along_gradient_descent(trial: Any, knobs: Any) -> None:
    sizes = {"samples": trial.samples, "dimension": trial.dimension, "units": trial.units, "gate": knobs.gate, "steps": trial.steps}
    settings = [{**sizes, "degree": s} for s in trial.degrees for _ in range(trial.starts)]
    curves = []
    for number, row in enumerate(trial.sweep(one_descent, settings)):
        pairs = list(zip(row["excess"], row["bound"], strict=True))
        within = all(excess <= bound * (1 + 1e-6) + 1e-9 * row["least"] for excess, bound in pairs)
        where = f"s = {row['degree']}, run {number}"
        last, bound = pairs[-1]
        trial.true(within, f"{where}: at every step the excess is within its bound; at the end {last:.2e}, bound {bound:.2e}")
        if number % trial.starts == 0:
            for place, pair in enumerate(pairs):
                t = place * max(1, trial.steps // 40)
                for name, value in zip(("excess", "bound"), pair, strict=True):
                    curves.append({"step": t, "loss": max(value, 1e-16), "curve": f"s = {row['degree']}: {name}"})
    title = "The loss above its minimum along gradient descent, and the bound by the gradient"
    trial.figure("excess-and-bound", curves, x="step", y="loss", by="curve", log="y", title=title)


claim.mutant("output weights that vanish", by="derive", nonzero=False)
claim.mutant("the gates of ReLU", by="derive", gate="own")
claim.mutant("output weights that vanish, in fractions", by="certify", drop="non-zero output weights")
claim.mutant("two layers", by="certify", layers=2)
claim.mutant("the gates of ReLU, along gradient descent", by="simulate", gate="own")
