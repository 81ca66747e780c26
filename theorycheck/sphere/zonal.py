"""Zonal kernels f(⟨x, y⟩) from text: their even and odd parts on (0, 1), each as simple as it can be shown to be.

P_k is even or odd as k is, so an eigenvalue of even degree sees the even part of f only. An odd part that is a polynomial is
why all odd eigenvalues beyond its degree are exactly zero; so the parts are simplified before anything is integrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, Rational, S

from theorycheck.activation import pieces as P
from theorycheck.activation.functions import to_sympy, x
from theorycheck.activation.parsing import parse
from theorycheck.activation.pieces import Piece, Pieces
from theorycheck.activation.zero import is_zero
from theorycheck.errors import InputError

#: In place of asin(t) and √(1 − t²).
ANGLE, ROOT = sympy.symbols("phi s", positive=True)


@dataclass(frozen=True)
class Zonal:
    """A kernel on the sphere that depends on t = ⟨x, y⟩ only.

    Args:
        text: as it was written.
        even, odd: pieces on (0, 1) of (f(t) ± f(−t))/2, in the variable `x`.
    """

    text: str
    even: Pieces
    odd: Pieces


def read_zonal(text: str, parameters: Mapping[str, Rational] | None = None) -> Zonal:
    """Read a kernel.

    Args:
        text: an expression in t on [−1, 1], in the language of activations; it must be bounded there.
        parameters: exact values of further names.

    Raises:
        InputError: the text cannot be read, has a pole on [−1, 1], or depends on more than t.

    >>> kernel = read_zonal("t*(1/2 - acos(t)/(2*pi))")
    >>> [str(p.expr) for p in kernel.odd], [str(p.expr) for p in kernel.even]
    (['x/4'], ['x*asin(x)/(2*pi)'])
    """
    if not isinstance(text, str):
        raise InputError(f"a kernel is given as text, not {type(text).__name__}; write for example 'acos(t)/pi'")
    for name in parameters or {}:
        if not isinstance(name, str) or name in ("t", "e", "pi") or not name.isidentifier():
            raise InputError(f"{name!r} cannot name a parameter of a kernel; write a letter other than t and e")
    try:
        pieces = parse(text, "t", parameters, domain=(S.NegativeOne, S.One))
    except InputError as error:
        if "vanishes at" not in str(error):
            raise
        raise InputError(f"{error}; kernels are read where they are bounded on [-1, 1], square integrable poles are not") from None
    mirrored = tuple(Piece(-p.end, -p.start, p.expr.subs(x, -x)) for p in reversed(pieces))
    halves: list[list[Piece]] = [[], []]
    zero = (Piece(S.NegativeOne, S.Zero, S.Zero), Piece(S.Zero, S.One, S.One))  # forces a cut at 0
    right, left = (tuple(Piece(a, b, f) for a, b, f, side in P.common_refinement(g, zero) if side == 1) for g in (pieces, mirrored))
    for a, b, f, g in P.common_refinement(right, left):
        f, g = _by_asin(f), _by_asin(g)
        halves[0].append(Piece(a, b, _simplest((f + g) / 2, even=True)))
        halves[1].append(Piece(a, b, _simplest((f - g) / 2, even=False)))
    return Zonal(text.strip(), P.tidy(halves[0]), P.tidy(halves[1]))


def _by_asin(expr: Expr) -> Expr:
    """acos by asin, which is odd: what an even kernel and a polynomial have in common then shows."""
    return expr.replace(sympy.acos, lambda u: sympy.pi / 2 - sympy.asin(u))


def _simplest(expr: Expr, even: bool) -> Expr:
    """A part as a polynomial of low degree where it can be proved to be one (sigmoid(t) is 1/2 plus an odd function)."""
    form = arc_cosine_form(expr)
    if form is not None:
        return form.as_expr().subs({ANGLE: sympy.asin(x), ROOT: sympy.sqrt(1 - x**2)})
    plain = sympy.expand(expr, deep=False, power_exp=False)
    written = to_sympy(plain)
    slope = sympy.diff(written, x) if not even else S.Zero
    at = Rational(1, 2)
    guess = written.subs(x, at) if even else slope.subs(x, at) * x
    if sympy.count_ops(written) < 200 and is_zero(written - guess) is True:
        return sympy.nsimplify(sympy.simplify(guess)) if guess.has(sympy.exp, sympy.log, sympy.erf) else guess
    return plain


def arc_cosine_form(expr: Expr) -> sympy.Poly | None:
    """The expression as a polynomial in t, asin(t) and √(1 − t²), in the generators (x, phi, s), or None.

    >>> arc_cosine_form(x*sympy.asin(x)).as_expr(), arc_cosine_form(sympy.exp(x))
    (phi*x, None)
    """

    def rooted(base: Expr, power: Expr) -> Expr:
        ratio = sympy.cancel(base / (1 - x**2)) if base.is_polynomial(x) else x
        if ratio.has(x) or not ratio.is_positive:
            return base**power
        return ratio**power * ROOT ** (2 * power)

    written = expr.replace(lambda e: isinstance(e, sympy.Pow) and e.exp.is_Rational and e.exp.q == 2, lambda e: rooted(e.base, e.exp))
    written = written.subs(sympy.asin(x), ANGLE)
    try:
        form = sympy.Poly(sympy.expand(written), x, ANGLE, ROOT)
    except sympy.PolynomialError:
        return None
    if any(c.has(x, ANGLE, ROOT) for c in form.coeffs()):
        return None
    return form


def on_the_circle(expr: Expr, ends: tuple[Expr, ...] = (S.One,)) -> Expr:
    """f(cos θ) for θ in (0, π/2), in the variable `x` = θ, analytic wherever these rewritings can make it so.

    Args:
        expr: on a piece of (0, 1).
        ends: of the piece, in t.

    >>> on_the_circle(x*sympy.asin(x)), on_the_circle(sympy.sqrt(1 - x))
    ((-x + pi/2)*cos(x), sqrt(2)*sin(x/2))
    """
    theta = sympy.Dummy("theta", positive=True)

    def half_angles(power: Expr) -> Expr:
        """(1 − t)^a (1 + t)^b r(t) to a power, by 1 − t = 2 sin²(θ/2) and 1 + t = 2 cos²(θ/2)."""
        base, q, found = power.base, power.exp, S.One
        if not base.is_polynomial(x):
            return power
        for factor, side in ((1 - x, sympy.sin(theta / 2)), (1 + x, sympy.cos(theta / 2))):
            while base.has(x) and sympy.rem(base, factor, x) == 0:
                base = sympy.quo(base, factor, x)
                found *= 2**q * side ** (2 * q)
        return found * base**q

    def by_atan(inner: Expr) -> Expr:
        """asin(u) = π/2 − 2 atan(√((1 − u)/(1 + u))): a ball of u that sticks out beyond 1 does no harm where u = 1 at an end."""
        sides = [] if inner == x or not inner.is_polynomial(x) else [side for end in ends if abs(side := inner.subs(x, end)) == 1]
        if not sides:
            return sympy.asin(inner)
        if sides[0] * sides[-1] == -1:  # at both ends: asin(u) = 2 atan(u/(1 + √(1 − u²)))
            return 2 * sympy.atan(inner / (1 + sympy.sqrt(sympy.factor(1 - inner)) * sympy.sqrt(sympy.factor(1 + inner))))
        side = sides[0]
        ratio = sympy.sqrt(sympy.factor(1 - side * inner)) / sympy.sqrt(sympy.factor(1 + side * inner))
        return side * (sympy.pi / 2 - 2 * sympy.atan(ratio))

    written = expr.replace(sympy.asin, by_atan).subs(sympy.Abs(x), x)  # t is positive
    written = written.replace(lambda e: isinstance(e, sympy.Pow) and e.exp.is_Rational and not e.exp.is_Integer, half_angles)
    return written.subs(sympy.asin(x), sympy.pi / 2 - theta).subs(x, sympy.cos(theta)).subs(theta, x)
