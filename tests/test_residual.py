"""Residual networks: the linearisation against autodiff-free definitions, the gradient against differences, refusals."""

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.network.residual import (
    linearisation,
    residual_loss,
    residual_outputs,
    unvec,
    value_and_gradient,
    vec,
)
from theorycheck.training.gradient_descent import Diverged, gradient_descent
from theorycheck.training.residual_data import fresh_batches, residual_gradient, safe_step, stated_step


@pytest.fixture
def problem():
    rng = np.random.default_rng(1)
    w, v = 0.3 * rng.standard_normal((4, 4)), np.array([1.0, -1.0, -1.0, 1.0])
    return w, v, rng.standard_normal((700, 4)), rng


def by_definition(w, v, x):
    """[v_1 P_1 X … v_d P_d X] with diagonal matrices, column by column."""
    total = w + np.eye(len(w))
    return np.hstack([v[q] * np.diag((x @ total[:, q] > 0).astype(float)) @ x for q in range(len(v))])


def test_the_operator_is_the_matrix_of_the_definition(problem):
    w, v, x, rng = problem
    features, dense = linearisation(w, v, x), by_definition(w, v, x)
    u, r = rng.standard_normal((4, 4)), rng.standard_normal(700)
    assert features.shape == (700, 16)
    assert np.array_equal(features.dense(), dense)
    assert np.allclose(features.times(u), dense @ vec(u), atol=1e-12)
    assert np.allclose(vec(features.transposed(r)), dense.T @ r, atol=1e-11)
    assert np.allclose(vec(features.gram_times(u)), dense.T @ (dense @ vec(u)), atol=1e-10)
    assert np.allclose(features.gram(), dense.T @ dense, atol=1e-10)
    assert np.allclose(features.outer_gram(), dense @ dense.T, atol=1e-11)
    assert np.array_equal(unvec(vec(u)), u)


def test_the_linearisation_reproduces_the_outputs(problem):
    w, v, x, _ = problem
    outputs = residual_outputs(w, v, x)
    assert np.allclose(linearisation(w, v, x).times(w + np.eye(4)), outputs, atol=1e-12)
    unit_by_unit = sum(v[q] * np.maximum(x @ w[:, q] + x[:, q], 0) for q in range(4))
    assert np.allclose(outputs, unit_by_unit, atol=1e-12)


def test_the_gradient_is_the_one_of_differences(problem):
    w, v, x, rng = problem
    y = rng.standard_normal(700)
    value, gradient = residual_loss(w, v, x, y)
    assert value == pytest.approx(np.mean((residual_outputs(w, v, x) - y) ** 2) / 2, rel=1e-14)
    direction = rng.standard_normal((4, 4))
    h = 1e-7  # within one cell of the gates, where the loss is a quadratic and central differences are exact
    slope = (residual_loss(w + h * direction, v, x, y)[0] - residual_loss(w - h * direction, v, x, y)[0]) / (2 * h)
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-7)
    assert np.allclose(gradient, unvec(-by_definition(w, v, x).T @ (y - residual_outputs(w, v, x)) / 700), atol=1e-13)
    assert value_and_gradient(w, v, x, y)[0] == value


def test_gates_at_zero_are_closed():
    features = linearisation(-np.eye(2), np.ones(2), np.ones((3, 2)))
    assert not features.gates.any()
    with pytest.raises(InputError, match="all gates are closed"):
        stated_step(features)


@pytest.mark.parametrize("count", [3, 12, 40])
def test_singular_values(count):
    rng = np.random.default_rng(count)
    features = linearisation(np.zeros((3, 3)), np.ones(3), rng.standard_normal((count, 3)))
    exact = np.linalg.svd(features.dense() / count**0.5, compute_uv=False)
    low, high = features.singular_values()
    assert high == pytest.approx(exact[0], rel=1e-12)
    assert low == pytest.approx(exact[-1] if count >= 9 else 0, rel=1e-6, abs=1e-7)


def test_steps(problem):
    w, v, x, rng = problem
    features = linearisation(w, v, x)
    low, high = features.singular_values()
    assert stated_step(features) == pytest.approx(2 / (low**2 + high**2))
    for _ in range(20):
        other = linearisation(3 * rng.standard_normal((4, 4)), v, x)
        assert safe_step(x) <= 1 / other.singular_values()[1] ** 2 * (1 + 1e-12)


def test_gradient_descent_with_both_steps_and_a_diverging_one(problem):
    w, v, _, rng = problem
    data = fresh_batches(rng, w, v, 400)()
    gradient, start = residual_gradient(data, v), np.zeros((4, 4))
    for step in (safe_step(data[0]), stated_step(linearisation(start, v, data[0]))):
        *_, last = gradient_descent(gradient, start, step, 3000)
        assert np.linalg.norm(last - w) < 1e-3
    with pytest.raises(Diverged, match=r"diverges with the step 50: iterate \d+ has length .* iterates stand") as stopped:
        list(gradient_descent(gradient, start, 50.0, 3000))
    assert np.isfinite(stopped.value.last).all()


def test_fresh_batches_differ_and_fixed_data_do_not(problem):
    w, v, _, _ = problem
    draw = fresh_batches(np.random.default_rng(5), w, v, 10)
    (x, y), (other, _) = draw(), draw()
    assert not np.array_equal(x, other)
    assert np.allclose(y, residual_outputs(w, v, x))
    gradient, fixed = residual_gradient(draw, v), residual_gradient((x, y), v)
    assert not np.array_equal(gradient(0 * w), gradient(0 * w))
    assert np.array_equal(fixed(0 * w), fixed(0 * w))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.zeros((2, 3))}, "W has shape (2, 3); the identity is added to it, so write as many units as inputs, k = d"),
        ({"signs": np.array([1.0, 0.5])}, "v has 0.5 at 1; write 1 or −1, and put a length into the column of W + I"),
        ({"signs": np.ones(3)}, "v has shape (3,); write 2 numbers"),
        ({"inputs": np.ones((4, 3))}, "inputs has 3 columns; write 2"),
        ({"inputs": np.array([[1.0, np.nan]])}, "inputs has nan at [0, 1]; write finite numbers"),
    ],
)
def test_refusals(change, message):
    arguments = {"weights": np.zeros((2, 2)), "signs": np.array([1.0, -1.0]), "inputs": np.ones((3, 2)), **change}
    for function in (linearisation, residual_outputs):
        with pytest.raises(InputError) as refused:
            function(**arguments)
        assert message in str(refused.value)


def test_refusals_of_data():
    with pytest.raises(InputError, match="labels has shape"):
        residual_loss(np.zeros((2, 2)), np.ones(2), np.ones((3, 2)), np.ones(4))
    with pytest.raises(InputError, match="labels has nan at"):
        residual_gradient((np.ones((2, 2)), np.array([1.0, np.nan])), np.ones(2))
    with pytest.raises(InputError, match="the data are no pair"):
        residual_gradient(np.ones((2, 2)), np.ones(2))
    with pytest.raises(InputError, match="n=0; write a whole number"):
        fresh_batches(np.random.default_rng(0), np.zeros((2, 2)), np.ones(2), 0)
    with pytest.raises(InputError, match="inputs are all zero"):
        safe_step(np.zeros((2, 2)))
    with pytest.raises(InputError, match="d = 65; the singular values of B are computed for d up to 64"):
        linearisation(np.zeros((65, 65)), np.ones(65), np.ones((1, 65))).singular_values()
