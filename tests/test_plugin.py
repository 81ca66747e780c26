"""The pytest plugin: what it collects, what passes and fails, and what it says."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

#: Installed, the plugin is found by its entry point, and naming it twice is an error.
INSTALLED = any(entry.value == "theorycheck.pytest_plugin" for entry in entry_points(group="pytest11"))

SQUARE = """
from theorycheck.claims import Claim

claim = Claim(
    "square-of-a-sum",
    title="the square of a sum",
    kind="equality",
    statement=r"(x + y)^2 = x^2 + 2xy + y^2",
    knobs={"middle": 2},
)


@claim.derive
def by_expansion(log, k):
    from sympy import symbols

    x, y = symbols("x y", real=True)
    log.equal((x + y) ** 2, x**2 + k.middle * x * y + y**2, "the square of a sum")


claim.mutant("no factor two", by="derive", middle=1)
claim.misprint("sign", where="a blackboard", printed="-2xy", correct="2xy", by="derive", middle=-2)
"""
#: A claim whose only rung does `{body}`.
TEMPLATE = """
from theorycheck.claims import Claim

claim = Claim("{name}", title="a title", kind="equality", statement="?", knobs={{"n": 1}}, {more})


@claim.certify
def rung(check, k):
    {body}


claim.mutant("two", by="certify", n=2)
"""
GOOD = 'check.true(k.n == 1, "n is one"); check.covers_all("it is one number")'


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(text, encoding="utf-8")
    return path


def claim_text(name: str, body: str = GOOD, more: str = "", extra: str = "") -> str:
    return TEMPLATE.format(name=name, body=body, more=more) + extra


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def go(*arguments, subprocess=False):
        plugins = [] if INSTALLED else ["-p", "theorycheck.pytest_plugin"]
        options = [*plugins, "-p", "no:cacheprovider", *map(str, arguments)]
        return pytester.runpytest_subprocess(*options) if subprocess else pytester.runpytest_inprocess(*options)

    return go


def test_each_rung_and_mutant_is_an_item(pytester, run):
    write(pytester.path / "mine", "square", SQUARE)
    result = run("--theorycheck", "mine", "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "mine/square.py::mine/square-of-a-sum[[]derive] PASSED*",
            "mine/square.py::mine/square-of-a-sum[[]derive mutant: no factor two] PASSED*",
            "mine/square.py::mine/square-of-a-sum[[]derive misprint: sign] PASSED*",
        ]
    )


def test_a_single_item_is_run_by_its_node_id(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one"))
    write(pytester.path / "mine", "other", claim_text("other"))
    result = run("--theorycheck", "mine", "mine/one.py::mine/one[certify mutant: two]", "-v")
    result.assert_outcomes(passed=1)
    assert "mutant: two] PASSED" in result.stdout.str()
    run("--theorycheck", "mine", "mine/one.py").assert_outcomes(passed=2)


def test_the_evidence_can_be_read_and_is_kept_for_reports(pytester, run):
    write(pytester.path / "mine", "square", SQUARE)
    result = run("--theorycheck", "mine", "-rP", "-k", "derive and not mutant and not misprint", "--junitxml=report.xml")
    result.stdout.fnmatch_lines(["holds (proved): *"])
    assert "proved" in (pytester.path / "report.xml").read_text()


def test_a_refuted_claim_passes_with_its_control(pytester, run):
    text = claim_text("one", 'check.true(k.n == 2, "n is two"); check.covers_all("it")', 'finding="refuted"')
    text = text.replace('claim.mutant("two", by="certify", n=2)', 'claim.mutant("three", n=3)\nclaim.control("two", n=2)')
    write(pytester.path / "mine", "one", text)
    result = run("--theorycheck", "mine", "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*certify control: two] PASSED*"])


def test_what_disagrees_fails_and_says_why(pytester, run):
    write(pytester.path / "mine", "wrong", claim_text("wrong", 'check.true(k.n == 2, "n is two")'))
    result = run("--theorycheck", "mine")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "mine/wrong: a title",
            "the certify rung: fails (*): *n is two*",
            "the finding is “holds”",
            "the mutant “two” must be refuted",
        ],
        consecutive=False,
    )
    assert "Traceback" not in result.stdout.str() and "pytest_plugin.py" not in result.stdout.str()


def test_a_failed_control_fails(pytester, run):
    body = 'check.true(k.n == 5, "n is five"); check.covers_all("it")'
    text = claim_text("one", body, 'finding="refuted"', 'claim.control("three", n=3)')
    write(pytester.path / "mine", "one", text)
    result = run("--theorycheck", "mine")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["the control “three” must hold"])


def test_undecided_does_not_pass_and_kills_no_mutant(pytester, run):
    body = 'from theorycheck.verdict import undecided; return undecided("nobody knows")'
    write(pytester.path / "mine", "dark", claim_text("dark", body))
    result = run("--theorycheck", "mine")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*undecided (no evidence): *nobody knows*"])


def test_an_open_claim_is_an_expected_failure(pytester, run):
    body = 'from theorycheck.verdict import undecided; return undecided("nobody knows")'
    text = claim_text("dark", body, 'finding="open", why="the constant is not known"').partition("claim.mutant")[0]
    write(pytester.path / "mine", "dark", text)
    result = run("--theorycheck", "mine", "-rx")
    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["*open: the constant is not known*"])


def test_an_open_claim_that_is_decided_fails(pytester, run):
    text = claim_text("dark", GOOD, 'finding="open", why="the constant is not known"').partition("claim.mutant")[0]
    write(pytester.path / "mine", "dark", text)
    run("--theorycheck", "mine").assert_outcomes(failed=1)


def test_a_rung_that_raises_or_loops_fails_alone(pytester, run):
    write(pytester.path / "mine", "good", claim_text("good"))
    write(pytester.path / "mine", "loops", claim_text("loops", f"while k.n == 1: pass\n    {GOOD}"))
    write(pytester.path / "mine", "raises", claim_text("raises", "1 / 0"))
    result = run("--theorycheck", "mine", "--theorycheck-timeout", "3")
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines_random(["*stopped by the clock after 3 s*", "*raises.py:9*ZeroDivisionError*"])


def test_a_file_that_cannot_be_run_is_reported_with_its_line_and_the_others_go_on(pytester, run):
    write(pytester.path / "mine", "good", claim_text("good"))
    write(pytester.path / "mine", "lacks", "import nothing_of_that_name\n" + SQUARE)
    write(pytester.path / "mine", "syntax", SQUARE + "\n)\n")
    write(pytester.path / "mine", "twice", SQUARE + SQUARE.replace("claim", "other").replace("theorycheck.others", "theorycheck.claims"))
    result = run("--theorycheck", "mine")
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines_random(["*lacks.py:1: *nothing_of_that_name*", "*syntax.py:2*", "*twice*declared twice*"])


def test_a_file_that_loops_when_it_is_imported_fails_alone(pytester, run):
    write(pytester.path / "mine", "good", claim_text("good"))
    write(pytester.path / "mine", "loops", SQUARE + "\nwhile True:\n    pass\n")
    result = run("--theorycheck", "mine", "--theorycheck-timeout", "4")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*loops.py:*did not end within 4 s*"])


def test_the_bundled_claims_by_id(pytester, run):
    result = run("--theorycheck", "landscape/relu-hermite", "-v", "-k", "derive")
    assert result.ret == 0 and "landscape/relu-hermite[derive] PASSED" in result.stdout.str()


# --- together with ordinary tests -----------------------------------------------------------------------------------


def test_without_the_option_nothing_changes(pytester, run):
    write(pytester.path, "one", claim_text("one"))
    pytester.makepyfile(test_ordinary="def test_it(): pass")
    run().assert_outcomes(passed=1)


def test_the_option_alone_collects_only_claims(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one"))
    pytester.makepyfile(test_ordinary="def test_it(): pass")
    run("--theorycheck", "mine").assert_outcomes(passed=2)


def test_with_paths_both_are_collected(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one"))
    pytester.makepyfile(test_ordinary="def test_it(): pass")
    run("--theorycheck=mine", "test_ordinary.py").assert_outcomes(passed=3)
    run("--theorycheck", "mine", ".").assert_outcomes(passed=3)


def test_in_the_configuration_it_adds_the_claims_to_runs_that_name_no_path(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one"))
    pytester.makeini("[pytest]\naddopts = --theorycheck mine")
    pytester.makepyfile(test_ordinary="def test_it(): pass")
    run().assert_outcomes(passed=3)
    run("test_ordinary.py").assert_outcomes(passed=1)
    run("mine").assert_outcomes(passed=2)


def test_a_test_module_may_declare_claims(pytester, run):
    pytester.makepyfile(test_one=claim_text("one") + "\ndef test_it():\n    pass\n")
    run("--theorycheck", "test_one.py").assert_outcomes(passed=3)


def test_the_file_is_not_imported_by_pytest_itself(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one") + "\nimport os\nopen('imported-by', 'a').write(f'{os.getpid()} ')\n")
    run("--theorycheck", "mine", "--doctest-modules").assert_outcomes(passed=2)
    assert len(set((pytester.path / "imported-by").read_text().split())) == 1


def test_processes_of_xdist(pytester, run):
    pytest.importorskip("xdist")
    write(pytester.path / "mine", "one", claim_text("one"))
    run("--theorycheck", "mine", "-n", "1", subprocess=True).assert_outcomes(passed=2)


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--theorycheck", "nowhere/at_all.py"], "there is no file or folder nowhere/at_all.py"),
        (["--theorycheck", "landscape/relu-hermit"], "did you mean landscape/relu-hermite?"),
        (["--theorycheck", "empty"], "declares a claim"),
        (["--theorycheck", "mine", "--theorycheck-seed", "-1"], "whole number from 0"),
        (["--theorycheck", "mine", "--theorycheck-timeout", "0"], "positive number of seconds"),
    ],
)
def test_bad_input_is_one_clear_line(pytester, run, arguments, words):
    write(pytester.path / "mine", "one", claim_text("one"))
    (pytester.path / "empty").mkdir()
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str() and "Traceback" not in result.stderr.str()


def test_without_the_option_the_plugin_loads_itself_only(pytester, run):
    pytester.makepyfile(
        """
        import sys

        def test_light():
            ours = {m for m in sys.modules if m.startswith("theorycheck")}
            assert ours == {"theorycheck", "theorycheck.pytest_plugin"}
        """
    )
    run(subprocess=True).assert_outcomes(passed=1)


def test_the_mathematics_is_loaded_in_the_other_process_only(pytester, run):
    write(pytester.path / "mine", "one", claim_text("one"))
    pytester.makeconftest(
        """
        def pytest_sessionfinish():
            import sys
            print("loaded:", *sorted({"numpy", "sympy", "scipy", "flint", "mpmath", "tensorly"} & set(sys.modules)), "and no more")
        """
    )
    result = run("--theorycheck", "mine", "-s", subprocess=True)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*loaded: and no more*"])
