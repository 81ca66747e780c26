"""Hermite coefficients: three engines against each other, closed forms, Stein and Parseval."""

import warnings
from math import exp, factorial, pi, sqrt

import mpmath
import numpy as np
import pytest
import sympy

from theorycheck.activation.function import Activation
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.hermite import hermite_coefficients
from theorycheck.gaussian.hermite_floats import weighted_hermite
from theorycheck.gaussian.quadrature import float_moments


def relu_coefficient(k):
    """c_0 = 1/√(2π), c_1 = 1/2, c_2m = (−1)^(m+1) (2m−3)!!/√(2π (2m)!) (Daniely, Frostig & Singer 2016)."""
    if k < 2:
        return (1 / sqrt(2 * pi), 0.5)[k]
    if k % 2:
        return 0.0
    m = k // 2
    with mpmath.workdps(30):
        return float((-1) ** (m + 1) * mpmath.fac2(2 * m - 3) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(2 * m)))


def test_relu_in_floats_to_1024_terms():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        c = hermite_coefficients("relu", 1024)
    assert c.shape == (1024,) and np.abs(c - [relu_coefficient(k) for k in range(1024)]).max() <= 5e-16


@pytest.mark.parametrize("name", ["tanh", "gelu", "mish"])
def test_smooth_functions_to_1024_terms(name):
    """Stein: c_{k+1} = E[f' h_k]/√(k+1); and the first 24 against the certified engine."""
    c, d = hermite_coefficients(name, 1024), hermite_coefficients(Activation(name).derivative(), 1023)
    assert np.isfinite(c).all()
    assert np.abs(c[1:] - d / np.sqrt(np.arange(1, 1024))).max() <= 6e-16
    assert np.abs(c[:24] - [float(v) for v in hermite_coefficients(name, 24, digits=20)]).max() <= 5e-16


def test_the_largest_request():
    assert np.isfinite(hermite_coefficients("max(x-3/10, 0)", 4096)).all()
    with pytest.raises(InputError, match="4096"):
        hermite_coefficients("relu", 5000)
    with pytest.raises(InputError, match="terms=0"):
        hermite_coefficients("relu", 0)
    with pytest.raises(InputError, match="digits=0"):
        hermite_coefficients("relu", 3, digits=0)


@pytest.mark.parametrize("text", ["max(x-3/10, 0)", "tanh(10*x)", "abs(x)*tanh(x-1)", "1/(1+x**2)"])
def test_floats_agree_with_balls(text):
    c, balls = hermite_coefficients(text, 48), hermite_coefficients(text, 48, digits=18)
    assert np.abs(c - [float(b) for b in balls]).max() <= 1e-15


def test_parseval():
    c = hermite_coefficients("tanh", 400)
    assert abs(np.sum(c**2) - float_moments(Activation("tanh"), 1.0, [(2, 0)])[0]) < 1e-13


@pytest.mark.parametrize("scale", [0.01, 0.5, 3.0, 30.0])
def test_scale(scale):
    """Exponentials: E[e^(s z) h_k] = e^(s²/2) s^k/√(k!)."""
    if scale < 5:
        c = hermite_coefficients("exp", 8, scale=scale)
        truth = [exp(scale**2 / 2) * scale**k / sqrt(factorial(k)) for k in range(8)]
        assert np.allclose(c, truth, rtol=1e-13, atol=1e-15)
    c = hermite_coefficients("tanh", 16, scale=scale)
    assert np.abs(c - [float(v) for v in hermite_coefficients("tanh", 16, digits=18, scale=str(scale))]).max() <= 1e-15


def test_enclosures_have_exact_forms_and_structural_zeros():
    c = hermite_coefficients("gelu", 9, digits=30)
    assert sympy.simplify(c[2].exact - 3 / (4 * sympy.sqrt(2 * sympy.pi))) == 0
    assert c[3].exact == 0 and c[1].exact == sympy.Rational(1, 2)
    t = hermite_coefficients("tanh", 6, digits=30)
    assert [v.exact for v in t[::2]] == [0, 0, 0] and t[1].exact is None
    assert all(v.value == "0" and v.radius == "0" for v in t[::2])
    with mpmath.workdps(40):
        truth = mpmath.quad(lambda z: mpmath.tanh(z) * z * mpmath.npdf(z), [*range(-16, 17, 2)])
        assert abs(mpmath.mpf(t[1].value) - truth) < mpmath.mpf(10) ** -30
        assert float(t[1].radius) <= 1e-30


def test_what_does_not_exist():
    with pytest.raises(DoesNotExist):
        hermite_coefficients("exp(x**2)", 3, digits=15)


def test_weighted_hermite_is_bounded_and_orthonormal():
    z = np.linspace(-30, 30, 6001)
    table = weighted_hermite(z, 120)
    assert np.abs(table).max() <= 1.0865
    assert np.allclose(table @ table.T * 0.01 / sqrt(2 * pi), np.eye(120), atol=1e-12)
