"""Certified bounds, from below and from above, on the spectral gap λ_s of (s/2)Δ − f'·d/dx for a polynomial f on the line.

The derivative of the slowest mode is the positive ground state w of A = −(s/2)d²/dx² + f'·d/dx + f'' in L²(exp(−2f/s)), with the same
eigenvalue λ_s. For *every* positive continuous w = exp(g), p = g' smooth but for downward jumps of the sum J_c at points c,

    inf V ≤ λ_s ≤ (∫ V w² exp(−2f/s) + (s/2) Σ J_c w(c)² exp(−2f(c)/s)) / ∫ w² exp(−2f/s),   V = f'' + f'p − (s/2)(p' + p²)

(Barta 1937; w = 1 is the bound of Bakry and Émery). We solve Riccati's equation V = λ from both sides, interpolate p by quintics, and bound
V by balls in the interior [−R, R]. Outside, w = const·|x|^{−k}, so V is a polynomial over x², bounded by its leading term.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import log2
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.diffusion.spectral_gap import slow_modes
from theorycheck.diffusion.wells import Coefficients, confining, polynomial
from theorycheck.enclosure import Enclosure
from theorycheck.errors import InputError, Undecided

_PRECISION = 128
#: The Gibbs density at the ends of the interior is below exp(−40) times its maximum.
_DEPTH = 40
#: The most that 2f/s may climb to in the interior: the steps of the solver grow with it.
_STIFFEST = 50_000
#: Cells of the finite volumes that find λ_s roughly.
_ROUGH = 3000


def gap_bounds(coefficients: Coefficients, s: Fraction | int, refine: int = 3) -> Enclosure:
    """The spectral gap λ_s of (s/2)Δ − f'·d/dx for a confining polynomial f on the line, between two proved bounds.

    Args:
        coefficients: of f, exact, constant term first.
        s: exact and positive.
        refine: quintics for each step of the solver; the width falls with its fifth power, down to about 1e-9 for f and s of size 1.

    Returns:
        A ball around λ_s.

    Raises:
        InputError: f is not confining, s or a coefficient is not exact, s is not positive.
        Undecided: the bounds found are not positive, or the gap is too small: below about 1e-9 for f and s of size 1. A larger s or a
            larger `refine` helps; for a double well and small s, `eyring_kramers` has the leading term without a bound.

    >>> gap = gap_bounds([0, 0, Fraction(1, 2)], 1)  # f = x²/2, for which λ_s = 1
    >>> gap.contains(1), float(gap.ball.rad()) < 1e-6
    (True, True)
    """
    from flint import arb, ctx, fmpq

    f = confining(coefficients)
    if isinstance(s, bool) or not isinstance(s, (int, Fraction)) or s <= 0:
        raise InputError(f"s={s!r}; write an exact positive number, an integer or a Fraction")
    if isinstance(refine, bool) or not isinstance(refine, Integral) or not 1 <= refine <= 1000:
        raise InputError(f"refine={refine!r}; write a whole number between 1 and 1000")
    unit = _unit(f, Fraction(s))
    with ctx.workprec(_PRECISION):
        low, high = _Trial(tuple(c * unit**j / s for j, c in enumerate(f)), Fraction(1), refine).bounds()
        if not low > 0 or not low <= high:
            raise Undecided(f"the bounds {low.str(5)} and {high.str(5)} show nothing; take a larger s or more than refine={refine}")
        scale = s / unit**2  # x = unit·y and f/s in place of f
        rate = arb(fmpq(scale.numerator, scale.denominator))
        return Enclosure((low * rate).union(high * rate), digits=10)


def _unit(f: tuple[Fraction, ...], s: Fraction) -> Fraction:
    """A power of 2 by which to measure x, so that f/s has coefficients of size about 1."""
    power = min(round(_log2(s / abs(c)) / j) for j, c in enumerate(f) if j >= 2 and c)
    return Fraction(2) ** power


def _log2(number: Fraction) -> float:
    return log2(number.numerator) - log2(number.denominator)


class _Trial:
    """The trial function w, by its logarithmic derivative p: nodes of quintics on both sides of the place where the sides meet."""

    def __init__(self, f: tuple[Fraction, ...], s: Fraction, refine: int):
        from flint import arb, arb_poly, fmpq

        self.f, self.s, self.degree, self.refine = f, s, len(f) - 1, refine
        self.ball_s = arb(fmpq(s.numerator, s.denominator))
        self.poly = arb_poly([arb(fmpq(c.numerator, c.denominator)) for c in f])
        self.derivatives = [[float(c) for c in polynomial(f, order).coef[::-1]] for order in range(4)]
        self.radius = Fraction(1)
        self._widen()
        rough, self.meeting = self._rough_gap()
        near = Fraction(rough) * Fraction(99 if self.degree == 2 else 101, 100)  # for a parabola V is λ_s itself, and no more
        while self._outside(near) is None:
            self.radius = Fraction(float(self.radius) * 1.25)  # a float, so that the nodes end exactly there
        climb = 2 / float(s) * sum(abs(_horner(self.derivatives[0], sign * float(self.radius))) for sign in (-1, 1))
        if climb > _STIFFEST:
            raise Undecided(f"Riccati's equation is too stiff: 2f/s climbs to {climb:.1g} where the leading term decides; take a larger s")
        self._solve_riccati(rough)

    def _power(self) -> Fraction:
        """k in w = |x|^{−k} outside: below degree − 1, so that V grows there; 0 for a parabola, whose w is constant."""
        power = Fraction(0) if self.degree == 2 else Fraction(2 * self.degree - 3, 2)
        return Fraction(float(power / self.radius)) * self.radius  # k/R is a float, so that p has no jump at R

    def _widen(self) -> None:
        """Move R outwards until the Gibbs density is small there and the leading terms decide outside."""
        f = polynomial(self.f)
        while True:
            heights = f(np.linspace(-float(self.radius), float(self.radius), 2001))
            if min(heights[0], heights[-1]) - heights.min() > _DEPTH * float(self.s) / 2 and self._outside(Fraction(0)) is not None:
                return
            self.radius = Fraction(float(self.radius) * 1.25)  # a float, so that the nodes end exactly there

    def _outside(self, rate: Fraction) -> tuple[Fraction, Fraction] | None:
        """(C, m) with rate ≤ V ≤ C|x|^{n−2} and |f'| ≥ m for |x| ≥ R, by the leading terms; None if they do not show it."""
        n, k, r, s = self.degree, self._power(), self.radius, self.s
        terms = [j * (j - 1 - k) * a for j, a in enumerate(self.f)]  # x²V = Σ terms·x^j − (s/2)(k + k²)
        terms[0] -= s / 2 * (k + k * k)
        most = sum((abs(c) * r ** (j - n) for j, c in enumerate(terms)), Fraction(0))
        terms[2] -= rate
        least = terms[n] - sum((_loss(j, c) * r ** (j - n) for j, c in enumerate(terms[:n])), Fraction(0))
        steep = n * self.f[n] - sum((j * _loss(j, a) * r ** (j - n) for j, a in enumerate(self.f[:n])), Fraction(0))
        m = steep * r ** (n - 1)
        return (most, m) if least >= 0 and m > (n - 2) * s / r else None

    def _rough_gap(self) -> tuple[float, float]:
        """λ_s by finite volumes, and where w² exp(−2f/s) is largest: there the two sides meet."""
        r = float(self.radius)
        h = 2 * r / _ROUGH
        x = (np.arange(_ROUGH) + 0.5) * h - r
        f = polynomial(self.f, 0)(x)
        try:
            rates, modes = slow_modes(f, h, float(self.s))
        except (InputError, Undecided):
            text = f"the gap is too small to be found, or {_ROUGH} cells are too coarse to find it"
            raise Undecided(f"{text}; take a larger s; for a double well, eyring_kramers has the leading term for s → 0") from None
        middle = (f[1:] + f[:-1]) / 2
        share = np.diff(modes[0]) ** 2 * np.exp(-2 * (middle - middle.min()) / float(self.s))
        return float(rates[0]), float(x[int(share.argmax())] + h / 2)

    def _side(self, rate: float, start: float) -> Any:
        from scipy.integrate import solve_ivp

        p = float(-self._power() / Fraction(start))
        slope, bend, twice = self.derivatives[1], self.derivatives[2], 2 / float(self.s)

        def riccati(x: float, y: Any) -> list[float]:
            q = y.item()
            return [twice * (_horner(bend, x) + _horner(slope, x) * q - rate) - q * q]

        with np.errstate(all="ignore"):  # what overflows is seen below
            found = solve_ivp(riccati, (start, self.meeting), [p], method="DOP853", rtol=1e-11, atol=1e-11, dense_output=True)
        if not found.success or not np.isfinite(found.y).all():
            raise Undecided("Riccati's equation cannot be solved in floats; take a larger s")
        return found

    def _jump(self, rate: float) -> float:
        left, right = (self._side(rate, end) for end in (-float(self.radius), float(self.radius)))
        return float(left.y[0, -1] - right.y[0, -1])

    def _solve_riccati(self, rough: float) -> None:
        """The nodes on both sides, for the largest rate found at which p jumps downwards where the sides meet."""
        past, here = rough, rough * (1 + 1e-5)
        before = self._jump(past)
        for _ in range(8):  # the secant method: the jump is nearly linear in the rate
            after = self._jump(here)
            if after == before or abs(here - past) < 1e-9 * rough:
                break
            past, before, here = here, after, here - after * (here - past) / (after - before)
        if not abs(here - rough) < 0.01 * rough:
            raise Undecided(f"Riccati's equation has no solution near the rough gap {rough:.6g}; take a larger s")
        for slack in (1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5):
            rate = here * (1 - slack)
            self.sides = [self._nodes(self._side(rate, end), rate) for end in (-float(self.radius), float(self.radius))]
            if self.sides[0][1][-1] >= self.sides[1][1][-1]:
                return
        raise Undecided("the two solutions of Riccati's equation do not meet; take a larger s")

    def _nodes(self, solution: Any, rate: float) -> tuple[np.ndarray, ...]:
        """x, p, p', p'' from the end to the meeting point; p'' by the derivative of Riccati's equation."""
        steps = solution.t
        share = np.arange(self.refine) / self.refine
        x = np.append((steps[:-1, None] + np.diff(steps)[:, None] * share).ravel(), steps[-1])
        p = solution.sol(x)[0]
        p[0], p[-1] = solution.y[0, 0], solution.y[0, -1]
        twice = 2 / float(self.s)
        slope, bend, third = (_horner(row, x) for row in self.derivatives[1:])
        d = twice * (bend + slope * p - rate) - p * p
        return x, p, d, twice * (third + bend * p + slope * d) - 2 * p * d

    def _cells(self, side: tuple[np.ndarray, ...]) -> Iterator[tuple[Any, Any, Any]]:
        """From the meeting point outwards: half the width of a cell, V and (log of w² exp(−2f/s))' as polynomials about its centre."""
        from flint import arb, arb_poly

        nodes = list(zip(*(column[::-1].tolist() for column in side), strict=True))
        for here, there in pairwise(nodes):
            (x0, *jet0), (x1, *jet1) = [[arb(number) for number in node] for node in (here, there)]
            half = (x1 - x0) / 2
            p = arb_poly(_quintic(half, jet0, jet1))
            f = self.poly(arb_poly([(x0 + x1) / 2, 1]))
            slope = f.derivative()
            yield half, slope.derivative() + slope * p - (p.derivative() + p * p) * (self.ball_s / 2), 2 * p - slope * (2 / self.ball_s)

    def bounds(self) -> tuple[Any, Any]:
        """The lower and the upper bound, as balls."""
        from flint import arb, fmpq

        low, high = arb("inf"), arb("-inf")
        mass, ends = arb(0), []
        for side in self.sides:
            log = arb(0)  # of w² exp(−2f/s), which is 1 where the sides meet
            for half, potential, slope in self._cells(side):
                offsets = abs(half) * arb(0, 1)
                v = potential(offsets)
                low, high = low.min(v.lower()), high.max(v.upper())
                primitive = slope.integral()
                middle = log - primitive(-half)
                mass += 2 * abs(half) * (middle + primitive(offsets)).lower().exp()
                log = middle + primitive(half)
            ends.append(log.exp())
        n, r = self.degree, arb(fmpq(self.radius.numerator, self.radius.denominator))
        beyond = self._outside(Fraction(float(low.lower())) if low > 0 else Fraction(0))
        if beyond is None:
            return arb("-inf"), high
        most, steep = (arb(fmpq(q.numerator, q.denominator)) for q in beyond)
        rest = (ends[0] + ends[1]) * most * r ** (n - 2) / (2 * steep / self.ball_s - (n - 2) / r)
        jump = arb(self.sides[0][1][-1]) - arb(self.sides[1][1][-1])
        return low, high + (jump * self.ball_s / 2 + rest) / mass


