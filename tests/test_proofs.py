"""The bundled claims: a changed constant does not go unnoticed; lemmas agree with numbers; the example of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from theorycheck.claims.claim import Claim
from theorycheck.claims.lemma import lemmas_of
from theorycheck.claims.loading import load_claims
from theorycheck.claims.rungs import run_rung
from theorycheck.places import proofs_folder

PROOFS = proofs_folder()
def file_of(id: str) -> Path:
    return PROOFS / f"{id.replace('-', '_')}.py"


@pytest.mark.parametrize("lemma", lemmas_of(PROOFS).values(), ids=lambda lemma: lemma.id)
def test_lemma_agrees_with_numbers_and_its_mutant_does_not(lemma):
    for rung, holds in ((lemma.check, True), (lemma.mutant, False)):
        claim = Claim("lemma", title=lemma.statement, kind="equality", statement=lemma.statement)
        claim.certify(rung)
        verdict = run_rung(claim, "certify").verdict
        assert verdict.holds is holds, verdict


@pytest.mark.parametrize(
    ("id", "rung", "old", "new"),
    [
        ("landscape/hermite-correlation", "derive", "2 * r * s * t + t**2) / 2", "3 * r * s * t + t**2) / 2"),
        ("landscape/hermite-correlation", "certify", "sqrt(base**k * factorial(k))", "sqrt(base**k * factorial(k + 1))"),
        ("landscape/key-lemma", "derive", "(1 - r**2) * t**2 / 2", "(1 - r**2) * t**2 / 3"),
        ("landscape/key-lemma", "simulate", "gauss / sqrt(2))", "gauss / sqrt(9))"),
        ("landscape/relu-hermite", "derive", "(2**m * sympy.factorial(m))", "(3**m * sympy.factorial(m))"),
        (
            "landscape/relu-hermite",
            "certify",
            "sympy.sqrt(2 * sympy.pi * sympy.factorial(n))",
            "sympy.sqrt(3 * sympy.pi * sympy.factorial(n))",
        ),
        ("landscape/one-variable-gadget-sharp", "derive", "(dimension + 2 * n - 2 + 2 * m)", "(dimension + 2 * n - 3 + 2 * m)"),
        (
            "landscape/one-variable-gadget-sharp",
            "certify",
            "frozenset({1, 3}), (0, 0, 0, 0, 0, 1)",
            "frozenset({1, 5}), (0, 0, 0, 0, 0, 1)",
        ),
        ("diverse/arc-cosine-kernel", "derive", "3 * r * root", "2 * r * root"),
        ("diverse/arc-cosine-kernel", "certify", "/ (2 * library.pi)", "/ (3 * library.pi)"),
        ("recovery/nonlinearity-is-automatic", "derive", '"third": 1', '"third": 3'),
        ("recovery/nonlinearity-is-automatic", "certify", '"second": 1', '"second": 4'),
    ],
)
def test_a_changed_constant_is_noticed(tmp_path, id, rung, old, new):
    text = file_of(id).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    copy = tmp_path / file_of(id).name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    (claim,) = load_claims(copy).claims
    assert run_rung(claim, rung).verdict.holds is not True


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('("tanh", Fraction(10), "5.1E-5")', '("tanh", Fraction(10), "5.2E-5")'),
        ('("leaky_relu", Fraction(1), "0.089")', '("leaky_relu", Fraction(1), "0.088")'),
        ('SQUARED = "0.27"', 'SQUARED = "0.28"'),
    ],
)
def test_a_changed_entry_of_the_table_fails_the_control(tmp_path, old, new):
    text = file_of("recovery/rho-table").read_text(encoding="utf-8")
    copy = tmp_path / "rho_table.py"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    (claim,) = load_claims(copy).claims
    assert run_rung(claim, "certify", claim.controls[0].knobs).verdict.holds is False


def test_the_example_of_the_documentation():
    (claim,) = load_claims(Path(__file__).parent.parent / "docs" / "example_claim.py").claims
    assert [run_rung(claim, rung).verdict.holds for rung in claim.rungs] == [True, True, True]
    assert [run_rung(claim, v.by, v.knobs).verdict.holds for v in claim.mutants] == [False, False]
