"""python -m theorycheck.benchmarks [NAME ...] [--json]"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy starts its threads
    os.environ.setdefault(_name, "1")

import json  # noqa: E402  # after the environment is set

import click  # noqa: E402  # as above

from theorycheck.benchmarks.timing import Row  # noqa: E402  # as above

#: Every row, with the goal for its ratio.
GOALS = {
    "moments-float64": 0.04,
    "moments-certified-15": 1.2,
    "moments-certified-30": 3.0,
    "moments-certified-50": 6.0,
    "moments-certified-vs-arb": 0.067,
    "hermite-64": 0.01,
    "hermite-1024": 0.5,
    "hermite-64-30-digits": 0.0033,
    "exact-relu-hermite": 0.0002,
    "estimate-million": 1.3,
    "moments-3": 4.0,
    "moments-3-vs-einsum": 0.033,
    "moments-3-projected": 0.05,
    "symmetric-cp": 0.125,
    "moment-tensor-4": 20.0,
    "population-step": 60.0,
    "alternating-step-50": 0.1,
    "alternating-step-20": 0.33,
    "syrk-path": 1.4,
    "kernels-3": 4.0,
    "kernels-3-vs-numpy": 0.22,
    "spectrum-large": 1.0,
    "semi-random-fit": 0.05,
    "gap-2d": 1.0,
    "exact-erm": 0.1,
    "gate-500": 3.0,
    "verify-page": 10.0,
    "import-time": 1.5,
    "help-time": 6.0,
}


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(names: tuple[str, ...], as_json: bool) -> None:
    """Measure the rows NAME (default: all) against their peers, in CPU time of one thread."""
    for name in names:
        if name not in GOALS:
            raise click.UsageError(f"no row is called {name!r}; the rows are {', '.join(GOALS)}")
    from theorycheck.benchmarks import (
        alternating,
        erm,
        estimates,
        gap,
        gate,
        hermite,
        kernels,
        moments,
        population,
        process,
        semi_random,
        spectrum,
        tensors,
    )

    found: list[Row] = []
    if not as_json:
        click.echo(f"{'row':26} {'ours':>10} {'peer':>10} {'ratio':>10} {'goal':>8}")
    for room in (moments, hermite, estimates, tensors, population, alternating, kernels, spectrum, semi_random, gap, erm, gate, process):
        for row in room.rows(GOALS, lambda name: not names or name in names):
            found.append(row)
            if not as_json:
                click.echo(_line(row))
    if as_json:
        click.echo(json.dumps([row.to_json() for row in found], indent=2))


def _line(row: Row) -> str:
    verdict = "within" if row.ratio <= row.goal else "beyond"
    seconds = f"{row.ours_seconds:9.2e}s {row.peer_seconds:9.2e}s"
    return f"{row.name:26} {seconds} {row.ratio:10.3g} {row.goal:8g} {verdict}  {row.accuracy}"


if __name__ == "__main__":
    main()
