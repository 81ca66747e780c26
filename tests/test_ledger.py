"""The ledgers: what they may say, that they and the files of the decks say the same, and the tables made from both."""

from collections import Counter

import pytest

from theorycheck.claims.discovery import discover
from theorycheck.claims.ledger import LedgerRow, ledger
from theorycheck.errors import TheorycheckError
from theorycheck.places import proofs_folder
from theorycheck.report.claims import claims_table


def write(tmp_path, text, deck="deck"):
    (tmp_path / deck).mkdir(exist_ok=True)
    (tmp_path / deck / "ledger.toml").write_text(text, encoding="utf-8")
    return tmp_path


GOOD = '[[claim]]\nid = "deck/a"\ntitle = "A"\nfinding = "refuted"\n'


def test_a_row(tmp_path):
    open_row = GOOD.replace("refuted", "open")
    folder = write(tmp_path, open_row + 'rungs = "D S"\norigin = "theorycheck"\nreason = "not built yet"\nexpected = "refuted"\n')
    assert ledger(folder) == (LedgerRow("deck/a", "A", "open", ("derive", "simulate"), "theorycheck", "not built yet", "refuted"),)
    assert ledger(write(tmp_path, GOOD))[0].to_json() == {"id": "deck/a", "title": "A", "finding": "refuted", "origin": "source"}
    assert ledger(write(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[[claim]\n", "not a ledger"),
        ('[[claim]]\ntitle = "A"\nfinding = "open"\n', "lacks id"),
        ('[[claim]]\nid = "deck/a"\n', "lacks finding, title"),
        (GOOD + 'findings = "holds"\n', "unknown key 'findings'"),
        (GOOD.replace("refuted", "true"), "finding of deck/a"),
        (GOOD + 'expected = "true"\n', "finding of deck/a"),
        (GOOD + 'rungs = "D X"\n', "letters of D, C, S"),
        (GOOD.replace("deck/a", "other/a"), "does not begin with deck/"),
        (GOOD.replace("refuted", "open"), "deck/a is open without a reason"),
        (GOOD + 'reason = "not built yet"\n', "write open"),
        (GOOD + GOOD, "deck/a is listed twice"),
    ],
)
def test_a_wrong_ledger_is_named_with_its_row(tmp_path, text, word):
    with pytest.raises(TheorycheckError, match=word) as caught:
        ledger(write(tmp_path, text))
    assert "ledger.toml" in str(caught.value)


@pytest.fixture(scope="module")
def built():
    return discover()


def test_every_file_of_the_decks_can_be_run(built):
    assert built.problems == []


def test_the_ledgers_and_the_files_say_the_same(built):
    rows = {row.id: row for row in ledger()}
    claims = {id: claim for id, claim in built.claims.items() if not claim.lemma}
    assert set(claims) <= set(rows), "a file without a row"
    for id, row in rows.items():
        if id not in claims:
            assert row.finding == "open"
            continue
        claim = claims[id]
        said = (claim.title, claim.finding, claim.rungs, claim.origin, claim.why)
        assert said == (row.title, row.finding, row.rungs, row.origin, row.reason), id
        assert claim.file == proofs_folder().resolve() / f"{id.replace('-', '_')}.py"


def test_every_row_of_the_decks_is_listed():
    assert Counter(row.id.partition("/")[0] for row in ledger()) == {
        "diverse": 20,
        "landscape": 23,
        "recovery": 17,
        "residual": 16,
        "signal": 8,
        "villani": 29,
    }


def test_ids_of_sharper_claims_are_of_our_own():
    assert all(row.origin == "theorycheck" for row in ledger() if row.id.endswith("-sharp"))


def test_the_table_shows_all_rows_and_why_they_are_open():
    table = claims_table()
    assert [row[0] for row in table.rows] == [row.id for row in ledger()]
    states = {row[0]: row[5] for row in table.rows}
    assert states["villani/deeponet-rademacher"].startswith("open: ")
    assert states["diverse/residual-bound"] == "built"
    assert all(state == "built" or state.startswith("open: ") for state in states.values())
