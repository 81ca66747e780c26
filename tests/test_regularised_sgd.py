"""SGD on regularised networks: runs with starts of their own, a step that diverges, and bad input."""

import numpy as np
import pytest

from theorycheck.errors import InputError
from theorycheck.training.gradient_descent import Diverged
from theorycheck.training.regularised_sgd import regularised_sgd, sigmoid

ARGUMENTS = {
    "activation": "tanh", "outer": np.ones(1), "inputs": np.eye(2), "labels": np.zeros(2), "strengths": np.array([0.1, 1.0]),
    "step": 0.1, "steps": 3, "batch": 2, "start": np.ones((1, 2)),
}  # fmt: skip


def sgd(**changed):
    return regularised_sgd(**({"rng": np.random.default_rng(0)} | ARGUMENTS | changed))


def test_a_run_may_be_taken_up_where_it_stopped():
    rng, again = np.random.default_rng(7), np.random.default_rng(7)
    shared = {"activation": sigmoid(), "labels": np.array([1.0, -1.0])}
    whole = sgd(rng=rng, steps=7, **shared)
    half = sgd(rng=again, steps=4, **shared)
    np.testing.assert_array_equal(sgd(rng=again, steps=3, start=half, **shared), whole)
    assert np.abs(half[0] - half[1]).max() > 0


def test_a_diverging_step_keeps_the_iterate_and_names_a_safe_one():
    with pytest.raises(Diverged, match=r"SGD diverges with the step 3: .* take a step below 0\.[0-9]+") as caught:
        sgd(step=3.0, steps=5000, strengths=np.array([1.0, 3.0]))
    assert caught.value.last.shape == (2, 1, 2) and np.isfinite(caught.value.last).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": "abc"}, "inputs is not an array of numbers"),
        ({"inputs": [[1], [1, 2]]}, "inputs is not an array of numbers"),
        ({"inputs": np.array([[np.nan, 1], [0, 1]])}, r"inputs has nan at \[0, 0\]"),
        ({"labels": [np.inf, 1]}, r"labels has inf at \[0\]"),
        ({"start": [[np.nan, 1]]}, r"start has nan at \[0, 0\]"),
        ({"start": np.ones((3, 1, 2))}, r"write .*\(p, d\) or \(r, p, d\)"),
        ({"labels": np.ones((2, 3))}, "have shapes"),
        ({"strengths": [-1.0]}, r"strengths=\[-1\.0\]; write numbers λ ≥ 0"),
        ({"strengths": []}, "write at least one of each"),
        ({"inputs": np.ones((0, 2)), "labels": []}, "write at least one of each"),
        ({"outer": [], "start": np.ones((0, 2))}, "write at least one of each"),
        ({"step": "a"}, "step='a'; write a positive number"),
        ({"step": float("inf")}, "step=inf; write a positive number"),
        ({"steps": 2.5}, "steps=2.5; write a whole number, 1 or more"),
        ({"batch": 0}, "batch=0; write a whole number, 1 or more"),
        ({"batch": True}, "batch=True; write a whole number, 1 or more"),
        ({"rng": 5}, "rng=5 is no generator"),
    ],
)
def test_bad_input_is_named(changed, message):
    with pytest.raises(InputError, match=message):
        sgd(**changed)
