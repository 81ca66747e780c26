"""Closed forms of E[g(z) He_k(z) 1(a < z < b)], z ~ N(0, 1), for the kernels g of the exact class, by Stein's identity.

With weight w = g·density, integration by parts gives, for g = e^(q z² + t z)·ΠΦ(c z + d) and v = 1 − 2q,

    v·M_{k+1} = −[w He_k]_a^b + t·M_k + 2 q k·M_{k−1} + Σ_gates c·E[e^(q z² + t z)·density(c z + d)·(the other gate)·He_k],

whose last sum has one gate fewer, so every table is linear in its length. Multiplication by z is z·He_k = He_{k+1} + k·He_{k−1}.
Source: Stein (1981), Ann. Statist. 9(6); the orthant probabilities of the bases are Sheppard's (1899).
"""

from __future__ import annotations

from math import gcd

from flint import fmpq

from theorycheck.gaussian.constant_functions import elementary, exponential, normal_cdf, square_root
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact_terms import ONE, ZERO, Gate, Kernel, Polynomial
from theorycheck.gaussian.monomials import NOUGHT, Monomial, ratio, square_split

#: An end of an interval; None is the infinite one.
End = Constant | None

_DENSITY_AT_ZERO = Constant({(2, -1, NOUGHT, ()): fmpq(1, 2)})
_TWO_PI = Constant({(1, 2, NOUGHT, ()): fmpq(2)})


def polynomial_projections(coefficients: list[fmpq], start: fmpq | None, end: fmpq | None, count: int) -> list[Constant]:
    """E[P(z) He_k(z) 1(start < z < end)] for k < count, P with rational coefficients, rational ends (None: infinite).

    Everything is kept in ℚ as three numbers a degree: the multiples of the mass, and of the density at each end. With `normalised`
    it is the fast way to exact Hermite coefficients of piecewise polynomials, and needs no SymPy while the ends are 0 or infinite.

    Args:
        coefficients: of P, from degree 0 up; not empty.
        start: left end, or None for −∞.
        end: right end, or None for +∞.
        count: how many, at least 1.

    Returns:
        `count` constants.

    >>> polynomial_projections([fmpq(0), fmpq(1)], fmpq(0), None, 3)
    [Constant(sqrt(2)/(2*sqrt(pi))), Constant(1/2), Constant(sqrt(2)/(2*sqrt(pi)))]
    """
    degree, zero = len(coefficients) - 1, fmpq(0)
    result: list[dict[Monomial, fmpq]] = [{} for _ in range(count)]
    mass = (ONE if end is None else normal_cdf(Constant.of(end))) - (ZERO if start is None else normal_cdf(Constant.of(start)))
    # P is orthogonal to He_k beyond its degree
    whole = _times_rational(coefficients, [fmpq(1), *[zero] * (2 * degree)])
    for monomial, factor in mass.terms.items():
        for k, value in enumerate(whole[:count]):
            result[k][monomial] = factor * value
    for point, sign in ((start, 1), (end, -1)):
        if point is None:
            continue
        table = [zero, fmpq(sign, 2), point * fmpq(sign, 2)]
        for k in range(2, count + degree - 1):
            table.append(point * table[k] - (k - 1) * table[k - 1])
        monomial = (2, -1, ratio(-point * point / 2), ())
        for terms, value in zip(result, _times_rational(coefficients, table[: count + degree]), strict=True):
            terms[monomial] = terms[monomial] + value if monomial in terms else value
    return [Constant(terms) for terms in result]


def _times_rational(coefficients: list[fmpq], table: list[fmpq]) -> list[fmpq]:
    """`times_polynomial` over ℚ, by Horner's rule; the result is shorter than the table by the degree."""
    column = table if coefficients[-1] == 1 else [coefficients[-1] * value for value in table]
    for c in reversed(coefficients[:-1]):
        column = [column[1], *[column[k + 1] + k * column[k - 1] for k in range(1, len(column) - 1)]]
        if c:
            column = [value + c * plain for value, plain in zip(column, table, strict=False)]
    return column


