"""Functions as pieces: a sorted list of (interval, analytic expression). Never a whole-line `Piecewise`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sympy
from flint import fmpq
from sympy import Add, Expr, S

from theorycheck.activation.expansion import cancelled, expand
from theorycheck.activation.functions import canonical, differentiate, to_sympy, x
from theorycheck.activation.roots import split_by_sign
from theorycheck.activation.tails import limit_at
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError

MAX_PIECES = 64


@dataclass(frozen=True)
class Piece:
    """One analytic piece.

    Args:
        start, end: real constants (exact, or an isolated root), or −oo and oo.
        expr: a SymPy expression in `x`, analytic on the open interval.
    """

    start: Expr
    end: Expr
    expr: Expr

    def to_json(self) -> dict[str, str]:
        """{"from", "to", "expr"} by functions that SymPy knows."""
        return {"from": str(self.start), "to": str(self.end), "expr": str(to_sympy(self.expr))}


Pieces = tuple[Piece, ...]


def breakpoints(pieces: Pieces) -> tuple[Expr, ...]:
    """The finite ends between pieces."""
    return tuple(p.start for p in pieces[1:])


def common_refinement(first: Pieces, second: Pieces) -> list[tuple[Expr, Expr, Expr, Expr]]:
    """(start, end, expression of the first, expression of the second) on the common refinement of two lists over the same range."""
    result: list[tuple[Expr, Expr, Expr, Expr]] = []
    i = j = 0
    start = first[0].start
    while i < len(first) and j < len(second):
        order = compare(first[i].end, second[j].end)
        end = first[i].end if order <= 0 else second[j].end
        result.append((start, end, first[i].expr, second[j].expr))
        start = end
        i, j = i + (order <= 0), j + (order >= 0)
    return result


def combine(first: Pieces, second: Pieces, operation: Callable[[Expr, Expr], Expr]) -> Pieces:
    """Pointwise operation on two functions."""
    return tidy(Piece(a, b, operation(f, g)) for a, b, f, g in common_refinement(first, second))


def largest(first: Pieces, second: Pieces, sign: int = 1) -> Pieces:
    """Pointwise maximum (sign = 1) or minimum (sign = −1), cut where the two cross."""
    parts = []
    for a, b, f, g in common_refinement(first, second):
        gap = expand(f - g, deep=False, power_exp=False)
        parts += [Piece(lo, hi, f if s * sign >= 0 else g) for lo, hi, s in split_by_sign(gap, a, b)]
    return tidy(parts)


def absolute(pieces: Pieces) -> Pieces:
    """abs(f), cut at the zeros of f."""
    return tidy(Piece(a, b, s * p.expr) for p in pieces for a, b, s in split_by_sign(p.expr, p.start, p.end))


def tidy(parts: Iterable[Piece]) -> Pieces:
    """Neighbours with the same expression joined, unless it is not analytic where they meet."""
    kept: list[Piece] = []
    for part in parts:
        same = kept and (kept[-1].expr == part.expr or expand(kept[-1].expr - part.expr) == 0)
        if same and _analytic_at(part.expr, part.start):
            kept[-1] = Piece(kept[-1].start, part.end, kept[-1].expr)
        else:
            kept.append(part)
    if len(kept) > MAX_PIECES:
        raise InputError(f"more than {MAX_PIECES} pieces; theorycheck takes functions with fewer breakpoints")
    return tuple(kept)


def _analytic_at(expr: Expr, point: Expr) -> bool:
    """False where the base of a fractional power, or 1 − u² under an inverse sine, may vanish."""
    inner = [e.base for e in expr.atoms(sympy.Pow) if e.base.has(x) and not e.exp.is_Integer]
    inner += [1 - e.args[0] ** 2 for e in expr.atoms(sympy.asin, sympy.acos) if e.args[0].has(x)]
    return not any(value_at(u, point).contains(0) for u in inner)


def map_pieces(pieces: Pieces, change: Callable[[Expr], Expr]) -> Pieces:
    """The same intervals with every expression changed."""
    return tidy(Piece(p.start, p.end, change(p.expr)) for p in pieces)


def canonical_pieces(pieces: Pieces) -> Pieces:
    """Every expression in its stable form."""
    return map_pieces(pieces, canonical)


def derivative(pieces: Pieces, times: int = 1) -> Pieces:
    """The derivative almost everywhere, piece by piece."""
    return map_pieces(pieces, lambda e: differentiate(e, times))


def jumps(pieces: Pieces) -> tuple[tuple[Expr, Expr], ...]:
    """(point, value from the right − value from the left) wherever the function is not shown to be continuous."""
    found = []
    for left, right in zip(pieces[:-1], pieces[1:], strict=True):
        gap = _one_sided(right.expr, right.start, 1) - _one_sided(left.expr, right.start, -1)
        if not gap.is_finite:
            found.append((right.start, gap))
        elif is_zero(gap) is not True and not _agree(left.expr, right.expr, right.start):
            found.append((right.start, expand(gap)))
    return tuple(found)


def _one_sided(expr: Expr, point: Expr, side: int) -> Expr:
    """The limit from one side; nan where it is not known."""
    value = expr.subs(x, point)
    if not value.has(S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity):
        return value
    limit = limit_at(expr, point, side)
    if isinstance(limit, fmpq):
        return sympy.Rational(int(limit.p), int(limit.q))
    if limit is None or limit.is_finite():
        return S.NaN
    return S.Infinity if limit > 0 else S.NegativeInfinity


def _agree(left: Expr, right: Expr, point: Expr) -> bool:
    """Whether left − right vanishes at a root of f: it is a multiple of f, or zero once a term of f is solved for."""
    function = point.poly.as_expr(x) if isinstance(point, sympy.CRootOf) else getattr(point, "function", None)
    if function is None:
        return False
    gap = left - right
    numerator, denominator = sympy.fraction(cancelled(to_sympy(gap) / to_sympy(function)))
    at_root = value_at(denominator, point)
    if at_root.is_finite() and not at_root.contains(0) and value_at(numerator, point).is_finite():
        return True
    for term in Add.make_args(function):
        c, f = term.as_coeff_Mul()
        if f.has(x) and gap.has(f) and is_zero(gap.subs(f, (term - function) / c)) is True:
            return True
    return False
