"""Monomials √n · π^(k/2) · e^r · atoms, of which exact constants are rational combinations."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Any

from flint import fmpq, fmpz

#: An atom is an exact SymPy constant with an integer power.
Atoms = tuple[tuple[Any, int], ...]

#: A rational number as (numerator, denominator) in lowest terms: hashing such a pair is 30 times faster than hashing an fmpq.
Ratio = tuple[int, int]

#: (n, k, r, atoms) stands for √n · π^(k/2) · e^r · atoms, with n a positive squarefree integer, k an integer and r rational.
Monomial = tuple[int, int, Ratio, Atoms]

NOUGHT: Ratio = (0, 1)
UNIT: Monomial = (1, 0, NOUGHT, ())


def ratio(q: fmpq) -> Ratio:
    """An fmpq as a pair of integers."""
    return int(q.p), int(q.q)


@lru_cache(maxsize=4096)
def square_split(n: int) -> tuple[int, int]:
    """n = s²·m, as (s, m); m is squarefree, unless n has more than 30 digits and two equal prime factors beyond 2^20.

    >>> square_split(360)
    (6, 10)
    """
    if n < 10_000:
        s, m, d = 1, n, 2
        while d * d <= m:
            while m % (d * d) == 0:
                s, m = s * d, m // (d * d)
            d += 1
        return s, m
    s, m = 1, 1
    factors = fmpz(n).factor() if n < 10**30 else fmpz(n).factor_smooth(20)
    for prime, power in factors:
        s *= int(prime) ** (power // 2)
        m *= int(prime) ** (power % 2)
    return s, m


@lru_cache(maxsize=4096)
def _name(atom: Any) -> str:
    return str(atom)


def times(left: Monomial, right: Monomial) -> tuple[int, Monomial]:
    """The product of two monomials, as an integer that comes out of the square roots and a monomial.

    >>> times((6, 0, NOUGHT, ()), (2, 1, (1, 2), ()))
    (2, (3, 1, (1, 2), ()))
    """
    if not left[3] or not right[3]:
        atoms = left[3] or right[3]
    else:
        powers = dict(left[3])
        for atom, power in right[3]:
            powers[atom] = powers.get(atom, 0) + power
        atoms = tuple(sorted(((a, p) for a, p in powers.items() if p), key=lambda pair: _name(pair[0])))
    n, m, r = left[0], right[0], left[2]
    if r == NOUGHT:
        r = right[2]
    elif right[2] != NOUGHT:
        r = ratio(fmpq(*r) + fmpq(*right[2]))
    common = gcd(n, m)
    return common, ((n // common) * (m // common), left[1] + right[1], r, atoms)
