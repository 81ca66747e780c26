"""Text to pieces: a whitelist reader over Python's grammar. Nothing that the user types is ever evaluated as code."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Mapping
from fractions import Fraction

import sympy
from sympy import Expr, Integer, Mul, Rational, S

from theorycheck.activation import pieces as P
from theorycheck.activation.balls import enclose
from theorycheck.activation.expansion import degree_bound, estimated_terms
from theorycheck.activation.functions import Phi, canonical, sigmoid, softplus, x
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.roots import RootsUnknown, inner_point, roots, sign_between, split_by_sign, sympy_order
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError, Undecided

MAX_LENGTH = 10_000
MAX_DEPTH = 60
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

#: A condition: intervals on which it is true or false.
Region = list[tuple[Expr, Expr, bool]]


def parse(text: str, variable: str = "x", parameters: Mapping[str, Rational] | None = None) -> Pieces:
    """Read an expression into pieces.

    Args:
        text: an expression in the variable, for example "where(x > 0, x, exp(x) - 1)".
        variable: the name of the argument.
        parameters: exact values of further names.

    Raises:
        InputError: with the place, what is wrong there and what to write.

    >>> [str(p.expr) for p in parse("max(x, 0.1*x)")]
    ['x/10', 'x']
    >>> parse("sqrt(x^2)") == parse("abs(x)")
    True
    """
    return P.canonical_pieces(_Reader(text, variable, dict(parameters or {})).read())


def exact_number(text: object, what: str = "number") -> Rational:
    """An exact rational from text, an integer or a Fraction; a float is refused.

    >>> exact_number("0.2"), exact_number("-3/8")
    (1/5, -3/8)
    """
    if isinstance(text, bool) or isinstance(text, float):
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


class _Reader:
    def __init__(self, text: str, variable: str, parameters: dict[str, Rational]):
        self.original, self.variable, self.parameters = text, variable, parameters
        self.text = text.replace("^", "**")

    def fail(self, message: str, node: ast.AST | None = None, place: int | None = None) -> InputError:
        if node is not None and place is None:
            place = getattr(node, "col_offset", 0)
        if place is None:
            return InputError(message)
        place -= self.text[:place].count("**") - self.original[: place].count("**") if "^" in self.original else 0
        shown = self.original[max(0, place - 20) : place + 20].replace("\n", " ")
        return InputError(f"at character {place + 1} (near {shown!r}): {message}")

    def read(self) -> Pieces:
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
        pieces = self.value(tree, S.NegativeInfinity, S.Infinity)
        for number in {e for p in pieces for e in sympy.preorder_traversal(p.expr) if not e.has(x) and e.args}:
            if not enclose(number, 128).is_finite():
                raise self.fail(f"the number {str(number)[:30]} is too large to compute with; write a smaller one", place=0)
        return pieces

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
        raise self.fail(f"{type(node).__name__} is not part of the language; write numbers, {self.variable}, + - * / ** and functions", node)

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
        raise self.fail(f"{node.id!r} is not known; the variable is {self.variable}; give a parameter its value with --param {node.id}=1", node)

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

    def root(self, node: ast.AST, base: Pieces, q: Rational) -> Pieces:
        """base^q for 0 < q < 1: real where base ≥ 0; the root of an even power is a power of the absolute value."""
        parts: list[Piece] = []
        for piece in base:
            squares, rest = _even_part(piece.expr)
            whole: Pieces = (Piece(piece.start, piece.end, rest),)
            touches = self.require(whole, node, "a root", strict=False, positive=True)
            root = _cut(P.map_pieces(whole, lambda u: u**q), touches)
            for factor, power in squares:
                size = self.splitting(node, lambda u=factor, p=piece: P.absolute((Piece(p.start, p.end, u),)))  # type: ignore[misc]  # called at once
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
                raise self.fail(f"cannot show that the argument of {what} stays in its domain: {error}; write where(condition, ..., other) with a condition that keeps it there", node) from None
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
            source = ast.get_source_segment(self.text, node) or "..."  # type: ignore[arg-type]  # every node here comes from the text
            away = f"abs({name} - {point})" if zero != 0 else f"abs({name})"
            return (
                f"the denominator vanishes at {name} = {point}; write what holds near that point, "
                f"for example where({away} > 1/100, {source}, value near {point})"
            )
        return f"the argument of {what} vanishes at {name} = {point}; write where({name} > {point}, ..., other) with an argument bounded away from 0"

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
        return _cut(P.map_pieces(u, sympy.asin if name == "asin" else sympy.acos), touches)

    def splitting(self, node: ast.AST, cut: Callable[[], Pieces]) -> Pieces:
        try:
            return cut()
        except RootsUnknown as error:
            raise self.fail(
                f"{error}: infinitely many or inseparable breakpoints; give a bounded range, "
                f"for example where(abs({self.variable}) < 3, ..., 0)",
                node,
            ) from None

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
        return P.tidy(sorted(parts, key=lambda p: _left_end(p.start)))

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
                region = sorted(settled, key=lambda r: _left_end(r[0]))
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
                gap = P.canonical_pieces(P.combine(self.value(left, lo, hi, depth + 1), self.value(right, lo, hi, depth + 1), lambda u, v: u - v))
                if isinstance(op, (ast.Eq, ast.NotEq)):  # true or false almost everywhere
                    result += [(p.start, p.end, (is_zero(p.expr) is True) == isinstance(op, ast.Eq)) for p in gap]
                    continue
                try:
                    parts = [part for p in gap for part in split_by_sign(p.expr, p.start, p.end)]
                except RootsUnknown as error:
                    raise self.fail(f"{error}; write a condition with finitely many switches", node) from None
                result += [(start, end, on_ties if s == 0 else (s > 0) == rising) for start, end, s in parts]
            region = sorted(result, key=lambda r: _left_end(r[0]))
        return region


def _domain_argument(what: str) -> str:
    return "1 - u**2" if what in ("asin", "acos") else "it"


def _left_end(start: Expr) -> Fraction | float:
    if start is S.NegativeInfinity:
        return float("-inf")
    exact = sympy_order(start)
    return Fraction(int(exact.p), int(exact.q))


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


def _cut(pieces: Pieces, points: list[Expr]) -> Pieces:
    """Pieces with further breakpoints, where a root or an inverse sine is not analytic; equal neighbours stay apart."""
    parts: list[Piece] = []
    for p in pieces:
        inside = [c for c in points if compare(p.start, c) < 0 < compare(p.end, c)]
        ends = [p.start, *sorted(inside, key=_left_end), p.end]
        parts += [Piece(a, b, p.expr) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return tuple(parts)
