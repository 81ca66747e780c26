"""Semi-random units against loops, NumPy's solvers and differences; trained networks against closed forms; what they refuse."""

import numpy as np
import pytest

from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.network.gated import gated_gradient, gated_outputs, random_gates, starting_weights
from theorycheck.network.one_hidden_layer import forward
from theorycheck.network.semi_random import dual_gram, gate_values, semi_random_features, semi_random_outputs, with_constant
from theorycheck.training.early_stopping import adam
from theorycheck.training.semi_random_fit import least_squares, ridge_path, validated


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_outputs_by_the_definition(rng, degree):
    r, w, x = rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), rng.standard_normal((6, 3))
    gates = gate_values(r, x, degree)
    stated = [sum((rk @ xl) ** degree * (wk @ xl) if rk @ xl > 0 else 0 for rk, wk in zip(r, w, strict=True)) for xl in x]
    assert semi_random_outputs(gates, x, w) == pytest.approx(stated, rel=1e-12)
    assert semi_random_features(gates, x) @ w.ravel() == pytest.approx(stated, rel=1e-12)


def test_with_its_own_direction_a_unit_is_a_relu(rng):
    w, x = rng.standard_normal((5, 3)), rng.standard_normal((7, 3))
    assert semi_random_outputs(gate_values(w, x), x, w) == pytest.approx(forward("relu", w, np.ones(5), x), rel=1e-12)


@pytest.mark.parametrize("degree", [0, 1])
def test_a_gate_is_closed_on_its_edge(degree):
    assert gate_values(np.array([[1.0, 0.0]]), np.array([[0.0, 5.0]]), degree).tolist() == [[0.0]]


def test_the_dual_gram_is_the_gram_of_the_features(rng):
    r, x, z = rng.standard_normal((9, 4)), rng.standard_normal((6, 4)), rng.standard_normal((3, 4))
    a, b = gate_values(r, x, 1), gate_values(r, z, 1)
    phi, psi = semi_random_features(a, x), semi_random_features(b, z)
    assert dual_gram(a, x) == pytest.approx(phi @ phi.T / 9, rel=1e-12)
    assert dual_gram(b, z, a, x) == pytest.approx(psi @ phi.T / 9, rel=1e-12)


def test_both_sides_of_ridge_regression_agree_with_the_normal_equations(rng):
    phi, new, y = rng.standard_normal((12, 5)), rng.standard_normal((4, 5)), rng.standard_normal((12, 2))
    primal, dual = ridge_path(phi.T @ phi, phi.T @ y), ridge_path(phi @ phi.T, y)
    for size in (1e-3, 0.7):
        theta = np.linalg.solve(phi.T @ phi + size * np.eye(5), phi.T @ y)
        assert new @ primal.at(size / primal.mean) == pytest.approx(new @ theta, rel=1e-9)
        assert new @ phi.T @ dual.at(size / dual.mean) == pytest.approx(new @ theta, rel=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3, 70])
def test_the_ridge_path_solves_its_equations(rng, size):
    root = rng.standard_normal((size, size))
    gram, right = root @ root.T, rng.standard_normal(size)
    path = ridge_path(gram, right)
    assert path.mean == pytest.approx(np.trace(gram) / size, rel=1e-12)
    stated = np.linalg.solve(gram + 0.1 * path.mean * np.eye(size), right)
    assert path.at(0.1).ravel() == pytest.approx(stated, rel=1e-9)


def test_validation_takes_the_best_strength(rng):
    path = ridge_path(np.diag([1.0, 2.0, 5.0]), rng.standard_normal((3, 1)))
    scores = {s: float(path.at(s).sum() ** 2) for s in (0.1, 1.0, 10.0)}
    assert validated(path, np.ones((1, 3)), lambda f: float(f[0, 0] ** 2), tuple(scores))[0] == min(scores, key=scores.get)


