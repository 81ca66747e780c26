"""A Lipschitz constant for the gradient of the regularised loss, for both conventions of the squared loss.

∇²L = (2c/n) Σ [∇f ∇fᵀ + (f − y) ∇²f] + λ I. ‖∇f‖ ≤ ‖a‖ L B, and ∇²f has one block a_k σ''(z_k) x xᵀ a unit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from network_losses import instances, loss_of, suprema_cached

from theorycheck.claims import Claim, Instances, Source

ACTIVATIONS = ("sigmoid", "tanh")
#: The constant in front of the squares: without and with the 1/2.
CONVENTIONS = (1.0, 0.5)


def networks(rng: Any, count: int) -> Any:
    """Networks with data: large labels first, where the second derivatives of f matter."""
    import numpy as np

    one = np.array([1.0])
    for label, name in ((-20.0, "tanh"), (20.0, "sigmoid"), (0.0, "tanh")):
        yield {"activation": name, "outer": one, "inputs": one[:, None], "labels": label * one, "direction": one[:, None]}
    yield from instances(rng, count - 3, ACTIVATIONS)


claim = Claim(
    "villani/gradient-lipschitz",
    title="The loss's gradient is Lipschitz, with an explicit constant",
    source=Source(deck="004", slide="Our Primary Result in arXiv:2210.11452", arxiv="2210.11452"),
    kind="upper bound",
    statement=r"\|\nabla^2 L\| \le 2c\bigl[\|a\|^2 L^2 B_x^2 + (B_y + \|a\|_1 B_\sigma)\,\max_k|a_k|\, L'_\sigma B_x^2\bigr] + \lambda",
    reading="the slide says that a constant gLip exists; this is one, with c = 1 for its loss and c = 1/2 for losses with a factor 1/2; "
    "|σ| ≤ B_σ, |σ'| ≤ L, |σ''| ≤ L'_σ, ‖x_i‖ ≤ B_x, |y_i| ≤ B_y",
    assumes=[Instances("networks", networks)],
    knobs={"first": 1, "second": 1, "convention": 1},
)


def bound(norm: Any, ones: Any, top: Any, reach: Any, label: Any, size: Any, lam: Any, factor: Any, knobs: Any) -> Any:
    """The constant; `size` is (B_σ, L, L'_σ)."""
    value, slope, bend = size
    product = knobs.first * norm**2 * slope**2 * reach**2 + knobs.second * (label + ones * value) * top * bend * reach**2
    return 2 * factor * knobs.convention * product + lam


@claim.derive
def by_the_hessian(log: Any, knobs: Any) -> None:
    import sympy

    u, v, x, z, y, f, a, b, p, q, r = sympy.symbols("u v x z y f a b p q r", real=True)
    lam, c = sympy.symbols("lambda c", positive=True)
    log.cite("chain-rule-second-order")
    # two weights move by u and v, all other units are part of f; p, q = σ', σ'' and r = σ' of the second unit; x, z their inputs
    same = c * (f + a * (p * (x * u + z * v) + q * (x * u + z * v) ** 2 / 2) - y) ** 2
    log.equal(sympy.diff(same, u, v).subs({u: 0, v: 0}), 2 * c * (a * p * x) * (a * p * z) + 2 * c * (f - y) * a * q * x * z, "one unit")
    apart = c * (f + a * (p * x * u + q * (x * u) ** 2 / 2) + b * (r * z * v) - y) ** 2
    log.equal(sympy.diff(apart, u, v).subs({u: 0, v: 0}), 2 * c * (a * p * x) * (b * r * z), "two units: ∇f ∇fᵀ alone")
    log.cite("spectral-norm")  # ‖∇f ∇fᵀ‖ = ‖∇f‖², the norm of the blocks a_k σ''(z_k) x xᵀ is the largest one, and norms of sums
    log.cite("triangle-inequality")
    slope, left, weight, coordinate = sympy.symbols("slope left weight coordinate", nonnegative=True)
    partial = (slope + left) ** 2 * weight**2 * coordinate**2 - slope**2 * weight**2 * coordinate**2
    log.nonnegative(sympy.expand(partial), "(a_k σ' x_j)² ≤ L² a_k² x_j²; summed, ‖∇f‖² ≤ ‖a‖² L² B_x²")
    # |f − y| ≤ B_y + ‖a‖₁ B_σ and |σ''| ≤ L'
    norm, ones, top, reach, label = sympy.symbols("A A1 M B By", positive=True)
    size = sympy.symbols("S L Lp", positive=True)
    stated = bound(norm, ones, top, reach, label, size, lam, c, knobs)
    parts = 2 * c * ((norm * size[1] * reach) ** 2 + (label + ones * size[0]) * top * size[2] * reach**2) + lam
    log.nonnegative(sympy.expand(stated - parts), "the constant is at least the sum of the bounds of the three parts")
    log.cite("lipschitz-gradient")


@claim.certify
def by_eigenvalues(check: Any, knobs: Any) -> None:
    import numpy as np

    for case in check.instances(12):
        size = suprema_cached(case["activation"])
        for factor in CONVENTIONS:
            loss = loss_of(case, 0.1, factor)
            stated = stated_bound(case, size, 0.1, factor, knobs)
            shape = case["direction"].shape
            found, jacobian = 0.0, 0.0
            for number in range(40):
                weights = case["direction"] * (number - 20) / 5 if number < 39 else check.rng.standard_normal(shape)
                found = max(found, float(np.abs(np.linalg.eigvalsh(loss.hessian(weights))).max()))
                if number % 20 == 0:
                    jacobian = max(jacobian, float(np.abs(differences(loss, weights) - loss.hessian(weights)).max()))
            check.less(jacobian, 1e-4, f"the Hessian is that of ∇L by differences, c = {factor}")
            if check.less_equal(found, stated * (1 + 1e-9), f"the largest curvature, c = {factor}") is False:
                return


def stated_bound(case: Any, size: dict[str, Any], lam: float, factor: float, knobs: Any) -> float:
    """The constant for an instance."""
    import numpy as np

    outer = np.abs(case["outer"])
    reach, label = np.linalg.norm(case["inputs"], axis=1).max(), np.abs(case["labels"]).max()
    three = tuple(float(size[name]) for name in ("value", "slope", "bend"))
    return float(bound(np.linalg.norm(outer), outer.sum(), outer.max(), reach, label, three, lam, factor, knobs))


def differences(loss: Any, weights: Any) -> Any:
    """The Hessian by central differences of the gradient."""
    import numpy as np

    columns = []
    for i in range(weights.size):
        step = np.zeros(weights.size)
        step[i] = 1e-5
        change = step.reshape(weights.shape)
        columns.append((loss.gradient(weights + change) - loss.gradient(weights - change)).ravel() / 2e-5)
    return np.array(columns).T


def run(rng: Any, activation: str, width: int, label: float, factor: float) -> dict[str, float]:
    """Gradient descent from random weights: the largest ratio ‖∇L(u) − ∇L(v)‖/‖u − v‖ on its way, and the parts of the constant."""
    import numpy as np

    inputs = rng.standard_normal((20, 3)) if width > 1 else np.ones((1, 1))
    outer = rng.standard_normal(width) / np.sqrt(width) if width > 1 else np.ones(1)
    labels = label * (rng.standard_normal(20) if width > 1 else -np.ones(1))
    case = {"activation": activation, "outer": outer, "inputs": inputs, "labels": labels}
    loss = loss_of(case, 0.13, factor)
    weights = rng.standard_normal((width, inputs.shape[1]))
    largest = 0.0
    for _ in range(40):
        gradient = loss.gradient(weights)
        moved = weights - 0.05 * gradient / max(1.0, float(np.linalg.norm(gradient)))
        gap = float(np.linalg.norm(moved - weights))
        if gap > 1e-9:
            largest = max(largest, float(np.linalg.norm(loss.gradient(moved) - gradient)) / gap)
        weights = moved
    reach, top = float(np.linalg.norm(inputs, axis=1).max()), float(np.abs(labels).max())
    norms = [float(v) for v in (np.linalg.norm(outer), np.abs(outer).sum(), np.abs(outer).max())]
    return {"largest": largest, "norm": norms[0], "ones": norms[1], "top": norms[2], "reach": reach, "label_size": top}


@claim.simulate(quick={"nets": 3}, full={"nets": 100})
def along_descent(trial: Any, knobs: Any) -> None:
    settings = [
        {"activation": name, "width": width, "label": label, "factor": factor}
        for name in ACTIVATIONS
        for width, label in ((1, 30.0), (1, 1.0), (10, 1.0), (10, 30.0))
        for factor in CONVENTIONS
        for _ in range(trial.nets)
    ]
    rows = trial.sweep(run, settings)
    points = []
    for row in rows:
        size = suprema_cached(row["activation"])
        three = tuple(float(size[name]) for name in ("value", "slope", "bend"))
        row["bound"] = bound(row["norm"], row["ones"], row["top"], row["reach"], row["label_size"], three, 0.13, row["factor"], knobs)
        points.append({"bound": row["bound"], "largest ratio": row["largest"], "loss": "with 1/2" if row["factor"] < 1 else "without"})
    trial.true(all(row["largest"] <= row["bound"] * (1 + 1e-9) for row in rows), "the measured ratios stay below the constant")
    trial.figure("curvature", points, x="bound", y="largest ratio", by="loss", log="xy", kind="points")


claim.mutant("without the second derivatives of f", by="derive", second=0)
claim.mutant("the constant of the loss with 1/2 for both", by="derive", convention=Fraction(1, 2))
claim.mutant("without the second derivatives of f, certified", by="certify", second=0)
claim.mutant("without the second derivatives of f, sampled", by="simulate", second=0)
