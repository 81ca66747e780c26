"""The recovery algorithm: constants against the Gaussian room, exact moments, samples, and what cannot be recovered."""

from __future__ import annotations

import re

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.tensor.moment_constants import moment_constants, population_moment
from theorycheck.tensor.moments import hermite_moment
from theorycheck.tensor.significance import CLEAR, significance
from theorycheck.tensor.subspace import subspace_of_second_moment, subspace_of_tensor
from theorycheck.training.homogeneous import Homogeneous, homogeneous_activation
from theorycheck.training.recovery import descend, error_up_to_order, random_network, recover, top_curvature
from theorycheck.training.tensor_initialization import network_from_moments, tensor_initialization, tensor_order

TEXTS = ("relu", "leaky_relu", "squared_relu", "abs", "x*abs(x)", "x**3", "quadratic", "where(x > 0, 2*x**2, -x**2/3)")


@pytest.mark.parametrize("text", TEXTS)
def test_constants_and_values_agree_with_the_activation(text):
    from theorycheck import Activation

    phi = homogeneous_activation(text)
    np.testing.assert_allclose(phi.constants(), moment_constants(text)[0], atol=1e-12)
    z = np.array([-2.0, -0.5, 0.25, 3.0])
    np.testing.assert_allclose(phi.value(z), Activation(text)(z), atol=1e-13)
    np.testing.assert_allclose(phi.slope(z), Activation(text).derivative()(z), atol=1e-13)


@pytest.mark.parametrize("text", ["squared_relu", "relu", "where(x > 0, 2*x**2, -x**2/3)"])
@pytest.mark.parametrize("seed", range(4))
def test_exact_moments_give_the_network(text, seed):
    rng = np.random.default_rng(seed)
    phi = homogeneous_activation(text)
    rows, signs = random_network(rng, 3, 3, condition=3.0)
    moments = {p: population_moment(text, signs, rows, p) for p in (1, 2, tensor_order(phi))}
    found, guessed, *_ = network_from_moments(moments, phi, 3, rng)
    error, right = error_up_to_order(found, rows, guessed, signs)
    assert right
    assert error < 1e-9


@pytest.mark.parametrize(("text", "count"), [("squared_relu", 20_000), ("relu", 60_000)])
def test_from_samples_to_ten_digits(text, count):
    rng = np.random.default_rng(7)
    phi = homogeneous_activation(text)
    rows, signs = random_network(rng, 2, 6)
    x = rng.standard_normal((count, 6))
    found = recover(x, phi.value(x @ rows.T) @ signs, phi, 2, rng, descent_samples=1500)
    error, right = error_up_to_order(found.rows, rows, found.weights, signs)
    assert found.converged
    assert right
    assert error < 1e-10


def test_as_many_units_as_coordinates():
    rng = np.random.default_rng(3)
    phi = Homogeneous(1, 0, 2)
    rows, signs = random_network(rng, 2, 2)
    x = rng.standard_normal((5000, 2))
    found = tensor_initialization(x, phi.value(x @ rows.T) @ signs, phi, 2, rng)
    assert error_up_to_order(found.rows, rows, found.weights, signs)[0] < 0.3


def test_the_gradient_of_the_descent_is_that_of_the_loss():
    rng = np.random.default_rng(5)
    phi = Homogeneous(1, 0.5, 2)
    rows, signs = random_network(rng, 2, 3)
    x = rng.standard_normal((50, 3))
    y = rng.standard_normal(50)
    first, second = descend(x, y, phi, rows, signs, 1)
    moved = (first - second) * top_curvature(x, phi, rows, signs)
    loss = lambda w: np.mean((phi.value(x @ w.T) @ signs - y) ** 2) / 2  # noqa: E731  # one expression
    bump = 1e-6 * np.eye(3)[1] * np.eye(2)[0][:, None]
    assert abs((loss(rows + bump) - loss(rows - bump)) / 2e-6 - moved[0, 1]) < 1e-6


def outcomes(count, dimension, units, asked, seeds=8):
    """Of a number of runs: those that pass without a doubt though wrong, those that pass though right, and all doubts and refusals."""
    wrong, right, said = 0, 0, []
    phi = Homogeneous(1, 0, 2)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        rows, signs = random_network(rng, max(units, 1), dimension)
        x = rng.standard_normal((count, dimension))
        y = phi.value(x @ rows.T) @ signs if units else rng.standard_normal(count)
        try:
            found = tensor_initialization(x, y, phi, asked, rng)
        except InputError as reason:
            said.append(str(reason))
            continue
        said.extend(found.doubts)
        if not found.doubts:
            error, agree = error_up_to_order(found.rows, rows, found.weights, signs) if units == asked else (1.0, False)
            right, wrong = (right + 1, wrong) if agree and error < 0.7 else (right, wrong + 1)
    return wrong, right, " ".join(said)


