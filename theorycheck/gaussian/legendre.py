"""Nodes and weights of Gauss–Legendre rules on [−1, 1], as balls and as floats, computed once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from flint import arb, ctx

#: Numbers of nodes that a ball rule may have: few enough to be cached, dense enough to waste little.
SIZES = (*range(4, 24, 2), *range(24, 48, 4), *range(48, 80, 8), 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512)


@lru_cache(maxsize=256)
def legendre_balls(size: int, prec: int) -> tuple[tuple[arb, ...], tuple[arb, ...]]:
    """Nodes and weights of the `size`-point rule on [−1, 1] as balls.

    Args:
        size: number of nodes, at least 1.
        prec: precision in bits; multiples of 32 are shared best.
    Returns:
        (nodes, weights), each of length `size`, nodes decreasing.

    >>> nodes, weights = legendre_balls(2, 64)
    >>> (nodes[0] * nodes[0]).overlaps(arb(1) / 3), [float(w) for w in weights]
    (True, [1.0, 1.0])
    """
    with ctx.workprec(prec):
        half = [arb.legendre_p_root(size, k, True) for k in range((size + 1) // 2)]
    mirrored = half[: size // 2][::-1]
    nodes = tuple(z for z, _ in half) + tuple(-z for z, _ in mirrored)
    weights = tuple(w for _, w in half) + tuple(w for _, w in mirrored)
    return nodes, weights


@lru_cache(maxsize=64)
def legendre_floats(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (increasing) and weights of the `size`-point rule on [−1, 1] in float64, read-only.

    >>> nodes, weights = legendre_floats(3)
    >>> (nodes**2).round(12).tolist(), (9 * weights).round(12).tolist()
    ([0.6, 0.0, 0.6], [5.0, 8.0, 5.0])
    """
    nodes, weights = np.polynomial.legendre.leggauss(size)
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
