"""A file of prints: each row read, computed and judged."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorycheck.audit.functionals import FUNCTIONALS
from theorycheck.audit.printed import Comparison, Printed, compare, read_printed
from theorycheck.enclosure import Enclosure
from theorycheck.errors import DoesNotExist, InputError, Undecided

if TYPE_CHECKING:
    from theorycheck.activation.function import Activation

EXPECTATION = "expectation"
_KEYS = ("name", "activation", "functional", "printed", "source", "parameters", "of", "k", "at", "sigma")
#: Digits beyond the print, so that a rounding is rarely in doubt, and how often they are doubled when it is.
_GUARD, _DOUBLINGS = 12, 3


@dataclass(frozen=True)
class Row:
    """One print.

    Args:
        name: what the row is called.
        functional: a name of `FUNCTIONALS`, or "expectation".
        printed: the number as printed.
        source: who prints it, and where.
        activation: the activation; None for "expectation".
        argument: the argument of the functional; for "expectation" its text.
        label: the functional with its argument, as it is shown.
    """

    name: str
    functional: str
    printed: Printed
    source: str
    activation: Activation | None
    argument: Any
    label: str


@dataclass(frozen=True)
class Audited:
    """A row with the certified number (None where there is none) and the comparison."""

    row: Row
    certified: Enclosure | None
    comparison: Comparison = field(default_factory=lambda: Comparison(None, None, 0))

    def to_json(self) -> dict[str, Any]:
        """The *audited row* document; "right" is null where the question is open."""
        row, found = self.row, self.comparison
        return {
            "name": row.name,
            "activation": None if row.activation is None else row.activation.to_json(),
            "functional": row.label,
            "printed": row.printed.text,
            "certified": None if self.certified is None else self.certified.to_json(),
            "relative_error": found.relative_error,
            "figures": row.printed.figures,
            "figures_right": found.figures_right,
            "right": found.right,
            "note": found.note,
            "source": row.source,
        }


def read_rows(path: Path) -> list[Row]:
    """The rows of a file.

    Args:
        path: a TOML file of tables [[row]] with name, activation, functional, printed, source, and where they apply parameters, of, k,
            at, sigma.

    Raises:
        InputError: the file or a row cannot be read; the message names the row.
        OSError: the file is not there.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: {error}") from None
    rows = document.get("row", [])
    if extra := sorted(set(document) - {"row"}):
        raise InputError(f"{path}: {extra[0]!r} is not known; every print is a table [[row]]")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) for r in rows):
        raise InputError(f"{path} has no rows; write [[row]] with name, activation, functional, printed and source")
    found = []
    for number, given in enumerate(rows, 1):
        try:
            found.append(_row(given))
        except InputError as error:
            raise InputError(f"{path}, row {number} ({given.get('name', 'no name')}): {error}") from None
    return found


def _row(given: dict[str, Any]) -> Row:
    for key in given:
        if key not in _KEYS:
            raise InputError(f"{key!r} is not known{_guess(key, _KEYS)}; a row has {', '.join(_KEYS[:5])}")
    functional = _text(given, "functional")
    if functional not in (*FUNCTIONALS, EXPECTATION):
        names = (*FUNCTIONALS, EXPECTATION)
        raise InputError(f"functional = {functional!r} is not known{_guess(functional, names)}; write one of {', '.join(names)}")
    allowed = "of" if functional == EXPECTATION else FUNCTIONALS[functional].argument
    for key in ("of", "k", "at", "sigma"):
        if key in given and key != allowed:
            raise InputError(f"{functional} takes no {key}")
    name, source, printed = _text(given, "name"), _text(given, "source"), read_printed(_text(given, "printed"))
    if functional == EXPECTATION:
        from theorycheck.audit.arithmetic import expectations_in

        if "activation" in given or "parameters" in given:
            raise InputError("an expectation is given by of = \"E[...]\" alone; leave activation and parameters out")
        of = _text(given, "of")
        for body in expectations_in(of)[1]:
            _integrand(of, body)
        return Row(name, functional, printed, source, None, of, of)
    parameters = given.get("parameters", {})
    if not isinstance(parameters, dict):
        raise InputError("parameters is a table; write for example parameters = {a = \"0.01\"}")
    activation = _activation(_text(given, "activation"), parameters)
    if allowed and allowed not in given:
        example = "1" if allowed == "k" else '"0.5"'
        raise InputError(f"{functional} needs {allowed}; write for example {allowed} = {example}")
    argument = FUNCTIONALS[functional].check(given.get(allowed)) if allowed else None
    return Row(name, functional, printed, source, activation, argument, f"{functional}, {allowed} = {argument}" if allowed else functional)


