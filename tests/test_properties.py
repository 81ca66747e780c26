"""Verdicts for all arguments: the deck's table, hand-worked answers, witnesses that witness, constants against dense maximisation."""

import re

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.activation.catalog import ENTRIES
from theorycheck.activation.function import Activation
from theorycheck.errors import InputError, TheorycheckError
from theorycheck.limits import Budget
from theorycheck.properties import recovery, shape
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.nonlinearity import nonlinearity
from theorycheck.properties.recovery import NAMES, properties
from theorycheck.properties.slope_bound import bounded_nonnegative_derivative
from theorycheck.verdict import GRADES, undecided

CATALOGUE = [e.name for e in ENTRIES]
_KNOWN = {}


DECIDERS = {
    "P1": bounded_nonnegative_derivative,
    "P2": lambda f: nonlinearity(f, Budget(20)),
    "P3a": recovery.lipschitz_derivative,
    "P3b": shape.piecewise_linear,
    "bounded": shape.bounded,
    "lipschitz": recovery.lipschitz,
    "monotone": shape.monotone,
    "affine": shape.affine,
    "polynomial": shape.polynomial,
    "homogeneous": homogeneous,
    "parity": shape.parity,
    "information_exponent": lambda f: recovery.information_exponent(f, Budget(20)),
}


class Found(dict):
    """Verdicts of one activation, each decided when it is asked for."""

    def __init__(self, f):
        self.f = f

    def __missing__(self, name):
        try:
            self[name] = DECIDERS[name](self.f)
        except TheorycheckError as error:
            self[name] = undecided(str(error))
        return self[name]


def found(text):
    if text not in _KNOWN:
        _KNOWN[text] = Found(Activation(text))
    return _KNOWN[text]


def answers(text, *names):
    return [found(text)[n].holds for n in names]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("relu", "++-+"),
        ("leaky_relu", "++-+"),
        ("squared_relu", "+++-"),
        ("sigmoid", "+++-"),
        ("tanh", "+++-"),
        ("erf_integral", "+++-"),
        ("linear", "+-++"),
        ("quadratic", "--+-"),
    ],
)
def test_the_table_of_the_talk(name, row):
    """Zhong et al. (2017), table of the talk: P1, P2, P3(a), P3(b)."""
    assert answers(name, "P1", "P2", "P3a", "P3b") == [c == "+" for c in row]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("where(x>0, x, 0.5*(exp(x)-1))", "++--"),
        ("x+sin(x)**2", "+++-"),
        ("min(max(x,-1),1)", "++-+"),
        ("(sqrt(x^2+1)-1)/2+x", "+++-"),
        ("x*min(max(x+3,0),6)/6", "-+--"),
        ("max(x-0.3,0)", "++-+"),
        ("x**2+x", "--+-"),
        ("x+x**3", "-+--"),
        ("step", "----"),
        ("x**3", "++--"),
        ("sign", "----"),
        ("x - 1", "+-++"),
        ("abs(x)", "---+"),
        ("cos(x)", "--+-"),
        ("2**x", "-+--"),
        ("exp(x**2)", "----"),
        ("-x", "--++"),
        ("Phi(x-7)", "+++-"),
        ("log(1+x^2)", "--+-"),
        ("asinh(x)", "+++-"),
        ("3", "+-++"),
        ("max(x,0)**3", "++--"),
        ("x**3 + max(x,0)**4", "-+--"),
        ("1e-9*x + softplus(x)", "+++-"),
        ("-relu(-x)", "++-+"),
        ("max(x,0) - max(-x,0)/2", "++-+"),
        ("max(x,0) + max(-x,0)/2", "---+"),
        ("max(x,0) + max(-x,0)/20", "-+-+"),
        ("x**3 - x", "----"),
    ],
)
def test_answers_worked_by_hand(text, row):
    assert answers(text, "P1", "P2", "P3a", "P3b") == [c == "+" for c in row]


