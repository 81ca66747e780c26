"""The objective G: values, gradients, tensors from samples, exact local minima, whitening and descent."""

from fractions import Fraction
from itertools import permutations
from math import comb, pi, sqrt

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermeval

from theorycheck.errors import InputError
from theorycheck.network.landscape_minima import (
    is_local_minimum,
    occupations,
    overlap_objective,
    vertex_is_local_minimum,
    vertex_overlaps,
)
from theorycheck.network.landscape_objective import landscape_objective, landscape_objective_of_tensor, match_rows
from theorycheck.network.network_tensor import network_tensor
from theorycheck.network.whitening import rows_from_whitened, whitening
from theorycheck.tensor.polynomial_residual import polynomial_residual
from theorycheck.training.sphere_descent import sphere_descent, unit_rows

HALF = Fraction(1, 2)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def by_definition(rows, truth, weights, mu):
    total = 0.0
    for a, star in zip(weights, truth, strict=True):
        inner = [float(star @ b) for b in rows]
        total += a * sum(inner[j] ** 2 * inner[k] ** 2 for j in range(len(inner)) for k in range(len(inner)) if j != k)
        total -= mu * a * sum(x**4 for x in inner)
    return total


def orthonormal(rng, d):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


@pytest.mark.parametrize(("n", "m", "d"), [(3, 3, 3), (1, 2, 4), (4, 3, 2), (1, 1, 1)])
def test_value_and_gradient_of_g(rng, n, m, d):
    rows, truth, weights = rng.standard_normal((n, d)), rng.standard_normal((m, d)), rng.uniform(-1, 2, m)
    value, gradient = landscape_objective(rows, truth, weights, 0.7)
    assert value == pytest.approx(by_definition(rows, truth, weights, 0.7))
    for j in range(n):
        for i in range(d):
            step = np.zeros((n, d))
            step[j, i] = 1e-5
            ends = [by_definition(rows + s * step, truth, weights, 0.7) for s in (1, -1)]
            assert gradient[j, i] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-6)


def test_g_from_its_tensor(rng):
    rows, truth, weights = rng.standard_normal((3, 4)), rng.standard_normal((5, 4)), rng.uniform(0, 2, 5)
    tensor = np.einsum("i,ia,ib,ic,id->abcd", weights, truth, truth, truth, truth)
    known, found = landscape_objective(rows, truth, weights, 0.3), landscape_objective_of_tensor(rows, tensor, 0.3)
    assert found[0] == pytest.approx(known[0])
    assert found[1] == pytest.approx(known[1])


def test_the_tensor_is_the_mean_of_hermite_polynomials(rng):
    """T[v, v, v, v] = mean of y He₄(⟨v, x⟩) for unit v, which determines a symmetric tensor."""
    x, y = rng.standard_normal((5000, 3)), rng.standard_normal(5000)
    tensor = network_tensor([(x[:10], y[:10]), (x[10:4500], y[10:4500]), (x[4500:], y[4500:])], 4, 0.5)
    second = network_tensor([(x[:1], y[:1]), (x[1:], y[1:])], 2, 0.25)
    for order in permutations(range(4)):
        assert tensor == pytest.approx(tensor.transpose(order))
    for _ in range(20):
        v = rng.standard_normal(3)
        v /= np.linalg.norm(v)
        fourth = np.mean(y * hermeval(x @ v, [0, 0, 0, 0, 1])) / (sqrt(24) * 0.5)
        assert np.einsum("abcd,a,b,c,d", tensor, v, v, v, v) == pytest.approx(fourth)
        assert v @ second @ v == pytest.approx(np.mean(y * hermeval(x @ v, [0, 0, 1])) / (sqrt(2) * 0.25))


def test_the_tensor_of_a_relu_network(rng):
    truth, weights = orthonormal(rng, 2), np.array([1.0, 2.0])
    x = rng.standard_normal((400_000, 2))
    y = np.maximum(x @ truth.T, 0) @ weights
    expected = np.einsum("i,ia,ib,ic,id->abcd", weights, truth, truth, truth, truth)
    found = network_tensor([(x, polynomial_residual(x, y))], 4, -1 / sqrt(48 * pi))
    assert abs(found - expected).max() < 0.1
    second = network_tensor([(x, y)], 2, 1 / sqrt(4 * pi))
    assert abs(second - truth.T @ np.diag(weights) @ truth).max() < 0.1


@pytest.mark.parametrize("mu", [Fraction(1, 3), 1, Fraction(5, 4), 2, 3])
@pytest.mark.parametrize("weights", [(1, 1), (1, 3, 2), (5, 1, 1, 2)])
def test_vertices_are_minima_by_the_slopes_of_the_proof(weights, mu):
    """A row at i moves to k with slope 2(a_k n_k − a_i(n_i − 1 − μ)); where that is 0, G bends down."""
    d = len(weights)
    for counts in occupations(d, d):
        slopes = [weights[k] * counts[k] - weights[i] * (counts[i] - 1 - mu) for i in range(d) if counts[i] for k in range(d) if k != i]
        assert vertex_is_local_minimum(counts, weights, mu) is (min(slopes) > 0)


