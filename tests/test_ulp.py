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
from theorycheck.ulp.screening import _codes


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


@pytest.mark.parametrize(("low", "dtype"), [(0.3, "float64"), (-0.0017, "float32"), (7.0, "float32"), (-900.0, "float64")])
def test_a_narrow_fault_is_found(low, dtype):
    high, sign = abs(low) * (1 + 2.0**-12), np.sign(low)  # the width that the grid is said to see
    found = measured("x", lambda x: np.where((sign * x > abs(low)) & (sign * x < high), x * x.dtype.type(0.43), x), dtype)
    assert abs(found.relative.error - 0.57) < 1e-6 and abs(low) < sign * found.ulp.x < high
    assert found.grid.relative_width == 2.0**-12 and found.grid.screened > 300_000


def test_the_grid_is_as_fine_as_it_says():
    kind = FORMATS["float64"]
    points = kind.values(_codes(kind, np.random.default_rng(3)))
    inside = points[(points >= 2.0**-10) & (points <= 2.0**10)]
    assert (inside[1:] / inside[:-1]).max() <= 1 + 2.0**-12 and inside[0] == 2.0**-10 and inside[-1] == 2.0**10
    assert np.array_equal(points, -points[::-1])
    normal = np.concatenate([points[points > 0], [kind.largest]])
    assert normal[0] == 2.0**kind.least and (normal[1:] / normal[:-1]).max() <= 1 + 2.0**-6


@pytest.mark.parametrize(
    ("low", "dtype"),
    [(5000.0, "float32"), (1e-5, "float32"), (-1e9, "float32"), (5e3, "float64"), (1e-300, "float64"), (-1e200, "float64")],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_fault_of_two_percent_is_found_in_every_binade(low, dtype, seed):
    high, sign = abs(low) * 1.02, np.sign(low)

    def faulty(x):
        return np.where((sign * x > abs(low)) & (sign * x < high), x.dtype.type(0.43), x.dtype.type(1)) * x

    found = accuracy(Activation("x"), faulty, dtype, np.random.default_rng(seed), per_binade=1)
    assert abs(found.relative.error - 0.57) < 1e-6 and abs(low) < sign * found.ulp.x < high


def test_arguments_whose_reference_overflows_are_compared_too():
    def faulty(x):
        return np.where(x > 1e200, x.dtype.type(0.43), x.dtype.type(1)) * np.abs(x)

    found = accuracy(Activation("sqrt(x^2 + 1) - 1"), lambda x: np.hypot(x, 1), "float64", np.random.default_rng(0), per_binade=1)
    assert found.ulp.x < 1 and not found.not_finite  # there 1 is missing; √(1e400 + 1) is no fault of the implementation
    assert accuracy(Activation("sqrt(x^2 + 1)"), faulty, "float64", np.random.default_rng(0), per_binade=1).not_finite == []
    values = Activation("sqrt(x^2 + 1)")
    assert values.unrescued(np.array([1e200]))[0] == np.inf and values(np.array([1e200]))[0] == 1e200 == values(1e200)


def test_values_that_are_no_numbers_are_counted():
    all_nan = measured("tanh", lambda x: np.full_like(x, np.nan), "float32")
    assert len(all_nan.not_finite) == all_nan.points and all_nan.ulp.error == inf and all_nan.finite is None
    some = measured("tanh", lambda x: np.where((x > 5) & (x < 5.01), np.nan, np.tanh(x)), "float64")
    assert some.not_finite and all(5 < place.x < 5.01 for place in some.not_finite)
    assert some.ulp.error == inf and some.finite.error < 2
    single = measured("x", lambda x: np.where(x == 1, np.inf, x).astype(x.dtype), "float32")
    assert [place.x for place in single.not_finite] == [1.0] and single.finite.error == 0
    assert measured("exp", np.exp, "float32").not_finite == []  # it overflows where the truth does


def test_a_truth_that_cannot_be_enclosed_loses_no_others():
    found = accuracy(Activation("exp(exp(x))"), lambda x: np.exp(np.exp(x)), "float32", np.random.default_rng(0), per_binade=1)
    assert found.undecided and min(found.undecided) > 100 and found.ulp.error < inf
    assert found.to_json()["undecided"]["count"] == len(found.undecided)


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
        (lambda x: None, "gives NoneType"),
        (lambda x: x + 0j, "gives complex128"),
        (lambda x: x.astype(int), "gives int64"),
        (lambda x: x[:, None], "shape"),
        (lambda x: sys.exit(5), "SystemExit"),
        (lambda x: raises(Strange("odd")), "Strange"),
    ],
)
def test_what_cannot_be_measured_is_refused(function, word):
    with pytest.raises(InputError, match=word):
        measured("tanh", function, "float64")


class Strange(BaseException):
    """Not an Exception, as that of a library that wants to get out."""


def raises(error):
    raise error


def test_an_interruption_passes():
    with pytest.raises(KeyboardInterrupt):
        measured("tanh", lambda x: raises(KeyboardInterrupt()), "float16")


def test_what_an_implementation_prints_is_no_part_of_the_answer(capsys):
    call(lambda x: (sys.stdout.write("hello"), x)[1], np.array([1.0]), "float64", "numpy")
    out, err = capsys.readouterr()
    assert out == "" and err == "hello"


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


def test_a_bfloat16_function_of_torch_is_measured_at_all_values(monkeypatch):
    def rounded(values):  # to nearest even, by the integers of float32
        bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16).astype(np.uint32).view(np.float32).astype(np.float64)

    class Brain(FakeTensor):
        def to(self, dtype):
            return Brain(rounded(self.values), dtype)

    class FakeTorch:
        bfloat16 = "torch.bfloat16"

        @staticmethod
        def from_numpy(values):
            return Brain(values, "torch.float64")

    monkeypatch.setitem(sys.modules, "torch", FakeTorch)
    tanh = measured("tanh", lambda t: Brain(rounded(np.tanh(t.values)), t.dtype), "bfloat16", library="torch")
    assert tanh.exhaustive and tanh.points == 2 * FORMATS["bfloat16"].count + 1
    assert tanh.ulp.error <= 0.5001 and not tanh.falls and not tanh.wrong_signs and not tanh.not_finite
    with pytest.raises(InputError, match="gives float32 for bfloat16"):
        measured("tanh", lambda t: FakeTensor(np.tanh(t.values), "torch.float32"), "bfloat16", library="torch")


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


def test_the_exit_code_says_that_values_are_no_numbers(capsys, monkeypatch, tmp_path):
    (tmp_path / "broken.py").write_text("import numpy as np\n\n\ndef nan(x):\n    return np.full_like(x, np.nan)\n")
    (tmp_path / "leaves.py").write_text("import sys\n\nsys.exit(7)\n")
    monkeypatch.syspath_prepend(tmp_path)
    code, (out, _) = run(capsys, "tanh", "--against", "broken:nan", "--points", "1")
    assert code == 1 and "worst ulp error       inf" in out and "NaN or infinite       none" not in out
    code, (out, _) = run(capsys, "tanh", "--against", "broken:nan", "--points", "1", "--json")
    page = json.loads(out)
    assert code == 1 and page["not_finite"]["count"] == page["points"] and page["worst_finite_ulp"] is None
    code, (out, err) = run(capsys, "tanh", "--against", "leaves:f")
    assert (code, out) == (2, "") and "SystemExit" in err
    code, (out, _) = run(capsys, "tanh", "--against", "numpy:tanh", "--points", "1")
    assert code == 0 and "every interval of relative width 2^-12 in ±[2^-10, 2^10] holds one" in out.replace("+/-", "±")
