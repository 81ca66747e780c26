"""E[φ'(σz)^i z^j] in float64 for many functions and scales at once: one evaluation of φ' serves every scale.

The trapezoidal rule in u, with nodes in x = σz that do not depend on σ: x = k sinh u on the whole line, x = ±k e^(u − e^(−u)) on
half-lines that begin at a kink at 0 (Takahasi & Mori, 1974). The density of each scale is a row of weights, so all moments are
two matrix products. The rule of step 2h comes free with that of step h, whose error is its square: where the two differ by more
than the root of the rounding unit, or the integrand has not died out at the ends, the answer is left to adaptive quadrature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.function import Activation
from theorycheck.activation.tape import tape_of

#: (i, j) of the five numbers.
ALPHAS = ((1, 0), (1, 1), (1, 2), (2, 0), (2, 2))
#: Steps in u on the line and on half-lines.
LINE_STEP, HALF_STEP = 0.09, 0.07
#: Beyond this many standard deviations the density times any moderate function is below rounding.
REACH = 10.0
#: e^(−e^(−u)) is below rounding to the left of this.
LEFT = -3.75
AGREEMENT = 1e-8


@dataclass(frozen=True)
class _Rule:
    """Nodes in x, and weights that turn φ' and φ'² there into moments, for every scale.

    Args:
        nodes: shape (n,).
        first: shape (n, 2·scales·3), for E[g], E[g z], E[g z²]: the rule of step h, then that of step 2h.
        second: shape (n, 2·scales·2), for E[g²], E[g² z²]: likewise.
        end_weights: shape (2,), the largest weight at each end.
    """

    nodes: np.ndarray
    first: np.ndarray
    second: np.ndarray
    end_weights: np.ndarray


def _rule(nodes: np.ndarray, lengths: np.ndarray, sigmas: np.ndarray) -> _Rule:
    z = nodes[:, None] / sigmas
    mass = np.exp(z * z * -0.5) * (lengths[:, None] / (sigmas * np.sqrt(2 * np.pi)))
    linear, square = mass * z, mass * z * z
    coarse = np.zeros((len(nodes), 3 * len(sigmas)))
    fine = np.concatenate([mass, linear, square], axis=1)
    coarse[::2] = 2 * fine[::2]
    count = len(sigmas)
    first = np.concatenate([fine, coarse], axis=1)
    second = np.concatenate([mass, square, coarse[:, :count], coarse[:, 2 * count :]], axis=1)
    ends = np.abs([first[0], first[-1]])
    return _Rule(nodes, first, second, ends.max(axis=1))


def _whole_line(sigmas: np.ndarray) -> _Rule:
    knee = min(1.0, 3 * sigmas.min())
    count = int(np.ceil(np.arcsinh(REACH * sigmas.max() / knee) / LINE_STEP))
    count += count % 2  # so that the coarse rule ends at the same nodes
    grown = np.exp(LINE_STEP * np.arange(-count, count + 1))
    shrunk = grown[::-1]
    return _rule(knee / 2 * (grown - shrunk), LINE_STEP * knee / 2 * (grown + shrunk), sigmas)


def _half_line(sigmas: np.ndarray) -> _Rule:
    knee = min(1.0, 3 * sigmas.min())
    count = int(np.ceil((np.log(REACH * sigmas.max() / knee) - LEFT + 0.1) / HALF_STEP))
    u = LEFT + HALF_STEP * np.arange(count + count % 2 + 1)
    shrunk = np.exp(-u)
    nodes = knee * np.exp(u - shrunk)
    return _rule(nodes, HALF_STEP * nodes * (1 + shrunk), sigmas)


def alpha_table(slopes: Sequence[Activation], sigmas: Sequence[float]) -> np.ndarray:
    """The five numbers for every φ' and every σ.

    Args:
        slopes: the derivatives φ'.
        sigmas: σ > 0.
    Returns:
        Shape (len(slopes), len(sigmas), 5), in the order of `ALPHAS`; NaN for a function that these rules do not resolve.

    >>> alpha_table([Activation("step(x)")], [1.0, 10.0])[0, :, 0].round(13).tolist()
    [0.5, 0.5]
    """
    scales = np.asarray(sigmas, dtype=np.float64)
    result = np.full((len(slopes), len(scales), 5), np.nan)
    line: list[int] = []
    halves: list[int] = []
    for i, slope in enumerate(slopes):
        if len(slope.pieces) == 1:
            line.append(i)
        elif len(slope.pieces) == 2 and slope.pieces[0].end == 0:
            halves.append(i)
    with np.errstate(all="ignore"):
        if line:
            rule = _whole_line(scales)
            values = _values([slopes[i].pieces[0].expr for i in line], rule.nodes)
            result[line] = _moments([(values, rule, 1)], len(scales))
        if halves:
            rule = _half_line(scales)
            right = _values([slopes[i].pieces[1].expr for i in halves], rule.nodes)
            left = _values([slopes[i].pieces[0].expr for i in halves], -rule.nodes)
            result[halves] = _moments([(left, rule, -1), (right, rule, 1)], len(scales))
    return result


def _values(exprs: Sequence[Any], nodes: np.ndarray) -> np.ndarray:
    arithmetic = numpy_arithmetic()
    values = np.empty((len(exprs), len(nodes)))
    for row, expr in zip(values, exprs, strict=True):
        row[:] = tape_of(expr).run(arithmetic, nodes)
    return values


def _moments(parts: Sequence[tuple[np.ndarray, _Rule, int]], scales: int) -> np.ndarray:
    """Shape (functions, scales, 5); NaN where the rules of step h and 2h disagree or the ends still matter."""
    count = len(parts[0][0])
    first, second = np.zeros((count, 6 * scales)), np.zeros((count, 4 * scales))
    ends, size = np.zeros(count), np.zeros(count)
    for values, rule, side in parts:
        squares, sizes = values * values, np.abs(values)
        first = first + (values @ rule.first) * np.repeat([1.0, side, 1.0, 1.0, side, 1.0], scales)
        mine = squares @ rule.second
        second = second + mine
        mass = rule.first[:, :scales]
        size = size + np.maximum(sizes @ mass, mine[:, :scales]).max(axis=1)
        ends = np.maximum(ends, (np.maximum(sizes, squares)[:, [0, -1]] * rule.end_weights).max(axis=1))
    fine, coarse = (
        np.concatenate([first[:, k * 3 * scales : (k + 1) * 3 * scales], second[:, k * 2 * scales : (k + 1) * 2 * scales]], axis=1)
        for k in (0, 1)
    )
    bad = (np.abs(fine - coarse).max(axis=1) > AGREEMENT * size) | (ends > 1e-16 * size) | ~np.isfinite(fine).all(axis=1)
    table = np.asarray(fine).reshape(-1, 5, scales).transpose(0, 2, 1)
    table[bad] = np.nan
    return table
