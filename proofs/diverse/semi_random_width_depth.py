"""Experiment: two layers of n units against one layer of 2n, for ReLU and for semi-random units."""

from __future__ import annotations

from typing import Any

from semi_random_runs import one_fit, require_data, summary

from theorycheck.claims import Claim, Source

claim = Claim(
    "diverse/semi-random-width-depth",
    title="Width against depth: depth helps more",
    source=Source(deck="000", slide="Width vs depth; depth helps more", arxiv="1702.08882"),
    kind="observation",
    statement=r"\mathrm{err}(\text{two layers of } n) < \mathrm{err}(\text{one layer of } 2n)",
    reading="equal numbers of units, each kind of unit on each task",
    finding="open",
    why="the slide gives neither its data nor its settings; on the tasks here it is true for some and false for others",
    knobs={"on": "the tasks of the slide"},
)


@claim.simulate(
    quick={"tasks": ("sine", "teacher-5"), "draws": 2, "samples": (700, 500), "steps": (1500, 800)},
    full={
        "tasks": ("sine", "teacher-5", "teacher-20", "digits"), "draws": 8, "samples": (2500, 2500, 2500, 1797),
        "steps": (12_000, 12_000, 12_000, 6000),
    },
)  # fmt: skip
def one_layer_against_two(trial: Any, knobs: Any) -> None:
    for task in trial.tasks:
        require_data(task)
    settings = [
        {"task": task, "kind": kind, "times": times, "layers": layers, "samples": samples, "steps": steps, "draw": 1000 * trial.seed + draw}
        for task, samples, steps in zip(trial.tasks, trial.samples, trial.steps, strict=True)
        for kind in ("relu", "semi-random") for times, layers in ((2, 1), (1, 2)) for draw in range(trial.draws)
    ]  # fmt: skip
    rows = summary(trial.sweep(one_fit, settings), "task", "kind", "layers")
    errors = {(row["task"], row["kind"], row["layers"]): row["error"] for row in rows}
    told = []
    for task in trial.tasks:
        for kind in ("relu", "semi-random"):
            wide, deep = errors[task, kind, 1], errors[task, kind, 2]
            told.append((deep < wide, f"{task}, {kind}: one layer of 2n {wide:.4f}, two layers of n {deep:.4f}"))
    shown = [{**row, "curve": f"{row['kind']}, {row['layers']} layer{'s' * (row['layers'] > 1)}"} for row in rows]
    title = "Test error with equally many units in one layer or two"
    trial.figure("one-layer-or-two", shown, x="task", y="error", by="curve", low="low", high="high", log="y", kind="points", title=title)
    helps = [better for better, _ in told]
    text = "; ".join(words for _, words in told)
    if knobs.on == "every task":
        trial.true(all(helps), f"depth helps more on every task: {text}")
    elif knobs.on == "no task":
        trial.true(not any(helps), f"depth helps more on no task: {text}")
    else:  # which of them were on the slide is not known
        trial.true(helps[0] if len(set(helps)) == 1 else None, f"true for some and false for others: {text}")


claim.mutant("on every task", on="every task")
claim.mutant("on no task", on="no task")
