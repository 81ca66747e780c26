"""Rungs: what they record, how they are graded and scoped, and the error probabilities of sampling."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb

from theorycheck.claims import Claim, ClaimError, Instances
from theorycheck.claims.comparison import as_interval, compare_equal, compare_less
from theorycheck.claims.estimate import share_of_budget
from theorycheck.claims.rungs import run_rung
from theorycheck.enclosure import Enclosure
from theorycheck.errors import InputError, Undecided
from theorycheck.verdict import certified, refuted, undecided


def claim_with(certify=None, simulate=None, derive=None, make=None, drops=None, **knobs):
    assumes = [Instances("pairs", make or (lambda rng, n: [(1, 1), (0, 2), *((int(p), 3) for p in rng.integers(1, 9, n))]), drops or {})]
    claim = Claim("demo/rung", title="t", kind="equality", statement="a = b", assumes=assumes, knobs=knobs or {"constant": 1})
    if derive:
        claim.derive(derive)
    if certify:
        claim.certify(certify)
    if simulate:
        claim.simulate(quick={"samples": 20_000}, full={"samples": 200_000})(simulate)
    return claim


def test_instances_come_nasty_first_and_give_the_scope():
    seen = []

    def rung(check, k):
        for a, b in check.instances(5):
            seen.append((a, b))
            check.equal(a * b * k.constant, b * a, "products commute")

    result = run_rung(claim_with(rung), "certify")
    assert seen[:2] == [(1, 1), (0, 2)] and len(seen) == 5
    assert (result.verdict.holds, result.verdict.scope, result.verdict.instances, result.verdict.grade) == (True, "instances", 5, "proved")
    failed = run_rung(claim_with(rung), "certify", {"constant": 2}).verdict
    assert (failed.holds is False and failed.witness == "2 instead of 1") or "(1, 1)" in failed.reason
    assert "products commute at (1, 1)" in failed.reason


def test_covering_all_widens_the_scope_but_not_past_a_narrow_verdict():
    def rung(check, k):
        check.covers_all("every sign pattern")
        check.true(certified("by a covering"), "sign")
        if k.constant == 2:
            check.true(certified("by trying", scope="instances", instances=3), "tried")

    wide = run_rung(claim_with(rung), "certify").verdict
    assert wide.scope == "all" and wide.grade == "certified" and wide.reason.startswith("every sign pattern")
    assert run_rung(claim_with(rung), "certify", {"constant": 2}).verdict.scope == "instances"


def test_dropping_part_of_an_assumption():
    def rung(check, k):
        for (a,) in check.instances(3):
            check.less_equal(a, 1, "at most one")

    claim = claim_with(rung, make=lambda rng, n: [(1,)], drops={"small": lambda rng, n: [(1,), (5,)]})
    assert run_rung(claim, "certify").verdict.holds is True
    assert run_rung(claim, "certify", drop="small").verdict.holds is False


def test_assumptions_without_an_instance_are_an_error_not_a_verdict():
    def rung(check, k):
        for _ in check.instances():
            check.true(False, "never reached")

    with pytest.raises(ClaimError, match="'pairs' admits no instance"):
        run_rung(claim_with(rung, make=lambda rng, n: []), "certify")
    with pytest.raises(ClaimError, match="answer to name='triples'; it declares pairs"):
        run_rung(claim_with(lambda check, k: list(check.instances(name="triples"))), "certify")


def test_what_is_wrong_with_a_call_is_named():
    claim = claim_with(lambda check, k: 7)
    with pytest.raises(ClaimError, match="has no derive rung; it has certify"):
        run_rung(claim, "derive")
    with pytest.raises(ClaimError, match="no knob 'konstant'; did you mean 'constant'"):
        run_rung(claim, "certify", {"konstant": 2})
    with pytest.raises(ClaimError, match="returned 7; return nothing or a Verdict"):
        run_rung(claim, "certify")
    with pytest.raises(ClaimError, match="no scale 'huge'; write quick or full"):
        run_rung(claim_with(simulate=lambda trial, k: None), "simulate", scale="huge")
    with pytest.raises(AttributeError, match="the trial has no sample; simulate"):
        run_rung(claim_with(simulate=lambda trial, k: trial.sample), "simulate")


def test_silence_and_spent_work_are_undecided():
    assert run_rung(claim_with(lambda check, k: None), "certify").verdict.holds is None
    assert run_rung(claim_with(derive=lambda log, k: None), "derive").verdict.holds is None

    def spent(check, k):
        raise Undecided("too many boxes")

    assert run_rung(claim_with(spent), "certify").verdict.reason == "too many boxes"
    assert run_rung(claim_with(lambda check, k: certified("whole")), "certify").verdict.grade == "certified"


def test_a_derivation_with_a_returned_verdict_takes_the_weakest_grade():
    t = sympy.Symbol("t", real=True)

    def rung(log, k):
        log.equal((t + 1) ** 2, t**2 + 2 * k.constant * t + 1, "square")
        return certified("and a ball")

    result = run_rung(claim_with(derive=rung), "derive")
    assert result.verdict.grade == "certified" and len(result.steps) == 1 and result.seconds > 0
    assert run_rung(claim_with(derive=rung), "derive", {"constant": 3}).verdict.holds is False


THIRD = Enclosure(arb(1) / 3)
PAIRS = [
    (Fraction(1, 3), Fraction(2, 6), True, "proved"),
    (1, 2, False, "proved"),
    (sympy.Rational(1, 3), Fraction(1, 3), True, "proved"),
    (THIRD, Fraction(1, 3), True, "computed"),
    (THIRD, arb("0.3334"), False, "certified"),
    (sympy.sqrt(2), arb(2).sqrt(), True, "computed"),
    (arb("0.3 +/- 0.1"), THIRD, None, None),
    (THIRD, arb.nan(), None, None),
    (mpmath.mpf(1) / 3, 1 / 3, True, "computed"),
    (1 / 3, 0.3333, False, "computed"),
    (THIRD, mpmath.mpf("0.333333333333333333"), True, "computed"),
    (arb("0.3 +/- 0.1"), 0.31, None, None),
    (float("nan"), 1.0, None, None),
    (np.array([0.5, 0.25]), [Fraction(1, 2), Fraction(1, 4)], True, "computed"),
    (np.eye(2), [[1, 0], [0, 2]], False, "computed"),
    (np.float64(2), 2, True, "computed"),
]


@pytest.mark.parametrize(("theory", "evidence", "holds", "grade"), PAIRS)
def test_equality_is_computed_at_best_unless_exact(theory, evidence, holds, grade):
    verdict = compare_equal(theory, evidence)
    assert (verdict.holds, verdict.grade) == (holds, grade)
    assert (verdict.witness is not None) == (holds is False)


def test_digits_are_respected():
    assert compare_equal(1.0, 1.0001, digits=3).holds is True and compare_equal(1.0, 1.0001, digits=5).holds is False
    assert compare_equal(THIRD, arb(1) / 3, digits=40).holds is None  # 53 bits are not 40 digits
    with pytest.raises(InputError, match="cannot be compared"):
        compare_equal([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="no number to compare"):
        compare_equal("1", 1)
    with pytest.raises(InputError, match="is not real"):
        compare_equal(mpmath.mpc(1, 1), 1)
    with pytest.raises(InputError, match="not an exact number"):
        compare_equal(sympy.Symbol("x"), 1)


@pytest.mark.parametrize(
    ("left", "right", "strict", "holds", "grade"),
    [
        (1, Fraction(3, 2), True, True, "proved"),
        (1, 1, True, False, "proved"),
        (1, 1, False, True, "proved"),
        (THIRD, Fraction(34, 100), True, True, "certified"),
        (arb("0.3 +/- 0.1"), THIRD, True, None, None),
        (sympy.pi, 3, True, False, "certified"),
        (1.0, 1.0 + 1e-15, True, None, None),
        (1.0, 1.1, True, True, "computed"),
        (2.0, 1.0, False, False, "computed"),
        ([1, 2], [2, 3], True, True, "proved"),
        ([1, 3], [2, 3], True, False, "proved"),
    ],
)
def test_inequalities(left, right, strict, holds, grade):
    verdict = compare_less(left, right, strict)
    assert (verdict.holds, verdict.grade) == (holds, grade)


def test_intervals_contain_the_number():
    for number in (Fraction(1, 3), sympy.pi, THIRD, mpmath.mpf("0.1"), 0.1):
        low, high = as_interval(number)
        assert Fraction(low) <= Fraction(high) and high - low < 1e-14
    assert as_interval(2) == (2.0, 2.0)
    with pytest.raises(InputError, match="not finite"):
        as_interval(arb.nan())


def test_the_error_budget_is_never_exceeded():
    assert sum(share_of_budget(i) for i in range(1, 5000)) < 1e-9


def test_a_simulation_holds_refutes_its_mutant_and_repeats_itself():
    def rung(trial, k):
        trial.estimate(lambda rng, n: rng.standard_normal(n) ** 2, theory=k.constant, detect=0.2, variance=2, label="second moment")
        trial.estimate(lambda rng, n: np.sign(rng.standard_normal(n)), theory=0, detect=0.1, bounds=(-1, 1))
        trial.figure("decay", [{"step": n, "loss": 0.5**n} for n in range(3)], x="step", y="loss", log="y")

    claim = claim_with(simulate=rung)
    result = run_rung(claim, "simulate", seed=3)
    assert (result.verdict.holds, result.verdict.grade, result.verdict.scope) == (True, "sampled", "all")
    assert [f.name for f in result.figures] == ["decay"] and len(result.findings) == 2
    assert run_rung(claim, "simulate", seed=3).verdict == result.verdict != run_rung(claim, "simulate", seed=4).verdict
    assert run_rung(claim, "simulate", {"constant": 2}).verdict.holds is False
    assert run_rung(claim, "simulate", scale="full").verdict.holds is True


def shifted(rng, shift):
    return {"draw": float(rng.standard_normal()) + shift}


def test_a_sweep_repeats_itself_and_its_trials_are_independent():
    def rung(trial, k):
        first = trial.sweep(shifted, [{"shift": 0}, {"shift": 0}])
        trial.true(first[0]["draw"] != first[1]["draw"] and first == trial.sweep(shifted, [{"shift": 0}, {"shift": 0}]), "seeded")
        trial.true(first != trial.sweep(shifted, [{"shift": 0}, {"shift": 0}], label="again"), "other draws under another label")

    assert run_rung(claim_with(simulate=rung), "simulate").verdict.holds is True


def other(rng, shift):
    return {"draw": shift}


@pytest.mark.parametrize("label", ["", "walks"])
@pytest.mark.parametrize(("run", "settings"), [(shifted, [{"shift": 1}]), (shifted, [{"shift": 0}] * 2), (other, [{"shift": 0}])])
def test_two_different_sweeps_need_two_labels(label, run, settings):
    def rung(trial, k):
        trial.sweep(shifted, [{"shift": 0}], label)
        trial.true(len(trial.sweep(run, settings, label + "again" if k.constant == 2 else label)) > 0, "done")

    which = "label='walks'" if label else "no label="
    with pytest.raises(ClaimError, match=f"two different sweeps .* have {which}: .* same random numbers; write label= with a name"):
        run_rung(claim_with(simulate=rung), "simulate")
    assert run_rung(claim_with(simulate=rung), "simulate", {"constant": 2}).verdict.holds is True


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shift": 0}, "demo/rung: the settings are of type dict; write a list"),
        (None, "demo/rung: the settings are None; write a list"),
        ([3], "demo/rung: the setting of trial 1 is of type int; write a dictionary"),
        ([{"shift": 10**5000}], "demo/rung: the setting of trial 1, shift has an integer of more than 4300 digits"),
    ],
)
def test_settings_that_are_none(settings, message):
    with pytest.raises(ClaimError, match=message):
        run_rung(claim_with(simulate=lambda trial, k: trial.sweep(shifted, settings)), "simulate")


def test_settings_from_a_generator_and_labels_that_are_none():
    def rung(trial, k):
        rows = trial.sweep(shifted, ({"shift": n} for n in range(3)))
        trial.true(rows == trial.sweep(shifted, [{"shift": n} for n in range(3)]), "as from a list")

    assert run_rung(claim_with(simulate=rung), "simulate").verdict.holds is True
    with pytest.raises(ClaimError, match="label=3 is no name of a sweep; write a text"):
        run_rung(claim_with(simulate=lambda trial, k: trial.sweep(shifted, [], label=3)), "simulate")


def scope_of(rung, **knobs):
    verdict = run_rung(claim_with(simulate=rung), "simulate", knobs).verdict
    return verdict.holds, verdict.scope, verdict.instances


def test_seeded_trials_are_instances_of_a_statement_unless_it_is_the_experiment():
    def rung(trial, k):
        trial.true(k.constant < 3, "first")
        trial.true(k.constant == 1, "second")

    def covering(trial, k):
        trial.covers_all("every sign")
        rung(trial, k)

    def with_a_mean(trial, k):
        rung(trial, k)
        trial.estimate(lambda rng, n: np.sign(rng.standard_normal(n)), theory=0, detect=0.1, bounds=(-1, 1))

    assert scope_of(rung) == (True, "instances", 2)
    assert scope_of(rung, constant=2) == (False, "instances", 2)
    assert scope_of(covering) == scope_of(with_a_mean) == (True, "all", None)
    assert scope_of(lambda trial, k: trial.true(certified("by balls"), "for all") and None) == (True, "all", None)
    assert scope_of(lambda trial, k: trial.true(None, "open")) == (None, "all", None)
    assert "seeded trials, quick scale; 2 comparisons" in run_rung(claim_with(simulate=rung), "simulate").verdict.reason
    observation = Claim("demo/seen", title="t", kind="observation", statement="seen", knobs={"constant": 1})
    observation.simulate(quick={}, full={})(rung)
    verdict = run_rung(observation, "simulate").verdict
    assert (verdict.holds, verdict.scope, verdict.instances) == (True, "all", None)


def test_observations_record_shapes():
    def rung(trial, k):
        trial.true(k.constant == 1, "above the other curve")

    claim = claim_with(simulate=rung)
    assert run_rung(claim, "simulate").verdict.grade == "sampled"
    failed = run_rung(claim, "simulate", {"constant": 2}).verdict
    assert failed.holds is False and failed.witness == "above the other curve"


def test_kleene_inside_a_rung():
    def rung(check, k):
        check.true(undecided("hard"), "first")
        check.true(refuted("at 2", witness="2"), "second")

    verdict = run_rung(claim_with(rung), "certify").verdict
    assert verdict.holds is False and verdict.witness == "2"
