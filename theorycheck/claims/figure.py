"""A figure as data: rows of numbers and how they are drawn. The drawing itself is the business of the report."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any

from theorycheck.claims.claim import ClaimError

KINDS = ("line", "points", "heatmap")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Figure:
    """Rows of data behind a figure, and how they are drawn.

    Args:
        name: in lower case with dashes; the name of the files.
        rows: one dictionary a point, all with the same keys; numbers (of NumPy, too) and text; what is not known is NaN.
        x: the column on the horizontal axis.
        y: the column on the vertical axis; of a heatmap the second coordinate.
        by: the column that names the curve; of a heatmap the column of numbers that is shown as colour, one row a cell.
        low: the column with the lower end of an interval around y.
        high: the column with its upper end.
        log: the axes with a logarithmic scale: "", "x", "y" or "xy"; the cells of a heatmap are equally large, whatever it is.
        kind: "line", "points" or "heatmap".
        title: one line in words.

    Raises:
        ClaimError: there are no rows, rows with other keys, a value that is no number and no text, a column that is not there,
            an unknown kind, a name that is none, or a heatmap with two rows for one cell or without colours.

    >>> Figure("decay", ({"step": 0, "loss": 1.0}, {"step": 1, "loss": 0.5}), x="step", y="loss", log="y").columns
    ('step', 'loss')
    """

    name: str
    rows: tuple[dict[str, Any], ...]
    x: str
    y: str
    by: str | None = None
    low: str | None = None
    high: str | None = None
    log: str = ""
    kind: str = "line"
    title: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ClaimError(f"{self.name!r} is no name for a figure; write lower case with dashes, for example loss-by-step")
        if not self.rows:
            raise ClaimError(f"the figure {self.name!r} has no rows; give it at least one")
        for row in self.rows:
            if tuple(row) != self.columns:
                other = f"{self.columns} and {tuple(row)}"
                raise ClaimError(f"the figure {self.name!r} has rows with columns {other}; write the same keys in each")
        plain = tuple({column: self._plain(column, value) for column, value in row.items()} for row in self.rows)
        object.__setattr__(self, "rows", plain)
        for column in (self.x, self.y, self.by, self.low, self.high):
            if column is not None and column not in self.columns:
                raise ClaimError(f"the figure {self.name!r} has no column {column!r}; its columns are {', '.join(self.columns)}")
        if self.kind not in KINDS or self.log not in ("", "x", "y", "xy"):
            kinds = ", ".join(KINDS)
            raise ClaimError(f"the figure {self.name!r}: kind={self.kind!r}, log={self.log!r}; write one of {kinds} and x, y or xy")
        if self.kind == "heatmap":
            self._require_cells()

    def _plain(self, column: str, value: Any) -> int | float | str:
        """A value as it goes into a file: its type is lost there."""
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Real):
            return float(value)
        raise ClaimError(f"the figure {self.name!r} has {column}={value!r}; write a number or text, and float('nan') for what is not known")

    def _require_cells(self) -> None:
        if self.by is None or any(isinstance(row[self.by], str) for row in self.rows):
            raise ClaimError(f"the heatmap {self.name!r} has no numbers to show as colour; name their column with by=")
        seen = set()
        for cell in ((row[self.x], row[self.y]) for row in self.rows):
            if cell in seen:
                raise ClaimError(f"the heatmap {self.name!r} has two rows at {self.x}={cell[0]}, {self.y}={cell[1]}; write one a cell")
            seen.add(cell)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.rows[0])

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Figure:
        """The figure that a document of `to_json` describes."""
        return cls(**{**document, "rows": tuple(document["rows"])})
