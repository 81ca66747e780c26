"""Rows that measure whole processes: import, help, and one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from theorycheck.benchmarks.timing import Row, compare, process_seconds

_BARE = ["-c", "pass"]
_SINK = "import os, sys; sys.stdout = open(os.devnull, 'w', encoding='utf-8'); "
_LIGHT = "import theorycheck, sys; assert not {'numpy', 'sympy', 'scipy', 'matplotlib', 'tensorly', 'flint'} & set(sys.modules)"


def _command(arguments: str) -> list[str]:
    return ["-c", f"{_SINK}from theorycheck.cli import main; sys.argv = ['theorycheck', *{arguments.split()!r}]; main()"]


def _measure(arguments: Callable[[], list[str]]) -> float:
    return process_seconds(arguments())


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """verify-page, import-time, help-time."""
    table = (
        ("verify-page", _command("verify gelu"), ["-c", "import sympy"], "the page printed, exit 0"),
        ("import-time", ["-c", "import theorycheck"], _BARE, "no heavy library is loaded"),
        ("help-time", _command("--help"), _BARE, "exit 0"),
    )
    for name, ours, peer, accuracy in table:
        if not wanted(name):
            continue
        if name == "import-time":
            process_seconds(["-c", _LIGHT])
        count = 9 if name == "verify-page" else 21
        for command in (ours, peer):  # bytecode is written once, outside the measurement
            process_seconds(command)
        yield compare(
            name,
            goals[name],
            partial(list, ours),
            partial(list, peer),
            accuracy,
            ours_seconds=_measure,
            peer_seconds=_measure,
            repetitions=count,
        )
