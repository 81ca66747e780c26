"""The exact Gaussian class against mpmath's quadrature split at the kinks, and against closed forms of the literature."""

from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, asin, exp, pi, sqrt

from theorycheck.activation.floats import mpmath_arithmetic
from theorycheck.activation.function import Activation
from theorycheck.activation.tape import tape_of
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact import ExactFunction, ExactPiece, exact_form
from theorycheck.gaussian.exact_moments import normalised, polynomial_projections
from theorycheck.gaussian.exact_terms import PLAIN, Polynomial, Terms

TEXTS = {
    "relu": "max(x, 0)",
    "leaky": "where(x > 0, x, x/5)",
    "squared relu": "max(x, 0)^2",
    "abs": "abs(x)",
    "step": "where(x > 0, 1, 0)",
    "hard tanh": "min(max(x, -1), 1)",
    "shifted relu": "max(x - 3/10, 0)",
    "hard swish": "x*min(max(x + 3, 0), 6)/6",
    "elu": "where(x > 0, x, exp(x) - 1)",
    "selu": "1.0507009873554805*where(x > 0, x, 1.6732632423543772*(exp(x) - 1))",
    "gelu": "x*Phi(x)",
    "erf": "erf(x)",
    "erf integral": "sqrt(pi)/2*erf(x)",
    "gaussian": "exp(-x^2)",
    "cubic": "x^3 - 2*x + 1/3",
    "exp": "exp(x)",
    "sin": "sin(x)",
    "cos": "cos(x)",
    "shifted wave": "sin(2*x + 1) - x*cos(x/2)*exp(-x^2/3 + x)",
    "shifted gate": "x^2*Phi(2*x - 1)*exp(x/2)",
    "falling gate": "Phi(-3*x + 1/2)*exp(-x^2)",
    "half gelu": "where(x > 0, x*Phi(x), 0)",
    "sinh": "sinh(x)*cosh(x/2)",
    "irrational kink": "max(x - sqrt(3), 0)*exp(-x)",
    "log kink": "where(x > log(2), x^2, exp(x))",
    "indicator": "where(x > -1, where(x < 1, exp(x^2)*0 + 1, 0), 0)",
}


@cache
def activation(text: str) -> Activation:
    return Activation(text)


def reference(text: str, power: int, weight, scale: str | int, digits: int = 21) -> mpmath.mpf:
    """E[f(scale z)^power weight(z)] by mpmath.quad on each piece, cut at abs(z) = 13."""
    with mpmath.workdps(digits + 4):
        s = mpmath.mpf(sympy.Rational(scale).p) / sympy.Rational(scale).q
        total = mpmath.mpf(0)
        for piece in activation(text).pieces:
            ends = [mpmath.mpf(max(-13, min(13, sympy.N(end / sympy.Rational(scale), digits + 4)))) for end in (piece.start, piece.end)]
            if ends[0] == ends[1]:
                continue
            tape, parts = tape_of(piece.expr), 4 if ends[1] - ends[0] > 4 else 1
            nodes = [ends[0] + (ends[1] - ends[0]) * i / parts for i in range(parts + 1)]
            total += mpmath.quad(
                lambda z, tape=tape: tape.run(mpmath_arithmetic(), s * z) ** power * weight(z) * mpmath.exp(-z * z / 2), nodes
            )
        return total / mpmath.sqrt(2 * mpmath.pi)


def close(c: Constant | None, value: mpmath.mpf, digits: int = 20) -> bool:
    assert c is not None
    with ctx.workprec(200):
        gap = abs(c.ball(200) - arb(mpmath.nstr(value, 30)))
        return bool(gap < arb(10) ** -digits * (1 + abs(arb(mpmath.nstr(value, 30)))))


@pytest.mark.parametrize("name", TEXTS)
def test_moments_agree_with_quadrature(name):
    text = TEXTS[name]
    f = exact_form(activation(text).pieces)
    assert f is not None
    for degree, scale in ((1, 1), (2, "7/10")):
        assert close(f.moment(1, degree, scale), reference(text, 1, lambda z, j=degree: z**j, scale))


@pytest.mark.parametrize("name", ["relu", "hard swish", "elu", "gelu", "erf", "cos", "shifted relu", "gaussian", "log kink", "half gelu"])
def test_second_moments_agree_with_quadrature(name):
    text = TEXTS[name]
    f = exact_form(activation(text).pieces)
    assert close(f.moment(2, 2, "3/2"), reference(text, 2, lambda z: z * z, "3/2"))


@pytest.mark.parametrize("name", ["relu", "elu", "gelu", "erf", "sin", "shifted gate", "irrational kink", "cubic"])
def test_hermite_coefficients_agree_with_quadrature(name):
    text = TEXTS[name]
    f = exact_form(activation(text).pieces)
    coefficients = f.hermite(8, "4/5")
    for k in (0, 3, 6):
        expected = reference(text, 1, lambda z, k=k: _he(k, z), "4/5")
        assert close(coefficients[k] * Constant.from_sympy(sqrt(sympy.factorial(k))), expected)


