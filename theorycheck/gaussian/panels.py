"""Panels of the line, and on each the Gauss–Legendre rule whose error a Bernstein ellipse bounds.

If F is analytic and abs(F) <= M inside the ellipse with foci ±1 and semi-axes (rho ± 1/rho)/2, a polynomial of degree 2N−1
approximates F on [−1, 1] within 2 M rho^(−2N)/(1 − 1/rho), so that the N-point rule errs by at most four times that
(Trefethen, Approximation Theory and Approximation Practice, theorems 8.2 and 19.3). A finite complex ball on a set of boxes
that covers the ellipse proves that F is analytic there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, sqrt
from typing import Any, Protocol

from flint import acb, arb, ctx

from theorycheck.activation.balls import enclose, real_arithmetic
from theorycheck.activation.tape import Tape, tape_of
from theorycheck.errors import Undecided
from theorycheck.gaussian.boxes import box_arithmetic
from theorycheck.gaussian.legendre import SIZES
from theorycheck.gaussian.weights import HermiteWeights, MonomialWeights, padded
from theorycheck.limits import Budget

Weights = MonomialWeights | HermiteWeights


class BoundedWeights(Protocol):
    """What a panel needs to know of the weights."""

    @property
    def count(self) -> int:
        """How many weights there are."""
        ...

    def log_bound(self, log_f: float, low: float, high: float, height: float, /) -> float:
        """A bound of log abs(f w) over all weights w, where abs(f) <= e^log_f, low <= abs(Re z) <= high, abs(Im z) <= height."""
        ...


#: An end of a panel in z: an exact ball, or a breakpoint of f (in x), enclosed anew at each precision.
End = Any

#: Ellipses tried, from slim to wide.
ELLIPSES = (1.25, 1.6, 2.1, 2.8, 3.8, 5.2, 7.5, 11.0, 17.0, 30.0, 60.0, 120.0)
#: Where a strip of boxes is cut, in units of the long semi-axis.
STRIPS = (-1.0, -0.8, -0.4, 0.0, 0.4, 0.8, 1.0)
#: From this many weights on, fewer nodes are worth the search for them.
MANY_WEIGHTS = 16


def place(end: End, scale: arb) -> arb:
    """The ball of an end at FLINT's working precision."""
    return end if isinstance(end, arb) else enclose(end) / scale


@dataclass(frozen=True)
class Panel:
    """An interval in z on which one rule is used.

    Args:
        expr: the analytic expression of f, in x = s z.
        low, high: the ends.
        size: number of nodes; 0 when the whole integral over the panel is within the error.
        log_error: log of a bound of the error.
        log_mass: log of a bound of the integral of the absolute value.
    """

    expr: Any
    low: End
    high: End
    size: int
    log_error: float
    log_mass: float


