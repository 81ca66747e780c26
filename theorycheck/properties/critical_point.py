"""A critical point, and how a solution of the criticality equation is judged: its C_b has to be ≥ 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, ctx
from sympy import Rational, S

from theorycheck.enclosure import Enclosure, bits_for


@dataclass(frozen=True)
class CriticalPoint:
    """A critical point.

    Args:
        K: the variance of the preactivations that is kept; None when every K > 0 is.
        C_W: n times the variance of a weight, n the fan-in.
        C_b: the variance of a bias.
        kind: "K > 0", "K = 0" (the limit K → 0) or "every K".
    """

    K: Enclosure | None
    C_W: Enclosure
    C_b: Enclosure
    kind: str

    def to_json(self) -> dict[str, Any]:
        """{"K", "C_W", "C_b", "kind"}, each number a value document."""
        K = None if self.K is None else self.K.to_json()
        return {"K": K, "C_W": self.C_W.to_json(), "C_b": self.C_b.to_json(), "kind": self.kind}


@dataclass(frozen=True)
class Rejected:
    """A solution that is no critical point, or of which it is open.

    Args:
        text: which K, and why.
        open: whether C_b ≥ 0 could not be told.
    """

    text: str
    open: bool


def judged(K: arb, g: arb, slope: arb, digits: int, exact: Rational | None = None, sign: int | None = None) -> CriticalPoint | Rejected:
    """The critical point at a solution of g'(K) = E[s'(√K z)²], or why it is none.

    Args:
        K: the solution.
        g: E[s(√K z)²].
        slope: E[s'(√K z)²].
        digits: decimal digits.
        exact: K, where it is rational.
        sign: that of C_b = K − g/slope, where it is known exactly.

    >>> judged(arb(1), arb(2), arb(4), 5).C_b.value, judged(arb(1), arb(2), arb(1), 5).text
    ('0.5', 'K = 1 solves g′(K) = E[s′²], but needs C_b = -1 < 0')
    """
    with ctx.workprec(bits_for(digits, 100)):
        at = f"{float(K):.9g}"
        if not slope > 0:
            return Rejected(f"K = {at} solves g′(K) = E[s′²]; whether E[s′²] > 0 there is open", True)
        C_b = arb(0) if sign == 0 else K - g / slope
        if sign == -1 or C_b < 0:
            return Rejected(f"K = {at} solves g′(K) = E[s′²], but needs C_b = {float(C_b):.6g} < 0", False)
        if sign is None and not C_b >= 0:
            size = f"{float(abs(C_b).upper()):.0e}"
            return Rejected(f"K = {at} solves g′(K) = E[s′²]; its C_b is 0 up to {size}, and whether C_b ≥ 0 is open", True)
        where = Enclosure(K, exact, digits)
        return CriticalPoint(where, Enclosure(1 / slope, digits=digits), Enclosure(C_b, S.Zero if sign == 0 else None, digits), "K > 0")
