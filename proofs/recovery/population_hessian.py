"""The expected Hessian at the truth is the quadratic form on the slide, and it is never negative.

Along W* + tA the residual starts at t, so the loss starts at t²: whatever φ'' is, it does not enter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


@dataclass(frozen=True)
class Direction:
    """A network y = Σ v_j φ(w_j·x), a direction A in which its rows move, and the labels' own rows if they are others.

    Args:
        activation: the text of φ.
        weights: v_j.
        rows: w_j.
        directions: a_j.
        truth: the rows of the network that made the labels; None for the same.
    """

    activation: str
    weights: tuple[Fraction, ...]
    rows: tuple[tuple[Fraction, ...], ...]
    directions: tuple[tuple[Fraction, ...], ...]
    truth: tuple[tuple[Fraction, ...], ...] | None = None

    def __str__(self) -> str:
        def text(rows: Any) -> str:
            return "; ".join(" ".join(map(str, row)) for row in rows)

        return f"φ = {self.activation}, v = {text([self.weights])}, W* = [{text(self.rows)}], A = [{text(self.directions)}]"


#: Activations whose E φ(s)φ(t) the literature has in closed form.
KERNELS = ("relu", "erf", "x**2", "x**3")


def _vectors(rng: Any, count: int, size: int) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(int(c), 4) for c in rng.choice([-5, -3, -2, -1, 1, 2, 4], size)) for _ in range(count))


def networks(rng: Any, count: int) -> Iterator[Direction]:
    """One unit, two parallel rows, a flat direction of the quadratic; then random ones."""
    one, zero = Fraction(1), Fraction(0)
    identity = ((one, zero), (zero, one))
    special = [
        Direction("relu", (one,), ((one, zero),), ((zero, one),)),
        Direction("erf", (one, -one), ((one, one), (2 * one, 2 * one)), identity),
        Direction("x**2", (one, one), identity, ((zero, one), (-one, zero))),
    ]
    for number in range(count):
        if number < len(special):
            yield special[number]
        else:
            k, d = int(rng.integers(1, 3)), int(rng.integers(2, 4))
            weights = tuple(Fraction(int(c), 2) for c in rng.choice([-2, -1, 1, 2, 3], k))
            yield Direction(KERNELS[number % len(KERNELS)], weights, _vectors(rng, k, d), _vectors(rng, k, d))


def other_labels(rng: Any, count: int) -> Iterator[Direction]:
    """Networks whose labels come from rows elsewhere."""
    for n in networks(rng, count):
        moved = tuple(tuple(c + Fraction(1, 2) for c in row) for row in n.rows)
        yield Direction(n.activation, n.weights, n.rows, n.directions, moved)


claim = Claim(
    "recovery/population-hessian",
    title="The expected Hessian at the truth",
    source=Source(deck="002", slide="Approach", arxiv="1706.03175"),
    kind="equality",
    statement=r"\lambda_{\min}(\nabla^2 f_{\mathcal D}(W^\star)) = \min_{\sum_j\|a_j\|^2=1}"
    r"\mathbb{E}\Bigl[\Bigl(\sum_j v_j^\star\varphi'(w_j^{\star\top}x)\,x^\top a_j\Bigr)^2\Bigr] \ge 0",
    reading="f_D = E of half the squared error; the slide leaves out v_j, which for v_j = ±1 changes the sign of a_j and no more; "
    "φ absolutely continuous, with moments",
    assumes=[Instances("networks and directions", networks, drops={"labels of the network": other_labels})],
    knobs={"constant": 1, "residual": 0},
)


@claim.derive
def along_a_line(log: Any, knobs: Any) -> None:
    import sympy

    t, slope, bend, rest, residual = sympy.symbols("t D S R r0", real=True)
    # v_j φ(w_j·x + t a_j·x), summed over j: D = Σ v_j φ'(w_j·x) a_j·x, S = Σ v_j φ''(w_j·x) (a_j·x)², and so on
    error = knobs.residual * residual + slope * t + bend * t**2 / 2 + rest * t**3
    loss = error**2 / 2
    log.series(loss, t, [0, 0, knobs.constant * slope**2 / 2], "the loss of one sample along W* + tA starts at t²D²/2")
    log.cite("differentiation-under-the-integral")  # so ⟨A, ∇²f A⟩ = E D²
    log.nonnegative(knobs.constant * slope**2, "a square: the form is nowhere negative")
    first, second, sign = sympy.symbols("g1 g2 s", real=True)
    log.equal(
        (sign * first * slope + second * bend) ** 2,
        (first * (sign * slope) + second * bend) ** 2,
        "v_j = ±1 is absorbed in the sign of a_j",
    )
    log.cite("spectral-theorem")  # the least value of the form on the unit sphere is λ_min, and it is attained


@claim.certify
def against_the_second_derivative_of_the_risk(check: Any, knobs: Any) -> None:
    """The Hessian of our engine, from moments of φ', against d²/dt² of the risk, from kernels of φ in the literature."""
    import mpmath
    from flint import ctx

    from theorycheck.network.hessian import population_hessian

    for n in check.instances(7):
        with ctx.workprec(120):
            matrix = population_hessian(n.activation, n.rows, n.weights, digits=12)
            a = [ball(c) for row in n.directions for c in row]
            size = range(len(a))
            form = sum((a[p] * matrix[p][q] * a[q] for p in size for q in size), ball(Fraction(0)))
            theory = form * knobs.constant
        with mpmath.workdps(50):
            evidence = mpmath.diff(lambda t, n=n: risk(n, t), 0, 2, h=mpmath.mpf("1e-14"))
        if check.equal(theory, evidence, "⟨A, ∇²f A⟩", digits=9) is False:
            return


