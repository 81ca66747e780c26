"""The power that is promised: one per cent off is noticed, the truth is left alone, and the table of powers says so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import log, sqrt
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy.stats import binom

from theorycheck.claims.loading import load_claims
from theorycheck.claims.rungs import run_rung
from theorycheck.montecarlo.capital import Catoni
from theorycheck.montecarlo.decision import estimate
from theorycheck.report import power
from theorycheck.report.writers import WRITERS

ROOT = Path(__file__).parent.parent
(LEMMA,) = load_claims(ROOT / "proofs" / "landscape" / "key_lemma.py").claims
FILE = LEMMA.rungs["simulate"].function.__globals__
#: E y h_k(b·x) for k = 0, 1, 2, worked out by hand: σ̂_k of ReLU times 1·0.96^k + 1/2·0.36^k.
MOMENTS = (1.5 / sqrt(2 * np.pi), 0.57, 0.9864 / sqrt(4 * np.pi))


@pytest.mark.parametrize("seed", range(3))
def test_one_per_cent_too_much_is_refuted_in_every_degree(seed):
    found = run_rung(LEMMA, "simulate", {"constant": Fraction(101, 100)}, seed=seed)
    assert [f.holds for f in found.findings] == [False] * 3


def test_one_per_cent_too_little_is_refuted_and_the_truth_is_not():
    low = run_rung(LEMMA, "simulate", {"constant": Fraction(99, 100)})
    assert [f.holds for f in low.findings] == [False] * 3
    assert run_rung(LEMMA, "simulate").verdict.holds is True


def test_the_truth_survives_short_runs():
    """At the budget of a rung never, and at an error of 1/20 seldom."""
    alarms = 0
    for seed in range(300):
        k = seed % 3
        sampler, variance = FILE["label_times_hermite"](k), float(FILE["variance_bound"](k))
        for error in (1e-9, 0.05):
            found = estimate(sampler, np.random.default_rng(seed), MOMENTS[k], 1e-3, 2048, error, variance=variance)[1]
            assert found.holds is not False or error == 0.05
            alarms += found.holds is False
    assert alarms <= binom.isf(1e-6, 300, 0.05)


@pytest.mark.parametrize("k", range(3))
def test_the_control_variate_against_quadrature(k):
    """Mean and variance of y h_k less the control variate, by mpmath over the unit's argument and the probe given it."""

    def hermite(v):
        return (1, v, (v * v - 1) / mpmath.sqrt(2))[k]

    def mean(f, r):
        """E f(u, v) for correlation r, three Gauss points for v given u: exact up to degree 5."""
        points = ((-mpmath.sqrt(3), mpmath.mpf(1) / 6), (mpmath.mpf(0), mpmath.mpf(2) / 3), (mpmath.sqrt(3), mpmath.mpf(1) / 6))
        s = mpmath.sqrt(1 - mpmath.mpf(r) ** 2)
        return mpmath.quad(lambda u: mpmath.npdf(u) * sum(w * f(u, r * u + s * t) for t, w in points), [-12, 0, 12])

    def left(u):
        return max(u, 0) - (mpmath.mpf(1) / 5 + u / 2 + u * u / 5)

    def control(u):
        return mpmath.mpf(1) / 5 + u / 2 + u * u / 5

    units = ((1.0, 0.96), (0.5, 0.36))
    expected = sum(a * mean(lambda u, v: control(u) * hermite(v), r) for a, r in units)
    assert FILE["control_mean"](k) == pytest.approx(float(expected), abs=1e-12)
    bound = 1.5 * sum(a * mean(lambda u, v: left(u) ** 2 * hermite(v) ** 2, r) for a, r in units) + 0.01
    assert 0 <= float(FILE["variance_bound"](k)) - float(bound) < 1e-4
    draws = FILE["label_times_hermite"](k)(np.random.default_rng(0), 10**5)
    assert 0.5 * float(bound) < draws.var() < float(bound)
    assert draws.mean() == pytest.approx(MOMENTS[k], abs=5 * draws.std() / sqrt(10**5))


@pytest.fixture(scope="module")
def table():
    return power.power_table()


@pytest.fixture(scope="module")
def rows(table):
    return [tuple(getattr(cell, "text", cell) for cell in row) for row in table.rows]


def test_the_table_is_the_committed_one(table):
    for suffix, write in WRITERS.items():
        assert write(table) == (ROOT / "tables" / f"power{suffix}").read_text(encoding="utf-8")


def test_false_alarms_stay_within_the_binomial_bound(rows):
    alarms = [int(row[3]) for row in rows if row[2] == "0"]
    assert len(alarms) == 8 and 100 < power.false_alarms_allowed() < 200
    assert max(alarms) <= power.false_alarms_allowed()
    assert {row[4] for row in rows if row[2] == "0"} == {"> 4096"}


def test_a_larger_effect_is_excluded_more_often_and_sooner(rows):
    for start in range(0, len(rows), 5):
        counts = [int(row[3]) for row in rows[start : start + 5]]
        times = [int(row[4].lstrip("> ")) for row in rows[start : start + 5]]
        assert counts == sorted(counts) and times == sorted(times, reverse=True)
        assert counts[2] > 1900 and counts[4] == 2000


def test_the_effect_of_the_tuning_costs_what_the_theory_says(rows):
    """Catoni with bets for D gains sD − s²/2 a sample: log(2/α) after 2·log(2/α)/D² samples on average."""
    medians = {row[:3]: int(row[4]) for row in rows if row[2] == "0.1"}
    enough = 2 * log(2 / power.ALPHA) / power.DETECT**2
    assert medians["Catoni", "N(0, 1), variance 1", "0.1"] == pytest.approx(enough, rel=0.15)


def test_a_false_bound_is_seen_in_the_false_alarms():
    (law,) = [law for method, law in power._laws() if "variance 1" in law.name]
    alarms = power.stopping_times(Catoni, replace(law, known=0.3), 1)[0]
    assert (alarms > 0).sum() > power.false_alarms_allowed()
