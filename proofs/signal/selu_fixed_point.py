"""SELU: mean 0 and variance 1 is a fixed point of the layer's map, and an attracting one.

With weights of sum ω = 0 and square sum τ = 1 the preactivation is N(0, ν) up to the central limit theorem, and the map is
(μ, ν) ↦ (E s, E s² − (E s)²). α₀₁ and λ₀₁ solve E s = 0, E s² = 1 in closed form. Other ω and τ: signal/selu-contraction.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Source

#: The constants as the reference code prints them.
ALPHA, SCALE = "1.6732632423543772848170429916717", "1.0507009873554804934193349852946"
#: Variances on both sides of 1, for a difference quotient.
NEAR = (0.999755859375, 1.000244140625)

claim = Claim(
    "signal/selu-fixed-point",
    title="SELU has the fixed point mean 0, variance 1, and it attracts",
    source=Source(deck="signal", arxiv="1706.02515", note="Klambauer, Unterthiner, Mayr & Hochreiter (2017)"),
    kind="equality",
    statement=r"\alpha_{01} = \frac{-\sqrt{2/\pi}}{\mathrm{erfc}(1/\sqrt2)\,e^{1/2} - 1},\ "
    r"\lambda_{01} = \Big(\tfrac12 + \tfrac{\alpha_{01}^2}{2}"
    r"\big(e^2\mathrm{erfc}(\sqrt2) - 2 e^{1/2}\mathrm{erfc}(1/\sqrt2) + 1\big)\Big)^{-1/2}"
    r" \implies \mathbb{E}\,s(z) = 0,\ \mathbb{E}\,s(z)^2 = 1,\ \|J\| < 1,\ (\mu_l, \nu_l) \to (0, 1)"
    r"\ \text{from}\ |\mu_0| \le 0.1,\ 0.8 \le \nu_0 \le 1.5",
    reading="s(x) = λ x for x > 0 and λ α (eˣ − 1) otherwise, z ~ N(0, 1), ω = 0, τ = 1; J is the Jacobian, on that rectangle, of the map "
    "(μ, ν) ↦ (E s(√ν z), Var s(√ν z)) of mean and variance",
    knobs={"alpha": 1, "root": 2, "digits": ALPHA, "low": Fraction(4, 5), "high": Fraction(3, 2)},
)


@claim.derive
def by_half_line_integrals(log: Any, knobs: Any) -> Any:
    """Exact moments under N(0, 1) for the fixed point; balls over the rectangle for the attraction."""
    import sympy
    from selu_moments import Domain, attracts, constants, in_balls, in_sympy

    z = sympy.Symbol("z", real=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    for t in (1, 2):  # E[e^{tz}; z < 0] = e^{t²/2} Φ(−t)
        value = sympy.exp(sympy.Rational(t * t, 2)) * (1 - sympy.erf(t / sympy.sqrt(2))) / 2
        primitive = sympy.exp(sympy.Rational(t * t, 2)) * sympy.erf((z - t) / sympy.sqrt(2)) / 2
        log.integral(sympy.exp(t * z) * gauss, (z, -sympy.oo, 0), value, f"E[exp({t}z); z < 0]", primitive=primitive)
    root = 1 / sympy.sqrt(2 * sympy.pi)
    erf = sympy.erf(z / sympy.sqrt(2)) / 2
    log.integral(z * gauss, (z, 0, sympy.oo), root, "E[z; z > 0]", primitive=-gauss)
    log.integral(z**2 * gauss, (z, 0, sympy.oo), sympy.Rational(1, 2), "E[z²; z > 0]", primitive=erf - z * gauss)
    log.integral(gauss, (z, -sympy.oo, 0), sympy.Rational(1, 2), "P(z < 0)", primitive=erf)
    gate, both = sympy.symbols("G Q", positive=True)  # twice the two masses: e^{1/2} erfc(1/√2) and e² erfc(√2)
    alpha, squared_scale = constants(knobs.alpha, knobs.root, in_sympy(), gate, both)
    log.zero(root + alpha * (gate / 2 - sympy.Rational(1, 2)), "E s = 0")
    square = sympy.Rational(1, 2) + alpha**2 * (both / 2 - gate + sympy.Rational(1, 2))
    log.equal(square, 1 / squared_scale, "E s² = 1: this is λ⁻²")
    log.cite("signal/selu-contraction")  # the map contracts the rectangle; and so it does by a covering for ω = 0, τ = 1 alone
    a, squared = constants(knobs.alpha, knobs.root, in_balls())
    return attracts(Domain(Fraction(1, 10), knobs.low, knobs.high), a, squared.sqrt())


@claim.certify
def by_balls(check: Any, knobs: Any) -> None:
    """The printed constants against the closed forms; our engine's moments; the Jacobian from moments with z² − 1."""
    import mpmath
    import sympy
    from selu_moments import constants, in_sympy

    from theorycheck import Activation, expectation
    from theorycheck.claims.reference import reference_moments
    from theorycheck.gaussian.certified import moment_integrals

    alpha, squared_scale = constants(knobs.alpha, knobs.root, in_sympy())
    with mpmath.workdps(45):
        for exact, printed, name in ((alpha, knobs.digits, "α"), (sympy.sqrt(squared_scale), SCALE, "λ")):
            gap = abs(mpmath.mpf(printed) - sympy.lambdify([], exact, "mpmath")())
            check.less(gap * 10**31, mpmath.mpf(1), f"{name} is printed to one unit of its last digit, the 31st decimal")
    selu = Activation("where(x > 0, b*x, b*a*(exp(x) - 1))", a=knobs.digits, b=SCALE)
    square = Activation("where(x > 0, (b*x)**2, (b*a*(exp(x) - 1))**2)", a=knobs.digits, b=SCALE)
    tiny = Fraction(1, 10**29)  # the printed constants are rounded in their 31st decimal
    check.less(abs(expectation(selu, digits=35).ball), tiny, "E s")
    check.less(abs(expectation(square, digits=35).ball - 1), tiny, "E s² − 1")
    # ∂/∂μ E f(μ + √ν z) = E[f z], ∂/∂ν = E[f (z² − 1)]/2 at (0, 1); the mean enters the layer through ω = 0 only
    mean, mean_spread = moment_integrals(selu.pieces, 1, [(1, 0), (1, 2)], 1e-22)
    second, second_spread = moment_integrals(selu.pieces, 1, [(2, 0), (2, 2)], 1e-22)
    mean_slope, variance_slope = (mean_spread - mean) / 2, (second_spread - second) / 2
    with mpmath.workdps(20):
        for power, slope in ((1, mean_slope), (2, variance_slope)):
            moments = [reference_moments(lambda z, v=v, p=power: selu.mpmath(mpmath.sqrt(v) * z) ** p, [0])[0] for v in NEAR]
            check.equal(slope, (moments[1] - moments[0]) / (mpmath.mpf(NEAR[1]) - NEAR[0]), f"∂ E s^{power}/∂ν", digits=6)
    norm = mean_slope**2 + variance_slope**2
    check.less(norm, 1, "the Jacobian's only non-zero column is shorter than 1")


@claim.simulate(quick={"samples": 500_000, "detect": 0.03}, full={"samples": 6_000_000, "detect": 0.008})
def with_gaussian_preactivations(trial: Any, knobs: Any) -> None:
    import numpy as np

    a, b = float(knobs.digits), float(SCALE)

    def layer(rng: Any, size: int) -> Any:
        z = rng.standard_normal(size)
        return np.where(z > 0, b * z, b * a * np.expm1(np.minimum(z, 0)))

    trial.estimate(layer, 0.0, trial.detect, variance=2, label="E s")
    trial.estimate(lambda rng, size: layer(rng, size) ** 2, 1.0, trial.detect, variance=6, label="E s²")


claim.mutant("ELU's constant", by="derive", alpha=Fraction(3, 5))
claim.mutant("√(1/π) for √(2/π)", by="derive", root=1)
claim.mutant("variances down to 3/10", by="derive", low=Fraction(3, 10))
claim.mutant("√(1/π) for √(2/π), in numbers", by="certify", root=1)
claim.mutant("one digit of α", by="certify", digits="1.6732632423643772848170429916717")
claim.mutant("α = 1, sampled", by="simulate", digits="1")
