"""What the claims on the regularised loss of a network share: instances, suprema of an activation, and the bounds by balls.

L(W) = (c/n) Σ (y_i − a·σ(W x_i))² + (λ/2)‖W‖². With R = ‖W‖ the bounds are
‖∇L‖ ≥ λR − G (σ bounded), ‖∇L‖ ≥ λR − G/R (zσ' − σ bounded), and ΔL ≤ D₀ + D₁ R.
"""

from __future__ import annotations

from typing import Any

#: Regularisers of the claims without a threshold, down to far below the λ_c of the source.
STRENGTHS = (1e-3, 0.05, 1.0)


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


def suprema(activation: str) -> dict[str, Any]:
    """Balls whose upper ends bound |σ| (or ∞), |σ'|, |σ''| and |zσ' − σ| (or ∞), and |σ(0)|."""
    from flint import arb

    from theorycheck import Activation
    from theorycheck.activation.functions import canonical, differentiate, x
    from theorycheck.activation.pieces import Piece
    from theorycheck.errors import Undecided
    from theorycheck.properties.suprema import supremum

    f = Activation(activation)
    expr = f.pieces[0].expr
    tangent = canonical(x * differentiate(expr) - expr)

    def top(pieces: Any) -> Any:
        try:
            return arb(supremum(pieces).value.upper())
        except Undecided:
            return arb("inf")

    return {
        "value": top(f.pieces),
        "slope": top(f.derivative(1).pieces),
        "bend": top(f.derivative(2).pieces),
        "tangent": top((Piece(f.pieces[0].start, f.pieces[0].end, tangent),)),
        "start": abs(f.ball(arb(0))),
    }


def loss_of(case: Any, regulariser: float, factor: float = 1.0) -> Any:
    """The loss of an instance."""
    from theorycheck import Activation
    from theorycheck.network.regularised_loss import RegularisedLoss

    return RegularisedLoss(Activation(case["activation"]), case["outer"], case["inputs"], case["labels"], regulariser, factor)


def norm_of(numbers: Any) -> Any:
    """The Euclidean length of an array of floats, as a ball."""
    from flint import arb

    return sum((arb(float(v)) ** 2 for v in numbers.ravel()), arb(0)).sqrt()


def reach_of(case: Any) -> Any:
    """B_x, the largest length of an input, as a ball."""
    from functools import reduce

    return reduce(lambda u, v: u.max(v), [norm_of(row) for row in case["inputs"]])


def parts_by_balls(case: Any, regulariser: Any, weights: Any) -> tuple[Any, Any]:
    """(‖∇L‖², ΔL) at weights of floats, as balls, for c = 1."""
    from flint import arb

    from theorycheck import Activation

    f = Activation(case["activation"])
    slope, bend = f.derivative(1), f.derivative(2)
    outer = [arb(float(a)) for a in case["outer"]]
    rows = [[arb(float(v)) for v in row] for row in case["inputs"]]
    units = [[arb(float(v)) for v in row] for row in weights]
    gradient = [[regulariser * v for v in row] for row in units]
    total = regulariser * (len(outer) * len(rows[0]))
    for x, y in zip(rows, case["labels"], strict=True):
        z = [sum((w * v for w, v in zip(row, x, strict=True)), arb(0)) for row in units]
        residual = sum((a * f.ball(u) for a, u in zip(outer, z, strict=True)), arb(0)) - arb(float(y))
        square = sum((v * v for v in x), arb(0))
        for k, (a, u) in enumerate(zip(outer, z, strict=True)):
            first, second = a * slope.ball(u), a * bend.ball(u)
            gradient[k] = [g + 2 * residual * first * v / len(rows) for g, v in zip(gradient[k], x, strict=True)]
            total += 2 * square * (first * first + residual * second) / len(rows)
    return sum((g * g for row in gradient for g in row), arb(0)), total


def lower_parts(case: Any, radius: Any, regulariser: Any, bounded: bool, size: dict[str, Any]) -> tuple[Any, Any]:
    """Balls below ‖∇L‖² and above ΔL over ‖W‖ = radius, for c = 1."""
    from flint import arb

    ones, norm = sum((abs(arb(float(a))) for a in case["outer"]), arb(0)), norm_of(case["outer"])
    reach, largest = reach_of(case), arb(float(abs(case["labels"]).max()))
    if bounded:
        gap = ones * size["value"] + largest
        gradient = regulariser * radius - 2 * gap * norm * size["slope"] * reach
    else:
        gap = ones * (size["start"] + size["slope"] * reach * radius) + largest
        gradient = regulariser * radius - (largest + ones * size["tangent"]) ** 2 / (2 * radius)
    laplacian = 2 * reach**2 * ((norm * size["slope"]) ** 2 + gap * ones * size["bend"])
    return gradient.max(arb(0)) ** 2, laplacian + regulariser * case["outer"].size * case["inputs"].shape[1]


def against_bounds(check: Any, case: Any, strength: Any, regularised: int, radii: Any, bounded: bool) -> bool:
    """‖∇L‖²/s − ΔL of the loss with λ = regularised · strength against the bounds for λ = strength, s = 1/10 and 100, by balls."""
    from flint import arb, ctx

    with ctx.workprec(160):
        size = suprema_cached(case["activation"])
        for radius in radii:
            weights = radius * case["direction"]
            square, total = parts_by_balls(case, regularised * strength, weights)
            below, above = lower_parts(case, norm_of(weights), strength, bounded, size)
            for s in (arb(1) / 10, arb(100)):
                if check.less_equal(below / s - above, square / s - total, f"the bound at R = {radius:g}, s = {float(s):g}") is False:
                    return False
    return True


def for_every_regulariser(check: Any, case: Any, strength: Any, regularised: int, bounded: bool) -> bool:
    """As `against_bounds` out to R = 10⁸, where the quantity itself must be positive at s = 1."""
    if not against_bounds(check, case, strength, regularised, (10.0, 1e4, 1e8), bounded):
        return False
    square, total = parts_by_balls(case, regularised * strength, 1e8 * case["direction"])
    check.less(0, square - total, f"positive far out, λ = {float(strength):g}, s = 1")
    return True


def steepest(activation: str, points: Any) -> list[Any]:
    """2‖∇f‖² of one unit f = σ(w) with a = 1 and the input 1, at points w, as balls: what λ_c bounds."""
    from flint import arb, ctx

    from theorycheck import Activation

    with ctx.workprec(160):
        slope = Activation(activation).derivative(1)
        return [2 * slope.ball(arb(w)) ** 2 for w in points]


def critical(slope: Any, factor: Any, reach: Any = 1) -> Any:
    """λ_c = factor · M_D · L · (B_x‖a‖)², with M_D = L = sup |σ'|."""
    return slope**2 * reach**2 * factor.numerator / factor.denominator


_KNOWN: dict[str, dict[str, Any]] = {}


def suprema_cached(activation: str) -> dict[str, Any]:
    """As `suprema`, once a process: it takes a tenth of a second."""
    if activation not in _KNOWN:
        _KNOWN[activation] = suprema(activation)
    return _KNOWN[activation]
