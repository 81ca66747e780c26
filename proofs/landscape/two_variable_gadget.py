"""Gadgets for polynomials of two inner products: φ(v, w, x) with E[y φ] = Σ a_j q(⟨b_j, v⟩, ⟨b_j, w⟩), constructed and delimited.

A form Q of degree k becomes its Hermite component exp(−Δ/2) Q, which measures √(k!) σ̂_k Q(b_j). On unit rows a form of lower degree is one
of degree k as well, times a power of ‖x‖², so one coefficient σ̂_k of the right parity is enough for all degrees below k.
For s²t² this is the φ of the paper, with −2 where the paper prints +2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial
from typing import Any

from hermite_lift import Form, lifted, value_of

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Vector, axis, dot, scaled, unit_vector
from theorycheck.claims.isserlis import gaussian_mean, hermite_row
from theorycheck.claims.reference import reference_moments

#: Degrees up to which supports are listed and searched.
SEARCHED = 10


@dataclass(frozen=True)
class Case:
    """An activation, the degrees k with σ̂_k ≠ 0 (up to `SEARCHED`), and q as {(i, j): coefficient of sⁱtʲ}, kept as sorted items."""

    activation: str
    support: frozenset[int]
    polynomial: tuple[tuple[tuple[int, int], int], ...]

    def __str__(self) -> str:
        return f"σ = {self.activation}, q = " + " + ".join(f"{c}·s^{i}t^{j}" for (i, j), c in self.polynomial)

    def parts(self) -> list[dict[tuple[int, int], int]]:
        """The even and the odd part of q that are not zero."""
        both = [{power: c for power, c in self.polynomial if sum(power) % 2 == parity} for parity in (0, 1)]
        return [part for part in both if part]


RELU, ODD = frozenset({1, *range(0, SEARCHED + 1, 2)}), frozenset(range(1, SEARCHED + 1, 2))
CASES = (
    Case("relu", RELU, (((2, 2), 1),)),
    Case("relu", RELU, (((1, 2), 1),)),  # st²: none
    Case("tanh(x)", ODD, (((1, 1), 1),)),  # st for an odd σ: none
    Case("x**3 - 3*x", frozenset({3}), (((1, 0), 2), ((1, 2), 1))),  # 2s + st², both by degree 3
    Case("relu", RELU, (((1, 0), 1), ((1, 1), -1), ((0, 4), 2))),
    Case("x**4 - 6*x**2 + 3", frozenset({4}), (((0, 0), 1), ((1, 1), -3))),  # 1 − 3st by degree 4
    Case("x**2", frozenset({0, 2}), (((2, 2), 1),)),  # s²t²: none
    Case("tanh(x)", ODD, (((2, 1), 1), ((0, 1), -1))),
    Case("x**2", frozenset({0, 2}), (((2, 0), 1), ((0, 2), -1))),
)
#: Two teachers, b_1 and b_2 with weights 1 and 1/2, and the pair v, w; v and w need not be unit.
Setting = tuple[Case, tuple[Vector, Vector], tuple[Vector, Vector]]


def settings(rng: Any, count: int) -> Any:
    """Cases with rows and directions: all on axes, equal, opposite; then random ones."""
    e, f = axis(3), axis(3, 1)
    special = [((e, f), (e, f)), ((e, f), (e, e)), ((e, scaled(e, -1)), (f, scaled(e, 2)))]
    for number in range(count):
        if number < len(special):
            yield CASES[number % len(CASES)], *special[number]
            continue
        rows, directions = ((unit_vector(rng, 3), unit_vector(rng, 3)) for _ in range(2))
        yield CASES[number % len(CASES)], rows, (directions[0], scaled(directions[1], Fraction(3, 2)))


def longer_settings(rng: Any, count: int) -> Any:
    """Teachers whose rows are too long."""
    return ((case, tuple(scaled(b, 2) for b in rows), directions) for case, rows, directions in settings(rng, count))


claim = Claim(
    "landscape/two-variable-gadget",
    title="Gadgets for polynomials of two inner products",
    source=Source(deck="001", slide="Provable Non-convex Optimization Algorithms?", arxiv="1711.00501", note="eq. (2.9) and (3.3)"),
    kind="existence",
    statement=r"\mathbb{E}[y\,\phi^q(b_i, b_k, x)] = \sum_j a_j^\star\, q(\langle b_j^\star, b_i\rangle, \langle b_j^\star, b_k\rangle);"
    r"\qquad \phi^{s^2t^2} = \frac{1}{\sqrt6\,\hat\sigma_4}\Bigl(\tfrac12 |v|^2|w|^2 + \langle v,w\rangle^2"
    r" - \tfrac12|w|^2\langle v,x\rangle^2 - \tfrac12|v|^2\langle w,x\rangle^2 - 2\langle v,x\rangle\langle w,x\rangle\langle v,w\rangle"
    r" + \tfrac12\langle v,x\rangle^2\langle w,x\rangle^2\Bigr)",
    reading="unit rows b_j*, any v, w in dimension d ≥ 2; a gadget for q, valid for all v and w, exists exactly when σ̂_k ≠ 0 for some even "
    "k ≥ the degree of the even part of q and for some odd k ≥ that of the odd part; in ⟨v,x⟩ and ⟨w,x⟩ alone, when σ̂_k ≠ 0 for each "
    "degree k in q",
    assumes=[Instances("rows and directions", settings, drops={"unit rows": longer_settings})],
    knobs={"cross": -2, "heat": Fraction(-1, 2), "reach": 0, "parity": True, "pairing": "b_j against both"},
)


def serving(case: Case, part: dict[tuple[int, int], int], knobs: Any) -> int | None:
    """The statement about existence: the least degree k that serves a part of q, or None when there is no gadget."""
    top = max(sum(power) for power in part)
    found = (k for k in sorted(case.support) if k >= top + knobs.reach and (not knobs.parity or (k - top) % 2 == 0))
    return next(found, None)


def explicit(v2: Any, w2: Any, r: Any, a: Any, b: Any, knobs: Any) -> Any:
    """√6 σ̂_4 times the gadget for s²t², as stated; v2 = |v|², w2 = |w|², r = ⟨v, w⟩."""
    return v2 * w2 / 2 + r**2 - w2 * a**2 / 2 - v2 * b**2 / 2 + knobs.cross * a * b * r + a**2 * b**2 / 2


def target(weights: Any, products: Any, q: Any, knobs: Any) -> Any:
    """Σ_j a_j q(⟨b_j, v⟩, ⟨b_j, w⟩) from products[j] = (⟨b_j, v⟩, ⟨b_j, w⟩); the paper prints ⟨b_2, v⟩ as the second argument."""
    second = (lambda j: products[j][1]) if knobs.pairing == "b_j against both" else (lambda j: products[1][0])
    return sum(a * c * products[j][0] ** p * second(j) ** s for j, a in enumerate(weights) for (p, s), c in q)


def alternating(part: dict[tuple[int, int], int], library: Any) -> tuple[list[Any], list[int]]:
    """Angles and signs of a network whose Hermite components of the part's parity and degree ≥ its own are the only ones."""
    top = max(sum(power) for power in part)
    angles = [library.pi * j / max(top, 1) for j in range(max(2 * top, 2))]
    return angles, [(-1) ** j if top else 1 for j in range(len(angles))]


