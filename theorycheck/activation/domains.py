"""Certified domains: division, roots and logarithms are read only where they are shown to be defined."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Expr, Integer, Mul, Rational, S

from theorycheck.activation import pieces as P
from theorycheck.activation.expansion import estimated_terms
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.reading import Reading
from theorycheck.activation.roots import RootsUnknown, inner_point, roots, sign_between, sympy_order
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.decimals import as_fraction
from theorycheck.errors import Undecided


class Domains(Reading):
    """The part of a reader of functions of one variable that certifies domains."""

    def splitting(self, node: ast.AST, cut: Callable[[], Pieces]) -> Pieces:
        try:
            return cut()
        except RootsUnknown as error:
            raise self.fail(
                f"{error}: infinitely many or inseparable breakpoints; give a bounded range, "
                f"for example where(abs({self.variable}) < 3, ..., 0)",
                node,
            ) from None

    def root(self, node: ast.AST, base: Pieces, q: Rational) -> Pieces:
        """base^q for 0 < q < 1: real where base ≥ 0; the root of an even power is a power of the absolute value."""
        parts: list[Piece] = []
        for piece in base:
            squares, rest = _even_part(piece.expr)
            whole: Pieces = (Piece(piece.start, piece.end, rest),)
            touches = self.require(whole, node, "a root", strict=False, positive=True)
            root = cut(P.map_pieces(whole, lambda u: u**q), touches)
            for factor, power in squares:
                inner = (Piece(piece.start, piece.end, factor),)
                size = self.splitting(node, lambda u=inner: P.absolute(u))  # type: ignore[misc]  # called at once
                root = P.combine(root, size, lambda u, v, n=power: u * v ** (n * q))  # type: ignore[misc]  # as above
            parts += root
        return P.tidy(parts)

    def require(self, value: Pieces, node: ast.AST, what: str, strict: bool, positive: bool = False) -> list[Expr]:
        """Certify that a value has no zero (strict) and is not negative (positive) on the closure of its pieces; its inner zeros."""
        touches: list[Expr] = []
        for piece in value:
            try:
                if is_zero(piece.expr):
                    if not strict:
                        continue
                    raise self.fail("division by zero; write a denominator that never vanishes", node)
                inner = roots(piece.expr, piece.start, piece.end)
                edges = [e for e in (piece.start, piece.end) if e.is_finite and _may_vanish(piece.expr, e)]
            except Undecided as error:
                raise self.fail(
                    f"cannot show that the argument of {what} stays in its domain: {error}; "
                    f"write where(condition, ..., other) with a condition that keeps it there",
                    node,
                ) from None
            zeros = [*inner, *(edges if strict else [])]
            point = self.negative(piece, inner) if positive else None
            if strict and zeros and point is None:
                raise self.fail(self.advice(node, zeros, what), node)
            if point is not None:
                raise self.fail(self.outside(node, point, what, strict), node)
            touches += inner
        return touches

    @staticmethod
    def negative(piece: Piece, inner: list[Expr]) -> Expr | None:
        """A point of the piece where its expression is negative."""
        cuts = [piece.start, *inner, piece.end]
        for lo, hi in zip(cuts[:-1], cuts[1:], strict=True):
            if sign_between(piece.expr, lo, hi) < 0:
                return inner_point(lo, hi)
        return None

    def outside(self, node: ast.AST, point: Expr, what: str, strict: bool) -> str:
        at = f"{self.variable} = {point}"
        if what in ("asin", "acos"):
            source = ast.get_source_segment(self.text, node.args[0]) if isinstance(node, ast.Call) else None
            return (
                f"{what} needs an argument from -1 to 1, but it is beyond at {at}; "
                f"write {what}(max(-1, min(1, {source or '...'}))) or where(condition, ..., other)"
            )
        return (
            f"{what if what != '**' else 'this power'} needs a {'positive' if strict else 'non-negative'} argument, "
            f"but it is negative at {at}; write where(condition, ..., other) or take abs(...) or max(..., 0)"
        )

    def advice(self, node: ast.AST, zeros: list[Expr], what: str) -> str:
        name, shown = self.variable, sorted(zeros, key=left_end)[:3]
        away = " and ".join(f"abs({_less(name, zero)}) > 1/100" for zero in shown)
        source = ast.get_source_segment(self.text, node) or "..."
        return (
            f"the {'denominator' if what == '/' else f'argument of {what}'} vanishes at {name} = {' and '.join(map(str, shown))}; "
            f"write what holds near that point, for example where({away}, {source}, value near {' and '.join(map(str, shown))})"
        )


def _less(name: str, point: Expr) -> str:
    """x − point, as one writes it."""
    if point == 0:
        return name
    if point.is_Rational:
        return f"{name} - {point}" if point > 0 else f"{name} + {-point}"
    return f"{name} - ({point})"


def _even_part(expr: Expr) -> tuple[list[tuple[Expr, Integer]], Expr]:
    """(factors with even powers, the rest): expr = Π factor^power · rest. A root of the first part is a power of abs(factor)."""
    if not expr.has(x):
        return [], expr
    plain = sympy.factor(expr) if expr.is_polynomial(x) and estimated_terms(expr) <= 30 else expr
    even = [(f.base, f.exp) for f in Mul.make_args(plain) if isinstance(f, sympy.Pow) and f.exp.is_Integer and f.exp % 2 == 0 and f.has(x)]
    return even, plain / Mul(*[base**power for base, power in even])


def _may_vanish(expr: Expr, edge: Expr) -> bool:
    value = value_at(expr, edge, 200)
    return not value.is_finite() or (value.contains(0) and is_zero(expr.subs(x, edge)) is not False)


def cut(pieces: Pieces, points: list[Expr]) -> Pieces:
    """Pieces with further breakpoints, where a root or an inverse sine is not analytic; equal neighbours stay apart."""
    parts: list[Piece] = []
    for p in pieces:
        inside = [c for c in points if compare(p.start, c) < 0 < compare(p.end, c)]
        ends = [p.start, *sorted(inside, key=left_end), p.end]
        parts += [Piece(a, b, p.expr) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return tuple(parts)


def left_end(start: Expr) -> Fraction | float:
    """A sort key for the left ends of intervals."""
    if start is S.NegativeInfinity:
        return float("-inf")
    return as_fraction(sympy_order(start))
