"""What the theorems on activations that are no polynomials share: whom a statement excludes, and units evaluated exactly or in balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

#: Kinks at and off 0, jumps, smooth, periodic: none of them a polynomial.
OTHERS = ("relu", "max(x - 5, 0)", "step(x - 1)", "hard_shrink", "tanh", "gelu", "snake", "sin", "exp")
#: Polynomials, by degree.
POLYNOMIALS = ("3", "2*x - 1", "x**2", "x**3 - x")


def excludes(kind: str, degree: int | None, analytic: bool) -> bool:
    """Whether a statement "all but ..." leaves an activation out.

    Args:
        kind: "polynomial" (the theorem), "affine", "analytic", or "none".
        degree: of the polynomial that the activation is, if it is one.
        analytic: whether it is analytic on the line.
    """
    return {"polynomial": degree is not None, "affine": degree in (0, 1), "analytic": analytic, "none": False}[kind]


def degree_of(f: Any) -> int | None:
    """The degree of an activation that is a polynomial, by the verdict that the page of an activation shows."""
    import sympy

    from theorycheck.activation.functions import x
    from theorycheck.properties.shape import polynomial

    return int(sympy.Poly(f.pieces[0].expr, x).degree()) if polynomial(f).holds else None


def excluded(kind: str, f: Any) -> bool:
    """`excludes` for an activation."""
    return excludes(kind, degree_of(f), len(f.pieces) == 1)


def matrix(f: Any, arguments: list[list[Fraction]]) -> Any:
    """The matrix of s at rational arguments: exact where the pieces are rational polynomials, else in balls of 300 bits."""
    from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

    exact = _rational_pieces(f)
    if exact is not None:
        return fmpq_mat([[fmpq(*_at(exact, t).as_integer_ratio()) for t in row] for row in arguments])
    with ctx.workprec(300):
        return arb_mat([[f.ball(arb(fmpq(t.numerator, t.denominator))) for t in row] for row in arguments])


def determinant(made: Any) -> Any:
    """The determinant of such a matrix, an exact number or a ball."""
    from flint import ctx

    with ctx.workprec(300):
        return made.det()


def _rational_pieces(f: Any) -> list[tuple[Any, list[Fraction]]] | None:
    """(start, coefficients from the highest power on) of every piece, or None when some piece is no rational polynomial."""
    import sympy

    from theorycheck.activation.functions import x

    if not all(p.expr.is_polynomial(x) for p in f.pieces):
        return None
    rows = [(p.start, sympy.Poly(p.expr, x).all_coeffs()) for p in f.pieces]
    if not all(c.is_Rational for _, row in rows for c in row):
        return None
    return [(start, [Fraction(int(c.p), int(c.q)) for c in row]) for start, row in rows]


def _at(pieces: list[tuple[Any, list[Fraction]]], t: Fraction) -> Fraction:
    row = [row for start, row in pieces if not start.is_finite or start <= t][-1]
    value = Fraction(0)
    for c in row:
        value = value * t + c
    return value
