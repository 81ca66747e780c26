"""Weights against which one function is integrated under N(0, 1): bounds in the complex plane and in the tail, and the sums.

Bounds are natural logarithms in float64. Every logarithm is padded, so that its own rounding cannot turn a bound into a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from math import exp, inf, log, pi, sqrt
from operator import mul, sub

from flint import arb

LOG_SQRT_2PI = 0.5 * log(2 * pi)
#: Squares of floats, and their halves, are this close to the truth.
_ROUNDING = 1e-12
#: Cramér's constant: abs(h_k(x)) <= 1.0865 e^(x²/4) for the orthonormal probabilists' Hermite polynomials.
LOG_CRAMER = log(1.0865)


def padded(logarithm: float) -> float:
    """A logarithm rounded up by more than the error of the few float operations behind it."""
    return logarithm + 1e-6 + 1e-12 * abs(logarithm) if logarithm > -inf else logarithm


def log_sum(logs: Sequence[float]) -> float:
    """A bound of the logarithm of a sum of exponentials."""
    top = max(logs, default=-inf)
    return top if top in (inf, -inf) else padded(top + log(sum([exp(v - top) for v in logs])))


@dataclass(frozen=True)
class Majorant:
    """e^shift · z^power · e^(slope·z + bend·z²), a bound of abs(weight · density) for z >= 1."""

    shift: float
    power: int
    slope: float
    bend: float


@dataclass(frozen=True)
class MonomialWeights:
    """f^i · z^j for a list of pairs (i, j), i >= 1."""

    wanted: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        return len(self.wanted)

    def log_bound(self, log_f: float, low: float, high: float, height: float, square: float | None = None) -> float:
        """A bound of log abs(f^i w density) where abs(f) <= e^log_f, low <= abs(Re z) <= high, abs(Im z) <= height.

        Where it is known, `square` <= Re z² makes it sharper.
        """
        log_z = 0.5 * log(high * high + height * height + 1e-300)
        largest = max([i * log_f + j * log_z for i, j in self.wanted])
        decay = low * low - height * height if square is None else square
        return padded(-decay / 2) + _ROUNDING * (low * low + height * height) + padded(largest) - LOG_SQRT_2PI

    def majorants(self) -> list[tuple[int, list[Majorant]]]:
        """For each weight, the power of f and the majorants of which any one may be used in the tail."""
        return [(i, [Majorant(-LOG_SQRT_2PI, j, 0.0, -0.5)]) for i, j in self.wanted]

    def parity(self, of_function: int) -> list[int]:
        """+1 or −1 for each weight: what the integrand does under z → −z when f has the given parity."""
        return [of_function**i * (-1) ** j for i, j in self.wanted]

    def extra_bits(self, by_parity: bool) -> int:
        """Bits that forming the weights loses."""
        return 8

    def sums(self, nodes: list[arb], values: list[arb], masses: list[arb], needed: list[bool]) -> list[arb]:
        """Σ mass·f^i·z^j over the nodes, 0 where not needed."""
        wanted = [pair for pair, used in zip(self.wanted, needed, strict=True) if used]
        found: dict[tuple[int, int], arb] = {}
        power = masses
        for i in range(1, 1 + max(i for i, _ in wanted)):
            power = list(map(mul, power, values))
            row = power
            for j in range(1 + max((j for i_, j in wanted if i_ == i), default=-1)):
                if j:
                    row = list(map(mul, row, nodes))
                if (i, j) in wanted:
                    found[i, j] = sum(row, arb(0))
        return [found.get(pair, arb(0)) for pair in self.wanted]


@dataclass(frozen=True)
class HermiteWeights:
    """f · h_k for k < terms, h_k = He_k/sqrt(k!)."""

    terms: int

    @property
    def count(self) -> int:
        return self.terms

    def log_bound(self, log_f: float, low: float, high: float, height: float, square: float | None = None) -> float:
        """As for monomials; Cramér's inequality with He_k(x+iy) = Σ C(k,j) He_{k−j}(x) (iy)^j, or Cauchy's with radius sqrt(k)."""
        k = max(self.terms - 1, 1)
        root = sqrt(k)
        decay = low * low - height * height if square is None else square
        cramer = LOG_CRAMER + root * height + height * height / 2 - low * low / 4
        cauchy = 0.5 + 0.25 * log(k) + root * sqrt(high * high + height * height) - decay / 2
        return padded(min(cramer, cauchy)) + padded(log_f) + _ROUNDING * (low * low + height * height) - LOG_SQRT_2PI

    def majorants(self) -> list[tuple[int, list[Majorant]]]:
        """One entry stands for all degrees: both bounds grow with k."""
        k = max(self.terms - 1, 1)
        cramer = Majorant(LOG_CRAMER - LOG_SQRT_2PI, 0, 0.0, -0.25)
        cauchy = Majorant(0.5 + 0.25 * log(k) - LOG_SQRT_2PI, 0, sqrt(k), -0.5)
        return [(1, [cramer, cauchy])]

    def parity(self, of_function: int) -> list[int]:
        """+1 or −1 for each weight: what the integrand does under z → −z when f has the given parity."""
        return [of_function * (-1) ** k for k in range(self.terms)]

    def extra_bits(self, by_parity: bool) -> int:
        """Bits that the ball recurrence loses: half a bit a degree, log2(1 + sqrt(2))/2 when it goes in steps of two."""
        return 16 + int(self.terms * (0.66 if by_parity else 0.5))

    def sums(self, nodes: list[arb], values: list[arb], masses: list[arb], needed: list[bool]) -> list[arb]:
        """Σ mass·f·h_k over the nodes, by three-term recurrences on the weighted values, in steps of two where f has a parity."""
        totals, norm = [arb(0)] * self.terms, arb(1)
        step = 1 if all(needed) else 2
        current = list(map(mul, masses, values))
        before = [arb(0)] * len(current)
        factor = nodes
        if step == 2:
            factor = list(map(mul, nodes, nodes))
            if needed != [k % 2 == 0 for k in range(self.terms)]:
                current = list(map(mul, nodes, current))
        for k in range(int(step == 2 and not needed[0]), self.terms, step):
            totals[k] = sum(current, arb(0)) * norm.rsqrt()
            if step == 1:  # He_{k+1} = z He_k − k He_{k−1}
                after = map(sub, map(mul, factor, current), map(mul, before, repeat(arb(k))))
                norm *= k + 1
            else:  # He_{k+2} = (z² − 2k − 1) He_k − k(k−1) He_{k−2}
                shifted = map(sub, factor, repeat(arb(2 * k + 1)))
                after = map(sub, map(mul, shifted, current), map(mul, before, repeat(arb(k * (k - 1)))))
                norm *= (k + 1) * (k + 2)
            current, before = list(after), current
        return totals
