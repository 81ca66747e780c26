"""The assertions: what they accept, what they refuse, and what they say."""

import math
import subprocess
import sys
from math import erf, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import theorycheck
from theorycheck import Activation
from theorycheck.errors import InputError
from theorycheck.testing import (
    activations,
    assert_activation_matches,
    assert_claim,
    assert_property,
    correlations,
    scales,
    teachers,
    unit_rows,
)


def failure(implementation, activation, **options):
    with pytest.raises(AssertionError) as caught:
        assert_activation_matches(implementation, activation, **options)
    return str(caught.value)


# --- implementations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("implementation", "name"),
    [
        (np.tanh, "tanh"),
        (math.tanh, "tanh"),
        (np.exp, "exp"),
        (np.sin, "sin"),
        (np.abs, "abs"),
        (lambda x: np.maximum(x, 0), "relu"),
        (lambda x: x if x > 0 else 0, "relu"),
        (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), "elu"),
        (lambda x: np.logaddexp(0, x), "softplus"),
        (lambda x: np.clip(x + 3, 0, 6) / 6, "hard_sigmoid"),
        (lambda x: np.clip(x / 6 + 0.5, 0, 1), "hard_sigmoid"),
        (lambda x: x**3, "cubic"),
        (lambda x: np.exp(-(x**2)), "gaussian"),
        (lambda x: 0.0 * x + 1, "1"),
        (lambda x: 1.0, "1"),
    ],
)
def test_good_programs_match(implementation, name):
    match = assert_activation_matches(implementation, name)
    assert match.failures == 0 and match.points > 1000 and match.relative_error < 1e-12


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(("implementation", "name"), [(np.tanh, "tanh"), (np.square, "quadratic"), (lambda x: np.maximum(x, 0), "relu")])
def test_shorter_floats_are_judged_by_their_own_precision(implementation, name, dtype):
    assert assert_activation_matches(implementation, name, dtype=dtype).ulps < 8


@pytest.mark.parametrize("value_at_zero", [-1.0, 0.0, 0.5, 1.0])
def test_every_value_at_a_jump_is_a_convention(value_at_zero):
    assert_activation_matches(lambda x: np.where(x == 0, value_at_zero, np.sign(x)), "sign")
    if value_at_zero >= 0:
        assert_activation_matches(lambda x: np.heaviside(x, value_at_zero), "step")


def test_a_value_outside_the_jump_is_wrong():
    assert "x = 0.0" in failure(lambda x: np.where(x == 0, 1.5, np.sign(x)), "sign")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("threshold", ["0.1", "0.3", "1/3", "0.7"])
def test_a_threshold_is_right_when_it_is_rounded(threshold, dtype):
    rounded = np.dtype(dtype).type(float(Activation("hard_shrink", a=threshold).parameters["a"]))
    for keep in (lambda x: abs(x) > rounded, lambda x: abs(x) >= rounded):
        assert_activation_matches(lambda x, keep=keep: np.where(keep(x), x, 0), Activation("hard_shrink", a=threshold), dtype=dtype)


@pytest.mark.parametrize("off", [1e-6, -1e-6, 1e-9, -1e-9])
def test_a_threshold_that_is_off_is_found(off):
    assert failure(lambda x: np.where(abs(x) > 0.3 + off, x, 0), Activation("hard_shrink", a="0.3"))


def test_naive_softplus_overflows_and_the_message_says_where():
    text = failure(lambda x: np.log(1 + np.exp(x)), "softplus")
    assert "got inf, truth 718.16" in text and "Activation('softplus', beta='1')" in text


def test_naive_gelu_loses_its_tail_unless_absolute_accuracy_will_do():
    def naive(x):
        return 0.5 * x * (1 + erf(x / sqrt(2)))

    text = failure(naive, "gelu")
    assert "test_naive_gelu" in text and "relative error" in text and "ulp (float64)" in text and "write atol=2e-15" in text
    assert assert_activation_matches(naive, "gelu", atol=2e-15).failures == 0


def test_a_difference_between_two_flavours_of_gelu_is_found():
    def by_tanh(x):
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

    assert_activation_matches(by_tanh, "gelu_tanh", atol=1e-14, reach=1e100)
    assert "got" in failure(by_tanh, "gelu", atol=1e-14)


def test_what_a_program_raises_is_reported_at_its_point():
    text = failure(lambda x: math.log(1 + math.exp(x)), "softplus")
    assert "raised OverflowError: math range error" in text


@pytest.mark.parametrize(
    ("implementation", "words"),
    [(lambda x: x * 1j, "complex"), (lambda x: "1", "relative error"), (lambda x: None, "NoneType"), (lambda x: x[:5], "subscriptable")],
)
def test_answers_that_are_no_numbers_are_wrong_at_every_point(implementation, words):
    assert words in failure(implementation, "linear")


def test_a_program_that_returns_a_shorter_float_is_told_so():
    assert "write dtype='float32'" in failure(lambda x: np.tanh(x.astype(np.float32)), "tanh")