def test_exact_minima_against_sampling_around_them(rng):
    """Random points of small denominators: a minimum has no lower point near it, and another point has one."""
    checked = {True: 0, False: 0}
    for _ in range(300):
        d = int(rng.integers(2, 4))
        weights = [Fraction(int(n), 2) for n in rng.integers(1, 5, d)]
        mu = Fraction(int(rng.integers(0, 6)), 2)
        parts = rng.integers(0, 2, (d, d))
        parts[range(d), rng.integers(0, d, d)] += 1
        point = [[Fraction(int(n), int(row.sum())) for n in row] for row in parts]
        found = is_local_minimum(point, weights, mu)
        a, p = np.array(weights, dtype=float), np.array(point, dtype=float)

        def g(x, a=a, mu=mu):
            return (x.sum(axis=-2) ** 2 - (1 + float(mu)) * (x**2).sum(axis=-2)) @ a

        shares = rng.uniform(0, 1e-3, (400, d, 1))
        corners = rng.dirichlet(np.full(d, 0.3), (400, d))
        lower = (g((1 - shares) * p + shares * corners) - g(p)).min()
        if found is True:
            assert lower > -1e-12
        elif found is False and lower < -1e-9:
            checked[False] += 1
        checked[True] += found is True
    assert min(checked.values()) > 20


def test_the_counterexample_at_mu_zero():
    point = [[0, 0, 1], [0, 0, 1], [HALF, HALF, 0]]
    assert is_local_minimum(point, (1, 1, Fraction(2, 5)), 0) is True
    assert is_local_minimum(point, (1, 1, Fraction(3, 5)), 0) is False
    assert is_local_minimum(point, (1, 1, Fraction(2, 5)), Fraction(1, 20)) is False
    assert overlap_objective(point, (1, 1, Fraction(2, 5)), 0) == Fraction(4, 5)


def test_degenerate_minima():
    assert is_local_minimum([[1, 0, 0], [0, 1, 0], [0, 0, 1]], (1, 0, 0), HALF) is True
    assert is_local_minimum([[1, 0], [1, 0]], (0, 0), 1) is True
    assert is_local_minimum([[HALF, HALF], [HALF, HALF]], (1, 1), 0) is False
    assert is_local_minimum([[1, 0, 0], [HALF, HALF, 0], [0, 0, 1]], (1, 0, 0), 0) is False


def test_occupations_are_all_of_them():
    found = list(occupations(4, 3))
    assert len(found) == len(set(found)) == comb(6, 2)
    assert all(sum(counts) == 4 for counts in found)


def test_overlap_objective_is_g(rng):
    truth = orthonormal(rng, 3)
    overlaps = [[Fraction(1, 4), HALF, Fraction(1, 4)], [0, 1, 0], [Fraction(1, 3), 0, Fraction(2, 3)]]
    rows = np.sqrt(np.array(overlaps, dtype=float)) @ truth
    exact = overlap_objective(overlaps, (1, 2, 3), Fraction(1, 5))
    assert landscape_objective(rows, truth, [1, 2, 3], 0.2)[0] == pytest.approx(float(exact))


def test_whitening_and_the_way_back(rng):
    truth = unit_rows(rng.standard_normal((4, 4)) + 2 * np.eye(4))
    weights = rng.uniform(0.5, 2, 4)
    second = truth.T @ np.diag(weights) @ truth
    w = whitening(second)
    assert w.T @ second @ w == pytest.approx(np.eye(4), abs=1e-12)
    orthonormal_rows = np.sqrt(weights)[:, None] * truth @ w
    assert orthonormal_rows @ orthonormal_rows.T == pytest.approx(np.eye(4), abs=1e-12)
    rows, found = rows_from_whitened(-orthonormal_rows[::-1], w)
    distance, order = match_rows(rows, truth)
    assert distance < 1e-12
    assert order.tolist() == [3, 2, 1, 0]
    assert found[order] == pytest.approx(weights)


def test_descent_falls_and_finds_b_star(rng):
    truth = orthonormal(rng, 6)
    found = sphere_descent(lambda b: landscape_objective(b, truth, np.ones(6), 0.5), rng.standard_normal((6, 6)), tolerance=1e-7)
    assert found.converged
    assert found.slope <= 1e-7
    assert all(after <= before for before, after in zip(found.values, found.values[1:], strict=False))
    assert match_rows(found.rows, truth)[0] < 1e-6
    assert np.linalg.norm(found.rows, axis=1) == pytest.approx(np.ones(6))


def test_descent_stops_where_it_stands():
    at = sphere_descent(lambda b: landscape_objective(b, np.eye(3), np.ones(3), 0.5), np.eye(3))
    assert at.converged
    assert len(at.values) == 1
    short = sphere_descent(lambda b: landscape_objective(b, np.eye(3), np.ones(3), 0.5), np.eye(3) + 0.1, steps=1)
    assert not short.converged
    assert len(short.values) == 2


