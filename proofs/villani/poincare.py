"""Poincaré's inequality for the Gibbs measure, with the spectral gap as its best constant."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from theorycheck.claims import Claim, Instances, Source

#: (f, s): a parabola and two double wells, coefficients from the constant term on.
WELLS = (
    ((0, 0, Fraction(1, 2)), Fraction(1, 2)),
    ((Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)), Fraction(1, 4)),
    ((0, Fraction(1, 10), Fraction(-1, 2), 0, Fraction(1, 4)), Fraction(1, 2)),
)


def functions(rng: Any, count: int) -> Any:
    """(which potential, h as coefficients of a polynomial): h = x and odd cubics near the slowest mode first, then random ones."""
    special = [(0, (0, 1)), (1, (0, 1)), (1, (0, 3, 0, -1)), (2, (0, 1)), (2, (0, 3, 0, -1))]
    for number in range(count):
        if number < len(special):
            yield special[number]
        else:
            yield int(rng.integers(3)), tuple(int(c) for c in (0, *rng.integers(-4, 5, 3), 1))


claim = Claim(
    "villani/poincare",
    title="Poincaré's inequality with the spectral gap",
    source=Source(deck="004", slide="Theorem (Shi et al. 2020)", arxiv="2004.06977"),
    kind="upper bound",
    statement=r"\mathrm{Var}_{\mu_s}[h] \le \frac{s}{2\lambda_s}\,\mathbb{E}_{\mu_s}\|\nabla h\|^2",
    reading="L is a Villani function: the potential ‖∇L‖² − sΔL of its Witten Laplacian tends to ∞; λ_s is the spectral gap of "
    "(s/2)Δ − ∇L·∇, and no larger constant in its place will do",
    assumes=[Instances("polynomials h", functions)],
    knobs={"constant": 1},
)


@claim.derive
def by_the_expansion_in_modes(log: Any, knobs: Any) -> None:
    import sympy

    s, gap = sympy.symbols("s lambda", positive=True)
    above, c = sympy.symbols("delta c", nonnegative=True)
    f0, f1, h0, h1, h2 = sympy.symbols("f0 f1 h0 h1 h2", real=True)
    density = sympy.exp(-2 * f0 / s)

    def along(e: Any) -> Any:
        return sympy.diff(e, f0) * f1 + sympy.diff(e, h0) * h1 + sympy.diff(e, h1) * h2

    applied = s / 2 * h2 - f1 * h1
    inside = h0 * applied + s / 2 * h1**2
    log.equal(density * inside, along(density * s / 2 * h0 * h1), "in each coordinate, h·(Gh) + (s/2)(∂h)² times the density")
    log.cite("divergence-theorem")  # so E[h·(−Gh)] = (s/2) E‖∇h‖², for h of compact support and then by density
    log.cite("villani/witten-laplacian")  # −G is conjugated to the Witten Laplacian over 2s
    log.cite("schroedinger-spectrum")  # whose potential tends to ∞: h = Σ c_n φ_n, E[h·(−Gh)] = Σ λ_n c_n², Var h = Σ c_n² over n ≥ 1
    constant = sympy.Rational(knobs.constant)
    log.nonnegative(constant * (gap + above) / gap * c**2 - c**2, "each mode, with λ_n = λ + δ, gives Var no more than its share")
    log.zero(constant * gap / gap - 1, "and the slowest mode, δ = 0, gives exactly its share: the constant is the best")


def means(coefficients: Any, s: Any, h: Any) -> tuple[Any, Any]:
    """Var h and E h'² under exp(−2f/s), by quadrature with 12 digits."""
    import mpmath

    with mpmath.workdps(12):
        f, s = [mpmath.mpmathify(a) for a in coefficients[::-1]], mpmath.mpmathify(s)
        slope = [n * c for n, c in enumerate(h)][1:]

        def mean(function: Any) -> Any:
            return mpmath.quad(lambda x: function(x) * mpmath.exp(-2 * mpmath.polyval(f, x) / s), [-6, -3, -1, 0, 1, 3, 6])

        mass = mean(lambda x: 1)
        first, second = (mean(lambda x, k=k: mpmath.polyval(h[::-1], x) ** k) / mass for k in (1, 2))
        return second - first**2, mean(lambda x: mpmath.polyval(slope[::-1], x) ** 2) / mass


