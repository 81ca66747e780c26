"""Printed decimals: every figure is right, whatever the ball."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import sympy
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.decimals import correct_decimal, rounded
from theorycheck.enclosure import Enclosure


@given(
    st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6).filter(bool),
    st.integers(min_value=-40, max_value=-1),
    st.integers(min_value=1, max_value=30),
)
def test_what_is_printed_is_the_number_rounded(number, exponent, figures):
    with ctx.workprec(300):
        ball = arb(arb(fmpq(number.numerator, number.denominator)).mid(), arb(10) ** exponent)
        text = correct_decimal(Enclosure(ball, digits=30), figures)
    if "±" in text:
        return  # the ball determines no figure, and says so
    shown = Decimal(text)
    count = len(shown.as_tuple().digits)
    exact = Context(prec=80).divide(Decimal(number.numerator), Decimal(number.denominator))
    assert count <= figures
    assert Context(prec=count, rounding=ROUND_HALF_EVEN).plus(exact) == shown


@given(st.fractions(max_denominator=10**9).filter(bool), st.integers(min_value=1, max_value=25))
def test_rounding_agrees_with_decimal(number, figures):
    mantissa, exponent = rounded(number, figures)
    quotient = Context(prec=figures, rounding=ROUND_HALF_EVEN).divide(Decimal(number.numerator), Decimal(number.denominator))
    assert Fraction(mantissa) * Fraction(10) ** exponent == Fraction(quotient)


def test_a_known_decimal_is_printed_without_trailing_zeros():
    with ctx.workprec(100):
        fifth = arb(1) / 5
    assert correct_decimal(Enclosure(fifth, sympy.Rational(1, 5)), 6) == "0.2"
    assert correct_decimal(Enclosure(fifth), 6) == "0.200000"


def test_zero_tiny_and_unknown():
    assert correct_decimal(Enclosure(arb(0))) == "0"
    assert correct_decimal(Enclosure(arb("nan"))) == "unknown"
    assert correct_decimal(Enclosure(arb("1.23456e-2174 +/- 1e-2185")), 4) == "1.235e-2174"
    assert "±" in correct_decimal(Enclosure(arb("0 +/- 1e-9")), 4)


def test_zeros_that_are_not_figures_are_not_printed():
    assert correct_decimal(Enclosure(arb("12325 +/- 15")), 6) == "1.23e4"
    assert correct_decimal(Enclosure(arb(12000)), 6) == "12000"
