"""Gaussian moments by mpmath: the second engine of certify rungs, which shares nothing with the Gaussian room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any


def reference_moments(f: Callable[[Any], Any], powers: Iterable[int], points: Sequence[Any] = (-12, 0, 12)) -> list[Any]:
    """E[f(z) zⁿ] for z ~ N(0, 1) and several n, by tanh-sinh quadrature at mpmath's working precision.

    Args:
        f: a function of an mpmath number, evaluated once at each node.
        powers: the exponents n.
        points: ends and kinks. Beyond 12 the weight is below 1e-31; quadrature across a kink loses nearly all digits.

    >>> import mpmath
    >>> [mpmath.nstr(m, 12) for m in reference_moments(abs, [0, 1, 2])]
    ['0.797884560803', '0.0', '1.59576912161']
    """
    import mpmath

    seen: dict[Any, Any] = {}

    def weighted(z: Any) -> Any:
        if z not in seen:
            seen[z] = f(z) * mpmath.exp(-z * z / 2)
        return seen[z]

    root = mpmath.sqrt(2 * mpmath.pi)
    return [mpmath.quad(lambda z, n=n: weighted(z) * z**n, points) / root for n in powers]
