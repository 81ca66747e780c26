"""The runs behind the experiments of this deck: tasks, and the four kinds of network on them.

Semi-random units and random features of one layer are solved exactly, ridge strength chosen on validation samples; ReLU networks and
semi-random networks of two layers are trained by Adam, stopped early on the same samples.
"""

from __future__ import annotations

from typing import Any

#: Units of the ReLU network ("1×") for each task.
UNITS = {"digits": 20, "sine": 20, "teacher-5": 10, "teacher-20": 20, "mnist": 50, "cifar": 50}
#: Where a user has put the files of MNIST or CIFAR-10: they are then tried at full scale, too.
FOLDERS = {"mnist": "THEORYCHECK_MNIST", "cifar": "THEORYCHECK_CIFAR"}
#: Adam's rate at the start.
RATE = 5e-3


def image_tasks() -> tuple[str, ...]:
    """The data sets that the user has given a folder for."""
    import os

    return tuple(task for task, name in FOLDERS.items() if os.environ.get(name))


def require_data(task: str) -> None:
    """Raise Undecided, before any trial is started, when the data of a task come with an extra that is not installed."""
    from theorycheck.network.images import digits

    if task == "digits":
        digits()


def images(task: str) -> tuple[Any, Any]:
    """Inputs in rows, brightness from 0 to 1, and labels."""
    import os

    import numpy as np

    from theorycheck.network.images import cifar10, digits, mnist

    if task == "digits":
        pictures, labels = digits()
        return pictures.reshape(len(pictures), -1) / 16, labels
    found = (mnist if task == "mnist" else cifar10)(os.environ[FOLDERS[task]])
    every = np.concatenate([found.train, found.test])
    return every.reshape(len(every), -1) / 255, np.concatenate([found.train_labels, found.test_labels])


def drawn(rng: Any, task: str, samples: int) -> tuple[Any, Any]:
    """Samples of a task: standardised inputs, and labels of shape (n, c); of classes c indicators."""
    import numpy as np

    if task in FOLDERS or task == "digits":
        x, labels = images(task)
        chosen = rng.permutation(len(x))[: min(samples, len(x))]
        x = x[chosen]
        x = (x - x.mean()) / x.std()
        return x, np.eye(10)[labels[chosen]]
    if task == "sine":
        x = rng.uniform(-1, 1, (samples, 4))
        return np.sqrt(3) * x, np.sin(np.pi * (x[:, :1] + x[:, 1:2] * x[:, 2:3]) + 2 * x[:, 3:])
    hidden, x = int(task.removeprefix("teacher-")), rng.standard_normal((samples, 10))
    directions = rng.standard_normal((hidden, 10)) / np.sqrt(10)
    y = np.maximum(x @ directions.T, 0) @ rng.standard_normal(hidden)
    return x, ((y - y.mean()) / y.std())[:, None]


def error(task: str, predicted: Any, labels: Any) -> float:
    """The mean squared error, or the rate of wrong classes."""
    import numpy as np

    if labels.shape[1] > 1:
        return float(np.mean(predicted.argmax(axis=1) != labels.argmax(axis=1)))
    return float(np.mean((predicted - labels) ** 2))


def one_fit(rng: Any, task: str, kind: str, times: int, layers: int, samples: int, steps: int, draw: int) -> dict[str, Any]:
    """The test error of one network with `times` as many units in each layer as the ReLU network of 1×, and its trainable parameters.

    Networks with the same `draw` share their samples: three fifths for training, one for validation, one for the test.
    """
    import numpy as np

    x, y = drawn(np.random.default_rng([draw, *task.encode()]), task, samples)
    ends = np.cumsum([3 * len(x) // 5, len(x) // 5])
    parts = list(zip(np.split(x, ends), np.split(y, ends), strict=True))
    units = UNITS[task] * times
    fit = solved if layers == 1 and kind != "relu" else trained
    found, parameters = fit(rng, task, kind, units, layers, steps, parts)
    return {"error": error(task, found, parts[2][1]), "parameters": parameters}


def solved(rng: Any, task: str, kind: str, units: int, layers: int, steps: int, parts: Any) -> tuple[Any, int]:
    """One layer of semi-random units or random features, by ridge regression: predictions on the test samples."""
    import numpy as np

    from theorycheck.network.semi_random import dual_gram, gate_values, with_constant
    from theorycheck.training.semi_random_fit import ridge_path, validated

    inputs = [with_constant(x) for x, _ in parts]
    d = inputs[0].shape[1]
    directions = rng.standard_normal((units, d))
    features = [gate_values(directions, x, 0 if kind == "semi-random" else 1) for x in inputs]
    (_, labels), (_, valid), _ = parts
    if kind == "semi-random":
        gram, *across = (dual_gram(a, x, features[0], inputs[0]) for a, x in zip(features, inputs, strict=True))
        path, parameters = ridge_path(gram, labels), units * d
    else:
        features = [with_constant(a) for a in features]
        across, parameters = features[1:], units + 1
        path = ridge_path(features[0].T @ features[0], features[0].T @ labels)
    _, theta = validated(path, across[0], lambda f: float(np.mean((f - valid) ** 2)))
    return across[1] @ theta, parameters * labels.shape[1]


def trained(rng: Any, task: str, kind: str, units: int, layers: int, steps: int, parts: Any) -> tuple[Any, int]:
    """A network trained by Adam: predictions on the test samples."""
    from theorycheck.network.gated import gated_gradient, gated_outputs, random_gates, starting_weights
    from theorycheck.training.early_stopping import adam

    (x, y), (valid, valid_labels), (test, _) = parts
    widths = [x.shape[1], *[units] * layers, y.shape[1]]
    draw = random_gates(rng, widths[:-1]) if kind == "semi-random" else None
    gates, valid_gates, test_gates = (draw(inputs) if draw else None for inputs, _ in parts)

    def gradient(weights: Any, chosen: Any) -> Any:
        opened = [g[chosen] for g in gates] if gates else None
        return gated_gradient(weights, x[chosen], lambda f: slope(f, y[chosen]), opened)

    def score(weights: Any) -> float:
        return loss(gated_outputs(weights, valid, valid_gates), valid_labels)

    ends = adam(gradient, starting_weights(rng, widths), score, rng, len(x), steps=steps, rate=RATE)
    return gated_outputs(ends.parameters, test, test_gates), sum(w.size for w in ends.parameters)


def loss(outputs: Any, labels: Any) -> float:
    """Half the mean squared error; of classes the cross-entropy."""
    import numpy as np

    if labels.shape[1] == 1:
        return float(np.mean((outputs - labels) ** 2)) / 2
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - (shifted * labels).sum(axis=1)))


def slope(outputs: Any, labels: Any) -> Any:
    """The derivative of the loss by the outputs."""
    import numpy as np

    if labels.shape[1] == 1:
        return (outputs - labels) / len(labels)
    chances = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return (chances - labels) / len(labels)


def summary(rows: Any, *columns: str) -> list[dict[str, Any]]:
    """The mean error of equal settings, with two standard errors to each side."""
    import numpy as np

    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(row[c] for c in columns), []).append(row)
    found = []
    for key, members in groups.items():
        errors = np.array([row["error"] for row in members])
        half = 2 * errors.std(ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else float("nan")
        ends = {"error": errors.mean(), "low": errors.mean() - half, "high": errors.mean() + half}
        found.append({**dict(zip(columns, key, strict=True)), "parameters": members[0]["parameters"], **ends})
    return found
