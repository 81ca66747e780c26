"""All real zeros of an analytic expression on an interval: exact where algebra gives them, isolated by a covering elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import sympy
from flint import arb, ctx, fmpq
from sympy import Add, Expr, Mul, Pow, Rational, S

from theorycheck.activation.balls import enclose, rational
from theorycheck.activation.expansion import degree_bound
from theorycheck.activation.functions import OWN, x
from theorycheck.activation.isolation import RootsUnknown, isolate, rational_below
from theorycheck.activation.zero import compare, is_zero, value_at
from theorycheck.errors import InputError

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
MAX_DEGREE = 100


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
        return isolate(expr, start, end), ""
    except RootsUnknown as error:
        return [], str(error)


def split_by_sign(expr: Expr, start: Expr, end: Expr) -> list[tuple[Expr, Expr, int]]:
    """The interval cut at the zeros of expr, with the sign (−1, 0, 1) on each part."""
    if is_zero(expr):
        return [(start, end, 0)]
    cuts = [start, *roots(expr, start, end), end]
    return [(a, b, sign_between(expr, a, b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
