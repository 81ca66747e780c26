"""Alternating minimisation for shallow residual networks: fix the gates, solve the least-squares problem that is left, repeat.

The step is solved for the change of W: y − B(W) vec(W' + I) = (y − f(W)) − B(W) vec(W' − W), so it is the Gauss–Newton step, precision
is kept near the solution, conjugate gradients start where the last step ended, and where the minimisers are many it takes the one
nearest to W.
Source: Jagatap & Hegde, Linearly convergent algorithms for learning shallow residual networks, ISIT 2019, update rule (4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.network.arguments import require_whole
from theorycheck.network.linearisation import Linearisation, require_linearisation
from theorycheck.network.residual import linearisation, require_signs, square
from theorycheck.network.rows import vector
from theorycheck.training.conjugate_gradient import conjugate_gradient
from theorycheck.training.equilibration import equilibrated, exponent
from theorycheck.training.gradient_descent import Diverged, unwritable, what_left
from theorycheck.training.normal_equations import normal_equations
from theorycheck.training.residual_data import Data, as_batches

SOLVERS = ("auto", "cholesky", "cg")
#: The largest Gram matrix that is formed unless asked for; above it conjugate gradients are faster.
DENSE = 800
#: From this condition number of BᵀB on, what conjugate gradients leave is worth a note.
ILL = 1e8
#: An iterate this many times longer than the start (or than 1) has left for infinity.
_AWAY = 1e8


@dataclass(frozen=True)
class Iterate:
    """One iterate of alternating minimisation.

    Args:
        weights: W, shape (d, d), not writeable where the next step needs it.
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
        tolerance: of conjugate gradients, relative to ‖Bᵀy‖, between 0 and 1.

    Raises:
        InputError: shapes that do not fit (k ≠ d), v not ±1, numbers that are not finite or overflow, an unknown solver, a tolerance out
            of range.
        Diverged: an iterate is 1e8 times longer than the start; the iterates before stand.

    >>> from theorycheck.training.residual_data import fresh_batches
    >>> signs, truth = np.array([1.0, -1.0]), np.array([[0.1, 0.2], [-0.3, 0.1]])
    >>> batch = fresh_batches(np.random.default_rng(0), truth, signs, 200)
    >>> errors = [float(abs(it.weights - truth).max()) for it in alternating_minimization(batch(), signs, np.zeros((2, 2)), 5)]
    >>> errors[0], errors[-1] < 1e-14
    (0.3, True)
    """
    _require_solver(solver, tolerance)
    steps = require_whole("steps", steps, 0)
    batches = as_batches(data)
    here = square("W", start).copy()
    require_signs(signs, len(here))
    far = _AWAY * max(1.0, _length(here))
    yield Iterate(unwritable(here), "start")
    for number in range(1, steps + 1):
        inputs, labels = batches()
        features = linearisation(here, signs, inputs)
        step = solve_step(features, here, labels, solver, tolerance)
        following = here + step.weights
        length = _length(following)
        if not length < far:
            n, unknowns = features.shape
            raise Diverged(
                number,
                unwritable(here),
                f"alternating minimisation diverges: iterate {number} {what_left(length)}; {number} iterates stand; "
                f"n = {n} samples for d² = {unknowns} unknowns leave B nearly singular, so take more samples; "
                "or the labels are too large, so divide them",
            )
        here = following
        yield Iterate(unwritable(here), step.solver, step.iterations, step.note)


def solve_step(features: Linearisation, weights: np.ndarray, labels: np.ndarray, solver: str = "auto", tolerance: float = 1e-14) -> Iterate:
    """The shortest change U of W that minimises ‖(y − B vec(W + I)) − B vec(U)‖.

    Args:
        features: B = B(W), shape (n, d²).
        weights: W, shape (d, d).
        labels: y, shape (n,).
        solver: as in `alternating_minimization`.
        tolerance: of conjugate gradients, relative to ‖Bᵀy‖.

    Returns:
        U as the `weights` of an `Iterate`, with the solver that was used. Where the entries of the columns of X differ by more than a
        factor of 1024 (and n ≥ d²), each column is measured in units of its own: also what is nearest, if there are many minimisers.

    Raises:
        InputError: an unknown solver, a tolerance out of range, shapes that do not fit, numbers that are not finite or overflow.
    """
    _require_solver(solver, tolerance)
    require_linearisation(features)
    rows = features.shape[0]
    w, y = square("W", weights), vector("labels", labels, rows).astype(float, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        residual = y - features.times(w + np.eye(len(w)))
    unit = exponent(np.maximum(np.abs(y).max(), np.abs(residual).max()))
    if not np.isfinite(residual).all():
        raise InputError("the residual overflows; divide the inputs and the labels by their size")
    features, powers = equilibrated(features)
    step = _solved(features, np.ldexp(y, -unit), np.ldexp(residual, -unit), solver, tolerance)
    back = (unit - powers)[:, None]
    with np.errstate(over="ignore"):
        found = np.ldexp(step.weights, back)
    if not np.isfinite(found).all():
        raise InputError("the step overflows: the labels are too large for the inputs; divide the labels by their size")
    if (powers != powers[0]).any() and step.solver == "minimum norm, singular":
        return replace(step, weights=found, note=f"{step.note}, with each column of X in units of its own")
    return replace(step, weights=found)


def _solved(features: Linearisation, labels: np.ndarray, residual: np.ndarray, solver: str, tolerance: float) -> Iterate:
    """`solve_step` in units where X and the labels are of size about 1."""
    rows, columns = features.shape
    if solver == "cholesky" or (solver == "auto" and min(rows, columns) <= DENSE):
        found, how = normal_equations(features, residual)
        return Iterate(found, how, note=_note(how, rows, columns))
    target = tolerance * float(np.linalg.norm(features.transposed(labels)))
    solved = conjugate_gradient(features.gram_times, features.transposed(residual), target, 10 * columns)
    note = _note("minimum norm", rows, columns) if rows < columns else ""
    if not solved.converged:
        size = solved.residual / (target / tolerance) if target else float("inf")
        note = f"conjugate gradients stopped after {solved.iterations} iterations at the relative residual {size:.1e}; {note}".rstrip("; ")
    elif (condition := solved.condition()) > ILL:
        text = f"BᵀB is nearly singular, with a condition number of {condition:.0e} at least"
        advice = f"the step may be wrong by {tolerance * condition:.0e} of its size; write solver='cholesky', which brings the digits back"
        note = f"{text}: {advice}; {note}".rstrip("; ")
    return Iterate(solved.value, "conjugate gradients", solved.iterations, note)


def _length(weights: np.ndarray) -> float:
    """The Frobenius norm, whose squares may overflow."""
    largest = float(np.abs(weights).max())
    return largest * float(np.linalg.norm(weights / largest)) if 0 < largest < float("inf") else largest


def _require_solver(solver: Any, tolerance: Any) -> None:
    if solver not in SOLVERS:
        raise InputError(f"solver={solver!r} is not known; write one of {', '.join(SOLVERS)}")
    if isinstance(tolerance, bool) or not isinstance(tolerance, Real) or not 0 < float(tolerance) < 1:
        raise InputError(f"tolerance={tolerance!r}; write a number between 0 and 1, for example 1e-14")


def _note(how: str, rows: int, columns: int) -> str:
    if how == "minimum norm":
        return f"n = {rows} samples for d² = {columns} unknowns: BᵀB is singular, so of all minimisers the one nearest to W is taken"
    if how == "minimum norm, singular":
        return "BᵀB is singular up to rounding (a unit may be closed on all samples): of all minimisers the one nearest to W is taken"
    return ""
