"""One expression, many arithmetics: a tape of operations that floats, mpmath, balls and tail expansions all replay.

Structural recursion is done once, here; an arithmetic is a table of functions, one an operation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational, exp

from theorycheck.activation.functions import OWN, x
from theorycheck.errors import InputError

#: Functions of one argument, by the name of their SymPy class.
UNARY = frozenset("exp log sin cos sinh cosh tanh sech asinh asin acos atan erf Phi sigmoid softplus expm1 sqrt neg".split())

Arithmetic = dict[str, Callable[..., Any]]

#: The part of an arithmetic that numbers with Python's operators share.
OPERATORS: Arithmetic = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "neg": operator.neg}


@dataclass(frozen=True)
class Tape:
    """A straight-line program; instruction i writes register i.

    Args:
        code: (operation, operands): register numbers, or literal values for "number", "atom" and the exponent of a power.
        expr: the expression that the last register holds.
    """

    code: tuple[tuple[str, tuple[Any, ...]], ...]
    expr: Expr

    def run(self, arithmetic: Arithmetic, argument: Any) -> Any:
        """Replay on one argument; the arithmetic has a function for every operation used."""
        registers: list[Any] = []
        for op, operands in self.code:
            if op == "x":
                registers.append(argument)
            elif op == "number" or op == "atom":
                registers.append(arithmetic[op](operands[0]))
            elif op == "power":
                registers.append(arithmetic["power"](registers[operands[0]], operands[1]))
            elif len(operands) == 1:
                registers.append(arithmetic[op](registers[operands[0]]))
            else:
                registers.append(arithmetic[op](registers[operands[0]], registers[operands[1]]))
        return registers[-1]


@lru_cache(maxsize=4096)
def tape_of(expr: Expr) -> Tape:
    """The tape of an expression in `x`, common subexpressions computed once.

    >>> [op for op, _ in tape_of(x**2 + sympy.exp(x**2)).code]
    ['x', 'power', 'exp', 'add']
    """
    code: list[tuple[str, tuple[Any, ...]]] = []
    places: dict[tuple[str, tuple[Any, ...]], int] = {}
    done: dict[Expr, int] = {}

    def emit(op: str, *operands: Any) -> int:
        key = (op, operands)
        if key not in places:
            places[key] = len(code)
            code.append(key)
        return places[key]

    def total(numbers: list[int], op: str) -> int:
        result = numbers[0]
        for n in numbers[1:]:
            result = emit(op, result, n)
        return result

    def visit(e: Expr) -> int:
        if e not in done:
            done[e] = build(e)
        return done[e]

    def build(e: Expr) -> int:
        if e == x:
            return emit("x")
        if isinstance(e, Rational):
            return emit("number", e)
        if isinstance(e, Add):
            if len(e.args) == 2 and e.args[0] == -1 and isinstance(e.args[1], exp):
                return emit("expm1", visit(e.args[1].args[0]))
            plus = [a for a in e.args if not a.could_extract_minus_sign()]
            minus = [-a for a in e.args if a.could_extract_minus_sign()]
            if not plus:
                return emit("neg", total([visit(a) for a in minus], "add"))
            head = total([visit(a) for a in plus], "add")
            return total([head, *[visit(a) for a in minus]], "sub")
        if isinstance(e, Mul):
            if e.args[0] == -1:
                return emit("neg", visit(Mul(*e.args[1:])))
            above = [a for a in e.args if not (isinstance(a, Pow) and a.exp.is_negative)]
            below = [1 / a for a in e.args if isinstance(a, Pow) and a.exp.is_negative]
            head = total([visit(a) for a in above], "mul") if above else emit("number", Integer(1))
            return total([head, *[visit(a) for a in below]], "div")
        if isinstance(e, Pow):
            if e.exp == sympy.S.Half:
                return emit("sqrt", visit(e.base))
            if e.exp.is_negative:
                return emit("div", emit("number", Integer(1)), visit(1 / e))
            if isinstance(e.exp, Rational):
                return emit("power", visit(e.base), e.exp)
            return emit("exp", emit("mul", visit(e.exp), emit("log", visit(e.base))))  # SymPy would fold exp(c log u) back
        name = type(e).__name__
        if name in UNARY and (e.args[0].has(x) or isinstance(e, OWN) or name in UNARY):
            return emit(name, visit(e.args[0]))
        if not e.args or e.is_number:
            return emit("atom", e)
        raise InputError(f"theorycheck cannot evaluate {e}; write it by the functions that the parser knows")

    visit(expr)
    return Tape(tuple(code), expr)
