"""What one step of alternating minimisation does to the error: only the gates that differ are left of it.

With the gates held, the loss is a linear least-squares problem, so the step is the Gauss–Newton step; once all gates agree it ends at W*.
The printed factor σ_max/σ²_min is not needed: 1/σ_min is the norm of the pseudoinverse.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

from exact_networks import features, flat, preactivations, random_steps

from theorycheck.claims import Claim, Instances, Source

SLIDE = "deck 003, slide “Guarantees: Alternating minimization”"


def steps(rng: Any, count: int) -> Any:
    """Networks W, W* on common inputs, with B of full rank."""
    return random_steps(rng, count)


claim = Claim(
    "residual/alternating-step",
    title="The error recursion of alternating minimisation",
    source=Source(deck="003", slide="Guarantees: Alternating minimization"),
    kind="upper bound",
    statement=r"\mathrm{vec}(W^{t+1} + I) = (B^\top B)^{-1}B^\top y = \mathrm{vec}(W^\star + I) + "
    r"(B^\top B)^{-1}B^\top(B^\star - B)\,\mathrm{vec}(W^\star + I);\qquad "
    r"\|W^{t+1} - W^\star\|_F \le \frac{1}{\sigma_{\min}}\|E\| \le \frac{\sigma_{\max}}{\sigma_{\min}^2}\|E\|,\quad "
    r"E = \frac{1}{\sqrt{n}}(B^\star - B)\,\mathrm{vec}(W^\star + I)",
    reading="B = B(W^t) of full column rank, σ the singular values of B/√n; the middle bound is ours; the step is the Gauss–Newton step",
    assumes=[Instances("steps", steps)],
    knobs={"other": False, "pseudoinverse": 1, "power": 1, "strict": False},
)


def stated_minimiser(rows: Any, others: Any, labels: Any, knobs: Any) -> tuple[list[Any], Any]:
    """(BᵀB)⁻¹Bᵀy as numerators and their denominator; with the knob the first B is that of other gates.

    The denominator is the determinant for symbols, 1 for rationals.
    """
    first = others if knobs.other else rows
    size = len(rows[0])
    gram = [[sum(a[p] * b[q] for a, b in zip(first, rows, strict=True)) for q in range(size)] for p in range(size)]
    right = [sum(row[p] * y for row, y in zip(rows, labels, strict=True)) for p in range(size)]
    if all(isinstance(c, (int, Fraction)) for c in right):
        from flint import fmpq, fmpq_mat

        exact = [[fmpq(c.numerator, c.denominator) for c in row] for row in (*gram, right)]
        found = fmpq_mat(exact[:-1]).solve(fmpq_mat([[c] for c in exact[-1]]))
        return [Fraction(int(c.p), int(c.q)) for c in found.entries()], Fraction(1)
    import sympy

    return list(sympy.Matrix(gram).adjugate() * sympy.Matrix(right)), sympy.Matrix(gram).det()


def factors(low: Any, high: Any, knobs: Any) -> tuple[Any, Any]:
    """The two factors of ‖E‖, from σ_min and σ_max."""
    return knobs.pseudoinverse / low, high / low ** (2 * knobs.power)


@claim.derive
def by_the_normal_equations(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("residual/linearisation")  # the gates held, the outputs are B vec(W + I), and y = B* u*
    n, size = 3, 2  # identities between matrices: three inputs and two unknowns show every size
    b, other = (sympy.Matrix(n, size, lambda i, p, s=s: sympy.Symbol(f"{s}{i}{p}", real=True)) for s in ("b", "o"))
    y = sympy.Matrix(sympy.symbols("y1:4", real=True))
    u, z, least = (sympy.Matrix(sympy.symbols(f"{s}1 {s}2", real=True)) for s in ("u", "z", "m"))
    loss = ((b * z - y).T * (b * z - y))[0]
    for p in range(size):
        log.equal(sympy.diff(loss, z[p]) / 2, (b.T * (b * z - y))[p], f"normal equation {p}")
    over, scale = stated_minimiser(b.tolist(), other.tolist(), list(y), knobs)
    found = sympy.Matrix(over)
    for p in range(size):
        log.zero(sympy.expand((b.T * (b * found - scale * y))[p]), f"the stated minimiser solves it, both times det BᵀB: {p}")
    apart = ((b * (z - least)).T * (b * (z - least)))[0]
    normal = (2 * (z - least).T * b.T * (b * least - y))[0]
    log.equal(loss - loss.subs(dict(zip(z, least, strict=True))), apart + normal, "off a point m: a square and the normal equations at m")
    rest = sympy.Matrix(stated_minimiser(b.tolist(), other.tolist(), list(y - b * u), knobs)[0])
    for p in range(size):  # y = B* u*, so y − B u* is (B* − B) u*
        log.equal(found[p], (scale * u + rest)[p], f"entry {p}, times det BᵀB: u* plus what y − B u* adds")
    here = sympy.Matrix(sympy.symbols("w1 w2", real=True))
    for i in range(n):
        linearised = (y - b * here)[i] - (b * (z - here))[i]
        log.equal((y - b * z)[i], linearised, f"residual {i}: y − f(W) less the derivative of f along W' − W, so it is Gauss–Newton")

    log.cite("spectral-theorem")  # ‖(BᵀB/n)⁻¹ Bᵀr/√n‖² = Σ c_i²/σ_i² in the eigenvectors of BᵀB
    low = sympy.Symbol("l", positive=True)
    p, q = sympy.symbols("p q", nonnegative=True)
    sigma, high = low + p, low + p + q
    sharp, printed = factors(low, high, knobs)
    log.nonnegative(sympy.factor(sharp - 1 / sigma), "σ/σ² is at most 1/σ_min")
    log.nonnegative(sympy.factor(printed - sharp), "which is at most σ_max/σ²_min")
    kappa = high**2 / low**2
    log.equal(printed, kappa / high, "σ_max/σ²_min is κ/σ_max, κ = σ²_max/σ²_min: ρ_AM = κρ_3/σ_max")
    if knobs.strict:
        log.positive(kappa / high - printed, "and is below it")


@claim.certify
def at_exact_steps(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.network.residual import linearisation, vec
    from theorycheck.training.alternating_minimization import alternating_minimization

    for step in check.instances(14):
        net, n = step.network, len(step.network.inputs)
        d = len(net.columns)
        true_gates = [[int(b > 0) for b in row] for row in preactivations(net.inputs, step.truth)]
        rows, there = (features(net.inputs, gates, net.signs) for gates in (net.gates(), true_gates))
        try:
            found, _ = stated_minimiser(rows, there, net.labels, knobs)
        except ZeroDivisionError:
            check.true(False, "the matrix of the normal equations is singular although B has full rank")
            return
        # evidence: the labels less the outputs are orthogonal to every column of B, which determines the minimiser
        rest = [y - sum((a * b for a, b in zip(row, found, strict=True)), Fraction(0)) for row, y in zip(rows, net.labels, strict=True)]
        for p in range(d * d):
            if check.equal(0, sum((row[p] * r for row, r in zip(rows, rest, strict=True)), Fraction(0)), f"column {p}") is False:
                return
        total = [sum(parts, Fraction(0)) for parts in zip(*step.blocks(), strict=True)]
        target = flat(step.truth)
        split = [t + s for t, s in zip(target, stated_minimiser(rows, rows, total, knobs)[0], strict=True)]
        check.equal(found, split, "vec(W* + I) plus what the gates that differ add")

        w = np.array(net.columns, dtype=float).T - np.eye(d)
        v, x, y = (np.array(part, dtype=float) for part in (net.signs, net.inputs, net.labels))
        *_, last = alternating_minimization((x, y), v, w, 1)
        check.equal([float(c) for c in found], vec(last.weights + np.eye(d)), "the step of our engine", digits=8)
        error = sqrt(float(sum((a - b) ** 2 for a, b in zip(found, target, strict=True))))
        size = sqrt(float(sum(t * t for t in total)) / n)
        if size == 0:
            check.equal(0.0, error, "no gate differs: the step ends at W*")
            continue
        sharp, printed = factors(*linearisation(w, v, x).singular_values(), knobs)
        if check.less_equal(error, sharp * size, "error against ‖E‖/σ_min") is False:
            return
        if check.less_equal(sharp, printed, "1/σ_min against σ_max/σ²_min") is False:
            return


claim.misprint(
    "the superscript of B",
    where=SLIDE,
    printed="(B^{t⊤} B^{t'})^{-1} B^{t'⊤} y",
    correct="(B^{t'⊤} B^{t'})^{-1} B^{t'⊤} y",
    by="derive",
    other=True,
)
claim.misprint(
    "strictly below ρ_AM",
    where=SLIDE,
    printed="(σ_max/σ²_min) ρ_3 ‖W^t - W*‖_F < ρ_AM ‖W^t - W*‖_F, then ρ_AM = κ ρ_3/σ_max",
    correct="(σ_max/σ²_min) ρ_3 = κ ρ_3/σ_max = ρ_AM",
    by="derive",
    strict=True,
)
claim.mutant("half the norm of the pseudoinverse", by="derive", pseudoinverse=Fraction(1, 2))
claim.mutant("the gates of W* in the first B", by="certify", other=True)
claim.mutant("a quarter of the norm of the pseudoinverse", by="certify", pseudoinverse=Fraction(1, 4))
claim.mutant("σ_max/σ⁰_min", by="certify", power=0)
