"""The table of powers: what each confidence sequence excludes, how soon, and how often it raises a false alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from theorycheck.report.writers import Cell, Number, Table

#: The error probability of one sequence, how many sequences run side by side, and the most samples of each.
ALPHA, SEQUENCES, SAMPLES = 0.05, 2000, 4096
#: Looks come after this many samples, and then whenever the number of samples has grown by a fiftieth.
FIRST_LOOK = 16
#: How far the theory is from the mean, in standard deviations; the sequences are tuned to notice 0.1.
EFFECTS, DETECT = ("0", "0.05", "0.1", "0.2", "0.4"), 0.1
_SEED = 20170620


@dataclass(frozen=True)
class Law:
    """A distribution to sample from.

    Args:
        name: for the table.
        draw: `draw(rng, shape)` returns independent samples.
        mean, deviation: its mean and standard deviation.
        known: what a sequence is told of it.
    """

    name: str
    draw: Callable[[Any, tuple[int, int]], Any]
    mean: float
    deviation: float
    known: tuple[float, float] | float | None


def _laws() -> tuple[tuple[Any, Law], ...]:
    from theorycheck.montecarlo.capital import Betting, Catoni
    from theorycheck.montecarlo.sequences import Asymptotic, EmpiricalBernstein, SubGaussian

    unit = (0.0, 1.0)
    uniform = Law("uniform on [0, 1], bounds 0 and 1", lambda rng, shape: rng.random(shape), 0.5, 12**-0.5, unit)
    rare = Law("1 with probability 0.02, else 0, bounds 0 and 1", lambda rng, shape: (rng.random(shape) < 0.02) * 1.0, 0.02, 0.14, unit)
    gauss = partial(Law, draw=lambda rng, shape: rng.standard_normal(shape), mean=0.0, deviation=1.0)
    heavy = Law("Pareto with exponent 2.5, variance given", lambda rng, shape: rng.pareto(2.5, shape), 2 / 3, (20 / 9) ** 0.5, 20 / 9)
    return (
        (Betting, uniform),
        (EmpiricalBernstein, uniform),
        (Betting, rare),
        (EmpiricalBernstein, rare),
        (SubGaussian, gauss("N(0, 1), proxy 1", known=1.0)),
        (Catoni, gauss("N(0, 1), variance 1", known=1.0)),
        (Catoni, heavy),
        (Asymptotic, gauss("N(0, 1)", known=None)),
    )


def stopping_times(method: Any, law: Law, seed: Any) -> list[Any]:
    """When each of `SEQUENCES` sequences first excludes mean + effect, for each of `EFFECTS`; of effect 0 on either side.

    Args:
        method: a subclass of `ConfidenceSequence`.
        law: what is sampled.
        seed: for NumPy's default generator.

    Returns:
        For each effect, the numbers of samples at the first look that excludes it, shape (SEQUENCES,); 0 if none does.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    told = () if law.known is None else (law.known,)
    sequence = method(ALPHA, *told, detect=DETECT * law.deviation, samples=SAMPLES)
    shifts = [float(effect) * law.deviation for effect in EFFECTS]
    stopped = [np.zeros(SEQUENCES, dtype=int) for _ in EFFECTS]
    while sequence.seen < SAMPLES:
        size = min(max(sequence.seen // 50, 1) if sequence.seen else FIRST_LOOK, SAMPLES - sequence.seen)
        lower, upper = sequence.update(law.draw(rng, (size, SEQUENCES)))
        for shift, when in zip(shifts, stopped, strict=True):
            excluded = upper < law.mean + shift
            if not shift:
                excluded |= lower > law.mean
            when[(when == 0) & excluded] = sequence.seen
    return stopped


def false_alarms_allowed() -> int:
    """So many false alarms of `SEQUENCES` or fewer, except with probability 10⁻⁶, if each has probability `ALPHA` at most."""
    from scipy.stats import binom

    return int(binom.isf(1e-6, SEQUENCES, ALPHA))


def power_table() -> Table:
    """Exclusions and stopping times of each method against the size of the effect, and its false alarms."""
    rows: list[tuple[Cell, ...]] = []
    for place, (method, law) in enumerate(_laws()):
        for effect, when in zip(EFFECTS, stopping_times(method, law, (_SEED, place)), strict=True):
            times = sorted(int(t) for t in when if t)
            middle = (SEQUENCES - 1) // 2
            median = Number(str(times[middle])) if len(times) > middle else f"> {SAMPLES}"
            rows.append((method.name.partition(",")[0], law.name, Number(effect), Number(str(len(times))), median))
    return Table(
        "power",
        "False alarms and power of the confidence sequences",
        ("method", "drawn from", "effect", f"excluded, of {SEQUENCES}", "median stopping time"),
        tuple(rows),
        f"{SEQUENCES} sequences of at most {SAMPLES} samples for each method, error probability {ALPHA}, tuned to an effect of {DETECT}; "
        f"seed {_SEED}. The effect is how far a theory lies above the mean, in standard deviations; it is excluded when it lies above "
        f"the interval at some look (after {FIRST_LOOK} samples, then after every fiftieth more). Effect 0 is a true theory, and excluding "
        f"it on either side a false alarm: at most {false_alarms_allowed()}, except with probability 1e-6. The stopping time is the number "
        "of samples at the look that excludes the theory; the median is over all sequences.",
    )
