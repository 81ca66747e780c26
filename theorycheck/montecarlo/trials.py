"""Doing the trials of a sweep: in this process, in several, or on a cluster. A trial that fails is an outcome, not an exception.

The function of a trial travels by value, since the file of a claim is no importable module.
"""

from __future__ import annotations

import pickle
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.montecarlo.plain import plain

#: How often a pool of processes is started anew after one of them was killed, before the sweep gives up.
ATTEMPTS = 3

Trial = Callable[..., Mapping[str, Any]]
#: A trial's number with {"result": ...}, {"error": ...} or {"undecided": ...}.
Outcome = tuple[int, dict[str, Any]]


def outcomes(run: Trial, waiting: list[tuple[int, Any, Any]], jobs: int, scheduler: str | None) -> Iterator[Outcome]:
    """The outcome of each trial, as they end.

    Args:
        run: does a trial, as for `sweep`.
        waiting: (number, setting, seed) of each trial.
        jobs: processes at a time; 1 means this one.
        scheduler: the address of a Dask scheduler, whose workers then do the trials.
    """
    if not waiting:
        return
    if scheduler is not None:
        from theorycheck.montecarlo.cluster import on_cluster

        yield from on_cluster(scheduler, do_trial, _by_value(run), waiting)
    elif jobs > 1:
        yield from _in_processes(_by_value(run), waiting, min(jobs, len(waiting)))
    else:
        yield from (_outcome(run, *task) for task in waiting)


def _in_processes(function: bytes, waiting: list[tuple[int, Any, Any]], jobs: int) -> Iterator[Outcome]:
    import joblib
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    left = {task[0]: task for task in waiting}
    how: dict[str, Any] = {"batch_size": 1, "return_as": "generator_unordered", "max_nbytes": None}  # a trial comes back when it ends
    try:
        for _ in range(ATTEMPTS):
            with joblib.parallel_config("loky", inner_max_num_threads=1):
                parallel = joblib.Parallel(jobs, **how)
            try:
                for index, outcome in parallel(joblib.delayed(do_trial)(function, *task) for task in list(left.values())):
                    del left[index]
                    yield index, outcome
                return
            except TerminatedWorkerError:
                continue
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
    died = f"its process, or that of another one, died {ATTEMPTS} times; trials may need more memory: write a smaller --jobs"
    yield next(iter(left)), {"error": died}


def do_trial(function: bytes, index: int, setting: Mapping[str, Any], seed: Any) -> Outcome:
    """Do one trial in another process.

    Args:
        function: the function by value, as `sweep` sends it.
        index: the number of the trial.
        setting: its arguments.
        seed: of its generator.
    """
    try:
        run = _loaded(function)
    except Exception as error:
        return index, {"error": f"its function cannot be loaded in another process: {type(error).__name__}: {error}"}
    return _outcome(run, index, setting, seed)


def _outcome(run: Trial, index: int, setting: Mapping[str, Any], seed: Any) -> Outcome:
    import numpy as np

    try:
        result = run(np.random.default_rng(seed), **deepcopy(dict(setting)))
        if not isinstance(result, Mapping):
            raise InputError(f"it returned {result!r}; return a dictionary of numbers and text by name")
        return index, {"result": plain(result, "its result")}
    except Undecided as error:
        return index, {"undecided": str(error)}
    except Exception as error:
        file = run.__code__.co_filename
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        where = f" (line {lines[-1]} of {Path(file).name})" if lines else ""
        kind = "" if isinstance(error, TheorycheckError) else f"{type(error).__name__}: "
        return index, {"error": f"{kind}{error}{where}"}


def _by_value(run: Trial) -> bytes:
    """The function with what it needs of its own file, and before it the folder of the file: modules beside it are imported by name."""
    import cloudpickle

    module = sys.modules[run.__module__]
    cloudpickle.register_pickle_by_value(module)
    try:
        return pickle.dumps((str(Path(run.__code__.co_filename).resolve().parent), cloudpickle.dumps(run)))
    finally:
        cloudpickle.unregister_pickle_by_value(module)


@lru_cache(maxsize=4)
def _loaded(function: bytes) -> Trial:
    folder, code = pickle.loads(function)
    if folder not in sys.path:
        sys.path.append(folder)
    sys.dont_write_bytecode = True  # nothing is written beside the files of a user
    return pickle.loads(code)
