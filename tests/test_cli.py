"""The commands: documents, exit codes, and one clear line for whatever is wrong."""

import json
import subprocess
import sys

import pytest

from theorycheck.cli import main


@pytest.fixture
def run(capsys):
    def invoke(*args):
        with pytest.raises(SystemExit) as stopped:
            main(list(args))
        out, err = capsys.readouterr()
        return stopped.value.code, out, err

    return invoke


VALUE = {"value", "radius", "exact"}
ACTIVATION = {"name", "expr", "parameters", "pieces"}


def test_rho_document(run):
    code, out, _ = run("rho", "relu", "--sigma", "1", "--sigma", "0.1", "--sigma", "1", "--json")
    document = json.loads(out)
    assert code == 0
    assert set(document) == {"activation", "rho"}
    assert set(document["activation"]) == ACTIVATION
    assert [row["sigma"] for row in document["rho"]] == ["1", "1/10", "1"]
    row = document["rho"][0]
    assert set(row) == {"sigma", "terms", "active"} | VALUE
    assert row["value"].startswith("0.0908450569081046")
    assert row["active"] == [1, 2, 3]
    assert len(row["terms"]) == 3


def test_hermite_document(run):
    code, out, _ = run("hermite", "max(x,0)", "--terms", "4", "--digits", "20", "--json")
    document = json.loads(out)
    assert code == 0
    assert [c["k"] for c in document["coefficients"]] == [0, 1, 2, 3]
    assert document["coefficients"][1]["exact"] == "1/2"
    assert document["coefficients"][3] == {"k": 3, "value": "0", "radius": "0", "exact": "0"}
    assert document["coefficients"][0]["value"].startswith("0.3989422804014326779")


def test_dual_document(run):
    code, out, _ = run("dual", "relu", "--at", "0.3", "--at", "-1", "--json")
    document = json.loads(out)
    assert code == 0
    assert set(document) == {"activation", "values", "exact"}
    assert [v["at"] for v in document["values"]] == ["3/10", "-1"]
    assert set(document["values"][0]) == {"at"} | VALUE
    assert float(document["values"][1]["value"]) == 0
    assert "r" in document["exact"]


def test_one_variance_stands_for_both(run):
    _, one, _ = run("dual", "relu", "--at", "0.3", "--variance", "2", "--json")
    _, two, _ = run("dual", "relu", "--at", "0.3", "--variance", "2", "--variance", "2", "--json")
    assert one == two


@pytest.mark.parametrize(
    "args",
    [("hermite", "-x", "--terms", "2"), ("rho", "-tanh(x)", "--sigma", "1"), ("hermite", "--terms", "2", "--", "-x")],
)
def test_an_expression_may_begin_with_a_minus(run, args):
    code, out, err = run(*args)
    assert (code, err) == (0, "")
    assert out


def test_a_negative_number_is_an_option_value(run):
    code, out, _ = run("dual", "relu", "--at", "-3/10")
    assert code == 0
    assert "r = -3/10" in out


def test_parameters_reach_the_activation(run):
    code, out, _ = run("hermite", "leaky_relu", "--terms", "2", "--param", "a=0.2", "--json")
    assert code == 0
    assert json.loads(out)["activation"]["parameters"] == {"a": "1/5"}
    assert json.loads(out)["coefficients"][1]["exact"] == "3/5"


