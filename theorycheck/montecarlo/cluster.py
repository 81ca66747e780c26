"""The trials of a sweep on a Dask cluster. A worker that dies costs nothing but time: the scheduler gives its trials to others."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from theorycheck.errors import InputError

#: Seconds that a scheduler has to answer.
_PATIENCE = 10
#: Trials that are handed to the scheduler at a time, so that its memory does not grow with the sweep.
_AT_ONCE = 1000


def require_scheduler(address: str) -> None:
    """Check that Dask is there and that something listens at the address.

    Args:
        address: for example "tcp://10.0.0.1:8786", or without "tcp://".

    Raises:
        InputError: it is no such address, nobody answers, or Dask is not installed.

    >>> require_scheduler("nowhere")
    Traceback (most recent call last):
        ...
    theorycheck.errors.InputError: 'nowhere' is no address of a Dask scheduler; write one as the scheduler prints it, tcp://host:8786
    """
    if find_spec("distributed") is None:
        raise InputError("--scheduler needs Dask: pip install 'theorycheck[cluster]'")
    try:
        place = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = place.hostname, place.port
    except ValueError:
        host, port = None, None
    if not host or not port or place.scheme not in ("tcp", "tls", "ws", "wss"):
        raise InputError(f"{address!r} is no address of a Dask scheduler; write one as the scheduler prints it, tcp://host:8786")
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        raise InputError(f"no Dask scheduler answers at {address} ({error.strerror or error}); start one with: dask scheduler") from None


def on_cluster(
    address: str, do: Callable[..., tuple[int, dict[str, Any]]], function: bytes, waiting: Sequence[tuple[int, Any, Any]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The outcome of each trial, as they end.

    Args:
        address: of the scheduler.
        do: does one trial, `do(function, index, setting, seed)`; importable on the workers.
        function: the trial's function by value.
        waiting: (index, setting, seed) of each trial.
    """
    require_scheduler(address)
    from distributed import Client, KilledWorker, as_completed

    with Client(address, timeout=_PATIENCE, set_as_default=False) as client:
        todo = iter(waiting)
        pending = as_completed(loop=client.loop)
        number: dict[str, int] = {}

        def submit(count: int) -> None:
            for task in islice(todo, count):
                future = client.submit(do, function, *task, pure=False)
                number[future.key] = task[0]
                pending.add(future)

        submit(_AT_ONCE)
        for future in pending:
            index = number.pop(future.key)
            try:
                yield future.result()
            except KilledWorker:
                yield index, {"error": "every worker that tried it died; give the workers more memory"}
            except Exception as error:  # what a trial raises is an outcome already: this is the cluster's own
                yield index, {"error": f"the cluster could not do it: {type(error).__name__}: {error}"}
            submit(1)
