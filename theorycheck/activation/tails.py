"""Expansions at infinity with rigorous coefficients: what a function does on a whole half-line.

On x ≥ R a function is a finite sum of c(x)·e^(b x² + a x)·x^m·(log x)^l, each c(x) known to lie in a ball for *every* x ≥ R.
One device answers four questions: the growth that a Gaussian tail bound needs, limits at infinity, signs on a half-line, and
the large-scale end of a covering. Exact coefficients are kept as rationals, so that leading terms cancel exactly
(√(x²+1) − x, tanh x − 1). Expansions are of second order around the leading term; Lagrange's remainder goes into the ball.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Any

import sympy
from flint import arb, ctx, fmpq

from theorycheck.activation.balls import atom_ball, hull, rational, real_arithmetic
from theorycheck.activation.functions import x
from theorycheck.activation.tape import Arithmetic, tape_of
from theorycheck.errors import TheorycheckError, Undecided

Key = tuple[fmpq, fmpq, fmpq, fmpq]
Coefficient = Any  # fmpq when exact, arb otherwise

ONE: Key = (fmpq(0), fmpq(0), fmpq(0), fmpq(0))
SQUARE: Key = (fmpq(0), fmpq(0), fmpq(2), fmpq(0))
LINE: Key = (fmpq(0), fmpq(0), fmpq(1), fmpq(0))
LOG: Key = (fmpq(0), fmpq(0), fmpq(0), fmpq(1))
UNIT = hull(arb(0), arb(1))
MAX_TERMS = 24


class TailUnknown(Undecided):
    """The expansion could not be formed from this start on; a larger start may do."""


class GrowsTooFast(TheorycheckError):
    """The function grows faster than every e^(b x²)."""


def _times(k: Key, j: Key) -> Key:
    return (k[0] + j[0], k[1] + j[1], k[2] + j[2], k[3] + j[3])


def _over(k: Key, j: Key) -> Key:
    return (k[0] - j[0], k[1] - j[1], k[2] - j[2], k[3] - j[3])


def monomial_at(key: Key, at: arb) -> arb:
    """e^(b x² + a x)·x^m·(log x)^l at a point."""
    b, a, m, power = key
    value = (arb(b) * at * at + arb(a) * at).exp() if b or a else arb(1)
    if m:
        value = value * at ** arb(m)
    return value * at.log() ** arb(power) if power else value


def _decreases(key: Key, start: fmpq) -> bool:
    """Whether x·(log of the monomial)' ≤ m + l/log R + a x + 2b x² stays ≤ 0 on [R, ∞)."""
    b, a, m, power = key
    r = arb(start)
    slope = arb(m) + (arb(power) / r.log() if power > 0 else arb(0))
    return bool(b <= 0 and slope + arb(a) * r + 2 * arb(b) * r * r <= 0 and arb(a) + 4 * arb(b) * r <= 0)


