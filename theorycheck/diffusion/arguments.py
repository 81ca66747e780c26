"""What every function on the diffusion asks of its arguments."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import real_array, require_positive


def potential_on_grid(values: Any) -> np.ndarray:
    """The values of a potential on a grid in one or two dimensions, as floats.

    Raises:
        InputError: another dimension, fewer than 2 cells in a direction, values that are not finite.

    >>> potential_on_grid([0, 1]).tolist()
    [0.0, 1.0]
    """
    f = real_array("the potential", values)
    if f.ndim not in (1, 2) or min(f.shape) < 2:
        raise InputError(f"the potential has shape {f.shape}; give its values at the cells of a grid, shape (n,) or (n, m), 2 or more each")
    if not np.isfinite(f).all():
        raise InputError("the potential is not finite on the whole grid; take a smaller box")
    return f


def jump_scale(s: Any, spacing: Any) -> float:
    """s/(2h²), the rate of jumps between neighbouring cells where the potential is flat.

    Raises:
        InputError: s or h is not positive, or the rate is beyond floats.

    >>> jump_scale(2, 0.5)
    4.0
    """
    s, spacing = require_positive("s", s), require_positive("spacing", spacing)
    square = 2 * spacing * spacing
    if not 0 < square < inf or not 0 < s / square < inf:
        raise InputError(f"spacing={spacing!r}: s/(2·spacing²) is beyond floats; measure lengths in another unit")
    return s / square
