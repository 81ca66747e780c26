"""Certified E[f(u)g(v)] in the plane: tensor Gauss–Legendre rules on the strips of `strips`, uniformly in the correlation.

A cell is a part of a strip, [t₀, t₁] × [w₀, w₁] with p = low(t) + w (high(t) − low(t)). One coordinate at a time the integrand is analytic
in a Bernstein ellipse, which bounds the error of that coordinate's rule by 8 M rho^(−2N)/(1 − 1/rho) a unit of half-length, as in `panels`;
positive weights add the two errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log, sqrt
from typing import Any

from flint import acb, arb, ctx

from theorycheck.activation.balls import complex_arithmetic, enclose
from theorycheck.activation.tape import tape_of
from theorycheck.errors import Undecided
from theorycheck.gaussian.ball_lists import evaluate
from theorycheck.gaussian.envelope import Envelope
from theorycheck.gaussian.legendre import SIZES, legendre_balls
from theorycheck.gaussian.panels import ELLIPSES, STRIPS
from theorycheck.gaussian.strips import Rotation, Strip, along, cut, strips, value_of, width_of
from theorycheck.limits import Budget

#: Sides of the cells that subdivision starts from, in t and in p.
STRIDE = 4.0


@dataclass(frozen=True)
class Cell:
    """A cell and its rule.

    Args:
        strip: where it lies.
        t, w: (centre, half-width).
        sizes: nodes in t and in w; zero when the integral over the cell is within the error.
    """

    strip: Strip
    t: tuple[arb, arb]
    w: tuple[arb, arb]
    sizes: tuple[int, int] = (0, 0)


def planar_expectation(
    first: Sequence[Any],
    second: Sequence[Any],
    scales: tuple[Any, Any],
    r: arb,
    envelopes: tuple[Envelope, Envelope],
    tolerance: arb,
    budget: Budget,
) -> arb:
    """E[f(s₁ u)g(s₂ v)] for standard u, v with correlation r in [0, 1).

    Args:
        first, second: pieces of f and g.
        scales: s₁ and s₂ as exact SymPy numbers.
        r: the correlation as a ball.
        envelopes: of f(s₁ ·) and g(s₂ ·).
        tolerance: absolute error wanted; the radius of the result may be up to twice that.
        budget: cells and time.
    Raises:
        Undecided: the work allowed was spent.
    """
    rotation = Rotation.of(r)
    half = first == second and scales[0] == scales[1]
    far, end, missing = cut(rotation, *envelopes, tolerance / 4)
    plan = strips(first, second, scales, rotation, (far, end), half)
    maker = _CellMaker(rotation, (enclose(scales[0]), enclose(scales[1])), tolerance / (8 if half else 4), end, budget)
    total = arb(0)
    for strip in plan:
        for cell in maker.cells(strip):
            total += maker.value(cell)
    total += arb(0, maker.error.abs_upper())
    return (2 * total if half else total) + arb(0, missing.abs_upper())


@dataclass
class _CellMaker:
    rotation: Rotation
    scales: tuple[arb, arb]
    tolerance: arb
    end: float
    budget: Budget
    error: arb = field(default_factory=lambda: arb(0))
    spent: int = 0
    guess: list[int] = field(default_factory=lambda: [4, 4])

    def cells(self, strip: Strip) -> list[Cell]:
        """The cells of a strip, each with a rule within its share of the tolerance."""
        stack = self._first(strip)
        done = []
        while stack:
            cell = stack.pop()
            self.spent += 1
            if self.spent > self.budget.cells:
                raise Undecided(f"{self.budget.cells} cells did not bound the plane integral of ({strip.first})·({strip.second})")
            self.budget.check(f"integrating ({strip.first})·({strip.second}) over the plane")
            ready, split = self._rule(cell)
            if ready is not None:
                done.append(ready)
                continue
            for side in (-1, 1):
                parts = [cell.t, cell.w]
                centre, half = parts[split]
                parts[split] = (centre + side * half / 2, half / 2)
                stack.append(Cell(strip, parts[0], parts[1]))
        return done

    def _first(self, strip: Strip) -> list[Cell]:
        width_t = strip.end - strip.start
        middle = (strip.start + strip.end) / 2
        columns = max(1, int(float(width_t) / STRIDE + 0.8))
        rows = max(1, int(float(strip.high.at(middle) - strip.low.at(middle)) / STRIDE + 0.8))
        half_t, half_w = width_t / (2 * columns), arb(1) / (2 * rows)
        centres_t = [strip.start + half_t * (2 * i + 1) for i in range(columns)]
        centres_w = [half_w * (2 * j + 1) for j in range(rows)]
        return [Cell(strip, (t, half_t), (w, half_w)) for t in centres_t for w in centres_w]

    def _rule(self, cell: Cell) -> tuple[Cell | None, int]:
        """The cell with its rule, or the coordinate to halve."""
        share = self.tolerance * cell.t[1] * cell.w[1] / self.end
        area = 4 * cell.t[1] * cell.w[1]
        whole = self._sup(cell, acb(_interval(cell.t)), acb(_interval(cell.w))) * area
        # cells at an end where f is not analytic (√x at 0) are few and shrink geometrically: each may use up more than its share
        if whole < share.max(self.tolerance * cell.t[1] / (256 * self.end)):
            self.error += arb(whole.upper())
            return Cell(cell.strip, cell.t, cell.w), 0
        sizes, errors = [], []
        with ctx.workprec(64):
            for direction in (0, 1):
                size, error = self._nodes(cell, direction, area, share / 2)
                if size is None:
                    return None, self._to_halve(cell, direction, area, share / 2)
                sizes.append(size)
                errors.append(error)
        self.error += errors[0] + errors[1]
        return Cell(cell.strip, cell.t, cell.w, (sizes[0], sizes[1])), 0

    def _to_halve(self, cell: Cell, direction: int, area: arb, goal: arb) -> int:
        """The coordinate at fault: the other one when a rule would do on a slice through the middle of the cell."""
        parts = [cell.t, cell.w]
        parts[1 - direction] = (parts[1 - direction][0], parts[1 - direction][1] / 64)
        size, _ = self._nodes(Cell(cell.strip, parts[0], parts[1]), direction, area, goal)
        return direction if size is None else 1 - direction

    def _nodes(self, cell: Cell, direction: int, area: arb, goal: arb) -> tuple[int | None, arb]:
        """The smallest rule in one coordinate over the ellipses around the one that did best last, and its error."""
        sups: dict[int, arb] = {}
        log_goal = float(goal.log().lower())

        def nodes(at: int) -> float:
            if not 0 <= at < len(ELLIPSES):
                return inf
            if at not in sups:
                sups[at] = self._on_ellipse(cell, direction, ELLIPSES[at]) * area
            if not sups[at].is_finite():
                return inf
            rho = ELLIPSES[at]
            return max(1.0, (float((4 * sups[at] / (1 - 1 / arb(rho))).log().upper()) - log_goal) / (2 * log(rho)) + 1e-6)

        best = self.guess[direction]
        while nodes(best) == inf and best > 0:
            best -= 1
        while nodes(best + 1) < nodes(best):
            best += 1
        while nodes(best - 1) < nodes(best):
            best -= 1
        size = next((n for n in SIZES if n >= nodes(best)), None)
        self.guess[direction] = best
        if size is None or size > max(20, -log_goal / 2.303 * 0.9 + 8):
            self.guess[direction] = min(best + 2, len(ELLIPSES) - 1)
            return None, arb(0)
        rho = arb(ELLIPSES[best])
        return size, arb((4 * sups[best] * rho ** (-2 * size) / (1 - 1 / rho)).upper())

    def _on_ellipse(self, cell: Cell, direction: int, rho: float) -> arb:
        """sup of abs(integrand) with one coordinate on boxes that cover the upper half of its ellipse, the other one real."""
        long, short = (rho + 1 / rho) / 2 * (1 + 1e-12), (rho - 1 / rho) / 2 * (1 + 1e-12)
        centre, half = (cell.t, cell.w)[direction]
        other = acb(_interval((cell.t, cell.w)[1 - direction]))
        worst = arb(0)
        for left, right in zip(STRIPS, STRIPS[1:], strict=False):
            nearest = 0.0 if left < 0 < right else min(abs(left), abs(right))
            top = short * sqrt(1 - nearest * nearest) + 1e-12
            real = centre + half * arb(long * (left + right) / 2, long * (right - left) / 2 * (1 + 1e-12) + 1e-12)
            box = acb(real, half * arb(top / 2, top / 2 * (1 + 1e-12)))
            bound = self._sup(cell, box, other) if direction == 0 else self._sup(cell, other, box)
            if not bound.is_finite():
                return bound
            worst = worst.max(bound)
        return worst

    def _sup(self, cell: Cell, t: acb, w: acb) -> arb:
        """An upper bound of abs(f(u)g(v)·density·Jacobian) on a pair of boxes; not finite where analyticity is not proved."""
        low, high = cell.strip.low, cell.strip.high
        p, u, v = (along(getattr(low, name), getattr(high, name), t, w) for name in ("p", "u", "v"))
        f = tape_of(cell.strip.first).run(complex_arithmetic(), self.scales[0] * u)
        g = tape_of(cell.strip.second).run(complex_arithmetic(), self.scales[1] * v)
        if not (f.is_finite() and g.is_finite()):
            return arb.pos_inf()
        exponent = arb(0)
        for z in (p, t):
            near, high_imag = arb(z.real.abs_lower()), arb(z.imag.abs_upper())
            exponent += high_imag * high_imag - near * near
        jacobian = width_of(low, high, t)
        bound = arb(f.abs_upper()) * arb(g.abs_upper()) * (exponent / 2).exp() * arb(jacobian.abs_upper()) / (2 * arb.pi())
        return arb(bound.upper())

    def value(self, cell: Cell) -> arb:
        """The tensor rule on one cell."""
        if not cell.sizes[0]:
            return arb(0)
        low, high = cell.strip.low, cell.strip.high
        nodes_t, weights_t = legendre_balls(cell.sizes[0], ctx.prec)
        nodes_w, weights_w = legendre_balls(cell.sizes[1], ctx.prec)
        rows = [cell.w[0] + cell.w[1] * y for y in nodes_w]
        us: list[arb] = []
        vs: list[arb] = []
        masses: list[arb] = []
        front = cell.t[1] * cell.w[1] / (2 * arb.pi())
        for y, weight in zip(nodes_t, weights_t, strict=True):
            t = cell.t[0] + cell.t[1] * y
            width = width_of(low, high, t)
            u0, v0, p0 = (value_of(pair, t) for pair in (low.u, low.v, low.p))
            du, dv = (value_of(h, t) - z for h, z in ((high.u, u0), (high.v, v0)))
            if self.scales[0] != 1:
                u0, du = self.scales[0] * u0, self.scales[0] * du
            if self.scales[1] != 1:
                v0, dv = self.scales[1] * v0, self.scales[1] * dv
            factor, square = front * weight * width, t * t
            for w, share in zip(rows, weights_w, strict=True):
                p = p0 + w * width
                us.append(u0 + w * du)
                vs.append(v0 + w * dv)
                masses.append(factor * share * ((p * p + square) / -2).exp())
        f, g = evaluate(cell.strip.first, us), evaluate(cell.strip.second, vs)
        return sum((a * b * m for a, b, m in zip(f, g, masses, strict=True)), arb(0))


def _interval(part: tuple[arb, arb]) -> arb:
    return part[0] + part[1] * arb(0, 1)
