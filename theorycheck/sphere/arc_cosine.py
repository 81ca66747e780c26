"""Arc-cosine kernels of all degrees, as functions of t = ⟨x, y⟩ on the unit sphere."""

from __future__ import annotations

from numbers import Integral
from typing import Any, cast

import numpy as np

from theorycheck.errors import InputError
from theorycheck.sphere.harmonics import require_correlations

#: The largest degree whose value at t = 1, (2n − 1)!!/2, is a float.
MAX_FLOAT_DEGREE = 150


def arc_cosine_kernel(t: Any, degree: int) -> np.ndarray:
    """κ_n(t) = E[(w·x)₊ⁿ (w·y)₊ⁿ] for w ~ N(0, I) and unit x, y with ⟨x, y⟩ = t.

    By κ_0 = (π − arccos t)/2π, κ_1 = tκ_0 + √(1 − t²)/2π and κ_{n+1} = (2n + 1)tκ_n + n²(1 − t²)κ_{n−1}.

    Args:
        t: correlations in [−1, 1], of any shape.
        degree: n >= 0; (·)₊⁰ is the Heaviside step.

    Returns:
        The values, of the shape of t. Their error is of the order of rounding times (2n − 1)!!/2, the value at t = 1.

    Raises:
        InputError: a correlation outside [−1, 1] or not a number, a degree that is no integer >= 0, or a value that overflows.

    Source: Cho & Saul, Kernel Methods for Deep Learning (2009), eq. (3)–(7), there with J_n = 2πκ_n.

    >>> arc_cosine_kernel([1, 0, -1], 1).round(6).tolist()
    [0.5, 0.159155, 0.0]
    >>> float(arc_cosine_kernel(1, 3))
    7.5
    """
    if isinstance(degree, bool) or not isinstance(degree, Integral) or degree < 0:
        raise InputError(f"the degree of an arc-cosine kernel is {degree!r}; write an integer >= 0")
    values = require_correlations(t)
    below = np.arccos(-values) / (2 * np.pi)
    rest = (1 - values) * (1 + values)
    here = below if degree == 0 else values * below + np.sqrt(rest) / (2 * np.pi)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is seen at the end
        for n in range(1, int(degree)):
            below, here = here, (2 * n + 1) * values * here + n * n * rest * below
            if n >= MAX_FLOAT_DEGREE and not np.isfinite(here).all():
                raise InputError(
                    f"the arc-cosine kernel of degree {degree} overflows at the correlation {values[~np.isfinite(here)].flat[0]:.6g}; "
                    f"write a degree up to {MAX_FLOAT_DEGREE}"
                )
    return cast(np.ndarray, here)
