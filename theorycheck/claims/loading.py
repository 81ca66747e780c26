"""Running a file of claims, in this process, and saying where it went wrong."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType
from typing import Any

from theorycheck.claims.claim import Claim, ClaimError
from theorycheck.claims.lemma import Lemma
from theorycheck.claims.scan import full_id
from theorycheck.errors import TheorycheckError


class BrokenClaimFile(TheorycheckError):
    """A file of claims cannot be run, or declares its claims wrongly.

    Args:
        file: the file.
        line: the line in it, if it is known.
        message: what is wrong.
    """

    def __init__(self, file: Path, line: int | None, message: str):
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")
        self.file, self.line, self.message = file, line, message


@dataclass(frozen=True)
class Loaded:
    """The claims and lemmas of one file, in the order of their declaration, ids with the folder."""

    claims: tuple[Claim, ...]
    lemmas: tuple[Lemma, ...]


class _FreshLoader(SourceFileLoader):
    """Reads the source every time: a cache could be stale within a second, and would write into the user's folder."""

    def path_stats(self, path: Any) -> Any:
        raise OSError(f"no byte code is kept for {path}")


def load_claims(file: Path | str) -> Loaded:
    """Run a file of claims and collect what it declares.

    Args:
        file: a Python file; code of the user runs, so discovery calls this in a process that can be killed.

    Raises:
        BrokenClaimFile: the file raises, imports what is not installed, exits, or declares a claim wrongly.

    >>> from theorycheck.places import proofs_folder
    >>> [claim.id for claim in load_claims(proofs_folder() / "recovery" / "rho_table.py").claims]
    ['recovery/rho-table']
    """
    path = Path(file).resolve()
    name = f"theorycheck_claims_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_loader(name, _FreshLoader(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses of the file look up their own module
    beside = str(path.parent)
    added = beside not in sys.path
    if added:
        sys.path.append(beside)  # a claim may import a module beside it; at the end, so that it shadows nothing
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise BrokenClaimFile(path, _line_of(error, path), _message(error)) from error
    finally:
        if added and beside in sys.path:
            sys.path.remove(beside)
    claims = [c for c in _top_level(vars(module).values(), Claim) if Path(c.file).resolve() == path]
    for claim in claims:
        claim.id = full_id(path, claim.id)
        try:
            claim.require_complete()
        except ClaimError as error:
            raise BrokenClaimFile(path, claim.line, str(error)) from error
    _require_each_once(path, claims)
    return Loaded(tuple(claims), tuple(_top_level(vars(module).values(), Lemma)))


def line_in(frame: FrameType | None, file: Path | str) -> int | None:
    """The line of a file at which a stack of frames is, innermost first; None when the file is not on the stack."""
    while frame is not None:
        if frame.f_code.co_filename == str(file):
            return frame.f_lineno
        frame = frame.f_back
    return None


def describe(error: BaseException, file: Path | str) -> dict[str, Any]:
    """An exception as {"error", "line"}: one line of text, and the line of the file in which it arose."""
    if isinstance(error, BrokenClaimFile):
        return {"error": error.message, "line": error.line}
    return {"error": _message(error), "line": _line_of(error, Path(file))}


def _require_each_once(path: Path, claims: list[Claim]) -> None:
    lines: dict[str, int] = {}
    for claim in claims:
        if claim.id in lines:
            raise BrokenClaimFile(path, claim.line, f"{claim.id} is declared twice, first in line {lines[claim.id]}; give each its own id")
        lines[claim.id] = claim.line


def _top_level(values: Iterable[Any], kind: type) -> list[Any]:
    found: list[Any] = []
    for value in values:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, kind) and not any(item is other for other in found):
                found.append(item)
    return found


def _line_of(error: BaseException, file: Path) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return lines[-1] if lines else None


def _message(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError):
        return f"{text}; install it, or import it inside the rung that needs it"
    if isinstance(error, SystemExit):
        return "the file ends the interpreter; remove the call of sys.exit or quit"
    if isinstance(error, TheorycheckError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
