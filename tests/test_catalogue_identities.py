"""Identities that tie every number of the catalogue to another: Stein's, with the jump terms, and Bessel's inequality."""

import pytest
import sympy
from flint import arb, ctx

from theorycheck.activation.balls import enclose
from theorycheck.activation.catalog import ENTRIES
from theorycheck.activation.function import Activation
from theorycheck.activation.functions import x
from theorycheck.activation.pieces import map_pieces
from theorycheck.gaussian.expectation import expectation
from theorycheck.gaussian.hermite import hermite_coefficients

TERMS = 17


def weighted_hermite(k, point):
    """h_k times the density."""
    return sympy.hermite_prob(k, point) / sympy.sqrt(sympy.factorial(k)) * sympy.exp(-(point**2) / 2) / sympy.sqrt(2 * sympy.pi)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_stein_with_jumps_and_bessel(name):
    f = Activation(name)
    with ctx.workprec(160):
        c = [e.ball for e in hermite_coefficients(f, TERMS + 1, digits=20)]
        slope = [e.ball for e in hermite_coefficients(f.derivative(), TERMS, digits=20)]
        for k in range(TERMS):
            jumps = [enclose(size * weighted_hermite(k, point)) for point, size in f.jumps]
            assert c[k + 1].overlaps((slope[k] + sum(jumps, arb(0))) / arb(k + 1).sqrt()), (name, k)
        square = expectation(Activation.from_pieces(map_pieces(f.pieces, lambda u: sympy.expand(u**2))), 20).ball
        total = sum((v * v for v in c[:TERMS]), arb(0))
        assert not total > square
        if f.pieces[0].expr.is_polynomial(x) and not f.breakpoints:
            assert total.overlaps(square)
