"""A depth-2 network of width 4 computes the maximum of two numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def points(rng: Any, count: int) -> Any:
    """Pairs of rationals: on both diagonals and the axes first, nearly equal, then random."""
    special = [(0, 0), (1, 1), (-1, -1), (1, -1), (-2, 0), (0, 3), (Fraction(1, 10**9), 0), (10**9, 10**9 + 1)]
    yield from ((Fraction(a), Fraction(b)) for a, b in special[:count])
    for _ in range(count - len(special)):
        a, b = (Fraction(int(n), int(m)) for n, m in zip(rng.integers(-99, 100, 2), rng.integers(1, 50, 2), strict=True))
        yield a, b


claim = Claim(
    "villani/max-network",
    title="A depth-2 network of width 4 computes max(x₁, x₂)",
    source=Source(deck="004", slide="What Is Provably Known About Neural Net Training?", arxiv="1611.01491"),
    kind="equality",
    statement=r"\max(x_1, x_2) = \tfrac12\bigl[r(x_1+x_2) - r(-x_1-x_2) + r(x_1-x_2) + r(x_2-x_1)\bigr],\quad r(u) = \max(u, 0)",
    assumes=[Instances("points", points)],
    knobs={"outer": (1, -1, 1, 1), "scale": Fraction(1, 2)},
)


def network(x: Any, y: Any, relu: Any, knobs: Any) -> Any:
    """The network with units on x + y, −x − y, x − y, y − x."""
    return knobs.scale * sum(a * relu(u) for a, u in zip(knobs.outer, (x + y, -x - y, x - y, y - x), strict=True))


@claim.derive
def by_regions(log: Any, knobs: Any) -> None:
    """The signs of the sum and of the difference cut the plane into four cones, on each of which both sides are linear."""
    import sympy

    p, q = sympy.symbols("p q", nonnegative=True)
    for plus, minus in product((1, -1), repeat=2):
        total, gap = plus * p, minus * q
        x, y = (total + gap) / 2, (total - gap) / 2
        largest = x if minus > 0 else y

        def relu(u: Any) -> Any:
            u = sympy.expand(u)
            return u if u.is_nonnegative else sympy.S.Zero

        found = network(x, y, relu, knobs)
        log.equal(found, largest, f"x + y = {'' if plus > 0 else '−'}p, x − y = {'' if minus > 0 else '−'}q")
        log.nonnegative((largest - x) + (largest - y), "and it is the larger of the two")


@claim.certify
def at_points(check: Any, knobs: Any) -> None:
    for x, y in check.instances(40):
        check.equal(network(x, y, lambda u: max(u, Fraction(0)), knobs), max(x, y), "the network against the maximum")


claim.mutant("one sign in the outer layer", by="derive", outer=(1, 1, 1, 1))
claim.mutant("without the factor 1/2", by="certify", scale=Fraction(1))
