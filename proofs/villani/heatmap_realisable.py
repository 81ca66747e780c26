"""The best test loss of regularised sigmoid networks over λ and width, realisable data, with the best constant predictor beside them."""

from __future__ import annotations

from typing import Any

from regularised_runs import heatmap

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/heatmap-realisable",
    title="Best test loss over regulariser and width, realisable data",
    source=Source(deck="004", slide="A View of What is Known & What Probably Isn't", arxiv="2210.11452", note="second heatmap"),
    kind="observation",
    statement=r"y = a_\star^\top\sigma(W_\star x) + \epsilon:\quad \text{the test loss grows with }\lambda \ge 0.01\text{, is least "
    r"below }\lambda_c = 0.125\text{, and at }\lambda = 0.13\text{ exceeds that of a constant}",
    reading="x uniform on [0, 1]^20, y = a·σ(Wx) + ε with 5 Gaussian units, ε ~ N(0, 0.01); the slide fixes neither "
    "sample size, step nor the scale of a: a_j ~ N(0, 1)/√p, as it is and normalised to B_x‖a‖ = 1 with B_x = √d (only there is λ_c = "
    "1/8); batches of 32, the better of the steps 0.1 and 0.5, means over draws of data, a and start. The figure shows that small networks "
    "train well below λ_c; it does not show that they do above it, where predicting the mean label is better at every width",
    knobs={"order": 1, "worse": True},
)


@claim.simulate(
    quick={"widths": (2, 10), "draws": 3, "samples": 400, "steps": 300},
    full={"widths": (2, 5, 10, 20, 50, 100), "draws": 4, "samples": 1000, "steps": 1600},
)
def over_regulariser_and_width(trial: Any, knobs: Any) -> None:
    heatmap(trial, knobs, "realisable")


claim.mutant("the test loss falls with the regulariser", by="simulate", order=-1)
claim.mutant("at λ = 0.13 the network beats the best constant", by="simulate", worse=False)
