"""The arithmetic of wide complex boxes, for suprema on ellipses: like that of complex balls, but sharp where boxes are wide.

A wide ball around cosh contains zero; written by the exponential that is small there, sech stays bounded. The error function of
a wide ball is slow; as an entire function it only needs a bound.
"""

from __future__ import annotations

from functools import lru_cache

from flint import acb, arb

from theorycheck.activation.balls import complex_arithmetic
from theorycheck.activation.tape import Arithmetic

#: Boxes below this radius go to the usual functions, which then lose little.
NARROW = 0.25


def _sech(z: acb) -> acb:
    if z.real > 0:
        decay = (-z).exp()
    elif z.real < 0:
        decay = z.exp()
    else:
        return 1 / z.cosh()
    return 2 * decay / (1 + decay * decay)


def _phi(z: acb) -> acb:
    """abs(Φ(x+iy)) <= e^(y²/2) Φ(x), because Φ is the integral of its derivative along a horizontal line from −∞."""
    if z.rad() < NARROW / 16:
        return (-z / arb(2).sqrt()).erfc() / 2
    if z.real > 0:
        return 1 - _lower_phi(-z)
    return _lower_phi(z)


def _lower_phi(z: acb) -> acb:
    x, y = arb(z.real.upper()), arb(z.imag.abs_upper())
    bound = (y * y / 2).exp() * (-x / arb(2).sqrt()).erfc() / 2
    disc = arb(0, bound.abs_upper())
    return acb(disc, disc)


@lru_cache(maxsize=1)
def box_arithmetic() -> Arithmetic:
    """Complex boxes; a finite result proves that the function is analytic on the whole box."""
    return {
        **complex_arithmetic(),
        "sech": lambda z: 1 / z.cosh() if z.rad() < NARROW else _sech(z),
        "Phi": _phi,
        "erf": lambda z: acb.erf(z) if z.rad() < NARROW / 16 else 2 * _phi(z * arb(2).sqrt()) - 1,
    }
