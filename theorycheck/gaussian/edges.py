"""Whether an integral exists at the ends of pieces: the order of a singularity from the expansion seen from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb, fmpq

from theorycheck.activation.balls import enclose
from theorycheck.activation.tails import GrowsTooFast, seen_from, settled_tail
from theorycheck.activation.zero import value_at
from theorycheck.errors import DoesNotExist, Undecided


def require_integrable_poles(pieces: Sequence[Any], power: int) -> None:
    """Raise DoesNotExist when abs(f)^power is known not to be integrable at an end of a piece.

    >>> from theorycheck.activation.parsing import parse
    >>> from theorycheck.activation.pieces import derivative
    >>> require_integrable_poles(derivative(parse("sqrt(abs(x))")), 1)
    """
    for piece in pieces:
        for edge, side in ((piece.start, 1), (piece.end, -1)):
            if edge.is_finite and not value_at(piece.expr, edge).is_finite():
                order = order_of_pole(piece.expr, edge, side)
                if order is not None and power * order >= 1:
                    raise DoesNotExist(
                        f"E[...] does not exist: the integrand grows like {distance_from(edge)}**(-{power * order}) at x = {edge}; "
                        "write a function without that singularity"
                    )


def distance_from(point: Any) -> str:
    """abs(x − point), as text.

    >>> import sympy
    >>> distance_from(sympy.Integer(-1)), distance_from(sympy.S.Zero)
    ('abs(x + 1)', 'abs(x)')
    """
    if point == 0:
        return "abs(x)"
    return f"abs(x - {point})" if enclose(point, 64) > 0 else f"abs(x + {-point})"


def order_of_pole(expr: Any, edge: Any, side: int) -> fmpq | None:
    """p when abs f behaves like abs(x − edge)^(−p) on one side (+1: right) of a point; None when that is not seen.

    >>> import sympy
    >>> from theorycheck.activation.functions import x
    >>> order_of_pole(1/sympy.sqrt(x), sympy.S.Zero, 1)
    1/2
    """
    try:
        terms = settled_tail(seen_from(expr, edge, side), 1).terms
    except (Undecided, GrowsTooFast):
        return None
    lead = max(terms, default=None)
    if lead is None or lead[0] or lead[1] or lead[3] or arb(terms[lead]).contains(0):
        return None
    return lead[2]