@pytest.mark.parametrize("name", ["gelu", "silu", "mish"])
def test_every_scale_is_certified(name):
    verdict = found(name)["P2"]
    assert verdict.holds is True and verdict.grade == "certified" and "both ends" in verdict.reason


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_is_decided_and_agrees_with_sampling(name):
    f = Activation(name)
    verdicts = properties(f)
    _KNOWN.setdefault(name, Found(f)).update(verdicts)
    assert tuple(verdicts) == NAMES
    for key, verdict in verdicts.items():
        assert verdict.holds is not None or key == "villani", (key, verdict.reason)
        assert verdict.grade is None or verdict.grade in GRADES
        assert verdict.holds is not False or verdict.witness, key
    confront(f, verdicts)


def confront(f, verdicts, points=None):
    """No conclusive verdict may contradict dense sampling."""
    z = np.unique(np.concatenate([np.linspace(-12, 12, 24_001), np.linspace(-300, 300, 6001)])) if points is None else points
    for b in f.breakpoints:
        z = z[np.abs(z - float(b)) > 1e-6]
    with np.errstate(all="ignore"):
        s, s1, s2 = f(z), f.derivative()(z), f.derivative(2)(z)
    tiny, good = 1e-9, np.isfinite(s) & np.isfinite(s1) & np.isfinite(s2)
    z, s, s1, s2 = z[good], s[good], s1[good], s2[good]
    scale = 1 + np.abs(s1)

    def holds(name):
        return verdicts[name].holds

    def rounded_up(text):
        figures = len(re.sub(r"e.*|[-.]", "", text).lstrip("0"))
        return float(text) * (1 + max(1e-9, 10.0 ** (1 - figures)) if figures > 3 else 1 + 1e-9) + tiny

    if holds("P1"):
        value = verdicts["P1"].value
        power = float(mpmath.mpf(eval_fraction(str(value["p"]))))
        assert (s1 >= -tiny * scale).all() and (s1 <= float(value["L1"]) * np.abs(z) ** power * (1 + 1e-9) + tiny).all()
    if holds("lipschitz") and verdicts["lipschitz"].value is not None:
        assert np.abs(s1).max() <= rounded_up(verdicts["lipschitz"].value)
    if holds("P3a") and verdicts["P3a"].value is not None:
        assert np.abs(s2).max() <= rounded_up(verdicts["P3a"].value)
    if holds("bounded") and verdicts["bounded"].value is not None:
        assert np.abs(s).max() <= rounded_up(verdicts["bounded"].value)
    if holds("monotone"):
        steps = np.diff(s)
        slack = 1e-12 * (1 + np.abs(s[1:]))
        assert (steps >= -slack).all() or (steps <= slack).all()
    if holds("P3b"):
        assert np.abs(s2).max() <= tiny
    if holds("affine"):
        assert np.abs(s - (s[0] + (s[-1] - s[0]) * (z - z[0]) / (z[-1] - z[0]))).max() <= 1e-9 * (1 + np.abs(s).max())
    parity = verdicts["parity"].value
    with np.errstate(all="ignore"):
        mirrored = f(-z)
    same, opposite = np.isclose(mirrored, s, rtol=1e-9, atol=1e-12).all(), np.isclose(mirrored, -s, rtol=1e-9, atol=1e-12).all()
    assert parity != "even" or same
    assert parity != "odd" or opposite
    if holds("homogeneous"):
        q = float(eval_fraction(str(verdicts["homogeneous"].value)))
        with np.errstate(all="ignore"):
            assert np.allclose(f(2 * z), 2**q * s, rtol=1e-9, atol=1e-12)
    # what fails does so somewhere: the witness of a sign is a point where the derivative is negative
    if holds("P1") is False and re.fullmatch(r"-?\d+(/\d+)?", str(verdicts["P1"].witness)) and "< 0" in verdicts["P1"].reason:
        assert f.derivative().mpmath(eval_fraction(verdicts["P1"].witness)) < 0
    if holds("monotone") is False and ", " in str(verdicts["monotone"].witness) and "jump" not in verdicts["monotone"].reason:
        down, up = verdicts["monotone"].witness.split(", ")
        if re.fullmatch(r"-?\d+(/\d+)?", down) and re.fullmatch(r"-?\d+(/\d+)?", up):
            assert f.derivative().mpmath(eval_fraction(down)) < 0 < f.derivative().mpmath(eval_fraction(up))


