"""Gaussian integrals of a function that is analytic around the whole line: the cut-off, one trapezoidal rule, and the rounding."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log, log2
from typing import Any

import sympy
from flint import arb, ctx

from theorycheck.activation.balls import rational
from theorycheck.gaussian.cutoff import cut_line, scale_of
from theorycheck.gaussian.symmetry import parity
from theorycheck.gaussian.trapezoid import Weights, trapezoid_plan, trapezoid_sums
from theorycheck.gaussian.weights import log_sum


def symmetry_factors(pieces: Sequence[Any], weights: Weights) -> tuple[int, list[int]]:
    """The parity of f, and by what the integral over z ≥ 0 (over the line, without a parity) is multiplied for each weight."""
    sign = parity(pieces)
    return sign, [2 if p > 0 else 0 for p in weights.parity(sign)] if sign else [1] * weights.count


def trapezoid_integrals(pieces: Sequence[Any], scale: sympy.Expr, weights: Weights, tolerance: arb) -> list[arb] | None:
    """The whole line at once where f is analytic around it; None where a rule of panels is the better choice."""
    if len(pieces) != 1 or not scale.is_Rational:
        return None
    sign, factors = symmetry_factors(pieces, weights)
    if not any(factors):
        return None
    half_line, expr, log_tolerance = bool(sign), pieces[0].expr, float(tolerance.log())
    width = scale_of(scale, 64)
    cuts = [cut_line(expr, side, 0.0, width, weights.majorants(), log_tolerance - 3) for side in ((1,) if half_line else (1, -1))]
    cut = max(at for at, _ in cuts)
    plan = trapezoid_plan(expr, float(width.ball), weights, log_tolerance - 2, cut, half_line)
    if plan is None:
        return None
    log_error = log_sum([plan.log_error, *(missing for _, missing in cuts)])
    bits = max(0.0, (plan.log_mass - log_tolerance) / log(2)) + 2 * log2(plan.count + 1) + 12 + weights.extra_bits(half_line)
    with ctx.workprec(32 * ceil(max(bits, 53) / 32)):
        sums = trapezoid_sums(plan, expr, arb(rational(scale)), weights, half_line, [f != 0 for f in factors])
        error = arb(0, arb(log_error).exp().abs_upper())
        found = [(s + error) * factor if factor else arb(0) for s, factor in zip(sums, factors, strict=True)]
    return found if all(r.rad() <= tolerance for r in found) else None
