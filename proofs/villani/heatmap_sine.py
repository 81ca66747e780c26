"""The best test loss of regularised sigmoid networks over λ and width, sine target, with the best constant predictor beside them."""

from __future__ import annotations

from typing import Any

from heatmap_runs import FULL, KNOBS, QUICK, READING, SHAPE, heatmap, mutants

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/heatmap-sine",
    title="Best test loss over regulariser and width, sine target",
    source=Source(deck="004", slide="A View of What is Known & What Probably Isn't", arxiv="2210.11452", note="first heatmap"),
    kind="observation",
    statement=r"y = \sin(\pi\|x\|^2/d) + \epsilon" + SHAPE,
    reading="x uniform on [0, 1)^20, y = sin(π‖x‖²/d) + ε, ε ~ N(0, 0.25); " + READING,
    knobs=KNOBS,
)


@claim.simulate(quick=QUICK, full=FULL)
def over_regulariser_and_width(trial: Any, knobs: Any) -> None:
    heatmap(trial, knobs, "sine")


mutants(claim)
