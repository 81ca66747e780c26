"""Bounds on half-lines by structure, against values of mpmath, and the tail integrals that rest on them."""

from math import inf

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, cos, exp, log, pi, sech, sin, sqrt, tanh

from theorycheck.activation.floats import mpmath_arithmetic
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import Phi, sigmoid, softplus, x
from theorycheck.activation.growth import quick_growth
from theorycheck.activation.tape import tape_of
from theorycheck.errors import DoesNotExist
from theorycheck.gaussian.cutoff import cut_line, scale_of
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights


def log_bound(bound, at):
    if not bound.c:
        return -mpmath.inf
    return mpmath.log(bound.c) + bound.m * mpmath.log(at) + bound.a * at + bound.b * at * at


def check(expr, side, at):
    bound = quick_growth(expr, side)
    if bound is None:
        return
    with mpmath.workdps(30):
        value = tape_of(expr).run(mpmath_arithmetic(), mpmath.mpf(side * at))
        if isinstance(value, mpmath.mpf) and value:
            assert mpmath.log(abs(value)) <= log_bound(bound, mpmath.mpf(at)) + mpmath.mpf(10) ** -20


EXAMPLES = [
    x**2 * sigmoid(x),
    x * Phi(x),
    softplus(-x) * x**3,
    1 / (1 + x**2) ** 2,
    exp(-(x**2)) * sin(3 * x),
    x**3 * sigmoid(2 * x),
    log(1 + x**2),
    tanh(x - 5),
    1 / (1 + 100 * x**2),
    sqrt(1 + x**2) - x,
    exp(x / 3) * cos(x) + pi * x,
    x * exp(x**2 / 8),
    sympy.asinh(5 * x) / (2 + sin(x)),
    sech(x) ** 2 * (x - 7) ** 4,
    (1 + x**2) ** Rational(2, 3),
    log(2 + cos(x)),
    sympy.cosh(x / 5) - sympy.sinh(x / 7),
    Rational(1, 10**400) * x * exp(x),
    (x * Rational(1, 10**200)) ** 2,
    sqrt(Rational(1, 10**300) * (1 + x**2)),
]


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("expr", EXAMPLES, ids=range(len(EXAMPLES)))
@given(st.floats(2, 60))
def test_bounds_hold(expr, side, at):
    assert quick_growth(expr, side) is not None
    check(expr, side, at)


leaves = st.sampled_from([x, x + 1, -x, sympy.Integer(3), Rational(-1, 7), pi, Rational(1, 10**30)])


def grown(inner):
    unary = [exp, tanh, sin, cos, sigmoid, softplus, Phi, sympy.atan, sympy.asinh, sech, sympy.erf, sympy.sinh, sympy.cosh]
    return st.one_of(
        st.tuples(st.sampled_from(unary), inner).map(lambda t: t[0](t[1])),
        st.tuples(inner, inner).map(lambda t: t[0] + t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] - t[1]),
        inner.map(lambda u: u**2),
        inner.map(lambda u: u**3),
        inner.map(lambda u: sqrt(1 + u**2)),
        inner.map(lambda u: log(1 + u**2)),
        inner.map(lambda u: 1 / (1 + u**2)),
    )


@given(st.recursive(leaves, grown, max_leaves=5), st.sampled_from([1, -1]), st.floats(2, 20))
def test_bounds_of_composites_hold(expr, side, at):
    if sympy.count_ops(expr) > 40:
        return
    check(expr, side, at)


def test_zero_is_zero_and_the_rest_is_not():
    assert quick_growth(sympy.S.Zero, 1).c == 0
    assert quick_growth(Rational(1, 10**400) * x, 1).c > 0


def test_what_structure_cannot_bound_is_left():
    assert quick_growth(exp(x**3), 1) is None
    assert quick_growth(1 / (x - 3), 1) is None
    assert quick_growth(exp(exp(x)), 1) is None
    assert quick_growth(10**400 * x, 1) is None


@pytest.mark.parametrize("text", ["x**2*sigmoid(x)", "exp(x**2/8)", "exp(x)", "1/(1+x**2)", "x**5*log(1+x**2)"])
@pytest.mark.parametrize(("scale", "tolerance"), [("1/10", -30.0), ("1", -60.0), ("3/2", -200.0)])
def test_what_is_cut_off_is_below_the_bound(text, scale, tolerance):
    expr = Activation(text).pieces[0].expr
    for weights, weight in ((MonomialWeights(((1, 0), (1, 3))), lambda z: z**3), (HermiteWeights(2), lambda z: z)):
        cut, missing = cut_line(expr, 1, 0.0, scale_of(sympy.Rational(scale), 64), weights.majorants(), tolerance)
        assert missing <= tolerance and 1 <= cut < 60
        with mpmath.workdps(25):
            s = mpmath.mpf(sympy.Rational(scale).p) / sympy.Rational(scale).q

            def integrand(z, s=s, weight=weight):
                return abs(tape_of(expr).run(mpmath_arithmetic(), s * z)) * weight(z) * mpmath.npdf(z)

            tail = mpmath.quad(integrand, [cut, cut + 1, cut + 4, cut + 12, 80])
        assert tail == 0 or mpmath.log(tail) <= missing


def test_the_cut_is_not_far_beyond_what_is_needed():
    expr = Activation("tanh(x)").pieces[0].expr
    cut, _ = cut_line(expr, 1, 0.0, scale_of(sympy.S.One, 64), MonomialWeights(((1, 0),)).majorants(), -50.0)
    assert 9 < cut < 11  # the mass beyond 10 has the logarithm -53.2


def test_a_tail_that_no_cut_removes_diverges():
    expr = Activation("exp(x**2/2)").pieces[0].expr
    with pytest.raises(DoesNotExist):
        cut_line(expr, 1, 0.0, scale_of(sympy.S.One, 64), MonomialWeights(((1, 0),)).majorants(), -30.0)
    assert -inf < cut_line(expr, 1, 0.0, scale_of(sympy.Rational(1, 2), 64), MonomialWeights(((1, 0),)).majorants(), -30.0)[1] <= -30
