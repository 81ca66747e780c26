"""Weights against which one function is integrated under N(0, 1): bounds in the complex plane and in the tail, and the sums.

Bounds are natural logarithms in float64. Every logarithm is padded, so that its own rounding cannot turn a bound into a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, pi, sqrt

from flint import arb

LOG_SQRT_2PI = 0.5 * log(2 * pi)
#: Cramér's constant: abs(h_k(x)) <= 1.0865 e^(x²/4) for the orthonormal probabilists' Hermite polynomials.
LOG_CRAMER = log(1.0865)


def padded(logarithm: float) -> float:
    """A logarithm rounded up by more than the error of the few float operations behind it."""
    return logarithm + 1e-6 + 1e-12 * abs(logarithm) if logarithm > -inf else logarithm


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

    def log_bound(self, log_f: float, low: float, high: float, height: float) -> float:
        """A bound of log abs(f^i w density) where abs(f) <= e^log_f, low <= abs(Re z) <= high, abs(Im z) <= height."""
        log_z = 0.5 * log(high * high + height * height + 1e-300)
        largest = max(i * log_f + j * log_z for i, j in self.wanted)
        return padded((height * height - low * low) / 2) + padded(largest) - LOG_SQRT_2PI

    def majorants(self) -> list[tuple[int, list[Majorant]]]:
        """For each weight, the power of f and the majorants of which any one may be used in the tail."""
        return [(i, [Majorant(-LOG_SQRT_2PI, j, 0.0, -0.5)]) for i, j in self.wanted]

    def parity(self, of_function: int) -> list[int]:
        """+1 or −1 for each weight: what the integrand does under z → −z when f has the given parity."""
        return [of_function**i * (-1) ** j for i, j in self.wanted]

    def extra_bits(self) -> int:
        """Bits that the recurrence for the weights loses."""
        return 8

    def sums(self, nodes: list[arb], values: list[arb], masses: list[arb]) -> list[arb]:
        """Σ mass·f^i·z^j over the nodes."""
        tables: dict[int, list[list[arb]]] = {}
        power = masses
        for i in range(1, 1 + max(i for i, _ in self.wanted)):
            power = [m * f for m, f in zip(power, values, strict=True)]
            degrees = [j for i_, j in self.wanted if i_ == i]
            rows = [power]
            for _ in range(max(degrees, default=0)):
                rows.append([p * z for p, z in zip(rows[-1], nodes, strict=True)])
            tables[i] = rows
        return [sum(tables[i][j], arb(0)) for i, j in self.wanted]


@dataclass(frozen=True)
class HermiteWeights:
    """f · h_k for k < terms, h_k = He_k/sqrt(k!)."""

    terms: int

    @property
    def count(self) -> int:
        return self.terms

    def log_bound(self, log_f: float, low: float, high: float, height: float) -> float:
        """As for monomials; Cramér's inequality with He_k(x+iy) = Σ C(k,j) He_{k−j}(x) (iy)^j, or Cauchy's with radius sqrt(k)."""
        k = max(self.terms - 1, 1)
        root = sqrt(k)
        cramer = LOG_CRAMER - low * low / 4 + root * height
        cauchy = 0.5 + 0.25 * log(k) + root * sqrt(high * high + height * height) - low * low / 2
        return padded(min(cramer, cauchy)) + padded(height * height / 2) + padded(log_f) - LOG_SQRT_2PI

    def majorants(self) -> list[tuple[int, list[Majorant]]]:
        """One entry stands for all degrees: both bounds grow with k."""
        k = max(self.terms - 1, 1)
        cramer = Majorant(LOG_CRAMER - LOG_SQRT_2PI, 0, 0.0, -0.25)
        cauchy = Majorant(0.5 + 0.25 * log(k) - LOG_SQRT_2PI, 0, sqrt(k), -0.5)
        return [(1, [cramer, cauchy])]

    def parity(self, of_function: int) -> list[int]:
        """+1 or −1 for each weight: what the integrand does under z → −z when f has the given parity."""
        return [of_function * (-1) ** k for k in range(self.terms)]

    def extra_bits(self) -> int:
        """Bits that the recurrence for the weights loses: about half a bit a degree."""
        return 16 + self.terms // 2

    def sums(self, nodes: list[arb], values: list[arb], masses: list[arb]) -> list[arb]:
        """Σ mass·f·h_k over the nodes, by He_{k+1} = z He_k − k He_{k−1} on the weighted values."""
        current = [m * f for m, f in zip(masses, values, strict=True)]
        before = [arb(0)] * len(current)
        totals, norm = [], arb(1)
        for k in range(self.terms):
            totals.append(sum(current, arb(0)) * norm.rsqrt())
            if k + 1 < self.terms:
                current, before = [z * c - k * b for z, c, b in zip(nodes, current, before, strict=True)], current
                norm *= k + 1
        return totals
