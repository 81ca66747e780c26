"""Funk–Hecke: a zonal kernel f(⟨x, y⟩) on S^(d−1) has the spherical harmonics of degree k as eigenfunctions, with the eigenvalue

    λ_k = Γ(d/2)/(√π Γ((d−1)/2)) · ∫ f(t) P_k(t) (1 − t²)^((d−3)/2) dt over [−1, 1]

under the uniform probability measure (Müller, Spherical Harmonics, section 4). Exact where the kernel is a polynomial in t, asin(t),
acos(t) and √(1 − t²), pieces cut at 0 allowed; certified elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from numbers import Integral
from typing import Any

import numpy as np
from flint import arb

from theorycheck.activation.language import exact_number
from theorycheck.enclosure import Enclosure
from theorycheck.errors import InputError
from theorycheck.limits import Budget
from theorycheck.sphere.certified_eigenvalues import certified_eigenvalues
from theorycheck.sphere.exact_eigenvalues import ExactEigenvalues
from theorycheck.sphere.harmonics import require_degree, require_dimension
from theorycheck.sphere.zonal import ANGLE, arc_cosine_form, read_zonal

MAX_DIGITS = 2000
#: Panels and seconds that one kernel may cost: near a singularity that no rule can cope with, more would not help.
CELLS, SECONDS = 4000, 60.0
#: The square of the power of asin(t) times dimension and degree, beyond which exact numbers are too long to be worth their time.
LARGEST_EXACT = 45_000


def funk_hecke(
    kernel: str,
    dim: int,
    degrees: int,
    digits: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
) -> Any:
    """The eigenvalues of degrees 0, ..., U of a zonal kernel on the sphere in d dimensions.

    Args:
        kernel: an expression in t on [−1, 1], for example "t*(1/2 - acos(t)/(2*pi))"; it must be bounded there.
        dim: d >= 2.
        degrees: U >= 0.
        digits: None for float64; N >= 1 for enclosures of radius at most 10^−N · max(1, abs(λ)).
        parameters: values of further names in the kernel, as text, integers or Fractions.
        budget: work limits of the certified numbers.
    Returns:
        float64 of shape (U + 1,), or U + 1 Enclosures; `exact` is set where there is a closed form, and an eigenvalue that is
        known to be zero is exactly 0. Their multiplicities are `theorycheck.sphere.harmonics.multiplicity(d, k)`.
    Raises:
        InputError: the kernel cannot be read or is not bounded, or d, U or the digits are out of range.
        Undecided: the work allowed was spent.

    >>> [str(e.exact) for e in funk_hecke("t*(1/2 - acos(t)/(2*pi))", 3, 4, digits=15)]
    ['1/16', '1/12', '7/256', '0', '7/3072']
    >>> funk_hecke("exp(t)", 3, 1).round(12).tolist()
    [1.175201193644, 0.367879441171]
    """
    dim, degrees = require_dimension(dim), require_degree(degrees, "degrees")
    if digits is not None and (isinstance(digits, bool) or not isinstance(digits, Integral) or not 1 <= digits <= MAX_DIGITS):
        raise InputError(f"digits = {digits!r} is not a number of decimal digits; write an integer from 1 to {MAX_DIGITS}")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise InputError(f"parameters={parameters!r}; write the values by their names, for example {{'a': '1/5'}}")
    given = {name: exact_number(value, f"parameter {name} =") for name, value in (parameters or {}).items()}
    zonal = read_zonal(kernel, given)
    wanted = 15 if digits is None else int(digits)
    found: dict[int, Enclosure] = {}
    for parity, pieces in ((0, zonal.even), (1, zonal.odd)):
        mine = list(range(parity, degrees + 1, 2))
        form = arc_cosine_form(pieces[0].expr) if len(pieces) == 1 else None
        if form is not None and form.degree(ANGLE) ** 2 * (dim + degrees) <= LARGEST_EXACT:
            exact = ExactEigenvalues(form, dim, degrees)
            found.update({k: exact.value(k, wanted) for k in mine})
        elif mine:
            balls = _certified(pieces, dim, mine, wanted, budget or Budget(SECONDS, CELLS))
            found.update({k: Enclosure(ball, None, wanted) for k, ball in zip(mine, balls, strict=True)})
    values = [found[k] for k in range(degrees + 1)]
    return np.array([float(v) for v in values]) if digits is None else values


def _certified(pieces: Any, dim: int, degrees: list[int], digits: int, budget: Budget) -> list[arb]:
    """Balls of the absolute radius that was promised; once more, finer, so that small eigenvalues have correct digits, too."""
    goal = -(digits + 1) * log(10)
    balls = certified_eigenvalues(pieces, dim, degrees, goal, budget)
    if all(b.rad() * 4 * arb(10) ** digits < abs(b).lower() for b in balls):
        return balls
    smallest = min(float(abs(b).lower().log()) if not b.contains(0) else goal for b in balls)
    finer = certified_eigenvalues(pieces, dim, degrees, goal + smallest, budget)
    return [b if b.rad() < a.rad() else a for a, b in zip(balls, finer, strict=True)]
