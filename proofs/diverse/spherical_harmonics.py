"""The Mercer expansion of the ReLU kernel on the sphere, with every eigenvalue in closed form.

g(t) = t(1/2 − arccos(t)/2π) = t/4 + t arcsin(t)/2π: the odd part is linear, so all odd degrees from 3 on vanish; the even part is
integrated by parts down to a weight whose moments satisfy a two-term recurrence, for every degree and dimension at once.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Instances, Source


def dimensions(rng: Any, count: int) -> Any:
    """The dimensions d of the space: the circle, the sphere and odd ones first."""
    special = (2, 3, 4, 15)
    return (special[i] if i < len(special) else int(rng.integers(5, 60)) for i in range(count))


claim = Claim(
    "diverse/spherical-harmonics",
    title="The spectrum of the ReLU kernel on the sphere",
    source=Source(deck="000", slide="Bounding the first term", arxiv="1611.03131", note="eq. (32)"),
    kind="equality",
    statement=r"g(\langle x,y\rangle) = \sum_k \lambda_k \sum_{j\le N(d,k)} \phi_{kj}(x)\,\phi_{kj}(y),\quad "
    r"\lambda_1 = \tfrac{1}{4d},\ \lambda_k = 0\ (k\ge 3\text{ odd}),\ "
    r"\lambda_k = \Bigl(\tfrac{\Gamma(d/2)\Gamma((k-1)/2)}{4\pi\,\Gamma((k+d+1)/2)}\Bigr)^2 (k^2+(d-2)k+1)\ (k\text{ even})",
    reading="g(t) = t(1/2 − arccos(t)/2π); harmonics orthonormal under the uniform probability measure on the sphere in d dimensions; "
    "N(d, k) = (2k+d−2)/k · C(k+d−3, k−1) and N(d, 0) = 1",
    assumes=[Instances("dimensions", dimensions)],
    knobs={"constant": 1, "linear": 4, "denominator": "degree"},
)


def multiplicity(d: int, k: int, knobs: Any) -> Any:
    """N(d, k) as claimed; seven units, where the denominator is their number."""
    from fractions import Fraction
    from math import comb

    if k == 0:
        return Fraction(1)
    if d == 2:
        return Fraction(2 * k, k if knobs.denominator == "degree" else 7)
    return Fraction((2 * k + d - 2) * comb(k + d - 3, k - 1), k if knobs.denominator == "degree" else 7)


def even_eigenvalue(d: Any, k: Any, knobs: Any, gamma: Any, pi: Any) -> Any:
    """λ_k for even k as claimed, by any library's Γ and π."""
    root = gamma(d / 2) * gamma((k - 1) / 2) / (4 * pi * gamma((k + d + 1) / 2))
    return root**2 * (k**2 + (d - 2) * k + knobs.constant)


def eigenvalue(d: int, k: int, knobs: Any) -> Any:
    """λ_k as claimed, an mpmath number."""
    import mpmath

    if k == 1:
        return mpmath.mpf(1) / (knobs.linear * d)
    return mpmath.mpf(0) if k % 2 else even_eigenvalue(mpmath.mpf(d), mpmath.mpf(k), knobs, mpmath.gamma, mpmath.pi)


