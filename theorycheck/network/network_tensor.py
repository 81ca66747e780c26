"""The tensors T = Σ a_j b_j⊗…⊗b_j of a network, from samples of its output: E[y He_k(x)] = √(k!) σ̂_k T for unit rows b_j."""

from __future__ import annotations

from collections.abc import Iterable
from math import factorial, isfinite, sqrt
from numbers import Real
from typing import Any

import numpy as np

from theorycheck.errors import InputError
from theorycheck.tensor.moments import hermite_moment, require_order


def network_tensor(batches: Iterable[tuple[Any, Any]], order: int, coefficient: float) -> np.ndarray:
    """Estimate T = Σ a_j b_j^⊗k by the mean of y He_k(x)/(√(k!) σ̂_k), one batch at a time (Ge, Lee & Ma, arXiv 1711.00501, eq. (3.1)).

    Args:
        batches: pairs x, y of shapes (n, d) and (n,), x ~ N(0, I), y = Σ a_j σ(⟨b_j, x⟩) + noise with unit rows b_j. Labels from
            `theorycheck.tensor.polynomial_residual` have the same tensors of order 3 and 4 up to O(1/n), and far less noise.
        order: k, from 1 to 4.
        coefficient: σ̂_k = E[σ(z) He_k(z)]/√(k!).

    Returns:
        A symmetric tensor of shape (d,)·k; unbiased.

    Raises:
        InputError: σ̂_k is 0 or no real number, no batch, complex samples, or what `theorycheck.tensor.moments.hermite_moment` refuses.

    >>> x = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> network_tensor([(x, [1.0, 3.0])], 2, 1 / sqrt(2)).tolist()
    [[-1.5, 0.0], [0.0, 4.0]]
    """
    if isinstance(coefficient, bool) or not isinstance(coefficient, Real):
        raise InputError(f"the Hermite coefficient is {coefficient!r}; write a real number that is not 0")
    if not isfinite(coefficient) or coefficient == 0:
        raise InputError(f"the Hermite coefficient of order {order} is {coefficient}; only activations where it is not 0 show this tensor")
    require_order(order)
    if not isinstance(batches, Iterable):
        raise InputError(f"the batches are {type(batches).__name__}; write a list of pairs (x, y)")
    total, sums = 0, np.zeros(0)
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise InputError("a batch is no pair; write (x, y), inputs of shape (n, d) and labels of shape (n,)")
        x, y = batch
        if any(np.iscomplexobj(part) for part in (x, y)):  # NumPy would drop the imaginary parts
            raise InputError("a batch has complex entries; write real numbers, for example the real part")
        moment = hermite_moment(x, y, order)
        if total and moment.shape != sums.shape:
            raise InputError(f"a batch has dimension {moment.shape[0]} after batches of dimension {sums.shape[0]}; write one dimension")
        sums = sums + len(y) * moment if total else len(y) * moment
        total += len(y)
    if not total:
        raise InputError("there are no samples; write at least one batch")
    with np.errstate(over="ignore"):
        found = np.asarray(sums / (total * sqrt(factorial(order)) * coefficient))
    if not np.isfinite(found).all():
        raise InputError(f"the tensor overflows: the Hermite coefficient {coefficient} is as good as 0; write another activation")
    return found
