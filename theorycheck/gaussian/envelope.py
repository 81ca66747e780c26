"""One majorant for the whole line: abs(f(s z)) <= height · exp(bend z² + slope abs(z))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx, fmpq

from theorycheck.activation.balls import enclose, real_arithmetic
from theorycheck.activation.tape import tape_of
from theorycheck.errors import Undecided
from theorycheck.gaussian.cutoff import expansion

#: Halvings of an interval on which a range bound is not finite.
MAX_DEPTH = 12


@dataclass(frozen=True)
class Envelope:
    """abs(f(s z)) <= height · exp(bend z² + slope abs(z)) for every real z.

    Args:
        height, bend, slope: upper bounds as balls; bend and slope are not negative.
        certain: for −1 and +1, whether f really grows like exp(bend z²) on that side.
    """

    height: arb
    bend: arb
    slope: arb
    certain: tuple[bool, bool]


def envelope(pieces: Sequence[Any], scale: arb) -> Envelope:
    """The envelope of f(s z), from the expansions of f at both ends and range bounds between.

    Args:
        pieces: pieces of f that cover the line.
        scale: s > 0 as a ball.
    Raises:
        DoesNotExist: f grows faster than every exp(b z²).
        Undecided: no bound was found.

    >>> from types import SimpleNamespace
    >>> import sympy
    >>> from theorycheck.activation.functions import x
    >>> e = envelope([SimpleNamespace(start=-sympy.oo, end=sympy.oo, expr=sympy.tanh(x))], arb(1))
    >>> bool(e.height < 1.2), float(e.bend), float(e.slope)
    (True, 0.0, 0.0)
    """
    with ctx.workprec(64):
        height, bend, slope = arb(0), arb(0), arb(0)
        tops: list[tuple[fmpq, bool]] = []
        starts = []
        for side, piece in ((-1, pieces[0]), (1, pieces[-1])):
            edge = piece.end if side < 0 else piece.start
            last = float(abs(enclose(edge)).upper()) if edge.is_finite else 0.0
            terms = expansion(piece.expr, side, max(2, int(last) + 1))
            starts.append(arb(terms.start))
            total = arb(0)
            for (b, a, m, power_of_log), c in terms.terms.items():
                first = arb(terms.start)
                falling = arb(a).min(arb(0)) * first + arb(b).min(arb(0)) * first * first
                size, steep = abs(arb(c)) * falling.exp(), arb(a).max(arb(0))
                power = arb(m) + (arb(power_of_log) if power_of_log > 0 else 0)  # log x <= x
                if power > 0:  # x^m <= (m/(e w))^m e^(w x)
                    width = power.sqrt()
                    size, steep = size * (power / (arb.const_e() * width)) ** power, steep + width
                elif power < 0:
                    size *= first**power
                total, slope, bend = total + arb(size.abs_upper()), slope.max(steep), bend.max(arb(b))
            height = height.max(total)
            lead = max(terms.terms, default=None)
            tops.append((fmpq(0), False) if lead is None else (lead[0], not arb(terms.terms[lead]).contains(0)))
        for piece in pieces:
            low = enclose(piece.start) if piece.start.is_finite else -starts[0]
            high = enclose(piece.end) if piece.end.is_finite else starts[1]
            if piece.expr != 0:
                height = height.max(_largest(piece.expr, low, high))
        largest = max(top for top, _ in tops)
        sides = tuple(certain and top > 0 and top == largest for top, certain in tops)
        return Envelope(arb(height.upper()), arb((bend * scale * scale).upper()), arb((slope * scale).upper()), (sides[0], sides[1]))


def _largest(expr: Any, low: arb, high: arb) -> arb:
    """An upper bound of abs(f) on [low, high]."""
    tape, arithmetic = tape_of(expr), real_arithmetic()
    parts = 32
    stack = [(low + (high - low) * k / parts, low + (high - low) * (k + 1) / parts, 0) for k in range(parts)]
    result = arb(0)
    while stack:
        left, right, depth = stack.pop()
        value = tape.run(arithmetic, left.union(right))
        if value.is_finite():
            result = result.max(arb(value.abs_upper()))
        elif depth == MAX_DEPTH:
            raise Undecided(f"no bound of {expr} was found near x = {float(left):.6g}")
        else:
            middle = (left + right) / 2
            stack += [(left, middle, depth + 1), (middle, right, depth + 1)]
    return result
