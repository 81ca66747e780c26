"""The ReLU gate under attack: one step by hand, the stream of data, closed forms against brute force, refusals."""

import re
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.training.gate_rates import critical_step, mean_square_rate, safe_step, step_moments
from theorycheck.training.gradient_descent import Diverged
from theorycheck.training.relu_gate import Attack, relu_gate

TRUTH = np.array([2.0, -1.0, 0.5])


def last(*args, **kwargs):
    *_, found = relu_gate(*args, **kwargs)
    return found


def by_hand(truth, start, inputs, noise, magnitude, step, algorithm):
    """The slide's algorithm, one sample after another."""
    proxy = np.zeros_like(start)
    for x, a in zip(inputs, noise, strict=True):
        y = a + max(truth @ x, 0.0)
        if (y > magnitude) if algorithm == "modified" else (start @ x > 0):
            proxy -= (y - start @ x) * x / len(inputs)
    return start - step * proxy


@pytest.mark.parametrize(("law", "sign"), [("plus", 1.0), ("minus", -1.0)])
def test_a_step_is_that_of_the_slide(law, sign):
    inputs = np.random.default_rng(3).standard_normal((8, 3))
    start = np.array([0.3, 0.4, -1.0])
    found = last(np.random.default_rng(0), TRUTH, [Attack(0.7, 1.0, law)], 0.3, 1, 8, start, lambda rng, n: inputs)
    for row, algorithm in zip(found[:, 0], ("modified", "true"), strict=True):
        np.testing.assert_allclose(row, by_hand(TRUTH, start, inputs, [sign * 0.7] * 8, 0.7, 0.3, algorithm), rtol=1e-14)


def test_the_opposing_attack_has_the_sign_of_the_error():
    inputs = np.random.default_rng(5).standard_normal((8, 3))
    start = np.array([0.3, 0.4, -1.0])
    found = last(np.random.default_rng(0), TRUTH, [Attack(0.7, 1.0, "opposing")], 0.3, 1, 8, start, lambda rng, n: inputs)
    noise = 0.7 * np.sign(inputs @ (start - TRUTH))
    for row, algorithm in zip(found[:, 0], ("modified", "true"), strict=True):
        np.testing.assert_allclose(row, by_hand(TRUTH, start, inputs, noise, 0.7, 0.3, algorithm), rtol=1e-14)


def test_settings_share_one_stream():
    attacks = [Attack(0), Attack(1.0), Attack(1.0, 0.9, "opposing"), Attack(2.0, 0.1, "minus")]
    together = last(np.random.default_rng(1), TRUTH, attacks, 0.1, 700, start=np.ones(3))
    for place, attack in enumerate(attacks):
        alone = last(np.random.default_rng(1), TRUTH, [attack], 0.1, 700, start=np.ones(3), algorithms=("true", "modified"))
        np.testing.assert_allclose(alone[::-1, 0], together[:, place], rtol=1e-9, atol=1e-12)


def test_a_uniform_attack_has_its_law():
    """From w = w*, one step of a batch of n samples moves by (η/n) Σ 1{y > θ*} α ξ x: with all gates open, an average of α ξ x."""
    count = 40_000
    found = last(np.random.default_rng(2), np.array([100.0]), [Attack(2.0, 0.25)], 1.0, 1, count, np.array([100.0]),
                 lambda rng, n: np.ones((n, 1)), ("modified",))  # fmt: skip
    moved = found[0, 0, 0] - 100
    assert abs(moved) < 6 * np.sqrt(0.25 * 4 / 3 / count)
    assert moved != 0


def test_probability_may_depend_on_the_input():
    attack = Attack(0.5, lambda x: (x[:, 0] < 0) * 1.0, "plus")
    unseen = last(np.random.default_rng(0), np.array([1.0, 0.0]), [attack], 0.2, 1500, algorithms=("modified",))
    np.testing.assert_allclose(unseen[0, 0], [1.0, 0.0], atol=1e-12)  # it only poisons labels that the filter drops
    constant = Attack(3.0, lambda x: np.full(len(x), 0.5), "plus")
    pair = last(np.random.default_rng(0), TRUTH, [constant, Attack(3.0, 0.5, "plus")], 0.1, 50)
    np.testing.assert_array_equal(pair[:, 0], pair[:, 1])


def test_true_sgd_never_moves_from_zero_and_modified_sgd_does():
    found = last(np.random.default_rng(0), TRUTH, [Attack(0)], 0.2, 600)
    np.testing.assert_allclose(found[0, 0], TRUTH, atol=1e-12)
    assert not found[1].any()


