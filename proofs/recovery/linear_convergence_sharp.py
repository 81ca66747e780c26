"""The rate that gradient descent has: the square of the factor that is printed, and no better.

With the Hessian averaged along the segment, H, the error is multiplied by I − H/M0, whose eigenvalues lie in [0, 1 − m0/M0]; the squared
error therefore by (1 − m0/M0)² at most, with equality along an eigenvector of m0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source

#: φ, k, d, seed of the sample. ReLU is not covered by the corollary; its late rate is the same.
RUNS = (("tanh", 1, 2, 0), ("squared_relu", 2, 4, 1), ("softplus", 2, 3, 2), ("relu", 2, 4, 3))


def runs(rng: Any, count: int) -> Iterator[tuple[str, int, int, int]]:
    """Activations, units, dimensions and seeds."""
    yield from RUNS[:count]


claim = Claim(
    "recovery/linear-convergence-sharp",
    title="Gradient descent contracts the squared error by (1 − m0/M0)²",
    source=Source(deck="002", slide="Linear Convergence of Gradient Descent", arxiv="1706.03175", note="sharper than the slide"),
    kind="upper bound",
    statement=r"m_0 I \preceq \nabla^2\hat f_S \preceq M_0 I \text{ between } W \text{ and } W^\star,\ "
    r"W^\dagger = W - \nabla\hat f_S(W)/M_0:\quad \|W^\dagger - W^\star\|_F^2 \le (1 - m_0/M_0)^2\|W - W^\star\|_F^2",
    reading="φ' Lipschitz, no noise; the exponent 2 is best possible, and shows in runs once the error lies along the slowest direction",
    assumes=[Holds("P3a"), Instances("runs", runs)],
    knobs={"power": 2, "step": 1},
    origin="theorycheck",
)


def factor(low: Any, high: Any, knobs: Any) -> Any:
    """The bound on ‖W⁺ − W*‖²/‖W − W*‖²."""
    return (1 - low / high) ** knobs.power


@claim.derive
def by_the_averaged_hessian(log: Any, knobs: Any) -> None:
    import sympy

    low = sympy.Symbol("m", positive=True)
    p, q, t = sympy.symbols("p q t", nonnegative=True)
    between, high = low + p, low + p + q  # m0 ≤ h ≤ M0
    log.cite("fundamental-theorem-of-calculus")  # ∇f(W) = H (W − W*): ∇f is Lipschitz along the segment and 0 at W*
    x = sympy.Symbol("x", real=True)
    log.integral(low * x**2, (t, 0, 1), low * x**2, "the average of forms that are at least m0 is at least m0", primitive=low * x**2 * t)
    log.cite("spectral-theorem")  # ‖(I − H/M0)(W − W*)‖² = Σ (1 − h_i/M0)² c_i²
    moved = 1 - knobs.step * between / high
    log.nonnegative(sympy.factor((1 - low / high) - moved), "1 − h/M0 is at most 1 − m0/M0")
    log.nonnegative(sympy.factor((1 - low / high) + moved), "and at least −(1 − m0/M0): it is not even negative")
    slowest = (1 - knobs.step * low / high) ** 2
    log.zero(sympy.factor(slowest - factor(low, high, knobs)), "along an eigenvector of m0 the factor is attained: (1 − m0/M0)²")


@claim.simulate(quick={"inputs": 600, "steps": 1000}, full={"inputs": 20_000, "steps": 20_000})
def late_in_a_run(trial: Any, knobs: Any) -> None:
    """A fixed sample: once the error is small the Hessian stands still, and the slowest direction is all that is left."""
    settings = [
        {"activation": name, "units": k, "dimension": d, "inputs": trial.inputs, "steps": trial.steps, "step": knobs.step}
        for name, k, d, _ in trial.instances(len(RUNS))
    ]
    curves = []
    for row in trial.sweep(one_run, settings):
        stated = factor(row["least"], row["largest"], knobs)
        measured = row["late"]
        text = f"φ = {row['activation']}: late contraction {measured:.5f} against (1 − m0/M0)^{knobs.power} = {stated:.5f}"
        trial.true(abs(measured - stated) <= 0.1 * (1 - stated), text)
        for number, error in enumerate(row["errors"]):
            curves.append({"iteration": number * row["stride"], "error": error, "activation": row["activation"]})
    trial.figure("error-against-iterations", curves, x="iteration", y="error", by="activation", log="y", title="‖W − W*‖²")


def one_run(rng: Any, activation: str, units: int, dimension: int, inputs: int, steps: int, step: float) -> dict[str, Any]:
    """Gradient descent with step/M0 on one sample from 10 % beside W*; extreme eigenvalues of the Hessian at W*."""
    import numpy as np

    from theorycheck import Activation
    from theorycheck.network.hessian import empirical_hessian

    phi = Activation(activation)
    slope = phi.derivative()
    truth = np.linalg.qr(rng.standard_normal((dimension, units)))[0].T * rng.uniform(0.8, 1.2, (units, 1))
    v, x = rng.choice([-1.0, 1.0], units), rng.standard_normal((inputs, dimension))
    labels = phi(x @ truth.T) @ v
    values = np.linalg.eigvalsh(empirical_hessian(phi, x, truth, v))
    w = truth + 0.1 * np.linalg.norm(truth) * (lambda g: g / np.linalg.norm(g))(rng.standard_normal(truth.shape))
    errors = [float(np.sum((w - truth) ** 2))]
    for _ in range(steps):
        z = x @ w.T
        w = w - step / values[-1] * ((slope(z) * (phi(z) @ v - labels)[:, None] * v).T @ x) / inputs
        errors.append(float(np.sum((w - truth) ** 2)))
        if not 1e-20 < errors[-1] < 1e6:
            break
    last = len(errors) - 1
    span = min(20, last)
    stride = max(1, last // 50)
    return {
        "least": float(values[0]),
        "largest": float(values[-1]),
        "late": (errors[-1] / errors[-1 - span]) ** (1 / span),
        "stride": stride,
        "errors": errors[::stride],
    }


claim.mutant("the factor as printed", by="derive", power=1)
claim.mutant("the factor cubed", by="derive", power=3)
claim.mutant("three times the step", by="derive", step=3)
claim.mutant("the factor as printed, late in a run", by="simulate", power=1)
claim.mutant("the factor cubed, late in a run", by="simulate", power=3)
claim.mutant("three times the step, late in a run", by="simulate", step=3)
