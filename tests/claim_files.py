"""Claim files for the tests of discovery, the runner and the command: small, and each wrong in one way at most."""

import textwrap
from pathlib import Path

HEAD = 'from theorycheck.claims import Claim\n\nclaim = Claim("{id}", title="a title", kind="equality", statement="1 = 1", {more})\n'

#: The derive rung states that (x + 1)² = x² + middle·x + 1.
SQUARE = """
@claim.derive
def by_expansion(log, k):
    from sympy import symbols

    x = symbols("x", real=True)
    log.equal((x + 1) ** 2, x**2 + k.middle * x + 1, "the square of a sum")
"""
MUTANT = 'claim.mutant("no factor two", by="derive", middle=1)\n'

#: The same statement for a certify rung, as many lines long; it spares a worker the import of SymPy.
SUM = """
@claim.certify
def by_arithmetic(check, k):
    left = 1 + 1
    right = k.middle

    check.equal(left, right, "the middle coefficient")
"""
KILLED = MUTANT.replace("derive", "certify")


def claim_text(id: str, body: str = SUM + KILLED, **more: object) -> str:
    """A claim file with the knob `middle`."""
    given = {"knobs": {"middle": 2}} | more
    return HEAD.format(id=id, more=", ".join(f"{key}={value!r}" for key, value in given.items())) + textwrap.dedent(body)


def write(folder: Path, **files: str) -> Path:
    """Write files name.py into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder
