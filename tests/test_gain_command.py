"""The command `theorycheck gain`, and the SIGNAL part of the page."""

import contextlib
import io
import json

import pytest

from theorycheck.cli import main
from theorycheck.page import verify


def run(*args):
    """(exit code, stdout, stderr) of the command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code, out.getvalue(), err.getvalue()


def test_mish():
    code, out, _ = run("gain", "mish")
    assert code == 0 and "1.486847581273" in out and "+/- " in out  # a buffer is no UTF-8 terminal
    assert "biases N(0, C_b)" in out and "torch.nn.init.normal_" in out


def test_relu_is_exact():
    code, out, _ = run("gain", "relu")
    assert code == 0 and "= sqrt2" in out and "every K, C_W = 2, C_b = 0" in out and "s - x/2 is even" in out


def test_critical_points_and_the_edge():
    assert "K = 14.3201736" in run("gain", "silu")[1]
    code, out, _ = run("gain", "tanh", "--sigma-b", "0.05", "--digits", "8")
    assert code == 0 and "none with K > 0" in out and "sigma_w = 1.122539 " in out


def test_json():
    code, out, _ = run("gain", "gelu", "--digits", "10", "--sigma-b", "1/10", "--json")
    found = json.loads(out)
    assert code == 0 and set(found) == {"activation", "signal", "correlation", "landmarks", "symmetry", "edge_of_chaos"}
    document = found["signal"]
    assert list(document) == (
        "mean second_moment gain gain_centred backward_gain chi_perp chi_par critical critical_complete"
    ).split()
    assert [set(point) for point in document["critical"]] == [{"K", "C_W", "C_b", "kind"}] * 2
    assert all(set(document[name]) == {"value", "radius", "exact"} for name in ("gain", "chi_par"))
    edge = found["edge_of_chaos"]
    assert list(edge) == ["sigma_b", "points", "complete"] and edge["complete"]["holds"] is True
    assert [set(point) for point in edge["points"]] == [{"K", "C_W", "isolated"}]


@pytest.mark.parametrize(
    ("args", "message"),
    [(("exp(x^2)",), "does not exist"), (("gelu", "--sigma-b", "1e300"), "out of range"),
     (("gelu", "--sigma-b", "inf"), "--sigma-b"), (("leaky_relu", "--param", "a=x"), "not a number"),
     (("gelu", "--digits", "0"), "--digits"), (("gelu", "--sigma-b", "-1"), "positive"), (("",), "empty"), (("λ(x)",), "ASCII"),
     (("tanh", "--sigma-b", "0"), "positive standard deviation"), (("tanh", "--sigma-b", "a"), "--sigma-b"),
     (("tanh", "--budget", "0"), "--budget"),
     (("0*x",), "s = 0"), (("nonsense",), "nonsense")],
)  # fmt: skip
def test_bad_input_ends_with_2(args, message):
    code, out, err = run("gain", *args)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1


def test_no_edge_is_an_answer_where_it_is_proved():
    code, out, _ = run("gain", "relu", "--sigma-b", "1/2", "--digits", "5")
    assert code == 0 and "none: s(cx) = c s(x)" in out and "(proved)" in out


@pytest.mark.parametrize(("args", "words"), [
    (("softplus", "--sigma-b", "1/2", "--digits", "5"), "whether there are any with K > 0; there is at most one"),
    (("cos", "--digits", "5"), "undecided: sin(x) may change sign infinitely often"),
    (("gelu", "--digits", "5", "--budget", "1e-9"), "a larger --budget may decide it"),
])  # fmt: skip
def test_what_is_undecided_ends_with_3(args, words):
    code, out, err = run("gain", *args)
    assert code == 3 and words in out and err == ""


def test_a_part_that_is_not_defined_is_an_answer():
    code, out, _ = run("gain", "step", "--digits", "5")
    assert code == 0 and "undecided" not in out and "criticality asks for a continuous function" in out


@pytest.mark.parametrize(("text", "words"), [
    ("exp(x)", "r = 1, slope 1"), ("linear", "every r, slope 1"), ("5", "does not exist: s is constant"), ("5", "from 5 (at x = 0)"),
    ("max(x - 1, 0)", "a curve: s s'' = 0"),
])  # fmt: skip
def test_exact_parts_are_decided(text, words):
    code, out, _ = run("gain", text, "--digits", "6")
    assert code == 0 and words in out and "+/- 0" not in out


def test_the_page_has_the_numbers():
    page = verify("relu", digits=8)
    assert page.to_json()["signal"]["gain"]["exact"] == "sqrt(2)"
    text = page.text()
    assert "SIGNAL    gain √2" in text and "critical every K: C_W = 2" in text
    assert "not defined" in json.dumps(verify("step", digits=5).to_json()["signal"])
