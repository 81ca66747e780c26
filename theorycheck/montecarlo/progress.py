"""How far a sweep is, how fast it goes and how long it will take, as one line of text that is written again and again."""

from __future__ import annotations

import sys
import time
from typing import TextIO

#: Seconds between two writings.
_EVERY = 0.1


def progress_text(name: str, done: int, total: int, kept: int, counted: int, seconds: float) -> str:
    """One line on the state of a sweep.

    Args:
        name: of the sweep.
        done: trials that have ended, `kept` of them in an earlier run.
        total: trials in all.
        kept: trials that were read from the journal.
        counted: trials that have ended since the clock was started.
        seconds: on that clock.

    >>> progress_text("landscape/gadget", 31, 100, 10, 20, 40.0)
    'landscape/gadget: 31/100 trials, 10 of them kept, 0.5/s, 0:02:18 left'
    >>> progress_text("landscape/gadget", 1, 100, 0, 0, 0.0)
    'landscape/gadget: 1/100 trials'
    """
    text = f"{name}: {done}/{total} trials" + (f", {kept} of them kept" if kept else "")
    if not counted or seconds <= 0:
        return text
    rate = counted / seconds
    left = round((total - done) / rate)
    return f"{text}, {rate:.3g}/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"


class Progress:
    """Writes that line over itself on a terminal; the argument `progress` of a sweep.

    Args:
        name: of the sweep.
        stream: where to write, by default standard error.
    """

    def __init__(self, name: str, stream: TextIO | None = None):
        self.name, self.stream = name, stream or sys.stderr
        self._first: tuple[int, float] | None = None  # the clock starts with the first trial that ends, when all processes run
        self._written = float("-inf")

    def __call__(self, done: int, total: int, kept: int) -> None:
        now = time.monotonic()
        self._first = self._first or (done, now)
        if now - self._written < _EVERY and done < total:
            return
        self._written = now
        before, began = self._first
        text = progress_text(self.name, done, total, kept, done - before, now - began) if done < total else ""
        self.stream.write(f"\r{text[:100]:<100}\r")
        self.stream.flush()
