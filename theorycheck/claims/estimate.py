"""Means of samples with finite-sample confidence intervals, and the decision whether a theory agrees.

Bounded samples: Hoeffding and empirical Bernstein (Maurer and Pontil 2009, theorem 4). A proved bound on the variance: Catoni's
M-estimator (Catoni 2012, proposition 2.4), whose interval is as short as a Gaussian's. Neither: nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, inf, log, sqrt
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError
from theorycheck.verdict import Verdict, undecided

if TYPE_CHECKING:
    import numpy as np

#: The chance of a false alarm that one simulate rung may spend.
ERROR_BUDGET = 1e-9
#: A sample variance above this many times the proved bound is taken as a sign that the bound is wrong.
IMPLAUSIBLE = 20.0
_BATCH = 100_000


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo mean with a confidence interval.

    Args:
        mean: the estimate.
        half_width: the truth lies within this of it, except with probability `error`.
        samples: how many samples.
        error: the error probability.
        method: how the interval was found.
        decides: whether the interval holds for this number of samples (an asymptotic one does not, and never decides).
    """

    mean: float
    half_width: float
    samples: int
    error: float
    method: str
    decides: bool = True

    def __str__(self) -> str:
        return f"{self.mean:.6g} ± {self.half_width:.2g} ({self.samples} samples, {self.method}, error {self.error:.1g})"


def share_of_budget(number: int, budget: float = ERROR_BUDGET) -> float:
    """The part of a rung's error budget for its n-th estimate: 1/(n(n+1)), which sums to the whole however many there are.

    >>> sum(share_of_budget(n, 1.0) for n in range(1, 1000)) < 1
    True
    """
    return budget / (number * (number + 1))


def estimate_mean(
    sampler: Callable[[Any, int], Any],
    rng: np.random.Generator,
    samples: int,
    error: float,
    bounds: tuple[float, float] | None = None,
    variance: float | None = None,
    label: str = "",
) -> Estimate:
    """The mean of independent samples with an interval that misses it with probability at most `error`.

    Args:
        sampler: `sampler(rng, n)` returns n independent samples, shape (n,).
        rng: a NumPy generator.
        samples: how many samples to draw in all, in batches.
        error: the error probability.
        bounds: numbers between which every sample surely lies.
        variance: a proved upper bound on the variance.
        label: what is estimated, for messages.

    Raises:
        InputError: the sampler returns another shape, something not finite or outside the bounds, or there are too few samples.
    """
    import numpy as np

    if samples < 2:
        raise InputError(f"{label or 'an estimate'}: {samples} samples are too few; write at least 2")
    drawn = np.concatenate(list(_batches(sampler, rng, samples, label)))
    if bounds is not None:
        return _bounded_mean(drawn, bounds, error, label)
    if variance is not None:
        return _catoni_mean(drawn, variance, error, label)
    half = sqrt(2 * log(2 / error) * float(drawn.var()) / samples)
    return Estimate(float(drawn.mean()), half, samples, error, "asymptotic, decides nothing", decides=False)


def _batches(sampler: Callable[[Any, int], Any], rng: np.random.Generator, samples: int, label: str) -> Iterator[np.ndarray]:
    import numpy as np

    for start in range(0, samples, _BATCH):
        n = min(_BATCH, samples - start)
        batch = np.asarray(sampler(rng, n), dtype=float)
        if batch.shape != (n,):
            raise InputError(f"{label or 'the sampler'}: sampler(rng, {n}) returned shape {batch.shape}; return shape ({n},)")
        if not np.isfinite(batch).all():
            raise InputError(f"{label or 'the sampler'}: a sample is not finite ({batch[~np.isfinite(batch)][0]})")
        yield batch


