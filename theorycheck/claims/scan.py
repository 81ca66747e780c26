"""Which files declare claims, read without running them: what a file declares is known even when it cannot be run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from theorycheck.errors import InputError

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file of claims.

    Args:
        file: the file.
        line: the line, if it is known.
        message: what is wrong there, and what to write instead.
    """

    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(frozen=True)
class Declared:
    """What a file declares, by its text alone.

    Args:
        file: the file.
        claims: (full id, line) of every `Claim("id", ...)` whose id is written out.
        findings: the finding that is written out beside each of them, by full id.
        lemmas: full ids of every `Lemma("id", ...)`.
        guarantees: the file may declare a guarantee.
        problems: a syntax error, or ids that are declared twice.
    """

    file: Path
    claims: tuple[tuple[str, int], ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    lemmas: tuple[str, ...] = ()
    guarantees: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def deck(self) -> str:
        """The folder, which prefixes the ids of the claims in it."""
        return self.file.parent.name


def full_id(file: Path, declared: str) -> str:
    """The id of a claim: prefixed by the folder of its file, unless it is written with that prefix.

    >>> full_id(Path("/home/mine/gadget.py"), "my-gadget")
    'mine/my-gadget'
    >>> full_id(Path("proofs/landscape/key_lemma.py"), "landscape/key-lemma")
    'landscape/key-lemma'
    """
    folder = file.parent.name or "claims"
    return declared if declared.startswith(f"{folder}/") else f"{folder}/{declared}"


def claim_files(path: Path) -> Iterator[Path]:
    """The files that may declare claims: a file itself, or those in a folder whose text speaks of theorycheck and of claims.

    Hidden folders, virtual environments and caches are left out.

    Raises:
        InputError: there is no such path, or a file is not Python.
    """
    if path.is_file():
        if path.suffix != ".py":
            raise InputError(f"{path} is not a Python file; claims are declared in .py files")
        yield path.resolve()
        return
    if not path.is_dir():
        raise InputError(f"there is no file or folder {path}")
    for folder, inner, files in os.walk(path.resolve()):
        inner[:] = sorted(d for d in inner if d not in _SKIPPED and not d.startswith(".") and not Path(folder, d, "pyvenv.cfg").exists())
        for name in sorted(files):
            file = Path(folder, name)
            if file.suffix == ".py" and _speaks_of_claims(file):
                yield file


def _speaks_of_claims(file: Path) -> bool:
    try:
        text = file.read_bytes()
    except OSError:
        return True  # it cannot be read: reading it again says why
    return b"theorycheck" in text and (b"Claim(" in text or b"Lemma(" in text)


def scan(file: Path) -> Declared:
    """What a file declares, without running it.

    Args:
        file: an absolute path.
    """
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        return Declared(file, problems=(Problem(file, error.lineno, f"syntax error: {error.msg}"),))
    except (OSError, ValueError) as error:
        return Declared(file, problems=(Problem(file, None, f"cannot be read: {error}"),))
    problems = list(_overwritten(file, tree))
    claims: dict[str, int] = {}
    findings: list[tuple[str, str]] = []
    lemmas: list[str] = []
    guarantees = False
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        kind = _name(call.func)
        if kind not in ("Claim", "Lemma"):
            continue
        declared = _written(call, "id", first=True)
        guarantees = guarantees or any(word.arg == "guarantees" for word in call.keywords)
        if declared is None:
            continue  # only running the file tells this id
        if kind == "Lemma":
            lemmas.append(f"lemmas/{declared.removeprefix('lemmas/')}")
        elif (name := full_id(file, declared)) in claims:
            message = f"{name} is declared twice, first in line {claims[name]}; give each claim its own id"
            problems.append(Problem(file, call.lineno, message))
        else:
            claims[name] = call.lineno
            findings.append((name, _written(call, "finding") or "holds"))
    return Declared(file, tuple(claims.items()), tuple(findings), tuple(lemmas), guarantees, tuple(problems))


def _overwritten(file: Path, tree: ast.Module) -> Iterator[Problem]:
    """Two claims under one name at the top level: the first would be lost without a word."""
    named: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) == "Claim":
            for target in (t.id for t in node.targets if isinstance(t, ast.Name)):
                if target in named:
                    message = f"{target} already names the claim of line {named[target]}; give each claim a name of its own"
                    yield Problem(file, node.lineno, message)
                named[target] = node.lineno


def _name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _written(call: ast.Call, name: str, first: bool = False) -> str | None:
    given = next((word.value for word in call.keywords if word.arg == name), call.args[0] if first and call.args else None)
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
