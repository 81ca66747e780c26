"""The kernel of ReLU networks with random directions: the arc-cosine kernels of degree 0, 1 and 2.

Derived by Plackett's identity: the derivative of an orthant probability by the correlation is a density at the origin.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Pair, dot, scaled, unit_pairs
from theorycheck.claims.reference import reference_moments


def shorter_pairs(rng: Any, count: int) -> Any:
    """Pairs of inputs whose first is inside the sphere."""
    return (Pair(scaled(pair.u, Fraction(1, 2)), pair.v) for pair in unit_pairs(rng, count))


claim = Claim(
    "diverse/arc-cosine-kernel",
    title="The kernel of ReLU derivatives under random directions",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="eq. (8)-(9)"),
    kind="equality",
    statement=r"\mathbb{E}_w[\sigma'(w^\top x)\,\sigma'(w^\top y)]\,\langle x,y\rangle"
    r" = \Bigl(\tfrac12 - \tfrac{\arccos\langle x,y\rangle}{2\pi}\Bigr)\langle x,y\rangle",
    reading="x and y on the unit sphere, w uniform on it (or Gaussian), output weights v_k = ±1; for Gaussian w also the kernels "
    "E[(w·x)₊ⁿ(w·y)₊ⁿ] of degree n = 1, 2",
    assumes=[Instances("unit inputs", unit_pairs, drops={"unit inputs": shorter_pairs})],
    knobs={"sign": 1, "output": -1, "level": "1/2", "slope": 1, "curve": 2},
)


def kernel(n: int, r: Any, knobs: Any, library: Any) -> Any:
    """E[u₊ⁿ v₊ⁿ] at correlation r, as claimed, in mpmath, SymPy or any library with sqrt, acos and pi.

    The knobs: the sign and level of degree 0, the term in r of degree 1, the term in r² of degree 2, and abs(v_k).
    """
    level = Fraction(knobs.level)
    angle = library.acos(r)
    root = library.sqrt(1 - r * r)
    values = (
        level.numerator * library.pi / level.denominator * 2 - knobs.sign * angle,
        root + knobs.slope * (library.pi - angle) * r,
        3 * r * root + (library.pi - angle) * (1 + knobs.curve * r * r),
    )
    return knobs.output**2 * values[n] / (2 * library.pi)


@claim.derive
def by_plackett(log: Any, knobs: Any) -> None:
    import sympy

    u, v = sympy.symbols("u v", real=True)
    r = sympy.Symbol("r", real=True)
    gap = sympy.Symbol("c", positive=True)  # 1 − r²
    log.cite("polar-decomposition")  # σ' does not see the length of w: uniform and Gaussian directions give the same
    log.cite("gaussian-pairs")
    rest = 1 - r**2
    exponent = -(u**2 - 2 * r * u * v + v**2) / (2 * rest)
    height = 1 / (2 * sympy.pi * sympy.sqrt(rest))  # the density of the pair is f = height·exp(exponent)
    by_correlation = sympy.diff(exponent, r) + sympy.diff(height, r) / height
    by_values = sympy.diff(exponent, u, v) + sympy.diff(exponent, u) * sympy.diff(exponent, v)
    sides = [sympy.cancel(rest**2 * side) for side in (by_correlation, by_values)]
    log.equal(*sides, "Plackett: ∂f/∂r = ∂²f/∂u∂v, both times (1 − r²)²/f")
    log.cite("differentiation-under-the-integral")

    # ∫∫ over u, v > 0 of uⁿvⁿ ∂²f/∂u∂v by parts: what is left at infinity vanishes
    completed = -((u - r * v) ** 2) / (2 * rest) - v**2 / 2
    log.equal(exponent, completed, "the exponent is minus a sum of squares, so f decays in every direction")
    log.equal(sympy.diff(exponent, v), (r * u - v) / rest, "∂f/∂v is f times a polynomial")
    distance = sympy.Symbol("q", positive=True)
    for n in range(4):
        log.limit(distance**n * sympy.exp(-(distance**2) / (2 * gap)), distance, sympy.oo, 0, f"the boundary terms vanish: power {n}")
    log.zero(exponent.subs({u: 0, v: 0}), "so for n = 0 the integral is f(0, 0), the height")
    values = [kernel(n, r, knobs, sympy) for n in range(3)]
    log.equal(sympy.diff(values[0], r), height, "degree 0: the stated value has derivative f(0, 0)")
    log.equal(values[0].subs(r, 0), sympy.Rational(1, 4), "degree 0 at r = 0: independence gives 1/4")

    # degree n ≥ 1: integrating uⁿvⁿ ∂²f/∂u∂v by parts gives n² times degree n − 1
    log.equal(sympy.diff(u**2 * v**2, u, v), 4 * u * v, "integration by parts, degree 2")
    z = sympy.Symbol("z", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    halves = (1 / sympy.sqrt(2 * sympy.pi), sympy.Rational(1, 2))
    primitives = (-gauss, sympy.erf(z / sympy.sqrt(2)) / 2 - z * gauss)
    for n in (1, 2):
        log.integral(z**n * gauss, (z, 0, sympy.oo), halves[n - 1], f"E[z₊^{n}]", primitive=primitives[n - 1])
        log.equal(values[n].subs(r, 0), halves[n - 1] ** 2, f"degree {n} at r = 0: independence")
        log.equal(sympy.diff(values[n], r), n**2 * values[n - 1], f"degree {n}: the derivative is {n**2} times degree {n - 1}")
    for n, end in enumerate((sympy.Rational(1, 2), sympy.Rational(1, 2), sympy.Rational(3, 2))):
        log.equal(values[n].subs(r, 1), end, f"degree {n} at equal inputs, by continuity: E[z₊^{2 * n}]")
        log.zero(values[n].subs(r, -1), f"degree {n} at opposite inputs: 0")


@claim.certify
def at_pairs_of_inputs(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck import dual_activation

    with mpmath.workdps(20):
        for pair in check.instances(10):
            product = mpmath.mpmathify(pair.product)
            length = mpmath.sqrt(mpmath.mpmathify(dot(pair.u, pair.u) * dot(pair.v, pair.v)))
            for n in range(3):
                stated = kernel(n, product, knobs, mpmath)
                # E[u₊ⁿ v₊ⁿ] for v = r z + √(1 − r²) w: integrate w in closed form, z by mpmath
                found = orthant_moment(n, product / length) * length**n
                if check.equal(stated, found, f"degree {n} by quadrature", digits=14) is False:
                    return
                if check.dropped is None:
                    engine = ("step(x)", "max(x, 0)", "max(x, 0)**2")[n]
                    check.equal(stated, dual_activation(engine, pair.product, digits=18), f"degree {n} by our dual activation", digits=14)


def orthant_moment(n: int, r: Any) -> Any:
    """E[u₊ⁿ v₊ⁿ] by mpmath, n <= 2."""
    import mpmath

    gap = mpmath.sqrt(max(1 - r * r, 0))

    def half_line(mean: Any) -> Any:
        """E[(mean + gap·w)₊ⁿ]."""
        if gap == 0:
            return mean**n if mean > 0 else mpmath.mpf(0)
        t = mean / gap
        below, at = mpmath.erfc(-t / mpmath.sqrt(2)) / 2, mpmath.exp(-t * t / 2) / mpmath.sqrt(2 * mpmath.pi)
        return gap**n * (below, t * below + at, (1 + t * t) * below + t * at)[n]

    width = gap / abs(r) if r else 1  # where the integrand turns from one regime to the other
    return reference_moments(lambda z: half_line(r * z), [n], [0, min(6 * width, mpmath.mpf(3)), 10])[0]


@claim.simulate(quick={"samples": 200_000}, full={"samples": 20_000_000})
def with_random_directions(trial: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    x, y = np.array([0.6, 0.0, 0.8, 0.0]), np.array([0.0, 0.6, 0.8, 0.0])
    r = 0.64
    for n in range(3):

        def product(rng: Any, size: int, n: int = n) -> Any:
            w = rng.standard_normal((4, size))
            if n == 0:
                w /= np.linalg.norm(w, axis=0)  # uniform on the sphere
                return ((w.T @ x > 0) & (w.T @ y > 0)) * r
            return np.maximum(x @ w, 0) ** n * np.maximum(y @ w, 0) ** n

        theory = float(kernel(n, mpmath.mpf(r), knobs, mpmath)) * (r if n == 0 else 1)
        if n == 0:
            trial.estimate(product, theory=theory, detect=0.01, bounds=(0, 1), label="uniform directions, degree 0")
        else:
            bound = (0, 1.5, 52.5)[n]  # Var ≤ E u₊²ⁿ v₊²ⁿ ≤ E z₊⁴ⁿ = 3/2 and 105/2
            trial.estimate(product, theory=theory, detect=(0, 0.03, 0.15)[n], variance=bound, label=f"Gaussian weights, degree {n}")


claim.mutant("plus the angle", by="derive", sign=-1)
claim.mutant("a quarter for a half", by="derive", level="1/4")
claim.mutant("output weights of size 2", by="derive", output=2)
claim.mutant("degree 1 with π − θ subtracted", by="derive", slope=-1)
claim.mutant("degree 2 with 1 + r²", by="derive", curve=1)
claim.mutant("inputs not unit", by="certify", drop="unit inputs")
claim.mutant("degree 2 with 1 + r², by quadrature", by="certify", curve=1)
claim.mutant("plus the angle, sampled", by="simulate", sign=-1)
claim.mutant("output weights of size 2, sampled", by="simulate", output=2)
