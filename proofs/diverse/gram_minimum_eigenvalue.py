"""The least eigenvalue of the Gram matrix of uniform points: the bound of the slide fails on the circle, more surely the more points.

Two points at a small angle δ have an eigenvalue below about δ/2π. On the circle the closest two of m points are at an angle of the
order of 1/m², while mγ_m is of the order of 1/m.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: All m points are farther apart than 2πx, x = 1/(GAP·m), or the event fails; in the derivation, with room to spare, 1/(4π²m).
GAP = 20


def numbers_of_points(rng: Any, count: int) -> Any:
    """How many points on the circle."""
    return (100, 200, 400)[:count]


claim = Claim(
    "diverse/gram-minimum-eigenvalue",
    title="The least eigenvalue of the Gram matrix is at least half of m γ_m",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="Lemma 6"),
    kind="lower bound",
    statement=r"\text{With high probability}\quad \lambda_m(G) \ge m\,\gamma_m/2",
    reading="for every d the probability is at least 1/2 for all large m, x_1, …, x_m uniform on the sphere: on the circle, d = 2, it "
    "tends to 0. The paper's own bound of the probability, 1 − m exp(−mγ_m/8), is below 0 for every m ≥ 2 in every dimension",
    assumes=[Instances("numbers of points on the circle", numbers_of_points)],
    finding="refuted",
    knobs={"promised": Fraction(1, 2)},
)


def promise(m: Any, gamma: Any, knobs: Any, exp: Any) -> Any:
    """The least probability that is claimed: a number, or the paper's bound."""
    return 1 - m * exp(-m * gamma / 8) if knobs.promised == "the paper's" else knobs.promised


def kernel_gap(angle: Any, library: Any) -> Any:
    """g(1) − g(cos δ) for g(t) = t(1/2 − arccos t/2π)."""
    return library.mpf(1) / 2 - library.cos(angle) * (library.mpf(1) / 2 - angle / (2 * library.pi))


@claim.derive
def on_the_circle(log: Any, knobs: Any) -> None:
    import sympy

    angle = sympy.Symbol("delta", positive=True)
    j, n = sympy.symbols("j n", integer=True, positive=True)
    q, more = sympy.symbols("q p", nonnegative=True)
    pi, half = sympy.pi, sympy.Rational(1, 2)

    # the spectrum on the circle: degree k has the eigenvalue ∫ g cos kδ dδ/π over (0, π), twice for k ≥ 1
    log.cite("funk-hecke")
    kernel = sympy.cos(angle) * (half - angle / (2 * pi))

    def eigenvalue(k: Any) -> Any:
        return (sympy.Integer(1) / (k - 1) ** 2 + sympy.Integer(1) / (k + 1) ** 2) / (2 * pi**2)

    def primitive(k: Any) -> Any:
        parts = [(half - angle / (2 * pi)) * sympy.sin(i * angle) / i - sympy.cos(i * angle) / (2 * pi * i**2) for i in (k - 1, k + 1)]
        return sum(parts) / (2 * pi)

    log.integral(kernel * sympy.cos(2 * j * angle) / pi, (angle, 0, pi), eigenvalue(2 * j), "degree k = 2j", primitive=primitive(2 * j))
    sine, cosine = sympy.sin(angle), sympy.cos(angle)
    constant = (half - angle / (2 * pi)) * sine - cosine / (2 * pi)
    log.integral(kernel, (angle, 0, pi), 1 / pi, "degree 0, times π", primitive=constant)
    square = angle / 2 + sine * cosine / 2
    linear = half * square - (angle**2 / 4 + angle * sympy.sin(2 * angle) / 4 + sympy.cos(2 * angle) / 8) / (2 * pi)
    log.integral(kernel * cosine, (angle, 0, pi), pi / 8, "degree 1, times π", primitive=linear)
    low, step = eigenvalue(2 + 2 * more), eigenvalue(2 + 2 * more) - eigenvalue(4 + 2 * more)
    log.positive(sympy.factor(step), "the eigenvalues of even degree decrease")
    log.positive(1 / pi**2 - eigenvalue(2), "those of degree 0 and 1 are above them: 1/π² is, and so is 1/8")
    log.positive(sympy.Rational(1, 8) - 1 / pi**2, "1/8 > 1/π²")
    # so γ_m for m = 2j + 2 and 2j + 3 is that of degree 2j at least, whatever odd degrees add
    least = 1 / (pi**2 * (4 + 2 * more) ** 2)
    log.positive(sympy.factor(low - least), "γ_m > 1/(π²m²), as m ≥ 2j + 2")

    # two points at the angle δ
    log.cite("spectral-theorem")  # λ_m ≤ u·Gu for the unit vector u = (e_i − e_j)/√2, which is g(1) − g(cos δ)
    h = angle / 2  # half of the angle now: δ = 2h
    first, second = (1 - sympy.cos(2 * h)) / 2, h * sympy.cos(2 * h) / pi
    log.equal(half - kernel, first + second, "g(1) − g(cos δ)")
    x = sympy.Symbol("h", positive=True)
    log.equal(1 - sympy.cos(2 * x), 2 * sympy.sin(x) ** 2, "1 − cos 2h = 2 sin² h, so the second part is at most h/π = δ/2π")
    rest = x**2 - sympy.sin(x) ** 2
    for order in (0, 1):
        log.zero(sympy.diff(rest, x, order).subs(x, 0), f"h² − sin² h: derivative {order} at 0")
    log.equal(sympy.diff(rest, x, 2), 4 * sympy.sin(x) ** 2, "and its second derivative is nowhere negative")
    log.cite("fundamental-theorem-of-calculus")  # so the first part is at most h² = δ²/4
    m = 2 + more
    share = 1 / (4 * pi**2 * m)  # δ = 2πx
    log.positive(sympy.factor(1 / (2 * pi**2 * m) - share - pi**2 * share**2), "for δ = 2πx, x = 1/4π²m: λ_m ≤ x + π²x² < mγ_m/2")

    # so λ_m ≥ mγ_m/2 only when all gaps exceed x
    log.cite("circle-spacings")
    chance = (1 - 1 / (4 * pi**2)) ** (n - 1)
    log.equal((1 - n * share.subs(more, n - 2)) ** (n - 1), chance, "that has the probability (1 − mx)^(m−1)")
    log.limit(chance, n, sympy.oo, 0, "which tends to 0")

    # the paper's own bound: mγ_m ≤ Σ γ_u = 1/2, so mγ_m/8 ≤ 1/16
    log.cite("mercer-trace")
    log.equal(kernel.subs(angle, 0), half, "g(1) = 1/2")
    log.positive(-sympy.diff(sympy.exp(-q), q), "exp(−q) decreases, and q = mγ_m/8 ≤ 1/16")
    log.positive(2 * sympy.exp(-sympy.Rational(1, 16)) - 1, "for m ≥ 2 the paper's bound is at most 1 − 2 exp(−1/16), below 0")
    if knobs.promised == "the paper's":
        log.nonnegative(chance.subs(n, 1 + n), "a probability is at least 0, so the paper's bound says nothing, and holds")
    else:
        stated = promise(n, None, knobs, sympy.exp)
        log.nonnegative(0 - sympy.Rational(stated.numerator, stated.denominator), "the limit 0 is at least what is promised")


