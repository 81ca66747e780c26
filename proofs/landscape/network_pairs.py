"""Pairs of networks, teacher and student, with rational rows: the instances of the claims about their squared distance.

What is shared here is the data and the enclosure of the degrees beyond a cut; the formulas themselves stand in the claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from theorycheck.claims.instances import Vector, dot, scaled, unit_vector


@dataclass(frozen=True)
class NetworkPair:
    """A teacher Σ a*_i σ(⟨b*_i, x⟩) + ξ and a student Σ a_i γ(⟨b_i, x⟩).

    Args:
        activations: σ and γ, as text.
        weights: a* and a.
        rows: B* and B.
        noise: E ξ².
    """

    activations: tuple[str, str]
    weights: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    rows: tuple[tuple[Vector, ...], tuple[Vector, ...]]
    noise: Fraction = Fraction(0)

    def __str__(self) -> str:
        names = zip(self.activations, self.weights, self.rows, strict=True)
        sides = [" + ".join(f"{a}·{s}(({', '.join(map(str, b))})·x)" for a, b in zip(w, rows, strict=True)) for s, w, rows in names]
        return f"teacher {sides[0]}, student {sides[1]}, E ξ² = {self.noise}"

    @property
    def gram(self) -> list[list[Fraction]]:
        """Inner products of all rows, those of the teacher first."""
        stacked = [*self.rows[0], *self.rows[1]]
        return [[dot(u, v) for v in stacked] for u in stacked]

    @property
    def signed(self) -> list[Fraction]:
        """a* and −a: the weights of the difference."""
        return [*self.weights[0], *(-a for a in self.weights[1])]

    def stretched(self, factor: Fraction) -> NetworkPair:
        """The same pair with all rows multiplied by a factor."""
        teacher, student = (tuple(scaled(row, factor) for row in side) for side in self.rows)
        return replace(self, rows=(teacher, student))


def random_pair(rng: Any, activations: tuple[str, str], units: int, dimension: int, total: Fraction, noise: Fraction) -> NetworkPair:
    """Random unit rows, and positive weights that sum to about `total` in each network."""
    first, second = (tuple(total * int(n) / (8 * units) for n in rng.integers(4, 13, units)) for _ in range(2))
    teacher, student = (tuple(unit_vector(rng, dimension) for _ in range(units)) for _ in range(2))
    return NetworkPair(activations, (first, second), (teacher, student), noise)


def as_ball(number: Fraction) -> Any:
    """A rational as a ball."""
    from flint import arb, fmpq

    return arb(fmpq(number.numerator, number.denominator))


def beyond(spectra: Sequence[Any], pair: NetworkPair, sign: int) -> Any:
    """A ball around the degrees that the coefficients leave out, for the student's weights with a sign."""
    from flint import arb

    from theorycheck.network.truncation import Spectrum, hermite_form

    rest = [Spectrum((arb(0),) * len(s.coefficients), s.tail) for s in spectra]
    student = rest[0] if spectra[1] is spectra[0] else rest[1]
    return hermite_form(rest[0], student, (pair.weights[0], [-sign * a for a in pair.weights[1]]), pair.gram)


def compare(check: Any, theory: Any, evidence: Any, label: str) -> bool | None:
    """The evidence lies in the enclosure of the formula: by digits where that is narrow, else between its ends."""
    if float(theory.rad()) < 1e-11:
        return check.equal(theory, evidence, label, digits=9)
    low = check.less_equal(theory.lower(), evidence, f"{label}, lower end")
    return low and check.less_equal(evidence, theory.upper(), f"{label}, upper end")
