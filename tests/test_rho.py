"""ρ(σ): closed forms, tiny values, exact zeros, ties, and floats against balls."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx

from theorycheck.activation.function import Activation
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.expectation import expectation
from theorycheck.gaussian.moments import ALPHAS, alphas, rho, rho_terms


def test_relu_is_exact_and_tied():
    found = rho_terms("relu", 1, digits=40)
    assert found.value.exact == sympy.Rational(1, 4) - 1 / (2 * sympy.pi)
    assert found.active == [1, 2, 3] and found.decided
    assert [t.exact for t in found.terms] == [found.value.exact] * 3
    assert rho_terms("relu", "37/10").value.exact == found.value.exact


@pytest.mark.parametrize(
    ("name", "sigma"),
    [("tanh", "1/10"), ("gelu", "1"), ("mish", "1"), ("softplus", "1/10"), ("softsign", "10"), ("elu", "1"), ("max(x-3/10, 0)", "1/10")],
)
def test_terms_against_mpmath(name, sigma):
    """The cancellation-free forms by mpmath, which never sees our balls."""
    f = Activation(name)
    g, s = f.derivative(), Fraction(sigma)
    found = rho_terms(f, sigma, digits=15)
    with mpmath.workdps(22):
        scale = mpmath.mpf(s.numerator) / s.denominator
        kinks = {mpmath.mpmathify(b.evalf(35)) / scale for b in f.breakpoints}
        cuts = sorted(c for c in {mpmath.mpf(k) for k in (-12, -6, -2, 0, 2, 6, 12)} | kinks if abs(c) <= 12)
        a = [mpmath.quad(lambda z, j=j: g.mpmath(scale * z) * z**j * mpmath.npdf(z), cuts) for j in range(3)]
        t1 = mpmath.quad(lambda z: (g.mpmath(scale * z) - a[0] - a[1] * z) ** 2 * mpmath.npdf(z), cuts)
        t2 = mpmath.quad(lambda z: (z * g.mpmath(scale * z) - a[1] - a[2] * z) ** 2 * mpmath.npdf(z), cuts)
        for term, truth in zip(found.terms, (t1, t2, a[0] * a[2] - a[1] ** 2), strict=True):
            assert abs(mpmath.mpf(term.value) / truth - 1) < 1e-13
    assert found.decided


def test_values_far_below_the_smallest_float():
    """hard-tanh: r = −1 beyond 1/σ, so with p = P(|z| > 1/σ) T1 = p − p²."""
    found = rho_terms("hard_tanh", "0.01", digits=20)
    with ctx.workprec(300):
        p = (100 / arb(2).sqrt()).erfc()
        assert found.value.ball.overlaps(p - p * p)
        assert found.value.ball.rad() < abs(found.value.ball) * arb("1e-20")
    assert found.active == [1] and found.value.value.endswith("e-2174")


def test_tiny_values_outside_the_exact_class():
    found = rho_terms("where(x > 1, tanh(x-1), where(x < -1, tanh(x+1), 0))", "1/20", digits=20)
    assert found.decided and found.active == [3]
    assert all(t.ball.rad() < abs(t.ball) * arb("1e-20") and t.ball > 0 for t in found.terms)
    whole = rho_terms("where(abs(x) < 1, x**2, 2*abs(x) - 1 + tanh(abs(x) - 1)**4)", "1/20", digits=15)
    assert whole.decided and whole.terms[0].ball > 0 and whole.terms[0].ball < arb("1e-80")


def test_true_zeros_are_exactly_zero():
    linear = rho_terms("3*x", 2)
    assert [t.value for t in linear.terms] == ["0", "0", "9"] and linear.active == [1, 2]
    square = rho_terms("x**2", 1)
    assert square.terms[0].exact == 0 and square.value.exact == -4 and square.active == [3]
    even = rho_terms("log(cosh(x))", 1)
    assert even.decided and even.active == [3] and even.value.ball < 0
    sine = rho_terms("sin", 1)  # a2 = (1 − σ²) e^(−σ²/2)
    assert sine.value.exact == 0 and sine.active == [3]


@pytest.mark.parametrize("name", ["tanh", "gelu", "mish", "softplus", "silu", "atan", "squareplus", "tanh(3*x)+x/5", "serf"])
def test_floats_have_twelve_digits(name):
    sigmas = ["1/1000", "1/30", "1/10", "3/10", "1", "3", "10", "1000"]
    values = rho(name, [float(Fraction(s)) for s in sigmas])
    for sigma, value in zip(sigmas, values, strict=True):
        ball = rho_terms(name, str(float(Fraction(sigma))), digits=16).value.ball
        assert abs(float((arb(float(value)) - ball) / ball)) <= 1e-12, (name, sigma)


def test_shapes_and_scalars():
    assert rho("relu", 1.0).shape == ()
    assert rho("tanh", np.array([[0.1, 1.0], [2.0, 3.0]])).shape == (2, 2)
    assert len(rho("relu", ["0.1", "1"], digits=10)) == 2


def test_alphas():
    found = alphas("gelu", "0.1", digits=20)
    floats = alphas("gelu", "0.1")
    assert all(abs(float(found[k]) - floats[k]) < 2e-13 for k in ALPHAS)
    assert found[1, 0].exact == sympy.Rational(1, 2)


@pytest.mark.parametrize("sigma", [0, -1, "-1/2", float("nan"), "abc", float("inf")])
def test_bad_sigma(sigma):
    with pytest.raises(InputError, match="sigma"):
        rho_terms("relu", sigma)


def test_jumps_and_divergence():
    with pytest.raises(InputError, match="continuous.*jumps by 1 at x = 0"):
        rho_terms("step", 1)
    with pytest.raises(InputError, match="continuous"):
        rho("x + step(x)", [1.0])
    with pytest.raises(DoesNotExist):
        rho_terms("exp(x**2)", 1)


def test_expectation_takes_the_strongest_engine():
    assert expectation("gelu", digits=15).exact == 1 / (2 * sympy.sqrt(sympy.pi))
    assert expectation("tanh", digits=15).exact == 0
    with mpmath.workdps(40):
        truth = mpmath.quad(lambda z: mpmath.log1p(mpmath.exp(z)) * mpmath.npdf(z), [-16, -8, -4, 0, 4, 8, 16])
        assert abs(mpmath.mpf(expectation("softplus(x)", digits=30).value) - truth) < mpmath.mpf(10) ** -29
    assert abs(expectation("softplus(x)") - float(truth)) < 1e-14
    assert abs(expectation("x**2", scale=3) - 9) < 1e-13
    for digits in (None, 15):
        with pytest.raises(DoesNotExist):
            expectation("exp(x**2)", digits)
