"""Every claim of the signal deck comes out as declared; the SELU formulas and their covering against quadrature and iteration."""

from fractions import Fraction

import numpy as np
import pytest
from deck_checks import check_claim, claims_of
from scipy import integrate, stats


@pytest.mark.parametrize("claim", claims_of("signal"), ids=lambda claim: claim.id)
def test_claim(claim):
    check_claim(claim)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def by_quadrature(x, y):
    """Mean and variance of SELU under N(x, y), by SciPy."""
    law = stats.norm(x, np.sqrt(y))

    def mean(power):
        below = integrate.quad(lambda h: (ALPHA * np.expm1(h)) ** power * law.pdf(h), -40, 0)[0]
        return SCALE**power * (below + integrate.quad(lambda h: h**power * law.pdf(h), 0, 40)[0])

    return mean(1), mean(2) - mean(1) ** 2


@pytest.fixture
def selu():
    """The module of the SELU claims, with α and λ as balls."""
    import selu_moments

    a, squared = selu_moments.constants(1, 2, selu_moments.in_balls())
    return selu_moments, a, squared.sqrt()


@pytest.mark.parametrize(("x", "y"), [(0.0, 1.0), (0.01, 1.65), (-0.3, 0.2), (1.5, 4.0)])
def test_layer_against_quadrature(selu, x, y):
    module, a, scale = selu
    by = module.in_balls()
    rows = module.layer(by.number(Fraction(x)), by.number(Fraction(y)), a, scale, by)
    for at, row in enumerate(rows):
        assert float(row[0]) == pytest.approx(by_quadrature(x, y)[at], abs=1e-9)
        right, above = ((by_quadrature(x + dx, y + dy)[at] - by_quadrature(x - dx, y - dy)[at]) / 2e-4 for dx, dy in ((1e-4, 0), (0, 1e-4)))
        assert [float(s) for s in row[1:]] == pytest.approx([right, above], abs=1e-6)


def test_iteration_tends_to_one_point_for_each_layer(selu):
    module, a, scale = selu
    by = module.in_balls()
    for omega, tau in ((0.0, 1.0), (0.1, 1.1), (-0.1, 0.95), (0.1, 0.95)):
        ends = []
        for start in ((-0.1, 0.8), (0.1, 1.5), (0.1, 0.8)):
            mean, variance = start
            for _ in range(100):
                rows = module.layer(by.number(Fraction(mean * omega)), by.number(Fraction(variance * tau)), a, scale, by)
                mean, variance = (float(row[0]) for row in rows)
                assert abs(mean) <= 0.1 and 0.8 <= variance <= 1.5
            ends.append((mean, variance))
        assert np.ptp(ends, axis=0) == pytest.approx([0, 0], abs=1e-9)
        if (omega, tau) == (0.0, 1.0):
            assert ends[0] == pytest.approx((0, 1), abs=1e-9)


def test_covering_says_where_it_fails(selu):
    module, a, scale = selu
    tenth = Fraction(1, 10)
    assert module.attracts(module.Domain(tenth, Fraction(4, 5), Fraction(3, 2)), a, scale).holds is True
    wide = module.attracts(module.Domain(tenth, Fraction(1, 100), Fraction(3, 2)), a, scale)
    assert wide.holds is False and wide.grade == "certified" and "ν = " in wide.witness
    narrow = module.attracts(module.Domain(Fraction(1, 1000), Fraction(4, 5), Fraction(3, 2)), a, scale)
    assert narrow.holds is False and "mean" in narrow.reason
