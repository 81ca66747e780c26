"""Figures: data that is checked when it is recorded, CSV that is read back as it was, and drawings with the same bytes each time."""

import json
import math
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.claims.claim import ClaimError
from theorycheck.claims.discovery import ClaimFile
from theorycheck.claims.figure import Figure
from theorycheck.claims.results import RungReport
from theorycheck.report import recorded
from theorycheck.report.decks import Sampled
from theorycheck.report.figures import FigureFolder, figure_csv, figure_rows
from theorycheck.report.recorded import record
from theorycheck.verdict import Verdict

AWKWARD = Figure(
    "awkward",
    (
        {"net, wide": 'say "relu"', "n": np.int64(3), "loss": np.float32(0.5), "digits": "12"},
        {"net, wide": "σ\nτ", "n": 4, "loss": 0.1 + 0.2, "digits": "1e5"},
        {"net, wide": "", "n": True, "loss": math.inf, "digits": "nan"},
    ),
    x="n",
    y="loss",
    by="net, wide",
)


def decay(**how):
    rows = [{"step": n, "loss": r**n, "low": r**n / 2, "high": r**n * 2, "rate": r} for r in (0.5, 0.25) for n in range(5)]
    return Figure("decay", tuple(rows), **{"x": "step", "y": "loss", "by": "rate", **how})


SQUARE = tuple({"d": d, "m": m, "share": d * len(m)} for d in (2, 3) for m in ("few", "many"))
KINDS = [
    decay(log="y", low="low", high="high", title="100 % of $x$ & <y>"),
    decay(kind="points", low="low", high="high"),
    decay(kind="points", by=None, low="low"),
    Figure("heat", SQUARE, x="d", y="m", by="share", kind="heatmap"),
    Figure("gaps", ({"x": 0, "y": math.nan}, {"x": 1, "y": math.inf}, {"x": 2, "y": 1.0}), x="x", y="y", log="xy"),
    Figure("nothing", tuple({"x": k, "y": math.nan if k % 2 else -1.0} for k in range(40)), x="x", y="y", log="xy"),
    Figure("words", ({"net": "relu", "loss": 1}, {"net": "gelu", "loss": 2}), x="net", y="loss"),
    Figure("many", tuple({"x": k, "y": k % 7, "curve": k % 12} for k in range(240)), x="x", y="y", by="curve"),
]


def test_numbers_and_text_survive_the_csv():
    assert figure_rows(figure_csv(AWKWARD)) == AWKWARD.rows
    assert [type(value) for value in AWKWARD.rows[0].values()] == [str, int, float, str]
    assert figure_csv(AWKWARD).splitlines()[:2] == ['"net, wide","n","loss","digits"', '"say ""relu""",3,0.5,"12"']


def test_documents_survive_json():
    assert Figure.from_json(json.loads(json.dumps(AWKWARD.to_json()))) == AWKWARD


def test_a_report_carries_figures_and_its_document_does_not():
    report = RungReport("simulate", Verdict(True, "sampled", "so"), 0.1, figures=(AWKWARD,))
    assert report.figures[0].name == "awkward"
    assert set(report.to_json()) == {"rung", "seconds", *report.verdict.to_json()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "../x"}, r"'../x' is no name for a figure"),
        ({"name": "Loss"}, "write lower case with dashes"),
        ({"rows": ()}, "has no rows"),
        ({"rows": ({"step": 1, "loss": None},)}, r"has loss=None; write a number or text, and float\('nan'\)"),
        ({"rows": ({"step": 1, "loss": [2]},)}, r"has loss=\[2\]"),
        ({"rows": ({"step": 1, "loss": 1}, {"loss": 1, "step": 1})}, "write the same keys in each"),
        ({"y": "gain"}, "no column 'gain'; its columns are step, loss, low, high, rate"),
        ({"kind": "pie"}, "write one of line, points, heatmap"),
        ({"kind": "heatmap", "by": None}, "no numbers to show as colour"),
        ({"kind": "heatmap", "y": "rate", "by": "loss", "rows": ({"step": 0, "rate": 1, "loss": 1},) * 2}, "two rows at step=0, rate=1"),
    ],
)
def test_what_is_wrong_is_said_at_once(change, message):
    given = {"name": "decay", "rows": decay().rows, "x": "step", "y": "loss", "kind": "line"}
    with pytest.raises(ClaimError, match=message):
        Figure(**{**given, **change})


