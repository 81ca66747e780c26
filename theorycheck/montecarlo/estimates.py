"""Streaming means, variances and covariances whose last bit does not depend on how the samples were spread over workers.

Samples come in numbered blocks. Two neighbouring blocks are joined, then two neighbouring pairs, and so on, always as the tree over the
block numbers says and never in the order of arrival; so any split of the blocks ends in the same floating-point operations.
Joining is the formula of Chan, Golub and LeVeque (1983), which does not cancel as a difference of sums of squares does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theorycheck.errors import InputError

if TYPE_CHECKING:
    import numpy as np

#: How many samples a block has; the last one may be shorter.
BLOCK = 1 << 16


@dataclass(frozen=True)
class _Node:
    """Moments of some samples: their number, mean (d,) and sum of products of deviations from the mean (d, d)."""

    count: int
    mean: np.ndarray
    spread: np.ndarray


def _joined(left: _Node, right: _Node) -> _Node:
    import numpy as np

    count = left.count + right.count
    gap = right.mean - left.mean
    mean = left.mean + gap * (right.count / count)
    spread = left.spread + right.spread + np.multiply.outer(gap, gap) * (left.count * right.count / count)
    return _Node(count, mean, spread)


class Moments:
    """Mean, variance and covariance of samples in numbered blocks, in memory that grows with the logarithm of their number.

    Blocks may come in any order; consecutive ones collapse into one node of the tree for each power of two.

    >>> import numpy as np
    >>> data = np.random.default_rng(0).random(1000)
    >>> ours, theirs = Moments(), Moments()
    >>> for i in range(10):
    ...     (ours if i % 3 else theirs).add(i, data[100 * i : 100 * i + 100])
    >>> whole = ours.merged(theirs)
    >>> whole.count, bool(abs(whole.mean - data.mean()) < 1e-15), bool(abs(whole.variance - data.var(ddof=1)) < 1e-15)
    (1000, True, True)
    """

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], _Node] = {}
        self._shape: tuple[int, ...] | None = None

    def add(self, block: int, samples: Any) -> None:
        """Take in one block.

        Args:
            block: its number, from 0; every block is added once, here or in a part that is merged later.
            samples: shape (n,) or (n, d), finite.

        Raises:
            InputError: the block is here already, is empty, has another shape than the others or something not finite.
        """
        import numpy as np

        data = np.array(samples, dtype=float, order="C")  # one memory layout, so that NumPy sums in one order
        if data.ndim not in (1, 2) or not len(data):
            raise InputError(f"block {block} has shape {data.shape}; write (n,) or (n, d) with n at least 1")
        if not np.isfinite(data).all():
            raise InputError(f"block {block}: a sample is not finite ({data[~np.isfinite(data)][0]})")
        self._agree(data.shape[1:])
        flat = data.reshape(len(data), -1)
        mean = flat.sum(axis=0) / len(flat)
        rest = flat - mean
        spread = np.einsum("ni,nj->ij", rest, rest)  # no BLAS: its sums depend on the number of threads
        self._insert((0, block), _Node(len(flat), mean, spread))

    def merged(self, other: Moments) -> Moments:
        """The moments of both parts together; they must have no block in common."""
        whole = Moments()
        for part in (self, other):
            if part._shape is not None:
                whole._agree(part._shape)
            for place, node in part._nodes.items():
                whole._insert(place, node)
        return whole

    @property
    def count(self) -> int:
        """How many samples."""
        return sum(node.count for node in self._nodes.values())

    @property
    def mean(self) -> Any:
        """The mean, a number or shape (d,)."""
        mean = self._whole(1).mean
        return mean if self._shape else float(mean[0])

    @property
    def variance(self) -> Any:
        """The unbiased variance, a number or shape (d,)."""
        whole = self._whole(2)
        variance = whole.spread.diagonal() / (whole.count - 1)
        return variance if self._shape else float(variance[0])

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance matrix, shape (d, d)."""
        whole = self._whole(2)
        return whole.spread / (whole.count - 1)

    def _agree(self, shape: tuple[int, ...]) -> None:
        if self._shape not in (None, shape):
            raise InputError(f"a sample has shape {shape}, the others have {self._shape}; give all the same")
        self._shape = shape

    def _insert(self, place: tuple[int, int], node: _Node) -> None:
        level, index = place
        mine = range(index << level, (index + 1) << level)
        for high, at in self._nodes:
            here = range(at << high, (at + 1) << high)
            if here.start < mine.stop and mine.start < here.stop:
                raise InputError(f"block {max(here.start, mine.start)} is given twice; number the blocks 0, 1, 2, … over all workers")
        while (level, index ^ 1) in self._nodes:
            sibling = self._nodes.pop((level, index ^ 1))
            node = _joined(sibling, node) if index & 1 else _joined(node, sibling)
            level, index = level + 1, index >> 1
        self._nodes[level, index] = node

    def _whole(self, least: int) -> _Node:
        if self.count < least:
            raise InputError(f"{self.count} samples are too few; add at least {least}")
        places = sorted(self._nodes, key=lambda place: place[1] << place[0])
        whole = self._nodes[places[0]]
        for place in places[1:]:
            whole = _joined(whole, self._nodes[place])
        return whole


def batches(
    sampler: Callable[[Any, int], Any], rng: np.random.Generator, samples: int, label: str = "", first: int = BLOCK
) -> Iterator[np.ndarray]:
    """Independent samples in batches, checked.

    Args:
        sampler: `sampler(rng, n)` returns n independent samples, shape (n,).
        rng: a NumPy generator.
        samples: how many in all.
        label: what is sampled, for messages.
        first: the size of the first batch; the total doubles with each batch until a batch has `BLOCK` samples.

    Raises:
        InputError: the sampler returns another shape, or something not finite.
    """
    import numpy as np

    drawn = 0
    while drawn < samples:
        n = min(max(first, drawn), BLOCK, samples - drawn)
        batch = np.asarray(sampler(rng, n), dtype=float)
        if batch.shape != (n,):
            raise InputError(f"{label or 'the sampler'}: sampler(rng, {n}) returned shape {batch.shape}; return shape ({n},)")
        if not np.isfinite(batch).all():
            raise InputError(f"{label or 'the sampler'}: a sample is not finite ({batch[~np.isfinite(batch)][0]})")
        drawn += n
        yield batch
