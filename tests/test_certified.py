"""Rigorous Gaussian integrals against mpmath split at the kinks, closed forms and identities."""

from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.activation.function import Activation
from theorycheck.errors import DoesNotExist, InputError, Undecided
from theorycheck.gaussian.certified import hermite_integrals, moment_integrals
from theorycheck.limits import Budget


def mpmath_moment(f, scale, power, degree, digits=35):
    """The second engine: tanh-sinh on panels split at the kinks and at every unit."""
    with mpmath.workdps(digits), ctx.workprec(150):
        s = mpmath.mpf(scale.numerator) / scale.denominator
        kinks = [mpmath.mpmathify(b.evalf(digits + 5)) / s for b in f.breakpoints]
        cuts = sorted({*(mpmath.mpf(k) for k in range(-16, 17, 4)), *kinks})
        cuts = [c for c in cuts if abs(c) <= 16]
        if s > 1:
            cuts = sorted({*cuts, *(sign * mpmath.mpf(2) ** k / s for k in range(-3, 5) for sign in (1, -1))})
        return arb(mpmath.nstr(mpmath.quad(lambda z: f.mpmath(s * z) ** power * z**degree * mpmath.npdf(z), cuts), digits - 5))


@pytest.mark.parametrize("scale", [Fraction(1, 10), Fraction(1), Fraction(10)])
@pytest.mark.parametrize("text", ["tanh", "mish", "softplus(x)", "max(x-3/10, 0)*tanh(x)", "x/(1+abs(x))"])
def test_moments_contain_the_values_of_mpmath(text, scale):
    f = Activation(text)
    wanted = [(1, 3), (2, 0)]
    for (i, j), ball in zip(wanted, moment_integrals(f.pieces, scale, wanted, 1e-25), strict=True):
        assert ball.rad() <= arb(1e-25)
        with ctx.workprec(200):
            assert abs(ball - mpmath_moment(f, scale, i, j)) < 1e-24


@pytest.mark.parametrize("text", ["x*Phi(x)", "max(x-3/10, 0)", "where(x > 0, x, expm1(x))", "exp(x**2/4)", "cos(3*x)", "x**7 - x**4"])
@pytest.mark.parametrize("scale", [Fraction(1, 10000), Fraction(1, 3), Fraction(1)])
def test_moments_contain_the_exact_class(text, scale):
    from theorycheck.gaussian.exact import exact_form

    f = Activation(text)
    wanted = [(1, 0), (1, 1), (1, 4)]
    form = exact_form(f.pieces)
    for (i, j), ball in zip(wanted, moment_integrals(f.pieces, scale, wanted, 1e-40), strict=True):
        assert ball.rad() <= arb("1e-40")
        assert ball.overlaps(form.moment(i, j, scale).ball(300))


def test_a_kink_away_from_zero_is_declared():
    truth = "0.26676124211721"
    (ball,) = moment_integrals(Activation("max(x-3/10, 0)").pieces, 1, [(1, 0)], 1e-30)
    assert abs(ball - arb(truth)) < 1e-14


@pytest.mark.parametrize("scale", [1, 10, 100, 10_000])
def test_spikes_are_seen(scale):
    """E[sech²(s z)] = (2/s)·φ(0)·(1 − π²/(24 s²) + ...) for large s; Stein links it to E[z tanh(s z)] at every s."""
    (derivative,) = moment_integrals(Activation("tanh").derivative().pieces, scale, [(1, 0)], 1e-30)
    (first,) = moment_integrals(Activation("tanh").pieces, scale, [(1, 1)], 1e-30)
    assert (derivative * scale).overlaps(first)
    if scale == 10_000:
        assert abs(derivative - arb("7.978845600e-5")) < 1e-12


def test_square_root_at_a_kink_and_at_an_isolated_root():
    f = Activation("where(x > 0, sqrt(x), 0)")
    (ball,) = moment_integrals(f.pieces, 1, [(1, 0)], 1e-20)
    with ctx.workprec(120):
        assert ball.overlaps(arb(2) ** arb("-0.75") * arb("0.75").gamma() / arb.pi().sqrt())
    g = Activation("max(x**5 + x - 1, 0)*tanh(x)")
    (ball,) = moment_integrals(g.pieces, 1, [(1, 0)], 1e-25)
    assert abs(ball - mpmath_moment(g, Fraction(1), 1, 0)) < 1e-15
    assert ball.rad() <= arb(1e-25)