BAD = [
    ((), "see theorycheck --help"),
    (("bogus",), "bogus"),
    (("rho",), "ACTIVATION"),
    (("rho", "tanh"), "--sigma"),
    (("rho", "tanh", "--sgma", "1"), "--sigma"),
    (("rho", "tanh", "--sigma", "0"), "positive"),
    (("rho", "tanh", "--sigma", "nan"), "nan"),
    (("rho", "tanh", "--sigma", "1/0"), "denominator"),
    (("rho", "tanh", "--sigma", "1e999999999"), "1e999999999"),
    (("rho", "step", "--sigma", "1"), "jump"),
    (("hermite", "gleu", "--terms", "3"), "gelu"),
    (("hermite", "tanh", "--terms", "0"), "--terms"),
    (("hermite", "tanh", "--terms", "5000"), "--terms"),
    (("hermite", "tanh", "--terms", "3", "--digits", "0"), "--digits"),
    (("hermite", "tanh", "--terms", "3", "--digits", "many"), "--digits"),
    (("hermite", "leaky_relu", "--terms", "3", "--param", "a"), "NAME=VALUE"),
    (("hermite", "leaky_relu", "--terms", "3", "--param", "b=1"), "b"),
    (("hermite", "leaky_relu", "--terms", "3", "--param", "text=1"), "text"),
    (("hermite", "leaky_relu", "--terms", "3", "--param", "a=1", "--param", "a=2"), "twice"),
    (("hermite", "x +", "--terms", "3"), ""),
    (("hermite", "", "--terms", "3"), ""),
    (("hermite", "x", "y", "--terms", "3"), "quotes"),
    (("hermite", "exp(x**2)", "--terms", "3"), ""),
    (("hermite", "__import__('os').system('true')", "--terms", "3"), ""),
    (("hermite", "(" * 5000 + "x" + ")" * 5000, "--terms", "3"), ""),
    (("hermite", "9**9**9**9*x", "--terms", "3"), ""),
    (("hermite", "x\nx", "--terms", "3"), ""),
    (("hermite", "\udcff", "--terms", "3"), ""),
    (("dual", "tanh", "--at", "1.5"), "[-1, 1]"),
    (("dual", "tanh", "--at", "0", "--variance", "-1"), "positive"),
    (("dual", "tanh", "--at", "0", *["--variance", "1"] * 3), "twice"),
    (("dual", "step", "--at", "0", "--derivative"), "jump"),
    (("verify", "relu", "--budget", "nan"), "--budget"),
    (("verify", "relu", "--budget", "-1"), "--budget"),
    (("list", "tabels"), "tables"),
    (("tables", "hermit"), "hermite"),
]


@pytest.mark.parametrize(("args", "word"), BAD, ids=[" ".join(a)[:40].encode("ascii", "replace").decode() or "nothing" for a, _ in BAD])
def test_bad_input_is_one_line_on_stderr(run, args, word):
    code, out, err = run(*args)
    assert code == 2, err
    assert out == ""
    assert err.startswith("theorycheck: ")
    assert err.count("\n") == 1
    assert word in err
    assert "Traceback" not in err
    assert "defect" not in err


def test_lists(run):
    _, out, _ = run("list", "activations", "--json")
    activations = json.loads(out)["activations"]
    assert len(activations) >= 24
    assert all(set(a) == ACTIVATION for a in activations)
    _, out, _ = run("list", "tables", "--json")
    names = json.loads(out)["tables"]
    assert names[:6] == ["properties", "rho", "hermite", "duals", "claims", "errata"]
    assert {"landscape-full", "recovery-full"} <= set(names)
    _, out, _ = run("list", "claims", "--json")
    assert set(json.loads(out)) == {"claims"}
    assert run("list", "activations")[1].startswith("linear")


def test_verify_document(run):
    code, out, _ = run("verify", "relu", "--json")
    page = json.loads(out)
    assert code == 0
    assert set(page) == {"activation", "properties", "rho", "hermite", "signal", "guarantees"}
    assert list(page["properties"]) == (
        "P1 P2 P3a P3b P3 bounded lipschitz smooth monotone affine polynomial homogeneous parity information_exponent villani"
    ).split()
    holds = {name: verdict["holds"] for name, verdict in page["properties"].items()}
    assert [holds[name] for name in ("P1", "P2", "P3a", "P3b", "P3")] == [True, True, False, True, True]
    assert [row["sigma"] for row in page["rho"]] == ["1/10", "1", "10"]
    assert [row["k"] for row in page["hermite"]] == list(range(9))


def test_a_page_of_a_function_with_a_jump_says_what_is_missing(run):
    code, out, _ = run("verify", "step", "--json")
    page = json.loads(out)
    assert code == 0
    assert page["rho"][0]["value"] is None
    assert "jump" in page["rho"][0]["reason"]


def test_a_spent_budget_is_undecided(run):
    code, out, _ = run("verify", "x*tanh(log(1+exp(x)))", "--budget", "0.000001")
    assert code == 3
    assert "ndecided" in out


def test_a_terminal_without_utf8_gets_ascii():
    command = [sys.executable, "-m", "theorycheck", "verify", "relu"]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"[yes] holds" in done.stdout
    assert done.stdout.isascii()
    assert b"?" not in done.stdout.replace(b"? undecided", b"")


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m theorycheck list activations | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("linear")
    assert done.stderr == ""