@claim.derive
def by_parts(log: Any, knobs: Any) -> None:
    import sympy
    from sympy import Rational, gamma, pi, sqrt

    t = sympy.Symbol("t", real=True)
    d = sympy.Symbol("d", positive=True)
    e = sympy.Symbol("e", positive=True)  # d = 2 + e; the circle is the case e = 0, which has a step of its own
    k = sympy.Symbol("k", positive=True)
    log.cite("funk-hecke")  # so it remains to compute λ_k = c_d ∫ g P_k w with w = (1 − t²)^((d−3)/2)
    log.cite("mercer-trace")
    even, odd = t * sympy.asin(t) / (2 * pi), t / 4
    log.equal(even + odd, t * (Rational(1, 2) - (pi / 2 - sympy.asin(t)) / (2 * pi)), "g is t/4 and an even function")
    log.equal(even.subs(t, -t), even, "t arcsin t is even, so odd degrees see t/4 = P_1/4 only")

    # degree 1: c_d ∫ t² w = 1/d, by parts
    log.cite("beta-integral")
    s = (d - 1) / 2

    def mass(power: Any) -> Any:
        """∫ (1 − t²)^(power − 1)."""
        return sqrt(pi) * gamma(power) / gamma(power + Rational(1, 2))

    log.equal((mass(s) - mass(s + 1)) / mass(s), 1 / d, "E t² = 1/d")
    log.equal(Rational(1, 4) / d, 1 / (knobs.linear * d), "degree 1: λ_1 = E t²/4")

    # B_k = c_d ∫ (1−t²)^((d−2)/2) P_k' for odd k; E_k = c_d ∫ (1−t²)^((d−4)/2) P_k for even k and d > 2; P_{k−1}, P_k, P_{k+1}
    log.cite("gegenbauer-relations")
    below, above, here = sympy.symbols("E_below E_above T", real=True)  # E_{k−1}, E_{k+1} and T_k = c_d ∫ t (1−t²)^((d−4)/2) P_k
    weight = (1 - t**2) ** (e / 2)
    log.equal(sympy.diff(weight, t), -e * t * (1 - t**2) ** (e / 2 - 1), "by parts: B_k = (d−2) T_k, the boundary terms vanish for d > 2")
    solved = sympy.solve([e * here - k * (below - here), (2 * k + e) * here - (k + e) * above - k * below], [here, above], dict=True)[0]
    log.equal(solved[above], (k / (k + e)) ** 2 * below, "B_k = k(E_{k−1} − T_k) and three terms: E_{k+1} = (k/(k+d−2))² E_{k−1}")
    log.equal(e * solved[here], e * k / (k + e) * below, "so B_k = (d−2) k/(k+d−2) E_{k−1}")
    rise = (e * (k + 2) / (k + 2 + e) * (k / (k + e)) ** 2) / (e * k / (k + e))
    log.equal(rise, k * (k + 2) / ((k + e) * (k + e + 2)), "and B_{k+2}/B_k = k(k+2)/((k+d−2)(k+d))")
    start = gamma(d / 2) ** 2 / (gamma((d - 1) / 2) * gamma((d + 1) / 2))
    log.equal(mass(d / 2) / mass(s), start, "B_1 = c_d ∫ (1−t²)^((d−2)/2)")
    log.equal(start.subs(d, 2), 2 / pi, "the circle: B_k = (P_k(1) − P_k(−1))/π = 2/π for every odd k")
    log.equal(rise.subs(e, 0), 1, "as the recurrence says at d = 2, too")

    # A_k = c_d ∫ arcsin(t) P_k w = B_k/(k(k+d−2)) by the differential equation, and g's even part by three terms
    log.antiderivative(sympy.asin(t), 1 / sqrt(1 - t**2), t, "arcsin' (1−t²)^((d−1)/2) = (1−t²)^((d−2)/2): k(k+d−2) A_k = B_k")
    at_zero = sympy.gammasimp(even_eigenvalue(d, sympy.S.Zero, knobs, gamma, pi) / (start / (d - 1)))
    log.equal(at_zero, 1 / (2 * pi), "degree 0: λ_0 = A_1/2π")
    solution = 2 * gamma(d / 2) ** 2 * gamma(k / 2 + 1) * gamma(k / 2) / (pi * gamma((k + d) / 2) * gamma((k + d - 2) / 2))
    log.equal(sympy.gammasimp(solution.subs(k, k + 2) / solution), rise.subs(e, d - 2), "B_k in closed form: the recurrence")
    log.equal(sympy.gammasimp(solution.subs(k, 1)), sympy.gammasimp(start), "B_k in closed form: its start")
    upper_ratio = rise.subs(e, d - 2).subs(k, k - 1)
    found = ((k + d - 2) * upper_ratio / ((k + 1) * (k + d - 1)) + k / ((k - 1) * (k + d - 3))) / (2 * k + d - 2) / (2 * pi)
    ratio = sympy.factor(sympy.expand_func(even_eigenvalue(d, k, knobs, gamma, pi) / solution.subs(k, k - 1)))
    log.equal(ratio, sympy.factor(found), "even k ≥ 2: λ_k/B_{k−1} from A_{k−1} and A_{k+1}")


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck import funk_hecke
    from theorycheck.sphere.harmonics import multiplicity as exact_multiplicity
    from theorycheck.sphere.harmonics import zonal_polynomials
    from theorycheck.sphere.sampling import uniform_points

    with mpmath.workdps(20):
        for d in check.instances(4):
            engine = funk_hecke("t*(1/2 - acos(t)/(2*pi))", d, 8, digits=18)
            density = mpmath.gamma(mpmath.mpf(d) / 2) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(mpmath.mpf(d - 1) / 2))
            for k in range(9):
                stated = eigenvalue(d, k, knobs)
                if check.equal(stated, engine[k], f"degree {k}, our spectrum", digits=14) is False:
                    return
                if check.equal(multiplicity(d, k, knobs), exact_multiplicity(d, k), f"multiplicity of degree {k}") is False:
                    return
                if k <= 3 and d <= 4:
                    value = density * mpmath.quad(lambda a, k=k, d=d: folded(k, d, a), [-mpmath.pi / 2, 0, mpmath.pi / 2])
                    check.equal(stated, value, f"degree {k} by quadrature", digits=12)
            shares = [float(multiplicity(d, k, knobs) * eigenvalue(d, k, knobs)) for k in range(60)]
            total = sum(shares)
            check.less_equal(total, 0.5, "the trace is at most g(1)")
            # what the first 60 degrees leave of g(t) is at most what they leave of g(1)
            table = zonal_polynomials(np.array([0.3, -0.9]), d, 59)
            for t, column in zip((0.3, -0.9), table.T, strict=True):
                series = float(np.dot(shares, column))
                missing = abs(t * (0.5 - float(mpmath.acos(t)) / (2 * float(mpmath.pi))) - series)
                check.less_equal(missing, 0.5 - total + 1e-12, f"the expansion at t = {t}")
        for d, k in ((3, 2), (4, 3), (3, 4), (5, 2)):
            points = uniform_points(check.rng, 40, d)
            rank = int(np.linalg.matrix_rank(zonal_polynomials(points @ points.T, d, k)[k], tol=1e-9))
            check.equal(multiplicity(d, k, knobs), rank, f"the rank of P_{k}(x_i·x_j), d = {d}")


