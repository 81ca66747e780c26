"""E[f(u)g(v)] in float64: the strips of `strips` with composite Gauss–Legendre rules, graded towards the kink lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log2
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Expr, sqrt

from theorycheck.activation.balls import enclose
from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.tape import tape_of
from theorycheck.errors import DoesNotExist
from theorycheck.gaussian.dual_certified import product_on_the_line, reflected, require_integrable_pair, with_origin
from theorycheck.gaussian.envelope import Envelope, envelope
from theorycheck.gaussian.legendre import legendre_floats
from theorycheck.gaussian.strips import Rotation, Strip, cut, half_line_cut, strips

#: Nodes a panel.
NODES = 16
#: What may be cut off, relative to a function of size 1.
CUT_OFF = arb(1e-17)


@dataclass(frozen=True)
class Grading:
    """How panels are laid: no wider than `stride`, and doubling from `fine` at kinks and the origin (in units of u and v)."""

    stride: float
    fine: float


#: From the coarsest; √x at 0 wants the finest ends, fast oscillation the small strides.
GRADINGS = tuple(Grading(stride, stride * 2.0**-k) for stride in (1.5, 0.4, 0.1) for k in (0, 3, 7, 14, 28))


def dual_float(first: Sequence[Any], second: Sequence[Any], variances: tuple[Expr, Expr], r: float) -> float:
    """E[f(u)g(v)] in float64, accurate to about 1e-13 of its size.

    Args:
        first, second: the pieces of f and of g.
        variances: exact positive SymPy numbers.
        r: the correlation in [−1, 1].
    Raises:
        DoesNotExist: the expectation diverges.
        Undecided: no bound of f at infinity was found.

    >>> from theorycheck.activation.function import Activation
    >>> from sympy import Integer
    >>> tanh = Activation("tanh").pieces
    >>> round(dual_float(tanh, tanh, (Integer(1), Integer(1)), 0.3), 13)
    0.1106683855474
    """
    first, second = tuple(first), tuple(second)
    if r < 0:
        second, r = reflected(second), -r
    scales = (sqrt(variances[0]), sqrt(variances[1]))
    if any(all(p.expr == 0 for p in pieces) for pieces in (first, second)):
        return 0.0
    if r == 1.0:
        product = product_on_the_line(first, second, sqrt(variances[1] / variances[0]))
        if not _envelope(product, scales[0]).bend < 0.5:
            raise DoesNotExist("the expectation does not exist: s(u)s(v) grows too fast for these variances; write smaller ones")
        return _on_the_line(product, scales[0], _grading(product, scales[0]))
    envelopes = (_envelope(first, scales[0]), _envelope(second, scales[1]))
    require_integrable_pair(*envelopes, arb(r))
    gradings = [_grading(f, s) for f, s in ((first, scales[0]), (second, scales[1]))]
    grading = Grading(min(g.stride for g in gradings), min(g.fine for g in gradings))
    with ctx.workprec(96):
        rotation = Rotation.of(arb(r))
        half = first == second and scales[0] == scales[1]
        far, end, _ = cut(rotation, *envelopes, CUT_OFF)
        if grading != GRADINGS[0]:
            first, second = with_origin(first), with_origin(second)
        plan = strips(first, second, scales, rotation, (far, end), half)
    widths, b = (float(scales[0]), float(scales[1])), float(rotation.b)
    total = sum(_strip(strip, widths, b, grading) for strip in plan)
    return float(2 * total if half else total)


@lru_cache(maxsize=256)
def _envelope(pieces: tuple[Any, ...], scale: Expr) -> Envelope:
    return envelope(pieces, enclose(scale, 64))


@lru_cache(maxsize=256)
def _grading(pieces: tuple[Any, ...], scale: Expr) -> Grading:
    """The coarsest grading at which moments on the line agree with those of finer panels."""
    bend = float(_envelope(pieces, scale).bend)
    powers = (1, 2) if bend < 0.24 else (1,)
    if bend > 0.49:  # no moment on the line to try it on
        return GRADINGS[3]
    for grading in GRADINGS:
        finer = Grading(grading.stride / 2, grading.fine / 32)
        sizes = [abs(_on_the_line(pieces, scale, finer, powers[-1], side)) ** (1 / powers[-1]) for side in (-1, 1)]
        if all(
            abs(_on_the_line(pieces, scale, grading, power, side) - _on_the_line(pieces, scale, finer, power, side))
            <= 2e-14 * max(sizes) ** power
            for power in powers
            for side in (-1, 1)
        ):
            return grading
    return GRADINGS[-1]


def _strip(strip: Strip, scales: tuple[float, float], b: float, grading: Grading) -> float:
    start, end = float(strip.start), float(strip.end)
    t, weight_t = _rule(_graded(end - start, grading.stride, grading.fine / min(1.0, 2 * b * max(1.0, *scales))))
    t, middle = start + t, (start + end) / 2
    low, high = strip.low, strip.high
    height = float(high.p[0] - low.p[0]) + float(high.p[1] - low.p[1]) * middle
    w, weight_w = _rule(_graded(height, grading.stride, grading.fine) / height)
    (p0, u0, v0), (p1, u1, v1) = (
        tuple(float(pair[0]) + float(pair[1]) * t for pair in (line.p, line.u, line.v)) for line in (low, high)
    )
    width = float(high.p[0] - low.p[0]) + float(high.p[1] - low.p[1]) * t
    p, u, v = (lower[:, None] + (upper - lower)[:, None] * w for lower, upper in ((p0, p1), (u0, u1), (v0, v1)))
    values = _values(strip.first, scales[0] * u) * _values(strip.second, scales[1] * v)
    density = np.exp(-(p * p + (t * t)[:, None]) / 2) / (2 * np.pi)
    integrand = np.where(density > 0, values * density, 0.0)
    return float((weight_t * width) @ integrand @ weight_w)


def _values(expr: Any, argument: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(tape_of(expr).run(numpy_arithmetic(), argument), dtype=np.float64), argument.shape)


def _graded(length: float, stride: float, fine: float) -> np.ndarray:
    """Ends of panels on [0, length]: no wider than `stride`, and doubling from `fine` at both ends."""
    if fine >= stride or fine >= length:
        return np.linspace(0.0, length, max(1, ceil(length / stride)) + 1)
    steps = fine * 2.0 ** np.arange(ceil(log2(stride / fine)) + 1)
    near = np.concatenate([[0.0], steps[steps < length / 2]])
    inner = length - 2 * near[-1]
    count = max(1, ceil(inner / stride))
    return np.concatenate([near, near[-1] + inner * np.arange(1, count) / count, (length - near)[::-1]])


def _rule(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the composite rule on the panels between `edges`."""
    nodes, weights = legendre_floats(NODES)
    half = np.diff(edges) / 2
    return ((edges[:-1] + half)[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def _on_the_line(pieces: tuple[Any, ...], scale: Expr, grading: Grading, power: int = 1, side: int = 0) -> float:
    """E[f(s z)^power] in float64, over all z or over the z of one sign."""
    bounds = _envelope(pieces, scale)
    with ctx.workprec(64):
        height, bend, slope = bounds.height**power, bounds.bend * power, bounds.slope * power
        far = half_line_cut(height, bend, slope, CUT_OFF)[0]
    total, s = 0.0, float(scale)
    for piece in with_origin(pieces) if side or grading != GRADINGS[0] else pieces:
        low = max(-far, float(enclose(piece.start, 64)) / s) if piece.start.is_finite else -far
        high = min(far, float(enclose(piece.end, 64)) / s) if piece.end.is_finite else far
        if low < high and piece.expr != 0 and side * (low + high) >= 0:
            z, weight = _rule(low + _graded(high - low, grading.stride, grading.fine))
            total += float(weight @ (_values(piece.expr, s * z) ** power * np.exp(-z * z / 2))) / np.sqrt(2 * np.pi)
    return total
