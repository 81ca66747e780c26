"""Harmonics, Funk–Hecke eigenvalues, the sorted spectrum and the discrepancy, against independent values."""

import math

import mpmath
import numpy as np
import pytest
import scipy.integrate
import scipy.special
import sympy
from flint import arb

from theorycheck import funk_hecke
from theorycheck.errors import InputError, Undecided
from theorycheck.limits import Budget
from theorycheck.sphere.certified_eigenvalues import certified_eigenvalues
from theorycheck.sphere.discrepancy import deviation, largest_deviation, mean_square_share, slice_share, square_discrepancy
from theorycheck.sphere.exact_eigenvalues import zonal_coefficients
from theorycheck.sphere.exact_moments import circle_moments
from theorycheck.sphere.harmonics import multiplicity, parity_multiplicity, zonal_polynomials
from theorycheck.sphere.sampling import normalised, require_on_sphere, uniform_points
from theorycheck.sphere.spectrum import GRADIENT_KERNEL, degree_of_largest, gradient_eigenvalue, largest_eigenvalue
from theorycheck.sphere.zonal import arc_cosine_form, on_the_circle, read_zonal


def by_scipy(f, d, k, points=(math.pi / 2,)):
    """λ_k by adaptive quadrature in θ, P_k by scipy."""

    def p(t):
        return (
            math.cos(k * math.acos(t)) if d == 2 else scipy.special.eval_gegenbauer(k, (d - 2) / 2, t) / scipy.special.binom(k + d - 3, k)
        )

    cuts = [0.0, *sorted(points), math.pi]
    total = sum(
        scipy.integrate.quad(lambda a: f(math.cos(a)) * p(math.cos(a)) * math.sin(a) ** (d - 2), lo, hi, epsabs=1e-13, limit=200)[0]
        for lo, hi in zip(cuts, cuts[1:], strict=False)
    )
    return total * math.exp(math.lgamma(d / 2) - math.lgamma((d - 1) / 2)) / math.sqrt(math.pi)


# --- harmonics ---------------------------------------------------------------------------------------------------


def test_multiplicities_are_those_of_the_literature():
    assert [multiplicity(15, k) for k in range(7)] == [1, 15, 119, 665, 2940, 10948, 35700]
    assert multiplicity(1500, 2) == 1_125_749
    assert [multiplicity(3, k) for k in range(5)] == [1, 3, 5, 7, 9]


@pytest.mark.parametrize("d", [2, 3, 7])
def test_parity_multiplicities_add_up(d):
    assert all(parity_multiplicity(d, k) == sum(multiplicity(d, j) for j in range(k % 2, k + 1, 2)) for k in range(9))


@pytest.mark.parametrize("d", [2, 3, 10])
def test_zonal_polynomials_against_scipy(d):
    t = np.linspace(-1, 1, 7)
    found = zonal_polynomials(t, d, 6)
    for k in range(7):
        known = np.cos(k * np.arccos(t)) if d == 2 else scipy.special.eval_gegenbauer(k, (d - 2) / 2, t) / scipy.special.binom(k + d - 3, k)
        assert np.allclose(found[k], known, atol=1e-13)
        exact = np.polynomial.Polynomial([float(c) for c in zonal_coefficients(d, 6)[k].coeffs()])
        assert np.allclose(found[k], exact(t), atol=1e-12)


@pytest.mark.parametrize(("i", "b"), [(0, 0), (1, 0), (2, 1), (3, 4), (4, 3)])
def test_exact_moments_against_mpmath(i, b):
    for a, moment in enumerate(circle_moments(i, b, 5)):
        value = mpmath.quad(lambda x, a=a: x**i * mpmath.sin(x) ** a * mpmath.cos(x) ** b, [0, mpmath.pi / 2])
        assert abs(mpmath.polyval([mpmath.mpf(int(c.p)) / int(c.q) for c in reversed(moment.coeffs())], mpmath.pi) - value) < 1e-13


