"""Closed forms in balls against the exact constants, and against certified quadrature."""

from fractions import Fraction

import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.activation.function import Activation
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.exact import exact_form
from theorycheck.gaussian.exact_balls import closed_moments

WANTED = [(1, 0), (1, 1), (1, 3), (2, 0), (2, 2)]
INSIDE = (
    "max(x, 0)",
    "max(x-3/10, 0)**2",
    "where(x > 0, x, expm1(x))",
    "min(max(x, -1), 2)",
    "where(x > 5, exp(-x), x**3)",
    "where(x > 1/2, 0, where(x > -2, x**2, 1))",
    "x**2*exp(-x**2/3 + x)",
    "x*Phi(x)",
    "exp(-x**2)",
    "erf(2*x)",
    "x**7 - x**4/3",
    "abs(x - 8)",
    "pi*x + sqrt(2)",
    "Phi(x + 1)*exp(-x**2)",
)


@pytest.mark.parametrize("scale", [Fraction(1, 10000), Fraction(1, 10), Fraction(1), Fraction(10), Fraction(10000)])
@pytest.mark.parametrize("text", INSIDE)
def test_balls_contain_the_exact_constants(text, scale):
    pieces = Activation(text).pieces
    wanted = WANTED[:3] if "Phi(x + 1)" in text else WANTED
    number = sympy.Rational(scale.numerator, scale.denominator)
    found = closed_moments(pieces, number, wanted, 30)
    assert found is not None
    form = exact_form(pieces)
    for (i, j), ball in zip(wanted, found, strict=True):
        truth = form.moment(i, j, number).ball(800)
        with ctx.workprec(800):
            assert ball.overlaps(truth)
            assert ball.rad() <= arb("1e-30") * (1 + abs(truth).upper())


slopes, bends = st.fractions(-2, 2, max_denominator=50), st.fractions(-2, Fraction(2, 5), max_denominator=50)


@settings(max_examples=25)
@given(st.fractions(-4, 4, max_denominator=50), slopes, bends, st.integers(0, 4), st.sampled_from([1, 2, Fraction(1, 3)]))
def test_half_lines_agree_with_panels(kink, linear, quadratic, degree, scale):
    text = f"where(x > {kink}, x**{degree}*exp(({quadratic})*x**2/4 + ({linear})*x), ({linear})*x)"
    pieces = Activation(text).pieces
    found = closed_moments(pieces, sympy.Rational(Fraction(scale).numerator, Fraction(scale).denominator), [(1, 1)], 12)
    assert found is not None
    (truth,) = moment_integrals(pieces, scale, [(1, 1)], 1e-11)
    assert found[0].overlaps(truth)


@pytest.mark.parametrize("text", ["tanh(x)", "sin(x)", "1/(1+x**2)", "sqrt(1+x**2)", "where(x > 0, x*Phi(x), 0)", "abs(x)**(1/2)"])
def test_others_are_declined(text):
    assert closed_moments(Activation(text).pieces, sympy.S.One, [(1, 0)], 15) is None


def test_no_ball_where_the_integral_diverges():
    pieces = Activation("exp(x**2/2)").pieces
    assert closed_moments(pieces, sympy.S.One, [(1, 0)], 15) is None
    assert closed_moments(pieces, sympy.Rational(1, 2), [(1, 0)], 15)[0].overlaps(2 / arb(3).sqrt())
