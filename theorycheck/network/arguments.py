"""Checks on the arguments of networks, their training and their diffusions: numbers and arrays of numbers."""

from __future__ import annotations

from math import isfinite
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError


def is_real(value: Any) -> bool:
    """Whether a value is one finite real number, and no truth value.

    >>> [is_real(v) for v in (1, np.float32(0.5), True, "1", float("nan"), 1j)]
    [True, True, False, False, False, False]
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond floats
        return False


def require_positive(name: str, number: Any) -> float:
    """A positive finite number as a float.

    Raises:
        InputError: it is none.

    >>> require_positive("s", 1)
    1.0
    """
    if not is_real(number) or not number > 0:
        raise InputError(f"{name}={number!r}; write a positive number")
    return float(number)


def require_whole(name: str, number: Any, least: int) -> int:
    """A whole number that is not too small.

    Raises:
        InputError: it is none.

    >>> require_whole("batch", np.int64(3), 1)
    3
    """
    if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
        raise InputError(f"{name}={number!r}; write a whole number, {least} or more")
    return int(number)


def real_array(name: str, value: Any) -> np.ndarray:
    """An array of floats of any shape, not necessarily finite.

    Raises:
        InputError: text, rows of unequal length, complex entries.

    >>> real_array("labels", [1, 2]).tolist()
    [1.0, 2.0]
    """
    try:
        found = np.asarray(value)
        if found.dtype.kind != "c":
            return found.astype(float)
    except (TypeError, ValueError):
        raise InputError(f"{name} is not an array of numbers; write rows of equal length") from None
    raise InputError(f"{name} has complex entries; write real numbers, for example the real part")


def finite_array(name: str, value: Any) -> np.ndarray:
    """As `real_array`, all entries finite.

    Raises:
        InputError: no array of numbers, or an entry that is not finite (the message names the first).

    >>> finite_array("labels", [1, float("nan")])
    Traceback (most recent call last):
    theorycheck.errors.InputError: labels has nan at [1]; write finite numbers
    """
    found = real_array(name, value)
    if not np.isfinite(found).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise InputError(f"{name} has {found[place]} at {list(place)}; write finite numbers")
    return found
