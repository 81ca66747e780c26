"""The diffusion room: its density, its spectrum, its certified gap and its paths, against closed forms and other engines."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.stats import norm

from theorycheck.diffusion.fokker_planck import bernoulli, evolve, generator, gibbs_masses
from theorycheck.diffusion.gap_bounds import gap_bounds
from theorycheck.diffusion.langevin import langevin
from theorycheck.diffusion.spectral_gap import slow_modes, spectral_gap, symmetric_generator
from theorycheck.diffusion.wells import double_well, eyring_kramers, polynomial
from theorycheck.errors import InputError, Undecided
from theorycheck.training.gradient_descent import Diverged

DOUBLE = (Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4))
TILTED = (0, Fraction(1, 10), Fraction(-1, 2), 0, Fraction(1, 4))


def line(cells, half):
    spacing = 2 * half / cells
    return (np.arange(cells) + 0.5) * spacing - half, spacing


def test_bernoulli_far_out_and_near_zero():
    assert bernoulli(np.array([800.0, -800.0, 1e-12])).tolist() == pytest.approx([0, 800, 1], abs=1e-9)


def test_an_ornstein_uhlenbeck_law_moves_as_known():
    x, h = line(600, 6)
    start = norm.pdf(x, 1, 0.4) * h
    theta, s = 0.8, 0.6
    for t, law in zip((0.5, 2.0), evolve(theta * x**2 / 2, h, s, start, (0.5, 2.0)), strict=True):
        q = np.exp(-theta * t)
        known = norm.pdf(x, q, np.sqrt(0.16 * q**2 + s / (2 * theta) * (1 - q**2))) * h
        assert np.abs(law - known).max() < 2e-5


def test_evolution_is_the_matrix_exponential_positive_and_keeps_mass():
    x, h = line(12, 2)
    f = (x[:, None] ** 2 - 1) ** 2 + x[None, :] ** 2 + x[:, None] * x[None, :]
    start = np.zeros((12, 12))
    start[3, 7] = 1
    (law,) = evolve(f, h, 0.5, start, [0.7])
    exact = expm(generator(f, h, 0.5).toarray() * 0.7) @ start.ravel()
    assert np.abs(law.ravel() - exact).max() < 1e-13
    assert (law >= 0).all() and law.sum() == pytest.approx(1, abs=1e-12)


def test_a_steep_potential_stays_positive_on_coarse_cells():
    x, h = line(40, 4)
    (law,) = evolve(50 * x**4, h, 0.01, np.full(40, 1 / 40), [0.001])
    assert (law >= 0).all() and law.sum() == pytest.approx(1, abs=1e-11)


def test_gibbs_masses_are_stationary():
    x, h = line(60, 3)
    f = polynomial(TILTED)(x)
    assert np.abs(generator(f, h, 0.3) @ gibbs_masses(f, 0.3)).max() < 1e-12


@pytest.mark.parametrize(("s", "gap"), [(0.2, 3.3545e-2), (0.1, 2.776e-3), (0.07, 3.344e-4)])
def test_gap_of_the_double_well(s, gap):
    x, h = line(3000, 3)
    assert spectral_gap(polynomial(DOUBLE)(x), h, s) == pytest.approx(gap, rel=2e-4)


def test_the_plane_against_a_dense_eigensolver():
    x, h = line(24, 3)
    f = (x[:, None] ** 2 - 1) ** 2 / 4 + x[None, :] ** 2 / 2 + x[:, None] * x[None, :] / 3
    dense = np.linalg.eigvalsh(symmetric_generator(f, h, 1.5).toarray())
    assert slow_modes(f, h, 1.5, 4)[0].tolist() == pytest.approx(dense[1:5].tolist(), rel=1e-9)


def test_modes_are_normalised_eigenfunctions():
    x, h = line(400, 5)
    (mode,) = slow_modes(x**2 / 2, h, 1.0)[1]
    share = gibbs_masses(x**2 / 2, 1.0)
    assert share @ mode**2 == pytest.approx(1, rel=1e-9) and share @ mode == pytest.approx(0, abs=1e-9)
    assert abs(mode @ (share * x)) == pytest.approx(np.sqrt(share @ x**2), rel=1e-6)  # it is x itself


def test_certified_bounds_hold_the_gap_of_a_parabola():
    gap = gap_bounds((3, -1, Fraction(2, 5)), Fraction(1, 3))  # λ = f'' = 4/5, whatever s
    assert gap.contains(Fraction(4, 5)) and float(gap.ball.rad()) < 1e-6


@pytest.mark.parametrize("well", [DOUBLE, TILTED, (0, 0, 1, Fraction(-1, 2), Fraction(1, 2))])
def test_certified_bounds_hold_what_finite_volumes_find(well):
    s = Fraction(1, 3)
    gap = gap_bounds(well, s)
    x, h = line(4000, 3.5)
    assert float(gap.ball.rad()) < 2e-6
    assert spectral_gap(polynomial(well)(x), h, float(s)) == pytest.approx(float(gap), rel=1e-5)


def test_bakry_emery_is_below_the_certified_gap():
    bend = gap_bounds((0, 0, Fraction(1, 2), 0, Fraction(1, 4)), 1)  # f'' >= 1
    assert (bend > 1).holds is True


def test_eyring_kramers_against_the_certified_gap():
    ratio = [float(gap_bounds(TILTED, s)) / eyring_kramers(TILTED, float(s)) for s in (Fraction(1, 5), Fraction(1, 10))]
    assert abs(ratio[0] - 1) < 0.4 and abs(ratio[1] - 1) < 0.2


def test_a_double_well_and_its_mirror_image():
    well, mirror = double_well(TILTED), double_well([c * (-1) ** n for n, c in enumerate(TILTED)])
    assert well.shallow == pytest.approx(-mirror.shallow) and well.barrier == pytest.approx(mirror.barrier)
    assert well.tilt > 0 and well.shallow > 0 > well.deep
    slope = polynomial(TILTED, 1)
    flow = solve_ivp(lambda t, x: -slope(x), (0, 60), [well.saddle + 1e-3], rtol=1e-10)
    assert flow.y[0, -1] == pytest.approx(well.shallow, abs=1e-6)


def test_euler_paths_reach_the_stationary_variance():
    rng = np.random.default_rng(5)
    *_, last = langevin(lambda x: 2 * x, np.zeros((40_000, 2)), 0.3, 0.1, 60, rng)
    assert last.var() == pytest.approx(0.3 / (2 * 2 - 4 * 0.1), rel=0.03)


def test_a_diverging_step_stops_and_keeps_the_iterates():
    kept = []
    with pytest.raises(Diverged, match=r"diverges with the step 0\.5: iterate \d+ .* take a smaller step"):
        kept.extend(langevin(lambda x: x**3, np.full(4, 5.0), 0.1, 0.5, 100, np.random.default_rng(0)))
    assert kept and all(np.isfinite(x).all() for x in kept)


@pytest.mark.parametrize("s", [0, -1.0, float("nan"), float("inf"), True, "1"])
def test_s_must_be_positive(s):
    f = np.zeros(5)
    for call in (
        lambda: gibbs_masses(f, s),
        lambda: generator(f, 1.0, s),
        lambda: spectral_gap(f, 1.0, s),
        lambda: eyring_kramers(DOUBLE, s),
        lambda: next(langevin(lambda x: x, f, s, 0.1, 1, np.random.default_rng(0))),
    ):
        with pytest.raises(InputError, match=r"s=.*; write a positive number"):
            call()
    with pytest.raises(InputError, match="exact positive"):
        gap_bounds(DOUBLE, s)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gibbs_masses(np.zeros((2, 2, 2)), 1), "shape"),
        (lambda: gibbs_masses(np.array([0, np.inf]), 1), "smaller box"),
        (lambda: generator(np.zeros(4), 0, 1), "spacing=0"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, -np.ones(4), [1])), "nonnegative mass"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(4), [2, 1])), "increasing"),
        (lambda: list(evolve(np.zeros(4), 1e-6, 1.0, np.ones(4), [100])), "larger cells"),
        (lambda: slow_modes(np.zeros(4), 1.0, 1.0, 3), "count=3"),
        (lambda: gap_bounds((0, 0, 0, 1), 1), "even degree"),
        (lambda: gap_bounds((0, 0, 0.5), 1), "not exact"),
        (lambda: gap_bounds(DOUBLE, 1, refine=0), "refine=0"),
        (lambda: double_well((0, 0, 1)), "1 critical point"),
        (lambda: next(langevin(lambda x: x, np.array([np.nan]), 1, 0.1, 1, np.random.default_rng(0))), "not finite"),
        (lambda: list(langevin(lambda x: x[:1], np.zeros(2), 1, 0.1, 1, np.random.default_rng(0))), "same shape"),
        (lambda: next(langevin(lambda x: x, np.zeros(2), 1, 0.1, -1, np.random.default_rng(0))), "steps=-1"),
        (lambda: next(langevin(lambda x: x, np.zeros(2), 1, 0.1, 2.5, np.random.default_rng(0))), "steps=2.5"),
        (lambda: next(langevin(lambda x: x, "abc", 1, 0.1, 1, np.random.default_rng(0))), "the start is not an array of numbers"),
        (lambda: next(langevin(3, np.zeros(2), 1, 0.1, 1, np.random.default_rng(0))), "the gradient is 3; write a function"),
        (lambda: next(langevin(lambda x: x, np.zeros(2), 1, 0.1, 1, 5)), "rng=5 is no generator"),
        (lambda: list(langevin(lambda x: 1j * x, np.zeros(2), 1, 0.1, 1, np.random.default_rng(0))), "the gradient has complex entries"),
        (lambda: gibbs_masses("abc", 1), "the potential is not an array of numbers"),
        (lambda: gibbs_masses([[1, 2], [3]], 1), "write rows of equal length"),
        (lambda: gibbs_masses([1j, 2], 1), "complex"),
        (lambda: gibbs_masses([], 1), "shape"),
        (lambda: generator(np.zeros(4), 1e-200, 1), "another unit"),
        (lambda: generator(np.array([0, 1e300]), 1.0, 1e-10), "climbs beyond floats"),
        (lambda: generator(np.zeros(4), "a", 1), "spacing='a'"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, ["a"] * 4, [1])), "the masses is not an array of numbers"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(3), [1])), r"the masses have shape \(3,\)"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(4), 3.0)), "the times are 3.0; write a list"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(4), "12")), "the times are '12'; write a list"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(4), [-1])), "increasing"),
        (lambda: list(evolve(np.zeros(4), 1.0, 1.0, np.ones(4), [float("nan")])), "increasing"),
        (lambda: double_well(3), "the coefficients are 3; write a list"),
        (lambda: double_well("x**2"), "the coefficient 'x' is not exact"),
        (lambda: double_well((0, 0, -(10**400), 0, 10**400)), "a coefficient exceeds"),
        (lambda: polynomial(DOUBLE, -1), "order=-1"),
        (lambda: polynomial("abc"), "the coefficients is not an array of numbers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("s", [1e-2, 1e-3, 1e-4, 1e-9])
def test_cells_too_coarse_for_the_gibbs_measure_are_refused(s):
    x, h = line(160, 4)
    for f in (x**2 / 2, (x[:, None] ** 2 + x[None, ::4] ** 2) / 2):
        with pytest.raises(InputError, match=r"spacing=0\.05 is too coarse for s=.*; write values at a spacing of"):
            spectral_gap(f, h, s)


@pytest.mark.parametrize("s", [0.02, 0.05, 0.3])
def test_a_spacing_as_advised_resolves_the_measure(s):
    x, h = line(30, 4)
    try:
        gap = spectral_gap(x**2 / 2, h, s)
    except InputError as error:
        advised = float(str(error).partition("at a spacing of ")[2].partition(" ")[0])
        x, h = line(int(8 / advised) + 1, 4)
        gap = spectral_gap(x**2 / 2, h, s)
    assert gap == pytest.approx(1, rel=0.06)


@pytest.mark.parametrize("size", [Fraction(1, 10**60), Fraction(1, 10**6), 10**12])
def test_the_certified_gap_is_in_any_unit(size, recwarn):
    gap = gap_bounds((0, 0, size), 1)  # λ = f''
    assert gap.contains(2 * size) and float(gap.ball.rad()) < 1e-6 * size
    well = gap_bounds([c * size for c in DOUBLE], size / Fraction(3))
    assert well.ball.overlaps(gap_bounds(DOUBLE, Fraction(1, 3)).ball * float(size)) and not recwarn.list


def test_advice_for_a_tiny_gap_does_not_go_round():
    with pytest.raises(Undecided, match="take a larger s; for a double well, eyring_kramers") as caught:
        gap_bounds(DOUBLE, Fraction(1, 40))
    assert "gap_bounds" not in str(caught.value)


@pytest.mark.parametrize("path", [
    lambda: langevin(lambda x: x, np.ones(3), 0.1, 0.1, 4, np.random.default_rng(0)),
    lambda: evolve(np.arange(3.0), 1.0, 1.0, np.ones(3) / 3, [0.5, 1.0, 1.5, 2.0]),
])  # fmt: skip
def test_what_is_yielded_cannot_be_written_to(path):
    whole = [x.copy() for x in path()]
    for clean, x in zip(whole, path(), strict=True):
        assert x.tolist() == clean.tolist()
        with pytest.raises(ValueError, match="read-only"):
            x += 1


def test_the_path_does_not_follow_its_start():
    start = np.ones(2)
    path = langevin(lambda x: x, start, 0.1, 0.1, 1, np.random.default_rng(0))
    first = next(path)
    start[:] = 9
    assert first.tolist() == [1, 1]


def test_a_gap_below_floats_is_undecided():
    with pytest.raises(Undecided):
        gap_bounds(DOUBLE, Fraction(1, 100))
    x, h = line(2000, 3)
    with pytest.raises(Undecided, match="less than floats can tell"):
        spectral_gap(polynomial(DOUBLE)(x), h, 0.01)
    with pytest.raises(Undecided) as caught:
        slow_modes(polynomial(DOUBLE)(x), h, 0.01)
    assert "gap_bounds" not in str(caught.value)
