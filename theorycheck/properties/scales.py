"""T3(σ) > 0 for every σ: boxes in t = log σ, closed at 0 and at infinity.

On [σ, σ + dσ] the moments a_j = E[φ'(σz) zʲ] move slowly: abs(da_j/dt) ≤ sup abs(xφ'')·E abs(z)ʲ plus the jumps of φ'.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy
from flint import arb, ctx, fmpq
from sympy import Expr, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces, common_refinement, map_pieces
from theorycheck.activation.tails import Tail, settled_tail, starts_beyond
from theorycheck.activation.zero import value_at
from theorycheck.errors import Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.limits import Budget
from theorycheck.properties.covering import upper_bound
from theorycheck.properties.signs import short
from theorycheck.verdict import Verdict, certified


def outer_tail(piece: Piece, side: int) -> Tail:
    """The expansion of an outermost piece, from inside the piece on."""
    return settled_tail(piece.expr, side, starts_beyond(piece.start if side > 0 else piece.end, side))


@dataclass(frozen=True)
class _Ends:
    """One-sided limits of φ' (right, left) and a constant of approach."""

    right: arb
    left: arb
    rate: arb

    def limits(self) -> tuple[arb, arb]:
        """The limits of a₀ (= that of a₂) and of a₁."""
        return (self.right + self.left) / 2, (self.right - self.left) / (2 * arb.pi()).sqrt()


def cover_scales(f: Activation, budget: Budget) -> Verdict:
    """T3(σ) > 0 for every σ > 0, certified by boxes in log σ and by both ends.

    Raises:
        Undecided: an end or a box resists.
    """
    slope = f.derivative()
    kinks = [(enclose(point, 80), abs(enclose(size, 80))) for point, size in slope.jumps]
    drift = upper_bound(map_pieces(f.derivative(2).pieces, lambda e: x * e))
    curvature = upper_bound(f.derivative(2).pieces)
    if not drift.is_finite() or not curvature.is_finite():
        raise Undecided("x·s'' or s'' is not bounded; a bound would decide it")
    with ctx.workprec(80):
        small, low = _small_scales(slope, kinks, curvature)
        large, high = _large_scales(slope)
        boxes = _middle(slope, low, high, drift, [size for _, size in kinks], budget)
    return certified(f"covering of (0, ∞), {boxes} boxes on [{low}, {high}], both ends ({small}; {large})")


def _third(a0: arb, a1: arb, a2: arb) -> arb:
    return a0 * a2 - a1 * a1


def _around(centre: arb, radius: arb) -> arb:
    return centre + arb(0, 1) * arb(radius.abs_upper())


def _small_scales(slope: Activation, kinks: list[tuple[arb, arb]], curvature: arb) -> tuple[str, Fraction]:
    """The largest power of 1/2 below which T3 > 0, from abs(φ'(x) − φ'(0±)) ≤ K abs(x)."""
    left, right = _one_sided_at_zero(slope.pieces)
    rate = curvature
    for point, size in kinks:
        if not point.contains(0):
            rate += size / abs(point)
    ends = _Ends(right, left, rate)
    a, b = ends.limits()
    mean = (arb(2) / arb.pi()).sqrt()
    for n in range(40):
        sigma = Fraction(1, 2**n)
        s = arb(1) / 2**n
        third = _third(_around(a, rate * s * mean), _around(b, rate * s), _around(a, 2 * rate * s * mean))
        if third > 0:
            return f"T3(0) = {short(_third(a, b, a), 4)}", sigma
    raise Undecided("T3 near σ = 0 is not shown to be positive; an expansion of s' at 0 would decide it")


def _one_sided_at_zero(pieces: Pieces) -> tuple[arb, arb]:
    touching = [
        p for p in pieces if (not p.start.is_finite or enclose(p.start, 80) <= 0) and (not p.end.is_finite or enclose(p.end, 80) >= 0)
    ]
    values = [value_at(p.expr, S.Zero) for p in touching]
    return values[0], values[-1]