def _loss(power: int, coefficient: Fraction) -> Fraction:
    """By how much coefficient·x^power can lie below 0, over |x|^power: even powers have the sign of the coefficient."""
    return max(-coefficient, Fraction(0)) if power % 2 == 0 else abs(coefficient)


def _horner(coefficients: list[float], x: Any) -> Any:
    """A polynomial, highest degree first; for one number ten times faster than NumPy's."""
    total = coefficients[0]
    for c in coefficients[1:]:
        total = total * x + c
    return total


def _quintic(h: Any, left: list[Any], right: list[Any]) -> list[Any]:
    """The coefficients of the quintic with given value and two derivatives at −h and h: its even part, then its odd one."""
    (p0, d0, q0), (p1, d1, q1) = left, right
    square = h * h
    turn = (d1 - d0) / (2 * h)
    e4 = ((q0 + q1) / 2 - turn) / (8 * square)
    e2 = turn / 2 - 2 * e4 * square
    rise = (p1 - p0) / (2 * h)
    excess = ((d0 + d1) / 2 - rise) / square
    o5 = ((q1 - q0) / (2 * h) - 3 * excess) / (8 * square)
    o3 = excess / 2 - 2 * o5 * square
    return [(p0 + p1) / 2 - (e2 + e4 * square) * square, rise - (o3 + o5 * square) * square, e2, o3, e4, o5]
