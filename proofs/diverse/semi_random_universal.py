"""Universal approximation by one layer of semi-random units as its width grows: with a constant coordinate, and not without.

1{r·x > 0} w·x is w·x/2 plus an even function, so on a symmetric law every odd function without linear part, x_1 x_2 x_3 for one, is
orthogonal to all units of degree 0 through the origin.
"""

from __future__ import annotations

from typing import Any

from theorycheck.claims import Claim, Source

#: A function is approximated when less than this share of its variance is left at the largest width; without any fit all of it is.
LEFT = 0.05

claim = Claim(
    "diverse/semi-random-universal",
    title="Universal approximation as the width grows",
    source=Source(deck="000", slide="Semi-random units", arxiv="1702.08882", note="“has universal approximation ability”"),
    kind="implication",
    statement=r"\lim_{N\to\infty} \inf_W \|f - \sum_{k \le N} \varphi_s(\cdot\,; r_k, w_k)\|_{L^2} = 0",
    reading="f square integrable on a cube, r_k independent with a density, inputs with a constant coordinate. Sampled: for three "
    "functions of three variables and s = 0, 1, 2 the share of variance that is left on fresh samples falls with the width, to less "
    "than 5 %",
    knobs={"constant": True, "directions": "fresh"},
)


def function(name: str, x: Any) -> Any:
    """An odd function without linear part, a smooth even one, and one with a kink."""
    import numpy as np

    if name == "product":
        return x[:, 0] * x[:, 1] * x[:, 2]
    return np.exp(-2 * (x**2).sum(axis=1)) if name == "bump" else np.abs(x[:, 0] + x[:, 1] ** 2 - 0.3)


def one_fit(rng: Any, name: str, degree: int, width: int, samples: int, constant: bool, directions: str) -> dict[str, Any]:
    """The share of the variance that is left on fresh samples by a layer of random directions, fitted by ridge regression."""
    import numpy as np

    from theorycheck.network.semi_random import dual_gram, gate_values, semi_random_features, with_constant
    from theorycheck.training.semi_random_fit import ridge_path, validated

    inputs = [rng.uniform(-1, 1, (n, 3)) for n in (samples, samples // 2, samples)]
    labels = [function(name, x)[:, None] for x in inputs]
    inputs = [with_constant(x) for x in inputs] if constant else inputs
    d = inputs[0].shape[1]
    r = rng.standard_normal((width, d))
    r = r if directions == "fresh" else np.repeat(abs(r[:1]), width, axis=0)
    gates = [gate_values(r / np.linalg.norm(r, axis=1)[:, None], x, degree) for x in inputs]
    strengths = [10.0**e for e in range(-14, -1, 2)]
    if width * d < samples:  # ΦᵀΦ is the smaller matrix
        features = [semi_random_features(a, x) for a, x in zip(gates, inputs, strict=True)]
        path, across = ridge_path(features[0].T @ features[0], features[0].T @ labels[0]), features[1:]
    else:
        gram, *across = (dual_gram(a, x, gates[0], inputs[0]) for a, x in zip(gates, inputs, strict=True))
        path = ridge_path(gram, labels[0])
    _, theta = validated(path, across[0], lambda f: float(np.mean((f - labels[1]) ** 2)), strengths)
    return {"left": float(np.mean((across[1] @ theta - labels[2]) ** 2) / labels[2].var())}


@claim.simulate(
    quick={"samples": 600, "draws": 1, "widths": (4, 16, 64), "functions": ("product", "bump"), "left": 2 * LEFT},
    full={"samples": 3000, "draws": 3, "widths": (4, 16, 64, 256, 1024), "functions": ("product", "bump", "kink"), "left": LEFT},
)
def by_growing_the_layer(trial: Any, knobs: Any) -> None:
    sizes = {"samples": trial.samples, "constant": knobs.constant, "directions": knobs.directions}
    settings = [
        {"name": name, "degree": s, "width": width, **sizes}
        for name in trial.functions for s in (0, 1, 2) for width in trial.widths for _ in range(trial.draws)
    ]  # fmt: skip
    means: dict[tuple[str, int], list[float]] = {}
    rows = trial.sweep(one_fit, settings)
    shown = []
    for place in range(0, len(rows), trial.draws):
        group = rows[place : place + trial.draws]
        mean = sum(row["left"] for row in group) / len(group)
        means.setdefault((group[0]["name"], group[0]["degree"]), []).append(mean)
        shown.append({"width": group[0]["width"], "left": mean, "curve": f"{group[0]['name']}, s = {group[0]['degree']}"})
    for (name, s), left in means.items():
        text = ", ".join(f"{share:.3g}" for share in left)
        trial.true(left[-1] < trial.left, f"{name}, s = {s}: the share that is left at widths {trial.widths} is {text}")
        trial.true(left[-1] < left[0], f"{name}, s = {s}: it falls with the width")
    trial.figure("error-by-width", shown, x="width", y="left", by="curve", log="xy", title="Share of the variance left, by width")


claim.mutant("no constant coordinate", constant=False)
claim.mutant("one direction for all units", directions="one")
