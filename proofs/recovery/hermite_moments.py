"""The Hermite moment tensors of a one-hidden-layer network are sums of powers of its rows.

Derived from the generating function exp(⟨t,x⟩ − ‖t‖²/2) of the tensors, whose mean given one unit is that of the unit's own Hermite
polynomials; nothing is expanded but a power series in one variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import factorial, gamma, isqrt, pi, sqrt
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Teacher, Vector, dot, scaled, teachers
from theorycheck.claims.isserlis import gaussian_moment, hermite_row, polynomial_moment
from theorycheck.claims.reference import reference_moments

#: Activations with their degree of homogeneity, where they have one; their kinks are at 0.
DEGREES = {"squared_relu": 2, "relu": 1, "tanh": None, "where(x > 0, x**2, -x**2/2)": 2, "abs": 1, "gelu": None}
#: The orders of the tensors.
ORDERS = (1, 2, 3, 4)


def networks(rng: Any, count: int) -> Any:
    """Networks whose rows have rational lengths, probed in a direction that is not on them."""
    lengths = (Fraction(1), Fraction(3, 2), Fraction(1, 2), Fraction(2))
    for t in teachers(rng, count, tuple(DEGREES)):
        rows = tuple(scaled(row, lengths[(i + len(t.rows)) % 4]) for i, row in enumerate(t.rows))
        signs = tuple(Fraction(int(s)) for s in rng.choice([-1, 1], len(rows)))
        yield Teacher(t.activation, signs, rows, t.probe)


claim = Claim(
    "recovery/hermite-moments",
    title="The Hermite moments of a network are sums of powers of its rows",
    source=Source(deck="002", slide="Initialization by Tensor Method", arxiv="1706.03175"),
    kind="equality",
    statement=r"M_j = \sum_i v_i^\star m_{j,i}\,\bar w_i^{\star\otimes j},\ j \le 4;\quad "
    r"\mathbb{E}[y(x^{\otimes 3} - 3\,\mathrm{sym}(x\otimes I))] = \sum_i c\,v_i^\star\|w_i^\star\|^{q-3} w_i^{\star\otimes 3}",
    reading="m_j,i = E φ(‖w_i‖z) He_j(z) for any φ with finite moments; for q-homogeneous φ, c = E φ(z)(z³ − 3z), which is 0 for every "
    "even φ and for q = 1",
    assumes=[Instances("networks", networks)],
    knobs={"trace": 3, "exponent": -3, "sign": 1},
)


def contracted(order: int, p: Any, s: Any, trace: Any = 3) -> Any:
    """⟨He_j(x), t^⊗j⟩ with p = ⟨t, x⟩ and s = ‖t‖²; `trace` is the number of terms of x ⊗̃ I."""
    return (1, p, p**2 - s, p**3 - trace * p * s, p**4 - 6 * p**2 * s + 3 * s**2)[order]


def deck_factor(sign: Any, length: Any, degree: Any, knobs: Any) -> Any:
    """What the unit contributes to the sum with w^⊗3, apart from c: v ‖w‖^{q−3}."""
    return knobs.sign * sign * length ** (degree + knobs.exponent)


@claim.derive
def by_generating_function(log: Any, knobs: Any) -> None:
    import sympy

    p, a, b, z, u = sympy.symbols("p a b z u", real=True)
    tau = sympy.Symbol("tau", real=True)
    s = sympy.Symbol("s", positive=True)
    series = [sympy.sympify(contracted(j, p, s, knobs.trace)) / factorial(j) for j in range(5)]
    log.series(sympy.exp(tau * p - tau**2 * s / 2), tau, series, "exp(τ⟨t,x⟩ − τ²‖t‖²/2) generates the contracted tensors")

    log.cite("gaussian-pairs")  # with z = ⟨w̄, x⟩ and a = ⟨t, w̄⟩: ⟨t, x⟩ = a z + b u, a² + b² = ‖t‖²
    density = sympy.exp(-((u - b * tau) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)
    primitive = sympy.erf((u - b * tau) / sympy.sqrt(2)) / 2
    log.integral(density, (u, -sympy.oo, sympy.oo), 1, "a shifted Gaussian density has mass 1", primitive=primitive)
    before = tau * (a * z + b * u) - tau**2 * (a**2 + b**2) / 2 - u**2 / 2
    log.equal(before, tau * a * z - tau**2 * a**2 / 2 - (u - b * tau) ** 2 / 2, "completing the square in u")
    powers = [a**j * sympy.Poly(hermite_row(j)[::-1], z).as_expr() / factorial(j) for j in range(5)]
    log.series(sympy.exp(tau * a * z - tau**2 * a**2 / 2), tau, powers, "what remains generates aʲ He_j(z)")
    log.cite("power-series-under-expectation")
    log.cite("tower-and-linearity")  # so E[y ⟨He_j(x), t^⊗j⟩] = Σ v_i ⟨t, w̄_i⟩ʲ E φ(‖w_i‖z) He_j(z)
    log.cite("polarisation")  # which gives the tensors themselves

    length, q, value = (sympy.Symbol(name, positive=True) for name in ("ell", "q", "I"))
    up, down = sympy.symbols("A B", real=True)
    log.equal(deck_factor(1, length, q, knobs) * length**3, length**q, "‖w‖^{q−3} w^⊗3 = ‖w‖^q w̄^⊗3, and φ(‖w‖z) = ‖w‖^q φ(z)")
    n = sympy.Symbol("n", positive=True)
    x = sympy.Symbol("x", positive=True)
    gauss = sympy.exp(-(x**2) / 2)
    log.antiderivative(-(x ** (n + 1)) * gauss, x ** (n + 2) * gauss - (n + 1) * x**n * gauss, x, "so I_{n+2} = (n + 1) I_n, I_n = E zⁿ₊")
    log.limit(x ** (n + 1) * gauss, x, 0, 0, "nothing at 0", side="+")
    log.limit(x ** (n + 1) * gauss, x, sympy.oo, 0, "nothing at infinity", side="-")
    third = (up - down) * ((q + 2) * value - 3 * value)
    log.equal(third, (up - down) * (q - 1) * value, "φ = A z₊^q + B z₋^q: c = (A − B)(q − 1) I_{q+1}")
    log.zero(third.subs(q, 1), "so c = 0 for q = 1: ReLU, leaky ReLU")
    log.zero(third.subs(down, up), "and c = 0 for even φ")
    fourth = (up + down) * ((q + 3) * (q + 1) - 6 * (q + 1) + 3) * value
    log.equal(fourth, (up + down) * q * (q - 2) * value, "the constant of M_4 is (A + B) q(q − 2) I_q: not 0 for ReLU")


@dataclass(frozen=True)
class Unit:
    """One row: its length, the projection of the probe on it, and the rest of the probe's square."""

    length: Fraction
    along: Fraction
    rest: Fraction


