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
from functools import cache, lru_cache
from math import asinh, ceil, cos, cosh, exp, expm1, floor, inf, log, pi, sin, sinh
from typing import Any

from flint import acb, arb, ctx, fmpq

from theorycheck.activation.balls import real_arithmetic
from theorycheck.activation.tape import tape_of
from theorycheck.gaussian.ball_lists import Balls, evaluate
from theorycheck.gaussian.boxes import box_arithmetic
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights, padded

Weights = MonomialWeights | HermiteWeights
#: Half-widths of the strip in u; below π/4 the density decays along its edge.
ANGLES = (0.7, 0.45, 0.25)
#: Where the map turns from linear to exponential, in x.
KNEES = (48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1.5, 1, 0.75, 0.5, 0.25, 0.125)
#: Width in u of the boxes on which f is bounded, and how many parts the weights are bounded on.
BOX, PARTS = 0.5, 4
#: A box is quartered, at most DEPTH times, while its bound is not finite or TOLERATED (in logarithms) above the size on the line.
TOLERATED, DEPTH = 8.0, 2
#: Where the edge costs more than this share, the strip is too wide.
TOO_TALL = 0.35
#: A larger rule would cost more than panels.
MOST_NODES = 1500
#: Steps are whole multiples of 1/GRAIN, so that nodes are exact.
GRAIN = 4096


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
    """The cheapest rule that meets a tolerance, or None when no strip around the line is wide enough.

    Args:
        expr: f, analytic on the whole line.
        scale: s in f(s z), rounded to float64.
        weights: what f(s z) is integrated against.
        log_tolerance: log of the error allowed on abs(z) ≤ cut.
        cut: where the line is cut, in z.
        symmetric: whether f is even or odd.
    """
    sides = (1,) if symmetric else (1, -1)
    knees = [knee for knee in KNEES if knee <= 5 * scale]
    best: TrapezoidPlan | None = None
    for angle in ANGLES:
        # the larger the knee the fewer the nodes, until the strip meets a pole or the integrand grows too tall on its edge
        first, last = 0, len(knees)
        while first < last:
            middle = (first + last) // 2
            plan = _plan(expr, scale, knees[middle], angle, weights, log_tolerance, cut, sides)
            if plan is None:
                first = middle + 1
            else:
                last = middle
                best = plan if best is None or plan.count < best.count else best
        if best is not None:
            return best if best.count <= MOST_NODES else None
    return None


def _plan(
    expr: Any, scale: float, knee: float, angle: float, weights: Weights, log_tolerance: float, cut: float, sides: tuple[int, ...]
) -> TrapezoidPlan | None:
    delta = knee / scale
    reach = asinh(cut / delta) + 0.05
    edge, mass, last = [], [], -inf
    low = 0.0
    while low < reach:
        high = low + BOX
        last = max(_box_bound(expr, side, knee, low, high, angle) for side in sides)
        if last == inf:
            return None
        for part in range(PARTS):
            v, w = low + BOX * part / PARTS, low + BOX * (part + 1) / PARTS
            jacobian = log(delta * cosh(w) * (w - v) * 2) + 1e-12
            edge.append(weights.log_bound(last, _down(delta * sinh(v) * cos(angle)), _up(delta * sinh(w) * cos(angle)), _up(delta * cosh(w) * sin(angle))) + jacobian)
            mass.append((last, _down(delta * sinh(v)), _up(delta * sinh(w)), jacobian))
        if max(edge) > -TOO_TALL * log_tolerance:
            return None
        low = high
    log_edge = _log_sum(edge) + log(2)
    goal = log_tolerance - 1.0
    grains = floor(2 * pi * angle / max(log_edge - goal, 1.0) * GRAIN * (1 - 1e-9))
    if grains < 4:
        return None
    step = grains / GRAIN
    count = ceil(asinh(cut / delta) / step)
    while (ends := _log_sides(last, delta, (count + 0.5) * step, step, angle, weights)) > goal:
        count += 1 + count // 16
        if count * step > low:
            return None
    log_mass = _log_sum([weights.log_bound(log_f, low, high, 0.0) + jacobian for log_f, low, high, jacobian in mass])
    error = _log_sum([log_edge - _log_expm1(2 * pi * angle / step * (1 - 1e-12)), ends])
    return TrapezoidPlan(fmpq(floor(knee * 16), 16), fmpq(grains, GRAIN), count, padded(error), log_mass)


def _log_sides(log_f: float, delta: float, end: float, step: float, angle: float, weights: Weights) -> float:
    """log of 4 ∫_0^a abs(F(U + iy)) e^(−2πy/h) dy."""
    parts = 12
    logs = []
    for part in range(parts):
        y, top = angle * part / parts, angle * (part + 1) / parts
        bound = weights.log_bound(log_f, _down(delta * sinh(end) * cos(top)), _up(delta * sinh(end) * cos(y)), _up(delta * cosh(end) * sin(top)))
        logs.append(bound + log(delta * cosh(end) * (top - y)) - 2 * pi * y / step)
    return _log_sum(logs) + log(4)


def _down(value: float) -> float:
    return value * (1 - 1e-13)


def _up(value: float) -> float:
    return value * (1 + 1e-13)


def _log_expm1(t: float) -> float:
    return t + log(-expm1(-t))


def _log_sum(logs: list[float]) -> float:
    top = max(logs)
    return top if top in (inf, -inf) else padded(top + log(sum(exp(v - top) for v in logs)))


@lru_cache(maxsize=8192)
def _box_bound(expr: Any, side: int, knee: float, low: float, high: float, angle: float) -> float:
    """log sup of abs f over x = ±knee·sinh(v + iy), low ≤ v ≤ high, abs(y) ≤ angle (one half: f is real on the line)."""
    with ctx.workprec(53):
        tape = tape_of(expr)

        @cache
        def usual() -> float:
            size = tape.run(real_arithmetic(), side * _between(knee * sinh(low), knee * sinh(high))).abs_upper()
            return (float(size.log()) if size > 0 else -1e6) + TOLERATED

        def bound(v: float, w: float, y: float, top: float, depth: int) -> float:
            real = side * _between(knee * sinh(v) * cos(top), knee * sinh(w) * cos(y))
            value = tape.run(box_arithmetic(), acb(real, _between(knee * cosh(v) * sin(y), knee * cosh(w) * sin(top))))
            size = value.abs_upper() if value.is_finite() else arb.pos_inf()
            here = (padded(float(size.log())) if size > 0 else -1e6) if size.is_finite() else inf
            if here <= TOLERATED or depth == DEPTH or here <= usual():
                return here
            # a rectangle around a slice of the sector is a coarse thing: quarter it
            p, q = (v + w) / 2, (y + top) / 2
            quarters = ((v, p, q, top), (p, w, q, top), (v, p, y, q), (p, w, y, q))  # poles show first at the top
            worst = -inf
            for quarter in quarters:
                worst = max(worst, bound(*quarter, depth + 1))
                if worst == inf:
                    break
            return worst

        return bound(low, high, 0.0, angle, 0)


def _between(low: float, high: float) -> arb:
    half = (high - low) / 2
    return arb(low + half, half + 1e-13 * (abs(low) + abs(high)))


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
