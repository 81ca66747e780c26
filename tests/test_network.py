"""One-hidden-layer networks and their population losses against duals, tensors, differences, brute force; and what they refuse."""

from itertools import permutations
from math import pi

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from theorycheck import Activation, dual_activation, hermite_coefficients
from theorycheck.errors import InputError, Undecided
from theorycheck.network.matching import nearest_permutation, permutation_distance, surrogate_error
from theorycheck.network.one_hidden_layer import as_callables, forward, slopes_at_zero, squared_loss
from theorycheck.network.population import HermitePopulation, HomogeneousPopulation
from theorycheck.network.population_balls import homogeneous_balls, isolated_zero
from theorycheck.network.rows import matrix, random_unit_rows, require_independent, require_unit, unit_rows


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def directional(function, point, direction, width=1e-5):
    return (function(point + width * direction) - function(point - width * direction)) / (2 * width)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", ("pair",)])
def test_the_gradient_of_the_empirical_loss_is_its_derivative(rng, activation):
    if isinstance(activation, tuple):
        activation = (np.sin, np.cos)
    rows, weights = rng.standard_normal((4, 3)), rng.standard_normal(4)
    inputs, labels = rng.standard_normal((30, 3)), rng.standard_normal(30)
    loss = squared_loss(activation, rows, weights, inputs, labels)
    outputs = forward(activation, rows, weights, inputs)
    assert loss.value == pytest.approx(np.mean((outputs - labels) ** 2), rel=1e-13)
    turn, tilt = rng.standard_normal(rows.shape), rng.standard_normal(4)
    by_rows = directional(lambda w: squared_loss(activation, w, weights, inputs, labels).value, rows, turn, 1e-6)
    by_weights = directional(lambda a: squared_loss(activation, rows, a, inputs, labels).value, weights, tilt)
    assert (loss.rows * turn).sum() == pytest.approx(by_rows, rel=1e-6)
    assert loss.weights @ tilt == pytest.approx(by_weights, rel=1e-8)


def test_the_output_of_a_network_written_out():
    inputs = np.array([[0.5, -1.0], [2.0, 3.0]])
    stated = 2 * np.tanh(inputs @ [1, 2]) - np.tanh(inputs @ [3, -1])
    assert forward("tanh", np.array([[1, 2], [3, -1]]), np.array([2, -1]), inputs) == pytest.approx(stated, rel=1e-14)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu"])
def test_linear_pieces_keep_single_precision(name):
    points = np.array([-1.5, 2.0], dtype=np.float32)
    for fast, slow in zip(as_callables(name), (Activation(name), Activation(name).derivative()), strict=True):
        assert fast(points).dtype == np.float32
        assert fast(points) == pytest.approx(slow(points), rel=1e-6)


@pytest.mark.parametrize("text", ["x + 1", "max(x - 1, 0)", "where(x > 0, x + 1, x)", "x**2", "0*x + 1"])
def test_slopes_at_zero_are_refused_to_other_functions(text):
    assert slopes_at_zero(Activation(text)) is None


def test_slopes_of_linear_and_zero_functions():
    assert slopes_at_zero(Activation("3*x")) == (3.0, 3.0)
    assert slopes_at_zero(Activation("min(x, 0) - x")) == (0.0, -1.0)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu"])
def test_the_population_loss_is_a_sum_of_duals(rng, name):
    truth, weights = random_unit_rows(rng, 3, 4), np.array([1.0, 2.0, -0.5])
    rows, outer = random_unit_rows(rng, 2, 4), np.array([0.7, 1.3])
    everything, signed = np.concatenate([truth, rows]), np.concatenate([weights, -outer])
    kernel = np.array([[dual_activation(name, float(np.clip(u @ v, -1, 1))) for u in everything] for v in everything])
    value = HomogeneousPopulation(name, truth, weights)(rows, outer).value
    assert value == pytest.approx(signed @ kernel @ signed, rel=1e-10)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu"])
def test_the_population_gradient_is_the_derivative(rng, name):
    loss = HomogeneousPopulation(name, rng.standard_normal((3, 4)), rng.standard_normal(3))
    rows, weights = rng.standard_normal((5, 4)), rng.standard_normal(5)
    turn, tilt = rng.standard_normal(rows.shape), rng.standard_normal(5)
    found = loss(rows, weights)
    assert (found.rows * turn).sum() == pytest.approx(directional(lambda w: loss(w, weights).value, rows, turn), rel=1e-7)
    assert found.weights @ tilt == pytest.approx(directional(lambda a: loss(rows, a).value, weights, tilt), rel=1e-7)


