"""Moments of piecewise sums of P(x)·e^(q x² + t x)·gates as balls: the closed forms of the exact class, without symbols.

With w = e^(q z² + t z)·ΠΦ(c z + d)·density and v = 1 − 2q > 0, Stein's identity on an interval reads, for M_n = ∫ w z^n dz,

    v·M_{n+1} = t·M_n + n·M_{n−1} − [w z^n] + Σ_gates c·∫ e^(q z² + t z)·density(c z + d)·(the other gate)·density·z^n dz,

and M_0 = e^(m²/2)/√v·P(α < y < β) with m = t/√v, because y = √v z − m is N(0, 1) (with gates: on the whole line, one gate, or
two centred ones by Sheppard's formula). Cancellation only widens a ball, and the precision rises until the radius is small enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from flint import arb, ctx

from theorycheck.activation.balls import enclose
from theorycheck.activation.tape import tape_of
from theorycheck.enclosure import bits_for
from theorycheck.gaussian.accuracy import absolute_tolerance
from theorycheck.gaussian.constants import Constant
from theorycheck.gaussian.exact import ExactFunction, exact_form
from theorycheck.gaussian.exact_terms import NotExactError

#: What the expressions of this class do with `x`; anything else is not worth reading.
_OPERATIONS = frozenset("x number atom add sub mul neg power exp expm1 Phi erf".split())
#: Beyond this the symbolic route, or panels, must do.
_MAX_BITS = 4000


class _Kernel(NamedTuple):
    """e^(q x² + t x)·ΠΦ(c x + d) on an interval, None for an infinite end."""

    q: arb
    t: arb
    gates: tuple[tuple[arb, arb], ...]
    ends: tuple[arb | None, arb | None]

    def scaled(self, s: arb) -> _Kernel:
        """The kernel of z ↦ kernel(s z)."""
        low, high = (None if end is None else end / s for end in self.ends)
        return _Kernel(self.q * s * s, self.t * s, tuple((c * s, d) for c, d in self.gates), (low, high))


#: A kernel and the coefficients of its polynomial.
_Term = tuple[_Kernel, dict[int, arb]]


def closed_moments(pieces: Sequence[Any], scale: sympy.Expr, wanted: Sequence[tuple[int, int]], digits: int) -> list[arb] | None:
    """E[f(s z)^i z^j] by closed forms, as balls of radius at most 10^-digits max(1, abs(value)).

    Args:
        pieces: sorted pieces (start, end, expr) of f that cover the line.
        scale: s > 0, exact.
        wanted: pairs (i, j) with i >= 1, j >= 0.
        digits: decimal digits.
    Returns:
        One ball a pair, or None when f is not such a sum, or an integral is not seen to converge.

    >>> from theorycheck.activation.function import Activation
    >>> mean, = closed_moments(Activation("max(x, 0)").pieces, sympy.S.One, [(2, 0)], 15)
    >>> mean.contains(arb(1) / 2), bool(mean.rad() < 1e-15)
    (True, True)
    """
    whole = tuple(pieces)
    bits = bits_for(digits, 40)
    allowed = absolute_tolerance(digits)
    while bits <= _MAX_BITS:
        with ctx.workprec(bits):
            found: dict[tuple[int, int], arb] = {}
            for power in {i for i, _ in wanted}:
                terms = _terms(whole, power, bits)
                degrees = [j for i, j in wanted if i == power]
                values = None if terms is None else _moments(terms, enclose(scale), max(degrees))
                if values is None:
                    return None
                found.update(((power, j), values[j]) for j in degrees)
            if all(b.rad() <= allowed * (1 + b.abs_lower()) for b in found.values()):
                return [found[pair] for pair in wanted]
        bits *= 2
    return None


@lru_cache(maxsize=256)
def _form(pieces: tuple[Any, ...], power: int) -> ExactFunction | None:
    """f^power in the exact class without waves, or None."""
    if not all(_plausible(piece.expr) for piece in pieces):
        return None
    form = exact_form(pieces)
    try:
        raised = None if form is None else form.power(power)
    except NotExactError:
        return None
    if raised is None or any(not kernel.frequency.is_zero for piece in raised.pieces for kernel in piece.terms):
        return None
    return raised


def _plausible(expr: Any) -> bool:
    """Whether every operation on something that depends on `x` is one of the class's."""
    depends: list[bool] = []
    for op, operands in tape_of(expr).code:
        if op in ("x", "number", "atom"):
            depends.append(op == "x")
            continue
        below = [depends[i] for i in (operands[:1] if op == "power" else operands)]
        depends.append(any(below))
        if depends[-1] and op not in _OPERATIONS and not (op == "div" and not below[1]):
            return False
    return True


