"""A layer of semi-random units has no spurious minimum and no degenerate saddle: what is no global minimum has negative curvature.

At a critical point with Φ_kᵀρ = q ≠ 0 the output weight v_k is 0, and the Hessian in (v_k, w_k) is [[‖Φ_k w_k‖², qᵀ], [q, 0]]/m.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from semi_random_networks import (
    axes,
    critical_points,
    derivative,
    gate_table,
    loss,
    pulls,
    second_derivative,
    two_layers,
)

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import dot

claim = Claim(
    "diverse/semi-random-global-sharp",
    title="Every critical point is a global minimum or a strict saddle",
    source=Source(deck="000", slide="Semi-random units", arxiv="1702.08882"),
    kind="implication",
    statement=r"\nabla L = 0 \Rightarrow L = \min L\ \text{or}\ \lambda_{\min}(\nabla^2 L) \le "
    r"\frac{1}{2m}\Bigl(h - \sqrt{h^2 + 4\|q\|^2}\Bigr) < 0,\quad h = \|\Phi_k w_k\|^2,\ q = \Phi_k^\top\rho \ne 0",
    reading="one hidden layer, any samples, any directions, any s, output weights of any value; k is a unit whose v_k is 0",
    assumes=[Instances("critical points with Φ_kᵀρ ≠ 0", partial(critical_points, idle=True))],
    origin="theorycheck",
    knobs={"factor": 4, "layers": 1},
)


@claim.derive
def by_the_block_of_one_unit(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("diverse/semi-random-global")  # Φ_kᵀρ = 0 for all k makes the point global, whatever v_k
    v, w, u, rho, g, x, rest = sympy.symbols("v w u rho g x rest", real=True)
    loss_of_one = (rho + v * g * (w * x + rest)) ** 2 / 2  # at v = 0 the residual is ρ
    log.equal(sympy.diff(loss_of_one, v, 2).subs(v, 0), (g * (w * x + rest)) ** 2, "∂²L/∂v² is ‖Φw‖²/m")
    log.equal(sympy.diff(loss_of_one, v, w).subs(v, 0), g * x * rho, "∂²L/∂v∂w is q/m")
    two = (rho + v * g * (w * x + u * rest)) ** 2 / 2
    log.zero(sympy.diff(two, w, u).subs(v, 0), "∂²L/∂w∂w' is 0")
    log.zero(sympy.diff(two, w, 2).subs(v, 0), "and so is ∂²L/∂w²")

    h, size = sympy.Symbol("h", nonnegative=True), sympy.Symbol("Q", positive=True)  # Q = ‖q‖
    root = sympy.sqrt(h**2 + knobs.factor * size**2)
    value = (h - root) / 2
    # the vector (λ, q): the block takes it to (hλ + Q², λq)
    log.zero(value**2 - h * value - size**2, "hλ + Q² = λ²: (λ, q) is an eigenvector of [[h, qᵀ], [q, 0]]")
    below = knobs.factor * size**2 / (2 * (h + root))
    log.zero((value + below) * (h + root), "−λ as a quotient")
    log.positive(below, "which is positive: λ is negative")


@claim.certify
def at_exact_saddles(check: Any, knobs: Any) -> None:
    import mpmath

    for problem in check.instances(9):
        here = two_layers(problem, 0) if knobs.layers == 2 else problem
        slopes = [derivative(here, axis, knobs.layers) for axis in axes(here)]
        if check.true(not any(slopes), "the gradient by exact differences is 0") is False:
            return
        bends = hessian(here, knobs.layers)
        m, n, d = len(here.labels), here.units, len(here.inputs[0])
        with mpmath.workdps(30):
            lowest = mpmath.eigsy(mpmath.matrix([[mpmath.mpmathify(c) for c in row] for row in bends]), eigvals_only=True)[0]
            height = float(loss(here, here.point, knobs.layers))
            if check.less(lowest, mpmath.mpf(-1) / 10**9, f"the least eigenvalue of the Hessian where the loss is {height:.3g}") is False:
                return
            block = [0, *range(n, n + d)]
            part = mpmath.matrix([[mpmath.mpmathify(bends[i][j]) for j in block] for i in block])
            found = mpmath.eigsy(part, eigvals_only=True)[0]
            opened = gate_table(here)
            inner = [g[0] * dot(here.point[n : n + d], x) for g, x in zip(opened, here.inputs, strict=True)]
            h, q = sum(c * c for c in inner), pulls(here)[0]
            root = mpmath.sqrt(mpmath.mpmathify(h * h + knobs.factor * dot(q, q)))
            stated = (mpmath.mpmathify(h) - root) / (2 * m)
            if check.equal(stated, found, "the least eigenvalue of the block", digits=14) is False:
                return
            check.less(lowest, stated + mpmath.mpf(10) ** -6, "the least of all is at most the least of the block, up to 1e-6")


def hessian(problem: Any, layers: int) -> list[list[Any]]:
    """All second derivatives of the loss at the point, by exact differences and polarisation."""
    directions = axes(problem)
    size = len(directions)
    found = [[0] * size for _ in range(size)]
    for i in range(size):
        found[i][i] = second_derivative(problem, directions[i], layers)
    for i in range(size):
        for j in range(i):
            both = [a + b for a, b in zip(directions[i], directions[j], strict=True)]
            found[i][j] = found[j][i] = (second_derivative(problem, both, layers) - found[i][i] - found[j][j]) / 2
    return found


claim.mutant("twice the square of q", by="derive", factor=2)
claim.mutant("eight times the square of q", by="derive", factor=8)
claim.mutant("twice the square of q, in fractions", by="certify", factor=2)
claim.mutant("two layers at 0: the Hessian vanishes", by="certify", layers=2)
