"""Errors in units in the last place: of right, of slightly wrong and of badly wrong implementations; and of those that cannot be called."""

import json
import sys
from math import inf

import numpy as np
import pytest

from theorycheck.activation.function import Activation
from theorycheck.cli import main
from theorycheck.errors import InputError
from theorycheck.ulp.calling import call, implementation, library_of
from theorycheck.ulp.formats import FORMATS, float_format
from theorycheck.ulp.measure import accuracy
from theorycheck.ulp.points import special_places, try_points


def measured(text, function, dtype, **options):
    return accuracy(Activation(text), function, dtype, np.random.default_rng(0), per_binade=16, **options)


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_formats_agree_with_numpy(name):
    kind, info, numpy_type = FORMATS[name], np.finfo(name), np.dtype(name).type
    assert (kind.largest, kind.smallest) == (float(info.max), float(info.smallest_subnormal))
    codes = np.array([0, 1, 5, 1 << kind.bits, kind.count // 2, kind.count - 1, kind.count])
    values = kind.values(codes)
    assert [float(numpy_type(v)) for v in values] == values.tolist()
    assert [kind.code(v) for v in values] == codes.tolist()
    assert [kind.code(-v) for v in values[1:]] == (-codes[1:]).tolist()
    for value in (1.0, 1.5, 3.0, float(info.tiny)):
        assert kind.unit(value) == float(np.spacing(numpy_type(value)))


def test_all_half_precision_values_and_bfloat16():
    values = FORMATS["float16"].values(np.arange(1, FORMATS["float16"].count + 1))
    bits = np.arange(1, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    assert np.array_equal(values, bits)
    brain = FORMATS["bfloat16"].values(np.arange(1, FORMATS["bfloat16"].count + 1))
    assert np.array_equal(brain, (np.arange(1, 0x7F80, dtype=np.uint32) << 16).view(np.float32).astype(np.float64))
    with pytest.raises(InputError, match="write one of float16"):
        float_format("float8")


def test_the_sample_holds_the_nasty_points():
    kind = FORMATS["float32"]
    points = set(try_points(Activation("silu"), kind, 4, np.random.default_rng(1)).tolist())
    assert {0.0, kind.smallest, -kind.smallest, kind.largest, -kind.largest, 2.0**-126} <= points
    turning = special_places(Activation("silu"))[0]
    assert float(np.float32(turning)) in points
    assert len(points) > 254 * 2


def test_numpy_tanh_is_below_two_units():
    found = measured("tanh", np.tanh, "float64")
    assert 0 <= found.ulp.error < 2
    assert found.wrong_signs == [] and not found.exhaustive


def test_a_planted_error_of_57_percent_is_found_with_its_place():
    def planted(x):
        y = np.tanh(x)
        return np.where((x > 3) & (x < 3.5), 0.43 * y, y)

    found = measured("tanh", planted, "float32")
    assert abs(found.relative.error - 0.57) < 1e-6
    assert 3 < found.relative.x < 3.5 and 3 < found.ulp.x < 3.5
    assert found.falls


def test_wrong_signs_and_lost_monotonicity():
    found = measured("silu", lambda x: np.where(x < -50, np.abs(x / (1 + np.exp(-x))), x / (1 + np.exp(-x))), "float32")
    assert found.wrong_signs and all(place.x < -50 for place in found.wrong_signs)
    naive = measured("softplus", lambda x: np.log(1 + np.exp(x)), "float32")
    assert naive.ulp.error == inf  # it overflows
    steps = measured("linear", lambda x: np.where((x > 1) & (x < 1.5), 1 - 2.0**-24, x), "float32")
    assert [place.got for place in steps.falls] == [1 - 2.0**-24]  # only the first argument past 1 falls


def test_a_rounding_error_is_measured_exactly():
    found = measured("linear", lambda x: np.where(x == 1, 1 + 3 * 2.0**-23, x).astype(x.dtype), "float32")
    assert (found.ulp.error, found.ulp.x) == (3.0, 1.0)
    below = measured("linear", lambda x: np.where(x == 2, 2 - 2.0**-23, x).astype(x.dtype), "float32")
    assert below.ulp.error == 0.5  # the unit is that of the truth, 2


def test_half_precision_is_exhaustive():
    found = measured("relu", lambda x: np.maximum(x, np.float16(0)), "float16")
    assert (found.points, found.exhaustive, found.ulp.error) == (2 * FORMATS["float16"].count + 1, True, 0.0)


def test_a_jump_has_two_right_values():
    assert measured("step", lambda x: np.where(x >= 0, 1.0, 0.0).astype(x.dtype), "float32").ulp.error == 0
    assert measured("step", lambda x: np.where(x > 0, 1.0, 0.0).astype(x.dtype), "float32").ulp.error == 0
    assert measured("step", lambda x: np.where(x > 1e-30, 1.0, 0.0).astype(x.dtype), "float32").ulp.error > 1e6


def test_overflow_is_right_where_the_truth_rounds_to_infinity():
    assert measured("exp", np.exp, "float32").ulp.error < 3
    assert measured("x^2", lambda x: np.where(np.abs(x) > 1e15, inf, x * x), "float32").ulp.error == inf


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda x: 1 / 0, "ZeroDivisionError"),
        (lambda x: x[:3], "shape"),
        (lambda x: x.astype(np.float32), "gives float32"),
        (lambda x: 1.0, "gives float"),
        (lambda x: "text", "gives str"),
    ],
)
def test_what_cannot_be_measured_is_refused(function, word):
    with pytest.raises(InputError, match=word):
        measured("tanh", function, "float64")


