"""Declaring claims: what is accepted, and that every mistake is named together with what to write instead."""

import subprocess
import sys

import pytest

from theorycheck.claims import Claim, ClaimError, Holds, Instances, Lemma, Source
from theorycheck.claims.lemma import citations, lemmas_of, resolve
from theorycheck.errors import InputError
from theorycheck.verdict import certified, proved, refuted, undecided


def small(**changes):
    given = {"title": "a claim", "kind": "equality", "statement": "1 = 1", "knobs": {"sign": 1}, **changes}
    return Claim("demo/small", **given)


def test_where_it_was_declared():
    claim = small()
    claim.mutant("other sign", by="derive", sign=-1)
    assert claim.file == __file__ and claim.line < claim.mutants[0].line
    assert str(Source("001", slide="Analytic formula", arxiv="1711.00501")) == "deck 001, “Analytic formula”, arXiv:1711.00501"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Claim("Demo Small", title="", kind="equality", statement=""), "not a claim id; write deck/name"),
        (lambda: small(kind="theorem"), "demo/small: kind='theorem' is not known; write one of equality"),
        (lambda: small(finding="true"), "write one of holds, refuted, open"),
        (lambda: small(origin="me"), "write one of source, theorycheck"),
        (lambda: small(assumes=["relu"]), "is prose; write Holds"),
        (lambda: small(knobs={"by": 1}), "cannot be called 'by'"),
        (lambda: small(finding="open"), "open without a reason; write why="),
        (lambda: small().mutant("m", by="derive", sine=2), "no knob 'sine'; did you mean 'sign'"),
        (lambda: small(knobs={}).mutant("m", by="derive", sine=2), "the claim declares none"),
        (lambda: small().mutant("m", by="prove", sign=2), "by='prove' is not known"),
        (lambda: small().mutant("m", sign=2), "names no rung"),
        (lambda: small().mutant("m", by="derive", sign=1), "changes nothing"),
        (lambda: small().mutant("m", by="derive", drop="unit rows"), "drops 'unit rows'; the claim declares none"),
    ],
)
def test_wrong_declarations_are_named(make, message):
    with pytest.raises(ClaimError, match=message):
        make()


def test_declaring_twice():
    claim = small()
    claim.derive(lambda log, k: None)
    with pytest.raises(ClaimError, match="two derive rungs"):
        claim.derive(lambda log, k: None)
    claim.mutant("m", sign=2)  # the only rung need not be named
    assert claim.mutants[0].by == "derive"
    with pytest.raises(ClaimError, match="two variants called 'm'"):
        claim.control("m", sign=3)


def test_what_a_complete_claim_needs():
    claim = small()
    with pytest.raises(ClaimError, match="no rung"):
        claim.require_complete()
    claim.derive(lambda log, k: None)
    with pytest.raises(ClaimError, match="no mutant"):
        claim.require_complete()
    claim.mutant("m", by="certify", sign=2)
    with pytest.raises(ClaimError, match="for the rung 'certify', which it lacks; write by=derive"):
        claim.require_complete()
    claim.certify(lambda check, k: None)
    claim.require_complete()
    claim.finding = "refuted"
    with pytest.raises(ClaimError, match="no control"):
        claim.require_complete()
    claim.control("corrected", sign=2)
    claim.require_complete()
    claim.guarantees = True
    with pytest.raises(ClaimError, match="assumes nothing about the activation"):
        claim.require_complete()
    small(finding="open", why="not built yet").require_complete()
    claim.guarantees, claim.kind = False, "observation"
    with pytest.raises(ClaimError, match="more than the simulate rung"):
        claim.require_complete()


def test_misprints_are_mutants_with_both_texts():
    claim = small()
    claim.misprint("sign", where="paper, eq. (2.9)", printed="+2", correct="-2", by="derive", sign=-1)
    assert claim.mutants[0].misprint == {"where": "paper, eq. (2.9)", "printed": "+2", "correct": "-2"}


