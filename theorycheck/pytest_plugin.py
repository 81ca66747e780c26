"""pytest --theorycheck PATH: every rung, mutant and control of the claims found there is a test of its own.

Typed without other paths, the option collects the claims and nothing else; typed beside other paths, it adds the claims to them.
In the configuration (addopts) it adds the claims to every run that names no path. A claim file or node id that is typed narrows
the run to itself.

The evidence is gathered in a process that can be killed, as `theorycheck check` does, so that a claim which loops fails alone.
Until the option is given, this module loads nothing but pytest.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from theorycheck.claims.discovery import ClaimFile, Discovery
    from theorycheck.claims.pool import Pool
    from theorycheck.claims.scan import Declared
    from theorycheck.claims.selection import Selection
    from theorycheck.claims.tasks import Run


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("theorycheck", "claims with their evidence")
    group.addoption(
        "--theorycheck",
        action="append",
        default=[],
        metavar="PATH",
        help="collect the claims of this file, folder, deck or claim id, and nothing else unless other paths are given; repeatable",
    )
    group.addoption("--theorycheck-scale", choices=("quick", "full"), default="quick", help="size of the simulations")
    group.addoption("--theorycheck-seed", type=int, default=0, metavar="N", help="seed of random instances and samples, at least 0")
    group.addoption("--theorycheck-timeout", type=float, default=60.0, metavar="S", help="seconds that one rung may take")


def pytest_configure(config: pytest.Config) -> None:
    """Read which files are meant, and have pytest visit them."""
    asked = config.getoption("theorycheck")
    if not asked:
        return
    from theorycheck.claims.selection import select
    from theorycheck.errors import InputError

    if config.getoption("theorycheck_seed") < 0 or not 0 < config.getoption("theorycheck_timeout") < float("inf"):
        raise pytest.UsageError("--theorycheck-seed is a whole number from 0 and --theorycheck-timeout a positive number of seconds")
    try:
        selection = select(asked)
    except InputError as error:
        raise pytest.UsageError(f"--theorycheck: {error}") from None
    if not selection.files:
        reasons = "; ".join(f"{row.id} is open: {row.reason or 'its file is missing'}" for row in selection.rows)
        raise pytest.UsageError(f"--theorycheck: there is nothing to run; {reasons}")
    config.pluginmanager.register(ClaimCollection(config, selection), "theorycheck-claims")
    _visit(config, [*selection.files])


def _visit(config: pytest.Config, files: list[Path]) -> None:
    """Add the files to the paths of this run, unless the paths that were typed say what to run."""
    typed = any(arg == "--theorycheck" or arg.startswith("--theorycheck=") for arg in config.invocation_params.args)
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        here = config.invocation_params.dir
        narrowed = any((here / arg.partition("::")[0]).resolve() in files for arg in config.args)
        if narrowed or not typed:
            return
    elif typed:
        config.args.clear()
    config.args.extend(map(str, files))


class ClaimCollection:
    """The claims of one pytest run, and the processes that gather their evidence.

    Args:
        config: pytest's.
        selection: the files, and which of their claims are wanted.
    """

    def __init__(self, config: pytest.Config, selection: Selection):
        from theorycheck.claims.pool import Pool

        self.config, self.selection = config, selection
        self.pool: Pool = Pool(1)
        self.timeout: float = config.getoption("theorycheck_timeout")

    @cached_property
    def found(self) -> Discovery:
        """What the files declare; each was run once, in the other process."""
        from theorycheck.claims.discovery import discover_files

        declared: list[Declared] = [d for d, _ in self.selection.files.values()]
        return discover_files(declared, self.pool, self.timeout)

    def claims_of(self, file: Path) -> list[ClaimFile]:
        """The claims of one file that are wanted."""
        return [c for c in self.found.claims.values() if c.file == file and self.selection.wants(file, c.id)]

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Collect a file of claims as such. It stays a test module as well if its name is that of one."""
        others = yield
        file = file_path.resolve() if file_path.suffix == ".py" else file_path
        if file not in self.selection.files:
            return others
        if not any(fnmatch(file_path.name, pattern) for pattern in self.config.getini("python_files")):
            others = []  # pytest would import the file, here and without a time limit
        name = None if file_path.is_relative_to(self.config.rootpath) else file_path.as_posix()  # pytest has none for what is outside
        return [*others, ClaimModule.from_parent(parent, path=file_path, nodeid=name, collection=self, file=file)]

    def pytest_unconfigure(self) -> None:
        """End the processes."""
        self.pool.__exit__()


