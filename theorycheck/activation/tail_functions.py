"""Elementary functions of expansions at infinity: exp, log, sigmoids, Gaussian tails by Mills' ratio, waves by their bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flint import arb, fmpq

from theorycheck.activation.balls import atom_ball, hull, rational, real_arithmetic
from theorycheck.activation.tail_algebra import (
    LINE,
    LOG,
    ONE,
    SQUARE,
    UNIT,
    Coefficient,
    GrowsTooFast,
    Key,
    Tail,
    TailUnknown,
    added,
    constant,
    decreases,
    leading,
    monomial_at,
    multiplied,
    over,
    power,
    scaled,
    second_order,
    split,
    times,
    trimmed,
)  # fmt: skip
from theorycheck.activation.tape import Arithmetic


def _exp(t: Tail) -> Tail:
    growing, level, small = split(t)
    b, a, m = (growing.pop(k, fmpq(0)) for k in (SQUARE, LINE, LOG))
    for key, c in ((SQUARE, b), (LINE, a), (LOG, m)):
        if not isinstance(c, fmpq):
            growing[key] = c
    front = (b if isinstance(b, fmpq) else fmpq(0), a if isinstance(a, fmpq) else fmpq(0), m if isinstance(m, fmpq) else fmpq(0), fmpq(0))
    result = second_order(small, fmpq(1), fmpq(1), arb.exp)
    factor: Coefficient = fmpq(1) if isinstance(level, fmpq) and level == 0 else arb(level).exp()
    if growing:
        front, factor = times(front, _exp_bound(Tail(t.start, growing))), factor * UNIT
    return multiplied(Tail(t.start, {front: factor}), result)


def _exp_bound(t: Tail) -> Key:
    """Exponents of a monomial that bounds exp(t), for t that grows in a way of its own (x³, e^x, √2·x)."""
    key, c, small = leading(t)
    size = arb(c) * (1 + small.span(small.terms))
    if not (size > 0 or size < 0):
        raise TailUnknown("the sign of an exponent is not known")
    r = arb(t.start)
    if size > 0 and key > SQUARE:
        raise GrowsTooFast("faster than every exp(b*x**2)")
    unit = SQUARE if key > LINE and (size > 0 or key >= SQUARE) else LINE
    if size < 0 and key < LINE:
        return ONE
    quotient = over(key, unit)
    rises = size < 0  # c·M/unit must be largest in absolute value at the end where the bound is taken
    if quotient != ONE and not decreases(over(ONE, quotient) if rises else quotient, t.start):
        raise TailUnknown("an exponent is not monotone yet")
    rate = size * monomial_at(quotient, r)
    bound = fmpq(int((arb(rate.upper()) * 4096).upper().ceil().unique_fmpz()), 4096) if rate > -1000 else fmpq(-1000)
    if size < 0 and bound > 0:
        bound = fmpq(0)
    return (bound, fmpq(0), fmpq(0), fmpq(0)) if unit == SQUARE else (fmpq(0), bound, fmpq(0), fmpq(0))


def _log(t: Tail) -> Tail:
    (b, a, m, logs), c, small = leading(t)
    if logs or not arb(c) > 0:
        raise TailUnknown("the logarithm of something that is not known to be positive")
    rest = second_order(small, fmpq(0), fmpq(1), lambda reach: -1 / ((1 + reach) * (1 + reach)))
    level = fmpq(0) if isinstance(c, fmpq) and c == 1 else arb(c).log()
    return added(trimmed(t.start, {SQUARE: b, LINE: a, LOG: m, ONE: level}), rest)


def _direction(t: Tail) -> int:
    """±1 when t → ±∞, 0 when it stays bounded."""
    growing, _, _ = split(t)
    if not growing:
        return 0
    _, c, _ = leading(t)
    return 1 if arb(c) > 0 else -1


def _bounded(t: Tail, f: Callable[[arb], arb], slope: Callable[[arb], arb], curvature: Callable[[arb], arb], at_zero: Any = None) -> Tail:
    """f(t) for bounded t; at_zero = (f(0), f'(0)) when both are exact."""
    _, c, small = split(t)
    if at_zero is not None and isinstance(c, fmpq) and c == 0:
        return second_order(small, at_zero[0], at_zero[1], curvature)
    ball = arb(c)
    return second_order(small, f(ball), slope(ball), lambda reach: curvature(ball + reach))


def _sigmoid(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        s: Callable[[arb], arb] = real_arithmetic()["sigmoid"]
        return _bounded(t, s, lambda u: s(u) * s(-u), lambda u: s(u) * s(-u) * (s(-u) - s(u)), (fmpq(1, 2), fmpq(1, 4)))
    decay = _exp(scaled(t, fmpq(-way)))
    small = multiplied(decay, power(added(constant(t.start, fmpq(1)), decay), fmpq(-1)))  # sigmoid(−abs t)
    return small if way < 0 else added(constant(t.start, fmpq(1)), scaled(small, fmpq(-1)))


def _tanh(t: Tail) -> Tail:
    if _direction(t) == 0:
        return _bounded(t, arb.tanh, lambda u: u.sech() ** 2, lambda u: -2 * u.tanh() * u.sech() * u.sech(), (fmpq(0), fmpq(1)))
    return added(scaled(_sigmoid(scaled(t, fmpq(2))), fmpq(2)), constant(t.start, fmpq(-1)))


def _softplus(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        s: Callable[[arb], arb] = real_arithmetic()["sigmoid"]
        return _bounded(t, real_arithmetic()["softplus"], s, lambda u: s(u) * s(-u))
    small = _log(added(constant(t.start, fmpq(1)), _exp(scaled(t, fmpq(-way)))))
    return added(t, small) if way > 0 else small


def _sech(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.sech, lambda u: -u.sech() * u.tanh(), lambda u: u.sech() * (2 * u.tanh() * u.tanh() - 1), (fmpq(1), fmpq(0)))
    decay = _exp(scaled(t, fmpq(-way)))
    return scaled(multiplied(decay, power(added(constant(t.start, fmpq(1)), multiplied(decay, decay)), fmpq(-1))), fmpq(2))


def _mills(t: Tail, square_factor: fmpq, front: arb, theta: fmpq) -> Tail:
    """front·e^(−factor·t²)/t·(1 − θ'·theta/t²), θ' in [0, 1], for t → +∞ (Mills' ratio; Abramowitz & Stegun 7.1.13)."""
    inverse = power(t, fmpq(-1))
    size = inverse.span(inverse.terms)
    bracket = hull(arb(1) - arb(theta) * size * size, arb(1))
    return scaled(multiplied(_exp(scaled(multiplied(t, t), -square_factor)), inverse), front * bracket)


def _phi(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        f: Callable[[arb], arb] = real_arithmetic()["Phi"]
        density = lambda u: (-u * u / 2).exp() / (2 * arb.pi()).sqrt()  # noqa: E731  # a local formula used twice
        return _bounded(t, f, density, lambda u: -u * density(u), (fmpq(1, 2), density(arb(0))))
    small = _mills(scaled(t, fmpq(way)), fmpq(1, 2), 1 / (2 * arb.pi()).sqrt(), fmpq(1))
    return small if way < 0 else added(constant(t.start, fmpq(1)), scaled(small, fmpq(-1)))


def _erf(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        front = 2 / arb.pi().sqrt()
        return _bounded(t, arb.erf, lambda u: front * (-u * u).exp(), lambda u: -2 * u * front * (-u * u).exp(), (fmpq(0), front))
    small = _mills(scaled(t, fmpq(way)), fmpq(1), 1 / arb.pi().sqrt(), fmpq(1, 2))
    return scaled(added(constant(t.start, fmpq(1)), scaled(small, fmpq(-1))), fmpq(way))


def _atan(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.atan, lambda u: 1 / (1 + u * u), lambda u: -2 * u / (1 + u * u) ** 2, (fmpq(0), fmpq(1)))
    return added(constant(t.start, way * arb.pi() / 2), scaled(_atan(power(t, fmpq(-1))), fmpq(-1)))


def _asinh(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.asinh, lambda u: 1 / (1 + u * u).sqrt(), lambda u: -u / (1 + u * u) ** arb(1.5), (fmpq(0), fmpq(1)))
    up = scaled(t, fmpq(way))
    root = power(added(multiplied(t, t), constant(t.start, fmpq(1))), fmpq(1, 2))
    return scaled(_log(added(up, root)), fmpq(way))


def _oscillating(f: Callable[[arb], arb], slope: Callable[[arb], arb], at_zero: Any) -> Callable[[Tail], Tail]:
    def expansion(t: Tail) -> Tail:
        if _direction(t):
            return constant(t.start, arb(0, 1))
        return _bounded(t, f, slope, lambda u: -f(u), at_zero)

    return expansion


def _within_unit(f: Callable[[arb], arb], sign: int) -> Callable[[Tail], Tail]:
    def expansion(t: Tail) -> Tail:
        if _direction(t):
            raise TailUnknown("asin and acos of something unbounded")
        return _bounded(t, f, lambda u: sign / (1 - u * u).sqrt(), lambda u: sign * u / (1 - u * u) ** arb(1.5))

    return expansion


@lru_cache(maxsize=64)
def tail_arithmetic(start: int) -> Arithmetic:
    """The operations on expansions that hold from `start` on."""
    half, begin = fmpq(1, 2), fmpq(start)

    def cosh_or_sinh(sign: int) -> Callable[[Tail], Tail]:
        return lambda t: scaled(added(_exp(t), scaled(_exp(scaled(t, fmpq(-1))), fmpq(sign))), half)

    return {
        "number": lambda q: constant(begin, rational(q)),
        "atom": lambda c: constant(begin, atom_ball(c)),
        "add": added,
        "sub": lambda s, t: added(s, scaled(t, fmpq(-1))),
        "mul": multiplied,
        "div": lambda s, t: multiplied(s, power(t, fmpq(-1))),
        "neg": lambda t: scaled(t, fmpq(-1)),
        "power": lambda t, q: power(t, rational(q)),
        "sqrt": lambda t: power(t, half),
        "exp": _exp,
        "expm1": lambda t: added(_exp(t), constant(begin, fmpq(-1))),
        "log": _log,
        "sin": _oscillating(arb.sin, arb.cos, (fmpq(0), fmpq(1))),
        "cos": _oscillating(arb.cos, lambda u: -u.sin(), (fmpq(1), fmpq(0))),
        "sinh": cosh_or_sinh(-1),
        "cosh": cosh_or_sinh(1),
        "tanh": _tanh,
        "sech": _sech,
        "asinh": _asinh,
        "asin": _within_unit(arb.asin, 1),
        "acos": _within_unit(arb.acos, -1),
        "atan": _atan,
        "erf": _erf,
        "Phi": _phi,
        "sigmoid": _sigmoid,
        "softplus": _softplus,
    }