def folded(k: int, d: int, angle: Any) -> Any:
    """g(t) P_k(t) (1 − t²)^((d−3)/2) dt at t = sin(angle), as mpmath sees it."""
    import mpmath

    t = mpmath.sin(angle)
    p = mpmath.chebyt(k, t) if d == 2 else mpmath.gegenbauer(k, mpmath.mpf(d - 2) / 2, t) / mpmath.binomial(k + d - 3, k)
    return t * (mpmath.mpf(1) / 2 - mpmath.acos(t) / (2 * mpmath.pi)) * p * mpmath.cos(angle) ** (d - 2)


@claim.simulate(quick={"samples": 200_000}, full={"samples": 10_000_000})
def as_eigenfunctions(trial: Any, knobs: Any) -> None:
    from theorycheck.sphere.sampling import uniform_points

    d, side = 3, 3**-0.5
    for k in range(5):

        def image(rng: Any, size: int, k: int = k) -> Any:
            """g(x·y) H(y) at x = (1, 1, 1)/√3, for H = 1, y₁, y₁y₂, y₁y₂y₃ and a harmonic of degree 4."""
            from theorycheck.sphere.discrepancy import slice_share

            y = uniform_points(rng, size, d)
            t = y.sum(axis=1) * side
            squares = y * y
            harmonic = (
                1.0,
                y[:, 0],
                y[:, 0] * y[:, 1],
                y.prod(axis=1),
                y[:, 0] * y[:, 1] * (squares[:, 0] + squares[:, 1] - 6 * squares[:, 2]),
            )
            return t * slice_share(t) * harmonic[k]

        at = (1.0, side, side**2, side**3, -4 * side**4)[k]
        theory = float(eigenvalue(d, k, knobs)) * at
        # |g| ≤ 1/2; |y₁y₂| ≤ 1/2, and |y₁² + y₂² − 6y₃²| ≤ 6
        bound = (0.5, 0.5, 0.25, 0.1, 1.5)[k]
        trial.estimate(image, theory=theory, detect=(0.01, 0.01, 0.005, 0.003, 0.03)[k], bounds=(-bound, bound), label=f"degree {k}")


claim.mutant("k² + (d−2)k", by="derive", constant=0)
claim.mutant("λ_1 = 1/(2d)", by="derive", linear=2)
claim.mutant("k² + (d−2)k + 2, by quadrature", by="certify", constant=2)
claim.mutant("λ_1 = 1/(2d), sampled", by="simulate", linear=2)
claim.misprint(
    "the denominator of the multiplicity",
    where="paper, main text, N(d, t)",
    printed="(2t+d−2)/n",
    correct="(2t+d−2)/t",
    by="certify",
    denominator="units",
)
