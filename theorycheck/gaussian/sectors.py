"""Bounds of a function on the curved strips that x = ±k sinh(v + iy) makes of rectangles in u = v + iy.

A finite complex ball on boxes that cover a slice proves that f is analytic there, and bounds it; nothing is known by name.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, cosh, inf, sin, sinh
from typing import Any

from flint import acb, arb, ctx

from theorycheck.activation.balls import real_arithmetic
from theorycheck.activation.tape import tape_of
from theorycheck.gaussian.boxes import box_arithmetic
from theorycheck.gaussian.weights import padded

#: A box is halved, at most DEPTH times, while its bound is not finite or TOLERATED (in logarithms) above the size on the line.
TOLERATED, DEPTH = 4.0, 4
#: The logarithm that stands for that of zero.
_NOTHING = -1e6
#: Widths in v of the first slices; the others are as wide as the last of these.
WIDTHS = (0.5, 0.5, 0.5, 0.5, 1.0)


def slice_end(start: float, index: int) -> float:
    """Where the slice that begins at `start` ends."""
    return start + WIDTHS[min(index, len(WIDTHS) - 1)]


@lru_cache(maxsize=8192)
def log_slice_bound(expr: Any, side: int, knee: float, low: float, high: float, angle: float) -> float:
    """log sup of abs f over x = ±knee·sinh(v + iy), low ≤ v ≤ high, abs(y) ≤ angle (one half: f is real on the line).

    Args:
        expr: f in `x`.
        side: the sign ±1.
        knee: k > 0.
        low, high: range of v, 0 ≤ low < high.
        angle: half-width of the rectangle, below π/2.
    Returns:
        A bound of the logarithm; inf where f is not shown to be analytic.

    >>> from theorycheck.activation.functions import x
    >>> 0.2 < log_slice_bound(1 / (1 + x**2), 1, 0.5, 0.0, 0.5, 0.7) < 0.3, log_slice_bound(1 / (1 + x**2), 1, 2.0, 0.0, 0.5, 0.7)
    (True, inf)
    """
    with ctx.workprec(53):
        return _halving(expr, side, knee, (low, high, 0.0, angle), DEPTH)


@lru_cache(maxsize=1024)
def widest_tame(expr: Any, sides: tuple[int, ...], angle: float, knees: tuple[float, ...], most: int) -> int:
    """The index of the largest knee whose first slice is tame, below or at `most`; 0 when none is. A guess: it proves nothing.

    Poles and growth near zero limit the knee; beyond, the strip looks the same at every knee.
    """

    def tame(index: int) -> bool:
        with ctx.workprec(53):
            slices = (_log_box_bound(expr, side, knees[index], (0.0, WIDTHS[0], angle / 2, angle)) for side in sides)
            return max(slices) <= max(log_size(expr, knees[index] * sinh(WIDTHS[0])), 0.0) + TOLERATED

    middle = next((i for i, knee in enumerate(knees) if knee >= 1), 0)
    here = min(middle, most)
    if tame(here):
        while here < most and tame(min(here + 2, most)):
            here = min(here + 2, most)
        return here
    while here > 0 and not tame(here):
        here = max(here - 2, 0)
    return here


@lru_cache(maxsize=1024)
def log_size(expr: Any, reach: float) -> float:
    """log sup of abs f on the line, abs(x) ≤ reach, roughly from above."""
    with ctx.workprec(53):
        size = tape_of(expr).run(real_arithmetic(), arb(0, reach)).abs_upper()
        return _log(size)


def _halving(expr: Any, side: int, knee: float, box: tuple[float, float, float, float], depth: int) -> float:
    here = _log_box_bound(expr, side, knee, box)
    v, w, y, top = box
    if here <= TOLERATED or depth == 0:
        return here
    if here < inf and here <= _line_bound(expr, side, knee, v, w) + TOLERATED:
        return here
    # a rectangle round a slice of the sector is a coarse thing: halve the angle first, and begin at the top, where poles show first
    if depth % 2 == 0:
        middle = (y + top) / 2
        halves = ((v, w, middle, top), (v, w, y, middle))
    else:
        middle = (v + w) / 2
        halves = ((v, middle, y, top), (middle, w, y, top))
    first = _halving(expr, side, knee, halves[0], depth - 1)
    return first if first == inf else max(first, _halving(expr, side, knee, halves[1], depth - 1))


def _log_box_bound(expr: Any, side: int, knee: float, box: tuple[float, float, float, float]) -> float:
    v, w, y, top = box
    real = side * _between(knee * sinh(v) * cos(top), knee * sinh(w) * cos(y))
    value = tape_of(expr).run(box_arithmetic(), acb(real, _between(knee * cosh(v) * sin(y), knee * cosh(w) * sin(top))))
    return _log(value.abs_upper()) if value.is_finite() else inf


@lru_cache(maxsize=4096)
def _line_bound(expr: Any, side: int, knee: float, low: float, high: float) -> float:
    return _log(tape_of(expr).run(real_arithmetic(), side * _between(knee * sinh(low), knee * sinh(high))).abs_upper())


def _log(size: arb) -> float:
    if size == 0:
        return _NOTHING
    return padded(float(size.log())) if size.is_finite() else inf


def _between(low: float, high: float) -> arb:
    half = (high - low) / 2
    return arb(low + half, half + 1e-13 * (abs(low) + abs(high)))