def test_the_population_loss_against_closed_values():
    loss = HomogeneousPopulation("relu", np.eye(6), np.ones(6))
    assert loss(-np.eye(6), np.ones(6)).value == pytest.approx(6, rel=1e-14)  # Σ relu(x) − relu(−x) = Σ x
    assert loss(2 * np.eye(6)[::-1], np.ones(6)).value == pytest.approx(6 * (0.5 - 1 / (2 * pi)) + 36 / (2 * pi), rel=1e-13)
    at_truth = loss(np.eye(6), np.ones(6))
    assert (at_truth.value, np.abs(at_truth.rows).max()) == (0.0, 0.0)


@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9, 1e-12])
def test_the_gradient_near_the_truth_is_proportional_to_the_distance(rng, size):
    loss, move = HomogeneousPopulation("relu", np.eye(8), np.ones(8)), rng.standard_normal((8, 8))
    slope = loss(np.eye(8) + size * move, np.ones(8)).rows / size
    stated = loss(np.eye(8) + 1e-4 * move, np.ones(8)).rows / 1e-4
    assert slope == pytest.approx(stated, abs=5e-3 if size < 1e-3 else 0.05)


def test_the_hermite_loss_is_a_sum_of_tensor_norms(rng):
    truth, weights = random_unit_rows(rng, 3, 4), np.array([1.0, 2.0, 0.5])
    rows, outer = random_unit_rows(rng, 2, 4), np.array([0.7, -1.3])
    student, teacher = [0.3, 0.0, 0.2, -0.1], [0.4, 0.5, 0.25]

    def tensor(a, b, k):
        total = np.zeros((4,) * k)
        for weight, row in zip(a, b, strict=True):
            power = np.array(1.0)
            for _ in range(k):
                power = np.multiply.outer(power, row)
            total = total + weight * power
        return total

    stated = sum(
        np.sum((s * tensor(weights, truth, k) - g * tensor(outer, rows, k)) ** 2)
        for k, (g, s) in enumerate(zip(student, [*teacher, 0.0], strict=True))
    )
    loss = HermitePopulation(student, teacher, truth, weights)
    found = loss(rows, outer)
    assert found.value == pytest.approx(stated, rel=1e-12)
    tangent = rng.standard_normal(rows.shape)
    tangent -= (tangent * rows).sum(axis=1, keepdims=True) * rows
    numeric = directional(lambda w: loss(unit_rows(w), outer).value, rows, tangent)
    assert (found.rows * tangent).sum() == pytest.approx(numeric, rel=1e-7)
    tilt = rng.standard_normal(2)
    assert found.weights @ tilt == pytest.approx(directional(lambda a: loss(rows, a).value, outer, tilt), rel=1e-8)


def test_both_population_losses_agree_for_the_absolute_value(rng):
    truth, rows = np.eye(3), random_unit_rows(rng, 3, 3)
    coefficients = hermite_coefficients("abs", 400)
    series = HermitePopulation(coefficients, coefficients, truth, np.ones(3))(rows, np.ones(3)).value
    assert series == pytest.approx(HomogeneousPopulation("abs", truth, np.ones(3))(rows, np.ones(3)).value, abs=1e-3)


def balls_of(array):
    return arb_mat(*array.shape, [arb(float(entry)) for entry in array.ravel()])


def floats_of(matrix):
    return np.array([[float(matrix[i, j]) for j in range(matrix.ncols())] for i in range(matrix.nrows())])


@pytest.mark.parametrize(("name", "slopes"), [("relu", (0, 1)), ("abs", (-1, 1))])
def test_balls_contain_what_floats_find(rng, name, slopes):
    truth, rows, weights = rng.standard_normal((3, 4)), rng.standard_normal((2, 4)), [2, -1]
    loss = HomogeneousPopulation(name, truth, np.ones(3))
    with ctx.workprec(100):
        value, gradient, hessian = homogeneous_balls(slopes, balls_of(rows), weights, balls_of(truth))
    found = loss(rows, np.array(weights, dtype=float))
    assert float(value) == pytest.approx(found.value, rel=1e-12)
    assert floats_of(gradient) == pytest.approx(found.rows, rel=1e-11)
    turn = rng.standard_normal(rows.shape)
    change = directional(lambda w: loss(w, np.array(weights, dtype=float)).rows, rows, turn)
    assert floats_of(hessian) @ turn.ravel() == pytest.approx(change.ravel(), rel=1e-6, abs=1e-8)


