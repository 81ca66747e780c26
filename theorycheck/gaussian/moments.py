"""The moments of a derivative under N(0, 1), and ρ: the constant of strong convexity of Zhong et al. (ICML 2017, property 3.2).

With g(z) = φ'(σz) and a_j = E[g z^j]: T1 = E[g²] − a0² − a1², T2 = E[z² g²] − a1² − a2², T3 = a0 a2 − a1², ρ = min.
Where φ'(x) = c + d x on the piece that carries most of the mass, that line is taken off first: what is left lives in the tails,
nothing cancels, and numbers far below the smallest float keep all their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
import sympy
from flint import arb, ctx

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.accuracy import absolute_ball, absolute_tolerance, relative_ball, require_digits, settled
from theorycheck.gaussian.alpha_table import ALPHAS
from theorycheck.gaussian.central_line import line_of_most_mass, rho_from_moments, without_line
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.slope_moments import checked_sigma, exact_moments, float_alphas
from theorycheck.limits import Budget

#: The moments that the terms of ρ need when a line has been taken off.
MOMENTS = (*ALPHAS, (1, 3))


@dataclass(frozen=True)
class RhoValue:
    """ρ(σ) and its three terms.

    Args:
        sigma: the standard deviation, exact.
        value: ρ(σ).
        terms: T1, T2, T3.
        active: the indices, from 1, that are not excluded as the minimum; exact ties are kept.
        decided: False when zero or sign was still open at the precision cap; then the number stands as 0 with its radius.
    """

    sigma: sympy.Expr
    value: Enclosure
    terms: list[Enclosure]
    active: list[int]
    decided: bool = True


def alphas(f: Activation | str, sigma: Any, digits: int | None = None, budget: Budget | None = None) -> dict[tuple[int, int], Any]:
    """E[φ'(σz)^i z^j] for (i, j) = (1,0), (1,1), (1,2), (2,0), (2,2).

    Args:
        f: an activation or its text.
        sigma: σ > 0, exact (a float is taken by its decimal text).
        digits: None for floats (absolute error about 2e-13); N for enclosures of radius 10^-N max(1, abs(value)).
        budget: work limits of the certified route.

    >>> alphas("max(x, 0)", 1, digits=15)[1, 1].exact
    sqrt(2)/(2*sqrt(pi))
    """
    scale, g = checked_sigma(sigma), as_activation(f).derivative()
    if digits is None:
        return dict(zip(ALPHAS, map(float, float_alphas(g, [float(scale)])[0]), strict=True))
    digits = require_digits(digits)
    constants = exact_moments(g.pieces, scale, ALPHAS)
    if constants is not None:
        return {k: Enclosure(absolute_ball(c, digits), exact=c.sympy, digits=digits) for k, c in zip(ALPHAS, constants, strict=True)}
    balls = moment_integrals(g.pieces, scale, ALPHAS, absolute_tolerance(digits), budget)
    return {k: Enclosure(b, exact=sympy.S.Zero if b.is_zero() else None, digits=digits) for k, b in zip(ALPHAS, balls, strict=True)}


def rho(f: Activation | str, sigmas: Any, digits: int | None = None, budget: Budget | None = None) -> np.ndarray | list[Enclosure]:
    """ρ(σ) for each σ.

    Args:
        f: an activation or its text, continuous.
        sigmas: σ > 0: a number, or a list or array of numbers.
        digits: None for float64; N for enclosures whose radius is 10^-N of the value itself, however small.
    Returns:
        float64 with the shape of `sigmas`, or a list of enclosures.
    Raises:
        InputError: σ <= 0, or f jumps.

    >>> rho("max(x, 0)", [0.1, 1, 10]).round(12).tolist()
    [0.090845056908, 0.090845056908, 0.090845056908]
    >>> rho("max(x, 0)", ["1"], digits=15)[0].exact
    1/4 - 1/(2*pi)
    """
    activation = as_activation(f)
    if digits is None:
        _require_continuous(activation)
        values = [_float_rho(activation, sigma) for sigma in np.ravel(np.array(sigmas, dtype=object))]
        return np.array(values).reshape(np.shape(sigmas))
    return [rho_terms(activation, sigma, digits, budget).value for sigma in np.ravel(np.array(sigmas, dtype=object))]


def _float_rho(f: Activation, sigma: Any) -> float:
    from theorycheck.gaussian.float_rho import float_rho_terms

    try:
        return min(float_rho_terms(f, float(checked_sigma(sigma))))
    except Undecided:  # overflow, or waves too short for float64 quadrature
        return float(rho_terms(f, sigma).value)


def rho_terms(f: Activation | str, sigma: Any, digits: int = 15, budget: Budget | None = None) -> RhoValue:
    """ρ(σ) with its three terms, each to `digits` digits of its own size; a true zero is exactly 0.

    Args:
        f: an activation or its text, continuous.
        sigma: σ > 0, exact.
        digits: decimal digits, at least 1.
        budget: work limits.
    Raises:
        InputError: σ <= 0, or f jumps.
        DoesNotExist: φ' grows too fast for these moments.

    >>> rho_terms("max(x, 0)", 1).active
    [1, 2, 3]
    >>> print(rho_terms("min(max(x, -1), 1)", "0.01", 5).value.value)
    2.68836e-2174
    """
    activation, scale = as_activation(f), checked_sigma(sigma)
    digits = require_digits(digits)
    _require_continuous(activation)
    pieces = activation.derivative().pieces
    constant, slope = line_of_most_mass(pieces, float(scale))
    left = without_line(pieces, constant, slope)
    constants = exact_moments(left, scale, MOMENTS)
    if constants is not None:
        exact = rho_from_moments(constants, Constant.of(constant), Constant.of(slope * scale))
        return _exact_rho(scale, exact, digits)
    return _certified_rho(scale, left, constant, slope * scale, digits, budget or Budget())


def _require_continuous(f: Activation) -> None:
    if f.jumps:
        point, size = f.jumps[0]
        raise InputError(f"rho needs a continuous function; {f.name or f.text} jumps by {size} at x = {point}, where φ' is not a function")


def _exact_rho(scale: sympy.Expr, exact: Sequence[Constant], digits: int) -> RhoValue:
    balls = [relative_ball(t, digits) for t in exact]
    least = 0
    for i in (1, 2):
        if balls[i] < balls[least] or (not balls[i] > balls[least] and (exact[i] - exact[least]).sign() == -1):
            least = i
    active = [i + 1 for i in range(3) if not balls[i] > balls[least] and (exact[i] - exact[least]).sign() in (0, None)]
    terms = [_term(ball, digits, t.sympy) for ball, t in zip(balls, exact, strict=True)]
    return RhoValue(scale, terms[least], terms, active, all(settled(b, digits) for b in balls))


def _term(ball: arb, digits: int, exact: Any = None) -> Enclosure:
    """An enclosure; one whose sign is open stands as 0 with the best radius."""
    if not settled(ball, digits) and ball.contains(0):
        ball = arb(0, abs(ball).upper())
    return Enclosure(ball, exact=sympy.S.Zero if ball.is_zero() else exact, digits=digits)


def _certified_rho(scale: sympy.Expr, pieces: Sequence[Any], c: sympy.Expr, d: sympy.Expr, digits: int, budget: Budget) -> RhoValue:
    """By certified integrals at falling tolerance, until every term is known to its own size."""
    expected = _expected_exponent(pieces, scale)
    cap = min(0.3 * budget.max_bits, 1.2 * expected + 100 + 3 * digits + 20 * abs(log10(float(scale))))
    wanted = expected + digits + 4
    while True:
        tolerance = arb(10) ** -int(wanted)
        moments = moment_integrals(pieces, scale, MOMENTS if d != 0 else ALPHAS, tolerance, budget)
        with ctx.workprec(bits_for(int(wanted), 64)):
            terms = rho_from_moments(moments if d != 0 else [*moments, arb(0)], enclose(c), enclose(d))
        if all(settled(t, digits) for t in terms) or wanted >= cap:
            break
        needed = [_more_digits(t, wanted, digits) for t in terms if not settled(t, digits)]
        wanted = min(cap, max(needed))
    least = terms[0]
    for t in terms[1:]:
        least = t if t < least else least if t > least else least.min(t)
    active = [i + 1 for i, t in enumerate(terms) if not any(other < t for other in terms)]
    decided = all(settled(t, digits) for t in terms)
    return RhoValue(scale, _term(least, digits), [_term(t, digits) for t in terms], active, decided)


def _more_digits(term: arb, wanted: float, digits: int) -> float:
    """Decimal places that the moments need next: enough for the term's size if that is known, else twice as many."""
    smallest = arb(abs(term).lower())
    if smallest > 0:
        lost = max(0.0, float((term.rad() * arb(10) ** int(wanted)).log()))
        return max(wanted + 3, float(-smallest.log() / arb(10).log()) + digits + 4 + lost)
    return 2 * wanted


def _expected_exponent(pieces: Sequence[Any], scale: sympy.Expr) -> float:
    """−log10 of the Gaussian mass that lies beyond the piece round zero where the function vanishes."""
    for piece in pieces:
        ends = [float(enclose(e, 64)) if e.is_finite else float(e) for e in (piece.start, piece.end)]
        if piece.expr == 0 and ends[0] < 0 < ends[1]:
            nearest = min(-ends[0], ends[1]) / float(scale)
            return min(nearest * nearest / 4.6, 1e5) if nearest < 1e6 else 0.0
    return 0.0
