"""The runner: what rungs say is combined by the rules, survivors and failing controls fail, and no claim can stop the others."""

import json

import pytest
from claim_files import KILLED, MUTANT, SQUARE, SUM, claim_text, write

from theorycheck.claims.results import RungReport, corroborated
from theorycheck.claims.runner import check
from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, certified, proved, undecided


def run(tmp_path, *texts, **more):
    folder = write(tmp_path / "mine", **{f"claim_{i}": text for i, text in enumerate(texts)})
    return check(folder, **{"jobs": 2, "timeout": 20.0} | more)


CERTIFY = """
@claim.certify
def with_numbers(check, k):
    check.equal(2, k.middle, "the middle coefficient")
"""


def test_the_document(tmp_path):
    result = run(tmp_path, claim_text("square", SQUARE + CERTIFY + MUTANT))
    document = json.loads(json.dumps(result.to_json()))
    [claim] = document["claims"]
    assert set(document) == {"claims"}
    verdict = {"holds", "grade", "scope", "instances", "reason", "trusts", "witness", "value"}
    assert set(claim) == {"id", "finding", "agrees", "rungs", "mutants", "controls", "error"} | verdict
    assert all(set(rung) == {"rung", "seconds"} | verdict for rung in claim["rungs"])
    assert [rung["rung"] for rung in claim["rungs"]] == ["derive", "certify"]
    assert claim["mutants"] == [{"name": "no factor two", "misprint": False, "killed": True, "by": "derive"}]
    assert (claim["id"], claim["finding"], claim["agrees"], claim["holds"], claim["grade"], claim["error"]) == (
        "mine/square", "holds", True, True, "proved", None,
    )  # fmt: skip
    assert result.exit_code == 0


def test_a_wrong_constant_is_against_the_finding(tmp_path):
    result = run(tmp_path, claim_text("square", knobs={"middle": 3}))
    report = result["mine/square"]
    assert (report.verdict.holds, report.agrees, result.exit_code) == (False, False, 1)
    assert "against its finding" in report.defects[0]


def test_a_survivor_fails_the_run(tmp_path):
    result = run(tmp_path, claim_text("square", SUM.replace("k.middle", "2") + KILLED))
    assert result["mine/square"].agrees
    assert not result["mine/square"].mutants[0].killed
    assert result.exit_code == 1
    assert "“no factor two” survived" in result.text()


@pytest.mark.parametrize("spoil", ["raise ValueError('spoiled')", "import time; time.sleep(60)", "import os; os._exit(1)", "return"])
def test_what_does_not_say_fails_does_not_kill(tmp_path, spoil):
    spoiled = SUM.replace("    left", f"    if k.middle == 1:\n        {spoil}\n    left")
    result = run(tmp_path, claim_text("square", spoiled + KILLED), timeout=3.0)
    assert result["mine/square"].agrees
    assert not result["mine/square"].mutants[0].killed
    assert result.exit_code == 1


REFUTED = SUM + KILLED.replace("middle=1", "middle=5") + 'claim.control("twice", middle={control})\n'


def test_a_refuted_claim_and_its_control(tmp_path):
    result = run(tmp_path, claim_text("square", REFUTED.format(control=2), finding="refuted", knobs={"middle": 3}))
    report = result["mine/square"]
    assert (report.verdict.holds, report.agrees, result.exit_code) == (False, True, 0)
    assert report.to_json()["controls"] == [{"name": "twice", "holds": True}]
    result = run(tmp_path, claim_text("square", REFUTED.format(control=4), finding="refuted", knobs={"middle": 3}))
    assert result["mine/square"].to_json()["controls"] == [{"name": "twice", "holds": False}]
    assert result["mine/square"].agrees
    assert result.exit_code == 1