@dataclass(frozen=True)
class Tail:
    """An expansion valid for every x ≥ start; |f(side·x)| ≤ Σ abs(c)·monomial.

    Args:
        start: where it begins, at least 2.
        terms: coefficient (exact fmpq, or a ball) by exponents (b, a, m, l).

    >>> t = tail(sympy.sqrt(x**2 + 1) - x, +1, 8)
    >>> t.sign(), t.limit()
    (1, 0)
    """

    start: fmpq
    terms: dict[Key, Coefficient]

    def ordered(self) -> list[Key]:
        """The keys, the dominant first."""
        return sorted(self.terms, reverse=True)

    def _ratio(self, lead: Key) -> dict[Key, Coefficient]:
        c = self.terms[lead]
        return {_over(k, lead): v / c for k, v in self.terms.items() if k != lead}

    def _range(self, terms: dict[Key, Coefficient]) -> arb:
        """A ball that holds the sum of terms none of which grows, over [start, ∞)."""
        total = arb(0)
        for key, c in terms.items():
            if key == ONE:
                total += arb(c)
                continue
            if key > ONE or not _decreases(key, self.start):
                raise TailUnknown(f"no bound for a term of the expansion from x = {self.start} on")
            total += arb(c) * hull(arb(0), monomial_at(key, arb(self.start)))
        return total

    def sign(self) -> int | None:
        """The sign of the function on the whole half-line: 1, −1, 0 (identically zero) or None."""
        if not self.terms:
            return 0
        lead = self.ordered()[0]
        c = arb(self.terms[lead])
        if c.contains(0):
            return self._sign_of_bounds()
        try:
            bracket = 1 + self._range(self._ratio(lead))
        except TailUnknown:
            return None
        whole = c * bracket
        return 1 if whole > 0 else -1 if whole < 0 else None

    def _sign_of_bounds(self) -> int | None:
        try:
            values = self._range(self.terms)
        except TailUnknown:
            return None
        return 1 if values > 0 else -1 if values < 0 else None

    def limit(self) -> Coefficient | None:
        """The limit at infinity: an exact fmpq, a ball, ±infinity as a ball, or None when unknown."""
        lead = self.ordered()[0] if self.terms else ONE
        if not self.terms or lead < ONE:
            return fmpq(0)
        c = self.terms[lead]
        if lead == ONE:
            return c if isinstance(c, fmpq) or c.rad() < 1e-20 else None
        if arb(c) > 0:
            return arb.pos_inf()
        return arb.neg_inf() if arb(c) < 0 else None

    def bounds(self) -> tuple[arb, arb]:
        """Lower and upper bound of the function over [start, ∞), possibly infinite."""
        if not self.terms or self.ordered()[0] <= ONE:
            values = self._range(self.terms)
            return arb(values.lower()), arb(values.upper())
        lead = self.ordered()[0]
        sign = self.sign()
        if sign is None or not _decreases(_over(ONE, lead), self.start):
            return arb.neg_inf(), arb.pos_inf()
        edge = arb(self.terms[lead]) * (1 + self._range(self._ratio(lead))) * monomial_at(lead, arb(self.start))
        return (arb(edge.lower()), arb.pos_inf()) if sign > 0 else (arb.neg_inf(), arb(edge.upper()))


@lru_cache(maxsize=2048)
def tail(expr: sympy.Expr, side: int, start: int) -> Tail:
    """The expansion of f(side·x) for x ≥ start.

    Args:
        expr: an analytic expression in `x`.
        side: +1 or −1.
        start: an integer ≥ 2.

    Raises:
        TailUnknown: no expansion from this start on.
        GrowsTooFast: f grows faster than every e^(b x²).
    """
    with ctx.workprec(128):
        result = tape_of(expr).run(_tail_arithmetic(fmpq(start)), Tail(fmpq(start), {LINE: fmpq(side)}))
    for c in result.terms.values():
        if not isinstance(c, fmpq) and not c.is_finite():
            raise TailUnknown(f"the expansion from x = {start} on has an infinite coefficient")
    return result


def settled_tail(expr: sympy.Expr, side: int, starts: tuple[int, ...] = (8, 16, 64, 512, 4096)) -> Tail:
    """The expansion from the first start that gives one."""
    for start in starts[:-1]:
        try:
            return tail(expr, side, start)
        except TailUnknown:
            continue
    return tail(expr, side, starts[-1])


def _trim(start: fmpq, terms: dict[Key, Coefficient]) -> Tail:
    kept = {k: c for k, c in terms.items() if not (isinstance(c, fmpq) and c == 0)}
    whole = Tail(start, kept)
    if len(kept) <= MAX_TERMS:
        return whole
    keys = whole.ordered()
    head, rest = keys[: MAX_TERMS - 1], keys[MAX_TERMS - 1 :]
    top = rest[0]
    lumped = whole._range({_over(k, top): kept[k] for k in rest})
    return Tail(start, {**{k: kept[k] for k in head}, top: lumped})


def _add(s: Tail, t: Tail) -> Tail:
    terms = dict(s.terms)
    for key, c in t.terms.items():
        terms[key] = terms[key] + c if key in terms else c
    return _trim(s.start, terms)


def _scale(t: Tail, c: Coefficient) -> Tail:
    return Tail(t.start, {k: v * c for k, v in t.terms.items()}) if not (isinstance(c, fmpq) and c == 0) else Tail(t.start, {})