# --- eigenvalues -------------------------------------------------------------------------------------------------

ACOS = lambda t: math.acos(max(-1.0, min(1.0, t)))  # noqa: E731
KERNELS = {
    GRADIENT_KERNEL: lambda t: t * (0.5 - ACOS(t) / (2 * math.pi)),
    "sqrt(1 - t**2) + (pi - acos(t))*t": lambda t: math.sqrt(max(0.0, 1 - t * t)) + (math.pi - ACOS(t)) * t,
    "acos(t)**3": lambda t: ACOS(t) ** 3,
    "exp(t)": math.exp,
    "sqrt(2 - 2*t)": lambda t: math.sqrt(max(0.0, 2 - 2 * t)),
    "1/(3 - 2*t)": lambda t: 1 / (3 - 2 * t),
    "abs(t)": abs,
    "relu(t)**2 - t": lambda t: max(t, 0.0) ** 2 - t,
    "step(t)": lambda t: float(t > 0),
    "acos(t**2)": lambda t: ACOS(t * t),
    "sigmoid(3*t)": lambda t: 1 / (1 + math.exp(-3 * t)),
}


@pytest.mark.parametrize("d", [2, 3, 8])
@pytest.mark.parametrize("text", KERNELS)
def test_eigenvalues_against_quadrature(text, d):
    values = funk_hecke(text, d, 5, digits=15)
    for k, value in enumerate(values):
        assert abs(float(value) - by_scipy(KERNELS[text], d, k)) < 1e-10
        assert value.ball.rad() < 1e-15 * max(1.0, abs(float(value)))
        if value.exact is not None:
            assert abs(float(value.exact) - float(value)) < 1e-14


@pytest.mark.parametrize("text", [GRADIENT_KERNEL, "step(t)", "acos(t)**2", "t**4 - t"])
def test_the_certified_engine_agrees_with_the_exact_one(text):
    kernel = read_zonal(text)
    for parity, pieces in ((0, kernel.even), (1, kernel.odd)):
        degrees = list(range(parity, 8, 2))
        for dim in (2, 5):
            balls = certified_eigenvalues(pieces, dim, degrees, -60.0, Budget())
            exact = funk_hecke(text, dim, 7, digits=30)
            for k, ball in zip(degrees, balls, strict=True):
                assert ball.overlaps(exact[k].ball)
                assert ball.rad() < 1e-25


def test_the_values_of_the_paper_at_15_and_1500():
    found = funk_hecke(GRADIENT_KERNEL, 15, 6)
    assert np.allclose(found, [0.010969698, 1 / 60, 0.0013283619, 0, 9.1255448e-6, 0, 3.4220793e-7], rtol=1e-7, atol=0)
    large = funk_hecke(GRADIENT_KERNEL, 1500, 4)
    assert np.allclose(large, [1.0614e-4, 1.6667e-4, 1.4138e-7, 0, 1.2531e-13], rtol=1e-4, atol=0)


def test_odd_degrees_from_three_on_vanish_exactly():
    values = funk_hecke(GRADIENT_KERNEL, 10, 60, digits=30)
    assert all(values[k].exact == 0 and values[k].ball == 0 for k in range(3, 61, 2))
    assert all(values[k].ball > 0 for k in range(0, 61, 2))
    assert values[1].exact == sympy.Rational(1, 40)


def test_the_discrepancy_kernel_has_no_even_degrees():
    values = funk_hecke("1/2 - acos(t)/(2*pi)", 6, 9, digits=20)
    assert [v.exact == 0 for v in values] == [False, False, True, False, True, False, True, False, True, False]


@pytest.mark.parametrize("text", ["sigmoid(t)", "softplus(t)", "t*Phi(t)"])
def test_a_polynomial_part_is_found_inside_other_functions(text):
    values = funk_hecke(text, 5, 6, digits=15)
    assert sum(v.exact == 0 for v in values) == (3 if text == "sigmoid(t)" else 2)