def test_a_program_may_work_in_place():
    def in_place(x):
        x[x < 0] = 0
        return x

    assert assert_activation_matches(in_place, "relu").failures == 0


def test_a_wrong_kink_and_a_wrong_slope_are_reported_at_an_ordinary_point():
    text = failure(lambda x: np.maximum(x, 0.02 * x), "leaky_relu")
    assert "x = -1.0:" in text and "relative error 1, " in text


def test_the_reported_error_is_that_of_mpmath():
    def rough(x):
        return np.tanh(x) * (1 + 1e-9)

    match = assert_activation_matches(rough, "tanh", rtol=1e-8)
    with mpmath.workdps(40):
        truth = mpmath.tanh(mpmath.mpf(match.worst))
        relative = abs(mpmath.mpf(match.got) - truth) / truth
        assert abs(relative) == pytest.approx(match.relative_error, rel=1e-6)
        assert float(abs(mpmath.mpf(match.got) - truth) / np.spacing(float(abs(truth)))) == pytest.approx(match.ulps, rel=1e-6)
        assert abs(mpmath.mpf(match.truth) / truth - 1) < 1e-15


def test_points_of_the_user_are_tried():
    def wrong_there(x):
        return np.where(x == 0.123456789, 7.0, np.tanh(x))

    assert assert_activation_matches(wrong_there, "tanh").failures == 0
    assert "x = 0.123456789:" in failure(wrong_there, "tanh", points=[0.123456789])


@given(st.floats(-700, 700, allow_subnormal=False))
@settings(max_examples=25)
def test_the_truth_at_any_point_is_that_of_a_second_engine(z):
    mish = Activation("mish")
    with mpmath.workdps(60):
        value = float(z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))))
    assert_activation_matches(lambda x: np.where(x == z, value, mish(x)), mish, points=[z])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "bfloat16"}, "write one of float64, float32, float16"),
        ({"rtol": -1}, "rtol=-1"),
        ({"atol": math.nan}, "atol=nan"),
        ({"reach": 0.1}, "reach=0.1"),
        ({"points": [math.nan]}, "points: nan"),
        ({"points": [1e30], "dtype": "float16"}, "up to 65504 for float16"),
    ],
)
def test_options_out_of_range_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        assert_activation_matches(np.tanh, "tanh", **options)


def test_what_is_no_function_and_what_is_no_activation_are_refused():
    with pytest.raises(InputError, match="3 is no function"):
        assert_activation_matches(3, "tanh")
    with pytest.raises(InputError, match="'tanhh' is not known"):
        assert_activation_matches(np.tanh, "tanhh")


# --- properties ---------------------------------------------------------------------------------------------------


def test_properties_by_name():
    assert assert_property("max(x, 0)", "P1").grade == "proved"
    assert assert_property(Activation("leaky_relu", a="0.2"), "P3a", holds=False).witness == "0"


def test_a_property_that_fails_says_why():
    with pytest.raises(AssertionError, match=r"P3a fails for Activation\('relu'\) \(s' jumps by 1 at x = 0; witness 0; proved\)"):
        assert_property("relu", "P3a")
    with pytest.raises(AssertionError, match="expected: P3b fails"):
        assert_property("relu", "P3b", holds=False)


def test_undecided_neither_holds_nor_fails(monkeypatch):
    from theorycheck.testing import assertions
    from theorycheck.verdict import undecided

    monkeypatch.setattr(assertions, "_properties", lambda pieces, budget: {"villani": undecided("nobody knows")})
    for holds in (True, False):
        with pytest.raises(AssertionError, match="villani is undecided for .* \\(nobody knows\\); expected"):
            assert_property("relu", "villani", holds=holds)
    assert assert_property("relu", "villani", holds=None).grade is None


def test_an_unknown_property_suggests_the_nearest():
    with pytest.raises(InputError, match="there is no property 'monoton'; did you mean monotone"):
        assert_property("relu", "monoton")
    with pytest.raises(InputError, match="write one of P1, P2"):
        assert_property("relu", "zzz")


# --- strategies ---------------------------------------------------------------------------------------------------


@given(activations())
def test_activations_are_finite_and_report_their_pieces(f):
    grid = np.linspace(-4, 4, 33)
    assert np.isfinite(f(grid)).all()
    with mpmath.workdps(30):
        z = 0.4142
        assert float(f.mpmath(z)) == pytest.approx(f(z), rel=1e-9, abs=1e-12)


@given(activations(composed=False))
def test_the_catalogue_only(f):
    assert f.name is not None


@given(correlations())
def test_correlations(r):
    assert -1 <= r <= 1


@given(correlations(interior=True))
def test_correlations_of_the_interior(r):
    assert -1 < r < 1


@given(scales(1e-2, 50.0))
def test_scales(sigma):
    assert 1e-2 <= sigma <= 50


