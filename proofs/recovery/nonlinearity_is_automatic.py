"""For a monotone activation, property P2 of the recovery guarantees says no more than "not affine".

With g(z) = φ'(σz) and a_j = E[g zʲ], the terms of ρ(σ) are T1 = ‖g − a0 − a1 z‖², T2 = ‖zg − a1 − a2 z‖² and
T3 = a0 E[g (z − a1/a0)²]; each vanishes only for very special φ', and which φ' those are does not depend on σ.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source

#: Monotone and continuous: kinked, flat in parts, affine, smooth and saturating, growing, and φ' touching zero.
MONOTONE = (
    "x", "3*x - 2", "relu", "leaky_relu", "hard_tanh", "max(x - 5, 0)", "squared_relu", "x**3", "x + sin(x)", "tanh", "softplus", "elu",
)  # fmt: skip
SIGMAS = (Fraction(1, 10), Fraction(1), Fraction(10))


def monotone_activations(rng: Any, count: int) -> tuple[str, ...]:
    """Texts of monotone, continuous activations."""
    return MONOTONE[:count]


def without_monotonicity(rng: Any, count: int) -> tuple[str, ...]:
    """Continuous, not affine, not monotone."""
    return ("sin(x)", "x**2 + 3*x", "abs(x)")[:count]


def without_continuity(rng: Any, count: int) -> tuple[str, ...]:
    """Increasing and not affine, but with a jump: φ' is constant almost everywhere."""
    return ("step(x)", "x + step(x)")[:count]


claim = Claim(
    "recovery/nonlinearity-is-automatic",
    title="Monotone and not affine: then ρ(σ) > 0 for every σ",
    source=Source(deck="002", slide="When LSC Holds", arxiv="1706.03175", note="property P2"),
    kind="implication",
    statement=r"\varphi' \ge 0 \implies \bigl(\exists\sigma:\ \rho(\sigma) > 0 \iff \forall\sigma:\ \rho(\sigma) > 0"
    r" \iff \varphi \text{ is not affine}\bigr)",
    reading="φ locally absolutely continuous, φ' ≥ 0 almost everywhere, E φ'(σz)² z² finite for the σ in question",
    assumes=[
        Holds("P1"),  # continuous, monotone, and of polynomial growth: what `verify` decides of the reading
        Holds("affine", False),
        Instances("activations", monotone_activations, drops={"monotone": without_monotonicity, "continuous": without_continuity}),
    ],
    knobs={"first": 1, "second": 1, "third": 1},
    origin="theorycheck",
    guarantees=True,
)


def terms(a: Any, knobs: Any) -> tuple[Any, Any, Any]:
    """T1, T2, T3 from a[i, j] = E[φ'(σz)ⁱ zʲ]; the knobs are the weights of a11² in each."""
    square = a[1, 1] * a[1, 1]
    return (
        a[2, 0] - a[1, 0] * a[1, 0] - knobs.first * square,
        a[2, 2] - knobs.second * square - a[1, 2] * a[1, 2],
        a[1, 0] * a[1, 2] - knobs.third * square,
    )


@claim.derive
def by_projections(log: Any, knobs: Any) -> None:
    import sympy

    g, z = sympy.symbols("g z", real=True)
    slope, intercept, x = sympy.symbols("B A x", real=True)
    alpha = {(i, j): sympy.Symbol(f"a{i}{j}", real=True) for i in (1, 2) for j in range(3)}
    gaussian = {(0, 0): 1, (0, 1): 0, (0, 2): 1}  # E zʲ

    def mean(expr: Any) -> Any:
        """E of a polynomial in g and z, as a combination of the a[i, j]."""
        table = {**alpha, **gaussian}
        return sympy.Add(*[c * table[i, j] for (i, j), c in sympy.Poly(expr, g, z).terms()])

    a0, a1, a2 = (alpha[1, j] for j in range(3))
    first, second, third = terms(alpha, knobs)
    log.equal(mean((g - a0 - a1 * z) ** 2), first, "T1 is the squared distance of g from its projection a0 + a1 z")
    log.equal(mean((z * g - a1 - a2 * z) ** 2), second, "T2 is the squared distance of zg from its projection a1 + a2 z")
    c = sympy.Symbol("c", real=True)
    spread = mean(g * (z - c) ** 2)
    positive = sympy.Symbol("p", positive=True)  # a0 > 0 unless g = 0 almost everywhere
    log.equal(positive * spread.subs(c, a1 / positive).subs(a0, positive), third.subs(a0, positive), "T3 = a0 E[g (z − a1/a0)²]")
    log.nonnegative((z - c) ** 2, "so T1, T2 and, for g ≥ 0, T3 are never negative")

    log.cite("vanishing-integral")  # T1 = 0 ⇒ g = a0 + a1 z a.e.; T2 = 0 ⇒ zg = A + Bz a.e.; T3 = 0 ⇒ g = 0 a.e.
    log.equal((intercept + slope * x).subs(x, -(intercept + 1) / slope), -1, "A + Bx with B ≠ 0 takes the value −1: φ' ≥ 0 forces B = 0")
    epsilon = sympy.Symbol("e", positive=True)
    log.antiderivative(-1 / z, 1 / z**2, z, "the primitive of 1/z²")
    log.limit(1 / epsilon - 1, epsilon, 0, sympy.oo, "A/z is square integrable near 0 only for A = 0: T2 = 0 forces g constant", side="+")
    log.cite("fundamental-theorem-of-calculus")  # φ' constant almost everywhere and φ absolutely continuous: φ is affine

    straight = {(1, 0): c, (1, 1): 0, (1, 2): c, (2, 0): c**2, (2, 2): c**2}  # g = c
    for index, term in enumerate(terms(straight, knobs)):
        value = c**2 if index == 2 else 0  # T1 = T2 = 0, so ρ = 0; T3 = c² ≥ 0
        log.equal(term, value, f"φ affine with slope c: T{index + 1}")
    scale = sympy.Symbol("s", positive=True)
    density = sympy.exp(-(x**2) / (2 * scale**2)) / (scale * sympy.sqrt(2 * sympy.pi))
    log.positive(density, "σz has a positive density: “almost everywhere” means the same for every σ")


@claim.certify
def at_three_scales(check: Any, knobs: Any) -> None:
    from flint import ctx

    from theorycheck import Activation
    from theorycheck.gaussian.moments import alphas, rho_terms
    from theorycheck.properties.shape import affine, continuous

    for text in check.instances(len(MONOTONE)):
        f = Activation(text)
        straight, whole = affine(f).holds, continuous(f).holds
        for sigma in SIGMAS:
            with ctx.workprec(150):
                found = terms({key: value.ball for key, value in alphas(f, sigma, 40).items()}, knobs)
            label = f"ρ({sigma}) of {text}"
            if straight:
                for index in range(2):
                    check.equal(0, found[index], f"{label} is 0: T{index + 1}")
                continue
            for index, term in enumerate(found):
                check.less(0, term, f"{label}: T{index + 1} > 0")
            if whole:
                engine = rho_terms(f, sigma, 20)
                for index, term in enumerate(found):
                    check.equal(engine.terms[index], term, f"{label}: T{index + 1} without cancellation and by subtraction")


claim.mutant("T3 with twice the cross moment", by="derive", third=2)
claim.mutant("T2 without the cross moment", by="derive", second=0)
claim.mutant("T3 with twice the cross moment, at three scales", by="certify", third=2)
claim.mutant("T1 with thrice the cross moment", by="certify", first=3)
claim.mutant("not monotone", by="certify", drop="monotone")
claim.mutant("not continuous", by="certify", drop="continuous")
