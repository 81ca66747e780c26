"""Exact empirical risk minimisation, cells, and SGD on regularised networks, against brute force and gradients."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import nnls

from theorycheck.errors import InputError
from theorycheck.network.regularised_loss import RegularisedLoss
from theorycheck.training.cells import cell_bound, cells_of, spanning_order
from theorycheck.training.exact_erm import exact_erm, exact_nnls
from theorycheck.training.gradient_descent import Diverged
from theorycheck.training.regularised_sgd import regularised_sgd, sigmoid


def drawn(seed, samples, dimension):
    rng = np.random.default_rng(seed)
    return rng.integers(-4000, 4001, (samples, dimension)) / 1024, rng.integers(-40, 41, samples) / 16


@pytest.mark.parametrize(("samples", "dimension"), [(5, 1), (6, 2), (7, 2), (5, 3)])
def test_general_position_attains_covers_count_of_cells(samples, dimension):
    inputs = [tuple(Fraction(c) for c in row) for row in drawn(samples, samples, dimension)[0].tolist()]
    order, _ = spanning_order(inputs)
    last = cells_of([inputs[i] for i in order])
    assert len(last.members) == cell_bound(samples, dimension)
    assert len({tuple(row) for row in last.signs.tolist()}) == len(last.members)


def test_every_random_unit_lies_in_a_cell():
    inputs = [(Fraction(a), Fraction(b)) for a, b in ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1))]  # three on a line
    order, _ = spanning_order(inputs)
    points = np.array([[*map(float, inputs[i]), 1.0] for i in order])
    last = cells_of([inputs[i] for i in order])
    known = {tuple(row): cell for cell, row in enumerate(last.signs.tolist())}
    seen = np.unique(np.sign(points @ np.random.default_rng(0).standard_normal((3, 20_000))).T, axis=0)
    assert {tuple(map(int, row)) for row in seen} <= set(known)
    for row in seen.astype(int).tolist():
        rays = last.outputs[:, last.members[known[tuple(row)]]]
        assert (rays[np.array(row) < 0] == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_one_unit_on_a_line_against_a_fine_grid_of_kinks(seed):
    inputs, labels = drawn(seed, 6, 1)
    found = exact_erm(inputs, labels, 1)
    assert found.proved
    kinks = np.linspace(-60, 60, 40_001)[:, None]
    units = np.vstack([np.maximum(inputs[:, 0] - kinks, 0), np.maximum(kinks - inputs[:, 0], 0)])
    units = units[units.any(axis=1)]
    slopes = units @ labels / (units**2).sum(axis=1)
    best = min(np.mean(labels**2), ((slopes[:, None] * units - labels) ** 2).mean(axis=1).min())
    assert float(found.loss) <= best + 1e-12 and best - float(found.loss) < 0.02


def test_two_units_against_every_pair_of_cells():
    inputs, labels = drawn(5, 5, 2)
    points = [tuple(Fraction(c) for c in row) for row in inputs.tolist()]
    order, _ = spanning_order(points)
    last = cells_of([points[i] for i in order])
    y, best = labels[order], np.inf
    for cells in product(range(len(last.members)), repeat=2):
        for signs in ((1, 1), (1, -1), (-1, -1)):
            parts = [s * last.outputs[:, last.members[c]].astype(float) for s, c in zip(signs, cells, strict=True)]
            matrix = np.hstack(parts)
            if matrix.shape[1]:
                best = min(best, nnls(matrix / np.linalg.norm(matrix, axis=0), y)[1] ** 2 / len(y))
    found = exact_erm(inputs, labels, 2)
    assert found.proved and float(found.loss) == pytest.approx(best, abs=1e-9)
    assert found.solved + found.branches < found.programs


def test_the_network_has_the_loss_and_equal_points_average():
    inputs, labels = [[0, 0], [0, 0], [1, 2], [3, 1]], [1, -1, 2, 0]
    found = exact_erm(inputs, labels, 2)
    squares = [(f - y) ** 2 for f, y in zip(found.outputs(inputs), labels, strict=True)]
    assert found.proved and sum(squares) / 4 == found.loss
    assert found.loss >= Fraction(1, 2)  # the two labels at 0 cannot both be met


def test_one_point_and_points_on_a_line_in_space():
    assert exact_erm([[3, 4]], [-2], 1).loss == 0
    line = exact_erm([[t, 2 * t, -t] for t in range(4)], [0, 1, 0, 2], 2)
    assert line.proved and line.loss == exact_erm([[t] for t in range(4)], [0, 1, 0, 2], 2).loss


def test_exact_nnls_agrees_with_scipy_and_meets_its_conditions():
    rng = np.random.default_rng(2)
    for _ in range(20):
        columns, targets = rng.integers(-9, 10, (6, 5)), rng.integers(-9, 10, 6)
        value, found = exact_nnls(columns.tolist(), targets.tolist(), [1] * 6)
        assert float(value) == pytest.approx(nnls(columns.astype(float), targets.astype(float))[1] ** 2, abs=1e-9)
        residual = [int(y) - sum(int(a) * c for a, c in zip(row, found, strict=True)) for row, y in zip(columns, targets, strict=True)]
        slopes = [sum(int(a) * r for a, r in zip(column, residual, strict=True)) for column in columns.T]
        assert all(c >= 0 and s <= 0 and c * s == 0 for c, s in zip(found, slopes, strict=True))


def test_too_much_data_is_refused_with_the_count_and_an_estimate():
    inputs, labels = drawn(0, 60, 2)
    message = r"60 different points in dimension 2 have up to 3542 cells .* convex programs, about .* s without pruning"
    with pytest.raises(InputError, match=message):
        exact_erm(inputs, labels, 2)


@pytest.mark.parametrize(
    ("inputs", "labels", "width", "message"),
    [
        ([[0.0], [float("nan")]], [0, 1], 1, "write finite numbers"),
        ([[0.0], [1.0]], [0, 1, 2], 1, r"write \(S, n\) and \(S,\)"),
        ([[0.0], [1.0]], [0, 1], 0, "whole number of units"),
    ],
)
def test_bad_input_says_what_to_write(inputs, labels, width, message):
    with pytest.raises(InputError, match=message):
        exact_erm(inputs, labels, width)


def test_sgd_with_all_samples_is_gradient_descent_of_each_run():
    rng = np.random.default_rng(0)
    x, outer, start = np.repeat(rng.standard_normal((1, 3)), 4, axis=0), rng.standard_normal(2), rng.standard_normal((2, 3))
    labels, strengths = np.repeat(rng.standard_normal((1, 2)), 4, axis=0), np.array([0.0, 0.3])
    ends = regularised_sgd(rng, sigmoid(), outer, x, labels, strengths, 0.2, 5, 4, start)
    from theorycheck import Activation

    for run in range(2):
        loss, w = RegularisedLoss(Activation("sigmoid"), outer, x, labels[:, run], strengths[run]), start.copy()
        for _ in range(5):
            w = w - 0.2 * loss.gradient(w)
        assert ends[run] == pytest.approx(w, abs=1e-12)


def test_sgd_that_diverges_keeps_the_iterates_and_names_a_step():
    args = (np.ones(1), np.ones((2, 1)), np.zeros(2), np.array([1.0]))
    with pytest.raises(Diverged, match="take a step below 0.667") as caught:
        regularised_sgd(np.random.default_rng(0), "relu", *args, 50.0, 100, 2, np.ones((1, 1)))
    assert np.isfinite(caught.value.last).all() and caught.value.last.shape == (1, 1, 1)
    with pytest.raises(InputError, match="λ ≥ 0"):
        regularised_sgd(np.random.default_rng(0), "relu", *args[:3], np.array([-1.0]), 0.1, 10, 2, np.ones((1, 1)))