def test_exact_numbers_become_floats():
    assert Figure("f", ({"x": Fraction(1, 4), "y": 1},), x="x", y="y").rows[0]["x"] == 0.25


@pytest.fixture(scope="module")
def drawings():
    pytest.importorskip("matplotlib")
    from theorycheck.report.drawing import svg

    return {figure.name + figure.kind + str(figure.by): (svg(figure), svg(figure)) for figure in KINDS}


def test_drawings_are_the_same_each_time_and_are_xml(drawings):
    assert len(drawings) == len(KINDS)
    for first, second in drawings.values():
        assert first == second
        assert "<dc:date>" not in first
        assert ElementTree.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
        assert first.endswith("</svg>\n")


def test_axes_and_curves_are_labelled(drawings):
    """Matplotlib writes each text as a comment beside its outlines."""
    text = drawings["decaylinerate"][0]
    for word in ("step", "loss", "rate", "0.5", "0.25"):
        assert f"<!-- {word} -->" in text
    assert "100 % of $x$" in text
    assert "stroke-dasharray" in text  # the second curve, told apart without colour
    heat = drawings["heatheatmapshare"][0]
    for word in ("d", "m", "share", "few", "many", "12"):
        assert f"<!-- {word} -->" in heat


def test_settings_of_the_user_change_nothing(drawings):
    import matplotlib

    from theorycheck.report.drawing import svg

    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "lines.linewidth": 7}):
        assert svg(KINDS[0]) == drawings["decaylinerate"][0]


def test_a_folder_of_figures(tmp_path):
    folder = FigureFolder(tmp_path, "deck")
    written = folder.write("deck/claim", [AWKWARD, decay()])
    assert [path.name for path in written] == ["claim-awkward.csv", "claim-decay.csv"]
    again = FigureFolder(tmp_path, "deck")
    assert again.names("deck/claim") == ["awkward", "decay"]
    assert again.read("claim-awkward") == AWKWARD
    assert again.damaged("deck/claim") == again.strangers() == []
    written[0].write_text("x")
    assert again.damaged("deck/claim") == [written[0]]
    (folder.folder / "other.svg").write_text("")
    assert [path.name for path in again.strangers()] == ["other.svg"]
    again.write("deck/claim", [decay()])
    assert not written[0].exists()
    assert again.names("deck/claim") == ["decay"]


def test_only_what_has_no_drawing_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    folder = FigureFolder(tmp_path, "deck")
    folder.write("deck/claim", [decay()])
    assert [path.name for path in folder.draw()] == ["claim-decay.svg"]
    assert folder.draw() == []


def test_without_matplotlib_the_numbers_are_written_and_the_message_says_so(tmp_path, monkeypatch):
    deck = tmp_path / "proofs" / "deck"
    deck.mkdir(parents=True)
    (deck / "ledger.toml").write_text('[[claim]]\nid = "deck/claim"\ntitle = "t"\nfinding = "holds"\n')
    tables = tmp_path / "tables"
    FigureFolder(tables, "deck").write("deck/claim", [decay()])
    (tables / "deck-full.csv").write_text(
        "claim,verdict,what was found,seed,sizes,figures,code\ndeck/claim,\"holds, sampled\",so,0,n=1,decay,0123456789ab\n"
    )
    claim = ClaimFile("deck/claim", deck / "claim.py", 1, "t", rungs=("simulate",))
    monkeypatch.setattr(recorded, "sampled_claims", lambda deck, proofs: {"deck/claim": Sampled(claim, "0123456789ab")})
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = record(["deck-full"], tables, tmp_path / "proofs")
    assert done.code == 0
    assert "matplotlib is not installed, so the figures of deck are there as CSV only" in done.complaints[0]
    assert (tables / "figures" / "deck" / "claim-decay.csv").is_file()
