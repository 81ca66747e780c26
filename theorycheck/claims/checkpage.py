"""The result of a check laid out for a terminal: verdict first, never by colour alone, and what is wrong said in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from theorycheck.claims.readable import readable
from theorycheck.claims.results import EXPECTED
from theorycheck.plaintext import in_ascii
from theorycheck.verdict import Verdict

if TYPE_CHECKING:
    from theorycheck.claims.results import CheckResult, ClaimReport, RungReport, VariantReport

_SIGNS = {True: "✓", False: "✗", None: "?"}
_WORDS = {True: "holds", False: "fails", None: "undecided"}
_WIDTH = 118
_LONGEST = 240


def check_text(result: CheckResult, ascii: bool = False) -> str:
    """The whole result as text, ending without a newline.

    Args:
        result: what a check found.
        ascii: write without characters beyond ASCII.
    """
    built = [report for report in result.claims if report.reason is None]
    unbuilt = [report for report in result.claims if report.reason is not None]
    blocks = ["\n".join(_claim(report)) for report in built if not report.claim.lemma]
    blocks += ["\n".join(line for report in built if report.claim.lemma for line in _claim(report))]
    blocks += ["\n".join(f"? {r.claim.id:<42} {r.reason}" for r in unbuilt)] if 0 < len(unbuilt) <= 5 else []
    told = {report.error for report in built}
    apart = [str(problem) for problem in result.problems if str(problem) not in told]
    if apart:
        blocks.append("\n".join(f"✗ {problem}" for problem in apart))
    blocks.append("\n".join(_summary(result, built, unbuilt)))
    text = "\n\n".join(block for block in blocks if block)
    return in_ascii(text) if ascii else text


def verdict_line(verdict: Verdict) -> str:
    """One verdict on one line: sign and word, grade, reason, and the lemmas that it trusts.

    >>> from theorycheck.verdict import proved
    >>> verdict_line(proved("by algebra", trusts=("cauchy-schwarz",)))
    '✓ holds      proved      by algebra; given cauchy-schwarz'
    """
    given = f"; given {', '.join(verdict.trusts)}" if verdict.trusts else ""
    return f"{_SIGNS[verdict.holds]} {_WORDS[verdict.holds]:<10} {verdict.grade or '–':<11} {verdict.reason}{given}"


def _claim(report: ClaimReport) -> Iterator[str]:
    claim, verdict = report.claim, report.verdict
    if claim.lemma and report.agrees and not report.defects:
        yield _fitted(f"✓ {claim.id:<42} {_grade(verdict)}, {len(report.mutants)} mutant killed   {claim.source}")
        return
    yield f"{'✓' if report.agrees and not report.defects else '✗' if report.defects else '?'} {claim.id}   {claim.title}"
    if claim.statement:
        yield from _wrapped(readable(claim.statement))
    if claim.reading:
        yield from _wrapped(f"read as: {claim.reading}")
    if claim.why:
        yield from _wrapped(f"open: {claim.why}")
    if claim.source:
        yield from _wrapped(f"from {claim.source}")
    if report.rungs:
        yield from _wrapped(f"{_WORDS[verdict.holds]}{_finding(report)}   {_grade(verdict)}")
    for rung in report.rungs:
        yield from _rung(rung)
    killed = [m for m in report.mutants if m.killed]
    misprints = sum(m.misprint for m in killed)
    if killed:
        also = f", {misprints} of them misprints" if misprints > 1 else ", one of them a misprint" if misprints else ""
        yield f"      mutants    ✓ {len(killed)} killed{also}"
    holding = [c for c in report.controls if c.verdict.holds is True]
    if holding:
        yield from _wrapped(f"controls   ✓ {len(holding)} hold: {'; '.join(_named(c) for c in holding)}", "      ")
    for defect in report.defects:
        yield from _wrapped(f"✗ {defect}", "      ")


def _rung(rung: RungReport) -> list[str]:
    """One line for a rung that holds; what fails or is undecided is told in full."""
    verdict = rung.verdict
    scope = f"on {verdict.instances} instances: " if verdict.scope == "instances" and verdict.instances else ""
    sign = f"{_SIGNS[verdict.holds]} {_WORDS[verdict.holds]}"
    line = f"{rung.rung:<10} {sign:<12} {verdict.grade or '–':<10} {rung.seconds:6.2f} s   {scope}{verdict.reason}"
    return [_fitted(f"      {line}")] if verdict.holds else _wrapped(line, "      ")


def _finding(report: ClaimReport) -> str:
    finding = report.claim.finding
    if report.verdict.holds is EXPECTED[finding]:
        return "" if finding == "holds" else f", as found ({finding})"
    return f", but the finding is “{finding}”"


def _grade(verdict: Verdict) -> str:
    if verdict.grade is None:
        return _short(verdict.reason)
    scope = f" on {verdict.instances or 'some'} instances" if verdict.scope == "instances" and verdict.holds else ""
    given = f", given {', '.join(verdict.trusts)}" if verdict.trusts else ""
    witness = f", at {verdict.witness}" if verdict.holds is False and verdict.witness else ""
    return f"{verdict.grade}{scope}{given}{_short(witness)}"


def _named(variant: VariantReport) -> str:
    return variant.name + (f" ({variant.by})" if variant.by else "")


def _summary(result: CheckResult, built: list[ClaimReport], unbuilt: list[ClaimReport]) -> Iterator[str]:
    agreeing = sum(report.agrees for report in built)
    mutants = [m for report in built for m in report.mutants]
    controls = [c for report in built for c in report.controls]
    if built:
        parts = [f"{_count(len(built), 'claim')}: {agreeing} as found"]
        open_ones = [r for r in built if not r.agrees and not r.defects]
        parts += [f"{len(open_ones)} undecided"] if open_ones else []
        parts += [f"{_count(len(mutants), 'mutant')}, {_all(sum(m.killed for m in mutants), len(mutants))} killed"] if mutants else []
        held = sum(c.verdict.holds is True for c in controls)
        parts += [f"{_count(len(controls), 'control')}, {_all(held, len(controls))} holding"] if controls else []
        yield f"{'; '.join(parts)}; {result.seconds:.1f} s."
    if len(unbuilt) > 5:
        yield f"{len(unbuilt)} claims are open, not built yet: theorycheck list claims names them."
    faults = sum(bool(report.defects) for report in result.claims)
    if faults or result.problems:
        yield f"FAILED: {_count(faults, 'claim')} with defects, {_count(len(result.problems), 'broken file')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _all(number: int, total: int) -> str:
    return "all" if number == total else str(number)


def _fitted(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False, break_on_hyphens=False
    )
