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
    with pytest.raises(InputError, match="regulariser=-1 is negative"):
        RegularisedLoss(Activation("tanh"), one, one[:, None], one, -1)
    with pytest.raises(InputError, match="write \\(n, d\\), \\(n,\\) and \\(p,\\)"):
        RegularisedLoss(Activation("tanh"), one, one, one, 1)
