"""The exact mean-square rate of modified SGD on Gaussian inputs without poisoning: 1 − η + cη², c = (2d + b + 3)/(4b).

The square of the step is even and of degree 4 in each input, so every symmetric law with the moments of N(0, I) up to degree 4 gives the
same expectation: the three-point Gauss–Hermite rule makes it a finite sum, over which the algorithm can be run batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from gate_laws import FiniteLaw, Vector, dot

from theorycheck.claims import Claim, Instances, Source


@dataclass(frozen=True)
class Gate:
    """w*, the error e = w − w*, the batch and the step; x = √scale·node, each coordinate a node with its probability."""

    truth: Vector
    error: Vector
    batch: int
    step: Fraction
    nodes: tuple[tuple[int, Fraction], ...]
    scale: int = 3

    def law(self) -> FiniteLaw:
        """The law of the nodes, which are rational."""
        cells = list(product(self.nodes, repeat=len(self.truth)))
        points = tuple(tuple(Fraction(node) for node, _ in cell) for cell in cells)
        shares = tuple(prod((share for _, share in cell), start=Fraction(1)) for cell in cells)
        return FiniteLaw(points, shares, self.truth, self.error, self.batch)

    def expected_square(self) -> Fraction:
        """E‖w⁺ − w*‖²: the gates do not see the length of x, and x xᵀ is scale times that of the node, which the step takes over."""
        return self.law().expected_square(self.scale * self.step)

    def __str__(self) -> str:
        return f"d = {len(self.truth)}, b = {self.batch}, η = {self.step}, e = ({', '.join(map(str, self.error))})"


def gates(rng: Any, count: int) -> Iterator[Gate]:
    """Error along w*, against it and nearly across it, one dimension, the critical and the best step; then random ones."""
    nodes = ((0, Fraction(2, 3)), (1, Fraction(1, 6)), (-1, Fraction(1, 6)))
    one = Fraction(1)
    truth = (4 * one, one)  # no point of the rule but 0 lies on the hyperplane w*·x = 0
    yield Gate(truth, truth, 1, Fraction(1, 3), nodes)
    yield Gate(truth, (-4 * one, -one), 2, Fraction(8, 9), nodes)  # 4b/(2d + b + 3)
    yield Gate(truth, (-one, 4 * one), 3, Fraction(6, 10), nodes)  # half of it
    yield Gate((one,), (3 * one,), 4, Fraction(5, 2), nodes)
    for _ in range(count - 4):
        d = int(rng.integers(1, 4))
        batch = int(rng.integers(1, 6 - d))
        truth = tuple(Fraction(int(sign) * 3**power) for sign, power in zip(rng.choice([-1, 1], d), rng.permutation(d), strict=True))
        error = tuple(Fraction(int(n), 2) for n in rng.integers(1, 7, d) * rng.choice([-1, 1], d))
        yield Gate(truth, error, batch, Fraction(int(rng.integers(1, 30)), 10), nodes)


def random_signs(rng: Any, count: int) -> Iterator[Gate]:
    """Inputs ±1: the variances are right, the fourth moments are not."""
    signs = ((1, Fraction(1, 2)), (-1, Fraction(1, 2)))
    return (replace(gate, nodes=signs, scale=1) for gate in gates(rng, count))


claim = Claim(
    "villani/gate-recursion-sharp",
    title="The exact mean-square rate of modified SGD on Gaussian inputs, its critical and its best step",
    source=Source(
        deck="004",
        slide="Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!",
        arxiv="2005.04211",
        note="sharper than “linear time convergence”",
    ),
    kind="equality",
    statement=r"x \sim N(0, I_d),\ \theta_* = 0,\ w_* \ne 0:\quad \mathbb{E}\|w_{t+1} - w_*\|^2 = (1 - \eta + c\eta^2)\,"
    r"\mathbb{E}\|w_t - w_*\|^2,\quad c = \frac{2d + b + 3}{4b};\qquad \mathbb{E}\|w_t - w_*\|^2 \to 0 \iff 0 < \eta < 1/c;"
    r"\quad \min_\eta = 1 - \frac{1}{4c}\ \text{at}\ \eta = \frac{1}{2c}",
    reading="fresh batches of size b, a start with finite E‖w_0‖² that is not surely w*",
    assumes=[Instances("gates", gates, drops={"Gaussian fourth moments": random_signs})],
    knobs={"inputs": 2, "offset": 3, "batch": 1, "linear": 1},
    origin="theorycheck",
)


def constant(d: Any, b: Any, knobs: Any) -> Any:
    """c."""
    return (knobs.inputs * d + knobs.batch * b + knobs.offset) / (4 * b)


def rate(step: Any, d: Any, b: Any, knobs: Any) -> Any:
    """The factor of E‖w − w*‖² in one step."""
    return 1 - knobs.linear * step + constant(d, b, knobs) * step**2


@claim.derive
def by_symmetry(log: Any, knobs: Any) -> None:
    import sympy

    z = sympy.Symbol("z", real=True)
    d, b = sympy.symbols("d b", positive=True, integer=True)
    eta = sympy.Symbol("eta", positive=True)
    density = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    mass = sympy.erf(z / sympy.sqrt(2)) / 2
    line = (z, -sympy.oo, sympy.oo)
    log.cite("gaussian-coordinates")  # the coordinates of x are independent N(0, 1) in every orthonormal basis
    log.integral(z**2 * density, line, 1, "E z² = 1", primitive=mass - z * density)
    log.integral(z**4 * density, line, 3, "E z⁴ = 3", primitive=3 * mass - (z**3 + 3 * z) * density)
    for power, primitive in ((1, -density), (3, -(z**2 + 2) * density)):
        log.integral(z**power * density, line, 0, f"E z^{power} = 0: only even entries are left", primitive=primitive)
    fourth = 3 + (d - 1)
    log.equal(fourth, d + 2, "E‖x‖² x xᵀ = (d + 2) I: z₁⁴ and d − 1 products z₁² z_j²")
    x = sympy.Matrix(2, 1, sympy.symbols("x1 x2", real=True))
    for entry, mirrored in zip(x.dot(x) * x * x.T, (-x).dot(-x) * (-x) * (-x).T, strict=True):
        log.equal(entry, mirrored, "an even integrand: the open half-space w*·x > 0 has half of the expectation")
    first, half = sympy.Rational(1, 2), (d + 2) / 2

    log.cite("villani/gate-recursion")  # E‖e⁺‖² = e·(I − 2ηM + η²S)e with M = I/2 and E[1{w*·x > 0}‖x‖² x xᵀ] = (d + 2)/2 I
    second = (1 - 1 / b) * first**2 + half / b
    log.equal(second, constant(d, b, knobs), "S = cI")
    log.equal(1 - 2 * eta * first + eta**2 * second, rate(eta, d, b, knobs), "the rate")

    c, gap = sympy.symbols("c gap", positive=True)
    general = 1 - eta + c * eta**2
    log.positive(sympy.factor(1 - general.subs(eta, 1 / (c + gap))), "below 1/c the rate is below 1")
    log.nonnegative(sympy.factor(general.subs(eta, (1 + gap) / c) - 1), "above 1/c it is above 1")
    log.equal(general.subs(eta, 1 / c), 1, "at 1/c it is 1")
    log.equal(general - (1 - 1 / (4 * c)), c * (eta - 1 / (2 * c)) ** 2, "the least rate, at 1/(2c)")
    log.nonnegative(sympy.factor(1 - 1 / (4 * constant(d, b, knobs))), "no rate is negative: c is at least 1/4")


@claim.certify
def batch_by_batch(check: Any, knobs: Any) -> None:
    from theorycheck.training.gate_rates import critical_step, mean_square_rate

    for gate in check.instances(12):
        d, b = len(gate.truth), gate.batch
        stated = rate(gate.step, Fraction(d), Fraction(b), knobs) * dot(gate.error, gate.error)
        summed = gate.expected_square()
        if check.equal(stated, summed, "E‖w⁺ − w*‖² over all batches of the rule") is False:
            return
        check.equal(rate(gate.step, Fraction(d), Fraction(b), knobs), mean_square_rate(float(gate.step), d, b), "our engine's rate")
        check.equal(1 / constant(Fraction(d), Fraction(b), knobs), critical_step(d, b), "our engine's critical step")


def square_moment(d: int, b: int) -> tuple[float, float]:
    """E (e·M̂e)² and E‖M̂e‖⁴ for unit e, M̂ = (1/b) Σ 1{w*·x > 0} x xᵀ: moments of Σ v_i/b, v = 1{w*·x > 0}(x·e)x.

    E‖v‖⁴ = 3(d + 4)(d + 6)/2, E‖v‖² = (d + 2)/2, E v = e/2, E v vᵀ = (I + 2e eᵀ)/2, e·E[‖v‖² v] = 3(d + 4)/2.
    """
    size, mean, cross, skew = 1.5 * (d + 4) * (d + 6), (d + 2) / 2, (d + 8) / 4, 0.75 * (d + 4)
    two, three = b * (b - 1), b * (b - 1) * (b - 2)
    fourth = b * size + two * (mean**2 + 2 * cross + 4 * skew) + three * (mean / 2 + 1.5) + three * (b - 3) / 16
    return (1.5 * b + two / 4) / b**2, fourth / b**4


def decay(rng: Any, dimension: int, batch: int, share: float, steps: int) -> dict[str, Any]:
    """The factor of ‖w − w*‖² in a step, averaged over a run at a share of the critical step."""
    import numpy as np

    from theorycheck.training.gate_rates import critical_step
    from theorycheck.training.relu_gate import Attack, relu_gate

    truth, start = rng.standard_normal((2, dimension))
    step = share * critical_step(dimension, batch)
    squares = [float(np.sum((rows[0, 0] - truth) ** 2)) for rows in relu_gate(rng, truth, [Attack(0)], step, steps, batch, start,
                                                                              algorithms=("modified",))]  # fmt: skip
    ratios = [after / before for before, after in zip(squares, squares[1:], strict=False) if before > 1e-24]
    return {"step": step, "factor": sum(ratios) / len(ratios)}


@claim.simulate(
    quick={"samples": 6_000, "cases": 1, "shares": (), "dimension": 100, "batch": 16, "steps": 300},
    full={"samples": 100_000, "cases": 2, "shares": (0.125, 0.25, 0.5, 0.75, 0.95), "dimension": 500, "batch": 16, "steps": 3000},
)
def with_gaussian_inputs(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.training.relu_gate import Attack, relu_gate

    for d, b, step in ((4, 2, 0.5), (6, 4, 0.6))[: trial.cases]:
        truth, error = np.eye(d)[0], np.array([0.6, -0.8] + [0.0] * (d - 2))

        def squares(rng: Any, count: int, d: int = d, b: int = b, step: float = step, w: Any = truth, e: Any = error) -> Any:
            found = np.empty(count)
            for i in range(count):
                *_, last = relu_gate(rng, w, [Attack(0)], step, 1, b, w + e, algorithms=("modified",))
                found[i] = np.sum((last[0, 0] - w) ** 2)
            return found

        linear, quartic = square_moment(d, b)
        spread = 4 * step**2 * linear + step**4 * quartic  # ‖e⁺‖² − 1 = η²‖M̂e‖² − 2η e·M̂e, a difference of nonnegative numbers
        label = f"E‖e⁺‖²/‖e‖², d = {d}, b = {b}, η = {step}"
        trial.estimate(squares, rate(step, d, b, knobs), 0.2, variance=spread, label=label)

    if trial.shares:
        sizes = {"dimension": trial.dimension, "batch": trial.batch, "steps": trial.steps}
        rows = trial.sweep(decay, [{"share": share, **sizes} for share in trial.shares])
        curve = []
        for row in rows:
            stated = rate(row["step"], trial.dimension, trial.batch, knobs)
            text = f"η = {row['share']:g}/c, d = {trial.dimension}: the squares fall by {row['factor']:.5f} a step, stated {stated:.5f}"
            trial.true(abs(row["factor"] - stated) < 0.05 * (1 - stated) + 0.002, text)
            curve.append({"step": row["step"], "factor": row["factor"], "curve": "measured"})
            curve.append({"step": row["step"], "factor": stated, "curve": "1 − η + cη²"})
        title = f"Mean factor of the squared distance in a step, d = {trial.dimension}, b = {trial.batch}"
        trial.figure("rate-by-step", curve, x="step", y="factor", by="curve", title=title)


claim.mutant("no correction for the fourth moment", by="derive", offset=-1)
claim.mutant("twice the linear term", by="derive", linear=2)
claim.mutant("c without b", by="certify", batch=0)
claim.mutant("inputs ±1", by="certify", drop="Gaussian fourth moments")
claim.mutant("twice as many inputs in c", by="simulate", inputs=4)
claim.mutant("no square", by="simulate", inputs=0, offset=0)
claim.mutant("twice the linear term, sampled", by="simulate", linear=2)
