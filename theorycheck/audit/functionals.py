"""The functionals of an activation that code and papers print, each as a certified number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, Undecided

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation


@dataclass(frozen=True)
class Functional:
    """A number that belongs to an activation.

    Args:
        value: takes the activation, the argument (None where there is none) and the digits; gives an enclosure.
        argument: the name of the argument that a row must give, or "".
        check: reads the argument from the row; raises InputError.
    """

    value: Callable[[Activation, Any, int], Enclosure]
    argument: str = ""
    check: Callable[[Any], Any] = lambda given: given


def _second_moment(f: Activation, digits: int) -> Enclosure:
    from theorycheck.gaussian.dual import dual_activation

    return dual_activation(f, 1, digits=digits)


def _mean(f: Activation, _: Any, digits: int) -> Enclosure:
    from theorycheck.gaussian.expectation import expectation

    return expectation(f, digits)


def _variance(f: Activation, digits: int) -> Enclosure:
    from flint import ctx

    mean, second = _mean(f, None, digits), _second_moment(f, digits)
    exact = None if mean.exact is None or second.exact is None else second.exact - mean.exact**2
    with ctx.workprec(bits_for(digits, guard=60)):
        return Enclosure(second.ball - mean.ball**2, exact, digits)


def _one_over_root(moment: Enclosure, digits: int, what: str) -> Enclosure:
    """1/sqrt(moment), of which a positive lower bound must be known."""
    from flint import ctx

    from theorycheck.activation.balls import enclose
    from theorycheck.activation.zero import is_zero

    exact = moment.exact
    if exact is not None and is_zero(exact):
        raise DoesNotExist(f"{what} is 0, and 1/√0 is no number")
    with ctx.workprec(bits_for(digits, guard=60)):
        ball = moment.ball if exact is None else enclose(exact, bits_for(digits, guard=60))
        if not ball > 0:
            raise Undecided(f"{what} lies within {ball.str(3)} of 0; more digits would decide whether it is positive")
        return Enclosure(1 / ball.sqrt(), None if exact is None else (lambda: 1 / _sqrt(exact)), digits)


def _sqrt(exact: Any) -> Any:
    import sympy

    return sympy.sqrt(exact)


def _gain(f: Activation, _: Any, digits: int) -> Enclosure:
    return _one_over_root(_second_moment(f, digits), digits, "E[s²]")


def _centred_gain(f: Activation, _: Any, digits: int) -> Enclosure:
    return _one_over_root(_variance(f, digits), digits, "the variance of s")


def _backward_gain(f: Activation, _: Any, digits: int) -> Enclosure:
    from theorycheck.gaussian.dual import dual_activation

    _require_slope(f)
    return _one_over_root(dual_activation(f, 1, digits=digits, derivative=True), digits, "E[s'²]")


def _require_slope(f: Activation) -> None:
    if f.jumps:
        raise DoesNotExist(f"it jumps at x = {f.jumps[0][0]}, where s' is not a function")


def _hermite(f: Activation, k: int, digits: int) -> Enclosure:
    from theorycheck.gaussian.hermite import hermite_coefficients

    return hermite_coefficients(f, k + 1, digits=digits)[k]


def _dual(f: Activation, at: Fraction, digits: int) -> Enclosure:
    from theorycheck.gaussian.dual import dual_activation

    return dual_activation(f, at, digits=digits)


def _rho(f: Activation, sigma: Fraction, digits: int) -> Enclosure:
    from theorycheck.gaussian.moments import rho_terms

    return rho_terms(f, sigma, digits).value


def _lipschitz(f: Activation, _: Any, digits: int) -> Enclosure:
    """sup abs(s'), infinite where s jumps."""
    from theorycheck.properties.suprema import supremum

    if f.jumps:
        raise DoesNotExist("it jumps: no Lipschitz constant")
    top = supremum(f.derivative().pieces)
    if not top.value.is_finite():
        raise DoesNotExist("its slope is unbounded: no Lipschitz constant")
    return Enclosure(top.value, top.exact, digits)


def _minimum(f: Activation, _: Any, digits: int) -> Enclosure:
    from theorycheck.audit.least_value import least_value

    return Enclosure(least_value(f, bits_for(digits, guard=60))[0], digits=digits)


def _minimiser(f: Activation, _: Any, digits: int) -> Enclosure:
    from theorycheck.audit.least_value import least_point

    return Enclosure(least_point(f, bits_for(digits, guard=60)), digits=digits)


def _critical(f: Activation, name: str, digits: int) -> Enclosure:
    """A number of the one critical point with K > 0, else of that in the limit K → 0; where every K is critical, K is no number."""
    from theorycheck.properties.criticality import critical_points

    _require_slope(f)
    found = critical_points(f, digits)
    points = [point for point in found.points if point.kind != "K = 0"] or list(found.points)
    if found.complete.holds is None:
        raise Undecided(found.complete.reason)
    if not found.complete.holds:
        raise Undecided(f"no single number: {found.complete.reason}")
    if len(points) != 1:
        raise DoesNotExist(f"it has {len(points) or 'no'} critical points{' with K > 0' if points else ''}")
    number = getattr(points[0], name)
    if number is None:
        raise Undecided("no single number: every K > 0 is critical")
    return number


def _degree(given: Any) -> int:
    if type(given) is not int or not 0 <= given < 4096:
        raise InputError(f"k = {given!r}; write a whole number from 0 to 4095")
    return given


def _exact(given: Any, name: str) -> Fraction:
    from theorycheck.activation.language import exact_number
    from theorycheck.decimals import as_fraction

    if type(given) not in (str, int):  # a float of TOML is no longer the decimal that was written
        raise InputError(f"{name} = {given!r}; write an exact number in quotes, for example {name} = \"0.1\"")
    return as_fraction(exact_number(given, f"{name} ="))


def _correlation(given: Any) -> Fraction:
    at = _exact(given, "at")
    if not -1 <= at <= 1:
        raise InputError(f"at = {given!r}: a correlation lies in [-1, 1]")
    return at


def _deviation(given: Any) -> Fraction:
    sigma = _exact(given, "sigma")
    if sigma <= 0:
        raise InputError(f"sigma = {given!r}: a standard deviation is positive")
    return sigma


#: Every functional that a row may name; "expectation" is arithmetic of E[...] and has no activation.
FUNCTIONALS: dict[str, Functional] = {
    "mean": Functional(_mean),
    "second moment": Functional(lambda f, _, digits: _second_moment(f, digits)),
    "variance": Functional(lambda f, _, digits: _variance(f, digits)),
    "gain": Functional(_gain),
    "centred gain": Functional(_centred_gain),
    "backward gain": Functional(_backward_gain),
    "hermite": Functional(_hermite, "k", _degree),
    "dual": Functional(_dual, "at", _correlation),
    "rho": Functional(_rho, "sigma", _deviation),
    "lipschitz": Functional(_lipschitz),
    "minimum": Functional(_minimum),
    "minimiser": Functional(_minimiser),
    "critical K": Functional(lambda f, _, digits: _critical(f, "K", digits)),
    "critical C_W": Functional(lambda f, _, digits: _critical(f, "C_W", digits)),
    "critical C_b": Functional(lambda f, _, digits: _critical(f, "C_b", digits)),
}
