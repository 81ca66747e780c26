"""The tangent kernel of one hidden layer with biases is strictly positive definite unless its activation is a polynomial.

A null vector c gives Σ c_i s(w·x_i + b) = 0 for all w, b; derivatives along a line of weights give Σ c_i y_i^k = 0 for every k, with
distinct y_i, so c = 0. For a polynomial of degree m all features are polynomials of degree m in x, of which C(m + n, n) are independent.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from nonpolynomial import POLYNOMIALS, degree_of, excluded, excludes

from theorycheck.claims import Claim, Holds, Instances, Source

#: Kinks at and off 0, smooth, periodic.
OTHERS = ("relu", "max(x - 1, 0)", "erf", "sin")
#: (s, t) for the point 2(s, t)/(1 − s² − t²): there √(|x|² + 1) is rational, and so is |x|. Few lengths, as each pair of them costs time.
LINE = tuple((Fraction(p, q), Fraction(0)) for p, q in ((1, 3), (-1, 3), (1, 2), (-1, 2), (1, 5)))
#: Five points of one circle and two of another: no conic contains six of them.
_DIRECTIONS = ((1, 0, 1), (0, -1, 1), (3, 4, 5), (4, -3, 5), (-5, 12, 13), (-8, -15, 17), (-3, 4, 5))
PLANE = tuple((Fraction(p, r) / size, Fraction(q, r) / size) for (p, q, r), size in zip(_DIRECTIONS, (3, 3, 3, 3, 3, 2, 2), strict=True))


def layers(rng: Any, count: int) -> Any:
    """An activation with the variance of its preactivations in units of |x|² + 1."""
    scales = (Fraction(1), Fraction(4), Fraction(1, 4))
    for number, text in enumerate((POLYNOMIALS + OTHERS)[:count]):
        yield text, scales[number % len(scales)]


claim = Claim(
    "signal/tangent-kernel-positive",
    title="The tangent kernel is strictly positive definite unless the activation is a polynomial",
    source=Source(
        deck="signal",
        arxiv="2404.12928",
        note="Carvalho, Costa, Mourão & Oliveira, The positivity of the neural tangent kernel (2024): every depth; here one hidden layer,"
        " with the converse",
    ),
    kind="implication",
    statement=r"\Theta(x, x') = \mathbb{E}\,s(h)\,s(h') + (a\,x\cdot x' + c)\,\mathbb{E}\,s'(h)\,s'(h'),"
    r"\quad h = \sqrt{a}\,w\cdot x + \sqrt{c}\,b:"
    r"\quad (\Theta(x_i, x_j))_{ij} > 0 \text{ for all distinct } x_1, \dots, x_N \iff s \text{ is not a polynomial};"
    r"\ \text{its rank is at most } \binom{m+n}{n} \text{ if } \deg s = m",
    reading="w and b are N(0, I) in R^n and N(0, 1), a, c > 0; s is locally absolutely continuous (continuous and piecewise analytic is"
    " enough), E s(h)² and E s'(h)² finite whatever the variance; outer weights of variance 1 without bias, which would add a constant",
    assumes=[
        Holds("continuous"),
        Holds("E s(cz)^2, E s'(cz)^2 finite"),
        Holds("polynomial", False),
        Instances("layers", layers),
    ],
    origin="theorycheck",
    guarantees=True,
    knobs={"excluded": "polynomial", "bias": 1, "surplus": 0},
)


@claim.derive
def by_power_sums(log: Any, knobs: Any) -> None:
    import sympy

    x = sympy.symbols("x1:3", real=True)
    y = sympy.symbols("y1:3", real=True)
    c1, c2, s1, s2, d1, d2, w, t, h, b = sympy.symbols("c1 c2 s1 s2 d1 d2 w t h b", real=True)
    root_a, root_c = sympy.symbols("alpha gamma", positive=True)  # a = α², c = γ²
    bias = knobs.bias * root_c

    def theta(u: Any, v: Any, s: Any, d: Any) -> Any:
        return s + (root_a**2 * sum(p * q for p, q in zip(u, v, strict=True)) + bias**2) * d

    form = c1**2 * theta(x, x, s1**2, d1**2) + 2 * c1 * c2 * theta(x, y, s1 * s2, d1 * d2) + c2**2 * theta(y, y, s2**2, d2**2)
    inner = sum((root_a * (c1 * d1 * p + c2 * d2 * q)) ** 2 for p, q in zip(x, y, strict=True)) + (bias * (c1 * d1 + c2 * d2)) ** 2
    log.equal(form, (c1 * s1 + c2 * s2) ** 2 + inner, "c·Θc is the mean of (Σ c_i s(h_i))² plus the squares of the inner layer")
    log.cite("vanishing-integral")  # c·Θc = 0 ⇒ Σ c_i s(h_i) = 0 for almost all (w, b)
    log.positive(sympy.exp(-(w**2 + b**2) / 2) / (2 * sympy.pi), "(w, b) has a positive density: s being continuous, for all (w, b)")

    log.cite("vandermonde")  # x_i − x_j ≠ 0, so (x_i − x_j)·(1, t, …, tⁿ⁻¹) has finitely many roots t: some w makes all w·x_i distinct
    numbers = sympy.symbols("y1:4", real=True)
    for size in (2, 3):
        table = sympy.Matrix(size, size, lambda i, k: numbers[i] ** k)
        product = sympy.prod(numbers[j] - numbers[i] for i in range(size) for j in range(i + 1, size))
        log.equal(sympy.expand(table.det()), sympy.expand(product), f"power sums up to {size - 1} at {size} points: the determinant")
    before, v0, v1, v2 = sympy.symbols("P v0 v1 v2", real=True)
    step = sympy.diff(before * (v0 + v1 * h * numbers[0] + v2 * (h * numbers[0]) ** 2 / 2), h).subs(h, 0)
    log.equal(step, before * numbers[0] * v1, "u = s∗φ: each derivative of u(ty + b) in t puts a factor y, so Σ c_i y_i^k u⁽ᵏ⁾(b) = 0")
    log.cite("differentiation-under-the-integral")  # s∗φ is smooth, (s∗φ)⁽ᵏ⁾ = s∗φ⁽ᵏ⁾, and Σ c_i (s∗φ)(ty_i + b) = 0 as well
    log.cite("vanishing-derivative")  # for every k some (s∗φ)⁽ᵏ⁾(b) ≠ 0, unless s is a polynomial: then all power sums are 0, and c is

    coefficients = sympy.symbols("a0:4", real=True)
    step, threshold = sympy.Symbol("H", positive=True), sympy.Symbol("b", positive=True)
    known: list[tuple[str, Any, int | None]] = [
        (f"a polynomial of degree {m}", sum(coefficients[j] * t**j for j in range(m)) + t**m, m) for m in range(4)
    ]
    for name, s, degree in [*known, ("exp(t²)", sympy.exp(t**2), None)]:
        if not excludes(knobs.excluded, degree, analytic=True):
            for k in range(6):
                at = sympy.diff(s, t, k).subs(t, knobs.bias * threshold)
                log.positive(sympy.expand(at), f"s = {name} is not excluded: derivative {k} is not 0 at some b")
            continue
        m = degree or 0
        weights = [(-1) ** j * sympy.binomial(m + 1, j) for j in range(m + 2)]
        places = [x[0] + (m + 1 - j) * step for j in range(m + 2)]
        outer = sum(q * s.subs(t, w * p + b) for q, p in zip(weights, places, strict=True))
        log.zero(sympy.expand(outer), f"s = {name}: difference {m + 1} of s(h) along a line of inputs")
        slope = sympy.diff(s, t)
        log.zero(
            sympy.expand(sum(q * p * slope.subs(t, w * p + b) for q, p in zip(weights, places, strict=True))),
            f"s = {name}: difference {m + 1} of x_k s'(h): both are polynomials of degree {m} in x",
        )
        for n in (1, 2, 3):
            terms = len(list(sympy.itermonomials(sympy.symbols(f"z1:{n + 1}"), m)))
            log.equal(terms, sympy.binomial(m + n, n) + knobs.surplus, f"monomials of degree {m} and less in {n} variables")
    log.cite("finite-differences")  # for every degree; on more points than there are monomials some c ≠ 0 annihilates all features


@claim.certify
def by_minors(check: Any, knobs: Any) -> None:
    """The leading minors of the Gram matrix: all positive, or zero from the stated rank on."""
    from math import comb

    from theorycheck import Activation

    for text, scale in check.instances(len(POLYNOMIALS + OTHERS)):
        f = Activation(text)
        if not excluded(knobs.excluded, f):
            for size, minor in enumerate(minors(f, scale, LINE[:4], knobs.bias), 1):
                check.less(0, minor, f"{text}: minor {size}, points on a line")
            continue
        degree = degree_of(f) or 0
        for n, points in ((1, LINE), (2, PLANE)):
            rank = comb(degree + n, n) + knobs.surplus
            if rank >= len(points):
                continue
            found = minors(f, scale, points[: rank + 1], knobs.bias)
            check.less(0, found[rank - 1], f"{text}: minor {rank}, points of R^{n}")
            check.equal(Fraction(0), found[rank], f"{text}: minor {rank + 1}, points of R^{n}")


def minors(f: Any, scale: Fraction, points: Any, bias: int) -> list[Any]:
    """The leading principal minors of Θ at points, exact where all entries are rational, else in balls."""
    from flint import arb_mat, ctx, fmpq, fmpq_mat

    upper = {(i, j): theta(f, scale, p, q, bias) for i, p in enumerate(points) for j, q in enumerate(points) if i <= j}
    rows = [[upper[min(i, j), max(i, j)] for j in range(len(points))] for i in range(len(points))]
    made = fmpq_mat if all(isinstance(v, fmpq) for v in upper.values()) else arb_mat
    with ctx.workprec(200):
        return [made([row[:k] for row in rows[:k]]).det() for k in range(1, len(points) + 1)]


def theta(f: Any, scale: Fraction, p: Any, q: Any, bias: int) -> Any:
    """Θ at two points, by our dual activations: exact where both are rational, else a ball."""
    from flint import arb, ctx, fmpq

    from theorycheck import dual_activation

    (x, size), (y, length) = _point(p, bias), _point(q, bias)
    inner = x[0] * y[0] + x[1] * y[1] + bias
    setting = {"at": inner / (size * length), "digits": 15, "variances": (scale * size**2, scale * length**2)}
    first, second = (dual_activation(f, **setting, derivative=slope) for slope in (False, True))
    factor = fmpq((scale * inner).numerator, (scale * inner).denominator)
    if all(v.exact is not None and v.exact.is_Rational for v in (first, second)):
        outer, sloped = (fmpq(int(v.exact.p), int(v.exact.q)) for v in (first, second))
        return outer + factor * sloped
    with ctx.workprec(200):
        return first.ball + arb(factor) * second.ball


def _point(parameters: Any, bias: int) -> tuple[tuple[Fraction, Fraction], Fraction]:
    """A point and √(|x|² + bias)."""
    s, t = parameters
    rest = 1 - s * s - t * t
    square = (4 * (s * s + t * t)) / rest**2 + bias
    return (2 * s / rest, 2 * t / rest), _root(square)


def _root(square: Fraction) -> Fraction:
    from math import isqrt

    return Fraction(isqrt(square.numerator), isqrt(square.denominator))


def least_eigenvalue(rng: Any, activation: str, width: int, points: int, bias: int) -> dict[str, float]:
    """Of the tangent kernel of one network at random points of the plane, over its trace."""
    import numpy as np

    from theorycheck import Activation

    f = Activation(activation)
    x = rng.standard_normal((points, 2))
    w, b = rng.standard_normal((2, width)), bias * rng.standard_normal(width)
    outer, slope = f(x @ w + b), f.derivative()(x @ w + b)
    gram = (outer @ outer.T + (x @ x.T + bias) * (slope @ slope.T)) / width
    return {"least": float(np.linalg.eigvalsh(gram)[0] / np.trace(gram))}


@claim.simulate(quick={"width": 2000, "networks": 3}, full={"width": 20_000, "networks": 20})
def with_wide_networks(trial: Any, knobs: Any) -> None:
    """Eleven points of the plane, one more than cubic polynomials have dimensions."""
    from theorycheck import Activation

    chosen = (*POLYNOMIALS, "relu", "tanh", "gelu", "elu")
    setting = {"width": trial.width, "points": 11, "bias": knobs.bias}
    rows = trial.sweep(least_eigenvalue, [{"activation": text, **setting} for text in chosen for _ in range(trial.networks)])
    for row in rows:
        left_out = excluded(knobs.excluded, Activation(row["activation"]))
        fits = abs(row["least"]) < 1e-13 if left_out else row["least"] > 1e-10
        trial.true(fits, f"{row['activation']}: least eigenvalue over trace {row['least']:.2g}, {'zero' if left_out else 'positive'}")


claim.mutant("unless it is affine", by="derive", excluded="affine")
claim.mutant("without biases", by="derive", bias=0)
claim.mutant("one dimension less", by="derive", surplus=-1)
claim.mutant("polynomials too", by="certify", excluded="none")
claim.mutant("without biases, certified", by="certify", bias=0)
claim.mutant("one dimension less, certified", by="certify", surplus=-1)
claim.mutant("unless it is affine, sampled", by="simulate", excluded="affine")
claim.mutant("unless it is analytic, sampled", by="simulate", excluded="analytic")
