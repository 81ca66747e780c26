"""Signal propagation: gains, factors, critical points and landmarks, against quadrature and closed forms."""

import mpmath
import numpy as np
import pytest
import sympy

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError
from theorycheck.properties.criticality import critical_points
from theorycheck.properties.landmarks import landmarks, symmetry
from theorycheck.properties.signal import NUMBERS, signal


def mean(f, cuts=()):
    """E f(z) by tanh-sinh quadrature: an engine that shares nothing with ours."""
    with mpmath.workdps(25):
        points = sorted({-12, -3, 0, 3, 12, *cuts})
        return mpmath.quad(lambda z: f(z) * mpmath.exp(-z * z / 2), points) / mpmath.sqrt(2 * mpmath.pi)


def silu(x):
    return x / (1 + mpmath.exp(-x))


def d_silu(x):
    p = 1 / (1 + mpmath.exp(-x))
    return p + x * p * (1 - p)


def test_exact_numbers_of_relu():
    found = signal("relu")
    exact = {name: found.numbers[name].exact for name in NUMBERS}
    assert exact["gain"] == exact["backward_gain"] == sympy.sqrt(2)
    assert exact["mean"] == 1 / sympy.sqrt(2 * sympy.pi) and exact["second_moment"] == sympy.Rational(1, 2)
    assert exact["chi_perp"] == exact["chi_par"] == 1
    assert sympy.simplify(exact["gain_centred"] - 1 / sympy.sqrt(sympy.Rational(1, 2) - 1 / (2 * sympy.pi))) == 0


def test_numbers_of_silu_against_quadrature():
    found = signal("silu", 18).numbers
    first, second = mean(silu), mean(lambda z: silu(z) ** 2)
    slope, along = mean(lambda z: d_silu(z) ** 2), mean(lambda z: z * silu(z) * d_silu(z))  # g'(1) = E[z s s']
    expected = {
        "mean": first, "second_moment": second, "gain": second**-0.5, "gain_centred": (second - first**2) ** -0.5,
        "backward_gain": slope**-0.5, "chi_perp": slope / second, "chi_par": along / second,
    }  # fmt: skip
    for name, value in expected.items():
        assert abs(mpmath.mpf(found[name].value) - value) < mpmath.mpf("1e-15"), name
        assert float(found[name].radius) <= 1e-18 * max(1, float(value))


def test_the_gain_of_mish():
    number = signal("mish", 30).numbers["gain"]
    assert number.value.startswith("1.486847581273") and float(number.radius) < 1e-29


@pytest.mark.parametrize(
    ("name", "K", "C_W", "C_b"),
    [("silu", "14.32017362", "1.98800468", "0.55514317"), ("gelu", None, "1.98305826", "0.17292239")],
)  # Roberts, Yaida & Hanin (2022), section 5.3.4
def test_critical_points_of_the_literature(name, K, C_W, C_b):
    found = critical_points(name)
    assert found.complete.holds and [p.kind for p in found.points] == ["K = 0", "K > 0"]
    assert found.points[0].C_W.value == "4"
    point = found.points[1]
    assert point.C_W.value.startswith(C_W[:-1]) and point.C_b.value.startswith(C_b[:-1])
    assert K is None or point.K.value.startswith(K[:-1])


def test_a_critical_point_keeps_the_variance_and_both_factors_at_one():
    point = critical_points("silu").points[1]
    K, C_W, C_b = (mpmath.mpf(n.value) for n in (point.K, point.C_W, point.C_b))
    root = mpmath.sqrt(K)
    assert abs(C_W * mean(lambda z: silu(root * z) ** 2) + C_b - K) < 1e-11
    assert abs(C_W * mean(lambda z: d_silu(root * z) ** 2) - 1) < 1e-12
    assert abs(C_W * mean(lambda z: z * silu(root * z) * d_silu(root * z)) / root - 1) < 1e-12


@pytest.mark.parametrize("name", ["tanh", "erf", "elu", "selu", "hard_tanh", "softplus", "sigmoid"])
def test_none_with_positive_variance(name):
    found = critical_points(name)
    assert found.complete.holds and all(p.kind == "K = 0" for p in found.points)


def test_every_variance_for_homogeneous_functions():
    (point,) = critical_points("leaky_relu").points
    assert point.kind == "every K" and point.K is None and point.C_W.exact == 2 / (1 + sympy.Rational(1, 10000))
    assert critical_points("0*x").points == ()


def test_kinks_are_atoms():
    found = critical_points("hard_swish")  # s s'' has atoms at ±3
    K = float(found.points[1].K)
    s = Activation("hard_swish")
    z, step = np.linspace(-10, 10, 400_001), 1e-3
    w = np.exp(-z * z / 2)

    def g(variance):
        return (w @ s(np.sqrt(variance) * z) ** 2) / w.sum()

    slope = (w @ s.derivative()(np.sqrt(K) * z) ** 2) / w.sum()
    assert abs((g(K + step) - g(K - step)) / (2 * step) - slope) < 1e-4 * slope


