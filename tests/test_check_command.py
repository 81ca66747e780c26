"""`theorycheck check`: one document, the exit codes of the design, and one clear line for whatever is wrong with the arguments."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from claim_files import KILLED, MUTANT, SQUARE, SUM, claim_text, write

from theorycheck.claims.ledger import LedgerRow
from theorycheck.cli import main


@pytest.fixture
def run(capfd):
    def invoke(*args):
        with pytest.raises(SystemExit) as stopped:
            main(["check", *map(str, args)])
        out, err = capfd.readouterr()
        return stopped.value.code, out, err

    return invoke


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return write(tmp_path_factory.mktemp("folder") / "mine", square=claim_text("square"))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    return write(tmp_path_factory.mktemp("folder") / "wrong", square=claim_text("square", knobs={"middle": 7}))


def test_a_page(run, mine):
    code, out, err = run(mine)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "✓ mine/square   a title"
    assert any(line.split()[:4] == ["certify", "✓", "holds", "proved"] for line in lines)
    assert "1 killed" in out
    assert lines[-1].startswith("1 claim: 1 as found; 1 mutant, all killed;")


def test_the_example_of_the_readme(run):
    root = Path(__file__).parent.parent
    text = (root / "docs" / "example_claim.py").read_text(encoding="utf-8")
    assert f"```python\n{text}```" in (root / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") < 40
    code, out, _ = run(root / "docs" / "example_claim.py")
    assert (code, "2 mutants, all killed" in out) == (0, True)


def test_a_document_and_nothing_else(run, mine, wrong):
    code, out, err = run(mine, wrong / "square.py", "--json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert [(claim["id"], claim["agrees"]) for claim in document["claims"]] == [("mine/square", True), ("wrong/square", False)]


def test_a_broken_file_is_on_stderr_beside_the_document(run, tmp_path, mine):
    code, out, err = run(write(tmp_path / "bad", bad=claim_text("bad") + "raise ValueError\n"), mine, "--json")
    assert code == 1
    assert "bad.py:12: ValueError" in err
    assert {claim["id"]: claim["agrees"] for claim in json.loads(out)["claims"]} == {"mine/square": True, "bad/bad": False}


def test_undecided_is_three(run, tmp_path):
    slow = SUM.replace("    left", "    while k.middle == 2:\n        pass\n    left")
    code, out, _ = run(write(tmp_path / "slow", slow=claim_text("slow", slow + KILLED)), "--timeout", 3)
    assert code == 3
    assert "? undecided" in out
    assert "a larger --timeout may decide it" in " ".join(out.split())


def test_a_row_without_a_file_is_open(run, monkeypatch):
    row = LedgerRow("signal/depth", "Depth", "open", reason="the source is lost")
    monkeypatch.setattr("theorycheck.claims.selection.ledger", lambda: (row,))
    code, out, _ = run("signal/depth", "--json")
    [claim] = json.loads(out)["claims"]
    assert (code, claim["finding"], claim["agrees"], claim["holds"], claim["rungs"]) == (0, "open", True, None, [])
    assert claim["reason"] == "open: the source is lost"


BAD = [
    (("landscape/key-lema",), "did you mean landscape/key-lemma"),
    (("lanscape",), "did you mean landscape"),
    (("",), "names no claim"),
    (("\udcff",), "no claim, deck or path"),
    (("nowhere.py",), "no file or folder"),
    (("pyproject.toml",), "not a Python file"),
    (("--rung", "prove"), "derive, certify, simulate"),
    (("--scale", "half"), "quick, full"),
    (("--jobs", "0"), "jobs"),
    (("--jobs", "many"), "--jobs"),
    (("--seed", "-1"), "seed"),
    (("--timeout", "nan"), "time limit"),
    (("--timeout", "-3"), "time limit"),
    (("--recheck", "nowhere.json"), "no certificate nowhere.json"),
    (("--recheck", "nowhere.json", "landscape"), "stands alone"),
    (("--recheks", "x"), "--recheck"),
]


@pytest.mark.parametrize(("args", "word"), BAD, ids=[" ".join(args) for args, _ in BAD])
def test_bad_input_is_one_line_on_stderr(run, args, word, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    code, out, err = run(*args)
    assert (code, out) == (2, ""), err
    assert err.startswith("theorycheck: ")
    assert err.count("\n") == 1
    assert word in err
    assert list(tmp_path.iterdir()) == [tmp_path / "pyproject.toml"]


def test_certificates_are_rechecked_without_the_claim(run, tmp_path):
    folder = tmp_path / "certificates"
    assert run(write(tmp_path / "mine", square=claim_text("square", SQUARE + MUTANT)), "--certificates", folder)[0] == 0
    (tmp_path / "mine" / "square.py").unlink()
    [path] = folder.rglob("*.json")
    assert path == folder / "mine" / "square.json"
    code, out, _ = run("--recheck", path, "--json")
    assert (code, json.loads(out)["holds"], json.loads(out)["grade"]) == (0, True, "proved")
    path.write_text(path.read_text(encoding="utf-8").replace('["int", 2]', '["int", 3]', 1), encoding="utf-8")
    code, out, _ = run("--recheck", path)
    assert code == 1
    assert "step 1" in out


def test_a_killed_command_leaves_no_worker(tmp_path, mine):
    body = SUM.replace("    left", "    open('here', 'w').close()\n    while True:\n        pass\n    left")
    endless = write(tmp_path / "endless", endless=claim_text("endless", body + KILLED))
    command = [sys.executable, "-m", "theorycheck", "check", str(endless), "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # a shell that starts the tests in the background has them, and all that they start, ignore interrupts
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, preexec_fn=listening)
    while not (tmp_path / "here").exists():
        assert process.poll() is None
    workers = children(process.pid)
    assert workers
    process.send_signal(2)
    assert process.wait(timeout=20) == 130
    assert process.stderr.read().strip() == b"theorycheck: interrupted"
    process.stderr.close()
    assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)


def children(pid):
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and parent(p) == pid] if os.path.isdir("/proc") else pytest.skip("no /proc")


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except OSError:
        return None
