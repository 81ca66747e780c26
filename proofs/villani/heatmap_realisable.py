"""The best test loss of regularised sigmoid networks over λ and width, realisable data, with the best constant predictor beside them."""

from __future__ import annotations

from typing import Any

from heatmap_runs import FULL, KNOBS, QUICK, READING, SHAPE, heatmap, mutants

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/heatmap-realisable",
    title="Best test loss over regulariser and width, realisable data",
    source=Source(deck="004", slide="A View of What is Known & What Probably Isn't", arxiv="2210.11452", note="second heatmap"),
    kind="observation",
    statement=r"y = a_\star^\top\sigma(W_\star x) + \epsilon" + SHAPE,
    reading="x uniform on [0, 1]^20, y = a·σ(Wx) + ε with 5 Gaussian units, ε ~ N(0, 0.01); " + READING,
    knobs=KNOBS,
)


@claim.simulate(quick=QUICK, full=FULL)
def over_regulariser_and_width(trial: Any, knobs: Any) -> None:
    heatmap(trial, knobs, "realisable")


mutants(claim)
