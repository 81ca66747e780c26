"""Exact integrals ∫ asin(t)^i t^a (1 − t²)^(b/2) dφ with t = sin φ over (0, π/2): polynomials in π with rational coefficients.

By parts: (a + b) M_i(a, b) = (a − 1) M_i(a − 2, b) + i M_{i−1}(a − 1, b + 1) + [i = 0, a = 1], and in the row a = 0
b M_i(0, b) = (b − 1) M_i(0, b − 2) − i M_{i−1}(1, b − 1). As π is transcendental, such a number is zero only if it is the zero polynomial.
"""

from __future__ import annotations

from functools import lru_cache

from flint import fmpq, fmpq_poly

_PI = fmpq_poly([0, 1])


@lru_cache(maxsize=64)
def circle_moments(i: int, b: int, count: int) -> tuple[fmpq_poly, ...]:
    """∫ φ^i sin^a(φ) cos^b(φ) dφ over (0, π/2) for a < count, as polynomials in π.

    Args:
        i, b: nonnegative exponents.
        count: at least 1.

    >>> [str(m) for m in circle_moments(0, 0, 3)]
    ['1/2*x', '1', '1/4*x']
    >>> str(circle_moments(1, 0, 2)[1])
    '1'
    """
    values = [_first(i, b)[-1]]
    lower = circle_moments(i - 1, b + 1, count) if i else ()
    for a in range(1, count):
        total = fmpq_poly([int(i == 0 and a == 1)])
        if a > 1:
            total += (a - 1) * values[a - 2]
        if i:
            total += i * lower[a - 1]
        values.append(total * fmpq(1, a + b))
    return tuple(values)


@lru_cache(maxsize=64)
def _first(i: int, b: int) -> tuple[fmpq_poly, ...]:
    """∫ φ^i cos^n(φ) dφ over (0, π/2) for n = b, b − 2, ... down to 0 or 1, in increasing order of n."""
    start = b % 2
    lower = _first(i - 2, b) if i > 1 else ()
    if start == 0:
        values = [_PI ** (i + 1) * fmpq(1, 2 ** (i + 1) * (i + 1))]
    else:  # by parts: (π/2)^i − i ∫ φ^(i−1) sin φ
        values = [_PI**i * fmpq(1, 2**i) - i * (fmpq_poly([int(i == 1)]) + (i - 1) * (lower[0] if lower else fmpq_poly([0])))]
    for place, n in enumerate(range(start + 2, b + 1, 2), 1):
        value = values[-1] * fmpq(n - 1, n)
        if i:  # ∫ φ^(i−1) sin φ cos^(n−1) φ = ([i = 1] + (i − 1) ∫ φ^(i−2) cos^n φ)/n
            inner = fmpq_poly([int(i == 1)]) + (i - 1) * (lower[place] if lower else fmpq_poly([0]))
            value -= inner * fmpq(i, n * n)
        values.append(value)
    return tuple(values)
