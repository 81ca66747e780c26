"""The variance map of wide layers: K ↦ C_W E[s(√K z)²] + C_b, exactly for the next layer given the last, in the limit for deep ones.

Given the units of one layer, a preactivation of the next is Gaussian with variance C_W Σ s²/n + C_b, whatever the width.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean

#: Activations with their C_W and C_b.
LAYERS = (("tanh", Fraction(9, 4), Fraction(1, 4)), ("relu", Fraction(2), Fraction(0)), ("gelu", Fraction(2), Fraction(1, 10)))


def layers(rng: Any, count: int) -> Any:
    """Activation, C_W, C_b and the incoming √K."""
    for name, C_W, C_b in LAYERS[:count]:
        for root in (Fraction(1, 2), Fraction(2)):
            yield name, C_W, C_b, root


claim = Claim(
    "signal/variance-map",
    title="The variance map of a wide layer",
    source=Source(deck="signal", arxiv="1606.05340", note="Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli (2016)"),
    kind="equality",
    statement=r"q^l = \sigma_w^2 \int s(\sqrt{q^{l-1}}\,z)^2\,\mathcal{D}z + \sigma_b^2,\quad \mathcal{D}z = e^{-z^2/2}dz/\sqrt{2\pi}",
    reading="the mean of h² over weights N(0, σ_w²/n) and biases N(0, σ_b²) that are independent of each other and of the layer before, "
    "whose preactivations are N(0, q), dependent or not; any width n, any measurable s with E s(√q z)² finite",
    assumes=[Instances("layers", layers)],
    knobs={"bias": 1, "inside": 1, "centred": 0},
)


@claim.derive
def by_independence(log: Any, knobs: Any) -> None:
    """Unit after unit for a width n that is arbitrary; s enters by its values and by E s and E s² alone."""
    import sympy

    w, T, value, x, z = sympy.symbols("w T s x z", real=True)
    q, C_W, C_b = sympy.symbols("q C_W C_b", positive=True)
    n, i = sympy.symbols("n i", integer=True, positive=True)

    # given the layer before, h is b + w_1 s_1 + … + w_n s_n; T stands for any partial sum, which is independent of the next weight
    log.cite("tower-and-linearity")
    log.equal(gaussian_mean(C_b * w**2, w), C_b, "no unit: E b² = C_b")
    grown = gaussian_mean(sympy.expand((T + sympy.sqrt(C_W / n) * w * value) ** 2), w)
    log.equal(grown, T**2 + C_W / n * value**2, "one unit more: the cross term vanishes, and C_W s²/n is added")
    # a preactivation of the layer before has the density of N(0, q)
    density = sympy.exp(-(x**2) / (2 * q)) / sympy.sqrt(2 * sympy.pi * q)
    scale = knobs.inside * sympy.sqrt(q)
    log.equal(density.subs(x, scale * z) * scale, sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi), "it is √q z in law, z ~ N(0, 1)")
    first, second = sympy.Symbol("E s(√q z)", real=True), sympy.Symbol("E s(√q z)²", nonnegative=True)
    evidence = C_b + sympy.Sum(C_W / n * second, (i, 1, n)).doit()
    log.equal(evidence, C_W * (second - knobs.centred * first**2) + knobs.bias * C_b, "E h² over n units of one law")


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    """Our certified E[s²] in the map against mpmath's quadrature of the mean square of a preactivation."""
    import mpmath
    from flint import arb, fmpq

    from theorycheck import Activation
    from theorycheck.claims.reference import reference_moments
    from theorycheck.gaussian.certified import moment_integrals

    for name, C_W, C_b, root in check.instances(3):
        s = Activation(name)
        first, second = (moment_integrals(s.pieces, root * knobs.inside, [(i, 0)], 1e-20)[0] for i in (1, 2))
        weight, bias = (arb(fmpq(c.numerator, c.denominator)) for c in (C_W, C_b))
        theory = weight * (second - knobs.centred * first**2) + knobs.bias * bias
        with mpmath.workdps(20):
            scale = mpmath.mpf(root.numerator) / root.denominator
            (square,) = reference_moments(lambda z, s=s, scale=scale: s.mpmath(scale * z) ** 2, [0])
            evidence = square * C_W.numerator / C_W.denominator + mpmath.mpf(C_b.numerator) / C_b.denominator
        check.equal(theory, evidence, f"{name}, √K = {root}", digits=14)


@claim.simulate(quick={"width": 200, "nets": 100}, full={"width": 400, "nets": 200})
def with_sampled_networks(trial: Any, knobs: Any) -> None:
    """Three layers of real networks; each mean of h² lies within six standard errors and the finite width of the map's value."""
    rows = trial.sweep(mean_square, [{"layer": i, "width": trial.width, "nets": trial.nets} for i in range(len(LAYERS))])
    for row in rows:
        theory = iterates(row["layer"], knobs)
        for depth, (stated, seen, error) in enumerate(zip(theory, row["means"], row["errors"], strict=True), 1):
            near = abs(stated - seen) <= 6 * error + 10 * stated / row["width"]
            trial.true(near, f"{LAYERS[row['layer']][0]}, layer {depth}: map {stated:.4f}, networks {seen:.4f} ± {error:.4f}")


def iterates(index: int, knobs: Any, depth: int = 3) -> list[float]:
    """The variances that the map predicts from K = 1 on."""
    from theorycheck.activation.function import Activation
    from theorycheck.gaussian.quadrature import float_moments

    name, C_W, C_b = LAYERS[index]
    s, K, found = Activation(name), 1.0, []
    for _ in range(depth):
        first, second = float_moments(s, K**0.5 * knobs.inside, [(1, 0), (2, 0)])
        K = float(C_W) * float(second - knobs.centred * first**2) + knobs.bias * float(C_b)
        found.append(K)
    return found


def mean_square(rng: Any, layer: int, width: int, nets: int) -> dict[str, Any]:
    """Means of h² over networks for three layers behind N(0, 1) preactivations, with standard errors."""
    import numpy as np

    from theorycheck.activation.function import Activation

    name, C_W, C_b = LAYERS[layer]
    s, rows = Activation(name), []
    for _ in range(nets):
        h, row = rng.standard_normal(width), []
        for _ in range(3):
            weights = rng.standard_normal((width, width)) * np.sqrt(float(C_W) / width)
            h = weights @ s(h) + np.sqrt(float(C_b)) * rng.standard_normal(width)
            row.append(float(np.mean(h**2)))
        rows.append(row)
    table = np.array(rows)
    return {"means": table.mean(axis=0).tolist(), "errors": (table.std(axis=0) / np.sqrt(nets)).tolist()}


claim.mutant("no bias", by="derive", bias=0)
claim.mutant("the variance of s", by="derive", centred=1)
claim.mutant("twice the standard deviation", by="derive", inside=2)
claim.mutant("the variance of s for its second moment", by="certify", centred=1)
claim.mutant("twice the standard deviation inside", by="certify", inside=2)
claim.mutant("no bias, sampled", by="simulate", bias=0)
claim.mutant("the variance of s, sampled", by="simulate", centred=1)