def _mul(s: Tail, t: Tail) -> Tail:
    terms: dict[Key, Coefficient] = {}
    for k, c in s.terms.items():
        for j, d in t.terms.items():
            key = _times(k, j)
            terms[key] = terms[key] + c * d if key in terms else c * d
    return _trim(s.start, terms)


def _constant(start: fmpq, c: Coefficient) -> Tail:
    return _trim(start, {ONE: c})


def _second_order(small: Tail, value: Coefficient, slope: Coefficient, curvature: Callable[[arb], arb]) -> Tail:
    """f(c + t) = f(c) + f'(c) t + f''(ξ) t²/2, with f''(ξ) over the hull of 0 and the range of t."""
    reach = hull(arb(0), small._range(small.terms))
    remainder = _scale(_mul(small, small), curvature(reach) / 2)
    return _add(_add(_constant(small.start, value), _scale(small, slope)), remainder)


def _split(t: Tail) -> tuple[dict[Key, Coefficient], Coefficient, Tail]:
    """Growing terms, the constant, and the decaying rest."""
    growing = {k: c for k, c in t.terms.items() if k > ONE}
    return growing, t.terms.get(ONE, fmpq(0)), Tail(t.start, {k: c for k, c in t.terms.items() if k < ONE})


def _lead(t: Tail) -> tuple[Key, Coefficient, Tail]:
    """Leading key, its coefficient, and t/(leading term) − 1."""
    if not t.terms:
        raise TailUnknown("the leading term vanishes")
    key = t.ordered()[0]
    if arb(t.terms[key]).contains(0):
        raise TailUnknown("the sign of the leading coefficient is not known")
    return key, t.terms[key], Tail(t.start, t._ratio(key))


def _power(t: Tail, q: fmpq) -> Tail:
    if q.q == 1 and 0 <= q.p <= 12:
        result = _constant(t.start, fmpq(1))
        for _ in range(int(q.p)):
            result = _mul(result, t)
        return result
    key, c, small = _lead(t)
    if q.q != 1 and not arb(c) > 0:
        raise TailUnknown("a fractional power of something that may be negative")
    rest = _second_order(small, fmpq(1), q, lambda reach: arb(q) * arb(q - 1) * (1 + reach) ** arb(q - 2))
    front = (key[0] * q, key[1] * q, key[2] * q, key[3] * q)
    return _mul(Tail(t.start, {front: _root(c, q)}), rest)


def _root(c: Coefficient, q: fmpq) -> Coefficient:
    if isinstance(c, fmpq) and q.q == 1:
        return c ** int(q.p)
    if isinstance(c, fmpq) and q.q == 2 and c > 0:
        p, r = isqrt(int(c.p)), isqrt(int(c.q))
        if p * p == c.p and r * r == c.q:
            return fmpq(p, r) ** int(q.p)
    return arb(c) ** arb(q)


def _exp(t: Tail) -> Tail:
    growing, constant, small = _split(t)
    b, a, m = (growing.pop(k, fmpq(0)) for k in (SQUARE, LINE, LOG))
    for key, c in ((SQUARE, b), (LINE, a), (LOG, m)):
        if not isinstance(c, fmpq):
            growing[key] = c
    front = (b if isinstance(b, fmpq) else fmpq(0), a if isinstance(a, fmpq) else fmpq(0), m if isinstance(m, fmpq) else fmpq(0), fmpq(0))
    result = _second_order(small, fmpq(1), fmpq(1), arb.exp)
    factor: Coefficient = fmpq(1) if isinstance(constant, fmpq) and constant == 0 else arb(constant).exp()
    if growing:
        front, factor = _times(front, _exp_bound(Tail(t.start, growing))), factor * UNIT
    return _mul(Tail(t.start, {front: factor}), result)


