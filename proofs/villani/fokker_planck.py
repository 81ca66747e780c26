"""The law of the diffusion that stands for SGD solves the Fokker-Planck equation, in every dimension."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def potentials(rng: Any, count: int) -> Any:
    """(f, s): coefficients of a confining polynomial, constant term first; a double well, a parabola, then tilted wells."""
    yield (Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)), Fraction(1, 2)
    yield (0, 0, Fraction(1, 2)), Fraction(1)
    for _ in range(count - 2):
        tilt, bend = Fraction(int(rng.integers(-8, 9)), 16), Fraction(int(rng.integers(-8, 9)), 16)
        yield (0, tilt, bend, Fraction(1, 8), Fraction(1, 4)), Fraction(int(rng.integers(4, 13)), 12)


claim = Claim(
    "villani/fokker-planck",
    title="The density of the SDE solves the Fokker–Planck equation",
    source=Source(deck="004", slide="Summary of arXiv: 2004.06977", arxiv="2004.06977"),
    kind="equality",
    statement=r"dW = -\nabla\tilde L\,dt + \sqrt{s}\,dB \;\Rightarrow\; "
    r"\frac{\partial\rho_s}{\partial t} = \nabla\cdot(\rho_s\nabla\tilde L) + \frac{s}{2}\Delta\rho_s",
    reading="L smooth, no explosion, a density that is C¹ in time and C² in space",
    assumes=[Instances("confining polynomials", potentials)],
    knobs={"drift": 1, "diffusion": 1},
)


@claim.derive
def by_the_adjoint(log: Any, knobs: Any) -> None:
    import sympy

    s, theta, spread, t = sympy.symbols("s theta v t", positive=True)
    x, a = sympy.symbols("x a", real=True)
    r0, r1, r2, p0, p1, p2, f1, f2 = sympy.symbols("r0 r1 r2 p0 p1 p2 f1 f2", real=True)
    following = {r0: r1, r1: r2, p0: p1, p1: p2, f1: f2}  # the values at one point of ρ, φ, ∂f and their derivatives in one coordinate

    def along(e: Any) -> Any:
        return sum(sympy.diff(e, symbol) * derivative for symbol, derivative in following.items())

    log.cite("ito-formula")  # ∫ φ ∂ρ/∂t = ∫ ρ((s/2)Δφ − ∇f·∇φ)
    operator = knobs.drift * along(r0 * f1) + knobs.diffusion * s / 2 * r2
    flux = s / 2 * (r0 * p1 - p0 * r1) - r0 * p0 * f1
    log.equal(r0 * (s / 2 * p2 - f1 * p1) - p0 * operator, along(flux), "in each coordinate the two sides differ by a derivative")
    log.cite("divergence-theorem")  # so ∫ φ(∂ρ/∂t − div(ρ∇f) − (s/2)Δρ) = 0 for every φ
    log.cite("vanishing-integral")  # with φ the bracket times a bump: the bracket is 0

    def residual(logarithm: Any, change: Any, slope: Any) -> Any:
        """The equation over ρ, for ρ = exp(logarithm) with ∂(log ρ)/∂t = change: no exponential is left to cancel."""
        climb = sympy.diff(logarithm, x)
        pushed = knobs.drift * (sympy.diff(slope, x) + slope * climb)
        return change - pushed - knobs.diffusion * s / 2 * (sympy.diff(climb, x) + climb**2)

    q = sympy.Symbol("q", positive=True)  # exp(−θt), so that ∂/∂t = −θq ∂/∂q
    variance = s / (2 * theta) + (spread - s / (2 * theta)) * q**2
    normal = -((x - a * q) ** 2) / (2 * variance) - sympy.log(variance) / 2
    left = sympy.together(residual(normal, -theta * q * sympy.diff(normal, q), theta * x))
    log.zero(left, "a parabola: the normal law with mean a·exp(−θt), known in closed form, solves the equation")
    benes = sympy.log(sympy.cosh(x)) - sympy.log(t) / 2 - s * t / 2 - (x - a) ** 2 / (2 * s * t)
    left = residual(benes, sympy.diff(benes, t), -s * sympy.tanh(x)).rewrite(sympy.exp)
    left = sympy.together(left.subs(sympy.exp(x), sympy.Symbol("e", positive=True)))
    log.zero(left, "Beneš' diffusion with the drift s·tanh(x), whose density is known in closed form, too")


def euler_means(slope: Any, s: float, time: float, doublings: int, spread: float, center: float) -> Any:
    """E X and E X² of Euler's scheme with 2^doublings steps, by quadrature of its Gaussian kernel: the SDE alone, no equation."""
    import numpy as np

    x = np.linspace(-3.2, 3.2, 385)
    h, width = time / 2**doublings, x[1] - x[0]
    mean = x - h * slope(x)
    kernel = np.exp(-((x[:, None] - mean) ** 2) / (2 * s * h)) * (width / np.sqrt(2 * np.pi * s * h))
    law = np.exp(-((x - center) ** 2) / (2 * spread**2)) * (width / np.sqrt(2 * np.pi) / spread)
    for _ in range(2**doublings):
        law = kernel @ law
    return np.array([x @ law, x**2 @ law])


