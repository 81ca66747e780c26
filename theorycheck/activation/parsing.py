"""Text to pieces: a whitelist reader over Python's grammar. Nothing that the user types is ever evaluated as code."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Mapping
from fractions import Fraction

import sympy
from sympy import Expr, Integer, Rational, S

from theorycheck.activation import pieces as P
from theorycheck.activation.balls import enclose
from theorycheck.activation.conditions import Conditions
from theorycheck.activation.expansion import degree_bound
from theorycheck.activation.functions import Phi, sigmoid, softplus, x
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.reading import MAX_DEPTH, cut
from theorycheck.activation.roots import split_by_sign
from theorycheck.errors import InputError

MAX_NODES = 600
MAX_POWER = 100
MAX_DIGITS = 60
MAX_BITS = 4000

#: Analytic on the whole line.
_ENTIRE: dict[str, Callable[[Expr], Expr]] = {
    "exp": sympy.exp,
    "expm1": lambda u: sympy.exp(u) - 1,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asinh": sympy.asinh,
    "atan": sympy.atan,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "Phi": Phi,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
FUNCTIONS = (*_ENTIRE, "abs", "sign", "max", "min", "relu", "step", "log", "log1p", "sqrt", "asin", "acos", "where", "Piecewise")
_ALIASES = {"arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh", "logistic": "sigmoid", "ln": "log", "pow": "a**b",
            "heaviside": "step", "Heaviside": "step", "Abs": "abs", "Max": "max", "Min": "min", "phi": "Phi", "fabs": "abs"}  # fmt: skip
_CONSTANTS = {"pi": sympy.pi, "e": sympy.E}


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


def exact_number(text: object, what: str = "number") -> Rational:
    """An exact rational from text, an integer or a Fraction; a float is refused.

    >>> exact_number("0.2"), exact_number("-3/8")
    (1/5, -3/8)
    """
    if isinstance(text, (bool, float)):
        raise InputError(f"{what} {text!r} is a float; write it exactly, as text or Fraction: {str(text)!r}")
    if isinstance(text, Rational):
        return text
    try:
        words = str(text).strip()
        if len(words) > MAX_DIGITS or "_" in words or abs(int((words.lower().partition("e")[2] or "0").split("/")[0])) > 400:
            raise ValueError
        value = Fraction(words)
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{what} {str(text)[:40]!r} is not a number; write a decimal or a fraction such as 0.2 or 1/5") from None
    return Rational(value.numerator, value.denominator)


class _Reader(Conditions):
    def read(self, start: Expr, end: Expr) -> Pieces:
        self.check_text()
        try:
            tree = ast.parse(self.text.strip().replace("\n", " "), mode="eval").body
        except SyntaxError as error:
            message = "the expression is not complete; close every bracket and write * for products, for example 2*x"
            raise self.fail(message, place=max(0, min(len(self.text) - 1, (error.offset or 1) - 1))) from None
        except (ValueError, MemoryError, RecursionError):
            raise self.fail("the expression cannot be read; write something like where(x > 0, x, exp(x) - 1)", place=0) from None
        if (size := sum(1 for node in ast.walk(tree) if isinstance(node, ast.expr))) > MAX_NODES:
            raise self.fail(f"the expression has {size} parts; theorycheck reads at most {MAX_NODES}: shorten it", place=0)
        pieces = self.value(tree, start, end)
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

    def number(self, node: ast.Constant) -> Expr:
        literal = ast.get_source_segment(self.text.replace("\n", " "), node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self.fail(f"{literal[:20]!r} is not a real number; write a decimal such as 0.5", node)
        try:
            return exact_number(literal)
        except InputError as error:
            raise self.fail(f"{error}", node) from None

    def name(self, node: ast.Name) -> Expr:
        if node.id == self.variable:
            return x
        if node.id in self.parameters:
            return self.parameters[node.id]
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id in FUNCTIONS or node.id in _ALIASES:
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
            near = [_ALIASES[name]] if name in _ALIASES else difflib.get_close_matches(name, FUNCTIONS, 1)
            hint = f"write {near[0]}" if near else f"write one of {', '.join(FUNCTIONS)}"
            raise self.fail(f"{name!r} is not a function that theorycheck knows; {hint}", node)
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
        if name in _ENTIRE:
            return P.map_pieces(u, _ENTIRE[name])
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
