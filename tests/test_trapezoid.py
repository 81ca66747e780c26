"""The trapezoidal rule under the sinh map: its bounds against sampled values, its sums against panels and closed forms."""

from fractions import Fraction
from math import cosh, log, sinh

import mpmath
import pytest
import sympy
from flint import acb, arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.activation.balls import complex_arithmetic
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece
from theorycheck.activation.tape import tape_of
from theorycheck.errors import DoesNotExist
from theorycheck.gaussian import sectors
from theorycheck.gaussian.boxes import box_arithmetic
from theorycheck.gaussian.certified import hermite_integrals, moment_integrals, trapezoid_moments
from theorycheck.gaussian.sectors import log_slice_bound
from theorycheck.gaussian.trapezoid import TrapezoidPlan, _plan, trapezoid_plan, trapezoid_sums
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights

SMOOTH = (
    "tanh(x)",
    "x*tanh(log(1+exp(x)))",
    "x*Phi(x)",
    "1/(1+x**2)**2",
    "exp(-x**2)*sin(3*x)",
    "x**3*sigmoid(2*x)",
    "log(1+x**2)",
    "tanh(x-5)",
    "1/(1+100*x**2)",
    "tanh(50*x)",
    "sqrt(1+x**2)",
    "atan(3*x)*exp(-x/4)",
)
SCALES = ("1/10000", "1/10", "1", "37/10", "10000")


def by_panels(text):
    """The same function in two pieces, which the trapezoidal rule declines."""
    (piece,) = Activation(text).pieces
    return [Piece(piece.start, sympy.S.Zero, piece.expr), Piece(sympy.S.Zero, piece.end, piece.expr)]


# E[e^(−2500 z)] has 1400 digits before the point
@pytest.mark.parametrize(("text", "scale"), [(t, s) for t in SMOOTH for s in SCALES if not ("exp(-x/4)" in t and s == "10000")])
def test_moments_overlap_those_of_panels(text, scale):
    wanted = [(1, 0), (1, 1), (2, 2)]
    tolerance = arb("1e-22")
    ours = moment_integrals(Activation(text).pieces, Fraction(scale), wanted, tolerance)
    reference = moment_integrals(by_panels(text), Fraction(scale), wanted, tolerance * arb("1e-12"))
    for ball, truth in zip(ours, reference, strict=True):
        assert ball.rad() <= tolerance
        assert ball.overlaps(truth)
        assert ball.is_zero() or ball.contains(arb(truth.mid()))


@pytest.mark.parametrize("terms", [16, 64, 256])
@pytest.mark.parametrize("text", ["tanh(x)", "x/(1+exp(-x))", "exp(-x**2)*sin(3*x)", "1/(1+x**2)**2"])
def test_hermite_coefficients_overlap_those_of_panels(text, terms):
    if terms == 256 and text != "tanh(x)":
        terms = 128
    ours = hermite_integrals(Activation(text).pieces, Fraction(3, 2), terms, "1e-20")
    reference = hermite_integrals(by_panels(text), Fraction(3, 2), terms, "1e-28")
    for ball, truth in zip(ours, reference, strict=True):
        assert ball.rad() <= arb("1e-20")
        assert (ball.is_zero() and truth.contains(0)) or ball.contains(arb(truth.mid()))


@pytest.mark.parametrize("scale", [Fraction(1, 10000), Fraction(1, 10), Fraction(1), Fraction(10), Fraction(10000)])
def test_rational_functions_have_their_closed_form(scale):
    (ball,) = moment_integrals(Activation("1/(1+x**2)").pieces, scale, [(1, 0)], "1e-40")
    with ctx.workprec(400):
        s = arb(scale.numerator) / scale.denominator
        # E[1/(1 + s²z²)] = √(π/2)/s·e^(1/(2s²))·erfc(1/(s√2)), Abramowitz & Stegun 7.4.11
        truth = (arb.pi() / 2).sqrt() / s * ((1 / (2 * s * s)).exp() * (1 / (s * arb(2).sqrt())).erfc())
    assert ball.rad() <= arb("1e-40") and ball.overlaps(truth)


