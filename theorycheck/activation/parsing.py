"""Text to pieces: a whitelist reader over Python's grammar. Nothing that the user types is ever evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import sympy
from sympy import Expr, Integer, Rational, S

from theorycheck.activation import pieces as P
from theorycheck.activation.balls import enclose
from theorycheck.activation.conditions import Conditions
from theorycheck.activation.domains import cut
from theorycheck.activation.expansion import degree_bound
from theorycheck.activation.functions import x
from theorycheck.activation.language import ALIASES, CONSTANTS, ENTIRE, FUNCTIONS
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.reading import MAX_DEPTH
from theorycheck.activation.roots import split_by_sign

MAX_POWER = 100
MAX_BITS = 4000


def parse(
    text: str,
    variable: str = "x",
    parameters: Mapping[str, Rational] | None = None,
    domain: tuple[Expr, Expr] = (S.NegativeInfinity, S.Infinity),
) -> Pieces:
    """Read an expression into pieces.

    Args:
        text: an expression in the variable, for example "where(x > 0, x, exp(x) - 1)".
        variable: the name of the argument.
        parameters: exact values of further names.
        domain: the ends of the interval on which the function is wanted; the pieces cover it.

    Raises:
        InputError: with the place, what is wrong there and what to write.

    >>> [str(p.expr) for p in parse("max(x, 0.1*x)")]
    ['x/10', 'x']
    >>> parse("sqrt(x^2)") == parse("abs(x)")
    True
    >>> [str(p.expr) for p in parse("acos(t)", "t", domain=(Integer(-1), Integer(1)))]
    ['acos(x)']
    """
    return P.canonical_pieces(_Reader(text, variable, dict(parameters or {})).read(*domain))


class _Reader(Conditions):
    def read(self, start: Expr, end: Expr) -> Pieces:
        pieces = self.value(self.tree(), start, end)
        for number in {e for p in pieces for e in sympy.preorder_traversal(p.expr) if not e.has(x) and e.args}:
            if not enclose(number, 128).is_finite():
                raise self.fail(f"the number {str(number)[:30]} is too large to compute with; write a smaller one", place=0)
        return pieces

    # --- values ---------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr, a: Expr, b: Expr, depth: int = 0) -> Pieces:
        """The pieces of an expression on (a, b)."""
        if depth > 4 * MAX_DEPTH:
            raise self.fail("the expression is nested too deep; write a flatter one", node)
        if isinstance(node, ast.Constant):
            return (Piece(a, b, self.number(node)),)
        if isinstance(node, ast.Name):
            return (Piece(a, b, self.name(node)),)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = self.value(node.operand, a, b, depth + 1)
            return P.map_pieces(inner, lambda u: -u) if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self.binary(node, a, b, depth)
        if isinstance(node, ast.Call):
            return self.call(node, a, b, depth)
        if isinstance(node, (ast.Compare, ast.BoolOp)):
            raise self.fail("a comparison is a condition; write where(condition, value, other)", node)
        raise self.fail(
            f"{type(node).__name__} is not part of the language; write numbers, {self.variable}, + - * / ** and functions", node
        )

    def name(self, node: ast.Name) -> Expr:
        if node.id == self.variable:
            return x
        if node.id in self.parameters:
            return self.parameters[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        if node.id in FUNCTIONS or node.id in ALIASES:
            raise self.fail(f"{node.id} is a function; write {node.id}({self.variable})", node)
        raise self.fail(
            f"{node.id!r} is not known; the variable is {self.variable}; give a parameter its value with --param {node.id}=1", node
        )

    def binary(self, node: ast.BinOp, a: Expr, b: Expr, depth: int) -> Pieces:
        left = self.value(node.left, a, b, depth + 1)
        if isinstance(node.op, ast.Pow):
            return self.power(node, left, self.value(node.right, a, b, depth + 1))
        right = self.value(node.right, a, b, depth + 1)
        if isinstance(node.op, ast.Div):
            self.require(right, node, "/", strict=True)
            return self.bounded(P.combine(left, right, lambda u, v: u / v), node)
        operations: dict[type, Callable[[Expr, Expr], Expr]] = {
            ast.Add: lambda u, v: u + v,
            ast.Sub: lambda u, v: u - v,
            ast.Mult: lambda u, v: u * v,
        }
        if type(node.op) not in operations:
            raise self.fail("this operator is not part of the language; write + - * / or **", node)
        return self.bounded(P.combine(left, right, operations[type(node.op)]), node)

    def bounded(self, value: Pieces, node: ast.AST) -> Pieces:
        """Refuse numbers that grow without bound under repeated products."""
        for piece in value:
            if piece.expr.is_polynomial(x) and degree_bound(piece.expr) > MAX_POWER:
                raise self.fail(f"a polynomial of degree above {MAX_POWER} arises here; write a lower power", node)
            for number in piece.expr.atoms(Rational):
                if max(abs(number.p), number.q).bit_length() > MAX_BITS:
                    raise self.fail(f"a number here has more than {MAX_BITS} bits; write a smaller one", node)
        return value

    def power(self, node: ast.BinOp, base: Pieces, exponent: Pieces) -> Pieces:
        if any(p.expr.has(x) for p in exponent) or len(exponent) > 1:
            self.require(base, node, "log", strict=True, positive=True)
            return P.combine(base, exponent, lambda u, v: sympy.exp(v * sympy.log(u)))
        q = exponent[0].expr
        if not isinstance(q, Rational):
            self.require(base, node, "**", strict=True, positive=True)
            return P.map_pieces(base, lambda u: sympy.exp(q * sympy.log(u)))
        if abs(q) > MAX_POWER or q.q > MAX_POWER:
            raise self.fail(f"the exponent {str(q)[:30]} is too large; write one between -{MAX_POWER} and {MAX_POWER}", node.right)
        if not q.is_Integer:
            root = self.root(node, base, Rational(1, q.q))
            if q < 0:
                self.require(root, node, "/", strict=True)
            return self.bounded(P.map_pieces(root, lambda u: u**q.p), node)
        if q < 0:
            self.require(base, node, "/", strict=True)
        for piece in base:
            if isinstance(piece.expr, Rational) and abs(q) * max(abs(piece.expr.p), piece.expr.q).bit_length() > MAX_BITS:
                raise self.fail(f"this power has more than {MAX_BITS} bits; write a smaller number", node)
        result = P.map_pieces(base, lambda u: u**q)
        for piece in result:
            if any(isinstance(e.exp, Rational) and abs(e.exp) > MAX_POWER for e in piece.expr.atoms(sympy.Pow)):
                raise self.fail(f"a power above {MAX_POWER} arises here; write a lower one", node)
        return self.bounded(result, node)

    # --- calls ----------------------------------------------------------------------------------------------------

    def call(self, node: ast.Call, a: Expr, b: Expr, depth: int) -> Pieces:
        if not isinstance(node.func, ast.Name):
            raise self.fail("only plain function names can be called; write something like tanh(x)", node)
        name = node.func.id
        if node.keywords:
            raise self.fail(f"{name} takes no keywords; write its arguments in order", node)
        if name == "where":
            return self.where(node, a, b, depth)
        if name == "Piecewise":
            return self.piecewise(node, a, b, depth)
        if name not in FUNCTIONS:
            raise self.unknown_function(node, name)
        arguments = [self.value(argument, a, b, depth + 1) for argument in node.args]
        if name in ("max", "min"):
            if len(arguments) < 2:
                raise self.fail(f"{name} takes two or more arguments; write {name}(x, 0)", node)
            result = arguments[0]
            for other in arguments[1:]:
                result = self.splitting(node, lambda u=result, v=other: P.largest(u, v, 1 if name == "max" else -1))  # type: ignore[misc]  # a thunk called at once
            return result
        if len(arguments) != 1:
            raise self.fail(f"{name} takes one argument, not {len(arguments)}; write {name}(x)", node)
        return self.unary(name, arguments[0], node)

    def unary(self, name: str, u: Pieces, node: ast.Call) -> Pieces:
        if name in ENTIRE:
            return P.map_pieces(u, ENTIRE[name])
        if name == "abs":
            return self.splitting(node, lambda: P.absolute(u))
        if name == "relu":
            zero = (Piece(u[0].start, u[-1].end, S.Zero),)
            return self.splitting(node, lambda: P.largest(u, zero))
        if name in ("sign", "step"):
            low = Integer(-1) if name == "sign" else Integer(0)
            values = {1: Integer(1), 0: Integer(0) if name == "sign" else Integer(1), -1: low}
            return self.splitting(
                node, lambda: P.tidy(Piece(lo, hi, values[s]) for p in u for lo, hi, s in split_by_sign(p.expr, p.start, p.end))
            )
        if name == "sqrt":
            return self.root(node, u, S.Half)
        if name in ("log", "log1p"):
            shifted = P.map_pieces(u, lambda v: 1 + v) if name == "log1p" else u
            self.require(P.canonical_pieces(shifted), node, name, strict=True, positive=True)
            return P.map_pieces(shifted, sympy.log)
        square = P.map_pieces(u, lambda v: 1 - v**2)
        touches = self.require(P.canonical_pieces(square), node, name, strict=False, positive=True)
        return cut(P.map_pieces(u, sympy.asin if name == "asin" else sympy.acos), touches)
