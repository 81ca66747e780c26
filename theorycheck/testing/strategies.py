"""Hypothesis strategies for what theorems quantify over: activations, correlations, scales, unit rows, teacher networks.

Each draws the cases where theorems and programs break as readily as the ordinary ones, and shrinks to the plainest.
"""

from __future__ import annotations

from functools import lru_cache
from math import log10, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from theorycheck.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from hypothesis.strategies import DrawFn, SearchStrategy

    from theorycheck.activation.function import Activation

#: Ends, middles and the places where arccos or √(1 − r²) lose their digits.
_CORRELATIONS = (0.0, 1.0, -1.0, 0.5, -0.5, 1 - 2**-53, -1 + 2**-53, 1 - 1e-9, -1 + 1e-9, 0.999, 1e-9, -1e-9, 1e-300, sqrt(0.5))
#: Analytic on the line; every one is at most polynomially large, so every Gaussian expectation exists.
_SMOOTH = ("tanh", "sigmoid", "softplus", "erf", "Phi", "sin", "cos", "atan", "asinh")
_KINKED = ("relu", "abs", "step", "sign")


class Teacher(NamedTuple):
    """A one-hidden-layer network y = Σ_j weights[j]·s(⟨rows[j], x⟩), with an activation s that is given when it is evaluated.

    Args:
        weights: output weights, shape (m,).
        rows: unit rows, shape (m, d).
    """

    weights: np.ndarray
    rows: np.ndarray


def correlations(interior: bool = False) -> SearchStrategy[float]:
    """Correlations of two Gaussians, the ends and their neighbourhood included.

    Args:
        interior: leave out −1 and 1.

    Returns:
        A strategy of floats in [−1, 1], never subnormal.

    >>> from hypothesis import find
    >>> find(correlations(), lambda r: r > 0.9)
    1.0
    """
    from hypothesis import strategies as st

    nasty = st.sampled_from([r for r in _CORRELATIONS if not (interior and abs(r) == 1)])
    return nasty | st.floats(-1, 1, exclude_min=interior, exclude_max=interior, allow_subnormal=False)


def scales(low: float = 1e-4, high: float = 1e4) -> SearchStrategy[float]:
    """Standard deviations, spread evenly over the orders of magnitude; 1 and the powers of ten come often.

    Args:
        low, high: the ends, 0 < low <= high.

    Returns:
        A strategy of floats in [low, high].

    Raises:
        InputError: the range is empty or reaches 0.

    >>> from hypothesis import find
    >>> find(scales(), lambda s: s > 50)
    100.0
    """
    if not 0 < low <= high < float("inf"):
        raise InputError(f"scales from {low!r} to {high!r}: write positive ends in order, for example scales(1e-4, 1e4)")
    from hypothesis import strategies as st

    tens = [10.0**n for n in range(-308, 309)]
    nasty = sorted({low, high, *(t for t in tens if low <= t <= high)}, key=lambda s: abs(log10(s)))
    spread = st.floats(log10(low), log10(high), allow_subnormal=False).map(lambda u: min(max(10.0**u, low), high))
    return st.sampled_from(nasty) | spread


