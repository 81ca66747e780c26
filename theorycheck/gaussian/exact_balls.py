"""Moments of piecewise sums of P(x)·e^(q x² + t x) as balls: the closed forms of the exact class, evaluated without symbols.

With w = e^(q s² z² + t s z)·density and v = 1 − 2 q s², Stein's identity on an interval reads

    v·M_{n+1} = t s·M_n + n·M_{n−1} − [w z^n],    M_n = ∫ w z^n dz,    M_0 = e^(m²/2)/√v·P(α < y < β), m = t s/√v,

where y = √v z − m is N(0, 1). Cancellation only widens a ball, and the precision rises until the radius is small enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from flint import arb, ctx

from theorycheck.activation.balls import enclose
from theorycheck.activation.tape import tape_of
from theorycheck.enclosure import bits_for
from theorycheck.gaussian.accuracy import absolute_tolerance
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact import ExactFunction, exact_form
from theorycheck.gaussian.exact_terms import NotExactError

#: What the expressions of this class are made of; anything else is not worth reading.
_OPERATIONS = frozenset("x number atom add sub mul neg power exp expm1".split())
#: Beyond this the symbolic route, or panels, must do.
_MAX_BITS = 4000


class _Term(NamedTuple):
    """Σ c_n x^n · e^(q x² + t x) on start < x < end."""

    start: arb | None
    end: arb | None
    q: arb
    t: arb
    coefficients: dict[int, arb]


@lru_cache(maxsize=256)
def _form(pieces: tuple[Any, ...], power: int) -> ExactFunction | None:
    """f^power in the exact class without waves and gates, or None."""
    if any(op not in _OPERATIONS for piece in pieces for op, _ in tape_of(piece.expr).code):
        return None
    form = exact_form(pieces)
    try:
        raised = None if form is None else form.power(power)
    except NotExactError:
        return None
    if raised is None or any(kernel.gates or not kernel.frequency.is_zero for piece in raised.pieces for kernel in piece.terms):
        return None
    return raised


@lru_cache(maxsize=256)
def _terms(pieces: tuple[Any, ...], power: int, prec: int) -> list[_Term] | None:
    form = _form(pieces, power)
    if form is None:
        return None

    def ball(c: Constant) -> arb:
        return c.ball(prec)

    return [
        _Term(
            None if piece.start is None else ball(piece.start),
            None if piece.end is None else ball(piece.end),
            ball(kernel.quadratic),
            ball(kernel.linear),
            {n: ball(c) for n, c in polynomial.items()},
        )
        for piece in form.pieces
        for kernel, polynomial in piece.terms.items()
    ]


def closed_moments(pieces: Sequence[Any], scale: sympy.Expr, wanted: Sequence[tuple[int, int]], digits: int) -> list[arb] | None:
    """E[f(s z)^i z^j] by closed forms, as balls of radius at most 10^-digits max(1, abs(value)).

    Args:
        pieces: sorted pieces (start, end, expr) of f that cover the line.
        scale: s > 0, exact.
        wanted: pairs (i, j) with i >= 1, j >= 0.
        digits: decimal digits.
    Returns:
        One ball a pair, or None when f is not such a sum, or an integral is not known to converge.

    >>> from theorycheck.activation.function import Activation
    >>> mean, = closed_moments(Activation("max(x, 0)").pieces, sympy.S.One, [(2, 0)], 15)
    >>> mean.contains(arb(1) / 2), bool(mean.rad() < 1e-15)
    (True, True)
    """
    whole = tuple(pieces)
    bits = bits_for(digits, 40)
    allowed = absolute_tolerance(digits)
    while bits <= _MAX_BITS:
        with ctx.workprec(bits):
            found: dict[tuple[int, int], arb] = {}
            for power in {i for i, _ in wanted}:
                terms = _terms(whole, power, bits)
                degrees = [j for i, j in wanted if i == power]
                values = None if terms is None else _moments(terms, enclose(scale), max(degrees))
                if values is None:
                    return None
                found.update(((power, j), values[j]) for j in degrees)
            if all(b.rad() <= allowed * (1 + b.abs_lower()) for b in found.values()):
                return [found[pair] for pair in wanted]
        bits *= 2
    return None


def _moments(terms: Sequence[_Term], scale: arb, degree: int) -> list[arb] | None:
    """Moments 0, …, degree of the sum of the terms; None where a Gaussian decay is not certain."""
    totals = [arb(0)] * (degree + 1)
    for term in terms:
        table = _table(term, scale, degree + max(term.coefficients))
        if table is None:
            return None
        for n, c in term.coefficients.items():
            factor = c * scale**n
            for j in range(degree + 1):
                totals[j] += factor * table[n + j]
    return totals


def _table(term: _Term, scale: arb, degree: int) -> list[arb] | None:
    slope = term.t * scale
    v = 1 - 2 * term.q * scale * scale
    if not v > 0:
        return None
    root = v.sqrt()
    mean = slope / root
    ends = [None if end is None else end / scale for end in (term.start, term.end)]
    alpha, beta = (None if z is None else root * z - mean for z in ends)
    weights = [(z, sign * _weight(z, v, slope)) for z, sign in zip(ends, (1, -1), strict=True) if z is not None]
    table = [(mean * mean / 2).exp() / root * _mass(alpha, beta)]
    for n in range(degree):
        value = slope * table[n]
        if n:
            value += n * table[n - 1]
        for z, weight in weights:
            value += weight * z**n
        table.append(value / v)
    return table


def _weight(z: arb, v: arb, slope: arb) -> arb:
    return ((slope - v * z / 2) * z).exp() * (2 * arb.pi()).rsqrt()


def _mass(alpha: arb | None, beta: arb | None) -> arb:
    """P(α < y < β) for y ~ N(0, 1), from the side on which it is small."""
    if alpha is not None and (beta is None or alpha + beta > 0):
        alpha, beta = (None if beta is None else -beta), -alpha
    if beta is None:
        return arb(1)
    root = arb(2).sqrt()
    high = (-beta / root).erfc()
    return (high if alpha is None else high - (-alpha / root).erfc()) / 2
