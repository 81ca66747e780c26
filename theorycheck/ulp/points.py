"""Where an implementation is tried: every value of a 16-bit format; of a wider one all binades, and the places where programs go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from theorycheck.errors import TheorycheckError
from theorycheck.ulp.formats import Format
from theorycheck.ulp.screening import FINE

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.activation.function import Activation

#: As many values to each side of a kink, a zero or a turning point.
_NEIGHBOURS = 8
#: One value of each other binade is drawn, beside its power of two.
_PER_OUTER_BINADE = 1


def try_points(f: Activation, kind: Format, per_binade: int, rng: np.random.Generator) -> np.ndarray:
    """Finite values of a format, increasing, where an implementation of f is to be tried.

    Args:
        f: the exact function.
        kind: the format.
        per_binade: how many values of each binade of the middle are drawn, each with its successor; 16-bit formats are taken whole.
        rng: draws them, one from each of `per_binade` equal parts.

    Returns:
        float64, without repetition; zero stands once.

    >>> import numpy as np
    >>> from theorycheck.activation.function import Activation
    >>> from theorycheck.ulp.formats import FORMATS
    >>> len(try_points(Activation("tanh"), FORMATS["float16"], 1, np.random.default_rng(0)))
    63487
    """
    import numpy as np

    if kind.exhaustive:
        return kind.values(np.arange(-kind.count, kind.count + 1))
    codes: list[Any] = [[0, 1, 2, kind.count - 1, kind.count]]
    for exponent in range(kind.least, kind.most + 1):
        start = (exponent - kind.least + 1) << kind.bits
        many = per_binade if FINE[0] <= exponent < FINE[1] else _PER_OUTER_BINADE
        drawn = start + ((np.arange(many) + rng.random(many)) / many * 2**kind.bits).astype(np.int64)
        codes += [[start], drawn, drawn + 1] if many == per_binade else [[start], drawn]
    positive = np.concatenate(codes)
    near = [kind.code(place) + np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1) for place in special_places(f)]
    chosen = np.unique(np.concatenate([positive, -positive, *near]))
    return kind.values(chosen[np.abs(chosen) <= kind.count])


def special_places(f: Activation) -> list[float]:
    """The kinks of f, its zeros and the zeros of its slope, as far as they are found.

    >>> from theorycheck.activation.function import Activation
    >>> [round(place, 6) for place in special_places(Activation("silu"))]
    [-1.278465, 0.0]
    """
    from theorycheck.activation.balls import enclose
    from theorycheck.activation.functions import differentiate, x
    from theorycheck.activation.roots import roots
    from theorycheck.activation.zero import is_zero

    found = list(f.breakpoints)
    for piece in f.pieces:
        for expr in (piece.expr, differentiate(piece.expr)):
            try:
                found += [] if is_zero(expr) or not expr.has(x) else roots(expr, piece.start, piece.end)
            except TheorycheckError:  # zeros that are not found are no nasty points; the binades are tried all the same
                continue
    return sorted({float(enclose(place, 128)) for place in found})
