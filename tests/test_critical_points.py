"""All critical points, against roots found by quadrature in mpmath, exact solutions, and functions made to have two near each other."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq_poly
from sympy import Rational

from theorycheck.activation.balls import rational
from theorycheck.activation.function import Activation
from theorycheck.errors import Undecided
from theorycheck.limits import Budget
from theorycheck.properties.chaos import edge_of_chaos
from theorycheck.properties.critical_point import judged
from theorycheck.properties.criticality import critical_points
from theorycheck.properties.laplace_zeros import zeros
from theorycheck.properties.polynomial_criticality import polynomial_solutions
from theorycheck.properties.stein_difference import SteinDifference


def means(text, K):
    """(E[s²], E[s'²], E[s s'']) at variance K by tanh-sinh quadrature, derivatives by SymPy."""
    x = sympy.Symbol("x", real=True)
    s = sympy.sympify(text, {"x": x, "sigmoid": lambda u: 1 / (1 + sympy.exp(-u))})
    a, b, c = (sympy.lambdify(x, f, "mpmath") for f in (s, s.diff(x), s.diff(x, 2)))
    root = mpmath.sqrt(K)
    return [
        mpmath.quad(lambda z, h=h: h(root * z) * mpmath.npdf(z), range(-12, 13, 2))
        for h in (lambda t: a(t) ** 2, lambda t: b(t) ** 2, lambda t: a(t) * c(t))
    ]


@pytest.mark.parametrize(
    ("text", "points"),
    [("1/4+x**2-x**4/12", [(1, Fraction(3, 5), 0), (2, Fraction(3, 16), None)]),  # one of them on the grid
     ("1/4 + 4*x**2/9 - 16*x**4/972", [(Fraction(9, 4), Fraction(27, 20), 0), (Fraction(9, 2), None, None)]),
     ("8*x**4/5 - 7*x**3/100 - 7*x**2/2 - 1", [(0.36391086, 0.08430621, 0.04656602)]),
     ("x-x**3/10+x**5/500", [(5, Fraction(16, 25), Fraction(96, 25))])],
)  # fmt: skip
def test_all_of_a_polynomial(text, points):
    found = critical_points(text, 10)
    here = [p for p in found.points if p.kind == "K > 0"]
    assert found.complete.grade == "proved" and len(here) == len(points)
    for p, (K, C_W, C_b) in zip(here, points, strict=True):
        g, h, zero = means(text, mpmath.mpf(p.K.value))
        assert abs(zero) < 1e-7 and float(p.C_W) == pytest.approx(float(1 / h)) and float(p.K) == pytest.approx(float(K))
        assert float(p.C_b) == pytest.approx(float(mpmath.mpf(p.K.value) - g / h), abs=1e-8)
        assert C_W is None or float(p.C_W) == pytest.approx(float(C_W))
        assert C_b is None or float(p.C_b) == pytest.approx(float(C_b))
        assert C_b != 0 or p.C_b.exact == 0


def test_random_polynomials_against_numpy():
    """A plain search: the roots of E[s s''](K) by NumPy, C_b by floats."""
    rng = np.random.default_rng(5)
    fact = [1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395]
    for _ in range(40):
        c = [int(k) for k in rng.integers(-6, 7, rng.integers(3, 8))]
        if not any(c[2:]):
            continue
        s = np.polynomial.Polynomial(c)
        products = (s * s, s.deriv() ** 2, s * s.deriv(2))
        g, h, zero = (np.polynomial.Polynomial([v * fact[k] for k, v in enumerate(q.coef)][::2]) for q in products)
        roots = [r.real for r in zero.roots() if abs(r.imag) < 1e-9 and r.real > 1e-9]
        expected = sorted(K for K in roots if K - g(K) / h(K) >= 0)
        found = [p for p in polynomial_solutions(fmpq_poly(c), 8) if hasattr(p, "K")]
        assert [float(p.K) for p in found] == pytest.approx(expected, rel=1e-6)


def test_a_wave_is_searched():
    found = critical_points("x+sin(x)**2", 8)
    (point,) = [p for p in found.points if p.kind == "K > 0"]
    assert [n.value[:8] for n in (point.K, point.C_W, point.C_b)] == ["0.304688", "0.686666", "0.017135"]
    _, h, zero = means("x+sin(x)**2", mpmath.mpf(point.K.value))
    assert abs(zero) < 1e-7 and abs(1 / h - float(point.C_W)) < 1e-7
    assert found.complete.holds is None and "no others for K in" in found.complete.reason
    whole = critical_points("cos(x)").complete  # s s'' = −cos²
    assert whole.holds and whole.reason.startswith("none")


@pytest.mark.parametrize("text", ["exp(-x**2)", "x*exp(-x**2/2)", "1/cosh(x)", "x*exp(-abs(x))"])
def test_none_for_functions_that_decay(text):
    found = critical_points(text)
    assert found.complete.holds and found.complete.reason.startswith("none") and all(p.kind == "K = 0" for p in found.points)
    s, z = Activation(text), np.linspace(-12, 12, 24_001)
    w, bend = np.exp(-z * z / 2), s.derivative(2)
    signs = {np.sign(w @ (s(k * z) * bend(k * z))) for k in np.geomspace(0.05, 60, 80)}
    assert signs == {-1.0}


def test_solutions_that_are_no_critical_points_are_named():
    found = critical_points("sigmoid(4*x-2)")
    assert found.points == () and found.complete.holds
    assert "K = 0.25 solves" in found.complete.reason and "C_b = -0.105072 < 0" in found.complete.reason
    g, h, zero = means("sigmoid(4*x-2)", mpmath.mpf(1) / 4)
    assert abs(zero) < 1e-12 and abs(0.25 - g / h + 0.105072) < 1e-6
    infinite = critical_points("sqrt(abs(x))").complete
    assert infinite.holds and "E[s'(√K z)²] is infinite, so no χ exists" in infinite.reason
    open_one = judged(arb(1), arb(1, 1e-9), arb(1), 5)
    assert open_one.open and "whether C_b ≥ 0 is open" in open_one.text


def test_two_zeros_in_one_cell_and_one_that_is_double():
    def quadratic(first, second):
        def local(sigma, end):
            K = arb(rational(sigma)) ** 2
            return lambda h: (
                (K / (1 + h) - first) * (K / (1 + h) - second), -K / (1 + h) ** 2 * (2 * K / (1 + h) - first - second),
            )  # fmt: skip
        return zeros(local, Rational(1, 2), Rational(2), Rational(1))

    near = quadratic(arb(1), arb("1.001"))
    assert len(near.brackets) == 2 and not near.blurred
    double = quadratic(arb("1.1"), arb("1.1"))
    assert double.brackets == [] and len(double.blurred) == 1 and double.blurred[0][0] ** 2 < 1.1 < double.blurred[0][1] ** 2


def test_a_cell_contains_the_function_and_the_ends_are_clear():
    s = Activation("x*sigmoid(x) + max(x - 1, 0)")
    difference = SteinDifference(s, Budget())
    series = difference.local(Rational(2), Rational(9, 4))
    for sigma in (Rational(15, 8), Rational(2), Rational(17, 8), Rational(9, 4)):
        value, _ = series(4 / arb(rational(sigma)) ** 2 - 1)
        direct = difference(sigma, 20) * arb(rational(sigma)) / 2
        assert value.overlaps(direct) and value.rad() < 1e-3
    bump = SteinDifference(Activation("exp(-x**2)"), Budget())
    assert bump.clear_below(Rational(1, 8)) and bump.clear_above(Rational(2)) and bump.bounded()
    assert not SteinDifference(Activation("silu"), Budget()).clear_above(Rational(2))  # the root is above


def test_a_search_that_cannot_begin():
    def local(sigma, end):
        raise Undecided("stopped")

    with pytest.raises(Undecided, match="stopped"):
        zeros(local, Rational(1), Rational(2), Rational(1))


def test_the_edge_of_a_wave():
    edge = edge_of_chaos("x+sin(x)**2", Fraction(1, 2), 8)
    for point in edge.points:
        g, h, _ = means("x+sin(x)**2", mpmath.mpf(point.K.value))
        assert abs(g / h + 0.25 - mpmath.mpf(point.K.value)) < 1e-6 and point.isolated.holds
    K = np.geomspace(0.2501, 300, 400)
    z = np.linspace(-11, 11, 20_001)
    w = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    s = Activation("x+sin(x)**2")
    excess = [(k - 0.25) * (w @ s.derivative()(np.sqrt(k) * z) ** 2) - w @ s(np.sqrt(k) * z) ** 2 for k in K]
    assert np.count_nonzero(np.diff(np.sign(excess))) == sum(float(p.K) < 300 for p in edge.points) > 0
