"""B* non-singular instead of orthogonal: whiten, minimise G, and read the rows off the inverse transpose.

With M = Σ a_i b_i* b_i*ᵀ, WWᵀ = M⁻¹ and o_i = √a_i Wᵀ b_i*, the o_i are orthonormal, and G at b_j = W c_j is the objective of the network
with orthonormal rows o_i and weights 1/a_i at the unit rows c_j.
"""

from __future__ import annotations

from fractions import Fraction
from math import pi, sqrt
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import Vector, dot, unit_vector


def networks(rng: Any, count: int) -> Any:
    """Non-singular B* with unit rows and positive weights: nearly parallel rows first, then orthogonal ones, then random ones."""
    slope = Fraction(1, 50)
    near = ((1 - slope**2) / (1 + slope**2), 2 * slope / (1 + slope**2))
    first, second = (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))
    special = [((first, near), (Fraction(1), Fraction(9))), ((first, second), (Fraction(4), Fraction(1, 4)))]
    for number in range(count):
        if number < len(special):
            rows, weights = special[number]
            yield {"rows": rows, "weights": weights}
            continue
        d = int(rng.integers(2, 5))
        rows = tuple(unit_vector(rng, d) for _ in range(d))
        if dual_basis(rows):
            yield {"rows": rows, "weights": tuple(Fraction(int(n), 4) for n in rng.integers(1, 13, d))}


def dual_basis(rows: tuple[Vector, ...]) -> list[Vector]:
    """The vectors r_j with ⟨b_i, r_j⟩ = 1 if i = j, else 0, exactly; none when the rows are linearly dependent."""
    d = len(rows)
    table = [[*row, *(Fraction(int(i == k)) for k in range(d))] for i, row in enumerate(rows)]
    for column in range(d):
        pivot = next((r for r in range(column, d) if table[r][column]), None)
        if pivot is None:
            return []
        table[column], table[pivot] = table[pivot], table[column]
        table[column] = [x / table[column][column] for x in table[column]]
        for r in range(d):
            if r != column:
                table[r] = [x - table[r][column] * y for x, y in zip(table[r], table[column], strict=True)]
    return [tuple(table[i][d + j] for i in range(d)) for j in range(d)]


claim = Claim(
    "landscape/non-singular",
    title="The objective for rows that are not orthogonal",
    source=Source(deck="001", slide="An Objective Function with Guarantees", arxiv="1711.00501", note="on non-orthogonal B*"),
    kind="equality",
    statement=r"B \text{ a local minimum of } G \text{ on } \sum_i a_i^\star\langle b_i^\star, b_j\rangle^2 = 1\ \forall j"
    r" \iff B^{-\top} = DP\,\Gamma B^\star,\quad \Gamma_{ii} = \sqrt{a_i^\star},\ D_{ii} = \pm1",
    reading="B* non-singular with unit rows, a* > 0, 0 < μ ≤ 1, P a permutation; the constraint replaces |b_j| = 1",
    assumes=[Instances("networks", networks)],
    knobs={"power": Fraction(1, 2), "inverse": True, "weight": -1},
)


@claim.derive
def by_whitening(log: Any, knobs: Any) -> None:
    import sympy

    a, b, mu = sympy.symbols("a b mu", positive=True)
    first, second = sympy.symbols("c1 c2", real=True)  # ⟨o_i, c_j⟩ for two rows j
    # the dual basis, ⟨b_i*, r_j⟩ = δ_ij, has M r_j = a_j b_j*, so ⟨b_i*, M⁻¹ b_j*⟩ = δ_ij/a_j
    log.equal(sympy.sqrt(a) * sympy.sqrt(a) / a, 1, "⟨o_i, o_i⟩ = a_i ⟨b_i*, M⁻¹ b_i*⟩ = 1; for i ≠ j it is √(a_i a_j) · 0")
    rows = sympy.Matrix(2, 2, sympy.symbols("x1 x2 y1 y2", real=True))
    moment = rows.T * sympy.diag(a, b) * rows
    gram = sympy.simplify(rows * moment.inv() * rows.T)
    for i in range(2):
        for k in range(2):
            log.equal(gram[i, k], 1 / (a, b)[i] if i == k else 0, f"B* M⁻¹ B*ᵀ = diag(1/a), two rows, entry {i + 1}{k + 1}")
    log.equal(a * (first / sympy.sqrt(a)) ** 2, first**2, "⟨b_i*, b_j⟩ = ⟨o_i, c_j⟩/√a_i: the constraint is |c_j| = 1")
    overlaps = [(c / sympy.sqrt(a)) ** 2 for c in (first, second)]
    column = a * (sum(overlaps) ** 2 - (1 + mu) * sum(x**2 for x in overlaps))
    white = a**knobs.weight * ((first**2 + second**2) ** 2 - (1 + mu) * (first**4 + second**4))
    log.equal(column, white, "a column of G: the one with weight 1/a_i in whitened coordinates, here two rows")
    log.cite("landscape/objective-local-minima-sharp")  # with weights 1/a_i: the minima are c_j = ±o_i
    power = sympy.Rational(knobs.power.numerator, knobs.power.denominator)
    # the rows of B⁻ᵀ are those with inner product 1 with one row W o_i of B and 0 with the others
    log.equal(a**power / sympy.sqrt(a), 1, "⟨Γ_ii b_i*, W o_i⟩ = Γ_ii/√a_i = 1")
    # in the plane, at an angle: the minimum has the rows W o_i = r_i/√a_i of the dual basis
    theta = sympy.Symbol("theta", real=True)
    star = sympy.Matrix([[1, 0], [sympy.cos(theta), sympy.sin(theta)]])
    found = sympy.diag(1 / sympy.sqrt(a), 1 / sympy.sqrt(b)) * star.inv().T
    read = found.inv().T if knobs.inverse else found
    for i in range(2):
        across = sympy.simplify(read[i, 0] * star[i, 1] - read[i, 1] * star[i, 0])
        log.zero(across, f"in the plane, rows at an angle θ: row {i + 1} of what is read off is parallel to b_{i + 1}*")