def eval_fraction(text):
    p, _, q = text.partition("/")
    return mpmath.mpf(p) / mpmath.mpf(q or 1)


@pytest.mark.parametrize(
    ("text", "name", "order"),
    [
        ("gelu", "lipschitz", 1),
        ("silu", "lipschitz", 1),
        ("mish", "lipschitz", 1),
        ("lisht", "lipschitz", 1),
        ("tanh", "P3a", 2),
        ("sigmoid", "P3a", 2),
        ("gelu", "P3a", 2),
        ("mish", "P3a", 2),
        ("serf", "P3a", 2),
        ("arctan", "P3a", 2),
        ("gaussian", "lipschitz", 1),
        ("gelu_tanh", "lipschitz", 1),
        ("x + sin(x)**2", "lipschitz", 1),
        ("tanh(50*(x-20))", "P3a", 2),
        ("x/(1+x**2)", "bounded", 0),
        ("x*exp(-x**2)", "bounded", 0),
        ("sin(x)*exp(-x**2/8)", "bounded", 0),
        ("x**2*exp(-abs(x))", "bounded", 0),
        ("exp(-1000*(x-7)**2) + tanh(x)", "bounded", 0),
        ("sigmoid(1.702*x)*sigmoid(x)", "lipschitz", 1),
    ],
)
def test_suprema_are_attained_and_not_exceeded(text, name, order):
    value = float(found(text)[name].value)
    f = Activation(text).derivative(order)
    z = np.linspace(-30, 30, 600_001)
    sizes = np.abs(f(z))
    best = z[np.argmax(sizes)]
    fine = np.abs(f(np.linspace(best - 2e-4, best + 2e-4, 20_001))).max()
    assert sizes.max() <= value * (1 + 1e-9) and fine >= value * (1 - 1e-6)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("softplus", "lipschitz", "1"),
        ("softplus", "P3a", "0.25"),
        ("relu6", "bounded", "6"),
        ("x**2/2", "P3a", "1"),
        ("x + sin(x)**2", "P3a", "2"),
        ("sin(x) + sin(2*x)/2", "lipschitz", "2"),
        ("where(x > 100, x - 100, 0)", "lipschitz", "1"),
        ("where(x > 100, sin(x)*0 + 3*tanh(x-100), 0)", "lipschitz", "3"),
        ("sqrt(x**2+1)", "lipschitz", "1"),
        ("squareplus", "P3a", "0.25"),
    ],
)
def test_exact_suprema(text, name, value):
    assert found(text)[name].holds is True and found(text)[name].value == value


def test_powers_of_p1():
    assert found("squared_relu")["P1"].value == {"L1": "2", "p": 1} and found("cubic")["P1"].value == {"L1": "3", "p": 2}
    assert found("x - sin(x)")["P1"].value["p"] == 0
    assert found("x**5 + x**3")["P1"].holds is False and found("x**3*abs(x)")["P1"].value == {"L1": "4", "p": 3}
    assert found("x - atan(x) + x**3")["P1"].value["p"] == 2
    assert found("where(x>0, x**2.5, 0)")["P1"].value == {"L1": "2.5", "p": "3/2"}


def test_a_growth_that_is_only_a_bound_refutes_nothing():
    for text in ("Phi(x-7)", "1/(2+exp(-x**3))", "exp(-1000*(x-7)**2)", "log(2+exp(x**3))"):
        for name in ("P1", "bounded", "lipschitz", "polynomial"):
            verdict = found(text)[name]
            assert "exponential" not in verdict.reason and not (verdict.holds is False and "exp(b" in verdict.reason)
    assert found("1/(2+exp(x**3))")["bounded"].holds is not False and found("1/(2+exp(x**3))")["P2"].holds is not False
    assert found("Phi(x-7)")["P1"].holds is True


