"""`theorycheck check` with sweeps: what is kept, what is not done again, and that two runs do not share a folder."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

CLAIM = '''
from drift import DRIFT
from theorycheck.claims import Claim

claim = Claim("walk", title="a walk", kind="observation", statement="x", knobs={{"up": 1}})


def walk(rng, step):
    import time
    from pathlib import Path

    hold = Path({folder!r}, "hold")
    while hold.exists() and step >= len(hold.read_text()):
        time.sleep(0.01)
    with open(hold.with_name("log"), "a") as log:
        print(step, file=log)
    return {{"end": DRIFT + rng.standard_normal()}}


@claim.simulate(quick={{"trials": 12}}, full={{"trials": 40}})
def by_sampling(trial, k):
    rows = trial.sweep(walk, [{{"step": n}} for n in range(trial.trials)], label="The walk")
    trial.true(k.up * sum(row["end"] for row in rows) > 0, f"ends at {{sum(row['end'] for row in rows)!r}}")


claim.mutant("down", up=-1)
'''


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "walk.py").write_text(CLAIM.format(folder=str(tmp_path)))
    (folder / "drift.py").write_text("DRIFT = 9.0\n")
    return folder


def start(mine, *arguments):
    command = [sys.executable, "-m", "theorycheck", "check", str(mine), *arguments, "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=mine.parent, env=environment, preexec_fn=interruptible, **pipes)


def interruptible():
    """A shell that starts the tests in the background has them, and all that they start, ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(mine, *arguments):
    process = start(mine, *arguments)
    out, err = process.communicate(timeout=100)
    return process.returncode, json.loads(out)["claims"] if out else None, err


def done(mine):
    """How many trials have begun, redone ones counted again."""
    return len((mine.parent / "log").read_text().splitlines()) if (mine.parent / "log").exists() else 0


def kept(state):
    return sum(path.read_bytes().count(b"\n") - 1 for path in state.rglob("*.journal"))


def wait_until(condition, process):
    while not condition():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)


def reason(claims):
    return claims[0]["rungs"][0]["reason"]


def test_at_quick_scale_nothing_is_written_unless_asked_for(mine):
    code, claims, err = run(mine)
    assert (code, err, done(mine)) == (0, "", 24)
    assert {path.name for path in mine.parent.iterdir()} == {"mine", "log"}
    assert {path.name for path in mine.iterdir()} == {"walk.py", "drift.py"}
    code, again, err = run(mine, "--state", "state", "--jobs", "2")
    assert (code, err, reason(again)) == (0, "", reason(claims))
    assert done(mine) == 36  # the mutant's sweep is that of the claim
    [journal] = [p for p in (mine.parent / "state").rglob("*") if p.is_file()]
    assert journal.parent == mine.parent / "state" / "mine" / "walk" and journal.name.startswith("the-walk-")
    run(mine, "--state", "state")
    assert done(mine) == 48
    code, again, _ = run(mine, "--state", "state", "--resume")
    assert (code, done(mine), reason(again)) == (0, 48, reason(claims))
    (mine / "drift.py").write_text("DRIFT = 8.0\n")
    code, again, _ = run(mine, "--state", "state", "--resume")
    assert (code, done(mine)) == (0, 60) and reason(again) != reason(claims)
    assert {path.name for path in mine.iterdir()} == {"walk.py", "drift.py"}


def test_an_empty_state_is_removed(mine):
    (mine / "walk.py").write_text((mine / "walk.py").read_text().replace("trial.sweep(walk, ", "list(").replace(', label="The walk"', ""))
    run(mine, "--state", "state")
    assert {path.name for path in mine.parent.iterdir()} == {"mine"}


def test_interrupted_killed_refused_and_resumed(mine):
    state, hold = mine.parent / ".theorycheck", mine.parent / "hold"
    hold.write_text("." * 5)  # only so many trials can end
    process = start(mine, "--scale", "full", "--jobs", "1")
    wait_until(lambda: kept(state) == 5, process)
    code, claims, err = run(mine, "--scale", "full")
    assert (code, claims, err.count("\n")) == (2, None, 1)
    assert f"another run (process {process.pid} on " in err
    assert "is using .theorycheck; wait until it ends, stop it, or write another folder: --state DIR" in err
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, "", "theorycheck: interrupted")
    assert [path.name for path in state.iterdir()] == ["mine"]
    hold.write_text("." * 10)
    process = start(mine, "--scale", "full", "--jobs", "2", "--resume")
    wait_until(lambda: kept(state) == 10, process)
    process.kill()
    process.communicate()
    hold.unlink()
    code, claims, err = run(mine, "--scale", "full", "--jobs", "1", "--resume")
    assert (code, err) == (0, "")
    assert 40 <= done(mine) <= 42  # at most what was under way was done again
    assert [path.name for path in state.iterdir()] == ["mine"]
    code, clean, _ = run(mine, "--scale", "full", "--state", "other", "--jobs", "2")
    assert (code, reason(clean)) == (0, reason(claims))


def test_an_integer_too_long_for_a_journal_is_named_with_its_trial(mine):
    text = (mine / "walk.py").read_text()
    (mine / "walk.py").write_text(text.replace("DRIFT + rng.standard_normal()", "10**5000 if step == 3 else 1"))
    message = "the trial with step=3: its result, end has an integer of more than 4300 digits; write its logarithm"
    for arguments in ((), ("--state", "state")):
        _, claims, err = run(mine, *arguments)
        assert message in (reason(claims) if claims else err)


def test_a_damaged_journal_is_named_on_stderr(mine):
    run(mine, "--state", "state")
    [journal] = (mine.parent / "state").rglob("*.journal")
    journal.write_bytes(journal.read_bytes().replace(b'"trial": 7', b'"trial": 8'))
    code, _, err = run(mine, "--state", "state", "--resume")
    assert (code, done(mine)) == (0, 13)
    assert "1 of 13 lines is damaged" in err and f"{journal.name}.corrupt-1" in err


def test_on_a_cluster(mine):
    distributed = pytest.importorskip("distributed")
    _, claims, _ = run(mine)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        code, again, err = run(mine, "--scheduler", cluster.scheduler_address)
    assert (code, reason(again)) == (0, reason(claims)), err


BAD = [
    (("--scheduler", "127.0.0.1:1"), "no Dask scheduler answers at 127.0.0.1:1"),
    (("--state", "mine/walk.py"), "cannot keep the state of sweeps (File exists); write another folder: --state DIR"),
    (("--state", ""), "the folder of finished trials has no name; write --state DIR"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[arguments[0] for arguments, _ in BAD])
def test_bad_input(mine, arguments, message):
    code, claims, err = run(mine, *arguments)
    assert (code, claims, err.count("\n")) == (2, None, 1), err
    assert message in err


def test_the_other_rungs_of_a_claim_with_sweeps_run_as_they_do_without(mine, tmp_path):
    certify = '@claim.certify\ndef in_balls(check, k):\n    check.less(0, k.up, "up")\n\n\nclaim.mutant("down", by="simulate"'
    text = CLAIM.format(folder=str(tmp_path)).replace("observation", "existence").replace('claim.mutant("down"', certify)
    (mine / "walk.py").write_text(text)
    code, claims, err = run(mine, "--state", str(tmp_path / "kept"))
    assert (code, err) == (0, "")
    assert [(rung["rung"], rung["holds"]) for rung in claims[0]["rungs"]] == [("simulate", True), ("certify", True)]
