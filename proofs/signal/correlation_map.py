"""The correlation map of a wide layer, and its slope at 1: χ⊥ = σ_w² E[s'(√q z)²], the factor by which nearby inputs part.

The slope is the derivative of a Gaussian dual, ∂/∂r E[s(u)s(v)] = q E[s'(u)s'(v)], which is a power series in r with coefficients ≥ 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean

#: Activations, and √q.
SETTINGS = (("tanh", Fraction(1)), ("gelu", Fraction(3, 2)), ("erf", Fraction(1, 2)))


def activations(rng: Any, count: int) -> Any:
    """Activations and √q."""
    yield from SETTINGS[:count]


claim = Claim(
    "signal/correlation-map",
    title="The slope of the correlation map at 1 is χ",
    source=Source(deck="signal", arxiv="1611.01232", note="Schoenholz, Gilmer, Ganguli & Sohl-Dickstein (2017)"),
    kind="equality",
    statement=r"\chi_1 = \frac{\partial c^{l+1}}{\partial c^l}\Big|_{c = 1} = \sigma_w^2\int s'(\sqrt{q^*}z)^2\,\mathcal{D}z",
    reading="c is the correlation of the preactivations of two inputs, both of variance q* = σ_w² E[s²] + σ_b²; the derivative is from the "
    "left; any locally absolutely continuous s with E s(√q* z)² and E s'(√q* z)² finite",
    assumes=[Instances("activations", activations)],
    knobs={"order": 1, "scale": 1},
)


@claim.derive
def by_hermite_coefficients(log: Any, knobs: Any) -> None:
    """s enters by the symbols s0, s1 for the values of s, s' at √q z, and by its Hermite coefficients E[s(√q z) He_k(z)]/√k!."""
    import sympy

    from theorycheck.claims.jets import total_derivative

    if not for_quadratics(log, knobs):
        return
    w, T, U, z, t, r = sympy.symbols("w T U z t r", real=True)
    q, C_W = sympy.symbols("q C_W", positive=True)
    n, k = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("k", integer=True, nonnegative=True)
    s0, s1, other, H, D = sympy.symbols("s0 s1 s0' He_k He_k'", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)

    # given the layer before, two inputs have the preactivations T + w s, U + w s' after one unit more
    log.cite("tower-and-linearity")
    weight = sympy.sqrt(C_W / n) * w
    grown = gaussian_mean(sympy.expand((T + weight * s0) * (U + weight * other)), w)
    log.equal(grown, T * U + C_W / n * s0 * other, "one unit more adds C_W s s'/n: q c of the next layer is C_W E[s(u)s(v)] + C_b")
    # E[s(u)s(v)] = Σ a_k² r^k, where a_k are the Hermite coefficients of s(√q z)
    log.cite("hermite-completeness")
    log.cite("landscape/hermite-correlation")
    generating = sympy.exp(t * z - t**2 / 2)  # Σ He_k(z) t^k/k!
    log.zero(sympy.diff(generating, t) + sympy.diff(generating, z) - z * generating, "He_(k+1) = z He_k − He_k', for every k")
    product = total_derivative(s0 * H * gauss, z, (s0, sympy.sqrt(q) * s1), (H, D))
    log.equal((sympy.sqrt(q) * s1 * H - s0 * (z * H - D)) * gauss, product, "√q s' He_k − s He_(k+1), weighted, is a derivative in z")
    log.cite("integral-of-a-derivative")  # of s He_k, integrable by Cauchy and Schwarz: so √q E[s' He_k] = E[s He_(k+1)]

    def square(j: int) -> Any:
        """a_(k+j)², from the mean of s He_(k+j)."""
        return sympy.Symbol(f"E s He_(k+{j})", real=True) ** 2 / sympy.factorial(k + j)

    def coefficient(order: int) -> Any:
        """The square of the k-th coefficient of the derivative of that order, by as many steps down."""
        return sympy.combsimp(square(order) * sympy.factorial(k + order) / sympy.factorial(k)) / q**order

    stated = rational(knobs.scale) * C_W * coefficient(knobs.order)
    log.equal(C_W / q * (k + 1) * square(1), stated, "the slope of a_(k+1)² r^(k+1) at r = 1 is the k-th term of χ, by Parseval")
    partial = (1 - r**k) / (1 - r)
    log.equal(partial.subs(k, k + 1) - partial, r**k, "(1 − r^k)/(1 − r) = 1 + r + … + r^(k−1) increases to k with r")
    log.cite("monotone-convergence")  # so the secants Σ a_k² (1 − r^k)/(1 − r) increase to Σ k a_k², finite or not


