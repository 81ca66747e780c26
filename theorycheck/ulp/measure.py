"""The errors of an implementation: against balls that contain the truth, so that every error reported is the implementation's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, isnan, nextafter
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError, Undecided
from theorycheck.ulp.calling import call
from theorycheck.ulp.formats import Format, float_format
from theorycheck.ulp.points import EXHAUSTIVE, try_points

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
    """

    dtype: str
    points: int
    exhaustive: bool
    ulp: Place
    relative: Place | None
    wrong_signs: list[Place]
    falls: list[Place]

    def to_json(self) -> dict[str, Any]:
        """The *accuracy* document; of wrong signs and of lost monotonicity the count and the worst place."""

        def worst(places: list[Place]) -> dict[str, Any]:
            top = max(places, key=lambda place: place.error, default=None)
            return {"count": len(places), "worst": None if top is None else top.to_json()}

        return {
            "dtype": self.dtype,
            "points": self.points,
            "grade": "certified" if self.exhaustive else "sampled",
            "worst_ulp": self.ulp.to_json(),
            "worst_relative": None if self.relative is None else self.relative.to_json(),
            "wrong_signs": worst(self.wrong_signs),
            "lost_monotonicity": worst(self.falls),
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
        Undecided: the truth at a point could not be enclosed.

    >>> import numpy as np
    >>> from theorycheck.activation.function import Activation
    >>> found = accuracy(Activation("relu"), lambda x: np.maximum(x, 0), "float32", np.random.default_rng(0), per_binade=8)
    >>> found.ulp.error, found.wrong_signs, found.falls
    (0.0, [], [])
    """
    from flint import ctx

    if not 1 <= per_binade <= 1 << 20:
        raise InputError(f"--points {per_binade}: write a whole number from 1 to {1 << 20}")
    kind = float_format(dtype)
    points = try_points(f, kind, per_binade, rng)
    values = call(function, points, dtype, library)
    ulp = Place(float(points[0]), float(values[0]), "", -1.0)
    relative: Place | None = None
    wrong_signs, falls, before = [], [], None
    with ctx.workprec(_PRECISIONS[0]):
        for x, got in zip(points.tolist(), values.tolist(), strict=True):
            low, high = _truth(f, x, kind)
            units, share = _errors(got, low, high, kind)
            if units > ulp.error:
                ulp = Place(x, got, _shown(low, high), units)
            if share is not None and (relative is None or share > relative.error):
                relative = Place(x, got, _shown(low, high), share)
            if (got > 0 and high < 0) or (got < 0 and low > 0):
                wrong_signs.append(Place(x, got, _shown(low, high), abs(got)))
            if before is not None:
                value, bottom, top = before
                if (got < value and low >= top) or (got > value and high <= bottom):
                    falls.append(Place(x, got, _shown(low, high), abs(got - value)))
            before = (got, low, high)
    return Accuracy(dtype, len(points), kind.count <= EXHAUSTIVE, ulp, relative, wrong_signs, falls)


def _truth(f: Activation, x: float, kind: Format) -> tuple[arb, arb]:
    """Bounds on the value at an argument: nearly equal, except at a jump."""
    from flint import arb, ctx

    jump = any(float(point) == x for point, _ in f.jumps)
    negligible = arb(kind.smallest) * arb(2) ** -60
    for prec in _PRECISIONS:
        with ctx.workprec(prec):
            ball = f.ball(arb(x))
            if ball.is_finite() and (jump or ball.rel_accuracy_bits() > _ACCURACY or ball.abs_upper() < negligible):
                return arb(ball.lower()), arb(ball.upper())
    raise Undecided(f"the value of {f!r} at x = {x!r} could not be enclosed with {_PRECISIONS[-1]} bits")


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


def _shown(low: arb, high: arb) -> str:
    first, last = low.str(17, radius=False), high.str(17, radius=False)
    return first if low.str(12, radius=False) == high.str(12, radius=False) else f"{first} to {last}"


def _plain(number: float) -> float | str:
    return number if isfinite(number) else str(number)