def test_balls_refuse_parallel_rows_and_shapes_that_do_not_fit():
    with pytest.raises(Undecided, match="two rows may be parallel, where the loss has no Hessian"):
        homogeneous_balls((0, 1), balls_of(np.eye(2)), [1, 1], balls_of(np.eye(2)))
    with pytest.raises(InputError, match="2 rows in dimension 2, 1 weights, a teacher in dimension 3"):
        homogeneous_balls((0, 1), balls_of(np.eye(2)), [1], balls_of(np.eye(3)))


def test_no_box_is_returned_where_there_is_no_zero():
    with pytest.raises(Undecided, match="Krawczyk's test passes in no box"):
        isolated_zero(lambda x: (arb_mat([[x[0, 0] ** 2 + 1]]), arb_mat([[2 * x[0, 0]]])), [0.7])


def test_a_zero_in_the_plane():
    def circle_and_line(x):
        a, b = x[0, 0], x[1, 0]
        return arb_mat([[a * a + b * b - 1], [a - b]]), arb_mat([[2 * a, 2 * b], [1, -1]])

    box = isolated_zero(circle_and_line, [0.7, 0.7])
    assert all((2 * box[i, 0] ** 2).contains(1) and box[i, 0].rad() < 1e-10 for i in range(2))


def test_the_surrogate_error_is_the_larger_part():
    twice = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert surrogate_error(twice, signed=True) == surrogate_error(twice, signed=False) == 1
    turned = np.diag([1.0, -1.0])
    assert surrogate_error(turned, signed=True) == 1
    assert surrogate_error(turned, signed=False) == 0


@pytest.mark.parametrize("signed", [True, False])
def test_the_nearest_permutation_by_brute_force(rng, signed):
    overlaps = rng.standard_normal((4, 4))
    table = overlaps if signed else np.abs(overlaps)
    best = max(permutations(range(4)), key=lambda order: sum(table[i, j] for i, j in enumerate(order)))
    found = nearest_permutation(overlaps, signed)
    assert [int(np.argmax(np.abs(row))) for row in found] == list(best)
    signs = [found[i, j] for i, j in enumerate(best)]
    assert signs == [1.0 if signed else float(np.sign(overlaps[i, j])) for i, j in enumerate(best)]
    difference = overlaps - found
    assert permutation_distance(overlaps, signed, "frobenius") == pytest.approx(np.sqrt((difference**2).sum()))
    assert permutation_distance(overlaps, signed, "spectral") == pytest.approx(np.sqrt(np.linalg.eigvalsh(difference.T @ difference)[-1]))
    assert permutation_distance(overlaps, signed) == np.abs(difference).max()


def test_what_matching_refuses():
    with pytest.raises(InputError, match=r"Q has shape \(2, 3\); write a square matrix"):
        surrogate_error(np.ones((2, 3)), signed=True)
    with pytest.raises(InputError, match=r"row 1 of Q has length 2, off by 1; divide each row by its length"):
        surrogate_error(np.diag([1.0, 2.0]), signed=True)
    with pytest.raises(InputError, match="norm='nuclear' is not known; write entrywise, spectral or frobenius"):
        permutation_distance(np.eye(2), True, "nuclear")


