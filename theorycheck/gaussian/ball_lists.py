"""The arithmetic of lists of narrow real balls: one instruction of a tape acts on all nodes of a rule at once.

The general real arithmetic evaluates monotone functions at both ends of a ball, which pays on wide balls only; nodes are narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add, mul, neg, sub, truediv
from typing import Any

from flint import arb

from theorycheck.activation.balls import rational, real_arithmetic, whole_power
from theorycheck.activation.tape import Arithmetic, tape_of

Balls = list[arb]


def _each(function: Callable[[arb], arb]) -> Callable[[Balls], Balls]:
    return lambda a: list(map(function, a))


def _both(function: Callable[[arb, arb], arb]) -> Callable[[Balls, Balls], Balls]:
    return lambda a, b: list(map(function, a, b))


def _power(a: Balls, q: Any) -> Balls:
    if not q.is_integer:
        return [t ** rational(q) for t in a]
    if q == 2:
        return [t * t for t in a]
    n = int(q)
    return [whole_power(t, n) for t in a]


def _softplus(a: arb) -> arb:
    return a + (-a).exp().log1p() if a > 0 else a.exp().log1p()


def _atan_complement(a: arb) -> arb:
    return arb.pi() / 2 - a.asin()


_UNARY: dict[str, Callable[[arb], arb]] = {
    **{name: getattr(arb, name) for name in "sqrt exp expm1 log sin cos sinh cosh tanh sech asinh asin atan erf".split()},
    "neg": neg,
    "acos": _atan_complement,
    "sigmoid": lambda a: 1 / (1 + (-a).exp()),
    "softplus": _softplus,
}


def list_arithmetic(length: int) -> Arithmetic:
    """Lists of `length` narrow balls at FLINT's working precision."""
    half_root = -arb(0.5).sqrt()
    atom = real_arithmetic()["atom"]
    return {
        "number": lambda q: [arb(rational(q))] * length,
        "atom": lambda c: [atom(c)] * length,
        "add": _both(add),
        "sub": _both(sub),
        "mul": _both(mul),
        "div": _both(truediv),
        "power": _power,
        "Phi": lambda a: [(t * half_root).erfc() / 2 for t in a],
        **{name: _each(function) for name, function in _UNARY.items()},
    }


def evaluate(expr: Any, nodes: Sequence[arb]) -> Balls:
    """The values of an expression in `x` at a list of balls.

    >>> from theorycheck.activation.functions import x
    >>> [str(v) for v in evaluate(x**2 + 1, [arb(2), arb(3)])]
    ['5.00000000000000', '10.0000000000000']
    """
    return tape_of(expr).run(list_arithmetic(len(nodes)), list(nodes))
