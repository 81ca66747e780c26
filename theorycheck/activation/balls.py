"""The arithmetic of real and complex balls (FLINT/Arb).

Real functions that are monotone are evaluated at the ends of a wide ball, so that ranges are sharp. Complex functions with
branch cuts return an infinite ball wherever the cut is met: a finite complex ball is a proof that the function is analytic there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx, fmpq

from theorycheck.activation.tape import OPERATORS, Arithmetic, tape_of


def rational(q: Any) -> fmpq:
    """A SymPy or Python rational as an exact fmpq."""
    return fmpq(int(q.p), int(q.q)) if hasattr(q, "p") and hasattr(q, "q") else fmpq(int(q.numerator), int(q.denominator))


@lru_cache(maxsize=4096)
def _enclose(expr: Any, prec: int) -> arb:
    with ctx.workprec(prec):
        if expr.is_Rational:
            return arb(rational(expr))
        if hasattr(expr, "ball"):
            return expr.ball(prec)
        return tape_of(expr).run(real_arithmetic(), arb(0))


def enclose(expr: Any, prec: int | None = None) -> arb:
    """The ball of a constant SymPy expression at a precision in bits (default: FLINT's working precision).

    >>> import sympy
    >>> enclose(sympy.sqrt(2), 60).overlaps(arb(2).sqrt())
    True
    """
    return _enclose(expr, prec or ctx.prec)


def atom_ball(constant: Any) -> arb:
    """The ball of a constant that is not rational, at the working precision."""
    import sympy

    if constant is sympy.pi:
        return arb.pi()
    if constant is sympy.E:
        return arb.const_e()
    if hasattr(constant, "ball"):
        return constant.ball(ctx.prec)
    if isinstance(constant, sympy.CRootOf):
        bits = ctx.prec + 10
        close = constant.eval_rational(sympy.Rational(1, 2**bits), sympy.Rational(1, 2**bits))
        return arb(rational(close)) + arb(0, 1) * arb(2) ** (3 - bits)
    if constant in (sympy.S.NaN, sympy.S.ComplexInfinity):
        return arb.nan()
    if constant in (sympy.S.Infinity, sympy.S.NegativeInfinity):
        return arb.pos_inf() if constant is sympy.S.Infinity else arb.neg_inf()
    raise TypeError(f"no enclosure for the constant {constant}")


def hull(a: arb, b: arb) -> arb:
    """The smallest ball that contains two."""
    return a.union(b)


def _is_wide(a: arb) -> bool:
    return a.rad() > arb(2) ** (-ctx.prec // 2) * (1 + abs(a.mid()))


def increasing(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """f evaluated sharply on wide balls, for an increasing f."""

    def sharp(a: arb) -> arb:
        return hull(f(a.lower()), f(a.upper())) if _is_wide(a) and a.is_finite() else f(a)

    return sharp


def _even_unimodal(f: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """f evaluated sharply on wide balls, for an even f that is monotone in abs(u)."""

    def sharp(a: arb) -> arb:
        return hull(f(arb(a.abs_lower())), f(arb(a.abs_upper()))) if (_is_wide(a) or a.contains(0)) and a.is_finite() else f(a)

    return sharp


def whole_power(t: arb, n: int) -> arb:
    """t^n, n ≥ 0, by squaring: python-flint's own power of a ball around zero is nan.

    >>> bool(whole_power(arb(0, 1), 3).contains(-1)), bool(whole_power(arb(2), 10) == 1024)
    (True, True)
    """
    result = arb(1)
    while n:
        if n & 1:
            result = result * t
        t, n = t * t, n >> 1
    return result


def _real_power(a: arb, q: Any) -> arb:
    if not q.is_integer:
        return (increasing(lambda t: t ** rational(q)))(a.nonnegative_part() if a.contains(0) else a)
    n = int(q)
    if n % 2 == 0:
        return _even_unimodal(lambda t: whole_power(t, n))(a)
    return increasing(lambda t: whole_power(t, n))(a)


def _real_softplus(a: arb) -> arb:
    return a + (-a).exp().log1p() if a > 0 else a.exp().log1p()


def _real_phi(a: arb) -> arb:
    return (-a / arb(2).sqrt()).erfc() / 2


@lru_cache(maxsize=1)
def real_arithmetic() -> Arithmetic:
    """Real balls at FLINT's working precision."""
    return {
        "number": lambda q: arb(rational(q)),
        "atom": atom_ball,
        **OPERATORS,
        "power": _real_power,
        "sqrt": lambda a: increasing(arb.sqrt)(a.nonnegative_part() if a.contains(0) else a),
        "exp": increasing(arb.exp),
        "expm1": increasing(arb.expm1),
        "log": increasing(arb.log),
        "sin": arb.sin,
        "cos": arb.cos,
        "sinh": increasing(arb.sinh),
        "cosh": _even_unimodal(arb.cosh),
        "tanh": increasing(arb.tanh),
        "sech": _even_unimodal(arb.sech),
        "asinh": increasing(arb.asinh),
        "asin": increasing(arb.asin),
        "acos": lambda a: arb.pi() / 2 - increasing(arb.asin)(a),
        "atan": increasing(arb.atan),
        "erf": increasing(arb.erf),
        "Phi": increasing(_real_phi),
        "sigmoid": increasing(lambda a: 1 / (1 + (-a).exp())),
        "softplus": increasing(_real_softplus),
    }


def _complex_softplus(z: acb) -> acb:
    """One branch for all boxes that cover a region: z + log(1 + e^(−z)) on the right and log(1 + e^z) on the left agree only near
    the real line, so a box on the imaginary axis must lie between the branch points ±iπ."""
    if z.real > 0:
        return z + (1 + (-z).exp()).log(analytic=True)
    if z.real < 0 or abs(z.imag) < arb.pi():
        return (1 + z.exp()).log(analytic=True)
    return acb(arb.nan(), arb.nan())


def _complex_asinh(z: acb) -> acb:
    return (z + (z * z + 1).sqrt(analytic=True)).log(analytic=True)


def _complex_atan(z: acb) -> acb:
    i = acb(0, 1)
    return ((1 + i * z).log(analytic=True) - (1 - i * z).log(analytic=True)) / (2 * i)


def _complex_asin(z: acb) -> acb:
    i = acb(0, 1)
    return -i * (i * z + (1 - z * z).sqrt(analytic=True)).log(analytic=True)


def _complex_power(z: acb, q: Any) -> acb:
    return z ** int(q) if q.is_integer else z.pow(acb(arb(rational(q))), analytic=True)


@lru_cache(maxsize=1)
def complex_arithmetic() -> Arithmetic:
    """Complex balls; a finite result proves that the function is analytic on the whole ball."""
    return {
        "number": lambda q: acb(arb(rational(q))),
        "atom": lambda c: acb(atom_ball(c)),
        **OPERATORS,
        "power": _complex_power,
        "sqrt": lambda z: z.sqrt(analytic=True),
        "exp": acb.exp,
        "expm1": acb.expm1,
        "log": lambda z: z.log(analytic=True),
        "sin": acb.sin,
        "cos": acb.cos,
        "sinh": acb.sinh,
        "cosh": acb.cosh,
        "tanh": lambda z: z.tanh() if z.rad() < 0.01 else _complex_tanh(z),
        "sech": lambda z: 1 / z.cosh(),
        "asinh": _complex_asinh,
        "asin": _complex_asin,
        "acos": lambda z: acb(arb.pi() / 2) - _complex_asin(z),
        "atan": _complex_atan,
        "erf": acb.erf,
        "Phi": lambda z: (-z / arb(2).sqrt()).erfc() / 2,
        "sigmoid": lambda z: 1 / (1 + (-z).exp()) if z.real > 0 else 1 - 1 / (1 + z.exp()),
        "softplus": _complex_softplus,
    }


def _complex_tanh(z: acb) -> acb:
    """tanh on a wide ball, by the exponential that is small there."""
    decay = (-2 * z).exp() if z.real > 0 else (2 * z).exp()
    value = 1 - 2 * decay / (1 + decay)
    return value if z.real > 0 else -value
