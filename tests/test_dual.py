"""The dual activation against textbooks, mpmath in the plane, and identities that know nothing of our engines."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, acos, asin, exp, pi, sinh, sqrt

from theorycheck.activation.function import Activation
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.bivariate import bivariate_form
from theorycheck.gaussian.dual import dual_activation, dual_closed_form
from theorycheck.gaussian.dual_certified import certified_dual, hermite_series, in_the_plane
from theorycheck.limits import Budget

r = Symbol("r", real=True)
correlations = st.fractions(-1, 1, max_denominator=1000)
ONE = (sympy.Integer(1), sympy.Integer(1))


def agree(ours: sympy.Expr, theirs: sympy.Expr) -> None:
    for at in ("-0.9", "-0.31", "0.17", "0.77"):
        value, reference = (sympy.N(e.subs(r, Rational(at)), 40) for e in (ours, theirs))
        assert abs(value - reference) < 1e-35 * (1 + abs(reference))


# ---- textbook kernels --------------------------------------------------------------------------------------------------------

THETA = acos(r)
SINE = sqrt(1 - r**2)
ARC_COSINE = {  # Cho & Saul (2009), eq. (4)–(6): E[s(u)s(v)] = J_n/(2π)
    "step(x)": pi - THETA,
    "max(x, 0)": SINE + (pi - THETA) * r,
    "max(x, 0)**2": 3 * SINE * r + (pi - THETA) * (1 + 2 * r**2),
}


@pytest.mark.parametrize("text", ARC_COSINE)
def test_arc_cosine_kernels(text: str) -> None:
    agree(dual_closed_form(text), ARC_COSINE[text] / (2 * pi))


def test_variances_scale_the_arc_cosine_kernel() -> None:
    agree(dual_closed_form("max(x, 0)", ("1.3", "0.7")), sqrt(Rational(91, 100)) * dual_closed_form("max(x, 0)"))


def test_erf_kernel_of_williams() -> None:
    q1, q2 = Rational(13, 10), Rational(7, 10)
    williams = 2 / pi * asin(2 * r * sqrt(q1 * q2) / sqrt((1 + 2 * q1) * (1 + 2 * q2)))
    agree(dual_closed_form("erf", ("1.3", "0.7")), williams)


def test_gelu_kernel() -> None:
    # Tsuchida, Pearce, van der Heide, Roosta & Gallagher, "Avoiding kernel fixed points" (AAAI 2021), at unit variance
    known = r / 4 + (r * asin(r / 2) + 1 / sqrt(4 - r**2) ) / (2 * pi)
    agree(dual_closed_form("gelu"), known)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("sin(x)", exp(-1) * sinh(r)),
        ("cos(x)", exp(-1) * sympy.cosh(r)),
        ("exp(x)", exp(1 + r)),
        ("exp(-x**2)", 1 / sqrt(9 - 4 * r**2)),
        ("x**3", 6 * r**3 + 9 * r),
        ("x**2-1", 2 * r**2),
        ("sign(x)", 2 * asin(r) / pi),
        ("abs(x)", 2 / pi * (SINE + r * asin(r))),
    ],
)
def test_known_closed_forms(text: str, known: sympy.Expr) -> None:
    agree(dual_closed_form(text), known)


def test_leaky_relu_by_linearity() -> None:
    # max(x, 0) + a min(x, 0) = (1 + a)/2·x + (1 − a)/2·abs(x), and the two parts are uncorrelated
    a = Rational(1, 5)
    known = ((1 + a) / 2) ** 2 * r + ((1 - a) / 2) ** 2 * 2 / pi * (SINE + r * asin(r))
    agree(dual_closed_form(Activation("leaky_relu", a="0.2")), known)


@pytest.mark.parametrize("text", ["tanh", "elu", "max(x-3/10, 0)", "softplus", "exp(x)*max(x,0)", "x**2*step(x)+exp(x)"])
def test_no_closed_form_is_claimed(text: str) -> None:
    assert dual_closed_form(text) is None


CLOSED = ["max(x,0)*exp(-x**2)", "x*Phi(x)", "x**2*Phi(2*x)+x", "where(x>0,x**3+1,x**2-x)", "exp(x)*sin(x)", "x*cos(2*x)", "exp(x**2/8)"]


@pytest.mark.parametrize("text", CLOSED)
def test_closed_forms_against_the_plane(text: str) -> None:
    f = Activation(text)
    q = (Rational(13, 10), Rational(7, 10))
    at = Rational(-97, 100)
    closed = dual_activation(f, at, 15, q)
    assert closed.exact is not None
    assert closed.ball.overlaps(certified_dual(f.pieces, f.pieces, q, at, 12))


# ---- certified numbers against mpmath ----------------------------------------------------------------------------------------

def in_polar_coordinates(text: str, at: float) -> float:
    """E[s(u)s(v)] by Gauss–Legendre in polar coordinates, rays split at kink directions; for kinks at the origin only."""
    f, angle = Activation(text), np.arccos(at)
    nodes, weights = np.polynomial.legendre.leggauss(48)
    quarter = np.pi / 2
    ends = np.unique(np.mod([0, quarter, 3 * quarter, angle + quarter, angle + 3 * quarter, angle, angle + np.pi], 2 * np.pi))
    ends = np.append(ends, 2 * np.pi)
    steps = np.arange(0, 13) * 0.75
    radius = (steps[:-1, None] + 0.375 + 0.375 * nodes).ravel()
    mass = np.tile(0.375 * weights, 12) * radius * np.exp(-(radius**2) / 2)
    total = 0.0
    for low, high in zip(ends[:-1], ends[1:], strict=True):
        for left, right in ((low, (low + high) / 2), ((low + high) / 2, high)):
            turn = (left + right) / 2 + (right - left) / 2 * nodes
            u, v = (np.outer(radius, np.cos(turn - shift)) for shift in (0.0, angle))
            total += mass @ (f(u) * f(v)) @ weights * (right - left) / 2
    return total / (2 * np.pi)


@pytest.mark.parametrize("text", ["tanh", "elu", "softplus"])
@pytest.mark.parametrize("at", ["0.3", "0.97", "-0.99"])
def test_agrees_with_polar_quadrature(text: str, at: str) -> None:
    reference = in_polar_coordinates(text, float(at))
    enclosure = dual_activation(text, at, digits=15)
    assert abs(float(enclosure) - reference) < 2e-13
    assert enclosure.ball.rad() < 1e-15
    assert abs(dual_activation(text, float(at)) - reference) < 2e-13


def test_kink_off_zero_against_mpmath() -> None:
    # given u, max(v − 3/10, 0) has mean m Φ(m/τ) + τ φ(m/τ) with m = r u − 3/10, τ² = 1 − r²
    with mpmath.workdps(30):
        at, kink = mpmath.mpf("0.97"), mpmath.mpf("0.3")
        spread = mpmath.sqrt(1 - at**2)

        def given_u(u: mpmath.mpf) -> mpmath.mpf:
            mean = at * u - kink
            return mean * mpmath.ncdf(mean / spread) + spread * mpmath.npdf(mean / spread)

        reference = mpmath.quad(lambda u: (u - kink) * mpmath.npdf(u) * given_u(u), [kink, 0.6, 1, 2, 4, 8, 14])
        assert dual_activation("max(x-3/10, 0)", "0.97", digits=20).contains(mpmath.nstr(reference, 26) + " +/- 1e-22")


def test_plackett_for_two_thresholds() -> None:
    # d/dr P(u > h, v > h) is the density at (h, h); integrated here by mpmath over the angle
    with mpmath.workdps(30):
        tail = mpmath.erfc(1 / mpmath.sqrt(2)) / 2
        for at in ("0.5", "0.999", "-0.999"):
            end = mpmath.asin(mpmath.mpf(at))
            density = mpmath.quad(lambda a: mpmath.exp(-1 / (1 + mpmath.sin(a))), [0, end / 2, end]) / (2 * mpmath.pi)
            assert dual_activation("where(x > 1, 1, 0)", at, digits=20).contains(mpmath.nstr(tail**2 + density, 26) + " +/- 1e-22")


@pytest.mark.parametrize("text", ["tanh", "mish", "log(1+x**2)"])
def test_series_and_plane_overlap(text: str) -> None:
    f = Activation(text).pieces
    at = Rational(7, 10)
    series = hermite_series(f, f, ONE, at, arb("1e-20"), Budget())
    plane = in_the_plane(f, f, ONE, at, 20, Budget())
    assert series is not None and series.overlaps(plane)
    assert series.rad() < 1e-19 and plane.rad() < 1e-19


@pytest.mark.parametrize("text", ["x*Phi(x)", "max(x,0)", "sin(x)", "where(x>0,x**2,-x)"])
@pytest.mark.parametrize("at", [Rational(1, 10**6), Rational(3, 5), 1 - Rational(1, 10**6)])
def test_plane_against_closed_form(text: str, at: Rational) -> None:
    f = Activation(text).pieces
    plane = in_the_plane(f, f, ONE, at, 25, Budget())
    exact = bivariate_form(f, f, ONE).expr.subs(r, at)
    with ctx.workprec(160):
        assert abs(plane - arb(str(sympy.N(exact, 40)))) < arb("1e-25")


@pytest.mark.parametrize("q", [(100, 100), (10000, 1), ("0.0001", "0.01")])
@pytest.mark.parametrize("text", ["erf(x)", "max(x,0)"])
def test_extreme_variances_by_the_plane(text: str, q: tuple[object, object]) -> None:
    f = Activation(text).pieces
    exact = tuple(Rational(str(v)) for v in q)
    plane = in_the_plane(f, f, tuple(sqrt(v) for v in exact), Rational(99, 100), 14, Budget())
    assert plane.overlaps(dual_activation(text, "0.99", 20, q).ball)


# ---- identities --------------------------------------------------------------------------------------------------------------

@settings(deadline=None, max_examples=10)
@given(correlations, st.sampled_from(["tanh", "elu", "max(x,0)", "x*Phi(x)", "hard_tanh"]))
def test_bounded_by_its_value_at_one(at: Fraction, text: str) -> None:
    inside, end = dual_activation(text, at, 12), dual_activation(text, 1, 12)
    assert abs(inside.ball) <= end.ball + arb("1e-11")


@settings(deadline=None, max_examples=10)
@given(correlations, st.sampled_from([("tanh", -1), ("cos(x)*tanh(x)**2", 1), ("asinh(x)", -1), ("hard_tanh", -1), ("x**5-x", -1)]))
def test_parity_in_the_correlation(at: Fraction, case: tuple[str, int]) -> None:
    text, sign = case
    assert dual_activation(text, at, 12).ball.overlaps(sign * dual_activation(text, -at, 12).ball)


@settings(deadline=None, max_examples=8)
@given(st.floats(-0.9, 0.9), st.sampled_from(["tanh", "elu", "max(x,0)", "softplus", "x*Phi(x)", "hard_swish"]))
def test_price_theorem(at: float, text: str) -> None:
    q = ("1.3", "0.7")
    step = 1e-4
    slope = (dual_activation(text, at + step, variances=q) - dual_activation(text, at - step, variances=q)) / (2 * step)
    assert abs(slope / np.sqrt(0.91) - dual_activation(text, at, variances=q, derivative=True)) < 2e-7


@pytest.mark.parametrize("text", ["softplus", "elu", "max(x,0)", "relu6"])
def test_ends_of_the_range(text: str) -> None:
    f = Activation(text)
    z, w = np.polynomial.legendre.leggauss(200)
    z, w = np.concatenate([5 * z - 5, 3 * z + 3, 2 * z + 8]), np.concatenate([5 * w, 3 * w, 2 * w])
    mass = w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    for at, reference in ((0, (mass @ f(z)) ** 2), (1, mass @ f(z) ** 2), (-1, mass @ (f(z) * f(-z)))):
        assert abs(float(dual_activation(f, at, 15)) - reference) < 2e-14
        assert abs(dual_activation(f, float(at)) - reference) < 2e-14


@settings(deadline=None, max_examples=10)
@given(st.floats(-1, 1), st.sampled_from(["tanh", "elu", "max(x,0)**2", "where(x>0,sqrt(x),0)", "1/(1+25*x**2)", "relu6", "erf"]))
def test_floats_agree_with_enclosures(at: float, text: str) -> None:
    if "sqrt" in text and abs(at) > 0.9:
        at = at / 2
    assert abs(dual_activation(text, at) - float(dual_activation(text, at, 14))) < 1e-12


# ---- the interface -----------------------------------------------------------------------------------------------------------

def test_exact_values() -> None:
    assert dual_activation("max(x,0)", "1/2", 15).exact == sqrt(3) / (4 * pi) + Rational(1, 6)
    assert dual_activation("max(x,0)", 1, 15).exact == Rational(1, 2)
    assert dual_activation("max(x,0)", -1, 15).exact == 0
    assert dual_activation("tanh", 0, 15).exact == 0
    assert dual_activation("tanh", "0.3", 15).exact is None
    assert dual_activation("max(x,0)", 0, 15, derivative=True).exact == Rational(1, 4)


def test_shapes_and_inputs() -> None:
    table = dual_activation("gelu", np.array([[0.1, 0.2], [-1.0, 1.0]]))
    assert table.shape == (2, 2)
    assert isinstance(dual_activation("gelu", 0.1), float)
    several = dual_activation("gelu", ["0.1", Fraction(1, 5), 0.2], 20)
    assert [abs(float(e) - v) < 1e-15 for e, v in zip(several, [table[0, 0], table[0, 1], table[0, 1]], strict=True)] == [True] * 3
    assert several[1].exact == several[2].exact
    assert dual_activation("gelu", "3/10") == dual_activation("gelu", 0.3)


def test_no_loss_near_one() -> None:
    # 1 − value at r = 1 − e is e·acos-like and lost by 1 − r²; the truth is from the exact form at 60 digits
    for text in ("max(x,0)", "abs(x)"):
        for at in (1 - 2.0**-40, -1 + 2.0**-40):
            truth = float(sympy.N(dual_closed_form(text).subs(r, Rational(at)), 60))
            assert abs(dual_activation(text, at) - truth) < 1e-15


@pytest.mark.parametrize("at", ["1.5", -1.01, float("nan"), "two", None])
def test_bad_correlations(at: object) -> None:
    for digits in (None, 10):
        with pytest.raises(InputError, match="correlation"):
            dual_activation("tanh", at, digits)


@pytest.mark.parametrize("q", [(0, 1), (-1,), ("x",), (1, 2, 3)])
def test_bad_variances(q: tuple[object, ...]) -> None:
    with pytest.raises(InputError, match="variance"):
        dual_activation("tanh", 0.3, variances=q)


def test_the_derivative_of_a_jump_is_refused() -> None:
    with pytest.raises(InputError, match=r"jumps by 1 at x = 0"):
        dual_activation("step", "0.3", 15, derivative=True)
    assert float(dual_activation("max(x,0)", "0.3", 15, derivative=True)) == pytest.approx(0.25 + np.arcsin(0.3) / (2 * np.pi))


@pytest.mark.parametrize(
    ("text", "at"), [("exp(x**2/3)", "1/2"), ("exp(x**2/3)*tanh(x)", "0.6"), ("exp(x**2/4)", 1), ("exp(x**2/4)*(2+tanh(x))", 1)]
)
def test_divergent_expectations(text: str, at: object) -> None:
    with pytest.raises(DoesNotExist):
        dual_activation(text, at, 10)
    with pytest.raises(DoesNotExist):
        dual_activation(text, float(Fraction(at)))


def test_convergent_without_a_second_moment() -> None:
    # E exp(u²/3)² diverges, E exp((u² + v²)/3) at r = 1/10 does not: det(I − 2S/3)^(−1/2)
    value = dual_activation("exp(x**2/3)", "1/10", 12)
    assert value.exact is not None and abs(float(value) - ((1 / 3) ** 2 - (1 / 15) ** 2) ** -0.5) < 1e-12
    odd = dual_activation("exp(x**2/3)*tanh(x)", "1/10", 8)
    assert abs(float(odd) - dual_activation("exp(x**2/3)*tanh(x)", 0.1)) < 1e-7