def test_whether_a_guarantee_applies():
    claim = small(assumes=[Holds("monotone"), Holds("affine", value=False)])
    good = {"monotone": proved("s' ≥ 0"), "affine": refuted("s'' ≠ 0", witness="1")}
    assert claim.applies(good).holds is True
    bad = claim.applies({**good, "monotone": refuted("s' < 0", witness="-2", grade="certified")})
    assert bad.holds is False and bad.reason == "monotone fails: s' < 0" and bad.witness == "-2"
    assert claim.applies({**good, "affine": undecided("hard")}).holds is None
    assert claim.applies({**good, "affine": certified("flat")}).reason == "affine holds: flat"
    with pytest.raises(InputError, match="no property 'affine'; write one of monotone"):
        claim.applies({"monotone": good["monotone"]})
    with pytest.raises(ClaimError, match="assumes nothing about an activation"):
        small(assumes=[Instances("signs", lambda rng, n: [1])]).applies(good)


LEMMAS = """
from theorycheck.claims import Lemma
ALL = [Lemma("stein", "E[z f(z)] = E[f'(z)]", "Stein 1981", check=lambda check, k: None, mutant=lambda check, k: None)]
"""
CITING = """
from theorycheck.claims import Claim
claim = Claim("{id}", title="{id} in words", kind="equality", statement="1 = 1")
@claim.derive
def by_citing(log, k):
    log.cite("{cited}")
"""


def test_citations_resolve_and_circles_are_refused(tmp_path):
    deck = tmp_path / "deck"
    deck.mkdir()
    (tmp_path / "lemmas.py").write_text(LEMMAS)
    for id, cited in (("deck/first", "deck/second"), ("deck/second", "deck/third-one"), ("deck/third-one", "stein")):
        name = id.split("/")[1].replace("-", "_")
        (deck / f"{name}.py").write_text(CITING.format(id=id, cited=cited))
    file = str(deck / "first.py")
    assert resolve("stein", "deck/first", file).reference == "Stein 1981"
    assert resolve("deck/second", "deck/first", file).statement == "deck/second in words"
    assert citations(deck / "second.py") == ("deck/third-one",)
    with pytest.raises(ClaimError, match="neither a lemma nor a claim; write one of stein"):
        resolve("stien", "deck/first", file)
    (deck / "third_one.py").write_text(CITING.format(id="deck/third-one", cited="deck/first"))
    with pytest.raises(ClaimError, match="cites itself by way of deck/second → deck/third-one → deck/first"):
        resolve("deck/second", "deck/first", file)
    with pytest.raises(ClaimError, match="cites itself"):
        resolve("deck/first", "deck/first", file)


def test_lemmas_need_all_their_parts(tmp_path):
    with pytest.raises(ClaimError, match="has no reference"):
        Lemma("stein", "a statement", "", check=print, mutant=print)
    (tmp_path / "lemmas.py").write_text(LEMMAS + LEMMAS.split("\n")[2].replace("ALL", "MORE"))
    with pytest.raises(ClaimError, match="two lemmas are called 'stein'"):
        lemmas_of(tmp_path)
    assert lemmas_of(tmp_path / "nothing") == {}


def test_lemmas_stand_in_one_file_or_in_a_folder(tmp_path):
    folder = tmp_path / "lemmas"
    folder.mkdir()
    (folder / "probability.py").write_text(LEMMAS)
    (folder / "algebra.py").write_text(LEMMAS.replace("stein", "euler"))
    assert list(lemmas_of(tmp_path)) == ["euler", "stein"]
    (tmp_path / "lemmas.py").write_text(LEMMAS)
    with pytest.raises(ClaimError, match=r"probability.py: two lemmas are called 'stein'"):
        lemmas_of(tmp_path)


def test_importing_claims_loads_nothing_heavy():
    code = "import sys, theorycheck.claims; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {m.partition(".")[0] for m in loaded} & {"numpy", "sympy", "scipy", "flint", "mpmath", "joblib", "tensorly", "click"}
