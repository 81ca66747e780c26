"""The commands that ask about one function: its page, and its numbers, one on each line. Light, as `cli` is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from theorycheck.arguments import DONE, UNDECIDED, Answer, Command, activation_argument, number_argument, parameter_arguments
from theorycheck.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from theorycheck.enclosure import Enclosure

#: A closed form longer than this stands in the JSON document only.
_LONGEST_CLOSED_FORM = 200


def _shared(command: Callable[..., Answer]) -> Callable[..., Answer]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Write one JSON document."),
        click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, exact: a=0.2 or a=1/5. Repeatable."),
        click.option("--digits", type=click.IntRange(1, 2000), default=15, show_default=True, help="Certified decimal digits."),
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("activation")
@_shared
@click.option("--budget", type=float, default=60.0, show_default=True, help="Seconds that the page may take.")
def verify(activation: str, digits: int, params: tuple[str, ...], as_json: bool, budget: float) -> Answer:
    """Decide the properties of ACTIVATION and compute its numbers."""
    from theorycheck.page import verify as verified

    if not 0 < budget < float("inf"):
        raise InputError(f"--budget {budget}: write a positive number of seconds, for example 60")
    page = verified(activation_argument(activation, params), digits=digits, budget=budget)
    return page.to_json() if as_json else page.text(), UNDECIDED if page.open_questions else DONE


@click.command(cls=Command)
@click.argument("activation")
@_shared
@click.option("--sigma", "sigmas", multiple=True, required=True, help="A standard deviation, exact: 0.1 or 1/10. Repeatable.")
def rho(activation: str, digits: int, params: tuple[str, ...], as_json: bool, sigmas: tuple[str, ...]) -> Answer:
    """The three moments of Zhong et al. whose minimum is rho(sigma), and that minimum."""
    from theorycheck.gaussian.moments import rho_terms
    from theorycheck.page import rho_json

    f = activation_argument(activation, params)
    wanted = [number_argument(text, "--sigma") for text in sigmas]
    if any(sigma <= 0 for sigma in wanted):
        raise InputError(f"--sigma {next(s for s in wanted if s <= 0)}: a standard deviation is positive")
    values = [rho_terms(f, sigma, digits) for sigma in wanted]
    code = DONE if all(v.decided for v in values) else UNDECIDED
    if as_json:
        return {"activation": f.to_json(), "rho": [rho_json(v) for v in values]}, code
    return _rows([(f"ρ({v.sigma})", v.value, f"smallest: term {', '.join(map(str, v.active))}") for v in values], digits), code


@click.command(cls=Command)
@click.argument("activation")
@_shared
@click.option("--terms", type=click.IntRange(1, 4096), required=True, help="How many coefficients, from degree 0.")
def hermite(activation: str, digits: int, params: tuple[str, ...], as_json: bool, terms: int) -> Answer:
    """Coefficients in the orthonormal probabilists' Hermite polynomials He_k/sqrt(k!)."""
    from theorycheck.gaussian.hermite import hermite_coefficients

    f = activation_argument(activation, params)
    coefficients = hermite_coefficients(f, terms, digits=digits)
    if as_json:
        return {"activation": f.to_json(), "coefficients": [{"k": k, **c.to_json()} for k, c in enumerate(coefficients)]}, DONE
    return _rows([(f"c{k}", c, "") for k, c in enumerate(coefficients)], digits), DONE


@click.command(cls=Command)
@click.argument("activation")
@_shared
@click.option("--at", "correlations", multiple=True, required=True, help="A correlation in [-1, 1], exact. Repeatable.")
@click.option("--variance", "variances", multiple=True, help="The variance of u, then that of v; one stands for both. Default 1.")
@click.option("--derivative", is_flag=True, help="The dual of the derivative, E[s'(u) s'(v)].")
def dual(
    activation: str,
    digits: int,
    params: tuple[str, ...],
    as_json: bool,
    correlations: tuple[str, ...],
    variances: tuple[str, ...],
    derivative: bool,
) -> Answer:
    """E[s(u) s(v)] for centred Gaussian u, v with a given correlation."""
    from fractions import Fraction

    from theorycheck.gaussian.dual import dual_activation, dual_closed_form

    f = activation_argument(activation, params)
    at = [number_argument(text, "--at") for text in correlations]
    outside = next((r for r in at if not -1 <= r <= 1), None)
    if outside is not None:
        raise InputError(f"--at {outside}: a correlation lies in [-1, 1]")
    if len(variances) > 2:
        raise InputError(f"--variance given {len(variances)} times; write it at most twice, for u and for v")
    both = [number_argument(text, "--variance") for text in variances] or [Fraction(1)]
    if any(q <= 0 for q in both):
        raise InputError(f"--variance {next(q for q in both if q <= 0)}: a variance is positive")
    q = (both[0], both[-1])
    values = dual_activation(f, at, digits=digits, variances=q, derivative=derivative)
    closed = dual_closed_form(f, q, derivative)
    if as_json:
        rows = [{"at": str(r), **v.to_json()} for r, v in zip(at, values, strict=True)]
        return {"activation": f.to_json(), "values": rows, "exact": None if closed is None else str(closed)}, DONE
    lines = _rows([(f"r = {r}", v, "") for r, v in zip(at, values, strict=True)], digits)
    return lines if closed is None else f"{lines}\nclosed form in r: {closed}", DONE


@click.command(cls=Command)
@click.argument("kernel")
@_shared
@click.option("--dim", type=int, required=True, help="The dimension d of the space; the sphere has d - 1.")
@click.option("--degrees", type=int, required=True, help="The highest degree; the answer begins with degree 0.")
def spectrum(kernel: str, digits: int, params: tuple[str, ...], as_json: bool, dim: int, degrees: int) -> Answer:
    """Eigenvalues of the zonal kernel KERNEL, an expression in t = <x, y> on [-1, 1], under the uniform law on the sphere."""
    from theorycheck.sphere.funk_hecke import funk_hecke
    from theorycheck.sphere.harmonics import multiplicity

    values = funk_hecke(kernel, dim, degrees, digits=digits, parameters=parameter_arguments(params))
    counts = [multiplicity(dim, k) for k in range(len(values))]
    if as_json:
        rows = [{"degree": k, "multiplicity": n, **v.to_json()} for k, (n, v) in enumerate(zip(counts, values, strict=True))]
        return {"eigenvalues": rows}, DONE
    return _rows([(f"degree {k}", v, f"multiplicity {n}") for k, (n, v) in enumerate(zip(counts, values, strict=True))], digits), DONE


def _rows(rows: list[tuple[str, Enclosure, str]], digits: int) -> str:
    from theorycheck.decimals import correct_decimal

    width = max(len(label) for label, _, _ in rows)
    lines = []
    for label, number, note in rows:
        value = correct_decimal(number, digits)
        closed = "" if number.exact is None else str(number.exact)
        exact = f"= {closed}" if closed not in ("", value) and len(closed) <= _LONGEST_CLOSED_FORM else ""
        lines.append("   ".join(part for part in (f"{label:<{width}}", value, exact, note) if part))
    return "\n".join(lines)