@pytest.mark.parametrize(("samples", "units"), [(40, 3), (6, 5)])
def test_lsqr_finds_the_least_norm_solution(rng, samples, units):
    x, r, y = rng.standard_normal((samples, 3)), rng.standard_normal((units, 3)), rng.standard_normal(samples)
    gates = gate_values(r, x)
    stated = np.linalg.lstsq(semi_random_features(gates, x), y, rcond=None)[0]
    assert least_squares(gates, x, y).ravel() == pytest.approx(stated, abs=1e-8)
    phi, damp = semi_random_features(gates, x), 0.3
    damped = np.linalg.solve(phi.T @ phi + damp**2 * np.eye(phi.shape[1]), phi.T @ y)
    assert least_squares(gates, x, y, damp).ravel() == pytest.approx(damped, abs=1e-8)


def test_lsqr_says_when_its_steps_did_not_suffice(rng):
    x, r = rng.standard_normal((30, 4)), rng.standard_normal((3, 4))
    with pytest.raises(Undecided, match="LSQR has taken 2 steps and the gradient is still"):
        least_squares(gate_values(r, x), x, rng.standard_normal(30), steps=2)


def test_enough_units_interpolate(rng):
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    gates = gate_values(rng.standard_normal((40, 3)), x)
    assert semi_random_outputs(gates, x, least_squares(gates, x, y)) == pytest.approx(y, abs=1e-7)


@pytest.mark.parametrize("kind", ["relu", "semi-random"])
@pytest.mark.parametrize("hidden", [[5], [4, 3]])
def test_the_gradient_of_a_gated_network_is_its_derivative(rng, kind, hidden):
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))
    weights = [w + 0.1 for w in starting_weights(rng, [3, *hidden, 2])]
    gates = random_gates(rng, [3, *hidden], degree=1)(x) if kind == "semi-random" else None

    def loss(at):
        return np.sum((gated_outputs(at, x, gates) - y) ** 2) / 2

    found = gated_gradient(weights, x, lambda f: f - y, gates)
    for number, w in enumerate(weights):
        turn = rng.standard_normal(w.shape)
        ends = [loss([v + step * turn if n == number else v for n, v in enumerate(weights)]) for step in (1e-6, -1e-6)]
        assert np.sum(found[number] * turn) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


def test_a_gated_relu_network_written_out(rng):
    w = [rng.standard_normal(s) for s in ((4, 5), (6, 2), (3, 1))]
    x = rng.standard_normal((7, 3))
    first = np.maximum(with_constant(x) @ w[0], 0)
    second = np.maximum(with_constant(first) @ w[1], 0)
    assert gated_outputs(w, x) == pytest.approx(with_constant(second) @ w[2], rel=1e-12)


def test_the_second_gates_see_random_features(rng):
    draw = random_gates(rng, [3, 50, 40])
    x = rng.standard_normal((5, 3))
    first, second = draw(x)
    assert {*np.unique(first)} | {*np.unique(second)} == {0.0, 1.0}
    again = draw(x[2:3])  # drawn once: the same gates for the same input
    assert again[0].tolist() == first[2:3].tolist() and again[1].tolist() == second[2:3].tolist()
    assert 0.2 < second.mean() < 0.8


def test_adam_solves_least_squares_on_batches(rng):
    x = rng.standard_normal((64, 3))
    y = x @ [1.0, -2.0, 0.5]
    run = adam(
        lambda p, chosen: [x[chosen].T @ (x[chosen] @ p[0] - y[chosen]) / len(chosen)],
        [np.zeros(3)],
        lambda p: float(np.mean((x @ p[0] - y) ** 2)),
        rng,
        64,
        steps=800,
        rate=0.05,
        batch=16,
    )
    assert run.parameters[0] == pytest.approx([1.0, -2.0, 0.5], abs=1e-4)


def test_the_best_parameters_are_kept_and_a_good_score_stops(rng):
    def falling(p, _):
        return [np.ones(1)]  # the parameter falls for ever

    run = adam(falling, [np.array([1.0])], lambda p: float(abs(p[0][0] - 0.5)), rng, 4, steps=1000, rate=0.01, batch=4, every=1)
    assert run.score < 0.02 and run.step < run.steps == 1000
    how = {"steps": 1000, "rate": 0.01, "batch": 4, "every": 1, "enough": 0.1}
    short = adam(falling, [np.array([1.0])], lambda p: float(abs(p[0][0] - 0.5)), rng, 4, **how)
    assert short.steps == short.step < 100


