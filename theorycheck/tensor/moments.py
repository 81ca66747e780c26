"""Hermite moment tensors M_p = E[y He_p(x)], x ~ N(0, I), streamed over the samples.

M_1 = E[y x], M_2 = E[y (xxᵀ − I)], M_3 = E[y (x⊗x⊗x − x ⊗̃ I)] and M_4 likewise, where x ⊗̃ I is the sum over the three places of
x beside I. Symmetry is used before anything is multiplied, in blocks with the sample axis last that stay in the cache; an array of
n·d³ numbers never exists. Source of the tensors: Janzamin, Sedghi & Anandkumar,
arXiv:1506.08473 (score functions of the Gaussian); of M_p for one-hidden-layer networks: Zhong et al., arXiv:1706.03175.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np

from theorycheck.errors import InputError

#: Numbers in one block of products, so that it stays in the cache.
BLOCK = 1 << 17
#: The most entries that a moment tensor may have.
LARGEST = 1 << 26


def hermite_moment(inputs: Any, labels: Any, order: int) -> np.ndarray:
    """The empirical moment tensor of an order from 1 to 4.

    Args:
        inputs: samples of x, shape (n, d).
        labels: y, shape (n,).
        order: p.

    Returns:
        (1/n) Σ y He_p(x), symmetric, shape (d,)·p.

    Raises:
        InputError: wrong shapes or order, numbers that are not finite, or a tensor that is too large.

    >>> points = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> hermite_moment(points, [1, 1, 0, 0], 2).tolist()
    [[0.0, 0.0], [0.0, -0.5]]
    """
    x, y = samples(inputs, labels)
    count, dimension = x.shape
    require_order(order)
    if dimension**order > LARGEST:
        raise InputError(
            f"a moment tensor of order {order} in dimension {dimension} has {dimension**order} entries, more than {LARGEST}; "
            f"project the inputs first, or stay below dimension {int(LARGEST ** (1 / order)) + 1}"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is seen below
        moment = (_first, _second, _third, _fourth)[order - 1](x, y) / count
    if not np.isfinite(moment).all():  # one number that is not finite spoils some entry, and looking for it costs only then
        require_finite(x, y)
        raise InputError("the moments overflow; divide the inputs or the labels by their size")
    return moment


def projected_moment(inputs: Any, labels: Any, basis: Any, order: int) -> np.ndarray:
    """The moment tensor M_p(V, …, V) without the large one: for orthonormal V the projections Vᵀx are Gaussian themselves.

    Args:
        inputs, labels, order: as in `hermite_moment`.
        basis: V, orthonormal columns, shape (d, k).

    Returns:
        Shape (k,)·p.

    Raises:
        InputError: V is not orthonormal, or as in `hermite_moment`.

    >>> points = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> projected_moment(points, [1, 1, 0, 0], [[0.0], [1.0]], 2).tolist()
    [[-0.5]]
    """
    x, y = samples(inputs, labels)
    v = numbers("basis", basis)
    if v.ndim != 2 or v.shape[0] != x.shape[1] or not v.shape[1]:
        raise InputError(f"the basis has shape {v.shape}; write shape ({x.shape[1]}, k), one column for each direction")
    with np.errstate(over="ignore", invalid="ignore"):
        apart = float(np.abs(v.T @ v - np.eye(v.shape[1])).max(initial=0.0))
    if not apart <= 1e-8:
        raise InputError(f"the basis is not orthonormal: VᵀV differs from I by {apart:.2g}; orthonormalise it by numpy.linalg.qr")
    return hermite_moment(x @ v, y, order)


def samples(inputs: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels as float arrays of matching shapes; subclasses of arrays stay what they are.

    Raises:
        InputError: wrong shapes or lengths.

    >>> [a.shape for a in samples([[1, 2], [3, 4]], [0, 1])]
    [(2, 2), (2,)]
    """
    try:
        for name, part in (("inputs", inputs), ("labels", labels)):
            if np.iscomplexobj(part):  # NumPy would drop the imaginary parts
                raise InputError(f"the {name} have complex entries; write real numbers, for example the real part")
        x, y = np.asanyarray(inputs, dtype=float), np.asanyarray(labels, dtype=float)
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"the samples are not arrays of numbers ({error}); write shapes (n, d) and (n,)") from None
    if x.ndim != 2 or 0 in x.shape:
        raise InputError(f"the inputs have shape {x.shape}; write shape (n, d), one sample a row")
    if y.shape != x.shape[:1]:
        raise InputError(f"there are {x.shape[0]} inputs and labels of shape {y.shape}; write one label for each, shape ({x.shape[0]},)")
    return x, y


