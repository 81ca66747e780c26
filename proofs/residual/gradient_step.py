"""What one step of gradient descent does to the error, and the two bounds that the deck puts on it.

The error splits exactly into what a linear least-squares problem would leave and what the gates that differ add. The step length
η = 2/(σ²_max + σ²_min), which the deck does not write, is the only one with the factor that it prints.
"""

from __future__ import annotations

from fractions import Fraction
from math import fsum, sqrt
from typing import Any

from exact_networks import features, flat, random_steps

from theorycheck.claims import Claim, Instances, Source

SLIDE = "deck 003, slide “Guarantees: Gradient descent”"


def steps(rng: Any, count: int) -> Any:
    """Networks W, W* on common inputs, with B of full rank."""
    return random_steps(rng, count)


claim = Claim(
    "residual/gradient-step",
    title="The error recursion of gradient descent",
    source=Source(deck="003", slide="Guarantees: Gradient descent"),
    kind="upper bound",
    statement=r"\mathrm{vec}(W^{t+1} - W^\star) = (I - \frac{\eta}{n}B^\top B)\,\mathrm{vec}(W^t - W^\star) "
    r"+ \frac{\eta}{\sqrt{n}}B^\top\sum_q E_q,\quad E_q = \frac{1}{\sqrt{n}}v_q(P^\star_q - P_q)X(w_q^\star + e_q);\qquad "
    r"\|W^{t+1} - W^\star\|_F \le \tfrac{\sigma_{\max}^2 - \sigma_{\min}^2}{\sigma_{\max}^2 + \sigma_{\min}^2}\|W^t - W^\star\|_F "
    r"+ \eta\,\sigma_{\max}\sum_q\|E_q\|,\quad \sum_q\|E_q\| \le (k\sum_q\|E_q\|^2)^{1/2}",
    reading="σ the singular values of B/√n, B = B(W^t); η = 2/(σ²_max + σ²_min) in the bounds, any η in the recursion",
    assumes=[Instances("steps", steps)],
    knobs={"step": 2, "eta": 1, "block": True, "norms": 1},
)


def step_length(low: Any, high: Any, knobs: Any) -> Any:
    """η, from the extreme squares of the singular values."""
    return knobs.step / (low + high)


def contraction(low: Any, high: Any) -> Any:
    """The factor of the error."""
    return (high - low) / (high + low)


def remainder(eta: Any, sigma: Any, knobs: Any) -> Any:
    """The factor of Σ ‖E_q‖."""
    return eta**knobs.eta * sigma


def block_sum(blocks: Any, knobs: Any) -> list[Any]:
    """√n Σ_q E_q; without the index q each E_q is the whole (B* − B) vec(W* + I)/√n."""
    total = [sum(parts) for parts in zip(*blocks, strict=True)]
    return total if knobs.block else [len(blocks) * entry for entry in total]


