"""The 180 integrals α_ij(σ): twelve activations, three scales, five moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial

from flint import acb, arb, ctx

from theorycheck.activation.balls import complex_arithmetic, enclose
from theorycheck.activation.function import Activation
from theorycheck.activation.pieces import Pieces
from theorycheck.activation.tape import tape_of
from theorycheck.benchmarks.peers import PEERS, SIGMAS, WANTED, quad_moments
from theorycheck.benchmarks.timing import Row, compare
from theorycheck.enclosure import bits_for
from theorycheck.gaussian.alpha_table import alpha_table
from theorycheck.gaussian.slope_moments import certified_alphas


def _slopes() -> list[Activation]:
    return [Activation(peer.name).derivative() for peer in PEERS]


def floats(slopes: list[Activation]) -> list[float]:
    """All 180 in float64."""
    return [float(v) for v in alpha_table(slopes, [float(Fraction(s)) for s in SIGMAS]).ravel()]


def balls(slopes: list[Activation], digits: int) -> list[arb]:
    """All 180 as balls of radius at most 10^-digits·max(1, size)."""
    return [ball for f in slopes for row in certified_alphas(f, [Fraction(s) for s in SIGMAS], digits) for ball in row]


def arb_integrals(slopes: list[Activation], digits: int) -> list[arb]:
    """The peer that is rigorous too: one `acb.integral` per integral, split at the breakpoints, cut at 12."""
    found = []
    with ctx.workprec(bits_for(digits, 20)):
        root = (2 * arb.pi()).sqrt()
        for f in slopes:
            for sigma in SIGMAS:
                for i, j in WANTED:
                    found.append(_one_arb_integral(f.pieces, enclose(Activation(sigma).pieces[0].expr), i, j, root))
    return found


def _one_arb_integral(pieces: Pieces, sigma: arb, i: int, j: int, root: arb) -> arb:
    arithmetic = complex_arithmetic()
    total = arb(0)
    for piece in pieces:
        start = enclose(piece.start) / sigma if piece.start.is_finite else arb(-12)
        end = enclose(piece.end) / sigma if piece.end.is_finite else arb(12)
        tape = tape_of(piece.expr)

        def integrand(z: acb, _: bool, tape: object = tape) -> acb:
            return tape.run(arithmetic, z * sigma) ** i * z**j * (z * z / -2).exp() / root  # type: ignore[attr-defined]  # a Tape

        total += acb.integral(integrand, acb(start), acb(end)).real
    return total


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """moments-float64, moments-certified-15, -30, -50, moments-certified-vs-arb."""
    if not any(wanted(name) for name in goals if name.startswith(("moments-float", "moments-certified"))):
        return
    slopes = _slopes()
    truth = balls(slopes, 60)
    if wanted("moments-float64"):
        worst = max(abs(v - float(t)) for v, t in zip(floats(slopes), truth, strict=True))
        if not worst <= 2e-13:
            raise AssertionError(f"float64 moments err by {worst:.3g}, more than 2e-13")
        yield compare("moments-float64", goals["moments-float64"], partial(floats, slopes), quad_moments, f"error {worst:.1e} ≤ 2e-13")
    for digits in (15, 30, 50):
        name = f"moments-certified-{digits}"
        if wanted(name):
            _assert_enclosures(balls(slopes, digits), truth, digits)
            text = f"180 balls, {digits} digits"
            yield compare(name, goals[name], partial(balls, slopes, digits), quad_moments, text)
    if wanted("moments-certified-vs-arb"):
        independent = arb_integrals(slopes, 15)
        apart = [k for k, (a, b) in enumerate(zip(truth, independent, strict=True)) if abs(a.mid() - b.mid()) > 1e-13]
        if apart:
            raise AssertionError(f"{len(apart)} of 180 integrals disagree with acb.integral")
        yield compare(
            "moments-certified-vs-arb",
            goals["moments-certified-vs-arb"],
            partial(balls, slopes, 15),
            partial(arb_integrals, slopes, 15),
            "180 of 180 agree with acb.integral",
            repetitions=7,
        )


def _assert_enclosures(found: list[arb], truth: list[arb], digits: int) -> None:
    for k, (ball, reference) in enumerate(zip(found, truth, strict=True)):
        size = max(1.0, abs(float(reference)))
        if not (ball.overlaps(reference) and ball.rad() <= arb(10) ** -digits * size):
            raise AssertionError(f"integral {k} at {digits} digits: {ball} against {reference}")
