"""Sweeps: the same numbers in one process, in several, on a cluster, and after any interruption."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from theorycheck.errors import InputError, Undecided
from theorycheck.montecarlo.journal import Journal
from theorycheck.montecarlo.plain import plain
from theorycheck.montecarlo.progress import Progress
from theorycheck.montecarlo.sweep import TrialError, identity_of, sweep

SHIFT = 0.25


def seeds(count):
    return np.random.SeedSequence(7).spawn(count)


def walk(rng, steps, name="w"):
    a = rng.standard_normal((steps, 40))
    return {"end": shifted(np.linalg.svd(a.T @ a)[1].sum()), "path": a[:2, 0], "none": float("nan"), "name": name}


def shifted(x):
    return x + SHIFT


WALKS = [{"steps": n, "name": f"σ{n}"} for n in range(1, 25)]


@pytest.fixture(scope="module")
def walked():
    return json.dumps(sweep(walk, WALKS, seeds(len(WALKS))))


def mortal(rng, marker, trial):
    """Trial 3 kills its own process, the first time."""
    if trial == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"draw": rng.random()}


def failing(rng, kind):
    if kind == "undecided":
        raise Undecided("more terms would decide it")
    if kind == "list":
        return [1]
    if kind == "object":
        return {"rng": rng}
    return {"x": 1 / (0 if kind == "raises" else 1)}


def test_one_process_and_two(walked):
    assert json.dumps(sweep(walk, WALKS, seeds(len(WALKS)), jobs=2)) == walked


def test_linear_algebra_has_one_thread_in_every_process(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    assert {row["threads"] for row in sweep(threads, [{}] * 3, seeds(3), jobs=2)} == {"1"}


def threads(rng):
    import os

    return {"threads": os.environ["OPENBLAS_NUM_THREADS"]}


def test_a_process_that_dies_has_its_trials_redone(tmp_path):
    settings = [{"marker": str(tmp_path / "marker"), "trial": i} for i in range(6)]
    rows = sweep(mortal, settings, seeds(6), jobs=2)
    assert (tmp_path / "marker").exists()
    assert rows == sweep(mortal, settings, seeds(6))


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_of_two(cluster, walked, tmp_path):
    with Journal(tmp_path / "walk.journal", {}) as journal:
        assert json.dumps(sweep(walk, WALKS, seeds(len(WALKS)), journal, scheduler=cluster)) == walked
        assert sorted(journal.finished) == list(range(len(WALKS)))


def test_a_worker_of_the_cluster_that_dies_has_its_trials_redone(cluster, tmp_path):
    settings = [{"marker": str(tmp_path / "marker"), "trial": i} for i in range(6)]
    rows = sweep(mortal, settings, seeds(6), scheduler=cluster)
    assert (tmp_path / "marker").exists()
    assert rows == sweep(mortal, settings, seeds(6))


def test_no_cluster_at_an_address():
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=r"no Dask scheduler answers at 127.0.0.1:1 \(Connection refused\); start one with"):
        sweep(walk, WALKS, seeds(len(WALKS)), scheduler="127.0.0.1:1")
    for wrong in ("nonsense://x:1", "localhost", "tcp://localhost:port", "", "tcp://[::1"):
        with pytest.raises(InputError, match="is no address of a Dask scheduler"):
            sweep(walk, WALKS, seeds(len(WALKS)), scheduler=wrong)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_trial_that_fails_is_named_and_the_others_are_kept(jobs, tmp_path):
    settings = [{"kind": "fine"}, {"kind": "raises"}]
    line = failing.__code__.co_firstlineno + 7
    message = rf"^the trial with kind='raises': ZeroDivisionError: division by zero \(line {line} of test_sweep.py\)$"
    with Journal(tmp_path / "a", {}) as journal:
        with pytest.raises(TrialError, match=message):
            sweep(failing, settings, seeds(2), journal, jobs)
        assert set(journal.finished) <= {0}
    with pytest.raises(Undecided, match="more terms would decide it"):
        sweep(failing, [{"kind": "undecided"}], seeds(1), jobs=jobs)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("list", r"it returned \[1\]; return a dictionary of numbers and text by name"),
        ("object", "its result, rng has a Generator; write numbers, text, or lists of them"),
    ],
)
def test_what_is_no_result(kind, message):
    with pytest.raises(TrialError, match=message):
        sweep(failing, [{"kind": kind}], seeds(1))


def test_what_is_no_sweep():
    with pytest.raises(InputError, match="<lambda> cannot be sent to other processes; write a function at the top level of the file"):
        sweep(lambda rng: {}, [{}], seeds(1))
    with pytest.raises(InputError, match="2 settings and 1 seeds"):
        sweep(walk, [{}, {}], seeds(1))
    with pytest.raises(InputError, match="the setting of trial 1, steps has a complex; write numbers"):
        sweep(walk, [{"steps": 1j}], seeds(1))


def growing(rng, grid):
    grid.append(len(grid))
    return {"seen": list(grid)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_trial_that_changes_its_setting_changes_only_its_own_copy(jobs):
    rows = sweep(growing, [{"grid": [7]}] * 4, seeds(4), jobs=jobs)
    assert rows == [{"grid": [7], "seen": [7, 1]}] * 4


def test_settings_may_be_a_generator():
    from_generator = sweep(walk, ({"steps": n} for n in (1, 2)), seeds(2))
    assert json.dumps(from_generator) == json.dumps(sweep(walk, [{"steps": 1}, {"steps": 2}], seeds(2)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 1}, "the settings are of type dict; write a list with one dictionary for each trial"),
        (None, "the settings are None; write a list with one dictionary"),
        (3, "the settings are of type int; write a list"),
        ([{"steps": 1}, 3], "the setting of trial 2 is of type int; write a dictionary of its arguments"),
        ([10**5000], "the setting of trial 1 is of type int; write"),
        ("σ", "the setting of trial 1 is of type str; write"),
        ([{"steps": 10**5000}], r"the setting of trial 1, steps has an integer of more than 4300 digits; write its logarithm, or hex\(\)"),
        ([{"steps": {1: 2, "1": 3}}], "the setting of trial 1, steps has several keys that read '1'; write keys that differ as text"),
    ],
)
def test_what_are_no_settings(settings, message):
    with pytest.raises(InputError, match=message):
        sweep(walk, settings, seeds(2 if isinstance(settings, list) and len(settings) == 2 else 1))


def returning(rng, n, what):
    results = {"same": {"n": n}, "other": {"n": n + 1}, "twice": {1: 0.0, "1": 1.0}, "long": {"count": 10**5000}, "just": {"c": 10**4299}}
    return results[what]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("other", "its result has another value for its argument 'n'; return it under another name"),
        ("twice", "its result has several keys that read '1'; write keys that differ as text"),
        ("long", r"its result, count has an integer of more than 4300 digits; write its logarithm, or hex\(\) of it as text"),
    ],
)
def test_results_that_cannot_stand_in_a_row(what, message, jobs, tmp_path):
    settings = [{"n": 3, "what": what}]
    with Journal(tmp_path / "a", {}) as journal:
        with pytest.raises(TrialError, match=f"^the trial with n=3, what='{what}': {message}"):
            sweep(returning, settings, seeds(1), journal, jobs)
        assert journal.finished == {}
        journal.append(0, {"n": 4})
        with pytest.raises(TrialError, match="its result has another value for its argument 'n'"):
            sweep(returning, settings, seeds(1), journal, jobs)


def test_an_argument_may_be_returned_and_long_integers_are_kept(tmp_path):
    with Journal(tmp_path / "a", {}) as journal:
        rows = sweep(returning, [{"n": float("nan"), "what": "same"}, {"n": 2, "what": "just"}], seeds(2), journal)
    assert np.isnan(rows[0]["n"]) and rows[1]["c"] == 10**4299
    with Journal(tmp_path / "a", {}, resume=True) as journal:
        assert journal.finished[1] == {"c": 10**4299}


def test_plain_data():
    assert repr(plain([np.float32(0.5), np.bool_(True), (np.int64(1), None), np.array("a")], "x")) == "[0.5, True, [1, None], 'a']"


def test_whatever_changes_the_results_changes_the_identity():
    mine = identity_of(walk, WALKS, seeds(len(WALKS)))
    assert mine == identity_of(walk, WALKS, seeds(len(WALKS)))
    others = [
        identity_of(failing, WALKS, seeds(len(WALKS))),
        identity_of(walk, WALKS[::-1], seeds(len(WALKS))),
        identity_of(walk, WALKS, np.random.SeedSequence(8).spawn(len(WALKS))),
        identity_of(walk, WALKS, seeds(2 * len(WALKS))[len(WALKS) :]),
    ]
    assert mine not in others


def test_trials_that_are_kept_are_not_done_again(tmp_path, walked):
    calls = []
    with Journal(tmp_path / "a", {}) as journal:
        sweep(walk, WALKS, seeds(len(WALKS)), journal)
    lines = (tmp_path / "a").read_bytes().splitlines(keepends=True)
    (tmp_path / "a").write_bytes(b"".join(lines[:7] + lines[-10:]))
    with Journal(tmp_path / "a", {}, resume=True) as journal:
        rows = sweep(walk, WALKS, seeds(len(WALKS)), journal, progress=lambda *seen: calls.append(seen))
    assert json.dumps(rows) == walked
    assert calls == [(done, 24, 16) for done in range(17, 25)]


SCRIPT = """
import json, sys, time
from pathlib import Path
import numpy as np
from theorycheck.montecarlo.journal import Journal
from theorycheck.montecarlo.sweep import sweep

