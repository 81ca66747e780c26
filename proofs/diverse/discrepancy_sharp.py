"""The mean square of the kernel, which the discrepancy subtracts: E k² = 1/16 + ψ₁(d/2)/(8π²), a closed form that the paper lacks.

k = 1/4 + φ/2π with φ = arcsin⟨u, v⟩ symmetric; two integrations by parts take E φ² from d to d + 2 as the trigamma function goes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def dimensions(rng: Any, count: int) -> Any:
    """The dimensions d of the space: the circle and the sphere, a large one; then random ones."""
    special = (2, 3, 1500, 4, 15)
    return (special[i] if i < len(special) else int(rng.integers(5, 200)) for i in range(count))


claim = Claim(
    "diverse/discrepancy-sharp",
    title="The mean square of the kernel over the sphere",
    source=Source(deck="000", slide="Bounding the second term", arxiv="1611.03131", note="eq. (75)-(78), which bound it"),
    kind="equality",
    statement=r"\mathbb{E}_{u,v}\,k(u,v)^2 = \frac{1}{16} + \frac{\psi_1(d/2)}{8\pi^2},\quad "
    r"k(u,v) = \tfrac{1}{2} - \tfrac{\arccos\langle u,v\rangle}{2\pi}",
    reading="u, v independent and uniform on the unit sphere in d dimensions; ψ₁ the trigamma function",
    assumes=[Instances("dimensions", dimensions)],
    origin="theorycheck",
    knobs={"level": "1/16", "factor": 8},
)


def mean_square(trigamma: Any, knobs: Any, pi: Any) -> Any:
    """E k² as claimed, from ψ₁(d/2) and π."""
    level = Fraction(knobs.level)
    return level.numerator * pi**0 / level.denominator + trigamma / (knobs.factor * pi**2)


@claim.derive
def from_d_to_d_plus_two(log: Any, knobs: Any) -> None:
    import sympy
    from sympy import Rational, cos, pi, sin

    a = sympy.Symbol("a", real=True)  # φ
    t = sympy.Symbol("t", real=True)
    d = sympy.Symbol("d", positive=True)
    psi = sympy.Symbol("psi", positive=True)  # ψ₁(d/2)
    log.cite("rotation-invariance")  # t = ⟨u, v⟩ has the density c (1 − t²)^((d−3)/2), so φ = arcsin t has c cos^(d−2) φ on (−π/2, π/2)
    log.equal(Rational(1, 2) - (pi / 2 - sympy.asin(t)) / (2 * pi), Rational(1, 4) + sympy.asin(t) / (2 * pi), "k = 1/4 + φ/2π")
    square = sympy.Symbol("m2", positive=True)  # E φ²; E φ = 0 as the density is even
    log.equal((Rational(1, 4) + a / (2 * pi)) ** 2, Rational(1, 16) + a / (4 * pi) + a**2 / (4 * pi**2), "k² by powers of φ")

    # J_i(b) = ∫ φ^i cos^b φ: b J_0(b) = (b−1) J_0(b−2) and b J_2(b) = (b−1) J_2(b−2) − (2/b) J_0(b); here b = d
    odd = sin(a) * cos(a) ** (d - 1)
    zero = sympy.simplify(sympy.diff(odd, a) / cos(a) ** (d - 2))
    log.equal(zero, d * cos(a) ** 2 - (d - 1), "by parts: (sin φ cos^(d−1) φ)' over cos^(d−2) φ")
    both = a**2 * odd + 2 * a * cos(a) ** d / d
    two = sympy.simplify(sympy.expand(sympy.diff(both, a) / cos(a) ** (d - 2)))
    log.equal(two, a**2 * (d * cos(a) ** 2 - (d - 1)) + 2 * cos(a) ** 2 / d, "by parts: (φ² sin φ cos^(d−1) φ + (2/d) φ cos^d φ)'")
    ratio = (d - 1) / d  # J_0(d)/J_0(d−2)
    later = (ratio * square - 2 / d**2 * ratio) / ratio  # E φ² in d + 2 dimensions
    log.equal(later, square - 2 / d**2, "E φ² falls by 2/d² from d to d + 2")

    log.cite("trigamma")  # ψ₁(d/2 + 1) = ψ₁(d/2) − 4/d²
    step = mean_square(psi - 4 / d**2, knobs, pi) - mean_square(psi, knobs, pi)
    log.equal(step, (later - square) / (4 * pi**2), "so does the stated value")
    log.integral(a**2 / pi, (a, -pi / 2, pi / 2), pi**2 / 12, "d = 2: E φ²", primitive=a**3 / (3 * pi))
    log.equal(mean_square(pi**2 / 6, knobs, pi), Rational(1, 16) + (pi**2 / 12) / (4 * pi**2), "d = 2")
    primitive = (a**2 - 2) * sin(a) / 2 + a * cos(a)
    log.integral(a**2 * cos(a) / 2, (a, -pi / 2, pi / 2), pi**2 / 4 - 2, "d = 3: E φ²", primitive=primitive)
    log.equal(mean_square(pi**2 / 2 - 4, knobs, pi), Rational(1, 16) + (pi**2 / 4 - 2) / (4 * pi**2), "d = 3")


@claim.certify
def by_quadrature(check: Any, knobs: Any) -> None:
    import mpmath

    from theorycheck.sphere.discrepancy import mean_square_share

    with mpmath.workdps(20):
        for d in check.instances(8):
            stated = mean_square(mpmath.psi(1, mpmath.mpf(d) / 2), knobs, mpmath.pi)
            width = min(mpmath.pi / 2, 12 / mpmath.sqrt(d))  # beyond, cos^(d−2) is below e^(−72)

            def moment(power: int, d: int = d, width: Any = width) -> Any:
                """∫ k^power cos^(d−2) φ dφ."""
                return mpmath.quad(
                    lambda a: (mpmath.mpf(1) / 4 + a / (2 * mpmath.pi)) ** power * mpmath.cos(a) ** (d - 2), [-width, 0, width]
                )

            if check.equal(stated, moment(2) / moment(0), "E k² by quadrature", digits=14) is False:
                return
            check.equal(stated, mean_square_share(d, digits=18), "E k² by our balls", digits=14)


claim.mutant("1/8 for 1/16", by="derive", level="1/8")
claim.mutant("4π² for 8π²", by="derive", factor=4)
claim.mutant("4π² for 8π², by quadrature", by="certify", factor=4)
