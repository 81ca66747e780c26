"""All zeros on an interval: none missed, none invented, named exactly where algebra can."""

import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, S, cos, exp, oo, pi, sin, sqrt, tanh

from theorycheck.activation.balls import enclose
from theorycheck.activation.functions import Phi, sigmoid, softplus, x
from theorycheck.activation.isolated import IsolatedRoot
from theorycheck.activation.roots import RootsUnknown, inner_point, roots, sign_between, split_by_sign
from theorycheck.activation.zero import compare
from theorycheck.errors import InputError


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (x**2 - 2, [-sqrt(2), sqrt(2)]),
        (x**2 + 1, []),
        (x**3, [0]),
        (exp(x) - 2, [sympy.log(2)]),
        (tanh(x - 3), [3]),
        (sigmoid(x) - Rational(1, 2), [0]),
        (exp(x) - 1 - x, [0]),
        ((exp(x) - 1 - x) ** 2 * (x - 1), [0, 1]),
        (x * exp(x), [0]),
        (x - tanh(x), [0]),
        (x * sigmoid(x) - 3 * x, [0]),
        (Rational(123456789, 987654321) * x - Rational(1, 3), [Rational(987654321, 3 * 123456789)]),
        ((x - 1) * (x - 2) * (x - Rational(1, 3)), [Rational(1, 3), 1, 2]),
        (sqrt(x**2 + 1) - 2, [-sqrt(3), sqrt(3)]),
        (1 / (1 + x**2), []),
        (exp(x) + 1, []),
        (2 * x - sqrt(2), [sqrt(2) / 2]),
    ],
)
def test_known_zeros(expr, expected):
    found = roots(expr)
    assert len(found) == len(expected) and all(abs(float(enclose(a, 80)) - float(b)) < 1e-15 for a, b in zip(found, expected, strict=True))


def test_an_isolated_root_is_a_number_to_any_precision():
    (root,) = roots(x - cos(x))
    assert isinstance(root, IsolatedRoot) and root.ball(4000).rad() < arb(2) ** -3900
    assert (
        root.ball(200).contains(arb("0.73908513321516064165531208767387340401341175890075746496568"))
        or abs(float(root) - 0.7390851332151607) < 1e-16
    )
    (same,) = roots(cos(x) - x)
    (scaled,) = roots(2 * cos(x) - 2 * x)
    assert compare(root, same) == 0 and compare(root, scaled) == 0


def test_mirrored_roots_are_equal():
    left, right = roots(x**2 - cos(x))
    assert compare(-left, right) == 0 and compare(left, -right) == 0 and compare(left, right) < 0


def test_an_algebraic_root_lies_in_its_ball_at_every_precision():
    root = sympy.CRootOf(x**5 - x - 1, 0)
    for bits in (53, 64, 80, 100, 128, 200, 333):
        ball = enclose(root, bits)
        with ctx.workprec(bits + 200):
            assert ball.contains(arb(enclose(root, bits + 200).mid())) and (ball**5 - ball - 1).contains(0)


def test_a_bracket_with_a_wild_slope_still_shrinks():
    steep = IsolatedRoot(exp(20 * x) - 3, Rational(-5), Rational(5))
    assert steep.ball(100).overlaps(enclose(sympy.log(3) / 20, 100)) and steep.ball(100).rad() < 1e-25


def test_infinitely_many_zeros_are_refused():
    for expr in (sin(x), cos(x) - x * 0 - Rational(1, 2), sin(x) * x, sin(x**2 + 1)):
        with pytest.raises(RootsUnknown):
            roots(expr)
    assert len(roots(sin(x), Rational(-1), Rational(7))) == 3 and roots(sin(x), S.One, Rational(3)) == []
    with pytest.raises(InputError, match="degree"):
        roots(x**101 + x + 1)


def test_intervals_are_open_and_may_lie_far_out():
    assert roots(x * (x - 1), S.Zero, S.One) == [] and roots(x * (x - 1), S.Zero, Rational(2)) == [1]
    assert roots(tanh(x - 100), Rational(100), oo) == [] and roots(softplus(x) - x - exp(-50) / 2, Rational(100), oo) == []
    assert len(roots(x * Phi(x) - 150, Rational(100), oo)) == 1 and roots(exp(x) - 1 - x, S.Zero, oo) == []


def test_inner_points():
    for a, b in (
        (-oo, oo),
        (-oo, Rational(-5, 2)),
        (Rational(5, 2), oo),
        (pi, oo),
        (-oo, -pi),
        (S.One, 1 + Rational(1, 10**200)),
        (sqrt(2), sqrt(2) + Rational(1, 10**90)),
    ):
        q = inner_point(a, b)
        assert compare(a, q) < 0 < compare(b, q)
    assert sign_between(x, S.Zero, S.One) == 1


FACTORS = st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 7), st.integers(1, 2)), min_size=1, max_size=4)


@settings(max_examples=40)
@given(FACTORS, st.sampled_from([S.One, exp(x), 2 + tanh(x), 1 + x**2]))
def test_products_with_planted_zeros(factors, positive):
    expr = positive
    for p, q, n in factors:
        expr = expr * (x - Rational(p, q)) ** n
    assert [Rational(r) for r in roots(expr)] == sorted({Rational(p, q) for p, q, _ in factors})
    parts = split_by_sign(sympy.expand(expr), -oo, oo) if positive == 1 else split_by_sign(expr, -oo, oo)
    grid = np.linspace(-45.3, 45.7, 61)
    for z in grid:
        z = Rational(str(round(float(z), 3)))
        value = expr.subs(x, z).evalf(30)
        for a, b, s in parts:
            if compare(a, z) < 0 < compare(b, z):
                assert sympy.sign(value) == s
