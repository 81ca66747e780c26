"""P2 of Zhong et al. (2017): ρ(σ) > 0 for every σ > 0. By theorem where one applies, else a covering of (0, ∞) with both ends.

With g = φ'(σz), a_j = E[g zʲ]: T1 and T2 are squared distances from span{1, z}, zero only for polynomials of degree ≤ 2, and
T3 = a₀a₂ − a₁² is positive by Cauchy–Schwarz whenever φ' has one sign and is not zero. So only T3 of a non-monotone φ needs
numbers, which `scales` covers.
"""

from __future__ import annotations

from fractions import Fraction

import sympy
from flint import arb
from sympy import Integer, S

from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.roots import inner_point
from theorycheck.activation.tails import ONE, GrowsTooFast, TailUnknown
from theorycheck.errors import TheorycheckError
from theorycheck.gaussian.moments import rho_terms
from theorycheck.limits import Budget
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.ranges import range_of
from theorycheck.properties.scales import cover_scales, outer_tail
from theorycheck.properties.shape import affine, as_poly, continuous, monotone, parity, polynomial
from theorycheck.properties.signs import short
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
    if poly.holds and as_poly(f).degree() <= 2:
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
        return cover_scales(f, budget)
    except TheorycheckError as error:
        return undecided(f"T3(σ) > 0 for every σ is open: {error}")


def _first_divergent_scale(f: Activation) -> Verdict | None:
    """A refutation when E φ'(σz)² is infinite for large σ."""
    for p in f.derivative().pieces:
        for edge, side in ((p.start, -1), (p.end, 1)):
            if edge.is_finite or not p.expr.has(x):
                continue
            try:
                expansion = outer_tail(p, side)
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


def _unknown_moments(f: Activation) -> str | None:
    """Why E φ'(σz)² is not known to be finite for every σ, or None when it is."""
    for p, side in ((f.derivative().pieces[0], -1), (f.derivative().pieces[-1], 1)):
        try:
            if max(outer_tail(p, side).terms, default=ONE)[0] <= 0:
                continue
        except TheorycheckError:
            if all(end.is_finite() for end in range_of(p.expr, p.start, p.end)):
                continue
        return "whether E s'(σz)² is finite for every σ; a bound on the tails of s' would decide it"
    return None


def _polynomial(f: Activation) -> Verdict:
    """T3 is a polynomial in σ: decided exactly on (0, ∞)."""
    s = sympy.Symbol("s", positive=True)
    slope = as_poly(f).diff()
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