def test_adam_takes_more_samples_in_a_batch_than_there_are(rng):
    run = adam(lambda p, chosen: [2 * p[0] * len(chosen)], [np.ones(1)], lambda p: float(abs(p[0][0])), rng, 3, steps=60, rate=0.1)
    assert run.score < 1


def test_a_training_that_diverges_is_told(rng):
    with pytest.raises(TheorycheckError, match="no score was finite in 100 steps; take a rate below"):
        adam(lambda p, _: [p[0]], [np.full(1, np.nan)], lambda p: float(p[0][0]), rng, 4, steps=100)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gate_values(np.eye(2), np.eye(2), -1), "degree=-1; write a whole number"),
        (lambda: gate_values(np.eye(2), np.eye(2), 0.5), "degree=0.5"),
        (lambda: gate_values(np.eye(2), np.eye(3)), "inputs has 3 columns; write 2"),
        (lambda: gate_values(np.eye(2), np.full((1, 2), np.nan)), "inputs has nan at"),
        (lambda: dual_gram(np.ones((2, 3)), np.eye(3)), "gates has 2 rows and inputs 3"),
        (lambda: dual_gram(np.ones((2, 3)), np.eye(2), np.ones((2, 3))), "one of other_gates and other_inputs is missing"),
        (lambda: dual_gram(np.ones((2, 3)), np.eye(2), np.ones((2, 4)), np.eye(2)), "the gates are of 3 and 4 units"),
        (lambda: semi_random_outputs(np.ones((2, 3)), np.eye(2), np.ones((3, 5))), "rows has 5 columns; write 2"),
        (lambda: semi_random_outputs(np.ones((2, 3)), np.eye(2), np.ones((4, 2))), "rows has 4 rows; write 3"),
        (lambda: semi_random_features(np.ones((10_000, 100)), np.ones((10_000, 100))), "Φ has 100000000 numbers, more than"),
        (lambda: ridge_path(np.ones((2, 3)), np.ones(2)), "shape .2, 3. and the right-hand side 2 rows"),
        (lambda: ridge_path(-np.eye(2), np.ones(2)), "eigenvalues from -1 to -1; write a positive semidefinite one"),
        (lambda: ridge_path(np.eye(2), np.ones(2)).at(0), "the strength is 0"),
        (lambda: validated(ridge_path(np.eye(1), np.ones(1)), np.eye(1), lambda f: 0.0, []), "there are no strengths"),
        (lambda: least_squares(np.ones((3, 1)), np.eye(3), np.ones(2)), "3 rows of gates, 3 inputs and 2 labels"),
        (lambda: least_squares(np.ones((2, 1)), np.eye(2), np.ones(2), damp=-1.0), "damp=-1.0; write a number, 0 or more"),
        (lambda: starting_weights(np.random.default_rng(0), [3]), "widths=.3.; write the dimensions"),
        (lambda: starting_weights(np.random.default_rng(0), [3, 0, 1]), "widths=.3, 0, 1."),
        (lambda: gated_outputs([np.ones((3, 2)), np.ones((4, 1))], np.ones((5, 2))), "layer 2 has 4 rows; write 3"),
        (lambda: gated_outputs([np.ones((3, 2)), np.ones((3, 1))], np.ones((5, 4))), "layer 1 has 3 rows; write 5"),
        (lambda: gated_outputs([np.ones((3, 2)), np.ones((3, 1))], np.ones((5, 2)), [np.ones((4, 2))]), "of layer 1 have shape .4, 2."),
        (lambda: adam(lambda p, _: p, [np.ones(1)], lambda p: 0.0, np.random.default_rng(0), 4, steps=0), "steps=0; write a whole number"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()
