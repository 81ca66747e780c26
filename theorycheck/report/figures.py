"""Figures on disk: the numbers as CSV, which is what counts, how they are drawn as JSON, and the drawing as SVG."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from theorycheck.claims.digest import short_digest
from theorycheck.claims.figure import Figure
from theorycheck.errors import TheorycheckError
from theorycheck.report.writers import put

#: What the list says of each figure besides how it is drawn: whose it is, the digests of its CSV and of its SVG, null until it is drawn.
_OURS = ("claim", "digest", "drawing")
_KEYS = {*_OURS, *(part.name for part in fields(Figure))} - {"rows"}


def figure_csv(figure: Figure) -> str:
    """The rows of a figure as CSV: text in quotation marks, numbers without, so that they are read back as they were.

    >>> print(figure_csv(Figure("f", ({"net": "relu", "loss": 0.1},), x="net", y="loss")), end="")
    "net","loss"
    "relu",0.1
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(figure.columns)
    writer.writerows(row.values() for row in figure.rows)
    return out.getvalue()


def figure_rows(text: str) -> tuple[dict[str, Any], ...]:
    """The rows of a figure from its CSV; whole numbers come back as floats.

    Raises:
        ValueError: something that is not in quotation marks is no number.
    """
    header, *rows = csv.reader(io.StringIO(text), quoting=csv.QUOTE_NONNUMERIC)
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


def _stem(claim: str, figure: str) -> str:
    """The name of a figure's files: it begins with that of the claim, once.

    >>> _stem("landscape/gadget", "loss"), _stem("landscape/gadget", "gadget-loss")
    ('gadget-loss', 'gadget-loss')
    """
    name = claim.partition("/")[2]
    return figure if figure.startswith(f"{name}-") else f"{name}-{figure}"


class FigureFolder:
    """The figures of one deck: `figures/<deck>/<claim>-<figure>.csv` and `.svg`, listed in `figures/<deck>/index.json`.

    Args:
        tables: the folder of the tables.
        deck: the name of the deck.

    Raises:
        TheorycheckError: the list cannot be read.
    """

    def __init__(self, tables: Path, deck: str):
        self.folder = tables / "figures" / deck
        self._index = self.folder / "index.json"
        self.listed: dict[str, dict[str, Any]] = {}
        if self._index.is_file():
            try:
                self.listed = json.loads(self._index.read_text(encoding="utf-8"))
                for how in self.listed.values():
                    how.setdefault("drawing", None)
                sound = all(how.keys() == _KEYS for how in self.listed.values())
            except (ValueError, AttributeError):
                sound = False
            if not sound:
                raise TheorycheckError(f"{self._index}: not a list of figures; restore it, or remove it and record the claims again")

    def write(self, claim: str, figures: Iterable[Figure]) -> list[Path]:
        """Replace the figures of a claim, given by its id. Drawings are made by `draw`.

        Returns:
            The files that were written.
        """
        self.remove(claim)
        written: list[Path] = []
        for figure in figures:
            stem = _stem(claim, figure.name)
            text = figure_csv(figure)
            written.append(put(self.folder / f"{stem}.csv", text))
            how = {key: value for key, value in figure.to_json().items() if key != "rows"}
            self.listed[stem] = {"claim": claim, "digest": short_digest(text.encode()), "drawing": None, **how}
        self._save()
        return written

    def remove(self, claim: str) -> None:
        """Remove the figures of a claim."""
        for stem in [stem for stem, how in self.listed.items() if how["claim"] == claim]:
            del self.listed[stem]
            for suffix in (".csv", ".svg"):
                (self.folder / f"{stem}{suffix}").unlink(missing_ok=True)
        self._save()

    def names(self, claim: str) -> list[str]:
        """The names of a claim's figures."""
        return [how["name"] for how in self.listed.values() if how["claim"] == claim]

    def draw(self) -> list[Path]:
        """Draw what has no drawing yet, or another one than the list says.

        Returns:
            The files that were written.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from theorycheck.report.drawing import svg

        claims = {how["claim"] for how in self.listed.values()}
        damaged = {path.stem for claim in claims for path in self.damaged(claim)}
        written: list[Path] = []
        for path in [path for claim in claims for path in self.undrawn(claim) if path.stem not in damaged]:
            text = svg(self.read(path.stem))
            written.append(put(path, text))
            self.listed[path.stem]["drawing"] = short_digest(text.encode())
            self._save()
        return written

    def read(self, stem: str) -> Figure:
        """The figure in a file, by the stem of its name."""
        how = {key: value for key, value in self.listed[stem].items() if key not in _OURS}
        return Figure(rows=figure_rows((self.folder / f"{stem}.csv").read_text(encoding="utf-8")), **how)

    def damaged(self, claim: str) -> list[Path]:
        """The CSV files of a claim that are missing, or are not those that were written."""
        files = {self.folder / f"{stem}.csv": how["digest"] for stem, how in self.listed.items() if how["claim"] == claim}
        return [path for path, digest in files.items() if not path.is_file() or short_digest(path.read_bytes()) != digest]

    def undrawn(self, claim: str) -> list[Path]:
        """The SVG files of a claim that are missing, or are not those that were drawn."""
        files = {self.folder / f"{stem}.svg": how["drawing"] for stem, how in self.listed.items() if how["claim"] == claim}
        return [path for path, digest in files.items() if not path.is_file() or short_digest(path.read_bytes()) != digest]

    def strangers(self) -> list[Path]:
        """Files in the folder that no figure of the list accounts for."""
        known = {f"{stem}{suffix}" for stem in self.listed for suffix in (".csv", ".svg")}
        return [path for path in sorted(self.folder.glob("*.*")) if path.name not in known and path != self._index]

    def _save(self) -> None:
        if self.listed:
            put(self._index, json.dumps(dict(sorted(self.listed.items())), indent=1, ensure_ascii=False) + "\n")
        else:
            self._index.unlink(missing_ok=True)
