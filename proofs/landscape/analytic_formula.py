"""Theorem 1 of landscape design: the population loss decomposes one tensor for each Hermite degree.

Derived from generating functions: for correlated u, v they give E[σ(u)σ(v)] = Σ σ̂_k² r^k, and r^k is an inner product of tensors.
On instances the sum is cut off with a bound on both sides, since a plain truncation is visibly wrong for ReLU.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from network_pairs import NetworkPair, as_ball, beyond, compare, random_pair

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import axis, scaled

#: Kinked and smooth, odd, even and neither, bounded and not.
ACTIVATIONS = ("relu", "abs", "cos(x)", "exp(x)", "tanh", "gelu")
#: Degrees summed before the rest is enclosed.
TERMS = 48
#: ‖σ(z)‖₄⁴ for the activations that are sampled: E z₊⁴, E z⁴, and 1 for bounded ones.
FOURTH = {"relu": 1.5, "abs": 3.0, "tanh": 1.0, "sigmoid": 1.0}


def networks(rng: Any, count: int) -> Any:
    """Pairs of networks with unit rows: equal, permuted, opposite, cancelling rows; then random ones."""
    one, two, e, f = Fraction(1), Fraction(2), axis(3), axis(3, 1)
    near = (Fraction(999999, 1000001), Fraction(2000, 1000001), Fraction(0))
    special = [
        (((one, two), (two, one)), ((e, f), (f, e))),
        (((one,), (one,)), ((e,), (scaled(e, -1),))),
        (((one, -one), (one,)), ((e, e), (f,))),
        (((one,), (two,)), ((e,), (near,))),
        (((one, one, one), (two,)), ((e, f, near), (f,))),
    ]
    for number in range(count):
        activation = ACTIVATIONS[number % len(ACTIVATIONS)]
        if number < len(special):
            yield NetworkPair((activation, activation), *special[number], noise=Fraction(number, 3))
        else:
            units, dimension = int(rng.integers(1, 4)), int(rng.integers(2, 6))
            yield random_pair(rng, (activation, activation), units, dimension, two, Fraction(1, 9))


def shorter_networks(rng: Any, count: int) -> Any:
    """Networks whose rows are too short."""
    return (pair.stretched(Fraction(1, 2)) for pair in networks(rng, count))


claim = Claim(
    "landscape/analytic-formula",
    title="The population loss as a sum of tensor decompositions",
    source=Source(deck="001", slide="An Analytic Formula", arxiv="1711.00501", note="Theorem 2.1"),
    kind="equality",
    statement=r"f(a,B) = \sum_{k \ge 0} \hat\sigma_k^2\,\Bigl\|\sum_i a_i^\star\, b_i^{\star\otimes k}"
    r" - \sum_i a_i\, b_i^{\otimes k}\Bigr\|_F^2 + \mathbb{E}\,\xi^2",
    reading="y = Σ a*_i σ(⟨b*_i, x⟩) + ξ, x ~ N(0, I), rows of B and B* of length one, σ square integrable, ξ independent with mean 0; "
    "the constant is E ξ², the degree k = 0 is counted; the widths of the two networks may differ",
    assumes=[Instances("networks with unit rows", networks, drops={"unit rows": shorter_networks})],
    knobs={"sign": -1, "power": 2, "shift": 0, "noise": 1, "tail": True},
)


def component(k: Any, weights: Any, gram: Any, knobs: Any) -> Any:
    """‖Σ a* b*^⊗k − Σ a b^⊗k‖² from the inner products of the stacked rows."""
    stacked = [*weights[0], *(knobs.sign * a for a in weights[1])]
    return sum(c * d * gram[i][j] ** (k + knobs.shift) for i, c in enumerate(stacked) for j, d in enumerate(stacked))


def loss(coefficients: Any, weights: Any, gram: Any, noise: Any, knobs: Any) -> Any:
    """The formula, over the degrees whose coefficients are given."""
    degrees = (c**knobs.power * component(k, weights, gram, knobs) for k, c in enumerate(coefficients))
    return sum(degrees, knobs.noise * noise)


@claim.derive
def by_generating_functions(log: Any, knobs: Any) -> None:
    import itertools

    import sympy

    s, t, z, w = sympy.symbols("s t z w", real=True)
    r = sympy.Symbol("r", real=True)
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    c = sympy.sqrt(1 - r**2)

    # the product of two generating functions Σ sᵏ h_k/√k! averages to exp(rst)
    log.cite("gaussian-pairs")
    exponent = s * z + t * (r * z + c * w) - (s**2 + t**2 + z**2 + w**2) / 2
    completed = r * s * t - (z - s - r * t) ** 2 / 2 - (w - c * t) ** 2 / 2
    log.equal(exponent, completed, "completing squares: E exp(su + tv − (s² + t²)/2) = exp(rst)")
    kernel = sympy.exp(r * s * t)
    log.zero(s * sympy.diff(kernel, s) - t * sympy.diff(kernel, t), "it depends on st alone: E[h_j(u) h_k(v)] = 0 for j ≠ k")
    ratio = sympy.combsimp((r ** (n + 1) / sympy.factorial(n + 1)) / (r**n / sympy.factorial(n)))
    log.equal((n + 1) * sympy.powsimp(ratio), r, "Σ r^k (st)^k/k! satisfies F' = rF: E[h_k(u) h_k(v)] = r^k")
    log.cite("power-series-under-expectation")
    log.cite("hermite-completeness")  # σ = Σ σ̂_k h_k in L², so E[σ(u) σ(v)] = Σ σ̂_k² r^k, absolutely convergent on [−1, 1]

    # r^k is the inner product of k-fold tensor powers
    u, v = sympy.symbols("u:2", real=True), sympy.symbols("v:2", real=True)
    for k in range(4):
        pairs = (sympy.prod([u[i] * v[i] for i in index]) for index in itertools.product(range(2), repeat=k))
        log.equal(sum(pairs), (u[0] * v[0] + u[1] * v[1]) ** k, f"⟨u^⊗{k}, v^⊗{k}⟩ = ⟨u, v⟩^{k}; one more factor adds one sum")

    # the square, expanded: two teachers, two students, noise
    log.cite("tower-and-linearity")
    a1, a2, b1, b2, noise = sympy.symbols("a1 a2 b1 b2 xi", real=True)
    outputs = sympy.symbols("y1 y2 g1 g2", real=True)  # σ of the four arguments
    stacked = (a1, a2, -b1, -b2)
    square = sympy.expand((sum(c * y for c, y in zip(stacked, outputs, strict=True)) + noise) ** 2)
    products = sum(c * d * y * g for c, y in zip(stacked, outputs, strict=True) for d, g in zip(stacked, outputs, strict=True))
    cross = 2 * noise * sum(c * y for c, y in zip(stacked, outputs, strict=True))
    log.equal(square, products + cross + noise**2, "(y − ŷ)² is a sum over pairs of units, plus a cross term of mean 0, plus ξ²")

    names = [[sympy.Symbol(f"r{min(i, j)}{max(i, j)}", nonzero=True, real=True) if i != j else 1 for j in range(4)] for i in range(4)]
    level = sympy.Symbol("sigma_k", positive=True)
    pairwise = level**2 * sum(c * d * names[i][j] ** n for i, c in enumerate(stacked) for j, d in enumerate(stacked))
    stated = level**knobs.power * component(n, ((a1, a2), (b1, b2)), names, knobs)
    log.zero(sympy.powsimp(sympy.expand(pairwise - stated)), "degree n of the formula, for every n, is degree n of the sum over pairs")
    variance = sympy.Symbol("v_xi", positive=True)
    log.equal(loss((), ((a1, a2), (b1, b2)), names, variance, knobs), variance, "the constant is E ξ²")

    # cutting off: what is left of Σ σ̂_k² r^k
    q = sympy.Symbol("q", nonnegative=True)
    for extra in (1, 2, 5):
        log.nonnegative(1 - q**extra, f"abs(r)^(K + 1 + {extra}) ≤ abs(r)^(K + 1)", on=(q, 0, 1))

    # the sum against closed forms: arc-cosine kernel, and the exponential for every degree
    rho = sympy.Symbol("rho", real=True)
    arccosine = (sympy.sqrt(1 - rho**2) + (sympy.pi - sympy.acos(rho)) * rho) / (2 * sympy.pi)
    relu = [1 / sympy.sqrt(2 * sympy.pi), sympy.Rational(1, 2)]
    relu += [
        (-1) ** (k // 2 - 1) * sympy.factorial2(k - 3) / sympy.sqrt(2 * sympy.pi * sympy.factorial(k)) if k % 2 == 0 else sympy.S.Zero
        for k in range(2, 9)
    ]
    log.cite("landscape/relu-hermite")
    log.cite("diverse/arc-cosine-kernel")
    squares = [coefficient**knobs.power for coefficient in relu]
    log.series(arccosine, rho, squares, "ReLU: the coefficients of the arc-cosine kernel are σ̂_k², to degree 8")


@claim.certify
def against_exact_kernels(check: Any, knobs: Any) -> None:
    from flint import ctx

    from theorycheck import dual_activation
    from theorycheck.network.truncation import spectrum

    spectra = {text: spectrum(text, TERMS) for text in ACTIVATIONS}
    closed = closed_kernels()
    for pair in check.instances(14):
        text, gram, signed = pair.activations[0], pair.gram, pair.signed
        with ctx.workprec(120):
            balls = [[as_ball(g) for g in row] for row in gram]
            weights = [[as_ball(a) for a in side] for side in pair.weights]
            theory = loss(spectra[text].coefficients, weights, balls, as_ball(pair.noise), knobs)
            if knobs.tail:
                theory += beyond((spectra[text], spectra[text]), pair, knobs.sign)
            evidence = second = as_ball(pair.noise)
            for i, c in enumerate(signed):
                for j, d in enumerate(signed[: i + 1]):
                    weight = as_ball(c * d * (2 if j < i else 1))
                    evidence += weight * kernel(dual_activation, text, gram[i][i], gram[j][j], gram[i][j])
                    if text in closed:
                        second += weight * closed[text](balls[i][i], balls[j][j], balls[i][j])
        if compare(check, theory, evidence, "the formula and our dual activation") is False:
            return
        if text in closed:
            check.equal(second, evidence, "closed form of the kernel", digits=15)


def kernel(dual_activation: Any, text: str, p: Fraction, q: Fraction, product: Fraction) -> Any:
    """E[σ(u)σ(v)] for variances p, q and covariance `product`, as a ball; the lengths here are 1 or 1/2 both."""
    return dual_activation(text, product / p, digits=25, variances=(p, q)).ball


def closed_kernels() -> dict[str, Any]:
    """E[σ(u)σ(v)] from variances p, q and covariance c, by classical formulas, in balls: the second engine."""
    from flint import arb

    def relu(p: Any, q: Any, c: Any) -> Any:
        size = (p * q).sqrt()
        r = (c / size).min(arb(1)).max(arb(-1))
        return size * ((1 - r * r).max(arb(0)).sqrt() + (arb.pi() - r.acos()) * r) / (2 * arb.pi())

    return {
        "relu": relu,
        "abs": lambda p, q, c: 2 * (relu(p, q, c) + relu(p, q, -c)),
        "cos(x)": lambda p, q, c: (-(p + q) / 2).exp() * c.cosh(),
        "exp(x)": lambda p, q, c: ((p + q) / 2 + c).exp(),
    }


@claim.simulate(
    quick={"samples": 1_000_000, "units": 2, "dimension": 3, "activations": ("relu", "tanh"), "detect": 0.5},
    full={"samples": 4_000_000, "units": 5, "dimension": 10, "activations": ("relu", "abs", "tanh", "sigmoid"), "detect": 0.3},
)
def with_noisy_labels(trial: Any, knobs: Any) -> None:
    import numpy as np
    from flint import ctx

    from theorycheck.network.truncation import spectrum

    for text in trial.activations:
        pair = random_pair(trial.rng, (text, text), trial.units, trial.dimension, Fraction(2), Fraction(1))
        rows = [np.array([[float(c) for c in row] for row in side]) for side in pair.rows]
        weights = [np.array([float(a) for a in side]) for side in pair.weights]
        sigma = {"relu": lambda u: np.maximum(u, 0), "abs": np.abs, "tanh": np.tanh, "sigmoid": lambda u: 1 / (1 + np.exp(-u))}[text]

        def squared_error(rng: Any, size: int, rows: Any = rows, weights: Any = weights, sigma: Any = sigma) -> Any:
            x = rng.standard_normal((rows[0].shape[1], size))
            label = weights[0] @ sigma(rows[0] @ x) + rng.standard_normal(size)
            return (label - weights[1] @ sigma(rows[1] @ x)) ** 2

        with ctx.workprec(100):
            seen = spectrum(text, TERMS)
            gram = [[as_ball(g) for g in row] for row in pair.gram]
            stated = loss(seen.coefficients, [[as_ball(a) for a in side] for side in pair.weights], gram, as_ball(pair.noise), knobs)
            stated += beyond((seen, seen), pair, knobs.sign)
        fourth = (sum(w.sum() for w in weights) * FOURTH[text] ** 0.25 + 3**0.25) ** 4  # E (y − ŷ)⁴ by Minkowski
        trial.estimate(squared_error, theory=stated, detect=trial.detect, variance=fourth, label=f"E(y − ŷ)², {text}")


claim.mutant("plus the student", by="derive", sign=1)
claim.mutant("σ̂_k instead of its square", by="derive", power=1)
claim.mutant("one tensor power too many", by="derive", shift=1)
claim.mutant("no constant", by="derive", noise=0)
claim.mutant("rows not unit", by="certify", drop="unit rows")
claim.mutant("a plain truncation", by="certify", tail=False)
claim.mutant("one tensor power too many, certified", by="certify", shift=1)
claim.mutant("no constant, sampled", by="simulate", noise=0)
claim.mutant("plus the student, sampled", by="simulate", sign=1)