@claim.certify
def against_the_closest_pair(check: Any, knobs: Any) -> None:
    """The chance of the event on the circle is at most (1 − mx)^(m−1) when a gap of 2πx excludes it."""
    import mpmath

    from theorycheck.sphere.spectrum import largest_eigenvalue

    with mpmath.workdps(20):
        for m in check.instances(3):
            k = 2 * ((m - 2) // 2)
            panels = [mpmath.pi * i / (k // 4) for i in range(k // 4 + 1)]
            integral = mpmath.quad(lambda a, k=k: (mpmath.mpf(1) / 2 - kernel_gap(a, mpmath)) * mpmath.cos(k * a), panels, maxdegree=4)
            gamma = integral / mpmath.pi
            check.equal(largest_eigenvalue(m, 2, digits=18), gamma, "γ_m by its closed form and by quadrature", digits=15)
            x = mpmath.mpf(1) / (GAP * m)
            check.less(kernel_gap(2 * mpmath.pi * x, mpmath), m * gamma / 2, "two points closer than 2πx exclude the event")
            check.less(1 - m * mpmath.exp(-m * gamma / 8), mpmath.mpf(0), "the paper's bound of the probability is negative")
            ceiling = (1 - m * x) ** (m - 1)
            stated = promise(m, gamma, knobs, mpmath.exp)
            if check.less_equal(mpmath.mpmathify(stated), ceiling, "what is promised is at most the chance of gaps above x") is False:
                return


def event(rng: Any, dimension: int, points: int) -> dict[str, Any]:
    """Whether λ_m(G) ≥ mγ_m/2 for uniform points, and their quotient."""
    import numpy as np

    from theorycheck.sphere.kernels import gradient_gram
    from theorycheck.sphere.sampling import uniform_points
    from theorycheck.sphere.spectrum import largest_eigenvalue

    least = float(np.linalg.eigvalsh(gradient_gram(uniform_points(rng, points, dimension)))[0])
    quotient = least / (points * largest_eigenvalue(points, dimension) / 2)
    return {"happens": int(quotient >= 1), "quotient": quotient}


@claim.simulate(quick={"points": (100, 200), "runs": 30}, full={"points": (30, 100, 300, 1000), "runs": 100})
def points_of_the_circle(trial: Any, knobs: Any) -> None:
    from math import exp

    from theorycheck.sphere.spectrum import largest_eigenvalue

    rows = trial.sweep(event, [{"dimension": 2, "points": m} for m in trial.points for _ in range(trial.runs)])
    curve = []
    for m in trial.points:
        share = sum(row["happens"] for row in rows if row["points"] == m) / trial.runs
        curve.append({"points": m, "share": share, "bound": (1 - 1 / GAP) ** (m - 1)})
        if m >= 100:
            stated = float(promise(m, largest_eigenvalue(m, 2), knobs, exp))
            trial.true(stated <= share, f"m = {m}: {share:.3g} of {trial.runs} runs, {stated:.3g} promised")
    columns = [{"points": c["points"], "probability": c[key], "curve": name} for key, name in LEGEND for c in curve]
    title = "How often λ_m(G) ≥ m γ_m/2 on the circle"
    trial.figure("gram-on-the-circle", columns, x="points", y="probability", by="curve", log="x", title=title)


#: The curves of the figure.
LEGEND = (("share", "measured"), ("bound", "chance that no pair excludes it"))

claim.mutant("with probability 1/10", by="derive", promised=Fraction(1, 10))
claim.mutant("with probability 1/10, by the closest pair", by="certify", promised=Fraction(1, 10))
claim.mutant("with probability 1/4, sampled", by="simulate", promised=Fraction(1, 4))
claim.control("with the paper's own probability, which is negative", promised="the paper's")