def ball(number: Fraction) -> Any:
    """A rational as a ball."""
    from flint import arb, fmpq

    return arb(fmpq(number.numerator, number.denominator))


def risk(n: Direction, t: Any) -> Any:
    """½ E(Σ v_j φ((w_j + t a_j)·x) − Σ v_j φ(w_j*·x))², from the kernels E φ(s)φ(t)."""
    import mpmath

    moving = [[mpmath.mpmathify(c) + t * b for c, b in zip(w, a, strict=True)] for w, a in zip(n.rows, n.directions, strict=True)]
    still = [[mpmath.mpmathify(c) for c in w] for w in n.truth or n.rows]
    units = [(mpmath.mpmathify(v), w) for v, w in zip(n.weights, moving, strict=True)]
    units += [(-mpmath.mpmathify(v), w) for v, w in zip(n.weights, still, strict=True)]
    return mpmath.fsum(v * u * kernel(n.activation, p, q) for v, p in units for u, q in units) / 2


def kernel(activation: str, p: Any, q: Any) -> Any:
    """E φ(p·x) φ(q·x): Cho & Saul 2009 (ReLU), Williams 1997 (erf), Isserlis 1918 (powers)."""
    import mpmath

    pp, qq, pq = (mpmath.fdot(a, b) for a, b in ((p, p), (q, q), (p, q)))
    if activation == "relu":
        sine = mpmath.sqrt(max(pp * qq - pq * pq, mpmath.mpf(0)))
        return (sine + (mpmath.pi - mpmath.atan2(sine, pq)) * pq) / (2 * mpmath.pi)
    if activation == "erf":
        return 2 / mpmath.pi * mpmath.asin(2 * pq / mpmath.sqrt((1 + 2 * pp) * (1 + 2 * qq)))
    return pp * qq + 2 * pq**2 if activation == "x**2" else 9 * pp * qq * pq + 6 * pq**3


@claim.simulate(quick={"samples": 300_000}, full={"samples": 20_000_000})
def by_moving_the_rows_a_little(trial: Any, knobs: Any) -> None:
    """2/t² times the loss of single samples at W* + tA, for two units of opposite sign."""
    import numpy as np

    from theorycheck.network.hessian import population_hessian

    weights, t = np.array([1.0, -1.0]), 1e-5
    rows, directions = np.array([[1.0, 0.5], [-0.5, 1.0]]), np.array([[0.5, -1.0], [1.0, 0.5]])
    flat = directions.ravel()
    form = float(flat @ population_hessian("relu", rows, weights) @ flat)
    length = float(np.linalg.norm(directions, axis=1).sum())

    def sampler(rng: Any, size: int) -> Any:
        x = rng.standard_normal((size, 2))
        moved = np.maximum(x @ (rows + t * directions).T, 0) @ weights
        labels = np.maximum(x @ (rows + knobs.residual * t).T, 0) @ weights
        return ((moved - labels) / t) ** 2

    # abs(Σ …) ≤ Σ abs(a_j·x), so the fourth moment is at most 3 (Σ ‖a_j‖)⁴ by Minkowski; ReLU bends on a set of measure O(t)
    trial.estimate(sampler, theory=knobs.constant * form, detect=0.3, variance=3 * length**4, label="2 loss(W* + tA)/t²")


claim.mutant("without the factor one half", by="derive", constant=2)
claim.mutant("labels that W* does not give", by="derive", residual=1)
claim.mutant("without the factor one half, certified", by="certify", constant=2)
claim.mutant("labels of other rows", by="certify", drop="labels of the network")
claim.mutant("without the factor one half, sampled", by="simulate", constant=2)