def test_structural_facts():
    assert (
        found("x*abs(x)")["homogeneous"].value == 2 and found("x*abs(x)")["parity"].value == "odd" and found("x*abs(x)")["P2"].holds is True
    )
    assert found("abs(x)**1.5")["homogeneous"].value == "3/2" and found("abs(x**2 - cos(x))")["parity"].value == "even"
    assert (
        found("where(x > 1, 1, where(x > 0, 2, 0))")["monotone"].holds is False and found("step(x) + step(x-1)")["monotone"].holds is True
    )
    assert found("step(x) - tanh(x)")["monotone"].holds is False and found("where(x>0, log(4)*x, 2*log(2)*x)")["affine"].holds is not False
    assert found("x**2 + 1e-30*x")["parity"].value == "none" and found("x**2 + 1e-30*x")["P2"].holds is False
    assert (
        found("where(x > 60, x - 60, 0) + x")["affine"].holds is False
        and found("where(x > 60, 1e-9*(x - 60)**2, 0) + tanh(x)")["parity"].value == "none"
    )
    assert found("(x+1)**2 - x**2")["affine"].holds is True and found("exp(x)*exp(-x)*x")["affine"].holds is True
    assert float(found("sin(x)**2 + cos(x)**2")["bounded"].value) == 1
    assert (
        found("sin(x)")["information_exponent"].value == 1
        and found("x**3 - 3*x")["information_exponent"].value == 3
        and found("cos(x)")["information_exponent"].value == 2
    )


def test_oscillation_never_ends_in_a_false_bound():
    assert found("sin(x)+sin(sqrt(2)*x)")["bounded"].holds is True and found("x*sin(x)")["bounded"].holds is not True
    assert found("sin(x**2+1)")["lipschitz"].holds is not True and found("x + sin(x)")["P1"].holds is True
    assert found("x + 1.0000001*sin(x)")["P1"].holds is False and found("x + 0.9999999*sin(x)")["P1"].holds is True


def test_narrow_features_are_not_missed():
    bump = "exp(-1000*(x-7)**2)"
    assert found(f"x + {bump}")["monotone"].holds is False and found(f"2*x + 0.001*{bump}")["P1"].holds is True
    assert found("x + 1/(1+1e6*(x-3)**2)")["P1"].holds is False
    value = float(found(f"tanh(x) + {bump}")["lipschitz"].value)
    z = np.linspace(6.9, 7.1, 200_001)
    assert abs(value - np.abs(Activation(f"tanh(x) + {bump}").derivative()(z)).max()) < 1e-4 * value


HEIGHTS = st.sampled_from(["-2", "-1", "-0.5", "0", "0.01", "0.5", "1", "3"])
SHAPES = st.sampled_from(
    [
        "x",
        "x**2",
        "tanh(x)",
        "exp(-x**2)",
        "softplus(x)",
        "abs(x-0.3)",
        "sin(x)",
        "relu(x+1)",
        "sigmoid(3*x)",
        "step(x-2)",
        "1",
        "x*Phi(x)",
        "1/(1+x**2)",
        "sqrt(x**2+1)",
        "atan(x)",
        "x**3",
        "exp(x)",
    ]
)
SUMS = st.lists(st.tuples(HEIGHTS, SHAPES), min_size=1, max_size=3).map(lambda ts: " + ".join(f"({h})*({s})" for h, s in ts))
TEXTS = st.one_of(
    SUMS,
    st.tuples(SUMS, SUMS, st.sampled_from(["-1", "0", "0.5", "2"])).map(lambda t: f"where(x > {t[2]}, {t[0]}, {t[1]})"),
    st.tuples(SHAPES, SHAPES).map(lambda t: f"max({t[0]}, {t[1]} - 3*x)"),
)


@settings(max_examples=20)
@given(TEXTS)
def test_no_conclusive_verdict_contradicts_sampling(text):
    try:
        f = Activation(text)
    except InputError:
        return
    confront(f, Found(f), np.unique(np.concatenate([np.linspace(-9, 9, 4001), np.linspace(-60, 60, 600)])))