def unit_of(row: Vector, probe: Vector) -> Unit:
    """The row's rational length s and a = ⟨t, w̄⟩, with ‖t‖² = 1."""
    square = dot(row, row)
    length = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    along = dot(row, probe) / length
    return Unit(length, along, 1 - along**2)


@claim.certify
def at_random_networks(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np
    import tensorly
    from flint import arb

    from theorycheck import Activation
    from theorycheck.tensor.moment_constants import moment_constants, population_moment
    from theorycheck.tensor.moments import hermite_moment

    seen: dict[Any, Any] = {}

    def power_moments(name: str, length: Fraction) -> Any:
        if (name, length) not in seen:
            sigma, s = Activation(name), mpmath.mpmathify(length)
            seen[name, length] = reference_moments(lambda z: sigma.mpmath(s * z), range(5))
        return seen[name, length]

    for network in check.instances(12):
        name = network.activation
        units = [(v, unit_of(row, network.probe)) for v, row in zip(network.weights, network.rows, strict=True)]
        constants = moment_constants(name, [u.length for _, u in units], 20)

        def measured(order: int, name: str = name, units: Any = units) -> Any:
            parts = [(v, expected(power_moments(name, u.length), order, u, knobs.trace)) for v, u in units]
            return mpmath.fsum(mpmath.mpmathify(v) * part for v, part in parts)

        for order in ORDERS:
            summands = [exact(knobs.sign * v * u.along**order) * row[order].ball for (v, u), row in zip(units, constants, strict=True)]
            if check.equal(sum(summands, arb(0)), measured(order), f"M_{order} along the probe", digits=13) is False:
                return
        degree = DEGREES[name]
        if degree is not None:  # the formula of the slide, with one constant c for all units
            c = moment_constants(name, [1], 20)[0][3].ball
            factors = [deck_factor(v, u.length, degree, knobs) * (u.along * u.length) ** 3 for v, u in units]
            if check.equal(c * exact(sum(factors, Fraction(0))), measured(3), "the slide's formula along the probe", digits=13) is False:
                return
        rows = np.array([[float(c) for c in row] for row in network.rows])
        signs = np.array([float(v) for v in network.weights])
        lengths = np.linalg.norm(rows, axis=1)
        powers = signs * np.array([float(row[3]) for row in constants])
        tensor = tensorly.cp_to_tensor((powers, [(rows / lengths[:, None]).T] * 3))
        check.equal(population_moment(name, signs, rows, 3).ravel(), tensor.ravel(), "the tensor room against TensorLy")
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)  # on the product grid the streamed moments of a cubic are exact
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    mass = np.outer(weights, weights).ravel() / (2 * pi) * len(grid)
    rows, signs = np.array([[1.0, 0.5], [-0.25, 2.0]]), np.array([1.0, -1.0])
    z = grid @ rows.T
    labels = mass * ((z**3 + z**2) @ signs)
    for order in ORDERS:
        room = population_moment("x**3 + x**2", signs, rows, order)
        check.equal(room.ravel(), hermite_moment(grid, labels, order).ravel(), f"streamed M_{order} on a quadrature grid", digits=9)