def _exp_bound(t: Tail) -> Key:
    """Exponents of a monomial that bounds exp(t), for t that grows in a way of its own (x³, e^x, √2·x)."""
    key, c, small = _lead(t)
    size = arb(c) * (1 + small._range(small.terms))
    if not (size > 0 or size < 0):
        raise TailUnknown("the sign of an exponent is not known")
    r = arb(t.start)
    if size > 0 and key > SQUARE:
        raise GrowsTooFast("faster than every exp(b*x**2)")
    unit = SQUARE if key > LINE and (size > 0 or key >= SQUARE) else LINE
    if size < 0 and key < LINE:
        return ONE
    quotient = _over(key, unit)
    rises = size < 0  # c·M/unit must be largest in absolute value at the end where the bound is taken
    if quotient != ONE and not _decreases(_over(ONE, quotient) if rises else quotient, t.start):
        raise TailUnknown("an exponent is not monotone yet")
    rate = size * monomial_at(quotient, r)
    edge = float(rate.upper())
    bound = fmpq(int(edge * 4096 // 1) + 1, 4096) if edge > -1000 else fmpq(-1000)
    if size < 0 and bound > 0:
        bound = fmpq(0)
    return (bound, fmpq(0), fmpq(0), fmpq(0)) if unit == SQUARE else (fmpq(0), bound, fmpq(0), fmpq(0))


def _log(t: Tail) -> Tail:
    (b, a, m, power), c, small = _lead(t)
    if power or not arb(c) > 0:
        raise TailUnknown("the logarithm of something that is not known to be positive")
    rest = _second_order(small, fmpq(0), fmpq(1), lambda reach: -1 / ((1 + reach) * (1 + reach)))
    constant = fmpq(0) if isinstance(c, fmpq) and c == 1 else arb(c).log()
    return _add(_trim(t.start, {SQUARE: b, LINE: a, LOG: m, ONE: constant}), rest)


def _direction(t: Tail) -> int:
    """±1 when t → ±∞, 0 when it stays bounded."""
    growing, _, _ = _split(t)
    if not growing:
        return 0
    _, c, _ = _lead(t)
    return 1 if arb(c) > 0 else -1


def _bounded(t: Tail, f: Callable[[arb], arb], slope: Callable[[arb], arb], curvature: Callable[[arb], arb], at_zero: Any = None) -> Tail:
    """f(t) for bounded t; at_zero = (f(0), f'(0)) when both are exact."""
    _, c, small = _split(t)
    if at_zero is not None and isinstance(c, fmpq) and c == 0:
        return _second_order(small, at_zero[0], at_zero[1], curvature)
    ball = arb(c)
    return _second_order(small, f(ball), slope(ball), lambda reach: curvature(ball + reach))


def _sigmoid(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        s: Callable[[arb], arb] = real_arithmetic()["sigmoid"]
        return _bounded(t, s, lambda u: s(u) * s(-u), lambda u: s(u) * s(-u) * (s(-u) - s(u)), (fmpq(1, 2), fmpq(1, 4)))
    decay = _exp(_scale(t, fmpq(-way)))
    small = _mul(decay, _power(_add(_constant(t.start, fmpq(1)), decay), fmpq(-1)))  # sigmoid(−abs t)
    return small if way < 0 else _add(_constant(t.start, fmpq(1)), _scale(small, fmpq(-1)))


def _tanh(t: Tail) -> Tail:
    if _direction(t) == 0:
        return _bounded(t, arb.tanh, lambda u: u.sech() ** 2, lambda u: -2 * u.tanh() * u.sech() * u.sech(), (fmpq(0), fmpq(1)))
    return _add(_scale(_sigmoid(_scale(t, fmpq(2))), fmpq(2)), _constant(t.start, fmpq(-1)))


def _softplus(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        s: Callable[[arb], arb] = real_arithmetic()["sigmoid"]
        return _bounded(t, real_arithmetic()["softplus"], s, lambda u: s(u) * s(-u))
    small = _log(_add(_constant(t.start, fmpq(1)), _exp(_scale(t, fmpq(-way)))))
    return _add(t, small) if way > 0 else small


def _sech(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.sech, lambda u: -u.sech() * u.tanh(), lambda u: u.sech() * (2 * u.tanh() * u.tanh() - 1), (fmpq(1), fmpq(0)))
    decay = _exp(_scale(t, fmpq(-way)))
    return _scale(_mul(decay, _power(_add(_constant(t.start, fmpq(1)), _mul(decay, decay)), fmpq(-1))), fmpq(2))


def _mills(t: Tail, square_factor: fmpq, front: arb, theta: fmpq) -> Tail:
    """front·e^(−factor·t²)/t·(1 − θ'·theta/t²), θ' in [0, 1], for t → +∞ (Mills' ratio; Abramowitz & Stegun 7.1.13)."""
    inverse = _power(t, fmpq(-1))
    size = inverse._range(inverse.terms)
    bracket = hull(arb(1) - arb(theta) * size * size, arb(1))
    return _scale(_mul(_exp(_scale(_mul(t, t), -square_factor)), inverse), front * bracket)


def _phi(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        f: Callable[[arb], arb] = real_arithmetic()["Phi"]
        density = lambda u: (-u * u / 2).exp() / (2 * arb.pi()).sqrt()  # noqa: E731  # a local formula used twice
        return _bounded(t, f, density, lambda u: -u * density(u), (fmpq(1, 2), density(arb(0))))
    small = _mills(_scale(t, fmpq(way)), fmpq(1, 2), 1 / (2 * arb.pi()).sqrt(), fmpq(1))
    return small if way < 0 else _add(_constant(t.start, fmpq(1)), _scale(small, fmpq(-1)))


def _erf(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        front = 2 / arb.pi().sqrt()
        return _bounded(t, arb.erf, lambda u: front * (-u * u).exp(), lambda u: -2 * u * front * (-u * u).exp(), (fmpq(0), front))
    small = _mills(_scale(t, fmpq(way)), fmpq(1), 1 / arb.pi().sqrt(), fmpq(1, 2))
    return _scale(_add(_constant(t.start, fmpq(1)), _scale(small, fmpq(-1))), fmpq(way))


def _atan(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.atan, lambda u: 1 / (1 + u * u), lambda u: -2 * u / (1 + u * u) ** 2, (fmpq(0), fmpq(1)))
    return _add(_constant(t.start, way * arb.pi() / 2), _scale(_atan(_power(t, fmpq(-1))), fmpq(-1)))


def _asinh(t: Tail) -> Tail:
    way = _direction(t)
    if way == 0:
        return _bounded(t, arb.asinh, lambda u: 1 / (1 + u * u).sqrt(), lambda u: -u / (1 + u * u) ** arb(1.5), (fmpq(0), fmpq(1)))
    up = _scale(t, fmpq(way))
    root = _power(_add(_mul(t, t), _constant(t.start, fmpq(1))), fmpq(1, 2))
    return _scale(_log(_add(up, root)), fmpq(way))


def _oscillating(f: Callable[[arb], arb], slope: Callable[[arb], arb], at_zero: Any) -> Callable[[Tail], Tail]:
    def expansion(t: Tail) -> Tail:
        if _direction(t):
            return _constant(t.start, arb(0, 1))
        return _bounded(t, f, slope, lambda u: -f(u), at_zero)

    return expansion


def _within_unit(f: Callable[[arb], arb], sign: int) -> Callable[[Tail], Tail]:
    def expansion(t: Tail) -> Tail:
        if _direction(t):
            raise TailUnknown("asin and acos of something unbounded")
        return _bounded(t, f, lambda u: sign / (1 - u * u).sqrt(), lambda u: sign * u / (1 - u * u) ** arb(1.5))

    return expansion


def _tail_arithmetic(start: fmpq) -> Arithmetic:
    half = fmpq(1, 2)

    def cosh_or_sinh(sign: int) -> Callable[[Tail], Tail]:
        return lambda t: _scale(_add(_exp(t), _scale(_exp(_scale(t, fmpq(-1))), fmpq(sign))), half)

    return {
        "number": lambda q: _constant(start, rational(q)),
        "atom": lambda c: _constant(start, atom_ball(c)),
        "add": _add,
        "sub": lambda s, t: _add(s, _scale(t, fmpq(-1))),
        "mul": _mul,
        "div": lambda s, t: _mul(s, _power(t, fmpq(-1))),
        "neg": lambda t: _scale(t, fmpq(-1)),
        "power": lambda t, q: _power(t, rational(q)),
        "sqrt": lambda t: _power(t, half),
        "exp": _exp,
        "expm1": lambda t: _add(_exp(t), _constant(start, fmpq(-1))),
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