@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_unit_rows(data, d, m):
    rows = data.draw(unit_rows(d, m))
    assert rows.shape == (m, d)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-15


@given(teachers(d=3))
def test_teachers(teacher):
    (m,) = teacher.weights.shape
    assert teacher.rows.shape == (m, 3) and 1 <= m <= 5


@pytest.mark.parametrize(
    "seen",
    [
        lambda rows: np.array_equal(rows[0], -rows[1]),
        lambda rows: np.array_equal(rows[0], rows[1]),
        lambda rows: 0 < np.abs(rows[0] - rows[1]).max() < 1e-7,
        lambda rows: rows[0] @ rows[1] == 0,
        lambda rows: np.abs(rows).min() > 0.1,
    ],
    ids=["opposite", "equal", "nearly equal", "orthogonal", "general"],
)
def test_unit_rows_reach_the_nasty_cases(seen):
    assert _reaches(unit_rows(3, 2), seen)


def test_strategies_reach_the_nasty_cases():
    for wanted in (1.0, -1.0, 0.0, 1 - 2**-53):
        assert _reaches(correlations(), lambda r, wanted=wanted: r == wanted)
    for wanted in (1e-4, 1.0, 1e4):
        assert _reaches(scales(), lambda s, wanted=wanted: s == wanted)
    assert _reaches(scales(), lambda s: s not in [10.0**n for n in range(-4, 5)])
    assert _reaches(teachers(), lambda t: len(t.weights) > 1 and t.weights.sum() == 0 and t.weights.any())
    assert _reaches(activations(), lambda f: f.name is None and any(b != 0 for b in f.breakpoints))
    assert _reaches(activations(), lambda f: f.name == "leaky_relu" and str(f.parameters["a"]) != "1/100")


def _reaches(strategy, condition):
    try:
        drawing = settings(max_examples=2000, phases=[Phase.generate], derandomize=True, deadline=None, database=None)
        find(strategy, condition, settings=drawing)
    except NoSuchExample:
        return False
    return True


_IMPOSSIBLE = [(unit_rows, (0, 2)), (unit_rows, (2, -1)), (unit_rows, (2.0, 1)), (scales, (0, 1)), (scales, (2, 1))]


@pytest.mark.parametrize(("strategy", "arguments"), _IMPOSSIBLE)
def test_impossible_strategies_are_refused(strategy, arguments):
    with pytest.raises(InputError, match="write"):
        strategy(*arguments)


# --- importing ----------------------------------------------------------------------------------------------------


def test_importing_the_helpers_and_the_plugin_loads_nothing_heavy():
    code = "import theorycheck.testing, theorycheck.pytest_plugin, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "sympy", "scipy", "flint", "mpmath", "hypothesis", "tensorly"} & set(loaded)


# --- claims -------------------------------------------------------------------------------------------------------

CLAIM = """
from theorycheck.claims import Claim

claim = Claim("one", title="n is one", kind="equality", statement="n = 1", knobs={"n": 1})


@claim.certify
def rung(check, k):
    check.true(k.n == WHAT, "n is as it should be")
    check.covers_all("it is one number")


claim.mutant("two", by="certify", n=2)
"""


def test_a_claim_stands_by_its_path(tmp_path):
    file = tmp_path / "one.py"
    file.write_text(CLAIM.replace("WHAT", "1"))
    for path in (file, str(file), tmp_path):
        assert [report.agrees for report in assert_claim(path).claims] == [True]


def test_a_claim_that_disagrees_is_reported_in_full(tmp_path):
    (tmp_path / "one.py").write_text(CLAIM.replace("WHAT", "2"))
    with pytest.raises(AssertionError) as caught:
        assert_claim(tmp_path)
    assert "does not stand" in str(caught.value) and "n is as it should be" in str(caught.value) and "two" in str(caught.value)


def test_an_open_claim_cannot_be_asserted(tmp_path):
    text = (
        CLAIM.replace('k.n == WHAT, "n', 'None, "n')
        .replace("knobs=", 'finding="open", why="nobody knows", knobs=')
        .partition("claim.mutant")[0]
    )
    (tmp_path / "one.py").write_text(text.replace("check.true(None", "return check.true(None"))
    with pytest.raises(AssertionError, match="is open: nobody knows"):
        assert_claim(tmp_path)


def test_a_rung_that_is_not_there_and_a_claim_that_is_not_there_are_bad_input(tmp_path):
    (tmp_path / "one.py").write_text(CLAIM.replace("WHAT", "1"))
    assert assert_claim(tmp_path, rung="certify").exit_code == 0
    with pytest.raises(InputError, match="write one of certify"):
        assert_claim(tmp_path, rung="derive")
    with pytest.raises(InputError, match="did you mean landscape/relu-hermite"):
        assert_claim("landscape/relu-hermit")


def test_a_bundled_claim_stands():
    assert theorycheck.assert_claim("landscape/relu-hermite", rung="derive").exit_code == 0
