"""What a reader of expressions says when it refuses: the place, what is wrong there, what to write. And certified domains."""

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
from theorycheck.activation.roots import RootsUnknown, inner_point, roots, sign_between, sympy_order
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError, Undecided

MAX_LENGTH = 10_000
MAX_DEPTH = 60


class Reading:
    """A text that is being read: its errors, and the domains of division, roots and logarithms."""

    def __init__(self, text: str, variable: str, parameters: dict[str, Rational]):
        self.original, self.variable, self.parameters = text, variable, parameters
        self.text = text.replace("^", "**")

    def fail(self, message: str, node: ast.AST | None = None, place: int | None = None) -> InputError:
        if node is not None and place is None:
            place = getattr(node, "col_offset", 0)
        if place is None:
            return InputError(message)
        place -= self.text[:place].count("**") - self.original[:place].count("**") if "^" in self.original else 0
        shown = self.original[max(0, place - 20) : place + 20].replace("\n", " ")
        return InputError(f"at character {place + 1} (near {shown!r}): {message}")

    def check_text(self) -> None:
        text = self.text
        if not text.strip():
            raise InputError(f"the expression is empty; write a function of {self.variable}, for example max({self.variable}, 0)")
        if len(text) > MAX_LENGTH:
            raise InputError(f"the expression has {len(text)} characters; theorycheck reads at most {MAX_LENGTH}: shorten it")
        depth = 0
        for place, char in enumerate(text):
            depth += (char in "([") - (char in ")]")
            if depth > MAX_DEPTH:
                raise self.fail(f"brackets are nested more than {MAX_DEPTH} deep; write a flatter expression", place=place)
            if not (char.isascii() and (char.isprintable() or char in "\n\t")):
                raise self.fail(f"the character {char!r} is not read; write plain ASCII such as x*Phi(x)", place=place)
        self.text = text.lstrip()
        self.original = self.original.lstrip()

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
            if strict and zeros and not (positive and self.negative(piece, inner)):
                raise self.fail(self.advice(node, zeros[0], what), node)
            if positive and (point := self.negative(piece, inner)) is not None:
                raise self.fail(
                    f"{what if what != '**' else 'this power'} needs a {'positive' if strict else 'non-negative'} argument, "
                    f"but {_domain_argument(what)} is negative at {self.variable} = {point}; "
                    f"write where(condition, ..., other) or take abs(...) or max(..., 0)",
                    node,
                )
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

    def advice(self, node: ast.AST, zero: Expr, what: str) -> str:
        name, point = self.variable, str(zero)
        if what == "/":
            source = ast.get_source_segment(self.text, node) or "..."
            away = f"abs({name} - {point})" if zero != 0 else f"abs({name})"
            return (
                f"the denominator vanishes at {name} = {point}; write what holds near that point, "
                f"for example where({away} > 1/100, {source}, value near {point})"
            )
        return (
            f"the argument of {what} vanishes at {name} = {point}; "
            f"write where({name} > {point}, ..., other) with an argument bounded away from 0"
        )


def _domain_argument(what: str) -> str:
    return "1 - u**2" if what in ("asin", "acos") else "it"


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
    exact = sympy_order(start)
    return Fraction(int(exact.p), int(exact.q))
