"""Why ρ matters: it bounds the smallest eigenvalue of the expected Hessian at orthonormal W* from below."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source

#: (activation, k): ρ is the third term, the first or the second; k = 1, 2 and more.
CASES = (
    ("relu", 3), ("leaky_relu", 4), ("squared_relu", 2), ("squared_relu", 4), ("erf_integral", 3), ("tanh", 1), ("tanh", 6), ("sigmoid", 2),
    ("gelu", 3), ("x**2", 3), ("abs", 3),
)  # fmt: skip


def cases(rng: Any, count: int) -> Iterator[tuple[str, int]]:
    """Activations and numbers of orthonormal rows."""
    yield from CASES[:count]


claim = Claim(
    "recovery/hessian-lower-bound",
    title="The smallest eigenvalue at orthonormal W* is at least ρ",
    source=Source(deck="002", slide="When LSC Holds", arxiv="1706.03175", note="what ρ is for; W* orthonormal"),
    kind="lower bound",
    statement=r"W^\star \text{ with orthonormal rows:}\quad \lambda_{\min}(\nabla^2 f_{\mathcal D}(W^\star)) \ge \rho(1)",
    reading="v_j = ±1, any k ≤ d; the slides use ρ for the general W* of the theorem, which this is the first step of",
    assumes=[Holds("rho(1) > 0"), Instances("activations and numbers of rows", cases)],
    knobs={"factor": 1},
    guarantees=True,
)


@claim.derive
def from_two_of_its_terms(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("recovery/hessian-lower-bound-sharp")  # λ_min ≥ min(T1, T2), attained by three ReLUs
    rho = sympy.Symbol("r", positive=True)
    first, second = sympy.symbols("p q", nonnegative=True)  # T1 = ρ + p, T2 = ρ + q
    log.equal((rho + first) - rho, first, "T1 is above ρ, their least, by p ≥ 0")
    log.equal((rho + second) - rho, second, "T2 is above ρ by q ≥ 0; T3 does not matter")
    z = sympy.Symbol("z", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    half, root = sympy.Rational(1, 2), 1 / sympy.sqrt(2 * sympy.pi)
    mass = sympy.erf(z / sympy.sqrt(2)) / 2
    for power, (value, primitive) in enumerate(((half, mass), (root, -gauss), (half, mass - z * gauss))):
        log.integral(z**power * gauss, (z, 0, sympy.oo), value, f"E z^{power} over z > 0", primitive=primitive)
    relu = half - half**2 - root**2
    log.equal(half**2 - root**2, relu, "for ReLU all the α but α11 are 1/2, so that T1 = T2 = T3 = ρ")
    log.nonnegative(relu - knobs.factor * relu, "three orthonormal ReLUs: λ_min = T1 = ρ, so no larger factor is possible")


@claim.certify
def against_the_blocks(check: Any, knobs: Any) -> None:
    """ρ by its engine, which subtracts the line that φ' is in the middle, against eigenvalues of the Hessian's blocks."""
    from theorycheck.gaussian.moments import rho_terms
    from theorycheck.network.orthogonal_hessian import orthogonal_extremes

    for activation, k in check.instances(len(CASES)):
        rho = rho_terms(activation, 1, 20)
        least = orthogonal_extremes(activation, [1] * k, digits=18)[0]
        if 1 in rho.active and k >= 3:  # then T1 = ρ is an eigenvalue
            check.equal(knobs.factor * rho.value.ball, least, f"ρ of {activation} is attained by {k} rows")
        else:
            check.less_equal(knobs.factor * rho.value.ball, least, f"ρ of {activation} against λ_min for {k} rows")


@claim.simulate(quick={"samples": 400_000, "trials": 6, "inputs": 20_000}, full={"samples": 20_000_000, "trials": 60, "inputs": 200_000})
def along_a_rotation(trial: Any, knobs: Any) -> None:
    """The form of three ReLUs at the antisymmetric direction without column sums, and empirical Hessians at random orthonormal W*."""
    import numpy as np

    rho = 0.25 - 1 / (2 * pi)
    a = np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]) / np.sqrt(6)

    def sampler(rng: Any, size: int) -> Any:
        x = rng.standard_normal((size, 3))
        return ((x > 0) * (x @ a.T)).sum(axis=1) ** 2

    length = float(np.linalg.norm(a, axis=1).sum())  # abs(Σ …) ≤ Σ abs(a_j·x): the fourth moment is at most 3 (Σ ‖a_j‖)⁴
    trial.estimate(sampler, theory=knobs.factor * rho, detect=0.08, variance=3 * length**4, label="the form of three ReLUs")
    settings = [{"units": 2 + i % 3, "inputs": trial.inputs} for i in range(trial.trials)]
    for row in trial.sweep(random_teacher, settings):
        trial.true(row["smallest"] >= 0.9 * knobs.factor * rho, f"λ_min on samples at k = {row['units']} is at least 0.9 ρ")


def random_teacher(rng: Any, units: int, inputs: int) -> dict[str, float]:
    """The extreme eigenvalues of the empirical Hessian of ReLUs at random orthonormal rows in five dimensions."""
    import numpy as np

    from theorycheck.network.hessian import empirical_hessian

    rows = np.linalg.qr(rng.standard_normal((5, units)))[0].T
    values = np.linalg.eigvalsh(empirical_hessian("relu", rng.standard_normal((inputs, 5)), rows))
    return {"smallest": float(values[0]), "largest": float(values[-1])}


claim.mutant("twice ρ", by="derive", factor=2)
claim.mutant("twice ρ, certified", by="certify", factor=2)
claim.mutant("twice ρ, sampled", by="simulate", factor=2)
