"""The three-valued zero test over several symbols: identities are shown, near-misses never, assumptions respected."""

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, acos, asin, atan, binomial, cos, erf, exp, factorial, gamma, log, pi, sin, sqrt, symbols, tanh

from theorycheck.zero import analytic_everywhere, ball_at, counterexample, is_zero, points, polynomial_vanishes

r, s, t = symbols("r s t", real=True)
a, b = symbols("a b", positive=True)
n = Symbol("n", integer=True, nonnegative=True)


@pytest.mark.parametrize(
    "expr",
    [
        (s + t) ** 3 - s**3 - 3 * s**2 * t - 3 * s * t**2 - t**3,
        1 / (s - t) - (s + t) / (s**2 - t**2),
        sin(s + t) - sin(s) * cos(t) - cos(s) * sin(t),
        exp(s * t) * exp(-(t**2) / 2) - exp(s * t - t**2 / 2),
        sqrt(a * b) - sqrt(a) * sqrt(b),
        log(a * b) - log(a) - log(b),
        2 ** (n + 1) - 2 * 2**n,
        binomial(n + 1, 2) - n * (n + 1) / 2,
        gamma(n + 1) - factorial(n),
        sympy.factorial2(2 * n + 1) - factorial(2 * n + 1) / (2**n * factorial(n)),
        sympy.Sum(t**2, (t, 0, 3)) - 14,
        acos(r) + asin(r) - pi / 2,
        sqrt(3 + 2 * sqrt(2)) - 1 - sqrt(2),
        tanh(t) - (1 - exp(-2 * t)) / (1 + exp(-2 * t)),
        log(1 + exp(t)) - log(1 + exp(-t)) - t,
        (-1) ** (2 * n) - 1,
    ],
)
def test_identities(expr):
    assert is_zero(expr) is True


@pytest.mark.parametrize(
    "expr",
    [
        (s + t) ** 2 - s**2 - t**2,
        abs(t) - t,
        sqrt(t**2) - t,
        sin(t) - t,
        atan(t) + atan(1 / t) - pi / 2,
        factorial(n + 1) - n * factorial(n),
        (-1) ** n - 1,
        exp(pi * sqrt(163)) - 262537412640768744,
        Rational(1, 10**300) * s,
        erf(t) - tanh(t),
        log(2) - Rational(6931471805599453, 10**16),
    ],
)
def test_what_is_not_zero_is_refuted(expr):
    assert is_zero(expr) is False


def test_undecided_is_neither():
    assert is_zero(sqrt(1 - t) * sqrt(1 + t) - sqrt(1 - t**2)) is None
    assert is_zero(sympy.Function("f")(t)) is None and is_zero(sympy.nan) is None and is_zero(sympy.oo) is None


def test_a_jump_is_not_taken_for_a_constant():
    step = atan(t) + atan(1 / t)  # its derivative is 0, its value is not one number
    assert sympy.simplify(sympy.diff(step, t)) == 0
    assert is_zero(step - pi / 2) is False and is_zero((step - pi / 2).subs(t, a)) is not False


def test_points_respect_assumptions():
    k = Symbol("k", integer=True, negative=True)
    assert all(p[a] > 0 and p[k].is_integer and p[k] < 0 for p in points({a, k}))
    assert not list(points({Symbol("c", irrational=True)}))
    assert counterexample(t - abs(t), lambda v: not v.contains(0))[t] < 0
    assert counterexample(a - abs(a), lambda v: not v.contains(0)) is None


VALUES = st.fractions(-5, 5, max_denominator=20).map(lambda q: Rational(q.numerator, q.denominator))
EXPRESSIONS = st.recursive(
    st.one_of(st.sampled_from([s, t, pi]), VALUES),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        inner.map(sin),
        inner.map(tanh),
        inner.map(lambda e: e**2),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, VALUES, VALUES)
def test_balls_contain_the_value_that_mpmath_finds(expr, p, q):
    ball = ball_at(expr, {s: p, t: q})
    with mpmath.workdps(60):
        value = sympy.lambdify((s, t), expr, "mpmath")(mpmath.mpf(p.p) / p.q, mpmath.mpf(q.p) / q.q)
        low, high = (mpmath.mpf(end.str(50, radius=False)) for end in (ball.lower(), ball.upper()))
        slack = mpmath.mpf(10) ** -30 * (1 + abs(value))
        assert low - slack <= value <= high + slack


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_a_product_expands_to_zero_and_a_disturbed_one_does_not(e, f):
    difference = (e + f) * (e - f) - (e**2 - f**2)
    assert is_zero(difference) is not False
    assert is_zero(difference + Rational(1, 10**9)) is not True


def test_polynomials_in_large_powers_are_refused_not_multiplied_out():
    assert not polynomial_vanishes((r + s + t + 1) ** 500 - (r + s + t + 1) ** 500 + (r + s + t) ** 900)
    assert is_zero((r + s + t + exp(r)) ** 90) is False


def test_where_a_form_shows_analyticity():
    assert analytic_everywhere(log(1 + t**2)) and analytic_everywhere(sqrt(a)) and analytic_everywhere(erf(t) * exp(t))
    assert not any(analytic_everywhere(e) for e in (1 / t, sqrt(t), abs(t), log(t), sympy.tan(t)))