def numbers(name: str, value: Any) -> np.ndarray:
    """A float array.

    Raises:
        InputError: naming what is not an array of real numbers.

    >>> numbers("basis", [[1], [0]]).tolist()
    [[1.0], [0.0]]
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind != "c":
            return np.asarray(array, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"the {name} is not an array of numbers ({error}); write an array of floats") from None
    # NumPy would drop the imaginary parts
    raise InputError(f"the {name} has complex entries; write real numbers, for example the real part")


def require_finite_tensor(tensor: np.ndarray) -> None:
    """Refuse a tensor with NaN or infinity.

    Raises:
        InputError: saying how many there are.
    """
    if not np.isfinite(tensor).all():
        raise InputError(f"the tensor has {int((~np.isfinite(tensor)).sum())} entries that are not finite; check the samples behind it")


def require_order(order: Any) -> None:
    """Refuse an order that is no whole number from 1 to 4.

    Raises:
        InputError: naming it.
    """
    if isinstance(order, bool) or not isinstance(order, Integral) or order not in range(1, 5):
        raise InputError(f"order={order!r}; write 1, 2, 3 or 4")


def require_finite(x: np.ndarray, y: np.ndarray) -> None:
    """Refuse NaN and infinity.

    Raises:
        InputError: naming the first sample that has one.
    """
    for name, array in (("input", x), ("label", y)):
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            place = int(bad[0][0])
            raise InputError(f"the {name} of sample {place} contains {array[tuple(bad[0])]}; remove the {len(bad)} entries like it")


def _blocks(x: np.ndarray, y: np.ndarray, products: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Samples as columns, (d, b) and (b,), with `products` numbers a sample to be formed."""
    size = max(64, min(4096, BLOCK // products))
    for start in range(0, len(y), size):
        yield x[start : start + size].T.copy(), y[start : start + size]


def _first(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return y @ x


def _second(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    total = np.zeros((x.shape[1],) * 2)
    for columns, labels in _blocks(x, y, 2 * x.shape[1]):
        total += (columns * labels) @ columns.T
    total[np.diag_indices(len(total))] -= y.sum()
    return (total + total.T) / 2


def _third(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of three indices two lie in the same half of the coordinates, so products of such pairs against all rows give every entry.

    These are half of the pairs, and the matrix product on them is wide enough to run at full speed.
    """
    d = x.shape[1]
    halves = [(low, high) for low, high in ((0, d // 2), (d // 2, d)) if high > low]
    counts = [(high - low) * (high - low + 1) // 2 for low, high in halves]
    found = [np.zeros((d, count)) for count in counts]
    product = np.empty((max(counts), 0))
    for columns, labels in _blocks(x, y, max(counts)):
        if product.shape[1] != len(labels):  # the last block is shorter
            product = np.empty((max(counts), len(labels)))
        weighted = columns * labels
        for (low, high), count, total in zip(halves, counts, found, strict=True):
            row = 0
            for j in range(low, high):
                np.multiply(weighted[j], columns[j:high], out=product[row : row + high - j])
                row += high - j
            total += columns @ product[:count].T
    moment = np.empty((d, d, d))
    for (low, high), total in zip(halves, found, strict=True):
        column = 0
        for j in range(low, high):
            _place(moment, j, slice(j, high), total[:, column : column + high - j])
            column += high - j
    first, at = y @ x, np.arange(d)
    moment[:, at, at] -= first[:, None]
    moment[at, :, at] -= first
    moment[at, at, :] -= first
    return moment


def _place(moment: np.ndarray, j: int, k: slice, part: np.ndarray) -> None:
    """Write the entries (i, j, k), all i, to all permutations of the indices."""
    moment[:, j, k] = part
    moment[:, k, j] = part
    moment[j, :, k] = part
    moment[j, k, :] = part.T
    moment[k, j, :] = part.T
    moment[k, :, j] = part.T


def _fourth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The pairs x_i x_j, i ≤ j, against each other."""
    d = x.shape[1]
    count = d * (d + 1) // 2
    total, second = np.zeros((count, count)), np.zeros((d, d))
    for columns, labels in _blocks(x, y, 2 * count):
        pairs = np.concatenate([columns[i] * columns[i:] for i in range(d)])
        weighted = pairs * labels
        total += weighted @ pairs.T
        second[np.triu_indices(d)] += weighted.sum(axis=1)
    second += np.triu(second, 1).T
    number = np.zeros((d, d), dtype=int)
    number[np.triu_indices(d)] = np.arange(count)
    number = np.maximum(number, number.T)
    moment: np.ndarray = ((total + total.T) / 2)[number[:, :, None, None], number]
    eye = np.eye(d)
    for places in ("ab,cd", "ac,bd", "ad,bc", "bc,ad", "bd,ac", "cd,ab"):
        moment -= np.einsum(f"{places}->abcd", second, eye)
    for places in ("ab,cd", "ac,bd", "ad,bc"):
        moment += y.sum() * np.einsum(f"{places}->abcd", eye, eye)
    return moment
