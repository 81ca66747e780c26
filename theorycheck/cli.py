"""The commands, and nothing but: each reads its arguments, asks the library, and writes one document.

Whatever `--help` does not need is imported by the command that needs it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from theorycheck import __version__
from theorycheck.arguments import Command, activation_argument, number_argument, parameter_arguments
from theorycheck.audit_command import audit
from theorycheck.check_command import check
from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.gain_command import gain
from theorycheck.ulp_command import ulp
from theorycheck.villani_command import villani

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from theorycheck.enclosure import Enclosure

DONE, STALE, BAD_INPUT, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
_LONGEST_MESSAGE = 600
#: A closed form longer than this stands in the JSON document only.
_LONGEST_CLOSED_FORM = 200

#: What a command returns: a text, or a document to write as JSON, and the exit code. `main` writes it, so an error writes nothing.
Answer = tuple[Any, int]


@click.group(no_args_is_help=False)
@click.version_option(__version__, prog_name="theorycheck")
def cli() -> None:
    """Certified facts about activation functions under N(0, 1).

    ACTIVATION is an expression in x, such as "x*tanh(log(1+exp(x)))", or a catalogue name, such as gelu.
    """


cli.add_command(audit)
cli.add_command(check)
cli.add_command(gain)
cli.add_command(ulp)
cli.add_command(villani)


def _shared(command: Callable[..., Answer]) -> Callable[..., Answer]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Write one JSON document."),
        click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter, exact: a=0.2 or a=1/5. Repeatable."),
        click.option("--digits", type=click.IntRange(1, 2000), default=15, show_default=True, help="Certified decimal digits."),
    ):
        command = option(command)
    return command


@cli.command(cls=Command)
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


@cli.command(cls=Command)
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


@cli.command(cls=Command)
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


@cli.command(cls=Command)
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


@cli.command(cls=Command)
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


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME ...]")
@click.option("--check", is_flag=True, help="Compare with the files that are there; write nothing.")
@click.option("--out", default="tables", show_default=True, metavar="DIR", help="The folder of the tables.")
def tables(names: tuple[str, ...], check: bool, out: str) -> Answer:
    """Regenerate the tables, or check that they are still true.

    Without NAME this is every table but those at full scale. A table such as landscape-full is recorded: naming it runs the simulate
    rungs of the deck at full scale, as far as its rows are missing or stale, which can take hours; naming a claim, such as
    landscape/key-lemma, runs that one anew. With --check nothing is run at full scale.
    """
    from pathlib import Path

    from theorycheck.report.decks import full_tables

    folder = Path(out)
    recorded = [name for name in names if name in full_tables() or "/" in name]
    others = [name for name in names if name not in recorded]
    if check:
        wrong = _stale(others, folder) if others or not names else []
        wrong += _faults(recorded, folder) if recorded or not names else []
        for line in wrong:
            print(f"theorycheck: stale: {line}", file=sys.stderr)
        return "", STALE if wrong else DONE
    from theorycheck.report.recorded import record
    from theorycheck.report.tables import regenerate

    written = regenerate(others, folder) if others or not names else []
    show = (lambda line: print(line, file=sys.stderr)) if sys.stderr.isatty() else None
    done = record(recorded, folder, state=Path(".theorycheck", "tables"), progress=show)
    for complaint in done.complaints:
        print(f"theorycheck: {complaint}", file=sys.stderr)
    return "\n".join(str(path) for path in [*written, *done.written]), done.code


def _stale(names: list[str], folder: Path) -> list[str]:
    from theorycheck.report.tables import stale

    return [f"{path}; run: theorycheck tables" for path in stale(names, folder)]


def _faults(names: list[str], folder: Path) -> list[str]:
    from theorycheck.report.recorded_check import faults

    return faults(names, folder)


@cli.command("list")
@click.argument("what", type=click.Choice(["activations", "claims", "tables"]))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def list_(what: str, as_json: bool) -> Answer:
    """What theorycheck knows by name."""
    if what == "activations":
        return _activations_json() if as_json else _activations_text(), DONE
    if what == "claims":
        from theorycheck.claims.ledger import ledger

        rows = ledger()
        return {"claims": [r.to_json() for r in rows]} if as_json else "\n".join(f"{r.id:<42} {r.finding:<8} {r.title}" for r in rows), DONE
    from theorycheck.report.decks import full_tables
    from theorycheck.report.tables import TABLES

    names = [*TABLES, *full_tables()]
    return {"tables": names} if as_json else "\n".join(names), DONE


def _activations_json() -> dict[str, Any]:
    from theorycheck.activation.catalog import ENTRIES
    from theorycheck.activation.function import Activation

    return {"activations": [Activation(entry.name).to_json() for entry in ENTRIES]}


def _activations_text() -> str:
    from theorycheck.activation.catalog import ENTRIES

    rows = []
    for entry in ENTRIES:
        given = "".join(f", {name} = {value}" for name, value in entry.parameters.items())
        also = f"   also {', '.join(entry.aliases)}" if entry.aliases else ""
        rows.append(f"{entry.name:<16} {entry.text}{given}{also}   [{entry.source}]")
    return "\n".join(rows)


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


def _write(document: Any) -> None:
    """Write the answer; where the terminal is not UTF-8, in ASCII."""
    if document == "":
        return
    plain = not (sys.stdout.encoding or "ascii").lower().startswith("utf")
    if not isinstance(document, str):
        import json

        text = json.dumps(document, indent=1, ensure_ascii=plain)
    elif plain:
        from theorycheck.plaintext import in_ascii

        text = in_ascii(document)
    else:
        text = document
    print(text)
    sys.stdout.flush()


def _fail(message: str, code: int) -> NoReturn:
    line = " ".join(message.split())
    if len(line) > _LONGEST_MESSAGE:
        line = line[: _LONGEST_MESSAGE - 1] + "…"
    print(f"theorycheck: {line}", file=sys.stderr)
    sys.exit(code)


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    Args:
        args: the arguments, by default those of the process.
    """
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)  # exact answers have thousands of digits; the sizes of inputs are bounded by the parser
    try:
        answer = cli.main(args=args, prog_name="theorycheck", standalone_mode=False)
        document, code = answer if isinstance(answer, tuple) else ("", DONE)
        _write(document)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted", INTERRUPTED)
    except click.UsageError as error:
        where = f"; see {error.ctx.command_path} --help" if error.ctx is not None else ""
        _fail(error.format_message().rstrip(".") + where, BAD_INPUT)
    except InputError as error:
        _fail(str(error), BAD_INPUT)
    except Undecided as error:
        _fail(str(error), UNDECIDED)
    except TheorycheckError as error:
        _fail(str(error), STALE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; the final flush must not complain
        sys.exit(DONE)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), BAD_INPUT)
    except (RecursionError, MemoryError) as error:
        _fail(f"the expression is too large ({type(error).__name__}); write a smaller one", BAD_INPUT)
    except Exception as error:  # a defect of ours still gets one clear line and leaves stdout empty
        _fail(f"a defect in theorycheck: {type(error).__name__}: {error}", UNDECIDED)
    sys.exit(code)


if __name__ == "__main__":
    main()
