"""The table of P1, P2, P3(a), P3(b) for eight activations, cell by cell.

P3(a) is read as “φ' is Lipschitz”. Read as “φ'' is bounded where it exists” it would hold for ReLU, where the slide has a cross.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.isserlis import gaussian_mean

#: The slide's ticks. The last column, P1 and P2 and P3, follows.
TABLE = {
    "relu": "P1 P2 P3b",
    "leaky_relu": "P1 P2 P3b",
    "squared_relu": "P1 P2 P3a",
    "sigmoid": "P1 P2 P3a",
    "tanh": "P1 P2 P3a",
    "erf_integral": "P1 P2 P3a",
    "linear": "P1 P3a P3b",
    "quadratic": "P3a",
}
#: Activations for which the slide ticks “P1, 2, 3”.
ALL = "relu leaky_relu squared_relu sigmoid tanh erf_integral"
PROPERTIES = ("P1", "P2", "P3a", "P3b")


def activations(rng: Any, count: int) -> Iterator[str]:
    """The rows of the table."""
    yield from list(TABLE)[:count]


claim = Claim(
    "recovery/property-table",
    title="Which activations have P1, P2 and P3",
    source=Source(deck="002", slide="Three Properties in Summary", arxiv="1706.03175"),
    kind="equality",
    statement=r"P_1, P_2, P_3\text{ hold: ReLU, leaky ReLU (b); squared ReLU, sigmoid, tanh, erf (a); linear: not } P_2;"
    r"\text{ quadratic: neither } P_1 \text{ nor } P_2",
    reading="P1: one p for all z, at differentiable points; P3(a): φ' is Lipschitz; P3(b): φ continuous and piecewise linear; "
    "leaky slope 0.01; erf is the integral of exp(−t²) from 0",
    assumes=[Instances("activations", activations)],
    knobs={**TABLE, "all": ALL},
)


@dataclass(frozen=True)
class Slope:
    """φ' as pieces, and what bounds it.

    Args:
        pieces: pairs (φ', φ'') of expressions in a symbol whose assumptions are the piece's interval.
        bound: for each piece an L1 abs(z)^p above φ'.
        steepness: L2 above abs(φ'').
        samples: two values of φ', the first negative where φ' takes both signs.
        bend: a value of φ''.
        jump: of φ' at 0.
    """

    pieces: tuple[tuple[Any, Any], ...]
    bound: tuple[Any, ...]
    steepness: Any
    samples: tuple[Any, Any]
    bend: Any
    jump: Any = 0


def slopes() -> dict[str, Slope]:
    """φ' of the eight activations; p > 0 and n > 0 stand for z on the right and −z on the left, E > 0 for exp(−z) or exp(−2z)."""
    import sympy

    p, n, e = sympy.symbols("p n E", positive=True)
    z = sympy.Symbol("z", real=True)
    zero, one, leak = sympy.S.Zero, sympy.S.One, sympy.Rational(1, 100)

    def logistic(height: int, rate: int) -> Slope:
        """height·E/(1 + E)² with E = exp(−rate·z), so that d/dz = −rate·E d/dE; at E = 1 and E = 2."""
        slope = height * e / (1 + e) ** 2
        bend = sympy.factor(-rate * e * sympy.diff(slope, e))
        values = (slope.subs(e, 1), slope.subs(e, 2))
        return Slope(((slope, bend),), (sympy.Integer(height),), sympy.Integer(height * rate), values, bend.subs(e, 2))

    bell = sympy.exp(-(z**2))
    return {
        "relu": Slope(((zero, zero), (one, zero)), (one, one), zero, (zero, one), zero, one),
        "leaky_relu": Slope(((leak, zero), (one, zero)), (one, one), zero, (leak, one), zero, one - leak),
        "squared_relu": Slope(((zero, zero), (2 * p, 2 * one)), (2 * n, 2 * p), 2 * one, (zero, 2 * one), 2 * one),
        "sigmoid": logistic(1, 1),
        "tanh": logistic(4, 2),
        "erf_integral": Slope(((bell, sympy.diff(bell, z)),), (one,), one, (one, bell.subs(z, 1)), sympy.diff(bell, z).subs(z, 1)),
        "linear": Slope(((one, zero),), (one,), zero, (one, one), zero),
        "quadratic": Slope(((-2 * n, 2 * one), (2 * p, 2 * one)), (2 * n, 2 * p), 2 * one, (-2 * one, 2 * one), 2 * one),
    }


@claim.derive
def cell_by_cell(log: Any, knobs: Any) -> None:
    import sympy

    w = sympy.Symbol("w", nonnegative=True)
    log.cite("recovery/nonlinearity-is-automatic")  # P1 and not affine: P2
    for name, s in slopes().items():
        ticks = vars(knobs)[name].split()
        if "P1" in ticks:
            for (slope, _), bound in zip(s.pieces, s.bound, strict=True):
                log.nonnegative(slope, f"{name}: φ' ≥ 0")
                if slope.has(sympy.exp):  # exp(−z²), w = z²
                    rises_from_zero(log, 1 - sympy.exp(-w), w, 1, f"{name}: φ' is at most 1")
                else:
                    log.nonnegative(bound - slope, f"{name}: φ' is at most {bound}")
        else:
            log.positive(-s.samples[0], f"{name}: φ' takes a negative value, so P1 fails")
        if "P2" in ticks:
            log.positive((s.samples[1] - s.samples[0]) ** 2, f"{name}: φ' takes two values, so φ is not affine")
        else:
            spoil(log, s, name)
        if "P3a" in ticks:
            log.zero(s.jump, f"{name}: φ' does not jump")
            for _, bend in s.pieces:
                if bend.has(sympy.exp):  # 2 abs(z) exp(−z²)
                    log.nonnegative((1 - w) ** 2, f"{name}: 2w ≤ 1 + w²")
                    log.equal(1 + w**2 - 2 * w, (1 - w) ** 2, f"{name}: 2 abs(z) ≤ 1 + z², with w = abs(z)")
                    rises_from_zero(log, sympy.exp(w) - 1 - w, w, 2, f"{name}: 1 + z² ≤ exp(z²), so abs(φ'') ≤ 1")
                else:
                    log.nonnegative(s.steepness**2 - bend**2, f"{name}: abs(φ'') is at most {s.steepness}")
        else:
            log.positive(s.jump**2, f"{name}: φ' jumps at 0, so it is not Lipschitz")
        if "P3b" in ticks:
            for _, bend in s.pieces:
                log.zero(bend, f"{name}: every piece is a line")
        else:
            log.positive(s.bend**2, f"{name}: φ'' is not 0 somewhere, so φ is not piecewise linear")
        complete = {"P1", "P2"} <= set(ticks) and {"P3a", "P3b"} & set(ticks)
        log.equal(int(bool(complete)), int(name in knobs.all.split()), f"{name}: the last column")


def rises_from_zero(log: Any, f: Any, w: Any, order: int, label: str) -> None:
    """f(w) ≥ 0 for w ≥ 0: f and its derivatives below the order vanish at 0, and that of the order is positive."""
    import sympy

    for _ in range(order):
        log.zero(f.subs(w, 0), f"{label}: with equality at 0")
        f = sympy.diff(f, w)
    log.positive(f, f"{label}: and what follows rises")


def spoil(log: Any, s: Slope, name: str) -> None:
    """P2 fails: φ' is one polynomial for which T1 or T3 is not positive at σ = 1."""
    import sympy

    z = sympy.Symbol("z", real=True)
    on_the_line = {sympy.Symbol("p", positive=True): z, sympy.Symbol("n", positive=True): -z}
    forms = [slope.subs(on_the_line) for slope, _ in s.pieces]
    if not all(form.free_symbols <= {z} and form.is_polynomial(z) for form in forms):
        log.zero((s.samples[1] - s.samples[0]) ** 2, f"{name}: φ' takes one value only")
        return
    log.equal(forms[0], forms[-1], f"{name}: φ' is one polynomial")
    slope = forms[-1]
    a0, a1, a2 = (gaussian_mean(slope * z**power, z) for power in range(3))
    least = sympy.Min(gaussian_mean(slope**2, z) - a0**2 - a1**2, a0 * a2 - a1**2)
    log.nonnegative(-least, f"{name}: T1 or T3 is not positive at σ = 1, so P2 fails")


@claim.certify
def as_verify_decides(check: Any, knobs: Any) -> None:
    from theorycheck.properties.recovery import properties

    check.covers_all("every cell of the table")
    for name in check.instances(len(TABLE)):
        found = properties(name)
        for prop in PROPERTIES:
            verdict = found[prop]
            if check.true(verdict if prop in vars(knobs)[name].split() else ~verdict, f"{prop} of {name}") is False:
                return
        whole = found["P1"] & found["P2"] & found["P3"]
        check.true(whole if name in knobs.all.split() else ~whole, f"P1, P2, P3 of {name}")


claim.mutant("P3(a) read as φ'' bounded where it exists: ReLU", by="derive", relu="P1 P2 P3a P3b")
claim.mutant("a linear activation with P2", by="derive", linear="P1 P2 P3a P3b")
claim.mutant("ReLU without P2", by="derive", relu="P1 P3b")
claim.mutant("tanh without P2", by="derive", tanh="P1 P3a")
claim.mutant("squared ReLU piecewise linear", by="derive", squared_relu="P1 P2 P3a P3b")
claim.mutant("a quadratic activation with P1", by="derive", quadratic="P1 P3a")
claim.mutant("linear in the last column", by="derive", all=ALL + " linear")
claim.mutant("P3(a) read as φ'' bounded where it exists: leaky ReLU", by="certify", leaky_relu="P1 P2 P3a P3b")
claim.mutant("a quadratic activation with P2", by="certify", quadratic="P2 P3a")
