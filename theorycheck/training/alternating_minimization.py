"""Alternating minimisation for shallow residual networks: fix the gates, solve the least-squares problem that is left, repeat.

The step is solved for the change of W: y − B(W) vec(W' + I) = (y − f(W)) − B(W) vec(W' − W), so it is the Gauss–Newton step, precision
is kept near the solution, conjugate gradients start where the last step ended, and where the minimisers are many it takes the one
nearest to W.
Source: Jagatap & Hegde, Linearly convergent algorithms for learning shallow residual networks, ISIT 2019, update rule (4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.residual import Linearisation, linearisation
from theorycheck.network.rows import vector
from theorycheck.training.conjugate_gradient import conjugate_gradient
from theorycheck.training.gradient_descent import Diverged
from theorycheck.training.normal_equations import normal_equations
from theorycheck.training.residual_data import Data, as_batches

SOLVERS = ("auto", "cholesky", "cg")
#: The largest Gram matrix that is formed unless asked for; above it conjugate gradients are faster.
DENSE = 800
#: An iterate this many times longer than the start (or than 1) has left for infinity.
_AWAY = 1e8


@dataclass(frozen=True)
class Iterate:
    """One iterate of alternating minimisation.

    Args:
        weights: W, shape (d, d).
        solver: how the step that led here was solved: "start", "cholesky", "conjugate gradients", "minimum norm" (fewer equations
            than unknowns), or "minimum norm, singular".
        iterations: of conjugate gradients.
        note: what the caller should know; empty when nothing.
    """

    weights: np.ndarray
    solver: str
    iterations: int = 0
    note: str = ""


def alternating_minimization(
    data: Data, signs: np.ndarray, start: np.ndarray, steps: int, solver: str = "auto", tolerance: float = 1e-14
) -> Iterator[Iterate]:
    """The iterates W_0 = start, W_{t+1} = argmin ‖B(W_t) vec(W + I) − y‖, the one nearest to W_t if there are many.

    Args:
        data: a pair (X, y), shapes (n, d) and (n,), or a function without arguments that draws such a pair at each step.
        signs: v, entries ±1, shape (d,).
        start: W_0, shape (d, d); zeros are the identity start.
        steps: how many steps; steps + 1 iterates are yielded, unless the caller stops earlier.
        solver: "cholesky" (normal equations), "cg" (matrix-free conjugate gradients) or "auto": the former up to Gram matrices of
            size 800, the latter above.
        tolerance: of conjugate gradients, relative to ‖Bᵀy‖.

    Raises:
        InputError: shapes that do not fit (k ≠ d), v not ±1, numbers that are not finite, an unknown solver.
        Diverged: an iterate is 1e8 times longer than the start; the iterates before stand.

    >>> from theorycheck.training.residual_data import fresh_batches
    >>> signs, truth = np.array([1.0, -1.0]), np.array([[0.1, 0.2], [-0.3, 0.1]])
    >>> batch = fresh_batches(np.random.default_rng(0), truth, signs, 200)
    >>> errors = [float(abs(it.weights - truth).max()) for it in alternating_minimization(batch(), signs, np.zeros((2, 2)), 5)]
    >>> errors[0], errors[-1] < 1e-14
    (0.3, True)
    """
    if solver not in SOLVERS:
        raise InputError(f"solver={solver!r} is not known; write one of {', '.join(SOLVERS)}")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"steps={steps!r}; write a whole number, 0 or more")
    batches = as_batches(data)
    here = np.array(start, dtype=float)
    far = _AWAY * max(1.0, float(np.linalg.norm(here)))
    yield Iterate(here, "start")
    for number in range(1, steps + 1):
        inputs, labels = batches()
        features = linearisation(here, signs, inputs)
        step = solve_step(features, here, vector("labels", labels, len(inputs)), solver, tolerance)
        following = here + step.weights
        length = float(np.linalg.norm(following))
        if not length < far:
            what = f"has length {length:.3g}" if np.isfinite(length) else "is not finite"
            n, unknowns = features.shape
            raise Diverged(
                number, here, f"alternating minimisation diverges: iterate {number} {what}; {number} iterates stand; n = {n} samples for "
                f"d² = {unknowns} unknowns leave B nearly singular, so take more samples"
            )  # fmt: skip
        here = following
        yield Iterate(here, step.solver, step.iterations, step.note)


def solve_step(features: Linearisation, weights: np.ndarray, labels: np.ndarray, solver: str = "auto", tolerance: float = 1e-14) -> Iterate:
    """The shortest change U of W that minimises ‖(y − B vec(W + I)) − B vec(U)‖.

    Args:
        features: B = B(W), shape (n, d²).
        weights: W, shape (d, d).
        labels: y, shape (n,).
        solver: as in `alternating_minimization`.
        tolerance: of conjugate gradients, relative to ‖Bᵀy‖.

    Returns:
        U as the `weights` of an `Iterate`, with the solver that was used.
    """
    rows, columns = features.shape
    residual = labels - features.times(weights + np.eye(len(weights)))
    if solver == "cholesky" or (solver == "auto" and min(rows, columns) <= DENSE):
        found, how = normal_equations(features, residual)
        return Iterate(found, how, note=_note(how, rows, columns))
    target = tolerance * float(np.linalg.norm(features.transposed(labels)))
    solved = conjugate_gradient(features.gram_times, features.transposed(residual), target, 10 * columns)
    note = _note("minimum norm", rows, columns) if rows < columns else ""
    if not solved.converged:
        size = solved.residual / (target / tolerance) if target else float("inf")
        note = f"conjugate gradients stopped after {solved.iterations} iterations at the relative residual {size:.1e}; {note}".rstrip("; ")
    return Iterate(solved.value, "conjugate gradients", solved.iterations, note)


def _note(how: str, rows: int, columns: int) -> str:
    if how == "minimum norm":
        return f"n = {rows} samples for d² = {columns} unknowns: BᵀB is singular, so of all minimisers the one nearest to W is taken"
    if how == "minimum norm, singular":
        return "BᵀB is singular up to rounding (a unit may be closed on all samples): of all minimisers the one nearest to W is taken"
    return ""
