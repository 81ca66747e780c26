"""The regularised loss against finite differences, and its bad input."""

import numpy as np
import pytest

from theorycheck import Activation
from theorycheck.errors import InputError
from theorycheck.network.regularised_loss import RegularisedLoss


@pytest.mark.parametrize("name", ["tanh", "softplus", "sin(x)"])
@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_derivatives(name, factor):
    rng = np.random.default_rng(3)
    loss = RegularisedLoss(Activation(name), rng.standard_normal(3), rng.standard_normal((5, 2)), rng.standard_normal(5), 0.3, factor)
    weights = rng.standard_normal((3, 2))
    steps = 1e-5 * np.eye(6).reshape(6, 3, 2)
    gradient = [(loss.value(weights + h) - loss.value(weights - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(loss.gradient(weights).ravel(), gradient, atol=1e-8)
    hessian = [(loss.gradient(weights + h) - loss.gradient(weights - h)).ravel() / 2e-5 for h in steps]
    np.testing.assert_allclose(loss.hessian(weights), hessian, atol=1e-8)
    assert loss.laplacian(weights) == pytest.approx(np.trace(loss.hessian(weights)))
    assert loss.villani(weights, 2.0) == pytest.approx(np.sum(loss.gradient(weights) ** 2) / 2 - loss.laplacian(weights))


def test_bad_input():
    one = np.ones(1)
    with pytest.raises(InputError, match="regulariser=-1; write a number λ ≥ 0"):
        RegularisedLoss(Activation("tanh"), one, one[:, None], one, -1)
    with pytest.raises(InputError, match="write \\(n, d\\), \\(n,\\) and \\(p,\\)"):
        RegularisedLoss(Activation("tanh"), one, one, one, 1)


ONE = np.ones(1)


def loss(**changed):
    given = {"activation": Activation("tanh"), "outer": ONE, "inputs": ONE[:, None], "labels": ONE, "regulariser": 1.0} | changed
    return RegularisedLoss(**given)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: loss(activation="tanh"), r"activation='tanh'; write Activation\(\.\.\.\)"),
        (lambda: loss(regulariser=float("nan")), "regulariser=nan"),
        (lambda: loss(regulariser="a"), "regulariser='a'"),
        (lambda: loss(factor=0), "factor=0; write a positive number"),
        (lambda: loss(inputs=[[float("nan")]]), r"inputs has nan at \[0, 0\]; write finite numbers"),
        (lambda: loss(labels="abc"), "labels is not an array of numbers"),
        (lambda: loss(outer=[1j]), "outer has complex entries"),
        (lambda: loss(inputs=np.ones((0, 1)), labels=[]), "have shapes"),
        (lambda: loss().value(np.ones((2, 1))), r"the weights have shape \(2, 1\); write one row for each unit, shape \(1, 1\)"),
        (lambda: loss().gradient(np.ones(3)), "the weights have shape"),
        (lambda: loss().hessian([[float("inf")]]), "the weights has inf at"),
        (lambda: loss().villani([[1.0]], 0), "s=0; write a positive number"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
