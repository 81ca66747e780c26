"""What every function on the diffusion asks of its arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InputError


def require_positive(name: str, number: Any) -> float:
    """A positive finite number as a float.

    Raises:
        InputError: it is none.

    >>> require_positive("s", 1)
    1.0
    """
    if isinstance(number, bool) or not isinstance(number, (int, float, np.number)) or not 0 < number < float("inf"):
        raise InputError(f"{name}={number!r}; write a positive number")
    return float(number)


def potential_on_grid(values: Any) -> np.ndarray:
    """The values of a potential on a grid in one or two dimensions, as floats.

    Raises:
        InputError: another dimension, fewer than 2 cells in a direction, values that are not finite.
    """
    f = np.asarray(values, dtype=float)
    if f.ndim not in (1, 2) or min(f.shape) < 2:
        raise InputError(f"the potential has shape {f.shape}; give its values at the cells of a grid, shape (n,) or (n, m), 2 or more each")
    if not np.isfinite(f).all():
        raise InputError("the potential is not finite on the whole grid; take a smaller box")
    return f
