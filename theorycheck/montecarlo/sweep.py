"""Sweeps: lists of independent seeded trials, over the processes of this machine or a cluster, with the same numbers wherever they run.

A trial sees its own generator and its own setting, and nothing of where and when it runs. Its function travels by value, since the file of
a claim is no importable module. Whatever a trial returns becomes plain Python numbers, text and lists at once, so that a result that was
read back from a journal equals one that was not.
"""

from __future__ import annotations

import json
import pickle
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.montecarlo.journal import Journal

if TYPE_CHECKING:
    import numpy as np

#: How often a pool of processes is started anew after one of them was killed, before the sweep gives up.
ATTEMPTS = 3
#: The most decimal digits of an integer: Python reads and writes no longer ones as text, nor does a journal then.
DIGITS = 4300
_TOO_LONG = 10**DIGITS

Trial = Callable[..., Mapping[str, Any]]
#: A trial's number with {"result": ...}, {"error": ...} or {"undecided": ...}.
Outcome = tuple[int, dict[str, Any]]


class TrialError(TheorycheckError):
    """A trial raised, or returned what is no result; the message names its setting."""


def sweep(
    run: Trial,
    settings: Iterable[Mapping[str, Any]],
    seeds: Sequence[np.random.SeedSequence],
    store: Journal | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Do one trial for each setting; trials that the store has already are not done again.

    Args:
        run: `run(rng, **setting)` does a trial and returns numbers, text, or lists of them, by name; a function at the top level
            of its file. Its arguments are a copy of the setting; what it does to them is seen nowhere else.
        settings: the arguments of each trial: numbers, text, or lists of them.
        seeds: the seed of each trial's generator, for example from `SeedSequence.spawn`.
        store: keeps the result of each trial as it ends.
        jobs: processes at a time; 1 means this one. Others run linear algebra with one thread: start this one with
            `OMP_NUM_THREADS=1` in its environment where the last bit matters.
        scheduler: the address of a Dask scheduler, whose workers then do the trials; their nannies keep to one thread, too.
        progress: called with (trials done, trials in all, those of the done that the store had).

    Returns:
        For each setting, in order, the setting together with the result, a dictionary.

    Raises:
        InputError: something else than a top-level function, seeds and settings of different number, settings that are no list of
            dictionaries of plain data, or no cluster at that address.
        TrialError: a trial raised, returned another value under the name of an argument, or its process died several times. What
            had ended is kept in the store.
        Undecided: a trial raised it.

    >>> import numpy as np
    >>> def mean(rng, n):
    ...     return {"mean": rng.random(n).mean()}
    >>> rows = sweep(mean, [{"n": 10}, {"n": 1000}], np.random.SeedSequence(0).spawn(2))
    >>> [row["n"] for row in rows], abs(rows[1]["mean"] - 0.5) < 0.05, type(rows[0]["mean"])
    ([10, 1000], True, <class 'float'>)
    """
    settings = list_of(settings)
    if len(settings) != len(seeds):
        raise InputError(f"{len(settings)} settings and {len(seeds)} seeds; give each trial one of both")
    require_top_level(run)
    plain_settings(settings)
    results = {} if store is None else dict(store.finished)
    for index, result in results.items():
        _require_other_names(settings[index], result)
    kept = len(results)
    waiting = [(i, settings[i], seeds[i]) for i in range(len(settings)) if i not in results]
    for index, outcome in _outcomes(run, waiting, jobs, scheduler):
        if "undecided" in outcome:
            raise Undecided(outcome["undecided"])
        if "error" in outcome:
            raise TrialError(f"the trial with {_shown(settings[index])}: {outcome['error']}")
        _require_other_names(settings[index], outcome["result"])
        results[index] = outcome["result"]
        if store is not None:
            store.append(index, outcome["result"])
        if progress is not None:
            progress(len(results), len(settings), kept)
    return [{**setting, **results[index]} for index, setting in enumerate(settings)]


def identity_of(run: Trial, settings: Sequence[Mapping[str, Any]], seeds: Sequence[np.random.SeedSequence]) -> dict[str, Any]:
    """What determines the results besides the code of the function, as a document.

    Args:
        run, settings, seeds: as for `sweep`.
    """
    import numpy as np

    from theorycheck import __version__

    require_top_level(run)
    return {
        "function": run.__qualname__,
        "settings": plain_settings(settings),
        "seeds": [[str(seed.entropy), list(seed.spawn_key)] for seed in seeds],
        "versions": [__version__, np.__version__],
    }


def list_of(settings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The settings as a list, which can be gone through twice.

    Raises:
        InputError: they are no list of dictionaries.

    >>> list_of({"n": n} for n in (10, 100))
    [{'n': 10}, {'n': 100}]
    >>> list_of([3])
    Traceback (most recent call last):
        ...
    theorycheck.errors.InputError: the setting of trial 1 is of type int; write a dictionary of its arguments, for example {"n": 3}
    """
    if isinstance(settings, Mapping) or not isinstance(settings, Iterable):
        what = "None" if settings is None else f"of type {type(settings).__name__}"
        raise InputError(f'the settings are {what}; write a list with one dictionary for each trial, for example [{{"n": 3}}]')
    found = list(settings)
    for number, setting in enumerate(found, 1):
        if not isinstance(setting, Mapping):
            what = f"of type {type(setting).__name__}"
            raise InputError(f'the setting of trial {number} is {what}; write a dictionary of its arguments, for example {{"n": 3}}')
    return found


def plain_settings(settings: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The settings as plain data, as `plain` gives it; the message names the trial."""
    return [plain(setting, f"the setting of trial {number}") for number, setting in enumerate(settings, 1)]


def require_top_level(run: Trial) -> None:
    """Raise InputError unless other processes can be given this function: one at the top level of a file sees no hidden state."""
    name = getattr(run, "__qualname__", "")
    if not name.isidentifier() or not hasattr(run, "__code__"):
        what = name or type(run).__name__
        raise InputError(f"{what} cannot be sent to other processes; write a function at the top level of the file, def trial(rng, ...)")


def plain(value: Any, what: str) -> Any:
    """A value as JSON knows it: numbers, text, None, and lists and dictionaries of them.

    Args:
        value: also NumPy numbers and arrays, and tuples.
        what: for the message.

    Raises:
        InputError: it is something else, an integer of more than 4300 digits, or a dictionary with the keys 1 and "1".

    >>> import numpy as np
    >>> plain({"loss": np.float64(0.5), "steps": np.arange(2), "name": "sgd"}, "the result")
    {'loss': 0.5, 'steps': [0, 1], 'name': 'sgd'}
    """
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            if isinstance(value, int) and abs(value) >= _TOO_LONG:
                raise InputError(f"{what} has an integer of more than {DIGITS} digits; write its logarithm, or hex() of it as text")
            return kind(value)
    if isinstance(value, Mapping):
        names = [str(key) for key in value]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{what} has several keys that read {twice!r}; write keys that differ as text")
        return {str(key): plain(item, f"{what}, {key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, what) for item in value]
    listed = value.tolist() if hasattr(value, "tolist") else value
    if type(listed) is not type(value):
        return plain(listed, what)
    raise InputError(f"{what} has a {type(value).__name__}; write numbers, text, or lists of them")


def _outcomes(run: Trial, waiting: list[tuple[int, Any, Any]], jobs: int, scheduler: str | None) -> Iterator[Outcome]:
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


def _require_other_names(setting: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Raise TrialError where a result would replace an argument by another value: the row would tell of a trial that never ran."""
    for name in result:
        if name in setting and (before := plain(setting[name], name)) != result[name] and json.dumps(before) != json.dumps(result[name]):
            what = f"its result has another value for its argument {name!r}"
            raise TrialError(f"the trial with {_shown(setting)}: {what}; return it under another name")


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


def _shown(setting: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name}={value!r}" for name, value in setting.items()) or "no arguments"
    return text if len(text) <= 200 else text[:197] + "…"
