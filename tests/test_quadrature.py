"""float64 quadrature against closed forms and the certified engine, over eight decades of scale, without a warning."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from flint import ctx

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.legendre import legendre_balls, legendre_floats
from theorycheck.gaussian.quadrature import float_moments

WANTED = [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2)]
SCALES = [Fraction(1, 10_000), Fraction(1, 10), Fraction(1), Fraction(10), Fraction(10_000)]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("text", ["tanh", "gelu", "softsign", "max(x-3/10, 0)", "elu", "arctan", "hard_swish"])
def test_moments_of_derivatives(text, scale):
    g = Activation(text).derivative()
    balls = moment_integrals(g.pieces, scale, WANTED, 1e-18)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = float_moments(g, float(scale), WANTED)
    assert np.abs(values - [float(b) for b in balls]).max() <= 2e-13


def test_features_away_from_zero_are_found():
    for text in ("1/(1+(20*(x-3))^2)", "tanh(30*(x-2))", "exp(-100*(x+1)^2)"):
        f = Activation(text)
        balls = moment_integrals(f.pieces, 1, WANTED, 1e-16)
        assert np.abs(float_moments(f, 1.0, WANTED) - [float(b) for b in balls]).max() <= 2e-13


def test_square_root_singularity():
    from math import gamma, pi, sqrt

    assert abs(float_moments(Activation("where(x > 0, sqrt(x), 0)"), 1.0, [(1, 0)])[0] - 2**-0.75 * gamma(0.75) / sqrt(pi)) < 2e-13


def test_growth_and_overflow():
    assert abs(float_moments(Activation("exp(x**2/4)"), 1.0, [(1, 0)])[0] - np.sqrt(2)) < 1e-12
    assert abs(float_moments(Activation("exp(x)"), 10.0, [(1, 0)])[0] / np.exp(50.0) - 1) < 1e-12
    with pytest.raises(Undecided, match="overflows"):
        float_moments(Activation("exp(x**2)"), 1.0, [(2, 0)])
    with pytest.raises(InputError, match="scale"):
        float_moments(Activation("tanh"), -1.0, [(1, 0)])


@pytest.mark.parametrize("size", [1, 4, 7, 20])
def test_legendre_rules_integrate_polynomials(size):
    nodes, weights = legendre_balls(size, 128)
    for degree in range(2 * size):
        exact = 2 / (degree + 1) if degree % 2 == 0 else 0
        with ctx.workprec(128):
            assert abs(float(sum(w * z**degree for z, w in zip(nodes, weights, strict=True))) - exact) < 1e-15
    floats, _ = legendre_floats(size)
    assert np.allclose(sorted(float(z) for z in nodes), floats, atol=1e-15)