EYE, ONES = np.eye(2), np.ones(2)
TENSOR = np.zeros((2, 2, 2, 2))
LOPSIDED = np.arange(2.0)[:, None, None, None] * np.ones((2, 2, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: landscape_objective(np.eye(3), EYE, ONES, 1), r"rows have shape \(3, 3\), truth \(2, 2\)"),
        (lambda: landscape_objective(EYE, EYE, np.ones(3), 1), r"weights \(3,\)"),
        (lambda: landscape_objective([[1, np.nan]], EYE, ONES, 1), r"rows has nan at \[0, 1\]"),
        (lambda: landscape_objective("rows", EYE, ONES, 1), "rows is not an array of numbers"),
        (lambda: landscape_objective([], EYE, ONES, 1), r"rows has shape \(0,\); write a matrix"),
        (lambda: landscape_objective_of_tensor(np.eye(3), TENSOR, 1), r"write a tensor of shape \(3, 3, 3, 3\)"),
        (lambda: landscape_objective_of_tensor(EYE, TENSOR + np.inf, 1), "entries that are not finite"),
        (lambda: landscape_objective_of_tensor(EYE, LOPSIDED, 1), r"symmetric: its entries 0 at \(0, 1, 0, 0\) and 1 at .* differ by 1"),
        (lambda: landscape_objective_of_tensor(EYE, np.swapaxes(LOPSIDED, 0, 3), 1), "the tensor is not symmetric"),
        (lambda: landscape_objective_of_tensor(EYE, TENSOR + 1j, 1), "the tensor has complex entries"),
        (lambda: landscape_objective_of_tensor(EYE, "T", 1), "the tensor is not an array of numbers"),
        (lambda: landscape_objective_of_tensor(EYE, TENSOR, np.inf), "mu=inf; write a finite number"),
        (lambda: landscape_objective(EYE, EYE, ONES, np.nan), "mu=nan; write a finite number"),
        (lambda: landscape_objective(EYE, EYE, ONES, "1"), "mu='1'"),
        (lambda: landscape_objective(EYE, EYE, 1j * ONES, 1), "weights has complex entries"),
        (lambda: landscape_objective(np.diag([1, 1e100]), EYE, ONES, 1), r"objective overflows: row 1 of rows has entries up to 1e\+100"),
        (lambda: network_tensor([(EYE, ONES)], 4, "1"), "coefficient is '1'; write a real number"),
        (lambda: network_tensor([(EYE, 1j * ONES)], 4, 1.0), "a batch has complex entries"),
        (lambda: sphere_descent(lambda b: (0.0, b), EYE, steps="a"), "steps='a'"),
        (lambda: sphere_descent(lambda b: (0.0, b), EYE, tolerance=np.nan), "tolerance=nan"),
        (lambda: sphere_descent(lambda b: (0.0, np.ones(2)), EYE), r"the gradient has shape \(2,\) and the rows \(2, 2\)"),
        (lambda: match_rows(EYE, np.eye(3)), "two matrices of one shape"),
        (lambda: network_tensor([(EYE, ONES)], 4, 0.0), "order 4 is 0.0; only activations where it is not 0"),
        (lambda: network_tensor([], 4, 1.0), "no samples"),
        (lambda: network_tensor([(EYE, np.ones(3))], 4, 1.0), "2 inputs and labels of shape"),
        (lambda: network_tensor([(EYE, ONES)], 5, 1.0), "order=5"),
        (lambda: network_tensor([(EYE, ONES), (np.eye(3), np.ones(3))], 2, 1.0), "dimension 3 after batches of dimension 2"),
        (lambda: is_local_minimum([[1, 1]], (1, 1), 1), r"row 0 is \('1', '1'\), no point of the simplex"),
        (lambda: is_local_minimum([[1]], (1, 1), 1), "row 0 has 1 overlaps for 2 weights"),
        (lambda: is_local_minimum([[1]], (-1,), 1), "not negative"),
        (lambda: vertex_overlaps((0, 0)), r"counts are \(0, 0\)"),
        (lambda: whitening(np.ones((2, 3))), r"shape \(2, 3\); write a square matrix"),
        (lambda: whitening(np.ones((2, 2))), "linearly independent with positive weights"),
        (lambda: rows_from_whitened(EYE, np.eye(3)), "two square matrices of one size"),
        (lambda: rows_from_whitened(np.ones((2, 2)), EYE), "the rows are linearly dependent"),
        (lambda: unit_rows([[1, 0], [0, 0]]), "row 1 is zero and has no direction"),
        (lambda: sphere_descent(lambda b: (0.0, b), EYE, steps=0), "steps=0"),
        (lambda: sphere_descent(lambda b: (np.nan, b), EYE), "the objective is nan at the start"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
