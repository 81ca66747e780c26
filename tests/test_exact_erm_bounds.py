"""The bounds and the search of exact empirical risk minimisation, against rational arithmetic, quadratic programs and brute force."""

from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from theorycheck.training.cells import cells_of, spanning_order
from theorycheck.training.exact_erm import exact_erm
from theorycheck.training.exact_erm_bounds import Programs
from theorycheck.training.exact_erm_search import least_program

GRID = [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1]]


def programs_of(inputs, labels, weights=None, signs=(1, -1)):
    points = [tuple(Fraction(c) for c in row) for row in np.asarray(inputs).tolist()]
    order, _ = spanning_order(points)
    cells = cells_of([points[i] for i in order])
    return Programs(cells, [Fraction(labels[i]) for i in order], [(weights or [1] * len(points))[i] for i in order], signs)


def drawn(seed, samples, dimension):
    rng = np.random.default_rng(seed)
    return rng.integers(-40, 41, (samples, dimension)) / 16, (rng.integers(-40, 41, samples) / 16).tolist()


def columns(programs, units):
    """The signed outputs of the rays of some units, whole numbers."""
    rays = [(s, ray) for s, cell in map(programs.unit, units) for ray in programs.cells.members[cell]]
    return [[s * int(c) for c in programs.cells.outputs[:, ray]] for s, ray in rays]


def in_floats(programs, units):
    """Σ m (f − y)² of a program, by SciPy."""
    roots = np.sqrt(np.array(programs.weights, dtype=float))
    y = np.array(programs.targets, dtype=float) / programs.denominator * roots
    matrix = np.array(columns(programs, units), dtype=float).T
    if not matrix.size:
        return float(y @ y)
    matrix = matrix * roots[:, None]
    return nnls(matrix / np.linalg.norm(matrix, axis=0), y)[1] ** 2


@pytest.mark.parametrize("data", [drawn(0, 5, 2), drawn(1, 5, 1), drawn(2, 4, 3), (GRID, [1, -1, 2, 0, -2])])
def test_a_bound_holds_for_every_program_of_its_family_and_is_attained_by_its_own(data):
    programs = programs_of(*data, weights=[1, 3, 1, 2, 1][: len(data[1])])
    rng = np.random.default_rng(0)
    for _ in range(12):
        units = sorted(rng.integers(len(programs), size=2).tolist())
        bound = programs.solve(units)
        assert bound.family[units].all()
        assert float(bound.value) == pytest.approx(in_floats(programs, units), abs=1e-9)
        inside = np.flatnonzero(bound.family)
        for other in rng.choice(inside, (40, 2)):
            assert in_floats(programs, other) >= float(bound.value) - 1e-9


def test_the_family_of_any_vector_is_that_of_rational_arithmetic():
    programs = programs_of(GRID, [1, -1, 2, 0, -2], weights=[2, 1, 1, 3, 1])
    rng = np.random.default_rng(1)
    for number in range(64):
        residual = [int(c) for c in rng.integers(-3, 4, 5)]  # many products are 0
        if number % 2:  # products that differ from 0 by one part in 2^90
            residual = [c * 2**90 + int(d) for c, d in zip(residual, rng.integers(-1, 2, 5), strict=True)]
        elif number % 4:  # a product that is 0 or small after sums of numbers of 20 digits
            column = np.array(columns(programs, range(len(programs)))[number], dtype=object) * programs.weights
            turned = rng.integers(-(2**60), 2**60, 5).astype(object)
            residual = (column @ column * turned - column @ turned * column + int(rng.integers(-1, 2)) * column).tolist()
        family = programs.family(residual)
        for unit in range(len(programs)):
            slopes = [sum(Fraction(a * m * r) for a, m, r in zip(column, programs.weights, residual, strict=True))
                      for column in columns(programs, [unit])]  # fmt: skip
            assert family[unit] == all(slope <= 0 for slope in slopes)


