"""Confidence sequences cover at all times at once and have the power they promise; moments do not depend on how blocks are spread."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from theorycheck.errors import InputError
from theorycheck.montecarlo.capital import Betting, Catoni, gain_series
from theorycheck.montecarlo.decision import Estimate, compare, estimate
from theorycheck.montecarlo.estimates import BLOCK, Moments, batches
from theorycheck.montecarlo.sequences import Asymptotic, EmpiricalBernstein, SubGaussian

ALPHA, SEQUENCES = 0.05, 2000
MOST = int(binom.isf(1e-6, SEQUENCES, ALPHA))  # so many misses or fewer, except with probability 1e-6


def normal(rng, *shape):
    return rng.standard_normal(shape)


def rare(rng, *shape):
    return (rng.random(shape) < 0.02) * 1.0


def signs(rng, *shape):
    return (rng.random(shape) < 0.5) * 2.0 - 1


def pareto(rng, *shape):
    return rng.pareto(2.5, shape)


def lottery(rng, *shape):
    """Variance 1, in rare large jumps."""
    return (rng.random(shape) < 0.01) * 10.0


PARETO_VARIANCE = 2.5 / (1.5**2 * 0.5)
CASES = {
    "betting, uniform": (lambda **k: Betting(ALPHA, (0, 1), **k), lambda rng, *s: rng.random(s), 0.5),
    "betting, rare": (lambda **k: Betting(ALPHA, (0, 1), **k), rare, 0.02),
    "betting, signs": (lambda **k: Betting(ALPHA, (-1, 1), **k), signs, 0.0),
    "empirical Bernstein, uniform": (lambda **k: EmpiricalBernstein(ALPHA, (0, 1), **k), lambda rng, *s: rng.random(s), 0.5),
    "empirical Bernstein, rare": (lambda **k: EmpiricalBernstein(ALPHA, (-1, 2), **k), rare, 0.02),
    "normal mixture, normal": (lambda **k: SubGaussian(ALPHA, 1.0, **k), normal, 0.0),
    "normal mixture, signs": (lambda **k: SubGaussian(ALPHA, 1.0, **k), signs, 0.0),
    "Catoni, normal": (lambda **k: Catoni(ALPHA, 1.0, **k), normal, 0.0),
    "Catoni, lottery": (lambda **k: Catoni(ALPHA, 0.99, **k), lottery, 0.1),
    "Catoni, Pareto": (lambda **k: Catoni(ALPHA, PARETO_VARIANCE, **k), pareto, 1 / 1.5),
}


def misses(sequence, sampler, mean, seed, first=1):
    """How many of the sequences exclude the mean at some time: after every sample up to 200, then after every tenth up to 1700."""
    rng = np.random.default_rng(seed)
    for size in [first] + [1] * (200 - first) + [10] * 150:
        lower, upper = sequence.update(sampler(rng, size, SEQUENCES))
    assert sequence.seen == 1700
    return int(((lower > mean) | (upper < mean)).sum())


@pytest.mark.parametrize("tuned", [{}, {"detect": 0.3, "samples": 1000}], ids=["untuned", "tuned"])
@pytest.mark.parametrize("case", CASES)
def test_a_sequence_covers_at_all_times_at_once(case, tuned):
    make, sampler, mean = CASES[case]
    sequence = make(**tuned)
    assert misses(sequence, sampler, mean, seed=7) <= MOST
    assert np.median(sequence.upper - sequence.lower) < 0.8  # and says something


def test_the_asymptotic_sequence_covers_tame_data_from_a_hundred_samples_on():
    assert misses(Asymptotic(ALPHA), normal, 0.0, seed=1, first=100) <= MOST


def test_the_simulation_notices_an_interval_for_a_fixed_time_and_a_false_bound():
    class Fixed(SubGaussian):
        def _limits(self):
            return self._sum / self.seen - 1.96 / self.seen**0.5, self._sum / self.seen + 1.96 / self.seen**0.5

    assert misses(Fixed(ALPHA, 1.0), normal, 0.0, seed=2) > 2 * MOST
    assert misses(SubGaussian(ALPHA, 0.3), normal, 0.0, seed=2) > MOST
    assert misses(Catoni(ALPHA, 0.2, samples=1700), normal, 0.0, seed=2) > MOST
    assert misses(Betting(ALPHA, (0, 1)), lambda rng, *s: rng.random(s), 0.46, seed=2) > MOST


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-3.0, 5.0)])
def test_betting_excludes_what_the_capital_itself_excludes(ends):
    rng = np.random.default_rng(11)
    sequence, width = Betting(ALPHA, ends, detect=0.2), ends[1] - ends[0]
    samples, bets = [], []
    before = ends
    for size, slack in ((5, 1.0), (1, 1.0), (40, 1.0), (300, 0.2), (1000, 0.2)):
        samples.append(ends[0] + width * rng.beta(2, 5, size))
        lower, upper = sequence.update(samples[-1])
        bets.append(np.full(size, sequence._bet / width))
        data, bet = np.concatenate(samples), np.concatenate(bets)
        for side, limit, last in ((1, lower, before[0]), (-1, upper, before[1])):
            if limit != last and ends[0] <= limit <= ends[1]:
                assert 0 <= np.log1p(side * bet * (data - limit)).sum() - np.log(2 / ALPHA) < slack
        before = lower, upper
    assert ends[0] < lower < upper < ends[1]


def test_catoni_excludes_what_its_logarithm_excludes():
    rng = np.random.default_rng(12)
    sequence = Catoni(ALPHA, 2.0, samples=4000)
    data = rng.standard_t(4, 4000) + 7
    rate = np.sqrt(2 * np.log(2 / ALPHA) / (2.0 * 4000))
    lower, upper = sequence.update(data)
    assert rate * np.abs(data - data.mean()).max() < np.sqrt(2) < 10 * rate * np.abs(data - data.mean()).max()
    for side, limit in ((1, lower), (-1, upper)):
        stake = side * rate * (data - limit)
        score = (np.sign(stake) * np.log(1 + np.abs(stake) + stake**2 / 2)).sum() - 4000 * rate**2
        assert 0 <= score - np.log(2 / ALPHA) < 0.1


def test_the_polynomials_lie_below_what_they_replace():
    y = np.linspace(-0.5, 0.5, 10_001)
    gain = np.polynomial.Polynomial(gain_series(0.0, 0.0, 0.0, 0.0, 1, -1.0))
    assert (gain(y) <= np.log1p(y) + 1e-15).all() and gain(-0.5) == pytest.approx(-np.log(2), abs=1e-15)
    u = np.linspace(-30, 30, 60_001)
    c = np.clip(u, -np.sqrt(2), np.sqrt(2))
    assert (c - c**3 / 6 <= np.log(1 + u + u**2 / 2) + 1e-15).all()


def test_catoni_bounds_the_influence_of_a_sample_however_large():
    rng = np.random.default_rng(3)
    data = rng.standard_normal(3000)
    limits = []
    for outlier in (50.0, 1e9):
        sequence = Catoni(ALPHA, 1.0, detect=0.1)
        sequence.update(data)
        limits.append(sequence.update(np.array([outlier])))
    assert limits[0] == limits[1]


def test_looks_may_be_left_out():
    data = np.random.default_rng(4).random(5000)
    tuned = {"detect": 0.05, "samples": 5000}
    for sequence in (Betting(ALPHA, (0, 1), **tuned), Catoni(ALPHA, 1.0, **tuned), SubGaussian(ALPHA, 1.0, **tuned)):
        for part in np.split(data, 10):
            sequence.take(part)
        lower, upper = sequence.look()
        assert sequence.seen == 5000 and lower < 0.5 < upper < lower + 0.15
        assert sequence.look() == (lower, upper)


POWER = {
    "betting": ({"bounds": (0, 1)}, lambda rng, n: rng.random(n), 0.5, 1 / 12, 0.02),
    "Catoni": ({"variance": 1.0}, normal, 0.0, 1.0, 0.05),
    "normal mixture": ({"proxy": 1.0}, normal, 0.0, 1.0, 0.05),
}


@pytest.mark.parametrize("method", POWER)
def test_power(method):
    """A bet that is tuned to the deviation D is worth as much as n(D) samples for D, n(D)/(2r − 1) for a deviation of r·D."""
    more, sampler, mean, variance, detect = POWER[method]
    enough = 2 * variance * np.log(2e9) / detect**2
    for seed in range(10):

        def found(theory, seed=seed):
            return estimate(sampler, np.random.default_rng(seed), theory, detect, 10**6, 1e-9, **more)

        right, holds = found(mean)
        assert (holds.holds, right.method) == (True, method) and right.samples < 1.2 * enough + BLOCK
        assert right.half_width <= detect and abs(right.mean - mean) <= right.half_width
        for ratio in (2, -4):
            wrong, fails = found(mean + ratio * detect)
            assert fails.holds is False and fails.grade == "sampled" and f"not {mean + ratio * detect:g}" in fails.witness
            assert wrong.samples <= 2 * (1.5 * enough / (2 * abs(ratio) - 1) + 1024)  # looks come when the samples have doubled


def test_the_true_theory_is_not_refuted_in_short_runs():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        assert estimate(lottery, rng, 0.1, 0.5, 3000, 1e-9, variance=0.99)[1].holds is not False


def test_the_budget_is_the_most_that_is_drawn():
    drawn = []

    def sampler(rng, n):
        drawn.append(n)
        return rng.random(n)

    found, verdict = estimate(sampler, np.random.default_rng(0), 0.5, 1e-4, 100_001, 1e-9, bounds=(0, 1))
    assert sum(drawn) == found.samples == 100_001 and max(drawn) <= BLOCK
    assert verdict.holds is None and "a deviation of 0.0001 would go unnoticed; about" in verdict.reason
    few, early = estimate(normal, np.random.default_rng(0), 0.0, 0.1, 20, 1e-9, variance=1)
    assert few.half_width == np.inf and early.holds is None and "more samples would decide" in early.reason


def test_without_bounds_nothing_is_decided():
    found, verdict = estimate(normal, np.random.default_rng(0), 9.0, 0.1, 10_000, 1e-9)
    assert verdict.holds is None and "state bounds=, a proved variance=" in verdict.reason
    assert found.method == "asymptotic (computed), decides nothing" and not found.decides and found.samples == 10_000


def test_decisions_of_an_estimate():
    found = Estimate(0.01, 0.05, 10_000, 1e-9, "Catoni")
    assert compare(found, (0.0, 0.0), 0.1, "mean").holds is True
    assert compare(found, (0.0, 0.0), 0.001, "mean").reason.endswith("about 25000000 samples would decide")
    wrong = compare(found, (1.0, 1.0), 0.1, "mean")
    assert wrong.holds is False and wrong.grade == "sampled" and "not 1" in wrong.witness
    assert compare(found, (0.05, 9.0), 0.1).holds is True  # an interval that the theory states is excluded only as a whole


@pytest.mark.parametrize(
    ("sampler", "more", "message"),
    [
        (lambda rng, n: rng.random((n, 2)), {}, r"returned shape \(\d+, 2\); return shape"),
        (lambda rng, n: np.full(n, np.nan), {}, "not finite"),
        (lambda rng, n: rng.random(n) * 2, {"bounds": (0, 1)}, "is outside bounds"),
        (normal, {"bounds": (1, 1)}, r"bounds=\(1, 1\) is no interval"),
        (normal, {"variance": 0}, "variance=0 is not a bound"),
        (normal, {"variance": float("nan")}, "not a bound"),
        (normal, {"proxy": -1}, "proxy=-1 is not a bound"),
        (normal, {"proxy": 1, "variance": 1}, "variance and proxy are given; write the one"),
        (normal, {"theory": float("nan")}, "theory=nan is not finite"),
        (normal, {"detect": 0}, "detect=0 is no deviation"),
        (normal, {"error": 1}, "error=1 is no probability"),
        (normal, {"samples": 1}, "1 samples are too few"),
        (lambda rng, n: np.full(n, n / 1024), {"variance": 1e-6}, "no mean agrees with 4096 samples: what is stated of them"),
    ],
)
def test_bad_input_is_named(sampler, more, message):
    given_ = {"theory": 0.0, "detect": 1e-5, "samples": 5000, "error": 1e-9} | more
    if "variance" in more and more["variance"] == 1e-6:
        given_ |= {"theory": 1.0}  # the mean of the first looks, so that they refute nothing
    with pytest.raises(InputError, match=f"^moments: .*{message}"):
        estimate(sampler, np.random.default_rng(0), label="moments", **given_)


DATA = np.random.default_rng(5).standard_normal((4000, 3)) * (1.0, 10.0, 1e-3) + (1e6, 0.0, 1.0)
BLOCKS = [DATA[i : i + 97] for i in range(0, len(DATA), 97)]


def moments_of(blocks):
    found = Moments()
    for i in blocks:
        found.add(i, BLOCKS[i])
    return found


def bits(found):
    return found.count, found.mean.tobytes(), found.variance.tobytes(), found.covariance.tobytes()


WHOLE = moments_of(range(len(BLOCKS)))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 4), min_size=len(BLOCKS), max_size=len(BLOCKS)), st.permutations(range(len(BLOCKS))), st.permutations(range(5))
)
def test_any_split_gives_the_same_bits(owner, arrival, order):
    workers = [moments_of(i for i in arrival if owner[i] == w) for w in range(5)]
    merged = Moments()
    for w in order:
        merged = merged.merged(workers[w])
    assert bits(merged) == bits(WHOLE)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_tree_of_workers_gives_the_same_bits(data):
    """Blocks of any sizes and dimension, split over workers that are merged two at a time, whichever are ready."""
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=20))
    shape = data.draw(st.sampled_from([(), (1,), (4,)]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    blocks = [10.0 ** rng.integers(-8, 8) * (1 + rng.standard_normal((n, *shape))) for n in sizes]
    alone = Moments()
    for i, block in enumerate(blocks):
        alone.add(i, block)
    workers = [Moments() for _ in range(data.draw(st.integers(1, 5)))]
    for i in data.draw(st.permutations(range(len(blocks)))):
        workers[data.draw(st.integers(0, len(workers) - 1))].add(i, blocks[i])
    while len(workers) > 1:
        left = workers.pop(data.draw(st.integers(0, len(workers) - 1)))
        right = workers.pop(data.draw(st.integers(0, len(workers) - 1)))
        workers.append(left.merged(right))
    (whole,) = workers
    assert whole.count == alone.count == sum(sizes)
    assert np.array_equal(whole.mean, alone.mean)
    if whole.count > 1:
        assert np.array_equal(whole.covariance, alone.covariance) and np.array_equal(whole.variance, alone.variance)


def test_moments_are_right_and_do_not_cancel():
    assert WHOLE.count == len(DATA)
    np.testing.assert_allclose(WHOLE.mean, DATA.mean(axis=0), rtol=1e-14, atol=1e-14)
    rest = DATA - DATA.mean(axis=0)
    rest -= rest.mean(axis=0)  # a second pass: the covariance of NumPy keeps the rounding of the first mean
    expected = rest.T @ rest / (len(DATA) - 1)
    np.testing.assert_allclose(WHOLE.covariance, expected, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(WHOLE.variance, expected.diagonal(), rtol=1e-10)
    lone = Moments()
    lone.add(0, [1.0, 2.0, 4.0])
    assert (lone.mean, lone.variance) == (7 / 3, pytest.approx(7 / 3)) and lone.covariance.shape == (1, 1)


def test_moments_name_what_is_wrong():
    found = moments_of([0, 1, 2])
    for block, samples, message in [
        (1, BLOCKS[1], "block 1 is given twice"),
        (9, [1.0], r"a sample has shape \(\), the others have \(3,\)"),
        (9, [], "block 9 has shape"),
        (9, [[1.0, 2.0, np.inf]], r"not finite \(inf\)"),
    ]:
        with pytest.raises(InputError, match=message):
            found.add(block, samples)
    with pytest.raises(InputError, match="given twice"):
        found.merged(moments_of([2]))
    with pytest.raises(InputError, match="too few"):
        _ = Moments().mean


def peak(work, samples):
    tracemalloc.start()
    work(samples)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_is_flat():
    def decide(samples):
        estimate(normal, np.random.default_rng(0), 0.0, 1e-9, samples, 1e-9, variance=1.0)

    def sum_up(samples):
        found = Moments()
        for i, batch in enumerate(batches(normal, np.random.default_rng(0), samples)):
            found.add(i, batch)
        assert found.count == samples

    for work in (decide, sum_up):
        peak(work, 1000)  # what is imported on the way
        assert peak(work, 64 * BLOCK) < 1.3 * peak(work, 4 * BLOCK)
