"""Expressions as nested lists: a small form of our own, written to JSON and read back by a whitelist.

`["add", ["symbol", "x", {"real": true}], ["rational", 3, 2]]`. The reader bounds sizes, so that nothing read can hang it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Symbol

from theorycheck.errors import InputError

#: The largest integer in bits, the deepest nesting and the most nodes of a form; the largest argument of a factorial.
LARGEST_BITS, DEEPEST, MOST_NODES, LARGEST_FACTORIAL = 12_000, 150, 50_000, 2000
_ASSUMPTIONS = frozenset("real positive negative nonnegative nonpositive nonzero integer even odd zero finite rational commutative".split())
_FUNCTIONS = (
    "exp log sin cos tan cot sec csc sinh cosh tanh sech csch coth asin acos atan acot atan2 asinh acosh atanh erf erfc erfi gamma "
    "loggamma lowergamma uppergamma digamma beta zeta factorial factorial2 binomial RisingFactorial FallingFactorial Abs sign Max "
    "Min hermite legendre re im conjugate floor ceiling KroneckerDelta"
).split()
_CONSTANTS = {
    "pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo, "-oo": -sympy.oo, "eulergamma": sympy.EulerGamma,
}  # fmt: skip
_FACTORIALS = "gamma loggamma factorial factorial2 binomial RisingFactorial FallingFactorial hermite legendre zeta digamma".split()


@lru_cache(maxsize=1)
def _whitelist() -> dict[str, Any]:
    return {name: getattr(sympy, name) for name in _FUNCTIONS}


@lru_cache(maxsize=1)
def _names() -> dict[Any, str]:
    return {function: name for name, function in _whitelist().items()}


def to_form(expr: Any) -> list[Any]:
    """An expression as nested lists of strings, integers and booleans.

    Raises:
        InputError: a part of the expression is not in the whitelist; the message names it.

    >>> t = Symbol("t", positive=True)
    >>> to_form(sympy.exp(t) / 2)
    ['mul', ['rational', 1, 2], ['exp', ['symbol', 't', {'positive': True}]]]
    >>> from_form(to_form(sympy.exp(t) / 2))
    exp(t)/2
    """
    return _written(sympy.sympify(expr, strict=True), {})


def _written(e: Expr, symbols: dict[Any, list[Any]]) -> list[Any]:
    if isinstance(e, sympy.Integer):
        return ["int", _bounded(int(e))]
    if isinstance(e, sympy.Rational):
        return ["rational", _bounded(int(e.p)), _bounded(int(e.q))]
    if isinstance(e, sympy.Float):
        raise InputError(f"{e} is a decimal of limited precision; write an exact number, for example Rational(1, 100)")
    if isinstance(e, Symbol):
        if e not in symbols:
            symbols[e] = _symbol(e, symbols)
        return symbols[e]
    if isinstance(e, (sympy.Add, sympy.Mul)):
        return ["add" if isinstance(e, sympy.Add) else "mul", *(_written(a, symbols) for a in e.args)]
    if isinstance(e, sympy.Pow):
        return ["pow", _written(e.base, symbols), _written(e.exp, symbols)]
    if hasattr(e, "in_sympy"):  # a function of our own, by functions that SymPy knows
        return _written(e.in_sympy(), symbols)
    for name, constant in _CONSTANTS.items():
        if e is constant:
            return [name]
    if isinstance(e, (sympy.Sum, sympy.Product)):
        limits = [[_written(part, symbols) for part in limit] for limit in e.limits]
        return ["sum" if isinstance(e, sympy.Sum) else "product", _written(e.function, symbols), *limits]
    if e.func in _names():
        return [_names()[e.func], *(_written(a, symbols) for a in e.args)]
    raise InputError(f"{e} has no place in a certificate ({type(e).__name__}); write it by functions such as {', '.join(_FUNCTIONS[:8])}")


def _symbol(e: Symbol, symbols: dict[Any, list[Any]]) -> list[Any]:
    if isinstance(e, sympy.Dummy):
        raise InputError(f"{e} is a Dummy, which has no name of its own; write Symbol({e.name!r}, real=True)")
    given = dict(e._assumptions_orig)
    unknown = set(given) - _ASSUMPTIONS
    if unknown:
        raise InputError(f"the symbol {e} assumes {', '.join(sorted(unknown))}; write only {', '.join(sorted(_ASSUMPTIONS))}")
    return ["symbol", e.name, given]


def _bounded(n: int) -> int:
    if n.bit_length() > LARGEST_BITS:
        raise InputError(f"an integer of {n.bit_length()} bits is too long for a certificate; {LARGEST_BITS} are allowed")
    return n


def from_form(form: Any) -> Expr:
    """The expression that a form stands for.

    Raises:
        InputError: the form is not one that `to_form` writes, or is too large.

    >>> from_form(["add", ["int", 1], ["sqrt", ["int", 2]]])
    Traceback (most recent call last):
    ...
    theorycheck.errors.InputError: 'sqrt' is not a form
    """
    return _read(form, 0, [MOST_NODES])


def _read(form: Any, depth: int, left: list[int]) -> Expr:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise InputError(f"a form has more than {MOST_NODES} parts or is nested deeper than {DEEPEST}")
    if not isinstance(form, list) or not form or not isinstance(form[0], str):
        raise InputError(f"{str(form)[:40]!r} is not a form")
    head, parts = form[0], form[1:]
    if head in ("int", "rational"):
        if len(parts) != (1 if head == "int" else 2) or any(type(p) is not int for p in parts) or (head == "rational" and parts[1] < 1):
            raise InputError(f"{str(form)[:40]} is not a number")
        return sympy.Rational(*(_bounded(p) for p in parts))
    if head == "symbol":
        return _read_symbol(parts)
    if head in _CONSTANTS and not parts:
        return _CONSTANTS[head]
    if head in ("sum", "product") and len(parts) >= 2:
        limits = [tuple(_read(part, depth + 1, left) for part in limit) for limit in parts[1:]]
        if any(len(limit) != 3 or not isinstance(limit[0], Symbol) for limit in limits):
            raise InputError(f"{head} lacks an index with two ends")
        return (sympy.Sum if head == "sum" else sympy.Product)(_read(parts[0], depth + 1, left), *limits)
    args = [_read(part, depth + 1, left) for part in parts]
    if head in ("add", "mul") and args:
        return (sympy.Add if head == "add" else sympy.Mul)(*args)
    if head == "pow" and len(args) == 2:
        _refuse_huge_power(*args)
        return sympy.Pow(*args)
    if head in _whitelist() and args:
        if head in _FACTORIALS and any(a.is_Rational and abs(a) > LARGEST_FACTORIAL for a in args):
            raise InputError(f"{head} of a number beyond {LARGEST_FACTORIAL} is too large for a certificate")
        try:
            return _whitelist()[head](*args)
        except (TypeError, ValueError) as error:
            raise InputError(f"{head} cannot be read: {error}") from None
    raise InputError(f"{head!r} is not a form")


def _read_symbol(parts: list[Any]) -> Symbol:
    if len(parts) != 2 or not isinstance(parts[0], str) or not isinstance(parts[1], dict) or not 0 < len(parts[0]) <= 40:
        raise InputError(f"{str(parts)[:40]} is not a symbol")
    name, given = parts
    if not set(given) <= _ASSUMPTIONS or any(type(v) is not bool for v in given.values()):
        raise InputError(f"the symbol {name} carries assumptions that are not known")
    try:
        return Symbol(name, **given)
    except ValueError as error:  # SymPy's InconsistentAssumptions
        raise InputError(f"the symbol {name} assumes what contradicts itself") from error


def _refuse_huge_power(base: Expr, power: Expr) -> None:
    if base.is_Rational and power.is_Rational and abs(power) > 1:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if base not in (0, 1, -1) and bits * abs(power) > 4 * LARGEST_BITS:
            raise InputError("a power of numbers is too large for a certificate")