def _activation(text: str, parameters: dict[str, Any]) -> Activation:
    from theorycheck.activation.catalog import nearest
    from theorycheck.activation.function import Activation

    if reserved := next((name for name in parameters if name in ("self", "text")), None):
        raise InputError(f"parameters has {reserved!r}; no activation has a parameter of that name")
    try:
        return Activation(text, **parameters)
    except InputError as error:
        message, guess = re.sub(r"--param (\w+)=1", r'parameters = {\1 = "1"}', str(error)), nearest(text)
        known = guess in (None, text) or str(guess) in message
        raise InputError(message if known else f"{message}; did you mean {guess}?") from None


def _integrand(of: str, body: str) -> None:
    """Refuse an expectation that cannot be read, in the words of the file instead of those of the command line."""
    from theorycheck.activation.function import Activation

    try:
        Activation(body)
    except InputError as error:
        message = re.sub(r"; the variable is x; give a parameter its value with --param.*", "; the variable is x", str(error))
        raise InputError(f"of = {of!r}: in E[{body}], {message}") from None


def _text(given: dict[str, Any], key: str) -> str:
    if key not in given:
        raise InputError(f"{key} is missing")
    value = given[key]
    if not isinstance(value, str):
        raise InputError(f"{key} = {value!r}; write it in quotes")
    if not value.strip():
        example = "a number, for example 1.0507 or 5/3" if key == "printed" else "what it is, or leave the row out"
        raise InputError(f"{key} is empty; write {example}")
    return value.strip()


def _guess(word: str, names: tuple[str, ...]) -> str:
    near = get_close_matches(word.lower(), names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def audit_row(row: Row) -> Audited:
    """One print judged: digits are doubled until its rounding is decided.

    A number that does not exist makes the print wrong; a number that cannot be enclosed leaves the question open.

    Raises:
        InputError: the functional cannot be asked of this activation.
    """
    certified, found = None, Comparison(None, None, 0)
    digits = max(row.printed.figures, 15) + _GUARD
    for _ in range(_DOUBLINGS):
        try:
            certified = _certified(row, digits)
        except DoesNotExist as error:
            return Audited(row, None, Comparison(False, None, 0, f"does not exist: {error}"))
        except Undecided as error:
            return Audited(row, certified, Comparison(None, found.relative_error, found.figures_right, str(error)))
        except InputError as error:
            raise InputError(f"row {row.name}: {error}") from None
        found = compare(row.printed, certified)
        if found.right is not None:
            break
        digits *= 2
    return Audited(row, certified, found)


def _certified(row: Row, digits: int) -> Enclosure:
    if row.activation is None:
        from theorycheck.audit.arithmetic import expectation_arithmetic

        return expectation_arithmetic(row.argument, digits)
    return FUNCTIONALS[row.functional].value(row.activation, row.argument, digits)


def audit(path: Path) -> list[Audited]:
    """Every print of a file judged, in the order of the file. Arguments and errors as for `read_rows` and `audit_row`."""
    return [audit_row(row) for row in read_rows(path)]


def certified_text(audited: Audited) -> str:
    """The certified number with two figures more than the print, but ten at least; "none" where there is none."""
    from theorycheck.decimals import correct_decimal

    return "none" if audited.certified is None else correct_decimal(audited.certified, max(10, audited.row.printed.figures + 2))
