"""The float table of slope moments against certified balls, and its refusals."""

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.activation.function import Activation
from theorycheck.errors import DoesNotExist
from theorycheck.gaussian.alpha_table import ALPHAS, alpha_table
from theorycheck.gaussian.slope_moments import certified_alphas, float_alphas

SCALES = ["1/10000", "1/10", "1", "37/10", "10", "100"]
TEXTS = (
    "max(x, 0)",
    "where(x > 0, x, expm1(x))",
    "x*tanh(log(1+exp(x)))",
    "x*Phi(x)",
    "atan(x)",
    "log(1+x**2)",
    "max(x-3/10, 0)",
    "tanh(50*x)",
    "tanh(x-5)",
    "x**3*sigmoid(2*x)",
    "1/(1+100*x**2)",
)


def floats(scales):
    return [float(Fraction(s)) for s in scales]


@pytest.mark.parametrize("text", TEXTS)
def test_every_entry_is_right_or_nan(text):
    slope = Activation(text).derivative()
    table = alpha_table([slope], floats(SCALES))[0]
    for row, truth in zip(table, certified_alphas(slope, SCALES, 18), strict=True):
        for value, ball in zip(row, truth, strict=True):
            assert np.isnan(value) or abs(value - float(ball)) <= 2e-13 * max(1.0, abs(float(ball)))


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_table_leaves_open_is_still_answered(text):
    slope = Activation(text).derivative()
    for row, truth in zip(float_alphas(slope, floats(SCALES)), certified_alphas(slope, SCALES, 18), strict=True):
        assert np.allclose(row, [float(ball) for ball in truth], rtol=1e-9, atol=2e-13)


def test_many_functions_give_the_rows_of_each():
    slopes = [Activation(text).derivative() for text in TEXTS]
    together = alpha_table(slopes, [0.5, 2.0])
    assert together.shape == (len(TEXTS), 2, len(ALPHAS))
    for slope, block in zip(slopes, together, strict=True):
        assert np.allclose(block, alpha_table([slope], [0.5, 2.0])[0], rtol=1e-13, atol=1e-14, equal_nan=True)


def test_narrow_spikes_and_fast_waves_are_not_guessed():
    spike, wave = Activation("exp(-(1000*(x-1))**2)"), Activation("sin(300*x)")
    assert np.isnan(alpha_table([spike, wave], [1.0])).all()


def test_a_moment_that_diverges_is_refused():
    with pytest.raises(DoesNotExist):
        float_alphas(Activation("exp(x**2/4)"), [1.5])
