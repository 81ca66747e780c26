"""Is the regularised loss of a network with this activation a Villani function, and for which λ?

L(W) = (1/n) Σ (y_i − a·σ(W x_i))² + (λ/2)‖W‖², a fixed, any data. For smooth σ with bounded σ' and σ'' it is one for every λ > 0 when
σ = o(|z|) or zσ' − σ = o(|z|); it is none for any λ when σ'(z)/z does not tend to 0.
"""

from __future__ import annotations

from sympy import Expr, S

from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import canonical, differentiate, x
from theorycheck.activation.pieces import Piece
from theorycheck.errors import TheorycheckError
from theorycheck.properties import shape
from theorycheck.properties.suprema import supremum
from theorycheck.properties.villani_line import limit
from theorycheck.verdict import Verdict, certified, conjunction, refuted, undecided

#: What claims on the loss may assume, as names beside the properties of an activation.
NAMES = ("s = o(z)", "z s' - s = o(z)")


def loss_hypotheses(f: Activation | str) -> dict[str, Verdict]:
    """Whether σ, and zσ' − σ, are of smaller order than z.

    Args:
        f: an activation or its text.

    Returns:
        A verdict for each of `NAMES`.

    >>> [v.holds for v in loss_hypotheses("softplus").values()], [v.holds for v in loss_hypotheses("sin(x)").values()]
    ([False, True], [True, None])
    """
    f = as_activation(f)
    ends = [(f.pieces[0].expr, -1), (f.pieces[-1].expr, 1)]
    return {
        NAMES[0]: conjunction([_below_linear(e, side, "s") for e, side in ends]),
        NAMES[1]: conjunction([_below_linear(canonical(x * differentiate(e) - e), side, "z s' − s") for e, side in ends]),
    }


def _below_linear(expr: Expr, side: int, what: str) -> Verdict:
    end = "z → ∞" if side > 0 else "z → −∞"
    value = limit(expr / x, side)
    if value is not None and value == 0:
        return certified(f"({what})/z → 0 as {end}")
    if value is not None:
        return refuted(f"({what})/z does not tend to 0 as {end}", witness=end, grade="certified")
    try:
        half = (S.One, S.Infinity) if side > 0 else (S.NegativeInfinity, S.NegativeOne)
        if supremum((Piece(*half, expr),)).value.is_finite():
            return certified(f"{what} is bounded as {end}")
    except TheorycheckError:
        pass
    return undecided(f"whether ({what})/z → 0 as {end}; an expansion there would decide it")


def loss_is_villani(f: Activation | str) -> Verdict:
    """Whether the regularised loss is a Villani function for every λ > 0, whatever the data and the outer weights.

    Args:
        f: an activation or its text.

    Returns:
        Holds: for every λ > 0; the value has the λ_c of the source, 2 M_D L for B_x‖a‖ = 1, for comparison. Fails: there are data and
        outer weights for which the loss is no Villani function for any λ > 0.

    Source: claims villani/bounded-activations-sharp and villani/softplus-sharp; λ_c from arXiv:2210.11452.

    >>> loss_is_villani("sigmoid").value, loss_is_villani("x^2").holds, loss_is_villani("x + sin(x)^2").holds
    ({'lambda above': '0', 'lambda_c': '0.125'}, False, None)
    """
    f = as_activation(f)
    smooth = shape.smooth(f)
    if smooth.holds is False:
        return refuted(f"{smooth.reason}, so the loss is not smooth", witness=smooth.witness, grade=str(smooth.grade))
    for expr, side in ((f.pieces[0].expr, -1), (f.pieces[-1].expr, 1)):
        ratio = limit(differentiate(expr) / x, side)
        if ratio is not None and ratio != 0:
            end = "z → ∞" if side > 0 else "z → −∞"
            reason = f"s'(z)/z does not tend to 0 as {end}: for f = s(u) − s(v), y = 0, Δ is not o(‖∇‖²/s) on u = v, for any λ"
            return refuted(reason, witness=f"a = (1, −1), x = 1, y = 0, u = v, {end}", grade="certified")
    slope, bend = shape.finite_supremum(f.derivative(1), "abs(s')"), shape.finite_supremum(f.derivative(2), "abs(s'')")
    hypotheses = loss_hypotheses(f)
    either = hypotheses[NAMES[0]] | hypotheses[NAMES[1]]
    whole = conjunction([smooth, slope, bend, either])
    if whole.holds:
        which = NAMES[0] if hypotheses[NAMES[0]].holds else NAMES[1]
        value = {"lambda above": "0", "lambda_c": _source_threshold(slope)}
        return Verdict(True, whole.grade, f"for every λ > 0: s', s'' bounded, {which}", value=value)
    if slope.holds is False or bend.holds is False:
        return undecided("s' or s'' is unbounded, which the theorem does not cover; an argument of its own would decide it")
    if either.holds is False:
        return undecided("neither s nor z s' − s is o(z), which the theorem does not cover; an argument of its own would decide it")
    return undecided("; ".join(v.reason for v in (smooth, slope, bend, either) if v.holds is None))


def _source_threshold(slope: Verdict) -> str:
    """2 M_D L with M_D = L = sup |σ'|, for B_x‖a‖ = 1, to as many digits as the supremum has."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 12
        return f"{(2 * Decimal(str(slope.value)) ** 2).normalize():f}"
