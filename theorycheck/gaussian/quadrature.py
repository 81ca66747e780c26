"""Gaussian integrals in float64: composite Gauss–Legendre, split at the kinks, graded towards them, refined where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.errors import InputError, Undecided
from theorycheck.gaussian.legendre import legendre_floats

SIZE = 20
#: Beyond this the density is below the smallest float.
REACH = 38.5
#: The last Legendre coefficients of a panel may have this size; the rule, exact to twice their degree, then errs far less.
TOLERANCE = 1e-13
LOG_SQRT_2PI = 0.9189385332046727
MAX_PANELS = 16_000
#: Moments up to this degree (excluded) are prepared.
DEGREES = 5


@dataclass(frozen=True)
class GaussianRule:
    """Nodes and what multiplies the values of f there.

    Args:
        nodes: z, shape (n,).
        lengths: quadrature weights of ∫ … dz, shape (n,).
        root_density: e^(−z²/4)/(2π)^(1/4), shape (n,); its square is the density.
    """

    nodes: np.ndarray
    lengths: np.ndarray
    root_density: np.ndarray

    @cached_property
    def moments_of_first(self) -> np.ndarray:
        """What turns values(f) into E[f z^j], j < 5; shape (5, n)."""
        return np.asarray(self.moments_of_second * self.root_density)

    @cached_property
    def moments_of_second(self) -> np.ndarray:
        """What turns values(f)² into E[f² z^j], j < 5; shape (5, n)."""
        return np.asarray(np.vander(self.nodes, DEGREES, increasing=True).T * self.lengths)

    def values(self, f: Activation, scale: float) -> np.ndarray:
        """f(scale·z)·root_density; Undecided where that is not finite."""
        with np.errstate(all="ignore"):
            result = f(scale * self.nodes) * self.root_density
        if not np.isfinite(result.sum()):
            raise Undecided(
                f"{f.text} overflows float64 under the Gaussian density at scale {scale:g}; ask for digits, for example digits=15"
            )
        return result


@lru_cache(maxsize=1)
def _tail_coefficients() -> np.ndarray:
    """From values at the nodes of one panel to its last four Legendre coefficients."""
    nodes, weights = legendre_floats(SIZE)
    degrees = np.arange(SIZE - 4, SIZE)
    values = np.polynomial.legendre.legvander(nodes, SIZE - 1)[:, degrees]
    return values * weights[:, None] * (2 * degrees + 1) / 2


def _edges(centres: tuple[float, ...], finest: float) -> np.ndarray:
    """Panel ends: evenly spaced, and geometrically towards zero and the kinks down to the width of a feature."""
    marks = [np.arange(-9.0, 9.5, 1.0), np.arange(-REACH, -9.0, 2.0), np.arange(REACH, 9.0, -2.0)]
    steps = 2.0 ** np.arange(np.log2(finest), 0.5)
    for centre in centres:
        marks += [centre + steps, centre - steps, np.array([centre])]
    edges = np.unique(np.clip(np.concatenate(marks), -REACH, REACH))
    keep = np.append(True, np.diff(edges) > 1e-15 * (1 + np.abs(edges[1:])))
    return np.asarray(edges[keep])


def _rule(low: np.ndarray, high: np.ndarray) -> GaussianRule:
    points, weights = legendre_floats(SIZE)
    half = (high - low)[:, None] / 2
    nodes = (low[:, None] + half + half * points).ravel()
    return GaussianRule(nodes, (half * weights).ravel(), np.exp(-nodes * nodes / 4 - LOG_SQRT_2PI / 2))


@lru_cache(maxsize=256)
def _start(centres: tuple[float, ...], finest: float) -> tuple[np.ndarray, GaussianRule]:
    edges = _edges(centres, finest)
    return edges, _rule(edges[:-1], edges[1:])


def gaussian_rule(f: Activation, scale: float) -> GaussianRule:
    """A rule that integrates f(scale·z)·z^j and f(scale·z)²·z^j under N(0, 1) to about 1e-15 of their size.

    Args:
        f: the activation.
        scale: s > 0.
    """
    if not 0 < scale < np.inf:
        raise InputError(f"the scale {scale} is not a positive number; write for example 0.1")
    return _adapted(f.pieces, scale)


@lru_cache(maxsize=256)
def _adapted(pieces: tuple[Any, ...], scale: float) -> GaussianRule:
    f = Activation.from_pieces(pieces)
    kinks = [float(enclose(p.start, 80)) / scale for p in pieces[1:]]
    finest = 2.0 ** np.floor(np.log2(max(1e-9, min(0.5, 0.5 / scale))))
    edges, rule = _start((0.0, *(k for k in kinks if abs(k) < REACH)), float(finest))
    low, high = edges[:-1], edges[1:]
    done: list[tuple[np.ndarray, np.ndarray]] = []
    count, size = 0, 0.0
    before = np.full(low.shape, np.inf)
    for _ in range(60):
        values = rule.values(f, scale)
        tables = np.stack([values * rule.root_density, values * values])
        size = size or max(1e-300, float((np.abs(tables) @ rule.lengths).max()))
        panels = np.abs(tables.reshape(2, -1, SIZE) @ _tail_coefficients()).max(axis=(0, 2))
        error = panels * (high - low) * (1 + np.minimum(low * low, high * high))
        # Rounding noise is halved with the panel, algebraic singularities fall faster.
        noise = (error > 0.4 * before) & (error < 1e-11 * size)
        bad = (error > TOLERANCE * size) & ~noise & (high - low > 1e-14 * (np.abs(low) + 1e-20))
        if not done and not bad.any():
            return rule
        done.append((low[~bad], high[~bad]))
        count += int((~bad).sum())
        if not bad.any():
            break
        if count + 2 * bad.sum() > MAX_PANELS:
            raise Undecided(f"{f.text} varies too fast for float64 quadrature at scale {scale:g}; ask for digits, for example digits=15")
        middle = (low[bad] + high[bad]) / 2
        low, high, before = np.concatenate([low[bad], middle]), np.concatenate([middle, high[bad]]), np.tile(error[bad], 2)
        rule = _rule(low, high)
    return _rule(np.concatenate([a for a, _ in done]), np.concatenate([b for _, b in done]))


def float_moments(f: Activation, scale: float, wanted: Sequence[tuple[int, int]]) -> np.ndarray:
    """E[f(scale·z)^i z^j] for pairs (i, j), i in {1, 2}, in float64.

    Args:
        f: the activation.
        scale: s > 0.
        wanted: pairs (i, j), j < 5.
    Returns:
        Shape (len(wanted),); absolute error about 1e-14 of max(1, size).

    >>> from theorycheck.activation.function import Activation
    >>> float_moments(Activation("max(x, 0)"), 1.0, [(1, 1), (2, 0)]).round(14).tolist()
    [0.5, 0.5]
    """
    rule = gaussian_rule(f, scale)
    values = rule.values(f, scale)
    first, second = rule.moments_of_first @ values, rule.moments_of_second @ (values * values)
    return np.array([(first if i == 1 else second)[j] for i, j in wanted])