@pytest.mark.parametrize(("width", "data"), [(1, drawn(3, 6, 2)), (2, drawn(4, 4, 2)), (3, drawn(8, 4, 1)), (2, (GRID, [1, 0, 2, 0, -2]))])
def test_the_families_are_all_programs_and_the_least_bound_is_the_least_loss(width, data):
    programs = programs_of(*data)
    units, bounds = least_program(programs, width)
    everything = list(combinations_with_replacement(range(len(programs)), width))
    if bounds[-1].value:
        assert all(any(bound.family[list(choice)].all() for bound in bounds) for choice in everything)
    assert min(bound.value for bound in bounds) == bounds[-1].value and len(bounds) < len(everything) / 4
    assert float(bounds[-1].value) == pytest.approx(in_floats(programs, units), abs=1e-9)
    assert float(bounds[-1].value) == pytest.approx(min(in_floats(programs, choice) for choice in everything), abs=1e-9)


def test_two_units_against_quadratic_programs_in_weights_and_biases():
    inputs, labels = np.array([[0.0], [1.0], [2.5], [3.0]]), np.array([1.0, -1.0, 2.0, 0.5])
    rows = np.hstack([inputs, np.ones((4, 1))])
    best = np.inf
    for left, right in combinations_with_replacement(list(product((0.0, 1.0), repeat=4)), 2):
        for outer in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            active = [np.array(left)[:, None], np.array(right)[:, None]]
            outputs = np.hstack([s * on * rows for s, on in zip(outer, active, strict=True)])
            walls = np.block([[(2 * active[0] - 1) * rows, np.zeros((4, 2))], [np.zeros((4, 2)), (2 * active[1] - 1) * rows]])
            if np.linalg.lstsq(outputs, labels, rcond=None)[1].sum() > best:
                continue
            ends = minimize(
                lambda v, a=outputs: ((a @ v - labels) @ (a @ v - labels), 2 * a.T @ (a @ v - labels)), np.zeros(4), jac=True,
                method="SLSQP", constraints={"type": "ineq", "fun": lambda v, w=walls: w @ v, "jac": lambda v, w=walls: w},
                options={"ftol": 1e-13, "maxiter": 200},
            )  # fmt: skip
            if (walls @ ends.x >= -1e-9).all():
                best = min(best, float(ends.fun) / 4)
    assert float(exact_erm(inputs, labels.tolist(), 2).loss) == pytest.approx(best, abs=1e-7)


def test_without_a_guess_in_floats_the_result_is_the_same(monkeypatch):
    inputs, labels = drawn(6, 6, 2)
    expected = exact_erm(inputs, labels, 2)
    monkeypatch.setattr(Programs, "_positive", lambda self, pairs: [])
    assert exact_erm(inputs, labels, 2) == expected
    monkeypatch.setattr(Programs, "_positive", lambda self, pairs: list(range(len(pairs)))[:3])  # a wrong guess
    assert exact_erm(inputs, labels, 2).loss == expected.loss


def test_the_order_of_the_data_and_of_the_signs_does_not_matter():
    inputs, labels = drawn(7, 7, 2)
    losses = {exact_erm(inputs[turn], np.array(labels)[turn], 2, signs).loss for turn, signs in
              ((np.arange(7), (1, -1)), (np.arange(7)[::-1], (-1, 1)), (np.random.default_rng(0).permutation(7), (1, -1)))}  # fmt: skip
    assert len(losses) == 1


def test_numbers_far_apart_stay_exact():
    """Every input and label is a float whose square is not."""
    inputs, labels = [[0.0], [2.0**-990], [5.0], [2.0**1000]], [0.0, -1.0, 3.0, 2.0**600]
    found = exact_erm(inputs, labels, 2)
    assert found.proved and sum((f - Fraction(y)) ** 2 for f, y in zip(found.outputs(inputs), labels, strict=True)) / 4 == found.loss
    assert float(found.loss) == pytest.approx(1 / 8)  # the first two points share their mean: a kink between them leads past the others
    assert found.loss == exact_erm([[0], [1], [5 * 2**990], [2**1990]], [0, -1, 3, 2**600], 2).loss


def test_twenty_points_of_the_plane_at_width_two():
    rng = np.random.default_rng(1)
    inputs, labels = rng.integers(-128, 129, (20, 2)) / 64, rng.integers(-128, 129, 20) / 64
    found = exact_erm(inputs, labels, 2)
    assert found.proved and found.cells == 382 and 20 * found.solved < found.programs
    squares = [(f - Fraction(y)) ** 2 for f, y in zip(found.outputs(inputs), labels.tolist(), strict=True)]
    assert sum(squares) / 20 == found.loss
    assert float(found.loss) == pytest.approx(1.0098259285470599, abs=1e-12)  # by branch and bound over the points, in rationals
