"""The one family of errors: what was wrong, with which value, what to write instead."""

from __future__ import annotations


class TheorycheckError(Exception):
    """Base of every error that theorycheck raises on purpose."""


class InputError(TheorycheckError, ValueError):
    """The input is not something that can be answered; the message says what to write instead."""


class DoesNotExist(InputError):
    """The requested number does not exist, for example a divergent expectation."""


class Undecided(TheorycheckError):
    """The work allowed was spent before the question was decided; the message says what would decide it."""
