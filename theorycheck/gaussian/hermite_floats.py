"""Hermite coefficients in float64, for a thousand degrees without overflow.

h_k(−z) = (−1)^k h_k(z), so a rule on z ≥ 0 and the two values f(±z) serve all degrees.
"""

from __future__ import annotations

from functools import lru_cache
from math import pi, sqrt
from typing import Any

import numpy as np

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.errors import Undecided
from theorycheck.gaussian.legendre import legendre_floats
from theorycheck.gaussian.symmetry import parity

PANEL_SIZE = 24


def float_coefficients(f: Activation, terms: int, scale: float) -> np.ndarray:
    """E[f(s z) h_k(z)] for k < terms in float64.

    Args:
        f: the activation.
        terms: how many.
        scale: s > 0.
    Returns:
        Shape (terms,); absolute error about 5e-16 of the size of f.
    Raises:
        DoesNotExist: f grows too fast.
        Undecided: f overflows float64 where the density still matters.

    >>> float_coefficients(Activation("x**2"), 4, 1.0).round(12).tolist()
    [1.0, 0.0, 1.414213562373, 0.0]
    """
    nodes, weights, basis = _basis_for(f.pieces, scale, terms)
    with np.errstate(all="ignore"):
        right, left = f(nodes) * weights, f(-nodes) * weights
    sign = parity(f.pieces)
    result = np.zeros(terms)
    if sign >= 0:
        result[::2] = basis[::2] @ (right + left)
    if sign <= 0:
        result[1::2] = basis[1::2] @ (right - left)
    return result


@lru_cache(maxsize=128)
def _basis_for(pieces: tuple[Any, ...], scale: float, terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arguments s z ≥ 0 of f, weights with half of the density, and the other half in the basis: trapezoidal where that is exact."""
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
    nodes = np.arange(int(reach / spacing) + 1) * spacing
    weights = np.full(nodes.shape, spacing)
    weights[0] /= 2  # z = 0 is counted on both sides
    return nodes, weights, weighted_hermite(nodes, terms)


@lru_cache(maxsize=8)
def _panel_basis(breaks: tuple[float, ...], scale: float, reach: float, terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gauss–Legendre panels that resolve wave number sqrt(terms) and features of width 1/s near 0 and the breakpoints."""
    width = min(1.0, 8.0 / sqrt(terms))
    marks = [np.arange(0.0, reach, width), np.array([reach])]
    steps = 2.0 ** np.arange(np.floor(np.log2(max(1e-9, min(0.5, 0.25 / scale)))), 0.0)
    for centre in {0.0, *map(abs, breaks)}:
        marks += [centre + steps[steps < width], centre - steps[steps < width], np.array([centre])]
    edges = np.unique(np.clip(np.concatenate(marks), 0.0, reach))
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
    # With h_k = d_k g_k, d_{k+1} = d_{k-1} sqrt(k/(k+1)), the recurrence is g_{k+1} = (e_k z) g_k − g_{k−1}: two operations a degree.
    scales = [1.0, 1.0]
    for k in range(1, terms):
        scales.append(scales[k - 1] * sqrt(k / (k + 1)))
    d = np.array(scales)
    factors = (d[1:-1] / (d[2:] * np.sqrt(np.arange(2.0, terms + 1))))[:, None] * nodes
    table = np.empty((terms, len(nodes)))
    table[0] = np.exp(-nodes * nodes / 4)
    if terms > 1:
        np.multiply(nodes, table[0], out=table[1])
    for factor, before, here, after in zip(factors, table, table[1:], table[2:], strict=False):
        np.multiply(factor, here, out=after)
        np.subtract(after, before, out=after)
    table *= d[:terms, None]
    return table