def test_what_networks_refuse():
    eye, ones = np.eye(2), np.ones(2)
    with pytest.raises(InputError, match=r"rows has nan at \[0, 1\]; write finite numbers"):
        forward("relu", np.array([[1, np.nan], [0, 1]]), ones, eye)
    with pytest.raises(InputError, match=r"inputs has 3 columns; write 2, the dimension of the inputs"):
        forward("relu", eye, ones, np.ones((4, 3)))
    with pytest.raises(InputError, match=r"weights has shape \(3,\); write 2 numbers, shape \(2,\)"):
        forward("relu", eye, np.ones(3), eye)
    with pytest.raises(InputError, match=r"labels has shape \(2, 1\); write 2 numbers"):
        squared_loss("relu", eye, ones, eye, np.ones((2, 1)))
    with pytest.raises(InputError, match=r"rows has shape \(2,\); write a matrix with one row for each unit, shape \(m, d\)"):
        forward("relu", ones, ones, eye)
    with pytest.raises(InputError, match="rows is not an array of numbers; write rows of equal length"):
        matrix("rows", [[1, 2], [3]])
    with pytest.raises(InputError, match="is not linear on each side of 0; write relu, abs or leaky_relu, or use HermitePopulation"):
        HomogeneousPopulation("tanh", eye, ones)
    with pytest.raises(InputError, match="row 1 of rows is zero, where the loss has no gradient"):
        HomogeneousPopulation("relu", eye, ones)(np.diag([1.0, 0.0]), ones)
    with pytest.raises(InputError, match="row 0 of rows has length 1.1, off by 0.1; divide each row by its length"):
        HermitePopulation([0, 0, 1], [0, 0, 1], eye, ones)(np.diag([1.1, 1.0]), ones)
    with pytest.raises(InputError, match="row 0 of the teacher's rows has length 2, off by 1"):
        HermitePopulation([0, 0, 1], [0, 0, 1], 2 * eye, ones)
    with pytest.raises(InputError, match="row 1 is zero and has no direction"):
        unit_rows(np.diag([1.0, 0.0]))


def test_independence_of_rows():
    require_independent("B*", np.eye(3)[:2])
    with pytest.raises(InputError, match=r"B\* has 3 rows in dimension 2, which cannot be independent; write at most 2"):
        require_independent("B*", np.ones((3, 2)))
    with pytest.raises(InputError, match=r"the rows of B\* are linearly dependent: singular values from 2"):
        require_independent("B*", np.ones((2, 2)))
    require_unit("B*", np.eye(3, dtype=np.float32))


@pytest.mark.parametrize("length", [1e-170, 1e160])
def test_rows_whose_squared_lengths_leave_the_floats_are_named(length):
    rows = np.diag([1.0, length])
    loss = HomogeneousPopulation("relu", np.eye(2), np.ones(2))
    with pytest.raises(InputError, match=r"row 1 of rows has entries up to 1e.1[67]0, and the square of its length is out of range"):
        loss(rows, np.ones(2))
    with pytest.raises(InputError, match="row 1 of the teacher's rows has entries up to"):
        HomogeneousPopulation("relu", rows, np.ones(2))
    short = HomogeneousPopulation("relu", 1e-150 * np.eye(2), np.ones(2))(np.eye(2), np.ones(2))
    assert short.value == pytest.approx(loss(1e-150 * np.eye(2), np.ones(2)).value) == pytest.approx(1 + 1 / pi)


def test_losses_that_overflow_are_named():
    for loss in (HomogeneousPopulation("relu", np.eye(2), np.ones(2)), HermitePopulation([0, 0, 1], [0, 0, 1], np.eye(2), np.ones(2))):
        with pytest.raises(InputError, match=r"the loss overflows: row 1 has length 1 and weight 1e\+200"):
            loss(np.eye(2), np.array([1.0, 1e200]))


def test_matching_takes_lists():
    table = [[0.1, -0.9], [0.8, 0.2]]
    for signed in (True, False):
        assert nearest_permutation(table, signed).tolist() == nearest_permutation(np.array(table), signed).tolist()
        assert permutation_distance(table, signed) == permutation_distance(np.array(table), signed)
    with pytest.raises(InputError, match="Q is not an array of numbers"):
        permutation_distance([[1.0], [1.0, 2.0]], signed=False)


def test_complex_numbers_and_missing_coefficients_are_refused():
    eye, ones = np.eye(2), np.ones(2)
    for call in (
        lambda: forward("relu", eye, 1j * ones, eye),
        lambda: HomogeneousPopulation("relu", eye, 1j * ones),
        lambda: nearest_permutation(1j * eye, signed=False),
    ):
        with pytest.raises(InputError, match="has complex entries; write real numbers"):
            call()
    for student, teacher, who in (([], [], "student"), ([1.0], [], "teacher"), (3.0, [1.0], "student")):
        with pytest.raises(InputError, match=f"the {who}'s coefficients are .*; write at least one number"):
            HermitePopulation(student, teacher, eye, ones)
