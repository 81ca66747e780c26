"""Statements in LaTeX as a terminal shows them, and their stand-ins in ASCII."""

import ast
import re
from pathlib import Path

import pytest

from theorycheck.claims import readable as reading
from theorycheck.claims.checkpage import check_text
from theorycheck.claims.discovery import ClaimFile
from theorycheck.claims.readable import readable
from theorycheck.claims.results import CheckResult, ClaimReport
from theorycheck.places import proofs_folder
from theorycheck.plaintext import in_ascii


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{1}{2s}\,\lambda_1\!\left(-s^2\Delta + 1\right)", "1/(2s) λ_1(-s^2 Δ + 1)"),
        (r"1 - \frac{1}{4c}", "1 - 1/(4c)"),
        (r"\frac{\partial L}{\partial W}", "∂L/∂W"),
        (r"\frac{\kappa-1}{\kappa+1}x", "(κ-1)/(κ+1) x"),
        (r"\frac1n\Bigl(a + b\Bigr)", "1/n (a + b)"),
        (r"\frac{a}{b}\|x\|, \|\frac{a}{b}\|", "a/b ‖x‖, ‖a/b‖"),
        (r"\frac{\mathbb{E}[\frac{a}{b}]}{c}", "(E[a/b])/c"),
        (r"\tfrac1S \sum_i, \tfrac58 z, \tfrac18", "1/S Σ_i, 5/8 z, 1/8"),
        (r"-\nabla\tilde L\,dt", "-∇L\u0303 dt"),
        (r"\eta\bar\beta\theta_*^2 v", "ηβ\u0304θ_*^2 v"),
        (r"(I - \eta\hat M_t)", "(I - ηM\u0302_t)"),
        (r"\bar w_i^{\star\otimes j}, x\otimes y, (\cdot\,; r), |\cdot|, \nabla\cdot f", "w\u0304_i^(*⊗j), x ⊗ y, (·; r), |·|, ∇·f"),
        (r"\le \epsilon \quad\text{at step } s^*(\epsilon)", "≤ ε at step s*(ε)"),
        (r"x_ix_i^\top v_1P_1X \sigma_1^{2p}", "x_i x_i^T v_1 P_1 X σ_1^(2p)"),
        (r"a\min(x, 0), \sin\theta\cos\theta, (a\tanh w)^2, \min_i\max_j x", "a min(x, 0), sin θ cos θ, (a tanh w)^2, min_i max_j x"),
        (r"\sqrt6\,z, \sqrt{n}v, \sqrt{2\pi}, \sqrt{\sqrt{x}}", "√6 z, √n v, √(2π), √(√x)"),
        (r"\mathbb{E}L, \mathbb{E}_{\mu_s}L", "E L, E_{μ_s} L"),
        (r"e \not\to 0, \chi_\parallel, W^\dagger, \mathcal D, x\mapsto y", "e ↛ 0, χ_∥, W†, D, x ↦ y"),
        (r"\unknown{x}", "unknown x"),
    ],
)
def test_one_line_says_what_the_formula_says(latex, text):
    assert readable(latex) == text


BROKEN = ("", "{", "}", "\\", "^", "_", "\\frac", "\\frac{1}", "\\sqrt", "\\hat", "\\text{", "\\left", "{" * 5000, "\\frac" * 5000)


@pytest.mark.parametrize("latex", BROKEN)
def test_what_is_no_latex_is_shown_all_the_same(latex):
    assert isinstance(readable(latex), str)


def statements():
    """Every statement of the decks, read without running them."""
    for file in sorted(proofs_folder().glob("*/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "statement":
                yield from (leaf.value for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


def test_every_statement_of_the_decks_is_readable():
    names = {"argmin", "arccos", "binom", "cos", "deg", "exp", "log", "sin", "tanh", "Pr", "sqrt", "not", "frac", "tfrac", "cfrac", "dfrac"}
    tables = (reading._SYMBOLS, reading._RELATIONS, reading._LARGE, reading._FONTS, reading._ACCENTS, reading._BLANKS, reading._NOTHING)
    known = names.union(*tables)
    seen = list(statements())
    assert len(seen) > 80
    for latex in seen:
        assert not set(re.findall(r"\\([a-zA-Z]+)", latex)) - known, latex
        assert "\\" not in readable(latex) and "?" not in in_ascii(readable(latex)), latex


def test_an_open_claim_says_why():
    claim = ClaimFile("deck/claim", Path("claim.py"), 1, "t", finding="open", why="the source gives no constant")
    text = check_text(CheckResult((ClaimReport(claim, ()),), (), 0.1))
    assert "open: the source gives no constant" in text


def test_stand_ins_do_not_run_together():
    assert in_ascii("ηM\u0302 √s √n v Σ_i ∇^2 f 2πσ ρ(σ) θ²") == "eta M^ sqrt(s) sqrt(n) v Sum_i grad^2 f 2pi sigma rho(sigma) theta^2"