def normalised(projections: list[Constant]) -> list[Constant]:
    """Entry k divided by √(k!).

    >>> normalised([ONE, ONE, ONE])
    [Constant(1), Constant(1), Constant(sqrt(2)/2)]
    """
    result, square, free = [], 1, 1
    for k, value in enumerate(projections):
        if k > 1:  # k! = square² · free, kept up from k to k + 1 without factoring the factorial
            s, m = square_split(k)
            common = gcd(free, m)
            square, free = square * s * common, (free // common) * (m // common)
        terms = {}
        for (n, power, r, atoms), q in value.terms.items():
            common = gcd(n, free)
            terms[(n // common * (free // common), power, r, atoms)] = q * fmpq(common, square * free)
        result.append(Constant(terms))
    return result


def times_polynomial(polynomial: Polynomial, table: list[Constant], count: int) -> list[Constant]:
    """From M_k = E[g He_k], k < count + degree, to E[P g He_k], k < count."""
    degree = max(polynomial)
    column = [polynomial[degree] * value for value in table]
    for n in range(degree - 1, -1, -1):
        column = [column[k + 1] + column[k - 1] * k if k else column[1] for k in range(len(column) - 1)]
        if n in polynomial:
            column = [value + polynomial[n] * plain for value, plain in zip(column, table, strict=False)]
    return column[:count]


def projections(kernel: Kernel, start: End, end: End, count: int) -> list[Constant] | None:
    """E[g(z) He_k(z) 1(start < z < end)] for k < count, or None when no closed form is known; the integrals exist.

    >>> projections(Kernel(gates=(Gate(ONE, ZERO),)), None, None, 2)
    [Constant(1/2), Constant(1/(2*sqrt(pi)))]
    """
    v = 1 - 2 * kernel.quadratic
    sign = v.sign()
    if not kernel.frequency.is_zero:
        return _waves(kernel, v, count) if sign == 1 and start is None and end is None and not kernel.gates else None
    if sign == 0 and not kernel.gates:
        return _flat(kernel, start, end, count)
    base = _base(kernel, v, start, end) if sign == 1 else None
    if base is None:
        return None
    q, t = kernel.quadratic, kernel.linear
    steps = [-value for value in _boundary(kernel, start, end, count)]
    for i, (c, d) in enumerate(kernel.gates):
        others = kernel.gates[:i] + kernel.gates[i + 1 :]
        inner = projections(Kernel(q - c * c / 2, t - c * d, gates=others), start, end, count)
        if inner is None:
            return None
        weight = c * exponential(-d * d / 2) * _DENSITY_AT_ZERO
        steps = [value + weight * m for value, m in zip(steps, inner, strict=True)]
    table = [base]
    for k in range(count - 1):
        value = steps[k] + t * table[k]
        if k:
            value = value + q * (2 * k) * table[k - 1]
        table.append(value / v)
    return table


def _boundary(kernel: Kernel, start: End, end: End, count: int) -> list[Constant]:
    """[g·density·He_k] from start to end for k < count; an infinite end contributes nothing."""
    result = [ZERO] * count
    for point, sign in ((start, -1), (end, 1)):
        if point is None:
            continue
        weight = exponential((kernel.quadratic - fmpq(1, 2)) * point * point + kernel.linear * point) * _DENSITY_AT_ZERO * sign
        for c, d in kernel.gates:
            weight = weight * normal_cdf(c * point + d)
        result = [value + weight * h for value, h in zip(result, _hermite_values(point, count), strict=True)]
    return result


def _hermite_values(point: Constant, count: int) -> list[Constant]:
    values = [ONE, point]
    for k in range(1, count - 1):
        values.append(point * values[k] - values[k - 1] * k)
    return values[:count]


def _flat(kernel: Kernel, start: End, end: End, count: int) -> list[Constant] | None:
    """q = 1/2, where the density is cancelled: integrals of e^(t z) He_k(z)/√(2π)."""
    t = kernel.linear
    if not t.is_zero:
        table: list[Constant] = []
        for k, value in enumerate(_boundary(kernel, start, end, count)):
            table.append((value - table[k - 1] * k if k else value) / t)
        return table
    if start is None or end is None:
        return None
    low, high = _hermite_values(start, count + 1), _hermite_values(end, count + 1)
    return [(high[k + 1] - low[k + 1]) * _DENSITY_AT_ZERO / (k + 1) for k in range(count)]


def _waves(kernel: Kernel, v: Constant, count: int) -> list[Constant]:
    """The real or imaginary part for the complex exponent τ = t + i b on the whole line."""
    q, t, b = kernel.quadratic, kernel.linear, kernel.frequency
    size = exponential((t * t - b * b) / (2 * v)) / square_root(v)
    phase = t * b / v
    table = [(size * elementary("cos", phase), size * elementary("sin", phase))]
    for k in range(count - 1):
        re, im = table[k]
        step = (t * re - b * im, t * im + b * re)
        if k and not q.is_zero:
            step = (step[0] + q * (2 * k) * table[k - 1][0], step[1] + q * (2 * k) * table[k - 1][1])
        table.append((step[0] / v, step[1] / v))
    return [im if kernel.sine else re for re, im in table]


def _base(kernel: Kernel, v: Constant, start: End, end: End) -> Constant | None:
    """M_0: complete the square, so that y = √v·z − t/√v is N(0, 1), and integrate the gates in y."""
    root = square_root(v)
    mean = kernel.linear / root
    gates = tuple(Gate(c / root, c * mean / root + d) for c, d in kernel.gates)
    high = _cumulative(gates, end, root, mean, ONE)
    low = _cumulative(gates, start, root, mean, ZERO)
    if high is None or low is None:
        return None
    return exponential(mean * mean / 2) * (high - low) / root


def _cumulative(gates: tuple[Gate, ...], point: End, root: Constant, mean: Constant, side: Constant) -> Constant | None:
    """E[ΠΦ(c y + d) 1(y < u)] at u = root·point − mean, or at infinity on the side 0 (−∞) or 1 (+∞)."""
    if point is None and side.is_zero:
        return ZERO
    u = None if point is None else root * point - mean
    if not gates:
        return ONE if u is None else normal_cdf(u)
    if all(gate == (ONE, ZERO) for gate in gates):  # ∫ Φ^n dΦ
        upper = ONE if u is None else normal_cdf(u)
        return upper ** (len(gates) + 1) / (len(gates) + 1)
    centred = all(d.is_zero for _, d in gates)
    slopes = [c for c, _ in gates]
    if len(gates) == 1 and u is None:
        return normal_cdf(gates[0].shift / square_root(1 + slopes[0] * slopes[0]))
    if not centred or not (u is None or u.is_zero):
        return None
    if len(gates) == 1:
        return Constant.of(fmpq(1, 4)) - elementary("atan", slopes[0]) / _TWO_PI
    c1, c2 = slopes
    both = elementary("asin", c1 * c2 / square_root((1 + c1 * c1) * (1 + c2 * c2)))
    if u is None:
        return Constant.of(fmpq(1, 4)) + both / _TWO_PI
    apart = elementary("atan", c1) + elementary("atan", c2)
    return Constant.of(fmpq(1, 8)) + (both - apart) / (2 * _TWO_PI)
