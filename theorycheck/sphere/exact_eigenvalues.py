"""Funk–Hecke eigenvalues in closed form: kernels that are polynomials in t, asin(t) and √(1 − t²) on (0, 1), as arc-cosine kernels are.

An eigenvalue is Σ C · p(π)/π^n with rational polynomials p and the constants C of the kernel; when the kernel's constants are
rational multiples of powers of π, whether it is zero is decided.
"""

from __future__ import annotations

from functools import lru_cache

import sympy
from flint import arb, ctx, fmpq, fmpq_poly
from sympy import Expr, Poly

from theorycheck.activation.balls import enclose, rational
from theorycheck.activation.zero import is_zero
from theorycheck.enclosure import Enclosure, bits_for
from theorycheck.sphere.exact_moments import circle_moments

_PI = fmpq_poly([0, 1])
#: Beyond this many bits the question whether a sum with several constants vanishes is left to the zero test.
_MAX_BITS = 20_000


@lru_cache(maxsize=32)
def zonal_coefficients(dim: int, degrees: int) -> tuple[fmpq_poly, ...]:
    """P_0, ..., P_U as polynomials in t with rational coefficients.

    >>> [str(p) for p in zonal_coefficients(3, 2)]
    ['1', 'x', '3/2*x^2 + (-1/2)']
    """
    t = fmpq_poly([0, 1])
    table = [fmpq_poly([1]), t]
    for k in range(1, degrees):
        table.append(((2 * k + dim - 2) * t * table[k] - k * table[k - 1]) * fmpq(1, k + dim - 2))
    return tuple(table[: degrees + 1])


class ExactEigenvalues:
    """The eigenvalues of one part of a kernel, on demand.

    Args:
        form: the part on (0, 1) as a polynomial in (x, phi, s), see `arc_cosine_form`.
        dim: d.
        degrees: the highest degree that will be asked for.

    >>> from theorycheck.sphere.zonal import ANGLE, ROOT, x
    >>> step = ExactEigenvalues(Poly(sympy.Rational(1, 2), x, ANGLE, ROOT), 3, 3)
    >>> [str(step.value(k, 15).exact) for k in (1, 3)]
    ['1/4', '-1/16']
    """

    def __init__(self, form: Poly, dim: int, degrees: int):
        self.dim, self.degrees = dim, degrees
        self.shift, groups = _by_constant(form)
        self._moments: dict[Expr, list[fmpq_poly]] = {}
        for constant, terms in groups.items():
            row = [fmpq_poly([0])] * (degrees + 1)
            for factor, power, (a, i, j) in terms:
                moments = circle_moments(i, dim - 2 + j, a + degrees + 1)
                weight = _PI ** (power + self.shift) * factor
                row = [total + weight * moment for total, moment in zip(row, moments[a:], strict=False)]
            self._moments[constant] = row
        self._mass = circle_moments(0, dim - 2, 1)[0]  # a rational number, times π when d is even

    def value(self, degree: int, digits: int) -> Enclosure:
        """λ_k with its closed form; relative radius 10^(−digits−1) unless it is zero or cannot be told from it."""
        coefficients = zonal_coefficients(self.dim, self.degrees)[degree]
        sums = {}
        for constant, row in self._moments.items():
            total = fmpq_poly([0])
            for power in range(degree % 2, degree + 1, 2):
                total += coefficients[power] * row[power]
            if total != 0:
                sums[constant] = total
        if not sums:
            return Enclosure(arb(0), sympy.S.Zero, digits)

        def closed() -> Expr:
            pi = sympy.pi
            parts = (c * sum(sympy.Rational(int(q.p), int(q.q)) * pi**n for n, q in enumerate(p.coeffs())) for c, p in sums.items())
            mass = sum(sympy.Rational(int(q.p), int(q.q)) * pi**n for n, q in enumerate(self._mass.coeffs()))
            return sympy.expand(sympy.Add(*parts) / (mass * pi**self.shift))

        bits = bits_for(digits, 40)
        while True:
            with ctx.workprec(bits):
                pi = arb.pi()
                ball = sum((enclose(c, bits) * _at(p, pi) for c, p in sums.items()), arb(0)) / (_at(self._mass, pi) * pi**self.shift)
                if ball.rad() * 2 * arb(10) ** (digits + 1) < abs(ball).lower():
                    return Enclosure(ball, closed, digits)
            if len(sums) > 1 and bits > 500 and is_zero(closed()) is True:
                return Enclosure(arb(0), sympy.S.Zero, digits)
            if bits > _MAX_BITS + bits_for(digits):
                return Enclosure(ball, closed, digits)
            bits *= 2


def _at(p: fmpq_poly, pi: arb) -> arb:
    """The value of a polynomial at a ball."""
    total = arb(0)
    for coefficient in reversed(p.coeffs()):
        total = total * pi + arb(coefficient)
    return total


def _by_constant(form: Poly) -> tuple[int, dict[Expr, list[tuple[fmpq, int, tuple[int, int, int]]]]]:
    """The terms q·π^n·C·t^a·φ^i·s^j of a form by their constant C, and the shift that makes every n + shift nonnegative."""
    groups: dict[Expr, list[tuple[fmpq, int, tuple[int, int, int]]]] = {}
    lowest = 0
    for powers, coefficient in form.terms():
        for term in sympy.Add.make_args(sympy.expand(coefficient)):
            factor, rest = term.as_coeff_Mul(rational=True)
            rest, by_pi = rest.as_independent(sympy.pi)
            power = by_pi.as_base_exp()[1] if by_pi.as_base_exp()[0] is sympy.pi else sympy.S.Zero
            if not power.is_Integer or rest * sympy.pi**power != rest * by_pi:
                rest, power = rest * by_pi, sympy.S.Zero
            groups.setdefault(rest, []).append((rational(factor), int(power), powers))
            lowest = min(lowest, int(power))
    return -lowest, groups
