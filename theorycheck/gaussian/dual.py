"""The dual activation E[s(u)s(v)] of a Gaussian pair: closed form where there is one, certified numbers or floats elsewhere.

It is the layer kernel of wide networks (Daniely, Frostig & Singer, NIPS 2016); with s' in place of s, the factor of the tangent kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from flint import arb, ctx
from sympy import Expr, Rational

from theorycheck.activation.balls import enclose
from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.tape import tape_of
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.bivariate import BivariateForm, bivariate_form, r
from theorycheck.gaussian.dual_certified import certified_dual
from theorycheck.gaussian.dual_floats import dual_float
from theorycheck.limits import Budget


def dual_activation(
    f: Activation | str,
    at: Any,
    digits: int | None = None,
    variances: Sequence[Any] = (1, 1),
    derivative: bool = False,
    budget: Budget | None = None,
) -> Any:
    """E[s(u)s(v)] for a centred Gaussian pair with the given variances and correlation.

    Args:
        f: the activation s, or its text.
        at: the correlation in [−1, 1], one or many. With `digits`: text, int, Fraction, or a float, which is read by its decimal digits.
        digits: None for float64; N >= 1 for enclosures of radius at most 10^−N · max(1, abs(value)).
        variances: of u and of v, positive, exact as `at` is; one number stands for both.
        derivative: take s' almost everywhere in place of s.
        budget: work limits of the certified numbers.
    Returns:
        float64 of the shape of `at`, or one Enclosure, or a list of them. `exact` is set where there is a closed form.
    Raises:
        InputError: a correlation outside [−1, 1], a variance that is not positive, or `derivative` of a function that jumps.
        DoesNotExist: the expectation diverges.
        Undecided: the work allowed was spent.

    >>> relu = Activation("max(x, 0)")
    >>> dual_activation(relu, "0.5", digits=20).exact
    sqrt(3)/(4*pi) + 1/6
    >>> dual_activation(relu, [0.0, 1.0]).round(12).tolist()
    [0.159154943092, 0.5]
    """
    pieces = _pieces(as_activation(f), derivative)
    q = _variances(variances)
    form = bivariate_form(pieces, pieces, q)
    if digits is None:
        return _floats(pieces, form, q, at)
    digits = require_digits(digits)
    if isinstance(at, (list, tuple, np.ndarray)) and np.ndim(at):
        many = at.ravel().tolist() if isinstance(at, np.ndarray) else at
        return [_enclosure(pieces, form, q, _correlation(one), digits, budget) for one in many]
    return _enclosure(pieces, form, q, _correlation(at), digits, budget)


def dual_closed_form(f: Activation | str, variances: Sequence[Any] = (1, 1), derivative: bool = False) -> Expr | None:
    """E[s(u)s(v)] as a SymPy expression in the correlation `Symbol("r", real=True)`, or None. Arguments as for `dual_activation`.

    >>> dual_closed_form("erf")
    2*asin(2*r/3)/pi
    >>> dual_closed_form("tanh") is None
    True
    """
    pieces = _pieces(as_activation(f), derivative)
    form = bivariate_form(pieces, pieces, _variances(variances))
    return None if form is None else form.expr


def _pieces(s: Activation, derivative: bool) -> tuple[Any, ...]:
    if not derivative:
        return tuple(s.pieces)
    if s.jumps:
        point, size = s.jumps[0]
        raise InputError(f"s jumps by {size} at x = {point}; its derivative is not a function; write a continuous activation")
    return tuple(s.derivative().pieces)


def exact_rational(number: Any, what: str) -> Rational:
    """A number given as text, int, Fraction, SymPy rational or float (by its decimal digits) as an exact rational.

    >>> exact_rational("3/10", "a correlation"), exact_rational(0.1, "a correlation")
    (3/10, 1/10)
    """
    try:
        value = Fraction(repr(float(number)) if isinstance(number, (float, np.floating)) else str(number))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(f"{number!r} is not {what}; write for example 0.3 or 3/10") from None
    return Rational(value.numerator, value.denominator)


def _variances(variances: Any) -> tuple[Rational, Rational]:
    given = list(variances) if isinstance(variances, (list, tuple, np.ndarray)) else [variances]
    if len(given) not in (1, 2):
        raise InputError(f"{len(given)} variances were given; write one or two")
    q = [exact_rational(v, "a variance") for v in given]
    for one in q:
        if not one > 0:
            raise InputError(f"the variance {one} is not positive; write a number above 0, for example 1.3")
    return q[0], q[-1]


def _correlation(at: Any) -> Rational:
    value = exact_rational(at, "a correlation")
    if abs(value) > 1:
        raise InputError(f"{at} is not a correlation: a correlation lies in [-1, 1]; write for example 0.3")
    return value


def _enclosure(
    pieces: tuple[Any, ...], form: BivariateForm | None, q: tuple[Rational, Rational], at: Rational, digits: int, budget: Budget | None
) -> Enclosure:
    if form is not None:
        _require_conditions(form, at)
        exact = form.expr.subs(r, at)
        ball = _to_radius(exact, digits)
        if ball is not None:
            return Enclosure(ball, exact, digits)
    ball = certified_dual(pieces, pieces, q, at, digits, budget)
    return Enclosure(ball, sympy.S.Zero if ball.is_zero() else None, digits)


def _require_conditions(form: BivariateForm, at: Rational) -> None:
    for condition in form.conditions:
        if not condition.subs(r, at).is_positive:
            raise _diverges(at)


def _diverges(at: Any) -> DoesNotExist:
    return DoesNotExist(f"the expectation does not exist at correlation {at}: s grows too fast for these variances; write smaller ones")


def _to_radius(exact: Expr, digits: int) -> arb | None:
    """The ball of a constant at a precision that meets the radius; None when its arithmetic fails (asin of a ball that leaves [−1, 1])."""
    goal = arb(10) ** (-digits)
    bits = bits_for(digits, 40)
    for _ in range(5):
        with ctx.workprec(bits):
            ball = enclose(exact, bits)
            if ball.rad() <= goal * arb(abs(ball).lower()).max(arb(1)):
                return ball
        bits *= 2
    return None


def _floats(pieces: tuple[Any, ...], form: BivariateForm | None, q: tuple[Rational, Rational], at: Any) -> Any:
    try:
        plain = [_plain(a) for a in at] if isinstance(at, (list, tuple)) else _plain(at)
        correlations = np.asarray(plain, dtype=np.float64)
    except (TypeError, ValueError, ZeroDivisionError):
        raise InputError(f"{at!r} is not a correlation or an array of them; write for example 0.3") from None
    outside = correlations[~(np.abs(correlations) <= 1)]
    if outside.size:
        raise InputError(f"{outside.flat[0]} is not a correlation: a correlation lies in [-1, 1]; write for example 0.3")
    if form is not None:
        values = _closed_form_values(form, correlations)
    else:
        values = np.array([dual_float(pieces, pieces, q, one) for one in correlations.ravel().tolist()]).reshape(correlations.shape)
    return values if correlations.ndim else float(values)


def _plain(number: Any) -> Any:
    return float(Fraction(number)) if isinstance(number, (str, Fraction)) else number


@lru_cache(maxsize=256)
def _stable(expr: Expr) -> Expr:
    """The closed form in `x`, with 1 − r² as (1 − r)(1 + r): near abs(r) = 1 the difference would lose digits."""
    factored = expr.replace(lambda e: e == 1 - r**2, lambda e: sympy.Mul(1 - r, 1 + r, evaluate=False))
    return factored.subs(r, x)


def _closed_form_values(form: BivariateForm, correlations: np.ndarray) -> np.ndarray:
    def values(expr: Expr) -> np.ndarray:
        result = tape_of(expr).run(numpy_arithmetic(), correlations)
        return np.broadcast_to(np.asarray(result, dtype=np.float64), correlations.shape).copy()

    with np.errstate(all="ignore"):
        for condition in form.conditions:
            positive = values(condition.subs(r, x)) > 0
            if not positive.all():
                raise _diverges(correlations[~positive].flat[0])
        return values(_stable(form.expr))
