"""Gradient descent against closed forms, its failures, and fresh-sample gradients against population gradients."""

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.network.population import HomogeneousPopulation
from theorycheck.network.rows import random_unit_rows, unit_rows
from theorycheck.training.gradient_descent import Diverged, gradient_descent
from theorycheck.training.stochastic_gradient import fresh_gradient, teacher_labels


def test_a_quadratic_in_closed_form():
    curvatures = np.array([1.0, 3.0])
    path = list(gradient_descent(lambda x: curvatures * x, np.array([2.0, -1.0]), 0.25, 6))
    assert len(path) == 7
    for t, x in enumerate(path):
        assert x == pytest.approx(np.array([2.0, -1.0]) * (1 - 0.25 * curvatures) ** t, rel=1e-14)
    assert len({id(x) for x in path}) == 7


def test_a_step_that_depends_on_time_and_a_start_that_is_left_alone():
    start = np.array([1.0])
    path = list(gradient_descent(lambda x: np.ones(1), start, lambda t: 1 / (t + 1), 3))
    assert [float(x[0]) for x in path] == pytest.approx([1, 0, -1 / 2, -5 / 6])
    assert start[0] == 1
    assert [x.shape for x in gradient_descent(lambda x: x, start, 1.0, 0)] == [(1,)]


def test_integers_become_floats_and_single_precision_stays():
    assert next(gradient_descent(lambda x: x, np.array([1, 2]), 0.1, 1)).dtype == np.float64
    path = list(gradient_descent(lambda x: x, np.ones(2, dtype=np.float32), lambda t: 0.1, 2))
    assert {x.dtype for x in path} == {np.dtype(np.float32)}


def test_projection_stays_on_the_sphere_and_finds_the_top_eigenvector():
    table = np.diag([1.0, 2.0, 5.0])
    start = unit_rows(np.ones((1, 3)))
    path = list(gradient_descent(lambda x: -x @ table, start, 0.5, 60, unit_rows))
    assert all(np.linalg.norm(x) == pytest.approx(1, abs=1e-14) for x in path)
    assert path[-1] == pytest.approx(np.array([[0, 0, 1.0]]), abs=1e-6)


def test_a_diverging_step_is_named_with_a_safe_one_and_the_iterates_stand():
    path = []

    def follow():
        for x in gradient_descent(lambda x: 10 * x, np.array([1.0]), 0.5, 100):
            path.append(x)  # noqa: PERF402  # what was yielded before the failure is kept

    with pytest.raises(Diverged) as caught:
        follow()
    assert "diverges with the step 0.5" in str(caught.value)
    assert "has changed by 10 times the distance moved, so take a step below 0.2" in str(caught.value)
    assert caught.value.number == len(path)
    assert caught.value.last is path[-1]
    assert [float(x[0]) for x in path[:3]] == [1, -4, 16]
    assert list(gradient_descent(lambda x: 10 * x, np.array([1.0]), 0.19, 400))[-1] == pytest.approx(0, abs=1e-15)


def test_overflow_and_gradients_that_are_not_finite():
    with pytest.raises(Diverged, match=r"iterate 1 is not finite; 1 iterates stand; take a smaller step, for example 0\.1"):
        list(gradient_descent(lambda x: np.exp(1000 * x), np.array([1.0]), 1.0, 5))
    with pytest.raises(Diverged, match="iterate 3 is not finite; 3 iterates stand"):
        list(gradient_descent(lambda x: x if x[0] > 0.3 else np.array([np.nan]), np.array([1.0]), 0.5, 5))
    with pytest.raises(Diverged, match="not finite"):
        list(gradient_descent(lambda x: x * np.nan, np.eye(2), 0.5, 5, unit_rows))


def test_what_gradient_descent_refuses():
    with pytest.raises(InputError, match="the start is not finite; write finite numbers"):
        next(gradient_descent(lambda x: x, np.array([np.inf]), 0.1, 1))
    for step in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="at t = 0; write a positive number"):
            list(gradient_descent(lambda x: x, np.ones(1), step, 1))
    with pytest.raises(InputError, match=r"the gradient has shape \(2,\) and the iterates \(1,\); return one of the same shape"):
        list(gradient_descent(lambda x: np.ones(2), np.ones(1), 0.1, 1))
    for steps in (-1, 2.5, True):
        with pytest.raises(InputError, match="write a whole number, 0 or more"):
            next(gradient_descent(lambda x: x, np.ones(1), 0.1, steps))


def test_a_projection_that_is_not_finite_stops_at_the_last_finite_iterate():
    path = []
    with pytest.raises(Diverged, match="the projection of iterate 2 is not finite; 2 iterates stand; mend the projection") as failure:
        path.extend(gradient_descent(lambda x: x, np.array([1.0]), 0.5, 9, lambda x: x if x[0] > 0.3 else x * np.nan))
    assert path == [1.0, 0.5] and failure.value.number == 2 and failure.value.last.tolist() == [0.5]