def test_an_open_claim_agrees_with_undecided(tmp_path):
    open_claim = claim_text(
        "riddle", CERTIFY.replace('check.equal(2, k.middle, "the middle coefficient")', "pass"), finding="open", why="hard"
    )
    result = run(tmp_path, open_claim)
    assert (result["mine/riddle"].verdict.holds, result["mine/riddle"].agrees, result.exit_code) == (None, True, 0)
    result = run(tmp_path, claim_text("riddle", SUM + KILLED, finding="open", why="hard"))
    assert (result["mine/riddle"].agrees, result.exit_code) == (False, 1)


def test_an_undecided_claim_that_is_not_open_is_three(tmp_path):
    undecided_mutant = CERTIFY.replace("    check", "    if k.middle == 2:\n        return\n    check") + KILLED.replace(
        "derive", "certify"
    )
    result = run(tmp_path, claim_text("riddle", undecided_mutant))
    assert (result["mine/riddle"].verdict.holds, result["mine/riddle"].defects, result.exit_code) == (None, (), 3)


def test_rungs_that_contradict_each_other(tmp_path):
    wrong = CERTIFY.replace("equal(2", "equal(7")
    result = run(tmp_path, claim_text("square", SQUARE + wrong + MUTANT))
    report = result["mine/square"]
    assert (report.contradiction, report.verdict.holds, report.agrees, result.exit_code) == (True, None, False, 1)
    assert "contradict" in report.verdict.reason


def test_a_rung_that_raises_is_named_by_its_line_and_the_others_go_on(tmp_path):
    bad = SUM.replace("check.equal", "check.eqal")
    result = run(tmp_path, claim_text("bad", bad + KILLED), claim_text("good"))
    assert result["mine/good"].agrees
    assert "claim_0.py:10: AttributeError" in result["mine/bad"].error
    assert result.exit_code == 1


def test_a_rung_that_does_not_end_is_undecided_and_says_where(tmp_path):
    slow = SUM.replace("    left", "    while k.middle == 2:\n        pass\n    left")
    result = run(tmp_path, claim_text("slow", slow + KILLED), claim_text("good"), timeout=3.0)
    report = result["mine/slow"]
    assert report.verdict.holds is None
    assert "clock after 3 s in line" in report.rungs[0].verdict.reason
    assert report.mutants[0].killed
    assert result["mine/good"].agrees
    assert result.exit_code == 3


def test_a_claim_that_kills_its_process_leaves_the_others_alone(tmp_path):
    deadly = SUM.replace("    left", "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n    left")
    result = run(tmp_path, claim_text("deadly", deadly + KILLED), claim_text("good"), jobs=1)
    assert "killed by signal 9" in result["mine/deadly"].error
    assert result["mine/good"].agrees


def test_a_broken_file_is_a_claim_with_an_error(tmp_path):
    result = run(tmp_path, claim_text("bad", finding="refuted") + "raise ValueError('why')\n", claim_text("good"))
    document = {claim["id"]: claim for claim in result.to_json()["claims"]}
    assert document["mine/bad"]["finding"] == "refuted"
    assert document["mine/bad"]["agrees"] is False
    assert document["mine/bad"]["error"].endswith("claim_0.py:12: ValueError: why")
    assert document["mine/good"]["agrees"] is True
    assert result.exit_code == 1


def test_what_a_claim_prints_and_reads_disturbs_nothing(tmp_path):
    noisy = SUM.replace("    left", "    print('{}', flush=True)\n    import sys\n    assert sys.stdin.read() == ''\n    left")
    result = run(tmp_path, "print('noise')\n" + claim_text("noisy", noisy + KILLED))
    assert result["mine/noisy"].agrees


CARELESS = """
@claim.certify
def careless(check, k):
    import flint
    import mpmath

    check.equal((53, 53, 2), (mpmath.mp.prec, flint.ctx.prec, k.middle), "precision")
    mpmath.mp.prec = flint.ctx.prec = 999
"""


