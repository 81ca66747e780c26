"""Expansions on a half-line with rigorous coefficients, and their algebra.

On x ≥ R a function is a finite sum of c(x)·e^(b x² + a x)·x^m·(log x)^l, each c(x) known to lie in a ball for *every* x ≥ R.
Exact coefficients are kept as rationals, so that leading terms cancel exactly (√(x²+1) − x, tanh x − 1).
Functions are expanded to second order around the leading term; Lagrange's remainder goes into the ball.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from typing import Any

from flint import arb, fmpq

from theorycheck.activation.balls import hull
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


def times(k: Key, j: Key) -> Key:
    """Exponents of a product."""
    return (k[0] + j[0], k[1] + j[1], k[2] + j[2], k[3] + j[3])


def over(k: Key, j: Key) -> Key:
    """Exponents of a quotient."""
    return (k[0] - j[0], k[1] - j[1], k[2] - j[2], k[3] - j[3])


def monomial_at(key: Key, at: arb) -> arb:
    """e^(b x² + a x)·x^m·(log x)^l at a point."""
    b, a, m, logs = key
    value = (arb(b) * at * at + arb(a) * at).exp() if b or a else arb(1)
    if m:
        value = value * at ** arb(m)
    return value * at.log() ** arb(logs) if logs else value


def decreases(key: Key, start: fmpq) -> bool:
    """Whether x·(log of the monomial)' ≤ m + l/log R + a x + 2b x² stays ≤ 0 on [R, ∞)."""
    b, a, m, logs = key
    r = arb(start)
    slope = arb(m) + (arb(logs) / r.log() if logs > 0 else arb(0))
    return bool(b <= 0 and slope + arb(a) * r + 2 * arb(b) * r * r <= 0 and arb(a) + 4 * arb(b) * r <= 0)


@dataclass(frozen=True)
class Tail:
    """An expansion valid for every x ≥ start; |f(side·x)| ≤ Σ abs(c)·monomial.

    Args:
        start: where it begins, at least 2.
        terms: coefficient (exact fmpq, or a ball) by exponents (b, a, m, l).

    >>> t = Tail(fmpq(8), {ONE: fmpq(1), over(ONE, LINE): fmpq(-2)})  # 1 − 2/x for x ≥ 8
    >>> t.sign(), t.limit()
    (1, 1)
    """

    start: fmpq
    terms: dict[Key, Coefficient]

    def ordered(self) -> list[Key]:
        """The keys, the dominant first."""
        return sorted(self.terms, reverse=True)

    def ratio(self, lead: Key) -> dict[Key, Coefficient]:
        c = self.terms[lead]
        return {over(k, lead): v / c for k, v in self.terms.items() if k != lead}

    def span(self, terms: dict[Key, Coefficient]) -> arb:
        """A ball that holds the sum of terms none of which grows, over [start, ∞)."""
        total = arb(0)
        for key, c in terms.items():
            if key == ONE:
                total += arb(c)
                continue
            if key > ONE or not decreases(key, self.start):
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
            bracket = 1 + self.span(self.ratio(lead))
        except TailUnknown:
            return None
        whole = c * bracket
        return 1 if whole > 0 else -1 if whole < 0 else None

    def _sign_of_bounds(self) -> int | None:
        try:
            values = self.span(self.terms)
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
            values = self.span(self.terms)
            return arb(values.lower()), arb(values.upper())
        lead = self.ordered()[0]
        sign = self.sign()
        if sign is None or not decreases(over(ONE, lead), self.start):
            return arb.neg_inf(), arb.pos_inf()
        edge = arb(self.terms[lead]) * (1 + self.span(self.ratio(lead))) * monomial_at(lead, arb(self.start))
        return (arb(edge.lower()), arb.pos_inf()) if sign > 0 else (arb.neg_inf(), arb(edge.upper()))


