"""Universal approximation and positive tangent kernels on the page of an activation, against ranks in floats and another engine."""

import mpmath
import numpy as np
import pytest
import sympy

from theorycheck import Activation, expectation
from theorycheck.activation.catalog import ENTRIES
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece
from theorycheck.claims.bundled import bundled_claims
from theorycheck.errors import DoesNotExist
from theorycheck.page import verify
from theorycheck.properties.recovery import properties
from theorycheck.properties.shape import as_poly, polynomial
from theorycheck.properties.universality import NAMES, universality

DENSE, POSITIVE = "signal/universal-approximation", "signal/tangent-kernel-positive"
BOUNDED, MOMENTS = NAMES[1:]


def found(f):
    f = Activation(f) if isinstance(f, str) else f
    claims = {claim.id: claim for claim in bundled_claims("guarantees=True")}
    verdicts = {**universality(f), "polynomial": polynomial(f)}
    return {name: claims[name].applies(verdicts) for name in (DENSE, POSITIVE)}


def half_line(expr):
    """0 on the left, the expression on the right."""
    return Activation.from_pieces((Piece(-sympy.oo, sympy.S.Zero, sympy.S.Zero), Piece(sympy.S.Zero, sympy.oo, expr)))


def rank_of_units(f):
    """How many of the functions s(wx + b) are independent at nine points, by singular values."""
    rng = np.random.default_rng(1)
    w, b = rng.uniform(-9, 9, (2, 400))
    values = f(np.multiply.outer(np.linspace(-1, 1, 9), w) + b)
    values = values / np.maximum(np.linalg.norm(values, axis=0), 1e-300)
    return np.linalg.matrix_rank(values, tol=1e-10)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_the_catalogue(name):
    f = Activation(name)
    degree = {"linear": 1, "quadratic": 2, "cubic": 3}.get(name)
    verdicts = found(f)
    assert verdicts[DENSE].holds is (degree is None), verdicts[DENSE]
    assert verdicts[POSITIVE].holds is (degree is None and name not in ("step", "sign", "hard_shrink")), verdicts[POSITIVE]
    assert rank_of_units(f) == (9 if degree is None else degree + 1)


@pytest.mark.parametrize("text", ["5", "0", "x/3 - 1", "(x - 1)^7", "max(x, x)", "where(x > 1, x^2 + 1, 1 + x^2)", "sin(x)^2 + cos(x)^2"])
def test_polynomials_have_neither(text):
    verdicts = found(text)
    assert verdicts[DENSE].holds is False and verdicts[POSITIVE].holds is False
    assert "polynomial holds: degree" in verdicts[DENSE].reason


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("sin(x)^2 + cos(x)^2", 0),
        ("cosh(x)^2 - sinh(x)^2", 0),
        ("erf(x) + erfc(x)", 0),
        ("sigmoid(x) + sigmoid(-x)", 0),
        ("2 + sinh(x) + cosh(x) - exp(x)", 0),
        ("log(1 + exp(x)) - log(1 + exp(-x))", 1),
        ("x^3*(tanh(x)^2 + 1/cosh(x)^2)", 3),
    ],
)
def test_polynomials_in_disguise(text, degree):
    verdict = polynomial(Activation(text))
    assert verdict.holds is True and verdict.reason.startswith(f"degree {degree}:")
    x = np.linspace(-1, 1, 9)
    fitted = np.polyfit(x, Activation(text)(x), degree)
    assert abs(fitted[0]) > 0.5 and abs(np.polyval(fitted, x) - Activation(text)(x)).max() < 1e-12


@pytest.mark.parametrize(
    ("text", "plain"), [("x^2*(sin(x)^2 + cos(x)^2)", "x^2"), ("(x^3 - x)*(erf(x) + erfc(x))", "x^3 - x"), ("tanh(x) - tanh(x)", "0")]
)
def test_a_polynomial_in_disguise_has_the_properties_of_the_polynomial(text, plain):
    f, g = Activation(text), Activation(plain)
    assert as_poly(f) == as_poly(g)
    assert {k: v.holds for k, v in properties(f).items() if k in ("P2", "polynomial")} == {
        k: v.holds for k, v in properties(g).items() if k in ("P2", "polynomial")
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("asin(tanh(x))", "grows at most like x^0, but derivative 1"),
        ("x + asin(tanh(x))", "grows at most like x^1, but derivative 2"),
        ("x*log(log(x^2 + 3))", "but derivative"),
        ("exp(abs(x)^(3/2))", "grows faster than every polynomial as x → ∞"),
        ("exp(abs(x)^3)", "jumps by 12"),
    ],
)
def test_no_polynomials(text, words):
    verdict = polynomial(Activation(text))
    assert verdict.holds is False and words in verdict.reason


