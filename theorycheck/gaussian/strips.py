"""The plane cut along kink lines: where f(u)g(v) is analytic, in coordinates that stay regular as the correlation tends to 1.

With u = a p + b t and v = a p − b t, a² + b² = 1 and a² − b² = r, the pair (u, v) has correlation r when p and t are independent N(0, 1).
The kinks of f and g are lines of slope −b/a and +b/a in the (t, p) plane. Between consecutive crossings in t their order is fixed, and what
lies between two neighbouring lines is a strip on which f(u)g(v) is analytic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import acb, arb

from theorycheck.activation.balls import enclose
from theorycheck.activation.zero import is_zero
from theorycheck.errors import Undecided
from theorycheck.gaussian.envelope import Envelope


@dataclass(frozen=True)
class Line:
    """A line p = p₀ + p₁ t, with u and v along it; exact zeros in (u₁, v₁) are why these are kept.

    Args:
        p, u, v: pairs (value at t = 0, slope in t) as balls.
    """

    p: tuple[arb, arb]
    u: tuple[arb, arb]
    v: tuple[arb, arb]

    def at(self, t: Any) -> Any:
        return self.p[0] + self.p[1] * t


@dataclass(frozen=True)
class Strip:
    """low(t) <= p <= high(t) for t between start and end, where f is `first` and g is `second`."""

    start: arb
    end: arb
    low: Line
    high: Line
    first: Any
    second: Any


@dataclass(frozen=True)
class Rotation:
    """a = √((1+r)/2) and b = √((1−r)/2), for r >= 0."""

    a: arb
    b: arb

    @classmethod
    def of(cls, r: arb) -> Rotation:
        return cls(((1 + r) / 2).sqrt(), ((1 - r) / 2).sqrt())


def cut(rotation: Rotation, first: Envelope, second: Envelope, tolerance: arb) -> tuple[float, float, arb]:
    """Bounds for abs(p) and abs(t), and what E[abs(f(u)g(v))] has beyond them.

    With u² + v² = 2(a²p² + b²t²) and abs(u) + abs(v) <= 2(a abs(p) + b abs(t)) the envelopes separate.
    """
    bend, slope, height = first.bend.max(second.bend), first.slope + second.slope, first.height * second.height
    edges, total = [], arb(0)
    for width, other in ((rotation.a, rotation.b), (rotation.b, rotation.a)):
        mass = beyond(2 * bend * other * other, slope * other, 0.0)
        edge, missing = half_line_cut(height * mass, 2 * bend * width * width, slope * width, tolerance / 2)
        edges.append(edge)
        total += missing
    return edges[0], edges[1], total


def half_line_cut(height: arb, bend: arb, slope: arb, tolerance: arb) -> tuple[float, arb]:
    """An edge, and a bound below `tolerance` of what E[height·exp(bend z² + slope abs(z))] has beyond ±edge."""
    edge = 1.0
    while not (missing := height * beyond(bend, slope, edge)) < tolerance:
        if not missing.is_finite() or edge > 1e4:
            raise Undecided("the Gaussian tail could not be bounded")
        edge *= 1.06
    return edge, missing


def beyond(bend: arb, slope: arb, edge: float) -> arb:
    """E[exp(bend z² + slope abs(z))] over abs(z) > edge.

    >>> beyond(arb(0), arb(0), 0.0).contains(1)
    True
    """
    c = arb(0.5) - bend
    if not c > 0:
        return arb.pos_inf()
    return (slope * slope / (4 * c)).exp() / (2 * c).sqrt() * (c.sqrt() * (edge - slope / (2 * c))).erfc()


def strips(
    first: Sequence[Any], second: Sequence[Any], scales: tuple[Any, Any], rotation: Rotation, reach: tuple[float, float], half: bool
) -> list[Strip]:
    """Strips that cover abs(p) <= P', abs(t) <= T, where P' >= P lets no kink line leave through p = ±P'.

    Args:
        first, second: pieces of f and g, functions of s₁ u and s₂ v.
        scales: s₁, s₂ as exact SymPy numbers.
        rotation: a and b.
        reach: (P, T).
        half: only t >= 0, where t <= 0 mirrors it.
    """
    a, b = rotation.a, rotation.b
    tilt, zero = b / a, arb(0)
    far, end = reach
    kinks = [(owner, i, p.start / scales[owner]) for owner, pieces in enumerate((first, second)) for i, p in enumerate(pieces) if i]
    lines = {}
    for owner, index, kink in kinks:
        k = enclose(kink)
        if owner == 0:
            lines[owner, index] = Line((k / a, -tilt), (k, zero), (k, -2 * b))
        else:
            lines[owner, index] = Line((k / a, tilt), (k, 2 * b), (k, zero))
    up, down = _edges([line.p for line in lines.values()], far, end)
    crossings = {zero if half else arb(-end), arb(end)}
    gaps = {k - m for owner, _, k in kinks if owner == 0 for other, _, m in kinks if other == 1}
    marks = [zero if is_zero(gap) is True else enclose(gap) / (2 * b) for gap in gaps]
    if any(abs(m).overlaps(arb(end)) or (m.contains(0) and not m.is_zero()) for m in marks):
        raise Undecided("a crossing of kink lines could not be located; more precision may decide it")
    cuts = _sorted([*crossings, *(m for m in marks if abs(m) < end and (not half or m > 0))])
    result: list[Strip] = []
    for low_t, high_t in zip(cuts, cuts[1:], strict=False):
        middle = (low_t + high_t) / 2
        ordered = _in_order([(key, line) for key, line in lines.items() if -down < line.at(middle) and line.at(middle) < up], middle)
        below = [sum(bool(line.at(middle) <= -down) for key, line in lines.items() if key[0] == owner) for owner in (0, 1)]
        previous = _level(-down, a, b)
        for key, line in [*ordered, (None, _level(up, a, b))]:
            f, g = first[below[0]].expr, second[below[1]].expr
            if f != 0 and g != 0:
                result.append(Strip(low_t, high_t, previous, line, f, g))
            if key is not None:
                below[key[0]] += 1
            previous = line
    return result


def _level(height: arb, a: arb, b: arb) -> Line:
    return Line((height, arb(0)), (a * height, b), (a * height, -b))


def _edges(lines: list[tuple[arb, arb]], far: float, end: float) -> tuple[arb, arb]:
    """P' above and below such that no line crosses p = ±P' for abs(t) <= end."""
    edges = []
    for side in (1, -1):
        edge, moved = arb(far), True
        while moved:
            moved = False
            for offset, slope in lines:
                nearest, furthest = side * offset - abs(slope) * end, side * offset + abs(slope) * end
                if not nearest > edge + 0.01 and not furthest < edge - 0.01:  # a margin, so that later comparisons decide
                    edge, moved = arb(furthest.upper()) + 0.5, True
        edges.append(edge)
    return edges[0], edges[1]


def _sorted(points: list[arb]) -> list[arb]:
    """Increasing and distinct; equal exact points are merged, and points not told apart are an honest failure."""
    result: list[arb] = []
    for point in sorted(points, key=lambda q: float(q.mid())):
        if result and not result[-1] < point:
            if result[-1].is_exact() and point.is_exact() and result[-1] == point:
                continue
            raise Undecided("two crossings of kink lines could not be told apart; more precision may decide it")
        result.append(point)
    return result


def _in_order(lines: list[tuple[Any, Line]], t: arb) -> list[tuple[Any, Line]]:
    ordered = sorted(lines, key=lambda entry: float(entry[1].at(t).mid()))
    for (_, low), (_, high) in zip(ordered, ordered[1:], strict=False):
        if not low.at(t) < high.at(t):
            raise Undecided("two kink lines could not be told apart; more precision may decide it")
    return ordered

def value_of(pair: tuple[arb, arb], t: Any) -> Any:
    """c₀ + c₁ t, real or complex."""
    return pair[0] + pair[1] * t if not pair[1].is_zero() else pair[0]


def width_of(low: Line, high: Line, t: Any) -> Any:
    """high(t) − low(t), the Jacobian of p in w."""
    return (high.p[0] - low.p[0]) + (high.p[1] - low.p[1]) * t


def along(low: tuple[arb, arb], high: tuple[arb, arb], t: acb, w: acb) -> acb:
    """low(t) + w (high(t) − low(t)) with each coefficient of t formed once, which keeps wide boxes narrow."""
    return (low[0] + w * (high[0] - low[0])) + t * (low[1] + w * (high[1] - low[1]))
