"""Signal propagation: the moments behind initialisation gains, and the factors by which one wide layer scales perturbations.

Weights are N(0, C_W/n), n the fan-in, biases N(0, C_b). A layer maps the variance K of a preactivation to C_W g(K) + C_b with
g(K) = E[s(√K z)²]. A small difference grows by χ⊥ = C_W E[s'(√K z)²] across the input and by χ∥ = C_W g'(K) along it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sympy
from flint import arb, ctx

from theorycheck.activation.balls import rational
from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.zero import is_zero
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.errors import DoesNotExist, InputError, TheorycheckError, Undecided
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.slope_moments import exact_moments
from theorycheck.limits import Budget

if TYPE_CHECKING:
    from theorycheck.properties.criticality import Criticality

#: The numbers of the signal document, in its order.
NUMBERS = ("mean", "second_moment", "gain", "gain_centred", "backward_gain", "chi_perp", "chi_par")


@dataclass(frozen=True)
class Signal:
    """What a wide layer does to a signal.

    Args:
        numbers: an enclosure for each of `NUMBERS` that exists.
        missing: for each of the others, why not.
        criticality: the critical points, or None where the question could not be asked.
        undecided: why the critical points are not known, when they are not.
        spent: whether a number is undecided, mostly because the work allowed was spent.
    """

    numbers: dict[str, Enclosure]
    missing: dict[str, str] = field(default_factory=dict)
    criticality: Criticality | None = None
    undecided: str = ""
    spent: bool = False

    def to_json(self) -> dict[str, Any]:
        """The signal document: a value for each of `NUMBERS`, the critical points, and whether they are all."""
        document: dict[str, Any] = {}
        for name in NUMBERS:
            known = self.numbers.get(name)
            none = {"value": None, "radius": None, "exact": None, "reason": self.missing.get(name)}
            document[name] = none if known is None else known.to_json()
        if self.criticality is None:
            from theorycheck.verdict import undecided

            return {**document, "critical": [], "critical_complete": undecided(self.undecided).to_json()}
        return {**document, **self.criticality.to_json()}


def signal(f: Activation | str, digits: int = 15, budget: Budget | None = None) -> Signal:
    """The moments, gains and factors of an activation at K = 1, and its critical points.

    The gain is 1/√E[s²], the centred gain 1/√Var s, the backward gain 1/√E[s'²]. χ⊥ and χ∥ are taken at C_W = gain², C_b = 0.

    Args:
        f: an activation or its text.
        digits: decimal digits, at least 1.
        budget: work limits.
    Returns:
        The numbers that exist, and reasons for those that do not.
    Raises:
        InputError: digits is not a number of decimal digits.
    Source:
        He et al. (2015), section 2.2; Poole et al. (2016), eq. (3) and (5); Schoenholz et al. (2017), eq. (5).

    >>> found = signal("max(x, 0)")
    >>> found.numbers["gain"].exact, found.criticality.points[0].kind
    (sqrt(2), 'every K')
    >>> signal("x*tanh(log(1+exp(x)))", 12).numbers["gain"].value
    '1.486847581273'
    """
    from theorycheck.properties.criticality import critical_points

    digits = require_digits(digits)
    s, allowed = as_activation(f), budget or Budget()
    numbers: dict[str, Enclosure] = {}
    missing: dict[str, str] = {}
    spent = False

    def moment(of: Callable[[], Sequence[Any]], power: int, degree: int) -> _Number | str:
        nonlocal spent
        try:
            allowed.check("computing a moment")
            return _moment(of(), power, degree, digits, allowed)
        except DoesNotExist as error:
            return f"does not exist: {error}"
        except InputError as error:
            return f"not defined: {error}"
        except Undecided as error:
            spent = True
            return f"undecided: {error}"

    def put(name: str, formula: Callable[..., _Number], *parts: _Number | str) -> None:
        nonlocal spent
        reason = next((part for part in parts if isinstance(part, str)), None)
        if reason is not None:
            missing[name] = reason
            return
        try:
            with ctx.workprec(bits_for(digits, 200)):
                numbers[name] = formula(*parts).enclosure(digits)
        except DoesNotExist as error:
            missing[name] = f"does not exist: {error}"
        except Undecided as error:
            spent, missing[name] = True, f"undecided: {error}"

    mean, square, radial = (moment(lambda: s.pieces, i, j) for i, j in ((1, 0), (2, 0), (2, 2)))
    slope = moment(lambda: _slope(s).pieces, 2, 0)
    put("mean", lambda m: m, mean)
    put("second_moment", lambda q: q, square)
    put("gain", lambda q: q.inverse_root("s = 0 almost everywhere"), square)
    put("gain_centred", lambda q, m: (q - m * m).inverse_root("s is constant"), square, mean)
    put("backward_gain", lambda h: h.inverse_root("s' = 0 almost everywhere"), slope)
    put("chi_perp", lambda h, q: h.over(q, "s = 0 almost everywhere"), slope, square)
    put("chi_par", lambda r, q: (r - q).over(q * _Number(arb(2), sympy.Integer(2)), "s = 0 almost everywhere"), radial, square)
    try:
        return Signal(numbers, missing, critical_points(s, digits, allowed), spent=spent)
    except TheorycheckError as error:
        return Signal(numbers, missing, None, str(error), spent)


def _slope(s: Activation) -> Activation:
    if s.jumps:
        point, size = s.jumps[0]
        raise InputError(f"s jumps by {size} at x = {point}, where s' is not a function")
    return s.derivative()


@dataclass(frozen=True)
class _Number:
    """A ball, with the closed form of the same number where there is one."""

    ball: arb
    exact: sympy.Expr | None

    def enclosure(self, digits: int) -> Enclosure:
        exact = sympy.S.Zero if self.ball.is_zero() else self.exact
        ball = arb(rational(exact)) if exact is not None and exact.is_Rational else self.ball
        return Enclosure(ball, exact=exact, digits=digits)

    def __sub__(self, other: _Number) -> _Number:
        return _Number(self.ball - other.ball, None if self.exact is None or other.exact is None else self.exact - other.exact)

    def __mul__(self, other: _Number) -> _Number:
        return _Number(self.ball * other.ball, None if self.exact is None or other.exact is None else self.exact * other.exact)

    def over(self, other: _Number, zero: str) -> _Number:
        """The quotient; DoesNotExist when the divisor is 0, with what that says of s."""
        other._require_positive(zero)
        exact = None if self.exact is None or other.exact is None else sympy.together(self.exact / other.exact)
        return _Number(self.ball / other.ball, exact)

    def inverse_root(self, zero: str) -> _Number:
        """1/√(the number); DoesNotExist when it is 0, with what that says of s."""
        self._require_positive(zero)
        return _Number(self.ball.rsqrt(), None if self.exact is None else 1 / sympy.sqrt(sympy.together(self.exact)))

    def _require_positive(self, zero: str) -> None:
        if self.ball > 0:
            return
        if self.ball.is_zero() or (self.exact is not None and is_zero(self.exact)):
            raise DoesNotExist(zero)
        raise Undecided(f"whether {zero}: {self.ball.str(3)} is not told from 0; more digits may decide it")


def _moment(pieces: Sequence[Any], power: int, degree: int, digits: int, budget: Budget) -> _Number:
    """E[f^power z^degree] with guard digits for the quotients and roots that follow, more of them where the number is small."""
    constants = exact_moments(pieces, sympy.S.One, [(power, degree)])
    if constants is not None:
        return _Number(constants[0].ball(bits_for(digits, 120)), constants[0].sympy())
    guard = 8
    while True:
        (ball,) = moment_integrals(pieces, 1, [(power, degree)], arb(10) ** -(digits + guard), budget)
        if power == 1 or ball.is_zero() or ball > arb(10) ** (-(guard - 6) // 3) or guard > 100:
            return _Number(ball, None)
        guard *= 2