def test_a_damped_wave_has_its_closed_form():
    (ball,) = moment_integrals(Activation("exp(-x**2)*cos(3*x)").pieces, 2, [(1, 0)], "1e-30")
    with ctx.workprec(200):
        assert ball.overlaps((arb(-36) / 18).exp() / 3)  # E[e^(−4z²) cos 6z] = e^(−36/18)/3


def test_mpmath_agrees():
    f = Activation("x**3*sigmoid(2*x)")
    (ball,) = moment_integrals(f.pieces, 1, [(1, 1)], "1e-30")
    with mpmath.workdps(40):
        truth = mpmath.quad(lambda z: z**4 / (1 + mpmath.exp(-2 * z)) * mpmath.npdf(z), [-18, -6, -2, 0, 2, 6, 18])
        assert abs(ball - arb(mpmath.nstr(truth, 36))) < 1e-28


@pytest.mark.parametrize("weights", [MonomialWeights(((1, 0), (1, 1), (2, 2))), HermiteWeights(12)])
@pytest.mark.parametrize("text", ["tanh(x)", "1/(1+(x-1)**2)", "log(1+x**2)", "x*Phi(x)", "softplus(3*x)"])
@pytest.mark.parametrize("digits", [12, 18])
def test_the_stated_error_is_a_bound(text, weights, digits):
    """The sums of the rule itself, without any radius, against the integral."""
    expr = Activation(text).pieces[0].expr
    plan = trapezoid_plan(expr, 1.0, weights, -digits * log(10), 14.0, False)
    assert plan is not None
    with ctx.workprec(128):
        sums = trapezoid_sums(plan, expr, arb(1), weights, False, [True] * weights.count)
    if isinstance(weights, MonomialWeights):
        truth = moment_integrals(by_panels(text), 1, weights.wanted, "1e-32")
    else:
        truth = hermite_integrals(by_panels(text), 1, weights.terms, "1e-32")
    errors = [float(abs(s - t).abs_upper()) for s, t in zip(sums, truth, strict=True)]
    assert max(errors) <= 10.0**-digits
    assert log(max(errors)) <= plan.log_error


def test_the_boxes_reach_the_end_of_the_rule(monkeypatch):
    seen = []

    def recorded(expr, side, knee, low, high, angle):
        seen.append((side, low, high))
        return log_slice_bound(expr, side, knee, low, high, angle)

    monkeypatch.setattr("theorycheck.gaussian.trapezoid.log_slice_bound", recorded)
    expr = Activation("tanh(x)").pieces[0].expr
    for k in range(40):
        seen.clear()
        plan = _plan(expr, 1.0, 1.0, 0.45, MonomialWeights(((2, 2),)), -30.0 - 0.37 * k, 6.0 + 0.11 * k, (1, -1))
        assert isinstance(plan, TrapezoidPlan)
        end = (plan.count + 0.5) * float(plan.step.p) / float(plan.step.q)
        for side in (1, -1):
            mine = [(low, high) for s, low, high in seen if s == side]
            assert mine[0][0] == 0 and mine[-1][1] >= end > mine[-1][0]
            assert all(a[1] == b[0] for a, b in zip(mine[:-1], mine[1:], strict=True))


points = st.floats(0, 1)
sides = st.sampled_from([1, -1])


@pytest.mark.parametrize("text", SMOOTH)
@given(points, points, sides, st.sampled_from([0.25, 1.0, 3.0]), st.sampled_from([0.0, 0.5, 1.5]), st.sampled_from([0.25, 0.7]))
def test_slice_bounds_hold_at_points(text, along, across, side, knee, low, angle):
    expr = Activation(text).pieces[0].expr
    bound = log_slice_bound(expr, side, knee, low, low + 0.5, angle)
    z = acb(low + 0.5 * along, angle * across).sinh() * knee * side
    size = tape_of(expr).run(complex_arithmetic(), z).abs_upper()
    assert bound == float("inf") or size == 0 or float(size.log()) <= bound + 1e-9


