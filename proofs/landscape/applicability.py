"""Which activations the designed objectives can see: those with Hermite coefficients of degree two and four.

Odd activations, even up to a constant such as sigmoid, have neither; squared ReLU and the quadratic lack degree four.
The zeros are exact: they come from symmetry or from exact integrals, never from small numbers.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean, hermite_row
from theorycheck.claims.reference import reference_moments

#: Activations of the catalogue that are odd up to a constant.
ODD = (
    "linear", "cubic", "step", "sign", "sigmoid", "tanh", "erf_integral", "erf", "softsign", "arctan", "sin", "hard_tanh", "hard_sigmoid",
    "soft_shrink", "hard_shrink", "tanh_shrink",
)  # fmt: skip
#: Activations of the catalogue for which σ̂_2 or σ̂_4 is 0.
EXCLUDED = (*ODD, "quadratic", "squared_relu")
#: Where the activations of the catalogue have kinks, and the ends of quadrature.
POINTS = (-12, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 12)


def catalogue(rng: Any, count: int) -> list[str]:
    """The names of the catalogue: near the border first, then those that are excluded."""
    from theorycheck.activation.catalog import ENTRIES

    first = ("squared_relu", "quadratic", "gelu")
    return [*first, *sorted((e.name for e in ENTRIES if e.name not in first), key=lambda name: name not in EXCLUDED)][:count]


claim = Claim(
    "landscape/applicability",
    title="Activations with Hermite coefficients of degree two and four",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="hypotheses of Theorems 2.2 and 2.3"),
    kind="equality",
    statement=r"\hat\sigma_2\,\hat\sigma_4 \ne 0 \text{ for ReLU, leaky ReLU, } |z|, e^z;\qquad \hat\sigma_2\,\hat\sigma_4 = 0"
    r"\text{ for } z^2, z_+^2 \text{ and every } \sigma \text{ odd up to a constant: sigmoid, tanh, erf, ...}",
    reading="the objectives of the deck need σ̂_2 ≠ 0 and σ̂_4 ≠ 0 (G itself σ̂_4 ≠ 0); the certify rung asks it of the whole catalogue of "
    "`theorycheck list activations`, where nothing else is excluded",
    assumes=[Instances("activations of the catalogue", catalogue)],
    knobs={"excluded": EXCLUDED},
)


@claim.derive
def by_symmetry_and_exact_integrals(log: Any, knobs: Any) -> None:
    import sympy

    z = sympy.Symbol("z", real=True)
    t = sympy.Symbol("t", positive=True)
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    two, four = z**2 - 1, z**4 - 6 * z**2 + 3

    def stated(name: str, seen: bool) -> None:
        log.equal(int(name not in knobs.excluded), int(seen), f"{name}: it {'is seen' if seen else 'is not seen'}, as stated")

    # odd up to a constant c: (σ − c)·h_2k is odd, and the constant is orthogonal to h_2 and h_4
    for even in (two, four):
        log.zero(even.subs(z, -z) - even, "He_2 and He_4 are even")
        log.zero(gaussian_mean(even, z), "a constant has no component of degree 2 or 4")
    # σ at t > 0 and at −t, on each pair of mirrored pieces
    half = sympy.Rational(1, 2)
    mirrored = {
        "linear": [(t, -t)],
        "cubic": [(t**3, -(t**3))],
        "step": [(1, 0)],
        "sign": [(1, -1)],
        "sigmoid": [(1 / (1 + sympy.exp(-t)), 1 / (1 + sympy.exp(t)))],
        "tanh": [(sympy.tanh(t), sympy.tanh(-t))],
        "erf": [(sympy.erf(t), sympy.erf(-t))],
        "erf_integral": [(sympy.sqrt(sympy.pi) * sympy.erf(t) / 2, sympy.sqrt(sympy.pi) * sympy.erf(-t) / 2)],
        "softsign": [(t / (1 + t), -t / (1 + t))],
        "arctan": [(sympy.atan(t), sympy.atan(-t))],
        "sin": [(sympy.sin(t), sympy.sin(-t))],
        "tanh_shrink": [(t - sympy.tanh(t), -t - sympy.tanh(-t))],
        "hard_tanh": [(t, -t), (1, -1)],
        "hard_sigmoid": [(half + t / 6, half - t / 6), (1, 0)],
        "soft_shrink": [(0, 0), (t - half, -t + half)],
        "hard_shrink": [(0, 0), (t, -t)],
    }
    for name, pieces in mirrored.items():
        constant = half if name in ("step", "sigmoid", "hard_sigmoid") else sympy.S.Zero
        for number, (right, left) in enumerate(pieces, 1):
            log.zero(right + left - 2 * constant, f"{name} − {constant} is odd, piece {number}")
        stated(name, False)

    # polynomials and half-lines, exactly
    log.zero(gaussian_mean(sympy.expand(z**2 * four), z), "z²: degree 4 vanishes")
    stated("quadratic", False)
    below = sympy.erf(z / sympy.sqrt(2)) / 2
    primitives = {1: -gauss, 2: below - z * gauss, 3: -(z**2 + 2) * gauss, 5: -(z**4 + 4 * z**2 + 8) * gauss}
    primitives |= {4: 3 * below - (z**3 + 3 * z) * gauss, 6: 15 * below - (z**5 + 5 * z**3 + 15 * z) * gauss}
    root = 1 / sympy.sqrt(2 * sympy.pi)
    moments = {1: root, 3: 2 * root, 5: 8 * root, 2: sympy.Rational(1, 2), 4: sympy.Rational(3, 2), 6: sympy.Rational(15, 2)}
    for p, value in moments.items():
        log.integral(z**p * gauss, (z, 0, sympy.oo), value, f"E z₊^{p}", primitive=primitives[p])

    def half_line(power: int, degree: int) -> Any:
        """E[z₊^power He_degree] for an even degree."""
        return sum(a * moments[p + power] for p, a in enumerate(hermite_row(degree)) if a)

    log.equal(half_line(2, 2), 1, "squared ReLU: E[z₊² He_2] = 1")
    log.zero(half_line(2, 4), "squared ReLU: E[z₊² He_4] = 0")
    stated("squared_relu", False)
    a = sympy.Rational(1, 100)
    for name, factor in (("relu", 1), ("leaky_relu", 1 - a), ("abs", 2)):  # the even part is abs(z)·factor/2
        for degree in (2, 4):
            log.positive((factor * half_line(1, degree)) ** 2, f"{name}: σ̂_{degree} is not 0")
        stated(name, True)
    s = sympy.Symbol("s", real=True)
    log.equal(s * z - z**2 / 2, s**2 / 2 - (z - s) ** 2 / 2, "completing the square: exp(z) has σ̂_k = √e/√(k!), never 0")
    stated("exp", True)


@claim.certify
def over_the_catalogue(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck import Activation, hermite_coefficients
    from theorycheck.activation.catalog import ENTRIES

    check.covers_all("every activation of the catalogue")
    for name in check.instances(len(ENTRIES)):
        coefficients = [hermite_coefficients(name, 5, digits=15)[k] for k in (2, 4)]
        zeros = [c for c in coefficients if c.ball.is_zero()]
        if name in knobs.excluded:
            # an exact zero comes from symmetry or from the exact class; the product is then 0 exactly
            if check.equal(0, zeros[0].exact if zeros else coefficients[0].ball * coefficients[1].ball, "σ̂_2 σ̂_4 = 0") is False:
                return
            continue
        if False in [check.less(0, abs(c.ball), f"σ̂_{k} ≠ 0") for k, c in zip((2, 4), coefficients, strict=True)]:
            return
        # exact breakpoints lie among the points, so tanh-sinh quadrature keeps its digits
        sigma = Activation(name)
        with mpmath.workdps(12):
            moments = dict(zip((0, 2, 4), reference_moments(sigma.mpmath, (0, 2, 4), POINTS), strict=True))
        for k, c in zip((2, 4), coefficients, strict=True):
            found = mpmath.fsum(a * moments[p] for p, a in enumerate(hermite_row(k)) if a) / mpmath.sqrt(mpmath.factorial(k))
            check.equal(c, found, f"σ̂_{k} by mpmath", digits=8)


claim.mutant("sigmoid is seen", by="derive", excluded=tuple(name for name in EXCLUDED if name != "sigmoid"))
claim.mutant("abs is not seen", by="derive", excluded=(*EXCLUDED, "abs"))
claim.mutant("squared ReLU is seen", by="certify", excluded=tuple(name for name in EXCLUDED if name != "squared_relu"))
claim.mutant("GELU is not seen", by="certify", excluded=(*EXCLUDED, "gelu"))
