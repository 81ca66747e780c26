"""Three units compute the maximum of two numbers, and two do not.

Far away the biases do not matter. The even part of two units is a₁|⟨w₁, x⟩| + a₂|⟨w₂, x⟩|, that of the maximum |x₁ − x₂| with its kink on
the diagonal: so one of w₁, w₂ is orthogonal to (1, 1), and then the odd part vanishes at (1, 1), where that of the maximum is 2.
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
def by_even_and_odd_parts(log: Any, knobs: Any) -> None:
    import sympy

    t = sympy.Symbol("t", real=True)
    p, q = sympy.symbols("p q", positive=True)
    first, second, third = knobs.outer
    for name, gap, low in (("x > y > 0", p, q), ("x > y, y < 0", p, -q), ("y > x, y > 0", -p, q), ("y > x, y < 0", -p, -q)):
        parts = (sympy.Max(gap, 0), sympy.Max(low, 0), sympy.Max(-low, 0))
        value = first * parts[0] + second * parts[1] + third * parts[2]
        log.equal(value, low + gap if gap == p else low, f"three units on {name}")
    def whole(u: Any, v: Any) -> Any:
        return sympy.Max(u, v) if knobs.narrow == "max" else sympy.Max(u - v, v - u)

    # Two units are impossible. Seen from far away, r(t u + b)/t → r(u), and the target is homogeneous: the biases may be taken as 0.
    b, c = sympy.symbols("b c", real=True)
    d = sympy.Symbol("d", nonnegative=True)  # d < 0 exchanges h and −h
    log.limit((t * p + b) / t, t, sympy.oo, p, "u > 0: r(tu + b)/t → u")
    log.limit(b / t, t, sympy.oo, 0, "u = 0: r(b)/t → 0; for u < 0 it is 0 from some t on")
    for u in (p, -p):
        log.equal(sympy.Max(u, 0) + sympy.Max(-u, 0), abs(u), f"r(u) + r(−u) = |u|, u = {u}")
        log.equal(sympy.Max(u, 0) - sympy.Max(-u, 0), u, f"r(u) − r(−u) = u, u = {u}")
    # the even part: a₁|s₁ + h d₁| + a₂|s₂ + h d₂| on (1, 1) + h(1, −1), with s, d the products of w with (1, 1) and (1, −1)
    for h in (-p, p):
        even = whole(1 + h, 1 - h) + whole(-1 - h, -1 + h)
        log.positive(even, f"the target's even part is positive off the diagonal, h = {h}")
    log.zero(whole(1, 1) + whole(-1, -1), "and 0 on it, so its second difference in h is positive at h = 0")
    for sign in (1, -1):
        s = sign * (p * d + q)  # |h d| ≤ |s| for h = ±p
        side = ">" if sign > 0 else "<"
        log.zero(abs(s + p * d) + abs(s - p * d) - 2 * abs(s), f"that of |s + hd| is 0 for small h if s {side} 0: so one s is 0")
    log.equal((c * abs(b)) ** 2, (c * b) ** 2, "say s₁ = 0; then a₂|s₂| = 0 on the diagonal, so a₂s₂ = 0")
    log.positive(whole(1, 1) - whole(-1, -1), "but the odd part at (1, 1) is a₁s₁ + a₂s₂, and the target's is positive")


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
claim.mutant("|x − y| has an odd part on the diagonal", by="derive", narrow="distance")
