"""A digest of the code of a claim file: rewording it leaves the digest as it is, so that hours of computing do not become stale."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from pathlib import Path

#: Hexadecimal digits of a digest that are kept: enough to notice every change, few enough for a table.
_DIGITS = 12


def code_digest(file: Path) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of what a file, and the modules beside it that it imports, do.

    Args:
        file: a Python file in UTF-8, or in the encoding that it declares.

    Returns:
        A digest on which comments, docstrings, blank lines and blanks at the end of a line have no influence. It is the same on
        every version of Python: it is taken of the text, not of a syntax tree.

    Raises:
        SyntaxError: the file is not Python.
        OSError: it cannot be read.

    >>> from theorycheck.places import proofs_folder
    >>> len(code_digest(proofs_folder() / "recovery" / "rho_table.py"))
    12
    """
    read: dict[Path, str] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path in read:
            continue
        with tokenize.open(path) as stream:
            source = stream.read()
        read[path] = code_of(source)
        waiting += [beside for name in _imported(source) if (beside := file.parent / f"{name}.py").is_file()]
    helpers = sorted(path for path in read if path != file)
    parts = [read[file], *(f"{path.name}\n{read[path]}" for path in helpers)]
    return short_digest("\0".join(parts).encode())


def short_digest(content: bytes) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of some bytes.

    >>> short_digest(b"")
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def code_of(source: str) -> str:
    r"""Python source without comments, strings that stand alone (docstrings) and blank lines.

    Args:
        source: the text, lines ended by a line feed.

    Raises:
        SyntaxError: it is not Python.

    >>> code_of("x = '#1'  # one\n\n\ndef f():\n    'It squares.'\n    return x**2\n")
    "x = '#1'\ndef f():\n    return x**2"
    """
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def place(row: int, column: int) -> int:
        """The offset of a place that `ast` gives: rows from 1, columns in bytes."""
        return starts[row - 1] + len(lines[row - 1].encode()[:column].decode())

    spans = [
        (place(node.lineno, node.col_offset), place(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            start = starts[token.start[0] - 1] + token.start[1]
            spans.append((start, start + len(token.string)))
    for start, end in sorted(spans, reverse=True):
        source = source[:start] + source[end:]
    return "\n".join(line.rstrip() for line in source.split("\n") if line.strip())


def _imported(source: str) -> list[str]:
    """The modules that a file imports, by the first part of their names."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module.partition(".")[0])
    return names
