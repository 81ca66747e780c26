"""Hermite polynomials of two correlated Gaussians: orthogonal for different degrees, a power of the correlation for equal ones.

Derived for all degrees at once: the generating function of the expectations is exp(rst).
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Pair, scaled, unit_pairs
from theorycheck.claims.isserlis import hermite_row, joint_moments, polynomial_moment

#: Degrees 0 to 6 of both factors are certified on every instance.
DEGREES = range(7)


def longer_pairs(rng: Any, count: int) -> Any:
    """Pairs whose first vector is too long."""
    return (Pair(scaled(pair.u, 2), pair.v) for pair in unit_pairs(rng, count))


claim = Claim(
    "landscape/hermite-correlation",
    title="Hermite polynomials of correlated Gaussians are orthogonal",
    source=Source(deck="001", slide="Provable Non-convex Optimization Algorithms?", arxiv="1711.00501", note="behind the key lemma"),
    kind="equality",
    statement=r"\mathbb{E}[h_j(\langle u,x\rangle)\,h_k(\langle v,x\rangle)] = \delta_{jk}\,\langle u,v\rangle^k,\qquad \|u\|=\|v\|=1",
    assumes=[Instances("unit vectors", unit_pairs, drops={"unit vectors": longer_pairs})],
    knobs={"sign": 1, "constant": 1, "diagonal": 1, "family": "probabilists", "orthonormal": True},
)


def statement(j: Any, k: Any, r: Any, knobs: Any) -> Any:
    """E h_j h_k at correlation r, as claimed. The knob `diagonal` = 0 forgets that different degrees are orthogonal."""
    return knobs.constant * (knobs.sign * r) ** k if j == k or not knobs.diagonal else 0


@claim.derive
def by_generating_functions(log: Any, knobs: Any) -> None:
    import sympy

    s, t, z, w, a = sympy.symbols("s t z w a", real=True)
    r = sympy.Symbol("r", real=True)
    c = sympy.sqrt(1 - r**2)
    n = sympy.Symbol("n", integer=True, nonnegative=True)

    log.cite("gaussian-pairs")  # (⟨u,x⟩, ⟨v,x⟩) has the law of (z, r z + c w) with z, w independent
    density = sympy.exp(-((z - a) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)
    primitive = sympy.erf((z - a) / sympy.sqrt(2)) / 2
    log.integral(density, (z, -sympy.oo, sympy.oo), 1, "a shifted Gaussian density has mass 1", primitive=primitive)
    exponent = s * z + t * (r * z + c * w) - (z**2 + w**2) / 2
    completed = (s**2 + 2 * r * s * t + t**2) / 2 - (z - s - r * t) ** 2 / 2 - (w - c * t) ** 2 / 2
    log.equal(exponent, completed, "completing squares: E exp(s u + t v) = exp((s² + 2rst + t²)/2)")
    generating = sympy.exp(s * z - s**2 / 2)
    log.zero(sympy.diff(generating, s) - (z - s) * generating, "exp(sz − s²/2) generates He: He_{n+1} = z He_n − n He_{n−1}")
    joint = sympy.exp((s**2 + 2 * r * s * t + t**2) / 2 - s**2 / 2 - t**2 / 2)
    log.equal(joint, sympy.exp(r * s * t), "the expectation of the product of two generating functions is exp(rst)")

    log.cite("power-series-under-expectation")  # Σ sʲ tᵏ E[He_j He_k]/(j! k!) = exp(rst), and coefficients are unique
    off = statement(0, 1, r, knobs)  # the coefficient of t alone
    log.equal(sympy.diff(sympy.exp(r * s * t), t).subs({s: 0, t: 0}), off, "degrees 0 and 1: the coefficient of t")
    log.zero(s * sympy.diff(joint, s) - t * sympy.diff(joint, t), "exp(rst) depends on st alone: different degrees are orthogonal")

    def coefficient(m: Any) -> Any:
        """Of (st)^m in the generating function, as the statement has it: E He_m² / m!², with He_m² = m! h_m²."""
        norm = sympy.factorial(m) if knobs.orthonormal else 1
        return statement(m, m, r, knobs) * norm / sympy.factorial(m) ** 2

    log.equal(coefficient(sympy.Integer(0)), 1, "equal degrees: the coefficient of (st)⁰")
    ratio = sympy.powsimp(sympy.combsimp(coefficient(n + 1) / coefficient(n)))
    log.equal((n + 1) * ratio, r, "equal degrees, every n: (n + 1) cₙ₊₁ = r cₙ, which is F' = rF for F = Σ cₙ wⁿ")


@claim.certify
def at_pairs_of_vectors(check: Any, knobs: Any) -> None:
    from fractions import Fraction
    from math import factorial

    import mpmath

    from theorycheck import dual_activation

    base = 2 if knobs.family == "physicists" else 1  # physicists' H_k has norm √(2^k k!) under its own weight
    with mpmath.workdps(40):
        norms = [mpmath.sqrt(base**k * factorial(k)) if knobs.orthonormal else mpmath.mpf(1) for k in DEGREES]
        rows = [hermite_row(k, knobs.family) for k in DEGREES]
        for pair in check.instances(12):
            moments = joint_moments(pair.u, pair.v, len(DEGREES))
            for j in DEGREES:
                for k in DEGREES:
                    products = (a * b * moments[p][q] for p, a in enumerate(rows[j]) for q, b in enumerate(rows[k]) if a * b)
                    total = sum(products, Fraction(0))
                    evidence = mpmath.mpmathify(total) / (norms[j] * norms[k])
                    if check.equal(mpmath.mpmathify(statement(j, k, pair.product, knobs)), evidence, f"E h_{j} h_{k}", digits=30) is False:
                        return
            for k in (1, 2, 3) if abs(pair.product) <= 1 else ():
                text = " + ".join(f"({c})*x**{p}" for p, c in enumerate(hermite_row(k)))
                dual = dual_activation(f"({text})/sqrt({factorial(k)})", pair.product, digits=25)
                check.equal(mpmath.mpmathify(statement(k, k, pair.product, knobs)), dual, f"our dual activation of h_{k}")


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def with_gaussian_inputs(trial: Any, knobs: Any) -> None:
    from math import factorial, sqrt

    import numpy as np

    u, v = (np.array([3, 4, 0]) / 5, np.array([4, 3, 0]) / 5)
    norm = [sqrt(factorial(k)) if knobs.orthonormal else 1.0 for k in range(4)]
    rows = [np.array(hermite_row(k, knobs.family)[::-1], dtype=float) / norm[k] for k in range(4)]
    for j, k in ((1, 1), (2, 2), (3, 3), (1, 2), (1, 3)):

        def product(rng: Any, size: int, j: int = j, k: int = k) -> Any:
            x = rng.standard_normal((3, size))
            return np.polyval(rows[j], u @ x) * np.polyval(rows[k], v @ x)

        fourth = [float(polynomial_moment(hermite_row(n, knobs.family), 4)) / norm[n] ** 4 for n in (j, k)]
        bound = sqrt(fourth[0] * fourth[1])  # Var ≤ E h_j² h_k² ≤ √(E h_j⁴ E h_k⁴)
        theory = float(statement(j, k, 24 / 25, knobs))
        trial.estimate(product, theory=theory, detect=0.15, variance=bound, label=f"E h_{j} h_{k}")


claim.mutant("the sign of the correlation", by="derive", sign=-1)
claim.mutant("twice the power", by="derive", constant=2)
claim.mutant("different degrees not orthogonal", by="derive", diagonal=0)
claim.mutant("not normalised", by="derive", orthonormal=False)
claim.mutant("vectors not unit", by="certify", drop="unit vectors")
claim.mutant("physicists' polynomials", by="certify", family="physicists")
claim.mutant("not normalised, on pairs", by="certify", orthonormal=False)
claim.mutant("the sign of the correlation, sampled", by="simulate", sign=-1)
claim.mutant("physicists' polynomials, sampled", by="simulate", family="physicists")
