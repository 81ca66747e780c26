"""The conditions of Villani in one variable, and along curves: by expansions at infinity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import sympy
from flint import arb, fmpq
from sympy import Expr, Rational, Symbol

from theorycheck.activation.functions import canonical, differentiate, x
from theorycheck.activation.tails import LOG, ONE, GrowsTooFast, Tail, TailUnknown, log_growth, settled_tail
from theorycheck.properties.range_of_several import range_over_space
from theorycheck.properties.signs import short
from theorycheck.verdict import Verdict, certified, refuted, undecided

#: Values of s at which a condition is tried: one is enough to refute it.
STEPS = (Rational(1), Rational(100), Rational(1, 100))
_ENDS = {1: "∞", -1: "−∞"}


def on_half_line(expr: Expr, side: int, name: str) -> tuple[Verdict, Verdict, Verdict]:
    """Conditions 2, 3, 4 for f = expr on the half-line towards side·∞.

    Args:
        expr: an analytic expression in the variable of activations.
        side: +1 or −1.
        name: what the variable is called in reasons.

    >>> [v.holds for v in on_half_line(sympy.log(1 + x**2), +1, "x")]
    [True, False, False]
    """
    end = f"{name} → {_ENDS[side]}"
    lead = _leading(expr, side)
    if lead is None and _outgrows_powers(expr, side) and range_over_space(expr)[0].is_finite():
        second = certified(f"f → ∞ faster than every power as {end}")
        return second, second, _fourth(expr, side, name)
    if lead is None:
        return (undecided(f"the limit of f as {end}; an expansion there would decide it"), undecided(f"the growth of f as {end}"),
                _fourth(expr, side, name))  # fmt: skip
    key, size = lead
    if key <= ONE or size < 0:
        value = limit(expr, side)
        does = f"f → {'−∞' if key > ONE else short(arb(value))}" if key > ONE or value is not None else "f stays bounded"
        second = refuted(f"{does} as {end}", witness=end, grade="certified")
        third = refuted(f"f stays bounded above as {end}, so the integral diverges", witness=end, grade="certified")
        return second, third, _fourth(expr, side, name)
    second = certified(f"f → ∞ as {end}")
    if key > (*LOG[:3], fmpq(1)):
        third = certified(f"f grows faster than the logarithm as {end}")
    else:
        third = refuted(f"f grows at most like log|{name}| as {end}: the integral diverges for large s", witness=end, grade="certified")
    return second, third, _fourth(expr, side, name)


def _leading(expr: Expr, side: int) -> tuple[Any, arb] | None:
    """The dominating term of an expansion, with a coefficient of known sign."""

    def known(found: Tail) -> bool:
        return not found.terms or not arb(found.terms[found.ordered()[0]]).contains(0)

    try:
        found = settled_tail(expr, side, accept=known)
    except (TailUnknown, GrowsTooFast):
        return None
    if not found.terms:
        return ONE, arb(0)
    key = found.ordered()[0]
    coefficient = arb(found.terms[key])
    if not coefficient.contains(0):
        return key, coefficient
    return (ONE, coefficient) if key <= ONE else None


def _fourth(expr: Expr, side: int, name: str) -> Verdict:
    """f'²/s − f'' → ∞ for every s > 0, towards one end."""
    end = f"{name} → {_ENDS[side]}"
    slope, curvature = differentiate(expr), differentiate(expr, 2)
    size = _leading(slope, side)
    if size is None and _outgrows_powers(slope, side):
        rate = log_growth(curvature / slope**2, side)
        if rate and arb(rate[max(rate)]) < 0:
            return certified(f"f' is unbounded and f''/f'² → 0 as {end}")
    if size is not None and size[0] > ONE:
        ratio = limit(canonical(curvature / slope**2), side)
        if ratio is not None and ratio <= 0:
            return certified(f"f' is unbounded and f''/f'² → {'0' if ratio == 0 else short(arb(ratio))} as {end}")
        if ratio is not None and arb(ratio).is_finite() and arb(ratio) > 0:
            s = Rational(int((2 / arb(ratio)).upper().ceil().unique_fmpz()))
            return refuted(f"f'' exceeds f'²/s for s = {s} as {end}", witness=f"s = {s}, {end}", grade="certified")
    for s in STEPS:
        top = bounded_above(slope**2 / s - curvature, side)
        if top is not None:
            return refuted(f"f'²/s − f'' → {top} for s = {s} as {end}", witness=f"s = {s}, {end}", grade="certified")
    return undecided(f"f'²/s − f'' as {end}; an expansion of f' and f'' there would decide it")


def _outgrows_powers(expr: Expr, side: int) -> bool:
    rate = log_growth(expr, side)
    return bool(rate and max(rate) > LOG and arb(rate[max(rate)]) > 0)


def limit(expr: Expr, side: int) -> Any:
    """The limit at side·∞, exact or a ball, or None."""
    try:
        return settled_tail(expr, side).limit()
    except (TailUnknown, GrowsTooFast):
        return None


def bounded_above(expr: Expr, side: int) -> str | None:
    """What an expression tends to, or stays below, at side·∞ when that is not +∞; None when it is or when nothing is known."""
    try:
        found = settled_tail(expr, side)
        value = found.limit()
        if value is not None:
            ball = arb(value) if isinstance(value, fmpq) else value
            if ball.is_finite():
                return str(value) if isinstance(value, fmpq) else short(ball)
            return "−∞" if ball < 0 else None
        top = found.bounds()[1]
        return f"at most {short(top)}" if top.is_finite() else None
    except (TailUnknown, GrowsTooFast):
        return None


def curves(symbols: tuple[Symbol, ...], most: int = 60) -> Iterator[dict[Symbol, Expr]]:
    """Families of curves to infinity, x > 0 the parameter: axes, diagonals, lines at a distance, and hyperbolas c/x."""
    here = [sympy.S.Zero, x, -x]
    far = [1 / x, sympy.S.One, -1 / x, sympy.pi / 2, sympy.pi / (2 * x), -sympy.pi / (2 * x), 3 * sympy.pi / (2 * x), sympy.pi, 2 * x]
    count = 0
    for choice in (here, [*here, *far]):
        for values in product(choice, repeat=len(symbols)):
            if not any(v in (x, -x) for v in values) or (choice is not here and all(v in here for v in values)):
                continue
            count += 1
            if count > most:
                return
            yield dict(zip(symbols, values, strict=True))


def along(curve: dict[Symbol, Expr]) -> str:
    """A curve in words, with the parameter t → ∞."""
    t = Symbol("t")
    return ", ".join(f"{s} = {v.subs(x, t)}" for s, v in curve.items())


def escapes(make: Callable[[dict[Symbol, Expr]], Expr], symbols: tuple[Symbol, ...]) -> tuple[str, str] | None:
    """A curve of `curves` along which an expression stays bounded above: the curve and what the expression tends to."""
    for curve in curves(symbols):
        expr = canonical(make(curve))
        top = bounded_above(expr, +1) if expr.has(x) else str(expr)
        if top is not None:
            return along(curve), top
    return None
