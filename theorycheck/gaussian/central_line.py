"""Taking off the line that a function is where most of the Gaussian mass lies, so that what is left lives in the tails."""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, sqrt
from typing import Any

import sympy

from theorycheck.activation.balls import enclose
from theorycheck.activation.functions import x


def line_of_most_mass(pieces: Sequence[Any], scale: float) -> tuple[sympy.Expr, sympy.Expr]:
    """(c, d) when the piece that carries most of N(0, scale²) is the line c + d x; else (0, 0)."""

    def mass(piece: Any) -> float:
        ends = [float(enclose(e, 64)) if e.is_finite else float(e) for e in (piece.start, piece.end)]
        low, high = (erf(max(-40.0, min(40.0, e / scale / sqrt(2)))) for e in ends)
        return high - low

    expr = max(pieces, key=mass).expr
    slope = sympy.diff(expr, x) if expr.is_polynomial(x) else x
    return (sympy.S.Zero, sympy.S.Zero) if slope.has(x) else (expr.subs(x, 0), slope)


def without_line(pieces: Sequence[Any], constant: sympy.Expr, slope: sympy.Expr) -> tuple[Any, ...]:
    """The function less constant + slope·x."""
    if constant == 0 and slope == 0:
        return tuple(pieces)
    line = constant + slope * x
    return tuple(type(p)(p.start, p.end, sympy.expand(p.expr - line) if p.expr.is_polynomial(x) else p.expr - line) for p in pieces)


def rho_from_moments(moments: Sequence[Any], c: Any, d: Any) -> tuple[Any, Any, Any]:
    """T1, T2, T3 from the moments of r = g − c − d z (d in units of z), as floats, balls or exact constants."""
    r0, r1, r2, s0, s2, r3 = moments
    t2 = 2 * d * d + 2 * d * (r3 - r1) + s2 - r1 * r1 - r2 * r2
    return s0 - r0 * r0 - r1 * r1, t2, (c + r0) * (c + r2) - (d + r1) * (d + r1)
