"""Training with another activation than the teacher's: any γ, and the γ that leaves only the tensors of order two and four.

For ReLU this γ is an explicit polynomial of degree four, derived here; for any other activation it follows from two coefficients.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial, pi, sqrt
from typing import Any

from network_pairs import NetworkPair, as_ball, beyond, compare, random_pair

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import axis, scaled
from theorycheck.claims.isserlis import gaussian_mean, hermite_row, polynomial_moment

#: Teachers and students; "designed" is γ = σ̂_2 h_2 + σ̂_4 h_4.
PAIRS = (
    ("relu", "designed"), ("softplus", "designed"), ("cos(x)", "designed"), ("gelu", "designed"),
    ("relu", "abs"), ("abs", "relu"), ("tanh", "sin(x)"), ("exp(x)", "x**3 - x"),
)  # fmt: skip
#: Degrees summed before the rest is enclosed.
TERMS = 40
#: √(2π) γ(z) for ReLU, lowest power first.
EXPLICIT = (Fraction(-5, 8), 0, Fraction(3, 4), 0, Fraction(-1, 24))


def networks(rng: Any, count: int) -> Any:
    """Equal networks, opposite rows, cancelling weights; then random unit rows."""
    one, e, f = Fraction(1), axis(3), axis(3, 1)
    special = [(((one,), (one,)), ((e,), (e,))), (((one,), (one,)), ((e,), (scaled(e, -1),))), (((one, -one), (one,)), ((e, f), (e,)))]
    for number in range(count):
        activations = PAIRS[number % len(PAIRS)]
        if number < len(special):
            yield NetworkPair(activations, *special[number])
        else:
            yield random_pair(rng, activations, int(rng.integers(1, 3)), int(rng.integers(2, 5)), Fraction(2), Fraction(1, 4))


def shorter_networks(rng: Any, count: int) -> Any:
    """Networks whose rows are too short."""
    return (pair.stretched(Fraction(1, 2)) for pair in networks(rng, count))


claim = Claim(
    "landscape/designed-activation",
    title="The loss with another activation, and the activation of degrees two and four",
    source=Source(deck="001", slide="New Loss Function", arxiv="1711.00501", note="Theorem 2.2 and the general form in its proof"),
    kind="equality",
    statement=r"f_\gamma(a,B) = \sum_k \Bigl\|\hat\sigma_k \sum_i a_i^\star b_i^{\star\otimes k} - \hat\gamma_k \sum_i a_i b_i^{\otimes k}"
    r"\Bigr\|_F^2 + \mathbb{E}\,\xi^2;\qquad \gamma = \hat\sigma_2 h_2 + \hat\sigma_4 h_4:\ "
    r"f_\gamma = \hat\sigma_2^2 f_2 + \hat\sigma_4^2 f_4 + \mathrm{const};\qquad "
    r"\sigma = \mathrm{ReLU}:\ \gamma(z) = \tfrac{1}{\sqrt{2\pi}}\bigl(-\tfrac{z^4}{24} + \tfrac{3z^2}{4} - \tfrac58\bigr)",
    reading="y = Σ a*_i σ(⟨b*_i, x⟩) + ξ, rows of length one, σ and γ square integrable; f_k = ‖Σ a* b*^⊗k − Σ a b^⊗k‖² and the constant "
    "is E ξ² plus the components of the teacher in degrees other than 2 and 4",
    assumes=[Instances("networks with unit rows", networks, drops={"unit rows": shorter_networks})],
    knobs={"sign": -1, "constant": 1, "fourth": 1, "designed": (2, 4)},
)


def loss(sigma: Any, gamma: Any, weights: Any, gram: Any, noise: Any, knobs: Any) -> Any:
    """The formula for f_γ, over the degrees whose coefficients are given."""
    total = knobs.constant * noise
    for k, (s, g) in enumerate(zip(sigma, gamma, strict=True)):
        stacked = [*(s * a for a in weights[0]), *(knobs.sign * g * a for a in weights[1])]
        total += sum(c * d * gram[i][j] ** k for i, c in enumerate(stacked) for j, d in enumerate(stacked))
    return total


def designed(sigma: Any, knobs: Any) -> list[Any]:
    """The coefficients of the designed activation from those of σ; the knobs: which degrees stay, and the sign of degree four."""
    kept = [c if k in knobs.designed else 0 * c for k, c in enumerate(sigma)]
    return [knobs.fourth * c if k == 4 else c for k, c in enumerate(kept)]


@claim.derive
def by_bilinearity(log: Any, knobs: Any) -> None:
    import sympy

    n = sympy.Symbol("n", integer=True, nonnegative=True)
    z, w = sympy.symbols("z w", real=True)
    r = sympy.Symbol("r", real=True)
    a1, a2, b1, b2, s, g = sympy.symbols("a1 a2 b1 b2 s g", real=True)
    noise = sympy.Symbol("v_xi", positive=True)
    log.cite("landscape/hermite-correlation")
    log.cite("hermite-completeness")  # E[σ(u) γ(v)] = Σ σ̂_k γ̂_k r^k for σ, γ in L²
    log.cite("tower-and-linearity")  # the cross term with ξ has mean 0

    names = [[sympy.Symbol(f"r{min(i, j)}{max(i, j)}", real=True) if i != j else sympy.S.One for j in range(4)] for i in range(4)]
    weights = ((a1, a2), (b1, b2))
    # degree k as the coefficient of t^k: E[σ(u)σ(v)], E[σ(u)γ(v)] and E[γ(u)γ(v)] contribute s², sg and g² times r^k
    for k in (0, 1, 4):
        pairs = [((s, a1), (s, a2)), ((g, b1), (g, b2))]
        teacher = sum(s * s * c * d * names[i][j] ** k for i, c in enumerate(weights[0]) for j, d in enumerate(weights[0]))
        student = sum(g * g * c * d * names[i + 2][j + 2] ** k for i, c in enumerate(weights[1]) for j, d in enumerate(weights[1]))
        cross = sum(s * g * c * d * names[i][j + 2] ** k for i, (_, c) in enumerate(pairs[0]) for j, (_, d) in enumerate(pairs[1]))
        stated = loss([0] * k + [s], [0] * k + [g], weights, names, noise, knobs)
        label = f"degree {k}: E y² − 2 E[y ŷ] + E ŷ² is the square of the difference, plus E ξ²"
        log.equal(sympy.expand(teacher - 2 * cross + student + noise), sympy.expand(stated), label)
    positive = sympy.Symbol("rho", positive=True)
    general = (s * a1) ** 2 - 2 * s * g * a1 * b1 * positive**n + (g * b1) ** 2
    square = (s * a1) ** 2 + 2 * knobs.sign * s * g * a1 * b1 * positive**n + (knobs.sign * g * b1) ** 2
    log.equal(general, square, "one unit each, every degree n")

    # the designed activation: degrees 2 and 4 of the student are those of the teacher, the others are 0
    levels = sympy.symbols("s0:7", real=True)
    kept = designed(levels, knobs)
    split = loss(levels, kept, weights, names, noise, knobs)
    tensors = {k: loss([0] * k + [1], [0] * k + [1], weights, names, 0, knobs) for k in (2, 4)}
    teacher = [loss([0] * k + [levels[k]], [0] * (k + 1), weights, names, 0, knobs) for k in range(7)]
    constant = sum(teacher[k] for k in range(7) if k not in (2, 4)) + noise
    wanted = levels[2] ** 2 * tensors[2] + levels[4] ** 2 * tensors[4] + constant
    log.zero(sympy.expand(split - wanted), "γ = σ̂_2 h_2 + σ̂_4 h_4: σ̂_2² f_2 + σ̂_4² f_4, and the other degrees are the teacher's")

    # ReLU: the polynomial, and one unit against one unit directly
    gauss = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    root, below = 1 / sympy.sqrt(2 * sympy.pi), sympy.erf(z / sympy.sqrt(2)) / 2
    primitives = (-gauss, below - z * gauss, -(z**2 + 2) * gauss, 3 * below - (z**3 + 3 * z) * gauss, -(z**4 + 4 * z**2 + 8) * gauss)
    half_line = (root, sympy.Rational(1, 2), 2 * root, sympy.Rational(3, 2), 8 * root)  # E z₊^(n + 1)
    for p, (value, primitive) in enumerate(zip(half_line, primitives, strict=True)):
        log.integral(z ** (p + 1) * gauss, (z, 0, sympy.oo), value, f"E z₊^{p + 1}", primitive=primitive)

    def against_relu(row: Any) -> Any:
        """E[z₊ p(z)] from the coefficients of p."""
        return sum(c * half_line[p] for p, c in enumerate(row))

    relu = [against_relu(hermite_row(k)) / sympy.sqrt(sympy.factorial(k)) for k in range(5)]
    hermite = [sum(c * z**p for p, c in enumerate(hermite_row(k))) / sympy.sqrt(sympy.factorial(k)) for k in range(5)]
    gamma = sum(c * h for c, h in zip(designed(relu, knobs), hermite, strict=True))
    explicit = root * sum(sympy.Rational(c) * z**p for p, c in enumerate(EXPLICIT))
    log.equal(sympy.expand(gamma), sympy.expand(explicit), "ReLU: σ̂_2 h_2 + σ̂_4 h_4 = (−z⁴/24 + 3z²/4 − 5/8)/√(2π)")
    c = sympy.Symbol("c", real=True)
    probe = sympy.Poly(gaussian_mean(sympy.expand(explicit.subs(z, r * z + c * w)), w), z).all_coeffs()[::-1]
    correlated = sympy.expand(against_relu(probe)).subs(c**4, (1 - r**2) ** 2).subs(c**2, 1 - r**2)
    direct = sympy.Rational(1, 2) - 2 * correlated + gaussian_mean(sympy.expand(explicit**2), z)
    stated = relu[2] ** 2 * (2 - 2 * r**2) + relu[4] ** 2 * (2 - 2 * r**4) + sympy.Rational(1, 2) - relu[2] ** 2 - relu[4] ** 2
    log.zero(sympy.expand(direct - stated), "E(ReLU(u) − γ(v))² at correlation r, by integrals, is σ̂_2² f_2 + σ̂_4² f_4 + const")


@claim.certify
def against_exact_kernels(check: Any, knobs: Any) -> None:
    from flint import arb, ctx

    from theorycheck import dual_activation
    from theorycheck.network.truncation import Spectrum, spectrum

    for pair in check.instances(len(PAIRS)):
        gram, signed, count = pair.gram, pair.signed, len(pair.weights[0])
        sigma, student = spectrum(pair.activations[0], TERMS), pair.activations[1]
        with ctx.workprec(120):
            if student == "designed":
                decimals = [arb(c.str(26, radius=False)) for c in sigma.coefficients]  # γ is text: decimals close to σ̂_2 and σ̂_4
                student = polynomial(designed(decimals, knobs))
                gamma = Spectrum(tuple(c if k in (2, 4) else arb(0) for k, c in enumerate(decimals)), arb(0))
            else:
                gamma = spectrum(student, TERMS)
            balls = [[as_ball(g) for g in row] for row in gram]
            weights = [[as_ball(a) for a in side] for side in pair.weights]
            theory = loss(sigma.coefficients, gamma.coefficients, weights, balls, as_ball(pair.noise), knobs)
            theory += beyond((sigma, gamma), pair, knobs.sign)
            evidence = as_ball(pair.noise)
            for i, c in enumerate(signed):
                for j, d in enumerate(signed):
                    texts = tuple(pair.activations[0] if place < count else student for place in (i, j))
                    evidence += as_ball(c * d) * mixed(dual_activation, *texts, gram[i][i], gram[i][j] / gram[i][i])
        if compare(check, theory, evidence, "f_γ and our dual activations") is False:
            return


def polynomial(coefficients: Any) -> str:
    """Σ c_k h_k as text."""
    terms = []
    for k, c in enumerate(coefficients):
        if not c.is_zero():
            hermite = " + ".join(f"({a})*x**{p}" for p, a in enumerate(hermite_row(k)) if a)
            terms.append(f"({c.str(26, radius=False)})*({hermite})/sqrt({factorial(k)})")
    return " + ".join(terms)


def mixed(dual_activation: Any, first: str, second: str, variance: Fraction, r: Fraction) -> Any:
    """E[f(u) g(v)] at correlation r and equal variances, by polarisation: twice it is the kernel of f + g less those of f and g."""

    def kernel(text: str) -> Any:
        return dual_activation(text, r, digits=16, variances=(variance, variance)).ball

    return kernel(first) if first == second else (kernel(f"{word(first)} + {word(second)}") - kernel(first) - kernel(second)) / 2


def word(text: str) -> str:
    """A catalogue name as an expression."""
    return {"relu": "max(x, 0)", "abs": "abs(x)", "softplus": "softplus(x)", "gelu": "x*Phi(x)", "tanh": "tanh(x)"}.get(text, f"({text})")


@claim.simulate(quick={"samples": 400_000}, full={"samples": 20_000_000})
def with_noisy_labels(trial: Any, knobs: Any) -> None:
    """A ReLU teacher, the explicit polynomial and abs(z)/2 as students."""
    import numpy as np

    weights, rows = (np.array([0.5, 0.25]), np.array([0.5, 0.5])), (np.array([[0.6, 0.8], [1, 0]]), np.array([[0.8, 0.6], [0, 1]]))
    stacked = np.vstack(rows)
    degrees, level = 60, 1 / sqrt(2 * pi)
    even = {k: (-1) ** (k // 2 - 1) * level * odd_factorial(k - 3) / sqrt(factorial(k)) for k in range(2, degrees, 2)}
    relu = [level, 0.5, *(even.get(k, 0.0) for k in range(2, degrees))]
    row = np.array([level * float(c) for c in EXPLICIT])
    gamma_fourth = float(polynomial_moment(EXPLICIT, 4)) * level**4
    row[[0, 2, 4]] += (knobs.fourth - 1) * relu[4] / sqrt(24) * np.array([3, -6, 1])
    half_abs = [c if k % 2 == 0 else 0.0 for k, c in enumerate(relu)]
    for name, student, coefficients, fourth in (
        ("the polynomial", lambda u: np.polyval(row[::-1], u), [c if k in (2, 4) else 0.0 for k, c in enumerate(relu)], gamma_fourth),
        ("abs(z)/2", lambda u: np.abs(u) / 2, half_abs, 3 / 16),
    ):

        def squared_error(rng: Any, size: int, student: Any = student) -> Any:
            x = rng.standard_normal((2, size))
            label = weights[0] @ np.maximum(rows[0] @ x, 0) + rng.standard_normal(size)
            return (label - weights[1] @ student(rows[1] @ x)) ** 2

        theory = loss(relu, coefficients, weights, stacked @ stacked.T, 1.0, knobs)
        missing = 0.5 - sum(c * c for c in relu)  # what the teacher has beyond the degrees summed, at most this for each pair of units
        bound = (sum(weights[0]) * 1.5**0.25 + sum(weights[1]) * fourth**0.25 + 3**0.25) ** 4  # E(y − ŷ)⁴ by Minkowski
        detect = 0.15 + 4 * missing
        trial.estimate(squared_error, theory=float(theory), detect=detect, variance=bound, label=f"f_γ for {name}")


def odd_factorial(n: int) -> int:
    """n!! for odd n >= −1."""
    return 1 if n < 2 else n * odd_factorial(n - 2)


claim.misprint(
    "no constant",
    where="deck 001, slide “New Loss Function”",
    printed="f_gamma = sum_k ||...||_F^2",
    correct="f_gamma = sum_k ||...||_F^2 + E xi^2",
    by="derive",
    constant=0,
)
claim.mutant("plus the student", by="derive", sign=1)
claim.mutant("σ̂_4 with the sign of the paper's footnote", by="derive", fourth=-1)
claim.mutant("degree six as well", by="derive", designed=(2, 4, 6))
claim.mutant("rows not unit", by="certify", drop="unit rows")
claim.mutant("σ̂_4 with the other sign, certified", by="certify", fourth=-1)
claim.mutant("degrees one, two and four, certified", by="certify", designed=(1, 2, 4))
claim.mutant("no constant, sampled", by="simulate", constant=0)
claim.mutant("plus the student, sampled", by="simulate", sign=1)
