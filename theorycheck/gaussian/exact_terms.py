"""The terms of the exact Gaussian class: P(x) · e^(q x² + t x) · wave · gates, and the algebra that they are closed under.

A wave is cos(b x) or sin(b x), a gate is Φ(c x + d). Products multiply polynomials, add exponents, turn products of waves into
sums, and collect gates (two at most: with three shifted gates no closed form is known).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from theorycheck.errors import TheorycheckError
from theorycheck.gaussian.constant_functions import elementary, exponential, from_sympy, square_root
from theorycheck.gaussian.constants import Constant

MAX_DEGREE = 300
MAX_TERMS = 400
MAX_MONOMIALS = 64
ZERO, ONE = Constant.of(0), Constant.of(1)


class NotExactError(TheorycheckError):
    """The expression lies outside the exact class, or its normal form is too large."""


class Gate(NamedTuple):
    """Φ(slope·x + shift) with a positive slope."""

    slope: Constant
    shift: Constant


class Kernel(NamedTuple):
    """e^(quadratic·x² + linear·x) · cos or sin(frequency·x) · the product of the gates; frequency ≥ 0, and 0 means no wave."""

    quadratic: Constant = ZERO
    linear: Constant = ZERO
    frequency: Constant = ZERO
    sine: bool = False
    gates: tuple[Gate, ...] = ()


PLAIN = Kernel()
Polynomial = dict[int, Constant]
Terms = dict[Kernel, Polynomial]


def total(parts: list[Terms]) -> Terms:
    """The sum of several sums of terms."""
    result: Terms = {}
    for terms in parts:
        for kernel, polynomial in terms.items():
            row = result.setdefault(kernel, {})
            for degree, c in polynomial.items():
                row[degree] = row[degree] + c if degree in row else c
    tidy = {kernel: {n: c for n, c in row.items() if not c.is_zero} for kernel, row in result.items()}
    return {kernel: row for kernel, row in tidy.items() if row}


def product(left: Terms, right: Terms) -> Terms:
    """The product of two sums of terms.

    Raises:
        NotExactError: when the product leaves the class or its size limits.
    """
    parts: list[Terms] = []
    for k1, p1 in left.items():
        for k2, p2 in right.items():
            if max(p1) + max(p2) > MAX_DEGREE:
                raise NotExactError(f"a polynomial of degree {max(p1) + max(p2)} is beyond {MAX_DEGREE}")
            polynomial: Polynomial = {}
            for n, c in p1.items():
                for m, d in p2.items():
                    polynomial[n + m] = polynomial[n + m] + c * d if n + m in polynomial else c * d
            parts += [{kernel: {n: c * factor for n, c in polynomial.items()}} for factor, kernel in _kernel_product(k1, k2)]
    result = total(parts)
    if sum(len(row) for row in result.values()) > MAX_TERMS:
        raise NotExactError(f"the product has more than {MAX_TERMS} terms")
    if any(len(c.terms) > MAX_MONOMIALS for row in result.values() for c in row.values()):
        raise NotExactError(f"a coefficient of the product has more than {MAX_MONOMIALS} monomials")
    return result


def power(base: Terms, exponent: int) -> Terms:
    """A power with an integer exponent ≥ 0."""
    result: Terms = {PLAIN: {0: ONE}}
    for _ in range(exponent):
        result = product(result, base)
    return result


def scale_terms(terms: Terms, s: Constant) -> Terms:
    """The terms of x ↦ f(s·x), for s > 0."""
    square = s * s
    result: Terms = {}
    for (q, t, b, sine, gates), polynomial in terms.items():
        kernel = Kernel(q * square, t * s, b * s, sine, tuple(Gate(c * s, d) for c, d in gates))
        result[kernel] = {n: c * s**n for n, c in polynomial.items()}
    return result


def _kernel_product(left: Kernel, right: Kernel) -> list[tuple[Constant, Kernel]]:
    gates = left.gates + right.gates
    if len(gates) > 2:
        raise NotExactError("a product of three Gaussian distribution functions has no closed form here")
    gates = tuple(sorted(gates, key=lambda gate: (float(gate.slope), float(gate.shift)))) if len(gates) > 1 else gates
    q, t = left.quadratic + right.quadratic, left.linear + right.linear
    if left.frequency.is_zero or right.frequency.is_zero:
        frequency = left.frequency + right.frequency
        return [(ONE, Kernel(q, t, frequency, left.sine or right.sine, gates))]
    # product to sum; a sine goes first, so that sin A cos B = (sin(A + B) + sin(A − B))/2
    a, b = (left, right) if left.sine else (right, left)
    sine = a.sine != b.sine
    weight = -ONE if a.sine and b.sine else ONE
    result = []
    for c, frequency in ((weight, a.frequency + b.frequency), (ONE, a.frequency - b.frequency)):
        sign, f = _upright(frequency)
        if not sine:
            result.append((c / 2, Kernel(q, t, f, False, gates)))
        elif sign:
            result.append((c * sign / 2, Kernel(q, t, f, True, gates)))
    return result


def _upright(frequency: Constant) -> tuple[int, Constant]:
    """The sign and the absolute value of a frequency."""
    sign = frequency.sign()
    if sign is None:
        raise NotExactError(f"the sign of the frequency {frequency!r} is undecided")
    return sign, -frequency if sign < 0 else frequency


def recognise(expr: Any) -> Terms:
    """A SymPy expression in `x`, analytic on a piece, as a sum of terms.

    Raises:
        NotExactError: when it is not one.
        InputError: when it contains a constant that has no normal form.

    >>> from theorycheck.activation.functions import x
    >>> recognise(3*x**2)[PLAIN]
    {2: Constant(3)}
    """
    import sympy

    from theorycheck.activation.functions import Phi, x

    if not expr.has(x):
        c = from_sympy(expr)
        return {} if c.is_zero else {PLAIN: {0: c}}
    if expr == x:
        return {PLAIN: {1: ONE}}
    if isinstance(expr, sympy.Add):
        return total([recognise(a) for a in expr.args])
    if isinstance(expr, sympy.Mul):
        result: Terms = {PLAIN: {0: ONE}}
        for a in expr.args:
            result = product(result, recognise(a))
        return result
    if isinstance(expr, sympy.exp):
        return _exponential_terms(expr.args[0])
    if isinstance(expr, sympy.Pow):
        return _power_terms(expr)
    if isinstance(expr, (sympy.cosh, sympy.sinh)):
        sign = 1 if isinstance(expr, sympy.cosh) else -1
        return recognise((sympy.exp(expr.args[0]) + sign * sympy.exp(-expr.args[0])) / 2)
    if isinstance(expr, Phi):
        return _gate_terms(ONE, ZERO, _affine(expr.args[0]))
    if isinstance(expr, (sympy.erf, sympy.erfc)):
        odd = isinstance(expr, sympy.erf)  # erf(u) = 2Φ(√2 u) − 1, erfc(u) = 2Φ(−√2 u)
        root = square_root(Constant.of(2)) * (1 if odd else -1)
        shift, slope = _affine(expr.args[0])
        return _gate_terms(Constant.of(2), -ONE if odd else ZERO, (root * shift, root * slope))
    if isinstance(expr, (sympy.sin, sympy.cos)):
        return _wave_terms(isinstance(expr, sympy.sin), _affine(expr.args[0]))
    raise NotExactError(f"{expr} is not a term of the exact class")


def _polynomial(expr: Any, degree: int) -> Polynomial:
    terms = recognise(expr)
    if any(kernel != PLAIN for kernel in terms) or any(n > degree for n in terms.get(PLAIN, {})):
        raise NotExactError(f"{expr} is not a polynomial of degree at most {degree}")
    return terms.get(PLAIN, {})


def _affine(expr: Any) -> tuple[Constant, Constant]:
    polynomial = _polynomial(expr, 1)
    return polynomial.get(0, ZERO), polynomial.get(1, ZERO)


def _exponential_terms(exponent: Any) -> Terms:
    p = _polynomial(exponent, 2)
    return {Kernel(p.get(2, ZERO), p.get(1, ZERO)): {0: exponential(p.get(0, ZERO))}}


def _power_terms(expr: Any) -> Terms:
    import sympy

    from theorycheck.activation.functions import x

    base, exponent = expr.base, expr.exp
    if not base.has(x):  # b^u = e^(u log b)
        return _exponential_terms(exponent * sympy.log(base))
    if not exponent.is_Integer or abs(exponent) > MAX_DEGREE:
        raise NotExactError(f"{expr} is not an integer power")
    terms = recognise(base)
    if exponent > 0:
        return power(terms, int(exponent))
    kernel, polynomial = next(iter(terms.items()), (PLAIN, {}))
    if len(terms) != 1 or set(polynomial) != {0} or kernel.gates or not kernel.frequency.is_zero:
        raise NotExactError(f"{expr} is a quotient")
    return power({Kernel(-kernel.quadratic, -kernel.linear): {0: polynomial[0].reciprocal()}}, -int(exponent))


def _gate_terms(weight: Constant, constant: Constant, argument: tuple[Constant, Constant]) -> Terms:
    """weight·Φ(slope·x + shift) + constant, with the slope made positive by Φ(−u) = 1 − Φ(u)."""
    shift, slope = argument
    sign = slope.sign()
    if sign == 1:
        return total([{Kernel(gates=(Gate(slope, shift),)): {0: weight}}, {PLAIN: {0: constant}}])
    if sign == -1:
        return _gate_terms(-weight, constant + weight, (-shift, -slope))
    raise NotExactError(f"the sign of the slope {slope!r} is undecided")


def _wave_terms(sine: bool, argument: tuple[Constant, Constant]) -> Terms:
    """sin or cos(frequency·x + phase) by the addition theorem."""
    phase, frequency = argument
    cos, sin = elementary("cos", phase), elementary("sin", phase)
    sign, f = _upright(frequency)
    along, across = (cos, sin) if sine else (-sin, cos)  # coefficients of sin(bx) and cos(bx)
    return total([{Kernel(frequency=f, sine=True): {0: along * sign}}, {Kernel(frequency=f): {0: across}}])
