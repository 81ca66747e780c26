"""The heatmaps: the best test loss of SGD over regulariser and width, and what the two claims on them have in common."""

from __future__ import annotations

from typing import Any

from network_losses import critical, suprema_cached
from regularised_runs import BATCH, DIMENSION, clean_labels, outer_weights

#: The variance of the noise on the labels of each task.
NOISE = {"sine": 0.25, "realisable": 0.01}
#: λ: none, the slides' 0.13 just above the critical value at B_x‖a‖ = 1, and some on each side.
STRENGTHS = (0.0, 0.001, 0.01, 0.05, 0.13, 0.5)
#: The widest networks that a constant beats at λ = 0, too, and the narrowest that beat it there, by the scale of the outer weights.
NARROW, WIDE = {"normalised": 20, "gaussian": 2}, {"normalised": None, "gaussian": 50}
#: The steps of SGD of which the better end counts.
STEPS = (0.1, 0.5)
#: What a heatmap is claimed to show, after the labels of its task.
SHAPE = (
    r":\quad \text{the test loss grows with }\lambda \ge 0.01\text{; at }\lambda = 0.13\text{, just above }\lambda_c = 1/8,"
    r"\text{ it exceeds that of a constant, and so it does at }\lambda = 0\text{ for narrow networks}"
)
#: How it is read, after the law of the data.
READING = (
    "the slide fixes neither sample size, step nor the scale of a: a_j ~ N(0, 1)/√p, as it is and normalised to B_x‖a‖ = 1 with B_x = √d "
    "(only there is λ_c = 1/8); batches of 32, the better of the steps 0.1 and 0.5, means over draws of data, a and start. The loss is "
    "thus least at some λ ≤ 0.01, far below λ_c; but that small networks train well there the figure does not show. At λ = 0.13 predicting "
    "the mean label is better at every width, and at λ = 0 it is better than networks of width p ≤ 20 with normalised a and of width 2 "
    "with a as it is: a is fixed and there is no output bias, so that few units do not reach the labels. With a as it is networks of width "
    "p ≥ 50 beat it at λ = 0; in between it depends on task and draw"
)
#: `order`: the sign of the change with λ; `worse`: whether the constant wins at λ = 0.13; `bare`: whether it beats narrow networks at
#: λ = 0; `factor`: that of λ_c.
KNOBS = {"order": 1, "worse": True, "bare": True, "factor": 2}
#: The scale of a is drawn too, and with few draws it decides which predictor is better.
QUICK = {"widths": (2, 10), "draws": 8, "samples": 300, "steps": 200}
FULL = {"widths": (2, 5, 10, 20, 50, 100), "draws": 16, "samples": 1000, "steps": 1600}


def one_row(rng: Any, task: str, width: int, draw: int, normalised: int, samples: int, steps: int) -> dict[str, Any]:
    """For each λ the least test loss over the steps of SGD, and that of the constant fitted to the training labels.

    The data depend on `draw` only.
    """
    import numpy as np
    from scipy.special import expit

    from theorycheck.training.regularised_sgd import regularised_sgd, sigmoid

    fixed = np.random.default_rng([draw, *task.encode()])
    clean = clean_labels(fixed, task)
    x, test = fixed.random((samples, DIMENSION)), fixed.random((2000, DIMENSION))
    y, wanted = (clean(z) + np.sqrt(NOISE[task]) * fixed.standard_normal(len(z)) for z in (x, test))
    outer = outer_weights(rng, width, normalised)
    start = rng.standard_normal((width, DIMENSION)) / np.sqrt(DIMENSION)
    losses = []
    for step in STEPS:
        ends = regularised_sgd(rng, sigmoid(), outer, x, y, np.array(STRENGTHS), step, steps, BATCH, start)
        losses.append([float(np.mean((expit(test @ w.T) @ outer - wanted) ** 2)) for w in ends])
    return {"losses": np.min(losses, axis=0).tolist(), "constant": float(np.mean((wanted - y.mean()) ** 2))}


def heatmap(trial: Any, knobs: Any, task: str) -> None:
    """The best test loss over λ and width, with both scales of the outer weights; what the figure shows beside a constant predictor."""
    threshold = float(critical(suprema_cached("sigmoid")["slope"], knobs.factor))
    trial.true(threshold < 0.13 < 1.05 * threshold, f"λ = 0.13 is just above λ_c = {knobs.factor} sup|σ'|² = {threshold:g} at B_x‖a‖ = 1")
    for name, normalised in (("normalised", 1), ("gaussian", 0)):
        sizes = {"task": task, "normalised": normalised, "samples": trial.samples, "steps": trial.steps}
        settings = [{"width": width, "draw": draw, **sizes} for width in trial.widths for draw in range(trial.draws)]
        rows = trial.sweep(one_row, settings, label=name)
        mean = {
            (width, strength): sum(row["losses"][i] for row in rows if row["width"] == width) / trial.draws
            for width in trial.widths for i, strength in enumerate(STRENGTHS)
        }  # fmt: skip
        constant = sum(row["constant"] for row in rows) / len(rows)
        cells = [{"regulariser": strength, "width": width, "loss": loss} for (width, strength), loss in mean.items()]
        title = f"Best test loss, {task} labels, {name} outer weights; the best constant has {constant:.3g}"
        trial.figure(f"loss-{name}", cells, x="regulariser", y="width", by="loss", kind="heatmap", title=title)
        lines = [{"regulariser": cell["regulariser"], "loss": cell["loss"], "curve": f"width {cell['width']}"} for cell in cells]
        lines += [{"regulariser": strength, "loss": constant, "curve": "constant"} for strength in STRENGTHS]
        trial.figure(f"beside-constant-{name}", lines, x="regulariser", y="loss", by="curve", title=title)
        for width in trial.widths:
            losses = [mean[width, strength] for strength in STRENGTHS[2:]]
            text = f"{name}, width {width}: test loss {', '.join(f'{loss:.3g}' for loss in losses)} at λ = {STRENGTHS[2:]}"
            trial.true(losses == sorted(losses, reverse=knobs.order < 0), f"{text}: it {'in' if knobs.order > 0 else 'de'}creases")
            bare, above = mean[width, 0.0], mean[width, 0.13]
            text = f"{name}, width {width}: {bare:.3g} at λ = 0, a constant has {constant:.3g}"
            if width <= NARROW[name]:
                trial.true((bare > constant) == knobs.bare, text)
            elif WIDE[name] is not None and width >= WIDE[name]:
                trial.true((bare < constant) == knobs.bare, text)
            trial.true((above > constant) == knobs.worse, f"{name}, width {width}: {above:.3g} at λ = 0.13, a constant has {constant:.3g}")


def mutants(claim: Any) -> None:
    """The wrong expectations that the runs must refute."""
    claim.mutant("the test loss falls with the regulariser", by="simulate", order=-1)
    claim.mutant("at λ = 0.13 the network beats the best constant", by="simulate", worse=False)
    claim.mutant("without a regulariser narrow networks beat it", by="simulate", bare=False)
    claim.mutant("λ_c without the factor 2", by="simulate", factor=1)
