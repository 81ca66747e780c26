"""The Hessian of the squared loss of y = Σ v_j φ(w_j·x) in the first layer: on samples, and in expectation at the truth for any rows.

Row j of the k × d gradient is stored at entries jd, …, jd + d − 1 of the kd × kd Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from sympy import Rational, sqrt

from theorycheck.activation.balls import enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x as variable
from theorycheck.activation.pieces import Piece
from theorycheck.enclosure import bits_for
from theorycheck.errors import InputError
from theorycheck.gaussian.accuracy import require_digits
from theorycheck.gaussian.dual import exact_rational
from theorycheck.gaussian.dual_certified import certified_dual
from theorycheck.gaussian.dual_floats import dual_float
from theorycheck.limits import Budget
from theorycheck.network.orthogonal_hessian import listed, smooth_enough
from theorycheck.network.rows import matrix, vector

#: Samples that are held as n × kd features at a time.
_CHUNK = 4096
_POWERS = ((0, 0), (2, 0), (1, 1), (0, 2))


def empirical_hessian(f: Activation | str, x: Any, w: Any, weights: Any = None, y: Any = None) -> np.ndarray:
    """∇² of (1/2n) Σ (Σ_j v_j φ(w_j·x_i) − y_i)² in W.

    Args:
        f: an activation or its text, continuous.
        x: inputs, shape (n, d).
        w: W, shape (k, d).
        weights: v, shape (k,); by default 1.
        y: labels, shape (n,); by default those of W itself, so that only the Gauss–Newton part is left.
    Returns:
        Shape (kd, kd), symmetric. φ'' is taken where it exists: at a kink the loss has no second derivative.
    Raises:
        InputError: wrong shapes, or numbers that are not finite.
    Source: Zhong et al., ICML 2017.

    >>> empirical_hessian("x**2", [[1.0, 2.0]], [[1.0, 0.0]])
    array([[ 4.,  8.],
           [ 8., 16.]])
    >>> empirical_hessian("x**2", [[1.0, 2.0]], [[1.0, 0.0]], y=[0.0])
    array([[ 6., 12.],
           [12., 24.]])
    """
    activation = smooth_enough(f)
    rows = matrix("W", w)
    inputs = matrix("x", x, rows.shape[1])
    (n, d), k = inputs.shape, len(rows)
    v = np.ones(k) if weights is None else vector("weights", weights, k)
    labels = None if y is None else vector("y", y, n)
    slope, bend = activation.derivative(), activation.derivative(2)
    total = np.zeros((k * d, k * d))
    for start in range(0, n, _CHUNK):
        part = inputs[start : start + _CHUNK]
        z = part @ rows.T
        features = ((slope(z) * v)[:, :, None] * part[:, None, :]).reshape(len(part), k * d)
        total += features.T @ features
        if labels is not None:
            residual = activation(z) @ v - labels[start : start + _CHUNK]
            curvature = residual[:, None] * bend(z) * v
            for j in range(k):
                total[j * d : (j + 1) * d, j * d : (j + 1) * d] += (part * curvature[:, j, None]).T @ part
    return total / n


def population_hessian(
    f: Activation | str, w: Any, weights: Any = None, digits: int | None = None, budget: Budget | None = None
) -> Any:
    """E[∇²] of ½ E(Σ v_j φ(w_j·x) − Σ v_j φ(w_j*·x))² at W = W*, x ~ N(0, I), for any rows.

    The block of rows j and l needs E[φ'(s) φ'(t) s^p t^q], p + q <= 2, for the Gaussian pair s = w_j·x, t = w_l·x: one number is the dual
    activation of φ', the others its relatives (arc-cosine kernels for ReLU and its kin).

    Args:
        f: an activation or its text, continuous.
        w: W*, shape (k, d), no row zero. With `digits`, exact: text, int, Fraction, or floats, which are read by their decimal digits.
        weights: v, shape (k,), exact likewise; by default 1.
        digits: None for float64, accurate to about 1e-12 of the largest entry unless two rows are nearly parallel; N for balls.
        budget: work limits of the certified numbers.
    Returns:
        float64 of shape (kd, kd), or as many balls (`arb`) as a list of rows, ready for `network.eigenvalues`.
    Raises:
        InputError: φ jumps, wrong shapes, a row that is zero, or numbers that are not finite.

    >>> population_hessian("max(x, 0)", [[1.0, 0.0], [0.0, 1.0]]).round(4).tolist()[0]
    [0.5, 0.0, 0.25, 0.1592]
    >>> float(population_hessian("max(x, 0)", [[1, 0], ["3/5", "4/5"]], digits=15)[0][2])
    0.4288107550336765
    """
    activation = smooth_enough(f)
    rows = [[_exact(c) for c in row] for row in _nested(w)]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise InputError("W is not a matrix; write k rows of d numbers each")
    k, d = len(rows), len(rows[0])
    v = [Fraction(1)] * k if weights is None else [_exact(c) for c in listed("weights", weights)]
    if len(v) != k:
        raise InputError(f"{len(v)} weights for {k} rows of W; write one for each row")
    gram = [[sum((a * b for a, b in zip(p, q, strict=True)), Fraction(0)) for q in rows] for p in rows]
    for j in range(k):
        if gram[j][j] == 0:
            raise InputError(f"row {j} of W is zero, where φ'(w·x) is φ'(0) throughout; write a row with a length above 0")
    factors = _factors(activation)
    digits = None if digits is None else require_digits(digits)
    bits = bits_for(2 * (digits or 16), 64)
    known: dict[tuple[Fraction, Fraction, Fraction], list[arb]] = {}  # rows of equal lengths and angles share their moments
    balls: list[list[Any]] = [[None] * (k * d) for _ in range(k * d)]
    for j in range(k):
        for m in range(j, k):
            pair = (gram[j][j], gram[m][m], gram[j][m])
            if pair not in known:
                known[pair] = _pair_moments(factors, pair, digits, budget)
            with ctx.workprec(bits):
                block = _block(known[pair], rows[j], rows[m], pair, _ball(v[j] * v[m]))
            for p in range(d):
                for q in range(d):
                    balls[j * d + p][m * d + q] = balls[m * d + q][j * d + p] = block[p][q]
    return balls if digits is not None else np.array([[float(entry) for entry in row] for row in balls])


def _factors(activation: Activation) -> list[tuple[Piece, ...]]:
    """The pieces of φ'(s) s^p for p = 0, 1, 2."""
    pieces = activation.derivative().pieces
    return [tuple(Piece(p.start, p.end, p.expr * variable**power) for p in pieces) for power in range(3)]


