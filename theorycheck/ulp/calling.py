"""Calling somebody's function on values of a format: NumPy, PyTorch and JAX, none of them needed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError
from theorycheck.ulp.formats import FORMATS

if TYPE_CHECKING:
    import numpy as np

_LIBRARIES = ("torch", "jax", "numpy")
#: As many values are given at once.
_BATCH = 1 << 16
_MISSING = object()


def implementation(path: str) -> Callable[[Any], Any]:
    """The function that "module:name" names, with dots in the name for attributes.

    Raises:
        InputError: the module does not import, or has no such function.

    >>> implementation("numpy:tanh").__name__
    'tanh'
    """
    module, colon, name = path.partition(":")
    if not (colon and module and name):
        raise InputError(f"--against {path!r}: write module:function, for example numpy:tanh or torch.nn.functional:gelu")
    if "" not in sys.path:
        sys.path.insert(0, "")  # a file of the current folder is a module too
    try:
        with redirect_stdout(sys.stderr):
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part, _MISSING)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever the module does when it is imported, sys.exit included
        raise InputError(f"--against {path}: {module} does not import ({type(error).__name__}: {error})") from None
    if found is _MISSING:
        raise InputError(f"--against {path}: {module} has no {name}")
    if not callable(found):
        raise InputError(f"--against {path}: {name} is a {type(found).__name__}, no function")
    return found


def library_of(path: str, chosen: str | None = None) -> str:
    """The array library whose arrays a function takes: the one chosen, else the one that its module belongs to, else NumPy.

    >>> library_of("torch.nn.functional:gelu"), library_of("my_code:act")
    ('torch', 'numpy')
    """
    if chosen is not None and chosen not in _LIBRARIES:
        raise InputError(f"--arrays {chosen!r}: write one of {', '.join(_LIBRARIES)}")
    first = path.partition(":")[0].partition(".")[0]
    return chosen or (first if first in _LIBRARIES else "numpy")


def call(function: Callable[[Any], Any], points: np.ndarray, dtype: str, library: str) -> np.ndarray:
    """The function's values at points of a format, as float64.

    Args:
        function: takes an array of the library and gives one of the same shape and type.
        points: values of the format, as float64.
        dtype: a name of `FORMATS`.
        library: "numpy", "torch" or "jax".

    Raises:
        InputError: the function raises, or gives another shape or type, or the library lacks the format.
    """
    import numpy as np

    give, take = _bridge(dtype, library)
    name = getattr(function, "__name__", repr(function))
    found = []
    for start in range(0, len(points), _BATCH):
        batch = points[start : start + _BATCH]
        try:
            with np.errstate(all="ignore"), redirect_stdout(sys.stderr):
                answer = function(give(batch.copy()))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever somebody's function raises is a finding about it, sys.exit included
            raise InputError(f"{name} raises {type(error).__name__} on {library} {dtype} arrays: {error}") from None
        got = str(getattr(answer, "dtype", type(answer).__name__)).rpartition(".")[2]
        if got != dtype:
            instead = f", or write --dtype {got} if that is its type" if got in FORMATS else ""
            raise InputError(f"{name} gives {got} for {dtype}; it must give {dtype}{instead}")
        shape = tuple(getattr(answer, "shape", ()))
        if shape != batch.shape:
            raise InputError(f"{name} gives the shape {shape} for {batch.shape}; it must work element by element")
        found.append(take(answer))
    return np.concatenate(found)


def _bridge(dtype: str, library: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """float64 values to arrays of the library, and back; both exact."""
    import numpy as np

    if library == "numpy":
        if dtype == "bfloat16":
            raise InputError("NumPy has no bfloat16; name a function of torch or jax, or write --arrays torch or --arrays jax")
        return (lambda values: values.astype(dtype)), (lambda answer: np.asarray(answer).astype(np.float64))
    try:
        module = importlib.import_module(library)
    except ImportError as error:
        raise InputError(f"{library} does not import ({error}); install it, or name a function of another library") from None
    if library == "torch":
        kind = getattr(module, dtype)
        return (lambda values: module.from_numpy(values).to(kind)), (lambda answer: answer.detach().cpu().double().numpy())
    if dtype == "float64":
        module.config.update("jax_enable_x64", True)
    numbers = importlib.import_module("jax.numpy")
    wide = "float64" if dtype == "float64" else "float32"
    return (lambda values: numbers.asarray(values, dtype=dtype)), (lambda answer: np.asarray(answer.astype(wide)).astype(np.float64))
