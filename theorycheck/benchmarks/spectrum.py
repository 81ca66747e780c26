"""The m-th largest eigenvalue of the ReLU kernel on a sphere of high dimension, against listing degree by degree in floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.sphere.funk_hecke import funk_hecke
from theorycheck.sphere.spectrum import GRADIENT_KERNEL, largest_eigenvalue

DIMENSION, INDEX = 1500, 10**7
#: How many degrees are listed: by then a degree alone has far more than `INDEX` harmonics.
_DEGREES = 13


def listed() -> float:
    """Eigenvalues of all degrees from the Gamma function in floats, sorted, counted with multiplicity up to the index."""
    from scipy.special import comb, gammaln

    d, k = DIMENSION, np.arange(_DEGREES, dtype=np.float64)
    even = k[::2]
    values = np.zeros(_DEGREES)
    values[1] = 0.25 / d
    logs = gammaln(d / 2) + gammaln((even - 1) / 2) - gammaln((even + d + 1) / 2)  # gammaln is log abs Γ, also at −1/2
    values[::2] = (np.exp(logs) / (4 * np.pi)) ** 2 * (even * even + (d - 2) * even + 1)
    counts = comb(d + k - 1, k) - np.where(k >= 2, comb(d + k - 3, k - 2), 0.0)
    order = np.argsort(-values)
    return float(values[order][np.searchsorted(np.cumsum(counts[order]), INDEX)])


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """spectrum-large."""
    if not wanted("spectrum-large"):
        return
    found, exact = largest_eigenvalue(INDEX, DIMENSION), float(funk_hecke(GRADIENT_KERNEL, DIMENSION, 4, digits=20)[4])
    if not abs(found / exact - 1) <= 1e-15 or not abs(listed() / found - 1) <= 1e-9:
        raise AssertionError(f"γ_m is {found:.17g}, the exact engine says {exact:.17g}, the list in floats {listed():.17g}")
    text = "relative error ≤ 1e-15 (the list: 1e-9)"
    yield compare("spectrum-large", goals["spectrum-large"], lambda: largest_eigenvalue(INDEX, DIMENSION), listed, text)
