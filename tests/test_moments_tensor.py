"""The tensor room's moments: against einsum on the definition, quadrature grids, and exact formulas."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.tensor.moment_constants import moment_constants, population_moment
from theorycheck.tensor.moments import hermite_moment, projected_moment
from theorycheck.tensor.polynomial_residual import polynomial_residual


def by_definition(x, y, order):
    """Sums of outer products with their traces, one place after another."""
    n, eye = len(y), np.eye(x.shape[1])
    letters = "abcd"[:order]
    raw = np.einsum(",".join(["n", *(f"n{c}" for c in letters)]) + f"->{letters}", y, *[x] * order) / n
    if order == 2:
        return raw - y.mean() * eye
    if order == 3:
        first = y @ x / n
        return raw - sum(np.einsum(f"{p}->abc", first, eye) for p in ("a,bc", "b,ac", "c,ab"))
    if order == 4:
        second = (x * y[:, None]).T @ x / n
        six = sum(np.einsum(f"{p}->abcd", second, eye) for p in ("ab,cd", "ac,bd", "ad,bc", "bc,ad", "bd,ac", "cd,ab"))
        return raw - six + y.mean() * sum(np.einsum(f"{p}->abcd", eye, eye) for p in ("ab,cd", "ac,bd", "ad,bc"))
    return raw


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("dimension", [1, 2, 7, 12])
def test_equals_the_definition_and_is_symmetric(order, dimension):
    rng = np.random.default_rng(dimension)
    x, y = rng.standard_normal((300, dimension)), rng.standard_normal(300)
    found = hermite_moment(x, y, order)
    np.testing.assert_allclose(found, by_definition(x, y, order), atol=1e-13)
    for axes in permutations(range(order)):
        np.testing.assert_allclose(found, found.transpose(axes), atol=1e-13)


def test_many_blocks_with_a_short_last_one_and_other_layouts():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9001, 3)), rng.standard_normal(9001)
    for order in (2, 3, 4):
        found = hermite_moment(x, y, order)
        np.testing.assert_allclose(found, by_definition(x, y, order), atol=1e-12)
        np.testing.assert_allclose(found, hermite_moment(np.asfortranarray(x), y, order), atol=1e-13)


def test_a_projected_moment_is_the_projection_of_the_moment():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((500, 8)), rng.standard_normal(500)
    v = np.linalg.qr(rng.standard_normal((8, 3)))[0]
    large = hermite_moment(x, y, 3)
    np.testing.assert_allclose(projected_moment(x, y, v, 3), np.einsum("abc,ai,bj,ck->ijk", large, v, v, v), atol=1e-13)


def test_population_moments_on_a_quadrature_grid():
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    mass = np.outer(weights, weights).ravel() / (2 * np.pi) * len(grid)
    rows, signs = np.array([[1.0, -2.0], [0.5, 0.5]]), np.array([1.0, -2.0])
    labels = mass * ((grid @ rows.T) ** 4 @ signs)
    for order in (1, 2, 3, 4):
        np.testing.assert_allclose(hermite_moment(grid, labels, order), population_moment("x**4", signs, rows, order), atol=1e-9)


def test_constants_of_the_slide_and_of_zhong():
    root = np.sqrt(2 * np.pi)
    np.testing.assert_allclose(moment_constants("relu")[0], [1 / root, 0.5, 1 / root, 0, -1 / root], atol=1e-14)
    np.testing.assert_allclose(moment_constants("squared_relu")[0], [0.5, 2 / root, 1, 2 / root, 0], atol=1e-14)
    np.testing.assert_allclose(moment_constants("squared_relu", [3])[0], 9 * moment_constants("squared_relu")[0], atol=1e-12)
    tanh = moment_constants("tanh", [1], digits=20)[0]
    assert abs(float(tanh[1]) - 0.605706) < 1e-6
    assert abs(float(tanh[3]) + 0.363595) < 1e-6


def test_the_residual_removes_quadratics_and_leaves_the_third_moment():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((20000, 4))
    cubic = x[:, 0] ** 3 - 3 * x[:, 0]
    noise = 30 * (x[:, 1] ** 2 - x[:, 2] * x[:, 3]) + 7 * x[:, 0] - 5
    rest = polynomial_residual(x, cubic + noise)
    features = np.column_stack([np.ones(len(x)), x, *(x[:, i] * x[:, j] for i in range(4) for j in range(i, 4))])
    assert np.abs(features.T @ rest / len(x)).max() < 1e-6
    plain, better = (hermite_moment(x, y, 3) for y in (cubic + noise, rest))
    truth = population_moment("x**3", [1.0], [[1.0, 0, 0, 0]], 3)
    assert np.linalg.norm(better - truth) < np.linalg.norm(plain - truth) / 5


X, Y = np.ones((5, 2)), np.ones(5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hermite_moment(X, np.ones(4), 3), r"5 inputs and labels of shape \(4,\); write one label for each, shape \(5,\)"),
        (lambda: hermite_moment(np.ones(5), Y, 3), r"inputs have shape \(5,\); write shape \(n, d\)"),
        (lambda: hermite_moment([["a"]], [1], 3), "not arrays of numbers"),
        (lambda: hermite_moment(X, Y, 5), "order=5; write 1, 2, 3 or 4"),
        (lambda: hermite_moment(X, Y, 2.0), "order=2.0; write 1, 2, 3 or 4"),
        (lambda: population_moment("relu", [1.0], [[1.0, 0.0]], 2.0), "order=2.0; write 1, 2, 3 or 4"),
        (lambda: population_moment("relu", ["a"], [[1.0, 0.0]], 2), "vector of weights is not an array of numbers.*'a'"),
        (lambda: population_moment("relu", [1.0], "rows", 2), "matrix of rows is not an array of numbers.*'rows'"),
        (lambda: projected_moment(X, Y, "basis", 2), "basis is not an array of numbers.*'basis'"),
        (lambda: polynomial_residual(X, Y, 1.0), "degree=1.0; write 0, 1 or 2"),
        (lambda: hermite_moment(np.where(np.eye(5, 2) > 0, np.nan, X), Y, 3), "the input of sample 0 contains nan"),
        (lambda: hermite_moment(X, [1, 1, np.inf, 1, 1], 2), "the label of sample 2 contains inf"),
        (lambda: hermite_moment(1e200 * X, Y, 3), "overflow; divide the inputs"),
        (lambda: hermite_moment(np.ones((2, 200)), np.ones(2), 4), "order 4 in dimension 200 has 1600000000 entries.*below dimension 9"),
        (lambda: projected_moment(X, Y, [[1.0], [1.0]], 3), "not orthonormal: VᵀV differs from I by 1"),
        (lambda: projected_moment(X, Y, [[1.0]], 3), r"basis has shape \(1, 1\); write shape \(2, k\)"),
        (lambda: polynomial_residual(X, Y, 2), "6 coefficients and there are 5 samples; 24 would be enough"),
        (lambda: polynomial_residual(X, Y, 3), "degree=3; write 0, 1 or 2"),
        (lambda: population_moment("relu", [1.0], [[0.0, 0.0]], 3), "no zero row"),
        (lambda: population_moment("relu", [1.0, 2.0], [[1.0, 0.0]], 3), r"shapes \(k,\) and \(k, d\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_messages(call, message):
    with pytest.raises(InputError, match=message):
        call()
