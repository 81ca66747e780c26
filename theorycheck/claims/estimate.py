"""The chance of a false alarm that a simulate rung may spend, and how its estimates share it."""

from __future__ import annotations

#: The chance of a false alarm that one simulate rung may spend.
ERROR_BUDGET = 1e-9


def share_of_budget(number: int, budget: float = ERROR_BUDGET) -> float:
    """The part of a rung's error budget for its n-th estimate: 1/(n(n+1)), which sums to the whole however many there are.

    >>> sum(share_of_budget(n, 1.0) for n in range(1, 1000)) < 1
    True
    """
    return budget / (number * (number + 1))
