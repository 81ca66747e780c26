"""The gradient of the loss is a matrix of features times the residual."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from relu_gradients import Sample, differences, errors, networks

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import axis, dot


def at_kinks(rng: Any, count: int) -> Any:
    """Networks with a unit that is exactly at its kink for a sample."""
    e, f = axis(2), axis(2, 1)
    yield Sample((1,), (e,), (f, e), (Fraction(1), Fraction(0)))
    yield Sample((1, -1), (e, f), (f, (Fraction(3, 5), Fraction(4, 5))), (Fraction(1), Fraction(1, 2)))


claim = Claim(
    "diverse/gradient-factorisation",
    title="The gradient is a feature matrix times the residual",
    source=Source(deck="000", slide="The structure of the gradient", arxiv="1611.03131", note="section 3"),
    kind="equality",
    statement=r"\frac{\partial L}{\partial W} = D\,r,\quad D_{k,l} = v_k\,\sigma'(w_k^\top x_l)\,x_l,\quad "
    r"r_l = \tfrac1m\bigl(f(x_l)-y_l\bigr)",
    reading="L = (1/2m)Σ(y_l − f(x_l))², σ the ReLU, and no w_k·x_l is 0: at a kink L has no gradient, and D r is a convention",
    assumes=[Instances("networks away from kinks", networks, drops={"away from kinks": at_kinks})],
    knobs={"average": 1, "output": 1, "gate": 0},
)


def residual(error: Any, m: Any, knobs: Any) -> Any:
    """r_l as claimed, from f(x_l) − y_l."""
    return error / m**knobs.average


def feature(v: Any, active: Any, x: Any, knobs: Any) -> Any:
    """An entry of D as claimed, active = 1[w_k·x_l > 0]; with gate = 1 the gate is reversed."""
    return v**knobs.output * (knobs.gate + (1 - 2 * knobs.gate) * active) * x


@claim.derive
def by_the_chain_rule(log: Any, knobs: Any) -> None:
    import sympy

    w, x, v, y, inner, others = sympy.symbols("w x v y q R", real=True)
    m = sympy.Symbol("m", positive=True)
    # one sample, one weight: u = w x + q is w_k·x_l, and R what the other units add; both do not depend on w
    for active, branch in ((1, w * x + inner), (0, sympy.S.Zero)):
        output = v * branch + others
        slope = sympy.diff((y - output) ** 2 / (2 * m), w)
        stated = feature(v, active, x, knobs) * residual(output - y, m, knobs)
        if log.equal(slope, stated, f"a sample's share of ∂L/∂w_kc where the unit is {'on' if active else 'off'}") is False:
            return
    # all samples and units at once, the gates frozen as they are near a point without kinks
    units, samples, dimension = 2, 2, 2
    weights = sympy.Matrix(units, dimension, sympy.symbols("w:4", real=True))
    inputs = sympy.Matrix(samples, dimension, sympy.symbols("x:4", real=True))
    signs, targets = sympy.symbols("v:2", real=True), sympy.symbols("y:2", real=True)
    for gates in product((0, 1), repeat=units * samples):
        on = sympy.Matrix(units, samples, gates)
        output = [sum(signs[k] * on[k, j] * (weights.row(k) * inputs.row(j).T)[0] for k in range(units)) for j in range(samples)]
        total = sum((targets[j] - output[j]) ** 2 for j in range(samples)) / (2 * m)
        r = sympy.Matrix([residual(output[j] - targets[j], m, knobs) for j in range(samples)])
        d = sympy.Matrix(
            [[feature(signs[k], on[k, j], inputs[j, c], knobs) for j in range(samples)] for k in range(units) for c in range(dimension)]
        )
        gradient = sympy.Matrix([sympy.diff(total, weights[k, c]) for k in range(units) for c in range(dimension)])
        difference = (gradient - d * r).applyfunc(sympy.expand)
        weighted = sum(e * sympy.Symbol(f"t{i}", real=True) for i, e in enumerate(difference))
        log.zero(weighted, f"∂L/∂W − D r, all entries at once, gates {''.join(map(str, gates))}")


@claim.certify
def by_exact_differences(check: Any, knobs: Any) -> None:
    for net in check.instances(20):
        r = [residual(e, len(net.inputs), knobs) for e in errors(net)]
        stated = [
            sum((feature(v, int(dot(w, x) > 0), x[c], knobs) * e for x, e in zip(net.inputs, r, strict=True)), Fraction(0))
            for v, w in zip(net.signs, net.weights, strict=True)
            for c in range(len(w))
        ]
        if check.equal(stated, differences(net), "D r against central differences, exact between kinks") is False:
            return


claim.mutant("a residual without 1/m", by="derive", average=0)
claim.mutant("D without the output weights", by="derive", output=0)
claim.mutant("the gate of the other side", by="derive", gate=1)
claim.mutant("a residual without 1/m, by differences", by="certify", average=0)
claim.mutant("D without the output weights, by differences", by="certify", output=0)
claim.mutant("a unit at its kink", by="certify", drop="away from kinks")
