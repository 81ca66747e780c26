"""A fine grid of arguments, each compared with the float64 values of the function: those that differ most are then judged exactly.

A fault of narrow support is seen when an argument falls into it. Each binade between 2^-10 and 2^10 is cut into equal parts with one
argument drawn from each, so every interval of relative width 2^-12 or more holds a whole part, and with it an argument. The other
binades of normal numbers have fewer parts: there every interval of relative width 2^-6 holds an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theorycheck.ulp.calling import call
from theorycheck.ulp.formats import Format

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.activation.function import Activation

#: Binades with the fine parts, and how many parts; the others have fewer: there an activation is nearly a line or constant.
FINE = (-10, 10)
_PARTS, _OUTER_PARTS = 1 << 13, 1 << 7
#: From each of so many stretches of the grid, so many arguments are kept; and the neighbours of the worst of all.
_STRETCHES, _KEPT, _WORST = 768, 4, 32
#: Where float64 overflows on the way to the function's value, at most so many arguments are compared with a slow evaluation.
_SLOW = 1 << 12


@dataclass(frozen=True)
class Grid:
    """How fine a grid is.

    Args:
        low, high: abs(x) between which it is fine.
        relative_width: every interval [x, x(1 + w)] there, and its mirror image, holds an argument if w is at least this.
        elsewhere: the same among all normal numbers of the format.
        screened: how many arguments the grid has in all.
    """

    low: float
    high: float
    relative_width: float
    elsewhere: float
    screened: int

    def to_json(self) -> dict[str, Any]:
        """The document of a grid."""
        width, elsewhere = self.relative_width, self.elsewhere
        return {"from": self.low, "to": self.high, "relative_width": width, "elsewhere": elsewhere, "screened": self.screened}


def suspects(
    f: Activation, function: Callable[[Any], Any], kind: Format, library: str, rng: np.random.Generator
) -> tuple[np.ndarray, Grid]:
    """Arguments where an implementation departs most from float64 values of the function, and the grid they are from.

    Args:
        f: the function.
        function: the implementation, as for `call`.
        kind: a format of 32 bits or more.
        library: whose arrays the implementation takes.
        rng: draws an argument from each part.

    Raises:
        InputError: the implementation cannot be called.

    >>> import numpy as np
    >>> from theorycheck.activation.function import Activation
    >>> from theorycheck.ulp.formats import FORMATS
    >>> wrong = lambda x: np.where((x > 0.3) & (x < 0.301), 0.43, 1) * np.tanh(x)
    >>> found, _ = suspects(Activation("tanh"), wrong, FORMATS["float64"], "numpy", np.random.default_rng(0))
    >>> bool(((found > 0.3) & (found < 0.301)).any())
    True
    """
    import numpy as np

    codes = _codes(kind, rng)
    points = kind.values(codes)
    values = call(function, points, kind.name, library)
    gaps = _units_apart(values, _compared_with(f, points), kind)
    kept = [part[np.argsort(-gaps[part], kind="stable")[:_KEPT]] for part in np.array_split(np.arange(len(points)), _STRETCHES)]
    chosen = np.concatenate(kept)
    chosen = chosen[gaps[chosen] > 0]
    worst = codes[chosen[np.argsort(-gaps[chosen], kind="stable")[:_WORST]]]
    near = np.concatenate([codes[chosen], worst - 1, worst + 1])
    grid = Grid(2.0 ** FINE[0], 2.0 ** FINE[1], 2.0 / _PARTS, 2.0 / _OUTER_PARTS, len(points))
    return kind.values(near[np.abs(near) <= kind.count]), grid


def _compared_with(f: Activation, points: np.ndarray) -> np.ndarray:
    """float64 values of the function; nan where they overflow on the way, but for some that are evaluated at length."""
    import numpy as np

    from theorycheck.activation.function import overflowed

    values = f.unrescued(points)
    lost = np.flatnonzero(overflowed(points, values))
    values[lost] = np.nan
    some = lost[:: len(lost) // _SLOW + 1]
    values[some] = f(points[some])
    return values


def _codes(kind: Format, rng: np.random.Generator) -> np.ndarray:
    import numpy as np

    codes: list[Any] = []
    for exponent in range(kind.least, kind.most + 1):
        start = (exponent - kind.least + 1) << kind.bits
        parts = _PARTS if FINE[0] <= exponent < FINE[1] else _OUTER_PARTS
        codes += [[start], start + ((np.arange(parts) + rng.random(parts)) / parts * 2**kind.bits).astype(np.int64)]
    positive = np.concatenate(codes)
    positive = positive[np.diff(positive, prepend=0) > 0]  # they come in order; an argument may be drawn at the start of its binade
    return np.concatenate([-positive[::-1], positive])


def _units_apart(values: np.ndarray, truths: np.ndarray, kind: Format) -> np.ndarray:
    """Distances in units in the last place of what float64 takes for the truth; infinite where a finite value is missed altogether."""
    import numpy as np

    with np.errstate(all="ignore"):
        sizes = np.minimum(np.abs(truths), kind.largest)
        exponents = np.where(sizes > 0, np.frexp(sizes)[1] - 1, kind.least)
        gaps = np.abs(values - truths) / np.ldexp(1.0, np.maximum(exponents, kind.least) - kind.bits)
    beyond = (np.abs(truths) > kind.largest) & np.isinf(values) & (np.sign(values) == np.sign(truths))
    gaps = np.where(np.isfinite(values), gaps, np.inf)
    return np.where(beyond | np.isnan(truths), 0.0, np.nan_to_num(gaps, nan=0.0, posinf=np.inf))
