"""All zeros in a range of √K of a Laplace transform in u = 1/2K, two in one cell and zeros on the grid included.

With q a function on the line and L(u) = ∫ q(x) exp(−u x²) dx, √(2πK) E[q(√K z)] = L(1/2K), and the derivatives of L are transforms of
±x^2k q: the moments E[q z^2k] at the centre of a cell are its Taylor series there, and one moment of a bound of abs(q) at the edge where
u is least bounds what is left. On cells that are halved until the value or the slope keeps away from 0, every zero is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from flint import arb, arb_poly, ctx, fmpq
from sympy import Rational

from theorycheck.activation.balls import rational
from theorycheck.errors import DoesNotExist, TheorycheckError, Undecided
from theorycheck.verdict import Verdict, certified

#: Terms of a Taylor series.
TERMS = 8
#: The ratio of the ends of a cell, in √K, and how often one is halved where its series is too rough.
_STRIDE, _HALVINGS = Rational(5, 4), 4
_BITS = 100
#: How narrow, relative to √K, and how many the parts of one cell may become.
_NARROWEST, _MOST_PARTS = fmpq(1, 10**6), 200

#: A function with its slope, both of h = u/u₀ − 1 on the ball given.
Local = Callable[[arb], tuple[arb, arb]]


@dataclass
class Zeros:
    """What a search found.

    Args:
        low, high: the standard deviations √K between which it looked.
        brackets: intervals of √K with one zero each, a simple one, and opposite signs at the ends; increasing.
        blurred: intervals of √K in which zeros could not be told apart, or from none.
        why: what ended the search early.
    """

    low: Rational
    high: Rational
    brackets: list[tuple[Rational, Rational]] = field(default_factory=list)
    blurred: list[tuple[Rational, Rational]] = field(default_factory=list)
    why: str = ""

    def alone(self, low: Rational, high: Rational) -> Verdict:
        """A bracket has one zero, and it is the only one up to the other brackets and what is blurred."""
        others = [*self.brackets, *self.blurred]
        before = max([b for _, b in others if b <= low], default=self.low)
        after = min([a for a, _ in others if a >= high], default=self.high)
        return certified(f"the only one with K in [{float(before) ** 2 * (1 + 1e-8):.9g}, {float(after) ** 2 * (1 - 1e-8):.9g}]")

    def range(self) -> str:
        """The range of K, inside what was covered."""
        low, high = float(self.low) ** 2, float(self.high) ** 2
        return f"[{low * 1.0001:.4g}, {high * 0.9999:.4g}]"


def zeros(local: Callable[[Rational, Rational], Local], low: Rational, high: Rational, start: Rational) -> Zeros:
    """The zeros for √K in [low, high] or in the part of it around `start` that can be reached.

    Args:
        local: the function in a cell, from the √K of its centre and of its end; where it raises DoesNotExist or Undecided the search ends.
        low, high, start: values of √K > 0, low ≤ start ≤ high.

    >>> def local(sigma, end):  # K² − 3K + 2
    ...     K = arb(rational(sigma)) ** 2
    ...     return lambda h: ((K / (1 + h)) ** 2 - 3 * K / (1 + h) + 2, -2 * K**2 / (1 + h) ** 3 + 3 * K / (1 + h) ** 2)
    >>> [bool(a**2 < k < b**2) for k, (a, b) in zip((1, 2), zeros(local, Rational(1, 2), Rational(4), Rational(1)).brackets, strict=True)]
    [True, True]
    """
    sides = [_Walk(start, _STRIDE), _Walk(start, 1 / _STRIDE)]
    while any(side.goes_on(low, high) for side in sides):  # in turn, so that the work allowed is spent around the start
        for side in sides:
            if side.goes_on(low, high):
                side.step(local)
    upwards, downwards = sides
    parts = [part for cell in reversed(downwards.cells) for part in cell] + [part for cell in upwards.cells for part in cell]
    error = upwards.error or downwards.error
    if not parts:
        raise error or Undecided("an empty range")
    found = Zeros(parts[0][0], parts[-1][1], why=str(error or ""))
    _read(parts, found)
    return found


_Part = tuple[Rational, Rational, int, int]  # from, to, sign of the value, sign of the slope; 0 where it is not told


@dataclass
class _Walk:
    """Cells one after the other, √K growing or falling by a ratio, until the end of the range or an error."""

    at: Rational
    ratio: Rational
    cells: list[list[_Part]] = field(default_factory=list)
    error: TheorycheckError | None = None

    def goes_on(self, low: Rational, high: Rational) -> bool:
        return self.error is None and bool(self.at < high if self.ratio > 1 else self.at > low)

    def step(self, local: Callable[[Rational, Rational], Local]) -> None:
        ends = sorted((self.at, self.at * self.ratio))
        try:
            parts = _cell(local, ends[0], ends[1], _HALVINGS)
            if sum(b - a for a, b, sign, slope in parts if not sign and not slope) > (ends[1] - ends[0]) / 4:
                raise Undecided(f"the series near K = {float(ends[0]) ** 2:.4g} are too rough")
            self.cells.append(parts)
            self.at *= self.ratio
        except (DoesNotExist, Undecided) as error:
            self.error = error


def _cell(local: Callable[[Rational, Rational], Local], low: Rational, high: Rational, halvings: int) -> list[_Part]:
    """A cell in parts; where signs are left open by its series, in two cells with better ones."""
    centre = 2 * low * high / (low + high)
    parts = _parts(local(centre, high), centre, low, high)
    if not halvings or all(sign or slope for _, _, sign, slope in parts):
        return parts
    middle = (low + high) / 2
    return _cell(local, low, middle, halvings - 1) + _cell(local, middle, high, halvings - 1)


def _parts(function: Local, centre: Rational, low: Rational, high: Rational) -> list[_Part]:
    """A cell in parts on which the sign of the function is known, or that of its slope, as far as it can be."""
    found: list[_Part] = []
    middle = rational(centre)
    pending = [(rational(low), rational(high))]
    with ctx.workprec(_BITS):
        while pending:
            a, b = pending.pop()
            value, slope = _on(function, arb(a / middle), arb(b / middle))
            signs = [_sign(value), _sign(slope)]
            if signs[1] and not signs[0]:  # a monotone function has the sign that its ends share
                ends = {_sign(function(1 / arb(t / middle) ** 2 - 1)[0]) for t in (a, b)}
                signs[0] = ends.pop() if len(ends) == 1 else 0
            if any(signs) or b - a < _NARROWEST * middle or len(found) + len(pending) > _MOST_PARTS:
                start, end = (Rational(int(t.p), int(t.q)) for t in (a, b))
                found.append((start, end, signs[0], -signs[1]))  # u falls as √K rises
            else:
                pending += [((a + b) / 2, b), (a, (a + b) / 2)]
    return found


def _sign(ball: arb) -> int:
    return 1 if ball > 0 else -1 if ball < 0 else 0


def _on(function: Local, a: arb, b: arb) -> tuple[arb, arb]:
    """Value and slope for √K from a to b times that of the centre, the value by the mean value theorem."""
    ends = [1 / t**2 - 1 for t in (a, b)]
    box, middle = ends[0].union(ends[1]), arb(((ends[0] + ends[1]) / 2).mid())
    slope = function(box)[1]
    return function(middle)[0] + slope * (box - middle), slope


def _read(parts: Sequence[_Part], found: Zeros) -> None:
    """Between two parts with signs a run of parts with slopes of one sign has one zero, or none."""
    runs = [(sign, list(run)) for sign, run in groupby(parts, key=lambda part: part[2])]
    for i, (sign, run) in enumerate(runs):
        if sign:
            if i and runs[i - 1][0]:  # two signs side by side meet in a point that has both: impossible but for a wrong ball
                raise Undecided("opposite signs at one point")
            continue
        edges, ends = (run[0][0], run[-1][1]), (runs[i - 1][0] if i else 0, runs[i + 1][0] if i + 1 < len(runs) else 0)
        if len({part[3] for part in run}) > 1 or run[0][3] == 0 or 0 in ends:
            found.blurred.append(edges)
        elif ends[0] != ends[1]:
            found.brackets.append(edges)


@dataclass(frozen=True)
class Series:
    """A polynomial in h, abs(h) ≤ 1/4, and a rest R with abs(R) ≤ last abs(h)^TERMS, abs(R') ≤ before abs(h)^(TERMS − 1)."""

    polynomial: arb_poly
    last: arb
    before: arb

    def __call__(self, h: arb) -> tuple[arb, arb]:
        small = abs(h) ** (TERMS - 1)
        value, slope = self.polynomial(h), self.polynomial.derivative()(h)
        return value + arb(0, (self.last * small * abs(h)).abs_upper()), slope + arb(0, (self.before * small).abs_upper())

    def __add__(self, other: Series) -> Series:
        return Series(self.polynomial + other.polynomial, self.last + other.last, self.before + other.before)

    def times(self, c: arb) -> Series:
        """The product with a constant."""
        return Series(self.polynomial * c, self.last * abs(c), self.before * abs(c))

    def shifted(self) -> Series:
        """The product with 1 + h."""
        return Series(self.polynomial * arb_poly([1, 1]), self.last * 5 / 4, (self.before * 5 + self.last) / 4)


def taylor(moments: Sequence[arb], bound: arb, ratio: Rational) -> Series:
    """L(u)/(√(2π) σ) and its slope in h = u/u₀ − 1, u₀ = 1/2σ², in a cell with the centre σ.

    Args:
        moments: E[q(σz) z^2k] for k < TERMS.
        bound: a bound of E[abs(q)(τz) z^(2·TERMS)], τ the end of the cell.
        ratio: τ/σ.

    >>> moments = [arb(m) for m in (1, 1, 3, 15, 105, 945, 10395, 135135, 2027025)]
    >>> value, slope = taylor(moments[:8], moments[8], Rational(9, 8))(arb("0.1"))
    >>> value.overlaps(1 / arb("1.1").sqrt())  # q = 1: the transform is √(π/u)
    True
    """
    with ctx.workprec(_BITS):
        far = bound * arb(rational(ratio)) ** (2 * TERMS + 1) / arb(2) ** TERMS
        rows = [m * arb(fmpq((-1) ** k, 2**k)) / arb.fac_ui(k) for k, m in enumerate(moments)]
        return Series(arb_poly(rows), far / arb.fac_ui(TERMS), far / arb.fac_ui(TERMS - 1))
