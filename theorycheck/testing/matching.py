"""Whether a program's activation is the function it is taken for: a grid, nasty points, and certified values to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from math import inf, isfinite, isnan, log10, nan
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError, Undecided

if TYPE_CHECKING:
    import numpy as np
    from flint import arb

    from theorycheck.activation.function import Activation

#: Relative errors allowed by default: a few thousand units in the last place, which e^(−x²) in floats may lose by rounding x².
RTOL = {"float64": 1e-12, "float32": 1e-5, "float16": 1e-2}
#: Working precisions in bits for the true values, tried in turn; x − tanh(x) at the smallest float takes more than 2000.
_PRECISIONS = (128, 256, 512, 1024, 2048, 4096, 8192)
#: How many units in the last place of its argument a program may be off before its value counts as wrong.
_NEIGHBOURS = 4


@dataclass(frozen=True)
class Match:
    """How a program's values compare with the truth, at the point where they are worst.

    Args:
        points: how many points were compared.
        failures: at how many of them the error was more than allowed.
        worst: the point with the largest error, relative to what is allowed there.
        got: the program's value at that point.
        truth: the true value there, as a decimal; "a to b" where both sides of a jump count.
        relative_error, ulps: the error there, relative to the truth and in units in the last place of its float type.
        raised: the exception that the program raised there, if it did.
    """

    points: int
    failures: int
    worst: float
    got: float
    truth: str
    relative_error: float
    ulps: float
    raised: str | None = None


def assert_activation_matches(
    implementation: Callable[[Any], Any],
    activation: Activation | str,
    *,
    rtol: float | None = None,
    atol: float = 0.0,
    dtype: str = "float64",
    reach: float = 1e300,
    points: Iterable[float] = (),
) -> Match:
    """Assert that a program computes an activation, on a grid and where programs go wrong.

    The points are a grid over [−12, 12], powers of ten out to ±`reach`, ±0, the smallest floats, and the kinks with
    their neighbours. The truth is a rigorous enclosure, so a failure is the program's. A value that is right for an
    argument four units in the last place away will do, and so will any value between the two sides of a jump; a value that
    underflows may be 0; the sign of a zero is not looked at.

    Args:
        implementation: takes a float array and returns one of the same shape, or takes one number at a time.
        activation: what it should compute.
        rtol: relative error allowed; by default 1e-12 for float64, 1e-5 for float32, 1e-2 for float16.
        atol: absolute error allowed on top, for programs that promise no relative accuracy in their tails.
        dtype: the float type that the program works in: "float64", "float32" or "float16".
        reach: the largest abs(x) tried; smaller float types stop at their own range.
        points: further points to try.

    Returns:
        The worst point with its errors.

    Raises:
        AssertionError: the values differ; the message names the worst point, both values, the relative error and the ULPs.
        InputError: an option is out of range.
        Undecided: the true value at a point could not be enclosed.

    >>> import numpy as np
    >>> assert_activation_matches(np.tanh, "tanh").failures
    0
    >>> assert_activation_matches(lambda x: np.log(1 + np.exp(x)), "softplus")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: <lambda> differs from Activation('softplus', beta='1') at ... points; worst at x = ...
    """
    __tracebackhide__ = True
    import numpy as np

    from theorycheck.activation.balls import enclose
    from theorycheck.activation.function import as_activation

    activation = as_activation(activation)
    if not callable(implementation):
        raise InputError(f"{implementation!r} is no function; write a function of a float array, for example numpy.tanh")
    if dtype not in RTOL:
        raise InputError(f"dtype={dtype!r} is not a float type known here; write one of {', '.join(RTOL)}")
    rtol = RTOL[dtype] if rtol is None else rtol
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not 0 <= value < inf:
            raise InputError(f"{name}={value!r} is no error to allow; write a number from 0 up, for example 1e-9")
    if not reach >= 1:
        raise InputError(f"reach={reach!r} leaves out the grid's middle; write a number from 1 up, for example 1e300")
    kinks = {float(np.dtype(dtype).type(float(enclose(b, 128)))) for b in activation.breakpoints}
    where = _points(kinks, dtype, reach, points)
    got, raised = _values(implementation, where)
    tolerance = _Tolerance(rtol, atol, np.finfo(dtype))
    rows = [tolerance.compare(activation, float(z), float(y), kinks) for z, y in zip(where, got, strict=True)]
    failures = sum(row.excess > 1 for row in rows)
    largest = max(row.excess for row in rows)
    # of the points that are about as bad as the worst, the one of the most ordinary size
    sizes = {i: abs(log10(max(abs(float(where[i])), 5e-324))) for i, row in enumerate(rows) if row.excess >= 0.9 * largest}
    worst = min(sizes, key=sizes.__getitem__)
    row = rows[worst]
    match = Match(len(rows), failures, float(where[worst]), float(got[worst]), row.truth, row.relative, row.ulps, raised.get(worst))
    if failures:
        raise AssertionError(_message(implementation, activation, match, tolerance, max(r.absolute for r in rows), got.dtype.name))
    return match


def _message(implementation: Any, activation: Activation, match: Match, tolerance: _Tolerance, absolute: float, returned: str) -> str:
    name = getattr(implementation, "__qualname__", None) or getattr(implementation, "__name__", None) or repr(implementation)
    got = f"raised {match.raised}" if match.raised else f"got {match.got!r}"
    dtype = tolerance.info.dtype.name
    lines = [
        f"{name} differs from {activation!r} at {match.failures} of {match.points} points; worst at x = {match.worst!r}:",
        f"  {got}, truth {match.truth}",
        f"  relative error {match.relative_error:.3g}, {match.ulps:.3g} ulp ({dtype}); "
        f"allowed rtol={tolerance.rtol:g}, atol={tolerance.atol:g}",
    ]
    if returned.startswith("float") and returned != dtype:
        lines.append(f"  it returns {returned}; if that is what it should return, write dtype={returned!r}")
    elif absolute <= float(tolerance.info.eps) ** 0.5:
        lines.append(f"  no absolute error is above {absolute:.2g}; if that is all that it promises, write atol={2 * absolute:.0e}")
    return "\n".join(lines)


def _points(kinks: set[float], dtype: str, reach: float, extra: Iterable[float]) -> np.ndarray:
    import numpy as np

    kind, info = np.dtype(dtype).type, np.finfo(dtype)
    reach, extra = min(reach, float(info.max)), [float(p) for p in extra]
    for point in extra:
        if not (isfinite(point) and abs(point) <= reach):
            raise InputError(f"points: {point!r} is out of reach; write finite numbers up to {reach:g} for {dtype}")
    magnitudes = np.concatenate([10.0 ** np.arange(-320, 309, 4), np.geomspace(12, 1500, 60), [reach, 1e-8, 1e-3, float(info.tiny)]])
    magnitudes = magnitudes[magnitudes <= reach]
    smallest = float(info.smallest_subnormal)
    chosen = [np.linspace(-12, 12, 1000), magnitudes, -magnitudes, [0.0, -0.0, smallest, -smallest], extra]
    for kink in sorted(kinks):
        middle = kind(kink)
        near = [np.nextafter(middle, kind(side)) for side in (-inf, inf)]
        steps = np.sqrt(float(info.eps)) * max(abs(kink), 1.0) * np.array([-1.0, 1.0, -1e-2, 1e-2])
        chosen += [[kink], [float(z) for z in near], kink + steps]
    with np.errstate(over="ignore"):
        where = np.concatenate([np.asarray(c, dtype=np.float64) for c in chosen]).astype(kind)
    return np.asarray(where[np.abs(where.astype(np.float64)) <= max(reach, 12.0)])


def _values(implementation: Callable[[Any], Any], where: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """The program's values, and what it raised by index: all at once, or one by one when it takes numbers only."""
    import numpy as np

    with np.errstate(all="ignore"):
        try:
            found = np.asarray(implementation(where.copy()))  # a copy: a program may work in place
            if found.shape == where.shape and found.dtype.kind in "fiub":
                return found, {}
        except Exception:  # whatever an array did to it, the calls below show what a number does
            pass
        values, raised = np.full(where.shape, nan), {}
        for i, z in enumerate(where):
            try:
                values[i] = float(implementation(float(z) if where.dtype == np.float64 else z))
            except Exception as error:  # any exception is a finding about the program
                raised[i] = f"{type(error).__name__}: {error}"
    return values, raised


