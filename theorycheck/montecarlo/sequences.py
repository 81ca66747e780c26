"""Confidence sequences: intervals that contain the mean at all times at once, except with a stated probability.

So one may look after every batch and stop whenever one likes. Here are the ones whose limits have a closed form: the normal mixture
for sub-Gaussian variables (Howard, Ramdas, McAuliffe and Sekhon 2021), the predictable plug-in empirical Bernstein sequence for
bounded ones (Waudby-Smith and Ramdas 2024, theorem 2), and an asymptotic one (Waudby-Smith et al. 2024) that proves nothing.
"""

from __future__ import annotations

from math import inf, log, sqrt
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
        self._memory: Any = None
        self._log = log(2 / error) + ROUNDING  # half of the error for either side

    def update(self, batch: Any) -> tuple[Any, Any]:
        """Take in samples, shape (n,) or (n, d) for d sequences side by side, and return the limits, numbers or shape (d,)."""
        self.take(batch)
        return self.look()

    def take(self, batch: Any) -> None:
        """Take in samples, shape (n,) or (n, d), without a look at the limits."""
        import numpy as np

        drawn = np.asarray(batch, dtype=float)
        self._take(drawn)
        self.seen += len(drawn)

    def look(self) -> tuple[Any, Any]:
        """The limits from all samples taken and all looks before."""
        import numpy as np

        low, high = self._limits()
        self.lower, self.upper = np.maximum(self.lower, low), np.minimum(self.upper, high)
        return self.lower, self.upper

    def _take(self, batch: np.ndarray) -> None:
        """Add a batch to the sums; `seen` does not count it yet."""
        raise NotImplementedError

    def _limits(self) -> tuple[Any, Any]:
        """The limits from the sums."""
        raise NotImplementedError

    def _scratch(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays to write in, kept from batch to batch: fresh memory costs as much as the arithmetic on it."""
        import numpy as np

        if self._memory is None or self._memory.shape[1] < shape[0]:
            self._memory = np.empty((2, *shape))
        return self._memory[0, : shape[0]], self._memory[1, : shape[0]]

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
    if not 1e-150 < value < 1e150:  # between, no power sum of the samples leaves the floating-point range
        raise InputError(f"{name}={value} is not a bound; write a positive number that is proved, between 1e-150 and 1e150")
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

    def _take(self, batch: np.ndarray) -> None:
        self._sum = self._sum + batch.sum(axis=0)

    def _limits(self) -> tuple[Any, Any]:
        time = self.seen * self.proxy + self._prior
        half = sqrt(time * (log(time / self._prior) + 2 * log(1 / self.error) + ROUNDING)) / self.seen
        return self._sum / self.seen - half, self._sum / self.seen + half


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
        self._sum: Any = 0.0  # Σ(x − a) and Σ(x − a)² on the scale 0 to 1, for some a
        self._squares: Any = 0.0

    def _take(self, batch: np.ndarray) -> None:
        least, most = batch.min(), batch.max()
        if least < self.low - self.slack or most > self.low + self.width + self.slack:
            outside = least if least < self.low - self.slack else most
            raise InputError(f"the sample {outside:.6g} is outside bounds=({self.low:g}, {self.low + self.width:g}); correct them")
        self._take_checked(batch, *self._scratch(batch.shape))

    def _limits(self) -> tuple[Any, Any]:
        import numpy as np

        low, high = self._unclipped_limits()
        low, high = (np.clip(limit, self.low, self.low + self.width) for limit in (low, high))
        return low - self.slack, high + self.slack

    def _take_checked(self, batch: np.ndarray, scaled: np.ndarray, spare: np.ndarray) -> None:
        """Add samples that lie between the bounds; `scaled` and `spare` have their shape and may be overwritten."""
        raise NotImplementedError

    def _unclipped_limits(self) -> tuple[Any, Any]:
        """The limits, which may reach over the bounds."""
        raise NotImplementedError

    def _variance(self) -> Any:
        """(1/4 + Σ(x − mean)²)/(n + 1) on the scale 0 to 1, from the samples before this batch."""
        return (0.25 + self._squares - self._sum * self._sum / max(self.seen, 1)) / (self.seen + 1)


class EmpiricalBernstein(Bounded):
    """Predictable plug-in empirical Bernstein, for samples between bounds.

    An estimate never uses it: with a bet of b it pays −log(1 − b) − b for a unit of variance, where `Betting` pays b²/2 and terms of
    higher order. In the table of powers, where it is the yardstick, betting stops sooner by up to a quarter, or later by 4 per cent.
    """

    name = "empirical Bernstein"

    def __init__(self, error: float, bounds: tuple[float, float], detect: float | None = None, samples: int | None = None):
        super().__init__(error, bounds, detect, samples)
        self._bets: Any = 0.0
        self._weighted: Any = 0.0
        self._paid: Any = 0.0

    def _take_checked(self, batch: np.ndarray, scaled: np.ndarray, spare: np.ndarray) -> None:
        import numpy as np

        rate = np.minimum(self._rate(self._variance()), 0.5)
        np.subtract(batch, self.low + self.width / 2, out=scaled)
        scaled /= self.width
        total = scaled.sum(axis=0)
        self._bets = self._bets + rate * len(scaled)
        self._weighted = self._weighted + rate * total
        count = np.arange(self.seen, self.seen + len(scaled)).reshape(-1, *[1] * (scaled.ndim - 1))
        before = self._sum + np.cumsum(scaled, axis=0) - scaled
        np.subtract(scaled, before / (count + 1), out=spare)  # the guess is the mean of the samples before, and of 1/2
        self._paid = self._paid + (-np.log(1 - rate) - rate) * np.einsum("n...,n...->...", spare, spare)
        self._sum = self._sum + total
        self._squares = self._squares + np.einsum("n...,n...->...", scaled, scaled)

    def _unclipped_limits(self) -> tuple[Any, Any]:
        centre = self.low + self.width * (0.5 + self._weighted / self._bets)
        half = self.width * (self._log + self._paid) / self._bets
        return centre - half, centre + half


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

    def _take(self, batch: np.ndarray) -> None:
        import numpy as np

        if self._anchor is None:
            self._anchor = batch.mean(axis=0)  # the variance does not change, and nothing cancels
        rest, _ = self._scratch(batch.shape)
        np.subtract(batch, self._anchor, out=rest)
        self._sum = self._sum + rest.sum(axis=0)
        self._squares = self._squares + np.einsum("n...,n...->...", rest, rest)

    def _limits(self) -> tuple[Any, Any]:
        import numpy as np

        if self.seen < 2:
            return -inf, inf
        mean = self._sum / self.seen
        variance = np.maximum(self._squares - self.seen * mean * mean, 0.0) / (self.seen - 1)
        time = self.seen + self._prior
        half = np.sqrt(variance * time * (log(time / self._prior) + 2 * log(1 / self.error))) / self.seen
        return self._anchor + mean - half, self._anchor + mean + half