def _he(k, z):
    previous, current = mpmath.mpf(0), mpmath.mpf(1)
    for j in range(k):
        previous, current = current, z * current - j * previous
    return current


@pytest.mark.parametrize("scale", ["1/10", 1, 10, "13/7"])
def test_derivative_of_gelu_squared_at_any_scale(scale):
    derivative = activation("gelu").derivative(1)
    text = "Phi(x) + x*exp(-x^2/2)/sqrt(2*pi)"
    f = exact_form(derivative.pieces)
    for power, degree in ((1, 0), (1, 2), (2, 0), (2, 2)):
        assert close(f.moment(power, degree, scale), reference(text, power, lambda z, j=degree: z**j, scale))


def test_closed_forms_from_the_literature():
    relu = exact_form(activation("relu").pieces)
    assert relu.expectation().sympy() == 1 / sqrt(2 * pi)
    assert relu.hermite(5)[4].sympy() == -1 / (4 * sqrt(3) * sqrt(pi))  # Daniely et al. (2016), §8: (k − 3)!!/√(2π k!)
    # Williams (1997): E[erf(u)²] for u of variance s² is (2/π) asin(2s²/(1 + 2s²))
    assert exact_form(activation("erf(x)").pieces).moment(2, 0, 3).sympy() == 2 * asin(Rational(18, 19)) / pi
    assert exact_form(activation("exp(x)").pieces).moment(3, 0, "1/2").sympy() == exp(Rational(9, 8))
    assert exact_form(activation("cos(x)").pieces).moment(2, 0).sympy() == Rational(1, 2) + exp(-2) / 2
    assert exact_form(activation("gelu").pieces).expectation().sympy() == 1 / (2 * sqrt(pi))
    # ρ(1) of the ReLU, Zhong et al. (2017): E[g²] − E[g]² − E[g z]² = 1/4 − 1/(2π)
    step = exact_form(activation("relu").derivative(1).pieces)
    t1 = step.moment(2, 0) - step.moment(1, 0) ** 2 - step.moment(1, 1) ** 2
    t3 = step.moment(1, 0) * step.moment(1, 2) - step.moment(1, 1) ** 2
    assert t1.sympy() == Rational(1, 4) - 1 / (2 * pi)
    assert (t1 - t3).is_zero


@pytest.mark.parametrize("text", ["max(x, 0)", "where(x > 0, x, exp(x) - 1)", "x*Phi(x)", "min(max(x, -1), 1)"])
def test_stein_identity_is_exact(text):
    """c_{k+1}·√(k+1) = scale·E[f'(scale z) h_k(z)], with no rounding at all."""
    f, g = activation(text), activation(text).derivative(1)
    c, d = exact_form(f.pieces).hermite(7, "3/2"), exact_form(g.pieces).hermite(6, "3/2")
    for k in range(6):
        gap = c[k + 1] * Constant.from_sympy(sqrt(k + 1)) - d[k] * Fraction(3, 2)
        assert gap.is_zero


def test_parseval():
    f = exact_form(activation("x*Phi(x)").pieces)
    partial = sum(float(c) ** 2 for c in f.hermite(60))
    assert partial == pytest.approx(float(f.moment(2, 0)), abs=1e-12)


def test_parity_gives_exact_zeros():
    for text, parity in (("abs(x)", 1), ("min(max(x, -1), 1)", 0), ("exp(-x^2)", 1), ("sin(x)", 0), ("erf(x)", 0)):
        for k, c in enumerate(exact_form(activation(text).pieces).hermite(12)):
            if k % 2 == parity:
                assert c.is_zero


def test_a_mass_that_differs_from_one_by_10_to_the_minus_2173():
    f = exact_form(activation(TEXTS["indicator"]).pieces)
    missing = 1 - f.moment(1, 0, "1/100")
    ball = missing.ball(100)
    assert missing.sign() == 1
    with mpmath.workdps(30):
        expected = mpmath.erfc(100 / mpmath.sqrt(2))
    with ctx.workprec(100):
        assert abs(ball / arb(mpmath.nstr(expected, 30)) - 1) < 1e-25
    whole = f.moment(1, 0, "1/100").ball(7500)
    with ctx.workprec(7500):
        assert abs((1 - whole) / arb(mpmath.nstr(expected, 30)) - 1) < 1e-25


