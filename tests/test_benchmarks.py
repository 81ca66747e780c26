"""The benchmark command: its rows, its document, its refusals, and that a wrong value stops it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from flint import arb

from theorycheck.benchmarks import hermite, moments, peers, timing
from theorycheck.benchmarks.__main__ import GOALS, main
from theorycheck.gaussian.hermite import hermite_coefficients


@pytest.fixture
def quick(monkeypatch):
    """One pair of measurements a row, of one call each."""
    monkeypatch.setattr(timing, "SHORTEST", 1e-9)
    for room in (hermite, moments):
        monkeypatch.setattr(room, "compare", lambda *args, **kwargs: timing.compare(*args, **{**kwargs, "repetitions": 1}))


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_the_readme_prints_every_row_with_its_goal():
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.split("|")] for line in readme.splitlines() if line.startswith("|")]
    printed = {row[1]: (float(row[4]), float(row[5])) for row in cells if len(row) == 7 and row[1] in GOALS}
    assert {name: goal for name, (_, goal) in printed.items()} == GOALS
    assert all(ratio > 0 for ratio, _ in printed.values())


@pytest.mark.usefixtures("quick")
def test_json_rows():
    result = run("moments-float64", "moments-certified-15", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.output)
    assert [row["name"] for row in rows] == ["moments-float64", "moments-certified-15"]
    for row in rows:
        assert set(row) == {"name", "ours_seconds", "peer_seconds", "ratio", "goal"}
        assert row["goal"] == GOALS[row["name"]]
        assert 0 < row["ratio"] == pytest.approx(row["ours_seconds"] / row["peer_seconds"])


@pytest.mark.usefixtures("quick")
def test_text_rows():
    result = run("hermite-1024")
    heading, line = result.output.splitlines()
    assert heading.split() == ["row", "ours", "peer", "ratio", "goal"]
    assert line.startswith("hermite-1024 ") and "≤ 5e-16" in line


def test_an_unknown_row_is_refused_with_the_names():
    result = run("hermite-65")
    assert result.exit_code == 2
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error:")]
    assert "'hermite-65'" in line and all(name in line for name in GOALS)


@pytest.mark.parametrize(("name", "wrong"), [("moments-float64", 3e-13), ("moments-certified-15", 1e-14)])
def test_a_wrong_moment_stops_the_row(monkeypatch, name, wrong):
    def shifted(slopes, scales):
        return true_floats(slopes, scales) + wrong

    def moved(slope, scales, digits, budget=None):
        error = wrong if digits == 15 else 0
        return [[ball + error for ball in row] for row in true_balls(slope, scales, digits, budget)]

    true_floats, true_balls = moments.alpha_table, moments.certified_alphas
    monkeypatch.setattr(moments, "alpha_table", shifted)
    monkeypatch.setattr(moments, "certified_alphas", moved)
    result = run(name)
    assert isinstance(result.exception, AssertionError)


def test_a_radius_above_the_promise_stops_the_row(monkeypatch):
    def wide(slope, scales, digits, budget=None):
        return [[ball + arb(0, 1e-14) for ball in row] for row in true_balls(slope, scales, digits, budget)]

    true_balls = moments.certified_alphas
    monkeypatch.setattr(moments, "certified_alphas", wide)
    assert isinstance(run("moments-certified-15").exception, AssertionError)


@pytest.mark.parametrize("wrong", [1e-15, math.nan])
def test_a_wrong_coefficient_stops_the_row(monkeypatch, wrong):
    def shifted(f, terms, digits=None):
        found = hermite_coefficients(f, terms, digits)
        return found if digits else found + wrong * (np.arange(terms) == 40)

    monkeypatch.setattr(hermite, "hermite_coefficients", shifted)
    assert isinstance(run("hermite-64").exception, AssertionError)


def test_a_wrong_exact_value_stops_the_row(monkeypatch):
    true = hermite._exact_relu
    monkeypatch.setattr(hermite, "_sympy_relu", lambda: [2 * c.sympy() * math.factorial(k) ** 0.5 for k, c in enumerate(true())])
    assert isinstance(run("exact-relu-hermite").exception, AssertionError)


def test_peers_are_the_functions_they_stand_for():
    from theorycheck.activation.function import Activation

    points = np.array([-3.1, -0.7, -0.01, 0.02, 0.9, 4.2])
    for peer in peers.PEERS:
        f = Activation(peer.name)
        assert np.allclose([peer.value(p) for p in points], f(points), rtol=1e-12, atol=1e-14)
        assert np.allclose([peer.slope(p) for p in points], f.derivative()(points), rtol=1e-12, atol=1e-14)


def test_nothing_stays_cached_between_measurements():
    from theorycheck.gaussian.sectors import log_slice_bound

    seen = []

    def call():
        seen.append(log_slice_bound.cache_info().currsize)
        moments.balls(moments._slopes()[5:6], 15)

    timing.cold_seconds(call)
    timing.cold_seconds(call)
    assert set(seen) == {0}