@lru_cache(maxsize=256)
def _terms(pieces: tuple[Any, ...], power: int, prec: int) -> list[_Term] | None:
    form = _form(pieces, power)
    if form is None:
        return None

    def ball(c: Constant) -> arb:
        return c.ball(prec)

    found = []
    for piece in form.pieces:
        ends = (None if piece.start is None else ball(piece.start), None if piece.end is None else ball(piece.end))
        for kernel, polynomial in piece.terms.items():
            gates = tuple((ball(gate.slope), ball(gate.shift)) for gate in kernel.gates)
            term = _Kernel(ball(kernel.quadratic), ball(kernel.linear), gates, ends)
            found.append((term, {n: ball(c) for n, c in polynomial.items()}))
    return found


def _moments(terms: Sequence[_Term], scale: arb, degree: int) -> list[arb] | None:
    """Moments 0, …, degree of the sum of the terms; None where no closed form is known, or a Gaussian decay is not certain."""
    totals = [arb(0)] * (degree + 1)
    for kernel, polynomial in terms:
        table = _table(kernel.scaled(scale), degree + max(polynomial))
        if table is None:
            return None
        for n, c in polynomial.items():
            factor = c * scale**n
            for j in range(degree + 1):
                totals[j] += factor * table[n + j]
    return totals


def _table(kernel: _Kernel, degree: int) -> list[arb] | None:
    """M_0, …, M_degree."""
    q, t, gates, ends = kernel
    v = 1 - 2 * q
    if not v > 0:
        return None
    root = v.sqrt()
    mean = t / root
    mass = _mass(*(None if z is None else root * z - mean for z in ends)) if not gates else _gated_mass(kernel, root, mean)
    if mass is None:
        return None
    density = (2 * arb.pi()).rsqrt()
    steps = [arb(0)] * degree
    for z, sign in zip(ends, (1, -1), strict=True):
        if z is not None:
            weight = ((t - v * z / 2) * z).exp() * density * sign
            steps = [step + weight * z**n for n, step in enumerate(steps)]
    for i, (c, d) in enumerate(gates):
        inner = _table(_Kernel(q - c * c / 2, t - c * d, gates[:i] + gates[i + 1 :], ends), degree)
        if inner is None:
            return None
        weight = c * (d * d / -2).exp() * density
        steps = [step + weight * m for step, m in zip(steps, inner, strict=False)]
    table = [(mean * mean / 2).exp() / root * mass]
    for n, step in enumerate(steps):
        table.append((t * table[n] + (n * table[n - 1] if n else 0) + step) / v)
    return table


def _mass(alpha: arb | None, beta: arb | None) -> arb:
    """P(α < y < β) for y ~ N(0, 1), from the side on which it is small."""
    if alpha is None:
        return arb(1) if beta is None else _lower(beta)
    if beta is None:
        return _lower(-alpha)
    return _lower(-alpha) - _lower(-beta) if alpha + beta > 0 else _lower(beta) - _lower(alpha)


def _lower(u: arb) -> arb:
    """Φ(u)."""
    return (-u / arb(2).sqrt()).erfc() / 2


def _gated_mass(kernel: _Kernel, root: arb, mean: arb) -> arb | None:
    """E[ΠΦ(c' y + d')] over the whole line; None for other intervals, and for two gates that are not centred."""
    if kernel.ends != (None, None):
        return None
    gates = [(c / root, c / root * mean + d) for c, d in kernel.gates]
    if len(gates) == 1:
        ((c, d),) = gates
        return _lower(d / (1 + c * c).sqrt())
    if len(gates) > 2 or not all(d.is_zero() for _, d in gates):
        return None
    (b, _), (c, _) = gates
    return arb(1) / 4 + (b * c / ((1 + b * b) * (1 + c * c)).sqrt()).asin() / (2 * arb.pi())
