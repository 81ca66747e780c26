"""Expansions at infinity contain the function wherever they claim to, for random expressions; limits and signs follow."""

from contextlib import suppress

import mpmath
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_expressions import ENTIRE
from sympy import Rational, atan, cos, exp, log, sin, sinh, sqrt, tanh

from theorycheck.activation.floats import mpmath_arithmetic
from theorycheck.activation.functions import Phi, canonical, sigmoid, softplus, x
from theorycheck.activation.tail_algebra import monomial_at
from theorycheck.activation.tails import (
    GrowsTooFast,
    TailUnknown,
    limit_at,
    log_growth,
    settled_tail,
    starts_beyond,
    tail,
    tends_to_infinity,
)
from theorycheck.activation.tape import tape_of
from theorycheck.errors import TheorycheckError

NUMBERS = st.sampled_from(
    [Rational(p, q) for p, q in ((1, 1), (2, 1), (-1, 1), (1, 2), (-3, 2), (7, 5), (-1, 10), (5, 1))] + [sqrt(2), sympy.pi / 3]
)


def grow(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda t: t[0] + t[1]),
        pair.map(lambda t: t[0] * t[1]),
        pair.map(lambda t: t[0] / (1 + t[1] ** 2)),
        st.tuples(st.sampled_from(ENTIRE), inner).map(lambda t: t[0](t[1])),
        inner.map(lambda u: u**2),
        st.tuples(NUMBERS, inner).map(lambda t: t[0] * t[1]),
    )


EXPRESSIONS = st.recursive(st.one_of(st.just(x), st.just(x), NUMBERS), grow, max_leaves=6).map(canonical)


def by_mpmath(expr, z):
    with mpmath.workdps(80):
        return tape_of(expr).run(mpmath_arithmetic(), mpmath.mpf(z))


def as_ball(number):
    man, exponent = number.man_exp
    return arb(int(man)) * arb(2) ** int(exponent) * (-1 if number < 0 else 1)


def holds_at(expansion, expr, side, z):
    """Whether Σ c·monomial at z contains f(side·z), up to mpmath's own error."""
    with ctx.workprec(200):
        total = sum((arb(c) * monomial_at(k, arb(z)) for k, c in expansion.terms.items()), arb(0))
        value = as_ball(by_mpmath(expr, side * z))
        gap = total - value
        return gap.contains(0) or bool(abs(gap) < arb(10) ** -40 * (1 + abs(value)))


@settings(max_examples=150)
@given(EXPRESSIONS, st.sampled_from([1, -1]))
def test_an_expansion_contains_the_function(expr, side):
    assume(sympy.count_ops(expr) < 40)
    try:
        expansion = settled_tail(expr, side, (8, 16))
    except TheorycheckError:
        return
    start = int(expansion.start.p)
    with_values = []
    for z in (start, start + 1, 2 * start, 5 * start):
        try:
            value = by_mpmath(expr, side * z)
        except (OverflowError, ZeroDivisionError, ValueError):
            continue
        if not mpmath.isfinite(value) or (value and abs(mpmath.log10(abs(value))) > 10**6):
            continue
        assert holds_at(expansion, expr, side, z), (expr, side, z, expansion)
        with_values.append(value)
    sign = expansion.sign()
    if sign is not None:
        assert all(mpmath.sign(v) == sign or abs(v) < 1e-60 for v in with_values)
    low, high = expansion.bounds() if sign is not None else (arb.neg_inf(), arb.pos_inf())
    for v in with_values:
        assert not as_ball(v) < low - 1e-20 and not as_ball(v) > high + 1e-20
    rate = log_growth(expr, side)
    if rate and arb(rate[max(rate)]) > 0 and max(rate) > (0, 0, 1, -1) and len(with_values) == 4:
        assert abs(with_values[3]) > abs(with_values[1])


@pytest.mark.parametrize(
    ("expr", "side", "limit"),
    [
        (tanh(x), 1, 1),
        (tanh(x), -1, -1),
        (x * sigmoid(x), -1, 0),
        (sqrt(x**2 + 1) - x, 1, 0),
        (x * (sqrt(x**2 + 1) - x), 1, Rational(1, 2)),
        (softplus(x) - x, 1, 0),
        (x * Phi(x), -1, 0),
        (1 / (1 + x**2), 1, 0),
        (x * tanh(softplus(x)) - x, 1, 0),
        (log(1 + exp(x)) / x, 1, 1),
        (atan(x) / atan(x), 1, 1),
        (exp(-1000 * (x - 7) ** 2), 1, 0),
        (Phi(x - 7), -1, 0),
        (x**2 / (1 + x**2), 1, 1),
    ],
)
def test_limits(expr, side, limit):
    assert settled_tail(expr, side).limit() == fmpq(int(sympy.Integer(2 * limit))) / 2


def test_a_part_that_grows_too_fast_is_not_the_whole():
    for bounded in (1 / (2 + exp(x**3)), log(2 + exp(x**3)), tanh(exp(exp(x))), x * sigmoid(x**3)):
        with suppress(TailUnknown):
            settled_tail(bounded, 1)
        assert not tends_to_infinity(1 / (2 + exp(x**3)), 1)
    for fast in (exp(x**3), x - exp(x**4), x * exp(x**3) * tanh(x), exp(exp(x)), sinh(x**3)):
        with pytest.raises(GrowsTooFast):
            settled_tail(fast, 1)
    assert settled_tail(exp(x**3), -1).limit() == 0


def test_growth_with_irrational_rates():
    assert tends_to_infinity(exp(sqrt(2) * x) - x**5, 1) and not tends_to_infinity(exp(-sqrt(2) * x), 1)
    assert tends_to_infinity((x**2 + 1) ** sympy.pi, -1) and not tends_to_infinity((x**2 + 1) ** (-sympy.pi), -1)
    assert not tends_to_infinity(sin(x) * exp(x), 1) and not tends_to_infinity(cos(x), 1) and not tends_to_infinity(exp(x) - exp(x) + 1, 1)


def test_an_exponential_rate_is_rounded_up():
    for rate in (Rational(1, 3), Rational(10**20, 3), Rational(1, 10**12)):
        (key,) = tail(exp(sqrt(2) * rate * x), 1, 8).terms
        assert Rational(int(key[1].p), int(key[1].q)) ** 2 >= 2 * rate**2


def test_one_sided_limits():
    assert limit_at(sin(x) / x, sympy.S.Zero, 1) is not None and limit_at((x**2 - 1) / (x - 1), sympy.S.One, -1) == 2
    assert limit_at(x / sqrt(x**2 * (x**2 + 1)), sympy.S.Zero, -1) == -1


def test_starts_lie_inside_the_piece():
    assert starts_beyond(sympy.Integer(100), 1)[0] >= 100 and starts_beyond(sympy.Integer(-100), -1)[0] >= 100
    assert starts_beyond(sympy.Integer(100), -1) == starts_beyond(sympy.oo, 1) and starts_beyond(sympy.Integer(10**6), 1)[0] >= 10**6
