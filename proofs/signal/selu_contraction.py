"""SELU: layers whose weights have a sum near 0 and a square sum near 1 keep a rectangle of means and variances, and contract it.

A covering of the preactivation's mean and variance by balls, with the map and its Jacobian in closed form.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: The constants as the reference code prints them, for the engine's integrals.
ALPHA, SCALE = "1.6732632423543772848170429916717", "1.0507009873554804934193349852946"


def preactivations(rng: Any, count: int) -> Any:
    """Means and standard deviations of preactivations in the domain, those near its ends first."""
    hundredth = Fraction(1, 100)
    yield from ((hundredth, Fraction(7, 8)), (-hundredth, Fraction(9, 7)), (Fraction(0), Fraction(1)))[:count]
    for centre, spread in zip(rng.integers(-10, 11, size=max(0, count - 3)), rng.integers(56, 83, size=max(0, count - 3)), strict=True):
        yield Fraction(int(centre), 1000), Fraction(int(spread), 64)


claim = Claim(
    "signal/selu-contraction",
    title="SELU layers draw means and variances of a rectangle to one fixed point",
    source=Source(deck="signal", arxiv="1706.02515", note="Klambauer, Unterthiner, Mayr & Hochreiter (2017), Theorem 1"),
    kind="implication",
    statement=r"|\omega| \le 0.1,\ 0.95 \le \tau \le 1.1 \implies "
    r"g: (\mu, \nu) \mapsto (\mathbb{E}\,s(h),\ \mathrm{Var}\,s(h)),\ h \sim N(\mu\omega, \nu\tau),"
    r"\ g(R) \subseteq R,\ \|J\| < 1 \text{ on } R = [-0.1, 0.1] \times [0.8, 1.5],"
    r"\ \text{so every start in } R \text{ tends to the one fixed point of } g \text{ there}",
    reading="s is SELU with α₀₁ and λ₀₁ as in signal/selu-fixed-point; J is the Jacobian of g in (μ, ν), with its spectral norm; ω and τ "
    "are the sum and the square sum of a unit's weights, and preactivations are taken to be Gaussian",
    assumes=[Instances("preactivations of the domain", preactivations)],
    knobs={
        "mean": Fraction(1, 10),
        "low": Fraction(4, 5),
        "high": Fraction(3, 2),
        "tilt": Fraction(1, 10),
        "spread": (Fraction(19, 20), Fraction(11, 10)),
        "rescaled": 1,
    },
)


def domain(knobs: Any) -> Any:
    """The domain of the statement."""
    from selu_moments import Domain

    return Domain(knobs.mean, knobs.low, knobs.high, tilt=knobs.tilt, spread=knobs.spread)


def parameters(knobs: Any, by: Any) -> tuple[Any, Any]:
    """α and λ of the statement; `rescaled` = 0 leaves λ at 1."""
    from selu_moments import constants

    a, squared = constants(1, 2, by)
    return a, by.sqrt(squared**knobs.rescaled)


@claim.certify
def by_balls(check: Any, knobs: Any) -> None:
    """A covering of the domain by the closed forms, which are shown exactly, and met by the Gaussian engine at single preactivations.

    The Jacobian is met by differences of quadratures at the extreme layers of the domain.
    """
    from flint import arb
    from selu_moments import attracts, in_balls, jacobian, layer

    from theorycheck.claims.derivation import Derivation

    by = in_balls()
    a, scale = parameters(knobs, by)
    if check.true(attracts(domain(knobs), a, scale), "every layer of the domain, every mean and variance of the rectangle") is not True:
        return
    log = Derivation()
    closed_forms(log)
    check.true(log.verdict(), "the closed forms of the map and of its derivatives")
    check.covers_all("closed forms, exactly, and balls that cover the domain")
    for centre, spread in check.instances(6):
        rows = layer(by.number(centre), by.number(spread**2), a, scale, by)
        for stated, seen, name in zip(rows, by_engine(centre, spread), ("E s", "Var s"), strict=True):
            for number, other, which in zip(stated, seen, ("", ", derivative in x", ", derivative in y"), strict=True):
                check.less(abs(number - other), arb(10) ** -12, name + which)
    for side in (-1, 1):
        omega, tau, mu, nu = side * knobs.tilt, knobs.spread[side > 0], -knobs.mean, knobs.low if side > 0 else knobs.high
        used = jacobian(layer(by.number(mu * omega), by.number(nu * tau), a, scale, by), by.number(omega), by.number(tau))
        seen = by_differences(mu, nu, omega, tau)
        for row, other, name in zip(used, seen, ("mean", "variance"), strict=True):
            for entry, quotient, of in zip(row, other, ("μ", "ν"), strict=True):
                check.equal(entry, quotient, f"∂ {name}/∂{of} at μ = {mu}, ν = {nu}, ω = {omega}, τ = {tau}", digits=8)


def closed_forms(log: Any) -> None:
    """The steps that show what `selu_moments.moments` writes, for symbols x, y, α and λ."""
    import sympy
    from selu_moments import density, in_sympy, moments, tail

    by, oo = in_sympy(), sympy.oo
    x, h = sympy.symbols("x h", real=True)
    y, a, scale = sympy.symbols("y a l", positive=True)
    gauss = sympy.exp(-((h - x) ** 2) / (2 * y)) / sympy.sqrt(2 * sympy.pi * y)
    erf = sympy.erf((h - x) / sympy.sqrt(2 * y)) / 2
    for t in range(3):
        primitive = sympy.exp(t * x + sympy.Rational(t * t, 2) * y) * sympy.erf((h - x - t * y) / sympy.sqrt(2 * y)) / 2
        log.integral(sympy.exp(t * h) * gauss, (h, -oo, 0), tail(t, x, y, by), f"E[exp({t}h); h < 0]", primitive=primitive)
    none, one, two = (tail(t, x, y, by) for t in range(3))
    first = x * (1 - none) + y * density(x, y, by)
    square = x * first + y * (1 - none)
    log.integral(h * gauss, (h, 0, oo), first, "E[h; h > 0]", primitive=x * erf - y * gauss)
    log.integral(h**2 * gauss, (h, 0, oo), square, "E[h²; h > 0]", primitive=(x**2 + y) * erf - y * (h + x) * gauss)
    (m, m_x, m_y), (e, e_x, e_y) = moments(x, y, a, scale, by)
    log.equal(scale * (first + a * (one - none)), m, "E s = λ E[h; h > 0] + λα E[eʰ − 1; h < 0]")
    log.equal(scale**2 * (square + a**2 * (two - 2 * one + none)), e, "E s², likewise")
    for f, symbol, slope in ((m, x, m_x), (m, y, m_y), (e, x, e_x), (e, y, e_y)):
        log.equal(sympy.diff(f, symbol), slope, f"the derivative of {'E s' if f is m else 'E s²'} in {symbol}")


def by_engine(centre: Fraction, spread: Fraction) -> tuple[list[Any], list[Any]]:
    """Mean and variance under N(centre, spread²) from certified integrals, with the derivatives E[f z]/√y and E[f (z² − 1)]/(2y)."""
    from selu_moments import in_balls

    from theorycheck import Activation
    from theorycheck.gaussian.certified import moment_integrals

    root = in_balls().number(spread)
    shifted = Activation("where(x > -c, b*(x + c), b*a*(exp(x + c) - 1))", a=ALPHA, b=SCALE, c=centre)
    found = []
    for power in (1, 2):
        none, one, two = moment_integrals(shifted.pieces, spread, [(power, n) for n in range(3)], 1e-16)
        found.append([none, one / root, (two - none) / (2 * root**2)])
    mean, second = found
    return mean, [second[0] - mean[0] ** 2, *(second[i] - 2 * mean[0] * mean[i] for i in (1, 2))]


def by_differences(mu: Fraction, nu: Fraction, omega: Fraction, tau: Fraction) -> Any:
    """The Jacobian of a layer at (μ, ν), by central differences of its mean and variance, which mpmath integrates."""
    import mpmath

    def layer(m: Any, v: Any) -> Any:
        a, b = mpmath.mpf(ALPHA), mpmath.mpf(SCALE)
        x, y = m * mpmath.mpf(omega.numerator) / omega.denominator, v * mpmath.mpf(tau.numerator) / tau.denominator

        def moment(power: int) -> Any:
            def weighted(h: Any) -> Any:
                return ((h if h > 0 else a * mpmath.expm1(h)) * b) ** power * mpmath.npdf(h, x, mpmath.sqrt(y))

            return mpmath.quad(weighted, [-16, -4, 0, 4, 16])

        mean = moment(1)
        return mpmath.matrix([mean, moment(2) - mean**2])

    with mpmath.workdps(20):
        m, v, step = mpmath.mpf(mu.numerator) / mu.denominator, mpmath.mpf(nu.numerator) / nu.denominator, mpmath.mpf(10) ** -5
        along = (layer(m + step, v) - layer(m - step, v)) / (2 * step)
        across = (layer(m, v + step) - layer(m, v - step)) / (2 * step)
        return [[along[i], across[i]] for i in range(2)]


claim.mutant("variances down to 3/10: the Jacobian is too long", by="certify", low=Fraction(3, 10))
claim.mutant("variances up to 13/10 only: they grow beyond", by="certify", high=Fraction(13, 10))
claim.mutant("ELU's λ = 1: small variances shrink", by="certify", rescaled=0)
claim.mutant("sums of weights up to 1/2: means off 0 leave", by="certify", tilt=Fraction(1, 2))
claim.mutant(
    "sums of weights up to 7/8 on a rectangle that is kept: the Jacobian is too long",
    by="certify",
    mean=Fraction(3, 10),
    low=Fraction(3, 5),
    high=Fraction(3, 2),
    tilt=Fraction(7, 8),
    spread=(Fraction(1), Fraction(1)),
)
claim.mutant(
    "square sums up to 13/10 on a rectangle that is kept: the Jacobian is too long",
    by="certify",
    mean=Fraction(3, 10),
    low=Fraction(7, 10),
    high=Fraction(3),
    spread=(Fraction(19, 20), Fraction(13, 10)),
)
