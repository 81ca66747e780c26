"""Settings and results as plain data, which a journal can keep and every process reads alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from theorycheck.errors import InputError

#: The most decimal digits of an integer: Python reads and writes no longer ones as text, nor does a journal then.
DIGITS = 4300
_TOO_LONG = 10**DIGITS


def list_of(settings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The settings as a list, which can be gone through twice.

    Raises:
        InputError: they are no list of dictionaries.

    >>> list_of({"n": n} for n in (10, 100))
    [{'n': 10}, {'n': 100}]
    >>> list_of([3])
    Traceback (most recent call last):
        ...
    theorycheck.errors.InputError: the setting of trial 1 is of type int; write a dictionary of its arguments, for example {"n": 3}
    """
    if isinstance(settings, Mapping) or not isinstance(settings, Iterable):
        what = "None" if settings is None else f"of type {type(settings).__name__}"
        raise InputError(f'the settings are {what}; write a list with one dictionary for each trial, for example [{{"n": 3}}]')
    found = list(settings)
    for number, setting in enumerate(found, 1):
        if not isinstance(setting, Mapping):
            what = f"of type {type(setting).__name__}"
            raise InputError(f'the setting of trial {number} is {what}; write a dictionary of its arguments, for example {{"n": 3}}')
    return found


def plain_settings(settings: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The settings as plain data, as `plain` gives it; the message names the trial."""
    return [plain(setting, f"the setting of trial {number}") for number, setting in enumerate(settings, 1)]


def plain(value: Any, what: str) -> Any:
    """A value as JSON knows it: numbers, text, None, and lists and dictionaries of them.

    Args:
        value: also NumPy numbers and arrays, and tuples.
        what: for the message.

    Raises:
        InputError: it is something else, an integer of more than 4300 digits, or a dictionary with the keys 1 and "1".

    >>> import numpy as np
    >>> plain({"loss": np.float64(0.5), "steps": np.arange(2), "name": "sgd"}, "the result")
    {'loss': 0.5, 'steps': [0, 1], 'name': 'sgd'}
    """
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            if isinstance(value, int) and abs(value) >= _TOO_LONG:
                raise InputError(f"{what} has an integer of more than {DIGITS} digits; write its logarithm, or hex() of it as text")
            return kind(value)
    if isinstance(value, Mapping):
        names = [str(key) for key in value]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{what} has several keys that read {twice!r}; write keys that differ as text")
        return {str(key): plain(item, f"{what}, {key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, what) for item in value]
    listed = value.tolist() if hasattr(value, "tolist") else value
    if type(listed) is not type(value):
        return plain(listed, what)
    raise InputError(f"{what} has a {type(value).__name__}; write numbers, text, or lists of them")
