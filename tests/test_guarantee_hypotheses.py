"""The hypotheses of each guarantee, one at a time: an activation that meets all of them, and for each one that fails it."""

import pytest
import sympy

from theorycheck import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece
from theorycheck.claims.bundled import bundled_claims
from theorycheck.claims.parts import Holds
from theorycheck.network.convexity import convexity
from theorycheck.properties.recovery import properties
from theorycheck.properties.universality import universality
from theorycheck.properties.villani_loss import loss_hypotheses
from theorycheck.verdict import Verdict

MOMENTS, RADIAL = "E s(cz)^2, E s'(cz)^2 finite", "z s' - s = o(z)"
POLE = Activation.from_pieces((Piece(-sympy.oo, sympy.S.Zero, sympy.S.Zero), Piece(sympy.S.Zero, sympy.oo, 1 / x)))
_BOUNDED = (
    "sigmoid",
    {
        "smooth": ("softsign", {"smooth"}),
        "bounded": ("softplus", {"bounded"}),
        "lipschitz": ("x^3", {"bounded", "lipschitz", "P3a"}),  # a bounded s with s'' bounded is Lipschitz, by Landau
        "P3a": ("selu", {"smooth", "bounded", "P3a"}),
    },
)
#: Claim -> (an activation that meets everything, {hypothesis: (an activation, all the hypotheses that it fails)}).
TABLE = {
    "recovery/hessian-lower-bound": ("relu", {"rho(1) > 0": ("linear", {"rho(1) > 0"})}),
    "recovery/hessian-lower-bound-sharp": ("relu", {"strongly convex at W*": ("linear", {"strongly convex at W*"})}),
    "recovery/linear-convergence": ("softplus", {"P1": ("silu", {"P1"}), "P2": ("linear", {"P2"}), "P3a": ("relu", {"P3a"})}),
    "recovery/local-strong-convexity": ("relu", {"P1": ("silu", {"P1"}), "P2": ("linear", {"P2"}), "P3": ("selu", {"P3"})}),
    "recovery/nonlinearity-is-automatic": ("relu", {"P1": ("silu", {"P1"}), "not affine": ("linear", {"not affine"})}),
    "signal/tangent-kernel-positive": (
        "relu",
        {
            "continuous": ("step", {"continuous", MOMENTS}),  # s has no slope that is a function
            MOMENTS: ("exp(x^2)", {MOMENTS}),
            "not polynomial": ("x^2", {"not polynomial"}),
        },
    ),
    "signal/universal-approximation": (
        "step",
        {"locally bounded": (POLE, {"locally bounded"}), "not polynomial": ("x^2", {"not polynomial"})},
    ),
    "villani/bounded-activations": _BOUNDED,
    "villani/bounded-activations-sharp": _BOUNDED,
    "villani/softplus-sharp": (
        "softplus",
        {
            "smooth": ("softsign", {"smooth"}),
            "lipschitz": ("x^2", {"lipschitz", RADIAL}),
            "P3a": ("leaky_relu", {"smooth", "P3a"}),
            RADIAL: ("x^2", {"lipschitz", RADIAL}),
        },
    ),
}


@pytest.fixture(scope="module")
def claims():
    return {claim.id: claim for claim in bundled_claims("guarantees=True") if claim.guarantees}


@pytest.fixture(scope="module")
def known():
    """The verdicts of an activation, found once."""
    found = {}

    def of(f):
        if f not in found:
            made = f if isinstance(f, Activation) else Activation(f)
            found[f] = {**properties(made), **convexity(made), **loss_hypotheses(made), **universality(made)}
        return found[f]

    return of


def conditions(claim):
    return [a for a in claim.assumes if isinstance(a, Holds)]


def test_the_table_holds_every_guarantee_and_every_hypothesis(claims):
    assert {name: [str(c) for c in conditions(claim)] for name, claim in claims.items()} == {n: list(row[1]) for n, row in TABLE.items()}


@pytest.mark.parametrize("name", TABLE)
def test_an_activation_that_meets_all_hypotheses(claims, known, name):
    assert claims[name].applies(known(TABLE[name][0])).holds is True


@pytest.mark.parametrize(("name", "hypothesis"), [(name, hypothesis) for name, row in TABLE.items() for hypothesis in row[1]])
def test_an_activation_that_fails_a_hypothesis(claims, known, name, hypothesis):
    text, failing = TABLE[name][1][hypothesis]
    verdicts = known(text)
    assert {str(c) for c in conditions(claims[name]) if c.verdict(verdicts).holds is not True} == failing
    assert hypothesis in failing and claims[name].applies(verdicts).holds is False


@pytest.mark.parametrize(("name", "hypothesis"), [(name, hypothesis) for name, row in TABLE.items() for hypothesis in row[1]])
def test_each_hypothesis_alone_is_needed_and_read_with_its_sign(claims, name, hypothesis):
    met = {h.removeprefix("not "): Verdict(not h.startswith("not "), "proved", "given") for h in TABLE[name][1]}
    plain = hypothesis.removeprefix("not ")
    assert claims[name].applies(met).holds is True
    assert claims[name].applies({**met, plain: ~met[plain]}).holds is False
    assert claims[name].applies({**met, plain: Verdict(None, None, "open")}).holds is None
