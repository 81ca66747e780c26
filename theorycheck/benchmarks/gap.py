"""The spectral gap of a double well in the plane, on 140² cells, against a dense eigensolver on 40²."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from theorycheck.benchmarks.timing import Row, compare
from theorycheck.diffusion.spectral_gap import spectral_gap, symmetric_generator

_CELLS, _DENSE, _STEP = 140, 40, 0.3


def potential(cells: int) -> tuple[np.ndarray, float]:
    """(x² − 1)²/4 + y²/2 + 3xy/10 at the cells of [−3, 3]², and their spacing."""
    spacing = 6 / cells
    x = (np.arange(cells) + 0.5) * spacing - 3
    return (x[:, None] ** 2 - 1) ** 2 / 4 + x[None, :] ** 2 / 2 + 0.3 * x[:, None] * x[None, :], spacing


def dense_gap(values: np.ndarray, spacing: float) -> float:
    """The second of all eigenvalues."""
    return float(np.linalg.eigvalsh(symmetric_generator(values, spacing, _STEP).toarray())[1])


def rows(goals: Mapping[str, float], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """gap-2d."""
    if not wanted("gap-2d"):
        return
    coarse, fine = potential(_DENSE), potential(_CELLS)
    found, dense = spectral_gap(*coarse, _STEP), dense_gap(*coarse)
    if not abs(found / dense - 1) <= 1e-8:
        raise AssertionError(f"the gap {found} differs from the dense eigensolver's {dense}")
    ours = partial(spectral_gap, *fine, _STEP)
    accuracy = f"equal on 40² cells to {abs(found / dense - 1):.1g}"
    yield compare("gap-2d", goals["gap-2d"], ours, partial(dense_gap, *coarse), accuracy, repetitions=5)