def exact(number: Fraction) -> Any:
    """As a ball."""
    from flint import arb, fmpq

    return arb(fmpq(number.numerator, number.denominator))


def expected(moments: Any, order: int, unit: Unit, trace: int) -> Any:
    """E φ(sz) ⟨He_j(x), t^⊗j⟩ with ⟨t, x⟩ = a z + b u, from the moments E φ(sz) zⁿ, expanding the deck's tensor as it is printed."""
    import mpmath
    import sympy

    z, w = sympy.symbols("z w")
    a, rest = (sympy.Rational(n.numerator, n.denominator) for n in (unit.along, unit.rest))
    polynomial = sympy.Poly(contracted(order, a * z + w, 1, trace), z, w)
    total = mpmath.mpf(0)
    for (power, other), coefficient in polynomial.terms():
        scale = coefficient * gaussian_moment(other) * rest ** (other // 2)  # w stands for b·N(0, 1), b² = rest
        total += mpmath.mpf(int(scale.p)) / int(scale.q) * moments[power]
    return total


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def along_a_probe(trial: Any, knobs: Any) -> None:
    """One unit of length 1 at cosine 0.96 with the probe: squared ReLU (c = √(2/π)), and ReLU, whose M_3 vanishes."""
    import numpy as np

    row, probe = np.array([0.6, 0.8]), np.array([0.8, 0.6])
    cosine = float(row @ probe)
    for name, degree, c in (("squared ReLU", 2, sqrt(2 / pi)), ("ReLU", 1, 0.0)):

        def product(rng: Any, size: int, degree: int = degree) -> Any:
            x = rng.standard_normal((2, size))
            return np.maximum(row @ x, 0) ** degree * contracted(3, probe @ x, 1.0, knobs.trace)

        fourth = 2 ** (2 * degree) * gamma(2 * degree + 0.5) / sqrt(pi) / 2  # E z₊^{4q}
        bound = sqrt(fourth * float(polynomial_moment([0, -knobs.trace, 0, 1], 4)))  # Var ≤ √(E y⁴ E H⁴)
        theory = c * deck_factor(1, 1.0, degree, knobs) * cosine**3
        trial.estimate(product, theory, detect=0.4, variance=bound, label=f"M_3 of {name} along a probe")


claim.mutant("one trace term too few", by="derive", trace=2)
claim.mutant("one power too many of the length", by="derive", exponent=-2)
claim.mutant("one trace term too few, computed", by="certify", trace=2)
claim.mutant("w̄ instead of w with the same power", by="certify", exponent=0)
claim.mutant("the other sign, sampled", by="simulate", sign=-1)
claim.mutant("no trace term, sampled", by="simulate", trace=0)
