"""The five moments E[φ'(σz)^i z^j] of a derivative at many scales, each by the cheapest route that applies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy
from flint import arb

from theorycheck.activation.function import Activation
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.accuracy import absolute_ball, absolute_tolerance
from theorycheck.gaussian.alpha_table import ALPHAS, alpha_table
from theorycheck.gaussian.certified import exact_scale, moment_integrals, require_moments, trapezoid_moments
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact import exact_form
from theorycheck.gaussian.exact_balls import closed_moments
from theorycheck.gaussian.quadrature import float_moments
from theorycheck.limits import Budget


def checked_sigma(sigma: Any) -> sympy.Expr:
    """A standard deviation as an exact SymPy number; InputError unless it is positive."""
    if isinstance(sigma, np.generic):
        sigma = sigma.item()
    try:
        return exact_scale(sigma)
    except InputError:
        shown = str(sigma) if len(str(sigma)) < 30 else f"{str(sigma)[:20]}…"
        raise InputError(f"sigma = {shown}: a standard deviation lies between 1e-100 and 1e100; write for example 0.1 or 1/10") from None


def float_alphas(slope: Activation, sigmas: Sequence[float]) -> np.ndarray:
    """The five numbers for many scales in float64, from φ' itself.

    Args:
        slope: φ'.
        sigmas: σ > 0.
    Returns:
        Shape (len(sigmas), 5), in the order of `ALPHAS`; absolute error about 2e-13.
    """
    table = alpha_table([slope], sigmas)[0]
    for row, sigma in zip(table, sigmas, strict=True):
        if not np.isnan(row[0]):
            continue
        require_moments(slope.pieces, sigma, 2)
        try:
            row[:] = float_moments(slope, sigma, ALPHAS)
        except Undecided:  # overflow, or waves too short for float64 quadrature
            row[:] = [float(ball) for ball in certified_alphas(slope, [sigma], 16)[0]]
    return table


def certified_alphas(slope: Activation, sigmas: Sequence[Any], digits: int, budget: Budget | None = None) -> list[list[arb]]:
    """The five numbers for many exact scales as balls of radius at most 10^-digits max(1, abs(value)), from φ' itself.

    Args:
        slope: φ'.
        sigmas: exact σ > 0.
        digits: decimal digits.
        budget: work limits of the certified route.
    Returns:
        A list of five balls for each scale, in the order of `ALPHAS`.
    """
    return [_certified_alphas(slope.pieces, checked_sigma(sigma), digits, budget) for sigma in sigmas]


def _certified_alphas(pieces: Sequence[Any], scale: sympy.Expr, digits: int, budget: Budget | None) -> list[arb]:
    """Only balls are wanted, so the cheapest route that applies is taken; the last one always does."""
    found = closed_moments(pieces, scale, ALPHAS, digits)
    if found is None:
        found = trapezoid_moments(pieces, scale, ALPHAS, absolute_tolerance(digits))
    if found is not None:
        return found
    constants = exact_moments(pieces, scale, ALPHAS)
    if constants is not None:
        return [absolute_ball(c, digits) for c in constants]
    return moment_integrals(pieces, scale, ALPHAS, absolute_tolerance(digits), budget)


def exact_moments(pieces: Sequence[Any], scale: sympy.Expr, wanted: Sequence[tuple[int, int]]) -> list[Constant] | None:
    """E[f(s z)^i z^j] for pairs (i, j) in the exact class, or None outside it."""
    form = exact_form(pieces)
    if form is None:
        return None
    found = []
    for i, j in wanted:
        constant = form.moment(i, j, scale)
        if constant is None:
            return None
        found.append(constant)
    return found
