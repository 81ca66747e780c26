"""Real algebraic numbers against mpmath: signs of near misses, conjugates that are told apart, roots over a field."""

from fractions import Fraction

import mpmath
import pytest
import sympy

from theorycheck.errors import Undecided
from theorycheck.properties.real_algebraic import Algebraic, below, isolated, polynomial, real_roots

F = Fraction
GOLDEN = real_roots(polynomial({2: F(1), 1: F(-1), 0: F(-1)}))


def test_conjugates_have_signs_of_their_own():
    small, large = GOLDEN
    assert (small < 0, large > 0, large > 1) == (True, True, True)
    assert large * large == large + 1 and not small**2 - small - 1


def test_a_near_miss_has_a_sign():
    """The quotients of Fibonacci numbers lie on alternate sides of the golden ratio, by less and less."""
    a, b = 1, 1
    for n in range(200):
        a, b = b, a + b
        assert (GOLDEN[1] - F(b, a) > 0) is (n % 2 == 1)


def test_arithmetic_is_that_of_numbers():
    root = real_roots(polynomial({3: F(1), 1: F(-3), 0: F(1)}))
    known = sorted(float(mpmath.re(z)) for z in mpmath.polyroots([1, 0, -3, 1]))
    for r, k in zip(root, known, strict=True):
        value = (3 * r**2 - F(1, 2)) / (r + 2) + 1 / r
        assert float(value.ball(80)) == pytest.approx((3 * k**2 - 0.5) / (k + 2) + 1 / k, rel=1e-12)


def test_roots_over_a_field():
    """(u² − √2)(u − √2): one root in Q(√2), and two that are not."""
    root = real_roots(polynomial({2: F(1), 0: F(-2)}))[1]
    p = polynomial({3: F(1) + 0 * root, 2: -1 * root, 1: -1 * root, 0: root * root})
    assert [low < F(k) / 1000 <= high for (low, high), k in zip(isolated(p), (-1189, 1189, 1414), strict=True)] == [True] * 3
    with pytest.raises(Undecided, match="in no field that is at hand"):
        real_roots(p)
    (found,) = real_roots(polynomial({2: root, 1: F(-4), 0: 2 * root}))  # √2(u − √2)²
    assert isinstance(found, Algebraic) and found == root
    assert real_roots(polynomial({2: F(1), 0: root})) == []


def test_a_fraction_below():
    for value in (GOLDEN[1], GOLDEN[1] / 1000, 1000 * GOLDEN[1], F(3, 7)):
        assert value / 2 < below(value) or below(value) == value
        assert not below(value) > value


def test_texts_are_read_back():
    for number in (*GOLDEN, *real_roots(polynomial({5: F(1), 1: F(-1), 0: F(-1)}))):
        assert abs(sympy.sympify(str(number)).evalf(30) - float(number.ball(100))) < 1e-12
