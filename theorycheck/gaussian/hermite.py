"""Coefficients in the orthonormal probabilists' Hermite polynomials h_k = He_k/sqrt(k!): exact, certified, or in float64."""

from __future__ import annotations

from functools import lru_cache
from math import pi, sqrt
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation, as_activation
from theorycheck.enclosure import Enclosure
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.accuracy import absolute_ball, absolute_tolerance
from theorycheck.gaussian.legendre import legendre_floats
from theorycheck.gaussian.symmetry import parity

if TYPE_CHECKING:
    from theorycheck.limits import Budget

MAX_TERMS = 4096
#: How many coefficients the exact class is asked for: beyond, closed forms grow longer than their digits.
MAX_EXACT_TERMS = 2048
PANEL_SIZE = 24


@overload
def hermite_coefficients(f: Activation | str, terms: int, digits: None = None, *, scale: Any = 1) -> np.ndarray: ...


@overload
def hermite_coefficients(
    f: Activation | str, terms: int, digits: int, *, scale: Any = 1, budget: Budget | None = None
) -> list[Enclosure]: ...


def hermite_coefficients(
    f: Activation | str, terms: int, digits: int | None = None, *, scale: Any = 1, budget: Budget | None = None
) -> np.ndarray | list[Enclosure]:
    """E[f(s z) h_k(z)] for k < terms, z ~ N(0, 1).

    Args:
        f: an activation or its text.
        terms: how many, 1 to 4096.
        digits: None for float64 (absolute error about 5e-16 of the size of f); N for enclosures of radius 10^-N max(1, abs(c)).
        scale: s > 0; exact (int, Fraction, text, SymPy number) when digits are asked for.
        budget: work limits of the certified route.
    Returns:
        float64 of shape (terms,), or a list of enclosures, with exact forms where the function is in the exact class.
    Raises:
        InputError: terms, digits or scale out of range.
        DoesNotExist: f grows too fast.

    >>> hermite_coefficients("max(x, 0)", 3).round(12).tolist()
    [0.398942280401, 0.5, 0.282094791774]
    >>> [c.exact for c in hermite_coefficients("max(x, 0)", 4, digits=20)]
    [sqrt(2)/(2*sqrt(pi)), 1/2, 1/(2*sqrt(pi)), 0]
    """
    if isinstance(terms, bool) or not isinstance(terms, int) or not 1 <= terms <= MAX_TERMS:
        raise InputError(f"terms={terms!r}; write a whole number from 1 to {MAX_TERMS}")
    activation = as_activation(f)
    if digits is None:
        try:
            return _float_coefficients(activation, terms, 1.0 if scale == 1 else float(_scale(scale)))
        except Undecided:  # overflow in float64
            return np.array([float(c) for c in _enclosures(activation, terms, 16, scale, None)])
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise InputError(f"digits={digits!r}; write a whole number of decimal digits, for example 15")
    return _enclosures(activation, terms, digits, scale, budget)


def _scale(scale: Any) -> Any:
    from theorycheck.gaussian.certified import exact_scale

    return exact_scale(scale)


def _enclosures(f: Activation, terms: int, digits: int, scale: Any, budget: Budget | None) -> list[Enclosure]:
    from theorycheck.gaussian.certified import hermite_integrals
    from theorycheck.gaussian.exact import exact_form

    exact = exact_form(f.pieces) if terms <= MAX_EXACT_TERMS else None
    constants = exact.hermite(terms, _scale(scale)) if exact is not None else None
    if constants is not None:
        return [Enclosure(absolute_ball(c, digits), exact=c.sympy, digits=digits) for c in constants]
    import sympy

    balls = hermite_integrals(f.pieces, scale, terms, absolute_tolerance(digits), budget)
    if any(b.rad() > absolute_tolerance(digits) for b in balls):
        raise Undecided(f"the precision cap was reached before {digits} digits of the Hermite coefficients; ask for fewer digits")
    return [Enclosure(b, exact=sympy.S.Zero if b.is_zero() else None, digits=digits) for b in balls]


def _float_coefficients(f: Activation, terms: int, scale: float) -> np.ndarray:
    nodes, weights, basis = _basis_for(f.pieces, scale, terms)
    with np.errstate(all="ignore"):
        result = basis @ (f(nodes) * weights)
    sign = parity(f.pieces)
    if sign:
        result[(sign > 0) :: 2] = 0.0
    return np.asarray(result)