def _sides(activation: Activation, z: float, kinks: set[float]) -> tuple[arb, arb]:
    """Bounds on the value at a float: nearly equal, except at a jump, where they enclose both sides."""
    from flint import arb, ctx

    tiny = arb(2) ** -1200
    for prec in _PRECISIONS:
        with ctx.workprec(prec):
            ball = activation.ball(arb(z))
            if ball.is_finite() and (z in kinks or ball.rel_accuracy_bits() > 70 or ball.abs_upper() < tiny):
                return arb(ball.lower()), arb(ball.upper())
    raise Undecided(f"the value of {activation!r} at x = {z!r} could not be enclosed with {_PRECISIONS[-1]} bits; leave it out by reach=")


@dataclass(frozen=True)
class _Error:
    """One point's error: as a multiple of what is allowed, relative, in ULPs, absolute, and the truth as text."""

    excess: float
    relative: float
    ulps: float
    absolute: float
    truth: str


@dataclass(frozen=True)
class _Tolerance:
    rtol: float
    atol: float
    info: Any  # numpy.finfo of the float type

    def compare(self, activation: Activation, z: float, got: float, kinks: set[float]) -> _Error:
        import numpy as np
        from flint import arb, ctx

        with ctx.workprec(160), np.errstate(over="ignore"):
            low, high = _sides(activation, z, kinks)
            size = abs(low).max(abs(high))
            truth = low.str(17, radius=False)
            if high - low > size * 1e-9:  # at a jump: the ends carry the 30 bits of a ball's radius
                truth = " to ".join("0" if abs(end) < size * 1e-8 else end.str(6, radius=False) for end in (low, high))
            if abs(got) == inf and got * low > 0 and size * (1 + self.rtol) > float(self.info.max):
                return _Error(0.0, 0.0, 0.0, 0.0, truth)
            if isnan(got) or abs(got) == inf:
                return _Error(inf, inf, inf, inf, truth)
            error = _outside(got, low, high)
            allowed = size * self.rtol + self.atol + float(self.info.tiny)
            excess = error / allowed
            if excess > 1:
                # rounding its argument, or its own copy of a threshold, is no error of the program
                slack = _NEIGHBOURS * float(np.spacing(self.info.dtype.type(abs(z))))
                ends = [end for y in (z - slack, z + slack) for end in _sides(activation, y, kinks)]
                excess = _outside(got, reduce(arb.min, ends, low), reduce(arb.max, ends, high)) / allowed
            unit = float(np.spacing(self.info.dtype.type(min(float(size), float(self.info.max)))))
            relative = error / size if size > 0 else arb(0 if error.is_zero() else inf)
            return _Error(float(excess), float(relative), float(error / unit), float(error), truth)


def _outside(got: float, low: arb, high: arb) -> arb:
    """How far a number lies outside [low, high]."""
    from flint import arb

    return (low - got).max(arb(got) - high).max(arb(0))
