"""What every claim of a deck must pass: rungs as found, mutants refuted on each rung, controls accepted."""

from __future__ import annotations

import sys

from theorycheck.claims.claim import Claim
from theorycheck.claims.loading import load_claims
from theorycheck.claims.rungs import run_rung
from theorycheck.places import proofs_folder


def claims_of(deck: str) -> list[Claim]:
    """The claims of a deck, in the order of their files."""
    folder = str(proofs_folder() / deck)
    if folder not in sys.path:
        sys.path.append(folder)  # a claim may import a module beside it while it runs, as in a worker process
    files = [file for file in sorted((proofs_folder() / deck).glob("*.py")) if "Claim(" in file.read_text(encoding="utf-8")]
    return [claim for file in files for claim in load_claims(file).claims]


def check_claim(claim: Claim) -> None:
    """Run everything that a claim declares, at quick scale, in this process."""
    expected = {"holds": True, "refuted": False, "open": None}[claim.finding]
    for rung in claim.rungs:
        verdict = run_rung(claim, rung).verdict
        assert verdict.holds is expected, f"{rung}: {verdict}"
        assert verdict.holds is not False or verdict.witness, f"{rung}: refuted without a witness"
    if claim.finding != "open":
        assert {v.by for v in claim.mutants} == set(claim.rungs), "each rung must refute a mutant"
    for mutant in claim.mutants:
        verdict = run_rung(claim, mutant.by, mutant.knobs, mutant.drop).verdict
        assert verdict.holds is False, f"mutant {mutant.name!r} survives: {verdict}"
    for control in claim.controls:
        for rung in claim.rungs if control.by is None else (control.by,):
            verdict = run_rung(claim, rung, control.knobs, control.drop).verdict
            assert verdict.holds is True, f"control {control.name!r} on {rung}: {verdict}"
    for misprint in (m.misprint for m in claim.mutants if m.misprint):
        assert misprint["where"] and misprint["printed"] and misprint["correct"]
