"""Sweeps: lists of independent seeded trials, over the processes of this machine or a cluster, with the same numbers wherever they run.

A trial sees its own generator and its own setting, and nothing of where and when it runs. Whatever it returns becomes plain Python
numbers, text and lists at once, so that a result that was read back from a journal equals one that was not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.montecarlo.journal import Journal
from theorycheck.montecarlo.plain import list_of, plain, plain_settings
from theorycheck.montecarlo.trials import Trial, outcomes

if TYPE_CHECKING:
    import numpy as np


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
    for index, outcome in outcomes(run, waiting, jobs, scheduler):
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


def require_top_level(run: Trial) -> None:
    """Raise InputError unless other processes can be given this function: one at the top level of a file sees no hidden state."""
    name = getattr(run, "__qualname__", "")
    if not name.isidentifier() or not hasattr(run, "__code__"):
        what = name or type(run).__name__
        raise InputError(f"{what} cannot be sent to other processes; write a function at the top level of the file, def trial(rng, ...)")


def _require_other_names(setting: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Raise TrialError where a result would replace an argument by another value: the row would tell of a trial that never ran."""
    for name in result:
        if name in setting and (before := plain(setting[name], name)) != result[name] and json.dumps(before) != json.dumps(result[name]):
            what = f"its result has another value for its argument {name!r}"
            raise TrialError(f"the trial with {_shown(setting)}: {what}; return it under another name")


def _shown(setting: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name}={value!r}" for name, value in setting.items()) or "no arguments"
    return text if len(text) <= 200 else text[:197] + "…"
