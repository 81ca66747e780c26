"""The catalogue: every entry parses, and is the function that its name promises."""

import math

import numpy as np
import pytest

from theorycheck.activation.catalog import ENTRIES, lookup, nearest
from theorycheck.activation.function import Activation


def clip(z, low, high):
    return min(max(z, low), high)


def phi(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def logistic(z):
    return 1 / (1 + math.exp(-z))


def soft(z):
    return math.log1p(math.exp(z))


# Written a second time, from the definitions in the sources, so that a slip in the catalogue cannot agree with itself.
DEFINITIONS = {
    "linear": lambda z: z,
    "quadratic": lambda z: z * z,
    "cubic": lambda z: z * z * z,
    "relu": lambda z: z if z > 0 else 0,
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "squared_relu": lambda z: z * z if z > 0 else 0,
    "relu6": lambda z: clip(z, 0, 6),
    "abs": abs,
    "step": lambda z: 1 if z >= 0 else 0,
    "sign": lambda z: math.copysign(1, z),
    "sigmoid": logistic,
    "tanh": math.tanh,
    "erf_integral": lambda z: math.sqrt(math.pi) / 2 * math.erf(z),
    "erf": math.erf,
    "softplus": soft,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "celu": lambda z: max(z, 0) + min(0, math.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * (math.exp(z) - 1)),
    "gelu": lambda z: z * phi(z),
    "gelu_tanh": lambda z: 0.5 * z * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "quick_gelu": lambda z: z * logistic(1.702 * z),
    "silu": lambda z: z * logistic(z),
    "mish": lambda z: z * math.tanh(soft(z)),
    "serf": lambda z: z * math.erf(soft(z)),
    "lisht": lambda z: z * math.tanh(z),
    "snake": lambda z: z + (1 - math.cos(2 * z)) / 2,
    "softsign": lambda z: z / (1 + abs(z)),
    "arctan": math.atan,
    "sin": math.sin,
    "cos": math.cos,
    "gaussian": lambda z: math.exp(-z * z),
    "exp": math.exp,
    "hard_tanh": lambda z: clip(z, -1, 1),
    "hard_sigmoid": lambda z: clip(z + 3, 0, 6) / 6,
    "hard_swish": lambda z: z * clip(z + 3, 0, 6) / 6,
    "soft_shrink": lambda z: math.copysign(max(abs(z) - 0.5, 0), z),
    "hard_shrink": lambda z: z if abs(z) > 0.5 else 0,
    "tanh_shrink": lambda z: z - math.tanh(z),
    "log_sigmoid": lambda z: -soft(-z),
    "log_cosh": lambda z: math.log(math.cosh(z)),
    "squareplus": lambda z: (z + math.sqrt(z * z + 4)) / 2,
    "bent_identity": lambda z: (math.sqrt(z * z + 1) - 1) / 2 + z,
}
POINTS = np.array([-7.3, -3.1, -1.25, -0.7, -0.3, 0.2, 0.45, 0.9, 1.75, 3.3, 6.6])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry_is_the_function_of_its_source(entry):
    ours = Activation(entry.name)(POINTS)
    np.testing.assert_allclose(ours, [DEFINITIONS[entry.name](float(z)) for z in POINTS], rtol=1e-12, atol=1e-14)


def test_names_and_aliases_are_all_different():
    names = [name.replace("_", "").lower() for entry in ENTRIES for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))
    assert not {"x", "e", "pi"} & set(names)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("Hardtanh", "hard_tanh"), ("hard_silu", "hard_swish"), ("GELU", "gelu"),
     ("swish", "silu"), ("Softplus", "softplus"), ("LogSigmoid", "log_sigmoid"), ("Identity", "linear"), ("SELU", "selu")],
)  # fmt: skip
def test_the_names_of_libraries_are_known(name, entry):
    assert lookup(name).name == entry


@pytest.mark.parametrize("text", ["x", "e", "pi", "s-in", "x*Phi(x)", "", "relu ", "gleu"])
def test_other_text_is_no_name(text):
    assert lookup(text) is None


def test_a_misspelt_name_finds_its_neighbour():
    assert nearest("sofplus") == "softplus"
    assert nearest("LeakyRelo") == "leaky_relu"


def test_parameters_override_defaults():
    assert Activation("leaky_relu", a="0.2")(-1.0) == pytest.approx(-0.2)
    assert Activation("swish", beta=2)(1.0) == pytest.approx(logistic(2))