@claim.certify
def against_products_of_gaussian_kernels(check: Any, knobs: Any) -> None:
    import numpy as np
    from scipy.special import ndtr

    from theorycheck.diffusion.fokker_planck import evolve
    from theorycheck.diffusion.wells import polynomial

    cells, center, spread, time = 640, 0.5, 0.3, 0.5
    width = 6.4 / cells
    x = (np.arange(cells) + 0.5) * width - 3.2
    start = np.diff(ndtr((np.arange(cells + 1) * width - 3.2 - center) / spread))
    for coefficients, s in check.instances(3):
        f, slope = polynomial(coefficients), polynomial(coefficients, 1)
        (law,) = evolve(knobs.drift * f(x), width, float(knobs.diffusion * s), start, [time])
        check.true(bool((law >= 0).all()) and abs(law.sum() - start.sum()) < 1e-12, "masses are nonnegative and their sum is kept")
        coarse, middle, fine = (euler_means(slope, float(s), time, n, spread, center) for n in (4, 5, 6))
        evidence = (8 * fine - 6 * middle + coarse) / 3  # the errors of first and second order in the step cancel
        if check.equal([float(x @ law), float(x**2 @ law)], evidence.tolist(), "E X and E X² of the SDE", digits=3) is False:
            return


@claim.simulate(quick={"samples": 60_000, "detect": 0.03, "step": 0.02}, full={"samples": 2_000_000, "detect": 0.006, "step": 0.004})
def with_particles(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.fokker_planck import evolve
    from theorycheck.diffusion.langevin import langevin

    s, time, cells = 0.5, 1.0, 64
    width = 5.12 / cells
    x = (np.arange(cells) + 0.5) * width - 2.56
    tilted = (x[:, None] ** 2 - 1) ** 2 / 4 + x[None, :] ** 2 / 2 + x[:, None] * x[None, :] / 3
    place = int(np.argmin(abs(x - 0.6)))
    start = np.zeros((cells, cells))
    start[place, place] = 1.0
    (law,) = evolve(knobs.drift * tilted, width, knobs.diffusion * s, start, [time])

    def gradient(w: Any) -> Any:
        return np.stack([w[0] ** 3 - w[0] + w[1] / 3, w[1] + w[0] / 3])

    def sampler(rng: Any, size: int) -> Any:
        # a cell stands for the point mass at the start: uniform in it
        here = np.full((2, size), x[place]) + width * (rng.random((2, size)) - 0.5)
        for w in langevin(gradient, here, s, trial.step, round(time / trial.step), rng):
            here = w
        return ((here[0] > 0.32) & (here[1] < 0)).astype(float)

    theory = float(law[x > 0.32][:, x < 0].sum())
    trial.estimate(sampler, theory, trial.detect, bounds=(0, 1), label="P(X > 0.32, Y < 0) at time 1, in the plane")


claim.mutant("the sign of the drift", by="derive", drift=-1)
claim.mutant("the diffusion without the half", by="derive", diffusion=2)
claim.mutant("the sign of the drift, by kernels", by="certify", drift=-1)
claim.mutant("the diffusion without the half, by kernels", by="certify", diffusion=2)
claim.mutant("the diffusion without the half, sampled", by="simulate", diffusion=2)
claim.mutant("the sign of the drift, sampled", by="simulate", drift=-1)
