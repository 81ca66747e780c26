"""Parity of a piecewise function, by the zero test: the structural zeros of Gaussian integrals rest on it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from theorycheck.activation.balls import enclose
from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.functions import differentiate, x
from theorycheck.activation.tape import tape_of
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError


@lru_cache(maxsize=1024)
def _mirrors(expr: Expr, other: Expr, sign: int) -> bool:
    mirrored = expr.subs(x, -x)
    return bool(mirrored == sign * other or (sympy.count_ops(expr) <= 80 and is_zero(mirrored - sign * other)))


def _plausible(pieces: Sequence[Any], sign: int) -> bool:
    """Whether a few float values allow the symmetry: spares most functions the symbolic work."""
    probes = [0.37, 1.618, 4.1]
    cuts = [float(enclose(p.end, 64)) for p in pieces[:-1]]
    with np.errstate(all="ignore"):
        for probe in probes:
            right, left = (float(tape_of(pieces[bisect(cuts, at)].expr).run(numpy_arithmetic(), np.float64(at))) for at in (probe, -probe))
            if abs(right - sign * left) > 1e-6 * (1 + abs(right) + abs(left)):
                return False
    return True


def parity(pieces: Sequence[Any]) -> int:
    """+1 for an even function, −1 for an odd one, 0 when neither is seen.

    Args:
        pieces: sorted pieces (start, end, expr) that cover the line.

    >>> from theorycheck.activation.parsing import parse
    >>> parity(parse("x*tanh(x)")), parity(parse("sigmoid(x) - 1/2")), parity(parse("sigmoid(x)"))
    (1, -1, 0)
    """
    return _parity(tuple(pieces))


@lru_cache(maxsize=512)
def _parity(pieces: tuple[Any, ...]) -> int:
    for sign in (1, -1):
        if _plausible(pieces, sign) and all(
            mirrored_ends(a, b) and _mirrors(a.expr, b.expr, sign) for a, b in zip(pieces, reversed(pieces), strict=True)
        ):
            return sign
    return 0


def mirrored_ends(a: Any, b: Any) -> bool:
    """Whether the interval of one piece is the mirror image of another's; isolated roots are compared as numbers."""
    try:
        return compare(a.start, -b.end) == 0 and compare(a.end, -b.start) == 0
    except InputError:
        return False


def affine_part(pieces: Sequence[Any], sign: int) -> Expr | None:
    """c when the even part of f is the constant c (sign = +1), or its odd part is c·x (sign = −1); None when that is not seen.

    So all coefficients of that parity but the first vanish: SiLU is x/2 plus an even function.

    >>> from theorycheck.activation.parsing import parse
    >>> affine_part(parse("x*sigmoid(x)"), -1), affine_part(parse("sigmoid(x)"), 1), affine_part(parse("sigmoid(x)"), -1)
    (1/2, 1/2, None)
    """
    found: Expr | None = None
    for a, b in zip(pieces, reversed(pieces), strict=True):
        if not mirrored_ends(a, b) or sympy.count_ops(a.expr) > 80:
            return None
        part = (a.expr + sign * b.expr.subs(x, -x)) / 2
        probes = [value_at(part if sign > 0 else part / x, probe, 64) for probe in (sympy.Rational(3, 7), sympy.Rational(17, 8))]
        if len(pieces) == 1 and not probes[0].overlaps(probes[1]):
            return None
        here = sympy.expand(part).subs(x, 0) if sign > 0 else differentiate(part).subs(x, 0)
        if not here.is_finite or (found is not None and here != found) or is_zero(part - (here if sign > 0 else here * x)) is not True:
            return None
        found = here
    return found
