"""The trapezoidal rule after z = δ sinh u: for functions analytic near the line, a few dozen nodes at every scale.

Let F(u) be the integrand in u, analytic for abs(Re u) ≤ U = (N + ½)h, abs(Im u) ≤ a. Summing the residues of
F(u)/(e^(∓2πiu/h) − 1) over the two halves of the rectangle (F is real on the line),

    abs(h Σ_{abs(n) ≤ N} F(nh) − ∫_{−U}^{U} F) ≤ 2/(e^(2πa/h) − 1)·∫_{−U}^{U} abs(F(v + ia)) dv + 4·∫_0^a abs(F(±U + iy)) e^(−2πy/h) dy,

because e^(2πiu/h) is negative on the sides (Trefethen & Weideman, SIAM Review 56, 2014, section 5, for the line). The map
spreads the nodes evenly over all magnitudes of x = s z, so that a spike of width 1/s costs no more than a smooth function.
A finite complex ball on boxes that cover the rectangle proves that f is analytic there and bounds it; nothing is known by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import asinh, ceil, cos, cosh, expm1, floor, inf, log, pi, sin, sinh, sqrt
from typing import Any

from flint import arb, fmpq

from theorycheck.gaussian.ball_lists import Balls, evaluate
from theorycheck.gaussian.sectors import log_slice_bound, slice_end, widest_tame
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights, log_sum, padded

Weights = MonomialWeights | HermiteWeights
#: Half-widths of the strip in u; below π/4 the density decays along its edge.
ANGLES = (0.7, 0.45, 0.25)
#: Where the map turns from linear to exponential, in x: exact in floats.
KNEES = tuple(m * 2.0**k for k in range(-20, 10) for m in (1, 1.5))
#: The same in z.
DELTAS = tuple(m * 2.0**k for k in range(-4, 4) for m in (1, 1.5))
#: Where the weights or f make the edge cost more than this share of the digits, the strip is too wide.
TOO_TALL = 0.35
#: How many knees are tried at one angle, and how far apart (in `KNEES`).
STRIDES = (0, 1, 1, 2, 2, 4)
#: On slices that begin here the map is exponential, and a smaller knee only moves what they show.
EXPONENTIAL = 2.0
#: Beyond this, in v, squares of cosh overflow.
FARTHEST = 300.0
#: A larger rule would cost more than panels.
MOST_NODES = 1500
#: Steps are whole multiples of 1/GRAIN, so that nodes are exact.
GRAIN = 4096
#: Parts of each slice on which the weights are bounded, and of the ends of the strip.
PARTS, END_PARTS = 2, 16


@dataclass(frozen=True)
class TrapezoidPlan:
    """A rule and what it leaves out.

    Args:
        knee: s·δ, the scale of the map in x.
        step: h, exact.
        count: N; the nodes are u = nh, abs(n) ≤ N.
        log_error: log of a bound of the error for every weight.
        log_mass: log of a bound of ∫ abs(F).
    """

    knee: fmpq
    step: fmpq
    count: int
    log_error: float
    log_mass: float


def trapezoid_plan(
    expr: Any, scale: float, weights: Weights, log_tolerance: float, cut: float, symmetric: bool
) -> TrapezoidPlan | None:
    """A good rule that meets a tolerance, or None when no strip around the line is wide enough.

    Args:
        expr: f, analytic on the whole line.
        scale: s in f(s z), rounded to float64.
        weights: what f(s z) is integrated against.
        log_tolerance: log of the error allowed on abs(z) ≤ cut.
        cut: where the line is cut, in z.
        symmetric: whether f is even or odd.
    """
    sides = (1,) if symmetric else (1, -1)
    for angle in ANGLES:
        # the larger the knee the fewer the nodes, until the edge meets a pole or the integrand grows too tall on it
        widest = _widest_delta(weights, log_tolerance, angle) * scale
        most = max((i for i, knee in enumerate(KNEES) if knee <= widest), default=-1)
        if widest == 0 or most < 0:
            continue
        index = widest_tame(expr, sides, angle, KNEES, most)
        for stride in STRIDES:
            index -= stride
            if index < 0:
                break
            plan = _plan(expr, scale, KNEES[index], angle, weights, log_tolerance, cut, sides)
            if isinstance(plan, TrapezoidPlan):
                return plan if plan.count <= MOST_NODES else None
            if plan >= EXPONENTIAL:
                break
    return None


@lru_cache(maxsize=256)
def _widest_delta(weights: Weights, log_tolerance: float, angle: float) -> float:
    """The largest scale in z at which the weights alone are not too tall on the edge of the strip; 0 when none is."""
    cut = sqrt(-2 * min(log_tolerance, -1.0))
    low, high = 0, len(DELTAS)
    while low < high:
        middle = (low + high) // 2
        delta = DELTAS[middle]
        ends = [asinh(cut / delta) * k / 8 for k in range(9)]
        tallest = max(_log_edge(weights, 0.0, delta, v, w, angle) for v, w in pairwise(ends))
        low, high = (middle + 1, high) if tallest <= -TOO_TALL * log_tolerance else (low, middle)
    return DELTAS[low - 1] if low else 0.0


def _plan(
    expr: Any, scale: float, knee: float, angle: float, weights: Weights, log_tolerance: float, cut: float, sides: tuple[int, ...]
) -> TrapezoidPlan | float:
    """The rule of one strip, or where in v the strip fails."""
    delta = knee / scale
    edge: list[float] = []
    mass: list[float] = []
    last, high = -inf, 0.0

    def cover(end: float) -> bool:
        """Bound the integrand on the strip up to v = end."""
        nonlocal last, high
        while high < end:
            low, stop = high, slice_end(high, len(mass))
            last = max([log_slice_bound(expr, side, knee, low, stop, angle) for side in sides])
            if last == inf:
                return False
            for part in range(PARTS):
                v, w = low + (stop - low) * part / PARTS, low + (stop - low) * (part + 1) / PARTS
                edge.append(_log_edge(weights, last, delta, v, w, angle))
                if edge[-1] > -TOO_TALL * log_tolerance:
                    return False
            mass.append(_log_edge(weights, last, delta, low, stop, 0.0))
            high = stop
        return True

    reach = asinh(cut / delta)
    if reach > FARTHEST:
        return reach
    if not cover(reach):
        return high
    goal = log_tolerance - 1.0
    grains = floor(2 * pi * angle / max(log_sum(edge) + log(2) - goal, 1.0) * GRAIN)
    if grains < 4:
        return high
    step, count = grains / GRAIN, ceil(reach * GRAIN / grains)
    while True:
        end = (count + 0.5) * step
        if not cover(end):
            return high
        ends = _log_ends(last, delta, end, step, angle, weights)
        if ends <= goal:
            break
        count += 1 + count // 32
        if count > MOST_NODES:
            return high
    top = log_sum(edge) + log(2) - _log_expm1(2 * pi * angle / step * (1 - 1e-12))
    return TrapezoidPlan(fmpq(*knee.as_integer_ratio()), fmpq(grains, GRAIN), count, log_sum([top, ends]), log_sum(mass))


def _log_edge(weights: Weights, log_f: float, delta: float, v: float, w: float, angle: float) -> float:
    """log of 2 ∫_v^w abs(F(t + i angle)) dt, where Re sinh² is (cosh 2t cos 2y − 1)/2 and abs(cosh(t + iy)) ≤ cosh t."""
    square = delta * delta * (cosh(2 * v) * cos(2 * angle) - 1) / 2
    low, high, height = _down(delta * sinh(v) * cos(angle)), _up(delta * sinh(w) * cos(angle)), _up(delta * cosh(w) * sin(angle))
    return weights.log_bound(log_f, low, high, height, square - 1e-12 * delta * delta) + log(delta * cosh(w) * (w - v) * 2) + 1e-12


def _log_ends(log_f: float, delta: float, end: float, step: float, angle: float, weights: Weights) -> float:
    """log of 4 ∫_0^a abs(F(U + iy)) e^(−2πy/h) dy."""
    logs = []
    for part in range(END_PARTS):
        y, top = angle * part / END_PARTS, angle * (part + 1) / END_PARTS
        square = delta * delta * (cosh(2 * end) * cos(2 * top) - 1) / 2
        low, high, height = _down(delta * sinh(end) * cos(top)), _up(delta * sinh(end) * cos(y)), _up(delta * cosh(end) * sin(top))
        bound = weights.log_bound(log_f, low, high, height, square - 1e-12 * delta * delta)
        logs.append(bound + log(delta * cosh(end) * (top - y)) - 2 * pi * y / step)
    return padded(log_sum(logs) + log(4))


def _down(value: float) -> float:
    return value * (1 - 1e-13)


def _up(value: float) -> float:
    return value * (1 + 1e-13)


def _log_expm1(t: float) -> float:
    return t + log(-expm1(-t))


def trapezoid_sums(plan: TrapezoidPlan, expr: Any, scale: arb, weights: Weights, half_line: bool, needed: list[bool]) -> list[arb]:
    """The sums of the rule at the working precision; over z ≥ 0 when the other half mirrors it."""
    points, masses = _nodes(plan, scale)
    if half_line:
        masses[0] = masses[0] / 2
    else:
        points = [-x for x in reversed(points[1:])] + points
        masses = list(reversed(masses[1:])) + masses
    nodes = points if scale == 1 else [x / scale for x in points]
    return weights.sums(nodes, evaluate(expr, points), masses, needed)


def _nodes(plan: TrapezoidPlan, scale: arb) -> tuple[Balls, Balls]:
    """x = knee·sinh(nh) and h·(dz/du)·density for n = 0, …, N; e^(nh) by its recurrence."""
    grow = arb(plan.step).exp()
    shrink = 1 / grow
    half = arb(plan.knee) / 2
    front = arb(plan.step) / scale * (2 * arb.pi()).rsqrt()
    decay = -1 / (2 * scale * scale)
    up, down = half, half
    points, masses = [], []
    for _ in range(plan.count + 1):
        point = up - down
        points.append(point)
        masses.append((point * point * decay).exp() * (up + down) * front)
        up, down = up * grow, down * shrink
    points[0] = arb(0)
    return points, masses
