"""Sign changes of the even part of a function on (0, ∞), which bound the zeros of its Gaussian mean.

√(2πK) E[q(√K z)] is the Laplace transform, at 1/(2K), of the even part of q on (0, ∞) in the variable x². By Descartes' rule for that
transform it has, as a function of K > 0, at most as many zeros, with multiplicity, as the even part has sign changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sympy import Expr, S

from theorycheck.activation.balls import enclose
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import Piece, Pieces, common_refinement
from theorycheck.activation.roots import split_by_sign
from theorycheck.activation.zero import compare, is_zero
from theorycheck.errors import Undecided

#: The lemma that is trusted (`proofs/lemmas`).
DESCARTES = "descartes-laplace"


def even_signs(pieces: Pieces, atoms: Sequence[tuple[Expr, Expr]] = ()) -> list[int]:
    """The signs, 1 and −1 in turn, of the even part of a function with atoms on (0, ∞), from 0 outwards; zeros are left out.

    Args:
        pieces: a function on the line, up to its values at the breakpoints.
        atoms: (point, mass), each at 0 or at a breakpoint of the pieces; one at 0 counts, those at ±p are taken together.
    Raises:
        Undecided: a sign could not be told.

    >>> from theorycheck.activation.function import Activation
    >>> even_signs(Activation("x^4 - x^2 + x").pieces), even_signs(Activation("max(x, 1)").pieces, [(S.One, S(-3))])
    ([-1, 1], [1, -1, 1])
    """
    return [sign for sign, _ in groupby(_signs(pieces, atoms))]


def _signs(pieces: Pieces, atoms: Sequence[tuple[Expr, Expr]]) -> Iterator[int]:
    mirrored = tuple(Piece(-p.end, -p.start, p.expr.subs(x, -x)) for p in reversed(pieces))
    cuts = common_refinement(pieces, mirrored)
    for start, end, left, right in cuts:
        if compare(start, S.Zero) < 0:
            if compare(end, S.Zero) <= 0:
                continue
            start = S.Zero
        mass = sum((size for point, size in atoms if compare(point, start) == 0 or compare(-point, start) == 0), S.Zero)
        if not is_zero(mass):
            ball = enclose(mass, 200)
            if ball.contains(0) or not ball.is_finite():
                raise Undecided(f"the sign of the mass at x = {start}")
            yield 1 if ball > 0 else -1
        if not is_zero(left + right):
            yield from (sign for _, _, sign in split_by_sign(left + right, start, end) if sign)
