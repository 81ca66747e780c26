"""The search over all convex programs: each is in the family of a bound, and the least bound is the loss of a program."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np

from theorycheck.training.exact_erm_bounds import Bound, Programs


def least_program(programs: Programs, width: int) -> tuple[tuple[int, ...], list[Bound]]:
    """Solve programs until every choice of `width` units is in the family of a bound.

    Args:
        programs: of the points.
        width: units, 1 or more.

    Returns:
        The units of a program that attains the least of the bounds, and the bounds, that one last.

    A loss of 0 ends the search at once: no bound is below.
    """
    families = np.zeros((64, len(programs)), dtype=bool)  # rows beyond the bounds found are spare
    solved: list[tuple[Bound, tuple[int, ...]]] = []
    for prefix in combinations_with_replacement(range(len(programs)), width - 1):
        found = families[: len(solved)]
        missing = np.asarray(~found[found[:, prefix].all(axis=1)].any(axis=0))
        missing[: prefix[-1] if prefix else 0] = False  # the order of the units does not matter
        while missing.any():
            units = (*prefix, int(missing.argmax()))
            bound = programs.solve(units)
            if len(solved) == len(families):
                families = np.vstack([families, np.zeros_like(families)])
            families[len(solved)] = bound.family
            solved.append((bound, units))
            if not bound.value:
                return units, [bound for bound, _ in solved]
            missing &= ~bound.family
    solved.sort(key=lambda pair: -pair[0].value)
    return solved[-1][1], [bound for bound, _ in solved]