@given(points, points, sides, st.sampled_from([0.0, 0.5, 3.0]), st.sampled_from([0.25, 0.7]))
def test_boxes_cover_the_slice(along, across, side, low, angle):
    seen = []

    def recorded(z):
        seen.append(z)
        return acb(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sectors, "box_arithmetic", lambda: {"exp": recorded})
        sectors.log_slice_bound.cache_clear()
        sectors.log_slice_bound(sympy.exp(x), side, 1.5, low, low + 0.5, angle)
        sectors.log_slice_bound.cache_clear()
    z = acb(low + 0.5 * along, angle * across).sinh() * 1.5
    z = acb(z.real * side, z.imag)  # x ↦ −conj x on the other side, where f is real on the line as well
    assert any(box.real.overlaps(z.real) and box.imag.overlaps(z.imag) for box in seen)


@given(st.floats(-6, 6), st.floats(-6, 6), st.floats(0.01, 3), st.floats(0.01, 3), st.floats(-1, 1), st.floats(-1, 1))
@pytest.mark.parametrize("name", ["sech", "Phi", "erf", "softplus", "sigmoid", "tanh", "atan", "asinh", "log", "sqrt"])
def test_boxes_contain_their_points(name, re, im, width, height, u, v):
    function = {
        "sech": mpmath.sech,
        "Phi": lambda z: mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
        "erf": mpmath.erf,
        "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)) if z.real <= 0 else z + mpmath.log(1 + mpmath.exp(-z)),
        "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
        "tanh": mpmath.tanh,
        "atan": mpmath.atan,
        "asinh": mpmath.asinh,
        "log": mpmath.log,
        "sqrt": mpmath.sqrt,
    }[name]
    box = box_arithmetic()[name](acb(arb(re, width), arb(im, height)))
    if not box.is_finite():
        return
    with mpmath.workdps(30):
        value = function(mpmath.mpc(re + width * u * 0.999, im + height * v * 0.999))
        exact = acb(arb(mpmath.nstr(value.real, 25)), arb(mpmath.nstr(value.imag, 25)))
    tiny = acb(arb(0, 1e-13), arb(0, 1e-13))
    assert box.overlaps(exact + tiny)


def test_softplus_has_one_branch_on_connected_boxes():
    softplus = box_arithmetic()["softplus"]
    assert softplus(acb(arb(0, 1), arb(0, 1))).is_finite()
    assert not softplus(acb(arb(0, 0.5), arb(5, 0.5))).is_finite()  # between two branches
    assert softplus(acb(arb(2, 1), arb(5, 0.5))).is_finite()


def test_what_has_no_strip_is_declined():
    assert trapezoid_moments(Activation("max(x, 0)").pieces, 1, [(1, 0)], arb("1e-15")) is None
    assert trapezoid_moments(Activation("1/(1+10**8*(x-1)**2)").pieces, 1, [(1, 0)], arb("1e-15")) is None
    with pytest.raises(DoesNotExist):
        trapezoid_moments(Activation("exp(x**2/4)").pieces, 2, [(1, 0)], arb("1e-15"))


@pytest.mark.parametrize("scale", ["1e-90", "1e-30", "1e30", "1e90"])
def test_extreme_scales(scale):
    (ball,) = moment_integrals(Activation("tanh(x)").pieces, Fraction(scale), [(2, 0)], "1e-15")
    limit = 1 if Fraction(scale) > 1 else 0
    assert abs(ball - limit) < 1e-14


def test_the_map_covers_the_cut():
    plan = trapezoid_plan(Activation("tanh(x)").pieces[0].expr, 10.0, MonomialWeights(((2, 0),)), -35.0, 9.0, True)
    assert plan is not None
    knee, step = float(plan.knee.p) / float(plan.knee.q), float(plan.step.p) / float(plan.step.q)
    assert knee / 10 * sinh((plan.count + 0.5) * step) >= 9 and cosh(plan.count * step) > 1
