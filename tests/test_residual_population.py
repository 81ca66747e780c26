"""Exact population quantities of residual networks, against integrals over the circle, samples, another engine and closed forms."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq

from theorycheck.errors import InputError, Undecided
from theorycheck.network.hessian import population_hessian
from theorycheck.network.residual import linearisation, residual_outputs, vec
from theorycheck.network.residual_population import (
    gate_mismatch,
    gated_second_moment,
    population_gram,
    population_response,
    population_step,
)


def balls(rows):
    """Rational rows as an array of balls."""
    exact = [[Fraction(c) for c in row] for row in rows]
    return np.array([[arb(fmpq(c.numerator, c.denominator)) for c in row] for row in exact], dtype=object)


def on_the_circle(u, v):
    """E[x xᵀ 1{u·x > 0} 1{v·x > 0}] in the plane: E r² = 2, and the midpoint rule in the angle."""
    count = 400_000
    angle = (np.arange(count) + 0.5) * 2 * np.pi / count
    x = np.array([np.cos(angle), np.sin(angle)])
    inside = (np.dot(u, x) > 0) & (np.dot(v, x) > 0)
    return 2 * (x * inside) @ x.T / count


@pytest.mark.parametrize(("u", "v"), [((1, 0), (0, 1)), ((1, 2), (-2, 1)), ((1, 0), (-5, 0.1)), ((3, 1), (3.01, 1)), ((0, -2), (0, -2))])
def test_two_gates_in_the_plane(u, v):
    assert np.abs(gated_second_moment(u, v) - on_the_circle(u, v)).max() < 2e-5


def test_opposite_and_equal_gates():
    u = np.array([0.3, -0.4, 1.2])
    assert np.array_equal(gated_second_moment(u, u), np.eye(3) / 2)
    assert np.abs(gated_second_moment(u, -2 * u)).max() < 1e-15


def test_the_two_half_spaces_of_a_gate_make_the_whole():
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal((2, 5))
    whole = gated_second_moment(u, v) + gated_second_moment(u, -v)
    assert np.abs(whole - np.eye(5) / 2).max() < 1e-15


def test_gram_against_another_engine():
    rng = np.random.default_rng(1)
    w, v = 0.5 * rng.standard_normal((3, 3)), [1.0, -1.0, 1.0]
    other = population_hessian("max(x, 0)", (w + np.eye(3)).T.tolist(), v)
    assert np.abs(population_gram(w, v) - other).max() < 1e-11


def test_gram_and_response_against_a_sample():
    rng = np.random.default_rng(2)
    n, d = 200_000, 3
    w, truth, v = 0.4 * rng.standard_normal((d, d)), 0.4 * rng.standard_normal((d, d)), np.array([1.0, -1.0, -1.0])
    x = rng.standard_normal((n, d))
    features = linearisation(w, v, x)
    assert np.abs(features.gram() / n - population_gram(w, v)).max() < 0.02
    response = features.transposed(residual_outputs(truth, v, x)) / n
    assert np.abs(response - population_response(w, truth, v)).max() < 0.05


def test_response_at_the_truth_is_the_gram_matrix_times_the_weights():
    rng = np.random.default_rng(3)
    w, v = 0.3 * rng.standard_normal((4, 4)), rng.choice([-1.0, 1.0], 4)
    assert np.abs(vec(population_response(w, w, v)) - population_gram(w, v) @ vec(w + np.eye(4))).max() < 1e-14


def test_the_gram_matrix_is_positive_and_bounded():
    rng = np.random.default_rng(4)
    for d in (1, 2, 5):
        values = np.linalg.eigvalsh(population_gram(rng.standard_normal((d, d)), rng.choice([-1.0, 1.0], d)))
        assert values[0] > 0
        assert values[-1] <= d / 2 + 1e-12


def test_gram_at_the_identity():
    """At W = 0 the least eigenvalue is 1/4 − 1/2π, that of orthogonal rows."""
    assert np.linalg.eigvalsh(population_gram(np.zeros((3, 3)), [1, -1, 1]))[0] == pytest.approx(1 / 4 - 1 / (2 * np.pi), rel=1e-12)


@pytest.mark.parametrize("angle", [1e-9, 1e-4, 0.1, 0.249, 0.251, 1.0, 3.0, np.pi])
def test_mismatch_keeps_its_digits(angle):
    direction = [[np.cos(angle) - 1, 0.0], [np.sin(angle), 0.0]]
    with mpmath.workdps(50):
        t = mpmath.atan2(mpmath.mpf(direction[1][0]), 1 + mpmath.mpf(direction[0][0]))
        exact = float((t - mpmath.sin(t) * mpmath.cos(t)) / mpmath.pi)
    assert gate_mismatch(direction, np.zeros((2, 2)))[0] == pytest.approx(exact, rel=1e-6 if angle < 1e-8 else 1e-11)


def test_mismatch_against_a_sample():
    rng = np.random.default_rng(5)
    w, truth = 0.5 * rng.standard_normal((2, 3, 3))
    x = rng.standard_normal((300_000, 3))
    here, there = x @ (w + np.eye(3)), x @ (truth + np.eye(3))
    assert np.abs((there**2 * (here * there <= 0)).mean(axis=0) - gate_mismatch(w, truth)).max() < 0.03


def test_balls_contain_the_floats_and_the_truth_is_a_fixed_point():
    w, truth, signs = [["1/4", "-1/8"], ["1/2", 0]], [["1/5", "1/10"], ["-1/10", "3/10"]], [1, -1]
    with ctx.workprec(200):
        gram, moved = population_gram(balls(w), signs), population_step(balls(w), balls(truth), signs)
        rest = population_step(balls(truth), balls(truth), signs) - balls(truth)
        assert all(entry.contains(0) and float(entry.rad()) < 1e-50 for entry in rest.ravel())
    floats = [np.array([[float(Fraction(c)) for c in row] for row in rows]) for rows in (w, truth)]
    assert np.abs(gram.astype(float) - population_gram(floats[0], signs)).max() < 1e-15
    assert np.abs(moved.astype(float) - population_step(*floats, signs)).max() < 1e-13


def test_a_step_is_what_samples_tend_to():
    rng = np.random.default_rng(6)
    w, truth, v = np.zeros((2, 2)), np.array([[0.2, 0.4], [-0.3, 0.1]]), np.array([1.0, 1.0])
    x = rng.standard_normal((400_000, 2))
    solved = np.linalg.lstsq(linearisation(w, v, x).dense(), residual_outputs(truth, v, x), rcond=None)[0]
    assert np.abs(solved - vec(population_step(w, truth, v) + np.eye(2))).max() < 0.01


def test_balls_round_equal_columns():
    """A ball that cannot tell two columns apart still encloses the moment."""
    with ctx.workprec(100):
        u, v = np.array([arb(1), arb(0)], dtype=object), np.array([arb(1), arb(0, 1e-10)], dtype=object)
        found = gated_second_moment(u, v)
    assert all(found[i, j].contains(arb(1, 0) / 2 if i == j else arb(0)) for i in range(2) for j in range(2))
    assert all(float(entry.rad()) < 1e-9 for entry in found.ravel())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: population_gram(np.zeros((2, 3)), [1, 1]), r"W has shape \(2, 3\).*as many units as inputs"),
        (lambda: population_gram(np.zeros((2, 2)), [1, 2]), "v has 2 at 1; write 1 or −1"),
        (lambda: population_gram(np.zeros((2, 2)), [1]), "v has shape"),
        (lambda: population_gram([[-1.0, 0.0], [0.0, 0.0]], [1, 1]), r"column 0 of W \+ I is 0"),
        (lambda: population_gram([[np.nan, 0.0], [0.0, 0.0]], [1, 1]), "nan"),
        (lambda: population_response(np.zeros((2, 2)), np.zeros((3, 3)), [1, 1]), r"W has shape \(2, 2\) and W\* has \(3, 3\)"),
        (lambda: gate_mismatch(np.zeros((2, 2)), -np.eye(2)), r"column 0 of W\* \+ I is 0"),
        (lambda: gated_second_moment([1.0, 0.0], [1.0]), "u has 2 coordinates and v has 1"),
        (lambda: gated_second_moment([1.0, 0.0], [0.0, 0.0]), "v is 0"),
        (lambda: population_step([[0.0, 1.0], [0.0, -1.0]], np.zeros((2, 2)), [1, 1]), r"H\(W\) is singular"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_balls_that_are_too_wide():
    wide = np.array([[arb(-1, 1), arb(0)], [arb(0), arb(0)]], dtype=object)
    with pytest.raises(Undecided, match=r"column 0 of W \+ I is not known to differ from 0"):
        population_gram(wide, [1, 1])
    with pytest.raises(Undecided, match=r"H\(W\) is not singular"):
        population_step(np.array([[arb(0), arb(1)], [arb(0), arb(-1)]], dtype=object), balls([[0, 0], [0, 0]]), [1, 1])
