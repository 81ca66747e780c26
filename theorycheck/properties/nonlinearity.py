"""P2 of Zhong et al. (2017): ρ(σ) > 0 for every σ > 0. By theorem where one applies, else a covering of (0, ∞) with both ends.

With g = φ'(σz), a_j = E[g zʲ]: T1 and T2 are squared distances from span{1, z}, zero only for polynomials of degree ≤ 2, and
T3 = a₀a₂ − a₁² is positive by Cauchy–Schwarz whenever φ' has one sign and is not zero. So only T3 of a non-monotone φ needs
numbers. On [σ, σ + dσ] they move slowly in t = log σ: abs(da_j/dt) ≤ sup abs(xφ'')·E abs(z)ʲ plus the jumps of φ'.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy
from flint import arb, ctx, fmpq
from sympy import Expr, Integer, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces, common_refinement, map_pieces
from theorycheck.activation.roots import inner_point
from theorycheck.activation.tails import ONE, GrowsTooFast, Tail, TailUnknown, settled_tail, starts_beyond
from theorycheck.activation.zero import value_at
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.moments import rho_terms
from theorycheck.limits import Budget
from theorycheck.properties.ranges import range_of
from theorycheck.properties.shape import affine, continuous, homogeneous, monotone, parity, polynomial
from theorycheck.properties.signs import short
from theorycheck.properties.suprema import upper_bound
from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

_LEMMA = ("cauchy-schwarz-equality",)
_WITNESSES = (Fraction(1), Fraction(1, 10), Fraction(10), Fraction(3), Fraction(1, 3), Fraction(100), Fraction(1, 100), Fraction(1000))


def nonlinearity(f: Activation, budget: Budget) -> Verdict:
    """P2: ρ(σ) > 0 for every σ > 0.

    Source: Zhong, Song, Jain, Bartlett & Dhillon (2017), Property 3.2; the reductions are the module's.
    """
    whole = continuous(f)
    if whole.holds is not True:
        return whole
    straight = affine(f)
    if straight.holds is not False:
        return straight if straight.holds is None else refuted("affine: T1 = T2 = 0 for every σ", witness="1")
    divergent = _first_divergent_scale(f)
    if divergent is not None:
        return divergent
    poly = polynomial(f)
    if poly.holds and sympy.Poly(f.pieces[0].expr, x).degree() <= 2:
        return refuted("a polynomial of degree 2: s' is affine, so T1 = 0 for every σ", witness="1")
    if parity(f).value == "even":
        return refuted("even: a₀ = a₂ = 0, so T3 = −a₁² ≤ 0 for every σ", witness="1")
    if (open_moments := _unknown_moments(f)) is not None:
        return undecided(open_moments)
    rising = monotone(f)
    if rising.holds:
        text = "monotone and not affine, so ρ(σ) > 0 for every σ"
        return proved(text, trusts=_LEMMA) if rising.grade == "proved" else certified(text, trusts=_LEMMA)
    if poly.holds:
        return _polynomial(f)
    witness = _witness(f, budget)
    if witness is not None:
        return witness
    if poly.holds is None:
        return undecided(f"whether s is a polynomial of degree at most 2: {poly.reason}")
    try:
        if homogeneous(f).holds and rho_terms(f, 1, 8, budget.share(0.2)).terms[2].ball > 0:
            return certified("homogeneous, so T3(σ)/T3(1) is a power of σ, and T3(1) > 0")
        return _covering(f, budget)
    except TheorycheckError as error:
        return undecided(f"T3(σ) > 0 for every σ is open: {error}")


def _first_divergent_scale(f: Activation) -> Verdict | None:
    """A refutation when E φ'(σz)² is infinite for large σ."""
    for p in f.derivative().pieces:
        for edge, side in ((p.start, -1), (p.end, 1)):
            if edge.is_finite or not p.expr.has(x):
                continue
            try:
                expansion = _outer_tail(p, side)
            except GrowsTooFast:
                return refuted("ρ(σ) does not exist: s' grows faster than every exp(b x²)", witness="1")
            except TailUnknown:
                continue
            leading = max(expansion.terms, default=ONE)
            if leading[0] > 0 and not arb(expansion.terms[leading]).contains(0):
                # beyond the threshold 1/(2√b), whatever the factor of exp(b x²)
                sigma = sympy.floor(1 / (2 * sympy.sqrt(sympy.Rational(int(leading[0].p), int(leading[0].q))))) + 1
                return refuted(f"ρ({sigma}) does not exist: s'² grows like exp({2 * leading[0]} x²)", witness=str(sigma))
    return None


def _outer_tail(piece: Piece, side: int) -> Tail:
    return settled_tail(piece.expr, side, starts_beyond(piece.start if side > 0 else piece.end, side))


def _unknown_moments(f: Activation) -> str | None:
    """Why E φ'(σz)² is not known to be finite for every σ, or None when it is."""
    for p, side in ((f.derivative().pieces[0], -1), (f.derivative().pieces[-1], 1)):
        try:
            if max(_outer_tail(p, side).terms, default=ONE)[0] <= 0:
                continue
        except TheorycheckError:
            if all(end.is_finite() for end in range_of(p.expr, p.start, p.end)):
                continue
        return "whether E s'(σz)² is finite for every σ; a bound on the tails of s' would decide it"
    return None