def test_what_cannot_be_told_is_undecided():
    found = signal("x + sin(x)")  # s s'' oscillates
    assert [p.kind for p in found.criticality.points] == ["K = 0"] and "by a covering" in found.criticality.complete.reason
    assert found.to_json()["critical_complete"]["holds"] is None
    jumping = signal("step")
    assert "jumps" in jumping.missing["backward_gain"] and jumping.to_json()["backward_gain"]["value"] is None
    with pytest.raises(InputError, match="jumps"):
        critical_points("step")
    with pytest.raises(InputError, match="digits=0"):
        signal("relu", 0)


def test_a_constant_says_why():
    found = signal("5")
    assert found.missing["gain_centred"] == "does not exist: s is constant" and not found.spent
    assert found.numbers["gain"].exact == sympy.Rational(1, 5)


def test_a_moment_that_does_not_exist():
    found = signal("exp(x^2/3)")
    assert found.numbers.keys() == {"mean"} and "does not exist" in found.missing["gain"]


def test_where_the_product_with_the_second_derivative_vanishes():
    line, constant, shifted = (critical_points(text).complete for text in ("x + 1", "5", "max(x - 1, 0)"))
    assert line.grade == constant.grade == "proved" and "affine" in line.reason and "constant" in constant.reason
    assert shifted.holds is False and shifted.witness == "1"  # a curve of critical points; that at K = 1 keeps the variance:
    above = (1 - mpmath.erf(mpmath.sqrt(0.5))) / 2
    square = mpmath.quad(lambda z: (z - 1) ** 2 * mpmath.npdf(z), [1, 3, 12])
    assert 1 - square / above > 0  # C_b there; g' = E[s'²] by s s'' = 0


def test_landmarks():
    gelu = landmarks("gelu")
    assert abs(float(gelu.lower.at) + 0.7517915246935645) < 1e-15 and gelu.upper.towards == "oo"
    assert [float(p) for p in gelu.inflections] == pytest.approx([-(2**0.5), 2**0.5])
    assert [word for _, _, word in gelu.convexity] == ["concave", "convex", "concave"]
    assert [word for _, _, word in landmarks("relu").convexity] == ["convex"]
    tanh = landmarks("tanh")
    assert (tanh.lower.towards, tanh.upper.towards) == ("-oo", "oo")
    assert (tanh.lower.value.exact, tanh.upper.value.exact, tanh.inflections[0].exact) == (-1, 1, 0)
    assert (landmarks("sigmoid").lower.value.exact, landmarks("elu").lower.value.exact) == (0, -1)
    assert landmarks("5").lower.at.exact == 0 and landmarks("5").lower.towards == ""
    square = landmarks("x^2")
    assert square.lower.at.exact == 0 and square.upper.value is None
    assert landmarks("hard_swish").lower.value.exact == sympy.Rational(-3, 8)
    with pytest.raises(InputError, match="jumps"):
        landmarks("step")


def _told(text):
    graph = landmarks(text, 8)
    ends = [tuple(None if end is None else float(end) for end in pair) for *pair, _ in graph.convexity]
    return [(*pair, word) for pair, (*_, word) in zip(ends, graph.convexity, strict=True)], [float(p) for p in graph.inflections]


@pytest.mark.parametrize(
    ("text", "intervals", "inflections"),
    [
        ("max(x, 0)^2", [(None, None, "convex")], []),
        ("elu", [(None, None, "convex")], []),
        ("-3*x + 1", [(None, None, "affine")], []),
        ("selu", [(None, 0, "convex"), (0, None, "affine")], []),
        ("min(max(x, -1), 1)", [(None, 1, "convex"), (-1, None, "concave")], [-1, 1]),
        ("where(abs(x) < 1, x, x^2*sign(x))", [(None, 1, "concave"), (-1, None, "convex")], [-1, 1]),
        ("hard_swish", [(None, -3, "affine"), (-3, 3, "convex"), (3, None, "affine")], []),
        ("sqrt(abs(x))", [(None, 0, "concave"), (0, None, "concave")], []),
        ("abs(x)^(1/3)*sign(x)", [(None, 0, "convex"), (0, None, "concave")], [0]),
        ("max(1 - abs(x), 0)", [(None, 0, "convex"), (-1, 1, "concave"), (0, None, "convex")], [-1, 1]),
    ],
)
def test_intervals_of_convexity_are_the_largest(text, intervals, inflections):
    found, turns = _told(text)
    assert (found, turns) == (intervals, inflections)
    f, mirrored = Activation(text), [-p for p in reversed(turns)]
    for start, end, word in found:  # midpoints lie below chords, or above them
        a, b = np.linspace(-5 if start is None else start, 5 if end is None else end, 60)[[np.triu_indices(60)]][0]
        gaps = (f(a) + f(b)) / 2 - f((a + b) / 2)
        assert (word == "concave" or gaps.min() > -1e-12) and (word == "convex" or gaps.max() < 1e-12)
    assert symmetry(text).value != "odd" or turns == mirrored


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("gelu", "even", "s − x/2 is even"), ("relu", "even", "s − x/2 is even"), ("sigmoid", "odd", "s − 1/2 is odd"),
     ("tanh", "odd", "s is odd"), ("mish", "none", "neither"), ("elu", "none", "neither")],
)  # fmt: skip
def test_symmetry_beside_a_line(name, value, words):
    found = symmetry(name)
    assert found.value == value and words in found.reason
