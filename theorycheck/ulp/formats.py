"""Binary float formats as integers: every finite value in order, and the distance of a number from a value in units in the last place.

All values of these formats are float64 values, so they are carried as float64; bfloat16 needs nothing that NumPy lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, ldexp
from typing import TYPE_CHECKING

from theorycheck.errors import InputError

if TYPE_CHECKING:
    import numpy as np


#: Formats with at most as many positive values are tried at all of them.
_FEW = 1 << 15


@dataclass(frozen=True)
class Format:
    """A binary float format.

    Args:
        name: its name.
        bits: of the fraction, without the hidden one.
        least: the exponent of the smallest normal number.
        most: the exponent of the largest numbers.
    """

    name: str
    bits: int
    least: int
    most: int

    @property
    def largest(self) -> float:
        """The largest finite value."""
        return ldexp(2 - 2.0**-self.bits, self.most)

    @property
    def smallest(self) -> float:
        """The smallest positive value, a subnormal."""
        return ldexp(1.0, self.least - self.bits)

    @property
    def count(self) -> int:
        """How many positive finite values there are."""
        return (self.most - self.least + 2) * 2**self.bits - 1

    @property
    def exhaustive(self) -> bool:
        """Whether there are so few values that all of them are tried."""
        return self.count <= _FEW

    def unit(self, size: float) -> float:
        """One unit in the last place at a number: the gap between the values of its binade, that of the subnormals below them.

        >>> FORMATS["float32"].unit(1.5) == 2**-23, FORMATS["bfloat16"].unit(0.0) == FORMATS["bfloat16"].smallest
        (True, True)
        """
        exponent = frexp(size)[1] - 1 if size else self.least
        return ldexp(1.0, max(min(exponent, self.most), self.least) - self.bits)

    def values(self, codes: np.ndarray) -> np.ndarray:
        """The values with given codes: 0 is zero, k the k-th positive value, -k its negative.

        >>> import numpy as np
        >>> FORMATS["float16"].values(np.array([1, 31743])).tolist()
        [5.960464477539063e-08, 65504.0]
        """
        import numpy as np

        size = np.abs(codes.astype(np.int64))
        binade, fraction = size >> self.bits, size & (2**self.bits - 1)
        normal = binade > 0
        mantissa = fraction + np.where(normal, 2**self.bits, 0)
        exponent = np.where(normal, binade - 1, 0) + (self.least - self.bits)
        return np.asarray(np.copysign(np.ldexp(mantissa.astype(np.float64), exponent.astype(np.int32)), codes))

    def code(self, number: float) -> int:
        """The code of the value nearest to a number, ties to even; the largest value beyond it.

        >>> FORMATS["float16"].code(65504.0), FORMATS["float16"].code(-1e9), FORMATS["float32"].code(0.0)
        (31743, -31743, 0)
        """
        size = min(abs(number), self.largest)
        exponent = max(frexp(size)[1] - 1, self.least) if size else self.least
        steps = round(ldexp(size, self.bits - exponent))
        code = min(steps + (exponent - self.least) * 2**self.bits, self.count)
        return code if number >= 0 else -code


#: The formats by name.
FORMATS = {
    "float16": Format("float16", 10, -14, 15),
    "bfloat16": Format("bfloat16", 7, -126, 127),
    "float32": Format("float32", 23, -126, 127),
    "float64": Format("float64", 52, -1022, 1023),
}


def float_format(name: str) -> Format:
    """The format of a name.

    Raises:
        InputError: an unknown name.
    """
    if name not in FORMATS:
        raise InputError(f"dtype {name!r} is not a float format known here; write one of {', '.join(FORMATS)}")
    return FORMATS[name]
