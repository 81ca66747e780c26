"""The command `theorycheck ulp`: the errors of an implementation, in units in the last place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theorycheck.arguments import DONE, FAILED, UNDECIDED, Command, activation_argument

if TYPE_CHECKING:
    from theorycheck.ulp.measure import Accuracy, Place


@click.command(cls=Command)
@click.argument("activation")
@click.option("--against", required=True, metavar="MODULE:FUNCTION", help="The implementation: numpy:tanh, torch.nn.functional:gelu.")
@click.option("--dtype", default="float32", show_default=True, help="float16, bfloat16, float32 or float64.")
@click.option("--arrays", metavar="LIBRARY", help="numpy, torch or jax; by default the library of MODULE, else numpy.")
@click.option("--allow", type=float, metavar="ULPS", help="Exit with 1 when the worst error is larger, or a sign is wrong.")
@click.option("--points", type=int, default=128, show_default=True, help="Points of float32 and float64 in each middle binade.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the sample.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, exact: a=0.2 or a=1/5. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def ulp(
    activation: str,
    against: str,
    dtype: str,
    arrays: str | None,
    allow: float | None,
    points: int,
    seed: int,
    params: tuple[str, ...],
    as_json: bool,
) -> tuple[Any, int]:
    """Compare an implementation with the exact ACTIVATION: worst error and where, wrong signs, lost monotonicity.

    All finite values of a 16-bit format are tried, so the answer is certified for this build; of wider formats a sample, with the worst
    of a fine grid. Exit codes: 1 a value is NaN or infinite where the truth is not, or what --allow says; 3 none is, but the truth
    could not be enclosed somewhere.
    """
    import numpy as np

    from theorycheck.errors import InputError
    from theorycheck.ulp.calling import implementation, library_of
    from theorycheck.ulp.measure import accuracy

    if allow is not None and not allow >= 0:
        raise InputError(f"--allow {allow}: write a number from 0 up, for example 2")
    f = activation_argument(activation, params)
    library = library_of(against, arrays)
    found = accuracy(f, implementation(against), dtype, np.random.default_rng(seed), library=library, per_binade=points)
    beyond = bool(found.not_finite) or (allow is not None and (found.ulp.error > allow or bool(found.wrong_signs)))
    document = {"activation": f.to_json(), "implementation": against, **found.to_json()}
    code = FAILED if beyond else UNDECIDED if found.undecided else DONE
    return document if as_json else ulp_text(found, against), code


def ulp_text(found: Accuracy, against: str) -> str:
    """The errors for a terminal."""
    from math import log2

    certified = "all finite values: certified for this build" if not found.undecided else "all finite values but the undecided ones"
    grade = certified if found.exhaustive else "a sample"
    lines = [f"{against}, {found.dtype}, {found.points} points ({grade})"]
    if found.grid is not None:
        grid = found.grid
        lines.append(
            f"among them the worst, by float64, of {grid.screened} on a grid: every interval of relative width "
            f"2^{round(log2(grid.relative_width))} in ±[2^{round(log2(grid.low))}, 2^{round(log2(grid.high))}] holds one, and "
            f"of relative width 2^{round(log2(grid.elsewhere))} among all normal numbers"
        )
    lines += ["", _line("worst ulp error", found.ulp)]
    if found.not_finite and found.finite is not None:
        lines.append(_line("worst, finite values", found.finite))
    if found.relative is not None:
        lines.append(_line("worst relative error", found.relative))
    for label, places in (("NaN or infinite", found.not_finite), ("wrong signs", found.wrong_signs), ("lost monotonicity", found.falls)):
        worst = max(places, key=lambda place: place.error, default=None)
        lines.append(f"{label:<22}none" if worst is None else f"{label:<22}{len(places)}, the worst at x = {worst.x!r}: got {worst.got!r}, "
                     f"truth {worst.truth}")  # fmt: skip
    if found.undecided:
        lines.append(f"{'undecided':<22}{len(found.undecided)}, the first at x = {found.undecided[0]!r}: the truth could not be enclosed")
    return "\n".join(lines)


def _line(label: str, place: Place) -> str:
    return f"{label:<22}{place.error:.4g} at x = {place.x!r}: got {place.got!r}, truth {place.truth}"
