"""The small form of expressions: it returns what was written, and reads nothing else."""

import json

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, pi, symbols

from theorycheck.activation.functions import Phi, sigmoid, x
from theorycheck.claims.forms import from_form, to_form
from theorycheck.errors import InputError

s, t = symbols("s t", real=True)
n = Symbol("n", integer=True, nonnegative=True)
LEAVES = st.one_of(
    st.sampled_from([s, t, n, pi, sympy.E, sympy.oo * 0 + 3, sympy.EulerGamma]),
    st.fractions(max_denominator=99).map(lambda q: Rational(q.numerator, q.denominator)),
)
GROWN = st.recursive(
    LEAVES,
    lambda e: st.one_of(
        st.lists(e, min_size=2, max_size=3).map(lambda p: sympy.Add(*p)),
        st.lists(e, min_size=2, max_size=3).map(lambda p: sympy.Mul(*p)),
        st.tuples(st.sampled_from([sympy.exp, sympy.sin, sympy.erf, sympy.atan, sympy.Abs, sympy.tanh]), e).map(lambda p: p[0](p[1])),
        e.map(lambda b: sympy.Pow(b, 3)),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(GROWN)
def test_what_is_written_is_read_back(expr):
    if expr.has(sympy.zoo, sympy.nan):
        return
    text = json.dumps(to_form(expr))
    assert from_form(json.loads(text)) == expr


@pytest.mark.parametrize(
    "expr",
    [
        sympy.oo,
        -sympy.oo,
        sympy.I * t,
        sympy.Sum(t**n, (n, 0, 5)),
        sympy.binomial(n + 1, n),
        sympy.Symbol("y"),
        sympy.sqrt(2) * 10**50,
        sympy.factorial2(2 * n + 1),
        sympy.Max(s, t),
        sympy.gamma(n + Rational(1, 2)),
        Rational(-3, 7),
    ],
)
def test_single_expressions(expr):
    assert from_form(to_form(expr)) == expr


def test_our_own_functions_are_written_by_functions_that_sympy_knows():
    assert from_form(to_form(sigmoid(x))) == 1 / (1 + sympy.exp(-x))
    assert not from_form(to_form(x * Phi(x))).has(Phi)


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (sympy.Float("0.1"), "limited precision"),
        (sympy.Dummy("d"), "no name of its own"),
        (sympy.Function("f")(t), "no place in a certificate"),
        (sympy.Integer(2) ** 20000 + 1, "too long"),
        (Symbol("p", prime=True), "assumes"),
    ],
)
def test_what_has_no_form(expr, message):
    with pytest.raises(InputError, match=message):
        to_form(expr)


@pytest.mark.parametrize(
    "form",
    [
        None,
        3,
        "x",
        [],
        ["add"],
        ["__import__", ["int", 1]],
        ["srepr", ["int", 1]],
        ["int", "3"],
        ["int", 1.5],
        ["int", True],
        ["rational", 1, 0],
        ["rational", 1],
        ["symbol", "x", {"real": "yes"}],
        ["symbol", "x", {"prime": True}],
        ["symbol", "", {}],
        ["symbol", "x", {"positive": True, "negative": True}],
        ["pow", ["int", 10], ["int", 10**9]],
        ["pow", ["int", 3], ["pow", ["int", 9], ["int", 9]]],
        ["factorial", ["int", 10**9]],
        ["exp"],
        ["pow", ["int", 2]],
        ["sum", ["int", 1]],
        ["sum", ["int", 1], [["int", 1], ["int", 1], ["int", 2]]],
        ["exp", ["int", 1], ["int", 2], ["int", 3]],
    ],
)
def test_the_reader_refuses(form):
    with pytest.raises(InputError):
        from_form(form)


def test_nesting_and_size_are_bounded():
    deep = ["int", 1]
    for _ in range(1000):
        deep = ["sin", deep]
    wide = ["add", *[["symbol", "x", {}]] * 60_000]
    for form in (deep, wide):
        with pytest.raises(InputError, match="parts or is nested"):
            from_form(form)
