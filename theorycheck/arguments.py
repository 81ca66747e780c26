"""The arguments of the commands: expressions that may begin with a minus, parameters, exact numbers. And what commands return.

Light, as `cli` is: whatever `--help` does not need is imported where it is used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from theorycheck.errors import InputError

if TYPE_CHECKING:
    from fractions import Fraction

    from theorycheck.activation.function import Activation

#: Exit codes.
DONE, FAILED, BAD_INPUT, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130

#: What a command returns: a text, or a document to write as JSON, and the exit code. `main` writes it, so an error writes nothing.
Answer = tuple[Any, int]


class Command(click.Command):
    """A command whose arguments may begin with a minus: what is not one of its options is an argument."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs["context_settings"] = {"ignore_unknown_options": True, "allow_extra_args": True}
        super().__init__(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {name for p in self.params for name in p.opts} | {"--help"}
        for arg in args:
            if re.fullmatch(r"--[a-z][a-z-]+(=.*)?", arg) and arg.split("=")[0] not in known:
                from difflib import get_close_matches

                raise click.NoSuchOption(arg.split("=")[0], possibilities=get_close_matches(arg, known), ctx=ctx)
        rest = super().parse_args(ctx, args)
        if ctx.args:
            raise click.UsageError(f"too many arguments: {' '.join(ctx.args)}; put quotes round an expression with blanks", ctx)
        return rest


def activation_argument(text: str, params: tuple[str, ...]) -> Activation:
    """The activation that a command was given, with its parameters.

    Args:
        text: an expression or a catalogue name.
        params: parameters as "name=value".

    Raises:
        InputError: a malformed parameter, or the text is no activation; a near catalogue name is suggested.
    """
    from theorycheck.activation.catalog import nearest
    from theorycheck.activation.function import Activation

    given = parameter_arguments(params)
    if reserved := next((name for name in given if name in ("self", "text")), None):
        raise InputError(f"--param {reserved}: no activation has a parameter of that name")
    try:
        return Activation(text, **given)
    except InputError as error:
        guess = nearest(text) if re.fullmatch(r"\w+", text) else None
        if guess in (None, text) or str(guess) in str(error):
            raise
        raise InputError(f"{error}; did you mean {guess}?") from None


def parameter_arguments(params: tuple[str, ...]) -> dict[str, str]:
    """Parameters given as "name=value", by name.

    Raises:
        InputError: one is malformed or given twice.

    >>> parameter_arguments(("a=0.2", "b = 1/5"))
    {'a': '0.2', 'b': '1/5'}
    """
    given: dict[str, str] = {}
    for param in params:
        name, equals, value = (part.strip() for part in param.partition("="))
        if not (name.isidentifier() and equals and value):
            raise InputError(f"--param {param!r}: write NAME=VALUE, for example a=0.2")
        if name in given:
            raise InputError(f"--param {name} is given twice; write it once")
        given[name] = value
    return given


def number_argument(text: str, option: str) -> Fraction:
    """An exact number, small enough to work with.

    Args:
        text: a decimal or a fraction: 0.3, 3/10 or 1e-4.
        option: the option that it was given to, for the message.

    Raises:
        InputError: the text is not such a number.

    >>> number_argument("3e-1", "--at")
    Fraction(3, 10)
    """
    from fractions import Fraction

    text = text.strip()
    if len(text) > 400 or not re.fullmatch(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?)", text, re.ASCII):
        raise InputError(f"{option} {text[:80]!r}: write a decimal or a fraction, for example 0.3 or 3/10")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise InputError(f"{option} {text}: the denominator is zero") from None
