"""g'(K) − E[s'(√K z)²] = E[s s''(√K z)] (Stein), s s'' a measure with an atom at each kink of s: its values, its cells, its ends.

As K → 0 the sign is that of s s'' near 0, as soon as what lies beyond a cut can be bounded: both parts have one sign, so the one that is
the larger at one K is the larger at all smaller K, and in the same way as K → ∞. For bounded s integration by parts gives, with
u = 1/2K, L(u) = ∫ s s'' exp(−u x²) dx ≤ −∫ s'² exp(−u x²) dx + sup s² √(πu), the sum of two functions that fall as K rises.
"""

from __future__ import annotations

from math import log10

from flint import arb, ctx
from sympy import Expr, Rational, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces, common_refinement
from theorycheck.activation.zero import compare
from theorycheck.enclosure import bits_for
from theorycheck.errors import TheorycheckError
from theorycheck.limits import Budget
from theorycheck.properties.bracketing import moment_at, moments_at
from theorycheck.properties.laplace_zeros import TERMS, Local, taylor
from theorycheck.properties.sign_changes import even_signs
from theorycheck.properties.suprema import supremum

#: Decimal places of a bound, which meets small factors.
_ROUGH = 5
#: Where the line is cut to compare s s'' near 0, or far from 0, with the rest.
_NEAR, _FAR = tuple(Rational(1, 2**k) for k in range(4)), tuple(Rational(4**k) for k in range(1, 4))

Atoms = list[tuple[Expr, Expr]]


class SteinDifference:
    """E[s s''(√K z)] as a function of √K.

    Args:
        s: a continuous activation.
        budget: work limits.

    >>> bool(SteinDifference(Activation("x^2 - 1"), Budget())(Rational(2), 10).contains(6))  # 2 K − 2
    True
    """

    def __init__(self, s: Activation, budget: Budget):
        self.s, self.bend, self.budget = s, s.derivative(2).pieces, budget
        self.pieces = tuple(Piece(a, b, p * q) for a, b, p, q in common_refinement(s.pieces, self.bend))
        self.atoms: Atoms = [(point, _value(s, point) * size) for point, size in s.derivative().jumps]

    def __call__(self, sigma: Rational, places: int) -> arb:
        """The difference at K = sigma², to about so many decimal places."""
        self.budget.check("looking for critical points")
        with ctx.workprec(bits_for(places, 60)):
            return moment_at(self.pieces, sigma, 1, 0, places, self.budget) + _mass(self.atoms, sigma, 0)

    def local(self, sigma: Rational, end: Rational) -> Local:
        """The difference in the cell with this centre and end."""
        self.budget.check("looking for critical points")
        places = _places(sigma)
        moments = moments_at(self.pieces, sigma, [(1, 2 * k) for k in range(TERMS)], places, self.budget)
        degree = 2 * TERMS
        with ctx.workprec(bits_for(places, 60)):
            moments = [m + _mass(self.atoms, sigma, 2 * k) for k, m in enumerate(moments)]
            whole = [moment_at(f, end, 2, degree, _ROUGH, self.budget) for f in (self.s.pieces, self.bend)]
            bound = _root(whole[0] * whole[1]) + _mass([(p, abs(m)) for p, m in self.atoms], end, degree)
        return taylor(moments, bound, end / sigma)

    def clear_below(self, sigma: Rational) -> bool:
        """Whether there is certainly no zero with √K ≤ sigma."""
        return any(self._dominates(sigma, -cut, cut) for cut in _NEAR)

    def clear_above(self, sigma: Rational) -> bool:
        """Whether there is certainly no zero with √K ≥ sigma."""
        return self._falls_behind(sigma) or any(self._dominates(sigma, cut, -cut) for cut in _FAR)

    def bounded(self) -> bool:
        """Whether s is known to be bounded: then the difference is negative for large K."""
        return bool(_supremum(self.s).is_finite())

    def _falls_behind(self, sigma: Rational) -> bool:
        """2K E[s'²] > sup s² for bounded s."""
        top = _supremum(self.s)
        if not top.is_finite():
            return False
        try:
            across = moment_at(self.s.derivative().pieces, sigma, 2, 0, _ROUGH, self.budget)
        except TheorycheckError:
            return False
        with ctx.workprec(100):
            return bool(2 * enclose(sigma) ** 2 * across > top**2)

    def _dominates(self, sigma: Rational, low: Rational, high: Rational) -> bool:
        """Whether s s'' has one sign in (low, high), or outside [high, low], and outweighs a bound of the rest."""
        cuts = (low, high) if low < high else (high, low)
        try:
            chosen = _kept(self.pieces, *cuts, inside=low < high)
            atoms = [(p, m) for p, m in self.atoms if (compare(cuts[0], p) < 0 < compare(cuts[1], p)) == (low < high)]
            if len(even_signs(chosen, atoms)) != 1:
                return False
            rest = [_kept(f, *cuts, inside=low > high) for f in (self.s.pieces, self.bend)]
            places = _places(sigma)
            with ctx.workprec(bits_for(places, 60)):
                here = abs(moment_at(chosen, sigma, 1, 0, places, self.budget) + _mass(atoms, sigma, 0))
                others = [(p, abs(m)) for p, m in self.atoms if (p, m) not in atoms]
                there = [moment_at(f, sigma, 2, 0, places, self.budget) for f in rest]
                return bool(here > _root(there[0] * there[1]) + _mass(others, sigma, 0))
        except TheorycheckError:  # a sign or a moment that is not known
            return False


def _places(sigma: Rational) -> int:
    """Decimal places that tell the difference from 0 where it is small because K is."""
    return 14 + max(0, round(-8 * log10(sigma)))


def _kept(pieces: Pieces, low: Rational, high: Rational, inside: bool) -> Pieces:
    """A function with 0 in place of its values outside (low, high), or inside it."""
    window = [Piece(S.NegativeInfinity, low, S.Zero), Piece(low, high, S.One), Piece(high, S.Infinity, S.Zero)]
    return tuple(Piece(a, b, f if bool(one) == inside else S.Zero) for a, b, f, one in common_refinement(pieces, tuple(window)))


def _mass(atoms: Atoms, sigma: Rational, degree: int) -> arb:
    """What atoms add to E[q(σz) z^degree]."""
    total = arb(0)
    for point, mass in atoms:
        at = enclose(point / sigma, ctx.prec)
        total += enclose(mass / sigma, ctx.prec) * at**degree * (-at * at / 2).exp() / (2 * arb.pi()).sqrt()
    return total


def _root(square: arb) -> arb:
    return arb(square.abs_upper()).sqrt()


def _supremum(s: Activation) -> arb:
    try:
        return arb(supremum(s.pieces).value.upper())
    except TheorycheckError:
        return arb.pos_inf()


def _value(s: Activation, point: Expr) -> Expr:
    return next(p.expr for p in s.pieces if compare(p.end, point) >= 0).subs(x, point)
