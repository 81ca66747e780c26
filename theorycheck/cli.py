"""The door: it runs a command, writes its answer, and makes of an error one line and an exit code.

Whatever `--help` does not need is imported by the command that needs it.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from theorycheck import __version__
from theorycheck.activation_commands import dual, hermite, rho, spectrum, verify
from theorycheck.arguments import BAD_INPUT, DONE, FAILED, INTERRUPTED, UNDECIDED
from theorycheck.audit_command import audit
from theorycheck.check_command import check
from theorycheck.errors import InputError, TheorycheckError, Undecided
from theorycheck.gain_command import gain
from theorycheck.list_command import list_
from theorycheck.tables_command import tables
from theorycheck.ulp_command import ulp
from theorycheck.villani_command import villani

_LONGEST_MESSAGE = 600


@click.group(no_args_is_help=False)
@click.version_option(__version__, prog_name="theorycheck")
def cli() -> None:
    """Certified facts about activation functions under N(0, 1).

    ACTIVATION is an expression in x, such as "x*tanh(log(1+exp(x)))", or a catalogue name, such as gelu.
    """


for command in (verify, rho, hermite, dual, spectrum, villani, gain, audit, ulp, check, tables, list_):
    cli.add_command(command)


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
        _fail(str(error), FAILED)
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
