"""All real zeros of an analytic expression on an interval: exact where algebra gives them, isolated by balls elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import sympy
from flint import arb, ctx, fmpq
from sympy import Add, Expr, Mul, Pow, Rational, S

from theorycheck.activation.balls import enclose, rational, real_arithmetic
from theorycheck.activation.expansion import degree_bound
from theorycheck.activation.functions import OWN, differentiate, x
from theorycheck.activation.isolated import IsolatedRoot
from theorycheck.activation.tails import GrowsTooFast, has_sign, settled_tail, starts_beyond
from theorycheck.activation.tape import tape_of
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError, Undecided

_INCREASING_ODD = (sympy.tanh, sympy.sinh, sympy.asinh, sympy.atan, sympy.erf, sympy.asin)
_POSITIVE = (sympy.exp, sympy.cosh, sympy.sech, *OWN)
_INVERSE = {
    sympy.exp: sympy.log,
    sympy.log: sympy.exp,
    sympy.tanh: lambda c: sympy.log((1 + c) / (1 - c)) / 2,
    sympy.sinh: sympy.asinh,
    sympy.asinh: sympy.sinh,
}
#: The variable inside algebraic numbers; with x itself they would count as functions of x.
_T = sympy.Symbol("t")
MAX_CELLS = 3000
MAX_ROOTS = 64
MAX_DEGREE = 100


class RootsUnknown(Undecided):
    """The zeros could not all be separated; the message says where."""


def sign_between(expr: Expr, start: Expr, end: Expr) -> int:
    """The sign of an expression at one inner point of an interval without zeros."""
    point = inner_point(start, end)
    for prec in (64, 256, 2048):
        value = value_at(expr, point, prec)
        if value > 0:
            return 1
        if value < 0:
            return -1
    raise RootsUnknown(f"the sign of {expr} at x = {point}")


def inner_point(start: Expr, end: Expr) -> Rational:
    """A simple rational strictly inside an interval."""
    if start is S.NegativeInfinity and end is S.Infinity:
        return Rational(1, 7)
    if start is S.NegativeInfinity:
        return Rational(int(rational_below(end))) - 1
    if end is S.Infinity:
        return Rational(int(-rational_below(-start))) + 1
    prec = 200
    while not enclose(end, prec) > enclose(start, prec):
        prec *= 4
    with ctx.workprec(2 * prec):
        a, b = enclose(start, 2 * prec), enclose(end, 2 * prec)
        middle, scale = ((a + b) / 2).mid(), 8
        while True:
            q = Rational(int((middle * scale).floor().unique_fmpz()), scale)
            if arb(rational(q)) > a and arb(rational(q)) < b:
                return q
            scale *= 64


def rational_below(constant: Expr) -> Rational:
    """A dyadic rational just below a real constant (itself when it is rational)."""
    if isinstance(constant, Rational):
        return constant
    lower = (enclose(constant, 80) * 2**40).lower().floor().unique_fmpz()
    return Rational(int(lower), 2**40)


def _reduce(expr: Expr) -> Iterator[Expr]:
    """Simpler expressions whose zeros together are those of expr."""
    if isinstance(expr, Mul):
        for factor in expr.args:
            yield from _reduce(factor)
    elif isinstance(expr, Pow) and expr.exp.is_positive:
        yield from _reduce(expr.base)
    elif isinstance(expr, Pow) or not expr.has(x) or isinstance(expr, _POSITIVE):
        return
    elif isinstance(expr, _INCREASING_ODD):
        yield from _reduce(expr.args[0])
    elif isinstance(expr, Add) and len(expr.args) == 2 and not expr.args[0].has(x):
        target, (factor, f) = -expr.args[0], expr.args[1].as_independent(x, as_Add=False)
        level = target / factor
        if type(f) in _INVERSE:
            if isinstance(f, sympy.exp) and level.is_nonpositive:
                return
            in_range = level.is_positive if isinstance(f, sympy.exp) else (1 - level**2).is_positive if isinstance(f, sympy.tanh) else True
            if in_range:
                yield from _reduce(f.args[0] - _INVERSE[type(f)](level))
            else:
                yield expr
        else:
            yield expr
    else:
        yield expr


def roots(expr: Expr, start: Expr = S.NegativeInfinity, end: Expr = S.Infinity) -> list[Expr]:
    """All zeros in the open interval (start, end), increasing, without multiplicity.

    Args:
        expr: analytic on the interval, not identically zero.
        start, end: real constants or infinities.

    Raises:
        RootsUnknown: the zeros could not be separated, or a tail oscillates.

    >>> roots(x**2 - 2), roots(sympy.exp(x) - 1)
    ([-sqrt(2), sqrt(2)], [0])
    """
    found: list[Expr] = []
    for part in _reduce(expr):
        for root in _roots_of_part(part, start, end):
            if compare(start, root) < 0 and compare(root, end) < 0 and all(compare(root, other) != 0 for other in found):
                found.append(root)
    return sorted(found, key=sympy_order)


def has_exact_roots(expr: Expr) -> bool:
    """Whether `roots` finds the zeros by algebra alone, without a covering."""
    parts = [p for p in _reduce(expr) if p.is_polynomial(x)]
    return len(parts) == len(list(_reduce(expr))) and all(
        p.domain.is_QQ or p.domain.is_ZZ or p.degree() == 1 for p in (sympy.Poly(e, x) for e in parts)
    )


def sympy_order(constant: Expr) -> fmpq:
    """A sort key for constants that are known to be separated."""
    man, exponent = enclose(constant, 2000).mid().man_exp()
    return fmpq(int(man)) * fmpq(2) ** int(exponent)


def _roots_of_part(expr: Expr, start: Expr, end: Expr) -> list[Expr]:
    if expr.is_polynomial(x):
        if degree_bound(expr) > MAX_DEGREE:
            raise InputError(f"a polynomial of degree {degree_bound(expr)} is more than the {MAX_DEGREE} that theorycheck solves")
        poly = sympy.Poly(expr, x)
        if poly.degree() == 1:
            a, b = poly.all_coeffs()
            return [sympy.expand(-b / a)]
        if poly.domain.is_QQ or poly.domain.is_ZZ:
            return list(dict.fromkeys(sympy.real_roots(poly.replace(x, _T))))
    plain = expr.primitive()[1]
    if plain.could_extract_minus_sign():  # so that cos x − x and x − cos x name their zero alike
        plain = -plain
    found, trouble = _isolated(plain, start, end)
    if trouble:
        raise RootsUnknown(trouble)
    return list(found)


@lru_cache(maxsize=256)
def _isolated(expr: Expr, start: Expr, end: Expr) -> tuple[list[Expr], str]:
    """(zeros, "") or ([], why not): one search for all the questions that ask for the same zeros."""
    try:
        return _isolate(expr, start, end), ""
    except RootsUnknown as error:
        return [], str(error)


def _isolate(expr: Expr, start: Expr, end: Expr) -> list[Expr]:
    low = rational_below(start) if start is not S.NegativeInfinity else None
    high = -rational_below(-end) if end is not S.Infinity else None
    reach = []
    for side, edge in ((-1, low), (1, high)):
        if edge is not None:
            reach.append(edge)
            continue
        try:
            expansion = settled_tail(expr, side, starts_beyond(start if side > 0 else end, side), has_sign)
            sign = expansion.sign()
        except (Undecided, GrowsTooFast):
            sign = None
        if not sign:
            raise RootsUnknown(f"{expr} may change sign infinitely often as x goes to {'-' if side < 0 else ''}infinity")
        reach.append(Rational(side * int(expansion.start.p)))
    found: list[Expr] = []
    stack = [(reach[0], reach[1])] if reach[0] < reach[1] else []
    cells = 0
    f, slope = tape_of(expr), tape_of(differentiate(expr))
    with ctx.workprec(100):
        while stack:
            lo, hi = stack.pop()
            cells += 1
            box = arb(rational(lo)).union(arb(rational(hi)))
            value = f.run(real_arithmetic(), box)
            if value.is_finite() and not value.contains(0):
                continue
            gradient = slope.run(real_arithmetic(), box)
            if gradient.is_finite() and not gradient.contains(0):
                left, right = value_at(expr, lo, 200), value_at(expr, hi, 200)
                exact = next((p for p, v in ((lo, left), (hi, right)) if v.contains(0) and is_zero(expr.subs(x, p))), None)
                if exact is not None:
                    found.append(exact)
                    continue
                if (left > 0 and right > 0) or (left < 0 and right < 0):
                    continue
                if (left > 0 and right < 0) or (left < 0 and right > 0):
                    found.append(_named(expr, lo, hi))
                    continue
            else:
                ends = _only_zeros_at_ends(expr, lo, hi)
                if ends is not None:
                    found += ends
                    continue
            if cells > MAX_CELLS or len(found) > MAX_ROOTS or hi - lo < Rational(1, 2**60):
                raise RootsUnknown(f"the zeros of {expr} near x = {float(lo):.6g} could not be separated")
            middle = (lo + hi) / 2
            stack += [(middle, hi), (lo, middle)]
    return found


def _named(expr: Expr, lo: Rational, hi: Rational) -> Expr:
    """An isolated zero by a simple rational name if it has one."""
    root = IsolatedRoot(expr, lo, hi)
    guess = Rational(str(sympy.nsimplify(root.evalf(20), rational=True, tolerance=1e-12)))
    if guess.q <= 1000 and is_zero(expr.subs(x, guess)):
        return guess
    return root


@lru_cache(maxsize=4096)
def _end_value(expr: Expr, edge: Rational) -> arb:
    return value_at(expr, edge, 200)


def _only_zeros_at_ends(expr: Expr, lo: Rational, hi: Rational) -> list[Expr] | None:
    """The ends of a cell that are its only zeros, by the first derivative there that does not vanish; None when that is not shown."""
    for edge in (lo, hi):
        if not _end_value(expr, edge).contains(0):
            continue
        g = expr
        for _ in range(6):
            if not is_zero(g.subs(x, edge)):
                break
            g = differentiate(g)
            with ctx.workprec(100):
                value = tape_of(g).run(real_arithmetic(), arb(rational(lo)).union(arb(rational(hi))))
            if value.is_finite() and not value.contains(0):
                return [edge]
    return None


def split_by_sign(expr: Expr, start: Expr, end: Expr) -> list[tuple[Expr, Expr, int]]:
    """The interval cut at the zeros of expr, with the sign (−1, 0, 1) on each part."""
    if is_zero(expr):
        return [(start, end, 0)]
    cuts = [start, *roots(expr, start, end), end]
    return [(a, b, sign_between(expr, a, b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
