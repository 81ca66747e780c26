"""Drawing a figure as SVG, by matplotlib: legible in print, told apart without colour, and the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import cycle, islice
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theorycheck.claims.figure import Figure

#: Curves are told apart by colour (Okabe and Ito's, safe for the colour-blind), dashes and markers; the periods 7, 5 and 8 are
#: pairwise coprime, so that hundreds of curves differ in one of them.
_COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "x", "+", "*")
_INCHES = (5.8, 3.4)
#: A line with more points than this has markers only at this part of the diagonal of the axes from each other.
_MANY_MARKERS, _APART = 15, 0.08
#: More points than these are drawn small, and as pixels inside the SVG.
_MANY_POINTS, _PIXELS = 200, 2000
#: A heatmap with at most this many cells shows its numbers; a grey print of it is readable.
_NUMBERED = 100
#: A logarithmic axis whose ends have a smaller ratio is short.
_SHORT = 100
_TICKS = 12


def svg(figure: Figure) -> str:
    """A figure as SVG.

    Args:
        figure: the rows and how they are drawn.

    Raises:
        ImportError: matplotlib is not installed.
    """
    import matplotlib.style
    from matplotlib.figure import Figure as Canvas

    look = {"font.size": 9, "svg.hashsalt": "theorycheck", "svg.fonttype": "path", "axes.spines.top": False, "axes.spines.right": False}
    with matplotlib.style.context(["default", look]):
        canvas = Canvas(figsize=_INCHES, layout="constrained")
        axes = canvas.add_subplot()
        axes.set_xlabel(_words(figure.x))
        axes.set_ylabel(_words(figure.y))
        axes.set_title(figure.title, fontsize=10, loc="left", wrap=True, parse_math=False)
        if figure.kind == "heatmap":
            _heatmap(axes, figure)
        else:
            _curves(axes, figure)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _curves(axes: Axes, figure: Figure) -> None:
    curves: dict[Any, list[dict[str, Any]]] = {}
    for row in figure.rows:
        curves.setdefault(None if figure.by is None else row[figure.by], []).append(row)
    for (name, rows), look in zip(curves.items(), _looks(len(curves)), strict=True):
        _curve(axes, figure, rows, "" if name is None else _tick(name), *look)
    for name, column in (("x", figure.x), ("y", figure.y)):
        _scale(axes, name, [row[column] for row in figure.rows], name in figure.log)
    axes.grid(color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    if figure.by is not None:
        beside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}  # where it hides no point
        axes.legend(title=_words(figure.by), frameon=False, fontsize=8, title_fontsize=8, handlelength=3.2, **beside)


def _scale(axes: Axes, name: str, values: Sequence[Any], log: bool) -> None:
    """The ticks of an axis: on a short logarithmic one at 1, 2 and 5 times the powers of ten, whole numbers where the values are."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    axis = axes.xaxis if name == "x" else axes.yaxis
    numbers = [value for value in values if not isinstance(value, str) and isfinite(value)]
    positive = [value for value in numbers if value > 0]
    if log and positive:
        (axes.set_xscale if name == "x" else axes.set_yscale)("log", nonpositive="mask")
        axis.set_minor_formatter(NullFormatter())
        if max(positive) < _SHORT * min(positive):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(FuncFormatter(lambda value, position: f"{value:g}"))
    elif len(numbers) == len(values) and all(value == int(value) for value in numbers):
        axis.set_major_locator(MaxNLocator(integer=True))


def _looks(count: int) -> list[tuple[Any, Any, Any]]:
    return list(islice(zip(cycle(_COLOURS), cycle(_DASHES), cycle(_MARKERS), strict=False), count))


def _curve(axes: Axes, figure: Figure, rows: Sequence[dict[str, Any]], label: str, colour: Any, dash: Any, marker: Any) -> None:
    x, y = [row[figure.x] for row in rows], [row[figure.y] for row in rows]
    low, high = ([row[column or figure.y] for row in rows] for column in (figure.low, figure.high))
    interval = figure.low is not None or figure.high is not None
    if figure.kind == "points":
        size = 4 if len(x) <= _MANY_POINTS else 1.5
        axes.plot(x, y, color=colour, marker=marker, markersize=size, linestyle="none", label=label, rasterized=len(x) > _PIXELS)
        if interval:
            axes.vlines(x, low, high, colors=colour, linewidth=0.9)
        return
    seen = any(_visible(a, "x" in figure.log) and _visible(b, "y" in figure.log) for a, b in zip(x, y, strict=True))
    every = _APART if len(x) > _MANY_MARKERS and seen else 1  # matplotlib cannot space the markers of nothing
    axes.plot(x, y, color=colour, linestyle=dash, marker=marker, markersize=3.5, markevery=every, linewidth=1.3, label=label)
    if interval:
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def _visible(value: Any, log: bool) -> bool:
    return isinstance(value, str) or (isfinite(value) and (value > 0 or not log))


def _heatmap(axes: Axes, figure: Figure) -> None:
    import numpy as np

    across, up = _sorted(row[figure.x] for row in figure.rows), _sorted(row[figure.y] for row in figure.rows)
    assert figure.by is not None
    grid = np.full((len(up), len(across)), np.nan)
    for row in figure.rows:
        grid[up.index(row[figure.y]), across.index(row[figure.x])] = row[figure.by]
    image: Any = axes.imshow(grid, origin="lower", aspect="auto", cmap="cividis", interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label=_words(figure.by))
    for values, ticks in ((across, axes.set_xticks), (up, axes.set_yticks)):
        shown = range(0, len(values), -(-len(values) // _TICKS))
        ticks(list(shown), [_tick(values[i]) for i in shown])
    if grid.size <= _NUMBERED:
        brightness = image.norm(grid)
        for (i, j), value in np.ndenumerate(grid):
            if np.isfinite(value):
                ink = "black" if brightness[i, j] > 0.55 else "white"
                axes.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize=7, color=ink)


def _sorted(values: Any) -> list[Any]:
    """Different values: numbers in order, text in the order in which it comes."""
    different = list(dict.fromkeys(values))
    return different if any(isinstance(value, str) for value in different) else sorted(different)


def _tick(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _words(column: str) -> str:
    return column.replace("_", " ")
