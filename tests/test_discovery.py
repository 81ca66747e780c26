"""Discovery: finds claims where they are, runs nothing that it need not, and names file and line of whatever is wrong."""

import pytest
from claim_files import SQUARE, claim_text, write

from theorycheck.claims.discovery import discover
from theorycheck.claims.loading import BrokenClaimFile, load_claims
from theorycheck.claims.scan import claim_files, full_id, scan
from theorycheck.claims.selection import select
from theorycheck.errors import InputError


def test_ids_are_prefixed_by_the_folder(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one"), two=claim_text("mine/two"), three=claim_text("other/three"))
    found = discover([mine])
    assert list(found.problems) == []
    assert sorted(found.claims) == ["mine/one", "mine/other/three", "mine/two"]
    claim = found.claims["mine/one"]
    assert (claim.file, claim.line, claim.rungs) == (mine / "one.py", 3, ("certify",))
    assert [(m.name, m.by, m.misprint) for m in claim.mutants] == [("no factor two", "certify", None)]
    assert claim.load().id == "mine/one"


def test_only_files_that_speak_of_claims_are_run(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one"), script="raise SystemExit('not a claim file')")
    write(mine / "__pycache__", cached=claim_text("cached"))
    write(mine / ".hidden", hidden=claim_text("hidden"))
    write(mine / "venv" / "lib", installed=claim_text("installed"))
    (mine / "venv" / "pyvenv.cfg").touch()
    write(mine / "deeper", two=claim_text("two"))
    assert [file.name for file in claim_files(mine)] == ["one.py", "two.py"]
    assert sorted(discover([mine]).claims) == ["deeper/two", "mine/one"]


def test_nothing_is_written_beside_the_claims(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one"))
    discover([mine])
    load_claims(mine / "one.py")
    assert [path.name for path in mine.iterdir()] == ["one.py"]


def test_a_change_within_the_second_is_seen(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one"))
    assert [c.knobs["middle"] for c in load_claims(mine / "one.py").claims] == [2]
    write(mine, one=claim_text("one", knobs={"middle": 3}))
    assert [c.knobs["middle"] for c in load_claims(mine / "one.py").claims] == [3]


def test_a_claim_may_import_a_module_beside_it(tmp_path):
    mine = write(tmp_path / "mine", one="import constants_of_mine\n" + claim_text("one"), constants_of_mine="middle = 2\n")
    assert list(discover([mine]).claims) == ["mine/one"]


OTHER = 'title="t", kind="equality", statement="s")\n'
BROKEN = {
    "raises": (claim_text("a") + "raise ValueError('a reason')\n", "ValueError: a reason", 12),
    "loops": (claim_text("a") + "while True:\n    pass\n", "did not end within 1.5 s", None),
    "exits": (claim_text("a") + "import sys\nsys.exit(0)\n", "ends the interpreter", 13),
    "dies": (claim_text("a") + "import os\nos._exit(3)\n", "the worker process died (exit code 3)", None),
    "imports": ("import nothing_of_that_name\n" + claim_text("a"), "No module named 'nothing_of_that_name'; install it", 1),
    "syntax": (claim_text("a") + "x = = 1\n", "syntax error", 12),
    "twice": (claim_text("a") + 'other = Claim("a", ' + OTHER, "a is declared twice, first in line 3", 12),
    "computed": (claim_text("a") + 'other = Claim("aa"[:1], ' + OTHER + SQUARE.replace("claim.", "other.")
                 + 'other.mutant("m", by="derive", middle=1)\n', "", None),
    "overwritten": (claim_text("a") + 'claim = Claim("b", ' + OTHER, "already names the claim of line 3", 12),
    "no_mutant": (claim_text("a", SQUARE), "it has no mutant", 3),
    "no_control": (claim_text("a", finding="refuted"), "has no control", 3),
    "unknown_knob": (claim_text("a", SQUARE + 'claim.mutant("m", by="derive", midle=1)\n'), "did you mean 'middle'", 11),
    "unknown_word": (claim_text("a", kinds="x"), "unexpected keyword argument 'kinds'", 3),
    "no_reason": (claim_text("a", finding="open"), "why=", 3),
    "not_text": ("# theorycheck Claim(\n\x00", "", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_line_and_the_others_go_on(tmp_path, name):
    text, message, line = BROKEN[name]
    mine = write(tmp_path / "mine", broken=text, sound=claim_text("sound"))
    found = discover([mine], timeout=1.5)
    assert list(found.claims) == ["mine/sound"]
    [problem] = found.problems
    assert problem.file == mine / "broken.py"
    assert message in problem.message
    assert line is None or problem.line == line
    assert "\n" not in str(problem)


def test_one_id_in_two_files_is_a_problem_that_names_both(tmp_path):
    mine = write(tmp_path / "mine", first=claim_text("same"), second=claim_text("same"))
    found = discover([mine])
    assert list(found.claims) == ["mine/same"]
    [problem] = found.problems
    assert problem.file.name == "second.py"
    assert "first.py:3" in problem.message


def test_a_file_given_twice_is_one_file(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one"))
    found = discover([mine, mine / "one.py", mine / ".." / "mine"])
    assert (list(found.claims), found.problems) == (["mine/one"], [])


def test_what_a_broken_file_declares_is_read_from_its_text(tmp_path):
    mine = write(tmp_path / "mine", one=claim_text("one", finding="refuted") + "raise ValueError\n")
    declared = scan(mine / "one.py")
    assert (declared.claims, declared.findings) == ((("mine/one", 3),), (("mine/one", "refuted"),))
    with pytest.raises(BrokenClaimFile, match=r"one\.py:12: ValueError"):
        load_claims(mine / "one.py")


def test_a_path_that_is_no_path_is_bad_input(tmp_path):
    for path in (tmp_path / "nowhere", write(tmp_path / "mine") / "one.py"):
        with pytest.raises(InputError, match="there is no file or folder"):
            discover([path])
    (tmp_path / "table.csv").touch()
    with pytest.raises(InputError, match="not a Python file"):
        discover([tmp_path / "table.csv"])


def test_a_file_at_the_root_of_the_disk_has_a_prefix(tmp_path):
    assert full_id(type(tmp_path)("/one.py"), "one") == "claims/one"


@pytest.fixture
def decks(tmp_path, monkeypatch):
    folder = tmp_path / "proofs"
    write(folder / "geometry", square=claim_text("geometry/square"), circle=claim_text("geometry/circle"))
    write(folder / "algebra", root=claim_text("algebra/root"))
    (folder / "algebra" / "ledger.toml").write_text(
        '[[claim]]\nid = "algebra/root"\ntitle = "r"\nfinding = "holds"\n'
        '[[claim]]\nid = "algebra/later"\ntitle = "l"\nfinding = "open"\nreason = "not built yet"\n'
    )
    for module in ("selection", "ledger", "discovery"):
        monkeypatch.setattr(f"theorycheck.claims.{module}.proofs_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def chosen(*what):
    selection = select(what)
    return sorted(file.stem for file in selection.files), [row.id for row in selection.rows]


def test_nothing_means_everything(decks):
    assert chosen() == (["circle", "root", "square"], ["algebra/later"])


def test_a_deck_a_claim_a_row_and_a_path(decks, tmp_path):
    assert chosen("geometry") == (["circle", "square"], [])
    assert chosen("algebra") == (["root"], ["algebra/later"])
    assert chosen("geometry/square", "algebra/later") == (["square"], ["algebra/later"])
    write(tmp_path / "geometry", mine=claim_text("mine"))
    assert chosen("geometry") == (["mine"], [])
    assert chosen("geometry/mine") == (["mine"], [])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("geometry/sqare", "did you mean geometry/square"),
        ("sqare", "did you mean geometry/square"),
        ("geometri", "did you mean geometry"),
        ("zzzzzz", "list claims"),
        ("./here.py", "no file or folder"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(decks, name, hint):
    with pytest.raises(InputError, match=hint):
        select([name])
