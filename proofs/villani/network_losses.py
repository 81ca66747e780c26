"""What the claims on the regularised loss of a network share: instances, suprema of an activation, and the two lower bounds.

L(W) = (c/n) Σ (y_i − a·σ(W x_i))² + (λ/2)‖W‖². With R = ‖W‖ the bounds are
‖∇L‖ ≥ λR − G (σ bounded), ‖∇L‖ ≥ λR − G/R (zσ' − σ bounded), and ΔL ≤ D₀ + D₁ R.
"""

from __future__ import annotations

from typing import Any


def instances(rng: Any, count: int, activations: tuple[str, ...]) -> Any:
    """Networks with data: outer weights that cancel, an input that is 0, one unit, large labels; then random ones.

    `direction` is where the weights go to infinity: along it f cancels, or no input sees the weights, or it is random.
    """
    import numpy as np

    for number in range(count):
        p, d, n = (2, 2, 1) if number < 4 else tuple(int(k) for k in rng.integers(1, 5, 3))
        outer = np.array([1.0, -1.0]) if number < 4 else rng.standard_normal(p)
        inputs = np.array([[1.0, 0.0]]) if number < 4 else rng.standard_normal((n, d))
        labels = np.array([0.0, 5.0, -1.0, 1.0][number : number + 1]) if number < 4 else 3 * rng.standard_normal(n)
        direction = np.array([[1.0, 0.0], [1.0, 0.0]])  # f cancels
        if number == 2:
            direction = np.array([[0.0, 1.0], [0.0, -1.0]])  # no input sees it
        elif number >= 4:
            direction = rng.standard_normal((p, d))
        yield {
            "activation": activations[number % len(activations)],
            "outer": outer,
            "inputs": inputs,
            "labels": labels,
            "direction": direction / np.linalg.norm(direction),
        }


def suprema(activation: str) -> dict[str, float]:
    """Upper ends of balls: sup |σ| (or ∞), sup |σ'|, sup |σ''|, sup |zσ' − σ| (or ∞), and |σ(0)|."""
    from theorycheck import Activation
    from theorycheck.activation.functions import canonical, differentiate, x
    from theorycheck.activation.pieces import Piece
    from theorycheck.errors import Undecided
    from theorycheck.properties.suprema import supremum

    f = Activation(activation)
    expr = f.pieces[0].expr
    tangent = canonical(x * differentiate(expr) - expr)

    def top(pieces: Any) -> float:
        try:
            return float(supremum(pieces).value.upper())
        except Undecided:
            return float("inf")

    return {
        "value": top(f.pieces),
        "slope": top(f.derivative(1).pieces),
        "bend": top(f.derivative(2).pieces),
        "tangent": top((Piece(f.pieces[0].start, f.pieces[0].end, tangent),)),
        "start": abs(float(f(0.0))),
    }


def loss_of(case: Any, regulariser: float, factor: float = 1.0) -> Any:
    """The loss of an instance."""
    from theorycheck import Activation
    from theorycheck.network.regularised_loss import RegularisedLoss

    return RegularisedLoss(Activation(case["activation"]), case["outer"], case["inputs"], case["labels"], regulariser, factor)


def lower_bound(case: Any, radius: float, s: float, regulariser: float, bounded: bool, size: dict[str, float]) -> float:
    """A lower bound of ‖∇L‖²/s − ΔL over ‖W‖ = radius, for c = 1; −ΔL's alone where the gradient's bound is not positive."""
    import numpy as np

    outer, inputs, labels = case["outer"], case["inputs"], case["labels"]
    ones, norm, reach = np.abs(outer).sum(), np.linalg.norm(outer), np.linalg.norm(inputs, axis=1).max()
    largest = np.abs(labels).max()
    if bounded:
        gap = ones * size["value"] + largest
        gradient = regulariser * radius - 2 * gap * norm * size["slope"] * reach
    else:
        gap = ones * (size["start"] + size["slope"] * reach * radius) + largest
        gradient = regulariser * radius - (largest + ones * size["tangent"]) ** 2 / (2 * radius)
    laplacian = 2 * reach**2 * ((norm * size["slope"]) ** 2 + gap * ones * size["bend"]) + regulariser * outer.size * inputs.shape[1]
    return float(max(gradient, 0.0) ** 2 / s - laplacian)


def critical(slope: float, factor: float, reach: float = 1.0) -> float:
    """λ_c = factor · M_D · L · (B_x‖a‖)², with M_D = L = sup |σ'|."""
    return factor * slope**2 * reach**2


def trial_of(
    rng: Any, activations: tuple[str, ...], number: int, radius: float, s: float, relative: float = 0.0, strength: float = 0.0
) -> dict[str, float]:
    """One network: the least of ‖∇L‖²/s − ΔL over its own direction and random ones, at a given radius.

    λ is `strength`, or `relative` times M_D L (B_x‖a‖)². The network depends on its number only.
    """
    import numpy as np

    case = list(instances(np.random.default_rng(number), number + 1, activations))[number]
    reach = np.linalg.norm(case["inputs"], axis=1).max() * np.linalg.norm(case["outer"])
    if relative:
        strength = critical(suprema_cached(case["activation"])["slope"], relative, reach)
    loss = loss_of(case, float(strength))
    directions = [case["direction"], *rng.standard_normal((20, *case["direction"].shape))]
    least = min(loss.villani(radius * w / np.linalg.norm(w), s) for w in directions)
    return {"least": float(least), "strength": float(strength)}


_KNOWN: dict[str, dict[str, float]] = {}


def suprema_cached(activation: str) -> dict[str, float]:
    """As `suprema`, once a process: it takes a tenth of a second."""
    if activation not in _KNOWN:
        _KNOWN[activation] = suprema(activation)
    return _KNOWN[activation]
