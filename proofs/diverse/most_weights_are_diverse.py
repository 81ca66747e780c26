"""Uniform weights have a small discrepancy: its mean and its variance exactly, for every number of weights and every dimension.

L_2² is an average of k(w_i, w_j)² − E k², and given one weight the mean of such a term is zero. So distinct pairs are uncorrelated.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source


def dimensions(rng: Any, count: int) -> Any:
    """The dimensions d of the space, the circle first."""
    special = (2, 3, 4, 50)
    return (special[i] if i < len(special) else int(rng.integers(5, 200)) for i in range(count))


claim = Claim(
    "diverse/most-weights-are-diverse",
    title="Uniform weights have a small discrepancy",
    source=Source(deck="000", slide="Final error", arxiv="1611.03131", note="lemma 9"),
    kind="equality",
    statement=r"\mathbb{E}_W L_2(W)^2 = \frac{1}{n}\Bigl(\tfrac{1}{4} - \mathbb{E} k^2\Bigr),\quad "
    r"\mathrm{Var}_W L_2(W)^2 = \frac{2(n-1)}{n^3}\,\mathrm{Var}(k^2)",
    reading="“most W satisfy weight discrepancy small enough”: w_1, …, w_n independent and uniform on the sphere; the variance of order "
    "1/n² is the concentration: by Chebyshev's inequality L_2² exceeds its mean by ε with probability at most Var/ε²",
    assumes=[Instances("dimensions", dimensions)],
    knobs={"diagonal": "1/4", "pairs": 2},
)


def mean_and_variance(n: Any, mean: Any, variance: Any, knobs: Any, quarter: Any) -> tuple[Any, Any]:
    """E L_2² and Var L_2² as claimed, from E k² and Var k²; `quarter` is 1/4 in the numbers of the caller."""
    top = quarter if knobs.diagonal == "1/4" else 2 * quarter
    return (top - mean) / n, knobs.pairs * (n - 1) * variance / n**3


@claim.derive
def by_degenerate_pairs(log: Any, knobs: Any) -> None:
    from itertools import combinations

    import sympy

    n = sympy.Symbol("n", integer=True, positive=True)
    mean, variance = sympy.symbols("E V", positive=True)
    stated = mean_and_variance(n, mean, variance, knobs, sympy.Rational(1, 4))
    log.cite("diverse/discrepancy")  # L_2² = (n/4 + Σ_{i≠j} k_ij²)/n² − E k²
    log.cite("tower-and-linearity")
    log.equal((n / 4 + n * (n - 1) * mean) / n**2 - mean, stated[0], "the mean: n(n−1) pairs i ≠ j, each of mean E k²")
    log.cite("rotation-invariance")  # E_v k(w, v)² = E k² for every w: given w_i, k_ij² − E k² has mean zero
    # the covariance of k_ij² and k_lm² is V for the same pair, and zero for one common index or none
    for count in range(2, 7):
        same = sum(1 for p in combinations(range(count), 2) for r in combinations(range(count), 2) if p == r)
        claimed = mean_and_variance(sympy.Integer(count), mean, variance, knobs, sympy.Rational(1, 4))[1]
        log.equal(4 * same * variance / sympy.Integer(count) ** 4, claimed, f"the variance for {count} weights, pair by pair")
    log.equal(4 * n * (n - 1) / 2 * variance / n**4, stated[1], "the variance: n(n−1)/2 pairs, each counted twice in the sum")
    log.nonnegative(1 / n**2 - (n - 1) / n**3, "so the variance is at most 2 Var(k²)/n²")


@claim.certify
def two_weights(check: Any, knobs: Any) -> None:
    """For n = 2 everything depends on the angle between two weights only: mean and variance of L_2² by quadrature."""
    import mpmath

    from theorycheck.sphere.discrepancy import mean_square_share

    with mpmath.workdps(20):
        for d in check.instances(8):
            width = min(mpmath.pi / 2, 12 / mpmath.sqrt(d))

            def mean_of(f: Any, d: int = d, width: Any = width) -> Any:
                """The mean of f(k) over two uniform points."""

                def weighted(a: Any) -> Any:
                    return f(mpmath.mpf(1) / 4 + a / (2 * mpmath.pi)) * mpmath.cos(a) ** (d - 2)

                mass = mpmath.beta(mpmath.mpf(1) / 2, mpmath.mpf(d - 1) / 2)
                return mpmath.quad(weighted, [-width, 0, width]) / mass

            mean = mpmath.mpf(mean_square_share(d, digits=22).value)
            fourth = mean_of(lambda k: k**4)
            stated = mean_and_variance(2, mean, fourth - mean**2, knobs, mpmath.mpf(1) / 4)

            def square(k: Any, mean: Any = mean) -> Any:
                """L_2² of two weights with the kernel k between them."""
                return (mpmath.mpf(1) / 2 + 2 * k * k) / 4 - mean

            found = mean_of(square)
            if check.equal(stated[0], found, "the mean of L_2²", digits=13) is False:
                return
            spread = mean_of(lambda k, f=found, s=square: (s(k) - f) ** 2)
            if check.equal(stated[1] * d, spread * d, "the variance of L_2²", digits=13) is False:
                return


@claim.simulate(
    quick={"samples": 20_000, "units": 20, "dims": (2, 5), "widths": (10, 20, 40, 80), "runs": 6},
    full={"samples": 200_000, "units": 100, "dims": (3, 15, 50), "widths": (20, 40, 80, 160, 320, 640, 1280), "runs": 50},
)
def uniform_weights(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.sphere.discrepancy import mean_square_share

    n, few = trial.units, 3  # L_2² of few weights spreads widely, so that its variance can be sampled
    for dim in trial.dims:
        mean = mean_square_share(dim)
        spread = fourth_moment(dim) - mean**2
        stated = mean_and_variance(n, mean, spread, knobs, 0.25)

        def squares(rng: Any, size: int, dim: int = dim) -> Any:
            return np.array(discrepancies(rng, size, n, dim))

        # 0 ≤ k² ≤ 1/4 bounds L_2² by 1/4
        trial.estimate(squares, theory=stated[0], detect=0.1 * 0.25 / n, bounds=(0, 0.25), label=f"the mean, d = {dim}")

        expected, variance = mean_and_variance(few, mean, spread, knobs, 0.25)

        def deviations(rng: Any, size: int, dim: int = dim, centre: float = expected) -> Any:
            return (4 * few * (np.array(discrepancies(rng, size, few, dim)) - centre)) ** 2

        theory = variance * (4 * few) ** 2
        known = {"bounds": (0, few**2), "samples": 5 * trial.samples}
        trial.estimate(deviations, theory=theory, detect=theory / 2, label=f"the variance for {few} weights, d = {dim}", **known)
    settings = [{"count": count, "dim": dim} for dim in trial.dims for count in trial.widths for _ in range(trial.runs)]
    rows = trial.sweep(one_draw, settings)
    figure = []
    for dim in trial.dims:
        for count in trial.widths:
            found = [row["square"] for row in rows if row["dim"] == dim and row["count"] == count]
            centre = sum(found) / len(found)
            mean = (0.25 - mean_square_share(dim)) / count
            series = {"weights": count, "theory": mean, "dimension": f"d = {dim}"}
            figure.append({**series, "L2 squared": centre, "low": min(found), "high": max(found)})
    look = {"x": "weights", "y": "L2 squared", "by": "dimension", "low": "low", "high": "high", "log": "xy"}
    trial.figure("discrepancy-by-width", figure, **look, title="Squared L2 discrepancy of uniform weights: mean and range over draws")


def discrepancies(rng: Any, size: int, n: int, dim: int) -> list[float]:
    """L_2² of `size` independent sets of n uniform weights."""
    import numpy as np

    from theorycheck.sphere.discrepancy import mean_square_share, slice_share
    from theorycheck.sphere.sampling import uniform_points

    mean, found = mean_square_share(dim), []
    tile = max(1, 200_000 // (n * n))
    for start in range(0, size, tile):
        count = min(tile, size - start)
        points = uniform_points(rng, count * n, dim).reshape(count, n, dim)
        squares = slice_share(points @ points.transpose(0, 2, 1)) ** 2
        squares[:, np.arange(n), np.arange(n)] = 0.25
        found += (squares.mean(axis=(1, 2)) - mean).tolist()
    return found


def one_draw(rng: Any, count: int, dim: int) -> dict[str, float]:
    """L_2² of one set of uniform weights."""
    return {"square": discrepancies(rng, 1, count, dim)[0]}


def fourth_moment(dim: int) -> float:
    """E k⁴ over two uniform points."""
    import mpmath

    mass = mpmath.beta(0.5, (dim - 1) / 2)
    width = min(mpmath.pi / 2, 10 / mpmath.sqrt(dim))
    return float(mpmath.quad(lambda a: (0.25 + a / (2 * mpmath.pi)) ** 4 * mpmath.cos(a) ** (dim - 2), [-width, 0, width]) / mass)


claim.mutant("(1/2 − E k²)/n", by="derive", diagonal="1/2")
claim.mutant("each pair counted once in the variance", by="derive", pairs=1)
claim.mutant("(1/2 − E k²)/n, for two weights", by="certify", diagonal="1/2")
claim.mutant("each pair counted once, for two weights", by="certify", pairs=1)
claim.mutant("(1/2 − E k²)/n, sampled", by="simulate", diagonal="1/2")
claim.mutant("three times the variance, sampled", by="simulate", pairs=6)
