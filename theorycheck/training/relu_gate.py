"""Training a ReLU gate under a bounded stochastic attack on its labels: modified SGD and true SGD, side by side on one stream of data.

The oracle answers y = α ξ + ReLU(w*·x) with P(α = 1) = β(x) and |ξ| ≤ θ*. Modified SGD steps along 1{y > θ*}(y − w·x)x, true SGD along
1{w·x > 0}(y − w·x)x. Where y > θ* the true gate is open, so modified SGD is a linear recursion driven by noise.
Source: Karmakar & Mukherjee, Provable training of a ReLU gate with an iterative non-gradient algorithm, Neural Networks 151 (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import is_real, require_whole
from theorycheck.network.rows import matrix, vector
from theorycheck.sphere.sampling import require_generator
from theorycheck.training.gate_rates import critical_step, safe_step, step_moments
from theorycheck.training.gradient_descent import Diverged, unwritable

ALGORITHMS = ("modified", "true")
#: ξ/θ*: uniform on [−1, 1], always 1, always −1, or the sign of (w − w*)·x, which drives an open gate away from w* the fastest.
LAWS = ("uniform", "plus", "minus", "opposing")
#: x ~ D: `inputs(rng, n)` returns shape (n, d).
Inputs = Callable[[np.random.Generator, int], np.ndarray]
#: An iterate this many times longer than the longest of the start and w* has left for infinity.
_AWAY = 1e8
#: Entries up to here leave room for the square of `_AWAY` times their length.
_LONGEST = 1e100
#: Numbers of the data stream that are drawn at once: few enough to stay in the cache.
_BLOCK = 60_000


@dataclass(frozen=True)
class Attack:
    """What the adversary may do to the labels.

    Args:
        magnitude: θ* ≥ 0, the bound of |ξ|.
        probability: β, a number in [0, 1], or a function of the inputs, shape (n, d), with values in [0, 1], shape (n,).
        law: the law of ξ, one of `LAWS`.

    Raises:
        InputError: θ* is negative or not finite, β lies outside [0, 1], the law is not known.

    >>> Attack(2, probability=1.5)
    Traceback (most recent call last):
    theorycheck.errors.InputError: the probability of an attack is 1.5; write β between 0 and 1
    """

    magnitude: float = 0.0
    probability: float | Callable[[np.ndarray], np.ndarray] = 0.5
    law: str = "uniform"

    def __post_init__(self) -> None:
        if not is_real(self.magnitude) or self.magnitude < 0:
            raise InputError(f"the magnitude of an attack is {self.magnitude}; write θ* >= 0")
        if not callable(self.probability) and not (is_real(self.probability) and 0 <= self.probability <= 1):
            raise InputError(f"the probability of an attack is {self.probability}; write β between 0 and 1")
        if self.law not in LAWS:
            raise InputError(f"the law {self.law!r} of an attack is not known; write one of {', '.join(LAWS)}")

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """β(x) for inputs of shape (n, d): shape (n,).

        Raises:
            InputError: the function returns another shape, or a value outside [0, 1].
        """
        if not callable(self.probability):
            return np.full(len(inputs), float(self.probability))
        found = vector("the attack probabilities", self.probability(inputs), len(inputs))
        if found.min() < 0 or found.max() > 1:
            worst = found[np.argmax(np.abs(found - 0.5))]
            raise InputError(f"the probability of an attack is {worst:.6g} at some x; write β with values between 0 and 1")
        return found


def gaussian_inputs(dimension: int) -> Inputs:
    """x ~ N(0, I).

    Raises:
        InputError: the dimension is no whole number from 1 on.
    """
    require_whole("dimension", dimension, 1)
    return lambda rng, count: rng.standard_normal((count, dimension))


def relu_gate(
    rng: np.random.Generator,
    truth: np.ndarray,
    attacks: Iterable[Attack],
    step: float,
    steps: int,
    batch: int = 16,
    start: np.ndarray | None = None,
    inputs: Inputs | None = None,
    algorithms: Iterable[str] = ALGORITHMS,
) -> Iterator[np.ndarray]:
    """The iterates of SGD on a ReLU gate, for several attacks and both algorithms on the same batches.

    The batches and the draws behind α and ξ are common to all settings and do not depend on them.

    Args:
        rng: a NumPy generator.
        truth: w*, shape (d,).
        attacks: one a setting.
        step: η > 0.
        steps: how many steps; steps + 1 iterates are yielded, unless the caller stops earlier.
        batch: b.
        start: w_1, shape (d,); zeros by default, from where true SGD never moves: its gate 1{0 > 0} is closed.
        inputs: the law of x, N(0, I) by default.
        algorithms: some of `ALGORITHMS`.

    Returns:
        An iterator over arrays of shape (algorithms, attacks, d), each with numbers of its own and not writeable: the next step needs them.

    Raises:
        InputError: numbers that are not finite, no attack, a step, number of steps or batch that is not positive, an unknown algorithm.
        Diverged: an iterate is 1e8 times longer than the start and w*; the message names a step that is safe.

    >>> rng, truth = np.random.default_rng(0), np.array([3.0, -4.0])
    >>> *_, last = relu_gate(rng, truth, [Attack(0), Attack(0.1, law="plus")], 0.5, 400, start=np.ones(2))
    >>> np.linalg.norm(last - truth, axis=2).round(2).tolist()
    [[0.0, 0.04], [0.0, 0.04]]
    """
    target, attacks, algorithms, rows = _problem(truth, attacks, step, steps, batch, start, algorithms)
    require_generator(rng)
    law = gaussian_inputs(len(target)) if inputs is None else inputs
    if not callable(law):
        raise InputError(
            f"the inputs are {type(law).__name__}; write a function inputs(rng, n) that returns n points, shape (n, {len(target)})"
        )
    (kinds, settings, d), flat = rows.shape, rows.reshape(-1, len(target))
    longest = max(1.0, float(np.abs(target).max()), float(np.abs(flat).max()))
    if longest > _LONGEST:
        raise InputError(f"w* or the start has an entry of size {longest:.3g}; divide both and θ* by it, the algorithms scale with them")
    far = (_AWAY * max(1.0, float(np.linalg.norm(target)), float(np.linalg.norm(flat[0])))) ** 2 * len(flat)
    bounds = np.array([[a.magnitude] for a in attacks] * kinds)
    opposing = np.array([[a.law == "opposing"] for a in attacks] * kinds)
    rule = np.repeat([[name == "modified"] for name in algorithms], settings, axis=0)
    adaptive, number = bool(opposing.any()), 0
    yield unwritable(rows)
    while number < steps:
        for x, noise in _block(rng, law, attacks, d, batch, min(steps - number, max(1, _BLOCK // (batch * d)))):
            answers = x @ target
            before = flat @ x.T
            noise = np.tile(noise, (kinds, 1))
            if adaptive:
                noise = np.where(opposing & (before < answers), -noise, noise)
            labels = noise + np.maximum(answers, 0)
            gates = np.where(rule, labels > bounds, before > 0)
            with np.errstate(all="ignore"):  # what overflows is seen below
                following = ((labels - before) * gates * (step / batch)) @ x
                following += flat
                length = float(np.vdot(following, following))
            number += 1
            if not length < far:
                raise Diverged(number, unwritable(flat.reshape(rows.shape)), _divergence(rng, number, step, target, batch, inputs))
            flat = following
            yield unwritable(flat.reshape(rows.shape))


def _problem(
    truth: Any, attacks: Any, step: float, steps: int, batch: int, start: np.ndarray | None, algorithms: Any
) -> tuple[np.ndarray, tuple[Attack, ...], tuple[str, ...], np.ndarray]:
    """w*, the attacks, the algorithms and the first iterate of every algorithm and attack, once all arguments are sound."""
    target = vector("w*", truth, max(1, np.size(truth))).astype(float)
    if isinstance(attacks, str) or isinstance(algorithms, str) or not (isinstance(attacks, Iterable) and isinstance(algorithms, Iterable)):
        raise InputError(f"attacks={attacks!r}, algorithms={algorithms!r}; write lists of them")
    attacks, algorithms = tuple(attacks), tuple(algorithms)
    if not attacks or not algorithms:
        raise InputError("there is nothing to run; write at least one attack, Attack(0) for clean labels, and one algorithm")
    for attack in attacks:
        if not isinstance(attack, Attack):
            raise InputError(f"{attack!r} is no attack; write Attack(θ*, probability=β), or Attack(0) for clean labels")
    if not is_real(step) or not step > 0:
        raise InputError(f"step={step!r}; write η > 0")
    require_whole("steps", steps, 0)
    require_whole("batch", batch, 1)
    for algorithm in algorithms:
        if algorithm not in ALGORITHMS:
            raise InputError(f"the algorithm {algorithm!r} is not known; write one of {', '.join(ALGORITHMS)}")
    here = np.zeros(len(target)) if start is None else vector("the start", start, len(target)).astype(float)
    return target, attacks, algorithms, np.tile(here, (len(algorithms), len(attacks), 1))


def _block(
    rng: np.random.Generator, law: Inputs, attacks: Sequence[Attack], dimension: int, batch: int, count: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`count` batches x, shape (b, d), with α ξ for each attack, shape (attacks, b); for the opposing attack its size only."""
    x = matrix("the inputs", law(rng, count * batch), dimension)
    if len(x) != count * batch:
        raise InputError(f"inputs(rng, {count * batch}) has {len(x)} rows; return as many points as are asked for")
    chance, push = rng.random((2, len(x)))
    fixed = {"uniform": 2 * push - 1, "plus": 1.0, "minus": -1.0, "opposing": 1.0}
    noise = np.array([(chance < attack.probabilities(x)) * (attack.magnitude * fixed[attack.law]) for attack in attacks])
    for place in range(0, len(x), batch):
        yield x[place : place + batch], noise[:, place : place + batch]


def _divergence(rng: np.random.Generator, number: int, step: float, target: np.ndarray, batch: int, inputs: Inputs | None) -> str:
    text = f"SGD diverges with the step {step:.6g}: iterate {number} has left for infinity; {number} iterates stand; "
    if inputs is None:
        return f"{text}the critical step for x ~ N(0, I), b = {batch}, is 1/c = {critical_step(len(target), batch):.4g}: take a step below"
    found = safe_step(*step_moments(inputs(rng, max(1000, 8 * len(target))), target, batch))
    if not found:
        return f"{text}E[1{{w*·x > 0}} x xᵀ] is singular on a sample of the inputs, so no step converges"
    return f"{text}on a sample of the inputs every step below {found:.4g} contracts in mean square: take one of these"
