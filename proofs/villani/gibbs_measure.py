"""The Gibbs density exp(−2L/s) is stationary for the Fokker-Planck equation, because its flux vanishes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def potentials(rng: Any, count: int) -> Any:
    """(f, s): a double well, a parabola, then tilted wells; coefficients from the constant term on."""
    yield (Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)), Fraction(1)
    yield (0, 0, Fraction(1, 2)), Fraction(1, 2)
    for _ in range(count - 2):
        tilt, cube = Fraction(int(rng.integers(-8, 9)), 16), Fraction(int(rng.integers(-4, 5)), 16)
        yield (0, tilt, Fraction(-1, 4), cube, Fraction(1, 4)), Fraction(int(rng.integers(6, 13)), 12)


claim = Claim(
    "villani/gibbs-measure",
    title="The Gibbs density is stationary",
    source=Source(deck="004", slide="Summary of arXiv: 2004.06977", arxiv="2004.06977"),
    kind="equality",
    statement=r"\mu_s(W) = \frac{1}{Z_s}\exp\left(-\frac{2\tilde L(W)}{s}\right)",
    reading="μ_s is a stationary solution of ∂ρ/∂t = div(ρ∇L) + (s/2)Δρ where Z_s is finite, and the law of the SDE started from it "
    "does not move",
    assumes=[Instances("confining polynomials", potentials)],
    knobs={"power": 2},
)


@claim.derive
def by_a_vanishing_flux(log: Any, knobs: Any) -> None:
    import sympy

    s = sympy.Symbol("s", positive=True)
    f0, f1, f2 = sympy.symbols("f0 f1 f2", real=True)  # f and its first two derivatives in one coordinate, at one point
    density = sympy.exp(-knobs.power * f0 / s)

    def along(e: Any) -> Any:
        return sympy.diff(e, f0) * f1 + sympy.diff(e, f1) * f2

    flux = density * f1 + s / 2 * along(density)
    log.zero(flux, "the flux ρ∇f + (s/2)∇ρ vanishes in each coordinate")
    log.zero(along(density * f1) + s / 2 * along(along(density)), "so does its divergence, the right side of the equation")
    log.equal(along(sympy.log(density)), -2 * f1 / s, "∇log ρ = −2∇f/s: no other density has no flux, up to the constant Z")


@claim.certify
def against_the_stationary_law_of_the_steps(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck.diffusion.fokker_planck import generator, gibbs_masses
    from theorycheck.diffusion.wells import polynomial

    for coefficients, s in check.instances(3):
        f, slope = polynomial(coefficients), polynomial(coefficients, 1)
        with mpmath.workdps(15):
            downwards = [mpmath.mpmathify(a) for a in coefficients[::-1]]

            def term(x: Any, n: int, row: Any = downwards, s: Any = s) -> Any:
                return x**n * mpmath.exp(-knobs.power * mpmath.polyval(row, x) / s)

            moments = [mpmath.quad(lambda x, n=n, term=term: term(x, n), [-4, -2, 0, 2, 4]) for n in (0, 1, 2)]
        stated = [float(moments[1] / moments[0]), float(moments[2] / moments[0])]
        coarse, middle, fine = (stationary_means(slope, float(s), h) for h in (1 / 16, 1 / 32, 1 / 64))
        evidence = (8 * fine - 6 * middle + coarse) / 3  # the errors of first and second order in the step cancel
        if check.equal(stated, evidence.tolist(), "E X and E X² of the SDE in the long run", digits=3) is False:
            return
        x = np.linspace(-2, 2, 30)
        plane = f(x)[:, None] + f(x)[None, :] + x[:, None] * x[None, :] / 4
        masses = gibbs_masses(plane * knobs.power / 2, float(s))
        change = generator(plane, x[1] - x[0], float(s)) @ masses.ravel()
        check.true(float(abs(change).max()) < 1e-11, "in the plane the finite volumes leave it where it is")


def stationary_means(slope: Any, s: float, h: float) -> Any:
    """E X and E X² under the stationary law of X − h f'(X) + √(sh) N(0, 1), by quadrature of the kernel."""
    import numpy as np

    x = np.linspace(-3.2, 3.2, 321)
    width = x[1] - x[0]
    kernel = np.exp(-((x[:, None] - x + h * slope(x)) ** 2) / (2 * s * h)) * (width / np.sqrt(2 * np.pi * s * h))
    kernel /= kernel.sum(axis=0)  # what leaves the box, of which there is nothing to speak of
    system = np.vstack([kernel - np.eye(len(x)), np.ones(len(x))])[1:]  # one equation of the first rows is superfluous
    law = np.linalg.solve(system, np.append(np.zeros(len(x) - 1), 1.0))
    return np.array([x @ law, x**2 @ law])


@claim.simulate(
    quick={"samples": 25_000, "detect": 0.04, "step": 0.05, "time": 8.0},
    full={"samples": 1_000_000, "detect": 0.008, "step": 0.01, "time": 16.0},
)
def with_particles(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.langevin import langevin

    s = 1.0
    x = np.linspace(-5, 5, 4001)  # f = x⁴/4 − x²/4 + x/4 in floats: the integrand is smooth and vanishes at the ends
    weight = np.exp(-knobs.power * (x**4 / 4 - x**2 / 4 + x / 4) / s)

    def sampler(rng: Any, size: int) -> Any:
        here, steps = np.full(size, -1.0), round(trial.time / trial.step)
        for following in langevin(lambda w: w**3 - w / 2 + 0.25, here, s, trial.step, steps, rng):
            here = following
        return (here > 0.5).astype(float)

    theory = float(weight[x > 0.5].sum() / weight.sum())
    trial.estimate(sampler, theory, trial.detect, bounds=(0, 1), label=f"P(X > 1/2) at time {trial.time:g}")


claim.mutant("exp(−L/s)", by="derive", power=1)
claim.mutant("exp(−L/s), by kernels", by="certify", power=1)
claim.mutant("exp(−L/s), sampled", by="simulate", power=1)
claim.mutant("exp(−3L/s), sampled", by="simulate", power=3)
