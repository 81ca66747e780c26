"""Conjugated by exp(−f/s), the Fokker-Planck operator is a Schrödinger operator: the Witten Laplacian."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def potentials(rng: Any, count: int) -> Any:
    """(f, s): a parabola, a double well, then tilted wells; coefficients from the constant term on."""
    yield (0, 0, Fraction(1, 2)), Fraction(1, 2)
    yield (Fraction(1, 4), 0, Fraction(-1, 2), 0, Fraction(1, 4)), Fraction(1, 2)
    for _ in range(count - 2):
        tilt, bend = Fraction(int(rng.integers(-8, 9)), 16), Fraction(int(rng.integers(-8, 9)), 16)
        yield (0, tilt, bend, Fraction(1, 8), Fraction(1, 4)), Fraction(int(rng.integers(4, 13)), 12)


claim = Claim(
    "villani/witten-laplacian",
    title="Conjugation to a Schrödinger operator",
    source=Source(deck="004", slide="Summary of arXiv: 2004.06977", arxiv="2004.06977"),
    kind="equality",
    statement=r"\rho = u\,e^{-f/s}:\quad \partial_t u = -\frac{1}{2s}\left(-s^2\Delta + \|\nabla f\|^2 - s\Delta f\right)u,\quad "
    r"\lambda_s = \frac{1}{2s}\,\lambda_1\!\left(-s^2\Delta + \|\nabla f\|^2 - s\Delta f\right)",
    reading="λ_1 is the first positive eigenvalue, λ_s the spectral gap of (s/2)Δ − ∇f·∇",
    assumes=[Instances("confining polynomials", potentials)],
    knobs={"laplacian": 1, "scale": 2},
)


@claim.derive
def by_conjugation(log: Any, knobs: Any) -> None:
    import sympy

    s = sympy.Symbol("s", positive=True)
    f0, f1, f2, f3, u0, u1, u2 = jet = sympy.symbols("f0 f1 f2 f3 u0 u1 u2", real=True)
    following = dict(zip(jet, (f1, f2, f3, None, u1, u2, None), strict=True))  # derivatives in one coordinate, at one point

    def along(e: Any) -> Any:
        return sum(sympy.diff(e, symbol) * following[symbol] for symbol in e.free_symbols & set(jet) if following[symbol] is not None)

    def witten(u: Any) -> Any:
        return -(s**2) * along(along(u)) + (f1**2 - knobs.laplacian * s * f2) * u

    weight = sympy.exp(-f0 / s)
    evolution = along(u0 * weight * f1) + s / 2 * along(along(u0 * weight))
    log.equal(sympy.expand(evolution / weight), -witten(u0) / (knobs.scale * s), "in each coordinate, for ρ = u·exp(−f/s)")
    log.zero(sympy.expand(witten(weight) / weight), "exp(−f/s) is in the kernel")

    def raised(u: Any) -> Any:
        return s * along(u) + f1 * u

    log.equal(witten(u0), -s * along(raised(u0)) + f1 * raised(u0), "in each coordinate it is (s∂ + ∂f)*(s∂ + ∂f): nothing is negative")
    # with h = u/exp(−f/s): the generator of the process, conjugated by the same weight
    backward = s / 2 * along(along(u0 / weight)) - f1 * along(u0 / weight)
    log.equal(sympy.expand(backward * weight), -witten(u0) / (knobs.scale * s), "(s/2)Δ − ∇f·∇ is conjugated to the same operator")


def ladder_eigenvalues(coefficients: Any, s: float, knobs: Any, size: int = 90) -> Any:
    """The least eigenvalues of −s²d²/dx² + f'² − s f'' in the basis of Hermite functions, by ladder operators."""
    import numpy as np

    lower = np.diag(np.sqrt(np.arange(1.0, size + 12)), 1)
    scale = 0.9 * np.sqrt(s)  # of the basis: any positive number serves
    position, momentum = scale * (lower + lower.T) / np.sqrt(2), (lower - lower.T) / np.sqrt(2) / scale  # x and d/dx
    slope = [n * float(c) for n, c in enumerate(coefficients)][1:]
    bend = [n * c for n, c in enumerate(slope)][1:]
    one = np.eye(len(lower))
    f1, f2 = (sum(c * np.linalg.matrix_power(position, n) for n, c in enumerate(row)) + 0 * one for row in (slope, bend))
    operator = -(s**2) * momentum @ momentum + f1 @ f1 - knobs.laplacian * s * f2
    return np.linalg.eigvalsh(operator[:size, :size])


@claim.certify
def against_hermite_functions(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.gap_bounds import gap_bounds
    from theorycheck.diffusion.spectral_gap import slow_modes
    from theorycheck.diffusion.wells import polynomial

    cells, half = 1500, 4.5
    width = 2 * half / cells
    x = (np.arange(cells) + 0.5) * width - half
    for number, (coefficients, s) in enumerate(check.instances(4)):
        found = ladder_eigenvalues(coefficients, float(s), knobs)
        if check.equal(0.0, float(found[0]), "the ground state has energy 0", digits=6) is False:
            return
        rates = [float(r) for r in slow_modes(polynomial(coefficients)(x), width, float(s), 3)[0]]
        stated = [knobs.scale * float(s) * r for r in rates]
        if check.equal(stated, found[1:4].tolist(), "2sλ for the three slowest modes by finite volumes", digits=3) is False:
            return
        if number > 1:  # the certified gap takes a second
            continue
        gap = gap_bounds(coefficients, s)
        check.true(abs(float(gap) * knobs.scale * float(s) - float(found[1])) < 1e-5, "the certified gap times 2s is the same")


claim.mutant("the sign of the Laplacian of f", by="derive", laplacian=-1)
claim.mutant("s instead of 2s", by="derive", scale=1)
claim.mutant("without the Laplacian of f", by="certify", laplacian=0)
claim.mutant("s instead of 2s, by eigenvalues", by="certify", scale=1)