def _bounded_mean(drawn: np.ndarray, bounds: tuple[float, float], error: float, label: str) -> Estimate:
    low, high = (float(b) for b in bounds)
    slack = 1e-12 * max(1.0, abs(low), abs(high))
    if drawn.min() < low - slack or drawn.max() > high + slack:
        outside = drawn.min() if drawn.min() < low - slack else drawn.max()
        raise InputError(f"{label or 'the sampler'}: the sample {outside:.6g} is outside bounds=({low:g}, {high:g}); correct them")
    n, width = len(drawn), high - low
    hoeffding = width * sqrt(log(4 / error) / (2 * n))  # half of the error each: the shorter one is taken
    bernstein = sqrt(2 * float(drawn.var(ddof=1)) * log(8 / error) / n) + 7 * width * log(8 / error) / (3 * (n - 1))
    method = "Hoeffding" if hoeffding <= bernstein else "empirical Bernstein"
    return Estimate(float(drawn.mean()), min(hoeffding, bernstein) + slack, n, error, method)


def _catoni_mean(drawn: np.ndarray, variance: float, error: float, label: str) -> Estimate:
    n, spent = len(drawn), log(2 / error)
    if not (0 < variance < inf):
        raise InputError(f"{label or 'an estimate'}: variance={variance} is not a bound; write a positive number that is proved")
    if n <= 4 * spent:
        raise InputError(f"{label or 'an estimate'}: {n} samples cannot be certain to {error:.1g}; write at least {ceil(4 * spent)}")
    seen = float(drawn.var())
    if seen > IMPLAUSIBLE * variance:  # no interval rests on a bound that the samples belie
        return Estimate(float(drawn.mean()), inf, n, error, f"variance {seen:.3g} seen, {variance:.3g} given as a bound", decides=False)
    half = sqrt(2 * variance * spent / (n * (1 - 2 * spent / n)))
    scale = sqrt(2 * spent / (n * (variance + half * half)))
    return Estimate(_zero_of_influence(drawn, scale), half * (1 + 1e-9), n, error, "Catoni")


def _zero_of_influence(drawn: np.ndarray, scale: float) -> float:
    """The θ where Σ ψ(scale·(sample − θ)) = 0, with ψ(u) = sign(u)·log(1 + abs(u) + u²/2): by Newton's method inside a bracket."""
    import numpy as np

    low, high = float(drawn.min()), float(drawn.max())
    theta = min(max(float(drawn.mean()), low), high)
    for _ in range(100):
        u = scale * (drawn - theta)
        size = np.abs(u)
        growth = 1 + size + u * u / 2
        value = float((np.sign(u) * np.log(growth)).sum())
        slope = -scale * float(((1 + size) / growth).sum())
        low, high = (theta, high) if value > 0 else (low, theta)
        step = theta - value / slope
        following = step if low <= step <= high else (low + high) / 2
        if abs(following - theta) <= 1e-13 * max(1.0, abs(theta)):
            return following
        theta = following
    return theta


def compare(found: Estimate, theory: tuple[float, float], detect: float, label: str) -> Verdict:
    """Whether a theory agrees with an estimate.

    Args:
        found: the estimate.
        theory: an interval that contains the theory's number.
        detect: the deviation that the samples must be able to notice.
        label: what is compared.

    Returns:
        Fails when the confidence interval excludes the theory; holds when it contains it and is at most `detect` wide on
        each side; else undecided.
    """
    low, high = theory
    middle = (low + high) / 2
    gap = max(low - found.mean, found.mean - high, 0.0)
    text = f"{label + ': ' if label else ''}theory {middle:.6g}, sampled {found}"
    if not found.decides:
        return undecided(f"{text}; state bounds= or a proved variance= to decide")
    if gap > found.half_width:
        return Verdict(False, "sampled", text, witness=f"{found.mean:.6g} ± {found.half_width:.2g}, not {middle:.6g}")
    if found.half_width > detect:
        need = ceil(found.samples * (found.half_width / detect) ** 2)
        return undecided(f"{text}: a deviation of {detect:g} would go unnoticed; about {need} samples would decide")
    return Verdict(True, "sampled", f"{text}, detectable {detect:g}", scope="all")