def unit_rows(d: int, m: int) -> SearchStrategy[np.ndarray]:
    """Matrices with unit rows: axes, general directions, and rows that repeat, oppose or nearly repeat an earlier one.

    Args:
        d: length of a row, at least 1.
        m: number of rows, at least 1.

    Returns:
        A strategy of float64 arrays, shape (m, d), each row of norm 1 up to rounding.

    Raises:
        InputError: d or m is not a positive whole number.

    >>> from hypothesis import find
    >>> find(unit_rows(2, 2), lambda rows: True).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    for name, value in (("d", d), ("m", m)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"unit_rows: {name}={value!r}; write a whole number from 1 up")
    from hypothesis import strategies as st

    @st.composite
    def rows(draw: DrawFn) -> np.ndarray:
        import numpy as np

        made: list[np.ndarray] = []
        for _ in range(m):
            kind = draw(st.sampled_from(["axis", "general", "again", "opposite", "near"] if made else ["axis", "general"]))
            if kind == "axis":
                row = draw(st.sampled_from([1.0, -1.0])) * np.eye(d)[draw(st.integers(0, d - 1))]
            elif kind == "general":
                row = np.array(draw(st.lists(st.integers(-99, 99), min_size=d, max_size=d).filter(any)), dtype=np.float64)
            else:
                earlier = made[draw(st.integers(0, len(made) - 1))]
                row = earlier if kind == "again" else -earlier
                if kind == "near":
                    row = earlier + draw(st.sampled_from([1e-3, 1e-8, 1e-15])) * np.eye(d)[draw(st.integers(0, d - 1))]
            made.append(row / np.linalg.norm(row))
        return np.array(made)

    return rows()


def teachers(d: int | None = None, m: int | None = None) -> SearchStrategy[Teacher]:
    """One-hidden-layer teachers with unit rows; weights of either sign that may cancel, vanish or differ widely.

    Args:
        d: number of inputs; drawn from 1 to 5 by default.
        m: number of hidden units; drawn from 1 to 5 by default.

    Returns:
        A strategy of `Teacher`.

    >>> from hypothesis import find
    >>> find(teachers(d=2, m=1), lambda t: True)
    Teacher(weights=array([1.]), rows=array([[1., 0.]]))
    """
    from hypothesis import strategies as st

    weight = st.sampled_from([1.0, -1.0, 0.0, 1e-3, 1e3]) | st.integers(-400, 400).map(lambda n: n / 100)

    @st.composite
    def networks(draw: DrawFn) -> Teacher:
        import numpy as np

        inputs = draw(st.integers(1, 5)) if d is None else d
        units = draw(st.integers(1, 5)) if m is None else m
        rows = draw(unit_rows(inputs, units))
        return Teacher(np.array(draw(st.lists(weight, min_size=units, max_size=units))), rows)

    return networks()


def activations(composed: bool = True) -> SearchStrategy[Activation]:
    """Activations: the catalogue, with default and with other parameters, and functions that have no name.

    Every one is at most of exponential growth, so its Gaussian expectations exist. Kinks and jumps lie anywhere, not only at 0.

    Args:
        composed: also draw sums, products and pieces of elementary functions; otherwise the catalogue only.

    Returns:
        A strategy of `Activation`.

    >>> from hypothesis import find
    >>> find(activations(), lambda f: True)
    Activation('linear')
    """
    from hypothesis import strategies as st

    from theorycheck.activation.catalog import ENTRIES

    positive = st.fractions(min_value="1/8", max_value=4, max_denominator=8).map(str)
    named = st.sampled_from([(e.name, ()) for e in ENTRIES])

    def with_parameters(entry: Any) -> SearchStrategy[Any]:
        return st.tuples(st.just(entry.name), st.tuples(*[st.tuples(st.just(name), positive) for name in entry.parameters]))

    tuned = st.sampled_from([e for e in ENTRIES if e.parameters]).flatmap(with_parameters)
    kinds = [named, tuned, *([st.tuples(_texts(), st.just(()))] if composed else [])]
    return st.one_of(kinds).map(lambda drawn: _activation(*drawn))


@lru_cache(maxsize=512)
def _activation(text: str, parameters: tuple[tuple[str, str], ...]) -> Activation:
    from theorycheck.activation.function import Activation

    return Activation(text, **dict(parameters))


def _texts() -> SearchStrategy[str]:
    """Expressions that the parser accepts: functions of affine arguments, two of them joined."""
    from hypothesis import strategies as st

    numbers = st.fractions(min_value=-3, max_value=3, max_denominator=10)
    slopes = numbers.filter(bool)
    affine = st.builds(lambda a, b: f"({a}*x + ({b}))", slopes, numbers)
    units = st.builds(lambda name, u: f"{name}{u}", st.sampled_from(_SMOOTH + _KINKED), affine)
    bumps = affine.map(lambda u: f"exp(-{u}**2)")
    simple = st.one_of(units, bumps, affine)
    sums = st.builds(lambda f, c, g: f"{f} + ({c})*{g}", simple, slopes, simple)
    products = st.builds(lambda f, g: f"{f}*{g}", simple, simple)
    split = st.builds(lambda t, f, g: f"where(x > {t}, {f}, {g})", numbers, simple, simple)
    return st.one_of(simple, sums, products, split)
