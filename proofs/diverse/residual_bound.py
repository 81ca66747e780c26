"""The key inequality: a small gradient and a least singular value away from zero make a small residual."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from relu_gradients import Sample, determined_networks, differences, errors, features, gram, outputs

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import dot

claim = Claim(
    "diverse/residual-bound",
    title="The residual is at most the gradient over the least singular value",
    source=Source(deck="000", slide="Bounding the error", arxiv="1611.03131", note="eq. (7)"),
    kind="upper bound",
    statement=r"\|r\| \le \frac{1}{s_m(D)}\,\Bigl\|\frac{\partial L}{\partial W}\Bigr\|,\quad r = \tfrac1m\bigl(f(x_l)-y_l\bigr)_{l\le m}",
    reading="nd ≥ m and s_m(D) > 0, away from kinks; tight: for some labels it is an equality. The slide does not say what r is; with "
    "r = f − y it is false",
    assumes=[Instances("networks with nd ≥ m", determined_networks)],
    knobs={"average": 1, "constant": Fraction(1)},
)


def stated_residual(error: Any, m: Any, knobs: Any) -> Any:
    """The entry of the r that the inequality speaks of, from f(x_l) − y_l."""
    return error / m**knobs.average


@claim.derive
def in_the_eigenbasis(log: Any, knobs: Any) -> None:
    import sympy

    d, r = sympy.Matrix(3, 2, sympy.symbols("d:6", real=True)), sympy.Matrix(sympy.symbols("r:2", real=True))
    log.equal((d * r).dot(d * r), (r.T * d.T * d * r)[0], "‖Dr‖² = r·(DᵀD)r, entry by entry as for these sizes")
    log.cite("diverse/gradient-factorisation")  # ∂L/∂W = D r with r = (f − y)/m
    log.cite("spectral-theorem")  # DᵀD = Σ λ_i u_i u_iᵀ, and λ_m = s_m² is the least
    least, error = sympy.symbols("s e", positive=True)
    excess, more = sympy.symbols("g p", nonnegative=True)
    m = 1 + more  # m ≥ 1
    constant = sympy.Rational(knobs.constant.numerator, knobs.constant.denominator)
    # along u_i: λ_i = s² + g, and e is the coordinate of f − y
    gradient = (least**2 + excess) * (error / m) ** 2
    bound = least**2 * stated_residual(error, m, knobs) ** 2 / constant**2
    log.nonnegative(gradient - bound, "along every eigenvector the gradient's share is at least s_m² times the residual's")
    log.equal(gradient.subs(excess, 0), bound, "along u_m it is an equality: the bound is tight")


@claim.certify
def with_exact_gradients(check: Any, knobs: Any) -> None:
    from flint import arb, ctx, fmpq

    from theorycheck.network.eigenvalues import smallest_eigenvalue

    for net in check.instances(12):
        m = len(net.inputs)
        with ctx.workprec(200):
            least = smallest_eigenvalue([[arb(fmpq(c.numerator, c.denominator)) for c in row] for row in gram(net)], 25).lower()
            slope = differences(net)
            r = [stated_residual(e, m, knobs) for e in errors(net)]
            square = dot(r, r) / knobs.constant**2
            bound = least * arb(fmpq(square.numerator, square.denominator))
            positive = check.less(0, least, "s_m(D)² is positive; below stands a number under it by 1e-25, for where it is attained")
            within = check.less_equal(bound, dot(slope, slope), "s_m² ‖r‖² against ‖∂L/∂W‖², by exact differences")
        if False in (positive, within):
            return
        if check.equal(1, tightness(net, knobs), "‖∂L/∂W‖/(s_m ‖r‖) for labels along the last singular vector", digits=12) is False:
            return


def tightness(net: Sample, knobs: Any) -> Any:
    """‖∂L/∂W‖/(s_m ‖r‖) times the constant when the labels put f − y along the last right singular vector of D, by mpmath."""
    import mpmath

    with mpmath.workdps(40):
        d = mpmath.matrix([[mpmath.mpmathify(c) for c in row] for row in features(net)])
        values, vectors = mpmath.eigsy(d.T * d)
        last = min(range(len(values)), key=lambda i: values[i])
        vector = [Fraction(str(vectors[i, last])) for i in range(len(values))]  # to 40 digits
        aligned = replace(net, targets=tuple(f - e for f, e in zip(outputs(net), vector, strict=True)))
        slope = differences(aligned)
        r = [stated_residual(e, len(vector), knobs) for e in errors(aligned)]
        ratio = dot(slope, slope) / dot(r, r) * knobs.constant**2
        return mpmath.sqrt(mpmath.mpmathify(ratio) / values[last])


claim.mutant("r without 1/m", by="derive", average=0)
claim.mutant("half the bound", by="derive", constant=Fraction(1, 2))
claim.mutant("twice the bound is not tight", by="derive", constant=Fraction(2))
claim.mutant("r without 1/m, at networks", by="certify", average=0)
claim.mutant("one per cent less", by="certify", constant=Fraction(99, 100))