def test_the_hypotheses_stand_in_the_reason():
    verdicts = found("max(x - 1, 0)")
    assert verdicts[DENSE].grade == "proved"
    assert "locally bounded holds: finite limits at every breakpoint" in verdicts[DENSE].reason
    assert "polynomial fails: s' jumps by 1 at x = 1" in verdicts[DENSE].reason
    assert f"{MOMENTS} holds" in verdicts[POSITIVE].reason and "continuous holds" in verdicts[POSITIVE].reason
    assert found("x + step(x - 2)")[POSITIVE].reason == "continuous fails: not continuous: s jumps by 1 at x = 2"


def test_undecided_is_not_taken_for_holding():
    verdicts = found("sqrt(x^80 + 1)")  # whether it is a polynomial is not decided
    assert verdicts[DENSE].holds is None and verdicts[POSITIVE].holds is None
    assert universality(half_line(sympy.sin(1 / x)))[BOUNDED].holds is None


@pytest.mark.parametrize("expr", [1 / x, sympy.log(x), x ** sympy.Rational(-1, 4), -1 / x**2])
def test_poles_are_not_locally_bounded(expr):
    verdict = universality(half_line(expr))[BOUNDED]
    assert (verdict.holds, verdict.witness) == (False, "0")
    assert found(half_line(expr))[DENSE].holds is False


def test_a_removable_singularity_is_bounded():
    assert universality(half_line(sympy.sin(x) / x))[BOUNDED].holds is True
    assert universality(half_line(x * sympy.log(x)))[BOUNDED].holds is True


@pytest.mark.parametrize(
    ("text", "holds"),
    [("exp(x^2/10)", False), ("sqrt(1 + exp(x^2/4))", False), ("exp(abs(x)^(3/2))", True), ("exp(-x^2)", True), ("cosh(3*x)", True)],
)
def test_growth_decides_whether_second_moments_are_finite(text, holds):
    verdict = universality(text)[MOMENTS]
    assert verdict.holds is holds
    if holds:
        f = Activation(text)
        for z in (-1e6, 1e6):  # the integrand s(10z)² exp(−z²/2) is tiny far out
            assert 2 * mpmath.log(abs(f.mpmath(10 * z))) - z * z / 2 < -1e11
    else:
        assert "is infinite for large c" in verdict.reason
        with pytest.raises(DoesNotExist):
            expectation(f"({text})^2", digits=5, scale=10)


@pytest.mark.parametrize(("power", "holds"), [("1/4", False), ("1/2", False), ("3/5", True), ("1", True), ("3/2", True)])
def test_a_root_has_a_tangent_kernel_when_the_square_of_its_slope_is_integrable(power, holds):
    verdict = universality(f"abs(x - 2)^({power})")[MOMENTS]
    assert verdict.holds is holds  # ∫ abs(x − 2)^(2p − 2) near 2 is finite exactly for p > 1/2
    if not holds:
        assert verdict.witness == "2" and "s'² is not integrable" in verdict.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abs(x)^(1/3)", "abs(x)^(-2/3) at x = 0:"),
        ("abs(x + 1)^(2/5)", "abs(x + 1)^(-3/5) at x = -1:"),
        ("abs(x - 1/3)^(1/4)", "abs(x - 1/3)^(-3/4) at x = 1/3:"),
    ],
)
def test_reasons_name_the_power_exactly(text, words):
    assert f"s' grows like {words}" in universality(text)[MOMENTS].reason
    slope = Activation(text).derivative()
    with pytest.raises(DoesNotExist, match="the integrand grows like") as error:
        expectation(Activation.from_pieces(tuple(Piece(p.start, p.end, p.expr**2) for p in slope.pieces)))
    assert words.partition("^")[0] + "**(-" in str(error.value) and "- -" not in str(error.value)


def test_the_page_and_its_document():
    page = verify("relu", digits=5)
    rows = {row["claim"]: row for row in page.to_json()["guarantees"]}
    assert rows[DENSE]["holds"] is True and rows[POSITIVE]["holds"] is True
    text = page.text()
    assert "GUARANTEES (one hidden layer; recovery: Gaussian inputs;" in text
    assert f"✓ {DENSE}" in text and f"✓ {POSITIVE}" in text
    rows = {row["claim"]: row for row in verify("square", digits=5).to_json()["guarantees"]}
    assert rows[DENSE]["holds"] is False and rows[POSITIVE]["reason"] == "polynomial holds: degree 2"