@claim.derive
def by_linear_algebra(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("residual/linearisation")  # y = B* u*, f(X) = B u, and the gradient is −Bᵀ(y − B u)/n
    n, d = 2, 2  # sums over inputs, units and coordinates: two of each show all numbers of them
    x = sympy.Matrix(n, d, lambda i, p: sympy.Symbol(f"x{i}{p}", real=True))
    here, there = (sympy.Matrix(d, d, lambda p, q, s=s: sympy.Symbol(f"{s}{p}{q}", real=True)) for s in ("c", "t"))
    gates, true_gates = (sympy.Matrix(n, d, lambda i, q, s=s: sympy.Symbol(f"{s}{i}{q}", real=True)) for s in ("g", "h"))
    v, eta = sympy.symbols("v1 v2", real=True), sympy.Symbol("eta", positive=True)
    b, b_true = (sympy.Matrix(features(x.tolist(), g.tolist(), v)) for g in (gates, true_gates))
    u, u_true = (sympy.Matrix([m[p, q] for q in range(d) for p in range(d)]) for m in (here, there))
    moved = u + eta / n * b.T * (b_true * u_true - b * u)
    blocks = [[v[q] * (true_gates[i, q] - gates[i, q]) * (x * there)[i, q] for i in range(n)] for q in range(d)]
    total = sympy.Matrix(block_sum(blocks, knobs))
    recursion = (sympy.eye(d * d) - eta / n * b.T * b) * (u - u_true) + eta / n * b.T * total
    for place, (left, right) in enumerate(zip(moved - u_true, recursion, strict=True)):
        log.equal(left, right, f"entry {place} of the error after the step")
    a = sympy.symbols("a1 a2", real=True)
    e = sympy.symbols("b1 b2", real=True)
    lagrange = (a[0] ** 2 + a[1] ** 2) * (e[0] ** 2 + e[1] ** 2) - (a[0] * e[0] + a[1] * e[1]) ** 2
    log.nonnegative(lagrange, "two vectors span a plane: Cauchy–Schwarz there, and with it ‖a + b‖ ≤ ‖a‖ + ‖b‖")

    low = sympy.Symbol("l", positive=True)
    p, q = sympy.symbols("p q", nonnegative=True)
    between, high = low + p, low + p + q  # σ²_min ≤ h ≤ σ²_max
    log.cite("spectral-theorem")  # ‖I − (η/n) BᵀB‖ is the largest of |1 − ηh|, and ‖Bᵀr/√n‖ ≤ σ_max ‖r‖
    rate = step_length(low, high, knobs)
    factor = contraction(low, high)
    log.nonnegative(sympy.factor(factor - (1 - rate * between)), "1 − ηh is at most the factor")
    log.nonnegative(sympy.factor(factor + (1 - rate * between)), "and at least minus the factor")
    log.equal(1 - rate * low, factor, "attained at σ²_min")
    sigma = sympy.Symbol("sigma", positive=True)
    log.nonnegative(remainder(eta, sigma, knobs) - eta * sigma, "(η/√n) Bᵀ Σ E_q is at most η σ_max Σ ‖E_q‖ long")
    sizes = sympy.symbols("s1:4", nonnegative=True)
    squares = sum(s**2 for s in sizes)
    log.nonnegative(len(sizes) ** knobs.norms * squares - sum(sizes) ** 2, "(Σ ‖E_q‖)² against Σ ‖E_q‖², three units")


@claim.certify
def at_exact_steps(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.network.residual import linearisation, residual_loss, vec

    for step in check.instances(14):
        net, blocks = step.network, step.blocks()
        n, d = len(net.inputs), len(net.columns)
        error = [a - b for a, b in zip(flat(net.columns), flat(step.truth), strict=True)]
        rows, total = features(net.inputs, net.gates(), net.signs), block_sum(blocks, knobs)
        eta = Fraction(3, 7)
        rest = [t - sum((a * b for a, b in zip(row, error, strict=True)), Fraction(0)) for row, t in zip(rows, total, strict=True)]
        stated = [e + eta / n * sum(row[p] * r for row, r in zip(rows, rest, strict=True)) for p, e in enumerate(error)]
        moved = [e - eta * g for e, g in zip(error, net.gradient(), strict=True)]
        if check.equal(stated, moved, "the error after a step of 3/7 by central differences") is False:
            return
        if not any(error):
            continue

        w = np.array(net.columns, dtype=float).T - np.eye(d)
        v, x, y = (np.array(part, dtype=float) for part in (net.signs, net.inputs, net.labels))
        low, high = (s**2 for s in linearisation(w, v, x).singular_values())
        rate = step_length(low, high, knobs)
        b = np.array(rows, dtype=float)
        norm = float(np.linalg.norm(np.eye(d * d) - rate / n * b.T @ b, 2))
        if check.equal(contraction(low, high), norm, "the factor against the norm of I − (η/n) BᵀB") is False:
            return
        before = np.array([float(e) for e in error])
        after = float(np.linalg.norm(before - rate * vec(residual_loss(w, v, x, y)[1])))
        sizes = [sqrt(float(sum(e * e for e in block)) / n) for block in blocks]
        bound = contraction(low, high) * float(np.linalg.norm(before)) + remainder(rate, sqrt(high), knobs) * fsum(sizes)
        if check.less_equal(after, bound, "a step of our engine against the bound") is False:
            return
        second = rate / n * float(np.linalg.norm(b.T @ np.array(total, dtype=float)))
        if any(sizes) and check.less_equal(second, remainder(rate, sqrt(high), knobs) * fsum(sizes), "the second term") is False:
            return
        rooted = sqrt(d**knobs.norms * fsum(s * s for s in sizes))
        if any(sizes) and check.less_equal(fsum(sizes), rooted, "Σ ‖E_q‖ against Lemma 2's Σ ‖E_q‖²") is False:
            return


claim.misprint(
    "the index of E_q",
    where=SLIDE,
    printed="E_q := (B^t - B*) vec(W* + I)/√n",
    correct="E_q := v_q (P_q^t - P_q*) X (w_q* + e_q)/√n, the q-th block",
    by="derive",
    block=False,
)
claim.misprint(
    "the sum of norms",
    where=SLIDE,
    printed="Σ ‖E_q‖ ≤ ρ_3 ‖W^t - W*‖_F via Lemma 2, which bounds Σ ‖E_q‖²",
    correct="Σ ‖E_q‖ ≤ √k ρ_3 ‖W^t - W*‖_F",
    by="derive",
    norms=0,
)
claim.misprint(
    "the step length in the first line",
    where=SLIDE,
    printed="‖B^t/√n‖ ‖(B* - B^t) vec(W* + I)/√n‖",
    correct="η ‖B^t/√n‖ ‖(B* - B^t) vec(W* + I)/√n‖",
    by="derive",
    eta=0,
)
claim.mutant("half the step", by="derive", step=1)
claim.mutant("E_q without its index, certified", by="certify", block=False)
claim.mutant("the sum of norms as printed, certified", by="certify", norms=0)
claim.mutant("no step length at the second term, certified", by="certify", eta=0)
claim.mutant("twice the step", by="certify", step=4)
