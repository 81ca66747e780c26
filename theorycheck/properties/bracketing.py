"""Roots in √K of Gaussian moments: closing a bracket of certified signs, and a moment for a whole range of K at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import arb, ctx
from sympy import Rational

from theorycheck.activation.balls import rational
from theorycheck.activation.pieces import Pieces
from theorycheck.enclosure import bits_for
from theorycheck.errors import Undecided
from theorycheck.gaussian.certified import moment_integrals
from theorycheck.gaussian.exact import exact_form
from theorycheck.limits import Budget


def close_bracket(f: Callable[[Rational, int], arb], low: Rational, high: Rational, digits: int) -> tuple[Rational, Rational]:
    """A bracket of certified opposite signs, of relative width about 10^−(digits + 4), inside one.

    Args:
        f: f(point, d), a ball with d decimal places.
        low, high: rational points where f has opposite signs.
        digits: decimal digits.
    Raises:
        Undecided: the signs were not told apart at the precision.

    >>> root = close_bracket(lambda t, d: arb(rational(t)) ** 2 - 2, Rational(1), Rational(2), 10)
    >>> bool(root[0] ** 2 < 2 < root[1] ** 2), bool(root[1] - root[0] < Rational(10) ** -13)
    (True, True)
    """
    places = digits + 10
    left, right = f(low, places), f(high, places)
    wanted = (high + low) * Rational(1, 10 ** (digits + 5))
    step = 0
    while high - low > 2 * wanted:
        step += 1
        if step > 40 + 4 * digits:
            raise Undecided("a sign change could not be enclosed more closely")
        point = (low + high) / 2
        if step % 3 and not (left - right).contains(0):  # two steps by the secant, then one bisection, which bounds the work
            ratio = Rational(str((left / (left - right)).mid().str(places, radius=False)))
            point = low + (high - low) * min(max(ratio, Rational(0)), Rational(1))
            point += wanted / 2 if step % 2 else -wanted / 2
        point = min(max(_dyadic(point, places), low + wanted / 8), high - wanted / 8)
        value = f(point, places)
        if value.contains(0):
            places += 10
            if places > 3 * digits + 80:
                raise Undecided("the sign near a root could not be told")
            left, right = f(low, places), f(high, places)
        elif (value > 0) == (left > 0):
            low, left = point, value
        else:
            high, right = point, value
    return low, high


def _dyadic(point: Rational, places: int) -> Rational:
    scale = 1 << (4 * places)
    return Rational(int(point * scale), scale)


def moment_at(pieces: Pieces, sigma: Rational, power: int, degree: int, places: int, budget: Budget) -> arb:
    """E[f(σz)^power z^degree], to about `places` decimal places: `moments_at` for one pair.

    >>> from theorycheck.activation.function import Activation
    >>> moment_at(Activation("sin(x)").pieces, Rational(10**6), 2, 0, 10, Budget()).contains(0.5)
    True
    """
    return moments_at(pieces, sigma, [(power, degree)], places, budget)[0]


def moments_at(pieces: Pieces, sigma: Rational, wanted: Sequence[tuple[int, int]], places: int, budget: Budget) -> list[arb]:
    """E[f(σz)^power z^degree] for pairs (power, degree), to about `places` decimal places.

    Waves and exponentials take their closed form: for large σ their panels are too many.

    >>> from theorycheck.activation.parsing import parse
    >>> [str(m.mid()) for m in moments_at(parse("x"), Rational(2), [(1, 1), (2, 2)], 10, Budget())]
    ['2.00000000000000', '12.0000000000000']
    """
    form = exact_form(pieces)
    if form is not None and len(form.pieces) == 1 and not any(kernel.gates for kernel in form.pieces[0].terms):
        exact = [form.moment(power, degree, sigma) for power, degree in wanted]
        if None not in exact:
            return [number.ball(bits_for(places, 100)) for number in exact if number is not None]
    return moment_integrals(pieces, sigma, wanted, arb(10) ** -places, budget)


def between(low: Rational, high: Rational) -> arb:
    """The smallest ball that contains two rational numbers, at the working precision."""
    return arb(rational(low)).union(arb(rational(high)))


def variance_between(pieces: Pieces, low: Rational, high: Rational, digits: int, budget: Budget, degree: int = 0) -> arb:
    """E[f(√K z)² (√K z)^degree], degree even, for every K in [low², high²] at once.

    √K E[f(√K z)²] = ∫ f(x)² exp(−x²/2K) dx/√(2π) does not decrease with K, so values at the two ends bound all others.

    >>> from theorycheck.activation.parsing import parse
    >>> square = variance_between(parse("x"), Rational(2), Rational(3), 10, Budget())
    >>> bool(square.contains(4)), bool(square.contains(9))
    (True, True)
    """
    ends = [moment_at(pieces, s, 2, degree, digits + 6, budget) for s in (low, high)]
    with ctx.workprec(bits_for(digits, 100)):
        a, b = arb(rational(low)), arb(rational(high))
        return (ends[0] * a**degree * (a / b)).union(ends[1] * b**degree * (b / a))
