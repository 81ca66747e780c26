"""Functions of several declared variables: the same whitelist as for activations, read into one expression on R^d.

Nothing that the user types is evaluated as code. Where the function is not shown to be defined everywhere, reading fails and names
the point or says what is missing.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import comb

import sympy
from sympy import Expr, Rational, Symbol

from theorycheck.activation.language import CONSTANTS, ENTIRE, FUNCTIONS
from theorycheck.activation.parsing import MAX_POWER, parse
from theorycheck.activation.reading import MAX_DEPTH, Reading
from theorycheck.errors import InputError
from theorycheck.properties.range_of_several import range_over_space
from theorycheck.zero import degree_bound

MAX_VARIABLES = 8
MAX_MONOMIALS = 2000
_ON_A_DOMAIN = ("sqrt", "log", "log1p")
_KINKED = tuple(name for name in FUNCTIONS if name not in ENTIRE and name not in _ON_A_DOMAIN)


@dataclass(frozen=True)
class SeveralVariables:
    """A function on R^d.

    Args:
        text: what was written.
        names: the declared variables, in order.
        expr: the expression in the symbols of the names, or None when it has kinks (abs, max, where, …).
    """

    text: str
    names: tuple[str, ...]
    expr: Expr | None

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """A real symbol for each variable."""
        return tuple(Symbol(name, real=True) for name in self.names)

    def on_line(self, point: Sequence[Rational], direction: Sequence[int]) -> str:
        """The function on the line point + x·direction, as text in x."""
        at = {n: f"({p} + {d}*x)" for n, p, d in zip(self.names, point, direction, strict=True)}
        tree = _Substitution(at).visit(ast.parse(self.text.strip().replace("^", "**"), mode="eval"))
        return ast.unparse(tree)


def read_function(text: str, variables: str | Sequence[str]) -> SeveralVariables:
    """Read an expression in declared variables.

    Args:
        text: for example "x**2 + y**4 - x*y".
        variables: their names, as "x,y" or a list; at most 8.

    Raises:
        InputError: a name that is not declared, a function that is not known or not defined everywhere; with the place and what to write.

    >>> read_function("x^2 + 0*y", "x,y").expr
    x**2
    """
    names = declared(variables)
    reader = _Reader(text, names)
    tree = reader.tree()
    reader.check_names(tree)
    if len(names) == 1:  # the reader of activations knows every domain in one variable
        parse(text, names[0])
    if any(isinstance(n, (ast.Compare, ast.BoolOp)) or (isinstance(n, ast.Name) and n.id in _KINKED) for n in ast.walk(tree)):
        return SeveralVariables(text, names, None)
    expr = reader.value(tree)
    return SeveralVariables(text, names, None if reader.touches else expr)


def declared(variables: str | Sequence[str]) -> tuple[str, ...]:
    """The names of the variables.

    Raises:
        InputError: no name, one twice, one that is no plain name, or one that is taken.

    >>> declared("x, y")
    ('x', 'y')
    """
    names = tuple(part.strip() for part in (variables.split(",") if isinstance(variables, str) else variables))
    for name in names:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,30}", name) or keyword.iskeyword(name):
            raise InputError(f"the variable {name[:40]!r} is not a name; write names separated by commas, for example x,y")
        if name in FUNCTIONS or name in CONSTANTS:
            raise InputError(f"the variable {name!r} has the name of a function or constant; write another name")
        if names.count(name) > 1:
            raise InputError(f"the variable {name} is declared twice; write it once")
    if len(names) > MAX_VARIABLES:
        raise InputError(f"{len(names)} variables are declared; theorycheck takes at most {MAX_VARIABLES}")
    return names


class _Substitution(ast.NodeTransformer):
    def __init__(self, at: dict[str, str]):
        self.at = at

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self.at[node.id], mode="eval").body if node.id in self.at else node


class _Reader(Reading):
    def __init__(self, text: str, names: tuple[str, ...]):
        super().__init__(text, names[0], {})
        self.names = names
        self.symbols = {name: Symbol(name, real=True) for name in names}
        self.touches = False  # a root whose argument may be 0 is defined, but has a kink there

    def check_names(self, tree: ast.expr) -> None:
        called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Name)):
            if node in called:
                if node.id not in FUNCTIONS:
                    raise self.unknown_function(node, node.id)
            elif node.id in FUNCTIONS:
                raise self.fail(f"{node.id} is a function; write {node.id}({self.names[0]})", node)
            elif node.id not in self.names and node.id not in CONSTANTS:
                raise self.unknown(node)

    def unknown(self, node: ast.Name) -> InputError:
        listed = ",".join((*self.names, node.id))
        near = difflib.get_close_matches(node.id, FUNCTIONS, 1)
        hint = f"did you mean {near[0]}(...)?" if near else f"declare it with --variables {listed}"
        return self.fail(f"{node.id!r} is not declared; {hint}", node)

    def value(self, node: ast.expr, depth: int = 0) -> Expr:
        if depth > 4 * MAX_DEPTH:
            raise self.fail("the expression is nested too deep; write a flatter one", node)
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.Name):
            return self.symbols[node.id] if node.id in self.symbols else CONSTANTS[node.id]  # others are refused by now
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = self.value(node.operand, depth + 1)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self.binary(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        raise self.fail(f"{type(node).__name__} is not part of the language; write numbers, variables, + - * / ** and functions", node)

    def binary(self, node: ast.BinOp, depth: int) -> Expr:
        left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return self.bounded(left * right, node)
        if isinstance(node.op, ast.Div):
            self.nonzero(right, node)
            return left / right
        if isinstance(node.op, ast.Pow):
            return self.power(node, left, right)
        raise self.fail("this operator is not part of the language; write + - * / or **", node)

    def power(self, node: ast.BinOp, base: Expr, q: Expr) -> Expr:
        if not isinstance(q, Rational):
            self.positive(base, node, "this power")
            return sympy.exp(q * sympy.log(base))
        if abs(q) > MAX_POWER or q.q > MAX_POWER:
            raise self.fail(f"the exponent {str(q)[:30]} is too large; write one between -{MAX_POWER} and {MAX_POWER}", node.right)
        if not q.is_Integer:
            self.positive(base, node, "a root", root=q > 0)
        elif q < 0:
            self.nonzero(base, node)
        return self.bounded(base**q, node)

    def call(self, node: ast.Call, depth: int) -> Expr:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.fail("only plain function names can be called; write something like tanh(x)", node)
        name = node.func.id
        if len(node.args) != 1:
            raise self.fail(f"{name} takes one argument, not {len(node.args)}; write {name}({self.names[0]})", node)
        u = self.value(node.args[0], depth + 1)
        if name in ENTIRE:
            return ENTIRE[name](u)
        u = 1 + u if name == "log1p" else u
        self.positive(u, node, name, root=name == "sqrt")
        return sympy.sqrt(u) if name == "sqrt" else sympy.log(u)

    def bounded(self, value: Expr, node: ast.AST) -> Expr:
        """Refuse polynomials whose expansion has too many terms."""
        terms = value.free_symbols
        if value.is_polynomial(*terms) and terms:
            degree = degree_bound(value)
            if comb(degree + len(terms), len(terms)) > MAX_MONOMIALS:
                raise self.fail(f"a polynomial of degree {degree} in {len(terms)} variables arises here; write a lower power", node)
        return value

    def nonzero(self, u: Expr, node: ast.AST) -> None:
        if len(self.names) > 1 and not self.signed(u):
            point = self.zero_of(u)
            if point is None:
                message = f"cannot show that the denominator {str(u)[:60]} never vanishes; write it as a positive constant plus squares"
                raise self.fail(message, node)
            raise self.fail(f"the denominator vanishes at {point}; write one that is never 0, for example 1 + {self.names[0]}**2", node)

    def positive(self, u: Expr, node: ast.AST, what: str, root: bool = False) -> None:
        if self.signed(u, positive=True):
            return
        self.touches |= root
        if len(self.names) == 1 or (root and bool(range_over_space(u)[0] >= 0)):
            return  # in one variable the reader of activations has seen the domain
        for values in product((0, 1, -1, 2, -2), repeat=len(self.names)):
            value = u.subs(dict(zip(self.symbols.values(), values, strict=True)))
            if value.is_negative or (value.is_zero and not root):
                raise self.fail(f"the argument of {what} is {value} at {self.at(values)}; write one that is positive everywhere", node)
        raise self.fail(f"cannot show that the argument of {what} is positive; write it as a positive constant plus squares", node)

    def signed(self, u: Expr, positive: bool = False) -> bool:
        low, high = range_over_space(u)
        return bool(low > 0) or (not positive and bool(high < 0))

    def zero_of(self, u: Expr) -> str | None:
        """A point where an expression vanishes: on a small grid, or between two neighbours of different sign along an axis."""
        symbols = tuple(self.symbols.values())
        grid = list(product((0, 1, -1, 2, -2), repeat=len(symbols)))
        for values in grid:
            if u.subs(dict(zip(symbols, values, strict=True))) == 0:
                return self.at(values)
        for values, s in product(grid, symbols):
            line = u.subs({t: v for t, v in zip(symbols, values, strict=True) if t != s})
            if line.is_polynomial(s) and line.has(s) and (roots := sympy.Poly(line, s).real_roots() if line.is_rational_function() else []):
                return self.at(tuple(roots[0] if t == s else v for t, v in zip(symbols, values, strict=True)))
        return None

    def at(self, values: Sequence[object]) -> str:
        return f"({', '.join(self.names)}) = ({', '.join(map(str, values))})"
