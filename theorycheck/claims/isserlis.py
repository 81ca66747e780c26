"""Expectations of polynomials in independent standard Gaussians, exactly: the moments of Isserlis (1918) and nothing else.

This is the small change of the derive rungs and of the variance bounds; it shares no code with the Gaussian engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sympy import Expr, Symbol


def gaussian_moment(power: int) -> int:
    """E zⁿ for z ~ N(0, 1): (n − 1)!! for even n, else 0.

    >>> [gaussian_moment(n) for n in range(7)]
    [1, 0, 1, 0, 3, 0, 15]
    """
    return 0 if power % 2 else prod(range(power - 1, 0, -2))


def gaussian_mean(expr: Expr, *variables: Symbol) -> Expr:
    """E of a polynomial in independent N(0, 1) variables; every other symbol is a constant.

    Args:
        expr: a polynomial in `variables`, with SymPy coefficients.
        variables: the Gaussian ones.

    >>> import sympy
    >>> z, w, r = sympy.symbols("z w r")
    >>> gaussian_mean((r*z + w)**2 * z**2, z, w)
    3*r**2 + 1
    """
    import sympy

    terms = sympy.Poly(expr, *variables).terms()
    return sympy.Add(*[c * prod(map(gaussian_moment, powers)) for powers, c in terms if not any(p % 2 for p in powers)])


def hermite_row(degree: int, family: str = "probabilists") -> list[int]:
    """Coefficients of He_n (or of the physicists' H_n), lowest power first.

    >>> hermite_row(4), hermite_row(3, "physicists")
    ([3, 0, -6, 0, 1], [0, -12, 0, 8])
    """
    factor = {"probabilists": 1, "physicists": 2}[family]
    before, row = [0], [1]
    for n in range(degree):
        shifted = [0, *(factor * c for c in row)]
        lower = [*before, 0, 0][: len(shifted)]
        before, row = row, [a - factor * n * b for a, b in zip(shifted, lower, strict=False)]
    return row


def polynomial_moment(row: Sequence[Any], power: int) -> Fraction:
    """E p(z)^power for a polynomial with rational coefficients, lowest power first.

    >>> polynomial_moment([-1, 0, 1], 4)
    Fraction(60, 1)
    """
    product = [Fraction(1)]
    for _ in range(power):
        wider = [Fraction(0)] * (len(product) + len(row) - 1)
        for i, a in enumerate(product):
            for j, b in enumerate(row):
                wider[i + j] += a * b
        product = wider
    return sum((c * gaussian_moment(n) for n, c in enumerate(product)), Fraction(0))


def joint_moments(u: Sequence[Fraction], v: Sequence[Fraction], count: int) -> list[list[Fraction]]:
    """E ⟨u,x⟩^p ⟨v,x⟩^q for p, q < count and x ~ N(0, I), exactly, one coordinate of x after the other.

    >>> third = Fraction(1, 3)
    >>> [str(m) for m in joint_moments([third, Fraction(2)], [Fraction(1), Fraction(0)], 3)[1]]
    ['0', '1/3', '0']
    """
    table = [[Fraction(int(p == q == 0)) for q in range(count)] for p in range(count)]
    for a, b in zip(u, v, strict=True):
        weights = [[a**i * b**j * gaussian_moment(i + j) if (i + j) % 2 == 0 else Fraction(0) for j in range(count)] for i in range(count)]
        table = [
            [
                sum(
                    (
                        comb(p, i) * comb(q, j) * weights[i][j] * table[p - i][q - j]
                        for i in range(p + 1)
                        for j in range(i % 2, q + 1, 2)
                        if weights[i][j]
                    ),
                    Fraction(0),
                )
                for q in range(count)
            ]
            for p in range(count)
        ]
    return table
