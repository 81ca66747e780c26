"""A theory against the mean of samples: drawn until the theory is excluded, or a deviation worth noticing is, or the budget is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError
from theorycheck.montecarlo.capital import Betting, Catoni
from theorycheck.montecarlo.estimates import batches
from theorycheck.montecarlo.sequences import Asymptotic, ConfidenceSequence, SubGaussian
from theorycheck.verdict import Verdict, undecided

if TYPE_CHECKING:
    import numpy as np

#: The first look is after this many samples.
_FIRST = 1024
#: From one look to the next the number of samples grows by this factor at least: a look costs as much as some thousand samples.
_GROWTH = 1.1


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo mean with an interval that holds at any stopping time.

    Args:
        mean: the middle of the interval.
        half_width: the truth lies within this of it, except with probability `error`; inf before there is an interval.
        samples: how many samples.
        error: the error probability, for all times together.
        method: how the interval was found.
        decides: whether the interval is certain up to `error` (an asymptotic one is not, and never decides).
    """

    mean: float
    half_width: float
    samples: int
    error: float
    method: str
    decides: bool = True

    def __str__(self) -> str:
        return f"{self.mean:.6g} ± {self.half_width:.2g} ({self.samples} samples, {self.method}, error {self.error:.1g})"


def compare(found: Estimate, theory: tuple[float, float], detect: float, label: str = "") -> Verdict:
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
        return undecided(f"{text}; state bounds=, a proved variance= or a proved variance proxy= to decide")
    if gap > found.half_width:
        return Verdict(False, "sampled", text, witness=f"{found.mean:.6g} ± {found.half_width:.2g}, not {middle:.6g}")
    if found.half_width > detect:
        more = "more samples" if found.half_width == inf else f"about {ceil(found.samples * (found.half_width / detect) ** 2)} samples"
        return undecided(f"{text}: a deviation of {detect:g} would go unnoticed; {more} would decide")
    return Verdict(True, "sampled", f"{text}, detectable {detect:g}", scope="all")


def sequence_for(
    error: float,
    detect: float,
    samples: int,
    bounds: tuple[float, float] | None = None,
    variance: float | None = None,
    proxy: float | None = None,
) -> ConfidenceSequence:
    """The sequence for what is known of a sample: bounds, a bound on its variance, a variance proxy, or nothing.

    For bounds it is `Betting`; `EmpiricalBernstein` says why it is not that one.

    >>> sequence_for(0.05, 0.1, 1000, variance=1).name, sequence_for(0.05, 0.1, 1000).decides
    ('Catoni', False)
    """
    known = [name for name, value in (("bounds", bounds), ("variance", variance), ("proxy", proxy)) if value is not None]
    if len(known) > 1:
        raise InputError(f"{' and '.join(known)} are given; write the one that is to be used")
    if bounds is not None:
        return Betting(error, bounds, detect, samples)
    if variance is not None:
        return Catoni(error, variance, detect, samples)
    if proxy is not None:
        return SubGaussian(error, proxy, detect, samples)
    return Asymptotic(error, detect, samples)


def estimate(
    sampler: Callable[[Any, int], Any],
    rng: np.random.Generator,
    theory: float | tuple[float, float],
    detect: float,
    samples: int,
    error: float,
    bounds: tuple[float, float] | None = None,
    variance: float | None = None,
    proxy: float | None = None,
    label: str = "",
) -> tuple[Estimate, Verdict]:
    """Draw independent samples until they decide whether their mean is what a theory states.

    Args:
        sampler: `sampler(rng, n)` returns n independent samples, shape (n,).
        rng: a NumPy generator.
        theory: the number that the theory states, or an interval that contains it.
        detect: the deviation that must not go unnoticed.
        samples: the most samples to draw, at least 2.
        error: the probability of a false alarm, whenever the drawing stops.
        bounds: numbers between which every sample surely lies; or
        variance: a proved upper bound on the variance of a sample; or
        proxy: a proved variance proxy, E exp(s(X − μ)) ≤ exp(s²·proxy/2); with none of the three nothing is decided.
        label: what is estimated, for messages.

    Returns:
        The estimate where the drawing stopped, and the verdict: fails (the interval excludes the theory), holds (it contains the
        theory and its half-width is at most `detect`) or undecided (the budget is spent).

    Raises:
        InputError: the sampler returns another shape, something not finite or outside the bounds; what is stated of the samples
            contradicts them; there are too few samples.

    >>> import numpy as np
    >>> found, verdict = estimate(lambda rng, n: rng.random(n), np.random.default_rng(0), 0.5, 0.01, 10**6, 1e-9, bounds=(0, 1))
    >>> verdict.holds, found.samples < 10**5
    (True, True)
    """
    if samples < 2:
        raise InputError(f"{label or 'an estimate'}: {samples} samples are too few; write at least 2")
    low, high = theory if isinstance(theory, tuple) else (theory, theory)
    if not (isfinite(low) and isfinite(high)):
        raise InputError(f"{label or 'an estimate'}: theory={theory} is not finite; write a number")
    try:
        sequence = sequence_for(error, detect, samples, bounds, variance, proxy)
        total, next_look = 0.0, 0.0
        for batch in batches(sampler, rng, samples, label, _FIRST):
            if sequence.upper == inf:
                total += float(batch.sum())
            sequence.take(batch)
            if sequence.seen < min(next_look, samples):
                continue
            next_look = _GROWTH * sequence.seen
            lower, upper = sequence.look()
            if sequence.seen < samples and lower <= high and low <= upper and upper - lower > 2 * detect:
                continue  # the text of a verdict costs more than the look
            found = _estimate_of(sequence, total)
            verdict = compare(found, (low, high), detect)
            if verdict.holds is not None:
                break
    except InputError as wrong:
        if not label or str(wrong).startswith(f"{label}: "):
            raise
        raise InputError(f"{label}: {wrong}") from None
    return found, verdict


def _estimate_of(sequence: ConfidenceSequence, total: float) -> Estimate:
    lower, upper = float(sequence.lower), float(sequence.upper)
    if lower > upper and sequence.decides:
        stated = "what is stated of them (bounds, variance or proxy) is false"
        raise InputError(f"no mean agrees with {sequence.seen} samples: {stated}; correct it")
    known = isfinite(lower) and isfinite(upper)
    mean, half = ((lower + upper) / 2, (upper - lower) / 2) if known else (total / sequence.seen, inf)
    return Estimate(mean, half, sequence.seen, sequence.error, sequence.name, sequence.decides)
