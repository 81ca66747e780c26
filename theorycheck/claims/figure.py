"""A figure as data: rows of numbers and how they are drawn. The drawing itself is the business of the report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from theorycheck.claims.claim import ClaimError

KINDS = ("line", "points", "heatmap")


@dataclass(frozen=True)
class Figure:
    """Rows of data behind a figure, and how they are drawn.

    Args:
        name: in lower case with dashes; the name of the files.
        rows: one dictionary a point, all with the same keys; numbers and text.
        x: the column on the horizontal axis.
        y: the column on the vertical axis; of a heatmap the second coordinate.
        by: the column that names the curve; of a heatmap the column that is shown as colour.
        low: the column with the lower end of an interval around y.
        high: the column with its upper end.
        log: the axes with a logarithmic scale: "", "x", "y" or "xy".
        kind: "line", "points" or "heatmap".
        title: one line in words.

    Raises:
        ClaimError: there are no rows, rows with other keys, a column that is not there, or an unknown kind.

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
        if not self.rows:
            raise ClaimError(f"the figure {self.name!r} has no rows; give it at least one")
        for row in self.rows:
            if tuple(row) != self.columns:
                raise ClaimError(f"the figure {self.name!r} has rows with columns {self.columns} and {tuple(row)}; write the same keys in each")
        for column in (self.x, self.y, self.by, self.low, self.high):
            if column is not None and column not in self.columns:
                raise ClaimError(f"the figure {self.name!r} has no column {column!r}; its columns are {', '.join(self.columns)}")
        if self.kind not in KINDS or self.log not in ("", "x", "y", "xy"):
            raise ClaimError(f"the figure {self.name!r}: kind={self.kind!r}, log={self.log!r}; write one of {', '.join(KINDS)} and x, y or xy")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.rows[0])

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return asdict(self)