def rational(number: Any) -> Any:
    """A knob as a SymPy number."""
    import sympy

    return sympy.Rational(number.numerator, number.denominator)


def for_quadratics(log: Any, knobs: Any) -> bool:
    """The same for s of degree at most 2, by Isserlis' moments: a wrong statement fails here, at an activation that can be named."""
    import sympy

    z, w, t, r = sympy.symbols("z w t r", real=True)
    root, C_W, spread = sympy.symbols("k C_W e", positive=True)
    s = sum(c * t**n for n, c in enumerate(sympy.symbols("c0:3", real=True)))
    log.cite("gaussian-pairs")  # v = r z + √(1 − r²) w, of which even powers of w remain
    product = s.subs(t, root * z) * s.subs(t, root * (r * z + spread * w))
    mean = gaussian_mean(sympy.expand(product), z, w).subs(spread, sympy.sqrt(1 - r**2))
    evidence = sympy.diff(sympy.expand(mean), r).subs(r, 1) * C_W / root**2
    chi = C_W * gaussian_mean(sympy.expand(sympy.diff(s, t, knobs.order).subs(t, root * z) ** 2), z)
    return bool(log.equal(evidence, rational(knobs.scale) * chi, "quadratic s: the slope at r = 1 is χ"))


@claim.certify
def by_difference_quotients(check: Any, knobs: Any) -> None:
    """The secant to r = 1 of the certified dual against χ: convexity puts it between the slopes at its ends."""
    from flint import arb

    from theorycheck import Activation, dual_activation
    from theorycheck.gaussian.certified import moment_integrals

    for name, root in check.instances(3):
        s = Activation(name)
        near = 1 - Fraction(1, 2**40)
        left, right = (dual_activation(s, r, digits=30, variances=(root**2, root**2)).ball for r in (near, 1))
        secant = (right - left) * 2**40 / (arb(root.numerator) / root.denominator) ** 2
        (chi,) = moment_integrals(s.derivative(knobs.order).pieces, root, [(2, 0)], 1e-20)
        check.less(abs(knobs.scale * chi - secant), Fraction(1, 10**10), f"{name}, √q = {root}: the secant at distance 2⁻⁴⁰")


@claim.simulate(quick={"samples": 400_000, "detect": 0.02}, full={"samples": 4_000_000, "detect": 0.006})
def with_nearby_inputs(trial: Any, knobs: Any) -> None:
    """E (s(u) − s(v))²/(2(1 − r)q) at r close to 1, for tanh and q = 1: Lipschitz, so its variance is bounded."""
    import numpy as np

    from theorycheck import Activation, expectation

    gap = 1e-4
    s = Activation("tanh")
    chi = knobs.scale * expectation({1: "(1 - tanh(x)**2)**2", 2: "4*tanh(x)**2*(1 - tanh(x)**2)**2"}[knobs.order])

    def parted(rng: Any, size: int) -> Any:
        u, w = rng.standard_normal((2, size))
        v = (1 - gap) * u + np.sqrt(gap * (2 - gap)) * w
        return (s(u) - s(v)) ** 2 / (2 * gap)

    # |s(u) − s(v)| ≤ |u − v|, which is N(0, 2·gap): the square of a sample is at most 3 on average; the curvature costs O(gap)
    trial.estimate(parted, chi, trial.detect, variance=3, label="E (Δs)²/(2(1 − r))")


claim.mutant("the second derivative", by="derive", order=2)
claim.mutant("half of it", by="derive", scale=Fraction(1, 2))
claim.mutant("the second derivative, in numbers", by="certify", order=2)
claim.mutant("half of it, sampled", by="simulate", scale=Fraction(1, 2))
