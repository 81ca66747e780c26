"""Three units compute the maximum of two numbers, and two do not.

A unit with a nonzero outer weight has a kink along its line, unless another unit has the same line. The only kink of the maximum is x = y.
With two units, either both lines are x = y, and the network depends on x − y alone; or one of them is another line, and it stays a kink;
or both share another line, and then x = y is none.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


def narrow_networks(rng: Any, count: int) -> Any:
    """Networks of width 2 as (a, w, b) for each unit: both kinks on x = y, the two halves of the best candidates, one line, random."""
    special = [
        ((1, (1, -1), 0), (1, (-1, 1), 0)),
        ((1, (1, -1), 0), (1, (0, 1), 0)),
        ((1, (0, 1), 0), (-1, (0, -1), 0)),
        ((Fraction(1, 2), (1, 1), 0), (Fraction(1, 2), (1, -1), 0)),
        ((1, (1, 0), 0), (1, (0, 1), 0)),
    ]
    for number in range(count):
        if number < len(special):
            yield special[number]
        else:
            n = [Fraction(int(m), 2) for m in rng.integers(-6, 7, 8)]
            yield ((n[0], (n[1], n[2]), n[3]), (n[4], (n[5], n[6]), n[7]))


claim = Claim(
    "villani/max-network-sharp",
    title="Width 3 is enough for max(x₁, x₂), and minimal",
    source=Source(deck="004", slide="What Is Provably Known About Neural Net Training?", arxiv="1611.01491"),
    kind="equality",
    statement=r"\max(x_1, x_2) = r(x_1 - x_2) + r(x_2) - r(-x_2),\quad"
    r" \max(x_1,x_2) \ne a_1 r(\langle w_1,x\rangle + b_1) + a_2 r(\langle w_2,x\rangle + b_2)",
    assumes=[Instances("networks of width 2", narrow_networks)],
    origin="theorycheck",
    knobs={"outer": (1, 1, -1), "narrow": "max"},
)


def relu(u: Any) -> Any:
    """max(u, 0) of a rational."""
    return max(u, 0)


def target(x: Any, y: Any, knobs: Any) -> Any:
    """What two units cannot compute: the maximum; the mutant asks for |x − y|, which they can."""
    return max(x, y) if knobs.narrow == "max" else abs(x - y)


@claim.derive
def by_kinks(log: Any, knobs: Any) -> None:
    import sympy

    x, y, t = sympy.symbols("x y t", real=True)
    p, q = sympy.symbols("p q", positive=True)
    first, second, third = knobs.outer
    for name, gap, low in (("x > y > 0", p, q), ("x > y, y < 0", p, -q), ("y > x, y > 0", -p, q), ("y > x, y < 0", -p, -q)):
        parts = (sympy.Max(gap, 0), sympy.Max(low, 0), sympy.Max(-low, 0))
        value = first * parts[0] + second * parts[1] + third * parts[2]
        log.equal(value, low + gap if gap == p else low, f"three units on {name}")
    a, b, c, slope = sympy.symbols("a b c m", real=True)
    w1, w2 = sympy.symbols("w1 w2", real=True)
    across = a * (w1 * (x + t * w1) + w2 * (y + t * w2))  # the unit on its positive side; 0 on the other
    log.equal(sympy.diff(across, t), a * (w1**2 + w2**2), "the slope across a unit's line jumps by a‖w‖²: it stays a kink, unless shared")
    log.zero((slope * x - slope * y).subs({x: t, y: t}), "two units with their kinks on x = y: each argument is m(x − y), 0 on (t, t)")
    maximum_there = t if knobs.narrow == "max" else 0 * t
    log.equal(sympy.diff(maximum_there, t), 1, "while the maximum has slope 1 along (t, t)")
    plane = a * x + b * y + c
    moved = [plane.subs({x: x + h, y: y - h}, simultaneous=True) for h in (p, 0, -p)]
    log.zero(moved[0] - 2 * moved[1] + moved[2], "two units that share another line: affine near the points of x = y off it")
    log.positive((t + p) - 2 * t + (t + p), "where the maximum has a positive second difference")


@claim.certify
def at_points(check: Any, knobs: Any) -> None:
    grid = [(Fraction(i, 2), Fraction(j, 2)) for i in range(-8, 9) for j in range(-8, 9)]
    first, second, third = knobs.outer
    gaps = sum(abs(first * relu(x - y) + second * relu(y) + third * relu(-y) - max(x, y)) for x, y in grid)
    check.equal(0, gaps, "three units on a grid")
    for units in check.instances(60):
        worst = max(abs(sum(a * relu(w[0] * x + w[1] * y + b) for a, w, b in units) - target(x, y, knobs)) for x, y in grid)
        check.less(0, worst, "two units miss it somewhere on the grid")


claim.mutant("one sign in the outer layer", by="derive", outer=(1, 1, 1))
claim.mutant("two units miss |x − y| too", by="certify", narrow="distance")
claim.mutant("|x − y| has slope 1 on the diagonal", by="derive", narrow="distance")