@pytest.mark.parametrize(
    ("count", "dimension", "units", "asked", "said"),
    [
        (300, 20, 2, 2, "only .* times the noise, and 2 is needed: about .* samples would show it"),
        (4000, 6, 2, 3, "or there are fewer units than 3"),
        (2000, 3, 2, 3, "or there are fewer units than 3"),
        (20_000, 6, 3, 2, "there are more units; ask for at least 3"),
        (1000, 6, 3, 2, "fewer if there are fewer, more if there are more"),
        (2000, 10, 0, 1, "less than 0.9: more samples or more units may be needed, or the labels are not those of such a network"),
        (2000, 5, 0, 1, "only .* times the noise, and 2 is needed"),
        (500, 2, 0, 1, "only .* times the noise, and 2 is needed"),
    ],
)
def test_too_few_samples_another_number_of_units_and_noise_are_not_passed_over(count, dimension, units, asked, said):
    wrong, _, text = outcomes(count, dimension, units, asked, seeds={20: 30, 10: 30, 3: 3}.get(dimension, 6))
    assert wrong == 0
    assert re.search(said, text)


def test_what_is_right_raises_no_doubt():
    assert outcomes(30_000, 10, 3, 3, seeds=4)[:2] == (0, 4)
    assert outcomes(20_000, 3, 3, 3, seeds=4)[:2] == (0, 4)


def test_noise_beside_a_network_is_seen_in_the_share():
    x, y = network_samples(20_000)
    noise = np.std(y) * np.random.default_rng(1).standard_normal(len(y))
    little, much = start(x, y + 0.2 * noise), start(x, y + 0.5 * noise)
    assert little.doubts == ()
    assert abs(little.explained - 1 / 1.04) < 0.03  # Var y of the 1.04 Var y that the labels have
    assert any("less than 0.9" in doubt for doubt in much.doubts)
    assert start(x, y).explained > 0.95


@pytest.mark.parametrize("order", [2, 3])
def test_the_singular_values_are_compared_with_the_spread_of_the_moment(order):
    rng = np.random.default_rng(2)
    sizes = []
    for _ in range(20):  # labels of noise: the norm of the moment is the norm of its noise
        x, y = rng.standard_normal((3000, 8)), rng.standard_normal(3000)
        if order == 2:
            space = subspace_of_second_moment(x, y, 1, rng)
        else:
            space = subspace_of_tensor(hermite_moment(x, y, 3), 1)
        sizes.append(significance(x, y, space).kept * CLEAR)
    assert 0.8 < np.mean(sizes) < 1.2
    assert max(sizes) < CLEAR


def network_samples(count, dimension=4, units=2, seed=0):
    rng = np.random.default_rng(seed)
    rows, signs = random_network(rng, units, dimension)
    x = rng.standard_normal((count, dimension))
    return x, np.maximum(x @ rows.T, 0) ** 2 @ signs


def start(x, y, activation="squared_relu", units=2):
    return tensor_initialization(x, y, activation, units, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: start(*network_samples(500), units=5), "5 components in dimension 4.*at most 4"),
        (lambda: start(*network_samples(60, dimension=12)), r"60 samples are too few for 2 units in dimension 12.*at least \d+"),
        (lambda: start(*network_samples(10)), "5 coefficients and there are 10 samples; 20 would be enough"),
        (lambda: start(*network_samples(500), "x*abs(x)"), r"\(v, w\) and \(−v, −w\) are the same network"),
        (lambda: start(*network_samples(500), "abs"), "w and −w are the same unit"),
        (lambda: start(*network_samples(500), "quadratic"), "m_3 = m_4 = 0 vanish"),
        (lambda: start(*network_samples(500), "tanh"), "tanh is not homogeneous"),
        (lambda: start(np.eye(40, 4), np.full(40, 3.0)), "all 40 labels are 3: they tell nothing"),
        (lambda: Homogeneous(float("nan"), 0, 2), r"A, B, q = \(nan, 0, 2\); write finite numbers"),
        (lambda: Homogeneous(1, 0, 0.5), r"A, B, q = \(1, 0, 0.5\); write finite numbers with q at least 1"),
        (lambda: Homogeneous("a", 0, 2), r"A, B, q = \('a', 0, 2\)"),
        (
            lambda: recover(*network_samples(500), "relu", 2, np.random.default_rng(0), descent_samples=1000.5),
            "descent_samples=1000.5; write a",
        ),
        (lambda: start(np.full((9, 2), np.nan), np.ones(9)), "the input of sample 0 contains nan"),
        (lambda: start(np.ones((9, 2)), np.ones(8)), r"9 inputs and labels of shape \(8,\)"),
        (lambda: recover(*network_samples(500), "squared_relu", 2, np.random.default_rng(0), tolerance=0), "tolerance=0"),
        (lambda: recover(*network_samples(500), "squared_relu", 2, np.random.default_rng(0), descent_samples=8), "descent_samples=8 for 8"),
    ],
)
def test_messages(call, message):
    with pytest.raises(InputError, match=message):
        call()
