"""The loss along two random directions with and without the identity, in one layer and in many.

In one layer W ↦ W + I is a translation: the landscape of s(X(W + I))v is the one of s(XW)v, moved, and around a minimiser both are bowls.
The picture on the slide is one of deep networks, and depth is what it takes: there the bowl survives with the identity only.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

claim = Claim(
    "residual/skip-connections",
    title="The loss along two random directions, with and without skip connections",
    source=Source(deck="003", slide="Our Formulation: Skipped connections", note="figure of Li et al."),
    kind="observation",
    statement=r"(s, t) \mapsto \tfrac{1}{2n}\|f_{W^\star + sD_1 + tD_2}(X) - f_{W^\star}(X)\|^2 \text{ on } [-1, 1]^2",
    reading="filter-normalised directions around a minimiser W*: D_1, D_2 Gaussian, every column as long as the one of W*. One layer is "
    "s(X(W + I))v against s(XW)v; many layers are x + s(xW_l), W_l ~ N(0, 1/(dL)), against s(xW_l), W_l ~ N(0, 2/d), each with its own W*. "
    "A cell is bent down where the least eigenvalue of the Hessian by differences is negative. One layer: (almost) none, with the "
    "identity and without; 12 layers: many without it, few with it",
    knobs={"smooth": "identity", "rough": "plain", "shallow": 1},
)

#: At most this share of bent cells counts as a bowl, at least that one as rough.
BOWL, ROUGH = 0.02, 0.15


def outputs(x: Any, layers: Any, signs: Any, kind: str) -> Any:
    """The network at x: plain s(xW), one layer with the identity inside, or many with the identity around."""
    import numpy as np

    for weights in layers:
        inner = x @ weights
        if kind == "plain":
            x = np.maximum(inner, 0)
        else:
            x = np.maximum(inner + x, 0) if len(layers) == 1 else x + np.maximum(inner, 0)
    return x @ signs


def one_slice(rng: Any, kind: str, depth: int, dimension: int, samples: int, points: int) -> dict[str, Any]:
    """The loss on a grid of [−1, 1]², relative to the variance of the labels, and the share of cells where it is bent down."""
    import numpy as np

    d = dimension
    scale = np.sqrt(2 / d) if kind == "plain" else 1 / np.sqrt(d * depth)
    layers = scale * rng.standard_normal((depth, d, d))
    signs, x = rng.choice([-1.0, 1.0], d), rng.standard_normal((samples, d))
    labels = outputs(x, layers, signs, kind)
    directions = rng.standard_normal((2, depth, d, d))
    directions *= np.linalg.norm(layers, axis=1, keepdims=True) / np.linalg.norm(directions, axis=2, keepdims=True)
    places = np.linspace(-1, 1, points)

    def loss(s: float, t: float) -> float:
        return float(np.mean((outputs(x, layers + s * directions[0] + t * directions[1], signs, kind) - labels) ** 2)) / 2

    values = np.array([[loss(s, t) for t in places] for s in places]) / np.var(labels)
    return {"bent": bent_share(values), "values": values.ravel().tolist()}


def bent_share(values: Any) -> float:
    """The share of inner cells where the least eigenvalue of the Hessian by central differences is negative."""
    import numpy as np

    middle = values[1:-1, 1:-1]
    first = values[2:, 1:-1] - 2 * middle + values[:-2, 1:-1]
    second = values[1:-1, 2:] - 2 * middle + values[1:-1, :-2]
    mixed = (values[2:, 2:] - values[2:, :-2] - values[:-2, 2:] + values[:-2, :-2]) / 4
    least = (first + second) / 2 - np.hypot((first - second) / 2, mixed)
    return float(np.mean(least < 0))


@claim.simulate(
    quick={"slices": 3, "dimension": 20, "deep": 12, "samples": 200, "points": 11, "depths": ()},
    full={"slices": 10, "dimension": 20, "deep": 12, "samples": 400, "points": 33, "depths": (2, 3, 5, 8)},
)
def around_a_minimiser(trial: Any, knobs: Any) -> None:
    import numpy as np

    sizes = {"dimension": trial.dimension, "samples": trial.samples, "points": trial.points}
    cells = [(kind, depth) for depth in (1, *trial.depths, trial.deep) for kind in ("identity", "plain")]
    rows = trial.sweep(one_slice, [{"kind": kind, "depth": depth, **sizes} for kind, depth in cells for _ in range(trial.slices)])
    runs = {cell: rows[number * trial.slices : (number + 1) * trial.slices] for number, cell in enumerate(cells)}
    share = {cell: float(np.mean([run["bent"] for run in found])) for cell, found in runs.items()}

    one = {kind: share[kind, knobs.shallow] for kind in ("identity", "plain")}
    text = f"depth {knobs.shallow}: {one['identity']:.3f} of the cells are bent down with the identity, {one['plain']:.3f} without"
    trial.true(max(one.values()) <= BOWL, f"{text}: bowls, both")
    smooth, rough = share[knobs.smooth, trial.deep], share[knobs.rough, trial.deep]
    text = f"depth {trial.deep}: {smooth:.3f} of the cells are bent down for {knobs.smooth}, {rough:.3f} for {knobs.rough}"
    trial.true(rough >= ROUGH and rough > 3 * smooth, text)

    places = np.linspace(-1, 1, trial.points).round(6).tolist()
    for kind, depth in ((kind, depth) for depth in (1, trial.deep) for kind in ("identity", "plain")):
        values = np.log10(np.maximum(runs[kind, depth][0]["values"], 1e-6)).reshape(trial.points, -1)
        name = {"identity": "with", "plain": "without"}[kind] + " the identity"
        grid = [
            {"s": s, "t": t, "log10 loss": float(values[i, j])} for i, s in enumerate(places) for j, t in enumerate(places)
        ]  # fmt: skip
        title = f"log10 of the loss around W*, {name}, {depth} layer{'s' if depth > 1 else ''}"
        trial.figure(f"slice-{kind}-depth-{depth}", grid, x="s", y="t", by="log10 loss", kind="heatmap", title=title)
    bent = [
        {"depth": depth, "bent": value, "network": "with the identity" if kind == "identity" else "without"}
        for (kind, depth), value in share.items()
    ]  # fmt: skip
    trial.figure("bent-cells", bent, x="depth", y="bent", by="network", title="Share of the cells where the slice is bent down")


claim.mutant("the identity roughens deep networks", smooth="plain", rough="identity")
claim.mutant("depth makes no difference", shallow=12)
