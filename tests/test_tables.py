"""The tables: true numbers in them, three formats, and a check that sees one changed byte."""

import csv
import io
import json
import re

import pytest

from theorycheck.cli import main
from theorycheck.errors import InputError
from theorycheck.report.errata import misprints, refuted
from theorycheck.report.tables import TABLES, regenerate, stale
from theorycheck.report.writers import Formula, Number, Table, comma_separated, latex, markdown

TRICKY = Table("t", "A title", ("a_b", Formula("r", "r")), (("50 % | x", Number("-1.5e-7")), ("a, b", Formula("x**2", "x^{2}"))))


def test_csv_is_read_back():
    assert list(csv.reader(io.StringIO(comma_separated(TRICKY)))) == [["a_b", "r"], ["50 % | x", "-1.5e-7"], ["a, b", "x**2"]]


def test_markdown_keeps_its_columns():
    rows = [line for line in markdown(TRICKY).splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)


def test_latex_escapes_and_needs_no_other_package():
    text = latex(TRICKY)
    assert r"50 \% | x & \num{-1.5e-7} \\" in text
    assert r"a\_b & $r$ \\" in text


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    return folder, regenerate(["duals", "claims", "errata"], folder)


def test_three_files_a_table_and_a_manifest(written):
    folder, paths = written
    assert sorted(p.name for p in paths) == sorted(f"{t}{s}" for t in ("duals", "claims", "errata") for s in (".md", ".csv", ".tex"))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest) == {"python", "versions", "seconds"}


def test_fragments_are_ascii_and_balanced(written):
    for path in written[1]:
        if path.suffix == ".tex":
            text = path.read_text()
            assert text.isascii()
            assert text.count("{") == text.count("}")
            assert "operatorname" not in text


def test_the_arc_cosine_kernels_are_in_the_table(written):
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO((written[0] / "duals.csv").read_text()))}
    assert "asin(r)" in rows["step"][0]
    assert "sqrt(1 - r**2)" in rows["relu"][0]
    assert rows["linear"] == ["r", "1"]


def test_check_sees_a_changed_byte_and_a_missing_file(written, capsys):
    folder, _ = written
    assert stale(["duals"], folder) == []
    path = folder / "duals.csv"
    truth = path.read_bytes()
    try:
        path.write_bytes(truth.replace(b"1", b"2", 1))
        with pytest.raises(SystemExit) as stopped:
            main(["tables", "duals", "--check", "--out", str(folder)])
        out, err = capsys.readouterr()
        assert stopped.value.code == 1
        assert out == ""
        assert "duals.csv" in err
        path.unlink()
        assert stale(["duals"], folder) == [path]
    finally:
        path.write_bytes(truth)


def test_an_unknown_table_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="did you mean hermite"):
        regenerate(["hermit"], tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert list(TABLES) == ["properties", "rho", "hermite", "duals", "claims", "errata", "power", "audit"]


def test_misprints_of_claims_are_errata(written):
    rows = list(csv.reader(io.StringIO((written[0] / "errata.csv").read_text())))
    printed = {(row[0], row[3]): (row[4], row[5]) for row in rows}
    assert printed["recovery/rho-table", "quadratic"] == ("0", "-4 sigma^2")
    assert ("landscape/relu-hermite", "squared double factorial") in printed
    assert "landscape/objective-local-minima" in {row[0] for row in rows}
    assert len(rows) == 1 + len(misprints()) + len(refuted())
