"""theorycheck spectrum: its document, its digits, its exit codes."""

import json
import re

import pytest

from theorycheck.cli import main

KERNEL = "t*(1/2 - acos(t)/(2*pi))"


@pytest.fixture
def run(capsys):
    def invoke(*args):
        with pytest.raises(SystemExit) as stopped:
            main(["spectrum", *args])
        out, err = capsys.readouterr()
        return stopped.value.code, out, err

    return invoke


def test_the_document(run):
    code, out, err = run(KERNEL, "--dim", "10", "--degrees", "12", "--digits", "30", "--json")
    rows = json.loads(out)["eigenvalues"]
    assert (code, err) == (0, "")
    assert [row["degree"] for row in rows] == list(range(13))
    assert all(set(row) == {"degree", "multiplicity", "value", "radius", "exact"} for row in rows)
    assert [row["multiplicity"] for row in rows][:5] == [1, 10, 54, 210, 660]
    assert all((row["value"], row["radius"], row["exact"]) == ("0", "0", "0") for row in rows[3::2])
    assert rows[1]["exact"] == "1/40"
    assert rows[2]["exact"] == "16384/(571725*pi**2)"
    assert rows[2]["value"].startswith("0.0029035747479925874281105796059")
    assert all(float(row["radius"]) <= 1e-30 for row in rows)


def test_the_text(run):
    code, out, _ = run(KERNEL, "--dim", "10", "--degrees", "3")
    lines = out.splitlines()
    assert code == 0
    assert len(lines) == 4
    assert re.fullmatch(r"degree 1 +0\.025 +1/40 +multiplicity 10", lines[1].replace("=", ""))
    assert re.match(r"degree 3 +0 ", lines[3])


def test_a_long_closed_form_stays_out_of_the_text(run):
    code, out, _ = run(KERNEL, "--dim", "1500", "--degrees", "2")
    assert code == 0
    assert max(map(len, out.splitlines())) < 160
    _, document, _ = run(KERNEL, "--dim", "1500", "--degrees", "2", "--json")
    assert len(json.loads(document)["eigenvalues"][2]["exact"]) > 400


def test_an_expression_may_begin_with_a_minus_and_have_parameters(run):
    code, out, _ = run("-a*t", "--dim", "4", "--degrees", "1", "--param", "a=1/5", "--json")
    assert code == 0
    assert json.loads(out)["eigenvalues"][1]["exact"] == "-1/20"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x", "--dim", "3", "--degrees", "2"), "'x' is not known; the variable is t"),
        (("1/(1-t)", "--dim", "3", "--degrees", "2"), "square integrable"),
        (("1/(1-t)^2", "--dim", "3", "--degrees", "2"), "vanishes at t = 1"),
        (("t", "--dim", "1", "--degrees", "2"), "dimension 1"),
        (("t", "--dim", "3", "--degrees", "-2"), "degrees -2"),
        (("t", "--dim", "3", "--degrees", "2", "--digits", "0"), "digits"),
        (("t", "--dim", "3"), "degrees"),
        (("t", "--degrees", "3"), "dim"),
        (("t", "--dim", "two", "--degrees", "2"), "dim"),
        (("__import__('os')", "--dim", "3", "--degrees", "2"), "not a function"),
        (("t", "--dim", "3", "--degrees", "2", "--param", "a"), "write NAME=VALUE"),
        (("t", "--dim", "3", "--degrees", "2", "--param", "a=1", "--param", "a=2"), "given twice"),
    ],
)
def test_bad_input_is_one_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
