"""The edge of chaos and the correlation map, against quadrature, closed forms and asymptotics."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.properties.chaos import edge_of_chaos
from theorycheck.properties.correlation_map import correlation_fixed_point


def mean(f):
    """E f(z) by tanh-sinh quadrature: an engine that shares nothing with ours."""
    with mpmath.workdps(25):
        return mpmath.quad(lambda z: f(z) * mpmath.exp(-z * z / 2), [-12, -3, 0, 3, 12]) / mpmath.sqrt(2 * mpmath.pi)


def test_the_edge_of_chaos_keeps_a_variance_with_factor_one():
    edge = edge_of_chaos("tanh", Fraction(1, 20))
    (point,) = edge.points
    K, C_W = mpmath.mpf(point.K.value), mpmath.mpf(point.C_W.value)
    root = mpmath.sqrt(K)
    assert abs(C_W * mean(lambda z: mpmath.tanh(root * z) ** 2) + mpmath.mpf(1) / 400 - K) < 1e-14
    assert abs(C_W * mean(lambda z: mpmath.sech(root * z) ** 4) - 1) < 1e-14
    assert edge.complete.holds and edge.complete.trusts == ("descartes-laplace",)
    with pytest.raises(InputError, match="positive standard deviation"):
        edge_of_chaos("tanh", Fraction(0))


def test_edges_in_closed_form():
    # E[e^(2X)] = e^(2K), so K − σ_b² = 1; and for x², 4K (K − σ_b²) = 3K²
    assert edge_of_chaos("exp(x)", Fraction(1, 3), 10).points[0].K.value == "1.1111111111"
    (point,) = edge_of_chaos("x^2", Fraction(1), 10).points
    assert float(point.K) == pytest.approx(4, abs=1e-10) and float(point.C_W) == pytest.approx(1 / 16, abs=1e-12)
    # for tanh, K − g/E[s'²] = (4/3) K³ + …
    assert float(edge_of_chaos("tanh", Fraction(1, 10**9), 6).points[0].K) == pytest.approx((3e-18 / 4) ** (1 / 3), rel=1e-5)
    # and for large σ_b, E[tanh²] → 1 and √K E[tanh'²] → (4/3)/√(2π), so K − σ_b² ≈ √K √(2π) 3/4
    K = float(edge_of_chaos("tanh", Fraction(10**6), 15).points[0].K)
    assert abs((K - 1e12) / (0.75e6 * np.sqrt(2 * np.pi)) - 1) < 1e-3
    # for cos, (K − σ_b²)(1 − e^(−2K)) = 1 + e^(−2K)
    K = float(edge_of_chaos("cos", Fraction(1), 10).points[0].K)
    assert (K - 1) * np.tanh(K) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["erf", "gelu", "silu", "elu", "hard_tanh", "sigmoid", "max(x - 1, 0)"])
def test_one_edge_in_all(name):
    edge = edge_of_chaos(name, Fraction(1, 2), 6)
    assert len(edge.points) == 1 and edge.complete.holds
    s, z = Activation(name), np.linspace(-12, 12, 24_001)
    w, d = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum(), s.derivative()
    roots = [np.sqrt(k) for k in np.geomspace(0.26, 3000, 120)]
    excess = [(k * k - 0.25) * (w @ d(k * z) ** 2) - w @ s(k * z) ** 2 for k in roots]
    assert np.count_nonzero(np.diff(np.sign(excess))) == 1  # by plain quadrature: one change of sign, where the point is
    assert roots[np.flatnonzero(np.diff(np.sign(excess)))[0]] ** 2 < float(edge.points[0].K)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "x", "x + 1", "5", "abs(x)"])
def test_no_edge(name):
    edge = edge_of_chaos(name, Fraction(1, 20), 5)
    assert edge.points == () and edge.complete.grade == "proved" and edge.complete.reason.startswith("none")


def test_an_edge_that_may_have_company_says_so():
    edge = edge_of_chaos("hard_swish", Fraction(5), 6)
    assert edge.complete.holds is None and "searched" in edge.complete.reason
    assert all(point.isolated.holds and "in [" in point.isolated.reason for point in edge.points)
    grows = edge_of_chaos("exp(x^2/5)", Fraction(1, 2), 6)  # its moments end at K = 5/4
    assert grows.points == () and "does not exist" in grows.complete.reason


def test_fixed_points_of_the_correlation_map():
    relu, erf, gelu = (correlation_fixed_point(name, 10) for name in ("relu", "erf", "gelu"))
    assert (relu.r.exact, relu.slope.exact) == (1, 1)
    assert erf.r.exact == 0 and abs(float(erf.slope) - (4 / (3 * np.pi)) / (2 / np.pi * np.arcsin(2 / 3))) < 1e-10
    r, z = float(gelu.r), np.polynomial.hermite_e.hermegauss(60)
    s, weights = Activation("gelu"), np.outer(z[1], z[1]) / z[1].sum() ** 2
    u, v = np.meshgrid(z[0], z[0], indexing="ij")
    mapped = (weights * s(u) * s(r * u + np.sqrt(1 - r * r) * v)).sum() / (weights * s(u) ** 2).sum()
    assert abs(mapped - r) < 1e-9 and 0 < float(gelu.slope) < 1
    with pytest.raises(InputError, match="jumps"):
        correlation_fixed_point("step")
    near = correlation_fixed_point("relu6", 3)  # χ⊥ exceeds 1 by about 1e-8: the other fixed point is all but 1
    assert 0.9999 < float(near.r) <= 1 and 0.99 < float(near.slope) < 1
    assert abs(float(correlation_fixed_point("mish", 8).r) - 0.711716118) < 1e-9  # as at 30 digits
    growth, line = correlation_fixed_point("exp(x)"), correlation_fixed_point("linear")
    assert (growth.r.exact, growth.slope.exact) == (1, 1)  # the map is e^(r − 1)
    assert line.r is None and line.slope.exact == 1 and line.to_json()["fixed_point"] is None
