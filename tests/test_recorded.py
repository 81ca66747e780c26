"""Recorded tables: written claim by claim, brought up to date like `make` does, and found stale when code or figures change."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from theorycheck.claims.digest import code_digest, code_of
from theorycheck.cli import main
from theorycheck.errors import InputError, TheorycheckError
from theorycheck.report import drawing, recorded, recorded_check
from theorycheck.report.decks import decks_asked_for, full_tables, sampled_claims
from theorycheck.report.findings import supported, what_was_found
from theorycheck.report.latex_text import latex_text, writable
from theorycheck.report.recorded import COLUMNS, record
from theorycheck.report.recorded_check import faults
from theorycheck.verdict import Verdict

LEDGER = "".join(f'[[claim]]\nid = "tiny/{name}"\ntitle = "t"\nfinding = "holds"\n\n' for name in ("coin", "slope"))
COIN = '''"""A fair coin."""

from theorycheck.claims import Claim

claim = Claim("tiny/coin", title="a coin", kind="equality", statement="p = 1/2", knobs={"p": 0.5})


@claim.simulate(quick={"samples": 20_000}, full={"samples": 80_000})
def tosses(trial, k):
    """Toss it."""
    trial.estimate(lambda rng, n: rng.integers(0, 2, n), theory=k.p, detect=0.05, bounds=(0, 1), label="½ of tosses")


claim.mutant("biased", by="simulate", p=0.7)
'''
SLOPE = '''from theorycheck.claims import Claim
from helper import halved

claim = Claim("tiny/slope", title="a slope", kind="observation", statement="it falls", knobs={"falls": True})


@claim.simulate(quick={"steps": 3}, full={"steps": 5})
def descent(trial, k):
    rows = [{"step": n, "loss": halved(n), "net": "relu"} for n in range(trial.steps)]
    trial.figure("loss", rows, x="step", y="loss", by="net", log="y", title="It falls")
    trial.true((rows[0]["loss"] > rows[-1]["loss"]) == k.falls, "the loss falls")


claim.mutant("it rises", by="simulate", falls=False)
'''


@pytest.fixture(scope="module", autouse=True)
def drawn():
    """Drawings as bare SVG, which needs no matplotlib."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "svg", lambda figure: f"<svg><title>{figure.name}</title></svg>\n")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A deck of two claims, and its table, written once."""
    root = tmp_path_factory.mktemp("recorded")
    deck = root / "proofs" / "tiny"
    deck.mkdir(parents=True)
    (deck / "ledger.toml").write_text(LEDGER)
    (deck / "coin.py").write_text(COIN)
    (deck / "slope.py").write_text(SLOPE)
    (deck / "helper.py").write_text("def halved(n):\n    return 0.5**n\n")
    done = record(["tiny-full"], root / "tables", root / "proofs")
    assert done.code == 0
    return root, done


