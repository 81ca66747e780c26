"""Gradient descent converges linearly near W*, with a fresh sample at every step. For smooth activations: not for ReLU.

The constants m0 and M0 are those of the Hessian of the sample between W and W*, whatever they are; recovery/local-strong-convexity bounds
them. Without P3(a) a bound on the Hessian almost everywhere says nothing: one ReLU on two inputs is a counterexample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source


@dataclass(frozen=True)
class Setting:
    """A sample, labels from W*, and a start W.

    Args:
        activation: the text of φ.
        inputs: shape (n, d), as tuples.
        truth: W*.
        start: W.
    """

    activation: str
    inputs: tuple[tuple[float, ...], ...]
    truth: tuple[tuple[float, ...], ...]
    start: tuple[tuple[float, ...], ...]

    def __str__(self) -> str:
        return f"φ = {self.activation}, n = {len(self.inputs)}, W* = {self.truth}, W = {self.start}"


def settings(rng: Any, count: int) -> Iterator[Setting]:
    """One unit on one input, where the bound is met by a wide margin; then smooth networks on samples, near W*."""
    yield Setting("softplus", ((1.0,),), ((1.0,),), ((1.2,),))
    for number in range(count - 1):
        k, d = 1 + number % 2, 2 + number % 2
        truth = rng.standard_normal((k, d))
        start = truth + 0.05 * rng.standard_normal((k, d))
        name = ("tanh", "squared_relu", "softplus", "sigmoid")[number % 4]
        yield Setting(name, *(tuple(map(tuple, part.tolist())) for part in (rng.standard_normal((60, d)), truth, start)))


def kinked(rng: Any, count: int) -> Iterator[Setting]:
    """One ReLU, inputs 1 and −1, w* = 1, w = −1: φ'' = 0 but at the kink, the Hessian is 1/2 on both sides, and w⁺ = 0 ≠ w*."""
    yield Setting("relu", ((1.0,), (-1.0,)), ((1.0,),), ((-1.0,),))


claim = Claim(
    "recovery/linear-convergence",
    title="Linear convergence of gradient descent",
    source=Source(deck="002", slide="Linear Convergence of Gradient Descent", arxiv="1706.03175"),
    kind="upper bound",
    statement=r"P_1, P_2, P_3(a),\ W^\dagger = W - \tfrac{1}{M_0}\nabla\hat f_S(W):\quad "
    r"\|W^\dagger - W^\star\|_F^2 \le \Bigl(1 - \frac{m_0}{M_0}\Bigr)\|W - W^\star\|_F^2",
    reading="m0 I ⪯ ∇²f_S ⪯ M0 I between W and W*, as the theorem before it gives with high probability for a sample that W does not "
    "depend on: a fresh one at every step; v_j = ±1 known, no noise",
    assumes=[Holds("P1"), Holds("P2"), Holds("P3a"), Instances("settings", settings, drops={"P3(a)": kinked})],
    knobs={"power": 1, "step": 1, "samples": 400},
    guarantees=True,
)


def factor(low: Any, high: Any, knobs: Any) -> Any:
    """The bound on ‖W⁺ − W*‖²/‖W − W*‖²."""
    return (1 - low / high) ** knobs.power


@claim.derive
def by_the_averaged_hessian(log: Any, knobs: Any) -> None:
    import sympy

    low = sympy.Symbol("m", positive=True)
    p, q = sympy.symbols("p q", nonnegative=True)
    h, high = low + p, low + p + q  # m0 ≤ h ≤ M0
    log.cite("fundamental-theorem-of-calculus")  # ∇f(W) = H (W − W*) with H the Hessian averaged along the segment: φ' is Lipschitz
    log.cite("spectral-theorem")  # ‖(I − H/M0)(W − W*)‖² = Σ (1 − h_i/M0)² c_i²
    gap = sympy.factor(factor(low, high, knobs) - (1 - knobs.step * h / high) ** 2)
    log.nonnegative(gap, "(1 − h/M0)² is at most the stated factor for every eigenvalue h between m0 and M0")


@claim.certify
def one_step(check: Any, knobs: Any) -> None:
    """One real step on a sample, with the extreme eigenvalues of its Hessian at 32 points of the segment, 1 % to spare."""
    import numpy as np

    from theorycheck.network.hessian import empirical_hessian
    from theorycheck.network.one_hidden_layer import forward, squared_loss

    for s in check.instances(9):
        truth, start, x = (np.array(part) for part in (s.truth, s.start, s.inputs))
        v = np.ones(len(truth))
        y = forward(s.activation, truth, v, x)
        at = [start + t * (truth - start) for t in np.linspace(0, 1, 32)]  # not at the middle, where `kinked` has its kink
        values = np.array([np.linalg.eigvalsh(empirical_hessian(s.activation, x, w, v, y))[[0, -1]] for w in at])
        low, high = 0.99 * float(values[:, 0].min()), 1.01 * float(values[:, 1].max())
        moved = start - knobs.step / high * squared_loss(s.activation, start, v, x, y).rows / 2
        ratio = float(np.sum((moved - truth) ** 2) / np.sum((start - truth) ** 2))
        if check.less_equal(ratio, float(factor(low, high, knobs)), "‖W⁺ − W*‖²/‖W − W*‖² against the factor") is False:
            return


@claim.simulate(quick={"trials": 4, "steps": 25}, full={"trials": 40, "steps": 300})
def with_fresh_samples(trial: Any, knobs: Any) -> None:
    """A fresh sample at every step; m0 and M0 half and twice the extremes of the expected Hessian at W*."""
    names = ("squared_relu", "tanh")
    how = {"per_parameter": knobs.samples, "steps": trial.steps, "step": knobs.step}
    curves = []
    for row in trial.sweep(one_run, [{"activation": names[i % 2], "units": 2 + i // 2 % 2, **how} for i in range(trial.trials)]):
        stated = float(factor(row["low"], row["high"], knobs))
        text = f"φ = {row['activation']}, k = {row['units']}: largest ratio of a step {row['worst']:.5f} against {stated:.5f}"
        trial.true(row["worst"] <= stated, text)
        for number, error in enumerate(row["errors"]):
            kind = f"{row['activation']}, k = {row['units']}"
            curves.append({"iteration": number, "error": error, "run": kind})
            curves.append({"iteration": number, "error": row["errors"][0] * stated**number, "run": f"bound, {kind}"})
    trial.figure("convergence-with-fresh-samples", curves, x="iteration", y="error", by="run", log="y", title="‖W − W*‖² and its bound")


def one_run(rng: Any, activation: str, units: int, per_parameter: int, steps: int, step: float) -> dict[str, Any]:
    """Gradient descent on fresh samples from near W* with orthonormal rows in five dimensions; the ratio of every step."""
    import numpy as np

    from theorycheck import Activation
    from theorycheck.network.one_hidden_layer import forward, squared_loss
    from theorycheck.network.orthogonal_hessian import orthogonal_extremes

    d = 5
    phi = Activation(activation)
    least, largest = (float(end) for end in orthogonal_extremes(phi, [1] * units, d))
    low, high = least / 2, 2 * largest
    truth = np.linalg.qr(rng.standard_normal((d, units)))[0].T
    offset = rng.standard_normal(truth.shape)
    w, v = truth + 0.02 * offset / np.linalg.norm(offset), rng.choice([-1.0, 1.0], units)
    errors = [float(np.sum((w - truth) ** 2))]
    for _ in range(steps):
        x = rng.standard_normal((max(1, per_parameter * units * d), d))
        w = w - step / high * squared_loss(phi, w, v, x, forward(phi, truth, v, x)).rows / 2
        errors.append(float(np.sum((w - truth) ** 2)))
        if not 1e-24 < errors[-1] < 1e6:
            break
    worst = max(after / before for before, after in zip(errors, errors[1:], strict=False))
    return {"low": low, "high": high, "worst": worst, "errors": errors}


claim.mutant("the factor to the fourth power", by="derive", power=4)
claim.mutant("three times the step", by="derive", step=3)
claim.mutant("three times the step, on a sample", by="certify", step=3)
claim.mutant("a kinked activation", by="certify", drop="P3(a)")
claim.mutant("ten times the step, with fresh samples", by="simulate", step=10)
claim.mutant("a fresh input instead of a fresh sample", by="simulate", samples=0)
