"""Confidence sequences: intervals that contain the mean at all times at once, except with a stated probability.

So one may look after every batch and stop whenever one likes. Here are the ones whose limits have a closed form: the normal mixture
for sub-Gaussian variables (Howard, Ramdas, McAuliffe and Sekhon 2021), the predictable plug-in empirical Bernstein sequence for
bounded ones (Waudby-Smith and Ramdas 2024, theorem 2), and an asymptotic one (Waudby-Smith et al. 2024) that proves nothing.
"""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError

if TYPE_CHECKING:
    import numpy as np

#: Added to the logarithm of every threshold: more than the rounding of a sum of 10⁹ terms can take away.
ROUNDING = 1e-6


class ConfidenceSequence:
    """What all sequences share: the running intersection of the intervals, one for each component of the samples.

    Args:
        error: the probability with which the mean is outside at some time.
        detect: the half-width that the sequence shall reach as early as it can, if known.
        samples: the most samples that will come, if known. Neither touches the validity, only how short the intervals are when.
    """

    name = ""
    decides = True

    def __init__(self, error: float, detect: float | None = None, samples: int | None = None):
        if not 0 < error < 1:
            raise InputError(f"error={error} is no probability; write a number between 0 and 1")
        if detect is not None and not 0 < detect < inf:
            raise InputError(f"detect={detect} is no deviation; write a positive number")
        self.error, self.detect, self.budget = error, detect, samples
        self.seen = 0
        self.lower: Any = -inf
        self.upper: Any = inf
        self._log = log(2 / error) + ROUNDING  # half of the error for either side

    def update(self, batch: Any) -> tuple[Any, Any]:
        """Take in samples, shape (n,) or (n, d) for d sequences side by side, and return the limits, numbers or shape (d,)."""
        import numpy as np

        drawn = np.asarray(batch, dtype=float)
        low, high = self._limits(drawn)
        self.seen += len(drawn)
        self.lower, self.upper = np.maximum(self.lower, low), np.minimum(self.upper, high)
        return self.lower, self.upper

    def _limits(self, batch: np.ndarray) -> tuple[Any, Any]:
        """The limits from all samples so far and this batch; `seen` does not count the batch yet."""
        raise NotImplementedError

    def _rate(self, spread: Any) -> Any:
        """The bet that makes the interval shortest at the time it is needed, for a variance that was known before the batch."""
        import numpy as np

        now = self.seen + 1
        if self.detect is None and self.budget is None:
            horizon = now * log(1 + now)
        else:
            enough = 2 * spread * self._log / self.detect**2 if self.detect is not None else inf
            horizon = np.maximum(np.minimum(enough, self.budget or inf), now)
        return np.sqrt(2 * self._log / (spread * horizon))


def positive(value: float, name: str) -> float:
    """A bound that was given, checked.

    >>> positive(2, "variance")
    2.0
    """
    if not 0 < value < inf:
        raise InputError(f"{name}={value} is not a bound; write a positive number that is proved")
    return float(value)


