"""Is an expression non-negative on a whole interval? A ladder: structure, algebra, covering with tails; refutation by a witness."""

from __future__ import annotations

import numpy as np
from flint import arb
from sympy import Expr, Rational, S

from theorycheck.activation.floats import numpy_arithmetic
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.roots import inner_point, split_by_sign
from theorycheck.activation.tape import tape_of
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import TheorycheckError
from theorycheck.properties.algebra import rationalise
from theorycheck.properties.ranges import range_of
from theorycheck.verdict import Verdict, certified, conjunction, proved, refuted, undecided


def short(ball: arb, digits: int = 6) -> str:
    """A ball as a few correct decimals, for reasons.

    >>> short(arb(2).sqrt())
    '1.41421'
    """
    return str(ball.str(digits, radius=False)) if ball.is_finite() else "unbounded"


def nonnegative(pieces: Pieces, name: str = "f") -> Verdict:
    """Whether a function is ≥ 0 on every piece, for all arguments.

    Args:
        pieces: the function.
        name: what to call it in reasons and witnesses.
    """
    return conjunction([_on_piece(p.expr, p.start, p.end, name) for p in pieces])


def _on_piece(expr: Expr, start: Expr, end: Expr, name: str) -> Verdict:
    if not expr.has(x):
        value = value_at(expr, S.Zero)
        if value >= 0 or is_zero(expr):
            return proved(f"{name} = {expr}")
        point = inner_point(start, end)
        return refuted(f"{name}({point}) = {short(value)} < 0", witness=str(point)) if value < 0 else undecided(f"the sign of {expr}")
    lower, _ = range_of(expr, start, end)
    if lower >= 0:
        return proved(f"{name} ≥ 0 by its structure") if lower.is_exact() else certified(f"{name} ≥ {short(lower)} by its structure")
    witness = negative_point(expr, start, end)
    if witness is not None:
        value = value_at(expr, witness, 200)
        return refuted(f"{name}({witness}) = {short(value)} < 0", witness=str(witness), grade="certified")
    rational = rationalise(expr, start, end)
    if rational is not None:
        sign, where = rational.sign()
        if sign == 1:
            return proved(f"{name} ≥ 0 by exact algebra")
        if where is not None:
            return refuted(f"{name} < 0 at {where}", witness=str(where))
    if compare(start, S.Zero) < 0 < compare(end, S.Zero):  # products such as x³·tanh x show their sign on half-lines
        halves = [range_of(expr, start, S.Zero)[0], range_of(expr, S.Zero, end)[0]]
        if all(h >= 0 for h in halves):
            return proved(f"{name} ≥ 0 by its structure on each side of 0")
    try:
        parts = split_by_sign(expr, start, end)
    except TheorycheckError as error:
        return undecided(f"the sign of {name} is open: {error}; a bound on its tails would decide it")
    if all(s >= 0 for _, _, s in parts):
        return certified(f"{name} ≥ 0 by a covering and both tails")
    a, b = next((a, b) for a, b, s in parts if s < 0)
    point = inner_point(a, b)
    return refuted(f"{name}({point}) = {short(value_at(expr, point, 200))} < 0", witness=str(point), grade="certified")


def float_grid(start: Expr, end: Expr) -> np.ndarray:
    """Float64 points spread over an interval: dense near 0, reaching to ±60 (or 60 beyond a far edge), all strictly inside."""
    reach = np.concatenate([np.linspace(-8, 8, 1601), np.geomspace(8, 60, 60), -np.geomspace(8, 60, 60), [-1e-3, 1e-3, -1e-6, 1e-6]])
    low = float(start) if start.is_finite else -np.inf
    high = float(end) if end.is_finite else np.inf
    if max(low, -high) > 8:  # a half-line, or an interval, far out
        reach = np.concatenate([low + np.geomspace(1e-6, 60, 400), high - np.geomspace(1e-6, 60, 400)])
        reach = reach[np.isfinite(reach)]
    inside = np.linspace(low, high, 203)[1:-1] if np.isfinite(low) and np.isfinite(high) else reach
    points = np.unique(np.concatenate([reach, inside]))
    return points[(points > low) & (points < high)]


def negative_point(expr: Expr, start: Expr, end: Expr) -> Rational | None:
    """A short decimal point of the interval at which a ball confirms that the expression is negative."""
    points = float_grid(start, end)
    if not points.size:
        return None
    with np.errstate(all="ignore"):
        values = np.broadcast_to(tape_of(expr).run(numpy_arithmetic(), points), points.shape)
    values = np.where(np.isfinite(values), values, np.inf)
    near = np.where(np.abs(points) <= 3, values, np.inf)
    for i in (int(np.argmin(near)), *np.argsort(values)[:3]):
        if not values[i] < 0:
            continue
        for digits in (1, 2, 4, 17):
            point = Rational(f"{points[i]:.{digits}f}" if digits < 17 else repr(float(points[i])))
            inside = (not start.is_finite or value_at(point - start, S.Zero) > 0) and (
                not end.is_finite or value_at(end - point, S.Zero) > 0
            )
            if inside and value_at(expr, point, 200) < 0:
                return point
    return None