@lru_cache(maxsize=8)
def certified_gap(which: int) -> Any:
    """λ_s between proved bounds."""
    from theorycheck.diffusion.gap_bounds import gap_bounds

    return gap_bounds(*WELLS[which])


@claim.certify
def with_certified_gaps(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.spectral_gap import slow_modes
    from theorycheck.diffusion.wells import polynomial

    for which, h in check.instances(6):
        coefficients, s = WELLS[which]
        variance, dirichlet = means(coefficients, s, h)
        bound = dirichlet * float(knobs.constant * s) / (2 * float(certified_gap(which).ball.lower()))
        if which == 0 and len(h) == 2 and knobs.constant == 1:
            check.equal(variance, float(bound), "a parabola and h = x: equality", digits=6)
        elif check.less_equal(variance, bound, "Var h") is False:
            return
    cells, half = 1600, 4.0
    width = 2 * half / cells
    x = (np.arange(cells) + 0.5) * width - half
    for which, (coefficients, s) in enumerate(WELLS):
        f = polynomial(coefficients)(x)
        mode = slow_modes(f, width, float(s))[1][0]
        middle = (f[1:] + f[:-1]) / 2
        density, between = (np.exp(-2 * (v - f.min()) / float(s)) for v in (f, middle))
        variance = float((density * mode**2).sum() - (density * mode).sum() ** 2 / density.sum())
        dirichlet = float((between * (np.diff(mode) / width) ** 2).sum())
        stated = float(knobs.constant * s) / (2 * float(certified_gap(which)))
        check.equal(stated, variance / dirichlet, f"the slowest mode of well {which}: equality", digits=3)


@claim.simulate(quick={"samples": 100_000, "detect": 0.12}, full={"samples": 5_000_000, "detect": 0.01})
def from_the_gibbs_measure(trial: Any, knobs: Any) -> None:
    import numpy as np

    s = WELLS[1][1]
    gap = float(certified_gap(1).ball.lower())
    factor = float(knobs.constant * s) / (2 * gap)
    width = 0.6  # h = tanh(x/width), a bounded function near the slowest mode

    def sampler(rng: Any, size: int) -> Any:
        x = gibbs_sample(rng, 2 * size, float(s)).reshape(2, size)
        h = np.tanh(x / width)
        return (h[0] - h[1]) ** 2 / 2 - factor * ((1 - h[0] ** 2) / width) ** 2

    x = np.linspace(-5, 5, 8001)
    density = np.exp(-2 * (x**2 - 1) ** 2 / 4 / float(s))
    h = np.tanh(x / width)
    share = density / density.sum()
    theory = float(share @ h**2 - (share @ h) ** 2 - factor * (share @ ((1 - h**2) / width) ** 2))
    found = trial.estimate(sampler, theory, trial.detect, bounds=(-factor / width**2, 2), label="Var h − (s/2λ) E h'², h = tanh(x/0.6)")
    trial.true(found.mean - found.half_width <= 0, "and it is not positive")


def gibbs_sample(rng: Any, size: int, s: float) -> Any:
    """Independent points of the density exp(−(x² − 1)²/(2s)), by rejection from the uniform law on [−2.5, 2.5] (beyond: below 1e-11)."""
    import numpy as np

    kept = [np.empty(0)]
    while sum(map(len, kept)) < size:
        x = rng.uniform(-2.5, 2.5, 3 * size)
        kept.append(x[rng.random(3 * size) < np.exp(-((x**2 - 1) ** 2) / (2 * s))])
    return np.concatenate(kept)[:size]


claim.mutant("half the constant", by="derive", constant=Fraction(1, 2))
claim.mutant("half the constant, certified", by="certify", constant=Fraction(1, 2))
claim.mutant("one per cent more than needed, certified", by="certify", constant=Fraction(101, 100))
claim.mutant("a third of the constant, sampled", by="simulate", constant=Fraction(1, 3))
