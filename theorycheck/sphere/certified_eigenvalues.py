"""Rigorous Funk–Hecke eigenvalues of any piecewise analytic kernel, all degrees from shared evaluations.

With t = cos θ an eigenvalue is 2 c_d ∫ f(cos θ) P_k(cos θ) sin^(d−2)θ dθ over (0, π/2), f even or odd as k is. Gegenbauer's integral
makes P_k(cos θ) a mean of ((1+u) e^(iθ)/2 + (1−u) e^(−iθ)/2)^k over u in [−1, 1], so abs(P_k(cos θ)) <= e^(k abs(Im θ)): that is all
that the error bound of a Gauss–Legendre rule needs to know of P_k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from math import ceil, log, log2
from operator import mul, sub
from typing import Any

import sympy
from flint import arb, ctx

from theorycheck.activation.functions import x
from theorycheck.gaussian.ball_lists import evaluate
from theorycheck.gaussian.legendre import legendre_balls
from theorycheck.gaussian.panels import PanelMaker, place
from theorycheck.gaussian.weights import log_sum, padded
from theorycheck.limits import Budget
from theorycheck.sphere.zonal import on_the_circle


@dataclass(frozen=True)
class ZonalWeights:
    """P_k(cos θ) for k <= degrees."""

    degrees: int

    @property
    def count(self) -> int:
        return self.degrees + 1

    def log_bound(self, log_f: float, low: float, high: float, height: float, /) -> float:
        """A bound of log abs(f P_k) where abs(f) <= e^log_f and abs(Im θ) <= height."""
        return padded(log_f) + padded(self.degrees * height)


def certified_eigenvalues(pieces: Sequence[Any], dim: int, degrees: Sequence[int], log_tolerance: float, budget: Budget) -> list[arb]:
    """λ_k for several degrees of one parity, as balls.

    Args:
        pieces: on (0, 1), of the part of the kernel that has the parity of the degrees.
        dim: d.
        degrees: increasing, all even or all odd.
        log_tolerance: log of the radius wanted.
        budget: work limits.

    Raises:
        Undecided: the work allowed was spent.

    >>> from theorycheck.sphere.zonal import read_zonal
    >>> even, = certified_eigenvalues(read_zonal("exp(t)").even, 3, [0], -50.0, Budget())
    >>> even.overlaps(arb(1).sinh())
    True
    """
    log_scale = log(2) + float(_log_density(dim))
    share = log_tolerance - log_scale - log(64)
    maker = PanelMaker(arb(1), ZonalWeights(max(degrees)), share, max(24, min(512, int(-share) // 2 + 8)), budget)
    panels = []
    for piece in pieces:
        if piece.expr != 0:
            integrand = on_the_circle(piece.expr, (piece.end, piece.start)) * sympy.sin(x) ** (dim - 2)
            panels += list(maker.panels(integrand, sympy.acos(piece.end), sympy.acos(piece.start)))
    if not panels:
        return [arb(0)] * len(degrees)
    log_error = log_sum([p.log_error for p in panels])
    mass = max(p.log_mass for p in panels) - share
    bits = max(0.0, mass / log(2)) + log2(len(panels)) + 40 + 1.3 * max(degrees)  # the ball recurrence loses log2(1 + √2) bits a degree
    with ctx.workprec(min(32 * ceil(max(bits, 64) / 32), budget.max_bits)):
        sums = _sums(panels, dim, degrees)
        error = arb(0, arb(log_error).exp().abs_upper())
        scale = 2 * _log_density(dim).exp()
        return [(total + error) * scale for total in sums]


def _log_density(dim: int) -> arb:
    """log of c_d = Γ(d/2)/(√π Γ((d−1)/2))."""
    half = arb(dim) / 2
    return half.lgamma() - (half - arb(1) / 2).lgamma() - arb.pi().log() / 2


def _sums(panels: Sequence[Any], dim: int, degrees: Sequence[int]) -> list[arb]:
    """Σ weight · f · P_k over the nodes of all panels."""
    nodes: list[arb] = []
    terms: list[arb] = []
    for expr in dict.fromkeys(p.expr for p in panels if p.size):
        mine: list[arb] = []
        weights: list[arb] = []
        for p in panels:
            if p.expr == expr and p.size:
                points, shares = legendre_balls(p.size, ctx.prec)
                low, high = place(p.low, arb(1)), place(p.high, arb(1))
                centre, half = (low + high) / 2, (high - low) / 2
                mine += [centre + half * t for t in points]
                weights += [half * w for w in shares]
        terms += map(mul, weights, evaluate(expr, mine))
        nodes += [theta.cos() for theta in mine]
    current, before = terms, [arb(0)] * len(terms)
    totals = {}
    for k in range(max(degrees) + 1):
        if k in degrees:
            totals[k] = sum(current, arb(0))
        if k == 0:
            current, before = list(map(mul, nodes, current)), current
            continue
        rise, fall = arb(2 * k + dim - 2) / (k + dim - 2), arb(k) / (k + dim - 2)
        after = map(sub, map(mul, map(mul, nodes, repeat(rise)), current), map(mul, before, repeat(fall)))
        current, before = list(after), current
    return [totals[k] for k in degrees]
