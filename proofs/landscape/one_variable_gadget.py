"""For every polynomial p a gadget φᵖ with E[y φᵖ(b, x)] = Σ a_j p(⟨b_j, b⟩)? Not for ReLU and p = t³.

Three unit vectors at 120° in a plane sum to 0, so Σ ReLU(⟨b_j, x⟩) = Σ ReLU(⟨−b_j, x⟩): two networks that are the same function.
Their sums of cubes differ, and no φ can tell them apart.
"""

from __future__ import annotations

from math import comb, gamma, pi, sqrt
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_moment, hermite_row, polynomial_moment
from theorycheck.claims.reference import reference_moments

#: The three units of the first network in units of 120°; the second network has the opposite vectors.
THIRDS = (0, 1, 2)


def probes(rng: Any, count: int) -> list[Any]:
    """Angles of the direction b in degrees: on a unit, between two units, and random ones where cos 3β is not 0."""
    return [0, 60, 10, *(30 + 5 * int(n) + 1 for n in rng.integers(0, 60, count))][:count]


claim = Claim(
    "landscape/one-variable-gadget",
    title="A gadget for every polynomial of one inner product",
    source=Source(deck="001", slide="Provable Non-convex Optimization Algorithms?", arxiv="1711.00501", note="Claim 3.1"),
    kind="existence",
    statement=r"\forall p\ \exists \phi^p:\quad \mathbb{E}[y\,\phi^p(b_i, x)] = \sum_j a_j^\star\, p(\langle b_j^\star, b_i\rangle)",
    reading="p any polynomial, φ depends on p, σ and b_i only, y = Σ a_j σ(⟨b_j, x⟩) with unit rows; here σ = ReLU, p = tⁿ, n = 3",
    assumes=[Instances("directions", probes)],
    finding="refuted",
    knobs={"degree": 3},
)


