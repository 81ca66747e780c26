"""What people who tried the product found, each kept as a test."""

import pytest

from theorycheck.activation.function import Activation
from theorycheck.claims import Claim, Instances
from theorycheck.claims.claim import ClaimError
from theorycheck.claims.results import ClaimReport, RungReport
from theorycheck.claims.rungs import run_rung
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.hermite import hermite_coefficients
from theorycheck.gaussian.moments import rho_terms
from theorycheck.properties.recovery import properties
from theorycheck.verdict import certified, undecided


@pytest.mark.parametrize(
    ("text", "curvature"),
    [("exp(-(x-0.3)**2)", 2.0), ("exp(-(x-30)**2)", 2.0), ("tanh(x/1000)", 7.698003589195010e-7)],
)
def test_a_ball_that_is_not_finite_or_a_bump_far_out_is_not_unbounded(text, curvature):
    found = properties(text)
    assert found["bounded"].holds
    assert found["P3a"].holds
    assert float(found["P3a"].value) == pytest.approx(curvature, rel=1e-12)


def test_periodic_suprema_are_tight():
    assert float(properties("exp(sin(x))")["lipschitz"].value) == pytest.approx(1.458528537136238, rel=1e-12)


def test_a_singular_end_has_no_second_moment():
    with pytest.raises(DoesNotExist, match="does not exist"):
        rho_terms("sqrt(abs(x))", 1)


@pytest.mark.parametrize("sigma", ["1e-400", "1e300"])
def test_scales_out_of_range_are_bad_input(sigma):
    with pytest.raises(InputError, match="between 1e-100 and 1e100"):
        rho_terms("tanh", sigma)


def test_mirrored_isolated_roots_are_seen_as_a_symmetry():
    assert [c.exact == 0 for c in hermite_coefficients(Activation("abs(x**2 - cos(x))"), 4, digits=12)] == [False, True, False, True]


def claim(**more):
    return Claim("deck/tried", title="t", kind="equality", statement="0 = 0", knobs={"c": 0}, **more)


def test_an_assumption_about_nothing_fails_on_every_rung():
    tried = claim(assumes=[Instances("none", lambda rng, count: [])])
    tried.derive(lambda log, k: log.zero(0, "zero"))
    with pytest.raises(ClaimError, match="admits no instance"):
        run_rung(tried, "derive")


def test_a_bare_truth_value_cannot_grade_itself():
    tried = claim()
    tried.certify(lambda check, k: check.true(True, "I say so", grade="proved"))
    with pytest.raises(ClaimError, match="cannot be graded 'proved'"):
        run_rung(tried, "certify")


@pytest.mark.parametrize("detect", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_deviation_worth_noticing_is_a_positive_number(detect):
    tried = claim()
    tried.simulate(quick={"samples": 2000}, full={"samples": 2000})(
        lambda trial, k: trial.estimate(lambda rng, n: rng.standard_normal(n), theory=5, detect=detect, variance=1, label="x")
    )
    with pytest.raises(ClaimError, match="is no deviation"):
        run_rung(tried, "simulate")


def test_a_false_variance_decides_nothing():
    tried = claim()

    @tried.simulate(quick={"samples": 20_000}, full={"samples": 20_000})
    def wide(trial, k):
        trial.estimate(lambda rng, n: 1000 * rng.standard_normal(n), theory=0, detect=0.1, variance=1e-6, label="x")

    assert run_rung(tried, "simulate").verdict.holds is None


def test_an_undecided_rung_does_not_hide_behind_a_decided_one(tmp_path):
    from theorycheck.claims.discovery import ClaimFile

    file = ClaimFile.__new__(ClaimFile)
    object.__setattr__(file, "finding", "holds")
    object.__setattr__(file, "id", "deck/tried")
    rungs = (RungReport("derive", undecided("hard"), 0.1), RungReport("certify", certified("balls", scope="instances", instances=3), 0.1))
    assert not ClaimReport(file, rungs).agrees
    assert ClaimReport(file, rungs[1:]).agrees


def test_log_positive_refuses_an_empty_interval():
    import sympy

    from theorycheck.claims.derivation import Derivation

    t = sympy.Symbol("t", real=True)
    with pytest.raises(ClaimError, match="empty interval"):
        Derivation().positive(t + 10, "reversed", on=(t, sympy.oo, 0))
