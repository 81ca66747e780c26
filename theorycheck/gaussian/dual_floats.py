"""E[f(u)g(v)] in float64: the strips of `strips` with composite Gauss–Legendre rules, graded towards the kink lines."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Expr, sqrt

from theorycheck.activation.balls import enclose
from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.tape import tape_of
from theorycheck.gaussian.dual_certified import product_on_the_line, reflected, require_integrable_pair, with_origin
from theorycheck.gaussian.envelope import envelope
from theorycheck.gaussian.legendre import legendre_floats
from theorycheck.gaussian.strips import Rotation, Strip, cut, strips

#: Nodes a panel, and the panel's width where nothing bends; both coordinates.
NODES, STRIDE = 16, 1.5


def dual_float(first: Sequence[Any], second: Sequence[Any], variances: tuple[Expr, Expr], r: float) -> float:
    """E[f(u)g(v)] in float64, accurate to about 1e-13 of its size.

    Args:
        first, second: the pieces of f and of g.
        variances: exact positive SymPy numbers.
        r: the correlation in [−1, 1].
    Raises:
        DoesNotExist: the expectation diverges.
        Undecided: no bound of f at infinity was found.
    """
    if r < 0:
        second, r = reflected(second), -r
    scales = (sqrt(variances[0]), sqrt(variances[1]))
    if any(all(p.expr == 0 for p in pieces) for pieces in (first, second)):
        return 0.0
    with ctx.workprec(96):
        correlation = arb(r)
        if r == 1.0:
            ratio = sqrt(variances[1] / variances[0])
            product = product_on_the_line(first, second, ratio)
            return _on_the_line(product, scales[0])
        envelopes = [envelope(f, enclose(s, 64)) for f, s in ((first, scales[0]), (second, scales[1]))]
        require_integrable_pair(envelopes[0], envelopes[1], correlation)
        rotation = Rotation.of(correlation)
        half = tuple(first) == tuple(second) and scales[0] == scales[1]
        far, end, _ = cut(rotation, envelopes[0], envelopes[1], arb(1e-17))
        plan = strips(with_origin(first, scales[0]), with_origin(second, scales[1]), scales, rotation, (far, end), half)
    widths = (float(scales[0]), float(scales[1]))
    total = sum(_strip(strip, widths, float(rotation.b)) for strip in plan)
    return float(2 * total if half else total)


def _strip(strip: Strip, scales: tuple[float, float], b: float) -> float:
    start, end = float(strip.start), float(strip.end)
    fine = min(STRIDE, STRIDE / max(1.0, 2 * b * max(scales)))
    t, weight_t = _rule(_graded(end - start, fine))
    t, middle = start + t, (start + end) / 2
    low, high = strip.low, strip.high
    height = float(high.p[0] - low.p[0]) + float(high.p[1] - low.p[1]) * middle
    w, weight_w = _rule(_graded(height, min(STRIDE, STRIDE / max(scales))) / height)
    (p0, u0, v0), (p1, u1, v1) = (
        tuple(float(pair[0]) + float(pair[1]) * t for pair in (line.p, line.u, line.v)) for line in (low, high)
    )
    width = (float(high.p[0] - low.p[0]) + float(high.p[1] - low.p[1]) * t)[:, None]
    p, u, v = (lower[:, None] + (upper - lower)[:, None] * w for lower, upper in ((p0, p1), (u0, u1), (v0, v1)))
    values = _values(strip.first, scales[0] * u) * _values(strip.second, scales[1] * v)
    density = np.exp(-(p * p + (t * t)[:, None]) / 2) / (2 * np.pi)
    integrand = np.where(density > 0, values * density, 0.0)
    return float((weight_t * width[:, 0]) @ integrand @ weight_w)


def _values(expr: Any, argument: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(tape_of(expr).run(numpy_arithmetic(), argument), dtype=np.float64), argument.shape)


def _graded(length: float, fine: float) -> np.ndarray:
    """Ends of panels on [0, length]: no wider than STRIDE, and doubling from `fine` at both ends."""
    if length <= fine:
        return np.array([0.0, length])
    steps = fine * 2.0 ** np.arange(ceil(log2(max(1.0, STRIDE / fine))) + 1) - fine * (fine < STRIDE) / 2
    near = np.concatenate([[0.0], steps[steps < length / 2]])
    inner = length - 2 * near[-1]
    between = near[-1] + inner * np.arange(1, ceil(inner / STRIDE)) / ceil(inner / STRIDE)
    return np.concatenate([near, between, (length - near)[::-1]])


def _rule(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the composite rule on the panels between `edges`."""
    nodes, weights = legendre_floats(NODES)
    half = np.diff(edges) / 2
    return ((edges[:-1] + half)[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def _on_the_line(pieces: Sequence[Any], scale: Expr) -> float:
    """E[f(s z)] in float64."""
    bounds = envelope(pieces, enclose(scale, 64))
    far, _, _ = cut(Rotation(arb(0.5).sqrt(), arb(0.5).sqrt()), bounds, bounds, arb(1e-17))
    total, s = 0.0, float(scale)
    for piece in with_origin(pieces, scale):
        low = max(-far, float(enclose(piece.start / scale, 64))) if piece.start.is_finite else -far
        high = min(far, float(enclose(piece.end / scale, 64))) if piece.end.is_finite else far
        if low < high and piece.expr != 0:
            z, weight = _rule(low + _graded(high - low, min(STRIDE, STRIDE / s)))
            total += float(weight @ (_values(piece.expr, s * z) * np.exp(-z * z / 2))) / np.sqrt(2 * np.pi)
    return total