def test_a_polynomial_kernel_is_exact():
    values = funk_hecke("(t + 1)^3/7 - sqrt(2)*t", 3, 5, digits=15)
    for k, value in enumerate(values):
        assert abs(float(value.exact) - by_scipy(lambda t: (t + 1) ** 3 / 7 - 2**0.5 * t, 3, k)) < 1e-13
    assert values[4].exact == values[5].exact == 0


def test_small_eigenvalues_have_correct_digits_too():
    value = funk_hecke("exp(t)", 3, 20, digits=15)[20]
    known = mpmath.sqrt(mpmath.pi / 2) * mpmath.besseli(20.5, 1)
    assert abs(mpmath.mpf(value.value) / known - 1) < 1e-14


def test_bessel_functions_on_the_circle():
    with mpmath.workdps(30):
        for k, value in enumerate(funk_hecke("exp(t)", 2, 6, digits=25)):
            assert abs(mpmath.mpf(value.value) - mpmath.besseli(k, 1)) < mpmath.mpf(10) ** -25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("t + x", 3, 2), "'x' is not known; the variable is t"),
        (("1/(1 - t)", 3, 2), "vanishes at t = 1.*square integrable"),
        (("log(t)", 3, 2), "log needs a positive argument|vanishes at t = 0|negative at t"),
        (("t", 1, 2), "dimension 1: .*write for example 10"),
        (("t", 2.5, 2), "dimension 2.5"),
        (("t", 3, -1), "degrees -1: write an integer from 0 to 1000"),
        (("t", 3, 2, 0), "digits = 0"),
        ((3.0, 3, 2), "a kernel is given as text, not float"),
        (("", 3, 2), "the expression is empty"),
        (("sqrt(t)", 3, 2), "negative at t"),
    ],
)
def test_bad_input_says_what_to_write(arguments, message):
    with pytest.raises(InputError, match=message):
        funk_hecke(*arguments)


def test_parameters_of_a_kernel():
    assert funk_hecke("a*t + b", 4, 1, digits=15, parameters={"a": "0.2", "b": 3})[1].exact == sympy.Rational(1, 20)
    with pytest.raises(InputError, match="is a float"):
        funk_hecke("a*t", 4, 1, parameters={"a": 0.2})
    with pytest.raises(InputError, match="'t' cannot name a parameter"):
        funk_hecke("t", 4, 1, parameters={"t": 1})


def test_what_cannot_be_decided_ends_soon():
    with pytest.raises(Undecided):
        funk_hecke("acos(exp(t - 1))", 3, 2, digits=15, budget=Budget(20, 300))


def test_rewritings_keep_the_value():
    t = 0.37
    for text in ("acos(t**2)", "sqrt(1 - t)*exp(t)", "sqrt(1 + t) + acos(t)"):
        whole = read_zonal(text)
        for piece, other in ((whole.even[0], 1), (whole.odd[0], -1)):
            f = sympy.lambdify(sympy.Symbol("x", real=True), on_the_circle(piece.expr))
            g = sympy.lambdify(sympy.Symbol("t"), sympy.sympify(text))
            assert abs(f(math.acos(t)) - (g(t) + other * g(-t)) / 2) < 1e-13
    assert arc_cosine_form(sympy.exp(sympy.Symbol("x", real=True))) is None


# --- the sorted spectrum -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 4, 11])
def test_the_closed_form_agrees_with_the_exact_engine(d):
    exact = funk_hecke(GRADIENT_KERNEL, d, 20, digits=30)
    for k in range(21):
        assert gradient_eigenvalue(d, k, digits=25).ball.overlaps(exact[k].ball)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_largest_eigenvalues_against_a_list(d):
    values = funk_hecke(GRADIENT_KERNEL, d, 40)
    listed = sorted((v for k, v in enumerate(values) for _ in range(multiplicity(d, k))), reverse=True)
    counted = [largest_eigenvalue(m, d) for m in range(1, 40)]
    assert np.allclose(counted, listed[:39], rtol=1e-13)