class SubGaussian(ConfidenceSequence):
    """Normal mixture, for samples with E exp(s(X − μ)) ≤ exp(s²·proxy/2) for all s.

    Args:
        error, detect, samples: as for every sequence.
        proxy: a proved variance proxy.
    """

    name = "normal mixture"

    def __init__(self, error: float, proxy: float, detect: float | None = None, samples: int | None = None):
        super().__init__(error, detect, samples)
        self.proxy = positive(proxy, "proxy")
        spent = 2 * log(1 / error) + log(1 + 2 * log(1 / error))
        horizon = min(spent * self.proxy / detect**2 if detect else inf, samples or inf)
        self._prior = self.proxy * (horizon if horizon < inf else 100) / spent  # shortest near the horizon
        self._sum: Any = 0.0

    def _limits(self, batch: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        self._sum = self._sum + batch.sum(axis=0)
        count = self.seen + len(batch)
        time = count * self.proxy + self._prior
        half = np.sqrt(time * (log(time / self._prior) + 2 * log(1 / self.error) + ROUNDING)) / count
        return self._sum / count - half, self._sum / count + half


class Bounded(ConfidenceSequence):
    """What the sequences for bounded samples share: the scale 0 to 1, and predictable estimates of mean and variance on it.

    Args:
        error, detect, samples: as for every sequence.
        bounds: numbers between which every sample surely lies.
    """

    def __init__(self, error: float, bounds: tuple[float, float], detect: float | None = None, samples: int | None = None):
        low, high = (float(b) for b in bounds)
        if not -inf < low < high < inf:
            raise InputError(f"bounds=({low:g}, {high:g}) is no interval; write two finite numbers, the smaller one first")
        super().__init__(error, detect / (high - low) if detect else detect, samples)
        self.low, self.width = low, high - low
        self.slack = 1e-12 * max(1.0, abs(low), abs(high))
        self._sum: Any = 0.0  # Σ(x − 1/2) and Σ(x − 1/2)² on the scale 0 to 1
        self._squares: Any = 0.0

    def _limits(self, batch: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        least, most = batch.min(), batch.max()
        if least < self.low - self.slack or most > self.low + self.width + self.slack:
            outside = least if least < self.low - self.slack else most
            raise InputError(f"the sample {outside:.6g} is outside bounds=({self.low:g}, {self.low + self.width:g}); correct them")
        scaled = np.clip((batch - self.low) / self.width, 0.0, 1.0)
        low, high = self._unit_limits(scaled)
        middle = scaled - 0.5
        self._sum = self._sum + middle.sum(axis=0)
        self._squares = self._squares + np.einsum("n...,n...->...", middle, middle)
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        return self.low + self.width * low - self.slack, self.low + self.width * high + self.slack

    def _unit_limits(self, scaled: np.ndarray) -> tuple[Any, Any]:
        raise NotImplementedError

    def _variance(self) -> Any:
        """(1/4 + Σ(x − mean)²)/(n + 1), from the samples before this batch."""
        mean = self._sum / max(self.seen, 1)
        return (0.25 + self._squares - self.seen * mean * mean) / (self.seen + 1)


class EmpiricalBernstein(Bounded):
    """Predictable plug-in empirical Bernstein, for samples between bounds."""

    name = "empirical Bernstein"

    def __init__(self, error: float, bounds: tuple[float, float], detect: float | None = None, samples: int | None = None):
        super().__init__(error, bounds, detect, samples)
        self._bets: Any = 0.0
        self._weighted: Any = 0.0
        self._paid: Any = 0.0

    def _unit_limits(self, scaled: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        rate = np.minimum(self._rate(self._variance()), 0.5)
        before = 0.5 + self._sum + np.cumsum(scaled - 0.5, axis=0) - (scaled - 0.5)
        count = np.arange(self.seen, self.seen + len(scaled)).reshape(-1, *[1] * (scaled.ndim - 1))
        guess = (before + 0.5 * count) / (count + 1)  # the mean of the samples before, and of 1/2
        rest = scaled - guess
        self._paid = self._paid + (-np.log(1 - rate) - rate) * np.einsum("n...,n...->...", rest, rest)
        self._bets = self._bets + rate * len(scaled)
        self._weighted = self._weighted + rate * scaled.sum(axis=0)
        middle, half = self._weighted / self._bets, (self._log + self._paid) / self._bets
        return middle - half, middle + half


class Asymptotic(ConfidenceSequence):
    """A normal mixture with the sample variance in place of a proved proxy: computed, not certain for any number of samples."""

    name = "asymptotic (computed), decides nothing"
    decides = False

    def __init__(self, error: float, detect: float | None = None, samples: int | None = None):
        super().__init__(error, detect, samples)
        self._prior = (samples or 100) / (2 * log(1 / error) + log(1 + 2 * log(1 / error)))
        self._anchor: Any = None
        self._sum: Any = 0.0
        self._squares: Any = 0.0

    def _limits(self, batch: np.ndarray) -> tuple[Any, Any]:
        import numpy as np

        if self._anchor is None:
            self._anchor = batch.mean(axis=0)  # the variance does not change, and nothing cancels
        rest = batch - self._anchor
        self._sum = self._sum + rest.sum(axis=0)
        self._squares = self._squares + np.einsum("n...,n...->...", rest, rest)
        count = self.seen + len(batch)
        if count < 2:
            return -inf, inf
        mean = self._sum / count
        variance = np.maximum(self._squares - count * mean * mean, 0.0) / (count - 1)
        time = count + self._prior
        half = np.sqrt(variance * time * (log(time / self._prior) + 2 * log(1 / self.error))) / count
        return self._anchor + mean - half, self._anchor + mean + half