@dataclass
class PanelMaker:
    """Cuts intervals into panels until each has a rule within the tolerance.

    Args:
        scale: the factor s, as a ball.
        weights: what f is integrated against.
        log_tolerance: log of the error that one panel may have.
        largest: the largest number of nodes worth using.
        budget: cells and time that may be spent.
    """

    scale: arb
    weights: BoundedWeights
    log_tolerance: float
    largest: int
    budget: Budget
    cells: int = 0
    guess: int = 4

    def panels(self, expr: Any, start: End, end: End) -> Iterator[Panel]:
        """The panels of [start, end], on which f is `expr`."""
        tape = tape_of(expr)
        stack = [(start, end, 0)]
        while stack:
            low, high, depth = stack.pop()
            self.cells += 1
            if self.cells > self.budget.cells:
                raise Undecided(f"{self.budget.cells} panels did not bound the integral of {expr}; fewer digits may be possible")
            if self.cells % 64 == 0:
                self.budget.check(f"integrating {expr}")
            with ctx.workprec(40 + depth):
                left, right = place(low, self.scale), place(high, self.scale)
                centre, half = (left + right) / 2, (right - left) / 2
                size, log_error, log_mass = self._panel(tape, centre, half)
            if size is not None:
                yield Panel(expr, low, high, size, log_error, log_mass)
                continue
            middle = arb(centre.mid())
            stack += [(middle, high, depth + 1), (low, middle, depth + 1)]

    def _panel(self, tape: Tape, centre: arb, half: arb) -> tuple[int | None, float, float]:
        """(nodes, log error, log mass) of one interval; nodes None asks for a bisection."""
        log_half = padded(float(half.abs_upper().log()))
        log_mass = self._bound(tape, centre + half * arb(0, 1), None, 0.0) + log_half + log(2)
        if log_mass <= self.log_tolerance:
            return 0, log_mass, log_mass
        size, log_error, log_sup = self._rule(tape, centre, half, log_half)
        return size, log_error, min(log_mass, log_sup + log_half + log(2))

    def _rule(self, tape: Tape, centre: arb, half: arb, log_half: float) -> tuple[int | None, float, float]:
        """(nodes, log error, log sup) of a rule by an ellipse near the one that did last; nodes None when none will do.

        A node costs little beside a supremum unless there are many weights: only then is the best ellipse looked for.
        """
        known: dict[int, float] = {}
        sups: dict[int, float] = {}

        def nodes(at: int) -> float:
            if at not in known:
                known[at] = inf
                if 0 <= at < len(ELLIPSES):
                    rho = ELLIPSES[at]
                    sups[at] = self._on_ellipse(tape, centre, half, rho)
                    known[at] = self._nodes(rho, sups[at] + log_half)
            return known[at]

        best = self.guess
        while nodes(best) == inf and best > 0:
            best -= 1
        if nodes(best) > self.largest or self.weights.count > MANY_WEIGHTS:
            while nodes(best + 1) < nodes(best):
                best += 1
            while nodes(best - 1) < nodes(best):
                best -= 1
        size = next((n for n in SIZES if n >= nodes(best)), None)
        if size is None or size > self.largest:
            self.guess = min(best + 2, len(ELLIPSES) - 1)
            return None, inf, inf
        self.guess = best
        return size, padded(self.log_tolerance + 2 * (nodes(best) - size) * log(ELLIPSES[best])), sups[best]

    def _nodes(self, rho: float, log_sup: float) -> float:
        """How many nodes make 8 M rho^(−2N)/(1 − 1/rho) small enough (a real number)."""
        if log_sup == inf or log_sup != log_sup:
            return inf
        return max(1.0, (padded(log_sup + log(8) - log(1 - 1 / rho)) - self.log_tolerance) / (2 * log(rho)) + 1e-9)

    def _bound(self, tape: Tape, real: arb, imag: arb | None, height: float) -> float:
        """log sup of the integrand on a box; inf when f is not known to be bounded there."""
        x = self.scale * real
        value = tape.run(real_arithmetic(), x) if imag is None else tape.run(box_arithmetic(), acb(x, self.scale * imag))
        if not value.is_finite():
            return inf
        size = value.abs_upper()
        log_f = padded(float(size.log())) if size > 0 else -inf
        return self.weights.log_bound(log_f, float(real.abs_lower()) * (1 - 1e-15), float(real.abs_upper()) * (1 + 1e-15), height)

    def _on_ellipse(self, tape: Tape, centre: arb, half: arb, rho: float) -> float:
        """log sup of the integrand on boxes that cover the upper half of the ellipse (f is real on the line)."""
        long, short = (rho + 1 / rho) / 2 * (1 + 1e-12), (rho - 1 / rho) / 2 * (1 + 1e-12)
        width = float(half.abs_upper())
        worst = -inf
        for left, right in pairwise(STRIPS):
            nearest = 0.0 if left < 0 < right else min(abs(left), abs(right))
            top = short * sqrt(1 - nearest * nearest) + 1e-12
            real = centre + half * arb(long * (left + right) / 2, long * (right - left) / 2 * (1 + 1e-12) + 1e-12)
            imag = half * arb(top / 2, top / 2 * (1 + 1e-12))
            bound = self._bound(tape, real, imag, width * top * (1 + 1e-12))
            if bound == inf:
                return inf
            worst = max(worst, bound)
        return worst