def test_an_index_far_out():
    assert degree_of_largest(10**7, 1500) == 4
    assert largest_eigenvalue(10**7, 2) * 1e14 * math.pi**2 == pytest.approx(1, rel=1e-6)
    assert all(m * largest_eigenvalue(m, 10) <= 0.5 for m in (1, 10, 11, 65, 66, 10**5, 10**20))


def test_bad_indices():
    with pytest.raises(InputError, match="m = 0: write an integer from 1"):
        largest_eigenvalue(0, 3)
    with pytest.raises(InputError, match="dimension 1"):
        largest_eigenvalue(1, 1)
    with pytest.raises(InputError, match="degree 1.5"):
        gradient_eigenvalue(3, 1.5)


# --- discrepancy and sampling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 4, 15, 400])
def test_the_mean_square_against_quadrature(d):
    width = min(math.pi / 2, 10 / math.sqrt(d))
    top, _ = scipy.integrate.quad(lambda a: (0.25 + a / (2 * math.pi)) ** 2 * math.cos(a) ** (d - 2), -width, width, epsabs=1e-14)
    mass, _ = scipy.integrate.quad(lambda a: math.cos(a) ** (d - 2), -width, width, epsabs=1e-14)
    assert mean_square_share(d) == pytest.approx(top / mass, rel=1e-11)
    found = mean_square_share(d, digits=20)
    assert arb(str(sympy.N(found.exact, 30))).overlaps(found.ball + arb(0, 1e-25))


def test_the_discrepancy_is_the_mean_of_squared_deviations():
    rng = np.random.default_rng(1)
    weights = uniform_points(rng, 7, 5)
    squares = deviation(weights, uniform_points(rng, 200_000, 5), uniform_points(rng, 200_000, 5)) ** 2
    assert abs(squares.mean() - square_discrepancy(weights)) < 6 * squares.std() / 200_000**0.5


def test_the_discrepancy_by_tiles_is_that_of_the_whole():
    weights = uniform_points(np.random.default_rng(0), 1500, 4)
    shares = slice_share(weights @ weights.T)
    np.fill_diagonal(shares, 0.5)
    assert square_discrepancy(weights) == pytest.approx((shares**2).mean() - mean_square_share(4), rel=1e-12)


def test_the_largest_deviation_is_a_lower_bound_that_climbs():
    one = [[1.0, 0.0, 0.0]]  # slices that are nearly empty or nearly half the sphere: the supremum is 1
    rng = np.random.default_rng(0)
    random_only = largest_deviation(one, np.random.default_rng(0), rounds=0)
    assert random_only <= largest_deviation(one, rng, rounds=12) <= 1
    assert largest_deviation(one, rng, rounds=12) > 0.95
    with pytest.raises(InputError, match="slices = 3"):
        largest_deviation(one, rng, slices=3)


def test_points_off_the_sphere_are_refused_by_how_much():
    with pytest.raises(InputError, match=r"point 1 is off the unit sphere: its length is 1\.1; divide each point by its length"):
        square_discrepancy([[1, 0], [0, 1.1]])
    assert np.allclose(require_on_sphere(normalised([[3, 4], [0, 1.1]])), [[0.6, 0.8], [0, 1]])
    with pytest.raises(InputError, match="point 0 is the origin, which has no direction"):
        normalised([[0, 0]])
    with pytest.raises(InputError, match="point 1 has an entry that is not finite"):
        require_on_sphere([[1, 0], [float("nan"), 1]])
    with pytest.raises(InputError, match=r"shape \(3,\)"):
        require_on_sphere([1, 0, 0])
    with pytest.raises(InputError, match="no array of numbers"):
        require_on_sphere([["a", "b"]])
    with pytest.raises(InputError, match="dimension 1"):
        require_on_sphere([[1.0]])
    with pytest.raises(InputError, match="0 points"):
        uniform_points(np.random.default_rng(0), 0, 3)
