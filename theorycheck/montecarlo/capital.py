"""Confidence sequences without a closed form: hedged betting for bounded samples, Catoni's for a bound on the variance.

Both bet against every candidate m for the mean at once. The logarithm of the capital falls with m when one bets on "larger" and rises
when one bets on "smaller"; candidates whose capital exceeds 2/error are excluded. To find the last one excluded without keeping
the samples, the capital and its slope are summed at one anchor, and a bound on its second derivative does the rest: the tangent
parabola lies below the capital everywhere, so no candidate is excluded that the capital itself would not exclude.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from theorycheck.montecarlo.sequences import Bounded, ConfidenceSequence, positive

if TYPE_CHECKING:
    import numpy as np


def reach(value: Any, slope: Any, curvature: Any, threshold: Any) -> Any:
    """The greatest d with value − slope·d − curvature·d²/2 ≥ threshold, −inf if there is none; slope > 0.

    >>> float(reach(3.0, 1.0, 0.0, 1.0)), float(reach(0.0, 1.0, 2.0, 1.0))
    (2.0, -inf)
    """
    import numpy as np

    gap = value - threshold
    root = slope * slope + 2 * curvature * gap
    return np.where(root < 0, -inf, 2 * gap / (slope + np.sqrt(np.maximum(root, 0.0))))


class Betting(Bounded):
    """Hedged betting with predictable plug-in bets of at most 1/2 (Waudby-Smith and Ramdas 2024, theorem 3), for bounded samples.

    The bets are capped by 1/2 for all candidates rather than by a multiple of 1/m: then they do not depend on the candidate,
    and the capital of either side is monotone in it.
    """

    name = "betting"

    def __init__(self, error: float, bounds: tuple[float, float], detect: float | None = None, samples: int | None = None):
        super().__init__(error, bounds, detect, samples)
        self._anchor: Any = None
        self._up: Any = 0.0
        self._down: Any = 0.0
        self._fall: Any = 0.0
        self._rise: Any = 0.0
        self._curvature: Any = 0.0

    def _unit_limits(self, scaled: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        if self._anchor is None:
            self._anchor = scaled.mean(axis=0)
        rate = np.minimum(self._rate(self._variance()), 0.5)
        stake = rate * (scaled - self._anchor)
        up, down = 1 + stake, 1 - stake
        self._up = self._up + np.log(up).sum(axis=0)
        self._down = self._down + np.log(down).sum(axis=0)
        self._fall = self._fall + rate * (1 / up).sum(axis=0)
        self._rise = self._rise + rate * (1 / down).sum(axis=0)
        self._curvature = self._curvature + len(scaled) * (rate / (1 - rate)) ** 2  # as abs(x − m) ≤ 1
        low = self._anchor + reach(self._up, self._fall, self._curvature, self._log)
        high = self._anchor - reach(self._down, self._rise, self._curvature, self._log)
        return low, high


class Catoni(ConfidenceSequence):
    """Catoni-type sequence, for samples with Var X ≤ variance and nothing else (Wang and Ramdas 2023).

    With ψ(u) = sign(u)·log(1 + abs(u) + u²/2), the product of exp(ψ(s(X − μ)) − s²·variance/2) is a supermartingale, and so is the
    one with −ψ. The second derivative of ψ is at most 1/4.

    Args:
        error, detect, samples: as for every sequence.
        variance: a proved upper bound on the variance.
    """

    name = "Catoni"

    def __init__(self, error: float, variance: float, detect: float | None = None, samples: int | None = None):
        super().__init__(error, detect, samples)
        self.variance = positive(variance, "variance")
        self._anchor: Any = None
        self._score: Any = 0.0
        self._slope: Any = 0.0
        self._squares = 0.0

    def _limits(self, batch: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        if self._anchor is None:
            self._anchor = batch.mean(axis=0)
        rate = float(self._rate(self.variance))
        stake = rate * (batch - self._anchor)
        size = np.abs(stake)
        growth = 1 + size + 0.5 * stake * stake
        self._score = self._score + np.copysign(np.log(growth), stake).sum(axis=0)
        self._slope = self._slope + rate * ((1 + size) / growth).sum(axis=0)
        self._squares += len(batch) * rate * rate
        threshold = self._log + self._squares * self.variance / 2
        low = self._anchor + reach(self._score, self._slope, self._squares / 4, threshold)
        high = self._anchor - reach(-self._score, self._slope, self._squares / 4, threshold)
        return low, high
