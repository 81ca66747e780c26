"""Ranges contain every value, for random expressions on random intervals."""

import mpmath
import pytest
import sympy
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_expressions import ENTIRE
from sympy import Rational, S, exp, oo, sech, sin, sqrt, tanh

from theorycheck.activation.floats import mpmath_arithmetic
from theorycheck.activation.functions import sigmoid, x
from theorycheck.activation.tape import tape_of
from theorycheck.properties.ranges import range_of

NUMBERS = st.sampled_from([Rational(p, q) for p, q in ((1, 1), (2, 1), (-1, 1), (1, 2), (-3, 2), (-1, 10))] + [sqrt(2), -sympy.pi])
UNARY = [*ENTIRE, sech, lambda u: u**3, lambda u: u**2]


def grow(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda t: t[0] + t[1]),
        pair.map(lambda t: t[0] * t[1]),
        pair.map(lambda t: t[0] - t[1] / 2),
        st.tuples(st.sampled_from(UNARY), inner).map(lambda t: t[0](t[1])),
    )


EXPRESSIONS = st.recursive(st.one_of(st.just(x), st.just(x), NUMBERS), grow, max_leaves=7)
ENDS = st.tuples(st.integers(-40, 40), st.integers(1, 60)).map(lambda t: (Rational(t[0], 5), Rational(t[0] + t[1], 5)))
INTERVALS = st.one_of(ENDS, st.just((-oo, oo)), ENDS.map(lambda e: (e[0], oo)), ENDS.map(lambda e: (-oo, e[1])))


@settings(max_examples=250)
@given(EXPRESSIONS, INTERVALS)
def test_every_value_lies_in_the_range(expr, interval):
    assume(sympy.count_ops(expr) < 40 and expr.has(x))
    start, end = interval
    lower, upper = range_of(expr, start, end)
    with mpmath.workdps(40):
        first, last = (
            mpmath.mpf(int((q if q.is_finite else d).p)) / int((q if q.is_finite else d).q) for q, d in ((start, S(-30)), (end, S(30)))
        )
        for i in range(9):
            z = first + (last - first) * i / 8
            try:
                value = tape_of(expr).run(mpmath_arithmetic(), z)
            except (OverflowError, ValueError, ZeroDivisionError):
                continue
            if not mpmath.isfinite(value) or abs(value) > mpmath.mpf(10) ** 300:
                continue
            ball = arb(mpmath.nstr(value, 38))
            slack = abs(ball) * 1e-30 + arb(10) ** -30
            assert not ball + slack < lower and not ball - slack > upper, (expr, z)


@pytest.mark.parametrize(
    ("expr", "start", "end", "low", "high"),
    [
        (1 + sin(2 * x), -oo, oo, 0, 2),
        (tanh(x), -oo, oo, -1, 1),
        (x**2, -oo, oo, 0, None),
        (x**2, S(-1), S(3), 0, 9),
        (x**3, S(-1), S(2), -1, 8),
        (sech(x), -oo, oo, 0, 1),
        (1 / (1 + x**2), -oo, oo, 0, 1),
        (sigmoid(x) * sigmoid(-x), -oo, oo, 0, 1),
        (exp(-(x**2)), -oo, oo, 0, 1),
        (sqrt(x**2 + 1), -oo, oo, 1, None),
        (x * exp(x), S.Zero, oo, 0, None),
        (2 * x - 1, S.Zero, S.One, -1, 1),
    ],
)
def test_sharp_ranges(expr, start, end, low, high):
    lower, upper = range_of(expr, start, end)
    assert lower == low and (upper == high if high is not None else not upper.is_finite())