class ClaimModule(pytest.File):
    """A file of claims."""

    def __init__(self, *, collection: ClaimCollection, file: Path, **more: Any):
        super().__init__(**more)
        self.collection, self.file = collection, file

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each rung, mutant and control, and one for each thing that is wrong with the file."""
        from theorycheck.claims.tasks import runs_of

        for problem in self.collection.found.problems:
            if problem.file == self.file:
                yield BrokenFile.from_parent(self, name="declaration", message=str(problem), line=problem.line)
        for claim in self.collection.claims_of(self.file):
            for run in runs_of(claim):
                yield ClaimItem.from_parent(self, name=_name(run), run=run, collection=self.collection)


class Disagreement(Exception):
    """The evidence is not what the claim says; the message is the whole report."""


class _Reported(pytest.Item):
    """An item whose failures are told in our words: a traceback through the plugin would help nobody."""

    line: int | None = None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Disagreement):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None if self.line is None else self.line - 1, self.name


class BrokenFile(_Reported):
    """A file of claims that cannot be run, or an id that is declared twice."""

    def __init__(self, *, message: str, line: int | None, **more: Any):
        super().__init__(**more)
        self.message, self.line = message, line

    def runtest(self) -> None:
        raise Disagreement(self.message)


class ClaimItem(_Reported):
    """One rung of a claim, as it stands or as one of its mutants and controls."""

    def __init__(self, *, run: Run, collection: ClaimCollection, **more: Any):
        super().__init__(**more)
        self.run, self.collection, self.line = run, collection, run.claim.line

    def runtest(self) -> None:
        """Gather the evidence; pass when it is what the finding, the mutant or the control calls for."""
        from theorycheck.claims.results import EXPECTED
        from theorycheck.claims.tasks import task_of, verdict_of

        run, option = self.run, self.config.getoption
        task = task_of(run, option("theorycheck_scale"), option("theorycheck_seed"), None)
        [reply] = self.collection.pool.ask_all([(task, self.collection.timeout)])
        verdict = verdict_of(run, reply)
        told = f"{_word(verdict.holds)} ({verdict.grade or 'no evidence'}): {verdict.reason}"
        if verdict.witness:
            told += f"\nwitness: {verdict.witness}"
        self.user_properties.append(("theorycheck", verdict.to_json()))
        if run.variant is None:
            expected, what = EXPECTED[run.claim.finding], f"the finding is “{run.claim.finding}”"
        elif run.variant in run.claim.mutants:
            expected, what = False, f"the mutant “{run.variant.name}” must be refuted"
        else:
            expected, what = True, f"the control “{run.variant.name}” must hold"
        if verdict.holds is not expected or "error" in reply:
            raise Disagreement(f"{run.claim.id}: {run.claim.title}\nthe {run.rung} rung: {told}\n{what}")
        if expected is None:
            pytest.xfail(f"open: {run.claim.why or verdict.reason}")
        self.add_report_section("call", "theorycheck", told)


def _name(run: Run) -> str:
    if run.variant is None:
        return f"{run.claim.id}[{run.rung}]"
    kind = "control" if run.variant in run.claim.controls else "misprint" if run.variant.misprint else "mutant"
    return f"{run.claim.id}[{run.rung} {kind}: {run.variant.name}]"


def _word(holds: bool | None) -> str:
    return {True: "holds", False: "fails", None: "undecided"}[holds]
