"""Conditions and the functions that they define: where, Piecewise, comparisons, and, or, not."""

from __future__ import annotations

import ast

from sympy import Expr

from theorycheck.activation import pieces as P
from theorycheck.activation.domains import Domains, left_end
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.reading import MAX_DEPTH
from theorycheck.activation.roots import RootsUnknown, split_by_sign
from theorycheck.activation.zero import is_zero

#: A condition: intervals on which it is true or false.
Region = list[tuple[Expr, Expr, bool]]


class Conditions(Domains):
    """The part of a reader that turns conditions into intervals."""

    def value(self, node: ast.expr, a: Expr, b: Expr, depth: int = 0) -> Pieces:
        """The pieces of an expression on (a, b)."""
        raise NotImplementedError

    def where(self, node: ast.Call, a: Expr, b: Expr, depth: int) -> Pieces:
        if len(node.args) != 3:
            raise self.fail(f"where takes (condition, value, other), not {len(node.args)} arguments; write where(x > 0, x, 0)", node)
        parts: list[Piece] = []
        for lo, hi, true in self.condition(node.args[0], a, b, depth + 1):
            parts += self.value(node.args[1] if true else node.args[2], lo, hi, depth + 1)
        return P.tidy(parts)

    def piecewise(self, node: ast.Call, a: Expr, b: Expr, depth: int) -> Pieces:
        """Piecewise((value, condition), ..., (other, True)): the first condition that holds."""
        pairs = []
        for argument in node.args:
            if not isinstance(argument, ast.Tuple) or len(argument.elts) != 2:
                raise self.fail("Piecewise takes pairs; write Piecewise((x, x > 0), (0, True))", argument)
            pairs.append((argument.elts[0], argument.elts[1]))
        open_parts: list[tuple[Expr, Expr]] = [(a, b)]
        parts: list[Piece] = []
        for value, condition in pairs:
            rest: list[tuple[Expr, Expr]] = []
            for lo, hi in open_parts:
                for start, end, true in self.condition(condition, lo, hi, depth + 1):
                    if true:
                        parts += self.value(value, start, end, depth + 1)
                    else:
                        rest.append((start, end))
            open_parts = rest
        if open_parts:
            raise self.fail("no value is given on part of the line; end Piecewise with (value, True)", node)
        return P.tidy(sorted(parts, key=lambda p: left_end(p.start)))

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, node: ast.expr, a: Expr, b: Expr, depth: int) -> Region:
        if depth > 4 * MAX_DEPTH:
            raise self.fail("the condition is nested too deep; write a flatter one", node)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return [(a, b, node.value)]
        if isinstance(node, ast.BoolOp):
            both = isinstance(node.op, ast.And)
            region: Region = [(a, b, both)]
            for member in node.values:
                undecided_part = [(lo, hi) for lo, hi, true in region if true == both]
                settled = [(lo, hi, true) for lo, hi, true in region if true != both]
                for lo, hi in undecided_part:
                    settled += self.condition(member, lo, hi, depth + 1)
                region = sorted(settled, key=lambda r: left_end(r[0]))
            return region
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return [(lo, hi, not true) for lo, hi, true in self.condition(node.operand, a, b, depth + 1)]
        if isinstance(node, ast.Compare):
            return self.comparison(node, a, b, depth)
        raise self.fail("this is not a condition; write a comparison such as x > 0", node)

    def comparison(self, node: ast.Compare, a: Expr, b: Expr, depth: int) -> Region:
        region: Region = [(a, b, True)]
        sides = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True):
            if not isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)):
                raise self.fail("this comparison is not part of the language; write <, <=, > or >=", node)
            rising = isinstance(op, (ast.Gt, ast.GtE))
            on_ties = isinstance(op, (ast.LtE, ast.GtE, ast.Eq))
            result: Region = [r for r in region if not r[2]]
            for lo, hi, _ in [r for r in region if r[2]]:
                gap = P.canonical_pieces(
                    P.combine(self.value(left, lo, hi, depth + 1), self.value(right, lo, hi, depth + 1), lambda u, v: u - v)
                )
                if isinstance(op, (ast.Eq, ast.NotEq)):
                    if any(is_zero(p.expr) is not True for p in gap):
                        raise self.fail("== holds at single points only; write a range such as abs(x) < 1/100", node)
                    result += [(p.start, p.end, (is_zero(p.expr) is True) == isinstance(op, ast.Eq)) for p in gap]
                    continue
                try:
                    parts = [part for p in gap for part in split_by_sign(p.expr, p.start, p.end)]
                except RootsUnknown as error:
                    raise self.fail(f"{error}; write a condition with finitely many switches", node) from None
                result += [(start, end, on_ties if s == 0 else (s > 0) == rising) for start, end, s in parts]
            region = sorted(result, key=lambda r: left_end(r[0]))
        return region
