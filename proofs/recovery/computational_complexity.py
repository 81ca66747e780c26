"""The work of the whole algorithm, counted: every floating-point operation that touches the samples, by arrays that keep a count."""

from __future__ import annotations

from math import prod
from typing import Any

from theorycheck.claims import Claim, Source

claim = Claim(
    "recovery/computational-complexity",
    title="The work is in proportion to samples × d",
    source=Source(deck="002", slide="Recover A Neural Network", arxiv="1706.03175"),
    kind="upper bound",
    statement=r"\text{time} = |S| \cdot d \cdot \mathrm{poly}(k, \lambda)",
    reading="the floating-point operations of tensor initialisation and 100 steps of gradient descent, k = 2, squared ReLU, counted while "
    "the algorithm runs: from one setting to a larger one their number grows at most like the stated power of n and of d, times 1.1",
    knobs={"samples": 1.0, "dimension": 1.0},
)


@claim.simulate(
    quick={"grid": ((4000, 10), (8000, 10), (4000, 40)), "curve": False},
    full={"grid": tuple((n, d) for n in (8000, 16_000, 32_000, 64_000) for d in (10, 20, 40, 80)), "curve": True},
)
def counted(trial: Any, knobs: Any) -> None:
    runs = trial.sweep(run, [{"samples": n, "dimension": d} for n, d in trial.grid])
    first = runs[0]
    for r in runs[1:]:
        n, d = r["samples"] / first["samples"], r["dimension"] / first["dimension"]
        grown, allowed = r["flops"] / first["flops"], 1.1 * n**knobs.samples * d**knobs.dimension
        text = f"n times {n:g}, d times {d:g}: the work times {grown:.3f}, allowed {allowed:.3f}"
        if trial.true(grown <= allowed, text) is False:
            return
    rows = [{"work": r["samples"] * r["dimension"], "flops": r["flops"], "dimension": r["dimension"]} for r in runs]
    trial.figure("flops", rows, x="work", y="flops", by="dimension", log="xy", kind="points", title="Operations against n d")


def run(rng: Any, samples: int, dimension: int) -> dict[str, Any]:
    """One run of the algorithm on arrays that count."""
    from theorycheck.training.homogeneous import Homogeneous
    from theorycheck.training.recovery import random_network, recover

    phi = Homogeneous(1, 0, 2)
    rows, signs = random_network(rng, 2, dimension)
    x = rng.standard_normal((samples, dimension))
    tally = [0.0]
    inputs, labels = (counting(array, tally) for array in (x, phi.value(x @ rows.T) @ signs))
    recover(inputs, labels, phi, 2, rng, steps=100, tolerance=1e-300)
    return {"flops": tally[0]}


def counting(array: Any, tally: list[float]) -> Any:
    """The array as one whose arithmetic, and that of all results, adds to the tally.

    A product of matrices counts two operations for each product of entries, an elementwise function one for each entry.
    """
    import numpy as np

    class Counting(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **how: Any) -> Any:
            plain = [bare(i) for i in inputs]
            target = {} if out is None else {"out": tuple(bare(o) for o in out)}
            result = getattr(ufunc, method)(*plain, **target, **how)
            if ufunc is np.matmul:
                tally[0] += 2.0 * np.size(result) * np.shape(plain[0])[-1]
            else:
                tally[0] += float(max(np.size(result), *(np.size(p) for p in plain)))
            return result.view(Counting) if isinstance(result, np.ndarray) else result

        def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
            result = function(*strip(args), **strip(kwargs))
            tally[0] += float(prod(np.shape(result)) if isinstance(result, np.ndarray) else 1)
            return result.view(Counting) if isinstance(result, np.ndarray) else result

    def bare(value: Any) -> Any:
        return value.view(np.ndarray) if isinstance(value, Counting) else value

    def strip(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(strip(v) for v in value)
        if isinstance(value, dict):
            return {key: strip(v) for key, v in value.items()}
        return bare(value)

    return array.view(Counting)


claim.mutant("no more work for more coordinates", dimension=0.0)
claim.mutant("like the root of the number of samples", samples=0.5)
