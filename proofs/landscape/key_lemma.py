"""The key lemma of landscape design: correlating a network's output with a Hermite polynomial of one direction.

Derived from E[h_k(v) | u] = r^k h_k(u) (Mehler), so it holds for every σ with finite second moment, without expanding σ.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, pi, sqrt
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Teacher, dot, scaled, teachers
from theorycheck.claims.isserlis import gaussian_moment, hermite_row, polynomial_moment
from theorycheck.claims.reference import reference_moments

#: Kinked, smooth, odd, even and unbounded activations; their kinks, if any, are at 0.
ACTIVATIONS = ("relu", "tanh", "gelu", "abs")


def networks(rng: Any, count: int) -> Any:
    """Networks with unit rows."""
    return teachers(rng, count, ACTIVATIONS)


def longer_networks(rng: Any, count: int) -> Any:
    """Networks whose rows are too long."""
    return (Teacher(t.activation, t.weights, tuple(scaled(row, 2) for row in t.rows), t.probe) for t in networks(rng, count))


claim = Claim(
    "landscape/key-lemma",
    title="Hermite moments of a one-hidden-layer network",
    source=Source(deck="001", slide="Provable Non-convex Optimization Algorithms?", arxiv="1711.00501", note="eq. (3.1)"),
    kind="equality",
    statement=r"\mathbb{E}[y\,h_k(b_i^\top x)] = \hat\sigma_k \sum_j a_j^\star \langle b_j^\star, b_i\rangle^k",
    reading="y = Σ a_j σ(⟨b_j, x⟩) + ξ with unit rows, x ~ N(0, I), σ square integrable under N(0, 1), ξ independent with mean zero",
    assumes=[Instances("networks with unit rows", networks, drops={"unit rows": longer_networks})],
    knobs={"sign": 1, "constant": 1, "shift": 0},
)


def factor(k: Any, r: Any, knobs: Any) -> Any:
    """What one unit of weight 1 at correlation r contributes, as a multiple of σ̂_k."""
    return knobs.constant * (knobs.sign * r) ** (k + knobs.shift)


@claim.derive
def by_conditioning_on_one_unit(log: Any, knobs: Any) -> None:
    import sympy

    t, z, w = sympy.symbols("t z w", real=True)
    r = sympy.Symbol("r", real=True, nonzero=True)
    c = sympy.Symbol("c", real=True)

    log.cite("gaussian-pairs")  # given u = ⟨b_j, x⟩ = z, the probe v = ⟨b_i, x⟩ is r z + c w with c² = 1 − r²
    density = sympy.exp(-((w - c * t) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)
    primitive = sympy.erf((w - c * t) / sympy.sqrt(2)) / 2
    log.integral(density, (w, -sympy.oo, sympy.oo), 1, "a shifted Gaussian density has mass 1", primitive=primitive)
    exponent = t * (r * z + c * w) - t**2 / 2 - w**2 / 2
    completed = t * r * z - t**2 / 2 + c**2 * t**2 / 2 - (w - c * t) ** 2 / 2
    log.equal(exponent, completed, "completing the square in w")
    conditional = sympy.exp(t * r * z - t**2 / 2 + (1 - r**2) * t**2 / 2)
    scaled_generating = sympy.exp((r * t) * z - (r * t) ** 2 / 2)
    log.equal(conditional, scaled_generating, "given z, the generating function Σ tᵏ He_k(v)/k! averages to the one of He_k(z) at rt")

    log.cite("power-series-under-expectation")  # so E[h_k(v) | z] = r^k h_k(z) for every k
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    log.equal(factor(0, r, knobs), 1, "degree 0: the factor is 1")
    ratio = sympy.powsimp(factor(n + 1, r, knobs) / factor(n, r, knobs))
    log.equal(ratio, r, "from degree n to n + 1 the factor grows by r: it is r^k for every k")

    log.cite("tower-and-linearity")  # E[σ(u) h_k(v)] = E[σ(u) E[h_k(v) | u]], summed with weights a_j; the noise averages out
    first, second = sympy.symbols("a1 a2", real=True)
    rho1, rho2 = sympy.symbols("r1 r2", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    for k, primitive in enumerate((-gauss, sympy.erf(z / sympy.sqrt(2)) / 2 - z * gauss, -(z**2 + 1) * gauss)):
        hermite = sum(a * z**p for p, a in enumerate(hermite_row(k)))
        value = (1 / sympy.sqrt(2 * sympy.pi), sympy.Rational(1, 2), 1 / sympy.sqrt(2 * sympy.pi))[k]
        log.integral(z * hermite * gauss, (z, 0, sympy.oo), value, f"ReLU: E[σ(z) He_{k}(z)]", primitive=primitive)
        conditioned = first * (rho1**k) * value + second * (rho2**k) * value
        stated = value * (first * factor(k, rho1, knobs) + second * factor(k, rho2, knobs))
        log.equal(conditioned, stated, f"a network of two ReLU units, degree {k}")


@claim.certify
def at_random_teachers(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np
    import tensorly
    from flint import arb, ctx, fmpq

    from theorycheck import hermite_coefficients

    degrees = range(5)
    coefficients = {text: hermite_coefficients(text, len(degrees), digits=25) for text in ACTIVATIONS}
    for network in check.instances(12):
        with mpmath.workdps(22):
            evidence = [mpmath.mpf(0)] * len(degrees)
            for weight, row in zip(network.weights, network.rows, strict=True):
                for k, moment in enumerate(hermite_moments(network.activation, dot(row, row), dot(row, network.probe), len(degrees))):
                    evidence[k] += mpmath.mpmathify(weight) * moment
        for k in degrees:
            stated = sum(a * factor(k, dot(row, network.probe), knobs) for a, row in zip(network.weights, network.rows, strict=True))
            with ctx.workprec(100):
                theory = coefficients[network.activation][k].ball * arb(fmpq(stated.numerator, stated.denominator))
            if check.equal(theory, evidence[k], f"E y h_{k}(b·x)", digits=15) is False:
                return
        if all(dot(row, row) == 1 for row in network.rows):
            # the same sum as the contraction of Σ a_j b_j⊗b_j⊗b_j with the probe, by TensorLy
            rows = np.array([[float(c) for c in row] for row in network.rows]).T
            tensor = tensorly.cp_to_tensor((np.array([float(a) for a in network.weights]), [rows] * 3))
            contracted = tensorly.tenalg.multi_mode_dot(tensor, [np.array([float(c) for c in network.probe])] * 3, modes=[0, 1, 2])
            cubes = sum(a * factor(3, dot(row, network.probe), knobs) for a, row in zip(network.weights, network.rows, strict=True))
            check.equal(cubes, float(contracted), "Σ a_j ⟨b_j, b⟩³ as a contraction", digits=12)


@lru_cache(maxsize=64)
def power_moments(activation: str, square: Fraction, count: int) -> tuple[Any, ...]:
    """E σ(sz) zⁿ for n < count, s² = square, by mpmath: an engine that shares nothing with ours."""
    import mpmath

    from theorycheck import Activation

    sigma, s = Activation(activation), mpmath.sqrt(mpmath.mpmathify(square))
    return tuple(reference_moments(lambda z: sigma.mpmath(s * z), range(count)))


def hermite_moments(activation: str, square: Fraction, product: Fraction, count: int) -> list[Any]:
    """E σ(⟨b_j, x⟩) h_k(⟨b, x⟩) for k < count, ‖b_j‖² = square, ⟨b_j, b⟩ = product, ‖b‖ = 1."""
    import mpmath

    moments = power_moments(activation, square, count)
    slope = mpmath.mpmathify(product) / mpmath.sqrt(mpmath.mpmathify(square))  # ⟨b, x⟩ = slope·z + √rest·w
    rest = 1 - slope**2
    found = []
    for k in range(count):
        total = mpmath.mpf(0)
        for p, a in enumerate(hermite_row(k)):
            for i in range(0, p + 1, 2):  # the even powers of w
                total += a * comb(p, i) * slope ** (p - i) * rest ** (i // 2) * gaussian_moment(i) * moments[p - i]
        found.append(total / mpmath.sqrt(factorial(k)))
    return found


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def with_noisy_labels(trial: Any, knobs: Any) -> None:
    import numpy as np

    weights, noise = np.array([1.0, 0.5]), 0.1
    rows, probe = np.array([[0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]), np.array([0.8, 0.6, 0.0])
    gauss = 1 / sqrt(2 * pi)
    expected = (gauss, 0.5, gauss / sqrt(2))  # σ̂_k of ReLU, from E[z₊ He_k] = 1/√2π, 1/2, 1/√2π
    fourth = (weights.sum() * 1.5**0.25 + noise * 3**0.25) ** 4  # E y⁴ by Minkowski, from E z₊⁴ = 3/2 and E z⁴ = 3
    for k, coefficient in enumerate(expected):
        row = np.array(hermite_row(k)[::-1], dtype=float) / sqrt(factorial(k))

        def product(rng: Any, size: int, row: Any = row) -> Any:
            x = rng.standard_normal((3, size))
            y = weights @ np.maximum(rows @ x, 0) + noise * rng.standard_normal(size)
            return y * np.polyval(row, probe @ x)

        bound = sqrt(fourth * float(polynomial_moment(hermite_row(k), 4)) / factorial(k) ** 2)  # Var ≤ √(E y⁴ E h_k⁴)
        theory = coefficient * sum(a * factor(k, r, knobs) for a, r in zip(weights, rows @ probe, strict=True))
        trial.estimate(product, theory=float(theory), detect=0.05, variance=bound, label=f"E y h_{k}(b·x)")


claim.mutant("the sign of the inner product", by="derive", sign=-1)
claim.mutant("one power too many", by="derive", shift=1)
claim.mutant("twice the sum", by="certify", constant=2)
claim.mutant("rows not unit", by="certify", drop="unit rows")
claim.mutant("the sign of the inner product, sampled", by="simulate", sign=-1)
claim.mutant("twice the sum, sampled", by="simulate", constant=2)
