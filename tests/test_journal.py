"""The journal of a sweep: what it keeps, what it notices, and that it never trusts a damaged line."""

import json
import math
import os
import subprocess
import sys

import pytest

from theorycheck.errors import InputError
from theorycheck.montecarlo.journal import Journal, digest_of
from theorycheck.montecarlo.lock import exclusive

IDENTITY = {"function": "walk", "seed": 0}


def filled(path, trials=5, run="first"):
    with Journal(path, IDENTITY, run=run, about={"claim": "mine/walk"}) as journal:
        for trial in range(trials):
            journal.append(trial, {"end": trial / 7})
    return path


def kept(path, warn=None, **how):
    with Journal(path, IDENTITY, warn=warn, **{"resume": True, **how}) as journal:
        return journal.finished


@pytest.fixture
def path(tmp_path):
    return filled(tmp_path / "deck" / "walk.journal")


ALL = {trial: {"end": trial / 7} for trial in range(5)}


def test_numbers_come_back_bit_for_bit(tmp_path):
    values = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, math.inf, -math.inf, math.nan, 2**70, True, None, "σ\n"]
    with Journal(tmp_path / "a", IDENTITY) as journal:
        journal.append(0, {"values": values})
    assert repr(kept(tmp_path / "a")[0]["values"]) == repr(values)


def test_the_header_is_for_readers(path):
    header = json.loads(path.read_text().splitlines()[0][17:])
    assert header == {"format": 1, "sweep": digest_of(IDENTITY), "run": "first", "claim": "mine/walk"}


def test_resuming_starting_afresh_and_going_on_within_one_run(path):
    assert kept(path) == ALL
    assert kept(path, resume=False, run="first") == ALL  # what a run has begun itself it goes on with
    assert kept(path, resume=False, run="second") == {}
    assert kept(path) == {}


@pytest.mark.parametrize("bytes_lost", [1, 2, 20, 40])
def test_a_torn_last_line_is_cut_off_in_silence(path, bytes_lost):
    os.truncate(path, path.stat().st_size - bytes_lost)
    assert kept(path, warn=pytest.fail) == {t: ALL[t] for t in range(4)}
    with Journal(path, IDENTITY, resume=True) as journal:
        journal.append(4, ALL[4])
    assert kept(path, warn=pytest.fail) == ALL
    assert [p.name for p in path.parent.iterdir()] == ["walk.journal"]


def test_a_file_torn_anywhere_loses_only_what_is_torn(path):
    whole = path.read_bytes()
    for size in range(0, len(whole), 5):
        path.write_bytes(whole[:size])
        assert kept(path, warn=pytest.fail) == {t: ALL[t] for t in range(max(0, whole[:size].count(b"\n") - 1))}


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line.replace(b"0.28", b"0.29"),
        lambda line: line[1:],
        lambda line: b"\0" * len(line),
        lambda line: b"",
        lambda line: line + b" ",
        lambda line: b"\xff\xfe" + line,
    ],
)
def test_a_damaged_line_elsewhere_is_named_and_set_aside(path, damage):
    lines = path.read_bytes().split(b"\n")
    lines[3] = damage(lines[3])
    path.write_bytes(b"\n".join(lines))
    damaged, told = path.read_bytes(), []
    assert kept(path, warn=told.append) == {t: ALL[t] for t in (0, 1, 3, 4)}
    [message] = told
    assert f"{path}: 1 of 6 lines is damaged; it is set aside as {path}.corrupt-1" in message
    assert path.with_name("walk.journal.corrupt-1").read_bytes() == damaged
    assert kept(path, warn=pytest.fail) == {t: ALL[t] for t in (0, 1, 3, 4)}


def test_damage_twice_is_set_aside_twice(path):
    for _ in range(2):
        path.write_bytes(path.read_bytes().replace(b"0.28", b"0.29") + b"\n")
        kept(path)
    assert {p.name for p in path.parent.iterdir()} == {"walk.journal", "walk.journal.corrupt-1", "walk.journal.corrupt-2"}


def test_a_damaged_header_costs_no_trial(path):
    path.write_bytes(b"x" + path.read_bytes())
    assert kept(path) == ALL
    assert kept(path, warn=pytest.fail) == ALL


def test_lines_of_another_sweep_are_never_taken(path):
    with Journal(path, {**IDENTITY, "seed": 1}, resume=True) as journal:
        assert journal.finished == {}


def test_a_file_that_is_set_aside_while_the_process_dies_is_not_lost(path, monkeypatch):
    path.write_bytes(path.read_bytes().replace(b"0.28", b"0.29"))
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kept(path)
    monkeypatch.undo()
    assert kept(path) == {t: ALL[t] for t in (0, 1, 3, 4)}


def test_a_folder_is_held_once_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "state"
    with exclusive(folder), pytest.raises(InputError, match=rf"process {os.getpid()} on .* is using .*state; wait until it ends, stop it"):
        exclusive(folder).__enter__()
    assert not folder.exists()


def test_a_dead_holder_leaves_no_lock(tmp_path):
    code = f"""
import os, signal
from pathlib import Path
from theorycheck.montecarlo.lock import exclusive
holding = exclusive(Path({str(tmp_path)!r}))
holding.__enter__()
os.kill(os.getpid(), signal.SIGKILL)"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert (tmp_path / "lock").exists()
    with exclusive(tmp_path):
        pass


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file cannot keep the state of sweeps \(File exists\); write another folder: --state DIR"):
        exclusive(tmp_path / "file").__enter__()
