"""Worker processes that can be killed: each answers one question at a time, within a time limit.

Plain subprocesses rather than `multiprocessing`: nothing of the caller's script is imported again, so `theorycheck.check` works from a
script without a main guard, and a process that hangs in C code, or in an import, still dies.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

#: One thread a worker for linear algebra, whatever the number of jobs: results must not depend on it.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
#: When a sweep is interrupted, joblib's process that tidies up after it would tell of every semaphore that it removes.
_TIDYING = "ignore:resource_tracker:UserWarning"
#: Seconds that a worker which ran out of time has to say where it is, and that its own processes have to tidy up, before they are killed.
_LAST_WORDS = 1.0

Task = dict[str, Any]
Reply = dict[str, Any]


class Worker:
    """One process, started when it is first asked, and started anew after it was killed.

    Args:
        keep: file descriptors that the process inherits, such as that of a lock.

    >>> worker = Worker()
    >>> worker.ask({"do": "ping"}, limit=60)
    {'pong': True}
    >>> worker.kill()
    """

    def __init__(self, keep: Sequence[int] = ()) -> None:
        self._keep = tuple(keep)
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._killed = False

    def ask(self, task: Task, limit: float) -> Reply:
        """Send a task and wait for its reply.

        Args:
            task: a document that `theorycheck.claims.worker` knows.
            limit: seconds after which the process is killed; inf for never.

        Returns:
            The reply; or {"timed_out": seconds, "line": ...}; or {"error": ...} when the process died.
        """
        if self._process is None:
            self._start()
        deadline = time.monotonic() + limit
        reply = self._exchange(task, deadline)
        if reply is None:
            last = self._exchange({"do": "where"}, time.monotonic() + _LAST_WORDS) or {}
            self._stop()
            return {"timed_out": limit, "line": last.get("line")}
        if "died" in reply:
            self._stop()
        return reply

    def kill(self) -> None:
        """End the process, in whatever state it is, for good."""
        self._killed = True
        self._stop()

    def _exchange(self, task: Task, deadline: float) -> Reply | None:
        process = self._process
        if process is None or process.stdin is None:
            return {"died": True, "error": "the worker process was ended"}
        try:
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            return self._death(process)
        try:
            line = self._lines.get(timeout=min(max(0.0, deadline - time.monotonic()), threading.TIMEOUT_MAX))
        except queue.Empty:
            return None
        return self._death(process) if line is None else json.loads(line)

    def _death(self, process: subprocess.Popen[bytes]) -> Reply:
        code = process.wait()
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return {"died": True, "error": f"the worker process died ({how})"}

    def _start(self) -> None:
        if self._killed:
            return
        path = [os.getcwd() if entry == "" else entry for entry in sys.path]
        warnings = ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), _TIDYING)))
        threads = dict.fromkeys(_ONE_THREAD, "1")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONWARNINGS": warnings, **threads}
        # -P: the folder of the caller must not shadow the standard library; a session of its own: Ctrl-C reaches us, and we end the workers
        command = [sys.executable, "-P", "-m", "theorycheck.claims.worker"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            bufsize=0,
            pass_fds=self._keep,
        )
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _end_group(process.pid, signal.SIGTERM)  # whatever processes the claim has started; those of a sweep tidy up
        process.kill()
        process.wait()
        deadline = time.monotonic() + _LAST_WORDS
        while _end_group(process.pid, 0) and time.monotonic() < deadline:
            time.sleep(0.01)
        _end_group(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # unsent bytes to a dead process
                    continue


def _end_group(leader: int, how: int) -> bool:
    """Send a signal to a process and all that it has started; False when none is left."""
    if not hasattr(os, "killpg"):
        return False
    try:
        os.killpg(leader, how)
    except ProcessLookupError:
        return False
    return True


def _read(process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None]) -> None:
    assert process.stdout is not None
    stream = os.fdopen(os.dup(process.stdout.fileno()), "rb")
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


class Pool:
    """A fixed number of workers. Use it as a context manager: leaving it ends every process.

    Args:
        jobs: how many processes at most, at least 1.
        keep: file descriptors that every process inherits.

    >>> with Pool(1) as pool:
    ...     pool.ask_all([({"do": "ping"}, 60.0)] * 2)
    [{'pong': True}, {'pong': True}]
    """

    def __init__(self, jobs: int, keep: Sequence[int] = ()):
        self._workers = [Worker(keep) for _ in range(jobs)]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers:
            worker.kill()

    def ask_all(
        self, tasks: Sequence[tuple[Task, float]], done: Callable[[int], None] | None = None, workers: int | None = None
    ) -> list[Reply]:
        """Every task's reply, in the order of the tasks.

        Args:
            tasks: pairs (task, time limit in seconds); started in this order.
            done: called in the calling thread with the index of each task that ended.
            workers: how many of the processes to use; by default all.
        """
        replies: list[Reply] = [{} for _ in tasks]
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        for index in range(len(tasks)):
            waiting.put(index)

        def serve(worker: Worker) -> None:
            while True:
                try:
                    index = waiting.get_nowait()
                except queue.Empty:
                    return
                task, limit = tasks[index]
                try:
                    replies[index] = worker.ask(task, limit)
                except Exception as error:  # a reply must come for every task, or the caller waits for ever
                    replies[index] = {"error": f"the worker could not be asked: {type(error).__name__}: {error}"}
                ended.put(index)

        for worker in self._workers[:workers][: len(tasks)]:
            threading.Thread(target=serve, args=(worker,), daemon=True).start()
        for _ in tasks:
            index = ended.get()
            if done is not None:
                done(index)
        return replies