def _polynomial(f: Activation) -> Verdict:
    """T3 is a polynomial in σ: decided exactly on (0, ∞)."""
    s = sympy.Symbol("s", positive=True)
    slope = sympy.Poly(f.derivative().pieces[0].expr, x)
    moment = [sum(c * s ** n[0] * _gaussian_moment(n[0] + j) for n, c in slope.terms()) for j in range(3)]
    third = sympy.Poly(sympy.expand(moment[0] * moment[2] - moment[1] ** 2), s)
    cuts = [S.Zero, *[r for r in dict.fromkeys(sympy.real_roots(third)) if r > 0], S.Infinity]
    for a, b in zip(cuts[:-1], cuts[1:], strict=True):
        if third.eval(inner_point(a, b)) < 0:
            return refuted(f"T3({inner_point(a, b)}) < 0; T3(σ) = {third.as_expr()}", witness=str(inner_point(a, b)))
    if len(cuts) > 2:
        return refuted(f"T3({cuts[1]}) = 0; T3(σ) = {third.as_expr()}", witness=str(cuts[1]))
    return proved("T3(σ) is a polynomial without positive root")


def _gaussian_moment(n: int) -> Integer:
    return Integer(0) if n % 2 else sympy.factorial2(n - 1)


def _witness(f: Activation, budget: Budget) -> Verdict | None:
    """A σ at which a certified T3 is ≤ 0."""
    for sigma in _WITNESSES:
        budget.check("looking for a σ with ρ(σ) ≤ 0")
        try:
            terms = rho_terms(f, sigma, 8, budget.share(0.1)).terms
        except TheorycheckError:
            continue
        third = terms[2]
        if third.ball < 0:
            return refuted(f"T3({sigma}) = {short(third.ball)} < 0", witness=str(sigma), grade="certified")
        if third.ball.is_zero() or third.exact == 0:
            return refuted(f"T3({sigma}) = 0", witness=str(sigma), grade="proved" if third.exact == 0 else "certified")
    return None


@dataclass(frozen=True)
class _Ends:
    """One-sided limits of φ' (right, left) and a constant of approach."""

    right: arb
    left: arb
    rate: arb

    def limits(self) -> tuple[arb, arb]:
        """The limits of a₀ (= that of a₂) and of a₁."""
        return (self.right + self.left) / 2, (self.right - self.left) / (2 * arb.pi()).sqrt()


def _covering(f: Activation, budget: Budget) -> Verdict:
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
    for n in range(0, 40):
        sigma = Fraction(1, 2**n)
        s = arb(1) / 2**n
        third = _third(_around(a, rate * s * mean), _around(b, rate * s), _around(a, 2 * rate * s * mean))
        if third > 0:
            return f"T3(0) = {short(_third(a, b, a), 4)}", sigma
    raise Undecided("T3 near σ = 0 is not shown to be positive; an expansion of s' at 0 would decide it")


def _one_sided_at_zero(pieces: Pieces) -> tuple[arb, arb]:
    values = []
    for piece in pieces:
        if (not piece.start.is_finite or enclose(piece.start, 80) <= 0) and (not piece.end.is_finite or enclose(piece.end, 80) >= 0):
            values.append(value_at(piece.expr, S.Zero))
    return values[0], values[-1]


def _large_scales(slope: Activation) -> tuple[str, Fraction]:
    """The least power of 2 beyond which T3 > 0, from abs(φ'(x) − c±) ≤ M/(1 + x²)."""
    limits = []
    for piece, side in ((slope.pieces[-1], 1), (slope.pieces[0], -1)):
        limit = _outer_tail(piece, side).limit()
        if limit is None or not arb(limit).is_finite():
            raise Undecided("s' has no finite limits; the behaviour of T3 for large σ would decide it")
        limits.append(limit)
    parts = [_scaled_gap(slope.pieces, limit, side) for limit, side in zip(limits, (1, -1), strict=True)]
    rate = max(parts, key=lambda b: float(b.upper()))
    if not rate.is_finite():
        raise Undecided("s' approaches its limits more slowly than 1/x²; a finer end would decide it")
    a, b = _Ends(arb(limits[0]), arb(limits[1]), rate).limits()
    for n in range(0, 40):
        s = arb(2) ** n
        third = _third(_around(a, rate * (arb.pi() / 2).sqrt() / s), _around(b, rate / (2 * s)), _around(a, rate / (s * s)))
        if third > 0:
            return f"T3(∞) = {short(_third(a, b, a), 4)}", Fraction(2**n)
    raise Undecided("T3 for large σ is not shown to be positive; a finer expansion of s' at infinity would decide it")


def _scaled_gap(pieces: Pieces, limit: object, side: int) -> arb:
    """An upper bound of (1 + x²)·abs(φ'(x) − c) over side·x > 0."""
    constant = _as_sympy(limit)
    half = (Piece(S.NegativeInfinity, S.Zero, S.Zero), Piece(S.Zero, S.Infinity, S.One))
    wanted = []
    for a, b, expr, flag in common_refinement(pieces, half):
        if (flag == 1) == (side > 0):
            wanted.append(Piece(a, b, (1 + x**2) * (expr - constant)))
    return upper_bound(tuple(wanted))


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
