"""Derivations: right steps hold, wrong ones fail with a witness, open ones stay open, and the log costs next to nothing."""

import time

import pytest
import sympy
from sympy import Rational, Symbol, acos, atan, cos, erf, exp, log, oo, pi, sin, sqrt, symbols, tan

from theorycheck.claims.claim import ClaimError
from theorycheck.claims.derivation import Derivation
from theorycheck.claims.lemma import Cited
from theorycheck.claims.taylor import taylor_coefficients

s, t = symbols("s t", real=True)
a = Symbol("a", positive=True)


@pytest.fixture
def log_():
    return Derivation(lambda id: Cited(id, "a statement", "a textbook"))


RIGHT = [
    ("zero", (sin(t) ** 2 + cos(t) ** 2 - 1,), {}),
    ("equal", ((s + t) ** 2, s**2 + 2 * s * t + t**2), {}),
    ("equal", (Rational(1, 2), 1 - Rational(1, 2)), {}),
    ("positive", (t**2 - t + 1,), {}),
    ("positive", (t - t**2,), {"on": (t, 0, 1)}),
    ("positive", (1 - t**2 / 4,), {"on": (t, -2, 2)}),
    ("positive", (exp(t) + a,), {}),
    ("positive", (2 - sin(t),), {"on": (t, 0, 3)}),
    ("positive", (pi - 3,), {}),
    ("positive", (1 / (1 + t**4),), {}),
    ("nonnegative", ((t**2 - 2) ** 2,), {}),
    ("nonnegative", (s**2 - s * t + t**2,), {}),
    ("positive", (s**2 - s * t + t**2 + s + 1,), {}),
    ("positive", (1 - a * t / (1 + a),), {"on": (t, 0, 1)}),
    ("equal", (sympy.Max(t, 0), (t + abs(t)) / 2), {}),
    ("equal", (abs(t) * sympy.sign(t), t), {}),
    ("limit", (acos(t), t, 1, 0), {"side": "-"}),
    ("nonnegative", (t**2 * (1 - t),), {"on": (t, -1, 1)}),
    ("nonnegative", (sqrt(2) ** 2 - 2,), {}),
    ("limit", (sin(t) / t, t, 0, 1), {}),
    ("limit", (t * exp(-t), t, oo, 0), {}),
    ("limit", (1 / t, t, 0, oo), {"side": "+"}),
    ("limit", ((1 + s / t) ** t, t, oo, exp(s)), {}),
    ("antiderivative", (t * log(t) - t, log(t), t), {}),
    ("integral", (exp(-(t**2) / 2), (t, -oo, oo), sqrt(2 * pi)), {"primitive": sqrt(pi / 2) * erf(t / sqrt(2))}),
    ("integral", (t**2, (t, 0, 1), Rational(1, 3)), {}),
    ("integral", (1 / t, (t, 1, a + 1), log(a + 1)), {"primitive": log(t)}),
    ("integral", (1 / sqrt(1 - t**2), (t, -1, 1), pi), {"primitive": sympy.asin(t)}),
    ("series", (exp(s * t - t**2 / 2), t, [1, s, (s**2 - 1) / 2, (s**3 - 3 * s) / 6]), {}),
    ("series", (1 / (1 - t), t, [1] * 6), {}),
    ("series", (t**2 / (1 - cos(t)), t, [2, 0, Rational(1, 6)]), {}),
]
WRONG = [
    ("zero", (sin(t) ** 2 + cos(t) ** 2 - 2,), {}),
    ("equal", (s * t, s + t), {}),
    ("positive", (t,), {}),
    ("positive", (t**2 - t,), {"on": (t, 0, 2)}),
    ("positive", (3 - pi,), {}),
    ("positive", (sqrt(2) ** 2 - 2,), {}),
    ("nonnegative", (t**3,), {}),
    ("nonnegative", (s**2 - 3 * s * t + t**2,), {}),
    ("positive", (s**2 - 2 * s * t + t**2,), {}),
    ("equal", (sympy.sign(t) ** 2, 1), {}),
    ("equal", (sympy.Max(t, 0), abs(t)), {}),
    ("limit", (sin(t) / t, t, 0, 2), {}),
    ("limit", (1 / t, t, 0, oo), {}),
    ("antiderivative", (t**2, t, t), {}),
    ("integral", (t**2, (t, 0, 1), Rational(1, 2)), {}),
    ("series", (exp(t), t, [1, 1, 1]), {}),
    ("series", (exp(s * t - t**2), t, [1, s, (s**2 - 1) / 2]), {}),
]
OPEN = [
    ("zero", (sqrt(1 - t) * sqrt(1 + t) - sqrt(1 - t**2),), {}),  # true, and beyond the normal form
    ("limit", (1 + sin(t), t, oo, 1), {}),
    ("zero", (abs(abs(t) - 1) - abs(t + 1) - abs(t - 1) + abs(t) + 1,), {}),  # true, but its signs depend on each other
    ("integral", (1 / (1 + t**2), (t, -1, 1), -pi / 2), {"primitive": -atan(1 / t)}),  # a primitive that jumps at 0
    ("integral", (sympy.diff(atan(2 * tan(t)), t), (t, 0, pi), 0), {"primitive": atan(2 * tan(t))}),
    ("integral", (1, (t, 0, 1), 1), {"primitive": t**2}),  # no primitive at all
    ("integral", (1 / t**2, (t, -1, 1), -2), {"primitive": -1 / t}),
    ("series", (sqrt(t), t, [0, 1]), {}),
    ("series", (abs(t), t, [0, 1]), {}),
    ("series", (1 / t, t, [0, 1]), {}),
]


