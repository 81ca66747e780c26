"""Is the population loss strongly convex at orthonormal W*? Decided from the moments of φ' at σ = 1 alone, whatever else φ does."""

from __future__ import annotations

from theorycheck.activation.function import Activation, as_activation
from theorycheck.decimals import correct_decimal
from theorycheck.enclosure import Enclosure
from theorycheck.errors import InputError, TheorycheckError
from theorycheck.gaussian.moments import RhoValue, rho_terms
from theorycheck.limits import Budget
from theorycheck.network.orthogonal_hessian import orthogonal_extremes
from theorycheck.verdict import Verdict, certified, proved, refuted, undecided

#: What claims on the Hessian may assume, as names beside the properties of an activation.
NAMES = ("rho(1) > 0", "strongly convex at W*")
#: With three rows and more the smallest eigenvalue at W* = I is at most T1, so that T1 and T2 decide for every number of rows.
UNITS = 3


def convexity(f: Activation | str, at_one: RhoValue | None = None, budget: Budget | None = None) -> dict[str, Verdict]:
    """Whether the expected Hessian at orthonormal W* is positive definite.

    Args:
        f: an activation or its text.
        at_one: `rho_terms` at σ = 1, if it is known already.
        budget: work limits for finding it.

    Returns:
        "rho(1) > 0": the sufficient condition of Zhong et al.; the value is ρ(1).
        "strongly convex at W*": λ_min > 0 for every number of orthonormal rows, that is T1, T2 > 0; the value is λ_min for W* = I,
        k = d = 3.

    >>> found = convexity("max(x, 0)")
    >>> found["strongly convex at W*"].value["exact"], convexity("x")["strongly convex at W*"].holds
    ('1/4 - 1/(2*pi)', False)
    """
    activation = as_activation(f)
    if activation.jumps:
        point, size = activation.jumps[0]
        return dict.fromkeys(NAMES, refuted(f"s jumps by {size} at x = {point}, so the loss has no Hessian", witness=str(point)))
    try:
        known = at_one or rho_terms(activation, 1, budget=budget)
        return {"rho(1) > 0": _positive_rho(known), "strongly convex at W*": _strongly_convex(activation, known)}
    except InputError as error:  # φ' has no second moment
        return dict.fromkeys(NAMES, refuted(str(error), witness="W* = I"))
    except TheorycheckError as error:
        return dict.fromkeys(NAMES, undecided(str(error)))


def _positive_rho(known: RhoValue) -> Verdict:
    rho = known.value
    if not known.decided:
        return undecided("the sign of ρ(1); more digits would decide")
    shown = f"ρ(1) = {correct_decimal(rho, 6)}"
    if rho.ball > 0:
        return Verdict(True, _grade(rho), f"λ_min ≥ {shown} for orthonormal W*", value=rho.to_json())
    return Verdict(False, _grade(rho), f"{shown}: the bound says nothing", witness=shown)


def _strongly_convex(activation: Activation, known: RhoValue) -> Verdict:
    first, second, _ = known.terms
    at_identity = "for W* = I, k = d = 3"
    if first.ball.is_zero():
        return refuted(f"λ_min = 0 {at_identity}", witness="antisymmetric directions without column sums", grade=_grade(first))
    if not (first.ball > 0 and second.ball > 0):
        return undecided("the signs of T1 and T2 at σ = 1; more digits would decide")
    if 1 in known.active or first.ball <= second.ball:  # T1 ≤ T2
        value = first
    else:
        value = orthogonal_extremes(activation, [1] * UNITS, digits=known.value.digits)[0]
    reason = f"λ_min = {correct_decimal(value, 6)} {at_identity}, and above 0 for every orthonormal W*"
    make = proved if value.exact is not None else certified
    return make(reason, value=value.to_json())


def _grade(number: Enclosure) -> str:
    return "proved" if number.exact is not None else "certified"
