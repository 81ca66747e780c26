"""One hidden layer approximates every continuous function, uniformly on compact sets, unless its activation is a polynomial.

∂^α_w s(w·x + b) at w = 0 is x^α s^(|α|)(b), a limit of sums of units; so all monomials are there once no derivative of s vanishes
identically, after mollification if need be. Units of a polynomial of degree m are polynomials of degree m: x^(m+1) stays away.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from nonpolynomial import OTHERS, POLYNOMIALS, degree_of, determinant, excluded, excludes, matrix

from theorycheck.claims import Claim, Holds, Instances, Source

#: Points of the line, and of the plane in general position.
LINE = tuple((Fraction(n, 4),) for n in (-4, -3, -2, -1, 0, 1, 2, 4))
_FIFTHS = ((0, 0), (5, 0), (0, 5), (-4, 1), (2, -5), (3, 4), (-3, -4), (-2, 3), (4, -1), (1, 2), (-1, -2))
PLANE = tuple((Fraction(p, 5), Fraction(q, 5)) for p, q in _FIFTHS)
#: Slopes and thresholds that units are chosen among reach so far; the threshold of max(x − 5, 0) is well inside.
REACH = 8

#: What is fitted with: a kink, a jump, and smooth ones.
SAMPLED = ("relu", "step(x - 1)", "tanh", "gelu", "snake", "sin")


def activations(rng: Any, count: int) -> tuple[str, ...]:
    """Texts of activations, polynomials first."""
    return (POLYNOMIALS + OTHERS)[:count]


claim = Claim(
    "signal/universal-approximation",
    title="A layer approximates every continuous function unless its activation is a polynomial",
    source=Source(
        deck="signal",
        note="Leshno, Lin, Pinkus & Schocken, Multilayer feedforward networks with a nonpolynomial activation function can approximate any"
        " function, Neural Networks 6 (1993)",
    ),
    kind="implication",
    statement=r"\overline{\mathrm{span}}\{x \mapsto s(w\cdot x + b):\ w \in \mathbb{R}^n,\ b \in \mathbb{R}\} = C(\mathbb{R}^n)"
    r" \iff s \text{ is not a polynomial}",
    reading="closure uniformly on compact sets; s bounded on every bounded interval, its discontinuities in a closed set of measure 0;"
    " a polynomial: equal to one almost everywhere; every n ≥ 1",
    assumes=[Holds("locally bounded"), Holds("polynomial", False), Instances("activations", activations)],
    guarantees=True,
    knobs={"excluded": "polynomial", "threshold": 1},
)


@claim.derive
def by_derivatives_in_the_weights(log: Any, knobs: Any) -> None:
    import sympy

    x1, x2, w1, w2, t, v0, v1, v2, before = sympy.symbols("x1 x2 w1 w2 t v0 v1 v2 P", real=True)
    h = sympy.Symbol("h", positive=True)
    jet = sympy.symbols("u0:5", real=True)  # u⁽ʲ⁾(b) for a smooth u: derivatives up to order 4 depend on nothing else
    unit = sum(jet[j] * (w1 * x1 + w2 * x2) ** j / sympy.factorial(j) for j in range(5))
    for p, q in ((1, 0), (1, 1), (0, 3), (2, 2)):
        found = sympy.diff(unit, w1, p, w2, q).subs({w1: 0, w2: 0})
        log.equal(found, x1**p * x2**q * jet[p + q], f"∂^α_w u(w·x + b) at w = 0 is x^α u^(|α|)(b): α = ({p}, {q})")
    quotient = before * (v0 + v1 * h * x1 + v2 * (h * x1) ** 2 / 2 - v0) / h  # P stands for the monomial so far, v for u^(|α|)
    log.limit(quotient, h, 0, before * x1 * v1, "one more derivative: a factor x_i and u^(|α|+1); the quotients tend to it", side="+")
    log.cite("mean-value-inequality")  # on a compact set uniformly, as they are off by at most h sup|∂²|/2: the closure keeps derivatives

    bound, size, steep, length, count, cover, mesh = sympy.symbols("M Phi kappa L r delta D", positive=True)
    # s∗φ against its Riemann sum: cells that meet the cover of the discontinuities have total length δ + 2rD at most; on the others
    # s varies by at most δ once the mesh D is small, and φ by κD everywhere. The bound is the same for all x of a bounded interval.
    error = length * (cover * size + bound * steep * mesh) + 2 * bound * size * (cover + 2 * count * mesh)
    log.cite("compact-null-sets")
    log.limit(error, mesh, 0, cover * size * (length + 2 * bound), "the error of the Riemann sum, as the mesh D → 0", side="+")
    log.limit(cover * size * (length + 2 * bound), cover, 0, 0, "and as δ → 0: s∗φ, of units, lies in the closure", side="+")
    log.cite("differentiation-under-the-integral")  # s∗φ is smooth, with (s∗φ)⁽ᵏ⁾ = s∗φ⁽ᵏ⁾
    log.cite("vanishing-derivative")  # so for every k some (s∗φ)⁽ᵏ⁾(b) is not 0, unless s is a polynomial: x^α is there, |α| = k

    coefficients = sympy.symbols("a0:4", real=True)
    known: list[tuple[str, Any, int | None]] = [
        (f"a polynomial of degree {m}", sum(coefficients[j] * t**j for j in range(m)) + t**m, m) for m in range(4)
    ]
    for name, s, degree in [*known, ("exp(t)", sympy.exp(t), None), ("exp(t²)", sympy.exp(t**2), None)]:
        if not excludes(knobs.excluded, degree, analytic=True):
            for k in range(6):
                at = sympy.diff(s, t, k).subs(t, knobs.threshold * h)
                log.positive(sympy.expand(at), f"s = {name} is not excluded: derivative {k} is not 0 at some threshold")
            continue
        # s excluded: its units along a line, x ↦ s(wx + b), are annihilated by a difference that does not annihilate x^(m+1)
        m = degree or 0
        weights = [(-1) ** j * sympy.binomial(m + 1, j) for j in range(m + 2)]
        along = sum(c * s.subs(t, w1 * (x1 + (m + 1 - j) * h) + w2) for j, c in enumerate(weights))
        log.zero(sympy.expand(along), f"s = {name}: difference {m + 1} of every unit")
        power = sum(c * (x1 + (m + 1 - j) * h) ** (m + 1) for j, c in enumerate(weights))
        log.equal(sympy.expand(power), sympy.factorial(m + 1) * h ** (m + 1), f"difference {m + 1} of x^{m + 1}")
        log.equal(sum(abs(c) for c in weights), 2 ** (m + 1), f"so x^{m + 1} is (m + 1)! h^(m+1)/2^(m+1) away from all sums of units")
    log.cite("finite-differences")  # the same for every degree
    # an s that equals a polynomial almost everywhere: the same at almost every start x1, which is enough for a continuous target
    log.cite("weierstrass")


@claim.certify
def by_determinants(check: Any, knobs: Any) -> None:
    """A sum of units takes any values at any k points, beyond every degree; those of a polynomial obey a linear relation."""
    from theorycheck import Activation

    for text in check.instances(len(POLYNOMIALS + OTHERS)):
        f = Activation(text)
        left_out = excluded(knobs.excluded, f)
        for points in (LINE, PLANE):
            dimension = len(points[0])
            if left_out:
                size = _dimension(degree_of(f) or 0, dimension) + 1
                units = _candidates(check.rng, dimension, size, knobs.threshold)
                value = determinant(matrix(f, _arguments(points[:size], units)))
                check.equal(Fraction(0), value, f"{size} units of {text} at {size} points of R^{dimension}: the determinant")
            else:
                units = _chosen(f, points, _candidates(check.rng, dimension, 400, knobs.threshold))
                value = determinant(matrix(f, _arguments(points, units)))
                check.less(0, value * value, f"{len(points)} units of {text} at {len(points)} points of R^{dimension}: det²")


def _dimension(degree: int, dimension: int) -> int:
    """Of the polynomials up to a degree in so many variables."""
    from math import comb

    return comb(degree + dimension, dimension)


def _candidates(rng: Any, dimension: int, count: int, threshold: int) -> Any:
    """Units as rows (w, b): multiples of 1/16, exact in floats."""
    units = rng.integers(-16 * REACH, 16 * REACH + 1, (count, dimension + 1)) / 16
    units[:, -1] *= threshold
    return units


def _arguments(points: Any, units: Any) -> list[list[Fraction]]:
    """w·x + b for every point (rows) and unit, exact."""
    exact = [[Fraction(float(v)) for v in unit] for unit in units]
    return [[sum((w * c for w, c in zip(unit, point, strict=False)), unit[-1]) for unit in exact] for point in points]


def _chosen(f: Any, points: Any, candidates: Any) -> Any:
    """As many units as points, far from linearly dependent at these points: pivots of a QR decomposition in floats."""
    import numpy as np
    from scipy.linalg import qr

    values = f(np.array(points, dtype=float) @ candidates[:, :-1].T + candidates[:, -1])
    _, _, order = qr(values / np.maximum(np.linalg.norm(values, axis=0), 1e-300), mode="economic", pivoting=True)
    return candidates[order[: len(points)]]


def target(x: Any) -> Any:
    """cos(5x): far from polynomials of small degree on [−1, 1]."""
    import numpy as np

    return np.cos(5 * x)


def distance(degree: int) -> float:
    """A lower bound of the distance of the target from polynomials up to a degree, by divided differences at Chebyshev's points.

    One that annihilates these polynomials keeps them as far away as its value over the sum of its weights' sizes. The next ones serve
    as well, and better where the target's symmetry makes the first one small.
    """
    import numpy as np

    found = []
    for top in range(degree, degree + 4):
        nodes = np.cos(np.pi * np.arange(top + 2) / (top + 1))
        weights = np.array([1 / np.prod(node - np.delete(nodes, i)) for i, node in enumerate(nodes)])
        found.append(float(abs(weights @ target(nodes)) / abs(weights).sum()))
    return max(found)


def fit(rng: Any, activation: str, width: int, threshold: int) -> dict[str, float]:
    """The largest error on a grid of the least squares fit by random units."""
    import numpy as np

    from theorycheck import Activation

    x = np.linspace(-1, 1, 401)
    w, b = rng.uniform(-REACH, REACH, (2, width))
    units = Activation(activation)(np.multiply.outer(x, w) + threshold * b)
    units = units / np.maximum(np.linalg.norm(units, axis=0), 1e-300)
    best, *_ = np.linalg.lstsq(units, target(x), rcond=1e-11)
    return {"error": float(abs(units @ best - target(x)).max())}


@claim.simulate(quick={"widths": (5, 40, 480)}, full={"widths": (5, 40, 480, 1920)})
def with_random_units(trial: Any, knobs: Any) -> None:
    """Random units and least squares for cos(5x): the error falls below a third of what cubic polynomials can do, or stays."""
    from theorycheck import Activation

    chosen = (*POLYNOMIALS, *SAMPLED)
    settings = [{"activation": text, "width": width, "threshold": knobs.threshold} for text in chosen for width in trial.widths]
    rows = trial.sweep(fit, settings)
    for text in chosen:
        first, *_, last = [row["error"] for row in rows if row["activation"] == text]
        f = Activation(text)
        if excluded(knobs.excluded, f):
            far = distance(degree_of(f) or 0)
            stays = 0.99 * far <= last <= 2 * far  # least squares come within a factor of what is best in the largest error
            trial.true(stays, f"{text}: error {last:.3f}, at least {far:.3f} up to the grid, and at most twice that")
        else:
            small = distance(3) / 3
            trial.true(last < first and last < small, f"{text}: error {last:.2g} with {trial.widths[-1]} units, below {small:.2g}")
    shown = [{**row, "error": max(row["error"], 1e-16)} for row in rows]
    trial.figure("error", shown, x="width", y="error", by="activation", log="xy", title="Random units and least squares for cos(5x)")


claim.mutant("unless it is affine", by="derive", excluded="affine")
claim.mutant("unless it is analytic", by="derive", excluded="analytic")
claim.mutant("polynomials too", by="certify", excluded="none")
claim.mutant("unless it is affine, certified", by="certify", excluded="affine")
claim.mutant("unless it is analytic, certified", by="certify", excluded="analytic")
claim.mutant("without thresholds", by="derive", threshold=0)
claim.mutant("without thresholds, certified", by="certify", threshold=0)
claim.mutant("polynomials too, sampled", by="simulate", excluded="none")
claim.mutant("without thresholds, sampled", by="simulate", threshold=0)
