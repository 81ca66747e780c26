"""Arithmetic of expectations: a text such as "1/sqrt(E[tanh(x)^2])" as a certified number."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from theorycheck.errors import DoesNotExist, InputError

if TYPE_CHECKING:
    from theorycheck.enclosure import Enclosure

_EXPECTATION = re.compile(r"E\[([^\[\]]*)\]")
_LONGEST = 2000
#: How many expectations one text may hold.
_MOST = 20
_LARGEST_POWER = 64


def expectation_arithmetic(text: str, digits: int) -> Enclosure:
    """The value of arithmetic in expectations E[...], with z ~ N(0, 1) written x inside the brackets.

    Args:
        text: for example "E[x*tanh(x)]" or "1/sqrt(E[gelu(x)^2])"; outside the brackets + - * / ^ (whole powers), sqrt, exp, log, pi.
        digits: certified digits asked of each expectation.

    Returns:
        The value, exact where every expectation is.

    Raises:
        InputError: the text cannot be read.
        DoesNotExist: an expectation diverges, or the arithmetic divides by zero.

    >>> round(float(expectation_arithmetic("1/sqrt(E[max(x, 0)^2])", 20)), 12)
    1.414213562373
    """
    import sympy
    from flint import arb, ctx

    from theorycheck.enclosure import Enclosure, bits_for
    from theorycheck.gaussian.expectation import expectation

    outer, bodies = expectations_in(text)
    found = {f"E{i}": expectation(body, digits) for i, body in enumerate(bodies)}

    def ball_of(name: str, argument: arb) -> arb:
        return getattr(argument, name)()

    def term_of(name: str, argument: Any) -> Any:
        return getattr(sympy, name)(argument)

    with ctx.workprec(bits_for(digits, guard=60)):
        value = _evaluate(outer, {name: e.ball for name, e in found.items()}, arb, arb.pi(), ball_of)
    if not value.is_finite():
        raise DoesNotExist(f"{text}: the arithmetic divides by zero or leaves the domain of a function")

    def exact() -> Any:
        known = {name: e.exact for name, e in found.items()}
        if None in known.values():
            return None
        term = _evaluate(outer, known, sympy.Rational, sympy.pi, term_of)
        return term if term.is_finite and term.is_real else None

    return Enclosure(value, exact, digits)


def expectations_in(text: str) -> tuple[Any, list[str]]:
    """The syntax tree of the arithmetic, with E0, E1, ... for the expectations, and what stands in their brackets.

    Raises:
        InputError: the text cannot be read.

    >>> expectations_in("E[x^2] - E[x]^2")[1]
    ['x^2', 'x']
    """
    bodies: list[str] = []

    def name(found: re.Match[str]) -> str:
        bodies.append(found[1])
        return f"(E{len(bodies) - 1})"

    if len(text) > _LONGEST:
        raise InputError(f"of = {text[:40]!r}… has more than {_LONGEST} characters; write a shorter expression")
    plain = _EXPECTATION.sub(name, text).replace("^", "**")
    if not bodies:
        raise InputError(f"of = {text!r} has no expectation; write for example E[x*tanh(x)]")
    if len(bodies) > _MOST:
        raise InputError(f"of = {text[:40]!r}… has {len(bodies)} expectations; write at most {_MOST}")
    try:
        tree = ast.parse(plain.strip(), mode="eval")
        tree.source = plain.strip()  # type: ignore[attr-defined]  # decimals are read from their text, not from a float
        _check(tree, tree.body, text, len(bodies))
    except (SyntaxError, RecursionError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"of = {text!r} cannot be read; write arithmetic of E[...], for example 1/sqrt(E[tanh(x)^2])") from None
    return tree, bodies


def _check(tree: Any, node: Any, text: str, count: int) -> None:
    """Refuse whatever `_evaluate` does not know, before anything is computed."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)):
        if isinstance(node.op, ast.Pow):
            power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
            if not (isinstance(power, ast.Constant) and type(power.value) is int and power.value <= _LARGEST_POWER):
                raise InputError(f"of = {text!r}: outside E[...] a power is a whole number up to {_LARGEST_POWER}; write sqrt for a root")
        children = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        children = [node.operand]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("sqrt", "exp", "log") and len(node.args) == 1:
        children = node.args
    elif _is_leaf(node, count):
        children = []
    else:
        where = ast.get_source_segment(tree.source, node) or "this"
        raise InputError(f"of = {text!r}: {where!r} is not known outside E[...]; write numbers, pi, + - * / ^, sqrt, exp, log")
    for child in children:
        _check(tree, child, text, count)


def _is_leaf(node: Any, count: int) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    return isinstance(node, ast.Name) and (node.id == "pi" or node.id in {f"E{i}" for i in range(count)})


def _evaluate(tree: Any, values: dict[str, Any], number: Any, pi: Any, function: Callable[[str, Any], Any]) -> Any:
    """The value of the arithmetic: with balls, or with exact terms."""

    def inner(node: Any) -> Any:
        if isinstance(node, ast.BinOp):
            left = inner(node.left)
            if isinstance(node.op, ast.Pow):
                return left ** int(ast.literal_eval(node.right))
            right = inner(node.right)
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
            return left * right if isinstance(node.op, ast.Mult) else left / right
        if isinstance(node, ast.UnaryOp):
            value = inner(node.operand)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.Call):
            return function(node.func.id, inner(node.args[0]))  # type: ignore[attr-defined]  # a name by `_check`
        if isinstance(node, ast.Constant):
            return number(ast.get_source_segment(tree.source, node).replace("_", ""))  # type: ignore[union-attr]
        return pi if node.id == "pi" else values[node.id]

    return inner(tree.body)