@lru_cache(maxsize=128)
def _basis_for(pieces: tuple[Any, ...], scale: float, terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arguments of f, weights with half of the density, and the other half in the basis: the trapezoidal rule where that is exact."""
    from theorycheck.gaussian.certified import require_moments

    require_moments(pieces, scale)
    f = Activation.from_pieces(pieces)
    breaks = tuple(float(enclose(b, 80)) / scale for b in f.breakpoints)
    reach = _reach(f, scale)
    spacing = None if breaks else _trapezoid_spacing(f, scale, reach, terms)
    if spacing is not None:
        nodes, weights, basis = _trapezoid_basis(spacing, reach, terms)
    else:
        nodes, weights, basis = _panel_basis(tuple(b for b in breaks if abs(b) < reach), scale, reach, terms)
    return scale * nodes, weights * np.exp(-nodes * nodes / 4) / sqrt(2 * pi), basis


def _reach(f: Activation, scale: float) -> float:
    """Where f(s z)·e^(−z²/4) has fallen below 1e-18 of its largest value."""
    z = np.linspace(-38.0, 38.0, 305)
    with np.errstate(all="ignore"):
        values = np.abs(f(scale * z)) * np.exp(-z * z / 4)
    if not np.isfinite(values).all():
        raise Undecided(f"{f.text} overflows float64 under the Gaussian density at scale {scale:g}; ask for digits, for example digits=15")
    felt = values > 1e-18 * max(float(values.max()), 1e-300)
    return min(38.0, float(np.ceil(np.abs(z[felt]).max(initial=12.0) + 0.25)))


def _trapezoid_spacing(f: Activation, scale: float, reach: float, terms: int) -> float | None:
    """A spacing at which the trapezoidal rule is exact to rounding, judged by the Fourier transform of f(s z)·e^(−z²/4).

    Aliasing folds frequencies near 2π/h onto those of the basis, at most sqrt(terms); None when no practical spacing will do.
    """
    for nodes_per_unit in (8, 12, 16, 24, 32):
        if 2 * pi * nodes_per_unit < 2 * sqrt(terms) + 8:
            continue
        z, waves = _folding_waves(nodes_per_unit, reach, terms)
        with np.errstate(all="ignore"):
            values = f(scale * z) * np.exp(-z * z / 4)
        if np.abs(waves @ values).max() < 3e-16 * max(1e-300, float(np.abs(values).sum())):
            return 1.0 / nodes_per_unit
    return None


@lru_cache(maxsize=32)
def _folding_waves(nodes_per_unit: int, reach: float, terms: int) -> tuple[np.ndarray, np.ndarray]:
    """A grid twice as fine as the rule's, and on it cosines and sines of the frequencies that the rule folds onto the basis."""
    count = int(2 * reach * nodes_per_unit)
    j = np.arange(-count, count + 1)
    # Frequencies 2π n − 2π m/64, with phases reduced in integers: at large phases the cosine would lose the digits that are judged.
    highest = int((sqrt(terms) + 1) * 64 / (2 * pi)) + 1
    m = np.unique(np.linspace(0, highest, 12).astype(int))
    period = 128 * nodes_per_unit
    phases = 2 * pi / period * ((m[:, None] * j) % period)
    signs = 1 - 2 * (j % 2)
    return j / (2 * nodes_per_unit), np.concatenate([np.cos(phases), np.sin(phases)]) * signs


@lru_cache(maxsize=8)
def _trapezoid_basis(spacing: float, reach: float, terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = int(reach / spacing)
    nodes = np.arange(-count, count + 1) * spacing
    return nodes, np.full(nodes.shape, spacing), weighted_hermite(nodes, terms)


@lru_cache(maxsize=8)
def _panel_basis(breaks: tuple[float, ...], scale: float, reach: float, terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gauss–Legendre panels that resolve wave number sqrt(terms) and features of width 1/s near 0 and the breakpoints."""
    width = min(1.0, 8.0 / sqrt(terms))
    marks = [np.arange(0.0, reach, width), -np.arange(0.0, reach, width), np.array([reach, -reach])]
    steps = 2.0 ** np.arange(np.floor(np.log2(max(1e-9, min(0.5, 0.25 / scale)))), 0.0)
    for centre in {0.0, *breaks}:
        marks += [centre + steps[steps < width], centre - steps[steps < width], np.array([centre])]
    edges = np.unique(np.clip(np.concatenate(marks), -reach, reach))
    points, weights = legendre_floats(PANEL_SIZE)
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1, None] + half + half * points).ravel()
    return nodes, (half * weights).ravel(), weighted_hermite(nodes, terms)


def weighted_hermite(nodes: np.ndarray, terms: int) -> np.ndarray:
    """h_k(z)·e^(−z²/4) for k < terms: bounded by 1.09 (Cramér), so nothing overflows at any degree.

    Args:
        nodes: z, shape (n,).
        terms: how many degrees.
    Returns:
        Shape (terms, n).

    >>> weighted_hermite(np.array([0.0]), 3)[:, 0].round(6).tolist()
    [1.0, 0.0, -0.707107]
    """
    table = np.empty((terms, len(nodes)))
    table[0] = np.exp(-nodes * nodes / 4)
    if terms > 1:
        table[1] = nodes * table[0]
    roots = np.sqrt(np.arange(terms + 1.0))
    for k in range(1, terms - 1):
        np.multiply(nodes, table[k], out=table[k + 1])
        table[k + 1] -= roots[k] * table[k - 1]
        table[k + 1] /= roots[k + 1]
    return table
