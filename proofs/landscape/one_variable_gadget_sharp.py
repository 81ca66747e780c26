"""Which polynomials have a gadget: exactly those whose even and odd part σ can see.

A ridge gadget ψ(⟨b, x⟩) needs σ̂_k ≠ 0 wherever p_k ≠ 0. A general φ(b, x) may use the length of x as well: on the unit sphere
tᵐ = tᵐ‖u‖^(k−m) is a form of any degree k ≥ m of the same parity, and exp(−Δ/2) lifts a form to the k-th Hermite component.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean, gaussian_moment
from theorycheck.claims.reference import reference_moments

#: Degrees up to which supports are listed and searched.
SEARCHED = 12

#: A polynomial in a = ⟨b, x⟩ and q = ‖x‖²: {(m, l): coefficient of aᵐ qˡ}.
Form = dict[tuple[int, int], Any]


@dataclass(frozen=True)
class Case:
    """An activation, the degrees k with σ̂_k ≠ 0 (up to `SEARCHED`), the coefficients of p from degree 0, and the dimension."""

    activation: str
    support: frozenset[int]
    polynomial: tuple[int, ...]
    dimension: int = 3

    def __str__(self) -> str:
        p = " + ".join(f"{c}·t^{m}" for m, c in enumerate(self.polynomial) if c)
        return f"σ = {self.activation}, p = {p}, d = {self.dimension}"

    def parts(self) -> list[dict[int, int]]:
        """The even and the odd part of p that are not zero, each as {degree: coefficient}."""
        both = [{m: c for m, c in enumerate(self.polynomial) if c and m % 2 == parity} for parity in (0, 1)]
        return [part for part in both if part]


RELU = frozenset({1, *range(0, SEARCHED + 1, 2)})
ODD = frozenset(range(1, SEARCHED + 1, 2))
CASES = (
    Case("relu", RELU, (0, 0, 0, 1)),  # t³: none
    Case("relu", RELU, (0, 1, 1)),
    Case("x**3 - 3*x", frozenset({3}), (0, 1), 4),  # t by the length of x: (b·x)(‖x‖² − d − 2)
    Case("x**3", frozenset({1, 3}), (0, 2, 0, -1), 2),
    Case("tanh(x)", ODD, (0, 0, 1)),  # t² for an odd σ: none
    Case("tanh(x)", ODD, (0, 1, 0, 0, 0, 1), 2),
    Case("x**4 - 6*x**2 + 3", frozenset({4}), (1, 0, -3), 5),  # 1 − 3t² by degree 4
    Case("x**3", frozenset({1, 3}), (0, 0, 0, 0, 0, 1)),  # t⁵: none
    Case("x**2", frozenset({0, 2}), (1,)),
    Case("tanh(x)", ODD, (1,)),  # a constant for an odd σ: none
)


def cases(rng: Any, count: int) -> tuple[Case, ...]:
    """Activations, polynomials and dimensions, those without a gadget among the first."""
    return CASES[:count]


claim = Claim(
    "landscape/one-variable-gadget-sharp",
    title="Exactly which polynomials of one inner product have a gadget",
    source=Source(deck="001", slide="Provable Non-convex Optimization Algorithms?", arxiv="1711.00501", note="Claim 3.1, corrected"),
    kind="equality",
    statement=r"\exists\,\psi(b^\top x) \iff (p_k \ne 0 \Rightarrow \hat\sigma_k \ne 0);\qquad \exists\,\phi(b,x),\ d \ge 2 \iff"
    r"\hat\sigma_k \ne 0 \text{ for some even } k \ge \deg p_{\mathrm{even}} \text{ and some odd } k \ge \deg p_{\mathrm{odd}}",
    reading="φ and ψ square integrable under N(0, I), all rows and b of length one; a part of p that is zero asks for nothing",
    assumes=[Instances("activations and polynomials", cases)],
    origin="theorycheck",
    knobs={"reach": 0, "parity": True, "heat": Fraction(-1, 2), "ridge": "where p is not zero"},
)


def witness(case: Case, part: dict[int, int], knobs: Any) -> int | None:
    """The statement about general gadgets: the least degree k that serves a part of p, or None when there is no gadget."""
    top = max(part)
    found = (k for k in sorted(case.support) if k >= top + knobs.reach and (not knobs.parity or (k - top) % 2 == 0))
    return next(found, None)


def ridge_exists(case: Case, knobs: Any) -> bool:
    """The statement about ridge gadgets."""
    asked = [m for m, c in enumerate(case.polynomial) if c or knobs.ridge == "up to the degree"]
    return case.support.issuperset(asked)


def laplacian(form: Form, dimension: Any) -> Form:
    """Δ(aᵐ qˡ) = m(m − 1) aᵐ⁻² qˡ + 2l(d + 2l − 2 + 2m) aᵐ qˡ⁻¹."""
    result: Form = {}
    for (m, n), c in form.items():
        for key, factor in (((m - 2, n), m * (m - 1)), ((m, n - 1), 2 * n * (dimension + 2 * n - 2 + 2 * m))):
            if factor != 0:
                result[key] = result.get(key, 0) + c * factor
    return result


def lifted(part: dict[int, int], degree: int, dimension: Any, heat: Any) -> Form:
    """exp(heat·Δ) of the form of that degree which is the part of p on the sphere; heat = −1/2 makes it a Hermite component."""
    term: Form = {(m, (degree - m) // 2): c for m, c in part.items()}
    total, step = dict(term), 0
    while term:
        step += 1
        term = {key: c * heat / step for key, c in laplacian(term, dimension).items()}
        for key, c in term.items():
            total[key] = total.get(key, 0) + c
    return total


def along(form: Form, r: Any, dimension: Any) -> dict[int, Any]:
    """E[form(x) | ⟨u, x⟩ = z] as {power of z: coefficient}, for ⟨u, b⟩ = r: a = rz + √(1 − r²)w, q = z² + w² + χ²_{d−2}."""
    result: dict[int, Any] = {}
    for (m, n), c in form.items():
        for i in range(0, m + 1, 2):
            for y in range(n + 1):
                for v in range(n - y + 1):
                    chi = 1
                    for step in range(v):
                        chi = chi * (dimension - 2 + 2 * step)
                    ways = comb(m, i) * factorial(n) // (factorial(y) * factorial(v) * factorial(n - y - v))
                    power = m - i + 2 * (n - y - v)
                    value = c * ways * chi * gaussian_moment(i + 2 * y) * r ** (m - i) * (1 - r**2) ** (i // 2)
                    result[power] = result.get(power, 0) + value
    return result


@claim.derive
def by_lifting_and_by_alternating_networks(log: Any, knobs: Any) -> None:
    import sympy

    t, r, first, second = sympy.symbols("t r b1 b2", real=True)
    d = sympy.Symbol("d", integer=True, positive=True)
    stretch = sympy.Symbol("T", positive=True)
    m, half = sympy.symbols("m l", integer=True, nonnegative=True)
    log.cite("landscape/key-lemma")  # E[σ(⟨u, x⟩) ψ(⟨b, x⟩)] = Σ σ̂_k ψ̂_k r^k
    log.cite("landscape/relu-hermite")  # the support of ReLU
    log.cite("heat-semigroup")
    log.cite("power-series-under-expectation")
    log.cite("hermite-completeness")
    log.cite("roots-of-unity")

    # There is a gadget: for Q(x) = aᵐ qˡ of degree k = m + 2l and x ~ N(Tu, I), E (exp(−Δ/2) Q)(x) = Q(Tu). So exp(−Δ/2) Q has
    # E[He_k(⟨u, x⟩) ·] = k! Q(u) = k! rᵐ for unit u, and 0 for every other degree than k.
    homogeneous = stretch ** (m + 2 * half) * r**m
    log.equal((stretch * r) ** m * (stretch**2) ** half, homogeneous, "aᵐ qˡ is a form of degree k = m + 2l, and rᵐ on the sphere")
    # There is none: Σ (−1)ʲ cosⁿ(πj/D − β) over j < 2D keeps the frequencies ±D, ±3D, … of cosⁿ, so it vanishes for n < D and for
    # n of the other parity. A network with these weights is 0 when σ̂_n = 0 for all n ≥ D of D's parity; p gives 2D·2^(1−D)·p_D.
    for size in (1, 2, 3, 4, 6):
        total = sum((-1) ** j * sympy.cos(sympy.pi * j / size) ** size for j in range(2 * size))
        log.equal(total, sympy.Rational(2 * size, 2 ** (size - 1)), f"the alternating sum of t^{size} is 2D·2^(1−D) for D = {size}")
    for case in CASES:
        # ridge: σ̂_k ψ̂_k = p_k for every k, because both sides are power series in r
        able = all(n in case.support for n, c in enumerate(case.polynomial) if c)
        log.equal(int(ridge_exists(case, knobs)), int(able), f"{case}: σ̂_k ψ̂_k = p_k can be solved for every k, or cannot, as stated")
        for part in case.parts():
            top, degree = max(part), witness(case, part, knobs)
            angles = [sympy.pi * sympy.Rational(j, max(top, 1)) for j in range(max(2 * top, 2))]
            signs = [(-1) ** j if top else 1 for j in range(len(angles))]  # degree 0: u and −u with equal signs
            value = sum(s * sum(c * sympy.cos(a) ** n for n, c in part.items()) for s, a in zip(signs, angles, strict=True))
            if degree is None:
                # the network Σ ± σ(⟨u_j, x⟩) has no Hermite component: it is the zero function, and p does not see that
                for k in sorted(case.support):
                    turned = sum(s * (first * sympy.cos(a) + second * sympy.sin(a)) ** k for s, a in zip(signs, angles, strict=True))
                    log.zero(sympy.expand(turned), f"{case}: the alternating network has no component of degree {k}")
                log.positive(value**2, f"{case}: the sum over that network is not 0, so there is no gadget for degree {top}")
            elif degree < top or (degree - top) % 2:
                log.zero(value, f"{case}: a gadget by degree {degree} gives the alternating network 0")
            else:
                mean = along(lifted(part, degree, d, sympy.Rational(knobs.heat)), r, d)
                z = sum(c * sum(comb(n, i) * gaussian_moment(i) * t ** (n - i) for i in range(n + 1)) for n, c in mean.items())
                stated = t**degree * sum(c * r**n for n, c in part.items())
                log.equal(sympy.expand(z), stated, f"{case}: for every d, degree {degree} serves the part of degree {top}")


@claim.certify
def at_activations_and_polynomials(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck import Activation, hermite_coefficients

    for case in check.instances(len(CASES)):
        sigma, size = Activation(case.activation), SEARCHED + 1
        engine = hermite_coefficients(sigma, size, digits=20)
        seen = [k for k, c in enumerate(engine) if not c.ball.contains(0)]
        if check.true(seen == sorted(case.support), "the degrees that σ sees") is False:
            return
        for part in case.parts():
            top, degree = max(part), witness(case, part, knobs)
            angles = [mpmath.pi * j / max(top, 1) for j in range(max(2 * top, 2))]
            signs = [(-1) ** j if top else 1 for j in range(len(angles))]
            value = mpmath.fsum(s * sum(c * mpmath.cos(a) ** m for m, c in part.items()) for s, a in zip(signs, angles, strict=True))
            if degree is None:
                check.less(mpmath.mpf("0.1"), abs(value), f"the alternating sum of t^{top}")
                rows = np.array([[float(mpmath.cos(a)), float(mpmath.sin(a))] for a in angles])
                outputs = np.array(signs) @ sigma(rows @ check.rng.standard_normal((2, 50)))
                answer = check.equal(0.0, float(np.abs(outputs).max()), "the alternating network is the zero function")
            elif degree < top or (degree - top) % 2:
                answer = check.equal(mpmath.mpf(0), value, f"the alternating sum of t^{top} for a gadget by degree {degree}")
            else:
                answer = True
                for r in (Fraction(1), Fraction(3, 5), Fraction(0), Fraction(-7, 25)):
                    mean = along(lifted(part, degree, case.dimension, knobs.heat), r, case.dimension)
                    found = mpmath.fsum(mpmath.mpmathify(c) * moment(case.activation, n) for n, c in mean.items() if c)
                    scale = mpmath.mpf(engine[degree].value) * mpmath.sqrt(factorial(degree))
                    stated = sum(c * r**m for m, c in part.items())
                    answer = answer and check.equal(mpmath.mpmathify(stated), found / scale, f"E[σ φ] at r = {r}", digits=10)
            if answer is False:
                return


@lru_cache(maxsize=128)
def moment(activation: str, power: int) -> Any:
    """E σ(z) zⁿ by mpmath; the kinks of the activations in `CASES` are at 0."""
    from theorycheck import Activation

    sigma = Activation(activation)
    return reference_moments(sigma.mpmath, [power])[0]


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def with_the_gadget_for_t(trial: Any, knobs: Any) -> None:
    """σ = z³ in dimension 4: (⟨b, x⟩)(‖x‖² − d − 2)/6 measures ⟨u, b⟩ itself, by the Hermite component of degree 3."""
    import numpy as np
    import sympy

    dimension, degree = 4, 3
    gadget = lifted({1: 1}, degree, dimension, knobs.heat)
    u, b = np.array([1.0, 0, 0, 0]), np.array([0.6, 0.8, 0, 0])

    def product(rng: Any, size: int) -> Any:
        x = rng.standard_normal((size, dimension))
        a, q = x @ b, (x * x).sum(axis=1)
        return (x @ u) ** degree * sum(float(c) * a**m * q**n for (m, n), c in gadget.items()) / factorial(degree)

    x = sympy.symbols(f"x:{dimension}")
    a, q = (3 * x[0] + 4 * x[1]) / sympy.Integer(5), sum(c**2 for c in x)
    square = (x[0] ** degree * sum(sympy.Rational(c) * a**m * q**n for (m, n), c in gadget.items())) ** 2
    bound = gaussian_mean(sympy.expand(square), *x) / factorial(degree) ** 2  # Var ≤ E of the square, exactly
    trial.estimate(product, theory=0.6, detect=0.12, variance=float(bound), label="E[⟨u, x⟩³ φ(b, x)] against ⟨u, b⟩")


claim.mutant("degree k ≥ deg − 2 is enough", by="derive", reach=-2)
claim.mutant("degree k ≥ deg + 2 is needed", by="derive", reach=2)
claim.mutant("any parity will do", by="derive", parity=False)
claim.mutant("a ridge gadget needs every degree up to deg p", by="derive", ridge="up to the degree")
claim.mutant("half the heat", by="derive", heat=Fraction(-1, 4))
claim.mutant("degree k ≥ deg − 2 is enough, certified", by="certify", reach=-2)
claim.mutant("degree k ≥ deg + 2 is needed, certified", by="certify", reach=2)
claim.mutant("any parity will do, certified", by="certify", parity=False)
claim.mutant("the form without its lift, sampled", by="simulate", heat=Fraction(0))
