"""Expectations under N(0, 1) by the strongest engine that can: exact, certified, floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import sympy

from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure
from theorycheck.errors import Undecided
from theorycheck.gaussian.accuracy import require_digits

if TYPE_CHECKING:
    from theorycheck.limits import Budget


@overload
def expectation(f: Activation | str, digits: None = None, scale: Any = 1) -> float: ...


@overload
def expectation(f: Activation | str, digits: int, scale: Any = 1, budget: Budget | None = None) -> Enclosure: ...


def expectation(f: Activation | str, digits: int | None = None, scale: Any = 1, budget: Budget | None = None) -> float | Enclosure:
    """E[f(s z)], z ~ N(0, 1).

    Args:
        f: an activation or its text.
        digits: None for a float; N for an enclosure of radius at most 10^-N max(1, abs(value)).
        scale: s > 0, exact.
        budget: work limits of the certified route.
    Raises:
        DoesNotExist: the expectation diverges.

    >>> expectation("gelu", digits=15).exact
    1/(2*sqrt(pi))
    >>> round(expectation("tanh(x)**2"), 12), expectation("tanh(x)**2", digits=20).value
    (0.394294490398, '0.394294490397841174416')
    """
    from theorycheck.gaussian.accuracy import absolute_ball, absolute_tolerance
    from theorycheck.gaussian.certified import exact_scale, moment_integrals, require_moments
    from theorycheck.gaussian.exact import exact_form

    activation, s = as_activation(f), exact_scale(scale)
    if digits is None:
        from theorycheck.gaussian.quadrature import float_moments

        require_moments(activation.pieces, s)
        try:
            return float(float_moments(activation, float(s), [(1, 0)])[0])
        except Undecided:  # overflow, or waves too short for float64 quadrature
            return float(expectation(activation, 16, s, budget))
    digits = require_digits(digits)
    form = exact_form(activation.pieces)
    constant = form.moment(1, 0, s) if form is not None else None
    if constant is None:
        (ball,) = moment_integrals(activation.pieces, s, [(1, 0)], absolute_tolerance(digits), budget)
        return Enclosure(ball, exact=sympy.S.Zero if ball.is_zero() else None, digits=digits)
    return Enclosure(absolute_ball(constant, digits), exact=constant.sympy, digits=digits)
