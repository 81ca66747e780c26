"""A least-squares problem of the residual network in units where nothing overflows, by powers of two, so that no digit changes."""

from __future__ import annotations

import numpy as np

from theorycheck.network.linearisation import Linearisation

#: Columns of X whose largest entries differ by at most this factor keep their proportions, and with them what "nearest" means.
EVEN = 1024.0
#: Beyond these powers of two a scale itself is no float.
_MOST = 1000


def equilibrated(features: Linearisation) -> tuple[Linearisation, np.ndarray]:
    """B with columns of X of size about 1, each by its own scale where they are very uneven and the minimiser is unique.

    Args:
        features: B, shape (n, d²).

    Returns:
        B' and whole numbers e, shape (d,), with B vec(U) = B' vec(U') for U = 2^(−e) U', row by row.

    >>> scaled, powers = equilibrated(Linearisation(np.array([[4e-9, 8.0], [0.0, 9.0], [1e-9, 1.0], [3e-9, -2.0]]), np.ones((4, 2))))
    >>> bool((abs(scaled.inputs).max(axis=0) < 1).all()), powers.tolist()
    (True, [-27, 4])
    """
    rows, columns = features.shape
    largest = np.abs(features.inputs).max(axis=0)
    present = largest[largest > 0]
    even = rows < columns or not len(present) or present.max() / EVEN <= present.min()
    powers = exponent(np.full(len(largest), present.max(initial=0)) if even else largest)
    return Linearisation(np.ldexp(features.inputs, -powers), features.gates), powers


def exponent(sizes: np.ndarray) -> np.ndarray:
    """The whole numbers e with sizes < 2^e <= 2 sizes; 0 for the size 0."""
    return np.clip(np.frexp(sizes)[1], -_MOST, _MOST)
