"""Small gradient means small error, with the exact constant m/(2 s_m²); and a stationary point with loss where nd < m."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from relu_gradients import Sample, determined_networks, differences, gram, loss
from residual_bound import tightness

from theorycheck.claims import Claim, Instances, Source
from theorycheck.claims.instances import axis, dot

#: A step of gradient descent is this over the largest eigenvalue of DᵀD/m.
STEP = 0.5
#: Below this a squared gradient is rounding.
STATIONARY = 1e-20
#: The network with nd < m, and the noise of its labels.
FEW, NOISE = 2, 0.001


def underdetermined_networks(rng: Any, count: int) -> Any:
    """nd < m, at a stationary point: the unit has the least-squares weights of the samples that it sees."""
    e, f, p = axis(2), axis(2, 1), (Fraction(3, 5), Fraction(4, 5))
    # XᵀX w = Xᵀy with X = (e, f, p), y = (1, 1, 2): all three inner products stay positive
    inputs, targets = (e, f, p), (Fraction(1), Fraction(1), Fraction(2))
    a, b, c = 1 + p[0] ** 2, p[0] * p[1], 1 + p[1] ** 2
    right = (1 + 2 * p[0], 1 + 2 * p[1])
    det = a * c - b * b
    w = ((c * right[0] - b * right[1]) / det, (a * right[1] - b * right[0]) / det)
    yield Sample((1,), (w,), inputs, targets)


claim = Claim(
    "diverse/small-gradient-small-error",
    title="Small gradient means small error",
    source=Source(deck="000", slide="Final error", arxiv="1611.03131", note="Theorem 3"),
    kind="upper bound",
    statement=r"\frac{1}{2m}\sum_{l=1}^m\bigl(f(x_l)-y_l\bigr)^2 \le C\,\Bigl\|\frac{\partial L}{\partial W}\Bigr\|^2,\quad "
    r"C = \frac{m}{2\,s_m(D)^2}",
    reading="nd ≥ m, s_m(D) > 0, away from kinks; this C is the least that serves for all labels, and O(1) exactly when s_m(D)² is of "
    "the order of m. With nd < m there are stationary points with loss",
    assumes=[Instances("networks with nd ≥ m", determined_networks, drops={"nd ≥ m": underdetermined_networks})],
    knobs={"half": Fraction(1, 2), "power": 1, "covers": "nd ≥ m"},
)


def constant(m: Any, least: Any, knobs: Any) -> Any:
    """C without its leading factor, from m and s_m(D)²."""
    return m**knobs.power / least


@claim.derive
def in_the_eigenbasis(log: Any, knobs: Any) -> None:
    import sympy

    log.cite("diverse/gradient-factorisation")  # ∂L/∂W = D r with r = (f − y)/m
    log.cite("spectral-theorem")  # DᵀD = Σ λ_i u_i u_iᵀ with λ_m = s_m² the least
    size, error = sympy.symbols("s e", positive=True)
    excess, more = sympy.symbols("g p", nonnegative=True)
    m = 1 + more  # m ≥ 1
    # along u_i: λ_i = s² + g, and e is the coordinate of f − y
    share = (size**2 + excess) * (error / m) ** 2
    bound = sympy.Rational(knobs.half.numerator, knobs.half.denominator) * constant(m, size**2, knobs) * share
    log.nonnegative(bound - error**2 / (2 * m), "along every eigenvector the loss is at most C times the squared gradient")
    log.equal(bound.subs(excess, 0), error**2 / (2 * m), "along u_m it is an equality: no smaller C serves for all labels")


@claim.certify
def with_exact_gradients(check: Any, knobs: Any) -> None:
    from flint import arb, ctx, fmpq

    from theorycheck.network.eigenvalues import smallest_eigenvalue

    def ball(number: Fraction) -> Any:
        return arb(fmpq(number.numerator, number.denominator))

    for net in check.instances(8):
        m, slope = len(net.inputs), differences(net)
        square = dot(slope, slope)
        if check.dropped:
            check.equal(0, square, "the gradient vanishes")
            check.less_equal(loss(net), square, "the loss is at most any constant times the squared gradient")
            return
        with ctx.workprec(200):
            least = smallest_eigenvalue([[ball(c) for c in row] for row in gram(net)], 25).lower()
            bound = ball(knobs.half * square) * constant(arb(m), least, knobs)
            positive = check.less(0, least, "s_m(D)² is positive; below stands a number under it by 1e-25, for where it is attained")
            within = check.less_equal(ball(loss(net)), bound, "the loss against C ‖∂L/∂W‖², by exact differences")
        if False in (positive, within):
            return
        with ctx.workprec(100):  # at labels along u_m: L = (m/2)‖r‖², and ‖∂L/∂W‖ = s_m‖r‖
            attained = 2 * ball(knobs.half) * arb(m) ** (knobs.power - 1) * tightness_squared(net)
        if check.equal(1, attained, "C ‖∂L/∂W‖² over the loss, for labels along the last singular vector", digits=12) is False:
            return


def tightness_squared(net: Sample) -> Any:
    """(‖∂L/∂W‖/(s_m‖r‖))² for labels along the last singular vector, as a ball without radius."""
    from types import SimpleNamespace

    from flint import arb

    ratio = tightness(net, SimpleNamespace(average=1, constant=Fraction(1)))
    return arb(str(ratio * ratio)).mid()


def descent(rng: Any, dimension: int, units: int, samples: int, steps: int, records: int, noise: float) -> dict[str, Any]:
    """Gradient descent: at the recorded steps the loss, the squared gradient and s², all from the network as it is.

    The labels are those of a smooth function; with noise, they are the outputs of the network at the start and noise of that size.
    s is the singular value of D of number min(nd, m): s_m where nd ≥ m, else the last that can be positive.
    """
    import numpy as np

    x = rng.standard_normal((samples, dimension))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.sin(3 * x[:, 0]) + x[:, 1] * x[:, -1]
    signs = rng.choice([-1.0, 1.0], units)
    w = rng.standard_normal((units, dimension)) / np.sqrt(units)
    if noise:
        y = np.maximum(x @ w.T, 0) @ signs + noise * rng.standard_normal(samples)
    inner, rate = x @ x.T, 0.0
    found: dict[str, Any] = {"step": [], "loss": [], "gradient": [], "least": []}
    every = max(steps // records, 1)
    for t in range(steps + 1):
        u = x @ w.T
        gates = (u > 0).astype(float)
        error = (gates * u) @ signs - y
        slope = (signs[:, None] * gates.T) @ (error[:, None] * x) / samples
        if t % every == 0:
            spectrum = np.linalg.eigvalsh((gates @ gates.T) * inner)  # DᵀD, as v_k² = 1
            rate = STEP * samples / spectrum[-1]
            found["step"].append(t)
            found["loss"].append(float(error @ error / (2 * samples)))
            found["gradient"].append(float((slope**2).sum()))
            found["least"].append(float(spectrum[-min(units * dimension, samples)]))
            if found["gradient"][-1] < STATIONARY * 1e-6:
                break
        w = w - rate * slope
    return found


@claim.simulate(
    quick={"dimension": 20, "samples": 100, "widths": (10, 50), "steps": 500, "longer": 4000, "records": 20, "runs": 2},
    full={"dimension": 20, "samples": 200, "widths": (25, 50, 100, 200), "steps": 4000, "longer": 20_000, "records": 80, "runs": 5},
)
def along_gradient_descent(trial: Any, knobs: Any) -> None:
    """Also of networks with few units, nd < m, that fit all but the noise of their labels: they rest at a stationary point."""
    m, d = trial.samples, trial.dimension
    common = {"dimension": d, "samples": m, "records": trial.records}
    settings = [{**common, "units": n, "steps": trial.steps, "noise": 0} for n in trial.widths for _ in range(trial.runs)]
    settings += [{**common, "units": FEW, "steps": trial.longer, "noise": NOISE}] * trial.runs
    curves, resting = [], 0
    for number, row in enumerate(trial.sweep(descent, settings)):
        enough = row["units"] * d >= m
        resting += not enough and row["gradient"][-1] < STATIONARY and row["loss"][-1] > NOISE**2 / 20
        if not (enough or knobs.covers == "every network"):
            continue
        ratios = [(a / g, float(knobs.half) * constant(m, s, knobs)) for a, g, s in triples(row)]
        worst = max(ratio / bound for ratio, bound in ratios)
        low, high = min(r for r, _ in ratios), max(r for r, _ in ratios)
        what = f"n = {row['units']}, m = {m}: loss/‖∂L/∂W‖² between {low:.3g} and {high:.3g}, at most {worst:.3g} of C"
        trial.true(worst <= 1 + 1e-9, f"{what}; loss {row['loss'][-1]:.2g} at the end")
        if number % trial.runs == 0:
            steps = [t for t, s, g in zip(row["step"], row["least"], row["gradient"], strict=True) if s > 0 and g > STATIONARY]
            for t, (ratio, bound) in zip(steps, ratios, strict=True):
                curves.append({"step": t, "factor": ratio, "curve": f"n = {row['units']}: loss over squared gradient"})
                curves.append({"step": t, "factor": bound, "curve": f"n = {row['units']}: C"})
    what = f"n = {FEW}, nd < m: {resting} of {trial.runs} runs end at a stationary point with loss"
    trial.true(resting > 0, what)
    title = f"Loss over squared gradient, and m/(2 s_m²), along gradient descent, d = {d}, m = {m}"
    trial.figure("small-gradient", curves, x="step", y="factor", by="curve", log="y", title=title)


def triples(row: Any) -> list[tuple[float, float, float]]:
    """Loss, squared gradient and s² at the recorded steps with s > 0, before the gradient is rounding."""
    every = list(zip(row["loss"], row["gradient"], row["least"], strict=True))
    return [(a, g, s) for a, g, s in every if s > 0 and g > STATIONARY]


claim.mutant("a constant without m", by="derive", power=0)
claim.mutant("half the constant", by="derive", half=Fraction(1, 4))
claim.mutant("twice the constant is not the least", by="derive", half=Fraction(1))
claim.mutant("half the constant, at networks", by="certify", half=Fraction(1, 4))
claim.mutant("fewer weights than samples", by="certify", drop="nd ≥ m")
claim.mutant("a constant without m, along descent", by="simulate", power=0)
claim.mutant("every network, along descent", by="simulate", covers="every network")
