"""Certified E[f(u)g(v)] for any piecewise analytic f and g: which engine answers for which correlation.

r = 0 is a product of means and abs(r) = 1 an integral on the line. In between, analytic functions and moderate correlations go by the
Hermite (Mehler) series Σ c_k d_k r^k, whose tail Cauchy–Schwarz bounds by the norms that are left; all else is integrated in the plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import Any

from flint import acb, arb, ctx
from sympy import Expr, Rational, S, sqrt

from theorycheck.activation.balls import complex_arithmetic, enclose
from theorycheck.activation.functions import canonical, x
from theorycheck.activation.pieces import Piece, combine
from theorycheck.activation.tape import tape_of
from theorycheck.enclosure import bits_for
from theorycheck.errors import DoesNotExist, Undecided
from theorycheck.gaussian.certified import hermite_integrals, moment_integrals
from theorycheck.gaussian.envelope import Envelope, envelope
from theorycheck.gaussian.planar import planar_expectation
from theorycheck.limits import Budget

#: Up to which correlation the series is tried, for analytic functions and for others, and how many coefficients it may take.
SERIES_UP_TO, KINKED_UP_TO, MOST_TERMS = Rational(19, 20), Rational(2, 5), 512
#: Scales from which the origin, where activations bend, becomes an end of panels.
WIDE = 3


def certified_dual(
    first: Sequence[Any], second: Sequence[Any], variances: tuple[Expr, Expr], r: Expr, digits: int, budget: Budget | None = None
) -> arb:
    """E[f(u)g(v)] for a centred Gaussian pair, as a ball of radius at most 10^−digits · max(1, abs(value)).

    Args:
        first, second: the pieces of f and of g.
        variances: exact positive SymPy numbers.
        r: the correlation, an exact SymPy number in [−1, 1].
        digits: decimal digits, at least 1.
        budget: cells, bits and time.
    Raises:
        DoesNotExist: the expectation diverges.
        Undecided: the work allowed was spent.
    """
    budget = budget or Budget()
    first, second = tuple(first), tuple(second)
    if r < 0:
        second, r = reflected(second), -r
    scales = (sqrt(variances[0]), sqrt(variances[1]))
    goal = arb(10) ** (-digits)
    if any(all(p.expr == 0 for p in pieces) for pieces in (first, second)):
        return arb(0)
    if r == 1:
        return _on_the_diagonal(first, second, variances, goal / 2, budget)
    if r == 0:
        return _product_of_means(first, second, scales, digits, budget)
    graceful = [_analytic_at_ends(f) for f in (first, second)]
    if r <= (KINKED_UP_TO if len(first) + len(second) > 2 and all(graceful) else SERIES_UP_TO):
        try:
            series = hermite_series(first, second, scales, r, goal / 2, budget)
        except (DoesNotExist, Undecided):  # f may have no second moment where E[f(u)g(v)] exists
            series = None
        if series is not None and _reached(series, goal):
            return series
    return in_the_plane(first, second, scales, r, digits, budget)


def reflected(pieces: Sequence[Any]) -> tuple[Piece, ...]:
    """f(−x)."""
    return tuple(Piece(-p.end, -p.start, canonical(p.expr.subs(x, -x))) for p in reversed(pieces))


def _analytic_at_ends(pieces: Sequence[Any]) -> bool:
    """Whether every piece goes on analytically a little beyond its finite ends; √x at 0 does not, and cells would pile up there."""
    with ctx.workprec(64):
        for p in pieces:
            for end in (e for e in (p.start, p.end) if e.is_finite):
                near = acb(enclose(end, 64) + arb(0, 1e-6), arb(0, 1e-6))
                if not tape_of(p.expr).run(complex_arithmetic(), near).is_finite():
                    return False
    return True


def _reached(ball: arb, goal: arb) -> bool:
    return bool(ball.rad() <= goal * arb(abs(ball).lower()).max(arb(1)))


def _on_the_diagonal(first: Sequence[Any], second: Sequence[Any], variances: tuple[Expr, Expr], goal: arb, budget: Budget) -> arb:
    ratio = sqrt(variances[1] / variances[0])
    if ratio == 1 and tuple(first) == tuple(second):
        return moment_integrals(first, sqrt(variances[0]), [(2, 0)], goal, budget)[0]
    product = product_on_the_line(first, second, ratio)
    if all(p.expr == 0 for p in product):
        return arb(0)
    return moment_integrals(product, sqrt(variances[0]), [(1, 0)], goal, budget)[0]


def product_on_the_line(first: Sequence[Any], second: Sequence[Any], ratio: Expr) -> tuple[Piece, ...]:
    """f(x)·g(ratio x) for ratio > 0, as pieces."""
    stretched = tuple(Piece(p.start / ratio, p.end / ratio, p.expr.subs(x, ratio * x)) for p in second)
    return combine(tuple(first), stretched if ratio != 1 else tuple(second), lambda f, g: f * g)


def _product_of_means(first: Sequence[Any], second: Sequence[Any], scales: tuple[Expr, Expr], digits: int, budget: Budget) -> arb:
    goal = arb(10) ** (-digits)
    tolerance = goal / 4
    while True:
        means = [moment_integrals(f, s, [(1, 0)], tolerance, budget)[0] for f, s in ((first, scales[0]), (second, scales[1]))]
        size = 1 + arb(abs(means[0]).upper()) + arb(abs(means[1]).upper())
        with ctx.workprec(bits_for(digits, 64) + 2 * int(float(size.log()) * 1.4427)):
            product = means[0] * means[1]
        if _reached(product, goal):
            return product
        budget.check("multiplying two means")
        tolerance /= 2 * size


def hermite_series(
    first: Sequence[Any], second: Sequence[Any], scales: tuple[Expr, Expr], r: Expr, tolerance: arb, budget: Budget
) -> arb | None:
    """Σ_k E[f(s₁z)h_k(z)] E[g(s₂z)h_k(z)] r^k with its tail in the radius (Mehler); None when the series is too long.

    The tail is at most r^(K+1) √(E f² − Σ c_k²) √(E g² − Σ d_k²), sums over k <= K.
    """
    same = first == second and scales[0] == scales[1]
    sides = [(first, scales[0])] if same else [(first, scales[0]), (second, scales[1])]
    fine = tolerance / 16
    norms = [moment_integrals(f, s, [(2, 0)], fine, budget)[0] for f, s in sides]
    largest = max(float(n.upper()) for n in norms)
    fine /= 4 * (1 + arb(largest).sqrt())
    terms = 32
    while terms <= MOST_TERMS:
        tables = [hermite_integrals(f, s, terms, fine, budget) for f, s in sides]
        with ctx.workprec(int(-float(fine.log()) * 1.4427) + 64 + max(0, int(log2(1 + largest)))):
            ratio, power, total = enclose(r), arb(1), arb(0)
            for c, d in zip(tables[0], tables[-1], strict=True):
                total += c * d * power
                power *= ratio
            left = [(n - sum((c * c for c in table), arb(0))).nonnegative_part() for n, table in zip(norms, tables, strict=True)]
            tail = power * (arb(left[0].upper()) * arb(left[-1].upper())).sqrt()
            if tail < tolerance / 2:
                return total + arb(0, tail.upper())
        terms *= 2
    return None


def in_the_plane(
    first: Sequence[Any], second: Sequence[Any], scales: tuple[Expr, Expr], r: Expr, digits: int, budget: Budget
) -> arb:
    """E[f(u)g(v)] for 0 < r < 1 by quadrature in the plane, at rising precision."""
    goal = arb(10) ** (-digits)
    envelopes = [envelope(f, enclose(s, 64)) for f, s in ((first, scales[0]), (second, scales[1]))]
    require_integrable_pair(envelopes[0], envelopes[1], enclose(r, 64))
    first, second = (with_origin(f, s) for f, s in ((first, scales[0]), (second, scales[1])))
    heights = max(1.0, float((envelopes[0].height * envelopes[1].height).upper()))
    bits = bits_for(digits, 40) + int(log2(heights)) + int(max(0.0, -float(enclose(1 - r, 64).log()) * 1.4427))
    for attempt in range(4):
        try:
            with ctx.workprec(32 * (bits // 32 + 1)):
                result = planar_expectation(first, second, scales, enclose(r), (envelopes[0], envelopes[1]), goal / 2, budget)
            if _reached(result, goal):
                return result
        except Undecided:
            if attempt == 3 or budget.remaining() <= 0:
                raise
        bits = bits * 3 // 2 + 64
        if bits > budget.max_bits:
            break
    raise Undecided(f"{digits} digits were not reached at correlation {r}; fewer digits or a larger --budget may decide it")


def require_integrable_pair(first: Envelope, second: Envelope, r: arb) -> None:
    """Raise unless exp(bend (u² + v²)) is integrable, which needs bend·(1 + r) < 1/2."""
    with ctx.workprec(64):
        if first.bend.max(second.bend) * (1 + r) < arb(0.5):
            return
        both = (first.bend + second.bend) * (1 + r) / 2
        if both >= arb(0.5) and any(p and q for p, q in zip(first.certain, second.certain, strict=True)):
            raise DoesNotExist(
                f"the expectation does not exist: both factors grow like exp(b*x**2), too fast for a pair with correlation {float(r):.6g}; "
                "write smaller variances"
            )
        raise Undecided(f"the growth of the factors leaves open whether the expectation exists at correlation {float(r):.6g}")


def with_origin(pieces: Sequence[Any], scale: Expr | None = None) -> tuple[Any, ...]:
    """The pieces with 0 as a further end, towards which panels are graded; where a scale is given, only if that is large."""
    if scale is not None and not scale > WIDE:
        return tuple(pieces)
    result: list[Any] = []
    for p in pieces:
        if (not p.start.is_finite or enclose(p.start, 64) < 0) and (not p.end.is_finite or enclose(p.end, 64) > 0):
            result += [Piece(p.start, S.Zero, p.expr), Piece(S.Zero, p.end, p.expr)]
        else:
            result.append(p)
    return tuple(result)