@claim.derive
def by_lifting_forms(log: Any, knobs: Any) -> None:
    import sympy

    alpha, beta, z, t = sympy.symbols("alpha beta z t", real=True)
    v_rest, w_rest, w_last, x2, x3, first, second = sympy.symbols("v2 w2 w3 x2 x3 b1 b2", real=True)
    stretch = sympy.Symbol("T", positive=True)
    i, j, half = sympy.symbols("i j l", integer=True, nonnegative=True)
    heat = sympy.Rational(knobs.heat)
    log.cite("heat-semigroup")
    log.cite("power-series-under-expectation")
    log.cite("hermite-completeness")
    log.cite("roots-of-unity")
    log.cite("landscape/relu-hermite")  # the support of ReLU

    # for a form Q of degree k and unit u: E[exp(Tz − T²/2) F(x)] = E F(x + Tu), and E (exp(−Δ/2) Q)(x + Tu) = Q(Tu) = T^k Q(u)
    log.equal(t * z - t**2 / 2 - z**2 / 2, -((z - t) ** 2) / 2, "tilting by exp(Tz − T²/2) shifts x by Tu")
    form = (stretch * sympy.Symbol("A", positive=True)) ** i * (stretch * sympy.Symbol("B", positive=True)) ** j * (stretch**2) ** half
    stated = stretch ** (i + j + 2 * half) * sympy.Symbol("A", positive=True) ** i * sympy.Symbol("B", positive=True) ** j
    log.equal(sympy.powsimp(sympy.expand_power_base(form)), stated, "aⁱ bʲ ‖x‖²ˡ is a form of degree i + j + 2l, and sⁱ tʲ on unit vectors")
    # so E[He_n(⟨u, x⟩) exp(−Δ/2) Q] = k! Q(u) for n = k and 0 otherwise, and E[σ(⟨u, x⟩) exp(−Δ/2) Q] = √(k!) σ̂_k Q(u)

    # directly: u = e_1, v = (α, v2, 0), w = (β, w2, w3): given ⟨u, x⟩ = z the gadget averages to Q(u) He_k(z)
    v, w, x = (alpha, v_rest, 0), (beta, w_rest, w_last), (z, x2, x3)
    v2, w2, r = alpha**2 + v_rest**2, beta**2 + w_rest**2 + w_last**2, alpha * beta + v_rest * w_rest

    def average(gadget: Any) -> Any:
        return sympy.expand(gaussian_mean(sympy.expand(gadget), x2, x3))

    def hermite(k: int) -> Any:
        return sum(c * z**p for p, c in enumerate(hermite_row(k)))

    a, b = (sum(p * q for p, q in zip(side, x, strict=True)) for side in (v, w))
    gadget = average(explicit(v2, w2, r, a, b, knobs))
    stated = sympy.expand(alpha**2 * beta**2 * hermite(4) / 2)
    if log.equal(gadget, stated, "the stated φ averages to s²t² He_4(z)/2: E[σφ] = √6 σ̂_4 s²t²") is False:
        return
    constructed = value_of(lifted({(2, 2): 1}, 4, v2, w2, r, 3, heat), v, w, x)
    double = 2 * explicit(v2, w2, r, a, b, knobs)
    if log.zero(sympy.expand(constructed - double), "and it is half of exp(−Δ/2) of ⟨v,x⟩²⟨w,x⟩²") is False:
        return
    products = ((alpha, beta), (sympy.Symbol("s2", real=True), sympy.Symbol("t2", real=True)))
    q = CASES[0].polynomial
    both = first * alpha**2 * beta**2 + second * products[1][0] ** 2 * products[1][1] ** 2
    log.equal(both, target((first, second), products, q, knobs), "a network of two units: each contributes q of its own two products")

    for case in CASES:
        able = all(sum(power) in case.support for power, _ in case.polynomial)
        for part in case.parts():
            top, degree = max(sum(power) for power in part), serving(case, part, knobs)
            angles, signs = alternating(part, sympy)
            turned = sympy.pi / 3  # v at angle 0, w at angle π/3: the top frequency of q does not cancel for these q
            value = sum(
                s * c * sympy.cos(angle) ** p * sympy.cos(angle - turned) ** n
                for s, angle in zip(signs, angles, strict=True)
                for (p, n), c in part.items()
            )
            if degree is None:
                for k in sorted(case.support):
                    component = sum(s * (first * sympy.cos(g) + second * sympy.sin(g)) ** k for s, g in zip(signs, angles, strict=True))
                    log.zero(sympy.expand(component), f"{case}: the alternating network has no component of degree {k}")
                log.positive(sympy.expand(value) ** 2, f"{case}: the sum over that zero function is not 0: no gadget for degree {top}")
            elif degree < top or (degree - top) % 2:
                if log.zero(value, f"{case}: a gadget by degree {degree} gives the alternating network 0") is False:
                    return
            else:
                found = average(value_of(lifted(part, degree, v2, w2, r, 3, heat), v, w, x))
                wanted = sum(c * alpha**p * beta**n for (p, n), c in part.items()) * hermite(degree)
                if log.zero(sympy.expand(found - wanted), f"{case}: degree {degree} serves the part of degree {top}") is False:
                    return
        degrees = sorted({sum(power) for power, _ in case.polynomial})
        for degree in degrees if able and len(degrees) > 1 else ():  # each degree by itself: no ‖x‖² is needed
            part = {power: c for power, c in case.polynomial if sum(power) == degree}
            found = average(value_of(lifted(part, degree, v2, w2, r, 3, heat), v, w, x))
            wanted = sum(c * alpha**p * beta**n for (p, n), c in part.items()) * hermite(degree)
            log.zero(sympy.expand(found - wanted), f"{case}: degree {degree} by ⟨v,x⟩ and ⟨w,x⟩ alone")


