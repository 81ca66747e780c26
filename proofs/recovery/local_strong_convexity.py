"""Near W* the loss on a sample is strongly convex and smooth, with the constants of the theorem made explicit.

The slide gives m0 and M0 up to constants. Upper: (Σ_j φ' x·a_j)² ≤ Σ φ'² Σ (x·a_j)² and E (w·x)^2p (x·a)² ≤ (2p+1)!! ‖w‖^2p ‖a‖², so
M0 = 2 (2p+1)!! L1² k σ_1^2p has room for half of itself on a sample. Lower: m0 = ρ(σ_k)/(2κ²λ), half of what orthonormal ReLUs attain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source
from theorycheck.claims.instances import axis, dot, scaled, unit_vector

#: L1 and p of P1 for the activations that are tried (decided by recovery/property-table).
GROWTH = {"relu": (1, 0), "leaky_relu": (1, 0), "tanh": (1, 0), "sigmoid": (Fraction(1, 4), 0), "squared_relu": (2, 1), "x": (1, 0)}


@dataclass(frozen=True)
class Teacher:
    """W* = R diag(σ) Q with R and Q rational reflections: the singular values σ are exact, the rows not orthogonal.

    Args:
        activation: the text of φ.
        singular: σ_1 ≥ … ≥ σ_k.
        rows: W*, shape (k, d).
    """

    activation: str
    singular: tuple[Fraction, ...]
    rows: tuple[tuple[Fraction, ...], ...]

    def __str__(self) -> str:
        rows = "; ".join(" ".join(map(str, row)) for row in self.rows)
        return f"φ = {self.activation}, singular values {', '.join(map(str, self.singular))}, W* = [{rows}]"


def _reflection(vector: tuple[Fraction, ...]) -> list[tuple[Fraction, ...]]:
    """I − 2uuᵀ."""
    d = len(vector)
    return [tuple(a - b for a, b in zip(axis(d, i), scaled(vector, 2 * vector[i]), strict=True)) for i in range(d)]


def teacher(activation: str, singular: Any, dimension: int, rng: Any = None) -> Teacher:
    """A network with given singular values; with a generator, in random directions."""
    sigma, k = tuple(map(Fraction, singular)), len(singular)
    left = _reflection(unit_vector(rng, k)) if rng is not None and k > 1 else [axis(k, i) for i in range(k)]
    right = _reflection(unit_vector(rng, dimension)) if rng is not None else [axis(dimension, i) for i in range(dimension)]
    columns = list(zip(*right, strict=True))
    stretched = [tuple(r * s for r, s in zip(row, sigma, strict=True)) for row in left]
    return Teacher(activation, sigma, tuple(tuple(dot(row, column[:k]) for column in columns) for row in stretched))


def teachers(rng: Any, count: int) -> Iterator[Teacher]:
    """Orthonormal rows where the constant is attained, many rows, one row; then condition numbers up to 4 in random directions."""
    special = [("relu", [1, 1, 1], 3, None), ("relu", [1] * 6, 6, None), ("tanh", [2], 2, rng), ("squared_relu", [1, 1], 2, None)]
    special += [("relu", [4, 1], 2, rng), ("tanh", [2, 1], 3, rng), ("squared_relu", [2, 1], 2, rng), ("sigmoid", [3, 2], 2, rng)]
    for activation, singular, dimension, directions in special[:count]:
        yield teacher(activation, singular, dimension, directions)


def linear_teachers(rng: Any, count: int) -> Iterator[Teacher]:
    """P1 and P3 without P2."""
    yield teacher("x", [1, 1], 2)


claim = Claim(
    "recovery/local-strong-convexity",
    title="Near W* the loss on a sample is strongly convex and smooth",
    source=Source(deck="002", slide="Local Strong Convexity", arxiv="1706.03175"),
    kind="implication",
    statement=r"P_1, P_2, P_3,\ |S| \ge d\,\mathrm{poly}/\rho^2,\ \|W-W^\star\| \le \rho^2/\mathrm{poly}:\quad "
    r"m_0 I \preceq \nabla^2\hat f_S(W) \preceq M_0 I,\ m_0 = \Theta(\rho(\sigma_k)/(\kappa^2\lambda)),\ M_0 = \Theta(k\sigma_1^{2p})",
    reading="v_j = ±1; m0 = ρ(σ_k)/(2κ²λ), M0 = 2(2p+1)!! L1² k σ_1^2p; certified at W* for the expected Hessian of given networks, "
    "sampled at W with ‖W − W*‖ = ρ(σ_k)²/(kλ²) from 500 kd samples",
    assumes=[Holds("P1"), Holds("P2"), Holds("P3"), Instances("teachers", teachers, drops={"P2": linear_teachers})],
    knobs={"low": Fraction(1, 2), "high": 2, "condition": 1, "width": 1, "samples": 500, "distance": 1},
    guarantees=True,
)


def constants(activation: str, singular: Any, rho: Any, knobs: Any) -> tuple[Any, Any]:
    """m0 and M0; ρ as a ball or a float, singular values as rationals."""
    slope, p = GROWTH[activation]
    largest, least, k = singular[0], singular[-1], len(singular)
    spread = (largest / least) ** 2 * prod(singular) / least**k  # κ²λ
    lower = knobs.low / spread**knobs.condition
    upper = knobs.high * prod(range(2 * p + 1, 0, -2)) * slope**2 * k**knobs.width * largest ** (2 * p)
    return rho * _as(rho, lower), upper


def _as(kind: Any, number: Fraction) -> Any:
    """A rational in the arithmetic of `kind`."""
    if isinstance(kind, float):
        return float(number)
    from flint import arb, fmpq

    return arb(fmpq(number.numerator, number.denominator))


@claim.certify
def expected_hessians(check: Any, knobs: Any) -> None:
    from theorycheck.gaussian.moments import rho_terms
    from theorycheck.network.eigenvalues import extreme_eigenvalues
    from theorycheck.network.hessian import population_hessian

    for t in check.instances(8):
        rho = rho_terms(t.activation, t.singular[-1], 15).value.ball
        low, high = constants(t.activation, t.singular, rho, knobs)
        least, largest = extreme_eigenvalues(population_hessian(t.activation, t.rows, digits=10), 8)
        found = check.less(0, low, "m0 is positive")
        if found is not False:
            found = check.less_equal(low, least, "m0 against λ_min at W*")
        if False in (found, check.less_equal(largest, high, "λ_max at W* against M0")):
            return


@claim.simulate(quick={"trials": 12}, full={"trials": 400})
def on_samples(trial: Any, knobs: Any) -> None:
    from theorycheck.gaussian.moments import rho

    names = ("relu", "tanh", "squared_relu", "leaky_relu")
    at_one = {name: float(rho(name, 1)) for name in names}  # σ_k = 1 throughout
    settings = []
    for i in range(trial.trials):
        name, k = names[i % 4], 2 + i % 3
        condition = 1 + i // 4 % 3  # κ = λ = σ_1, the other singular values being 1
        how = {"samples": int(knobs.samples * 6 * k), "distance": knobs.distance * at_one[name] ** 2 / (k * condition**2)}
        settings.append({"activation": name, "units": k, "condition": condition, **how})
    curves = []
    for row in trial.sweep(one_sample, settings):
        singular = [Fraction(row["condition"])] + [Fraction(1)] * (row["units"] - 1)
        low, high = constants(row["activation"], singular, at_one[row["activation"]], knobs)
        at = f"φ = {row['activation']}, k = {row['units']}, κ = {row['condition']}"
        trial.true(row["smallest"] >= low, f"λ_min on a sample is at least m0: {at}")
        trial.true(row["largest"] <= high, f"λ_max on a sample is at most M0: {at}")
        for name, value in (("smallest", row["smallest"] / low), ("largest", row["largest"] / float(high))):
            curves.append({"condition": row["condition"], "ratio": float(value), "eigenvalue": f"{name}, {row['activation']}"})
    trial.figure(
        "hessian-on-samples", curves, x="condition", y="ratio", by="eigenvalue", log="y", kind="points", title="λ_min/m0 and λ_max/M0"
    )


def one_sample(rng: Any, activation: str, units: int, condition: int, samples: int, distance: float) -> dict[str, float]:
    """Extreme eigenvalues of the Hessian of the loss on a sample, at a random W at that distance from a random W*.

    W* has σ_1 = condition and all other singular values 1, in six dimensions.
    """
    import numpy as np

    from theorycheck import Activation
    from theorycheck.network.hessian import empirical_hessian
    from theorycheck.network.one_hidden_layer import forward

    d = 6
    left, right = (np.linalg.qr(rng.standard_normal((m, m)))[0] for m in (units, d))
    sigma = np.array([condition] + [1] * (units - 1), dtype=float)
    truth = left @ np.diag(sigma) @ right[:units]
    offset = rng.standard_normal(truth.shape)
    w = truth + offset * (distance / np.linalg.norm(offset))
    x = rng.standard_normal((samples, d))
    phi, v = Activation(activation), rng.choice([-1.0, 1.0], units)
    values = np.linalg.eigvalsh(empirical_hessian(phi, x, w, v, forward(phi, truth, v, x)))
    return {"smallest": float(values[0]), "largest": float(values[-1])}


claim.mutant("m0 four times larger", by="certify", low=2)
claim.mutant("m0 without the condition numbers", by="certify", condition=0, low=1)
claim.mutant("M0 without the number of units", by="certify", width=0, high=1)
claim.mutant("P2 dropped", by="certify", drop="P2")
claim.mutant("m0 four times larger, sampled", by="simulate", low=2)
claim.mutant("fewer samples than parameters", by="simulate", samples=Fraction(1, 2))
claim.mutant("W far from W*", by="simulate", distance=1000)