@pytest.mark.parametrize(
    ("gradient", "start", "step", "project", "message"),
    [
        (lambda x: x, np.ones(1), "a", None, "the step is 'a' at t = 0; write a positive number"),
        (lambda x: x, np.ones(1), lambda t: None, None, "the step is None at t = 0"),
        (lambda x: x, np.ones(1), 1j, None, "the step is 1j at t = 0"),
        (lambda x: [1.0], np.ones(1), 0.1, None, r"the gradient returned \[1.0\]; return an array of real numbers of shape \(1,\)"),
        (lambda x: x * 1j, np.ones(1), 0.1, None, "the gradient returned array.*return an array of real numbers"),
        ([1.0], np.ones(1), 0.1, None, r"the gradient is \[1.0\]; write a function of the iterate"),
        (lambda x: x, np.ones(1), 0.1, 3, "the projection is 3; write a function"),
        (lambda x: x, np.ones(1), 0.1, lambda x: None, "the projection returned None; return an array"),
        (lambda x: x, np.ones(1), 0.1, lambda x: np.ones(2), r"the projection has shape \(2,\) and the iterates \(1,\)"),
        (lambda x: x, ["a"], 0.1, None, r"the start is \['a'\]; write an array of numbers"),
        (lambda x: x, [1j], 0.1, None, "the start has complex entries"),
    ],
)
def test_what_is_no_number_or_no_array_is_named(gradient, start, step, project, message):
    with pytest.raises(InputError, match=message):
        list(gradient_descent(gradient, start, step, 2, project))


def test_the_population_loss_decreases_to_zero_for_four_units():
    loss, ones = HomogeneousPopulation("relu", np.eye(4), np.ones(4)), np.ones(4)
    start = random_unit_rows(np.random.default_rng(1), 4, 4)
    values = [loss(rows, ones).value for rows in gradient_descent(lambda rows: loss(rows, ones).rows, start, 0.25, 500)]
    assert all(after <= before + 1e-14 for before, after in zip(values, values[1:], strict=False))
    assert values[-1] < 1e-12


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_fresh_gradients_average_to_the_population_gradient(kind):
    rng = np.random.default_rng(3)
    truth, weights, outer = random_unit_rows(rng, 3, 4), np.array([1.0, 2.0, 0.5]), np.array([1.0, -1.0])
    rows = random_unit_rows(rng, 2, 4)
    gradient = fresh_gradient(rng, teacher_labels("relu", truth, weights), "relu", outer, 50_000)
    found = np.array([gradient(rows.astype(kind)) for _ in range(20)])
    assert found.dtype == kind
    stated = HomogeneousPopulation("relu", truth, weights)(rows, outer).rows
    error = found.std(axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(found.mean(axis=0) - stated) < 7 * error).all()


def test_labels_without_low_degrees_are_orthogonal_to_them():
    rng = np.random.default_rng(5)
    truth, weights = random_unit_rows(rng, 3, 2), np.array([1.0, 2.0, -0.5])
    nodes, mass = np.polynomial.hermite_e.hermegauss(160)
    mass = mass / mass.sum()
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    weight = np.multiply.outer(mass, mass).ravel()
    raw, centred, rest = (teacher_labels("tanh(x) + abs(x)", truth, weights, without)(grid) for without in (0, 1, 2))
    assert abs(weight @ raw) > 0.1
    assert weight @ centred == pytest.approx(0, abs=1e-3)  # the kinks cost the quadrature its digits
    assert weight @ rest == pytest.approx(0, abs=1e-3)
    assert (weight * rest) @ grid == pytest.approx(np.zeros(2), abs=1e-3)
    assert np.abs((weight * centred) @ grid).max() > 0.1


def test_what_fresh_samples_refuse():
    with pytest.raises(InputError, match="without=3; write 0, 1 or 2, the number of degrees to remove"):
        teacher_labels("relu", np.eye(2), np.ones(2), 3)
    with pytest.raises(InputError, match="row 1 of the teacher's rows has length 2, off by 1"):
        teacher_labels("relu", np.diag([1.0, 2.0]), np.ones(2), 1)
    for batch in (0, 1.5, True):
        with pytest.raises(InputError, match="write a whole number of samples, 1 or more"):
            fresh_gradient(np.random.default_rng(0), teacher_labels("relu", np.eye(2), np.ones(2)), "relu", np.ones(2), batch)


def test_fresh_gradients_name_bad_weights_rows_and_labels():
    labels, eye = teacher_labels("relu", np.eye(2), np.ones(2)), np.eye(2)

    def gradient(weights, given=labels):
        return fresh_gradient(np.random.default_rng(0), given, "relu", weights, 10)

    with pytest.raises(InputError, match=r"weights has nan at \[0\]; write finite numbers"):
        gradient([np.nan, 1])
    with pytest.raises(InputError, match="weights has complex entries; write real numbers"):
        gradient([1j, 1])
    with pytest.raises(InputError, match=r"weights has shape \(2, 2\)"):
        gradient(eye)
    with pytest.raises(InputError, match="rows has 2 rows and there are 3 weights; write one weight for each row"):
        gradient(np.ones(3))(eye)
    with pytest.raises(InputError, match=r"labels has shape \(10, 1\); write 10 numbers"):
        gradient(np.ones(2), lambda x: x[:, :1])(eye)
    integers = np.array([[1, 0], [1, 1]])
    assert gradient(np.ones(2))(integers).tolist() == gradient(np.ones(2))(integers.astype(float)).tolist()
    biased = teacher_labels("relu", eye, np.array([0.5, 0.25]), 1)
    assert biased(integers).tolist() == biased(integers.astype(float)).tolist()
