"""The errors of an implementation: against balls that contain the truth, so that every error reported is the implementation's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, isnan, nextafter
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError, Undecided
from theorycheck.ulp.calling import call
from theorycheck.ulp.formats import Format, float_format
from theorycheck.ulp.points import try_points
from theorycheck.ulp.screening import Grid, suspects

if TYPE_CHECKING:
    import numpy as np
    from flint import arb

    from theorycheck.activation.function import Activation

#: Working precisions in bits for the truth, tried in turn; x - tanh(x) at the smallest double takes more than 2000.
_PRECISIONS = (128, 256, 512, 1024, 2048, 4096, 8192)
_ACCURACY = 70


@dataclass(frozen=True)
class Place:
    """An argument with the value given there and the truth.

    Args:
        x, got: the argument and the implementation's value.
        truth: the true value as a decimal; "a to b" at a jump.
        error: what is measured: units in the last place, or relative to the truth, or the fall between neighbours.
    """

    x: float
    got: float
    truth: str
    error: float

    def to_json(self) -> dict[str, Any]:
        """The document of a place; numbers that are not finite are text."""
        return {"x": self.x, "hex": self.x.hex(), "got": _plain(self.got), "truth": self.truth, "error": _plain(self.error)}


@dataclass(frozen=True)
class Accuracy:
    """How an implementation compares with the exact function.

    Args:
        dtype: the float format.
        points: how many arguments were tried.
        exhaustive: whether these are all finite values of the format.
        ulp: the place of the largest error in units in the last place of the truth.
        relative: the place of the largest relative error where the truth is a normal number; None if it never is.
        wrong_signs: the places where the value has the opposite sign of the truth.
        falls: neighbours tried between which the truth does not fall (or rise) while the value does; the second of each pair.
        not_finite: the places where the value is NaN, or infinite, and the truth is not; their errors are infinite.
        finite: the place of the largest error in units in the last place among finite values; None if there are none.
        undecided: the arguments at which the truth could not be enclosed; nothing is said about them.
        grid: how fine the grid was from which the worst arguments were taken; None when all values were tried.
    """

    dtype: str
    points: int
    exhaustive: bool
    ulp: Place
    relative: Place | None
    wrong_signs: list[Place]
    falls: list[Place]
    not_finite: list[Place]
    finite: Place | None
    undecided: list[float]
    grid: Grid | None

    def to_json(self) -> dict[str, Any]:
        """The *accuracy* document; of wrong signs, lost monotonicity and values not finite the count and the worst place."""

        def worst(places: list[Place]) -> dict[str, Any]:
            top = max(places, key=lambda place: place.error, default=None)
            return {"count": len(places), "worst": None if top is None else top.to_json()}

        return {
            "dtype": self.dtype,
            "points": self.points,
            "grade": "certified" if self.exhaustive and not self.undecided else "sampled",
            "worst_ulp": self.ulp.to_json(),
            "worst_relative": None if self.relative is None else self.relative.to_json(),
            "wrong_signs": worst(self.wrong_signs),
            "lost_monotonicity": worst(self.falls),
            "not_finite": worst(self.not_finite),
            "worst_finite_ulp": None if self.finite is None else self.finite.to_json(),
            "undecided": {"count": len(self.undecided), "first": self.undecided[0] if self.undecided else None},
            "grid": None if self.grid is None else self.grid.to_json(),
        }


def accuracy(
    f: Activation, function: Callable[[Any], Any], dtype: str, rng: np.random.Generator, *, library: str = "numpy", per_binade: int = 128
) -> Accuracy:
    """The errors of an implementation.

    Args:
        f: the exact function; at a jump any value between its two sides counts as right.
        function: takes an array and gives one of the same shape and type.
        dtype: "float16", "bfloat16" (all finite values are tried), "float32" or "float64" (a stratified sample with nasty points).
        rng: draws the sample.
        library: whose arrays the function takes: "numpy", "torch" or "jax".
        per_binade: size of the sample in each binade between 2^-10 and 2^10.

    Raises:
        InputError: the function raises, or gives another shape or type.
        Undecided: the truth could be enclosed at no point.

    >>> import numpy as np
    >>> from theorycheck.activation.function import Activation
    >>> found = accuracy(Activation("relu"), lambda x: np.maximum(x, 0), "float32", np.random.default_rng(0), per_binade=8)
    >>> found.ulp.error, found.wrong_signs, found.falls
    (0.0, [], [])
    """
    import numpy as np
    from flint import ctx

    if not 1 <= per_binade <= 1 << 20:
        raise InputError(f"--points {per_binade}: write a whole number from 1 to {1 << 20}")
    kind = float_format(dtype)
    points, grid = try_points(f, kind, per_binade, rng), None
    if not kind.exhaustive:
        found, grid = suspects(f, function, kind, library, rng)
        points = np.unique(np.concatenate([points, found]))
    values = call(function, points, dtype, library)
    worst: dict[str, Place] = {}
    wrong_signs, falls, not_finite, undecided, before = [], [], [], [], None

    def place(error: float) -> Place:
        return Place(x, got, _shown(low, high, kind), error)

    def note(what: str, error: float) -> None:
        if what not in worst or error > worst[what].error:
            worst[what] = place(error)

    with ctx.workprec(_PRECISIONS[0]):
        for x, got in zip(points.tolist(), values.tolist(), strict=True):
            truth = _truth(f, x, kind)
            if truth is None:
                undecided.append(x)
                before = None
                continue
            low, high = truth
            units, share = _errors(got, low, high, kind)
            note("ulp", units)
            if isfinite(got):
                note("finite", units)
            elif units:
                not_finite.append(place(units))
            if share is not None:
                note("relative", share)
            if (got > 0 and high < 0) or (got < 0 and low > 0):
                wrong_signs.append(place(abs(got)))
            if before is not None:
                value, bottom, top = before
                if (got < value and low >= top) or (got > value and high <= bottom):
                    falls.append(place(abs(got - value)))
            before = (got, low, high)
    if "ulp" not in worst:
        raise Undecided(f"no value of {f!r} could be enclosed with {_PRECISIONS[-1]} bits")
    return Accuracy(
        dtype, len(points), kind.exhaustive, worst["ulp"], worst.get("relative"), wrong_signs, falls, not_finite, worst.get("finite"),
        undecided, grid,
    )  # fmt: skip


def _truth(f: Activation, x: float, kind: Format) -> tuple[arb, arb] | None:
    """Bounds on the value at an argument: nearly equal, except at a jump; None where they could not be found."""
    from flint import arb, ctx

    jump = any(float(point) == x for point, _ in f.jumps)
    negligible = arb(kind.smallest) * arb(2) ** -60
    for prec in _PRECISIONS:
        with ctx.workprec(prec):
            ball = f.ball(arb(x))
            if ball.is_finite() and (jump or ball.rel_accuracy_bits() > _ACCURACY or ball.abs_upper() < negligible):
                return arb(ball.lower()), arb(ball.upper())
    return None


def _errors(got: float, low: arb, high: arb, kind: Format) -> tuple[float, float | None]:
    """Units in the last place of the truth, and the relative error where the truth is normal."""
    from flint import arb

    largest = abs(low).max(abs(high))
    size = float(largest)  # it may overflow to infinity; a truth just below a power of two has the unit below it
    size = nextafter(size, 0.0) if largest < size else size
    unit = kind.unit(min(size, kind.largest))
    if isnan(got) or (not isfinite(got) and largest < arb(kind.largest) + unit / 2):
        return inf, inf
    if not isfinite(got):
        return (0.0, None) if (got > 0) == (high > 0) else (inf, inf)
    gap = (low - got).max(arb(got) - high).max(arb(0))
    units = float(gap / unit)
    if size < 2.0**kind.least or largest > kind.largest:
        return units, None
    return units, float(gap / abs(low).min(abs(high))) if not (low <= 0 and high >= 0) else None


def _shown(low: arb, high: arb, kind: Format) -> str:
    if low < 0 < high and high - low < kind.smallest:
        return f"0 to within {kind.smallest:.0e}"
    first, last = low.str(17, radius=False), high.str(17, radius=False)
    return first if low.str(12, radius=False) == high.str(12, radius=False) else f"{first} to {last}"


def _plain(number: float) -> float | str:
    return number if isfinite(number) else str(number)