@pytest.fixture
def deck(made, tmp_path, monkeypatch):
    """A copy of the deck and its table that a test may spoil; nothing is run again at quick scale unless the test wants it."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(recorded_check, "RERUN", 0)
    return tmp_path


def wrong(root: Path) -> list[str]:
    return faults(["tiny-full"], root / "tables", root / "proofs")


def rows_of(root: Path) -> dict[str, list[str]]:
    with (root / "tables" / "tiny-full.csv").open(encoding="utf-8", newline="") as stream:
        return {row[0]: row for row in csv.reader(stream)}


def test_a_row_for_each_claim(made):
    root, done = made
    rows = rows_of(root)
    assert rows["claim"] == list(COLUMNS)
    coin, slope = rows["tiny/coin"], rows["tiny/slope"]
    assert coin[1].startswith("holds, sampled")
    assert coin[3:6] == ["0", "samples=80000", ""]
    assert coin[6] == code_digest(root / "proofs" / "tiny" / "coin.py")
    assert slope[2] == "the loss falls"
    assert slope[4:6] == ["steps=5", "loss"]
    middle, half = coin[2].split("sampled ")[1].split(" ± ")
    assert len(middle.partition(".")[2]) == len(half.partition(".")[2])
    assert abs(float(middle) - 0.5) < 2 * float(half) < 0.2
    names = {path.relative_to(root / "tables").as_posix() for path in done.written}
    assert {"tiny-full.md", "tiny-full.csv", "tiny-full.tex", "figures/tiny/slope-loss.csv"} <= names
    assert (root / "tables" / "figures" / "tiny" / "slope-loss.csv").read_text().splitlines()[1] == '0,1.0,"relu"'
    assert set(json.loads((root / "tables" / "manifest.json").read_text())["recorded"]) == {"tiny/coin", "tiny/slope"}


def test_a_fresh_table_is_true_and_its_quick_runs_agree(made):
    assert wrong(made[0]) == []


def test_a_second_run_runs_nothing(deck, monkeypatch):
    monkeypatch.setattr(recorded, "_run", None)
    assert record(["tiny-full"], deck / "tables", deck / "proofs").code == 0
    assert wrong(deck) == []


def test_rewording_is_not_stale_and_other_code_is(deck):
    file = deck / "proofs" / "tiny" / "coin.py"
    file.write_text(COIN.replace("A fair coin.", "A coin, fair.").replace('    """Toss it."""', "    # toss it\n\n"))
    assert wrong(deck) == []
    file.write_text(COIN.replace("80_000", "90_000"))
    [stale] = wrong(deck)
    assert "tiny/coin was recorded with other code" in stale
    assert stale.endswith("run: theorycheck tables tiny/coin")
    done = record(["tiny-full"], deck / "tables", deck / "proofs")
    assert done.code == 0
    assert rows_of(deck)["tiny/coin"][4] == "samples=90000"
    assert wrong(deck) == []


def test_a_module_beside_a_claim_belongs_to_its_code(deck):
    (deck / "proofs" / "tiny" / "helper.py").write_text("def halved(n):\n    return 0.4**n\n")
    [stale] = wrong(deck)
    assert "tiny/slope was recorded with other code" in stale


def test_a_claim_is_renewed_by_its_id(deck):
    (deck / "tables" / "figures" / "tiny" / "slope-loss.csv").write_text("changed")
    [stale] = wrong(deck)
    assert "slope-loss.csv is missing, or is not what was recorded" in stale
    done = record(["tiny/slope"], deck / "tables", deck / "proofs", seed=7)
    assert done.code == 0
    rows = rows_of(deck)
    assert (rows["tiny/slope"][3], rows["tiny/coin"][3]) == ("7", "0")
    assert wrong(deck) == []


def test_what_else_can_be_wrong(deck):
    tables = deck / "tables"
    (tables / "figures" / "tiny" / "slope-loss.csv").unlink()
    (tables / "figures" / "tiny" / "left-over.csv").write_text("")
    (tables / "tiny-full.md").write_text("by hand")
    found = "\n".join(wrong(deck))
    assert "slope-loss.csv is missing" in found
    assert "left-over.csv belongs to no recorded figure" in found
    assert "tiny-full.md does not say what tiny-full.csv says" in found
    (tables / "tiny-full.csv").write_text("claim,verdict\n")
    assert "not a table with the columns claim, verdict, what was found" in wrong(deck)[0]
    (tables / "tiny-full.csv").unlink()
    assert "tiny-full.csv is missing; run: theorycheck tables tiny-full" in wrong(deck)[0]
    (tables / "figures" / "tiny" / "index.json").write_text("[]")
    assert "not a list of figures" in wrong(deck)[0]


def test_a_drawing_that_is_missing_or_another_is_found_and_drawn_again(deck):
    path = deck / "tables" / "figures" / "tiny" / "slope-loss.svg"
    whole = path.read_bytes()
    for spoiled in (None, b"", b"<svg/>", whole.replace(b"</svg>", b"")):
        path.unlink()
        if spoiled is not None:
            path.write_bytes(spoiled)
        [said] = wrong(deck)
        assert said.endswith("slope-loss.svg is missing, or is not what was drawn; run: theorycheck tables tiny-full")
        assert path in record(["tiny-full"], deck / "tables", deck / "proofs").written
        assert wrong(deck) == [] and path.read_bytes() == whole


def test_a_list_without_digests_of_drawings_is_read_and_mended(deck):
    index = deck / "tables" / "figures" / "tiny" / "index.json"
    whole = index.read_text()
    index.write_text("".join(line for line in whole.splitlines(keepends=True) if '"drawing"' not in line))
    assert "is not what was drawn" in wrong(deck)[0]
    record(["tiny-full"], deck / "tables", deck / "proofs")
    assert wrong(deck) == [] and json.loads(index.read_text()) == json.loads(whole)


def test_rows_without_claim_and_claims_without_row(deck):
    (deck / "proofs" / "tiny" / "coin.py").rename(deck / "proofs" / "tiny" / "toss.py")
    file = deck / "proofs" / "tiny" / "toss.py"
    file.write_text(COIN.replace("tiny/coin", "tiny/toss"))
    found = "\n".join(wrong(deck))
    assert "tiny/coin is no claim of the deck with a simulate rung any more" in found
    assert "no row for tiny/toss; run: theorycheck tables tiny-full" in found


def test_a_quick_run_that_says_otherwise(deck, monkeypatch):
    monkeypatch.setattr(recorded_check, "RERUN", 2)
    file = deck / "proofs" / "tiny" / "coin.py"
    digest = code_digest(file)
    file.write_text(COIN.replace("theory=k.p", "theory=k.p + 0.3"))
    for suffix in (".csv", ".md", ".tex"):
        path = deck / "tables" / f"tiny-full{suffix}"
        path.write_text(path.read_text().replace(digest, code_digest(file)))
    [said] = wrong(deck)
    assert "tiny/coin was recorded as “holds, sampled”, but a quick run says otherwise" in said


def test_what_goes_against_the_finding_is_recorded_and_complained_of(deck):
    file = deck / "proofs" / "tiny" / "coin.py"
    file.write_text(COIN.replace("theory=k.p", "theory=k.p + 0.3"))
    done = record(["tiny/coin"], deck / "tables", deck / "proofs")
    assert done.code == 1
    assert "tiny/coin: it fails, against its finding “holds”" in done.complaints[0]
    assert rows_of(deck)["tiny/coin"][1] == "fails, sampled"
    assert "against its finding" in wrong(deck)[0]


def test_a_claim_that_raises_keeps_its_old_row(deck):
    (deck / "proofs" / "tiny" / "coin.py").write_text(COIN.replace("rng.integers(0, 2, n)", "1 / 0"))
    before = rows_of(deck)
    done = record(["tiny/coin"], deck / "tables", deck / "proofs")
    assert done.code == 1
    assert "ZeroDivisionError" in done.complaints[0]
    assert rows_of(deck) == before


def test_finished_trials_are_kept_until_the_claim_is_recorded(deck, monkeypatch):
    state, seen = deck / "state", []
    run = recorded._run

    def interrupted(file, seed, kept, tell):
        seen.append(kept)
        kept.mkdir(parents=True, exist_ok=True)
        if len(seen) == 1:
            raise KeyboardInterrupt
        return run(file, seed, kept, tell)

    monkeypatch.setattr(recorded, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record(["tiny/coin"], deck / "tables", deck / "proofs", state=state)
    assert seen[0].is_dir()
    assert record(["tiny/coin"], deck / "tables", deck / "proofs", state=state).code == 0
    assert seen[1] == seen[0]
    assert not seen[0].exists()


def test_names(made, tmp_path):
    root = made[0]
    with pytest.raises(InputError, match="no full-scale table 'tiney-full'; did you mean tiny-full"):
        record(["tiney-full"], tmp_path, root / "proofs")
    with pytest.raises(InputError, match="no claim 'tiny/coyn' with a simulate rung; did you mean tiny/coin"):
        decks_asked_for(["tiny/coyn"], root / "proofs")
    assert full_tables(root / "proofs") == ["tiny-full"]
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_named(deck):
    (deck / "proofs" / "tiny" / "coin.py").write_text("from theorycheck.claims import Claim\nClaim(simulate=1)\n")
    with pytest.raises(TheorycheckError, match=r"coin\.py:2: "):
        sampled_claims("tiny", deck / "proofs")


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["tables", "landscape-fall", "--check", "--out", str(tmp_path)])
    assert stopped.value.code == 2
    assert "did you mean landscape-full" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["tables", "recovery-full", "--check", "--out", str(tmp_path)])
    _, err = capsys.readouterr()
    assert (stopped.value.code, "recovery-full.csv is missing" in err) in ((1, True), (0, False))


SOURCE = 'x = """a # b\n\né"""  # é\ndef f():\n    "é # no"  # c\n    return "#" + f"{x}#"\n'


def test_code_without_comments():
    assert code_of(SOURCE) == 'x = """a # b\né"""\ndef f():\n    return "#" + f"{x}#"'
    with pytest.raises(SyntaxError):
        code_of("x = (")


def test_the_digest_is_the_same_on_every_python(tmp_path):
    file = tmp_path / "a.py"
    file.write_text(SOURCE, encoding="utf-8")
    assert code_digest(file) == "83727f969f83"
    file.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    assert code_digest(file) == "83727f969f83"


def test_no_more_digits_than_the_interval_supports():
    assert supported("theory 0.123456, sampled -0.0004567 ± 2.1e-05") == "theory 0.123456, sampled -0.000457 ± 2.1e-05"
    assert supported("1e30 ± 0.001") == "1e30 ± 0.001"
    many = Verdict(True, "sampled", "; ".join(f"curve {n} lies below the other one: true" for n in range(40)))
    said = what_was_found(many)
    assert said.endswith("and 33 more")
    assert len(said) < 260


def test_every_text_can_be_written_in_latex():
    assert writable("σ̂ ≤ ½ 漢") == "σ̂ ≤ ½ ?"
    assert latex_text(writable("ℓ₂ ∧ ½")).isascii()
