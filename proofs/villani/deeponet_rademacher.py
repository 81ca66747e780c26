"""The Rademacher bound for deep operator networks: no explicit dependence on the width."""

from __future__ import annotations

from theorycheck.claims import Claim, Source

claim = Claim(
    "villani/deeponet-rademacher",
    title="A Rademacher bound for DeepONets without explicit dependence on the width",
    source=Source(deck="004", slide="The Journey Begins!", arxiv="2205.11359"),
    kind="upper bound",
    statement=r"\mathcal{R}_m(\mathrm{DeepONet}) \le \frac{C(\text{norms of the layers})}{\sqrt{m}}",
    finding="open",
    why="the source at hand gives neither the numeric prefactor nor the norms of the layers in full, and a bound with a constant "
    "of our own choice would be another statement; the theorem's display would decide it",
)