class FakeTensor:
    """Enough of a PyTorch tensor for the bridge."""

    def __init__(self, values, dtype):
        self.values, self.dtype, self.shape = values, dtype, values.shape

    def to(self, dtype):
        return FakeTensor(self.values, dtype)

    def detach(self):
        return self

    cpu = double = detach

    def numpy(self):
        return self.values


def test_a_torch_function_is_called_through_its_own_arrays(monkeypatch):
    class FakeTorch:
        bfloat16 = "torch.bfloat16"

        @staticmethod
        def from_numpy(values):
            return FakeTensor(values, "torch.float64")

    monkeypatch.setitem(sys.modules, "torch", FakeTorch)
    assert call(lambda t: t, np.array([1.0, 2.0]), "bfloat16", "torch").tolist() == [1.0, 2.0]
    assert library_of("torch.nn.functional:gelu") == "torch" and library_of("mine:f", "jax") == "jax"


def run(capsys, *args):
    with pytest.raises(SystemExit) as stopped:
        main(["ulp", *args])
    return stopped.value.code, capsys.readouterr()


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("tanh", "--against", "numpy"), "module:function"),
        (("tanh", "--against", "no_such_module:f"), "does not import"),
        (("tanh", "--against", "numpy:tahn"), "has no tahn"),
        (("tanh", "--against", "numpy:pi"), "no function"),
        (("tanh", "--against", "numpy:tanh", "--dtype", "half"), "float16"),
        (("tanh", "--against", "numpy:tanh", "--dtype", "bfloat16"), "bfloat16"),
        (("tanh", "--against", "numpy:tanh", "--arrays", "cupy"), "--arrays"),
        (("tanh", "--against", "numpy:tanh", "--points", "0"), "--points"),
        (("tanh", "--against", "numpy:tanh", "--allow", "nan"), "--allow"),
        (("tahn", "--against", "numpy:tanh"), "tanh"),
        (("tanh", "--against", "numpy:linalg.norm"), "gives"),
    ],
)
def test_bad_input_is_one_line(capsys, args, word):
    code, (out, err) = run(capsys, *args)
    assert (code, out) == (2, "")
    assert word in err and "defect" not in err and err.count("\n") == 1


def test_the_command(capsys):
    code, (out, _) = run(capsys, "tanh", "--against", "numpy:tanh", "--points", "4", "--allow", "4")
    assert code == 0 and "worst ulp error" in out and "wrong signs           none" in out
    code, (out, _) = run(capsys, "tanh", "--against", "numpy:sin", "--points", "4", "--allow", "4", "--json")
    page = json.loads(out)
    assert code == 1 and page["grade"] == "sampled" and page["wrong_signs"]["count"] > 0
    assert implementation("numpy:tanh") is np.tanh
