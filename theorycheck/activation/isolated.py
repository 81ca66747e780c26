"""A zero known by the function that it is a zero of and by an interval: a number to any precision, by interval Newton."""

from __future__ import annotations

from functools import lru_cache

import sympy
from flint import arb, ctx
from sympy import AtomicExpr, Expr, Rational

from theorycheck.activation.balls import rational, real_arithmetic
from theorycheck.activation.functions import differentiate
from theorycheck.activation.tape import Tape, tape_of


class IsolatedRoot(AtomicExpr):
    """The one zero of f in [lo, hi], where f' has no zero.

    Args:
        function: the expression f in `x`.
        lo, hi: rational ends.
    """

    is_real = True
    is_number = True
    is_commutative = True
    is_finite = True
    __slots__ = ("function", "hi", "lo")

    def __new__(cls, function: Expr, lo: Rational, hi: Rational) -> IsolatedRoot:
        root = AtomicExpr.__new__(cls)
        root.function, root.lo, root.hi = function, lo, hi
        return root

    def _hashable_content(self) -> tuple[Expr, ...]:
        return (self.function, self.lo, self.hi)

    def ball(self, prec: int) -> arb:
        """The root as a ball with about `prec` bits (interval Newton)."""
        return _newton(self.function, self.lo, self.hi, prec)

    def _eval_evalf(self, prec: int) -> sympy.Float:
        return sympy.Float(self.ball(prec + 10).mid().str(int(prec * 0.302) + 5, radius=False), precision=prec)

    def _eval_is_positive(self) -> bool | None:
        return True if self.lo >= 0 else False if self.hi <= 0 else None

    def _eval_is_zero(self) -> bool | None:
        return False if self.lo > 0 or self.hi < 0 else None

    def _sympystr(self, printer: object) -> str:
        return self.ball(70).mid().str(15, radius=False)


@lru_cache(maxsize=512)
def _newton(function: Expr, lo: Rational, hi: Rational, prec: int) -> arb:
    f, slope = tape_of(function), tape_of(differentiate(function))
    with ctx.workprec(prec + 20):
        box = arb(rational(lo)).union(arb(rational(hi)))
        for _ in range(60 + prec):
            middle = arb(box.mid())
            step = middle - f.run(real_arithmetic(), middle) / slope.run(real_arithmetic(), box)
            narrower = box.intersection(step) if step.is_finite() and step.overlaps(box) else box
            if not narrower.rad() < 0.9 * box.rad():
                narrower = _sign_half(f, box, middle)
                if narrower is None:
                    break
            box = narrower
        return box


def _sign_half(f: Tape, box: arb, middle: arb) -> arb | None:
    """The half of a bracket where the sign changes, for a slope that varies too much for Newton."""
    left, centre = f.run(real_arithmetic(), arb(box.lower())), f.run(real_arithmetic(), middle)
    if (left > 0 and centre < 0) or (left < 0 and centre > 0):
        return arb(box.lower()).union(middle)
    return middle.union(arb(box.upper())) if (left > 0 and centre > 0) or (left < 0 and centre < 0) else None
