"""When the identity start qualifies: the triangle inequality, sharp at multiples of −I; the experiment's γ is beyond the condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Instances, Source


@dataclass(frozen=True)
class Target:
    """A network W* and the δ for which the start must qualify.

    Args:
        weights: W*, by rows.
        delta: δ.
        root: √d, for d a square.
    """

    weights: tuple[tuple[Fraction, ...], ...]
    delta: Fraction
    root: int

    def __str__(self) -> str:
        return f"W* = ({' | '.join(' '.join(map(str, row)) for row in self.weights)}), δ = {self.delta}"

    def square(self, shift: int = 0) -> Fraction:
        """‖W* + shift·I‖²."""
        return sum(((c + shift * (i == j)) ** 2 for i, row in enumerate(self.weights) for j, c in enumerate(row)), Fraction(0))


def scaled_identity(root: int, length: Fraction, delta: Fraction) -> Target:
    """W* = −(γ/√d) I: the worst direction."""
    d = root * root
    return Target(tuple(tuple(-length / root * (i == j) for j in range(d)) for i in range(d)), delta, root)


def short_targets(rng: Any, count: int) -> Iterator[Target]:
    """‖W*‖_F ≤ δ√d/(1 + δ): at −I times the bound itself, at its negative, at W* = 0, δ near 0 and 1; then random ones, to the bound."""
    for root, delta in ((1, Fraction(1, 2)), (2, Fraction(4, 5)), (3, Fraction(999, 1000)), (2, Fraction(1, 1000))):
        yield scaled_identity(root, delta * root / (1 + delta), delta)
        yield scaled_identity(root, -delta * root / (1 + delta), delta)
    yield scaled_identity(2, Fraction(0), Fraction(1, 2))
    for _ in range(count - 9):
        root, delta = int(rng.integers(1, 4)), Fraction(int(rng.integers(1, 100)), 100)
        numbers = [[Fraction(int(c)) for c in row] for row in rng.integers(-9, 10, (root**2, root**2))]
        square = sum(c * c for row in numbers for c in row) or Fraction(1)
        bound = delta * root / (1 + delta)
        scale = bound / (1 + Fraction(int((square * 10**8) ** Fraction(1, 2)), 10**4))  # at most the bound over the length
        yield Target(tuple(tuple(scale * c for c in row) for row in numbers), delta, root)


def long_targets(rng: Any, count: int) -> Iterator[Target]:
    """As long as the experiment's: γ = 2 at d = 20 and δ = 0.8 is 2/1.9876 of the bound."""
    delta = Fraction(4, 5)
    yield scaled_identity(2, delta * 2 / (1 + delta) * Fraction(20_000, 19_876), delta)


claim = Claim(
    "residual/identity-initialisation",
    title="W⁰ = 0 satisfies the requirement on the start when W* is short",
    source=Source(deck="003", slide="Guarantees: Theorem 1", note="Assumption 1"),
    kind="implication",
    statement=r"\|W^\star\|_F \le \gamma \le \frac{\delta\sqrt{d}}{1+\delta} \implies \|0 - W^\star\|_F \le \delta\|W^\star + I\|_F",
    reading="0 < δ < 1; the bound is the best one. The experiment (d = 20, δ = 0.8, γ = 2) is beyond it: 0.8√20/1.8 = 1.9876 < 2",
    assumes=[Instances("targets", short_targets, drops={"W* short": long_targets})],
    knobs={"plus": 1, "experiment": 2},
)


def longest(root: Any, delta: Any, knobs: Any) -> Any:
    """The largest γ, from √d."""
    return delta * root / (1 + knobs.plus * delta)


@claim.derive
def by_completing_the_square(log: Any, knobs: Any) -> None:
    import sympy

    d, c = 3, sympy.Symbol("c", real=True)
    w = sympy.Matrix(d, d, lambda i, j: sympy.Symbol(f"w{i}{j}", real=True))
    square, trace = sum(e**2 for e in w), w.trace()
    shifted = sum(e**2 for e in w + c * sympy.eye(d))
    log.equal(shifted, square + 2 * c * trace + d * c**2, "‖W + cI‖² = ‖W‖² + 2c tr W + dc², d = 3 for every d")
    delta, g, root = sympy.symbols("delta g r", positive=True)
    t = sympy.Symbol("t", real=True)
    log.equal((g**2 + 2 * (g / root) * t + root**2 * (g / root) ** 2) * root / (2 * g), root * g + t, "c = ‖W‖/√d: tr W ≥ −√d ‖W‖")
    over, more = sympy.symbols("over more", nonnegative=True)  # tr W = −√d‖W‖ + over, and γ the bound less `more`
    bound = longest(root, delta, knobs)
    length = sympy.Symbol("length", positive=True)
    stretched = sympy.solve(sympy.Eq(bound, length + more), root)[0]  # √d for which the bound is length + more
    need = delta**2 * (length**2 + 2 * (-root * length + over) + root**2) - length**2
    log.nonnegative(sympy.factor(need.subs(root, stretched)), "δ²‖W* + I‖² − ‖W*‖² is not negative")
    at_bound = sympy.factor(need.subs(root, stretched).subs({over: 0, more: 0}))
    log.zero(at_bound, "and 0 at the bound for W* a multiple of −I: it is sharp")
    fifths = sympy.Rational(4, 5)
    log.positive(knobs.experiment - longest(sympy.sqrt(20), fifths, knobs), "the experiment's γ is beyond the bound")


@claim.certify
def at_exact_targets(check: Any, knobs: Any) -> None:
    for target in check.instances(30):
        bound = longest(target.root, target.delta, knobs)
        if check.dropped is None:
            check.less_equal(target.square(), (target.delta * target.root / (1 + target.delta)) ** 2, "W* is short")
        if check.less_equal(target.square(), target.delta**2 * target.square(1), "‖W*‖² against δ²‖W* + I‖²") is False:
            return
        # sharp: W* = −(γ/√d) I with γ at the bound meets the requirement with equality
        worst = scaled_identity(target.root, bound, target.delta)
        if check.equal(worst.delta**2 * worst.square(1), worst.square(), "at the bound, along −I") is False:
            return
    experiment = 0.8 * 20**0.5 / (1 + knobs.plus * 0.8)
    check.less(experiment, float(knobs.experiment), "δ√d/(1 + δ) of the experiment against its γ")


claim.mutant("γ ≤ δ√d", by="derive", plus=0)
claim.mutant("the experiment inside the condition", by="derive", experiment=1)
claim.mutant("γ ≤ δ√d/(1 − δ)", by="certify", plus=-1)
claim.mutant("γ ≤ δ√d/(1 + 2δ), called sharp", by="certify", plus=2)
claim.mutant("W* as long as the experiment's", by="certify", drop="W* short")