@pytest.mark.parametrize(("step", "args", "more"), RIGHT)
def test_right_steps_hold(log_, step, args, more):
    assert getattr(log_, step)(*args, "a step", **more) is True
    assert log_.verdict().holds is True


@pytest.mark.parametrize(("step", "args", "more"), WRONG)
def test_wrong_steps_fail_with_a_witness(log_, step, args, more):
    assert getattr(log_, step)(*args, "a step", **more) is False
    verdict = log_.verdict()
    assert verdict.holds is False and verdict.witness and "a step" in verdict.reason


@pytest.mark.parametrize(("step", "args", "more"), OPEN)
def test_open_steps_leave_the_rung_undecided(log_, step, args, more):
    assert getattr(log_, step)(*args, "a step", **more) is None
    assert log_.verdict().holds is None and "step 1" in log_.verdict().reason


def test_grades_and_trust(log_):
    log_.cite("cauchy-schwarz")
    assert log_.verdict().holds is None  # citing shows nothing
    log_.zero(0, "nothing")
    assert log_.verdict().grade == "proved" and log_.verdict().trusts == ("cauchy-schwarz",)
    log_.positive(pi - 3, "pi exceeds three")
    assert log_.verdict().grade == "certified"


def test_a_failure_outweighs_an_open_step(log_):
    log_.zero(0, "fine")
    log_.limit(sin(t), t, oo, 0, "oscillates")
    log_.zero(t, "wrong")
    assert log_.verdict().holds is False and log_.verdict().witness == "t = 7/5"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda log: log.zero(0.5, "half"), "contains 0.5; write exact"),
        (lambda log: log.zero("t - t", "text"), "write exact SymPy expressions"),
        (lambda log: log.limit(t, t, 0, 0, "sided", side="left"), "write '\\+', '-'"),
        (lambda log: log.series(t, t, [], "empty"), "lists no coefficient"),
        (lambda log: Derivation().cite("x"), "cannot be cited"),
        (lambda log: log.zero(None, "nothing"), "contains None"),
        (lambda log: log.zero(object(), "thing"), "write exact SymPy expressions"),
        (lambda log: log.positive(t, "half a line", on=(t, 0)), r"write \(symbol, low, high\)"),
    ],
)
def test_bad_input_is_named(log_, call, message):
    with pytest.raises(ClaimError, match=message):
        call(log_)


@pytest.mark.parametrize(
    "expr",
    [
        exp(sin(t)),
        log(1 + t) / (1 + t),
        sqrt(1 + t + t**2),
        1 / cos(t),
        acos(t) * exp(-t),
        (1 + t) ** Rational(-1, 3),
        erf(t) ** 2,
        t / (exp(t) - 1),
        atan(t) / t,
    ],
)
def test_taylor_coefficients_against_numerical_derivatives(expr):
    import mpmath

    found = taylor_coefficients(expr, t, 6)
    numeric = sympy.lambdify(t, expr, "mpmath")
    with mpmath.workdps(60):  # by Cauchy's formula on a circle, which needs no value at 0
        nodes = [mpmath.expjpi(mpmath.mpf(2 * j) / 256) / 8 for j in range(256)]
        values = [numeric(z) for z in nodes]
        for k, coefficient in enumerate(found):
            mean = sum(v * z ** (-k) for v, z in zip(values, nodes, strict=True)) / 256
            assert abs(mean - mpmath.mpf(sympy.N(coefficient, 50))) < mpmath.mpf(10) ** -25


def test_a_thousand_small_steps_cost_less_than_a_second(log_):
    pairs = [((s + k * t) * (s - k * t), s**2 - k**2 * t**2) for k in range(1, 1001)]
    log_.equal(s, s, "warm")
    started = time.process_time()
    for left, right in pairs:
        log_.zero(left - right, "difference of squares")
    assert time.process_time() - started < 1.0
    assert log_.verdict().reason.startswith("1001 steps")
