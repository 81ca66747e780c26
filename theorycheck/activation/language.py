"""The words of the language of expressions: functions, constants, and the numbers, which are exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Expr, Rational

from theorycheck.activation.functions import Phi, sigmoid, softplus
from theorycheck.errors import InputError

MAX_DIGITS = 60

#: Analytic on the whole line.
ENTIRE: dict[str, Callable[[Expr], Expr]] = {
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
FUNCTIONS = (*ENTIRE, "abs", "sign", "max", "min", "relu", "step", "log", "log1p", "sqrt", "asin", "acos", "where", "Piecewise")
#: What people write instead, and what theorycheck calls it.
ALIASES = {"arctan": "atan", "arcsin": "asin", "arccos": "acos", "arcsinh": "asinh", "logistic": "sigmoid", "ln": "log", "pow": "a**b",
            "heaviside": "step", "Heaviside": "step", "Abs": "abs", "Max": "max", "Min": "min", "phi": "Phi", "fabs": "abs"}  # fmt: skip
CONSTANTS = {"pi": sympy.pi, "e": sympy.E}


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
