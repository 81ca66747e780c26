"""Mean and variance of SELU under N(x, y) with their derivatives, and the covering that shows that layers draw them together.

The formulas are written once, for SymPy and for balls: `by` is a namespace with exp, erfc, sqrt and pi of the one or the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

#: Boxes that are tried before a covering is given up.
MOST_BOXES = 40_000


@dataclass(frozen=True)
class Domain:
    """Layers with weights of sum ω and square sum τ, |ω| <= tilt and τ in spread, before means |μ| <= mean and variances ν in [low, high].

    A preactivation has mean x = μω and variance y = ντ.
    """

    mean: Fraction
    low: Fraction
    high: Fraction
    tilt: Fraction = Fraction(0)
    spread: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))


def in_sympy() -> SimpleNamespace:
    """The functions for exact expressions."""
    import sympy

    # erf, of which primitives are made: an identity between erf and erfc of an expression is not seen through
    return SimpleNamespace(exp=sympy.exp, erfc=lambda v: 1 - sympy.erf(v), sqrt=sympy.sqrt, pi=sympy.pi, number=sympy.Rational)


def in_balls() -> SimpleNamespace:
    """The functions for balls."""
    from flint import arb, fmpq

    def number(p: Any, q: int = 1) -> Any:
        exact = Fraction(p) / q
        return arb(fmpq(exact.numerator, exact.denominator))

    return SimpleNamespace(exp=arb.exp, erfc=arb.erfc, sqrt=arb.sqrt, pi=arb.pi(), number=number)


def constants(alpha: Any, root: Any, by: SimpleNamespace, gate: Any = None, square: Any = None) -> tuple[Any, Any]:
    """α₀₁ = −√(2/π)/(G − 1) and λ₀₁² = 2/(1 + α²(Q − 2G + 1)), G = e^{1/2} erfc(1/√2) and Q = e² erfc(√2).

    Args:
        alpha: a factor of α; 1 in the statement.
        root: 2 in the statement.
        by: SymPy or balls.
        gate, square: G and Q, if they shall stay symbols.
    """
    half, two = by.number(1, 2), by.number(2)
    gate = by.exp(half) * by.erfc(1 / by.sqrt(two)) if gate is None else gate
    square = by.exp(two) * by.erfc(by.sqrt(two)) if square is None else square
    a = by.number(alpha) * -by.sqrt(by.number(root) / by.pi) / (gate - 1)
    return a, 2 / (1 + a**2 * (square - 2 * gate + 1))


def tail(t: int, x: Any, y: Any, by: SimpleNamespace) -> Any:
    """E[e^{th}; h < 0] for h ~ N(x, y)."""
    return by.exp(t * x + by.number(t * t, 2) * y) * by.erfc((x + t * y) / by.sqrt(2 * y)) / 2


def density(x: Any, y: Any, by: SimpleNamespace) -> Any:
    """The density of N(x, y) at 0."""
    return by.exp(-x * x / (2 * y)) / by.sqrt(2 * by.pi * y)


def moments(x: Any, y: Any, a: Any, scale: Any, by: SimpleNamespace) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """E s(h) with its derivatives in x and y, and the same of E s(h)², for h ~ N(x, y)."""
    none, one, two = (tail(t, x, y, by) for t in range(3))
    at_zero, above = density(x, y, by), 1 - none
    first = x * above + y * at_zero  # E[h; h > 0], and E[h²; h > 0] = x E[h; h > 0] + y P(h > 0)
    mean = scale * (first + a * (one - none))
    second = scale**2 * (x * first + y * above + a**2 * (two - 2 * one + none))
    return (
        (mean, scale * (above + a * one), scale * (a * one + (1 - a) * at_zero) / 2),
        (second, 2 * scale**2 * (first + a**2 * (two - one)), scale**2 * (above + a**2 * (2 * two - one))),
    )


def layer(x: Any, y: Any, a: Any, scale: Any, by: SimpleNamespace) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Mean and variance of s(h), each with its derivatives in x and y."""
    (m, m_x, m_y), (e, e_x, e_y) = moments(x, y, a, scale, by)
    return (m, m_x, m_y), (e - m**2, e_x - 2 * m * m_x, e_y - 2 * m * m_y)


