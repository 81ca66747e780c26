"""How the two printed rates are related, and the ordering that the theorem states: the relation holds, the ordering does not always.

ρ_3 is taken as small as Lemma 2 allows, so every other choice makes the rates larger: where κρ_3/σ_max is 1 or more, the bounds do not
contract and stand in the opposite order.
"""

from __future__ import annotations

from typing import Any

from planar_population import Pair, as_mpmath, extremes, gram, least_rho, mismatch, near_and_far

from theorycheck.claims import Claim, Instances, Source


def pairs(rng: Any, count: int) -> Any:
    """Networks in the plane with ‖W − W*‖_F ≤ δ‖W* + I‖_F for some δ < 1, far and near."""
    return near_and_far(rng, count)


claim = Claim(
    "residual/rate-relation",
    title="The rate of gradient descent from that of alternating minimisation, and their order",
    source=Source(deck="003", slide="Comparison", note="and “Guarantees: Theorem 1”"),
    kind="implication",
    statement=r"\rho_{GD} = \frac{\kappa-1}{\kappa+1} + \frac{2\kappa\rho_3}{\sigma_{\max}(\kappa+1)},\ "
    r"\rho_{AM} = \frac{\kappa\rho_3}{\sigma_{\max}}:\quad \rho_{GD} = \frac{\kappa-1}{\kappa+1} + \frac{2\rho_{AM}}{\kappa+1},\quad "
    r"0 < \rho_{AM} < \rho_{GD} < 1",
    reading="the printed expressions, for every W with ‖W − W*‖_F ≤ δ‖W* + I‖_F and 0 < δ < 1, on infinitely many inputs N(0, I); "
    "ρ_3 the least number that Lemma 2 admits at W",
    assumes=[Instances("pairs", pairs)],
    finding="refuted",
    knobs={"ordering": "always", "factor": 2, "swapped": False},
)


def printed_rates(kappa: Any, sigma: Any, rho: Any) -> tuple[Any, Any]:
    """ρ_AM and ρ_GD as the slides “Alternating minimization” and “Gradient descent” print them."""
    return kappa * rho / sigma, (kappa - 1) / (kappa + 1) + 2 * kappa * rho / (sigma * (kappa + 1))


def related(kappa: Any, alternating: Any, knobs: Any) -> Any:
    """ρ_GD from ρ_AM."""
    return (kappa - 1) / (kappa + 1) + knobs.factor * alternating / (kappa + 1)


@claim.derive
def by_algebra(log: Any, knobs: Any) -> None:
    import sympy

    sigma, rho, beyond = sympy.symbols("sigma rho beyond", positive=True)
    kappa = 1 + beyond
    alternating, descent = printed_rates(kappa, sigma, rho)
    if knobs.swapped:
        alternating, descent = descent, alternating
    log.equal(related(kappa, alternating, knobs), descent, "ρ_GD from ρ_AM")
    log.positive(alternating, "ρ_AM is positive")
    if knobs.ordering == "always":
        log.positive(sympy.factor(descent - alternating), "ρ_AM is below ρ_GD")
        log.positive(sympy.factor(1 - descent), "ρ_GD is below 1")
        return
    slack = sympy.Symbol("slack", positive=True)
    contracting = {rho: sigma / (kappa * (1 + slack))}  # every ρ_3 with ρ_AM < 1
    log.equal(alternating.subs(contracting), 1 / (1 + slack), "ρ_AM below 1")
    log.positive(sympy.factor((descent - alternating).subs(contracting)), "then ρ_AM is below ρ_GD")
    log.positive(sympy.factor((1 - descent).subs(contracting)), "and ρ_GD is below 1")
    expanding = {rho: sigma * (1 + slack) / kappa}
    log.positive(sympy.factor((alternating - descent).subs(expanding)), "with ρ_AM above 1, ρ_GD is below ρ_AM")


@claim.certify
def on_infinitely_many_inputs(check: Any, knobs: Any) -> None:
    import mpmath
    from flint import ctx

    for number, pair in enumerate(check.instances(12)):
        with ctx.workprec(160):
            low, high = extremes(pair, 25)
            kappa, sigma, rho = high / low, high.sqrt(), least_rho(pair)
            if not rho > 0:
                continue  # all gates agree: both bounds are those of a linear problem
            alternating, descent = printed_rates(kappa, sigma, rho)
            if knobs.swapped:
                alternating, descent = descent, alternating
            if check.equal(related(kappa, alternating, knobs), descent, "ρ_GD from ρ_AM") is False:
                return
            if number < 3:
                check.equal(descent if knobs.swapped else alternating, by_arcs(pair, mpmath), "ρ_AM by mpmath, from arcs", digits=12)
            if knobs.ordering == "always" or alternating < 1:
                if check.less(alternating, descent, "ρ_AM is below ρ_GD") is False or check.less(descent, 1, "ρ_GD is below 1") is False:
                    return
            else:
                check.less(descent, alternating, "ρ_AM above 1: ρ_GD is below it")


def by_arcs(pair: Pair, mpmath: Any) -> Any:
    """ρ_AM from mpmath's eigenvalues and integrals over arcs."""
    with mpmath.workdps(20):
        w, t = as_mpmath(pair.weights), as_mpmath(pair.truth)
        values = mpmath.eigsy(gram(w, pair.signs), eigvals_only=True)
        distance = mpmath.sqrt(sum((a - b) ** 2 for p, q in zip(w, t, strict=True) for a, b in zip(p, q, strict=True)))
        rho = mpmath.sqrt(mismatch(w, t, 0) + mismatch(w, t, 1)) / distance
        return rho * mpmath.sqrt(max(values)) / min(values)


right = {"ordering": "below 1"}
claim.control("the ordering where ρ_AM is below 1", **right)
claim.misprint(
    "the name of the rate of alternating minimisation",
    where="paper (ISIT 2019), the rate of alternating minimisation",
    printed="ρ_GD = κ ρ_3/σ_max",
    correct="ρ_AM = κ ρ_3/σ_max",
    by="derive",
    **right,
    swapped=True,
)
claim.mutant("once ρ_AM/(κ + 1)", by="derive", **right, factor=1)
claim.mutant("the rates exchanged, certified", by="certify", **right, swapped=True)
claim.mutant("three times ρ_AM/(κ + 1)", by="certify", **right, factor=3)