def _pair_moments(
    factors: Sequence[tuple[Piece, ...]], gram: tuple[Fraction, Fraction, Fraction], digits: int | None, budget: Budget | None
) -> list[arb]:
    """E[φ'(s) φ'(t) s^p t^q] for (p, q) in `_POWERS`, as balls (exact midpoints when floats are asked for)."""
    first, second, cross = (Rational(c.numerator, c.denominator) for c in gram)
    r = cross / sqrt(first * second)
    if digits is None:
        return [arb(dual_float(factors[p], factors[q], (first, second), float(r))) for p, q in _POWERS]
    return [certified_dual(factors[p], factors[q], (first, second), r, digits + 2, budget) for p, q in _POWERS]


def _block(moments: Sequence[arb], one: Any, other: Any, gram: tuple[Fraction, Fraction, Fraction], weight: arb) -> list[list[arb]]:
    """weight · E[φ'(s) φ'(t) x xᵀ] = m00 I + S C⁻¹ (N − m00 C) C⁻¹ Sᵀ with S = [w_j, w_l], C = SᵀS and N_pq = E[φ'φ' s^p t^q]."""
    m00, m20, m11, m02 = moments
    d = len(one)
    aa, bb, ab = (_ball(c) for c in gram)
    if gram[0] * gram[1] == gram[2] ** 2:  # parallel rows span a line only
        frame = arb_mat([[_ball(c)] for c in one])
        inner = arb_mat([[(m20 - m00 * aa) / (aa * aa)]])
    else:
        frame = arb_mat([[_ball(p), _ball(q)] for p, q in zip(one, other, strict=True)])
        gap = arb_mat([[m20 - m00 * aa, m11 - m00 * ab], [m11 - m00 * ab, m02 - m00 * bb]])
        determinant = _ball(gram[0] * gram[1] - gram[2] ** 2)
        inverse = arb_mat([[bb / determinant, -ab / determinant], [-ab / determinant, aa / determinant]])
        inner = inverse * gap * inverse
    planar = (frame * inner * frame.transpose()).tolist()
    return [[weight * (planar[p][q] + (m00 if p == q else 0)) for q in range(d)] for p in range(d)]


def _nested(w: Any) -> list[list[Any]]:
    try:
        return [list(row) for row in w]
    except TypeError:
        raise InputError("W is not a matrix; write k rows of d numbers each") from None


def _exact(number: Any) -> Fraction:
    value = exact_rational(number, "a finite number")
    return Fraction(int(value.p), int(value.q))


def _ball(number: Fraction) -> arb:
    return enclose(Rational(number.numerator, number.denominator))
