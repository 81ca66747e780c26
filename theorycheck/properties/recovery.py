"""The properties that recovery guarantees ask for: P1, P2, P3 of Zhong et al. (2017), and the facts around them."""

from __future__ import annotations

from sympy import S

from theorycheck.activation.function import Activation, as_activation
from theorycheck.activation.functions import x
from theorycheck.activation.zero import value_at
from theorycheck.errors import TheorycheckError, Undecided
from theorycheck.gaussian.hermite import hermite_coefficients
from theorycheck.limits import Budget
from theorycheck.properties import shape
from theorycheck.properties.homogeneity import homogeneous
from theorycheck.properties.nonlinearity import nonlinearity
from theorycheck.properties.signs import short
from theorycheck.properties.slope_bound import bounded_nonnegative_derivative
from theorycheck.properties.villani_loss import loss_is_villani
from theorycheck.verdict import Verdict, certified, conjunction, proved, refuted, undecided

#: Every property of the `verify` document, in its order.
NAMES = (
    "P1", "P2", "P3a", "P3b", "P3", "bounded", "lipschitz", "smooth", "monotone", "affine", "polynomial", "homogeneous", "parity",
    "information_exponent", "villani",
)  # fmt: skip
_MOST_COEFFICIENTS = 24


def properties(f: Activation | str, budget: Budget | None = None) -> dict[str, Verdict]:
    """All properties of an activation, decided for every argument.

    Args:
        f: an activation, a name or an expression.
        budget: work limits; a property that is not decided within them is undecided and says what would decide it.

    Returns:
        A verdict for each of `NAMES`.

    >>> found = properties("max(x, 0)")
    >>> found["P1"].value, found["P3a"].holds, found["P3a"].witness
    ({'L1': '1', 'p': 0}, False, '0')
    """
    f = as_activation(f)
    budget = budget or Budget()
    deciders = {
        "P1": lambda: bounded_nonnegative_derivative(f),
        "P2": lambda: nonlinearity(f, budget.share(0.6)),
        "P3a": lambda: lipschitz_derivative(f),
        "P3b": lambda: shape.piecewise_linear(f),
        "bounded": lambda: shape.bounded(f),
        "lipschitz": lambda: lipschitz(f),
        "smooth": lambda: shape.smooth(f),
        "monotone": lambda: shape.monotone(f),
        "affine": lambda: shape.affine(f),
        "polynomial": lambda: shape.polynomial(f),
        "homogeneous": lambda: homogeneous(f),
        "parity": lambda: shape.parity(f),
        "information_exponent": lambda: information_exponent(f, budget),
        "villani": lambda: loss_is_villani(f),
    }
    found: dict[str, Verdict] = {}
    for name, decide in deciders.items():
        try:
            budget.check(f"deciding {name}")
            found[name] = decide()
        except TheorycheckError as error:
            found[name] = undecided(str(error))
    found["P3"] = _either(found["P3a"], found["P3b"])
    return {name: found[name] for name in NAMES}


def _either(smooth: Verdict, linear: Verdict) -> Verdict:
    both = smooth | linear
    if both.holds:
        which = "P3(a)" if smooth.holds else "P3(b)"
        return Verdict(True, (smooth if smooth.holds else linear).grade, f"{which} holds")
    if both.holds is False:
        witness = "; ".join(dict.fromkeys(str(v.witness) for v in (smooth, linear)))
        return refuted("neither P3(a) nor P3(b)", witness=witness, grade=str(both.grade))
    return undecided(both.reason)


def lipschitz(f: Activation) -> Verdict:
    """φ is Lipschitz; the value is the constant sup abs(φ')."""
    whole = shape.continuous(f)
    return whole if whole.holds is not True else shape.finite_supremum(f.derivative(), "abs(s')")


def lipschitz_derivative(f: Activation) -> Verdict:
    """P3(a): φ' is Lipschitz. φ and φ' continuous, φ'' bounded where it exists; the value is the constant L₂."""
    whole = shape.continuous(f)
    if whole.holds is not True:
        return whole
    kinks = f.derivative().jumps
    if kinks:
        point, size = kinks[0]
        gap = value_at(size, S.Zero)
        if gap.contains(0):
            return undecided(f"whether s' jumps at x = {point}")
        amount = str(size) if len(str(size)) < 20 else short(gap)
        return refuted(f"s' jumps by {amount} at x = {point}", witness=str(point))
    return shape.finite_supremum(f.derivative(2), "abs(s'')")


def information_exponent(f: Activation, budget: Budget) -> Verdict:
    """The least k ≥ 1 with c_k = E[φ h_k] ≠ 0; the value is k.

    Source: Ben Arous, Gheissari & Jagannath (2021), Definition 1.2.
    """
    if len(f.pieces) == 1 and not f.pieces[0].expr.has(x):
        return refuted("constant: c_k = 0 for every k ≥ 1", witness="0")
    try:
        coefficients = hermite_coefficients(f, 9, 20, budget=budget.share(0.3))
        if all(c.ball.contains(0) for c in coefficients[1:]):
            coefficients = hermite_coefficients(f, _MOST_COEFFICIENTS, 20, budget=budget.share(0.3))
    except TheorycheckError as error:
        return undecided(f"the Hermite coefficients: {error}") if isinstance(error, Undecided) else refuted(str(error), witness="1")
    earlier: list[Verdict] = []
    for k, c in enumerate(coefficients):
        if k == 0:
            continue
        if not c.ball.contains(0):
            exact = c.exact is not None
            shown = str(c.exact) if len(str(c.exact)) < 50 else f"{short(c.ball)}…"
            here = proved(f"c{k} = {shown}") if exact else certified(f"c{k} = {short(c.ball)} ≠ 0")
            joined = conjunction([*earlier, here], here.reason)
            return Verdict(True, joined.grade, here.reason, value=k)
        if c.exact != 0:
            return undecided(f"whether c{k} = 0; an exact form of it would decide")
        earlier.append(proved(f"c{k} = 0"))
    return undecided(f"c1, …, c{_MOST_COEFFICIENTS - 1} are all 0")
