"""The arithmetic of NumPy arrays and of mpmath numbers."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import Any

from theorycheck.activation.tape import OPERATORS, Arithmetic


@lru_cache(maxsize=1)
def numpy_arithmetic() -> Arithmetic:
    """float64 arrays. Every function is stable over the whole line: no overflow where the result is finite, no cancellation."""
    import numpy as np
    from scipy import special

    def constant(number: Any) -> float:
        return float(number)

    def power(a: Any, q: Any) -> Any:
        return a ** int(q) if q.is_integer else a ** float(q)

    def sech(a: Any) -> Any:
        decay = np.exp(-np.abs(a))
        return 2 * decay / (1 + decay * decay)

    def normal_cdf(a: Any) -> Any:
        # exp(−a²/2) by a square that is exact in float64: a relative error of a²·ulp would be lost otherwise
        left = np.clip(a, -40.0, -1.0)
        near = np.round(left * 16) / 16
        below = special.erfcx(-left * sqrt(0.5)) / 2 * np.exp(-near * near / 2) * np.exp(-(left - near) * (left + near) / 2)
        return np.where(np.less(a, -1.0), below, special.ndtr(a))

    return {
        "number": constant,
        "atom": constant,
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "neg": np.negative,
        "power": power,
        "sqrt": np.sqrt,
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "sin": np.sin,
        "cos": np.cos,
        "sinh": np.sinh,
        "cosh": np.cosh,
        "tanh": np.tanh,
        "sech": sech,
        "asinh": np.arcsinh,
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan": np.arctan,
        "erf": special.erf,
        "Phi": normal_cdf,
        "sigmoid": special.expit,
        "softplus": lambda a: np.logaddexp(0.0, a),
    }


@lru_cache(maxsize=1)
def mpmath_arithmetic() -> Arithmetic:
    """mpmath numbers at mpmath's working precision: the second engine, independent of the balls."""
    import mpmath

    def number(q: Any) -> Any:
        return mpmath.mpf(int(q.p)) / int(q.q)

    def atom(constant: Any) -> Any:
        return mpmath.mpmathify(constant.evalf(mpmath.mp.dps + 5))

    def power(a: Any, q: Any) -> Any:
        return a ** int(q) if q.is_integer else mpmath.power(a, number(q))

    return {
        "number": number,
        "atom": atom,
        **OPERATORS,
        "power": power,
        "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
        "softplus": lambda a: mpmath.log1p(mpmath.exp(a)) if a < 0 else a + mpmath.log1p(mpmath.exp(-a)),
        "Phi": lambda a: mpmath.erfc(-a / mpmath.sqrt(2)) / 2,
        **{name: getattr(mpmath, name) for name in "sqrt exp expm1 log sin cos sinh cosh tanh sech asinh asin acos atan erf".split()},
    }