@claim.certify
def at_networks(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck.network.landscape_minima import overlap_objective, vertex_is_local_minimum, vertex_overlaps
    from theorycheck.network.whitening import whitening

    for case in check.instances(8):
        rows, weights = case["rows"], case["weights"]
        d, mu = len(rows), Fraction(1, 2)
        duals = dual_basis(rows)
        # the point B = (r_j/√a_j): its overlaps, times a_i, are those of a vertex, exactly
        overlaps = [[weights[i] * dot(rows[i], duals[j]) ** 2 / weights[j] for i in range(d)] for j in range(d)]
        check.equal(vertex_overlaps((1,) * d), overlaps, "a_i ⟨b_i*, b_j⟩² at the minimum")
        white = [weight**knobs.weight for weight in weights]
        check.equal(1, int(vertex_is_local_minimum((1,) * d, white, mu) is True), "a local minimum in whitened coordinates")
        # G from its definition at random rows W c_j, against the whitened form
        star, scale = np.array(rows, dtype=float), np.array(weights, dtype=float)
        w = whitening(star.T @ np.diag(scale) @ star)
        check.equal(np.eye(d), w.T @ star.T @ np.diag(scale) @ star @ w, "WᵀMW = I", digits=8)
        exact = [unit_vector(check.rng, d) for _ in range(d)]
        frame = np.sqrt(scale)[:, None] * (star @ w)  # the rows o_i
        lifted = np.array(exact, dtype=float) @ frame @ w.T
        theory = overlap_objective([[x * x for x in row] for row in exact], white, mu)
        found = definition(lifted, star, scale, mu)
        if check.equal(mpmath.mpf(theory.numerator) / theory.denominator, found, "G at W c_j", digits=7) is False:
            return
        # what is read off B = (W o_j)
        minimum = frame @ w.T
        read = np.linalg.inv(minimum).T if knobs.inverse else minimum
        if check.equal(scale[:, None] ** float(knobs.power) * star, read, "the rows read off the minimum are Γ_ii b_i*", digits=7) is False:
            return


def definition(b: Any, star: Any, weights: Any, mu: Fraction) -> Any:
    """G as it is written, pair by pair, in mpmath."""
    import mpmath

    total = mpmath.mpf(0)
    for weight, row in zip(weights, star, strict=True):
        inner = [mpmath.fsum(mpmath.mpf(x) * mpmath.mpf(y) for x, y in zip(row, line, strict=True)) for line in b]
        pairs = mpmath.fsum(x**2 * y**2 for j, x in enumerate(inner) for k, y in enumerate(inner) if j != k)
        total += mpmath.mpf(weight) * (pairs - mpmath.mpmathify(mu) * mpmath.fsum(x**4 for x in inner))
    return total


@claim.simulate(
    quick={"starts": 20, "dimension": 6, "size": 3, "samples": (20_000, 300_000), "seeds": 5},
    full={"starts": 200, "dimension": 20, "size": 5, "samples": (100_000, 1_000_000, 10_000_000), "seeds": 5},
)
def by_descent(trial: Any, knobs: Any) -> None:
    """Descent on G itself on the constraint; then with M and the tensor of fourth order from the labels of a ReLU network."""
    reading = {"power": float(knobs.power), "inverse": int(knobs.inverse)}
    rows = trial.sweep(run, [{"dimension": trial.dimension, **reading, "start": i} for i in range(trial.starts)])
    worst = max(r["error"] for r in rows)
    trial.true(worst < 1e-5, f"from {len(rows)} random starts the rows read off are Γ B*, at most {worst:.2g} away")
    if worst >= 1e-5:
        return
    settings = [{"dimension": trial.size, "samples": n, "start": i} for n in trial.samples for i in range(trial.seeds)]
    found = trial.sweep(estimated, settings, label="samples")
    middle = [sorted(r["distance"] for r in found if r["samples"] == n)[trial.seeds // 2] for n in (trial.samples[0], trial.samples[-1])]
    label = f"{trial.samples[0]} to {trial.samples[-1]} labels bring the rows read off nearer to B*: {middle[0]:.3g} to {middle[1]:.3g}"
    trial.true(middle[1] < middle[0] / 1.5, label)
    title = "distance of the rows recovered from labels to B*, up to signed permutations"
    trial.figure("non-singular-error", found, x="samples", y="distance", log="xy", kind="points", title=title)


def teacher(rng: Any, dimension: int) -> tuple[Any, Any]:
    """Unit rows near an orthonormal basis, but not orthogonal, and weights between 1/2 and 2."""
    import numpy as np

    from theorycheck.training.sphere_descent import unit_rows

    basis = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    rows = unit_rows(basis + 0.35 / dimension**0.5 * rng.standard_normal((dimension, dimension)))
    return rows, rng.uniform(0.5, 2, dimension)


def run(rng: Any, dimension: int, power: float, inverse: int, start: int) -> dict[str, float]:
    """One descent with the true M, and how far the rows read off are from Γ B*, relative to their lengths."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective, match_rows
    from theorycheck.network.whitening import whitening
    from theorycheck.training.sphere_descent import sphere_descent

    star, weights = teacher(rng, dimension)
    w = whitening(star.T @ np.diag(weights) @ star)

    def white(c: Any) -> tuple[float, Any]:
        value, gradient = landscape_objective(c @ w.T, star, weights, 0.5)
        return value, gradient @ w

    found = sphere_descent(white, rng.standard_normal((dimension, dimension)), tolerance=1e-8)
    rows = found.rows @ w.T
    read = np.linalg.inv(rows).T if inverse else rows
    scaled = weights[:, None] ** power * star
    order = match_rows(read / np.linalg.norm(read, axis=1)[:, None], star)[1]
    signs = np.sign((read[order] * scaled).sum(axis=1))
    return {"error": float(np.linalg.norm(signs[:, None] * read[order] - scaled))}


def estimated(rng: Any, dimension: int, samples: int, start: int) -> dict[str, float]:
    """B* and the weights from the labels of a ReLU network alone."""
    import numpy as np

    from theorycheck.network.landscape_objective import landscape_objective_of_tensor, match_rows
    from theorycheck.network.network_tensor import network_tensor
    from theorycheck.network.whitening import rows_from_whitened, whitening
    from theorycheck.tensor.polynomial_residual import polynomial_residual
    from theorycheck.training.sphere_descent import sphere_descent

    star, weights = teacher(rng, dimension)
    second, fourth, size = np.zeros((dimension,) * 2), np.zeros((dimension,) * 4), 100_000
    for done in range(0, samples, size):
        x = rng.standard_normal((min(size, samples - done), dimension))
        y = np.maximum(x @ star.T, 0) @ weights
        share = len(y) / samples
        second += share * network_tensor([(x, y - y.mean())], 2, 1 / sqrt(4 * pi))
        fourth += share * network_tensor([(x, polynomial_residual(x, y))], 4, -1 / sqrt(48 * pi))
    w = whitening(second)
    white = np.einsum("abcd,ai,bj,ck,dl->ijkl", fourth, w, w, w, w, optimize=True)
    found = sphere_descent(lambda c: landscape_objective_of_tensor(c, white, 0.5), rng.standard_normal((dimension, dimension)))
    rows, estimate = rows_from_whitened(found.rows, w)
    distance, order = match_rows(rows, star)
    return {"distance": distance, "weights": float(abs(estimate[order] - weights).max())}


claim.mutant("Γ = a* instead of √a*", by="derive", power=Fraction(1))
claim.mutant("weights a* instead of 1/a* after whitening", by="derive", weight=1)
claim.mutant("rows of B itself", by="derive", inverse=False)
claim.mutant("Γ = a* instead of √a*, certified", by="certify", power=Fraction(1))
claim.mutant("weights a* instead of 1/a* after whitening, certified", by="certify", weight=1)
claim.mutant("rows of B itself, certified", by="certify", inverse=False)
claim.mutant("Γ = a* instead of √a*, by descent", by="simulate", power=Fraction(1))
claim.mutant("rows of B itself, by descent", by="simulate", inverse=False)
