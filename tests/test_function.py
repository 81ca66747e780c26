"""Activations as callables: three engines agree, and floats neither overflow nor cancel."""

import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from theorycheck.activation.catalog import ENTRIES
from theorycheck.activation.function import Activation, as_activation
from theorycheck.decimals import as_fraction
from theorycheck.errors import InputError

NAMES = [e.name for e in ENTRIES]
GRID = np.concatenate([np.linspace(-7, 7, 29), [-40.3, -15.7, 1e-8, -1e-8, 12.1, 33.3]])
#: True values at these arguments are beyond float64.
OVERFLOWS = {("quadratic", 0), ("cubic", 0), ("cubic", 1), ("squared_relu", 0), ("exp", 0), ("exp", 1), ("exp", 2)}


@pytest.mark.parametrize("name", NAMES)
def test_three_engines_agree(name):
    for order in (0, 1):
        f = Activation(name).derivative(order)
        floats = f(GRID)
        for z, value in zip(GRID, floats, strict=True):
            with mpmath.workdps(40):
                exact = f.mpmath(float(z))
                scale = float(abs(exact)) + 1e-9 * (1 + abs(z))
                assert abs(value - float(exact)) <= 2e-14 * scale + 1e-15 * (1 + abs(z)), (z, value, exact)
            with ctx.workprec(120):
                ball = f.ball(arb(float(z)))
                gap = abs(ball - arb(mpmath.nstr(exact, 38)))
                tight = gap < 1e-30 * (1 + abs(z)) ** 3 * (1 + float(abs(exact)))
                assert tight or (gap.contains(0) and any(float(b) == z for b in f.breakpoints)), (z, ball, exact)


@pytest.mark.parametrize("name", NAMES)
def test_far_out_nothing_overflows_on_the_way(name):
    far = np.array([1e3, -1e3, 1e155, -1e155, 1e300, -1e300])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for order in (0, 1, 2):
            values = Activation(name).derivative(order)(far)
            assert not np.isnan(values).any()
            assert np.isfinite(values).all() or (name, order) in OVERFLOWS


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("gelu", [-37.5, -30.0, -20.1, -8.3, -3.0, -1.0, -1 - 1e-9, -0.5, 2.0, 40.0]),
        ("Phi(x)", [-37.5, -12.3, -1.0000001, -0.9999999, 0.0, 8.0]),
        ("softplus", [-700.0, -40.0, -3.0, 0.0, 5.0, 40.0, 800.0]),
        ("sigmoid", [-700.0, -40.0, -3.0, 0.0, 5.0, 40.0]),
        ("silu", [-700.0, -40.0, -3.0, 5.0]),
        ("x*(1+erf(x/sqrt(2)))/2", [-30.0, -5.0, 3.0]),
        ("log(1+exp(x))", [-600.0, 600.0, -36.0]),
        ("1/(1+exp(-x))", [-600.0, 600.0]),
    ],
)
def test_tails_keep_their_relative_accuracy(text, points):
    f = Activation(text)
    for z, value in zip(points, f(np.array(points)), strict=True):
        with mpmath.workdps(60):
            exact = f.mpmath(z)
            assert abs(mpmath.mpf(float(value)) - exact) <= 1e-14 * abs(exact), (z, value)


def test_shapes_and_special_arguments():
    f = Activation("where(x > 0, x, 2)")
    assert f(1).__class__ is float and f([[1, -1]]).shape == (1, 2) and f(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert np.isnan(f(np.nan)) and np.isnan(Activation("tanh(x)")(np.array([np.nan, 0.0]))).tolist() == [True, False]
    assert f(0.0) == 0.0 and f(-0.0) == 0.0 and f(-1e-300) == 2.0  # at a jump, the value from the right
    assert Activation("tanh(x)")(np.inf) == 1 and Activation("gelu")(np.inf) == np.inf and f(-np.inf) == 2
    assert Activation("3")(np.arange(4)).tolist() == [3.0] * 4
    assert Activation("tanh(x)")(np.float32(0.5)) == np.tanh(0.5)


def test_a_ball_across_a_breakpoint_holds_both_sides():
    with ctx.workprec(80):
        ball = Activation("where(x > 1, 5, x)").ball(arb(1, 0.25))
    assert ball.contains(5) and ball.contains(0.75) and not ball.contains(5.5)


def test_names_and_parameters():
    assert Activation("LeakyReLU", a="0.2").parameters == Activation("leaky_relu", a=Fraction(1, 5)).parameters
    assert (
        Activation("a*x", a=2)(3) == 6
        and as_activation("gelu").name == "gelu"
        and as_fraction(Activation("a*x", a="0.3").parameters["a"]) == Fraction(3, 10)
    )
    for wrong in (
        lambda: Activation("leaky_relu", a=0.2),
        lambda: Activation("relu", a=1),
        lambda: Activation(3),
        lambda: Activation("b*x", a=1),
        lambda: Activation("gelu").derivative(-1),
    ):
        with pytest.raises(InputError):
            wrong()


def test_derivatives_match_numerical_ones():
    for name in ("gelu", "mish", "serf", "squareplus", "log_cosh", "gelu_tanh", "arctan", "softsign", "snake", "erf"):
        f = Activation(name)
        with mpmath.workdps(40):
            for z in (-2.3, 0.4, 1.7):
                for order in (1, 2, 3):
                    assert abs(mpmath.diff(f.mpmath, z, order) - f.derivative(order).mpmath(z)) < 1e-12


def test_rational_derivatives_do_not_cancel_near_a_narrow_bump():
    f = Activation("0.01*log(1+x^2) - 0.5*x**2 + 1e-9/(1+1e4*(x-3)**2)").derivative(2)
    z = np.linspace(2.99, 3.01, 41)
    assert np.abs(f(z) + 1).max() < 0.01


def test_complex_softplus_keeps_to_one_branch():
    from flint import acb, arb

    from theorycheck.activation.balls import complex_arithmetic

    complex_softplus = complex_arithmetic()["softplus"]
    assert complex_softplus(acb(arb(0, 0.1), arb(1, 0.1))).is_finite()
    assert not complex_softplus(acb(arb(0, 0.1), arb(7, 0.1))).is_finite()  # beyond the branch points ±iπ the two formulas differ