def test_rational_table_of_the_relu_needs_no_sympy_and_is_exact():
    values = normalised(polynomial_projections([fmpq(0), fmpq(1)], fmpq(0), None, 11))
    assert values == exact_form(activation("relu").pieces).hermite(11)
    for k in (2, 4, 10):  # (−1)^(k/2+1) (k−3)!!/(√(2π) √k!)
        odd = sympy.factorial2(k - 3)
        assert sympy.simplify(values[k].sympy() - (-1) ** (k // 2 + 1) * odd / sqrt(2 * pi * sympy.factorial(k))) == 0


polynomials = st.lists(st.fractions(-5, 5, max_denominator=6), min_size=1, max_size=5)


@given(polynomials, polynomials, st.fractions(-3, 3, max_denominator=5), st.fractions("1/4", 3, max_denominator=4))
@settings(deadline=None, max_examples=30)
def test_algebra_of_piecewise_polynomials(p, q, kink, scale):
    """E is linear, products commute, and the law at a kink adds up to the whole line."""
    one, k = {0: Constant.of(1)}, Constant.of(kink)
    left = {n: Constant.of(c) for n, c in enumerate(p)}
    right = {n: Constant.of(c) for n, c in enumerate(q)}
    f = ExactFunction([ExactPiece(None, k, {}), ExactPiece(k, None, _plain(one))]).times(left)
    g = ExactFunction([ExactPiece(None, k + 1, _plain(one)), ExactPiece(k + 1, None, {})]).times(right)
    assert (f * g).expectation() == (g * f).expectation()
    assert (f + g).scaled(scale).expectation() == f.scaled(scale).expectation() + g.scaled(scale).expectation()
    below = ExactFunction([ExactPiece(None, k, _plain(one)), ExactPiece(k, None, {})]).times(left)
    whole = ExactFunction([ExactPiece(None, None, _plain(one))]).times(left)
    assert (f + below).hermite(5) == whole.hermite(5)


def _plain(polynomial: Polynomial) -> Terms:
    return {PLAIN: polynomial}


@pytest.mark.parametrize("text", ["tanh(x)", "log(1 + exp(x))", "x/(1 + exp(-x))", "Phi(x)^3", "Phi(x^2)", "1/(1 + x^2)", "sqrt(1 + x^2)",
                                  "where(x > 0, sin(x), x)", "exp(x^3)", "sin(x^2)", "exp(sin(x))"])
def test_outside_the_class_is_none(text):
    assert exact_form(activation(text).pieces) is None


def test_too_large_is_none():
    f = exact_form(activation("x^60 + exp(x)*sin(x)").pieces)
    assert f.moment(1, 0) is not None
    assert f.moment(6, 0) is None  # degree 360
    surds = " + ".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11, 13, 17, 19))
    assert exact_form(activation(f"(x + {surds})^30").pieces) is None


def test_without_closed_form_is_none():
    shifted = exact_form(activation("Phi(x - 1)").pieces)
    assert close(shifted.expectation(), mpmath.ncdf(-1 / mpmath.sqrt(2)), 14)
    assert shifted.moment(2, 0) is None  # Owen's T
    assert exact_form(activation("where(x > 1, Phi(2*x), 0)").pieces).expectation() is None
    assert exact_form(activation("where(x > 1, 0, where(x > -1, exp(x^2), 0))").pieces).expectation() is None


@pytest.mark.parametrize("text", ["exp(x^2)", "exp(x^2/2)", "where(x > 0, exp(x^2/2 + x), 0)", "x*exp(3*x^2/4) + Phi(x)"])
def test_divergence_is_said(text):
    with pytest.raises(DoesNotExist, match="does not exist"):
        exact_form(activation(text).pieces).expectation()


def test_scale_decides_existence():
    f = exact_form(activation("exp(x^2)").pieces)
    assert f.moment(1, 0, "1/2").sympy() == sqrt(2)
    with pytest.raises(DoesNotExist):
        f.moment(1, 0, Fraction(3, 4))
    assert exact_form(activation("exp(x^2/2)").pieces).moment(1, 0, sqrt(Rational(3, 4))).sympy() == 2


def test_cancelled_density():
    """q = 1/2: the Gaussian is cancelled, on bounded pieces and where e^(tx) decays."""
    text = "where(x > 0, x*exp(x^2/2 - x), where(x > -1, exp(x^2/2), 0))"
    f = exact_form(activation(text).pieces)
    assert close(f.moment(1, 1), (mpmath.mpf(2) - mpmath.mpf(1) / 2) / mpmath.sqrt(2 * mpmath.pi), 14)
    assert f.moment(1, 0).sympy() == sqrt(2) / sqrt(pi)


@pytest.mark.parametrize("scale", [0, -1, "-1/2"])
def test_bad_scales(scale):
    with pytest.raises(InputError, match="positive"):
        exact_form(activation("relu").pieces).hermite(3, scale)


def test_high_degrees():
    f = exact_form(activation("relu").pieces)
    values = f.hermite(201)
    assert values[199].is_zero
    with mpmath.workdps(40):
        expected = mpmath.fac2(197) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(200))
    assert close(values[200], -expected)
    assert exact_form(activation("x^40").pieces).expectation() == Constant.of(int(sympy.factorial2(39)))
