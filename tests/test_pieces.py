"""Pieces: breakpoints, derivatives with their jumps, identities between max, min, abs and relu."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, exp, oo

from theorycheck.activation import pieces as P
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.parsing import parse
from theorycheck.activation.zero import compare


def same(first, second):
    """Equal almost everywhere: the same function on the common refinement."""
    return all(sympy.expand(f - g) == 0 for _, _, f, g in P.common_refinement(parse(first), parse(second)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("max(x, cos(x)) + min(x, cos(x))", "x + cos(x)"),
        ("max(x, cos(x)) - min(x, cos(x))", "abs(cos(x) - x)"),
        ("relu(x) - relu(-x)", "x"),
        ("abs(x)", "relu(x) + relu(-x)"),
        ("max(x, 1, -1)", "max(max(x, 1), -1)"),
        ("min(max(x, -1), 1)", "where(x < -1, -1, where(x > 1, 1, x))"),
        ("abs(abs(x) - 1)", "where(abs(x) > 1, abs(x) - 1, 1 - abs(x))"),
        ("x*step(x)", "relu(x)"),
        ("sign(x)*x", "abs(x)"),
        ("relu(x)**2", "where(x > 0, x**2, 0)"),
        ("max(2*x - 2*cos(x), 0)", "2*max(x, cos(x)) - 2*cos(x)"),
        ("abs(x**2 - cos(x))", "max(x**2, cos(x)) - min(x**2, cos(x))"),
    ],
)
def test_identities(first, second):
    assert same(first, second)


@pytest.mark.parametrize(
    ("text", "jumps", "slope_jumps"),
    [
        ("max(x, 0)", [], [(0, 1)]),
        ("step(x)", [(0, 1)], []),
        ("sign(x - 1/2)", [(Rational(1, 2), 2)], []),
        ("abs(x) + x**2", [], [(0, 2)]),
        ("relu(x)**2", [], []),
        ("where(x > 0, x, 0.5*(exp(x)-1))", [], [(0, Rational(1, 2))]),
        ("where(x > 0, x, exp(x)-1)", [], []),
        ("where(x > 1, x, 0)", [(1, 1)], [(1, 1)]),
        ("x/(1 + abs(x))", [], []),
        ("min(max(x, -1), 1)", [], [(-1, 1), (1, -1)]),
        ("where(x > log(2), exp(x), 2)", [], [(sympy.log(2), 2)]),
        ("where(x > 2, sqrt(2)*x, sqrt(8))", [], [(2, sympy.sqrt(2))]),
        ("sqrt(x**2*(x**2+1))", [], [(0, 2)]),
        ("abs(x)**1.5", [], []),
    ],
)
def test_jumps(text, jumps, slope_jumps):
    f = Activation(text)
    assert [(p, sympy.expand(s)) for p, s in f.jumps] == jumps
    assert [(p, sympy.nsimplify(s)) for p, s in f.derivative().jumps] == slope_jumps


@pytest.mark.parametrize(
    "text",
    [
        "max(x, cos(x))",
        "tanh(max(x, cos(x)))",
        "exp(x)*max(x, cos(x))",
        "max(x, exp(-x))**2 + 1",
        "abs(x - exp(-x))",
        "max(x**5 - x - 1, 0)",
        "max(x, cos(x))/(1 + x**2)",
    ],
)
def test_continuity_at_isolated_roots_is_known(text):
    f = Activation(text)
    assert len(f.pieces) == 2 and f.jumps == ()
    assert len(f.derivative().jumps) == 1


def test_an_isolated_breakpoint():
    (point,) = Activation("max(x, cos(x))").breakpoints
    assert abs(float(point) - 0.7390851332151607) < 1e-15
    assert compare(point, Rational(739, 1000)) > 0 > compare(point, Rational(740, 1000))


def test_a_real_jump_at_an_isolated_root_is_seen():
    f = Activation("where(x > cos(x), x, 0)")
    (((_, size)),) = f.jumps
    assert abs(float(size) - 0.7390851332151607) < 1e-12


def test_neighbours_are_joined_only_where_the_whole_is_analytic():
    assert len(parse("where(x > 1, x**2, x*x)")) == 1 and len(parse("where(x > 1, (x+1)**2, x**2+2*x+1)")) == 1
    assert len(parse("where(x > 0, sqrt(x**4 + x**2), sqrt(x**2 + x**4))")) == 2


def test_derivatives_are_taken_piece_by_piece():
    f = Activation("where(x > 0, x**3, exp(x))")
    assert [p.expr for p in f.derivative(2).pieces] == [exp(x), 6 * x]
    assert P.derivative(parse("abs(x)"), 2) == parse("0")


BREAKS = st.lists(st.fractions(-5, 5, max_denominator=9), min_size=1, max_size=5)


@settings(max_examples=40)
@given(BREAKS, BREAKS)
def test_piecewise_linear_sums_are_pointwise(first, second):
    def text(points):
        return " + ".join(f"({i + 1})*abs(x - ({q}))" for i, q in enumerate(points))

    whole = Activation(f"({text(first)}) - ({text(second)})")
    for z in (-6, -2.25, -0.1, 0.0, 1 / 3, 2.5, 7):
        expected = sum((i + 1) * abs(z - float(q)) for i, q in enumerate(first)) - sum(
            (i + 1) * abs(z - float(q)) for i, q in enumerate(second)
        )
        assert abs(whole(z) - expected) < 1e-12
    assert list(whole.breakpoints) == sorted(whole.breakpoints) and whole.jumps == ()
    assert whole.pieces[0].start == -oo and whole.pieces[-1].end == oo
