"""One step of modified SGD on a ReLU gate, for any law of the inputs: an exact recursion, and linear convergence without poisoning.

Where a label exceeds θ* the true gate is open whatever the adversary does, so the residual y − w·x is linear in w: nothing is asked of
the law but finite fourth moments and that the open gate sees every direction.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gate_laws import after_step, closed_laws, dot, draw, finite_laws, times

from theorycheck.claims import Claim, Instances, Source

claim = Claim(
    "villani/gate-recursion",
    title="Modified SGD on a ReLU gate: its error recursion, and linear convergence without poisoning",
    source=Source(
        deck="004",
        slide="Provable Iterative Non-Gradient Algorithm for Data-Poisoning Resistant Training of a ReLU Gate",
        arxiv="2005.04211",
        note="and “Provable modified S.G.D and yet unproven true S.G.D are virtually indistinguishable for the ReLU gate!”",
    ),
    kind="equality",
    statement=r"w_{t+1} - w_* = (I - \eta\hat M_t)(w_t - w_*) + \frac{\eta}{b}\sum_i 1\{y_i > \theta_*\}\alpha_i\xi_i x_i,\quad "
    r"\hat M_t = \frac{1}{b}\sum_i 1\{y_i > \theta_*\}x_ix_i^\top;\qquad \theta_* = 0:\ "
    r"\mathbb{E}\|w_{t+1} - w_*\|^2 = e^\top(I - 2\eta M + \eta^2 S)e \le q\|e\|^2,\ "
    r"S = (1 - \frac{1}{b})M^2 + \frac{1}{b}\mathbb{E}[1\{w_*^\top x > 0\}\|x\|^2xx^\top],\quad "
    r"q < 1 \iff 0 < \eta < 2/\lambda_{\max}(M^{-1/2}SM^{-1/2})",
    reading="e = w_t − w*, M = E[1{w*·x > 0} x xᵀ] positive definite, E‖x‖⁴ finite, fresh batches; q = λ_max(I − 2ηM + η²S), so that "
    "E‖w_t − w*‖² ≤ qᵗ‖w_0 − w*‖². The deck states linear convergence and gives no constants",
    assumes=[Instances("laws", finite_laws, drops={"M positive definite": closed_laws})],
    knobs={"threshold": 1, "pairs": 1, "laws": ("exponential", "sparse", "clusters"), "share": 0.5},
)


def pair_share(batch: Any, knobs: Any) -> Any:
    """The factor of M² in S: the share of pairs of different samples among all pairs."""
    return 1 - knobs.pairs / batch


@claim.derive
def by_independence(log: Any, knobs: Any) -> None:
    import sympy

    bound = sympy.Symbol("theta", nonnegative=True)
    log.nonnegative(knobs.threshold * bound - bound, "a closed true gate leaves y = αξ ≤ θ*: it never passes the filter")

    b, d = 2, 2  # sums over samples and coordinates: two of each show all numbers of them
    x = sympy.Matrix(b, d, lambda i, j: sympy.Symbol(f"x{i}{j}", real=True))
    w, truth = (sympy.Matrix(d, 1, lambda j, _, s=s: sympy.Symbol(f"{s}{j}", real=True)) for s in ("w", "t"))
    gate, noise = (sympy.Matrix(b, 1, lambda i, _, s=s: sympy.Symbol(f"{s}{i}", real=True)) for s in ("g", "n"))
    eta = sympy.Symbol("eta", positive=True)
    outputs = x * truth  # ReLU(w*·x) = w*·x wherever g ≠ 0
    moved = w + eta / b * x.T * sympy.diag(*gate) * (noise + outputs - x * w)
    seen = x.T * sympy.diag(*gate) * x / b
    stated = (sympy.eye(d) - eta * seen) * (w - truth) + eta / b * x.T * sympy.diag(*gate) * noise
    for place, (left, right) in enumerate(zip(moved - truth, stated, strict=True)):
        log.equal(left, right, f"entry {place} of the error after the step")

    e = w - truth
    after = (sympy.eye(d) - eta * seen) * e
    log.equal(after.dot(after), e.dot(e) - 2 * eta * e.dot(seen * e) + eta**2 * (seen * e).dot(seen * e), "its square without noise")
    terms = [gate[i] * (x[i, :] * e)[0] * x[i, :] for i in range(b)]
    same = sum(t.dot(t) for t in terms) / b**2
    different = sum(terms[i].dot(terms[j]) for i in range(b) for j in range(b) if i != j) / b**2
    log.equal((seen * e).dot(seen * e), same + different, "‖M̂e‖² splits into pairs of equal and of different samples")
    open_ = [gate[i] ** 2 * (x[i, :] * e)[0] ** 2 * x[i, :].dot(x[i, :]) for i in range(b)]
    log.equal(sum(open_) / b**2, same, "an equal pair is g²‖x‖²(x·e)², and g² = g")
    log.cite("tower-and-linearity")  # different samples are independent: such a pair averages to ‖Me‖²; then from step to step
    size = sympy.Symbol("b", positive=True, integer=True)
    log.equal(size * (size - 1) / size**2, pair_share(size, knobs), "b(b − 1) of the b² pairs are different")

    log.cite("spectral-theorem")  # for M^(−1/2) S M^(−1/2), with eigenvalues s; then I − 2ηM + η²S attains its λ_max = q on the sphere
    s, gap, c = sympy.symbols("s gap c", positive=True)
    change = -2 * eta * c**2 + eta**2 * s * c**2  # along one of them, M-orthonormal coordinates
    log.positive(-sympy.factor(change.subs(eta, 2 / (s + gap))), "η below 2/s: the square falls")
    log.nonnegative(sympy.factor(change.subs(eta, (2 + gap) / s)), "η above 2/s for the largest s: there it does not fall")


@claim.certify
def batch_by_batch(check: Any, knobs: Any) -> None:
    import mpmath
    import numpy as np

    from theorycheck.training.gate_rates import safe_step, step_moments

    for law in check.instances(12):
        d, before = len(law.truth), dot(law.error, law.error)
        points, truth, shares = (np.array(part, dtype=float) for part in (law.points, law.truth, law.shares))
        limit = safe_step(*step_moments(points, truth, law.batch, shares))
        step = Fraction(0.9 * limit).limit_denominator(10**6) or Fraction(1, 10**6) if limit else Fraction(1, 4)
        first, fourth = law.moments()
        square = [[dot(row, column) for column in zip(*first, strict=True)] for row in first]
        share = pair_share(Fraction(law.batch), knobs)
        second = [[share * square[i][j] + fourth[i][j] / law.batch for j in range(d)] for i in range(d)]
        stated = before - 2 * step * dot(law.error, times(first, law.error)) + step**2 * dot(law.error, times(second, law.error))
        after = law.expected_square(step)
        if check.equal(stated, after, "E‖w⁺ − w*‖² over all batches") is False or check.less(after, before, "the error falls") is False:
            return
        q, beyond = (largest(first, second, factor * step) for factor in (1, Fraction(10, 8)))
        if check.less(q, 1, "q at nine tenths of the critical step") is False:
            return
        check.less(1, beyond, "q at nine eighths of it")
        most = q * mpmath.mpf(before.numerator) / before.denominator  # attained when e is an eigenvector
        check.less(after, most * (1 + mpmath.mpf(10) ** -8), "E‖w⁺ − w*‖² against q‖e‖², up to rounding")
        for magnitude in (Fraction(1, 2), Fraction(3)):
            if not same_step(check, law, magnitude, step, knobs):
                return


def largest(first: Any, second: Any, step: Fraction) -> Any:
    """λ_max(I − 2ηM + η²S) by mpmath."""
    import mpmath

    axes = range(len(first))
    with mpmath.workdps(30):
        entries = [[(i == j) - 2 * step * first[i][j] + step**2 * second[i][j] for j in axes] for i in axes]
        form = mpmath.matrix([[mpmath.mpf(entry.numerator) / entry.denominator for entry in row] for row in entries])
        return max(mpmath.eigsy(form, eigvals_only=True))


def same_step(check: Any, law: Any, magnitude: Fraction, step: Fraction, knobs: Any) -> bool:
    """The recursion against the algorithm on poisoned labels, with the extreme attacks and one between."""
    count = len(law.points)
    for turn in range(count):
        x = [law.points[(turn + i) % count] for i in range(law.batch)]
        noise = [magnitude * (Fraction(1), Fraction(-1), Fraction(1, 3), Fraction(0))[(turn + 2 * i) % 4] for i in range(law.batch)]
        threshold = Fraction(knobs.threshold)
        labels = [a + max(dot(law.truth, point), Fraction(0)) for a, point in zip(noise, x, strict=True)]
        pull = [(a - dot(law.error, point)) * (y > threshold * magnitude) for a, y, point in zip(noise, labels, x, strict=True)]
        stated = [e + step / law.batch * sum(r * point[i] for r, point in zip(pull, x, strict=True)) for i, e in enumerate(law.error)]
        made = after_step(law, x, noise, magnitude, threshold, step)
        if check.equal(stated, list(made), f"the step on labels poisoned by up to {magnitude}") is False:
            return False
    return True


def long_run(rng: Any, law: str, dimension: int, batch: int, steps: int, share: float) -> dict[str, Any]:
    """The distance to w* along one run without poisoning, and the guaranteed q of a sample of the law."""
    import numpy as np

    from theorycheck.training.gate_rates import safe_step, step_moments
    from theorycheck.training.gradient_descent import Diverged
    from theorycheck.training.relu_gate import Attack, relu_gate

    truth, sample = rng.uniform(0.5, 1.5, dimension), draw(law, rng, 20_000, dimension)
    first, second = step_moments(sample, truth, batch)
    step = share * (safe_step(first, second) or 1 / np.einsum("ij,ij->i", sample, sample).mean())
    q = float(np.linalg.eigvalsh(np.eye(dimension) - 2 * step * first + step**2 * second)[-1])
    path = relu_gate(rng, truth, [Attack(0)], step, steps, batch, rng.standard_normal(dimension),
                     lambda g, n: draw(law, g, n, dimension), ("modified",))  # fmt: skip
    distances = []
    try:
        distances.extend(float(np.linalg.norm(rows[0, 0] - truth)) for rows in path)
    except Diverged:
        distances.append(float("inf"))
    half = next((t for t, distance in enumerate(distances) if distance < 1e-6 * distances[0]), 0)
    rate = (distances[half] / distances[0]) ** (2 / half) if half else float("inf")
    return {"distances": distances[:: max(1, steps // 100)], "last": distances[-1] / distances[0], "rate": rate, "q": q}


@claim.simulate(
    quick={"samples": 2500, "runs": 1, "dimension": 6, "batch": 16, "steps": 600},
    full={"samples": 30_000, "runs": 3, "dimension": 50, "batch": 16, "steps": 2000},
)
def on_skewed_laws(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.training.relu_gate import Attack, relu_gate

    points = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, -0.5], [-0.5, 1, 1], [-1, -1, 0.2]])
    truth, error, batch, steps = np.array([1.0, 0.5, 0.25]), np.array([0.6, 0.0, -0.8]), 2, 2
    step = 2 / float((points**2).sum(axis=1).max())  # up to 2/max‖x‖² no batch makes the error longer

    def pick(rng: Any, count: int) -> Any:
        return points[rng.integers(0, len(points), count)]

    def squares(rng: Any, count: int) -> Any:
        found = np.empty(count)
        for i in range(count):
            *_, last = relu_gate(rng, truth, [Attack(0)], step, steps, batch, truth + error, pick, ("modified",))
            found[i] = np.sum((last[0, 0] - truth) ** 2)
        return found

    gated = points[points @ truth > 0]
    first, second = gated.T @ gated / len(points), np.outer(error, error)
    for _ in range(steps):  # the matrix E e eᵀ
        fourth = sum(np.outer(x, x) * (x @ second @ x) for x in gated) / len(points)
        mixed = pair_share(batch, knobs) * first @ second @ first + fourth / batch
        second = second - step * (first @ second + second @ first) + step**2 * mixed
    trial.estimate(squares, float(np.trace(second)), 0.05, bounds=(0.0, 1.0), label=f"E‖e‖² after {steps} steps on six skewed points")

    sizes = {"dimension": trial.dimension, "batch": trial.batch, "steps": trial.steps, "share": knobs.share}
    rows = trial.sweep(long_run, [{"law": law, **sizes} for law in knobs.laws for _ in range(trial.runs)])
    for row in rows:
        text = f"{row['law']}, d = {trial.dimension}: after {trial.steps} steps {row['last']:.2g} of the distance is left"
        trial.true(row["last"] < 1e-10, f"{text}; its square falls by {row['rate']:.4g} a step, q = {row['q']:.4g} on a sample")
    curves = [
        {"step": t * max(1, trial.steps // 100), "distance": max(value, 1e-16), "law": row["law"]}
        for row in rows[:: trial.runs] for t, value in enumerate(row["distances"])
    ]  # fmt: skip
    trial.figure("skewed-laws", curves, x="step", y="distance", by="law", log="y", title="Modified SGD without poisoning on skewed laws")


claim.mutant("the filter y > 0", by="derive", threshold=0)
claim.mutant("all pairs are independent", by="derive", pairs=0)
claim.mutant("the filter y > 0, on poisoned labels", by="certify", threshold=0)
claim.mutant("all pairs are independent, over all batches", by="certify", pairs=0)
claim.mutant("a direction that no open gate sees", by="certify", drop="M positive definite")
claim.mutant("no pair counts", by="simulate", pairs=2)
claim.mutant("a gate that never opens", by="simulate", laws=("negative",))
claim.mutant("forty times the safe step", by="simulate", share=40)
