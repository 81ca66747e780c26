"""Why the ablation does not show what it is meant to: label noise adds its variance to the test loss of every predictor."""

from __future__ import annotations

from typing import Any

from ablation_runs import NOISES, ablation_run, averages

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/noise-ablation-baseline",
    title="Sensitivity to label noise is no evidence that the regulariser does not overshadow the loss",
    source=Source(deck="004", slide="SGD Performance Remains Sensitive To Data Corruption for λ > λ_c", arxiv="2210.11452"),
    kind="equality",
    statement=r"\mathbb{E}(f(x) - y - \sigma\xi)^2 = \mathbb{E}(f(x) - y)^2 + \sigma^2"
    r"\ \text{ for every predictor } f \text{ fixed before } \xi",
    reading="ξ ~ N(0, 1) independent of (x, f): a network that has learned nothing is as sensitive as any. Sampled: the network at "
    "λ = 0.13 and width 10 (sigmoid, B_x‖a‖ = 1, sine labels), W = 0, and the mean label all gain σ²; and the network's loss, clean or "
    "noisy, exceeds that of the mean label. At σ = 0 less than half of that gap is due to λ: the same network at λ = 0 is far above the "
    "mean label, too, since a is fixed and there is no output bias, so that no weights reach the labels",
    knobs={"multiple": 1, "worse": True, "capacity": True},
    origin="theorycheck",
)


@claim.derive
def by_expansion(log: Any, knobs: Any) -> None:
    import sympy

    gap, sigma, t = sympy.symbols("g sigma t", real=True)  # g = f(x) − y, fixed given (x, f)
    gauss = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    mass = sympy.erf(t / sympy.sqrt(2)) / 2
    primitive = gap**2 * mass + 2 * gap * sigma * gauss + sigma**2 * (mass - t * gauss)
    whole = (t, -sympy.oo, sympy.oo)
    label = "the mean over the noise of the squared error, given x and the predictor"
    log.integral((gap - sigma * t) ** 2 * gauss, whole, gap**2 + knobs.multiple * sigma**2, label, primitive=primitive)
    log.cite("tower-and-linearity")  # the mean over x and the predictor: σ² is constant
    other = sympy.Symbol("h", real=True)
    gain = (gap - sigma * t) ** 2 - gap**2 - (other - sigma * t) ** 2 + other**2
    text = "predictors with errors g and h gain the same"
    log.integral(gain * gauss, whole, 0, text, primitive=2 * sigma * (gap - other) * gauss)


# at σ = 1/2 the sampled gain has a standard deviation of about 2.5 per cent in one draw
@claim.simulate(quick={"draws": 3, "samples": 500, "steps": 500}, full={"draws": 20, "samples": 1000, "steps": 2400})
def beside_constants(trial: Any, knobs: Any) -> None:
    settings = [{"draw": draw, "samples": trial.samples, "steps": trial.steps} for draw in range(trial.draws)]
    rows = trial.sweep(ablation_run, settings)
    points = []
    for name in ("network", "zero", "constant"):
        noisy, clean = averages(rows, name), averages(rows, f"{name} clean")
        points += [{"noise": s, "loss": loss, "predictor": name} for s, loss in zip(NOISES, noisy, strict=True)]
        for sigma, loss, base in list(zip(NOISES, noisy, clean, strict=True))[1:]:
            stated = knobs.multiple * sigma**2
            text = f"{name}, σ = {sigma:g}: the noise adds {loss - base:.4g}, stated {stated:.4g}"
            trial.true(abs(loss - base - stated) <= 0.12 * sigma**2, text)
    trial.figure(
        "beside-constants", points, x="noise", y="loss", by="predictor", log="y", title="Test loss against the noise on the labels"
    )
    for kind in ("network", "network clean"):
        network, constant = averages(rows, kind), averages(rows, kind.replace("network", "constant"))
        worse = all(a > b for a, b in zip(network, constant, strict=True))
        text = f"{kind}: {', '.join(f'{a:.3g}' for a in network)}, the mean label {', '.join(f'{b:.3g}' for b in constant)}"
        trial.true(worse == knobs.worse, f"{text} at σ = {NOISES}")
    network, constant = averages(rows, "network")[0], averages(rows, "constant")[0]
    bare, reach = (sum(row[name] for row in rows) / len(rows) for name in ("bare", "reach"))
    text = f"σ = 0: {bare:.3g} at λ = 0, at any weights {reach:.3g} at least, the mean label {constant:.3g}"
    trial.true((bare >= reach > 10 * constant) == knobs.capacity, text)
    share = (network - bare) / (network - constant)
    trial.true((0.1 < share < 0.5) == knobs.capacity, f"{network:.3g} at λ = 0.13: {share:.2g} of its gap to the mean label is due to λ")


claim.mutant("twice the variance", by="derive", multiple=2)
claim.mutant("twice the variance, sampled", by="simulate", multiple=2)
claim.mutant("the network beats the mean label", by="simulate", worse=False)
claim.mutant("most of the gap is due to the regulariser", by="simulate", capacity=False)