def slow(rng, i):
    time.sleep(0.02)
    return {"i2": i * i, "draw": rng.standard_normal(), "several": rng.random(3)}

if __name__ == "__main__":
    path, jobs = Path(sys.argv[1]), int(sys.argv[2])
    settings, seeds = [{"i": i} for i in range(150)], np.random.SeedSequence(0).spawn(150)
    print("begun", flush=True)
    with Journal(path, {"seed": 0}, resume=True) as journal:
        print(json.dumps(sweep(slow, settings, seeds, journal, jobs)))
"""


def lines_of(journal):
    return set(journal.read_bytes().split(b"\n")[1:-1]) if journal.exists() else set()


def test_killed_ten_times_and_resumed(tmp_path):
    script, moments = tmp_path / "script.py", random.Random(0)
    script.write_text(SCRIPT)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    finished = set()
    for kill in range(10):
        jobs, longest = (2, 1.0) if kill % 5 == 4 else (1, 0.2)
        command = [sys.executable, str(script), str(tmp_path / "a.journal"), str(jobs)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True, env=environment)
        assert process.stdout.readline() == b"begun\n"
        time.sleep(moments.uniform(0, longest))
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        before, finished = finished, lines_of(tmp_path / "a.journal")
        assert before <= finished
    assert 0 < len(finished) < 150

    def ended(path, jobs):
        command = [sys.executable, str(script), str(path), jobs]
        return subprocess.run(command, capture_output=True, check=True, env=environment).stdout

    assert ended(tmp_path / "a.journal", "2") == ended(tmp_path / "b.journal", "1")


def test_progress_is_one_line():
    stream = StringIO()
    progress = Progress("mine/walk", stream)
    for done in range(41, 101):
        progress(done, 100, 40)
        time.sleep(0.15 if done < 43 else 0)
    first, second, *_, last = (text.strip() for text in stream.getvalue().split("\r")[1::2])
    assert first == "mine/walk: 41/100 trials, 40 of them kept"
    assert second.startswith("mine/walk: 42/100 trials, 40 of them kept, ") and "/s, 0:00:" in second and second.endswith(" left")
    assert last == ""
    assert "\n" not in stream.getvalue()
