"""The command `theorycheck villani`, and the line of `verify`."""

import json

import pytest
from click.testing import CliRunner

from theorycheck.cli import main
from theorycheck.page import verify


def run(*args):
    """(exit code, stdout, stderr) of the command line."""
    import contextlib
    import io

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code, out.getvalue(), err.getvalue()


def test_json_has_four_conditions_and_a_verdict():
    code, out, _ = run("villani", "x**2*y**2", "--variables", "x,y", "--json")
    found = json.loads(out)
    assert code == 0 and [c["holds"] for c in found["conditions"]] == [True, False, False, False]
    assert found["holds"] is False and found["grade"] == "proved" and found["witness"]


def test_text_has_a_line_for_each_condition():
    code, out, _ = run("villani", "x^2 + y^4 - x*y", "--variables", "x, y")
    assert code == 0 and out.count(" holds ") == 5  # four conditions and the whole


def test_an_expression_may_begin_with_a_minus():
    code, out, _ = run("villani", "-x**2", "--variables", "x")
    assert code == 0 and "fails" in out


def test_undecided_does_not_change_the_code():
    code, out, _ = run("villani", "((x**2 - 2*y**2)**2 - x*y)**2 + x**2", "--variables", "x,y")
    assert code == 0 and "undecided" in out and "a change of variables would decide it" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [(("x + z", "--variables", "x,y"), "'z' is not declared"), (("x",), "--variables"), (("x", "--variables", "x,x"), "twice"),
     (("1/x", "--variables", "x"), "x = 0")],
)  # fmt: skip
def test_bad_input_ends_with_2(args, message):
    code, out, err = run("villani", *args)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1


def test_guarantees_on_the_page():
    found = dict(verify("softplus", digits=5).guarantees)
    assert found["villani/softplus-sharp"].holds is True and found["villani/bounded-activations-sharp"].holds is False
    assert dict(verify("sigmoid", digits=5).guarantees)["villani/bounded-activations-sharp"].holds is True


def test_the_group_lists_it():
    from theorycheck.cli import cli

    assert "villani" in CliRunner().invoke(cli, ["--help"]).output
