"""Confidence sequences without a closed form: hedged betting for bounded samples, Catoni's for a bound on the variance.

Both bet against every candidate m for the mean at once. The logarithm of the capital falls with m when one bets on "larger" and rises
when one bets on "smaller"; candidates whose capital exceeds 2/error are excluded. Both gains are bounded from below by a polynomial of
the stake, so the first few power sums are all that is kept of the samples. To find the last candidate excluded, the capital and its
slope are found at one candidate near the mean, and a bound on the second derivative does the rest: the tangent parabola lies below
the capital everywhere, so no candidate is excluded that the capital itself would not exclude.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import TYPE_CHECKING, Any

from theorycheck.montecarlo.sequences import Bounded, ConfidenceSequence, positive

if TYPE_CHECKING:
    import numpy as np

#: log(1 + y) ≥ y − y²/2 + y³/3 − _FOURTH·y⁴ for abs(y) ≤ 1/2: the quotient (log(1 + y) − y + y²/2 − y³/3)/y⁴ grows with y.
_FOURTH = 16 * (log(2) - 2 / 3)


def reach(value: Any, slope: Any, curvature: Any, threshold: Any) -> Any:
    """The greatest d with value − slope·d − curvature·d²/2 ≥ threshold, −inf if there is none; slope > 0.

    >>> float(reach(3.0, 1.0, 0.0, 1.0)), float(reach(0.0, 1.0, 2.0, 1.0))
    (2.0, -inf)
    """
    import numpy as np

    gap = value - threshold
    root = slope * slope + 2 * curvature * gap
    return np.where(root < 0, -inf, 2 * gap / (slope + np.sqrt(np.maximum(root, 0.0))))


def power_sums(stakes: np.ndarray, squares: np.ndarray, count: int) -> list[Any]:
    """Σ s, Σ s², …, `count` of them (2 to 4), over the first axis; not by BLAS, whose sums depend on the number of threads.

    Args:
        stakes: shape (n,) or (n, d).
        squares: their squares.
        count: how many powers.

    >>> import numpy as np
    >>> [float(s) for s in power_sums(np.array([1.0, 2.0]), np.array([1.0, 4.0]), 4)]
    [3.0, 5.0, 9.0, 17.0]
    """
    import numpy as np

    sums = [stakes.sum(axis=0), squares.sum(axis=0)]
    return sums + [np.einsum("n...,n...->...", squares, other) for other in (stakes, squares)[: count - 2]]


def gain_series(first: Any, second: Any, third: Any, fourth: Any, count: int, bet: Any) -> list[Any]:
    """Σ g(b(x − m)) as a polynomial in m, lowest power first, from the power sums of b·x; g(y) = y − y²/2 + y³/3 − _FOURTH·y⁴.

    >>> [round(float(c), 4) for c in gain_series(0.0, 0.0, 0.0, 0.0, 1, 0.5)]  # one sample, 0: the gain is g(−m/2)
    [0.0, -0.5, -0.125, -0.0417, -0.0265]
    """
    derivatives = (  # Σ g, and Σ of its j-th derivative, over j!
        first - second / 2 + third / 3 - _FOURTH * fourth,
        count - first + second - 4 * _FOURTH * third,
        first - count / 2 - 6 * _FOURTH * second,
        count / 3 - 4 * _FOURTH * first,
        -_FOURTH * count,
    )
    return [value * (-bet) ** power for power, value in enumerate(derivatives)]


class Betting(Bounded):
    """Hedged betting with predictable plug-in bets of at most 1/2 (Waudby-Smith and Ramdas 2024, theorem 3), for bounded samples.

    The bets are capped by 1/2 for all candidates rather than by a multiple of 1/m: then they do not depend on the candidate,
    and the capital of either side is monotone in it. A stake y gains y − y²/2 + y³/3 − 0.42 y⁴ ≤ log(1 + y): what is given away is of
    the fourth order, no logarithm is taken of any sample, and the capital of all candidates is one polynomial.
    """

    name = "betting"

    def __init__(self, error: float, bounds: tuple[float, float], detect: float | None = None, samples: int | None = None):
        super().__init__(error, bounds, detect, samples)
        self._anchor: Any = None
        self._bet: Any = None  # on the scale 0 to 1, as the sums below; fixed from look to look
        self._powers: list[Any] = [0.0] * 4
        self._pending = 0
        self._up: list[Any] = [0.0] * 5
        self._down: list[Any] = [0.0] * 5
        self._curvature: Any = 0.0

    def _take_checked(self, batch: np.ndarray, stakes: np.ndarray, squares: np.ndarray) -> None:
        import numpy as np

        if self._anchor is None:
            self._anchor = batch.mean(axis=0)
        if not self._pending:
            self._bet = np.minimum(self._rate(self._variance()), 0.5)
        np.subtract(batch, self._anchor, out=stakes)
        stakes *= self._bet / self.width
        np.square(stakes, out=squares)
        self._powers = [old + new for old, new in zip(self._powers, power_sums(stakes, squares, 4), strict=True)]
        self._pending += len(batch)

    def _unclipped_limits(self) -> tuple[Any, Any]:
        if self._pending:
            self._settle()
        mean = self._sum / self.seen  # the anchor is 0
        below, above = mean + self._reach(self._up, mean), mean - self._reach(self._down, -mean)
        return self._anchor + self.width * below, self._anchor + self.width * above

    def _settle(self) -> None:
        """Turn the power sums since the last look into gains."""
        bet, count, (first, second, third, fourth) = self._bet, self._pending, self._powers
        self._sum = self._sum + first / bet
        self._squares = self._squares + second / bet**2
        self._up = [a + b for a, b in zip(self._up, gain_series(first, second, third, fourth, count, bet), strict=True)]
        self._down = [a + b for a, b in zip(self._down, gain_series(-first, second, -third, fourth, count, bet), strict=True)]
        bend = 1 + 2 * bet + 12 * _FOURTH * bet**2  # at most so much is minus the second derivative, as abs(y) ≤ bet
        self._curvature = self._curvature + count * bet**2 * bend
        self._powers, self._pending = [0.0] * 4, 0

    def _reach(self, gains: list[Any], start: Any) -> Any:
        value, slope = gains[-1], 0.0
        for coefficient in gains[-2::-1]:  # Horner's rule for the polynomial and its derivative
            slope = slope * start + value
            value = value * start + coefficient
        return reach(value, -slope, self._curvature, self._log)


class Catoni(ConfidenceSequence):
    """Catoni-type sequence, for samples with Var X ≤ variance and nothing else (Wang and Ramdas 2023).

    The influence function is ψ(u) = u − u³/6, constant from abs(u) = √2 on, which lies between −log(1 − u + u²/2) and
    log(1 + u + u²/2) (Catoni and Giulini 2017). So the product of exp(ψ(s(X − μ)) − s²·variance/2) is a supermartingale, and so is
    the one with −ψ. ψ' = 1 − u²/2 has slope at most √2.

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

    def _take(self, batch: np.ndarray) -> None:
        import numpy as np

        if self._anchor is None:
            self._anchor = batch.mean(axis=0)
        rate = float(self._rate(self.variance))
        rest, squares = self._scratch(batch.shape)
        np.subtract(batch, self._anchor, out=rest)
        np.square(rest, out=squares)
        first, second, third = power_sums(rest, squares, 3)
        most = 2 / rate**2  # where (rate·rest)² = 2, ψ stops to grow; a sum that is less contains no square that is more
        if second.max() > most and squares.max() > most:
            np.clip(rest, -sqrt(most), sqrt(most), out=rest)
            np.square(rest, out=squares)
            first, second, third = power_sums(rest, squares, 3)
        self._score = self._score + rate * first - rate**3 * third / 6
        self._slope = self._slope + rate * (len(batch) - rate**2 * second / 2)
        self._squares += len(batch) * rate * rate

    def _limits(self) -> tuple[Any, Any]:
        threshold = self._log + self._squares * self.variance / 2
        low = self._anchor + reach(self._score, self._slope, sqrt(2) * self._squares, threshold)
        high = self._anchor - reach(-self._score, self._slope, sqrt(2) * self._squares, threshold)
        return low, high
