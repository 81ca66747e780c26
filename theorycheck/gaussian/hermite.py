"""Coefficients in the orthonormal probabilists' Hermite polynomials h_k = He_k/sqrt(k!): exact, certified, or in float64."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.accuracy import absolute_ball, absolute_tolerance, require_digits
from theorycheck.gaussian.hermite_floats import float_coefficients
from theorycheck.gaussian.symmetry import affine_part

if TYPE_CHECKING:
    from theorycheck.limits import Budget

MAX_TERMS = 4096
#: How many coefficients the exact class is asked for: beyond, closed forms grow longer than their digits.
MAX_EXACT_TERMS = 2048


@overload
def hermite_coefficients(f: Activation | str, terms: int, digits: None = None, *, scale: Any = 1) -> np.ndarray: ...


@overload
def hermite_coefficients(
    f: Activation | str, terms: int, digits: int, *, scale: Any = 1, budget: Budget | None = None
) -> list[Enclosure]: ...


def hermite_coefficients(
    f: Activation | str, terms: int, digits: int | None = None, *, scale: Any = 1, budget: Budget | None = None
) -> np.ndarray | list[Enclosure]:
    """E[f(s z) h_k(z)] for k < terms, z ~ N(0, 1).

    Args:
        f: an activation or its text.
        terms: how many, 1 to 4096.
        digits: None for float64 (absolute error about 5e-16 of the size of f); N for enclosures of radius 10^-N max(1, abs(c)).
        scale: s > 0; exact (int, Fraction, text, SymPy number) when digits are asked for.
        budget: work limits of the certified route.
    Returns:
        float64 of shape (terms,), or a list of enclosures, with exact forms where the function is in the exact class.
    Raises:
        InputError: terms, digits or scale out of range.
        DoesNotExist: f grows too fast.

    >>> hermite_coefficients("max(x, 0)", 3).round(12).tolist()
    [0.398942280401, 0.5, 0.282094791774]
    >>> [c.exact for c in hermite_coefficients("max(x, 0)", 4, digits=20)]
    [sqrt(2)/(2*sqrt(pi)), 1/2, 1/(2*sqrt(pi)), 0]
    """
    if isinstance(terms, bool) or not isinstance(terms, Integral) or not 1 <= terms <= MAX_TERMS:
        raise InputError(f"terms={terms!r}; write a whole number from 1 to {MAX_TERMS}")
    activation, terms = as_activation(f), int(terms)
    if digits is None:
        try:
            return float_coefficients(activation, terms, 1.0 if scale == 1 else float(_scale(scale)))
        except Undecided:  # overflow in float64
            return np.array([float(c) for c in _enclosures(activation, terms, 16, scale, None)])
    digits = require_digits(digits)
    return _enclosures(activation, terms, digits, scale, budget)


def _scale(scale: Any) -> Any:
    from theorycheck.gaussian.certified import exact_scale

    return exact_scale(scale)


def _enclosures(f: Activation, terms: int, digits: int, scale: Any, budget: Budget | None) -> list[Enclosure]:
    from theorycheck.gaussian.certified import hermite_integrals
    from theorycheck.gaussian.exact import exact_form

    exact = exact_form(f.pieces) if terms <= MAX_EXACT_TERMS else None
    constants = exact.hermite(terms, _scale(scale)) if exact is not None else None
    if constants is not None:
        return [Enclosure(absolute_ball(c, digits), exact=c.sympy, digits=digits) for c in constants]
    import sympy

    balls = hermite_integrals(f.pieces, scale, terms, absolute_tolerance(digits), budget)
    if any(b.rad() > absolute_tolerance(digits) for b in balls):
        raise Undecided(f"the precision cap was reached before {digits} digits of the Hermite coefficients; ask for fewer digits")
    found = [Enclosure(b, exact=sympy.S.Zero if b.is_zero() else None, digits=digits) for b in balls]
    for sign, first, step in ((1, 0, 1), (-1, 1, _scale(scale))):
        part = affine_part(f.pieces, sign) if terms > first else None
        if part is not None:
            known = [part * step] + [sympy.S.Zero] * len(found[first + 2 :: 2])
            found[first::2] = [Enclosure(enclose(c, bits_for(digits)), exact=c, digits=digits) for c in known]
    return found
