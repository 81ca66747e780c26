"""The residual network is linear in its weights as long as no gate turns, and its gradient is that of a least-squares problem.

On a cell of constant gates the loss is quadratic, so a central difference is its derivative exactly: the evidence has no error.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from exact_networks import Network, flat

from theorycheck.claims import Claim, Instances, Source


def networks(rng: Any, count: int) -> Iterator[Network]:
    """Networks: W = −I, so that every unit is at its kink; W = 0 with an input on a kink; units closed on all inputs; random ones."""
    zero, one = Fraction(0), Fraction(1)
    line = ((one, one), (one, -one), (zero, one))
    yield Network(line, ((zero, zero), (zero, zero)), (1, -1), (one, zero, one))
    yield Network(line, ((one, zero), (zero, one)), (1, 1), (one, one, -one))
    yield Network(((-one, -one), (-one, zero)), ((one, zero), (one, one)), (1, -1), (one, one))
    for _ in range(count - 3):
        d, n = int(rng.integers(1, 4)), int(rng.integers(1, 6))

        def numbers(*shape: int) -> Any:
            return tuple(tuple(Fraction(int(c), 4) for c in row) for row in rng.integers(-9, 10, shape))

        yield Network(numbers(n, d), numbers(d, d), tuple(int(s) for s in rng.choice([-1, 1], d)), numbers(1, n)[0])


claim = Claim(
    "residual/linearisation",
    title="The residual network as a linear map of its weights, and its gradient",
    source=Source(deck="003", slide="Our Formulation", note="and the gradient on the slide “Gradient descent”"),
    kind="equality",
    statement=r"\sigma(X(W+I))v = B\,\mathrm{vec}(W+I),\quad B = [v_1P_1X \dots v_dP_dX],\ P_q = \mathrm{diag}(1\{X(w_q+e_q)>0\});\qquad "
    r"\nabla\tfrac{1}{2n}\|y - B\,\mathrm{vec}(W+I)\|^2 = -\tfrac{1}{n}B^\top(y - B\,\mathrm{vec}(W+I))",
    reading="the first for every W and X; the gradient where no entry of X(W + I) is 0: there B stands still",
    assumes=[Instances("networks", networks)],
    knobs={"identity": 1, "gradient": -1, "weighted": True, "slope": 1, "shared": False},
)


def features(gates: Any, inputs: Any, signs: Any, knobs: Any) -> list[list[Any]]:
    """The rows of B, unit 1 first."""
    rows = []
    for open_, x in zip(gates, inputs, strict=True):
        states = [open_[0]] * len(open_) if knobs.shared else open_
        rows.append([(v if knobs.weighted else 1) * g * c for v, g in zip(signs, states, strict=True) for c in x])
    return rows


def unknowns(columns: Any, knobs: Any) -> list[Any]:
    """vec(W + I), from the columns of W + I; the knob scales I."""
    d = len(columns)
    return [c - (1 - knobs.identity) * (place % (d + 1) == 0) for place, c in enumerate(flat(columns))]


def outputs(rows: Any, values: Any) -> list[Any]:
    """B vec(W + I)."""
    return [sum(a * b for a, b in zip(row, values, strict=True)) for row in rows]


def gradient(rows: Any, values: Any, labels: Any, knobs: Any) -> list[Any]:
    """−Bᵀ(y − B vec(W + I))/n."""
    rest = [y - f for y, f in zip(labels, outputs(rows, values), strict=True)]
    return [knobs.gradient * sum(row[p] * r for row, r in zip(rows, rest, strict=True)) / len(rows) for p in range(len(values))]


@claim.derive
def on_a_cell_of_gates(log: Any, knobs: Any) -> None:
    import sympy

    s = sympy.Symbol("s", positive=True)
    log.equal(sympy.Max(s, 0), knobs.slope * s, "an open unit is linear: σ(s) = 1·s for s > 0")
    log.zero(sympy.Max(-s, 0), "a closed one is 0: σ(−s) = 0·(−s)")
    log.zero(sympy.Max(0, 0), "and on the kink both are the same")
    # Two inputs, two units: the network and the loss are sums over inputs and units, so this shows all numbers of them.
    x = [sympy.symbols(f"x{i}1 x{i}2", real=True) for i in (1, 2)]
    columns = [sympy.symbols(f"c{q}1 c{q}2", real=True) for q in (1, 2)]
    labels, signs = sympy.symbols("y1 y2", real=True), sympy.symbols("v1 v2", real=True)
    for states in product((0, 1), repeat=4):
        gates = (states[:2], states[2:])
        network = [
            sum(v * g * sum(a * b for a, b in zip(row, c, strict=True)) for v, g, c in zip(signs, open_, columns, strict=True))
            for open_, row in zip(gates, x, strict=True)
        ]
        rows, values = features(gates, x, signs, knobs), unknowns(columns, knobs)
        for number, (left, right) in enumerate(zip(network, outputs(rows, values), strict=True), 1):
            log.equal(left, right, f"gates {states}: output {number} is a row of B times vec(W + I)")
        loss = sum((y - f) ** 2 for y, f in zip(labels, network, strict=True)) / 4
        slopes = [sympy.diff(loss, entry) for entry in flat(columns)]
        for entry, left, right in zip(flat(columns), slopes, gradient(rows, values, labels, knobs), strict=True):
            log.equal(left, right, f"gates {states}: the derivative of the loss by {entry}")


@claim.certify
def at_exact_networks(check: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.network.residual import linearisation, residual_loss, vec

    for net in check.instances(16):
        rows, values = features(net.gates(), net.inputs, net.signs, knobs), unknowns(net.columns, knobs)
        for i, (stated, network) in enumerate(zip(outputs(rows, values), net.outputs(), strict=True)):
            if check.equal(stated, network, f"output {i}") is False:
                return
        d = len(net.columns)
        w = np.array(net.columns, dtype=float).T - np.eye(d)
        v, x, y = (np.array(part, dtype=float) for part in (net.signs, net.inputs, net.labels))
        check.equal([float(b) for row in rows for b in row], linearisation(w, v, x).dense().ravel(), "B by our engine")
        if any(b == 0 for row in net.before() for b in row):
            continue
        theory = gradient(rows, values, net.labels, knobs)
        for place, (stated, slope) in enumerate(zip(theory, net.gradient(), strict=True)):
            if check.equal(stated, slope, f"the gradient at {place} by central differences") is False:
                return
        check.equal([float(t) for t in theory], vec(residual_loss(w, v, x, y)[1]), "the gradient by our engine")


claim.mutant("vec(W) without the identity", by="derive", identity=0)
claim.mutant("the gradient with the other sign", by="derive", gradient=1)
claim.mutant("half the slope of an open unit", by="derive", slope=Fraction(1, 2))
claim.mutant("the gates of the first unit for all", by="derive", shared=True)
claim.mutant("vec(W) without the identity, certified", by="certify", identity=0)
claim.mutant("the gradient with the other sign, certified", by="certify", gradient=1)
claim.mutant("B without the output weights", by="certify", weighted=False)
claim.mutant("the gates of the first unit for all, certified", by="certify", shared=True)
