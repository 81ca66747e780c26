"""Is the regularised loss of a DeepONet a Villani function? Yes for fixed outer layers and bounded σ, no for trainable factors.

The net is Σ_k b_k(u) t_k(y), a product of a branch and a trunk. When both have fixed outer layers and bounded smooth units, its derivatives
are bounded, as those of a two-layer net. Once a factor multiplies a trained unit, ΔL grows as fast as ‖∇L‖²: (a·tanh w)² on w = 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from loss_derivations import log_conditions, log_data_bounds, log_derivatives, log_reverse_triangle

from theorycheck.claims import Claim, Instances, Source

#: (f, variables, whether it is a Villani function): weights x, y inside the units, or x as a factor.
LOSSES = (
    ("(x*tanh(y))**2 + (x**2 + y**2)/20", "x,y", False),
    ("(1 - tanh(x)*tanh(y))**2 + (x**2 + y**2)/20", "x,y", True),
    ("(1 - 3*sigmoid(x)*tanh(2*y) - sigmoid(y))**2 + (x**2 + y**2)/1000", "x,y", True),
    ("(2 - x*y)**2 + (x**2 + y**2)/20", "x,y", False),
)


def losses(rng: Any, count: int) -> Any:
    """The losses of the table."""
    return LOSSES[:count]


def strengths(rng: Any, count: int) -> Any:
    """Regularisers λ > 0, the large ones first: no size of λ helps."""
    yield from (Fraction(100), Fraction(1), Fraction(13, 100), Fraction(1, 1000))[:count]


claim = Claim(
    "villani/deeponet-villani",
    title="The regularised DeepONet loss: Villani with fixed outer layers, not with trainable factors",
    source=Source(deck="004", slide="The Journey Begins!", arxiv="2205.11359", note="posed as a question"),
    kind="implication",
    statement=r"\sigma, \sigma', \sigma'' \text{ bounded, outer layers fixed} \implies \text{Villani for every } \lambda > 0;\quad"
    r" (a\tanh w)^2 + \frac{\lambda}{2}(a^2 + w^2) \text{ is Villani for no } \lambda",
    reading="one sample suffices for the negative part; the positive part holds for any data and widths",
    assumes=[Instances("losses", losses), Instances("regularisers", strengths)],
    knobs={"trainable": 1, "regularised": 1},
)


@claim.derive
def by_the_fourth_condition(log: Any, knobs: Any) -> None:
    import sympy

    a, w = sympy.symbols("a w", real=True)
    lam, s, radius, gap, ceiling, outer = sympy.symbols("lambda s R G D A", positive=True)
    factor = a if knobs.trainable else outer
    loss = (factor * sympy.tanh(w)) ** 2 + lam * (a**2 + w**2) / 2
    square = sympy.diff(loss, a) ** 2 + sympy.diff(loss, w) ** 2
    quantity = (square / s - sympy.diff(loss, a, 2) - sympy.diff(loss, w, 2)).subs(w, 0)
    log.equal(quantity, lam**2 * a**2 / s - 2 * factor**2 - 2 * lam, "a trained factor: the quantity on w = 0")
    log.limit(quantity.subs(s, lam**2), a, sympy.oo, -sympy.oo, "it tends to −∞ for s = λ², whatever λ is")

    strength = knobs.regularised * lam
    # fixed outer layers: in a weight of the branch, f is F + c σ(z), with c the bounded value of the trunk, and conversely
    log_derivatives(log)
    log_data_bounds(log)
    log_reverse_triangle(log)
    log_conditions(log, strength)
    log.limit(strength * radius - gap, radius, sympy.oo, sympy.oo, "‖∇L‖ ≥ λR − G → ∞")
    log.limit((strength * radius - gap) ** 2 / s - ceiling, radius, sympy.oo, sympy.oo, "hence ‖∇L‖²/s − ΔL ≥ (λR − G)²/s − D → ∞")


@claim.certify
def by_decision_and_values(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck.properties.villani import villani_conditions

    for text, variables, expected in check.instances(len(LOSSES), name="losses"):
        found = villani_conditions(text, variables).verdict
        check.true(found if expected else ~found, "a Villani function" if expected else "no Villani function")
    for lam in check.instances(4, name="regularisers"):
        strength, s = mpmath.mpf(lam.numerator) / lam.denominator, mpmath.mpf(lam.numerator) ** 2 / lam.denominator**2
        with mpmath.workdps(60):

            def loss(a: Any, w: Any, strength: Any = strength) -> Any:
                factor = a if knobs.trainable else 1
                return (factor * mpmath.tanh(w)) ** 2 + strength * (a**2 + w**2) / 2

            values = []
            for a in (10, 100, 1000):
                slopes = [mpmath.diff(loss, (a, 0), order) for order in ((1, 0), (0, 1))]
                bends = [mpmath.diff(loss, (a, 0), order) for order in ((2, 0), (0, 2))]
                values.append(sum(g**2 for g in slopes) / s - sum(bends))
        check.less(values[1], values[0] - 1000, "the quantity falls along w = 0, s = λ²")
        check.less(values[2], values[1] - 100_000, "and goes on falling")


claim.mutant("a fixed factor", by="derive", trainable=0)
claim.mutant("no regulariser", by="derive", regularised=0)
claim.mutant("a fixed factor, certified", by="certify", trainable=0)