@claim.certify
def at_rows_and_directions(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck import Activation, hermite_coefficients

    weights = (Fraction(1), Fraction(1, 2))
    for case, rows, directions in check.instances(len(CASES) + 4):
        engine = hermite_coefficients(case.activation, SEARCHED + 1, digits=20)
        check.true([k for k, c in enumerate(engine) if not c.ball.contains(0)] == sorted(case.support), "the degrees that σ sees")
        products = [tuple(dot(row, side) for side in directions) for row in rows]
        v2, w2, r = dot(directions[0], directions[0]), dot(directions[1], directions[1]), dot(*directions)
        found = mpmath.mpf(0)
        for part in case.parts():
            top, degree = max(sum(power) for power in part), serving(case, part, knobs)
            if degree is None or degree < top or (degree - top) % 2:
                angles, signs = alternating(part, mpmath)
                turned = [(mpmath.cos(g), mpmath.cos(g - mpmath.pi / 3)) for g in angles]
                value = mpmath.fsum(s * c * p[0] ** i * p[1] ** j for s, p in zip(signs, turned, strict=True) for (i, j), c in part.items())
                if degree is not None:
                    if check.equal(mpmath.mpf(0), value, f"the alternating sum, for a gadget by degree {degree}") is False:
                        return
                    break
                check.less(mpmath.mpf("0.1"), abs(value), f"the alternating sum for degree {top}")
                plane = np.array([[float(mpmath.cos(g)), float(mpmath.sin(g))] for g in angles])
                outputs = np.array(signs) @ Activation(case.activation)(plane @ check.rng.standard_normal((2, 50)))
                check.equal(0.0, float(np.abs(outputs).max()), "the alternating network is the zero function")
                break
            scale = mpmath.sqrt(factorial(degree)) * mpmath.mpf(engine[degree].value)
            gadget = lifted(part, degree, v2, w2, r, 3, knobs.heat)
            if part == {(2, 2): 1} and degree == 4:
                gadget, scale = explicit_form(v2, w2, r, knobs), scale / 2
            for weight, row in zip(weights, rows, strict=True):
                found += mpmath.mpmathify(weight) * mean_with(case.activation, gadget, row, directions) / scale
        else:
            stated = target(weights, products, case.polynomial, knobs)
            if check.equal(mpmath.mpmathify(stated), found, "Σ a_j q and E[y φ]", digits=10) is False:
                return


def explicit_form(v2: Any, w2: Any, r: Any, knobs: Any) -> Form:
    """The stated gadget for s²t² as a form."""
    import sympy

    a, b = sympy.symbols("a b")
    terms = sympy.Poly(explicit(*(sympy.Rational(n) for n in (v2, w2, r)), a, b, knobs), a, b).terms()
    return {(i, j, 0): Fraction(int(c.p), int(c.q)) for (i, j), c in terms}


def mean_with(activation: str, gadget: Form, row: Vector, directions: tuple[Vector, Vector]) -> Any:
    """E[σ(⟨row, x⟩) gadget(x)] by turning the row onto the first axis (a rational reflection), Isserlis and mpmath."""
    import mpmath
    import sympy

    length = 1 if dot(row, row) == 1 else 2
    u = scaled(row, Fraction(1, length))
    normal = tuple(c - e for c, e in zip(u, axis(len(u)), strict=True))
    square = dot(normal, normal)

    def turned(vector: Vector) -> list[Any]:
        moved = vector if not square else tuple(c - 2 * dot(normal, vector) / square * m for c, m in zip(vector, normal, strict=True))
        return [sympy.Rational(c.numerator, c.denominator) for c in moved]

    x = sympy.symbols(f"x:{len(u)}")
    exact = {key: sympy.Rational(c.numerator, c.denominator) if isinstance(c, Fraction) else c for key, c in gadget.items()}
    polynomial = sympy.expand(value_of(exact, turned(directions[0]), turned(directions[1]), x))
    powers = sympy.Poly(gaussian_mean(polynomial, *x[1:]), x[0]).terms()
    return mpmath.fsum(mpmath.mpf(int(c.p)) / int(c.q) * moment(activation, length, n) for (n,), c in powers)


@lru_cache(maxsize=256)
def moment(activation: str, length: int, power: int) -> Any:
    """E σ(length·z) zⁿ by mpmath; the kinks of the activations in `CASES` are at 0."""
    from theorycheck import Activation

    sigma = Activation(activation)
    return reference_moments(lambda z: sigma.mpmath(length * z), [power])[0]


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def with_a_relu_teacher(trial: Any, knobs: Any) -> None:
    """One ReLU unit and the stated gadget for s²t², for unit and for longer directions."""
    import numpy as np
    import sympy

    level = -sympy.sqrt(6) / sympy.sqrt(48 * sympy.pi)  # √6 σ̂_4
    x = sympy.symbols("x:2")
    slanted, half = (Fraction(3, 5), Fraction(4, 5)), Fraction(1, 2)
    for v, w in ((slanted, slanted[::-1]), ((Fraction(1), Fraction(0)), (half, half))):
        sides = [[float(c) for c in side] for side in (v, w)]
        v2, w2, r = (float(dot(p, q)) for p, q in ((v, v), (w, w), (v, w)))

        def product(rng: Any, size: int, sides: Any = sides, v2: float = v2, w2: float = w2, r: float = r) -> Any:
            z = rng.standard_normal((2, size))
            return np.maximum(z[0], 0) * explicit(v2, w2, r, sides[0] @ z, sides[1] @ z, knobs) / float(level)

        a, b = (sum(sympy.Rational(c) * s for c, s in zip(side, x, strict=True)) for side in (v, w))
        polynomial = explicit(*(sympy.Rational(dot(p, q)) for p, q in ((v, v), (w, w), (v, w))), a, b, knobs)
        second = gaussian_mean(sympy.expand(x[0] ** 2 * polynomial**2), *x) / 2 / level**2  # φ is even: half of E z² φ²
        stated = target((1.0,), ((sides[0][0], sides[1][0]),), CASES[0].polynomial, knobs)
        trial.estimate(product, theory=stated, detect=0.25, variance=float(second), label=f"E[y φ] for |w|² = {w2:g}")


claim.misprint(
    "sign of the cross term",
    where="arXiv:1711.00501, eq. (2.9)",
    printed="+2 <v,x><w,x><v,w>",
    correct="-2 <v,x><w,x><v,w>",
    by="derive",
    cross=2,
)
claim.misprint(
    "the arguments of q",
    where="arXiv:1711.00501, eq. (3.3)",
    printed="q(<b_j*,b_i>, <b_k*,b_i>)",
    correct="q(<b_j*,b_i>, <b_j*,b_k>)",
    by="certify",
    pairing="b_j and b_2 against v",
)
claim.mutant("half the heat", by="derive", heat=Fraction(-1, 4))
claim.mutant("degree k ≥ deg − 2 is enough", by="derive", reach=-2)
claim.mutant("degree k ≥ deg + 2 is needed", by="derive", reach=2)
claim.mutant("any parity will do", by="derive", parity=False)
claim.mutant("rows not unit", by="certify", drop="unit rows")
claim.mutant("the printed sign, certified", by="certify", cross=2)
claim.mutant("any parity will do, certified", by="certify", parity=False)
claim.mutant("the printed sign, sampled", by="simulate", cross=2)
