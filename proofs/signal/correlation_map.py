"""The correlation map of a wide layer, and its slope at 1: χ⊥ = σ_w² E[s'(√q z)²], the factor by which nearby inputs part.

The slope is the derivative of a Gaussian dual: ∂/∂r E[s(u)s(v)] = q E[s'(u)s'(v)].
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
    reading="c is the correlation of the preactivations of two inputs, both of variance q*, and q* = σ_w² E[s²] + σ_b²",
    assumes=[Instances("activations", activations)],
    knobs={"order": 1, "scale": 1},
)


@claim.derive
def by_gaussian_moments(log: Any, knobs: Any) -> Any:
    """For every activation of degree at most 3: the derivative of σ_w² E[s(u)s(v)]/q in r, at r = 1."""
    import sympy

    from theorycheck.verdict import Verdict

    z, w = sympy.symbols("z w", real=True)
    p, a, b, c = sympy.symbols("p a b c", real=True)
    r = sympy.Symbol("r", real=True)
    root, C_W = sympy.symbols("k C_W", positive=True)
    t = sympy.Symbol("t", real=True)
    s = p + a * t + b * t**2 + c * t**3
    log.cite("gaussian-pairs")  # v = r z + √(1 − r²) w, of which even powers of w remain
    spread = sympy.Symbol("e", positive=True)
    product = s.subs(t, root * z) * s.subs(t, root * (r * z + spread * w))
    mean = sympy.expand(gaussian_mean(sympy.expand(product), z, w)).subs(spread, sympy.sqrt(1 - r**2))
    evidence = sympy.diff(sympy.expand(mean), r).subs(r, 1) * C_W / root**2
    slope = sympy.diff(s, t, knobs.order)
    log.equal(evidence, knobs.scale * C_W * gaussian_mean(sympy.expand(slope.subs(t, root * z) ** 2), z), "the slope at r = 1 is χ")
    return Verdict(True, "proved", "for polynomial s of degree at most 3", scope="instances", instances=1)


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