def trimmed(start: fmpq, terms: dict[Key, Coefficient]) -> Tail:
    """Without exact zeros, and with the least terms lumped into one ball."""
    kept = {k: c for k, c in terms.items() if not (isinstance(c, fmpq) and c == 0)}
    whole = Tail(start, kept)
    if len(kept) <= MAX_TERMS:
        return whole
    keys = whole.ordered()
    head, rest = keys[: MAX_TERMS - 1], keys[MAX_TERMS - 1 :]
    top = rest[0]
    lumped = whole.span({over(k, top): kept[k] for k in rest})
    return Tail(start, {**{k: kept[k] for k in head}, top: lumped})


def added(s: Tail, t: Tail) -> Tail:
    """s + t."""
    terms = dict(s.terms)
    for key, c in t.terms.items():
        terms[key] = terms[key] + c if key in terms else c
    return trimmed(s.start, terms)


def scaled(t: Tail, c: Coefficient) -> Tail:
    """c·t."""
    return Tail(t.start, {k: v * c for k, v in t.terms.items()}) if not (isinstance(c, fmpq) and c == 0) else Tail(t.start, {})


def multiplied(s: Tail, t: Tail) -> Tail:
    """s·t."""
    terms: dict[Key, Coefficient] = {}
    for k, c in s.terms.items():
        for j, d in t.terms.items():
            key = times(k, j)
            terms[key] = terms[key] + c * d if key in terms else c * d
    return trimmed(s.start, terms)


def constant(start: fmpq, c: Coefficient) -> Tail:
    """A constant."""
    return trimmed(start, {ONE: c})


def second_order(small: Tail, value: Coefficient, slope: Coefficient, curvature: Callable[[arb], arb]) -> Tail:
    """f(c + t) = f(c) + f'(c) t + f''(ξ) t²/2, with f''(ξ) over the hull of 0 and the range of t."""
    reach = hull(arb(0), small.span(small.terms))
    remainder = scaled(multiplied(small, small), curvature(reach) / 2)
    return added(added(constant(small.start, value), scaled(small, slope)), remainder)


def split(t: Tail) -> tuple[dict[Key, Coefficient], Coefficient, Tail]:
    """Growing terms, the constant, and the decaying rest."""
    growing = {k: c for k, c in t.terms.items() if k > ONE}
    return growing, t.terms.get(ONE, fmpq(0)), Tail(t.start, {k: c for k, c in t.terms.items() if k < ONE})


def leading(t: Tail) -> tuple[Key, Coefficient, Tail]:
    """Leading key, its coefficient, and t/(leading term) − 1."""
    if not t.terms:
        raise TailUnknown("the leading term vanishes")
    key = t.ordered()[0]
    if arb(t.terms[key]).contains(0):
        raise TailUnknown("the sign of the leading coefficient is not known")
    return key, t.terms[key], Tail(t.start, t.ratio(key))


def power(t: Tail, q: fmpq) -> Tail:
    """t^q: exact for small whole q, else to second order around the leading term."""
    if q.q == 1 and 0 <= q.p <= 12:
        result = constant(t.start, fmpq(1))
        for _ in range(int(q.p)):
            result = multiplied(result, t)
        return result
    key, c, small = leading(t)
    if q.q != 1 and not arb(c) > 0:
        raise TailUnknown("a fractional power of something that may be negative")
    rest = second_order(small, fmpq(1), q, lambda reach: arb(q) * arb(q - 1) * (1 + reach) ** arb(q - 2))
    front = (key[0] * q, key[1] * q, key[2] * q, key[3] * q)
    return multiplied(Tail(t.start, {front: _root(c, q)}), rest)


def _root(c: Coefficient, q: fmpq) -> Coefficient:
    if isinstance(c, fmpq) and q.q == 1:
        return c ** int(q.p)
    if isinstance(c, fmpq) and q.q == 2 and c > 0:
        p, r = isqrt(int(c.p)), isqrt(int(c.q))
        if p * p == c.p and r * r == c.q:
            return fmpq(p, r) ** int(q.p)
    return arb(c) ** arb(q)
