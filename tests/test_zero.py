"""The three-valued zero test never calls a non-zero number zero, and the order of constants is right."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, cos, cosh, exp, log, oo, pi, sin, sinh, sqrt, tanh

from theorycheck.activation.functions import Phi, sigmoid, softplus, x
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError


@pytest.mark.parametrize(
    "expr",
    [
        sin(x) ** 2 + cos(x) ** 2 - 1,
        cosh(x) ** 2 - sinh(x) ** 2 - 1,
        sigmoid(x) + sigmoid(-x) - 1,
        tanh(x) - (exp(2 * x) - 1) / (exp(2 * x) + 1),
        (x + 1) ** 2 - x**2 - 2 * x - 1,
        sin(2 * x) - 2 * sin(x) * cos(x),
        sqrt(2) * sqrt(3) - sqrt(6),
        (1 + sqrt(2)) ** 2 - 3 - 2 * sqrt(2),
        sqrt(3 + 2 * sqrt(2)) - 1 - sqrt(2),
        exp(x) * exp(-x) - 1,
        1 / (1 + x) - (1 - x) / (1 - x**2),
    ],
)
def test_identities(expr):
    assert is_zero(expr) is True


@pytest.mark.parametrize(
    "expr",
    [
        sin(x),
        sqrt(2) - Rational(1414213562373095, 10**15),
        exp(-(x**2)) * Rational(1, 10**30),
        softplus(x) - x,
        Phi(x) - sigmoid(Rational(1702, 1000) * x),
        exp(pi * sqrt(163)) - 262537412640768744,
        Rational(1, 10**399) + x * 0,
        (1 + sqrt(2)) * (sqrt(2) - 1) - 1 + Rational(1, 10**390),
        (sqrt(2) + sqrt(3)) ** 2 - 5 - 2 * sqrt(6) + Rational(1, 10**350),
        log(2) - Rational(693147, 10**6),
    ],
)
def test_what_is_not_zero_is_never_called_zero(expr):
    assert is_zero(expr) is not True


def test_large_powers_do_not_hang():
    wild = (x + sin(x) + exp(x) + cos(x) + tanh(x)) ** 90
    assert is_zero(wild - wild + 1 - 1 * x**0) is True and is_zero(wild) is False
    assert is_zero(sin(10**300 * x) - 2 * sin(10**300 * x / 2) * cos(10**300 * x / 2)) in (None, True)


NUMBERS = st.one_of(
    st.fractions(max_denominator=50).map(lambda q: Rational(q.numerator, q.denominator)),
    st.sampled_from([sqrt(2), pi, sympy.E, log(2), -sqrt(3), exp(-5), sqrt(5) - 2, sin(1), sympy.CRootOf(x**5 - x - 1, 0)]),
)


@given(NUMBERS, NUMBERS)
def test_the_order_of_constants(a, b):
    expected = sympy.sign((a - b).evalf(60)) if a != b else 0
    assert compare(a, b) == expected == -compare(b, a)
    assert compare(-oo, a) < 0 < compare(oo, a)


def test_numbers_that_cannot_be_told_apart():
    assert compare(sin(1) ** 2 + cos(1) ** 2, sympy.Integer(1)) == 0 and compare(log(4), 2 * log(2)) == 0
    with pytest.raises(InputError, match="agree to 600 digits"):
        compare(sympy.Integer(1), 1 + exp(-(10**5)))
    assert value_at(x**2, sqrt(2), 300).overlaps(value_at(2 * x**0, sympy.S.Zero))
