"""When the printed ordering of the rates holds: exactly when one of them is below 1, and then both are.

Two identities say it: ρ_GD − ρ_AM = (κ − 1)(1 − ρ_AM)/(κ + 1) and 1 − ρ_GD = 2(1 − ρ_AM)/(κ + 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from planar_population import Pair, extremes, least_rho, near_and_far

from theorycheck.claims import Claim, Instances, Source

Case = tuple[Fraction, Fraction] | Pair


def cases(rng: Any, count: int) -> Iterator[Case]:
    """(κ, ρ_AM) with κ > 1: ρ_AM at 1 and beside it, κ beside 1, huge κ; random ones; then networks on infinitely many inputs."""
    one, two, huge = Fraction(1), Fraction(2), Fraction(10**30)
    beside = 1 + 1 / huge
    special = [(two, one), (two, 2 - beside), (two, beside), (beside, one / 2), (beside, two), (huge, 2 - beside), (huge, huge)]
    yield from special[:count]
    for _ in range(count - 15):
        kappa, rate = (Fraction(int(n), int(m)) for n, m in zip(rng.integers(1, 200, 2), rng.integers(1, 100, 2), strict=True))
        yield 1 + kappa, rate
    yield from near_and_far(rng, 8)


def equal_singular_values(rng: Any, count: int) -> Iterator[Case]:
    """κ = 1."""
    yield from ((Fraction(1), Fraction(n, 3)) for n in range(1, count + 1))


claim = Claim(
    "residual/rate-relation-sharp",
    title="The printed ordering holds exactly when ρ_AM is below 1, exactly when ρ_GD is",
    source=Source(deck="003", slide="Comparison", note="the missing condition"),
    kind="implication",
    statement=r"\kappa > 1:\quad \rho_{AM} < \rho_{GD} \iff \rho_{AM} < 1 \iff \rho_{GD} < 1",
    reading="ρ_AM > 0 any number, ρ_GD = (κ−1)/(κ+1) + 2ρ_AM/(κ+1): the step length of gradient descent is 2/(σ²_max + σ²_min)",
    assumes=[Instances("cases", cases, drops={"κ above 1": equal_singular_values})],
    knobs={"factor": 2, "threshold": 1},
    origin="theorycheck",
)


def descent_rate(kappa: Any, alternating: Any, knobs: Any) -> Any:
    """ρ_GD."""
    return (kappa - 1) / (kappa + 1) + knobs.factor * alternating / (kappa + 1)


@claim.derive
def by_two_identities(log: Any, knobs: Any) -> None:
    import sympy

    beyond, rate = sympy.symbols("beyond rate", positive=True)
    kappa = 1 + beyond
    gap = knobs.threshold - rate
    descent = descent_rate(kappa, rate, knobs)
    log.equal(descent - rate, (kappa - 1) * gap / (kappa + 1), "ρ_GD − ρ_AM is a positive multiple of 1 − ρ_AM")
    log.equal(knobs.threshold - descent, 2 * gap / (kappa + 1), "1 − ρ_GD is a positive multiple of 1 − ρ_AM")
    log.positive((kappa - 1) / (kappa + 1), "the first multiple")
    log.positive(2 / (kappa + 1), "the second multiple")


@claim.certify
def at_cases(check: Any, knobs: Any) -> None:
    from flint import ctx

    for case in check.instances(40):
        with ctx.workprec(160):
            if isinstance(case, Pair):
                low, high = extremes(case, 25)
                rho = least_rho(case)
                if not rho > 0:
                    continue  # all gates agree, ρ_AM = 0
                kappa, rate = high / low, high / low * rho / high.sqrt()
            else:
                kappa, rate = case
            descent = descent_rate(kappa, rate, knobs)
            ordered, first, second = (below(a, b) for a, b in ((rate, descent), (rate, knobs.threshold), (descent, knobs.threshold)))
            if check.true(agree(ordered, first), "ρ_AM < ρ_GD exactly when ρ_AM < 1") is False:
                return
            if check.true(agree(first, second), "ρ_AM < 1 exactly when ρ_GD < 1") is False:
                return


def below(left: Any, right: Any) -> bool | None:
    """Whether one number is below another; None when balls do not tell."""
    return True if left < right else False if left >= right else None


def agree(left: bool | None, right: bool | None) -> bool | None:
    """Whether two answers are the same."""
    return None if left is None or right is None else left is right


claim.mutant("once ρ_AM/(κ + 1)", by="derive", factor=1)
claim.mutant("the threshold 2", by="derive", threshold=2)
claim.mutant("once ρ_AM/(κ + 1), at cases", by="certify", factor=1)
claim.mutant("the threshold 2, at cases", by="certify", threshold=2)
claim.mutant("equal singular values", by="certify", drop="κ above 1")