@claim.derive
def by_two_equal_networks(log: Any, knobs: Any) -> None:
    import sympy

    n = knobs.degree
    t = sympy.Symbol("t", positive=True)
    beta = sympy.Symbol("beta", real=True)
    angles = [2 * sympy.pi * sympy.Rational(j, 3) for j in THIRDS]
    # ReLU(u) − ReLU(−u) = u on both half-lines
    for argument, relu, mirrored in ((t, t, 0), (-t, 0, t)):
        log.equal(relu - mirrored, argument, f"ReLU(u) − ReLU(−u) = u at u = {argument}")
    for coordinate, name in ((sympy.cos, "first"), (sympy.sin, "second")):
        log.zero(sum(coordinate(a) for a in angles), f"the three unit vectors sum to 0, {name} coordinate: the two networks are equal")
    sums = [sum((sign * sympy.cos(a - beta)) ** n for a in angles) for sign in (1, -1)]
    log.equal(sympy.expand(sums[0], trig=True), sympy.expand(sums[1], trig=True), f"equal networks need equal sums of p = t^{n}")
    # the gadget h_n/σ̂_n: by the key lemma E[y h_n(⟨b, x⟩)] = σ̂_n Σ a_j ⟨b_j, b⟩ⁿ, as long as σ̂_n is not 0
    log.cite("landscape/key-lemma")
    z = sympy.Symbol("z", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    row = hermite_row(n)
    value = sum(a * 2 ** (p // 2) * sympy.factorial(p // 2) / sympy.sqrt(2 * sympy.pi) for p, a in enumerate(row) if p % 2 == 0)
    if n % 2 == 0:  # then only odd powers of z₊ occur, with E z₊^(2l+1) = 2^l l!/√(2π)
        log.integral(z * sum(a * z**p for p, a in enumerate(row)) * gauss, (z, 0, sympy.oo), value, f"E[z₊ He_{n}(z)]")
        log.positive(value**2, f"σ̂_{n} is not 0: division by it is allowed")


@claim.certify
def at_directions(check: Any, knobs: Any) -> None:
    import mpmath
    from flint import arb, ctx, fmpq

    from theorycheck import hermite_coefficients

    n = knobs.degree
    moments = reference_moments(lambda z: z, range(n + 1), (0, 12))  # E z₊ᵖ⁺¹
    for degrees in check.instances(8):
        with ctx.workprec(100):
            cosines = [arb.cos_pi_fmpq(fmpq(120 * j - degrees, 180)) for j in THIRDS]
            first, second = (sum(((sign * c) ** n for c in cosines), arb(0)) for sign in (1, -1))
        if check.equal(first, second, f"the sums of p = t^{n} for two networks that are the same function") is False:
            return
        projection = sum(a * moments[p] for p, a in enumerate(hermite_row(n))) / mpmath.sqrt(mpmath.factorial(n))
        engine = hermite_coefficients("relu", n + 1, digits=20)[n]
        with ctx.workprec(100):
            predicted = engine.ball * first
        found = mpmath.fsum(conditional_projection(mpmath.cos(mpmath.radians(120 * j - degrees)), n, moments) for j in THIRDS)
        check.equal(predicted, found, f"E[y h_{n}] = σ̂_{n} Σ ⟨b_j, b⟩^{n}", digits=10)
        check.equal(engine, projection, f"σ̂_{n}", digits=10)


def conditional_projection(r: Any, n: int, moments: list[Any]) -> Any:
    """E[ReLU(u) h_n(r u + √(1 − r²) w)] from moments[p] = E[u₊ uᵖ], by expanding in w."""
    import mpmath

    total = mpmath.mpf(0)
    for p, a in enumerate(hermite_row(n)):
        for i in range(0, p + 1, 2):
            total += a * comb(p, i) * r ** (p - i) * (1 - r * r) ** (i // 2) * gaussian_moment(i) * moments[p - i]
    return total / mpmath.sqrt(mpmath.factorial(n))


@claim.simulate(quick={"samples": 200_000}, full={"samples": 20_000_000})
def with_any_test_function(trial: Any, knobs: Any) -> None:
    """Whatever φ is, the two networks give the same mean; so the sums must be equal too."""
    import numpy as np

    n = knobs.degree
    angles = 2 * pi * np.array(THIRDS) / 3
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    probe = np.array([np.cos(0.1), np.sin(0.1)])
    sums = [float(((sign * rows @ probe) ** n).sum()) for sign in (1, -1)]

    def gap(test: Any) -> Any:
        def sampler(rng: Any, size: int) -> Any:
            x = rng.standard_normal((2, size))
            outputs = [np.maximum(sign * rows @ x, 0).sum(axis=0) for sign in (1, -1)]
            return (outputs[0] - outputs[1]) * test(probe @ x)

        return sampler

    for name, test in (("cos", np.cos), ("sign", np.sign), ("tanh", np.tanh)):
        # abs(φ) ≤ 1 and each network is at most three units: E(y − y')² ≤ 9
        label = f"E[(y − y') φ] for φ = {name}"
        trial.estimate(gap(test), theory=sums[0] - sums[1], detect=0.1, variance=9, label=label)
    row = np.array(hermite_row(n)[::-1], dtype=float)
    projection = float(np.dot(hermite_row(n), [positive_moment(p + 1) for p in range(n + 1)]))
    if abs(projection) > 1e-9:

        def product(rng: Any, size: int) -> Any:
            x = rng.standard_normal((2, size))
            return np.maximum(rows @ x, 0).sum(axis=0) * np.polyval(row, probe @ x) / projection

        bound = sqrt(81 * 1.5 * float(polynomial_moment(hermite_row(n), 4))) / projection**2  # E y⁴ ≤ 3⁴ E z₊⁴
        trial.estimate(product, theory=sums[0], detect=0.4, variance=bound, label=f"the gadget h_{n}/σ̂_{n}")


def positive_moment(power: int) -> float:
    """E z₊ᵖ = 2^(p/2 − 1) Γ((p + 1)/2)/√π."""
    return 2 ** (power / 2 - 1) * gamma((power + 1) / 2) / sqrt(pi)


claim.control("p = t²", degree=2)
claim.control("p = t⁴", by="derive", degree=4)
claim.control("p = t", by="certify", degree=1)
claim.mutant("p = t⁵", by="derive", degree=5)
claim.mutant("p = t⁵ at directions", by="certify", degree=5)
claim.mutant("p = t⁷, sampled", by="simulate", degree=7)
