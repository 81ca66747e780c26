"""SGD is not close to the SDE with noise N(0, I): the noise of its minibatches has another covariance."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorycheck.claims import Claim, Source

#: A network with one sigmoid unit whose regularised loss at λ = 0.13 has two minima: three inputs and their labels.
INPUTS, LABELS = (-0.40308811, 0.28289683, -1.0), (-13.56492636, 11.59983744, 14.70966883)
REGULARISER = 0.13
#: The minima (the first is the global one) and the saddle between them.
GLOBAL, SADDLE, OTHER = -1.2915, 2.017, 4.944

claim = Claim(
    "villani/sgd-follows-sde",
    title="SGD iterates are close to the SDE",
    source=Source(deck="004", slide="Summary of arXiv: 2004.06977", arxiv="2004.06977"),
    kind="equality",
    statement=r"W_{k+1} = W_k - \tfrac{s}{B}\sum_{i\le B}\nabla\tilde L_i(W_k) \;\approx\; dW_s = -\nabla\tilde L\,dt + \sqrt{s}\,dB",
    reading="as s → 0 the stationary variances have the ratio 1 on θx²/2, whatever the variance of the gradient noise; on a network "
    "with two minima, the iterates end near the global one as often as the SDE does",
    finding="refuted",
    knobs={"noise": "minibatch", "temperature": 1},
)


@claim.derive
def by_the_stationary_variances(log: Any, knobs: Any) -> None:
    import sympy

    s, theta, v, q = sympy.symbols("s theta v q", positive=True)
    noise = v if knobs.noise == "minibatch" else sympy.Integer(1)
    # x' = (1 − sθ)x − s·ξ with E ξ² = noise, against dx = −θx dt + √(temperature·s) dB
    iterates = s * noise / (theta * (2 - s * theta))
    process = knobs.temperature * s / (2 * theta)
    log.equal((1 - s * theta) ** 2 * iterates + s**2 * noise, iterates, "the variance that a step of SGD leaves as it is")
    start = sympy.Symbol("V", positive=True)
    path = process + (start - process) * q**2  # q = exp(−θt), so that ∂/∂t = −θq ∂/∂q
    rate = -theta * q * sympy.diff(path, q)
    log.equal(rate, -2 * theta * path + knobs.temperature * s, "the variance of the SDE at time t, which tends to s/(2θ)")
    log.limit(sympy.cancel(iterates / process), s, 0, 1, "the ratio of the two as s → 0", side="+")


def slope_of_a_sample(w: Any, which: Any) -> Any:
    """The gradient of (σ(wx_i) − y_i)² + λw²/2 for the samples i = which."""
    import numpy as np
    from scipy.special import expit

    x, y = np.array(INPUTS)[which], np.array(LABELS)[which]
    unit = expit(w * x)
    return 2 * (unit - y) * unit * (1 - unit) * x + REGULARISER * w


def mean_slope(w: Any) -> Any:
    """The gradient of the loss, the mean over the samples."""
    import numpy as np

    return sum(slope_of_a_sample(w, np.full(np.shape(w), i)) for i in range(len(INPUTS))) / len(INPUTS)


def loss(w: Any) -> Any:
    """The regularised loss of the network."""
    from scipy.special import expit

    return sum((expit(w * x) - y) ** 2 for x, y in zip(INPUTS, LABELS, strict=True)) / len(INPUTS) + REGULARISER * w**2 / 2


@claim.simulate(
    quick={"samples": 20_000, "detect": 0.08, "particles": 1000, "iterations": 1500},
    full={"samples": 1_000_000, "detect": 0.01, "particles": 5000, "iterations": 6000},
)
def on_a_parabola_and_a_network(trial: Any, knobs: Any) -> None:
    import numpy as np

    from theorycheck.diffusion.fokker_planck import gibbs_masses

    s, theta, variance, steps = 0.05, 1.0, 4.0 if knobs.noise == "minibatch" else 1.0, 120

    def sampler(rng: Any, size: int) -> Any:
        # a batch of one sample of θx²/2 + σξx with ξ = ±1 is bounded noise; unit normal noise is the control
        here = np.zeros(size)
        for _ in range(steps):
            kick = 2.0 * (1 - 2 * (rng.random(size) < 0.5)) if knobs.noise == "minibatch" else rng.standard_normal(size)
            here = here - s * (theta * here + kick)
        return (here > np.sqrt(s / 2)).astype(float)

    from scipy.special import ndtr

    # the SDE's stationary law is N(0, temperature·s/(2θ)), so the event has the same chance at every s
    theory = float(ndtr(-1 / np.sqrt(float(knobs.temperature))))
    detect = trial.detect
    trial.estimate(sampler, theory, detect, bounds=(0, 1), label=f"P(x > √(s/2)) on a parabola, noise of variance {variance:g}")

    settings = [
        {"step": step, "noise": knobs.noise, "particles": trial.particles, "iterations": trial.iterations, "start": GLOBAL}
        for step in (0.25, 0.5, 1.0)
    ]
    rows = trial.sweep(fraction_near_the_global_minimum, settings)
    grid = (np.arange(1200) + 0.5) * 0.025 - 15
    shown = []
    for row in rows:
        masses = gibbs_masses(loss(grid), float(knobs.temperature) * row["step"])
        stated = float(masses[grid < SADDLE].sum())
        shown += [
            {"step": row["step"], "fraction": row["fraction"], "curve": f"iterates, {knobs.noise} noise"},
            {"step": row["step"], "fraction": stated, "curve": "SDE in the long run"},
        ]
        label = f"s = {row['step']}: {row['fraction']:.3f} of the iterates are near the global minimum, of the SDE {stated:.3f}"
        trial.true(abs(row["fraction"] - stated) < 0.12, label)
    trial.figure("global-fraction", shown, x="step", y="fraction", by="curve", title="Iterates that end near the global minimum")


def fraction_near_the_global_minimum(rng: Any, step: float, noise: str, particles: int, iterations: int, start: float) -> dict[str, Any]:
    """How many of the iterates, started at the global minimum, are on its side of the saddle in the end."""
    import numpy as np

    w = np.full(particles, start)
    for _ in range(iterations):
        if noise == "minibatch":
            w = w - step * slope_of_a_sample(w, rng.integers(len(INPUTS), size=particles))
        else:
            w = w - step * (mean_slope(w) + rng.standard_normal(particles))
    return {"fraction": float((w < SADDLE).mean())}


claim.control("noise N(0, I)", noise="normal")
claim.mutant("unit noise and twice the temperature", by="derive", noise="normal", temperature=2)
claim.mutant("unit noise and a third of the temperature, sampled", by="simulate", noise="normal", temperature=Fraction(1, 3))
