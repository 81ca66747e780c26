"""Activations: a real function, its derivatives and its callables."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Expr, Rational

from theorycheck.activation import pieces as P
from theorycheck.activation.balls import enclose, real_arithmetic
from theorycheck.activation.catalog import lookup
from theorycheck.activation.floats import mpmath_arithmetic, numpy_arithmetic
from theorycheck.activation.language import exact_number
from theorycheck.activation.parsing import parse
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.tape import tape_of
from theorycheck.errors import InputError


class Activation:
    """A real function of one variable, given as analytic pieces. At a jump its value is the one from the right.

    Args:
        text: a catalogue name or alias ("gelu"), or an expression in x ("x*Phi(x)").
        parameters: values of the expression's parameters, as text, integers or Fractions; a float is refused.

    Raises:
        InputError: unknown text, unknown parameter, or a float.

    >>> gelu = Activation("x*Phi(x)")
    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(6).tolist()
    [-0.158655, 0.0, 0.841345]
    >>> [str(p.expr) for p in Activation("leaky_relu", a="0.2").derivative().pieces]
    ['1/5', '1']
    """

    def __init__(self, text: str, **parameters: object):
        if not isinstance(text, str):
            raise InputError(f"an activation is given as text, not {type(text).__name__}; write for example Activation('max(x, 0)')")
        text = text.strip()
        entry = lookup(text)
        given = {name: exact_number(value, f"parameter {name} =") for name, value in parameters.items()}
        allowed = {} if entry is None else {name: exact_number(value) for name, value in entry.parameters.items()}
        if entry is not None and (extra := set(given) - set(allowed)):
            takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            raise InputError(f"{entry.name} has no parameter {sorted(extra)[0]!r}; {takes}")
        for name in given:
            if not name.isidentifier() or name in ("x", "e", "pi"):
                raise InputError(f"{name!r} cannot name a parameter; write a letter other than x and e")
        self.name: str | None = entry.name if entry else None
        self.text: str = entry.text if entry else text
        self.parameters: dict[str, Rational] = {**allowed, **given}
        self.pieces: Pieces = parse(self.text, parameters=self.parameters)

    @classmethod
    def from_pieces(cls, pieces: Pieces, text: str = "") -> Activation:
        """An activation straight from its pieces."""
        made = cls.__new__(cls)
        made.name, made.parameters, made.pieces = None, {}, P.tidy(pieces)
        made.text = text or "; ".join(str(p.expr) for p in made.pieces)
        return made

    @property
    def breakpoints(self) -> tuple[Expr, ...]:
        """The finite ends between pieces, increasing."""
        return P.breakpoints(self.pieces)

    @cached_property
    def jumps(self) -> tuple[tuple[Expr, Expr], ...]:
        """(point, size) of every discontinuity of the function itself."""
        return P.jumps(self.pieces)

    @cached_property
    def _derivatives(self) -> dict[int, Activation]:
        return {0: self}

    def derivative(self, times: int = 1) -> Activation:
        """The derivative almost everywhere; what it does not see stands in `jumps` of the lower derivatives."""
        if times < 0:
            raise InputError(f"a derivative of order {times} does not exist; write 0, 1, 2, ...")
        for n in range(1, times + 1):
            if n not in self._derivatives:
                lower = self._derivatives[n - 1]
                self._derivatives[n] = Activation.from_pieces(P.derivative(lower.pieces), text=f"derivative {n} of {self.text}")
        return self._derivatives[times]

    def __call__(self, argument: Any) -> Any:
        """Values in float64; any array shape, without overflow or cancellation."""
        values = np.asarray(argument, dtype=np.float64)
        result = self.unrescued(values)
        self._rescue(values, result)
        result = np.where(np.isnan(values), np.nan, result)
        return result if values.ndim else float(result)

    def unrescued(self, values: np.ndarray) -> np.ndarray:
        """Values in float64 at once; infinite or nan where an intermediate result overflows."""
        arithmetic = numpy_arithmetic()
        with np.errstate(all="ignore"):
            if len(self.pieces) == 1:
                return np.broadcast_to(tape_of(self.pieces[0].expr).run(arithmetic, values), values.shape).astype(np.float64)
            index = np.searchsorted(self._cuts, values, side="right")
            result = np.full(values.shape, np.nan)
            for i, piece in enumerate(self.pieces):
                mine = index == i
                if mine.any():
                    result[mine] = tape_of(piece.expr).run(arithmetic, values[mine])
        return result

    def _rescue(self, values: np.ndarray, result: np.ndarray) -> None:
        """Redo by mpmath what overflowed on the way (x²·e^(−x²), √(x² + 1) at 1e300), in place."""
        import mpmath

        bad = overflowed(values, result)
        with mpmath.workdps(30):
            for place in zip(*np.nonzero(bad), strict=True) if values.ndim else [()] * int(bad):
                result[place] = float(self.mpmath(float(values[place])))

    @cached_property
    def _cuts(self) -> np.ndarray:
        return np.array([float(enclose(b, 80)) for b in self.breakpoints])

    def mpmath(self, argument: Any) -> Any:
        """The value as an mpmath number at mpmath's working precision (the second engine)."""
        import mpmath

        z = mpmath.mpf(argument)
        for piece in reversed(self.pieces):
            if len(self.pieces) == 1 or piece is self.pieces[0]:
                break
            if z >= mpmath.mpmathify(piece.start.evalf(mpmath.mp.dps + 5)):
                break
        return tape_of(piece.expr).run(mpmath_arithmetic(), z)

    def ball(self, argument: arb) -> arb:
        """A ball that contains the values at every point of a real ball, across breakpoints too."""
        result = None
        for piece in self.pieces:
            if piece.start.is_finite and argument < enclose(piece.start, ctx.prec):
                continue
            if piece.end.is_finite and argument > enclose(piece.end, ctx.prec):
                continue
            value = tape_of(piece.expr).run(real_arithmetic(), argument)
            result = value if result is None else result.union(value)
        return result

    def to_json(self) -> dict[str, Any]:
        """The *activation* document: {"name", "expr", "parameters", "pieces"}."""
        return {
            "name": self.name,
            "expr": self.text,
            "parameters": {name: str(value) for name, value in self.parameters.items()},
            "pieces": [piece.to_json() for piece in self.pieces],
        }

    def __repr__(self) -> str:
        extra = "".join(f", {name}={str(value)!r}" for name, value in self.parameters.items())
        return f"Activation({self.name or self.text!r}{extra})"


def overflowed(values: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Where a result may be nan or infinite only because an intermediate one overflowed."""
    with np.errstate(invalid="ignore"):
        return np.isfinite(values) & (np.isnan(result) | (np.isinf(result) & (np.abs(values) > 1e75)))


def as_activation(f: Activation | str) -> Activation:
    """The activation itself, or the one that a text names."""
    return f if isinstance(f, Activation) else Activation(f)
