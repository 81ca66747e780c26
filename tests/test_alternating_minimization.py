"""Alternating minimisation: each solver against numpy's least squares, what it says when it switches, when it stops."""

import numpy as np
import pytest

from theorycheck.benchmarks import alternating
from theorycheck.errors import InputError
from theorycheck.network.residual import linearisation, residual_outputs, unvec
from theorycheck.training import alternating_minimization as module
from theorycheck.training.alternating_minimization import alternating_minimization, solve_step
from theorycheck.training.conjugate_gradient import conjugate_gradient
from theorycheck.training.gradient_descent import Diverged
from theorycheck.training.residual_data import fresh_batches


def task(d, count, seed=0, size=0.5):
    rng = np.random.default_rng(seed)
    truth, v = rng.standard_normal((d, d)), rng.choice([-1.0, 1.0], d)
    truth *= size / np.linalg.norm(truth)
    return truth, v, fresh_batches(rng, truth, v, count)


@pytest.mark.parametrize("solver", ["auto", "cholesky", "cg"])
@pytest.mark.parametrize("count", [20, 60, 300])
def test_a_step_is_the_one_of_lstsq(solver, count):
    """With fewer samples than the 36 unknowns: the shortest change, which lstsq gives for the residual."""
    _, v, draw = task(6, count)
    x, y = draw()
    start = 0.1 * np.ones((6, 6))
    features = linearisation(start, v, x)
    expected = unvec(np.linalg.lstsq(features.dense(), y - residual_outputs(start, v, x), rcond=None)[0])
    found = solve_step(features, start, y, solver)
    assert np.linalg.norm(found.weights - expected) < 1e-9 * np.linalg.norm(expected)
    names = {"auto": "cholesky", "cholesky": "cholesky", "cg": "conjugate gradients"}
    assert found.solver == ("minimum norm" if count < 36 and solver != "cg" else names[solver])
    assert (f"n = {count} samples for d² = 36 unknowns: BᵀB is singular" in found.note) == (count < 36)


def test_large_problems_take_conjugate_gradients(monkeypatch):
    monkeypatch.setattr(module, "DENSE", 35)
    _, v, draw = task(6, 300)
    steps = list(alternating_minimization(draw(), v, np.zeros((6, 6)), 5))
    assert [step.solver for step in steps[:2]] == ["start", "conjugate gradients"]
    assert 10 < steps[1].iterations < 360
    assert steps[-1].iterations < steps[1].iterations / 2  # warm start: the last step starts where the one before has ended


def test_a_closed_unit_leaves_the_gram_matrix_singular():
    _, v, draw = task(3, 50)
    x, y = draw()
    start = np.zeros((3, 3))
    start[:, 0] = -np.eye(3)[0]  # w_1 + e_1 = 0: closed everywhere
    found = solve_step(linearisation(start, v, x), start, y)
    assert found.solver == "minimum norm, singular"
    assert "a unit may be closed on all samples" in found.note
    expected = np.linalg.lstsq(linearisation(start, v, x).dense(), y - residual_outputs(start, v, x), rcond=None)[0]
    assert np.allclose(found.weights, unvec(expected), atol=1e-10)
    assert np.allclose(solve_step(linearisation(start, v, x), start, y, "cg").weights, unvec(expected), atol=1e-10)


@pytest.mark.parametrize("fixed", [True, False])
def test_recovery_to_rounding(fixed):
    truth, v, draw = task(8, 500, seed=3, size=1.0)
    *_, last = alternating_minimization(draw() if fixed else draw, v, np.zeros((8, 8)), 10)
    assert np.linalg.norm(last.weights - truth) < 1e-13


def test_one_step_is_exact_when_all_gates_agree():
    truth, v, draw = task(5, 200, size=1e-9)
    _, last = alternating_minimization(draw(), v, np.zeros((5, 5)), 1)
    assert np.linalg.norm(last.weights - truth) < 1e-14


def test_iterates_are_streamed_and_stand_alone():
    _, v, draw = task(4, 100)
    start = np.zeros((4, 4))
    path = alternating_minimization(draw(), v, start, 10**9)
    first, second = next(path), next(path)
    assert not first.weights.any() and not start.any() and second.weights.any()


def test_divergence_stops_with_the_iterate_and_the_reason():
    x = np.random.default_rng(0).standard_normal((40, 2))
    path = alternating_minimization((x, 1e12 * np.ones(40)), np.ones(2), np.zeros((2, 2)), 5)
    next(path)
    with pytest.raises(Diverged, match=r"iterate 1 has length .*; 1 iterates stand; n = 40 samples for d² = 4") as stopped:
        next(path)
    assert stopped.value.number == 1 and not stopped.value.last.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"solver": "qr"}, "solver='qr' is not known; write one of auto, cholesky, cg"),
        ({"steps": -1}, "steps=-1; write a whole number, 0 or more"),
        ({"signs": np.array([1.0, 2.0])}, "v has 2 at 1; write 1 or −1"),
        ({"start": np.zeros((2, 3))}, "write as many units as inputs, k = d"),
        ({"start": np.full((2, 2), np.nan)}, "W has nan at [0, 0]"),
        ({"data": (np.full((3, 2), np.inf), np.ones(3))}, "inputs has inf at [0, 0]; write finite numbers"),
        ({"data": (np.ones((3, 2)), np.ones(2))}, "labels has shape (2,); write 3 numbers"),
        ({"data": lambda: (np.ones((3, 2)), np.full(3, np.nan))}, "labels has nan at [0]; write finite numbers"),
    ],
)
def test_refusals(change, message):
    arguments = {"data": (np.ones((3, 2)), np.ones(3)), "signs": np.ones(2), "start": np.zeros((2, 2)), "steps": 3, **change}
    with pytest.raises(InputError) as refused:
        list(alternating_minimization(**arguments))
    assert message in str(refused.value)


def test_conjugate_gradients_say_when_they_stop_early():
    values = np.logspace(0, 6, 40)
    found = conjugate_gradient(lambda u: values * u, np.ones(40), 1e-12, 5)
    assert not found.converged and found.iterations == 5
    outside = conjugate_gradient(lambda u: np.array([1.0, 0.0]) * u, np.array([0.0, 1.0]), 1e-12, 5)
    assert not outside.converged and not outside.value.any()
    _, v, draw = task(4, 100)
    x, y = draw()
    short = solve_step(linearisation(np.zeros((4, 4)), v, x), np.zeros((4, 4)), y, "cg", tolerance=1e-300)
    assert short.note.startswith("conjugate gradients stopped after") and "at the relative residual" in short.note


def test_the_benchmark_asserts_its_accuracy_and_memory(monkeypatch):
    small = alternating.problem(6, 300)
    row = alternating._step("alternating-step-20", 0.33, small, 1e-10, 1)
    assert row.name == "alternating-step-20" and row.ratio > 0 and "≤ 1e-10" in row.accuracy and row.accuracy.endswith("cholesky")
    with pytest.raises(AssertionError, match=r"differs from that of lstsq by .* relative, more than 0"):
        alternating._step("alternating-step-20", 0.33, small, 0.0, 1)
    monkeypatch.setattr(alternating, "MEMORY", 1e-3)
    with pytest.raises(AssertionError, match="more than a sixth"):
        alternating._step("alternating-step-50", 0.1, small, 1e-10, 1)