def test_precision_left_behind_does_not_reach_the_next_rung(tmp_path):
    mutants = "".join(f'claim.mutant("m{i}", by="certify", middle={i})\n' for i in (3, 4))
    result = run(tmp_path, claim_text("careless", CARELESS + mutants), claim_text("again", CARELESS + mutants), jobs=1)
    assert result.exit_code == 0, result.text()


SAMPLING = """
@claim.simulate(quick=dict(samples=2000), full=dict(samples=4000))
def sampled(trial, k):
    found = trial.estimate(lambda rng, n: rng.uniform(0, k.middle, n), theory=1, detect=0.5, bounds=(0, 4), label="mean")


claim.mutant("twice", by="simulate", middle=4)
"""


def test_numbers_depend_on_the_seed_and_not_on_the_jobs(tmp_path):
    def reasons(**more):
        result = run(tmp_path, claim_text("mean", SAMPLING), claim_text("other", SAMPLING), **more)
        return [r.rungs[0].verdict.reason for r in result.claims]

    first = reasons(jobs=1)
    assert first == reasons(jobs=2)
    assert first != reasons(seed=1)
    assert first[0] != first[1]
    assert first != reasons(scale="full")


def test_only_one_rung(tmp_path):
    result = run(tmp_path, claim_text("square", SQUARE + CERTIFY + MUTANT), claim_text("mean", SAMPLING), rung="certify")
    [report] = result.claims
    assert [r.rung for r in report.rungs] == ["certify"]
    assert report.mutants == ()
    with pytest.raises(InputError, match="no claim of .* has the rung 'certify'; write one of simulate"):
        check(tmp_path / "mine" / "claim_1.py", rung="certify")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"rung": "prove"}, "derive"),
        ({"scale": "half"}, "quick"),
        ({"jobs": 0}, "jobs"),
        ({"seed": -1}, "seed"),
        ({"timeout": 0}, "time limit"),
    ],
)
def test_arguments_out_of_range_are_bad_input(tmp_path, more, word):
    with pytest.raises(InputError, match=word):
        check(tmp_path, **more)


def test_a_folder_without_claims_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="declares a claim"):
        check(write(tmp_path / "mine", script="print(1)"))
    with pytest.raises(InputError, match="no claim in"):
        check(write(tmp_path / "mine", script="# theorycheck Claim(\n"))


def test_progress_is_told(tmp_path):
    told = []
    run(tmp_path, claim_text("square"), progress=lambda *what: told.append(what))
    assert sorted(told) == [(1, 2, "mine/square certify"), (2, 2, "mine/square certify")]


def report(rung, verdict):
    return RungReport(rung, verdict, 0.1)


def test_the_strongest_rung_that_covers_all_counts():
    weak = certified("on balls", scope="instances", instances=5)
    assert corroborated([report("simulate", Verdict(True, "sampled", "s")), report("certify", weak)]).grade == "sampled"
    strong = proved("by algebra", trusts=("lemma",))
    assert corroborated([report("certify", weak), report("derive", strong)]).trusts == ("lemma",)
    assert corroborated([report("certify", weak), report("derive", undecided("no"))]).instances == 5
    assert corroborated([report("derive", undecided("a")), report("certify", undecided("b"))]).reason == "derive: a; certify: b"
    failing = Verdict(False, "certified", "no", witness="2", scope="instances", instances=1)
    assert corroborated([report("certify", failing), report("derive", undecided("a"))]).witness == "2"


LEMMA = """
from theorycheck.claims import Lemma


def numbers(check, k):
    check.equal(1 + 1, 2, "sum")


def wrong(check, k):
    check.equal(1 + 1, {wrong}, "sum")


lemma = Lemma("two", "1 + 1 = 2", "any textbook", check=numbers, mutant=wrong)
"""


def test_lemmas_are_checked_with_their_mutants(tmp_path):
    for wrong, code in ((3, 0), (2, 1)):
        result = check(write(tmp_path / "mine", lemmas=LEMMA.format(wrong=wrong)), jobs=1)
        assert result["lemmas/two"].agrees
        assert result.exit_code == code
