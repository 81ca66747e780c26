"""The journal of a sweep: one line a finished trial, on the disk before the next one counts, readable after any interruption.

A line is `checksum document`, and the checksum is taken over the identity of the sweep, too: a line says of itself that it belongs to it.
So a line that was cut off by a crash, damaged on the disk or written by another sweep is never taken for a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FORMAT = 1
#: Where the document stands in a line, after 16 digits of the checksum and a blank.
_TEXT = slice(17, None)


def digest_of(identity: Mapping[str, Any]) -> str:
    """The SHA-256 of everything that determines a sweep's results, as 64 hexadecimal digits.

    >>> digest_of({"seed": 0})[:12]
    '6199dc58298a'
    """
    return hashlib.sha256(json.dumps({"format": FORMAT, **identity}, sort_keys=True).encode()).hexdigest()


class Journal:
    """The finished trials of one sweep, in a file. Floats come back bit for bit, NaN and infinities included.

    A line without its end was cut off by a crash: it is removed, and its trial counts as not done. A file with other damaged lines is set
    aside under the name `….corrupt-N`, and the sound lines go on in a new file. Whatever happens, there is never a moment without a file
    that holds all finished trials. One process at a time may write (`theorycheck.montecarlo.lock.exclusive`).

    Args:
        path: the file; its folder is made if need be.
        identity: everything that determines the results, as a document; with another one no line of the file is valid.
        run: a name for this run of the program; what it has begun itself it always goes on with.
        resume: whether to go on with what another run has begun; otherwise the sweep starts afresh.
        about: what the header says for human readers.
        warn: told in one sentence when a file had to be set aside.

    Attributes:
        finished: the result of each finished trial, by its number.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.journal"
    ...     with Journal(path, {"seed": 0}) as journal:
    ...         journal.append(7, {"loss": 0.1})
    ...     with Journal(path, {"seed": 0}, resume=True) as again:
    ...         again.finished
    {7: {'loss': 0.1}}
    """

    def __init__(
        self,
        path: Path,
        identity: Mapping[str, Any],
        run: str = "",
        resume: bool = False,
        about: Mapping[str, Any] | None = None,
        warn: Callable[[str], None] | None = None,
    ):
        self.path = path
        self._digest = digest_of(identity)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines, damaged, complete = self._read()
        header = lines.pop(None, b"")
        if not resume and (not header or json.loads(header[_TEXT])["run"] != run):
            header, lines, damaged, complete = b"", {}, 0, False
        if damaged:
            self._set_aside(damaged, damaged + len(lines) + bool(header), warn)
        if damaged or not complete:
            header = header or self._line({"format": FORMAT, "sweep": self._digest, "run": run, **(about or {})})
            self._write_all([header, *lines.values()])
        self.finished = {trial: json.loads(line[_TEXT])["result"] for trial, line in lines.items() if trial is not None}
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(self, trial: int, result: dict[str, Any]) -> None:
        """Keep the result of a trial; when this returns, it is on the disk."""
        _write(self._descriptor, self._line({"trial": trial, "result": result}))
        self.finished[trial] = result

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _line(self, document: Mapping[str, Any]) -> bytes:
        text = json.dumps(document).encode()
        return self._checksum(text) + b" " + text + b"\n"

    def _checksum(self, text: bytes) -> bytes:
        return hashlib.sha256(self._digest.encode() + b" " + text).hexdigest()[:16].encode()

    def _read(self) -> tuple[dict[int | None, bytes], int, bool]:
        """The sound line of each trial and, under None, the header; how many lines are damaged; whether nothing is missing or cut off."""
        try:
            *lines, rest = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}, 0, False
        sound = {json.loads(line[_TEXT]).get("trial"): line + b"\n" for line in lines if self._is_sound(line)}
        return sound, sum(not self._is_sound(line) for line in lines), None in sound and not rest

    def _is_sound(self, line: bytes) -> bool:
        return line[:17] == self._checksum(line[_TEXT]) + b" "

    def _set_aside(self, damaged: int, of: int, warn: Callable[[str], None] | None) -> None:
        names = (self.path.with_name(f"{self.path.name}.corrupt-{n}") for n in range(1, 1 << 30))
        aside = next(path for path in names if not path.exists())
        shutil.copyfile(self.path, aside)
        if warn is not None:
            count = f"{damaged} of {of} lines {'is' if damaged == 1 else 'are'} damaged"
            warn(f"{self.path}: {count}; it is set aside as {aside}, and the trials without a sound line are done again")

    def _write_all(self, lines: list[bytes]) -> None:
        """Put these lines in the place of the file, all at once."""
        new = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write(descriptor, b"".join(lines))
        finally:
            os.close(descriptor)
        os.replace(new, self.path)
        _sync_folder(self.path.parent)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file durable, where folders can be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
