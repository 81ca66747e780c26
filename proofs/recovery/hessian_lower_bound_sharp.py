"""The smallest eigenvalue at orthogonal W*, from two of the three terms of ρ, rows of unequal lengths included.

With W* along the axes and a_j = Σ c_jl e_l, the quadratic form is a sum of squares plus T1 times the squares of the off-diagonal c and T2
times those of the diagonal ones: T3 plays no part. Antisymmetric c without column sums see T1 alone, so T1 is attained for k ≥ 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Any

from theorycheck.claims import Claim, Holds, Instances, Source
from theorycheck.claims.instances import dot, scaled, unit_vector
from theorycheck.claims.reference import reference_moments


@dataclass(frozen=True)
class Teacher:
    """A network with rows σ_j q_j: the q_j orthonormal, weights v_j.

    Args:
        activation: the text of φ.
        norms: σ_j.
        weights: v_j.
        dimension: d.
        skew: rows that are not orthogonal instead, or None.
    """

    activation: str
    norms: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    dimension: int
    skew: tuple[tuple[Fraction, ...], ...] | None = None

    def __str__(self) -> str:
        lengths, v = (", ".join(map(str, part)) for part in (self.norms, self.weights))
        return f"φ = {self.activation}, lengths {lengths}, v = ({v}), d = {self.dimension}" + (", not orthogonal" if self.skew else "")


def _teacher(activation: str, norms: Any, weights: Any = None, dimension: int | None = None, skew: Any = None) -> Teacher:
    k = len(norms)
    return Teacher(activation, tuple(map(Fraction, norms)), tuple(map(Fraction, weights or [1] * k)), dimension or k, skew)


#: Kinked and smooth, monotone or not, T1 or T2 the smaller; one row, equal rows, rows of unequal lengths, dimensions to spare.
TEACHERS = (
    _teacher("relu", [1, 1, 1]),
    _teacher("tanh", [1, 1], [1, -1]),
    _teacher("tanh", [1, 1, 1, 1, 1]),
    _teacher("gelu", [1, 1, 1, 1], [1, -1, 1, -1], 6),
    _teacher("squared_relu", [1, 1]),
    _teacher("sigmoid", [1], None, 3),
    _teacher("abs", [1, 1, 1]),
    _teacher("tanh", ["1/2", 2, 1], [2, -1, "1/2"], 4),
    _teacher("erf_integral", [3, "1/3"]),
    _teacher("gelu", [1, 2, 3], [1, 1, -3]),
)


def teachers(rng: Any, count: int) -> tuple[Teacher, ...]:
    """Networks with orthogonal rows."""
    return TEACHERS[:count]


def skew_teachers(rng: Any, count: int) -> Iterator[Teacher]:
    """Unit rows at a small angle: hardly to be told apart."""
    near = (Fraction(35, 37), Fraction(12, 37))
    for activation in ("relu", "tanh", "gelu")[:count]:
        yield _teacher(activation, [1, 1], skew=((Fraction(1), Fraction(0)), near))


claim = Claim(
    "recovery/hessian-lower-bound-sharp",
    title="The smallest eigenvalue at orthogonal W* is at least the least of T1 and T2",
    source=Source(deck="002", slide="When LSC Holds", arxiv="1706.03175", note="sharper than the slide: T3 is not needed"),
    kind="lower bound",
    statement=r"W^\star \text{ with orthogonal rows:}\quad \lambda_{\min}(\nabla^2 f_{\mathcal D}(W^\star)) \ge"
    r"\min_j v_j^2 \min(T_1, T_2)(\|w_j^\star\|);\qquad \lambda_{\min} \le T_1(1) \text{ at } W^\star = I, k \ge 3",
    reading="any φ that is locally absolutely continuous with moments; no sign or growth of φ' is asked for",
    assumes=[Holds("strongly convex at W*"), Instances("teachers", teachers, drops={"orthogonal rows": skew_teachers})],
    knobs={"factor": 1, "second": 1, "cross": 1},
    origin="theorycheck",
    guarantees=True,
)


def terms(a: Any, knobs: Any) -> tuple[Any, Any]:
    """T1 and T2 from a[i, j] = E[φ'(σz)ⁱ zʲ]; the knob weighs a11² in T1."""
    return a[2, 0] - a[1, 0] ** 2 - knobs.cross * a[1, 1] ** 2, a[2, 2] - a[1, 1] ** 2 - a[1, 2] ** 2


@claim.derive
def by_sums_of_squares(log: Any, knobs: Any) -> None:
    import sympy

    # The coefficient of c_jl c_mn is a moment of at most four coordinates, and one more may lie beyond the span:
    # k = 4, d = 5 shows every k and d.
    k, d = 4, 5
    x, g = sympy.symbols(f"x0:{d}"), sympy.symbols(f"g0:{k}")
    c = sympy.Matrix(k, d, lambda j, m: sympy.Symbol(f"c{j}{m}", real=True))
    keys = ((1, 0), (1, 1), (1, 2), (2, 0), (2, 2))
    alpha = [{key: sympy.Symbol(f"a{key[0]}{key[1]}_{j}", real=True) for key in keys} for j in range(k)]
    plain = {(0, 0): 1, (0, 1): 0, (0, 2): 1}
    log.cite("recovery/population-hessian")  # v_j is absorbed: a factor v_j² in what follows
    log.cite("gaussian-coordinates")

    def mean(powers: tuple[int, ...]) -> Any:
        """E of Π x_l^p_l g_j^q_j with g_j = φ'(σ_j x_j): independent coordinates."""
        table = [{**plain, **alpha[j], (2, 1): 0} if j < k else plain for j in range(d)]  # g² z enters with a lone coordinate only
        return sympy.prod([table[j][(powers[d + j] if j < k else 0, powers[j])] for j in range(d)])

    inner = sum(g[j] * c[j, m] * x[m] for j in range(k) for m in range(d))
    form = sympy.Add(*[value * mean(powers) for powers, value in sympy.Poly(inner**2, *x, *g).terms()])
    a0, a1, a2 = ([row[1, power] for row in alpha] for power in range(3))
    first, second = zip(*(terms(row, knobs) for row in alpha), strict=True)
    squares = [(sum(a1[j] * c[j, j] for j in range(k))) ** 2]
    squares += [(a2[m] * c[m, m] + sum(a0[j] * c[j, m] for j in range(k) if j != m)) ** 2 for m in range(k)]
    squares += [(a1[j] * c[j, m] + a1[m] * c[m, j]) ** 2 for j, m in combinations(range(k), 2)]
    squares += [(sum(a0[j] * c[j, m] for j in range(k))) ** 2 for m in range(k, d)]
    squares += [(a1[j] * c[j, m]) ** 2 for j in range(k) for m in range(k, d)]
    weighted = [first[j] * c[j, m] ** 2 for j in range(k) for m in range(d) if m != j] + [second[j] * c[j, j] ** 2 for j in range(k)]
    log.equal(form, sum(squares) + sum(weighted), "the quadratic form as squares plus T1, T2 times the squares of c")
    p, q, least = sympy.symbols("p q m", nonnegative=True)  # T1 = m + p, T2 = m + q with m their least
    log.nonnegative(p * c[0, 1] ** 2 + q * c[0, 0] ** 2, "so the form less min(T1, T2) Σ c² is a sum of squares")
    log.nonnegative(least + p - knobs.factor * least, "T1 is at least the bound")

    rotation = {c[j, m]: 0 for j in range(k) for m in range(d)}
    rotation |= {c[0, 1]: 1, c[1, 0]: -1, c[1, 2]: 1, c[2, 1]: -1, c[2, 0]: 1, c[0, 2]: -1}
    equal = {symbol: alpha[0][key] for row in alpha for key, symbol in row.items()}
    attained = sympy.expand(form.subs(rotation).subs(equal))
    log.equal(attained, 6 * terms(alpha[0], knobs)[0], "three equal rows: the antisymmetric direction without column sums sees T1 alone")


@claim.certify
def at_orthogonal_teachers(check: Any, knobs: Any) -> None:
    from theorycheck.gaussian.moments import rho_terms
    from theorycheck.network.eigenvalues import smallest_eigenvalue
    from theorycheck.network.hessian import population_hessian
    from theorycheck.network.orthogonal_hessian import orthogonal_extremes

    for t in check.instances(len(TEACHERS)):
        at = [rho_terms(t.activation, s, 20).terms for s in t.norms]
        used = [row[: 1 + knobs.second] for row in at]
        bound = min((v * v * knobs.factor * term.ball for v, row in zip(balls(t.weights), used, strict=True) for term in row), key=float)
        if t.skew:
            least = smallest_eigenvalue(population_hessian(t.activation, t.skew, t.weights, digits=12), 10)
            check.less_equal(bound, least, "the bound at rows that are not orthogonal")
            return
        least = orthogonal_extremes(t.activation, t.norms, t.dimension, t.weights, 15)[0]
        if attained(t, used):
            found = check.equal(bound, least, "λ_min is T1, attained")
        else:
            found = check.less_equal(bound, least, "min T1, T2 against λ_min")
        if found is False:
            return
        check.equal(reference(t), least, "λ_min against mpmath's eigenvalues of the whole matrix", digits=12)
    rows = orthonormal_rows(check.rng, 3)
    turned = smallest_eigenvalue(population_hessian("relu", rows, digits=12), 10)
    check.equal(orthogonal_extremes("relu", [1, 1, 1])[0], turned, "a rotated W* has the same λ_min", digits=8)


def attained(t: Teacher, used: Any) -> bool:
    """Whether λ_min = T1: a row and dimensions enough for antisymmetric directions, and T1 not above T2."""
    equal = len(set(t.norms)) == 1 and {abs(v) for v in t.weights} == {1}
    return equal and len(t.norms) >= 3 and not used[0][0].ball > used[0][-1].ball


def balls(numbers: Any) -> list[Any]:
    """Rationals as balls."""
    from flint import arb, fmpq

    return [arb(fmpq(n.numerator, n.denominator)) for n in numbers]


def orthonormal_rows(rng: Any, dimension: int) -> list[list[Fraction]]:
    """A reflection I − 2uuᵀ with rational entries."""
    u = unit_vector(rng, dimension)
    unit = [tuple(Fraction(int(i == j)) for j in range(dimension)) for i in range(dimension)]
    return [[e - c for e, c in zip(row, scaled(u, 2 * dot(row, u)), strict=True)] for row in unit]


@lru_cache(maxsize=64)
def reference_alphas(activation: str, sigma: Fraction) -> tuple[Any, ...]:
    """E g, E gz, E gz², E g², E g²z² by mpmath."""
    import mpmath

    from theorycheck import Activation

    slope, s = Activation(activation).derivative(), mpmath.mpmathify(sigma)
    points = (-12, -1, 0, 1, 12)
    single = reference_moments(lambda z: slope.mpmath(s * z), [0, 1, 2], points)
    return (*single, *reference_moments(lambda z: slope.mpmath(s * z) ** 2, [0, 2], points))


def reference(t: Teacher) -> Any:
    """The least eigenvalue of the kd × kd matrix E[g_j g_m x_p x_q] by mpmath, no block structure used."""
    import mpmath

    with mpmath.workdps(18):
        alpha = [reference_alphas(t.activation, s) for s in t.norms]
        places = [(j, p) for j in range(len(t.norms)) for p in range(t.dimension)]

        def entry(j: int, p: int, m: int, q: int) -> Any:
            if j == m:
                return alpha[j][4 if p == j else 3] if p == q else 0
            counts = [[(p, q).count(i) for i in (j, m)], sum(i not in (j, m) for i in (p, q))]
            if counts[1] == 1 or (counts[1] == 2 and p != q):
                return 0
            return alpha[j][counts[0][0]] * alpha[m][counts[0][1]]

        v = [mpmath.mpmathify(w) for w in t.weights]
        matrix = mpmath.matrix([[v[j] * v[m] * entry(j, p, m, q) for m, q in places] for j, p in places])
        return mpmath.eigsy(matrix, eigvals_only=True)[0]


claim.mutant("twice the bound", by="derive", factor=2)
claim.mutant("without the cross moment in T1", by="derive", cross=0)
claim.mutant("twice the bound, certified", by="certify", factor=2)
claim.mutant("T1 alone", by="certify", second=0)
claim.mutant("rows not orthogonal", by="certify", drop="orthogonal rows")
