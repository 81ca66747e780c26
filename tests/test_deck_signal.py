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


def test_covering_sees_the_sums_of_the_weights(selu):
    module, a, scale = selu
    tenth, rectangle = Fraction(1, 10), (Fraction(1, 10), Fraction(4, 5), Fraction(3, 2))
    usual = (Fraction(19, 20), Fraction(11, 10))
    assert module.attracts(module.Domain(*rectangle, tilt=tenth, spread=usual), a, scale).holds is True
    off = module.attracts(module.Domain(*rectangle, tilt=Fraction(1, 2), spread=usual), a, scale)  # at x = 0 all is well
    assert off.holds is False and "outside" in off.reason and "μω = 0," not in off.witness
    kept = (Fraction(3, 10), Fraction(3, 5), Fraction(3, 2))
    long = module.attracts(module.Domain(*kept, tilt=Fraction(7, 8)), a, scale)
    assert long.holds is False and long.reason.endswith("‖J‖ > 1")
    wide = (Fraction(3, 10), Fraction(7, 10), Fraction(3))
    spread = module.attracts(module.Domain(*wide, tilt=tenth, spread=(Fraction(19, 20), Fraction(13, 10))), a, scale)
    assert spread.holds is False and spread.reason.endswith("‖J‖ > 1") and "τ = 1.3" in spread.witness


@pytest.mark.parametrize("entries", [((0.5, 0.8), (0.0, 0.3)), ((0.9, 0.5), (0.5, 0.9)), ((1.2, 0.0), (0.0, 1.2))])
def test_gaps_are_those_of_the_spectral_norm(selu, entries):
    module, *_ = selu
    assert (min(module.gaps(entries)) > 0) is bool(np.linalg.norm(np.array(entries), 2) < 1)


@pytest.mark.parametrize("degree", range(5))
def test_distance_from_polynomials_is_a_lower_bound_within_a_factor_of_two(degree):
    import universal_approximation

    x = np.cos(np.linspace(0, np.pi, 2001))
    fitted = np.polynomial.chebyshev.chebval(x, np.polynomial.chebyshev.chebfit(x, np.cos(5 * x), degree))
    far = universal_approximation.distance(degree)
    assert far <= abs(fitted - np.cos(5 * x)).max() <= 2 * far
