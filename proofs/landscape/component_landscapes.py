"""The landscapes of the components f_0, f_1, f_2, f_4 of the population loss: which have spurious minima, and which identify B*.

Low degrees are tame and say little: f_1 and f_2 have no spurious minimum where it is stated, and many minimisers. f_4 has the right
minimiser only, and degenerate saddles, found exactly: both rows at π/8 from e_1, or the rows (e_1, 0) when their length is free.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tensor_components import component, descend, value_and_gradient

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Vector, axis, dot, scaled, unit_vector

Network = tuple[tuple[Fraction, ...], tuple[Vector, ...]]


def rival_networks(rng: Any, count: int) -> Any:
    """(a*, B*) with independent unit rows, and another (a, B) of as many units: rotated, mirrored, merged rows; then random ones."""
    one, zero, e, f = Fraction(1), Fraction(0), axis(2), axis(2, 1)
    slanted, across = (Fraction(3, 5), Fraction(4, 5)), (Fraction(-4, 5), Fraction(3, 5))
    near = (Fraction(9999, 10001), Fraction(200, 10001))
    yield ((one, one), (e, f)), ((one, one), (slanted, across))
    yield ((one, one), (e, f)), ((one, one), (e, e))
    yield ((one, 2 * one), (e, near)), ((2 * one, one), (e, near))
    yield ((one, one), (e, f)), ((one, one), (e, (zero, zero)))
    for _ in range(count - 4):
        size = int(rng.integers(2, 5))
        target = tuple(unit_vector(rng, size) for _ in range(size))
        if independent(target):
            weights = tuple(Fraction(int(n), 4) for n in rng.integers(1, 9, size))
            yield (weights, target), (weights[::-1], tuple(unit_vector(rng, size) for _ in range(size)))


def dependent_networks(rng: Any, count: int) -> Any:
    """Six lines in the plane satisfy a linear relation between their fourth powers: two networks with the same tensor."""
    import sympy

    lines = [((1 - s * s) / (1 + s * s), 2 * s / (1 + s * s)) for s in (Fraction(n, 4) for n in range(-2, 4))]
    powers = sympy.Matrix([[sympy.Rational(x**j * y ** (4 - j)) for x, y in lines] for j in range(5)])
    relation = [Fraction(int(c.p), int(c.q)) for c in powers.nullspace()[0]]
    sides = [[(abs(c), line) for c, line in zip(relation, lines, strict=True) if c * sign > 0] for sign in (1, -1)]
    first, second = (tuple(zip(*side, strict=True)) for side in sides)
    return [(first, second)][:count]


def independent(rows: tuple[Vector, ...]) -> bool:
    """Whether the rows are linearly independent."""
    from flint import fmpq, fmpq_mat

    return bool(fmpq_mat([[fmpq(c.numerator, c.denominator) for c in row] for row in rows]).det() != 0)


claim = Claim(
    "landscape/component-landscapes",
    title="The landscapes of the components of degree 0, 1, 2 and 4",
    source=Source(deck="001", slide="An Analytic Formula", arxiv="1711.00501", note="section 2.1"),
    kind="implication",
    statement=r"f_0 \text{ is convex}; f_1 \text{ and } f_2 \text{ have no spurious local minimum}; "
    r"\text{none of them identifies } B^\star; f_4 \text{ identifies } B^\star, \text{ and has saddles without negative curvature}",
    reading="f_0 in a; f_1 for free rows, and for unit rows with a = a* > 0, d ≥ 2; f_2 for free rows with a > 0 and m ≥ rank of "
    "Σ a* b* b*ᵀ, and for unit rows with B* = I, a = a* = 1, m = d; f_4 with linearly independent unit rows b*, positive a, a*, as many "
    "units: f_4 = 0 only for the same units up to order and sign",
    assumes=[Instances("rival networks", rival_networks, drops={"linearly independent": dependent_networks})],
    knobs={"angle": Fraction(1, 8), "identifies": 4, "tame": (1, 2), "weights": 1},
)


@claim.derive
def by_variations(log: Any, knobs: Any) -> None:
    import sympy

    t, theta = sympy.symbols("t theta", real=True)
    e1, e2 = (1, 0), (0, 1)
    a1, a2, s1, s2 = sympy.symbols("a1 a2 s1 s2", real=True)
    u, v, w, p = (sympy.symbols(f"{name}1:3", real=True) for name in "uvwp")

    # f_0
    free = component(0, ((a1, a2), (u, v)), ((s1, s2), (w, p)))
    log.equal(sympy.expand(free), sympy.expand((a1 + a2 - s1 - s2) ** 2), "f_0 = (Σ a* − Σ a)²: convex in a, and B does not occur")

    # f_1 with free rows: a square of a linear function; unit rows: second variations at a point where all b_i are ± r/‖r‖
    moved = component(1, ((a1, a2), (u, v)), ((s1, s2), tuple(tuple(c + t * d for c, d in zip(row, u, strict=True)) for row in (w, p))))
    log.nonnegative(sympy.factor(sympy.diff(sympy.expand(moved), t, 2)), "f_1 is convex along every line of free rows")
    positive = sympy.symbols("c1 c2", positive=True)
    shifted = (tuple(c + d / positive[0] for c, d in zip(w, u, strict=True)), tuple(c - d / positive[1] for c, d in zip(p, u, strict=True)))
    difference = component(1, (positive, (e1, e2)), (positive, shifted)) - component(1, (positive, (e1, e2)), (positive, (w, p)))
    log.zero(sympy.expand(difference), "f_1 does not change under b_1 + z/a_1, b_2 − z/a_2: B* is not identified")
    rho, mine, other = sympy.symbols("rho a A", positive=True)
    x1, x2 = sympy.symbols("x1 x2", real=True)
    turn = (rho + a1 * s1 * (sympy.cos(t * x1) - 1) + a2 * s2 * (sympy.cos(t * x2) - 1)) ** 2 + (
        a1 * sympy.sin(t * x1) + a2 * sympy.sin(t * x2)
    ) ** 2
    second = -rho * (a1 * s1 * x1**2 + a2 * s2 * x2**2) + (a1 * x1 + a2 * x2) ** 2
    log.zero(sympy.expand(sympy.diff(turn, t, 2).subs(t, 0) / 2 - second), "f_1, b_i = s_i r/‖r‖ turned by t x_i: the second variation")
    both = second.subs({s1: 1, s2: 1, x1: 1 / a1, x2: -1 / a2}).subs({a1: positive[0], a2: positive[1]})
    log.positive(-sympy.factor(both), "two units along r: turning them against each other descends")
    tau = sympy.Symbol("tau", positive=True)  # ∓⟨Σ a* b*, r/‖r‖⟩
    excess = sympy.Symbol("n", nonnegative=True)
    none_along = -mine - (excess - mine)  # ‖r‖ = −Σa − ⟨Σ a* b*, r/‖r‖⟩, and the product is at least −Σa* = −Σa
    log.nonnegative(-none_along, "no unit along r: ‖r‖ ≤ 0, so r = 0")
    share = -other / (other + rho)  # one unit along r with weight a, the others with total weight A, turned in proportion to their weights
    one_along = -rho * (1 / mine - share**2 / other) + (1 + share) ** 2
    log.zero(sympy.cancel(one_along - rho * (mine - other - rho) / (mine * (other + rho))), "one unit along r: the best second variation")
    descent = (rho * (mine - other - rho) / (mine * (other + rho))).subs(rho, mine - other + tau)
    residual = sympy.Symbol("q", positive=True)  # ‖r‖ = a − A + τ > 0
    log.positive(-sympy.cancel(descent.subs(mine, residual + other - tau) * (residual + other - tau)), "it descends if ⟨Σ a* b*, r⟩ < 0")
    far = mine - other - (mine - other + excess)  # ‖r‖ = a − A − ⟨…⟩; ⟨…⟩ = ±‖Σ a* b*‖, and ‖Σ a* b*‖ ≥ a − A
    log.nonnegative(-far, "and ⟨Σ a* b*, r/‖r‖⟩ ≥ a − A, the only other case, gives ‖r‖ ≤ 0")

    # f_2 with free rows: C has rows √a_i b_i, M = Σ a* b* b*ᵀ, R = M − CᵀC
    c, d, m = sympy.Matrix(2, 2, [*w, *p]), sympy.Matrix(2, 2, [*u, *v]), sympy.Matrix(2, 2, [s1, a1, a1, s2])
    rest = m - c.T * c
    cross, square = -(c.T * d + d.T * c), -d.T * d  # R moves by t·cross + t²·square when C moves by tΔ
    first = 2 * (rest * cross).trace() + 4 * (rest * c.T * d).trace()
    log.zero(sympy.expand(first), "f_2: the first variation is −4⟨CR, Δ⟩: critical ⇔ CR = 0")
    moving = sympy.expand(m - (c + t * d).T * (c + t * d) - rest - t * cross - t**2 * square)
    log.zero(sum(entry**2 for entry in moving), "f_2: R(C + tΔ) = R − t(CᵀΔ + ΔᵀC) − t²ΔᵀΔ; for CᵀΔ = 0 the second variation is −2⟨R, ΔᵀΔ⟩")
    log.cite("spectral-theorem")
    # rows of C dependent: zᵀC = 0, Δ = z yᵀ gives CᵀΔ = 0, so a minimum has yᵀRy ≤ 0 for all y
    y = sympy.Matrix(u)
    z = sympy.Matrix(v)
    gain = (rest * (z * y.T).T * (z * y.T)).trace() - (z.T * z)[0] * (y.T * rest * y)[0]
    log.zero(sympy.expand(gain), "f_2: ⟨R, ΔᵀΔ⟩ = ‖z‖² yᵀRy for Δ = zyᵀ")
    norm = (rest * rest).trace() - (rest * m).trace() + (rest * c.T * c).trace()
    log.zero(sympy.expand(norm), "f_2: ‖R‖² = ⟨R, M⟩ − ⟨CR, C⟩, so R ⪯ 0 ⪯ M and CR = 0 force R = 0")
    # rows of C independent: R = PRP = PMP ⪰ 0 on the complement of their span, rank M = m + rank R ≤ m, so R = 0 again
    bump = 2 * knobs.weights * (y.T * sympy.diag(1, 2) * y)[0]
    log.nonnegative(bump, "f_2 at B = 0, M = diag(1, 2): minus the second variation is 2 yᵀMy, so 0 is no minimum")
    # f_2, unit rows, B* = I: S = Σ b bᵀ has trace d = m; at a critical point each b_i is an eigenvector; S ≠ I has λ > 1 > μ
    up, down = sympy.symbols("lambda mu", positive=True)
    frame = c.T * c
    log.zero(sympy.expand(((sympy.eye(2) - frame) ** 2).trace() - (2 - 2 * frame.trace() + (frame**2).trace())), "f_2 = d − 2m + ‖S‖²")
    group, level = (sympy.Matrix([*u, 0]), sympy.Matrix([*v, 0])), sympy.Matrix([0, 0, 1])  # rows of λ, an eigenvector of μ
    linear, bent = sympy.zeros(3), sympy.zeros(3)  # b_i → √(1 − t²x_i²) b_i + t x_i e changes S by t·linear + t²·bent + O(t³)
    for x, row in zip((x1, x2), group, strict=True):
        linear += x * (row * level.T + level * row.T)
        bent += x**2 * (level * level.T - row * row.T)
    varied = 2 * (sympy.diag(up, up, down) * bent).trace() + (linear**2).trace()  # t² in ‖S + t·linear + t²·bent‖²
    dependence = sum((x1 * p + x2 * q) ** 2 for p, q in zip(u, v, strict=True))  # ‖Σ x_i b_i‖²: 0, for n rows of λ span n/λ < n dimensions
    lengths = [sum(p**2 for p in row) for row in (u, v)]
    stated = 2 * sum(x**2 * (down - up * length) for x, length in zip((x1, x2), lengths, strict=True)) + 2 * dependence
    label = "f_2: if Σ x_i b_i = 0 for rows of λ, moving them towards an eigenvector of μ < λ changes ‖S‖² by 2t²Σ x_i²(μ − λ)"
    log.zero(sympy.expand(varied - stated), label)
    root = sympy.sqrt(1 - t**2)
    tilted = component(2, ((1, 1), (e1, e2)), ((1, 1), ((root, t), (root, -t))))
    log.zero(sympy.expand(tilted - 2 * (1 - 2 * t**2) ** 2), "as at b_1 = b_2 = e_1: f_2 = 2(1 − 2t²)² descends")

    # identification: rotations for low degrees, mixed derivatives for degree four
    turned = ((sympy.cos(theta), sympy.sin(theta)), (-sympy.sin(theta), sympy.cos(theta)))
    log.zero(component(2, ((1, 1), (e1, e2)), ((1, 1), turned)), "f_2 = 0 at every rotation of B* = I: not identified")
    three, four = sympy.Rational(3, 5), sympy.Rational(4, 5)
    rotated = component(knobs.identifies, ((1, 1), (e1, e2)), ((1, 1), ((three, four), (-four, three))))
    log.positive(rotated, f"f_{knobs.identifies} > 0 at a rotation of B* = I")
    quartic = positive[0] * (u[0] * x1 + u[1] * x2) ** 4 + positive[1] * (v[0] * x1 + v[1] * x2) ** 4
    mixed = sympy.Poly(sympy.expand(quartic), x1, x2).coeff_monomial(x1**2 * x2**2)
    squares = 6 * (positive[0] * u[0] ** 2 * u[1] ** 2 + positive[1] * v[0] ** 2 * v[1] ** 2)
    log.equal(mixed, squares, "the coefficient of x_j² x_k² in Σ a_i ⟨c_i, x⟩⁴; 0 for the target once b* are axes")
    log.cite("pigeonhole")  # a sum of squares: each c_i lies on one axis; every axis is met, by one row each; unit rows are ± b*, so a = a*

    # the saddles of f_4
    t1, t2 = sympy.symbols("t1 t2", real=True)
    rows = ((sympy.cos(t1), sympy.sin(t1)), (sympy.cos(t2), sympy.sin(t2)))
    plane = component(4, ((1, 1), (e1, e2)), ((1, 1), rows))
    split = 1 + (1 + sympy.cos(2 * (t1 - t2))) ** 2 / 2 - sympy.cos(2 * (t1 + t2)) * sympy.cos(2 * (t1 - t2))
    log.zero(plane - split, "f_4 at angles t1, t2")
    place = sympy.Rational(knobs.angle) * sympy.pi
    at = {t1: place, t2: -place}
    for variable in (t1, t2):
        log.zero(sympy.diff(split, variable).subs(at), f"the saddle: ∂f_4/∂{variable} = 0")
    total, gap = sympy.symbols("S D", real=True)
    turned_value = split.subs({t1: (total + gap) / 2, t2: (total - gap) / 2})
    hessian = sympy.hessian(turned_value, (total, gap)).subs({total: 0, gap: sympy.pi / 4})
    log.equal(hessian[0, 0] + hessian[0, 1] ** 2, 0, "no curvature along S = t1 + t2 and none mixed with D = t1 − t2")
    log.positive(hessian[1, 1], "positive curvature along D")
    cosine = sympy.Symbol("C", real=True)  # cos 2S; on the curve cos 2D = cos 2S − 1
    curve = 1 + (1 + cosine - 1) ** 2 / 2 - cosine * (cosine - 1)
    lower = sympy.Rational(3, 2) - (1 - cosine) ** 2 / 2
    log.equal(sympy.expand(curve), sympy.expand(lower), "along cos 2D = cos 2S − 1: f_4 = 3/2 − (1 − cos 2S)²/2 = 3/2 − 2 sin⁴S")
    lifted = component(4, ((1, 1), (e1, e2)), ((1, 1), (tuple(a + t * b for a, b in zip(e1, u, strict=True)), tuple(t * b for b in v))))
    powers = sympy.Poly(sympy.expand(lifted), t).all_coeffs()[::-1]
    log.equal(powers[0] + powers[1] ** 2, 1, "free rows (e_1, 0): f_4 = 1, and the first variation is 0")
    log.nonnegative(powers[2], "free rows (e_1, 0): the second variation is not negative")
    epsilon = component(4, ((1, 1), (e1, e2)), ((1, 1), (e1, (0, t))))
    log.equal(sympy.expand(epsilon), 1 - 2 * t**4 + t**8, "free rows (e_1, t e_2): f_4 = 1 − 2t⁴ + t⁸ descends")


@claim.certify
def at_networks_and_saddles(check: Any, knobs: Any) -> None:
    import mpmath

    for target, student in check.instances(14):
        if check.less(0, component(knobs.identifies, target, student), f"f_{knobs.identifies} > 0 away from B*") is False:
            return
        mirrored = mirror(target)
        check.equal(0, component(0, target, mirrored), "f_0 = 0 at other rows with the same weights")
        check.equal(0, component(1, target, mirrored), "f_1 = 0 at rows mirrored at their weighted sum")
        # f_2 at critical points that keep some rows and lose the others: a direction of negative curvature, exactly
        weights, rows = target
        if all(dot(p, q) == 0 for i, p in enumerate(rows) for q in rows[:i]):
            for lost in range(len(rows)):
                poor = tuple(scaled(row, 0) if i == lost else row for i, row in enumerate(rows))
                second = curvature(2, target, (tuple(knobs.weights * a for a in weights), poor), lost, rows[lost])
                if check.less(second, 0, f"f_2 at B* without row {lost}: the second variation") is False:
                    return
    with mpmath.workdps(25):
        angle = mpmath.mpf(knobs.angle.numerator) / knobs.angle.denominator * mpmath.pi
        identity = ((1, 1), ((1, 0), (0, 1)))

        def plane(first: Any, second: Any) -> Any:
            return component(4, identity, ((1, 1), tuple((mpmath.cos(x), mpmath.sin(x)) for x in (first, second))))

        check.equal(mpmath.mpf("1.5"), plane(angle, -angle), "f_4 at angles ±π/8")
        for order in ((1, 0), (0, 1)):
            check.equal(mpmath.mpf(0), mpmath.diff(plane, (angle, -angle), order), "the gradient of f_4 there", digits=12)
        flat = mpmath.diff(lambda s: plane(angle + s, -angle + s), 0, 2)
        check.equal(mpmath.mpf(0), flat, "no curvature when both rows turn alike", digits=10)
        for s in (mpmath.mpf("0.1"), mpmath.mpf("0.3")):  # the curve cos 2D = cos 2S − 1
            gap = mpmath.acos(mpmath.cos(2 * s) - 1) / 2
            check.equal(mpmath.mpf("1.5") - 2 * mpmath.sin(s) ** 4, plane((s + gap) / 2, (s - gap) / 2), "f_4 along the curve", digits=15)


def mirror(target: Network) -> Network:
    """Rows mirrored at the line of Σ a* b* (or at the first axis if that is 0): a network with the same sum, and other rows."""
    weights, rows = target
    total = tuple(sum((a * row[i] for a, row in zip(weights, rows, strict=True)), Fraction(0)) for i in range(len(rows[0])))
    line = total if any(total) else axis(len(total))
    square = dot(line, line)
    return weights, tuple(tuple(2 * dot(line, row) / square * c - b for c, b in zip(line, row, strict=True)) for row in rows)


def curvature(degree: int, target: Network, student: Network, unit: int, direction: Vector) -> Fraction:
    """The coefficient of t² of f_k when one row moves by t·direction: exact differences of a polynomial of degree at most four."""

    def at(step: int) -> Fraction:
        rows = list(student[1])
        rows[unit] = tuple(b + step * c for b, c in zip(rows[unit], direction, strict=True))
        return component(degree, target, (student[0], rows))

    return Fraction(16 * (at(1) + at(-1)) - (at(2) + at(-2)) - 30 * at(0), 24)


def run(rng: Any, degree: int, dimension: int, unit: int) -> dict[str, float]:
    """Descent on f_k from random rows, target I: the value and the gradient where it ends."""
    import numpy as np

    ones = np.ones(dimension)
    value, slope, rows = descend(degree, ones, np.eye(dimension), ones, rng.standard_normal((dimension, dimension)), bool(unit), 400)
    again = value_and_gradient(degree, ones, np.eye(dimension), ones, rows)[0]
    return {"value": value, "again": again, "gradient": slope, "error": float(np.abs(np.abs(rows).max(axis=1) - 1).max())}


@claim.simulate(quick={"starts": 5, "dimensions": (3, 5)}, full={"starts": 50, "dimensions": (3, 5, 10)})
def descent_on_each(trial: Any, knobs: Any) -> None:
    settings = [
        {"degree": degree, "dimension": dimension, "unit": unit}
        for degree in sorted({*knobs.tame, 4})
        for dimension in trial.dimensions
        for unit in (0, 1)
        for _ in range(trial.starts)
    ]
    rows = trial.sweep(run, settings)
    for degree in knobs.tame:
        ends = [row for row in rows if row["degree"] == degree]
        worst = max(row["value"] for row in ends)
        trial.true(worst < 1e-6, f"f_{degree}: all {len(ends)} runs end at a global minimum, the largest value is {worst:.2g}")
        missed = sum(row["error"] > 0.01 for row in ends)
        trial.true(missed > 0, f"f_{degree}: {missed} of {len(ends)} of these are not B*")
    quartic = [row for row in rows if row["degree"] == 4]
    found = [row for row in quartic if row["value"] < 1e-9]
    trial.true(all(row["error"] < 0.02 for row in found), f"f_4: the {len(found)} of {len(quartic)} runs with f_4 = 0 end at B*")
    trial.figure(
        "component-landscapes-ends",
        [{"component": f"f_{row['degree']}", "value": max(row["value"], 1e-16), "row error": row["error"]} for row in rows],
        x="value", y="row error", by="component", log="x", kind="points", title="where descent on single components ends",
    )  # fmt: skip


claim.mutant("the saddle at π/6", by="derive", angle=Fraction(1, 6))
claim.mutant("f_2 identifies B*", by="derive", identifies=2)
claim.mutant("negative weights", by="derive", weights=-1)
claim.mutant("f_2 identifies B*, certified", by="certify", identifies=2)
claim.mutant("rows linearly dependent", by="certify", drop="linearly independent")
claim.mutant("the saddle at π/6, certified", by="certify", angle=Fraction(1, 6))
claim.mutant("negative weights, certified", by="certify", weights=-1)
claim.mutant("f_3 has no spurious minimum", by="simulate", tame=(1, 3))