def test_every_iterate_is_an_array_of_its_own():
    path = list(relu_gate(np.random.default_rng(0), TRUTH, [Attack(1.0)], 0.1, 20))
    assert len(path) == 21 and path[0].shape == (2, 1, 3)
    assert len({array.tobytes() for array in (rows[0] for rows in path)}) == 21


def test_the_constant_of_the_known_example():
    assert 1 / critical_step(500, 16) == pytest.approx(15.921875, rel=1e-15)
    assert mean_square_rate(0.5 * critical_step(500, 16), 500, 16) == pytest.approx(0.984298, abs=5e-7)
    assert mean_square_rate(critical_step(7, 3), 7, 3) == pytest.approx(1, abs=1e-14)


def test_moments_against_a_large_gaussian_sample():
    rng = np.random.default_rng(0)
    first, second = step_moments(rng.standard_normal((400_000, 4)), np.array([1.0, 2.0, 0.0, -1.0]), 8)
    np.testing.assert_allclose(first, np.eye(4) / 2, atol=0.02)
    np.testing.assert_allclose(second, np.eye(4) / critical_step(4, 8), atol=0.02)
    assert safe_step(first, second) == pytest.approx(critical_step(4, 8), rel=0.03)


def test_safe_step_is_the_threshold():
    """Beyond it some e does not contract, below it all do: by the eigenvalues of I − 2ηM + η²S."""
    rng = np.random.default_rng(4)
    points, shares = rng.exponential(size=(7, 3)) - 0.5, rng.dirichlet(np.ones(7))
    first, second = step_moments(points, np.array([1.0, 1.0, 2.0]), 3, shares)
    limit = safe_step(first, second)
    for step, below in ((0.999 * limit, True), (1.001 * limit, False)):
        assert bool(np.linalg.eigvalsh(np.eye(3) - 2 * step * first + step**2 * second)[-1] < 1) is below
    assert safe_step(*step_moments(np.array([[1.0, 0.0], [-1.0, 5.0]]), np.array([1.0, 0.0]), 2)) == 0


def test_a_diverging_step_keeps_its_iterates_and_names_the_critical_one():
    path = relu_gate(np.random.default_rng(0), np.ones(20), [Attack(0), Attack(1.0)], 3.0, 5000)
    seen = []
    with pytest.raises(Diverged, match=re.escape("1/c = 1.085: take a step below")) as caught:
        seen.extend(path)
    assert caught.value.number == len(seen) and np.isfinite(seen).all()
    np.testing.assert_array_equal(caught.value.last, seen[-1])


def test_a_diverging_step_on_another_law():
    def skewed(rng, n):
        return rng.exponential(size=(n, 5)) - 0.5

    with pytest.raises(Diverged, match="every step below 0[.][0-9]+ contracts in mean square"):
        last(np.random.default_rng(0), np.ones(5), [Attack(0)], 5.0, 5000, inputs=skewed)
    with pytest.raises(Diverged, match="is singular on a sample of the inputs, so no step converges"):
        last(np.random.default_rng(0), np.array([1.0, 0.0]), [Attack(0)], 9.0, 5000, inputs=lambda rng, n: rng.random((n, 1)) * [[1, 0]])


