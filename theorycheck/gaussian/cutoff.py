"""Where the line may be cut: rigorous bounds of Gaussian tail integrals from an expansion of the function at infinity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, log, sqrt
from typing import Any

from flint import arb, fmpq
from sympy import Expr

from theorycheck.activation.balls import enclose, rational
from theorycheck.activation.growth import quick_growth
from theorycheck.activation.tails import GrowsTooFast, Tail, TailUnknown, tail
from theorycheck.errors import DoesNotExist, Undecided
from theorycheck.gaussian.weights import Majorant, padded


@dataclass(frozen=True)
class Growth:
    """abs(f(side·x)) <= Σ e^log_c · e^(b x² + a x) · x^m · (log x)^l for x >= start.

    Args:
        start: where the bound begins.
        terms: (log_c, b, a, m, l) as floats.
        lead: the exact exponents (b, a, m) of the dominant term, or None for the zero function.
        certain: whether the dominant coefficient is known not to vanish.
    """

    start: int
    terms: tuple[tuple[float, float, float, float, float], ...]
    lead: tuple[fmpq, fmpq, fmpq] | None
    certain: bool


@dataclass(frozen=True)
class Scale:
    """The factor s in f(s z): its ball, and its square exactly where it is rational."""

    ball: arb
    square: fmpq | arb


def scale_of(scale: Expr, prec: int) -> Scale:
    """An exact positive number as a factor, enclosed at a precision in bits."""
    ball = enclose(scale, prec)
    return Scale(ball, rational(scale) ** 2 if scale.is_Rational else ball * ball)


def expansion(expr: Any, side: int, start: int) -> Tail:
    """The expansion of f(side·x), from the first of start, 2 start, 4 start, ... on which it can be formed.

    Raises:
        DoesNotExist: f grows faster than every e^(b x²).
        Undecided: no expansion could be formed.
    """
    for _ in range(8):
        try:
            return tail(expr, side, start)
        except TailUnknown:
            start *= 2
        except GrowsTooFast as error:
            raise DoesNotExist(f"E[...] does not exist: {expr} grows faster than every exp(b*x**2) as x -> {'-' * (side < 0)}oo") from error
    raise Undecided(f"no bound for {expr} beyond x = {side * start} was found; a `where` that fixes its tail would decide it")


@lru_cache(maxsize=1024)
def growth(expr: Any, side: int, start: int) -> Growth:
    """The growth of f(side·x): by its structure when that keeps it below every e^(b x²), else from its expansion at infinity."""
    quick = quick_growth(expr, side)
    if quick is not None and quick.b == 0:
        exponents = (padded(log(quick.c)) if quick.c else -inf, 0.0, quick.a, quick.m, 0.0)
        return Growth(start, (exponents,), (fmpq(0), fmpq(0), fmpq(0)), False)
    found = expansion(expr, side, start)
    terms, lead, certain = [], None, True
    for key in found.ordered():
        ball = arb(found.terms[key])
        if ball.is_zero():
            continue
        b, a, m, power_of_log = key
        if lead is None:
            lead, certain = (b, a, m), not ball.contains(0)
        terms.append((padded(float(ball.abs_upper().log())), float(arb(b)), float(arb(a)), float(arb(m)), float(arb(power_of_log))))
    return Growth(int(found.start), tuple(terms), lead, certain)


def require_integrable(f: Growth, scale: Scale, power: int, degree: int, expr: Any) -> None:
    """Raise DoesNotExist when the dominant term of f^power z^degree defeats the Gaussian density."""
    if f.lead is None:
        return
    b, a, m = (power * e for e in f.lead)
    excess = 2 * scale.square * b - 1
    if excess < 0:
        return
    critical = isinstance(excess, fmpq) and excess == 0
    if critical and (a < 0 or (a == 0 and m + degree < -1)):
        return
    if not f.certain or not (critical or excess > 0):
        raise Undecided(f"whether the Gaussian integral of {expr} converges depends on a coefficient that may be zero")
    raise DoesNotExist(
        f"E[...] does not exist: the integrand grows like exp({b}*x**2) for f = {expr}, and at this scale the Gaussian density "
        "decays no faster; write a function (or a scale) with b*scale**2 < 1/2"
    )


def log_tail(f: Growth, power: int, scale: float, majorant: Majorant, cut: float) -> float:
    """A bound of log ∫_cut^∞ abs(f(s z)^power · weight · density) dz; inf where the integrand need not decrease yet.

    A log-concave decreasing g satisfies ∫_L^∞ g <= g(L)/abs((log g)'(L)); (Σ_1^n t)^i <= n^(i−1) Σ t^i.
    """
    log_cut, log_scale = log(cut), log(scale)
    share = (power - 1) * log(max(len(f.terms), 1)) + majorant.shift
    worst = -inf
    for log_c, b, a, m, power_of_log in f.terms:
        m, power_of_log = power * m, power * power_of_log
        degree = m + majorant.power
        log_g = power * log_c + share + m * log_scale
        if power_of_log > 0:  # log x <= x
            degree += power_of_log
            log_g += power_of_log * log_scale
        elif power_of_log < 0:
            log_g += power_of_log * log(log(cut * scale))
        gaussian = power * b * scale * scale
        bend, slope = gaussian + majorant.bend, power * a * scale + majorant.slope
        steepness = max(degree, 0.0) / cut + slope + 2 * bend * cut
        if not (bend <= 0 and steepness < -1e-9 * (1 + abs(slope))):
            return inf
        size = abs(degree * log_cut) + abs(power * a * scale * cut) + (abs(gaussian) + 1) * cut * cut
        worst = max(worst, log_g + degree * log_cut + slope * cut + bend * cut * cut - log(-steepness) + 1e-12 * size)
    return padded(worst + log(max(len(f.terms), 1)))


def cut_line(
    expr: Any, side: int, last: float, scale: Scale, weights: Sequence[tuple[int, list[Majorant]]], log_tolerance: float
) -> tuple[float, float]:
    """Where to cut the half-line, in z, and a bound of the logarithm of what is cut off.

    Args:
        expr: the function in `x` on the last piece of that side.
        side: +1 or −1.
        last: abs of the last breakpoint in x on that side.
        scale: the factor s.
        weights: power of f and majorants, for each weight.
        log_tolerance: what may be cut off.
    """
    start = max(2, int(last) + 1)
    if expr == 0:
        return start / float(scale.ball), -inf
    f = growth(expr, side, start)
    s = float(scale.ball)
    for power, majorants in weights:
        require_integrable(f, scale, power, majorants[0].power, expr)

    def left_out(cut: float) -> float:
        """The largest tail, or the first found to be too large; the highest moments come last and are tried first."""
        worst = -inf
        for power, majorants in reversed(weights):
            worst = max(worst, min(log_tail(f, power, s, m, cut) for m in majorants))
            if worst > log_tolerance:
                break
        return worst

    first = max(f.start / s * (1 + 1e-9), 1.0)
    cut = low = max(first, sqrt(-2 * min(log_tolerance, -1.0)))
    missing, step = left_out(cut), 0.06
    if missing > log_tolerance:
        while missing > log_tolerance:
            low, cut, step = cut, cut * (1 + step), step * 1.5
            if cut > 1e9:
                raise Undecided(f"the Gaussian tail of {expr} decays too slowly to be cut off")
            missing = left_out(cut)
    else:
        while low == cut and cut > first:
            low, step = max(first, cut / (1 + step)), step * 1.5
            if (closer := left_out(low)) <= log_tolerance:
                cut, missing = low, closer
    while cut - low > 0.05 * cut:  # nodes cost more than a few more bounds
        middle = (low + cut) / 2
        if (closer := left_out(middle)) <= log_tolerance:
            cut, missing = middle, closer
        else:
            low = middle
    return cut, missing
