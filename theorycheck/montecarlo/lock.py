"""One run at a time in a folder: a lock that the kernel releases when its holder dies, however it dies."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from theorycheck.errors import InputError

_NAME = "lock"
#: Seconds that the processes of a run that was killed may take to end before the next run gives up.
_PATIENCE = 10.0


@contextmanager
def exclusive(folder: Path) -> Iterator[int]:
    """Hold a folder for the time of a `with` block; it is made if need be, and removed again if nothing was put into it.

    The lock is that of an open file (`flock`), so a dead holder leaves none behind; where there is no `flock` nothing is locked.

    Args:
        folder: the folder to hold.

    Yields:
        The descriptor of the lock. A process that inherits it holds the folder, too.

    Raises:
        InputError: another process holds it (the message names the process), or the folder cannot be made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with exclusive(Path(parent) / "state"):
    ...         try:
    ...             with exclusive(Path(parent) / "state"): pass
    ...         except InputError as error:
    ...             print(f"another run (process {os.getpid()}" in str(error), list(Path(parent).iterdir()) != [])
    ...     list(Path(parent).iterdir())
    True True
    []
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot keep the state of sweeps ({error.strerror}); write another folder: --state DIR") from None
    try:
        yield descriptor
    finally:
        (folder / _NAME).unlink(missing_ok=True)
        os.close(descriptor)
        with suppress(OSError):  # something was put into it
            folder.rmdir()


def _locked(folder: Path) -> int:
    path = folder / _NAME
    deadline = time.monotonic() + _PATIENCE
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _try(descriptor):
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):  # else its last holder has just removed it
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode())
                    return descriptor
            os.close(descriptor)
            continue
        holder = os.read(descriptor, 200).decode(errors="replace").split()
        os.close(descriptor)
        if not _ended(holder) or time.monotonic() > deadline:
            who = f"process {holder[0]} on {holder[1]}" if len(holder) == 2 else "its process is not known"
            raise InputError(f"another run ({who}) is using {folder}; wait until it ends, stop it, or write another folder: --state DIR")
        time.sleep(0.05)


def _try(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ended(holder: list[str]) -> bool:
    """Whether the process that wrote its name is dead, so that only its workers, about to end, still hold the lock."""
    if len(holder) != 2 or holder[1] != socket.gethostname() or not holder[0].isdigit():
        return not holder  # nothing written yet: it has just begun, or is just ending
    try:
        os.kill(int(holder[0]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