def test_tiny_integrals_keep_their_digits():
    """P(|z| > 100) = erfc(100/√2), near 1e-2174."""
    f = Activation("where(abs(x) > 1, 1, 0)")
    (ball,) = moment_integrals(f.pieces, Fraction(1, 100), [(1, 0)], "1e-2200")
    with ctx.workprec(200):
        assert ball.overlaps((100 / arb(2).sqrt()).erfc())
        assert ball.rad() <= arb("1e-2200") and ball > 0


def test_what_diverges_does_not_exist():
    for text, scale in (("exp(x**2)", 1), ("exp(x**2/2)", 1), ("exp(x**2/4)*tanh(x)", 2), ("exp(exp(x))", 1)):
        with pytest.raises(DoesNotExist, match="does not exist"):
            moment_integrals(Activation(text).pieces, scale, [(1, 0)], 1e-15)
    with pytest.raises(DoesNotExist):
        moment_integrals(Activation("exp(x**2/4)*tanh(x)").pieces, 1, [(2, 0)], 1e-15)
    with pytest.raises(InputError, match="-1"):
        moment_integrals(Activation("tanh").pieces, -1, [(1, 0)], 1e-15)


def test_growth_just_short_of_the_density():
    """E[e^(b z²) z²] = (1 − 2b)^(−3/2)."""
    (ball,) = moment_integrals(Activation("exp(9*x**2/20)").pieces, 1, [(1, 2)], 1e-20)
    with ctx.workprec(100):
        assert ball.overlaps(arb(10) ** arb("1.5"))


def test_work_is_limited():
    with pytest.raises(Undecided):
        moment_integrals(Activation("tanh(50*x)*sin(40*x)").pieces, 1, [(1, 0)], 1e-30, Budget(cells=5))


@settings(max_examples=15, deadline=None)
@given(
    st.fractions(Fraction(1, 50), 50, max_denominator=1000), st.sampled_from(["tanh", "softplus(x)", "atan(x)", "max(x, 1/3)*sigmoid(x)"])
)
def test_stein(scale, text):
    """E[z f(s z)] = s E[f'(s z)]."""
    f = Activation(text)
    (left,) = moment_integrals(f.pieces, scale, [(1, 1)], 1e-18)
    (right,) = moment_integrals(f.derivative().pieces, scale, [(1, 0)], 1e-18)
    with ctx.workprec(100):
        assert abs(left - right * scale.numerator / scale.denominator) < 1e-16


def test_hermite_integrals_obey_stein_and_contain_closed_forms():
    terms = 40
    f = Activation("x*tanh(softplus(x))")
    c = hermite_integrals(f.pieces, 1, terms + 1, 1e-30)
    d = hermite_integrals(f.derivative().pieces, 1, terms, 1e-30)
    with ctx.workprec(150):
        for k in range(terms):
            assert abs(c[k + 1] - d[k] / arb(k + 1).sqrt()) < 1e-29
    gauss = hermite_integrals(Activation("exp(-x**2)").pieces, 1, 7, 1e-30)
    with ctx.workprec(150):  # E[e^(−z²) He_2m] = (2m)!/(m! 2^m) (−2/3)^m / √3
        for m in range(4):
            odd_product, factorial = int(sympy.factorial2(2 * m - 1)), int(sympy.factorial(2 * m))
            assert gauss[2 * m].overlaps((arb(-2) / 3) ** m / arb(3).sqrt() * odd_product / arb(factorial).sqrt())
    assert all(gauss[k].is_zero() for k in (1, 3, 5))


def test_hermite_integrals_of_fast_growth():
    """E[e^(z²/4+z) h_k]: generating function, exact class."""
    from theorycheck.gaussian.exact import exact_form

    f = Activation("exp(x**2/4 + x)")
    exact = exact_form(f.pieces).hermite(12)
    for ball, constant in zip(hermite_integrals(f.pieces, 1, 12, 1e-20), exact, strict=True):
        assert ball.overlaps(constant.ball(200)) and ball.rad() <= arb(1e-20)