def jacobian(rows: Any, omega: Any, tau: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The Jacobian of (μ, ν) ↦ (mean, variance) from the rows of `layer` at x = μω, y = ντ, by the chain rule."""
    (_, m_x, m_y), (_, v_x, v_y) = rows
    return (omega * m_x, tau * m_y), (omega * v_x, tau * v_y)


def gaps(matrix: tuple[tuple[Any, Any], tuple[Any, Any]]) -> tuple[Any, Any]:
    """(1 − p)(1 − q) and 2 − p − q for the eigenvalues p, q of JJᵀ: both are positive exactly if the spectral norm is below 1."""
    (a, b), (c, d) = matrix
    trace, root = a**2 + b**2 + c**2 + d**2, a * d - b * c
    return 1 - trace + root**2, 2 - trace


def attracts(domain: Domain, a: Any, scale: Any) -> Any:
    """Whether every layer of the domain sends its rectangle of means and variances into itself and has a Jacobian of norm below 1.

    The Jacobian at (μ, ν) has the columns ω ∂/∂x and τ ∂/∂y of (mean, variance) at x = μω, y = ντ. At given x and y it is longest for
    the largest |ω|, which every x allows, and the largest τ that some ν takes to y. So the domain fails at a point where that one is
    too long, and a covering by balls shows that there is none; then every orbit tends to one fixed point, by Banach's theorem.

    Args:
        domain: the domain.
        a, scale: α and λ as balls.
    """
    from theorycheck.verdict import certified, refuted, undecided

    by, low, high = in_balls(), domain.low, domain.high
    tilt, mean_most, least, most = (by.number(n) for n in (domain.tilt, domain.mean, low, high))
    reach, tried = domain.mean * domain.tilt, 0
    boxes = [((-reach, reach), (low * domain.spread[0], high * domain.spread[1]))]
    while boxes:
        tried += 1
        (x0, x1), (y0, y1) = boxes.pop()
        rows = layer(ball_of(x0, x1), ball_of(y0, y1), a, scale, by)
        m, v = rows[0][0], rows[1][0]
        tau = min(domain.spread[1], y1 / low)
        if abs(m) <= mean_most and least <= v <= most and all(gap > 0 for gap in gaps(jacobian(rows, tilt, by.number(tau)))):
            continue
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        tau = min(domain.spread[1], y / low)
        rows = layer(by.number(x), by.number(y), a, scale, by)
        m, v = rows[0][0], rows[1][0]
        kept = not (abs(m) > mean_most or v < least or v > most)
        if not kept or any(gap < 0 for gap in gaps(jacobian(rows, tilt, by.number(tau)))):
            at = f"μω = {float(x):.6g}, ν = {float(y / tau):.6g}, τ = {float(tau):.6g}"
            found = "‖J‖ > 1" if kept else f"mean {float(m):.6g}, variance {float(v):.6g}: outside"
            return refuted(f"at {at}: {found}", witness=at, grade="certified")
        if tried > MOST_BOXES:
            return undecided(f"{MOST_BOXES} boxes did not decide it")
        if y1 - y0 > x1 - x0:
            boxes += [((x0, x1), (y0, y)), ((x0, x1), (y, y1))]
        else:
            boxes += [((x0, x), (y0, y1)), ((x, x1), (y0, y1))]
    return certified(f"the rectangle is kept and ‖J‖ < 1, by balls on {tried} boxes", trusts=("banach-fixed-point",))


def ball_of(low: Fraction, high: Fraction) -> Any:
    """A ball that contains an interval."""
    number = in_balls().number
    return number(low).union(number(high))
