"""Printed constants: right roundings pass, one unit in the last digit is found, and bad files are refused by name."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from flint import arb
from sympy import Rational

from theorycheck.activation.function import Activation
from theorycheck.audit.arithmetic import expectation_arithmetic, expectations_in
from theorycheck.audit.least_value import least_point, least_value
from theorycheck.audit.printed import compare, read_printed
from theorycheck.audit.rows import audit, read_rows
from theorycheck.audit_command import audit_text
from theorycheck.cli import main
from theorycheck.enclosure import Enclosure
from theorycheck.errors import DoesNotExist, InputError

# mpmath at 50 digits, quadrature split at the kinks; the minima are roots of the derivative
TRUTHS = {
    ("gain", "mish", ""): "1.486847581273",
    ("gain", "tanh", ""): "1.592537419723",
    ("centred gain", "silu", ""): "1.787187222100",
    ("backward gain", "tanh", ""): "1.467413591631",
    ("hermite", "relu", "k = 2"): "0.282094791774",
    ("dual", "relu", 'at = "0.5"'): "0.304498890522",
    ("rho", "relu", 'sigma = "1"'): "0.0908450569081",
    ("lipschitz", "gelu", ""): "1.128904145185",
    ("minimum", "silu", ""): "-0.278464542761",
    ("minimiser", "silu", ""): "-1.278464542761",
    ("mean", "gelu", ""): "0.282094791774",
    ("variance", "relu", ""): "0.340845056908",
}


def toml(functional, activation, extra, printed):
    keys = {"name": "a", "activation": activation, "functional": functional, "printed": printed, "source": "a test"}
    return "[[row]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()) + f"{extra}\n"


def test_each_functional_and_a_planted_unit_in_the_last_digit(tmp_path):
    rows = [(functional, activation, extra, printed) for (functional, activation, extra), printed in TRUTHS.items()]
    for functional, activation, extra, printed in rows[: len(TRUTHS)]:
        digit = int(printed[-1])
        rows.append((functional, activation, extra, printed[:-1] + str(digit + 1 if digit < 9 else digit - 1)))
    path = tmp_path / "planted.toml"
    path.write_text("".join(toml(*row) for row in rows))
    assert [row.comparison.right for row in audit(path)] == [True] * len(TRUTHS) + [False] * len(TRUTHS)


def test_the_critical_point(tmp_path):
    path = tmp_path / "critical.toml"
    path.write_text(toml("critical K", "gelu", "", "3.561552813"))  # mpmath: the zero of g'(K) - E[s'(√K z)²] by quadrature
    assert audit(path)[0].comparison.right is True


@pytest.mark.parametrize(
    ("activation", "functional", "printed", "right", "words"),
    [
        ("relu", "critical K", "1.0", None, "every K > 0 is critical"),
        ("relu", "critical C_W", "2", True, ""),
        ("leaky_relu", "critical C_b", "0.0", True, ""),
        ("tanh", "critical C_W", "1", True, ""),
        ("max(x - 1, 0)", "critical K", "1.0", None, "a curve"),
        ("sigmoid", "critical K", "1.0", False, "no critical points"),
        ("step", "critical K", "1.0", False, "jumps"),
        ("step", "backward gain", "1.0", False, "jumps"),
        ("exp(x^2)", "gain", "1.0", False, "does not exist"),
    ],
)
def test_whether_there_is_a_number_to_compare(tmp_path, activation, functional, printed, right, words):
    path = tmp_path / "row.toml"
    path.write_text(toml(functional, activation, "", printed))
    found = audit(path)[0].comparison
    assert found.right is right and words in found.note


def test_prints_are_read():
    assert (read_printed("1.9E-4").unit, read_printed("1.9E-4").figures) == (Fraction(1, 100000), 2)
    assert (read_printed("-0.0170").figures, read_printed("7").unit, read_printed("−0.5").value) == (3, 0, Fraction(-1, 2))
    for text in ("x", "where(x > 0, 1, 2)", "", "1.2.3", "nan", "1" * 500):
        with pytest.raises(InputError):
            read_printed(text)


def test_roundings():
    eighth, third = Enclosure(arb(1) / 8, exact=Rational(1, 8)), Enclosure(arb(1) / 3)
    assert all(compare(read_printed(t), eighth).right for t in ("0.12", "0.13", "0.125", "0.1250", "1/8"))  # 0.12 and 0.13: a tie
    assert "tie" in compare(read_printed("0.12"), eighth).note and compare(read_printed("0.125"), eighth).note == ""
    assert compare(read_printed("0.126"), eighth).right is False
    assert compare(read_printed("0"), Enclosure(arb(0))).right is True  # two points: equality needs no closed form
    assert "within" in compare(read_printed("0"), Enclosure(arb("0 +/- 1e-9"))).note
    assert compare(read_printed("1/3"), third).right is None  # a ball proves no equality
    assert compare(read_printed("0.3334"), third).figures_right == 3
    assert compare(read_printed("-0.33"), third).right is False
    assert compare(read_printed("0.66"), Enclosure(arb(2) / 3)).note == "cut off, not rounded"
    assert compare(read_printed("0.000"), Enclosure(arb("0 +/- 1e-9"))).right is True
    assert compare(read_printed("0.5"), Enclosure(arb("0.55 +/- 1e-9"))).right is None


def test_arithmetic_of_expectations():
    assert expectation_arithmetic("E[x^4] - 3*E[x^2]^2", 20).contains(0)
    assert expectation_arithmetic("sqrt(2*pi)*E[max(x, 0)]*0.1", 20).ball.overlaps(arb("0.1"))
    with pytest.raises(DoesNotExist):
        expectation_arithmetic("1/E[x]", 20)
    for text in ("x", "1/2", "E[x", "E[x]**0.5", "f(E[x])", "E[x].real", "E1 + E[x]", "E[x] if 1 else 2", "E[x]^99999999", "exit()*E[x]"):
        with pytest.raises(InputError, match="of ="):
            expectations_in(text)


def test_least_values():
    assert abs(float(least_value(Activation("gelu_tanh"), 150)[0]) + 0.170040750571254) < 1e-15  # mpmath
    assert least_value(Activation("relu"), 100)[0].contains(0)
    assert float(least_value(Activation("sigmoid"), 100)[0]) == 0
    assert float(least_point(Activation("abs(x - 2)"), 100)) == 2
    for text, word in (("tanh_shrink", "unbounded"), ("sigmoid", "no point"), ("x^4 - x^2", "more than one")):
        with pytest.raises(DoesNotExist, match=word):
            least_point(Activation(text), 100)


GOOD = toml("gain", "relu", "", "1.414")
BAD = {
    "empty": ("", "no rows"),
    "not toml": ("[[row", "array"),
    "other table": ("[row2]\na = 1\n", "row2"),
    "no rows": ("row = []\n", "no rows"),
    "functional": (GOOD.replace('"gain"', '"gian"'), "did you mean gain"),
    "activation": (GOOD.replace("relu", "gleu"), "did you mean gelu"),
    "key": (GOOD.replace("source", "sauce"), "did you mean source"),
    "missing": (GOOD.replace('source = "a test"', ""), "source is missing"),
    "a float": (GOOD.replace('"1.414"', "1.414"), "in quotes"),
    "extra argument": (GOOD + "k = 3\n", "takes no k"),
    "no argument": (GOOD.replace('"gain"', '"hermite"'), "needs k"),
    "a correlation": (toml("dual", "relu", 'at = "2"', "1.0"), "[-1, 1]"),
    "a deviation": (toml("rho", "relu", 'sigma = "-1"', "1.0"), "positive"),
    "an inexact number": (toml("rho", "relu", "sigma = 0.1", "1.0"), "quotes"),
    "parameters": (GOOD + 'parameters = {a = "1"}\n', "no parameter"),
    "a float parameter": (toml("gain", "leaky_relu", "parameters = {a = 0.1}", "1.0"), "a"),
    "no activation": (GOOD.replace('activation = "relu"\n', ""), "activation is missing"),
    "a parameter named self": (GOOD + 'parameters = {self = "1"}\n', "'self'"),
    "no number": (GOOD.replace("1.414", "inf"), "write a decimal or a constant"),
    "an unknown letter": (GOOD.replace("relu", "z*x"), 'parameters = {z = "1"}'),
    "a letter in E[...]": (GOOD.replace('activation = "relu"', 'of = "E[z**4]"').replace('"gain"', '"expectation"'), "variable is x"),
    "an expectation": (GOOD.replace('"gain"', '"expectation"'), "leave activation"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_with_the_row(tmp_path, capsys, case):
    text, word = BAD[case]
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(SystemExit) as stopped:
        main(["audit", str(path)])
    out, err = capsys.readouterr()
    assert (stopped.value.code, out) == (2, "")
    assert word in err and "defect" not in err and "--param" not in err and err.count("\n") == 1


def run(capsys, *args):
    with pytest.raises(SystemExit) as stopped:
        main(["audit", *args])
    return stopped.value.code, capsys.readouterr()


def test_the_command(tmp_path, capsys):
    path = tmp_path / "rows.toml"
    path.write_text(GOOD)
    code, (out, _) = run(capsys, str(path))
    assert code == 0 and "1 right, 0 wrong" in out
    path.write_text(GOOD + toml("gain", "tanh", "", "5/3") + toml("minimum", "x", "", "0.0") + toml("critical K", "tanh", "", "1.0"))
    code, (out, _) = run(capsys, str(path), "--json")
    rows = json.loads(out)["rows"]
    assert code == 1 and [row["right"] for row in rows] == [True, False, False, False]
    assert rows[1]["relative_error"] == "0.047" and rows[2]["certified"] is None and "unbounded" in rows[2]["note"]
    assert run(capsys, str(tmp_path / "none.toml"))[0] == 2
    path.write_text("\ufeff" + toml("critical K", "relu", "", "1.0"), encoding="utf-8")
    code, (out, _) = run(capsys, str(path))
    assert code == 3 and "1 undecided" in out and "figures" not in out


def test_the_published_prints():
    rows = {row.row.name: row.comparison for row in audit(Path(__file__).parents[1] / "tables" / "audit.toml")}
    assert None not in {found.right for found in rows.values()}
    assert rows["PyTorch, α of SELU"].right and rows["PyTorch, λ of SELU"].right
    assert rows["ntk-unlimited, C_b of GELU"].right and rows["CritMLP, C_b of swish"].relative_error == "0.9"  # a point misplaced
    assert rows["Keras, λ of SELU"].note == "cut off, not rounded"
    assert not any(found.right for name, found in rows.items() if name.startswith("NFNets"))
    assert {name for name, found in rows.items() if name.startswith("ρ") and not found.right} == {"ρ(0.1) of tanh", "ρ(1) of quadratic"}


def test_every_row_has_a_source():
    assert all(len(row.source) > 10 for row in read_rows(Path(__file__).parents[1] / "tables" / "audit.toml"))


@pytest.mark.parametrize(
    ("of", "printed", "error", "shown"),
    [
        ("log(E[exp(x)])", "0.5", "0", ""),
        ("log(E[exp(x)])", "1/2", "0", ""),
        ("sqrt(2*pi)*E[max(x, 0)]*0.1", "1/10", "0", ""),
        ("E[tanh(x)^2] - E[tanh(x)^2] + E[x^2]", "1.0", None, "error below "),  # no closed form: equality is not known
        ("1/sqrt(E[tanh(x)^2])", "1.59", "0.0016", "error 0.0016"),
    ],
)
def test_an_error_is_zero_only_where_that_is_proved(tmp_path, of, printed, error, shown):
    path = tmp_path / "rows.toml"
    path.write_text(f'[[row]]\nname = "a"\nfunctional = "expectation"\nof = "{of}"\nprinted = "{printed}"\nsource = "s"\n')
    row = audit(path)[0]
    assert row.comparison.right is True and (error is None or row.comparison.relative_error == error)
    line = audit_text([row]).splitlines()[0]
    assert shown in line and ("error" in line) is bool(shown)
    assert error is not None or 0 < float(row.comparison.relative_error) < 1e-20


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_print_is_named(tmp_path, text):
    path = tmp_path / "rows.toml"
    path.write_text(f'[[row]]\nname = "a"\nfunctional = "gain"\nactivation = "relu"\nprinted = "{text}"\nsource = "s"\n')
    with pytest.raises(InputError, match="printed is empty; write a number, for example"):
        audit(path)
