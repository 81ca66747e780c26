"""Critical points of a polynomial, exactly: E[s s''(√K z)] is a polynomial in K over Q, and C_b has the sign of another at its roots."""

from __future__ import annotations

from collections.abc import Iterator

import sympy
from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly
from sympy import Expr, Rational

from theorycheck.activation.balls import rational
from theorycheck.activation.functions import x
from theorycheck.enclosure import bits_for
from theorycheck.properties.critical_point import CriticalPoint, Rejected, judged


def over_the_rationals(expr: Expr) -> fmpq_poly | None:
    """A polynomial in x with rational coefficients, or None.

    >>> over_the_rationals(x**2 / 2 - 1)
    1/2*x^2 + (-1)
    """
    if not expr.is_polynomial(x):
        return None
    found = sympy.Poly(expr, x)
    if not (found.domain.is_ZZ or found.domain.is_QQ):
        return None
    return fmpq_poly([rational(Rational(c)) for c in reversed(found.all_coeffs())])


def polynomial_solutions(s: fmpq_poly, digits: int) -> list[CriticalPoint | Rejected]:
    """All K > 0 with g'(K) = E[s'(√K z)²] for a polynomial of degree 2 at least, K increasing, each judged exactly.

    Args:
        s: the polynomial.
        digits: decimal digits.

    >>> [(found.K.exact, found.C_b.value) for found in polynomial_solutions(fmpq_poly([-1, 0, 1]), 5)]
    [(1, '0.5')]
    """
    slope = s.derivative()
    equation, square, across = (gaussian_mean(p) for p in (s * slope.derivative(), s * s, slope * slope))
    balance = fmpq_poly([0, 1]) * across - square  # C_b = balance/across
    found = []
    for factor, ball in _positive_roots(equation, bits_for(digits, 200)):
        sign = _sign(balance, factor, ball)
        exact = -fmpq(int(factor[0]), int(factor[1])) if factor.degree() == 1 else None
        with ctx.workprec(bits_for(digits, 200)):
            K = ball if exact is None else arb(exact)
            point = judged(K, _value(square, K), _value(across, K), digits, None if exact is None else Rational(str(exact)), sign)
        found.append((ball, point))
    return [point for _, point in sorted(found, key=lambda item: item[0].mid())]


def gaussian_mean(p: fmpq_poly) -> fmpq_poly:
    """E[p(√K z)] as a polynomial in K.

    >>> gaussian_mean(fmpq_poly([1, 7, 2, 0, 5]))
    15*x^2 + 2*x + 1
    """
    means, double_factorial = [], fmpq(1)
    for k in range(0, p.degree() + 1, 2):
        double_factorial *= max(k - 1, 1)
        means.append(p[k] * double_factorial)
    return fmpq_poly(means)


def _positive_roots(p: fmpq_poly, bits: int) -> Iterator[tuple[fmpz_poly, arb]]:
    """(irreducible factor, root) for every distinct positive root."""
    for factor, _ in p.numer().factor()[1]:
        if factor[0] == 0:  # the root 0
            continue
        yield from ((factor, ball) for ball in _real_roots(factor, bits) if ball > 0)


def _real_roots(factor: fmpz_poly, bits: int) -> list[arb]:
    """The real roots of an irreducible polynomial without the root 0, by balls without 0, increasing."""
    while True:
        with ctx.workprec(bits):
            found = [root.real for root, _ in factor.complex_roots() if root.imag == 0]
        if not any(ball.contains(0) for ball in found):
            return sorted(found, key=lambda ball: ball.mid())
        bits *= 2


def _sign(p: fmpq_poly, factor: fmpz_poly, root: arb) -> int:
    """The sign of p at a root of an irreducible polynomial: 0 by division, else by smaller and smaller balls."""
    if fmpq_poly(p % fmpq_poly(factor)) == 0:
        return 0
    bits, place = 128, None
    while True:
        roots = _real_roots(factor, bits)
        place = next(i for i, ball in enumerate(roots) if ball.overlaps(root)) if place is None else place
        with ctx.workprec(bits):
            value = _value(p, roots[place])
        if not value.contains(0):
            return 1 if value > 0 else -1
        bits *= 2


def _value(p: fmpq_poly, at: arb) -> arb:
    total = arb(0)
    for k in range(p.degree(), -1, -1):
        total = total * at + arb(p[k])
    return total
