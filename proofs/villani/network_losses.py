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
        strength = relative * (float(suprema_cached(case["activation"])["slope"]) * reach) ** 2
    loss = loss_of(case, float(strength))
    directions = [case["direction"], *rng.standard_normal((10, *case["direction"].shape))]
    least = min(loss.villani(radius * w / np.linalg.norm(w), s) for w in directions)
    return {"least": float(least), "strength": float(strength)}


_KNOWN: dict[str, dict[str, Any]] = {}


def suprema_cached(activation: str) -> dict[str, Any]:
    """As `suprema`, once a process: it takes a tenth of a second."""
    if activation not in _KNOWN:
        _KNOWN[activation] = suprema(activation)
    return _KNOWN[activation]


def log_derivatives(log: Any) -> None:
    """∂L/∂w and ∂²L/∂w² for one inner weight w and one sample. All other units together are a constant F, so no width is assumed."""
    import sympy

    log.cite("chain-rule-second-order")
    w, u, x, y, f, a, p, q, lam = sympy.symbols("w u x y f a p q lambda", real=True)
    moved = f + a * (p * x * u + q * (x * u) ** 2 / 2)  # f when w moves by u; p, q = σ', σ'' at this unit, x the weight's input
    loss = (moved - y) ** 2 + lam * (w + u) ** 2 / 2
    log.equal(sympy.diff(loss, u).subs(u, 0), 2 * (f - y) * a * p * x + lam * w, "∂L/∂w = 2(f − y) a σ' x + λw")
    second = 2 * (a * p * x) ** 2 + 2 * (f - y) * a * q * x**2 + lam
    log.equal(sympy.diff(loss, u, 2).subs(u, 0), second, "∂²L/∂w² = 2(aσ'x)² + 2(f − y) a σ'' x² + λ")


def log_data_bounds(log: Any) -> None:
    """With |f − y| ≤ E, |σ'| ≤ M, |σ''| ≤ N: ‖∇(data part)‖ ≤ 2EM‖a‖B and Δ(data part) ≤ 2B²(M²‖a‖² + EN‖a‖₁)."""
    import sympy

    log.cite("triangle-inequality")
    e, p, q, a, x, de, dp, dq = sympy.symbols("e p q a x d_e d_p d_q", nonnegative=True)  # absolute values, and what the bounds leave
    top = (e + de, p + dp, q + dq)
    log.nonnegative(sympy.expand((top[0] * top[1] * a * x) ** 2 - (e * p * a * x) ** 2), "((f − y) a σ' x)² ≤ (EM)² a² x², for each weight")
    bound = 2 * x**2 * ((top[1] * a) ** 2 + top[0] * top[2] * a)
    log.nonnegative(sympy.expand(bound - 2 * (a * p * x) ** 2 - 2 * e * a * q * x**2), "∂² ≤ 2x²(M²a² + EN|a|), for each weight")
    a1, a2, x1, x2 = sympy.symbols("a1 a2 x1 x2", real=True)
    terms = sum(b**2 * v**2 for b in (a1, a2) for v in (x1, x2))
    log.equal(terms, (a1**2 + a2**2) * (x1**2 + x2**2), "summed over units and coordinates: Σ a_k² x_j² = ‖a‖²‖x‖²")


def log_reverse_triangle(log: Any) -> None:
    """‖λW + g‖² ≥ (λR − G)² when ‖g‖ ≤ G ≤ λR."""
    import sympy

    log.cite("cauchy-schwarz")
    r, g, rest, beyond = sympy.symbols("r g rest beyond", nonnegative=True)
    slack = sympy.Symbol("e", nonnegative=True)  # ⟨λW, g⟩ = −‖λW‖ ‖g‖ + e
    square = r**2 + 2 * (slack - r * g) + g**2
    log.nonnegative(sympy.expand(square - (r - g) ** 2), "‖λW + g‖² ≥ (‖λW‖ − ‖g‖)²")
    large = g + rest + beyond
    log.nonnegative(sympy.expand((large - g) ** 2 - (large - (g + rest)) ** 2), "which is at least (λR − G)², G ≥ ‖g‖")


def log_conditions(log: Any, strength: Any) -> None:
    """Conditions 1 to 3 from L ≥ λ‖W‖²/2."""
    import sympy

    radius, m = sympy.symbols("R m", positive=True)
    u, f, y = sympy.symbols("u f y", real=True)
    log.cite("smooth-compositions")  # condition 1
    log.nonnegative((f - y) ** 2, "L ≥ λ‖W‖²/2, the squares left out")
    log.cite("comparison")
    log.limit(strength * radius**2 / 2, radius, sympy.oo, sympy.oo, "condition 2: L → ∞")
    log.positive(strength, "condition 3: exp(−2L/s) ≤ exp(−m‖W‖²), m = λ/s > 0, and in each coordinate")
    bell = sympy.sqrt(sympy.pi / m) * sympy.erf(sympy.sqrt(m) * u) / 2
    log.integral(sympy.exp(-m * u**2), (u, -sympy.oo, sympy.oo), sympy.sqrt(sympy.pi / m), "that is integrable", primitive=bell)
    log.cite("tonelli")
