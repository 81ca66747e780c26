"""A page: verdict first, never by colour alone, and honest about what is missing."""

import re
from fractions import Fraction
from types import SimpleNamespace

import pytest
import sympy
from flint import arb, ctx

from theorycheck.activation.function import Activation
from theorycheck.enclosure import Enclosure
from theorycheck.page import SIGMAS, VerifiedPage
from theorycheck.pagetext import in_ascii, mathematical
from theorycheck.properties.recovery import NAMES
from theorycheck.verdict import certified, proved, refuted, undecided


def page(**changes):
    with ctx.workprec(100):
        root = Enclosure(arb(2).sqrt(), sympy.sqrt(2))
    properties = {name: proved("because") for name in NAMES} | {
        "P1": refuted("s' < 0", witness="-2", grade="certified"),
        "P3a": certified("a ball", value={"value": "1.5", "radius": "0", "exact": "3/2"}),
        "parity": refuted("neither", witness="1", value="none"),
        "villani": undecided("not built yet"),
    }
    rho = tuple(SimpleNamespace(sigma=s, value=root, terms=[root] * 3, active=[1], decided=True) for s in SIGMAS)
    given = {"properties": properties, "rho": rho, "hermite": (root,) * 9} | changes
    return VerifiedPage(Activation("relu"), **given)


def test_verdicts_are_signs_and_words():
    text = page().text()
    assert "✗ fails" in text
    assert "✓ holds" in text
    assert re.search(r"villani +\? undecided .*not built yet", text)
    assert "parity none" in text
    assert "√2" in text


def test_ascii_has_everything_that_the_page_has():
    text = page().text(ascii=True)
    assert text.isascii()
    assert text.count("\n") == page().text().count("\n")
    assert "[no] fails" in text
    assert "rho(1/10)" in text


def test_an_undecided_villani_leaves_the_page_complete():
    assert page().open_questions == []


@pytest.mark.parametrize("name", ["P1", "P2", "P3a", "P3b"])
def test_an_undecided_requirement_is_open(name):
    properties = page().properties | {name: undecided("more boxes")}
    assert page(properties=properties).open_questions == [name]
    assert "more boxes" in page(properties=properties).text()


def test_a_number_that_was_not_found_is_open_and_one_that_does_not_exist_is_not():
    rho = page().rho[:2]
    spent = page(rho=rho, missing={"rho 10": "undecided: the clock"}, spent=frozenset({"rho 10"}))
    assert spent.open_questions == ["rho 10"]
    absent = page(rho=rho, missing={"rho 10": "does not exist: it diverges"})
    assert absent.open_questions == []
    document = absent.to_json()["rho"]
    assert [row["sigma"] for row in document] == ["1/10", "1", "10"]
    assert document[2] == {
        "sigma": "10", "value": None, "radius": None, "exact": None, "reason": "does not exist: it diverges", "terms": [], "active": [],
    }  # fmt: skip
    assert "it diverges" in absent.text()


def test_an_undecided_rho_is_open():
    vague = SimpleNamespace(sigma=Fraction(1), value=Enclosure(arb(0, 1)), terms=[], active=[1, 2], decided=False)
    assert page(rho=(vague,)).open_questions == ["rho 1"]


def test_hermite_coefficients_that_do_not_exist_keep_their_rows():
    document = page(hermite=(), missing={"hermite": "does not exist: it diverges"}).to_json()["hermite"]
    assert [row["k"] for row in document] == list(range(9))
    assert {row["value"] for row in document} == {None}


def test_characters_without_a_plain_form_do_not_stop_the_page():
    assert in_ascii("≤ 漢") == "<= ?"
    assert mathematical("sqrt(2)*x**3/2 + pi") == "√2·x^3/2 + π"
