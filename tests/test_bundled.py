"""The decks that an installation carries: light to import, and the guarantees that a page shows."""

import subprocess
import sys

import pytest
from claim_files import KILLED, SUM, write

from theorycheck.claims.bundled import bundled_claims, guarantees
from theorycheck.page import verify
from theorycheck.verdict import certified, refuted, undecided

GUARANTEE = """
from theorycheck.claims import Claim, Holds

claim = Claim("{id}", title="a guarantee", kind="implication", statement="1 = 1", knobs={{"middle": 2}}, guarantees=True, {more})
"""
MORE = 'assumes=[Holds("P1"), Holds("affine", value=False)], finding="holds"'


@pytest.fixture
def decks(tmp_path, monkeypatch):
    folder = tmp_path / "proofs"
    refuted_one = MORE.replace('"holds"', '"refuted"')
    write(
        folder / "deck",
        guarantee=GUARANTEE.format(id="deck/guarantee", more=MORE) + SUM + KILLED,
        refuted=GUARANTEE.format(id="deck/refuted", more=refuted_one) + SUM + KILLED + 'claim.control("c", middle=3)\n',
    )
    monkeypatch.setattr("theorycheck.claims.bundled.proofs_folder", lambda: folder)
    return folder


def test_a_guarantee_applies_when_every_assumption_is_met(decks):
    properties = {"P1": certified("a ball"), "affine": refuted("it bends", witness="0")}
    [(claim, verdict)] = guarantees(properties)
    assert (claim, verdict.holds, verdict.grade) == ("deck/guarantee", True, "certified")
    [(_, verdict)] = guarantees(properties | {"P1": refuted("s' < 0", witness="-2")})
    assert (verdict.holds, verdict.witness) == (False, "-2")
    assert "P1 fails: s' < 0" in verdict.reason
    [(_, verdict)] = guarantees(properties | {"P1": undecided("more boxes")})
    assert verdict.holds is None


def test_the_page_shows_guarantees(decks):
    page = verify("relu", digits=5)
    assert [(row["claim"], row["holds"]) for row in page.to_json()["guarantees"]] == [("deck/guarantee", True)]
    assert "✓ deck/guarantee" in page.text()
    page = verify("gelu", digits=5)
    assert [(row["claim"], row["holds"]) for row in page.to_json()["guarantees"]] == [("deck/guarantee", False)]


def test_importing_all_files_of_the_decks_is_light():
    load = "from theorycheck.claims.bundled import bundled_claims; import sys; bundled_claims(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "theorycheck.claims.bundled" in loaded
    assert not set(loaded) & {"numpy", "sympy", "scipy", "flint", "mpmath", "tensorly", "matplotlib", "joblib", "dask"}


def test_claims_are_chosen_by_what_their_file_speaks_of():
    assert {"landscape/relu-hermite", "recovery/rho-table"} <= {claim.id for claim in bundled_claims(".misprint(")}
    assert bundled_claims("no file of ours speaks of this") == ()