def test_bad_input():
    rng = np.random.default_rng(0)
    for beta in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match=f"the probability of an attack is {beta}; write β between 0 and 1"):
            Attack(1.0, beta)
    with pytest.raises(InputError, match=r"the probability of an attack is 1\.2 at some x; write β with values between 0 and 1"):
        last(rng, TRUTH, [Attack(1.0, lambda x: np.full(len(x), 1.2))], 0.1, 3)
    with pytest.raises(InputError, match=r"attack probabilities has shape \(\)"):
        last(rng, TRUTH, [Attack(1.0, lambda x: 0.5)], 0.1, 3)
    for magnitude in (-1, float("inf")):
        with pytest.raises(InputError, match="write θ\\* >= 0"):
            Attack(magnitude)
    with pytest.raises(InputError, match="the law 'gaussian' of an attack is not known; write one of uniform, plus, minus, opposing"):
        Attack(1.0, law="gaussian")
    for step in (0, -1.0, float("inf")):
        with pytest.raises(InputError, match="write η > 0"):
            last(rng, TRUTH, [Attack(0)], step, 3)
    for name, value in (("steps", -1), ("steps", 2.5), ("batch", 0), ("batch", True)):
        arguments = {"steps": 3, "batch": 4, name: value}
        with pytest.raises(InputError, match=f"{name}={value}"):
            last(rng, TRUTH, [Attack(0)], 0.1, **arguments)
    with pytest.raises(InputError, match="the start has shape"):
        last(rng, TRUTH, [Attack(0)], 0.1, 3, start=np.ones(2))
    with pytest.raises(InputError, match=r"w\* has shape \(0,\)"):
        last(rng, np.array([]), [Attack(0)], 0.1, 3)
    with pytest.raises(InputError, match="nothing to run"):
        last(rng, TRUTH, [], 0.1, 3)
    with pytest.raises(InputError, match="the algorithm 'adam' is not known; write one of modified, true"):
        last(rng, TRUTH, [Attack(0)], 0.1, 3, algorithms=("adam",))
    with pytest.raises(InputError, match="the inputs has 2 columns; write 3"):
        last(rng, TRUTH, [Attack(0)], 0.1, 3, inputs=lambda g, n: g.random((n, 2)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Attack("a"), "the magnitude of an attack is a; write θ"),
        (lambda: Attack(np.array([1.0, 2.0])), "write θ"),
        (lambda: Attack(1.0, None), "the probability of an attack is None"),
        (lambda: Attack(1.0, "a"), "the probability of an attack is a; write β"),
        (lambda: last(np.random.default_rng(0), TRUTH, Attack(0), 0.1, 3), "write lists of them"),
        (lambda: last(np.random.default_rng(0), TRUTH, [Attack(0)], 0.1, 3, algorithms="true"), "write lists of them"),
        (lambda: last(np.random.default_rng(0), TRUTH, ["uniform"], 0.1, 3), "'uniform' is no attack; write Attack"),
        (lambda: last(np.random.default_rng(0), TRUTH, [Attack(0)], "a", 3), "step='a'; write η > 0"),
        (lambda: last(np.random.default_rng(0), TRUTH, [Attack(0)], np.ones(2), 3), "write η > 0"),
        (lambda: last(3, TRUTH, [Attack(0)], 0.1, 3), "rng=3 is no generator"),
        (lambda: last(np.random.default_rng(0), TRUTH, [Attack(0)], 0.1, 3, inputs=np.eye(3)), "the inputs are ndarray; write a function"),
        (lambda: last(np.random.default_rng(0), TRUTH, [Attack(0)], 0.1, 3, inputs=lambda g, n: np.eye(3)), "has 3 rows; return as many"),
        (lambda: last(np.random.default_rng(0), 1e200 * TRUTH, [Attack(0)], 0.1, 3), r"an entry of size 2e\+200; divide"),
        (lambda: critical_step(0, 16), "dimension=0; write a whole number, 1 or more"),
        (lambda: critical_step(5, 0), "batch=0"),
        (lambda: mean_square_rate(-1.0, 5, 5), "step=-1.0; write a positive number"),
        (lambda: step_moments(np.eye(3), TRUTH, 0), "batch=0"),
        (lambda: step_moments(np.eye(2), TRUTH, 1), "the inputs has 2 columns; write 3"),
        (lambda: step_moments(np.eye(3), TRUTH, 1, np.array([-1.0, 1.0, 1.0])), "least -1; write probabilities"),
        (lambda: safe_step(np.ones((2, 3)), np.eye(2)), "M and S have shapes|S has"),
        (lambda: safe_step(np.eye(2) * np.nan, np.eye(2)), "M has nan at"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_the_moments_behind_the_variance_of_a_step():
    """E (e·M̂e)² and E‖M̂e‖⁴ as finite sums: five Gauss–Hermite nodes a coordinate are exact to degree 9."""
    folder = Path(__file__).parent.parent / "proofs" / "villani"
    sys.path.insert(0, str(folder))
    try:
        from gate_recursion_sharp import square_moment
    finally:
        sys.path.remove(str(folder))
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    weights = weights / weights.sum()
    e, w = np.array([0.6, -0.8]), np.array([1.0, 0.1])
    x = np.array(list(product(nodes, nodes)))
    share = np.array([a * b for a, b in product(weights, weights)])
    v = ((x @ w > 0) * (x @ e))[:, None] * x
    total = (v[:, None] + v[None]) / 2
    both = share[:, None] * share[None]
    assert square_moment(2, 2) == pytest.approx((np.sum(both * (total @ e) ** 2), np.sum(both * (total**2).sum(axis=2) ** 2)), rel=1e-12)
    single = (share @ (v @ e) ** 2, share @ (v**2).sum(axis=1) ** 2)
    assert square_moment(2, 1) == pytest.approx(single, rel=1e-12)