def _large_scales(slope: Activation) -> tuple[str, Fraction]:
    """The least power of 2 beyond which T3 > 0, from abs(φ'(x) − c±) ≤ M/(1 + x²)."""
    limits = []
    for piece, side in ((slope.pieces[-1], 1), (slope.pieces[0], -1)):
        limit = outer_tail(piece, side).limit()
        if limit is None or not arb(limit).is_finite():
            raise Undecided("s' has no finite limits; the behaviour of T3 for large σ would decide it")
        limits.append(limit)
    parts = [_scaled_gap(slope.pieces, limit, side) for limit, side in zip(limits, (1, -1), strict=True)]
    rate = max(parts, key=lambda b: float(b.upper()))
    if not rate.is_finite():
        raise Undecided("s' approaches its limits more slowly than 1/x²; a finer end would decide it")
    a, b = _Ends(arb(limits[0]), arb(limits[1]), rate).limits()
    for n in range(40):
        s = arb(2) ** n
        third = _third(_around(a, rate * (arb.pi() / 2).sqrt() / s), _around(b, rate / (2 * s)), _around(a, rate / (s * s)))
        if third > 0:
            return f"T3(∞) = {short(_third(a, b, a), 4)}", Fraction(2**n)
    raise Undecided("T3 for large σ is not shown to be positive; a finer expansion of s' at infinity would decide it")


def _scaled_gap(pieces: Pieces, limit: object, side: int) -> arb:
    """An upper bound of (1 + x²)·abs(φ'(x) − c) over side·x > 0."""
    constant = _as_sympy(limit)
    half = (Piece(S.NegativeInfinity, S.Zero, S.Zero), Piece(S.Zero, S.Infinity, S.One))
    parts = common_refinement(pieces, half)
    return upper_bound(tuple(Piece(a, b, (1 + x**2) * (expr - constant)) for a, b, expr, flag in parts if (flag == 1) == (side > 0)))


def _as_sympy(limit: object) -> Expr:
    if isinstance(limit, fmpq):
        return sympy.Rational(int(limit.p), int(limit.q))
    raise Undecided("the limit of s' at infinity has no exact form; an exact limit would decide it")


def _middle(slope: Activation, low: Fraction, high: Fraction, drift: arb, jumps: list[arb], budget: Budget) -> int:
    """Boxes in t = log σ that cover [low, high], each proved from its centre."""
    total = sum(jumps, arb(0))
    mean = (arb(2) / arb.pi()).sqrt()
    # E abs(z)ʲ and sup of abs(u)^(j+1)·density(u), j = 0, 1, 2
    speeds = [drift * e + total * peak for e, peak in ((arb(1), arb("0.25")), (mean, arb("0.3")), (arb(1), arb("0.47")))]
    boxes = 0
    here = low
    while here < high:
        boxes += 1
        budget.check("covering the scales of P2")
        if boxes > 4000:
            raise Undecided(f"4000 boxes reached σ = {float(here):.4g}; a finer covering would decide it")
        a0, a1, a2 = moment_integrals(slope.pieces, here, [(1, 0), (1, 1), (1, 2)], 1e-8, budget)
        third = _third(a0, a1, a2)
        if not third > 0:
            raise Undecided(f"T3({float(here):.6g}) = {short(third, 3)} is too close to 0")
        step = _step(a0, a1, a2, speeds)
        if step < 1e-5:
            raise Undecided(f"T3 is too small near σ = {float(here):.4g}; a finer covering would decide it")
        here = Fraction(int(here * 2**40 * Fraction(1 + step))) / 2**40
    return boxes


def _step(a0: arb, a1: arb, a2: arb, speeds: list[arb]) -> float:
    """How far up in log σ positivity of T3 is sure to last."""
    step = 1.0
    while step > 1e-6:
        moved = [_around(a, v * step) for a, v in zip((a0, a1, a2), speeds, strict=True)]
        if _third(*moved) > 0:
            return step * 0.999  # log(1 + u) ≤ u, so a factor 1 + step stays inside the interval
        step *= 0.8
    return 0.0
