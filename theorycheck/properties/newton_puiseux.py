"""Does a polynomial in two variables tend to infinity? Decided by the Newton-Puiseux algorithm at infinity.

A semialgebraic function that does not tend to infinity stays bounded along a curve x = ±t^k, y = Σ c_i t^(e_i) (curve selection). So it is
enough to follow y = u t^ω for every ω: the terms that dominate there form a face of the Newton polygon; a face that is negative
somewhere refutes, one that is positive for u ≠ 0 confirms, and at a zero u₀ of even order one sets y = u₀ t^ω + y′ and looks closer.

Polynomials come as pairs (A, B) that stand for A − s·B, and every answer is for *all* s > 0 at once. Where a face vanishes at an
irrational u₀, the coefficients of y′ lie in the field Q(u₀), with exact signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb
from typing import Any

import sympy

from theorycheck.errors import Undecided
from theorycheck.properties.real_algebraic import Algebraic, Number, below, isolated, polynomial, real_roots

#: Coefficient by exponents. In a local problem the first exponent may be a fraction.
Polynomial = Mapping[tuple[Fraction, ...], Fraction]
Terms = dict[tuple[Fraction, int], Number]
_DEPTH = 12


@dataclass(frozen=True)
class Branch:
    """A curve along which A − sB does not tend to infinity.

    Args:
        swapped: whether the first variable is a function of the second.
        sign: the large variable is sign·t, t → ∞.
        series: (coefficient, exponent) of the terms of the other variable.
        exponent: ω of the last term; the same happens when its coefficient is moved a little.
        s: a value of s for which it fails, or None when it fails for every s.
        downwards: whether A − sB tends to −∞ along it, otherwise it stays bounded above.
    """

    swapped: bool
    sign: int
    series: tuple[tuple[Number, Fraction], ...]
    exponent: Fraction
    s: Fraction | None
    downwards: bool

    def text(self, names: tuple[str, str]) -> str:
        """The curve in words: "x = t, y = 2*t^(1/2)"."""
        large, small = names[::-1] if self.swapped else names
        parts = [_power(c, e) for c, e in self.series if c]
        curve = " + ".join(parts).replace("+ -", "- ") or "0"
        pair = {large: "t" if self.sign > 0 else "-t", small: curve}
        return ", ".join(f"{name} = {pair[name]}" for name in names)


def _power(c: Number, e: Fraction) -> str:
    base = "" if e == 0 else "t" if e == 1 else f"t^{e}" if e.denominator == 1 and e > 0 else f"t^({e})"
    factor = f"({c})" if isinstance(c, Algebraic) else str(c)
    if not base:
        return factor
    return base if c == 1 else f"-{base}" if c == -1 else f"{factor}*{base}"


def escape(a: Polynomial, b: Polynomial | None = None) -> Branch | None:
    """A curve to infinity along which A − sB does not tend to infinity for some s > 0; None when it does tend to infinity for all s > 0.

    Args:
        a, b: polynomials in two variables, coefficient by exponents; b may be left out.

    Raises:
        Undecided: a face vanishes at a number that is irrational over the field of the ones before it, or the depth is used up.

    Source: the Newton-Puiseux algorithm (Walker, Algebraic Curves, IV.3) with curve selection at infinity (Milnor 1968, Lemma 3.1).

    >>> F = Fraction
    >>> escape({(F(2), F(0)): F(1), (F(0), F(4)): F(1), (F(1), F(1)): F(-1)}) is None
    True
    >>> escape({(F(2), F(2)): F(1), (F(1), F(1)): F(-2), (F(0), F(0)): F(1), (F(2), F(0)): F(1)}).text(("x", "y"))
    'x = 0, y = t'
    """
    for swapped in (False, True):
        for sign in (1, -1):
            local = [_seen_from(p or {}, swapped, sign) for p in (a, b)]
            found = _follow(local[0], local[1], Fraction(1), True, (), 0)
            if found is not None:
                series, exponent, s, downwards = found
                return Branch(swapped, sign, series, exponent, s, downwards)
    return None


def _seen_from(p: Polynomial, swapped: bool, sign: int) -> Terms:
    found: Terms = {}
    for exponents, c in p.items():
        i, j = exponents[::-1] if swapped else exponents
        found[Fraction(i), int(j)] = c * (sign if i % 2 else 1)
    return found


_Series = tuple[tuple[Number, Fraction], ...]
_Escape = tuple[_Series, Fraction, Fraction | None, bool]


def _follow(a: Terms, b: Terms, top: Fraction, inclusive: bool, series: _Series, depth: int) -> _Escape | None:
    """As `escape`, for y = (series so far) + y′ with |y′| at most of the order t^top, or of smaller order when not inclusive."""
    if depth > _DEPTH:
        raise Undecided("the expansion of a curve at infinity does not end; a change of variables would decide it")
    everything = {**a, **b}
    if all(i <= 0 for i, j in everything if j == 0):  # y′ = 0: only constants are left
        reach = min([top, *(-i / j for i, j in everything if j > 0)])
        return (*series, (Fraction(0), reach)), reach, None, False
    for omega in _slopes(everything, top, inclusive):
        degree = max(i + j * omega for i, j in everything)
        face = [{j: c for (i, j), c in p.items() if i + j * omega == degree} for p in (a, b)]
        negative = _negative(face[0], face[1])
        if negative is not None:
            u, s = negative
            return (*series, (u, omega)), omega, s, True
        for zero in _zeros(face[0], face[1]):
            deeper = _follow(_shifted(a, zero, omega), _shifted(b, zero, omega), omega, False, (*series, (zero, omega)), depth + 1)
            if deeper is not None:
                return deeper
    return None


def _slopes(terms: Terms, top: Fraction, inclusive: bool) -> list[Fraction]:
    """The ω at which the dominating terms change, with one ω inside each gap between them, from the top down."""
    highest: dict[int, Fraction] = {}
    for i, j in terms:
        highest[j] = max(i, highest.get(j, i))
    hull: list[tuple[int, Fraction]] = []  # the upper edge of the Newton polygon, from small j to large
    for j, i in sorted(highest.items()):
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (j - hull[-2][0]) <= (i - hull[-2][1]) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        hull.append((j, i))
    cuts = [(left[1] - right[1]) / (right[0] - left[0]) for left, right in pairwise(hull)]
    found = [top] if inclusive else []
    upper = top
    for cut in sorted((c for c in cuts if c < top), reverse=True):
        found += [(upper + cut) / 2, cut]
        upper = cut
    return [*found, upper - 1]


def _negative(a: Mapping[int, Number], b: Mapping[int, Number]) -> tuple[Fraction, Fraction | None] | None:
    """A point u ≠ 0 and an s > 0 (None: any) at which A(u) − s B(u) < 0."""
    if _positive_on_sight(a, b):
        return None
    if len({*a, *b}) == 1:
        j = next(iter({*a, *b}))
        points = [Fraction(1)] + ([Fraction(-1)] if j % 2 else [])
    else:
        points = _between_roots([polynomial(p) for p in (a, b)])
    x: Any
    y: Any
    for u in points:
        x, y = (sum((c * u**j for j, c in p.items()), Fraction(0)) for p in (a, b))
        if x < 0:
            return u, None if y >= 0 else below(x / y) / 2
        if y > 0:
            return u, 1 / below(y / (2 * x + y))
    return None


def _positive_on_sight(a: Mapping[int, Number], b: Mapping[int, Number]) -> bool:
    """Whether all terms of A − s B are even powers with positive coefficients; most faces are of this kind."""
    return all(j % 2 == 0 for j in (*a, *b)) and all(c > 0 for c in a.values()) and all(c < 0 for c in b.values())


def _between_roots(polys: list[sympy.Poly]) -> list[Fraction]:
    """A rational point, not 0, in each gap between the real roots and 0, the simplest ones first."""
    whole = polynomial({1: Fraction(1)})
    for p in polys:
        whole = whole if p.is_zero else whole * p
    ends = isolated(whole)
    points = [ends[0][0] - 1]
    points += [_simple(left[1], right[0]) for left, right in pairwise(ends)]
    points.append(ends[-1][1] + 1)
    return sorted((p for p in points if p), key=_size)


def _simple(low: Fraction, high: Fraction) -> Fraction:
    middle = (low + high) / 2
    for bound in (1, 2, 4, 16, 256):
        near = middle.limit_denominator(bound)
        if low < near < high:
            return near
    return middle


def _size(u: Fraction) -> tuple[int, bool]:
    return (u.denominator + abs(u.numerator), u < 0)


def _zeros(a: Mapping[int, Number], b: Mapping[int, Number]) -> list[Number]:
    """The common zeros u ≠ 0 of both parts of a face that is nowhere negative."""
    if len({*a, *b}) == 1 or _positive_on_sight(a, b):
        return []
    parts = [p for p in (polynomial(a), polynomial(b)) if not p.is_zero]
    common = parts[0] if len(parts) == 1 else sympy.gcd(parts[0], parts[1])
    return [u for u in real_roots(common) if u]


def _shifted(p: Terms, u: Number, omega: Fraction) -> Terms:
    """p(t, u t^ω + y)."""
    found: Terms = {}
    for (i, j), c in p.items():
        for k in range(j + 1):
            key = (i + omega * (j - k), k)
            found[key] = found.get(key, Fraction(0)) + c * comb(j, k) * u ** (j - k)
    return {key: c for key, c in found.items() if c}
