"""Bounded smooth activations: the regularised loss is a Villani function for λ > λ_c = 2 M_D L (B_x‖a‖)², which is 1/8 for the sigmoid.

The bound ‖∇L‖ ≥ λ‖W‖ − G behind it needs only λ > 0: see villani/bounded-activations-sharp.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from far_out_runs import far_out
from network_losses import against_bounds, critical, instances, norm_of, reach_of, steepest, suprema_cached

from theorycheck.claims import Claim, Holds, Instances, Source

ACTIVATIONS = ("sigmoid", "tanh", "erf")
#: λ_c at B_x‖a‖ = 1.
THRESHOLDS = {"sigmoid": Fraction(1, 8), "tanh": Fraction(2)}


def networks(rng: Any, count: int) -> Any:
    """Networks with bounded activations, and data."""
    return instances(rng, count, ACTIVATIONS)


claim = Claim(
    "villani/bounded-activations",
    title="Bounded smooth activations: Villani for λ > λ_c = 2 M_D L (B_x‖a‖)²",
    source=Source(deck="004", slide="Our Primary Result in arXiv:2210.11452", arxiv="2210.11452"),
    kind="implication",
    statement=r"\sigma, \sigma', \sigma'' \text{ bounded},\ \lambda > 2 M_D L\,(B_x\|a\|)^2 \implies"
    r" \frac{1}{n}\sum_i (y_i - a^\top\sigma(Wx_i))^2 + \frac{\lambda}{2}\|W\|^2 \text{ is a Villani function};\quad"
    r" \lambda_c = \frac18 \text{ for the sigmoid, } B_x\|a\| = 1",
    reading="λ_c in the form that gives the 0.125 of the slide: M_D = sup |σ'| and L the Lipschitz constant of σ; it is then the largest "
    "value of 2‖∇f‖², the first part of the Hessian",
    assumes=[Holds("smooth"), Holds("bounded"), Holds("lipschitz"), Holds("P3a"), Instances("networks", networks)],
    guarantees=True,
    knobs={"factor": 2, "regularised": 1},
)


@claim.derive
def by_the_sharp_version(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("villani/bounded-activations-sharp")
    slope, size, excess, reach = sympy.symbols("L M delta B", positive=True)
    strength = knobs.regularised * (knobs.factor * slope * size * reach**2 + excess)  # λ = λ_c + δ
    log.positive(strength, "λ > λ_c is positive, which is all that the sharp version asks for")
    u, m = sympy.symbols("u m", real=True)
    sigmoid = 1 / (1 + sympy.exp(-u))
    quarter = sympy.Rational(1, 4)
    log.equal(sympy.diff(sigmoid, u), quarter - (sigmoid - sympy.Rational(1, 2)) ** 2, "sigmoid' = 1/4 − m², m = sigmoid − 1/2")
    log.nonnegative(quarter - (quarter - m**2), "so M_D = L = 1/4, attained at 0")
    critical_value = knobs.factor * quarter**2
    log.equal(critical_value, sympy.Rational(1, 8), "λ_c of the sigmoid at B_x‖a‖ = 1")
    log.equal(critical_value - 2 * (quarter - m**2) ** 2, 2 * m**2 * (sympy.Rational(1, 2) - m**2), "λ_c is the largest 2‖∇f‖²")


@claim.certify
def by_bounds(check: Any, knobs: Any) -> None:
    from flint import arb

    for name, value in THRESHOLDS.items():
        stated = critical(suprema_cached(name)["slope"], knobs.factor)
        found = steepest(name, (-3, 0, 3))
        check.equal(stated, found[1], f"λ_c of {name} against 2‖∇f‖² at 0")
        for other in (found[0], found[2]):
            check.less(other, stated, f"and it is smaller elsewhere, {name}")
        check.equal(value, stated, f"λ_c of {name}")
    for case in check.instances(8):
        reach = reach_of(case) * norm_of(case["outer"])
        strength = critical(suprema_cached(case["activation"])["slope"], knobs.factor, reach) * arb("1.01") + arb(2) ** -20
        if not against_bounds(check, case, strength, knobs.regularised, (10.0, 1e3, 1e5), bounded=True):
            return


@claim.simulate(quick={"networks": 8, "radius": 1e4}, full={"networks": 400, "radius": 1e4})
def at_large_radii(trial: Any, knobs: Any) -> None:
    relative = knobs.regularised * 1.01 * knobs.factor
    far_out(trial, ACTIVATIONS, [{"relative": relative, "radius": radius} for radius in (trial.radius, 10 * trial.radius)])


claim.mutant("λ_c without the factor 2", by="derive", factor=1)
claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("λ_c without the factor 2, certified", by="certify", factor=1)
claim.mutant("no regulariser, certified", by="certify", regularised=0)
claim.mutant("no regulariser, sampled", by="simulate", regularised=0)
